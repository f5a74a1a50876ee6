//! `chainrule predict`: from a model and data to predictions.

use crate::arguments::{DataArguments, load, rows_of};
use crate::failure::Failure;
use crate::numbers;
use crate::output;
use crate::render::{complain, note, print};
use chainrule::data::Task;
use chainrule::{Predictions, predict_table, predict_table_at, write_whole};
use std::path::PathBuf;
use std::process::ExitCode;

/// Predicts the target of each row, as CSV
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The model file, or a network in TOML
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Print the probability of every class instead of the likeliest class
    #[arg(long)]
    proba: bool,
    /// The probability from which on a label, or the second class of two, is predicted [default: the
    /// model's, else 0.5]
    #[arg(long, value_parser = numbers::inside, allow_negative_numbers = true)]
    #[arg(conflicts_with = "proba")]
    threshold: Option<f64>,
    /// Write to this file instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.output {
        let mut inputs = arguments.data.files();
        inputs.push(&arguments.model);
        output::check(path, &inputs, "name another file with --output FILE")?;
    }
    let model = load(&arguments.model)?;
    let data = arguments.data.open_for(&model, false)?;
    let (table, what) = rows_of(&data, &arguments.data.data);
    let predictions = match arguments.threshold {
        Some(threshold) => predict_table_at(&model, table, threshold)?,
        None => predict_table(&model, table)?,
    };
    if arguments.proba && predictions.task == Task::Regression {
        return Err(Failure::input(
            "--proba asks for the probabilities of classes, but this model predicts numbers \
             (regression); leave --proba out",
        ));
    }
    predictions.warnings.iter().for_each(|warning| complain("warning", warning));
    if data.test.is_some() {
        note(format_args!("predicting {what}"));
    }
    let text = csv(&predictions, arguments.proba);
    match &arguments.output {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => print(text)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn csv(predictions: &Predictions, probabilities: bool) -> String {
    let mut text = String::new();
    let mut line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text += &cells.join(",");
        text.push('\n');
    };
    line(predictions.header(probabilities));
    (0..predictions.rows).for_each(|row| line(&predictions.line(row, probabilities)));
    text
}

/// A cell, in quotes where it needs them (RFC 4180).
fn quoted(cell: &str) -> String {
    match cell.is_empty() || cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(quoted("setosa"), "setosa");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(quoted(""), "\"\"");
    }
}
