//! How good predictions are.

use crate::Error;
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

/// Measures of predicted numbers, each the mean over the outputs.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Regression {
    /// Share of the variance explained: 1 - sum (y - p)^2 / sum (y - mean y)^2. Where y is constant:
    /// 1 if all predictions are exact, else 0.
    pub r2: f64,
    /// Root of the mean squared error, in units of the target.
    pub rmse: f64,
    /// Mean absolute error, in units of the target.
    pub mae: f64,
}

/// Compares predicted with true numbers, both row by row with `columns` each.
///
/// # Panics
/// When the two differ in length, or are empty.
pub fn regression(predicted: &[f64], truth: &[f64], columns: usize) -> Regression {
    assert!(predicted.len() == truth.len() && !truth.is_empty(), "as many predictions as truths");
    let rows = (truth.len() / columns) as f64;
    let mut total = Regression { r2: 0.0, rmse: 0.0, mae: 0.0 };
    for column in 0..columns {
        let of = |values: &[f64]| -> Vec<f64> {
            values.iter().skip(column).step_by(columns).copied().collect()
        };
        let (predicted, truth) = (of(predicted), of(truth));
        let mean = truth.iter().sum::<f64>() / rows;
        // Compared directly: the rounded mean of equal numbers need not be their value.
        let constant = truth.iter().all(|y| *y == truth[0]);
        let variation: f64 = truth.iter().map(|y| (y - mean).powi(2)).sum();
        let errors = || truth.iter().zip(&predicted).map(|(y, p)| y - p);
        let squares: f64 = errors().map(|error| error * error).sum();
        total.r2 += match (squares == 0.0, constant) {
            (true, _) => 1.0,
            (false, true) => 0.0,
            (false, false) => 1.0 - squares / variation,
        };
        total.rmse += (squares / rows).sqrt();
        total.mae += errors().map(f64::abs).sum::<f64>() / rows;
    }
    let columns = columns as f64;
    Regression { r2: total.r2 / columns, rmse: total.rmse / columns, mae: total.mae / columns }
}

/// Checks the probability from which on a class of two or a label is predicted.
pub(crate) fn check_threshold(threshold: f64, has_probability: bool) -> Result<(), Error> {
    if !(threshold > 0.0 && threshold < 1.0) {
        return Err(Error::setting("the threshold", threshold, "above 0 and below 1"));
    }
    if !has_probability {
        let expected =
            "left out for a model that does not tell two classes or labels by their probability";
        return Err(Error::setting("the threshold", threshold, expected));
    }
    Ok(())
}

/// The class of two that one row of output stands for: 1 where its probability, a single output or the
/// last of two, is at least `threshold`.
///
/// ```
/// use chainrule::metrics::predicted_class_at;
/// assert_eq!(predicted_class_at(&[0.3], 0.3), 1);
/// assert_eq!(predicted_class_at(&[0.3, 0.7], 0.8), 0);
/// ```
pub fn predicted_class_at(output: &[f64], threshold: f64) -> u32 {
    u32::from(output.last().is_some_and(|probability| *probability >= threshold))
}

/// The class that one row of output stands for: of a single output 1 from a half on, else the
/// largest, the first of equals.
pub fn predicted_class(output: &[f64]) -> u32 {
    match output {
        [probability] => u32::from(*probability >= 0.5),
        _ => {
            let mut best = 0;
            for (class, &value) in output.iter().enumerate() {
                if value > output[best] {
                    best = class;
                }
            }
            best as u32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_measures_of_a_worked_example() {
        // scikit-learn's documentation of r2_score and mean_absolute_error.
        let found = regression(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0], 1);
        assert!((found.r2 - 0.948_608_137_044_967_8).abs() < 1e-15);
        assert!((found.mae - 0.5).abs() < 1e-15);
        assert!((found.rmse - 0.375_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_constant_target_has_r2_of_one_or_zero() {
        assert_eq!(regression(&[1.0, 1.0], &[1.0, 1.0], 1).r2, 1.0);
        assert_eq!(regression(&[1.0, 2.0], &[1.0, 1.0], 1).r2, 0.0);
        assert_eq!(regression(&[0.1, 0.1, 0.2], &[0.1, 0.1, 0.1], 1).r2, 0.0);
    }

    #[test]
    fn classes_are_the_largest_output_or_a_half() {
        assert_eq!(predicted_class(&[0.1, 0.7, 0.2]), 1);
        assert_eq!(predicted_class(&[0.4, 0.4]), 0);
        assert_eq!(predicted_class(&[0.5]), 1);
        assert_eq!(predicted_class(&[0.49]), 0);
    }
}
