//! How good probabilities are, whatever is made of them.

use super::check::{Rows, check_classes, check_probabilities, fault};
use crate::Error;

/// The cross-entropy of true classes and their predicted probabilities (Bishop, 2006, equation 4.108):
/// the mean over the rows of
///
/// -ln p,
///
/// where p is the probability of the true class, at least the distance of 1 to the next number (2.2e-16)
/// and at most as far below 1. Probabilities are rows x `classes`.
///
/// ```
/// use chainrule::metrics::log_loss;
/// let found = log_loss(&[0.9, 0.1, 0.2, 0.8], &[0, 1], 2, None)?;
/// assert!((found - -(0.9_f64 * 0.8).ln() / 2.0).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// A row of probabilities from 0 to 1 for each true class, and a weight, are needed.
pub fn log_loss(
    probabilities: &[f64],
    truth: &[u32],
    classes: usize,
    weights: Option<&[f64]>,
) -> Result<f64, Error> {
    let rows = rows_of(probabilities, truth, classes, weights)?;
    Ok(rows.mean(|row| -logarithm(probabilities[row * classes + truth[row] as usize])))
}

/// The logarithm of a probability that may be 0.
fn logarithm(probability: f64) -> f64 {
    probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// The [`log_loss`] of a class of two or a label from its probability alone.
///
/// ```
/// use chainrule::metrics::binary_log_loss;
/// let found = binary_log_loss(&[0.1, 0.8], &[false, true], None)?;
/// assert!((found - -(0.9_f64 * 0.8).ln() / 2.0).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// A probability from 0 to 1 for each truth, and a weight, are needed.
pub fn binary_log_loss(
    probabilities: &[f64],
    truth: &[bool],
    weights: Option<&[f64]>,
) -> Result<f64, Error> {
    let rows = Rows::new(probabilities.len(), truth.len(), weights)?;
    check_probabilities(probabilities)?;
    Ok(rows.mean(|row| match truth[row] {
        true => -logarithm(probabilities[row]),
        false => -logarithm(1.0 - probabilities[row]),
    }))
}

/// The mean over the rows of the squared distance of the probabilities (rows x `classes`) from 1 for the
/// true class and 0 for the others (Brier, 1950),
///
/// sum over the classes of (p - y)^2,
///
/// from 0 to 2; half of it for two classes, so that it is (p - y)^2 of either.
///
/// ```
/// use chainrule::metrics::brier_score;
/// let rows = [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.2, 0.2, 0.6];
/// let found = brier_score(&rows, &[0, 1, 2], 3, None)?;
/// assert!((found - 0.44 / 3.0).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`log_loss`].
pub fn brier_score(
    probabilities: &[f64],
    truth: &[u32],
    classes: usize,
    weights: Option<&[f64]>,
) -> Result<f64, Error> {
    let rows = rows_of(probabilities, truth, classes, weights)?;
    let whole = rows.mean(|row| {
        let probabilities = probabilities[row * classes..][..classes].iter().enumerate();
        let wanted = |class| f64::from(u8::from(truth[row] as usize == class));
        probabilities.map(|(class, probability)| (probability - wanted(class)).powi(2)).sum()
    });
    Ok(if classes < 3 { whole / 2.0 } else { whole })
}

/// The [`brier_score`] of a class of two or a label from its probability alone: the mean of (p - y)^2.
///
/// ```
/// use chainrule::metrics::binary_brier_score;
/// let found = binary_brier_score(&[0.1, 0.9, 0.8, 0.3], &[false, true, true, false], None)?;
/// assert!((found - 0.0375).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`binary_log_loss`].
pub fn binary_brier_score(
    probabilities: &[f64],
    truth: &[bool],
    weights: Option<&[f64]>,
) -> Result<f64, Error> {
    let rows = Rows::new(probabilities.len(), truth.len(), weights)?;
    check_probabilities(probabilities)?;
    Ok(rows.mean(|row| (probabilities[row] - f64::from(u8::from(truth[row]))).powi(2)))
}

fn rows_of<'a>(
    probabilities: &[f64],
    truth: &[u32],
    classes: usize,
    weights: Option<&'a [f64]>,
) -> Result<Rows<'a>, Error> {
    if Some(probabilities.len()) != truth.len().checked_mul(classes) {
        let expected = format!("{classes} for each of the {} rows", truth.len());
        return Err(fault("the probabilities to judge", expected, probabilities.len()));
    }
    check_probabilities(probabilities)?;
    check_classes(truth, classes)?;
    Rows::new(truth.len(), truth.len(), weights)
}
