//! By which numbers models are compared.

use chainrule::data::Task;
use chainrule::metrics::Judgement;
use serde::Serialize;
use std::fmt;

/// A number that says how good predictions are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of rows whose class is right.
    Accuracy,
    /// The mean recall of the classes.
    BalancedAccuracy,
    /// The mean F1 of the classes or labels.
    F1Macro,
    /// The area under the ROC curve, of several classes or labels the mean.
    RocAuc,
    /// The mean of -ln p of what is true; less is better.
    LogLoss,
    /// F1 of the labels of all rows taken together.
    F1Micro,
    /// The share of rows with every label right.
    SubsetAccuracy,
    /// The share of labels that are wrong; less is better.
    HammingLoss,
    /// The share of the variance that is explained.
    R2,
    /// The root of the mean squared error, in units of the target; less is better.
    Rmse,
    /// The mean absolute error, in units of the target; less is better.
    Mae,
}

use Measure::{
    Accuracy, BalancedAccuracy, F1Macro, F1Micro, HammingLoss, LogLoss, Mae, R2, Rmse, RocAuc,
    SubsetAccuracy,
};

impl Measure {
    /// The measures of a task, the main one first: accuracy, R2, and for labels the micro F1, since a row
    /// with one of many labels wrong is not wholly wrong, and most labels do not apply to most rows.
    pub fn of_task(task: Task) -> &'static [Measure] {
        match task {
            Task::Binary | Task::MultiClass => {
                &[Accuracy, BalancedAccuracy, F1Macro, RocAuc, LogLoss]
            }
            Task::MultiLabel => &[F1Micro, F1Macro, SubsetAccuracy, HammingLoss, RocAuc, LogLoss],
            Task::Regression => &[R2, Rmse, Mae],
        }
    }

    /// Its name, as `--json` has it.
    pub fn name(self) -> &'static str {
        match self {
            Accuracy => "accuracy",
            BalancedAccuracy => "balanced_accuracy",
            F1Macro => "f1_macro",
            RocAuc => "roc_auc",
            LogLoss => "log_loss",
            F1Micro => "f1_micro",
            SubsetAccuracy => "subset_accuracy",
            HammingLoss => "hamming_loss",
            R2 => "r2",
            Rmse => "rmse",
            Mae => "mae",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Accuracy => "accuracy",
            BalancedAccuracy => "balanced accuracy",
            F1Macro => "F1 macro",
            RocAuc => "ROC AUC",
            LogLoss => "log loss",
            F1Micro => "F1 micro",
            SubsetAccuracy => "all labels right",
            HammingLoss => "Hamming loss",
            R2 => "R2",
            Rmse => "RMSE",
            Mae => "MAE",
        }
    }

    /// Whether more of it is better.
    pub fn is_better_higher(self) -> bool {
        !matches!(self, LogLoss | HammingLoss | Rmse | Mae)
    }

    /// Its value in a judgement; nothing where it has none.
    pub fn of(self, judgement: &Judgement) -> Option<f64> {
        match judgement {
            Judgement::Classes(report) => {
                let probabilities = report.probabilities.as_ref();
                match self {
                    Accuracy => Some(report.accuracy),
                    BalancedAccuracy => Some(report.balanced_accuracy),
                    F1Macro => Some(report.averages.macro_average.f1),
                    RocAuc => probabilities.and_then(|it| it.roc_auc),
                    LogLoss => probabilities.map(|it| it.log_loss),
                    _ => None,
                }
            }
            Judgement::Labels(report) => {
                let probabilities = report.probabilities.as_ref();
                match self {
                    F1Micro => Some(report.averages.micro.f1),
                    F1Macro => Some(report.averages.macro_average.f1),
                    SubsetAccuracy => Some(report.subset_accuracy),
                    HammingLoss => Some(report.hamming_loss),
                    RocAuc => probabilities.and_then(|it| it.roc_auc),
                    LogLoss => probabilities.map(|it| it.log_loss),
                    _ => None,
                }
            }
            Judgement::Numbers(report) => match self {
                R2 => report.mean.r2,
                Rmse => Some(report.mean.rmse),
                Mae => Some(report.mean.mae),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
