//! Every step of an expression, as data and as a picture.

use super::{Given, array, named, read, recorded, used, wrong};
use crate::errors::computed;
use chainrule::graph::{Graph, MatrixTrace, Origin, Shape, Trace, Values};
use chainrule_draw::{Theme, computation, matrix_computation};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// A trace, of single numbers if all of it is, since those know why a number is not finite.
enum AnyTrace {
    Numbers(Trace),
    Matrices(MatrixTrace),
}

fn traced(text: &str, given: &[Given]) -> PyResult<AnyTrace> {
    let (graph, point) = (Graph::new(), used(text, given)?);
    let result = recorded(&graph, text, &point)?.result;
    let is_scalar = graph.nodes().iter().all(|node| node.shape == Shape::SCALAR);
    if !is_scalar {
        let trace = MatrixTrace::new(&graph, result, &named(&point));
        return trace.map(AnyTrace::Matrices).map_err(wrong);
    }
    let numbers: Vec<(&str, f64)> =
        point.iter().map(|it| (it.name.as_str(), it.values.numbers[0])).collect();
    Trace::new(&graph, result, &numbers).map(AnyTrace::Numbers).map_err(wrong)
}

/// Every value, local gradient and gradient of an expression: a dictionary of its steps.
#[pyfunction]
pub(super) fn expression_trace<'py>(
    py: Python<'py>,
    text: &str,
    inputs: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let given = read(inputs)?;
    let document = PyDict::new(py);
    let steps = PyList::empty(py);
    let (result, refused, trouble) = match computed(py, || traced(text, &given))? {
        AnyTrace::Numbers(trace) => {
            for step in &trace.steps {
                let paths = PyList::empty(py);
                for path in &step.paths {
                    let shown = PyDict::new(py);
                    shown.set_item("through", path.through)?;
                    shown.set_item("argument", path.argument)?;
                    shown.set_item("incoming", path.incoming)?;
                    shown.set_item("local", path.local)?;
                    shown.set_item("local_formula", &path.local_formula)?;
                    shown.set_item("product", path.product)?;
                    paths.append(shown)?;
                }
                let shown = head(
                    py,
                    (&step.name, step.op.name(), &step.formula),
                    step.origin,
                    &step.inputs,
                )?;
                shown.set_item("value", step.value)?;
                shown.set_item("gradient", step.gradient)?;
                shown.set_item("paths", paths)?;
                steps.append(shown)?;
            }
            let trouble = trace.trouble().map(|trouble| trouble.message);
            (trace.result, trace.refused, trouble)
        }
        AnyTrace::Matrices(trace) => {
            let matrix =
                |values: &Values| array(py, values.clone(), &[values.rows, values.columns]);
            for step in &trace.steps {
                let paths = PyList::empty(py);
                for path in &step.paths {
                    let shown = PyDict::new(py);
                    shown.set_item("through", path.through)?;
                    shown.set_item("argument", path.argument)?;
                    let incoming = trace.steps[path.through].gradient.as_ref();
                    shown.set_item("incoming", incoming.map(matrix).transpose()?)?;
                    shown.set_item("local", path.local.as_ref().map(matrix).transpose()?)?;
                    shown.set_item("local_formula", &path.local_formula)?;
                    shown.set_item("product", matrix(&path.product)?)?;
                    paths.append(shown)?;
                }
                let shown = head(
                    py,
                    (&step.name, step.op.name(), &step.formula),
                    step.origin,
                    &step.inputs,
                )?;
                shown.set_item("value", matrix(&step.value)?)?;
                shown.set_item("gradient", step.gradient.as_ref().map(matrix).transpose()?)?;
                shown.set_item("paths", paths)?;
                steps.append(shown)?;
            }
            (trace.result, trace.refused, None)
        }
    };
    document.set_item("steps", steps)?;
    document.set_item("result", result)?;
    document.set_item("refused", refused.map(|error| error.to_string()))?;
    document.set_item("trouble", trouble)?;
    Ok(document)
}

fn head<'py>(
    py: Python<'py>,
    (name, operation, formula): (&str, &str, &str),
    origin: Origin,
    inputs: &[usize],
) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    shown.set_item("name", name)?;
    shown.set_item("operation", operation)?;
    shown.set_item("formula", formula)?;
    let origin = match origin {
        Origin::Given => "given",
        Origin::Number => "number",
        Origin::Computed => "computed",
    };
    shown.set_item("origin", origin)?;
    shown.set_item("inputs", inputs.to_vec())?;
    Ok(shown)
}

/// The picture of an expression's values and gradients, as SVG.
#[pyfunction]
#[pyo3(signature = (text, inputs, dark=false))]
pub(super) fn expression_draw(
    py: Python<'_>,
    text: &str,
    inputs: &Bound<'_, PyDict>,
    dark: bool,
) -> PyResult<String> {
    let given = read(inputs)?;
    let theme = if dark { Theme::DARK } else { Theme::LIGHT };
    computed(py, || {
        let picture = match traced(text, &given)? {
            AnyTrace::Numbers(trace) => computation(&trace, &theme),
            AnyTrace::Matrices(trace) => matrix_computation(&trace, &theme),
        };
        let picture = picture.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(picture.svg().to_string())
    })
}
