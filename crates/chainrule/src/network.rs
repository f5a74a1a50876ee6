//! A network, described: layers, activations, initial weights.

use crate::{Activation, Error, Initializer};
use chainrule_graph::{Graph, Shape, Symbol};
use serde::{Deserialize, Serialize};

/// Weights and biases that a network may have: some 8 GiB of f32.
const MOST_PARAMETERS: usize = 1 << 31;

/// A stack of dense layers.
///
/// Rows are samples. Layer l computes z = a W + b and its activation g(z), W being n_in x n_out
/// (input to output: the transpose of the W on paper).
///
/// ```
/// use chainrule::{Activation, Network};
/// let network = Network::new(64).dense(100, Activation::Relu).dense(10, Activation::Softmax);
/// assert_eq!(network.parameter_count(), 64 * 100 + 100 + 100 * 10 + 10);
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Network {
    inputs: usize,
    /// Share of the inputs that is dropped in training.
    #[serde(default)]
    input_dropout: f64,
    layers: Vec<Dense>,
}

/// A dense layer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Dense {
    /// Units.
    pub units: usize,
    /// The activation.
    pub activation: Activation,
    /// How its weights are drawn.
    pub initializer: Initializer,
    /// Share of its units that is dropped in training, in [0, 1).
    pub dropout: f64,
}

/// What a network computes, as symbols of a graph.
pub(crate) struct Recorded<'g> {
    /// The pre-activations of the last layer.
    pub(crate) logits: Symbol<'g>,
    /// Its activations.
    pub(crate) output: Symbol<'g>,
    /// Every weight matrix.
    pub(crate) weights: Vec<Symbol<'g>>,
    /// Every parameter, in the order of the flat buffer.
    pub(crate) parameters: Vec<Symbol<'g>>,
}

impl Network {
    /// A network of no layers yet, for rows of `inputs` numbers.
    pub fn new(inputs: usize) -> Network {
        Network { inputs, input_dropout: 0.0, layers: Vec::new() }
    }

    /// Adds a dense layer.
    pub fn dense(self, units: usize, activation: Activation) -> Network {
        self.layer(Dense { units, activation, initializer: Initializer::Auto, dropout: 0.0 })
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

    /// Inputs and units of each layer.
    pub fn shapes(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let inputs =
            std::iter::once(self.inputs).chain(self.layers.iter().map(|layer| layer.units));
        inputs.zip(self.layers.iter().map(|layer| layer.units))
    }

    /// Weights and biases in all: an m-3-2-1 network has 3m + 14.
    pub fn parameter_count(&self) -> usize {
        let layer =
            |(inputs, units): (usize, usize)| inputs.saturating_mul(units).saturating_add(units);
        self.shapes().map(layer).fold(0, usize::saturating_add)
    }

    /// Checks sizes and rates.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let problem = |layer, problem: String| Err(Error::Network { layer, problem });
        if self.inputs == 0 {
            return problem(1, "has 0 inputs; give the network at least one".to_string());
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
        let drop = |a: Symbol<'g>, rate: f64, layer: usize| match training && rate > 0.0 {
            true => a * a.dropout_mask(rate, layer as u32),
            false => a,
        };
        let mut a = drop(x, self.input_dropout, 0);
        let mut logits = a;
        let (mut weights, mut parameters) = (Vec::new(), Vec::new());
        for (index, (layer, (inputs, units))) in self.layers.iter().zip(self.shapes()).enumerate() {
            graph.scope(&format!("layer {} (dense {units}, {})", index + 1, layer.activation));
            let weight = graph.parameter(&format!("layers.{index}.weight"), inputs, units);
            let bias = graph.parameter(&format!("layers.{index}.bias"), 1, units);
            logits = a.product(weight) + bias;
            a = drop(layer.activation.record(logits), layer.dropout, index + 1);
            weights.push(weight);
            parameters.extend([weight, bias]);
        }
        graph.scope("");
        Recorded { logits, output: a, weights, parameters }
    }

    /// An input of the right shape for this network.
    pub(crate) fn input<'g>(&self, graph: &'g Graph) -> Symbol<'g> {
        graph.input("x", Shape::batch(self.inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
