//! The numbers of a report.

use crate::{Error, Residuals};
use chainrule::data::{ColumnSummary, Table, Task};
use chainrule::doctor::{Finding, together};
use chainrule::explain::{Importance, ImportanceOptions, permutation_importance};
use chainrule::metrics::{Judgement, Truths};
use chainrule::segments::{RowErrors, Segments, segments};
use chainrule::train::Epoch;
use chainrule::{
    Error as ModelError, Evaluation, Model, evaluate_table, evaluate_table_at, examine_table,
    judge_table, judge_table_at, predict_table, predict_table_at, training_of,
};
use serde::Serialize;

/// How often each column is shuffled to see what it matters.
const REPEATS: usize = 10;
/// Rows on which that is judged, at most and at least: fewer would tell only chance.
const IMPORTANCE_ROWS: (usize, usize) = (5_000, 50);
/// Products of weights and inputs that it may take, which is seconds on one processor.
const IMPORTANCE_PRODUCTS: usize = 100_000_000_000;

/// What the numbers alone do not know.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Options {
    /// What the model is called.
    pub model: String,
    /// What the data are called.
    pub data: String,
    /// The probability from which on a label, or the second class of two, is predicted; a half when
    /// not given.
    pub threshold: Option<f64>,
    /// The epochs of the training, if they are known.
    pub history: Vec<Epoch>,
    /// What a reader must know before the scores, as sentences.
    pub remarks: Vec<String>,
    /// How to train such a model again.
    pub settings: Settings,
}

/// How to train such a model again.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Settings {
    /// A command line.
    pub command: String,
    /// The configuration file that it needs, in TOML; nothing if it needs none.
    pub toml: String,
}

/// What a column is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It is predicted.
    Target,
    /// It is predicted from.
    Input,
}

/// A column of the table.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Described {
    /// What it is for.
    pub role: Role,
    /// What it holds, as the model was told or has judged: numeric, category and so on; of a target what is
    /// predicted of it.
    pub kind: String,
    /// What is in it.
    #[serde(flatten)]
    pub summary: ColumnSummary,
}

/// A part of the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// What is in each column.
    Columns,
    /// The losses of the epochs.
    History,
    /// Where the model errs more than elsewhere.
    Segments,
    /// Which columns matter.
    Importance,
}

/// A part that is missing, and why.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct NotShown {
    /// The part.
    pub part: Part,
    /// Why, as a sentence.
    pub reason: String,
}

/// How good a model is on a table, in numbers.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// What the model is called.
    pub model: String,
    /// What the data are called.
    pub data: String,
    /// Rows judged.
    pub rows: usize,
    /// What is predicted.
    pub task: Task,
    /// Why it is this task.
    pub task_reason: String,
    /// The columns that are predicted.
    pub targets: Vec<String>,
    /// What a reader must know before the scores, as sentences.
    pub remarks: Vec<String>,
    /// The scores that training goes by.
    pub evaluation: Evaluation,
    /// Every measure of the task, with its curves.
    pub judgement: Judgement,
    /// For a regression how the residuals of each target lie.
    pub residuals: Vec<Residuals>,
    /// Where the model errs more than elsewhere.
    pub segments: Option<Segments>,
    /// Which columns matter.
    pub importance: Option<Importance>,
    /// The epochs of the training.
    pub history: Vec<Epoch>,
    /// The targets, then the columns that are predicted from.
    pub columns: Vec<Described>,
    /// What the doctor finds.
    pub findings: Vec<Finding>,
    /// How to train such a model again.
    pub settings: Settings,
    /// The settings that the model was trained with, as its file has them.
    pub trained_with: serde_json::Value,
    /// What is missing, and why.
    pub not_shown: Vec<NotShown>,
}

