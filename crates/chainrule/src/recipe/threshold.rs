//! Classes and labels by another probability than a half.

use super::table::preparation_of;
use super::{Predictions, evaluate_table, predict_table};
use crate::metrics::check_threshold;
use crate::{Activation, Error, Evaluation, Model};
use chainrule_data::{Table, Targets, Task};

/// Predicts the targets of all rows of a table, the second class of two or a label from the
/// probability `threshold` on: the lower it is, the more rows are found, and the more wrongly.
///
/// # Errors
/// As for [`predict_table`]; a threshold outside of (0, 1), or a model of other tasks.
pub fn predict_table_at(
    model: &Model,
    table: &Table,
    threshold: f64,
) -> Result<Predictions, Error> {
    check(model, threshold)?;
    let mut predictions = predict_table(model, table)?;
    predictions.threshold = threshold;
    if predictions.task == Task::Binary {
        let pairs = predictions.probabilities.chunks_exact(2);
        let reaches = |pair: &[f32]| u32::from(f64::from(pair[1]) >= threshold);
        predictions.predicted_classes = pairs.map(reaches).collect();
    }
    Ok(predictions)
}

/// Judges a model on all rows of a table as [`evaluate_table`] does, with the accuracy of what
/// [`predict_table_at`] predicts.
///
/// # Errors
/// As for [`evaluate_table`] and [`predict_table_at`].
pub fn evaluate_table_at(
    model: &Model,
    table: &Table,
    threshold: f64,
) -> Result<Evaluation, Error> {
    check(model, threshold)?;
    let mut evaluation = evaluate_table(model, table)?;
    let predictions = predict_table_at(model, table, threshold)?;
    let rows: Vec<usize> = (0..table.rows()).collect();
    let right = match preparation_of(model)?.targets(table, &rows)? {
        Targets::Classes(classes) => {
            let pairs = classes.iter().zip(&predictions.predicted_classes);
            pairs.filter(|(class, predicted)| class == predicted).count()
        }
        Targets::Values { values, columns } => {
            let found = predictions.probabilities.chunks_exact(columns);
            let holds = |it: &f32| f64::from(*it) >= threshold;
            let is_label = |it: &f32| *it >= 0.5;
            let rows = values.chunks_exact(columns).zip(found);
            rows.filter(|(y, p)| p.iter().map(holds).eq(y.iter().map(is_label))).count()
        }
    };
    evaluation.accuracy = Some(right as f64 / table.rows() as f64);
    Ok(evaluation)
}

fn check(model: &Model, threshold: f64) -> Result<(), Error> {
    let task = preparation_of(model)?.task();
    let has_probability = matches!(task, Task::Binary | Task::MultiLabel) && !has_step(model);
    check_threshold(threshold, has_probability)
}

/// Whether the output layer says 0 or 1 and nothing in between.
pub(super) fn has_step(model: &Model) -> bool {
    let last = model.network().layers().last().and_then(|layer| layer.activation.single());
    matches!(last, Some(Activation::Threshold | Activation::Heaviside))
}
