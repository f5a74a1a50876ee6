//! How well scores rank what has a class or label before what has not.

use super::check::{Rows, check_classes, check_finite};
use crate::Error;

/// Which points of a curve are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Points {
    /// One for each different score.
    All,
    /// Those where the curve turns: the others lie on a line between their neighbours (`drop_intermediate`
    /// in scikit-learn).
    Corners,
}

/// The rows found, and wrongly found, at each different score, the highest first.
pub(super) struct Steps {
    pub(super) false_positives: Vec<f64>,
    pub(super) true_positives: Vec<f64>,
    pub(super) thresholds: Vec<f64>,
}

impl Steps {
    /// Rows of equal scores make one step, in whatever order they come. Rows without weight make none.
    pub(super) fn new(
        scores: &[f64],
        truth: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Steps, Error> {
        let rows = Rows::new(scores.len(), truth.len(), weights)?;
        check_finite(scores)?;
        let mut order: Vec<usize> =
            (0..rows.count()).filter(|&row| rows.weight(row) > 0.0).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let mut steps = Steps {
            false_positives: Vec::new(),
            true_positives: Vec::new(),
            thresholds: Vec::new(),
        };
        let [mut wrong, mut right] = [0.0; 2];
        for (place, &row) in order.iter().enumerate() {
            match truth[row] {
                true => right += rows.weight(row),
                false => wrong += rows.weight(row),
            }
            let next = order.get(place + 1);
            if next.is_none_or(|&next| scores[next] != scores[row]) {
                steps.false_positives.push(wrong);
                steps.true_positives.push(right);
                steps.thresholds.push(scores[row]);
            }
        }
        Ok(steps)
    }

    fn length(&self) -> usize {
        self.thresholds.len()
    }

    pub(super) fn positives(&self) -> f64 {
        self.true_positives.last().copied().unwrap_or(0.0)
    }

    pub(super) fn negatives(&self) -> f64 {
        self.false_positives.last().copied().unwrap_or(0.0)
    }

    /// Keeps the first, the last and those that are wanted.
    fn keep(&mut self, is_wanted: impl Fn(&Steps, usize) -> bool) {
        let last = self.length() - 1;
        let kept: Vec<usize> = (0..=last)
            .filter(|&place| place == 0 || place == last || is_wanted(self, place))
            .collect();
        for list in [&mut self.false_positives, &mut self.true_positives, &mut self.thresholds] {
            *list = kept.iter().map(|&place| list[place]).collect();
        }
    }
}

/// The receiver operating characteristic: what is found, and what is found wrongly, as the threshold
/// falls from infinity to the lowest score.
#[derive(Clone, PartialEq, Debug)]
pub struct RocCurve {
    /// Of the rows without the class, the share with at least the threshold: 0 to 1, rising.
    pub false_positive_rate: Vec<f64>,
    /// Of the rows with the class, the share with at least the threshold: 0 to 1, rising.
    pub true_positive_rate: Vec<f64>,
    /// The thresholds, falling, the first infinite.
    pub thresholds: Vec<f64>,
}

impl RocCurve {
    /// The area under the curve, by trapezia: the share of pairs, one with the class and one without,
    /// where the first has the higher score, ties counting half (Hanley and McNeil, 1982).
    pub fn area(&self) -> f64 {
        let (x, y) = (&self.false_positive_rate, &self.true_positive_rate);
        let of = |(x, y): (&[f64], &[f64])| (x[1] - x[0]) * (y[0] + y[1]) / 2.0;
        x.windows(2).zip(y.windows(2)).map(of).sum()
    }
}

/// The curve of true and false positives over all thresholds (Fawcett, 2006, algorithm 1).
///
/// ```
/// use chainrule::metrics::{Points, roc_curve};
/// let truth = [false, false, true, true];
/// let curve = roc_curve(&[0.1, 0.4, 0.35, 0.8], &truth, None, Points::Corners)?;
/// assert_eq!(curve.false_positive_rate, [0.0, 0.0, 0.5, 0.5, 1.0]);
/// assert_eq!(curve.true_positive_rate, [0.0, 0.5, 0.5, 1.0, 1.0]);
/// assert_eq!(curve.area(), 0.75);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// [`Error::Undefined`] where all rows have the class, or none; scores that are not finite, and not as
/// many of them as truths or weights.
pub fn roc_curve(
    scores: &[f64],
    truth: &[bool],
    weights: Option<&[f64]>,
    points: Points,
) -> Result<RocCurve, Error> {
    let mut steps = Steps::new(scores, truth, weights)?;
    let (positives, negatives) = (steps.positives(), steps.negatives());
    if positives == 0.0 || negatives == 0.0 {
        let which = if positives == 0.0 { "none has" } else { "all have" };
        let reason =
            format!("it compares rows that have the class with rows that have not, but {which} it");
        return Err(Error::undefined("ROC curve", reason));
    }
    if points == Points::Corners {
        steps.keep(|steps, place| {
            let bend = |list: &[f64]| {
                (list[place + 1] - list[place]) - (list[place] - list[place - 1]) != 0.0
            };
            bend(&steps.false_positives) || bend(&steps.true_positives)
        });
    }
    let from = |first: f64, list: Vec<f64>, whole: f64| {
        std::iter::once(first).chain(list.into_iter().map(|part| part / whole)).collect()
    };
    Ok(RocCurve {
        false_positive_rate: from(0.0, steps.false_positives, negatives),
        true_positive_rate: from(0.0, steps.true_positives, positives),
        thresholds: from(f64::INFINITY, steps.thresholds, 1.0),
    })
}

/// The area under the curve of [`roc_curve`]: 0.5 for scores that say nothing, 1 for a perfect ranking.
///
/// ```
/// use chainrule::metrics::roc_auc;
/// assert_eq!(roc_auc(&[0.2, 0.2, 0.9], &[false, true, true], None)?, 0.75); // a tie is half right
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`roc_curve`].
pub fn roc_auc(scores: &[f64], truth: &[bool], weights: Option<&[f64]>) -> Result<f64, Error> {
    Ok(roc_curve(scores, truth, weights, Points::All)?.area())
}

