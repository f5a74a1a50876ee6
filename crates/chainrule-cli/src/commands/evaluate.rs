//! `chainrule evaluate`: how good a model is on data whose target is known.

use super::{evaluate_page, evaluate_report};
use crate::arguments::{DataArguments, load, rows_of};
use crate::failure::Failure;
use crate::numbers;
use crate::output;
use crate::render::{Table, count, document, measured, measures, note, print, say};
use chainrule::{
    Model, evaluate_table, evaluate_table_at, judge_chunks, judge_table, judge_table_at,
    open_chunks, threshold_of, write_whole,
};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Judges a model on data whose target is known
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  chainrule evaluate flowers.safetensors flowers.csv
  chainrule evaluate flowers.safetensors flowers.csv --report flowers.html")]
pub(crate) struct Arguments {
    /// The model file, or a network in TOML
    #[arg(value_name = "MODEL")]
    pub(super) model: PathBuf,
    #[command(flatten)]
    pub(super) data: DataArguments,
    /// The probability from which on a label, or the second class of two, is predicted [default: the
    /// model's, else 0.5]
    #[arg(long, value_parser = numbers::inside, allow_negative_numbers = true)]
    pub(super) threshold: Option<f64>,
    /// Write a page that shows all of it to this HTML file: scores, curves, where the model errs more
    /// than elsewhere, which columns matter, the data, the training, the network
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Go through a CSV, Parquet or Arrow file of any size in pieces, instead of reading it whole
    #[arg(long, conflicts_with = "report")]
    stream: bool,
    /// Print one JSON document instead of text; with --report it holds what the page shows
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.report {
        let mut inputs = arguments.data.files();
        inputs.push(&arguments.model);
        let advice = "name another file with --report FILE";
        output::check(path, &inputs, advice)?;
        output::check_report_replaced(path, advice)?;
    }
    let model = load(&arguments.model)?;
    if arguments.stream {
        evaluate_stream(arguments, &model)?;
        return Ok(ExitCode::SUCCESS);
    }
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
    let remark = |what: &str| match data.test.is_some() {
        true => format!("judged on {what}"),
        false => format!(
            "judged on all of {what}; where the model has learned from some of them, the score is \
             too good"
        ),
    };
    let report = match arguments.report {
        Some(_) => {
            // A page is passed on: the folders of a machine are nobody's business.
            let (_, what) = rows_of(&data, &evaluate_page::name_of(Path::new(name)));
            Some(evaluate_page::of(arguments, &model, table, &remark(&what))?)
        }
        None => None,
    };
    if let (Some(path), Some(report)) = (&arguments.report, &report) {
        write_whole(path, report.page(&model)?.as_bytes())?;
    }
    if arguments.json {
        let mut found = json!(evaluation);
        found["task"] = json!(task);
        found["data"] = json!(name);
        if let Some(threshold) = arguments.threshold.or_else(|| threshold_of(&model)) {
            found["threshold"] = json!(threshold);
        }
        found["judgement"] = json!(judgement);
        if let Some(report) = &report {
            found["report"] = json!(report);
        }
        document(&found)?;
    } else {
        let mut scores = Table::new(1);
        scores.line(std::iter::once("").chain(measures(task).iter().copied()));
        scores.line(std::iter::once(name.to_string()).chain(measured(&evaluation)));
        print(scores)?;
        evaluate_report::print(&judgement)?;
    }
    if let (Some(path), false) = (&arguments.report, arguments.json) {
        say(format_args!("\nReport in {}", path.display()))?;
    }
    note(remark(&what));
    Ok(ExitCode::SUCCESS)
}

/// Judges by all measures but the training loss, keeping predictions and truths alone in memory.
fn evaluate_stream(arguments: &Arguments, model: &Model) -> Result<(), Failure> {
    let DataArguments { data, reading } = &arguments.data;
    let chunks = open_chunks(model, data, reading.options(), true)?;
    let judgement = judge_chunks(model, &chunks, arguments.threshold)?;
    if arguments.json {
        let mut found = json!({ "data": data, "judgement": judgement });
        if let Some(threshold) = arguments.threshold.or_else(|| threshold_of(model)) {
            found["threshold"] = json!(threshold);
        }
        document(&found)?;
    } else {
        evaluate_report::print(&judgement)?;
    }
    note(format_args!(
        "judged on all of the {} of {data}; where the model has learned from some of them, the score \
         is too good",
        count(chunks.rows(), "row")
    ));
    Ok(())
}
