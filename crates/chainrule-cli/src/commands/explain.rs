//! `chainrule explain`: which columns a model depends on, and why it predicts what it does.

use crate::arguments::{DataArguments, load, rows_of};
use crate::failure::Failure;
use crate::lists::{List, flat};
use crate::numbers;
use crate::output;
use crate::render::{Table, count, json_text, note, plain, print, short};
use chainrule::data::{Table as Data, Task};
use chainrule::explain::{
    Attribution, AttributionOptions, Baseline, Importance, ImportanceOptions, Quantity,
    attribute_table, permutation_importance,
};
use chainrule::{Model, Score, write_whole};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

/// Columns of a row that are listed before the others are only added up.
const LISTED: usize = 20;

/// Shows which columns a model depends on, or with --rows what each adds to single predictions
#[derive(clap::Args)]
#[command(after_help = "\
Without --rows each column is shuffled among the rows of the data, several times, and what the score
loses by it is shown: permutation importance. The data need their target for it; best are rows that
the model has not learned from.

With --rows the prediction for each row is divided among the columns by integrated gradients: what a
column adds, compared with a baseline. The contributions add up to the difference between the
prediction and the baseline's.

Examples:
  chainrule explain iris.safetensors iris
  chainrule explain houses.safetensors houses.csv --rows 1,7 --baseline 3
  chainrule explain digits.safetensors digits --row 12 --class 3 --json --output three.json")]
pub(crate) struct Arguments {
    /// The model file, or a network in TOML
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Explain the predictions for these rows, counted from 1
    #[arg(long, visible_alias = "row", value_name = "ROWS", help_heading = "Single predictions")]
    rows: Vec<List<usize>>,
    /// What a row is compared with: mean (of the inputs of all rows), zeros, or a row by its number
    #[arg(long, default_value = "mean", help_heading = "Single predictions", requires = "rows")]
    baseline: Against,
    /// The class, label or target to explain, or several [default: the class that is predicted; every
    /// label or target]
    #[arg(long, value_name = "NAMES", help_heading = "Single predictions", requires = "rows")]
    class: Vec<List<String>>,
    /// Explain the logit instead of the probability
    #[arg(long, help_heading = "Single predictions", requires = "rows")]
    logit: bool,
    /// How often each column is shuffled
    #[arg(long, default_value_t = 10, value_parser = numbers::at_least_one)]
    #[arg(help_heading = "Importance", allow_negative_numbers = true, conflicts_with = "rows")]
    repeats: usize,
    /// What is measured: auto (the accuracy, or R2 of numbers), accuracy, loss, r2, rmse or mae
    #[arg(long, default_value = "auto", help_heading = "Importance", conflicts_with = "rows")]
    score: Score,
    /// Judge so many rows at most, drawn by chance
    #[arg(long, value_name = "ROWS", value_parser = numbers::at_least_one)]
    #[arg(help_heading = "Importance", allow_negative_numbers = true, conflicts_with = "rows")]
    most_rows: Option<usize>,
    /// Fixes the order in which columns are shuffled
    #[arg(long, default_value_t = 1, help_heading = "Importance", allow_negative_numbers = true)]
    #[arg(conflicts_with = "rows")]
    seed: u64,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
    /// Write to this file instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A baseline as it is typed; rows count from 1.
#[derive(Clone, Copy, Debug)]
struct Against(Baseline);

impl FromStr for Against {
    type Err = String;

