//! `chainrule doctor`: what is wrong with a model, its training or its data.

use crate::arguments::{ReadingArguments, load};
use crate::failure::Failure;
use crate::render::{count, document, say};
use chainrule::doctor::{Finding, ROWS, Severity, Subject, together};
use chainrule::train::{Epoch, HistoryFile};
use chainrule::{Error, Kind, Model, Recipe, examine_table, training_of};
use serde_json::json;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Looks for what is wrong with a model, its training or its data, and says what to try
#[derive(clap::Args)]
#[command(after_help = "\
Each finding comes with its evidence and one flag of chainrule train to try. The exit status is 0
when nothing serious is found, 1 when something is, and 2 when the model, the data or the history
cannot be read.

Examples:
  chainrule doctor digits.safetensors --data digits
  chainrule doctor houses.safetensors --data houses.csv --json")]
pub(crate) struct Arguments {
    /// The model file
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Look at the model on rows of these data, best those that it was trained on
    #[arg(long)]
    data: Option<String>,
    /// The epochs of its training [default: the file beside the model that chainrule train writes]
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArguments,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

/// What was looked at, and what was not and why.
struct Looked {
    rows: Option<usize>,
    epochs: Option<usize>,
    not: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let model = load(&arguments.model)?;
    let mut looked = Looked { rows: None, epochs: None, not: Vec::new() };
    let on_rows = arguments.on_rows(&model, &mut looked)?;
    let epochs = arguments.epochs(&model, &mut looked)?;
    let findings = together(model.network(), &training_of(&model), on_rows, &epochs);
    let serious = findings.iter().filter(|it| it.severity == Severity::Serious).count();
    match arguments.json {
        true => document(&json!({
            "model": arguments.model,
            "data": arguments.data,
            "rows": looked.rows,
            "epochs": looked.epochs,
            "serious": serious,
            "findings": findings,
            "not_checked": looked.not,
        }))?,
        false => show(arguments, &findings, &looked)?,
    }
    Ok(if serious > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Arguments {
    fn on_rows(&self, model: &Model, looked: &mut Looked) -> Result<Vec<Finding>, Failure> {
        let Some(name) = &self.data else {
            looked.not.push(
                "units, gradients and data, since no data are given; name those of the training with \
                 --data"
                    .to_string(),
            );
            return Ok(Vec::new());
        };
        let data = self.reading.open_for(name, model, true)?;
        looked.rows = Some(data.table.rows().min(ROWS));
        Ok(examine_table(model, &data.table)?)
    }

    fn epochs(&self, model: &Model, looked: &mut Looked) -> Result<Vec<Epoch>, Failure> {
        let recipe = serde_json::from_value::<Recipe>(model.settings.clone());
        if recipe.is_ok_and(|recipe| recipe.kind == Kind::Perceptron) {
            // Its mistakes go up and down by nature, and its learning rate changes none of them.
            looked.not.push("learning curves, since Rosenblatt's rule follows no loss".to_string());
            return Ok(Vec::new());
        }
        let path = match &self.history {
            Some(path) => path.clone(),
            None => HistoryFile::beside(&self.model),
        };
        let epochs = match HistoryFile::read(&path) {
            Err(Error::File { source, .. })
                if self.history.is_none() && source.kind() == ErrorKind::NotFound =>
            {
                looked.not.push(format!(
                    "learning curves, since there is no history {}; name it with --history",
                    path.display()
                ));
                return Ok(Vec::new());
            }
            result => result?,
        };
        if !epochs.is_empty() && epochs.iter().all(|epoch| epoch.validation.is_none()) {
            let reason =
                "overfitting, since the history has no losses on validation rows".to_string();
            looked.not.push(reason);
        }
        looked.epochs = Some(epochs.len());
        Ok(epochs)
    }
}

fn show(arguments: &Arguments, findings: &[Finding], looked: &Looked) -> Result<(), Failure> {
    let shown = |path: &Path| path.display().to_string();
    let mut seen = Vec::new();
    if let (Some(rows), Some(data)) = (looked.rows, &arguments.data) {
        seen.push(format!("{} of {data}", count(rows, "row")));
    }
    if let Some(epochs) = looked.epochs {
        seen.push(format!("{} of its training", count(epochs, "epoch")));
    }
    let model = shown(&arguments.model);
    match seen.is_empty() {
        true => say(format_args!("{model}: nothing could be looked at"))?,
        false => say(format_args!("{model}, on {}", seen.join(" and ")))?,
    }
    for subject in Subject::ALL {
        let was_looked_at = match subject {
            Subject::Curves => looked.epochs.is_some(),
            Subject::Network | Subject::Data => looked.rows.is_some(),
        };
        if !was_looked_at {
            continue;
        }
        say(format_args!("\n{}", subject.title()))?;
        let mut is_healthy = true;
        for finding in findings.iter().filter(|it| it.kind.subject() == subject) {
            is_healthy = false;
            let kind = match finding.severity {
                Severity::Serious => "serious",
                Severity::Note => "note",
            };
            say(format_args!("  {kind}: {finding}"))?;
        }
        if is_healthy {
            say("  nothing found")?;
        }
    }
    for not in &looked.not {
        say(format_args!("\nNot looked at: {not}."))?;
    }
    Ok(())
}
