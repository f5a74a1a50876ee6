//! What became of a trial on a rung.

use super::{Job, Measure, Merit, Settings};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trial on a rung, afterwards: a line of the search's file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The trial, counted from 0.
    pub trial: usize,
    /// The rung, counted from 0, where the shortest runs are.
    pub rung: usize,
    /// Epochs that it could have; with patience it may have ended sooner.
    pub epochs: usize,
    /// What it tried.
    pub settings: Settings,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub seconds: f64,
}

/// What came of a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was judged on rows that it has not learned from.
    Judged {
        /// What trials are compared by.
        measure: Measure,
        /// Its value; with folds their mean.
        score: f64,
        /// With folds the standard deviation of their values.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        spread: Option<f64>,
        /// The loss, which decides among equals; with folds their mean.
        loss: f64,
    },
    /// It diverged, or its settings do not go together: why.
    Failed(String),
}

impl Run {
    /// The trial and its rung.
    pub fn job(&self) -> Job {
        Job { trial: self.trial, rung: self.rung }
    }

    /// The score, of a run that did not fail.
    pub fn score(&self) -> Option<f64> {
        match self.outcome {
            Outcome::Judged { score, .. } => Some(score),
            Outcome::Failed(_) => None,
        }
    }

    /// What a run that did not fail is compared by.
    pub fn measure(&self) -> Option<Measure> {
        match self.outcome {
            Outcome::Judged { measure, .. } => Some(measure),
            Outcome::Failed(_) => None,
        }
    }

    pub(super) fn merit(&self) -> Option<Merit> {
        match self.outcome {
            Outcome::Judged { measure, score, loss, .. } => {
                let value = if measure.is_better_larger() { score } else { -score };
                Some(Merit::new(value, -loss))
            }
            Outcome::Failed(_) => None,
        }
    }
}

/// The last run of each trial that did not fail, the best first: those of a higher rung before those
/// of a lower one, since a score after fewer epochs says less; equals by their number.
///
/// ```
/// use chainrule::tune::{Measure, Outcome, Run, Settings, Space, ranking};
/// let settings = Space::usual(&chainrule::Recipe::default(), 100).draw(1, 0);
/// let run = |trial, rung, score| Run {
///     trial,
///     rung,
///     epochs: 9,
///     settings: settings.clone(),
///     outcome: Outcome::Judged { measure: Measure::Accuracy, score, spread: None, loss: 0.5 },
///     seconds: 0.1,
/// };
/// let runs = [run(0, 0, 0.7), run(1, 0, 0.9), run(2, 0, 0.8), run(2, 1, 0.85)];
/// let order: Vec<usize> = ranking(&runs).iter().map(|run| run.trial).collect();
/// assert_eq!(order, [2, 1, 0]);
/// ```
pub fn ranking(runs: &[Run]) -> Vec<&Run> {
    let mut last: BTreeMap<usize, &Run> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.merit().is_some()) {
        let known = last.entry(run.trial).or_insert(run);
        if run.rung > known.rung {
            *known = run;
        }
    }
    let mut last: Vec<&Run> = last.into_values().collect();
    last.sort_by(|one, other| {
        let by_merit = || match (one.merit(), other.merit()) {
            (Some(one), Some(other)) => other.total_cmp(&one),
            _ => std::cmp::Ordering::Equal,
        };
        other.rung.cmp(&one.rung).then_with(by_merit).then(one.trial.cmp(&other.trial))
    });
    last
}
