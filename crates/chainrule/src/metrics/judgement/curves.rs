//! What probabilities are worth, and the curves to draw of it.

use crate::Error;
use crate::metrics::ranking::column_of;
use crate::metrics::{
    Bins, CalibrationBin, Points, calibration_curve, expected_calibration_error,
    precision_recall_curve, roc_curve,
};
use serde::{Deserialize, Serialize};

/// Groups of probabilities.
const BINS: usize = 10;

/// Classes or labels whose curves are kept: more are no picture.
const MOST_CURVES: usize = 20;

/// Points of a curve nearer to each other than this, in both directions together, are not told apart when
/// drawn.
const NEAR: f64 = 1.0 / 256.0;

/// What the probabilities are worth, whatever threshold is put to them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Probabilities {
    /// The mean of -ln p of what is true; for labels the mean over these too.
    pub log_loss: f64,
    /// The mean squared distance from 0 and 1: for two classes and for labels that of one probability,
    /// for more classes the sum over them.
    pub brier_score: f64,
    /// The area under the ROC curve: of the second class of two, else the mean of all classes against
    /// the rest, or of all labels. Nothing where one of them has all rows or none.
    pub roc_auc: Option<f64>,
    /// The same weighted by the rows of each, for more than two classes and for labels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub roc_auc_weighted: Option<f64>,
    /// For labels, the area of all of them taken together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub roc_auc_micro: Option<f64>,
    /// The average precision: of the second class of two, else the mean of all. Nothing where one of
    /// them has no rows.
    pub average_precision: Option<f64>,
    /// The same weighted by the rows of each, for more than two classes and for labels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub average_precision_weighted: Option<f64>,
    /// For labels, the average precision of all of them taken together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub average_precision_micro: Option<f64>,
    /// Whether the probabilities are shares.
    pub calibration: Calibration,
    /// The curves of the second class of two, or of each class or label if there are at most 20.
    pub curves: Vec<Curves>,
}

/// Predicted probabilities beside observed shares.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Calibration {
    /// Which probabilities, for people to read.
    pub of: String,
    /// The expected calibration error over ten bins of equal width.
    pub expected_error: f64,
    /// Ten bins of equal width, without the empty ones.
    pub uniform: Vec<CalibrationBin>,
    /// Ten bins with as many rows each, but for ties.
    pub quantile: Vec<CalibrationBin>,
}

impl Calibration {
    pub(super) fn new(
        of: String,
        probabilities: &[f64],
        truth: &[bool],
    ) -> Result<Calibration, Error> {
        let uniform = calibration_curve(probabilities, truth, Bins::Uniform(BINS))?;
        let quantile = calibration_curve(probabilities, truth, Bins::Quantile(BINS))?;
        Ok(Calibration {
            of,
            expected_error: expected_calibration_error(&uniform),
            uniform,
            quantile,
        })
    }
}

/// A curve to draw: its areas are measured on all points, those that no eye tells apart left out here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// From left to right, but for equal ones.
    pub x: Vec<f64>,
    /// As many.
    pub y: Vec<f64>,
}

impl Curve {
    /// The first point, the last one, and those in between that are far enough from the one before.
    fn thinned(x: &[f64], y: &[f64]) -> Curve {
        let mut curve = Curve { x: Vec::new(), y: Vec::new() };
        for (place, (&x_here, &y_here)) in x.iter().zip(y).enumerate() {
            let is_far = match (curve.x.last(), curve.y.last()) {
                (Some(x), Some(y)) => (x_here - x).abs() + (y_here - y).abs() >= NEAR,
                _ => true,
            };
            if is_far || place + 1 == x.len() {
                curve.x.push(x_here);
                curve.y.push(y_here);
            }
        }
        curve
    }
}

/// The curves of a class or label, each nothing where it is not defined.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Curves {
    /// The class or label.
    pub name: String,
    /// True positive rate against false positive rate.
    pub roc: Option<Curve>,
    /// Precision against recall.
    pub precision_recall: Option<Curve>,
}

impl Curves {
    fn new(name: &str, scores: &[f64], truth: &[bool]) -> Result<Curves, Error> {
        let roc = defined(roc_curve(scores, truth, None, Points::Corners))?;
        let precision_recall =
            defined(precision_recall_curve(scores, truth, None, Points::Corners))?;
        Ok(Curves {
            name: name.to_string(),
            roc: roc.map(|it| Curve::thinned(&it.false_positive_rate, &it.true_positive_rate)),
            precision_recall: precision_recall.map(|it| {
                let reversed = |list: &[f64]| list.iter().rev().copied().collect::<Vec<f64>>();
                Curve::thinned(&reversed(&it.recall), &reversed(&it.precision))
            }),
        })
    }

    /// Those of each column of scores, if these are not too many.
    pub(super) fn of_each(
        names: &[String],
        scores: &[f64],
        truth: &[bool],
    ) -> Result<Vec<Curves>, Error> {
        let columns = names.len();
        if columns > MOST_CURVES {
            return Ok(Vec::new());
        }
        let column = |(column, name): (usize, &String)| {
            let scores = column_of(scores, column, columns);
            let truth = column_of(truth, column, columns);
            Curves::new(name, &scores, &truth)
        };
        names.iter().enumerate().map(column).collect()
    }
}

/// Nothing for what is not defined.
pub(super) fn defined<T>(measured: Result<T, Error>) -> Result<Option<T>, Error> {
    match measured {
        Ok(value) => Ok(Some(value)),
        Err(Error::Undefined { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