/// Precision against recall as the threshold rises from the lowest score to beyond the highest.
#[derive(Clone, PartialEq, Debug)]
pub struct PrecisionRecallCurve {
    /// Of the rows with at least the threshold, the share that has the class; 1 at the end.
    pub precision: Vec<f64>,
    /// Of the rows that have the class, the share with at least the threshold: 1 to 0, falling.
    pub recall: Vec<f64>,
    /// The thresholds, rising: one less than points, since the last point belongs to none.
    pub thresholds: Vec<f64>,
}

impl PrecisionRecallCurve {
    /// The average precision: sum of (R_n - R_(n-1)) P_n, the area under the steps, which are not joined
    /// by lines as these would promise too much (Davis and Goadrich, 2006).
    pub fn average_precision(&self) -> f64 {
        let steps = self.recall.windows(2).zip(&self.precision);
        steps.map(|(recall, precision)| (recall[0] - recall[1]) * precision).sum()
    }
}

/// The curve of precision and recall over all thresholds.
///
/// ```
/// use chainrule::metrics::{Points, precision_recall_curve};
/// let truth = [false, false, true, true];
/// let curve = precision_recall_curve(&[0.1, 0.4, 0.35, 0.8], &truth, None, Points::All)?;
/// assert_eq!(curve.precision, [0.5, 2.0 / 3.0, 0.5, 1.0, 1.0]);
/// assert_eq!(curve.recall, [1.0, 1.0, 0.5, 0.5, 0.0]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// [`Error::Undefined`] where no row has the class; scores that are not finite, and not as many of them as
/// truths or weights.
pub fn precision_recall_curve(
    scores: &[f64],
    truth: &[bool],
    weights: Option<&[f64]>,
    points: Points,
) -> Result<PrecisionRecallCurve, Error> {
    let mut steps = Steps::new(scores, truth, weights)?;
    let positives = steps.positives();
    if positives == 0.0 {
        let reason = "recall is a share of the rows that have the class, but none has it";
        return Err(Error::undefined("precision-recall curve", reason));
    }
    if points == Points::Corners {
        // Points of one recall lie on a vertical line, of which the ends are enough.
        steps.keep(|steps, place| {
            let found = &steps.true_positives;
            found[place] != found[place - 1] || found[place + 1] != found[place]
        });
    }
    let pairs = || steps.true_positives.iter().zip(&steps.false_positives).rev();
    let precision = pairs().map(|(right, wrong)| right / (right + wrong));
    let recall = pairs().map(|(right, _)| right / positives);
    Ok(PrecisionRecallCurve {
        precision: precision.chain([1.0]).collect(),
        recall: recall.chain([0.0]).collect(),
        thresholds: steps.thresholds.iter().rev().copied().collect(),
    })
}

