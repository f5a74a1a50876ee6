//! The gradient of a training step against differences.

use super::objective::Objective;
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
    let objective = Objective::record(&graph, network, training, row_weights.is_some());
    let numbers = |numbers: &[E]| numbers.iter().map(|number| number.to_f64()).collect();
    let inputs: Vec<E> = rows.inputs().iter().copied().collect();
    let x = Values { rows: rows.rows(), columns: network.inputs(), numbers: numbers(&inputs) };
    let columns = network.outputs();
    let wanted = match rows.targets() {
        Targets::Values(values) => values.iter().map(|number| number.to_f64()).collect(),
        Targets::Classes(classes) if columns == 1 => classes.iter().map(|&it| it.into()).collect(),
        Targets::Classes(classes) => {
            let one_hot = |&class: &u32| (0..columns as u32).map(move |it| it == class);
            classes.iter().flat_map(one_hot).map(f64::from).collect()
        }
    };
    let y = Values { rows: rows.rows(), columns, numbers: wanted };
    let places = model.layout().places();
    let weights = places.iter().map(|place| {
        let numbers = numbers(&place.read(model.parameters()));
        (place.name.as_str(), Values { rows: place.rows, columns: place.columns, numbers })
    });
    let mut values: Vec<(&str, Values)> = vec![("x", x), ("y", y)];
    if let Some(numbers) = row_weights {
        values.push(("weights", Values { rows: rows.rows(), columns: 1, numbers }));
    }
    values.extend(weights);
    Ok(check(&graph, objective.penalized, &objective.parameters, &values, options)?)
}
