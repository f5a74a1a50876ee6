//! What is left of a number when its prediction is taken from it.

use chainrule::Predictions;
use chainrule::data::NumberSummary;
use serde::{Deserialize, Serialize};

/// Points of a picture: more are only darker.
const MOST_POINTS: usize = 1200;

/// How the residuals of a target lie: true less predicted, in its units.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Residuals {
    /// The target.
    pub target: String,
    /// How they lie.
    pub summary: NumberSummary,
    /// True and predicted numbers: of all rows, or of some that lie evenly among the rows.
    pub points: Vec<(f64, f64)>,
}

impl Residuals {
    /// Of each target; `truth` has a number for each row and target, row by row.
    pub(crate) fn of_each(predictions: &Predictions, truth: &[f64]) -> Vec<Residuals> {
        let columns = predictions.targets.len();
        let of = |(place, target): (usize, &String)| {
            let of_target = |numbers: &[f64]| -> Vec<f64> {
                numbers.iter().skip(place).step_by(columns).copied().collect()
            };
            let pairs: Vec<(f64, f64)> =
                of_target(truth).into_iter().zip(of_target(&predictions.values)).collect();
            let summary = NumberSummary::of(pairs.iter().map(|(y, p)| y - p).collect())?;
            let shown = pairs.len().min(MOST_POINTS);
            let points = (0..shown).map(|index| pairs[index * pairs.len() / shown]).collect();
            Some(Residuals { target: target.clone(), summary, points })
        };
        predictions.targets.iter().enumerate().filter_map(of).collect()
    }
}
