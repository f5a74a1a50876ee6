//! `chainrule predict`: from a model and data to predictions.

use crate::arguments::{DataArguments, load, rows_of};
use crate::failure::Failure;
use crate::numbers;
use crate::output;
use crate::render::{complain, json_text, note, print};
use chainrule::confidence::{Regions, predict_regions};
use chainrule::data::{Table, Task};
use chainrule::{
    Error, Model, Predictions, open_chunks, predict_table, predict_table_at, write_whole,
    write_whole_by,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Warnings of chunks that are shown; there may be one for each.
const MOST_WARNINGS: usize = 10;

/// Predicts the target of each row, as CSV
#[derive(clap::Args)]
#[command(after_help = "\
With --coverage a column TARGET_set follows, such as setosa|versicolor (nothing where no class is likely
enough), or for numbers TARGET_lower and TARGET_upper. They hold the truth this often on rows like
those that the model was trained on, by its errors on the validation rows.

Examples:
  chainrule predict iris.safetensors iris --proba
  chainrule predict houses.safetensors new.csv --coverage 0.9 --output prices.csv")]
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
    /// Add what the target may be: the set of classes, or the ends of an interval, that hold the truth this
    /// often, such as 0.9
    #[arg(long, value_name = "SHARE", value_parser = numbers::inside, allow_negative_numbers = true)]
    coverage: Option<f64>,
    /// Go through a CSV, Parquet or Arrow file of any size in pieces, instead of reading it whole
    #[arg(long, conflicts_with = "json")]
    stream: bool,
    /// Print one JSON document instead of CSV, with probabilities
    #[arg(long, conflicts_with = "proba")]
    json: bool,
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
    if arguments.stream {
        predict_stream(arguments, &model)?;
        return Ok(ExitCode::SUCCESS);
    }
    let data = arguments.data.open_for(&model, false)?;
    let (table, what) = rows_of(&data, &arguments.data.data);
    let (predictions, regions) = predict(arguments, &model, table)?;
    predictions.warnings.iter().for_each(|warning| complain("warning", warning));
    if data.test.is_some() {
        note(format_args!("predicting {what}"));
    }
    let text = match arguments.json {
        true => json_text(&json_of(&predictions, regions.as_ref())),
        false => csv(&predictions, arguments.proba, regions.as_ref(), true),
    };
    match &arguments.output {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => print(text)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn predict(
    arguments: &Arguments,
    model: &Model,
    table: &Table,
) -> Result<(Predictions, Option<Regions>), Failure> {
    let predictions = match arguments.threshold {
        Some(threshold) => predict_table_at(model, table, threshold)?,
        None => predict_table(model, table)?,
    };
    if arguments.proba && predictions.task == Task::Regression {
        return Err(Failure::input(
            "--proba asks for the probabilities of classes, but this model predicts numbers \
             (regression); leave --proba out",
        ));
    }
    let regions = match arguments.coverage {
        Some(coverage) => Some(predict_regions(model, table, coverage)?),
        None => None,
    };
    Ok((predictions, regions))
}

/// The same chunk by chunk, each written before the next is read.
fn predict_stream(arguments: &Arguments, model: &Model) -> Result<(), Failure> {
    let data = &arguments.data;
    let chunks = open_chunks(model, &data.data, data.reading.options(), false)?;
    let each = |write: &mut dyn FnMut(&str) -> Result<(), Failure>| {
        let (mut first, mut warnings) = (0, 0);
        for table in chunks.pass().map_err(Error::from)? {
            let table = table.map_err(Error::from)?;
            let (predictions, regions) = predict(arguments, model, &table)?;
            for warning in &predictions.warnings {
                if warnings < MOST_WARNINGS {
                    let last = first + table.rows();
                    complain("warning", &format!("rows {} to {last}: {warning}", first + 1));
                }
                warnings += 1;
            }
            write(&csv(&predictions, arguments.proba, regions.as_ref(), first == 0))?;
            first += table.rows();
        }
        if warnings > MOST_WARNINGS {
            complain("warning", &format!("{} more like these", warnings - MOST_WARNINGS));
        }
        Ok(())
    };
    match &arguments.output {
        None => each(&mut |text| print(text)),
        Some(path) => write_whole_by(path, |file| {
            each(&mut |text| {
                file.write_all(text.as_bytes()).map_err(|source| {
                    Error::File { action: "cannot write", path: path.clone(), source }.into()
                })
            })
        }),
    }
}

fn csv(
    predictions: &Predictions,
    probabilities: bool,
    regions: Option<&Regions>,
    with_header: bool,
) -> String {
    let mut text = String::new();
    let mut line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text += &cells.join(",");
        text.push('\n');
    };
    let mut header = predictions.header(probabilities).to_vec();
    header.extend(regions.into_iter().flat_map(Regions::header));
    if with_header {
        line(&header);
    }
    for row in 0..predictions.rows {
        let mut cells = predictions.line(row, probabilities);
        cells.extend(regions.into_iter().flat_map(|regions| regions.line(row)));
        line(&cells);
    }
    text
}

/// Everything that is known of the rows, for machines.
fn json_of(predictions: &Predictions, regions: Option<&Regions>) -> Value {
    let targets = predictions.targets.len();
    let of_row = |row: usize| {
        let mut found = json!({});
        let values = predictions.line(row, false).into_iter();
        let values = values.map(|cell| match predictions.task {
            Task::Binary | Task::MultiClass => json!(cell),
            _ => cell.parse::<f64>().map_or(json!(cell), |number| json!(number)),
        });
        found["prediction"] = keyed(&predictions.targets, values);
        if predictions.task != Task::Regression {
            let names = predictions.header(true);
            let own = predictions.probabilities[row * names.len()..][..names.len()].iter();
            found["probabilities"] = keyed(names, own.map(|probability| json!(probability)));
        }
        if let Some(regions) = regions {
            let of_target = |target: usize| match predictions.task {
                Task::Regression => json!(regions.intervals[row * targets + target]),
                _ => json!(regions.set(row, target)),
            };
            let name = if predictions.task == Task::Regression { "interval" } else { "set" };
            found[name] = keyed(&predictions.targets, (0..targets).map(of_target));
        }
        found
    };
    json!({
        "task": predictions.task,
        "targets": predictions.targets,
        "classes": predictions.classes,
        "coverage": regions.map(|regions| regions.coverage),
        "rows": (0..predictions.rows).map(of_row).collect::<Vec<Value>>(),
    })
}

fn keyed(names: &[String], values: impl Iterator<Item = Value>) -> Value {
    Value::Object(names.iter().cloned().zip(values).collect())
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
