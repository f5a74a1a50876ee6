//! How far predicted numbers are from true ones.
//!
//! Each function takes both row by row with `columns` numbers in each, and gives a value for each column;
//! the mean of these is scikit-learn's `uniform_average`.

use super::check::{Rows, check_finite};
use super::ranking::column_of;
use crate::Error;
use serde::{Deserialize, Serialize};

/// A value for each column: `of` is given its predictions, truths and rows.
fn each(
    predicted: &[f64],
    truth: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
    of: impl Fn(&[f64], &[f64], Rows<'_>) -> Result<f64, Error>,
) -> Result<Vec<f64>, Error> {
    let rows = Rows::of_columns(predicted.len(), truth.len(), columns, weights)?;
    check_finite(predicted)?;
    check_finite(truth)?;
    let column = |column| {
        of(&column_of(predicted, column, columns), &column_of(truth, column, columns), rows)
    };
    (0..columns).map(column).collect()
}

/// The mean of (y - p)^2, in squared units of the target.
///
/// ```
/// use chainrule::metrics::mean_squared_error;
/// assert_eq!(mean_squared_error(&[2.0, 4.0], &[1.0, 4.0], 1, None)?, [0.5]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As many truths as predictions, all finite, and a weight for each row, are needed.
pub fn mean_squared_error(
    predicted: &[f64],
    truth: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<f64>, Error> {
    each(predicted, truth, columns, weights, |predicted, truth, rows| {
        Ok(rows.mean(|row| (truth[row] - predicted[row]).powi(2)))
    })
}

/// The root of [`mean_squared_error`], in units of the target.
///
/// ```
/// use chainrule::metrics::root_mean_squared_error;
/// // Two targets, each with a value of its own.
/// let found = root_mean_squared_error(&[2.0, 10.0, 4.0, 10.0], &[1.0, 7.0, 3.0, 13.0], 2, None)?;
/// assert_eq!(found, [1.0, 3.0]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`mean_squared_error`].
pub fn root_mean_squared_error(
    predicted: &[f64],
    truth: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<f64>, Error> {
    let squared = mean_squared_error(predicted, truth, columns, weights)?;
    Ok(squared.into_iter().map(f64::sqrt).collect())
}

/// The mean of |y - p|, in units of the target.
///
/// ```
/// use chainrule::metrics::mean_absolute_error;
/// assert_eq!(mean_absolute_error(&[2.0, 4.0], &[1.0, 4.0], 1, Some(&[3.0, 1.0]))?, [0.75]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`mean_squared_error`].
pub fn mean_absolute_error(
    predicted: &[f64],
    truth: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<f64>, Error> {
    each(predicted, truth, columns, weights, |predicted, truth, rows| {
        Ok(rows.mean(|row| (truth[row] - predicted[row]).abs()))
    })
}

/// The middle one of |y - p|, or the mean of the two in the middle, in units of the target: a few rows far
/// off do not move it.
///
/// ```
/// use chainrule::metrics::median_absolute_error;
/// assert_eq!(median_absolute_error(&[1.0, 2.0, 90.0], &[1.0, 3.0, 3.0], 1)?, [1.0]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`mean_squared_error`].
pub fn median_absolute_error(
    predicted: &[f64],
    truth: &[f64],
    columns: usize,
) -> Result<Vec<f64>, Error> {
    each(predicted, truth, columns, None, |predicted, truth, _| {
        let mut errors: Vec<f64> =
            truth.iter().zip(predicted).map(|(y, p)| (y - p).abs()).collect();
        errors.sort_by(f64::total_cmp);
        let middle = errors.len() / 2;
        Ok(match errors.len() % 2 {
            0 => (errors[middle - 1] + errors[middle]) / 2.0,
            _ => errors[middle],
        })
    })
}

/// The largest |y - p|, in units of the target.
///
/// ```
/// use chainrule::metrics::max_error;
/// assert_eq!(max_error(&[1.0, 2.0, 90.0], &[1.0, 3.0, 3.0], 1)?, [87.0]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`mean_squared_error`].
pub fn max_error(predicted: &[f64], truth: &[f64], columns: usize) -> Result<Vec<f64>, Error> {
    each(predicted, truth, columns, None, |predicted, truth, _| {
        Ok(truth.iter().zip(predicted).map(|(y, p)| (y - p).abs()).fold(0.0, f64::max))
    })
}

/// The share of the variance that is explained,
///
/// R^2 = 1 - sum (y - p)^2 / sum (y - mean y)^2;
///
/// where y is constant, 1 if all predictions are exact, else 0.
///
/// ```
/// use chainrule::metrics::r2;
/// let found = r2(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0], 1, None)?;
/// assert!((found[0] - 0.948_608_137_044_967_8).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`mean_squared_error`]; [`Error::Undefined`] for a single row.
pub fn r2(
    predicted: &[f64],
    truth: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<f64>, Error> {
    each(predicted, truth, columns, weights, |predicted, truth, rows| {
        if rows.count() < 2 {
            return Err(Error::undefined("R2", "it needs two rows or more, but there is one"));
        }
        let mean = rows.mean(|row| truth[row]);
        let errors = rows.mean(|row| (truth[row] - predicted[row]).powi(2));
        let variation = rows.mean(|row| (truth[row] - mean).powi(2));
        Ok(explained(errors, variation, truth))
    })
}

/// As [`r2`], of the errors about their mean: what a constant added to all predictions cannot change,
///
/// 1 - variance of (y - p) / variance of y.
///
/// ```
/// use chainrule::metrics::explained_variance;
/// assert_eq!(explained_variance(&[2.0, 3.0], &[1.0, 2.0], 1, None)?, [1.0]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`mean_squared_error`].
pub fn explained_variance(
    predicted: &[f64],
    truth: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<f64>, Error> {
    each(predicted, truth, columns, weights, |predicted, truth, rows| {
        let error = |row: usize| truth[row] - predicted[row];
        let (mean, mean_error) = (rows.mean(|row| truth[row]), rows.mean(error));
        let errors = rows.mean(|row| (error(row) - mean_error).powi(2));
        let variation = rows.mean(|row| (truth[row] - mean).powi(2));
        Ok(explained(errors, variation, truth))
    })
}

fn explained(errors: f64, variation: f64, truth: &[f64]) -> f64 {
    // Compared directly: the rounded mean of equal numbers need not be their value.
    let is_constant = truth.iter().all(|y| *y == truth[0]);
    match (errors == 0.0, is_constant || variation == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - errors / variation,
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
}
