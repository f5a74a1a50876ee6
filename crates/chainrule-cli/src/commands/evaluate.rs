//! `chainrule evaluate`: how good a model is on data whose target is known.

use super::evaluate_report;
use crate::arguments::{DataArguments, load, rows_of};
use crate::failure::Failure;
use crate::numbers;
use crate::render::{Table, document, measured, measures, note, print};
use chainrule::{evaluate_table, evaluate_table_at, judge_table, judge_table_at, threshold_of};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Judges a model on data whose target is known
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The model file, or a network in TOML
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// The probability from which on a label, or the second class of two, is predicted [default: the
    /// model's, else 0.5]
    #[arg(long, value_parser = numbers::inside, allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let model = load(&arguments.model)?;
    let data = arguments.data.open_for(&model, true)?;
    let name = arguments.data.data.as_str();
    let (table, what) = rows_of(&data, name);
    let (evaluation, judgement) = match arguments.threshold {
        Some(threshold) => (
            evaluate_table_at(&model, table, threshold)?,
            judge_table_at(&model, table, threshold)?,
        ),
        None => (evaluate_table(&model, table)?, judge_table(&model, table)?),
    };
    let Some(preparation) = &model.preparation else {
        unreachable!("a model without a preparation cannot be judged on a table");
    };
    let task = preparation.task();
    if arguments.json {
        let mut found = json!(evaluation);
        found["task"] = json!(task);
        found["data"] = json!(name);
        if let Some(threshold) = arguments.threshold.or_else(|| threshold_of(&model)) {
            found["threshold"] = json!(threshold);
        }
        found["judgement"] = json!(judgement);
        document(&found)?;
    } else {
        let mut scores = Table::new(1);
        scores.line(std::iter::once("").chain(measures(task).iter().copied()));
        scores.line(std::iter::once(name.to_string()).chain(measured(&evaluation)));
        print(scores)?;
        evaluate_report::print(&judgement)?;
    }
    if data.test.is_some() {
        note(format_args!("judged on {what}"));
    } else {
        note(format_args!(
            "judged on all of {what}; where the model has learned from some of them, the score is \
             too good"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
