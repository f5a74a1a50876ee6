//! How far a model's predictions can be trusted, found out on rows that it did not learn from.
//!
//! ```text
//! validation rows -> temperature: probabilities that come true as often as they say  (temperature)
//!                 -> scores of what happened: sets and intervals of a chosen coverage (conformal, regions)
//! ```
//!
//! Both are kept in the model file, and apply to tables. The network itself, and what
//! [`Model::predict`](crate::Model::predict) says of a matrix, stay as they are.

mod answers;
mod conformal;
mod regions;
mod temperature;

pub use conformal::Conformal;
pub use regions::{Observed, Regions, observe_regions, predict_regions};
pub use temperature::{Calibration, ProbabilityScores};

pub(crate) use answers::Answers;

use crate::named::choices;
use chainrule_data::Task;
use serde::{Deserialize, Serialize};

choices! {
    /// How the probabilities of a classifier are brought in line with what happens.
    #[derive(Default)]
    pub enum CalibrationMethod: "calibration" {
        /// They stay as the network gives them.
        None = "none",
        /// One number divides all logits: see [`Calibration`].
        #[default]
        Temperature = "temperature",
    }
}

/// What a model knows of the trust that its predictions deserve.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confidence {
    /// How probabilities are corrected, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// What sets and intervals are made of, if rows were set aside to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformal: Option<Conformal>,
}

impl Confidence {
    /// What logits are divided by; 1 where nothing is corrected.
    pub fn temperature(&self) -> f64 {
        self.calibration.as_ref().map_or(1.0, |calibration| calibration.temperature)
    }

    /// Whether nothing is known.
    pub fn is_none(&self) -> bool {
        self.calibration.is_none() && self.conformal.is_none()
    }

    /// What no training can have made of a model of this task with so many targets, if anything.
    pub(crate) fn fault(&self, task: Task, targets: usize) -> Option<String> {
        if let Some(calibration) = &self.calibration {
            if task == Task::Regression {
                return Some("a temperature, but no probabilities to correct".to_string());
            }
            if let Some(fault) = calibration.fault() {
                return Some(fault);
            }
        }
        self.conformal.as_ref().and_then(|conformal| conformal.fault(task, targets))
    }
}
