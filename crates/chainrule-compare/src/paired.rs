//! Whether one model is better than another by more than noise.

use crate::student::{sign_test, two_sided, two_sided_quantile};
use crate::{Contender, Measure};
use serde::Serialize;

/// Differences less likely than this by chance alone are called more than noise.
const LEVEL: f64 = 0.05;

/// A model beside another on the same folds.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PairedTest {
    /// The model.
    pub model: Contender,
    /// The one that it is compared with.
    pub other: Contender,
    /// By what.
    pub measure: Measure,
    /// The mean over the folds of the model's score less the other's.
    pub difference: f64,
    /// Where the difference lies with a confidence of 95 %.
    pub interval: [f64; 2],
    /// How likely a difference this large would be if the models were equally good, by the corrected
    /// resampled t-test.
    pub p_value: f64,
    /// Rows that the model predicted better than the other: of the test rows of all folds of the first
    /// repetition, those where its class is right and the other's wrong, or it has more labels right, or
    /// a smaller squared error.
    pub better_rows: usize,
    /// Rows where it is the other way round.
    pub worse_rows: usize,
    /// How likely so unequal a division would be by chance: the exact sign test, which for classes is
    /// McNemar's.
    pub rows_p_value: f64,
    /// Whether the p-value is below 0.05.
    pub is_more_than_noise: bool,
}

impl PairedTest {
    /// Whether the model's mean score is the better one.
    pub fn is_better(&self) -> bool {
        (self.difference > 0.0) == self.measure.is_better_higher() && self.difference != 0.0
    }
}

/// What one test is made from.
pub(crate) struct Pair<'a> {
    pub(crate) models: [Contender; 2],
    pub(crate) measure: Measure,
    /// The model's score less the other's, for each fold.
    pub(crate) differences: &'a [f64],
    /// Mean over the folds of test rows divided by training rows.
    pub(crate) ratio: f64,
    /// How wrong each is on each test row.
    pub(crate) errors: [&'a [f64]; 2],
}

impl Pair<'_> {
    pub(crate) fn test(&self) -> PairedTest {
        let (difference, interval, p_value) = paired_test(self.differences, self.ratio);
        let rows = || self.errors[0].iter().zip(self.errors[1]);
        let better_rows = rows().filter(|(mine, theirs)| mine < theirs).count();
        let worse_rows = rows().filter(|(mine, theirs)| mine > theirs).count();
        PairedTest {
            model: self.models[0],
            other: self.models[1],
            measure: self.measure,
            difference,
            interval,
            p_value,
            better_rows,
            worse_rows,
            rows_p_value: sign_test(better_rows, worse_rows),
            is_more_than_noise: p_value < LEVEL,
        }
    }
}

/// The corrected resampled t-test (Nadeau and Bengio, 2003, section 3, number 5): for n differences d of
/// scores, one for each fold,
///
/// `t = mean d / sqrt((1 / n + ratio) var d)`
///
/// has about Student's distribution with n - 1 degrees of freedom if the models are equally good, `ratio`
/// being the test rows of a fold divided by its training rows. The plain test, without it, takes the folds
/// for independent, which they are not, since they share most of what is learned from, and finds
/// differences where there are none.
///
/// Gives the mean, the interval that holds it with a confidence of 95 %, and the p-value of both sides.
/// Equal differences have no spread: their interval is a point. Of fewer than two differences nothing is
/// known: p is 1.
///
/// ```
/// use chainrule_compare::paired_test;
/// let (mean, interval, p) = paired_test(&[0.02, 0.01, 0.03, 0.00, 0.04], 0.25);
/// assert!((mean - 0.02).abs() < 1e-12);
/// assert!((p - 0.132_419).abs() < 1e-6); // not 0.047, as the plain test has it
/// assert!(interval[0] < 0.0 && interval[1] > 0.04);
/// ```
pub fn paired_test(differences: &[f64], ratio: f64) -> (f64, [f64; 2], f64) {
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n.max(1.0);
    if differences.len() < 2 {
        return (mean, [f64::NEG_INFINITY, f64::INFINITY], 1.0);
    }
    let squares: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    // Rounding leaves equal differences a spread of its own.
    let is_spread = squares.sqrt() > 1e-12 * differences.iter().map(|d| d.abs()).sum::<f64>();
    if !is_spread {
        return (mean, [mean, mean], if mean == 0.0 { 1.0 } else { 0.0 });
    }
    let freedom = n - 1.0;
    let error = ((1.0 / n + ratio) * squares / freedom).sqrt();
    let reach = error * two_sided_quantile(LEVEL, freedom);
    (mean, [mean - reach, mean + reach], two_sided(mean / error, freedom))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_are_noise_and_equal_differences_are_not() {
        assert_eq!(paired_test(&[0.0; 5], 0.25), (0.0, [0.0, 0.0], 1.0));
        assert_eq!(paired_test(&[0.1; 5], 0.25).2, 0.0);
        assert_eq!(paired_test(&[0.3], 0.25).2, 1.0);
    }

    #[test]
    fn without_the_correction_it_is_the_plain_t_test() {
        // scipy.stats.ttest_1samp([0.02, 0.01, 0.03, 0.00, 0.04], 0)
        let (_, interval, p) = paired_test(&[0.02, 0.01, 0.03, 0.00, 0.04], 0.0);
        assert!((p - 0.047_420_655_584_319_565).abs() < 1e-9, "{p}");
        // Its confidence_interval().
        assert!((interval[0] - 0.000_367_568_385_224_391).abs() < 1e-9, "{interval:?}");
        assert!((interval[1] - 0.039_632_431_614_775_61).abs() < 1e-9, "{interval:?}");
    }

    #[test]
    fn rows_are_counted_for_the_one_that_is_less_wrong() {
        let pair = Pair {
            models: [Contender::Network, Contender::Svm],
            measure: Measure::Accuracy,
            differences: &[0.1, 0.2, 0.1],
            ratio: 0.5,
            errors: [&[0.0, 0.0, 1.0, 0.0], &[1.0, 0.0, 0.0, 1.0]],
        };
        let test = pair.test();
        assert_eq!((test.better_rows, test.worse_rows), (2, 1));
        assert!((test.rows_p_value - 1.0).abs() < 1e-12);
        assert!(test.is_better());
    }
}
