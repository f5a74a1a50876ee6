//! Expressions on numpy arrays: the text is the border. It is read against the arrays, computed, and
//! comes back as arrays.

mod dimensions;
mod laid_open;

use crate::errors::{computed, raised};
use chainrule::graph::{
    CheckOptions, Graph, GraphError, Parsed, Shape, Symbol, Values, check_gradient, parse_only,
    signatures,
};
use chainrule::train::OwnLoss;
use numpy::{IntoPyArray, PyArrayDyn, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A name with its array.
#[derive(Clone)]
struct Given {
    name: String,
    values: Values,
    /// As Python has it.
    shape: Vec<usize>,
}

/// Adds the functions to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(expression_functions, module)?)?;
    module.add_function(wrap_pyfunction!(expression_evaluate, module)?)?;
    module.add_function(wrap_pyfunction!(expression_gradient, module)?)?;
    module.add_function(wrap_pyfunction!(expression_check_gradient, module)?)?;
    module.add_function(wrap_pyfunction!(laid_open::expression_trace, module)?)?;
    module.add_function(wrap_pyfunction!(laid_open::expression_draw, module)?)?;
    module.add_function(wrap_pyfunction!(expression_own_loss, module)?)
}

type Function = (&'static str, usize, Option<usize>, usize, usize, bool, String);

/// Every function of the language: its name, the least and the most of its values (None: any
/// number), of the numbers behind them, whether it is elementwise, and what it means.
#[pyfunction]
fn expression_functions() -> Vec<Function> {
    let most = |most: usize| (most != usize::MAX).then_some(most);
    signatures()
        .into_iter()
        .map(|it| {
            let (values, numbers) = (it.values, it.numbers);
            let (least, most) = (*values.start(), most(*values.end()));
            (it.name, least, most, *numbers.start(), *numbers.end(), it.elementwise, it.meaning)
        })
        .collect()
}

/// The value of an expression, in the dimensions asked for.
#[pyfunction]
#[pyo3(signature = (text, inputs, dimensions=None))]
fn expression_evaluate<'py>(
    py: Python<'py>,
    text: &str,
    inputs: &Bound<'py, PyDict>,
    dimensions: Option<usize>,
) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    let given = read(inputs)?;
    let (values, shape) = computed(py, || {
        let (graph, point) = (Graph::new(), used(text, &given)?);
        let result = recorded(&graph, text, &point)?.result;
        let ranks = dimensions::of(&graph, &point);
        let rank = dimensions.unwrap_or(ranks[result.id().index()]);
        let values = graph.evaluate_matrices(&[result], &named(&point)).map_err(wrong)?.remove(0);
        let shape = dimensions::shape(rank, &values);
        Ok((values, shape))
    })?;
    array(py, values, &shape)
}

type ValueAndGradients<'py> = (Bound<'py, PyArrayDyn<f64>>, Vec<Bound<'py, PyArrayDyn<f64>>>);

/// The value of an expression of a single number, and its derivatives by some of the inputs, each in
/// the shape of its input.
#[pyfunction]
#[pyo3(signature = (text, inputs, names, dimensions=None))]
fn expression_gradient<'py>(
    py: Python<'py>,
    text: &str,
    inputs: &Bound<'py, PyDict>,
    names: Vec<String>,
    dimensions: Option<usize>,
) -> PyResult<ValueAndGradients<'py>> {
    let given = read(inputs)?;
    let found = computed(py, || {
        let (graph, point) = (Graph::new(), used(text, &given)?);
        let parsed = recorded(&graph, text, &point)?;
        let ranks = dimensions::of(&graph, &point);
        let rank = dimensions.unwrap_or(ranks[parsed.result.id().index()]);
        let by = names.iter().map(|name| {
            let variable = parsed.variables.iter().find(|(known, _)| known == name);
            Ok((known_among(&given, name)?, variable.map(|&(_, symbol)| symbol)))
        });
        let by: Vec<(&Given, Option<Symbol<'_>>)> = by.collect::<PyResult<_>>()?;
        let read: Vec<Symbol<'_>> = by.iter().filter_map(|&(_, symbol)| symbol).collect();
        let mut wanted = vec![parsed.result];
        wanted.extend(graph.gradient(parsed.result, &read).map_err(wrong)?);
        let values = graph.evaluate_matrices(&wanted, &named(&point)).map_err(wrong)?;
        let mut values = values.into_iter();
        let value = values.next().expect("the result is wanted");
        let gradients: Vec<(Values, Vec<usize>)> = by
            .into_iter()
            .map(|(input, symbol)| {
                let gradient = match symbol {
                    Some(_) => values.next().expect("each derivative is wanted"),
                    // The result does not read it.
                    None => {
                        Values { numbers: vec![0.0; input.values.numbers.len()], ..input.values }
                    }
                };
                (gradient, input.shape.clone())
            })
            .collect();
        let shape = dimensions::shape(rank, &value);
        Ok(((value, shape), gradients))
    })?;
    let ((value, shape), gradients) = found;
    let gradients = gradients.into_iter().map(|(values, shape)| array(py, values, &shape));
    Ok((array(py, value, &shape)?, gradients.collect::<PyResult<_>>()?))
}

