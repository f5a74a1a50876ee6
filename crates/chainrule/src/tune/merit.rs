//! How good a trial is, as one thing that can be ordered.

use crate::{Evaluation, Score};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What trials are compared by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of rows whose class is right.
    Accuracy,
    /// The loss.
    Loss,
    /// The share of the variance explained.
    R2,
    /// The root of the mean squared error.
    Rmse,
    /// The mean absolute error.
    Mae,
}

impl Measure {
    /// The measure that a score stands for: [`Score::Auto`] is the accuracy, and without classes the
    /// loss.
    pub(super) fn of(score: Score, evaluation: &Evaluation) -> Measure {
        match score {
            Score::Auto | Score::Last if evaluation.accuracy.is_some() => Measure::Accuracy,
            Score::Auto | Score::Last | Score::Loss => Measure::Loss,
            Score::Accuracy => Measure::Accuracy,
            Score::R2 => Measure::R2,
            Score::Rmse => Measure::Rmse,
            Score::Mae => Measure::Mae,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Accuracy => "accuracy",
            Measure::Loss => "loss",
            Measure::R2 => "R2",
            Measure::Rmse => "RMSE",
            Measure::Mae => "MAE",
        }
    }

    /// Whether more is better.
    pub fn is_better_larger(self) -> bool {
        matches!(self, Measure::Accuracy | Measure::R2)
    }

    /// The number of an evaluation that it names, if the evaluation has it.
    pub(super) fn value(self, evaluation: &Evaluation) -> Option<f64> {
        let score = match self {
            Measure::Accuracy => Score::Accuracy,
            Measure::Loss => Score::Loss,
            Measure::R2 => Score::R2,
            Measure::Rmse => Score::Rmse,
            Measure::Mae => Score::Mae,
        };
        let value = score.value(evaluation)?;
        Some(if self.is_better_larger() { value } else { -value })
    }
}

/// How good a trial is: the larger the better, and what decides among equals.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Merit {
    value: f64,
    among_equals: f64,
}

impl Merit {
    pub(super) fn new(value: f64, among_equals: f64) -> Merit {
        Merit { value, among_equals }
    }

    pub(super) fn total_cmp(&self, other: &Merit) -> Ordering {
        let by_value = self.value.total_cmp(&other.value);
        by_value.then(self.among_equals.total_cmp(&other.among_equals))
    }
}