    fn from_str(text: &str) -> Result<Against, String> {
        match text.trim() {
            "mean" => Ok(Against(Baseline::Mean)),
            "zeros" => Ok(Against(Baseline::Zeros)),
            other => match other.parse::<usize>() {
                Ok(row) if row > 0 => Ok(Against(Baseline::Row(row - 1))),
                _ => Err("expected mean, zeros or the number of a row, counted from 1".to_string()),
            },
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.output {
        let mut inputs = arguments.data.files();
        inputs.push(&arguments.model);
        output::check(path, &inputs, "name another file with --output FILE")?;
    }
    let model = load(&arguments.model)?;
    let is_importance = arguments.rows.is_empty();
    let data = arguments.data.open_for(&model, is_importance)?;
    let name = arguments.data.data.as_str();
    let (table, what) = rows_of(&data, name);
    let text = match is_importance {
        true => arguments.importance(&model, table, name)?,
        false => arguments.attributions(&model, table, name)?,
    };
    match &arguments.output {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => print(text)?,
    }
    if is_importance && data.test.is_none() {
        note(format_args!(
            "judged on {what}; where the model has learned from some of them, columns that it knows \
             by heart seem important too"
        ));
    } else if data.test.is_some() {
        note(format_args!("explained on {what}"));
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn importance(&self, model: &Model, table: &Data, name: &str) -> Result<String, Failure> {
        let found = permutation_importance(
            model,
            table,
            &ImportanceOptions {
                score: self.score,
                repeats: self.repeats,
                most_rows: self.most_rows,
                seed: self.seed,
                ..ImportanceOptions::default()
            },
        )?;
        Ok(match self.json {
            true => json_text(&json!({ "data": name, "importance": found })),
            false => shown_importance(&found, name),
        })
    }

    fn attributions(&self, model: &Model, table: &Data, name: &str) -> Result<String, Failure> {
        let rows = flat(&self.rows);
        let of_row = |flag: &str, row: usize| {
            Failure::input(format!(
                "{flag} {row}: expected one of the {} of {name}, counted from 1",
                count(table.rows(), "row")
            ))
        };
        if let Some(&row) = rows.iter().find(|row| !(1..=table.rows()).contains(*row)) {
            return Err(of_row("--rows", row));
        }
        let Against(baseline) = self.baseline;
        if let Baseline::Row(row) = baseline
            && row >= table.rows()
        {
            return Err(of_row("--baseline", row + 1));
        }
        let rows: Vec<usize> = rows.iter().map(|row| row - 1).collect();
        let found = attribute_table(
            model,
            table,
            &rows,
            &AttributionOptions {
                baseline,
                quantity: if self.logit { Quantity::Logit } else { Quantity::Output },
                outputs: flat(&self.class),
                ..AttributionOptions::default()
            },
        )?;
        if self.json {
            let found: Vec<Value> = found.iter().map(json_of).collect();
            let quantity = if self.logit { "logit" } else { "output" };
            return Ok(json_text(&json!({
                "data": name,
                "quantity": quantity,
                "attributions": found,
            })));
        }
        let task = model.preparation.as_ref().map(|preparation| preparation.task());
        let quantity = match (task, self.logit) {
            (Some(Task::Regression), false) | (None, _) => "",
            (Some(Task::Regression), true) => "the sum of ",
            (_, true) => "the logit of ",
            (_, false) => "the probability of ",
        };
        let shown: Vec<String> =
            found.iter().map(|it| shown_attribution(it, quantity, name)).collect();
        Ok(shown.join("\n"))
    }
}

fn shown_importance(found: &Importance, name: &str) -> String {
    let (what, change) = match found.score {
        Score::Loss | Score::Rmse | Score::Mae => ("rises", "rise"),
        _ => ("falls", "drop"),
    };
    let mut text = format!(
        "By how much the {} of {}, {}, {what} when a column is shuffled ({}, {})\n\n",
        match found.score {
            Score::R2 => "R2".to_string(),
            score => score.to_string(),
        },
        plain(name),
        short(found.baseline),
        count(found.rows, "row"),
        count(found.repeats, "time"),
    );
    let mut table = Table::new(1);
    table.line(["column", change, "deviation"]);
    for column in found.ranked() {
        table.line([column.column.clone(), short(column.mean), short(column.deviation)]);
    }
    let _ = write!(text, "{table}");
    text
}

fn shown_attribution(found: &Attribution, quantity: &str, name: &str) -> String {
    let mut text = format!(
        "Row {} of {}: {quantity}{}\n\n",
        found.row + 1,
        plain(name),
        plain(&found.output),
    );
    let mut table = Table::new(1);
    table.line(["column", "value", "contribution"]);
    let ranked = found.ranked();
    let (listed, others) = ranked.split_at(ranked.len().min(LISTED));
    for column in listed {
        table.line([column.column.clone(), column.value.clone(), short(column.contribution)]);
    }
    if !others.is_empty() {
        let sum = others.iter().map(|column| column.contribution).sum();
        table.line([format!("{} more", others.len()), String::new(), short(sum)]);
    }
    table.line(["sum".to_string(), String::new(), short(found.sum())]);
    table.line(["baseline".to_string(), String::new(), short(found.baseline)]);
    table.line(["prediction".to_string(), String::new(), short(found.prediction)]);
    let _ = write!(text, "{table}");
    text
}

fn json_of(found: &Attribution) -> Value {
    let mut value = json!(found);
    value["row"] = json!(found.row + 1);
    value["sum"] = json!(found.sum());
    value
}
