//! Models without hidden layers: their weights in the units of the columns, and their lines.

use crate::failure::Failure;
use crate::render::{Table, plain, print, say, short};
use chainrule::ClosedForm;
use chainrule::neuron::LinearForm;
use serde_json::{Value, json};

/// Inputs and outputs whose weights are listed.
const LISTED_INPUTS: usize = 12;
const LISTED_OUTPUTS: usize = 8;

/// Lines that are listed.
const LISTED_LINES: usize = 12;

/// Prints the weights of a few inputs, and the lines where inputs are two.
pub(super) fn show(form: &LinearForm, threshold: f64) -> Result<(), Failure> {
    let lines = form.lines(threshold)?;
    if form.inputs.len() <= LISTED_INPUTS && form.outputs.len() <= LISTED_OUTPUTS {
        say("\nWeights in the units of the columns")?;
        let mut table = Table::new(1);
        table.line(std::iter::once("").chain(form.outputs.iter().map(String::as_str)));
        for (input, name) in form.inputs.iter().enumerate() {
            let weights = form.weights.iter().map(|weights| short(weights[input]));
            table.line(std::iter::once(name.clone()).chain(weights));
        }
        let biases = form.biases.iter().map(|bias| short(*bias));
        table.line(std::iter::once("bias".to_string()).chain(biases));
        print(table)?;
    }
    let Some(first) = lines.first() else { return Ok(()) };
    say(match (first.negative.is_some(), lines.len(), threshold == 0.5) {
        (false, 1, _) => "\nPlane".to_string(),
        (false, ..) => "\nPlanes".to_string(),
        (true, 1, true) => "\nDecision line".to_string(),
        (true, _, true) => {
            "\nDecision lines, between each two classes or for each label".to_string()
        }
        (true, 1, false) => format!("\nDecision line at the threshold {threshold}"),
        (true, _, false) => format!("\nDecision lines at the threshold {threshold}"),
    })?;
    for line in lines.iter().take(LISTED_LINES) {
        // Names of columns may hold line feeds.
        say(format_args!("  {}", plain(&line.to_string())))?;
    }
    match lines.len().checked_sub(LISTED_LINES).filter(|more| *more > 0) {
        Some(more) => say(format_args!("  and {more} more")),
        None => Ok(()),
    }
}

/// Adds the weights and the lines to a document.
pub(super) fn add_json(
    form: &LinearForm,
    threshold: f64,
    document: &mut Value,
) -> Result<(), Failure> {
    let lines = form.lines(threshold)?.into_iter().map(|line| {
        let mut value = json!(line);
        value["equation"] = json!(line.equation());
        value["text"] = json!(line.to_string());
        value
    });
    document["lines"] = lines.collect();
    document["linear_form"] = json!(form);
    Ok(())
}

/// Says how a linear regression agrees with its closed form.
pub(super) fn compare(found: &ClosedForm) -> Result<(), Failure> {
    let ClosedForm { weights, predictions, rank } = found;
    say(match weights {
        Some(weights) => format!(
            "\nLeast squares in closed form: no weight differs by more than {weights:.1e} (in the \
             units that the network learns in)."
        ),
        None => format!(
            "\nLeast squares in closed form: inputs are combinations of others (rank {rank} with the \
             bias), so that many weights are as good; no prediction differs by more than \
             {predictions:.1e} (in the units that the network learns in)."
        ),
    })
}
