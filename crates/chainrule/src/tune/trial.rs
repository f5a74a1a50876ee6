//! One trial on one rung.
//!
//! A trial that rises is trained again from the start rather than continued. To continue it, weights
//! and what the optimiser remembers would have to be kept for every trial that may rise, on the disk
//! too for a search that can be killed; and a run whose learning rate follows a cosine of all its
//! epochs, or whose patience was over, has no continuation that equals a longer run. Training again
//! costs what the lower rungs have cost once more: with a reduction of 3 at most half of the top
//! rung's epochs, and makes each score that of an ordinary run with so many epochs.

use super::{Measure, Outcome, Settings};
use crate::recipe::Prepared;
use crate::train::{Event, Listener, Stop};
use crate::{Error, Evaluation, Recipe};
use chainrule_data::{Dataset, Fold};
use std::ops::ControlFlow;

/// The run of a recipe with these settings on the rows of a fold.
pub(super) fn prepare(
    base: &Recipe,
    settings: &Settings,
    data: &Dataset,
    fold: &Fold,
) -> Result<Prepared, Error> {
    // Small networks use processors better side by side than together.
    let recipe = Recipe { threads: Some(1), ..settings.recipe(base) };
    recipe.prepare_rows(data, &fold.training, &fold.test)
}

/// Trains and judges on each fold with a share of the epochs: those of the recipe or those that are
/// usual for the rows and the batch size, so that trials with batches of any size take about as many
/// steps. `epoch_ended` hears of the fold, the epoch and the epochs at most, and may break the trial off.
///
/// Also the most epochs that a fold could have; nothing if it was broken off.
pub(super) fn run(
    base: &Recipe,
    settings: &Settings,
    data: &Dataset,
    folds: &[Fold],
    share: f64,
    epoch_ended: &mut dyn FnMut(usize, usize, usize) -> bool,
) -> Option<(Outcome, usize)> {
    let mut judged: Vec<Evaluation> = Vec::new();
    let mut most = 0;
    for (fold, index) in folds.iter().zip(0..) {
        let mut prepared = match prepare(base, settings, data, fold) {
            Ok(prepared) => prepared,
            Err(error) => return Some((Outcome::Failed(error.to_string()), most)),
        };
        let epochs = (prepared.training.epochs as f64 * share).ceil().max(1.0) as usize;
        // The patience stays that of all epochs: a shorter run is the beginning of the longer one.
        prepared.training.epochs = epochs;
        most = most.max(epochs);
        let mut listener = |event: &Event<'_>| match event {
            Event::Epoch(done) if epoch_ended(index, done.epoch, epochs) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let mut listeners: [&mut dyn Listener; 1] = [&mut listener];
        match prepared.fit_and_judge(&mut listeners) {
            Ok((report, _)) if report.stop == Stop::Interrupted => return None,
            Ok((_, evaluation)) => judged.push(evaluation),
            Err(error) => return Some((Outcome::Failed(error.to_string()), most)),
        }
    }
    Some((outcome(base, &judged), most))
}

/// The mean over the folds.
fn outcome(base: &Recipe, judged: &[Evaluation]) -> Outcome {
    let measure = Measure::of(base.score, &judged[0]);
    let values: Option<Vec<f64>> = judged.iter().map(|it| measure.value(it)).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let losses: Vec<f64> = judged.iter().map(|it| it.loss).collect();
    let (values, loss) = (values.unwrap_or_default(), mean(&losses));
    let score = mean(&values);
    if !score.is_finite() || !loss.is_finite() {
        let name = measure.name();
        return Outcome::Failed(format!(
            "its {name} is {score} and its loss {loss}, which are no numbers"
        ));
    }
    let spread = (values.len() > 1).then(|| {
        let squares: f64 = values.iter().map(|value| (value - score).powi(2)).sum();
        (squares / (values.len() - 1) as f64).sqrt()
    });
    Outcome::Judged { measure, score, spread, loss }
}
