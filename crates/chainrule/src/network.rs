//! A network, described: layers, activations, initial weights.

use crate::predict::Reading;
use crate::recipe::each;
use crate::{Dense, Embedding, Error, Initializer, LayerActivation, Normalization};
use chainrule_graph::{Graph, Shape, Symbol, ops};
use chainrule_math::Algebra;
use serde::{Deserialize, Serialize};

/// Weights and biases that a network may have: some 8 GiB of f32.
const MOST_PARAMETERS: usize = 1 << 31;

/// A stack of dense layers.
///
/// Rows are samples. Layer l computes z = a W + b and its activation g(z), W being n_in x n_out
/// (input to output: the transpose of the W on paper); see [`Dense`] for what else it may do.
///
/// ```
/// use chainrule::{Activation, Network};
/// let network = Network::new(64).dense(100, Activation::Relu).dense(10, Activation::Softmax);
/// assert_eq!(network.parameter_count(), 64 * 100 + 100 + 100 * 10 + 10);
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    inputs: usize,
    /// Share of the inputs that is dropped in training.
    #[serde(default)]
    input_dropout: f64,
    /// In the order of their inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) embeddings: Vec<Embedding>,
    layers: Vec<Dense>,
}

/// What a network computes, as symbols of a graph.
pub(crate) struct Recorded<'g> {
    /// The pre-activations of the last layer.
    pub(crate) logits: Symbol<'g>,
    /// Its activations.
    pub(crate) output: Symbol<'g>,
    /// The pre-activations and activations of every layer.
    pub(crate) layers: Vec<(Symbol<'g>, Symbol<'g>)>,
    /// Every weight matrix.
    pub(crate) weights: Vec<Symbol<'g>>,
    /// Every parameter, in the order of the flat buffer.
    pub(crate) parameters: Vec<Symbol<'g>>,
    /// In training, every state with its next value.
    pub(crate) states: Vec<(Symbol<'g>, Symbol<'g>)>,
}

