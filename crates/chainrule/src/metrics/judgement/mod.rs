//! All measures of a task in one value, for `--json` and for pages.

mod classes;
mod curves;
mod labels;
mod numbers;

pub use classes::{ClassLine, ClassReport};
pub use curves::{Calibration, Curve, Curves, Probabilities};
pub use labels::{LabelLine, LabelReport};
pub use numbers::{NumberLine, NumberMeasures, RegressionReport};

use super::check::fault;
use crate::{Error, Predictions};
use chainrule_data::{Preparation, Table, Targets, Task};
use serde::{Deserialize, Serialize};

/// What the rows of a table truly are.
#[derive(Clone, PartialEq, Debug)]
pub enum Truths {
    /// The class of each row, as its place among the classes.
    Classes(Vec<u32>),
    /// For each row whether it has each label.
    Labels(Vec<bool>),
    /// For each row its targets, in their own units.
    Numbers(Vec<f64>),
}

impl Truths {
    /// Those of further rows behind these.
    ///
    /// # Panics
    /// When they are of another kind.
    pub(crate) fn append(&mut self, others: Truths) {
        match (self, others) {
            (Truths::Classes(mine), Truths::Classes(mut theirs)) => mine.append(&mut theirs),
            (Truths::Labels(mine), Truths::Labels(mut theirs)) => mine.append(&mut theirs),
            (Truths::Numbers(mine), Truths::Numbers(mut theirs)) => mine.append(&mut theirs),
            _ => panic!("one model has truths of one kind"),
        }
    }

    /// What the target columns of a table hold.
    ///
    /// # Errors
    /// A table without them, or whose targets are not of the kind that the preparation knows.
    pub fn of(preparation: &Preparation, table: &Table, rows: &[usize]) -> Result<Truths, Error> {
        if preparation.task() == Task::Regression {
            return Ok(Truths::Numbers(preparation.target_values(table, rows)?));
        }
        Ok(match preparation.targets(table, rows)? {
            Targets::Classes(classes) => Truths::Classes(classes),
            Targets::Values { values, .. } => {
                Truths::Labels(values.iter().map(|value| *value >= 0.5).collect())
            }
        })
    }
}

/// How good predictions are, by every measure of their task.
///
/// ```
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::metrics::Judgement;
/// use chainrule::{Recipe, judge_table};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe::default().train(&iris)?;
/// let Judgement::Classes(report) = judge_table(&trained.model, &iris.table)? else { panic!() };
/// assert!(report.classes[0].scores.f1 > 0.95);
/// assert!(report.probabilities.unwrap().roc_auc.unwrap() > 0.95);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "lowercase")]
pub enum Judgement {
    /// One class of several for each row.
    Classes(ClassReport),
    /// Several labels for each row.
    Labels(LabelReport),
    /// Numbers for each row.
    Numbers(RegressionReport),
}

impl Judgement {
    /// Judges predictions by the truth. Where these have no probabilities, what needs them is left out.
    ///
    /// # Errors
    /// Truths of another task, or not as many as predictions; no rows.
    pub fn of(predictions: &Predictions, truths: &Truths) -> Result<Judgement, Error> {
        let Predictions { task, targets, classes, predicted_classes, values, .. } = predictions;
        let probabilities: Vec<f64> =
            predictions.probabilities.iter().map(|&probability| probability.into()).collect();
        match (task, truths) {
            (Task::Binary | Task::MultiClass, Truths::Classes(truth)) => {
                let threshold = (*task == Task::Binary).then_some(predictions.threshold);
                ClassReport::new(classes, predicted_classes, truth, &probabilities, threshold)
                    .map(Judgement::Classes)
            }
            (Task::MultiLabel, Truths::Labels(truth)) => {
                LabelReport::new(targets, &probabilities, truth, predictions.threshold)
                    .map(Judgement::Labels)
            }
            (Task::Regression, Truths::Numbers(truth)) => {
                RegressionReport::new(targets, values, truth).map(Judgement::Numbers)
            }
            _ => {
                let found = match truths {
                    Truths::Classes(_) => "classes",
                    Truths::Labels(_) => "labels",
                    Truths::Numbers(_) => "numbers",
                };
                Err(fault("the truths to judge by", format!("those of the task {task}"), found))
            }
        }
    }
}
