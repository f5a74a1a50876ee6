//! Classes and labels by another probability than a half.

use super::Predictions;
use super::prepared::Prepared;
use super::table::{Part, judge, predict_with, preparation_of, training_of};
use crate::metrics::{
    BestThreshold, Threshold, ThresholdMeasure, best_threshold, check_threshold, predicted_class_at,
};
use crate::workers::Workers;
use crate::{Activation, Error, Evaluation, Model, Predictor};
use chainrule_data::{Table, Targets, Task};

/// With fewer rows of either kind a threshold is largely chance: each then counts for more than 3 % of the
/// recall.
const FEW_ROWS: usize = 30;

/// Predicts the targets of all rows of a table, the second class of two or a label from the
/// probability `threshold` on: the lower it is, the more rows are found, and the more wrongly.
///
/// # Errors
/// As for [`predict_table`](crate::predict_table); a threshold outside of (0, 1), or a model of other
/// tasks.
pub fn predict_table_at(
    model: &Model,
    table: &Table,
    threshold: f64,
) -> Result<Predictions, Error> {
    check(model, threshold)?;
    predict_with(model, table, Some(threshold))
}

/// Judges a model on all rows of a table as [`evaluate_table`](crate::evaluate_table) does, with the
/// accuracy of what [`predict_table_at`] predicts.
///
/// # Errors
/// As for [`evaluate_table`](crate::evaluate_table) and [`predict_table_at`].
pub fn evaluate_table_at(
    model: &Model,
    table: &Table,
    threshold: f64,
) -> Result<Evaluation, Error> {
    check(model, threshold)?;
    let preparation = preparation_of(model)?;
    let rows: Vec<usize> = (0..table.rows()).collect();
    let part = Part::new(preparation, table, &rows)?;
    let (loss, task) = (training_of(model).loss, preparation.task());
    judge(model, loss, task, &part, None, Some(threshold))
}

/// The threshold that a model was given or has chosen when it was trained, if any.
///
/// ```
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::{Recipe, threshold_of};
/// let moons = open("moons", &SourceOptions::default())?;
/// let recipe = Recipe { hidden: vec![8], epochs: Some(5), ..Recipe::default() };
/// assert_eq!(threshold_of(&recipe.train(&moons)?.model), None);
/// let recipe = Recipe { threshold: Some("f1".parse()?), ..recipe };
/// assert!(threshold_of(&recipe.train(&moons)?.model).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn threshold_of(model: &Model) -> Option<f64> {
    // The settings are for people to read and may have come from anywhere.
    let text = model.settings.get("threshold")?.as_str()?;
    let threshold = text.parse::<Threshold>().ok()?.value()?;
    check(model, threshold).is_ok().then_some(threshold)
}

fn check(model: &Model, threshold: f64) -> Result<(), Error> {
    let task = preparation_of(model)?.task();
    check_threshold(threshold, has_probability(task, has_step(model)))
}

fn has_probability(task: Task, has_step: bool) -> bool {
    matches!(task, Task::Binary | Task::MultiLabel) && !has_step
}

fn is_step(activation: Activation) -> bool {
    matches!(activation, Activation::Threshold | Activation::Heaviside)
}

/// Whether the output layer says 0 or 1 and nothing in between.
pub(super) fn has_step(model: &Model) -> bool {
    let last = model.network().layers().last().and_then(|layer| layer.activation.single());
    last.is_some_and(is_step)
}

/// Checks the threshold of a recipe before anything is trained, and says what `auto` means.
pub(super) fn settle(
    threshold: Option<Threshold>,
    task: Task,
    output: Activation,
) -> Result<Option<Threshold>, Error> {
    let Some(threshold) = threshold else { return Ok(None) };
    threshold.check()?;
    if !has_probability(task, is_step(output)) {
        let expected =
            "left out for a model that does not tell two classes or labels by their probability";
        return Err(Error::setting("the threshold", threshold, expected));
    }
    Ok(Some(match threshold {
        Threshold::Best { measure: ThresholdMeasure::Auto, .. } => {
            let measure = match task {
                Task::Binary => ThresholdMeasure::BalancedAccuracy,
                _ => ThresholdMeasure::F1,
            };
            Threshold::Best { measure, chosen: None }
        }
        // What another run has chosen is chosen anew.
        Threshold::Best { measure, .. } => Threshold::Best { measure, chosen: None },
        Threshold::At(_) => threshold,
    }))
}

/// The probabilities that a threshold is put to, beside the truth: of the second class of two, or of all
/// labels together.
fn scores(model: &Model, part: &Part, threads: usize) -> Result<(Vec<f64>, Vec<bool>), Error> {
    let outputs =
        Predictor::new(model, part.inputs.nrows(), threads)?.predict(part.inputs.view())?;
    Ok(match part.targets() {
        Targets::Classes(classes) => {
            let last = outputs.columns().into_iter().next_back().expect("a network has outputs");
            let scores = last.iter().copied().map(f64::from).collect();
            (scores, classes.iter().map(|class| *class == 1).collect())
        }
        Targets::Values { values, .. } => {
            let scores = outputs.iter().copied().map(f64::from).collect();
            (scores, values.iter().map(|value| *value >= 0.5).collect())
        }
    })
}

/// The share of rows whose class, or whose every label, is right by this threshold.
pub(super) fn accuracy_at(
    model: &Model,
    part: &Part,
    threshold: f64,
    threads: Option<usize>,
) -> Result<f64, Error> {
    let (scores, truth) = scores(model, part, Workers::new(threads).threads())?;
    let rows = part.inputs.nrows();
    let is_right =
        |(score, truth): (&f64, &bool)| (predicted_class_at(&[*score], threshold) == 1) == *truth;
    let right: Vec<bool> = scores.iter().zip(&truth).map(is_right).collect();
    let right = right.chunks_exact(right.len() / rows).filter(|row| row.iter().all(|it| *it));
    Ok(right.count() as f64 / rows as f64)
}

impl Prepared {
    /// Chooses the threshold if the recipe asks for it, on the validation rows, or without any on those
    /// that were learned from, and puts it down in the settings of the model. What cannot be chosen stays
    /// a half, and a warning says so.
    pub(super) fn choose_threshold(
        &mut self,
        warnings: &mut Vec<String>,
    ) -> Result<Option<BestThreshold>, Error> {
        let Some(text) = self.model.settings.get("threshold").and_then(|it| it.as_str()) else {
            return Ok(None);
        };
        let Threshold::Best { measure, .. } = text.parse()? else { return Ok(None) };
        let part = self.validation.as_ref().unwrap_or(&self.learned);
        if self.validation.is_none() {
            warnings.push(
                "there are no validation rows, so the threshold is chosen on rows that were learned \
                 from, where it looks better than it is"
                    .to_string(),
            );
        }
        let threads = Workers::new(self.training.threads).threads();
        let (scores, truth) = scores(&self.model, part, threads)?;
        let having = truth.iter().filter(|has| **has).count();
        let fewer = having.min(truth.len() - having);
        match best_threshold(&scores, &truth, measure) {
            Ok(best) => {
                if fewer < FEW_ROWS {
                    warnings.push(format!(
                        "the threshold {:.4} is chosen by {fewer} rows of the rarer kind alone, so \
                         another split would have led to another; more validation rows make it surer",
                        best.threshold
                    ));
                }
                let chosen = Threshold::Best { measure, chosen: Some(best.threshold) };
                self.model.settings["threshold"] = chosen.to_string().into();
                Ok(Some(best))
            }
            Err(error @ Error::Undefined { .. }) => {
                warnings.push(format!("the threshold stays 0.5, since {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