type Checked = (String, usize, usize, f64, f64, f64, bool);

/// The derivatives by some of the inputs beside central differences: name, row, column, both, their
/// relative error, and whether the function has a kink there.
#[pyfunction]
fn expression_check_gradient(
    py: Python<'_>,
    text: &str,
    inputs: &Bound<'_, PyDict>,
    names: Vec<String>,
) -> PyResult<Vec<Checked>> {
    let given = read(inputs)?;
    computed(py, || {
        let (graph, point) = (Graph::new(), used(text, &given)?);
        let parsed = recorded(&graph, text, &point)?;
        for name in &names {
            known_among(&given, name)?;
        }
        let by = parsed.variables.iter().filter(|(name, _)| names.contains(name));
        let by: Vec<Symbol<'_>> = by.map(|&(_, symbol)| symbol).collect();
        let options = CheckOptions::default();
        let report = check_gradient(&graph, parsed.result, &by, &named(&point), &options);
        let elements = report.map_err(wrong)?.elements.into_iter();
        let checked = elements.map(|it| {
            (it.name, it.row, it.column, it.analytic, it.numeric, it.relative_error, it.kink)
        });
        Ok(checked.collect())
    })
}

/// Checks a loss of one's own for a network of so many outputs.
#[pyfunction]
fn expression_own_loss(py: Python<'_>, text: String, outputs: usize) -> PyResult<()> {
    computed(py, || OwnLoss::new(text).check(outputs.max(1)).map_err(raised))
}

/// The arrays of a dictionary.
fn read(inputs: &Bound<'_, PyDict>) -> PyResult<Vec<Given>> {
    inputs
        .iter()
        .map(|(name, array)| {
            let name: String = name.extract()?;
            let found = PyReadonlyArrayDyn::<f64>::extract(array.as_borrowed()).map_err(|_| {
                PyTypeError::new_err(format!("expected an array of float64 numbers for {name:?}"))
            })?;
            let shape = found.shape().to_vec();
            let (rows, columns) = match shape[..] {
                [] => (1, 1),
                [columns] => (1, columns),
                [rows, columns] => (rows, columns),
                _ => {
                    return Err(PyValueError::new_err(format!(
                        "{name:?} has {} dimensions, but expressions know up to 2: rows and columns; \
                         reshape it",
                        shape.len()
                    )));
                }
            };
            if rows * columns == 0 {
                return Err(PyValueError::new_err(format!(
                    "{name:?} has the shape {shape:?} and so no numbers; give it at least one"
                )));
            }
            let numbers = found.as_array().iter().copied().collect();
            Ok(Given { name, values: Values { rows, columns, numbers }, shape })
        })
        .collect()
}

/// Those of the arrays that the text reads.
fn used(text: &str, given: &[Given]) -> PyResult<Vec<Given>> {
    let graph = Graph::new();
    let read = recorded(&graph, text, given)?.variables;
    let is_read = |it: &&Given| read.iter().any(|(name, _)| *name == it.name);
    Ok(given.iter().filter(is_read).cloned().collect())
}

/// A text recorded with inputs for these arrays.
fn recorded<'g>(graph: &'g Graph, text: &str, given: &[Given]) -> PyResult<Parsed<'g>> {
    let inputs: Vec<(&str, Symbol<'g>)> = given
        .iter()
        .map(|Given { name, values, .. }| {
            let shape = Shape::matrix(values.rows, values.columns);
            (name.as_str(), graph.input(name, shape))
        })
        .collect();
    parse_only(graph, text, &inputs).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn named(given: &[Given]) -> Vec<(&str, Values)> {
    given.iter().map(|it| (it.name.as_str(), it.values.clone())).collect()
}

fn known_among<'a>(given: &'a [Given], name: &str) -> PyResult<&'a Given> {
    given.iter().find(|it| it.name == name).ok_or_else(|| {
        let known: Vec<&str> = given.iter().map(|it| it.name.as_str()).collect();
        PyValueError::new_err(format!(
            "there is no input {name:?} to differentiate by; there are: {}",
            known.join(", ")
        ))
    })
}

fn wrong(error: GraphError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn array<'py>(
    py: Python<'py>,
    values: Values,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    let array = ndarray::ArrayD::from_shape_vec(shape, values.numbers);
    let array = array.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(array.into_pyarray(py))
}
