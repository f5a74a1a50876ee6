//! All measures of a trained model on a table.

use super::table::preparation_of;
use super::threshold::has_step;
use super::{Predictions, predict_table, predict_table_at};
use crate::metrics::{Judgement, Truths};
use crate::{Error, Model};
use chainrule_data::Table;

/// Judges a model on all rows of a table that have every target by every measure of its task.
///
/// ```
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::metrics::Judgement;
/// use chainrule::{Kind, Recipe, judge_table};
/// let plane = open("plane", &SourceOptions::default())?;
/// let trained = Recipe { kind: Kind::Linear, ..Recipe::default() }.train(&plane)?;
/// let Judgement::Numbers(report) = judge_table(&trained.model, &plane.table)? else { panic!() };
/// assert!(report.mean.r2.unwrap() > 0.99);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A model that was not trained on a table, and whatever does not fit in this one.
pub fn judge_table(model: &Model, table: &Table) -> Result<Judgement, Error> {
    judge(model, table, predict_table(model, table)?)
}

/// The same of what [`predict_table_at`] predicts.
///
/// # Errors
/// As for [`judge_table`] and [`predict_table_at`].
pub fn judge_table_at(model: &Model, table: &Table, threshold: f64) -> Result<Judgement, Error> {
    judge(model, table, predict_table_at(model, table, threshold)?)
}

fn judge(model: &Model, table: &Table, predictions: Predictions) -> Result<Judgement, Error> {
    let rows = preparation_of(model)?.rows_with_targets(table)?;
    let (predictions, truths) = outcome_of(model, table, predictions, &rows)?;
    Judgement::of(&predictions, &truths)
}

/// Predictions for all rows of a table beside the truth, for those of its rows that have every target.
pub(super) fn outcome_of(
    model: &Model,
    table: &Table,
    mut predictions: Predictions,
    rows: &[usize],
) -> Result<(Predictions, Truths), Error> {
    // A step says 0 or 1, which is no probability; labels need it to be told, and see it themselves.
    if predictions.task.has_classes() && has_step(model) {
        predictions.probabilities.clear();
    }
    if rows.len() < predictions.rows {
        predictions = predictions.choose(rows);
    }
    let truths = Truths::of(preparation_of(model)?, table, rows)?;
    Ok((predictions, truths))
}
