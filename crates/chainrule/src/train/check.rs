//! The gradient of a training step against differences.

use super::objective::{Mode, Objective, Weights};
use crate::examples::Targets;
use crate::{Error, Examples, Model, Training};
use chainrule_graph::{CheckOptions, CheckReport, Graph, Number, Values, check_gradient as check};

/// Compares the gradient of a training step, penalty and dropout included, with central differences
/// in f64, for some weights and biases of each layer.
///
/// ```
/// use chainrule::graph::CheckOptions;
/// use chainrule::{Activation, Examples, Model, Network, Training, train::check_gradient};
/// use ndarray::array;
/// let network = Network::new(2).dense(3, Activation::Tanh).dense(2, Activation::Softmax);
/// let model: Model = network.build(1)?;
/// let inputs = array![[0.5, -1.0], [2.0, 0.1]];
/// let rows = Examples::classes(inputs.view(), &[0, 1])?;
/// let report = check_gradient(&model, &Training::new(&network), &rows, &CheckOptions::default())?;
/// assert!(report.passes(1e-6));
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Settings unsuited to the network, or rows that do not fit it.
pub fn check_gradient<E: Number>(
    model: &Model<E>,
    training: &Training,
    rows: &Examples<'_, E>,
    options: &CheckOptions,
) -> Result<CheckReport, Error> {
    let network = model.network();
    training.check(network)?;
    rows.fit_to(network)?;
    let graph = Graph::new();
    let row_weights = training.row_weights(rows)?;
    let mode = Mode::training(Weights::of_mean_one(row_weights.is_some()));
    let objective = Objective::record(&graph, network, training, mode);
    let mut values = values_of(model, rows, None);
    if let Some(numbers) = row_weights {
        values.push(("weights".to_string(), Values { rows: rows.rows(), columns: 1, numbers }));
    }
    let values: Vec<(&str, Values)> =
        values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    Ok(check(&graph, objective.penalized, &objective.parameters, &values, options)?)
}

/// What an objective reads, by name and in 64 bits: the rows that the examples have (or the one that
/// is chosen), parameters and states. The examples fit the network.
pub(super) fn values_of<E: Number>(
    model: &Model<E>,
    examples: &Examples<'_, E>,
    chosen: Option<usize>,
) -> Vec<(String, Values)> {
    let numbers = |numbers: &[E]| numbers.iter().map(|number| number.to_f64()).collect();
    let columns = model.network().outputs();
    let rows = chosen.map_or(0..examples.rows(), |row| row..row + 1);
    let inputs: Vec<f64> = rows
        .clone()
        .flat_map(|row| examples.inputs().row(row).iter().map(|x| x.to_f64()).collect::<Vec<_>>())
        .collect();
    let wanted: Vec<f64> = match examples.targets() {
        Targets::Values(values) => rows
            .clone()
            .flat_map(|row| values.row(row).iter().map(|y| y.to_f64()).collect::<Vec<_>>())
            .collect(),
        Targets::Classes(classes) if columns == 1 => {
            classes[rows.clone()].iter().map(|&class| class.into()).collect()
        }
        Targets::Classes(classes) => {
            let one_hot = |&class: &u32| (0..columns as u32).map(move |it| it == class);
            classes[rows.clone()].iter().flat_map(one_hot).map(f64::from).collect()
        }
    };
    let (rows, inputs_of) = (rows.len(), model.network().inputs());
    let x = Values { rows, columns: inputs_of, numbers: inputs };
    let y = Values { rows, columns, numbers: wanted };
    let parameters = model.layout().places().iter().map(|place| {
        let numbers = numbers(&place.read(model.parameters()));
        (place.name.clone(), Values { rows: place.rows, columns: place.columns, numbers })
    });
    [("x".to_string(), x), ("y".to_string(), y)].into_iter().chain(parameters).collect()
}