/// What a recording begins with.
#[derive(Clone, Copy)]
enum First<'g> {
    Inputs(Symbol<'g>),
    /// The inputs times the weights of the first layer.
    Product(Symbol<'g>),
}

/// A parameter or state of a network: its name in the model file, and its shape there.
pub(crate) struct Tensor {
    pub(crate) name: String,
    /// Rows and columns of a matrix, or the length of a vector.
    pub(crate) shape: Vec<usize>,
}

impl Network {
    /// A network of no layers yet, for rows of `inputs` numbers.
    pub fn new(inputs: usize) -> Network {
        Network { inputs, input_dropout: 0.0, embeddings: Vec::new(), layers: Vec::new() }
    }

    /// Adds a dense layer.
    pub fn dense(self, units: usize, activation: impl Into<LayerActivation>) -> Network {
        self.layer(Dense::new(units, activation))
    }

    /// Adds a layer with all its settings.
    pub fn layer(mut self, layer: Dense) -> Network {
        self.layers.push(layer);
        self
    }

    /// Drops this share of the units of the layer added last (of the inputs, if there is none yet)
    /// in each training step, scaling up the others.
    pub fn dropout(mut self, rate: f64) -> Network {
        match self.layers.last_mut() {
            Some(layer) => layer.dropout = rate,
            None => self.input_dropout = rate,
        }
        self
    }

    /// Draws the weights of the layer added last in another way.
    pub fn initializer(mut self, initializer: Initializer) -> Network {
        if let Some(layer) = self.layers.last_mut() {
            layer.initializer = initializer;
        }
        self
    }

    /// Normalises the layer added last.
    pub fn normalization(mut self, normalization: Normalization) -> Network {
        if let Some(layer) = self.layers.last_mut() {
            layer.normalization = normalization;
        }
        self
    }

    /// Adds the values of layer `from` (0 for the inputs) to the pre-activations of the layer added
    /// last.
    pub fn skip(mut self, from: usize) -> Network {
        if let Some(layer) = self.layers.last_mut() {
            layer.skip = Some(from);
        }
        self
    }

    /// With the share dropped of all hidden layers, or one for each.
    pub(crate) fn with_dropouts(mut self, shares: &[f64]) -> Result<Network, Error> {
        let hidden = self.layers.len().saturating_sub(1);
        let shares = each("the dropout of hidden layers", shares, 0.0, hidden)?;
        self.layers.iter_mut().zip(shares).for_each(|(layer, share)| layer.dropout = share);
        Ok(self)
    }

    /// Numbers in a row of input.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Numbers in a row of output.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(self.inputs, |layer| layer.units)
    }

    /// The layers.
    pub fn layers(&self) -> &[Dense] {
        &self.layers
    }

    /// Inputs and units of each layer; the first reads what embeddings make of the network's inputs.
    pub fn shapes(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let inputs = std::iter::once(self.embedded_inputs())
            .chain(self.layers.iter().map(|layer| layer.units));
        inputs.zip(self.layers.iter().map(|layer| layer.units))
    }

    /// Everything that is learned, numbers in all: an m-3-2-1 network has 3m + 14 weights and biases.
    pub fn parameter_count(&self) -> usize {
        let embedded = self.embeddings.iter().map(Embedding::parameter_count);
        self.parameter_counts().chain(embedded).fold(0, usize::saturating_add)
    }

    /// The same for each layer: its weights, its biases, and the scales of a normalised one.
    pub fn parameter_counts(&self) -> impl Iterator<Item = usize> + '_ {
        self.shapes().zip(&self.layers).map(|((inputs, units), layer)| {
            let vectors = if layer.normalization == Normalization::None { 1 } else { 2 };
            inputs.saturating_add(vectors).saturating_mul(units)
        })
    }

    /// The shares dropped in training: of the inputs, then of each layer.
    pub(crate) fn dropout_rates(&self) -> impl Iterator<Item = f64> + '_ {
        std::iter::once(self.input_dropout).chain(self.layers.iter().map(|layer| layer.dropout))
    }

    /// Whether training looks at several rows together, so that one alone says nothing.
    pub fn needs_several_rows(&self) -> bool {
        self.layers.iter().any(|layer| layer.normalization.is_over_batch())
    }

    /// Makes it the network of what its first layer reads.
    pub(crate) fn replace_embeddings(&mut self) {
        self.inputs = self.embedded_inputs();
        self.embeddings.clear();
    }

    /// Every parameter and state, in the order of creation.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = Tensor> + '_ {
        let embedded = self.embeddings.iter().enumerate().map(|(index, embedding)| Tensor {
            name: Embedding::name(index),
            shape: vec![embedding.levels, embedding.width],
        });
        let layers = self.shapes().zip(&self.layers).enumerate().flat_map(
            |(index, ((inputs, units), layer))| {
                let vectors: &[&str] = match layer.normalization {
                    Normalization::None => &["bias"],
                    Normalization::Layer { .. } => &["scale", "bias"],
                    Normalization::Batch { .. } => {
                        &["scale", "bias", "running_mean", "running_variance"]
                    }
                };
                let name = move |kind: &str| format!("layers.{index}.{kind}");
                std::iter::once(Tensor { name: name("weight"), shape: vec![inputs, units] }).chain(
                    vectors.iter().map(move |kind| Tensor { name: name(kind), shape: vec![units] }),
                )
            },
        );
        embedded.chain(layers)
    }

    /// Checks sizes and rates.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let problem = |layer, problem: String| Err(Error::Network { layer, problem });
        if self.inputs == 0 {
            return problem(1, "has 0 inputs; give the network at least one".to_string());
        }
        if let Some(fault) = self.embedding_fault() {
            return problem(1, fault);
        }
        if self.layers.is_empty() {
            return problem(1, "is missing; add one with dense(units, activation)".to_string());
        }
        if !(0.0..1.0).contains(&self.input_dropout) {
            let rate = self.input_dropout;
            return problem(1, format!("input dropout {rate} must be at least 0 and below 1"));
        }
        if self.parameter_count() > MOST_PARAMETERS {
            let widest = (0..self.layers.len()).max_by_key(|&layer| self.layers[layer].units);
            return problem(
                widest.unwrap_or(0) + 1,
                format!(
                    "brings the network beyond {MOST_PARAMETERS} parameters; give it fewer units"
                ),
            );
        }
        for (index, layer) in self.layers.iter().enumerate() {
            layer.initializer.check(index + 1)?;
            if layer.units == 0 {
                return problem(index + 1, "has 0 units; give it at least one".to_string());
            }
            layer.activation.check(index + 1, layer.units)?;
            layer
                .normalization
                .check_numbers()
                .or_else(|error| problem(index + 1, format!("cannot be normalised: {error}")))?;
            if matches!(layer.normalization, Normalization::Layer { .. }) && layer.units == 1 {
                return problem(
                    index + 1,
                    "has 1 unit, which layer normalisation would make constant; give it more, or \
                     normalise over the batch"
                        .to_string(),
                );
            }
            if let Some(from) = layer.skip {
                let there = match from {
                    0 => Some(self.embedded_inputs()),
                    _ => self.layers[..index].get(from - 1).map(|earlier| earlier.units),
                };
                let Some(units) = there else {
                    return problem(
                        index + 1,
                        format!(
                            "adds the values of layer {from}, which is not before it; skip from 0, \
                             the inputs, to {index}"
                        ),
                    );
                };
                if units != layer.units {
                    let source = match from {
                        0 => "the inputs".to_string(),
                        _ => format!("layer {from}"),
                    };
                    return problem(
                        index + 1,
                        format!(
                            "has {} units, but {source}, whose values are added to it, {units}; \
                             give both as many",
                            layer.units
                        ),
                    );
                }
            }
            if !(0.0..1.0).contains(&layer.dropout) {
                let rate = layer.dropout;
                return problem(
                    index + 1,
                    format!("dropout {rate} must be at least 0 and below 1"),
                );
            }
            if index + 1 == self.layers.len() && layer.dropout > 0.0 {
                let text = "is the output, which cannot be dropped; use dropout on hidden layers";
                return problem(index + 1, text.to_string());
            }
        }
        Ok(())
    }

    /// Records the network on `x` (batch x inputs), with dropout if it is to be trained.
    pub(crate) fn record<'g>(
        &self,
        graph: &'g Graph,
        x: Symbol<'g>,
        training: bool,
    ) -> Recorded<'g> {
        self.record_from(graph, First::Inputs(x), training)
    }

    /// Records the network from its inputs on, or from what its first layer makes of them.
    fn record_from<'g>(&self, graph: &'g Graph, first: First<'g>, training: bool) -> Recorded<'g> {
        let drop = |a: Symbol<'g>, rate: f64, layer: usize| match training && rate > 0.0 {
            true => a * a.dropout_mask(rate, layer as u32),
            false => a,
        };
        let (read, matrices) = match first {
            First::Inputs(x) => self.record_embeddings(graph, x),
            First::Product(product) => (product, Vec::new()),
        };
        let a = drop(read, self.input_dropout, 0);
        let mut recorded = Recorded {
            logits: a,
            output: a,
            layers: Vec::new(),
            weights: matrices.clone(),
            parameters: matrices,
            states: Vec::new(),
        };
        let mut values = vec![a];
        for (index, (layer, (inputs, units))) in self.layers.iter().zip(self.shapes()).enumerate() {
            graph.scope(&format!("layer {} (dense {units}, {})", index + 1, layer.activation));
            let name = |kind: &str| format!("layers.{index}.{kind}");
            let weight = graph.parameter(&name("weight"), inputs, units);
            recorded.weights.push(weight);
            recorded.parameters.push(weight);
            let mut z = match first {
                First::Product(product) if index == 0 => product,
                _ => recorded.output.product(weight),
            };
            if layer.normalization != Normalization::None {
                let scale = graph.parameter(&name("scale"), 1, units);
                recorded.parameters.push(scale);
                let (normal, states) = layer.normalization.record(graph, z, &name, training);
                z = normal * scale;
                recorded.states.extend(states);
            }
            let bias = graph.parameter(&name("bias"), 1, units);
            recorded.parameters.push(bias);
            z = z + bias;
            if let Some(from) = layer.skip {
                z = z + values[from];
            }
            recorded.logits = z;
            let a = layer.activation.record(z);
            recorded.layers.push((z, a));
            recorded.output = drop(a, layer.dropout, index + 1);
            values.push(recorded.output);
        }
        graph.scope("");
        recorded
    }

    /// Whether nothing is read of the inputs but their product with the weights of the first layer.
    pub(crate) fn begins_with_product(&self) -> bool {
        self.embeddings.is_empty() && self.layers.iter().all(|layer| layer.skip != Some(0))
    }

    /// Records what a network that begins with a product predicts, from that product on.
    pub(crate) fn record_after_product<'g>(&self, graph: &'g Graph) -> Recorded<'g> {
        let units = self.layers.first().map_or(self.inputs, |layer| layer.units);
        let product = graph.input("product", Shape::batch(units));
        self.record_from(graph, First::Product(product), false)
    }

    /// What is read of the last layer.
    pub(crate) fn read<'g>(&self, recorded: &Recorded<'g>, reading: Reading) -> Symbol<'g> {
        match (reading, self.layers.last()) {
            (Reading::Outputs, _) | (_, None) => recorded.output,
            (Reading::Logits, _) => recorded.logits,
            (Reading::Tempered(temperature), Some(last)) => {
                last.activation.record(self.tempered(recorded, temperature))
            }
        }
    }

    /// The pre-activations of the last layer divided by a temperature.
    pub(crate) fn tempered<'g>(&self, recorded: &Recorded<'g>, temperature: f64) -> Symbol<'g> {
        match temperature == 1.0 {
            true => recorded.logits,
            false => recorded.logits * Symbol::constant(1.0 / temperature),
        }
    }

    /// An input of the right shape for this network.
    pub(crate) fn input<'g>(&self, graph: &'g Graph) -> Symbol<'g> {
        graph.input("x", Shape::batch(self.inputs))
    }
}

