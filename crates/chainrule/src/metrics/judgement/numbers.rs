//! Numbers for each row.

use super::curves::defined;
use crate::Error;
use crate::metrics::{
    explained_variance, max_error, mean_absolute_error, mean_squared_error, median_absolute_error,
    r2,
};
use serde::{Deserialize, Serialize};

/// The measures of predicted numbers.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct NumberMeasures {
    /// The mean squared error, in squared units of the target.
    pub mse: f64,
    /// Its root, in units of the target.
    pub rmse: f64,
    /// The mean absolute error, in units of the target.
    pub mae: f64,
    /// The middle one of the absolute errors, in units of the target.
    pub median_absolute_error: f64,
    /// The largest absolute error, in units of the target.
    pub max_error: f64,
    /// The share of the variance that is explained; nothing for a single row.
    pub r2: Option<f64>,
    /// The same for the errors about their mean.
    pub explained_variance: f64,
}

/// How well one target is predicted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NumberLine {
    /// The target.
    pub name: String,
    /// Its measures.
    #[serde(flatten)]
    pub measures: NumberMeasures,
}

/// How good predicted numbers are.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RegressionReport {
    /// Rows judged.
    pub rows: usize,
    /// Each measure as its mean over the targets.
    pub mean: NumberMeasures,
    /// Each target.
    pub targets: Vec<NumberLine>,
}

impl RegressionReport {
    /// Judges predicted numbers (rows x targets).
    ///
    /// ```
    /// use chainrule::metrics::RegressionReport;
    /// let report = RegressionReport::new(&["price".to_string()], &[2.0, 4.0], &[1.0, 4.0])?;
    /// assert_eq!((report.mean.mae, report.targets[0].measures.max_error), (0.5, 1.0));
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// As many truths as predictions are needed, all finite, and at least one row.
    pub fn new(
        names: &[String],
        predicted: &[f64],
        truth: &[f64],
    ) -> Result<RegressionReport, Error> {
        let columns = names.len();
        let squares = mean_squared_error(predicted, truth, columns, None)?;
        let absolutes = mean_absolute_error(predicted, truth, columns, None)?;
        let medians = median_absolute_error(predicted, truth, columns)?;
        let largest = max_error(predicted, truth, columns)?;
        let r2 = defined(r2(predicted, truth, columns, None))?;
        let explained = explained_variance(predicted, truth, columns, None)?;
        let of = |target: usize| NumberMeasures {
            mse: squares[target],
            rmse: squares[target].sqrt(),
            mae: absolutes[target],
            median_absolute_error: medians[target],
            max_error: largest[target],
            r2: r2.as_ref().map(|r2| r2[target]),
            explained_variance: explained[target],
        };
        let all: Vec<NumberMeasures> = (0..columns).map(of).collect();
        let mean =
            |of: fn(&NumberMeasures) -> f64| all.iter().map(of).sum::<f64>() / columns as f64;
        Ok(RegressionReport {
            rows: truth.len() / columns,
            mean: NumberMeasures {
                mse: mean(|it| it.mse),
                rmse: mean(|it| it.rmse),
                mae: mean(|it| it.mae),
                median_absolute_error: mean(|it| it.median_absolute_error),
                max_error: mean(|it| it.max_error),
                r2: r2.as_ref().map(|r2| r2.iter().sum::<f64>() / columns as f64),
                explained_variance: mean(|it| it.explained_variance),
            },
            targets: names
                .iter()
                .zip(all)
                .map(|(name, measures)| NumberLine { name: name.clone(), measures })
                .collect(),
        })
    }
}
