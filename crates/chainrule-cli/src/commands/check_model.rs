//! The gradient of a model's training step.

use super::check::Arguments;
use crate::arguments::load;
use crate::failure::Failure;
use crate::render::{Table, count, print, say};
use chainrule::data::{Scale, Table as Rows};
use chainrule::graph::{CheckOptions, CheckReport};
use chainrule::math::random::Stream;
use chainrule::train::check_gradient;
use chainrule::{Error, Examples, Loss, Model, check_table, training_of};
use ndarray::Array2;
use std::path::Path;
use std::process::ExitCode;

/// Rows that the gradient is checked on.
const ROWS: usize = 8;
/// Multiplications of all differences together, about: a few seconds of them.
const WORK: usize = 2_000_000_000;
/// Runs of the network for one difference.
const RUNS: usize = 40;

pub(super) fn run(arguments: &Arguments, path: &Path) -> Result<ExitCode, Failure> {
    let model = load(path)?;
    let network = model.network();
    let matrices = 2 * network.layers().len();
    let each = WORK / (RUNS * ROWS * matrices * network.parameter_count());
    let options = CheckOptions { most: each.clamp(2, 30) };
    let (report, rows) = match &arguments.data {
        Some(name) => {
            let data = arguments.reading.open_for(name, &model, true)?;
            let chosen = spread(&data.table);
            let report = check_table(&model, &data.table, &chosen, &options)?;
            (report, format!("{} of {name}", count(chosen.len(), "row")))
        }
        None => (check_made_up(&model, &options)?, count(ROWS, "made-up row")),
    };
    show(&report, &rows, training_of(&model).loss)?;
    match (report.passes(arguments.tolerance), report.worst()) {
        (false, Some(worst)) => Err(Failure::check(format!(
            "a gradient differs from its differences by more than --tolerance {:e}: {worst}",
            arguments.tolerance
        ))),
        _ => {
            say(format_args!("\nThe gradients agree within {:e}.", arguments.tolerance))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Some rows from all over the table.
fn spread(table: &Rows) -> Vec<usize> {
    let chosen = table.rows().min(ROWS);
    (0..chosen).map(|number| number * table.rows() / chosen).collect()
}

/// Checks on inputs in the range that scaling gives, with any targets.
fn check_made_up(model: &Model, options: &CheckOptions) -> Result<CheckReport, Error> {
    let network = model.network();
    let training = training_of(model);
    let mut stream = Stream::new(training.seed, "check");
    let is_unit =
        model.preparation.as_ref().is_some_and(|preparation| preparation.scale() == Scale::Unit);
    let mut inputs = Array2::from_shape_simple_fn((ROWS, network.inputs()), || match is_unit {
        true => stream.uniform() as f32,
        false => (2.0 * stream.uniform() - 1.0) as f32,
    });
    for embedding in network.embeddings() {
        let level = || stream.below(embedding.levels as u32) as f32;
        inputs
            .column_mut(embedding.input)
            .assign(&ndarray::Array1::from_shape_simple_fn(ROWS, level));
    }
    let outputs = network.outputs();
    if training.loss == Loss::CrossEntropy {
        let classes: Vec<u32> = (0..ROWS).map(|_| stream.below(outputs as u32)).collect();
        return check_gradient(
            model,
            &training,
            &Examples::classes(inputs.view(), &classes)?,
            options,
        );
    }
    let values = Array2::from_shape_simple_fn((ROWS, outputs), || stream.below(2) as f32);
    check_gradient(model, &training, &Examples::values(inputs.view(), values.view())?, options)
}

/// One line for each matrix of weights or biases.
fn show(report: &CheckReport, rows: &str, loss: Loss) -> Result<(), Failure> {
    say(format_args!("Gradients of {loss} on {rows}, by the graph and by differences\n"))?;
    let mut table = Table::new(1);
    table.line(["parameter", "checked", "largest gradient", "largest relative error"]);
    for part in report.elements.chunk_by(|a, b| a.name == b.name) {
        let largest = part.iter().fold(0.0_f64, |most, it| most.max(it.analytic.abs()));
        let worst = part.iter().fold(0.0_f64, |most, it| match it.relative_error.is_nan() {
            true => f64::INFINITY,
            false => most.max(it.relative_error),
        });
        table.line([
            part[0].name.clone(),
            part.len().to_string(),
            format!("{largest:.3e}"),
            format!("{worst:.1e}"),
        ]);
    }
    print(table)
}