impl Normalization {
    /// Records the normalised `u`, and in training the states with their next values.
    fn record<'g>(
        self,
        graph: &'g Graph,
        u: Symbol<'g>,
        name: &dyn Fn(&str) -> String,
        training: bool,
    ) -> (Symbol<'g>, Vec<(Symbol<'g>, Symbol<'g>)>) {
        let square = |x: Symbol<'g>| x.apply(ops::Power { exponent: 2.0 });
        let deviation =
            |variance: Symbol<'g>, epsilon| (variance + Symbol::constant(epsilon)).sqrt();
        match self {
            Normalization::None => (u, Vec::new()),
            Normalization::Layer { epsilon } => {
                let centred = u - u.mean_columns();
                let variance = square(centred).mean_columns();
                (centred / deviation(variance, epsilon), Vec::new())
            }
            Normalization::Batch { momentum, epsilon } => {
                let units = u.shape().columns;
                let running_mean = graph.state(&name("running_mean"), 1, units);
                let running_variance = graph.state(&name("running_variance"), 1, units);
                if !training {
                    let deviation = deviation(running_variance, epsilon);
                    return ((u - running_mean) / deviation, Vec::new());
                }
                let mean = u.mean_rows();
                let centred = u - mean;
                let variance = square(centred).mean_rows();
                let rows = u.count_rows();
                let unbiased = variance * (rows / (rows - Symbol::ONE));
                let moved = |running: Symbol<'g>, new: Symbol<'g>| {
                    running + Symbol::constant(momentum) * (new - running)
                };
                let states = vec![
                    (running_mean, moved(running_mean, mean)),
                    (running_variance, moved(running_variance, unbiased)),
                ];
                (centred / deviation(variance, epsilon), states)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    #[test]
    fn an_m_3_2_1_network_has_3m_plus_14_parameters() {
        for m in [1, 4, 784] {
            let network = Network::new(m)
                .dense(3, Activation::Sigmoid)
                .dense(2, Activation::Sigmoid)
                .dense(1, Activation::Sigmoid);
            assert_eq!(network.parameter_count(), 3 * m + 14);
        }
    }

    #[test]
    fn faults_name_the_layer_and_the_remedy() {
        let message = |network: Network| network.check().unwrap_err().to_string();
        let network = Network::new(3).dense(4, Activation::Relu).dense(0, Activation::Identity);
        assert_eq!(message(network), "layer 2: has 0 units; give it at least one");
        let network = Network::new(3).dense(4, Activation::Relu).dropout(1.0);
        assert!(message(network).contains("dropout 1 must be"));
        assert!(message(Network::new(3)).contains("add one with dense"));
    }
}