impl Report {
    /// Judges a model on all rows of a table, and looks at both.
    ///
    /// What cannot be told is left out, and [`Report::not_shown`] says why: segments and importance of
    /// single pixels, for example, or importance on fewer than 50 rows.
    ///
    /// # Errors
    /// A model that was not trained on a table, and whatever does not fit in this one.
    pub fn of(model: &Model, table: &Table, options: Options) -> Result<Report, Error> {
        let Options { threshold, history, mut remarks, settings, .. } = options;
        let (evaluation, judgement, predictions) = match threshold {
            Some(at) => (
                evaluate_table_at(model, table, at)?,
                judge_table_at(model, table, at)?,
                predict_table_at(model, table, at)?,
            ),
            None => (
                evaluate_table(model, table)?,
                judge_table(model, table)?,
                predict_table(model, table)?,
            ),
        };
        remarks.extend(predictions.warnings.iter().cloned());
        let preparation = model.preparation.as_ref().expect("it was judged on a table");
        let rows: Vec<usize> = (0..table.rows()).collect();
        let residuals = match Truths::of(preparation, table, &rows)? {
            Truths::Numbers(truth) => Residuals::of_each(&predictions, &truth),
            _ => Vec::new(),
        };
        let mut not_shown = Vec::new();
        let mut leave_out = |part, reason: &str| {
            not_shown.push(NotShown { part, reason: reason.to_string() });
        };
        if history.is_empty() {
            leave_out(
                Part::History,
                "The losses of the training are not known: there is no history file beside the model, \
                 or it was trained by a rule without a loss.",
            );
        }
        let is_image = preparation.image().is_some();
        let names: Vec<&str> = preparation.columns().iter().map(|it| it.name.as_str()).collect();
        let errors = RowErrors::of(model, table, &predictions)?;
        let mut columns = Vec::new();
        for name in preparation.target_names() {
            let summary = ColumnSummary::of(table.column(name).map_err(ModelError::from)?);
            let kind = preparation.task().to_string();
            columns.push(Described { role: Role::Target, kind, summary });
        }
        let mut parted = None;
        if is_image {
            leave_out(Part::Columns, "The inputs are the pixels of images, which are not listed.");
            leave_out(
                Part::Segments,
                "The inputs are the pixels of images: no single one parts the \
                                       rows in a way that means something.",
            );
        } else {
            for feature in preparation.columns() {
                let column = table.column(&feature.name).map_err(ModelError::from)?;
                let (kind, summary) = (feature.kind.to_string(), ColumnSummary::of(column));
                columns.push(Described { role: Role::Input, kind, summary });
            }
            parted = Some(segments(table, &names, &errors)?);
        }
        let importance = match importance_rows(model, table.rows(), names.len(), is_image) {
            Ok(most_rows) => {
                let options = ImportanceOptions {
                    repeats: REPEATS,
                    most_rows: Some(most_rows),
                    ..ImportanceOptions::default()
                };
                Some(permutation_importance(model, table, &options)?)
            }
            Err(reason) => {
                leave_out(Part::Importance, reason);
                None
            }
        };
        let findings =
            together(model.network(), &training_of(model), examine_table(model, table)?, &history);
        Ok(Report {
            model: options.model,
            data: options.data,
            rows: table.rows(),
            task: preparation.task(),
            task_reason: preparation.task_reason().to_string(),
            targets: preparation.target_names().to_vec(),
            remarks,
            evaluation,
            judgement,
            residuals,
            segments: parted,
            importance,
            history,
            columns,
            findings,
            settings,
            trained_with: model.settings.clone(),
            not_shown,
        })
    }

    /// Why a part is missing, if it is.
    pub(crate) fn reason(&self, part: Part) -> Option<&str> {
        self.not_shown.iter().find(|it| it.part == part).map(|it| it.reason.as_str())
    }
}

/// Rows on which importance can be judged in a time that people wait for, or why on none.
fn importance_rows(
    model: &Model,
    rows: usize,
    columns: usize,
    is_image: bool,
) -> Result<usize, &'static str> {
    let (most, least) = IMPORTANCE_ROWS;
    if is_image {
        return Err(
            "The inputs are the pixels of images: of one pixel its neighbours tell nearly \
                    everything, so that none alone matters.",
        );
    }
    if rows < least {
        return Err("On fewer than 50 rows importance would be chance more than anything else.");
    }
    let of_row = model.network().parameter_count().saturating_mul(columns.saturating_mul(REPEATS));
    match IMPORTANCE_PRODUCTS / of_row.max(1) {
        enough if enough >= least => Ok(most.min(enough)),
        _ => Err("There are so many columns, and the network is so large, that it would take too \
                  long to shuffle each of them; chainrule explain does it on request."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainrule::{Activation, Network};

    #[test]
    fn importance_is_judged_on_as_many_rows_as_people_wait_for() {
        let model = |inputs: usize| -> Model {
            Network::new(inputs).dense(100, Activation::Relu).build(1).unwrap()
        };
        assert_eq!(importance_rows(&model(10), 1_000_000, 10, false), Ok(5_000));
        assert!(importance_rows(&model(10), 49, 10, false).is_err());
        assert!(importance_rows(&model(10), 1_000, 10, true).is_err());
        assert!(importance_rows(&model(10_000), 5_000, 10_000, false).is_err());
    }
}
