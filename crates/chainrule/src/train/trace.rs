//! One row through a network: what every layer computes, and what comes back.

use super::check::values_of;
use super::objective::{Mode, Objective, Weights};
use super::update::StepRule;
use crate::{Error, Examples, Model, Training};
use chainrule_graph::{Graph, GraphError, Number, Symbol, Values};
use chainrule_math::InstructionSet;
use chainrule_math::machine::UpdateRule;

/// A multiple of the numbers in a panel of any type.
const PANEL: usize = 64;

/// What a network computes of one row, and the gradients of its loss.
#[derive(Clone, PartialEq, Debug)]
pub struct RowTrace {
    /// The inputs as the network meets them.
    pub inputs: Vec<f64>,
    /// The targets as its outputs are compared with them.
    pub targets: Vec<f64>,
    /// The loss of the row, without penalties.
    pub loss: f64,
    /// Every layer.
    pub layers: Vec<LayerTrace>,
    /// Why there are no gradients, if there are none.
    pub refused: Option<GraphError>,
}

/// A layer's share. L is the loss with its penalties, as a step on this row alone would have it.
#[derive(Clone, PartialEq, Debug)]
pub struct LayerTrace {
    /// The pre-activations.
    pub z: Vec<f64>,
    /// The activations.
    pub a: Vec<f64>,
    /// dL/da. Nothing for an output layer whose loss is computed from z, so that no logarithm of a
    /// rounded 0 is taken.
    pub by_a: Option<Vec<f64>>,
    /// dL/dz.
    pub by_z: Option<Vec<f64>>,
    /// Weights (inputs x units), then the other parameters (1 x units).
    pub parameters: Vec<ParameterTrace>,
}

/// A parameter, its gradient, and what a step would add to it.
#[derive(Clone, PartialEq, Debug)]
pub struct ParameterTrace {
    /// Its name in the model file, such as `layers.0.weight`.
    pub name: String,
    /// Its numbers.
    pub values: Values,
    /// dL/d of each.
    pub gradient: Option<Vec<f64>>,
    /// What the first step of the training's optimiser on this row alone adds to each. Nothing for
    /// an optimiser that chooses its steps by comparing losses.
    pub update: Option<Vec<f64>>,
}

/// Follows one row of examples through a model in 64 bits, forward and back. Nothing is dropped, and
/// running statistics stand for those of a batch, as in a prediction.
///
/// ```
/// use chainrule::{Activation, Examples, Loss, Model, Network, Training, train::trace_row};
/// use ndarray::array;
/// let mut model: Model<f64> = Network::new(1).dense(1, Activation::Sigmoid).build(1)?;
/// model.set_layer(0, array![[2.0]].view(), array![0.0].view())?; // w = 2, b = 0
/// let inputs = array![[1.0]];
/// let examples = Examples::classes(inputs.view(), &[1])?; // x = 1, y = 1
/// let training = Training { loss: Loss::BinaryCrossEntropy, ..Training::new(model.network()) };
/// let trace = trace_row(&model, &training, &examples, 0)?;
/// assert!((trace.layers[0].a[0] - 0.880797).abs() < 1e-6);
/// assert!((trace.loss - 0.126928).abs() < 1e-6);
/// let gradient = trace.layers[0].parameters[0].gradient.as_ref().unwrap();
/// assert!((gradient[0] - -0.119203).abs() < 1e-6); // (a - y) x
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Settings unsuited to the network, examples that do not fit it, or no row of this number (counted
/// from 0).
pub fn trace_row<E: Number>(
    model: &Model<E>,
    training: &Training,
    examples: &Examples<'_, E>,
    row: usize,
) -> Result<RowTrace, Error> {
    let network = model.network();
    training.check(network)?;
    examples.fit_to(network)?;
    if row >= examples.rows() {
        return Err(Error::Examples {
            what: "the row to follow",
            expected: format!("one of the {}, counted from 0", examples.rows()),
            found: row.to_string(),
        });
    }
    let graph = Graph::new();
    let objective = Objective::record(&graph, network, training, Mode::predicting(Weights::None));
    let values = values_of(model, examples, Some(row));
    let values: Vec<(&str, Values)> =
        values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let forward: Vec<Symbol<'_>> = objective.layers.iter().flat_map(|&(z, a)| [z, a]).collect();
    let mut by = forward.clone();
    by.extend(&objective.parameters);
    let (backward, refused) = match graph.gradient(objective.penalized, &by) {
        Ok(gradients) => (gradients, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let mut wanted = vec![objective.loss];
    wanted.extend(forward.iter().chain(&backward));
    let found = graph.evaluate_matrices(&wanted, &values)?;
    let numbers = |index: usize| found[index].numbers.clone();
    let gradient =
        |index: usize| found.get(1 + forward.len() + index).map(|value| value.numbers.clone());

    let parameters: Vec<ParameterTrace> = objective
        .parameters
        .iter()
        .enumerate()
        .map(|(index, &parameter)| {
            let name = graph.label(parameter.id());
            let value = values.iter().find(|(known, _)| *known == name);
            let (_, values) = value.expect("every parameter has a value").clone();
            ParameterTrace {
                name,
                values,
                gradient: gradient(by.len() - objective.parameters.len() + index),
                update: None,
            }
        })
        .collect();
    let mut parameters = updated(training, parameters).into_iter().peekable();
    let last = objective.layers.len() - 1;
    let from_logits = training.own_loss.is_none() && training.loss.output_activation().is_some();
    let layers = (0..objective.layers.len()).map(|layer| {
        let prefix = format!("layers.{layer}.");
        LayerTrace {
            z: numbers(1 + 2 * layer),
            a: numbers(2 + 2 * layer),
            by_z: gradient(2 * layer),
            by_a: gradient(2 * layer + 1).filter(|_| layer < last || !from_logits),
            parameters: std::iter::from_fn(|| {
                parameters.next_if(|parameter| parameter.name.starts_with(&prefix))
            })
            .collect(),
        }
    });
    let given = |name: &str| {
        let value = values.iter().find(|(known, _)| *known == name);
        value.map_or(Vec::new(), |(_, value)| value.numbers.clone())
    };
    Ok(RowTrace {
        inputs: given("x"),
        targets: given("y"),
        loss: numbers(0)[0],
        layers: layers.collect(),
        refused,
    })
}

/// The parameters with what the first step of a run adds to each.
fn updated(training: &Training, mut parameters: Vec<ParameterTrace>) -> Vec<ParameterTrace> {
    if training.optimizer.is_full_batch() {
        return parameters;
    }
    let gradients = parameters.iter().filter_map(|parameter| parameter.gradient.as_ref());
    let norm = gradients.flatten().map(|each| each * each).sum::<f64>().sqrt();
    let rule = StepRule { optimizer: training.optimizer.at(1), clip: training.clip };
    for parameter in &mut parameters {
        let Some(mut gradient) = parameter.gradient.clone() else { continue };
        let before = &parameter.values.numbers;
        let mut after = before.clone();
        // The loops of the engine work on whole panels.
        let padded = before.len().next_multiple_of(PANEL);
        after.resize(padded, 0.0);
        gradient.resize(padded, 0.0);
        let mut states = [vec![0.0; padded], vec![0.0; padded]];
        let [first, second] = &mut states;
        let set = InstructionSet::best();
        rule.apply(set, Some(norm), &mut after, &mut gradient, [first, second]);
        parameter.update = Some(after.iter().zip(before).map(|(new, old)| new - old).collect());
    }
    parameters
}
