//! The model file of the command line.

use crate::engine::{AnyModel, Engine};
use crate::errors::raised;
use chainrule::Model;
use chainrule::graph::Number;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a table needs besides the network.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    inputs: Vec<String>,
    targets: Vec<String>,
    classes: Vec<String>,
    /// Whatever its writer wants to find again.
    #[serde(default)]
    settings: serde_json::Value,
}

/// What is found in a file.
#[derive(Serialize)]
struct Found {
    network: serde_json::Value,
    task: String,
    #[serde(flatten)]
    description: Description,
    /// The inputs are (x - offset) factor.
    offsets: Vec<f64>,
    factors: Vec<f64>,
    /// Predicted numbers are output deviation + mean; empty where they are the outputs themselves.
    means: Vec<f64>,
    deviations: Vec<f64>,
}

pub(crate) fn read_description(text: &str) -> PyResult<Description> {
    serde_json::from_str(text).map_err(|error| {
        PyValueError::new_err(format!("the model's columns are described wrongly: {error}"))
    })
}

pub(crate) fn save<E: Number>(
    model: Model<E>,
    path: &Path,
    description: Description,
) -> PyResult<()> {
    fn names(names: &[String]) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }
    let Description { inputs, targets, classes, settings } = &description;
    let mut named =
        model.named(&names(inputs), &names(targets), &names(classes)).map_err(raised)?;
    if !settings.is_null() {
        // The recipe that the command line reads stays as it is.
        named.settings["python"] = settings.clone();
    }
    named.save(path).map_err(raised)
}

pub(crate) fn load(path: &Path) -> PyResult<(Engine, String)> {
    let model = match chainrule::has_64_bits(path).map_err(raised)? {
        true => AnyModel::Double(Model::load(path).map_err(raised)?),
        false => AnyModel::Single(Model::load(path).map_err(raised)?),
    };
    let found = crate::engine::in_either!(AnyModel, &model, model => found(model)?);
    let text = serde_json::to_string(&found).expect("it is plain data");
    Ok((Engine::of(model), text))
}

fn found<E: Number>(model: &Model<E>) -> PyResult<Found> {
    let Some(preparation) = &model.preparation else {
        return Err(PyValueError::new_err(
            "expected a model of a table, found one without columns; give it some with Model::named",
        ));
    };
    let Some(stated) = preparation.stated() else {
        return Err(PyValueError::new_err(
            "expected a model whose columns are all plain numbers, found one that reads categories, \
             dates or gaps in a way of its own; predict with the command line, or train on a matrix",
        ));
    };
    let (means, deviations) = stated.target_scalings.iter().copied().unzip();
    Ok(Found {
        network: serde_json::to_value(model.network()).expect("a network is plain data"),
        task: stated.task.to_string(),
        offsets: stated.columns.iter().map(|(_, scaling)| scaling.offset).collect(),
        factors: stated.columns.iter().map(|(_, scaling)| scaling.factor).collect(),
        means,
        deviations,
        description: Description {
            inputs: stated.columns.into_iter().map(|(name, _)| name).collect(),
            targets: stated.targets,
            classes: stated.classes,
            settings: model.settings.get("python").cloned().unwrap_or_default(),
        },
    })
}
