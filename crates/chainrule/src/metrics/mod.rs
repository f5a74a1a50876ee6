//! How good predictions are: the measures that scikit-learn has, with its values.
//!
//! Predictions come first and truths second, then how many columns or classes there are, then the weights
//! of the rows where a measure knows them. A measure that the rows do not define, such as the area under
//! the ROC curve of rows of one class, is [`Error::Undefined`](crate::Error::Undefined), and nothing in a
//! [`Judgement`], which holds all measures of a task.

mod calibration;
mod check;
mod class;
mod confusion;
mod evaluation;
mod judgement;
mod numbers;
mod probability;
mod ranking;
mod threshold;

pub use calibration::{Bins, CalibrationBin, calibration_curve, expected_calibration_error};
pub(crate) use class::check_threshold;
pub use class::{predicted_class, predicted_class_at};
pub use confusion::{
    Averages, Confusion, Counts, Scores, hamming_loss, label_counts, subset_accuracy,
};
pub use evaluation::Evaluation;
pub use judgement::{
    Calibration, ClassLine, ClassReport, Curve, Curves, Judgement, LabelLine, LabelReport,
    NumberLine, NumberMeasures, Probabilities, RegressionReport, Truths,
};
pub use numbers::{
    Regression, explained_variance, max_error, mean_absolute_error, mean_squared_error,
    median_absolute_error, r2, regression, root_mean_squared_error,
};
pub use probability::{binary_brier_score, binary_log_loss, brier_score, log_loss};
pub use ranking::{
    OfEach, Points, PrecisionRecallCurve, RocCurve, average_precision, one_vs_rest,
    precision_recall_curve, roc_auc, roc_curve,
};
pub use threshold::{BestThreshold, Threshold, ThresholdMeasure, best_threshold};