/// The average precision of [`precision_recall_curve`].
///
/// ```
/// use chainrule::metrics::average_precision;
/// let found = average_precision(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true], None)?;
/// assert!((found - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As for [`precision_recall_curve`].
pub fn average_precision(
    scores: &[f64],
    truth: &[bool],
    weights: Option<&[f64]>,
) -> Result<f64, Error> {
    Ok(precision_recall_curve(scores, truth, weights, Points::All)?.average_precision())
}

/// A measure of each class or label, nothing where it is not defined, and how they are averaged.
#[derive(Clone, PartialEq, Debug)]
pub struct OfEach {
    /// One for each class or label.
    pub values: Vec<Option<f64>>,
    /// The rows of each, or the sums of their weights.
    pub support: Vec<f64>,
}

impl OfEach {
    /// Measures every column of `scores` (rows x columns) beside that of `truth`.
    ///
    /// ```
    /// use chainrule::metrics::{OfEach, one_vs_rest, roc_auc};
    /// let scores = [0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.1, 0.3, 0.6];
    /// let each = OfEach::new(&scores, &one_vs_rest(&[0, 1, 2], 3)?, 3, None, roc_auc)?;
    /// assert_eq!(each.values, [Some(1.0), Some(1.0), Some(1.0)]);
    /// assert_eq!(each.macro_average(), Some(1.0));
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the measure, but for [`Error::Undefined`].
    pub fn new(
        scores: &[f64],
        truth: &[bool],
        columns: usize,
        weights: Option<&[f64]>,
        measure: impl Fn(&[f64], &[bool], Option<&[f64]>) -> Result<f64, Error>,
    ) -> Result<OfEach, Error> {
        let rows = Rows::of_columns(scores.len(), truth.len(), columns, weights)?;
        let mut each = OfEach { values: Vec::new(), support: Vec::new() };
        for column in 0..columns {
            let (scores, truth) =
                (column_of(scores, column, columns), column_of(truth, column, columns));
            each.values.push(match measure(&scores, &truth, weights) {
                Ok(value) => Some(value),
                Err(Error::Undefined { .. }) => None,
                Err(error) => return Err(error),
            });
            let support = (0..rows.count()).filter(|&row| truth[row]).map(|row| rows.weight(row));
            each.support.push(support.sum());
        }
        Ok(each)
    }

    /// The mean, nothing if it is not defined for one of them.
    pub fn macro_average(&self) -> Option<f64> {
        let sum = self.values.iter().copied().sum::<Option<f64>>()?;
        Some(sum / self.values.len() as f64)
    }

    /// The mean weighted by the rows of each, nothing if it is not defined for one that has rows.
    pub fn weighted_average(&self) -> Option<f64> {
        let pairs = self.values.iter().zip(&self.support).filter(|(_, support)| **support > 0.0);
        let sum =
            pairs.map(|(value, support)| value.map(|it| it * support)).sum::<Option<f64>>()?;
        let whole: f64 = self.support.iter().sum();
        (whole > 0.0).then(|| sum / whole)
    }
}

/// One column of numbers that stand row by row.
pub(super) fn column_of<T: Copy>(values: &[T], column: usize, columns: usize) -> Vec<T> {
    values.iter().skip(column).step_by(columns).copied().collect()
}

/// Whether each row has each class: rows x classes, one true in each row.
///
/// ```
/// use chainrule::metrics::one_vs_rest;
/// assert_eq!(one_vs_rest(&[1, 0], 2)?, [false, true, true, false]);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Classes are numbers below `classes`.
pub fn one_vs_rest(truth: &[u32], classes: usize) -> Result<Vec<bool>, Error> {
    check_classes(truth, classes)?;
    let row = |class: &u32| {
        let class = *class as usize;
        (0..classes).map(move |other| other == class)
    };
    Ok(truth.iter().flat_map(row).collect())
}
