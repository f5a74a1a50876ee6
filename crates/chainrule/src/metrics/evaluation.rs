//! What an epoch is judged by.

use super::Regression;
use serde::{Deserialize, Serialize};

/// The judgement of a model on some rows. What does not apply to its task is left out.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Evaluation {
    /// Rows judged.
    pub rows: usize,
    /// Mean over the rows of the loss that they were judged by, without penalties.
    pub loss: f64,
    /// Share of rows whose class is right; for several labels, of rows with every label right.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accuracy: Option<f64>,
    /// The measures of regression.
    #[serde(flatten, skip_serializing_if = "Option::is_none", default)]
    pub regression: Option<Regression>,
}

impl Evaluation {
    /// Whether this is better than `other`: by accuracy, ties by the loss; without classes by the
    /// loss.
    pub fn is_better_than(&self, other: &Evaluation) -> bool {
        match (self.accuracy, other.accuracy) {
            (Some(mine), Some(theirs)) if mine != theirs => mine > theirs,
            _ => self.loss < other.loss,
        }
    }
}
