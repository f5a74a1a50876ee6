//! Several labels for each row.

use super::curves::{Calibration, Curves, Probabilities, defined};
use crate::Error;
use crate::metrics::check::check_probabilities;
use crate::metrics::{
    Averages, OfEach, Scores, average_precision, binary_brier_score, binary_log_loss, hamming_loss,
    label_counts, roc_auc, subset_accuracy,
};
use serde::{Deserialize, Serialize};

/// How well one label is predicted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LabelLine {
    /// The label.
    pub name: String,
    /// Rows that have it.
    pub rows: usize,
    /// Rows that were given it.
    pub predicted: usize,
    /// The share of rows where it is right.
    pub accuracy: f64,
    /// Precision, recall and F1.
    #[serde(flatten)]
    pub scores: Scores,
    /// The area under the ROC curve; nothing without probabilities, or where all rows have the label,
    /// or none.
    pub roc_auc: Option<f64>,
    /// The average precision; nothing without probabilities, or where no row has the label.
    pub average_precision: Option<f64>,
}

/// How good predicted labels are.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LabelReport {
    /// Rows judged.
    pub rows: usize,
    /// The share of rows with every label right.
    pub subset_accuracy: f64,
    /// The share of labels that are wrong.
    pub hamming_loss: f64,
    /// Precision, recall and F1 over all labels.
    pub averages: Averages,
    /// The probability from which on a label is predicted.
    pub threshold: f64,
    /// Each label.
    pub labels: Vec<LabelLine>,
    /// What the probabilities are worth; nothing for a model that has none.
    pub probabilities: Option<Probabilities>,
}

impl LabelReport {
    /// Judges labels that are predicted where an output (rows x labels) is at least the threshold.
    /// Outputs that are not from 0 to 1, or only 0 and 1, are taken for no probabilities.
    ///
    /// ```
    /// use chainrule::metrics::LabelReport;
    /// let names = ["sad".to_string(), "calm".to_string()];
    /// let truth = [true, false, true, true];
    /// let report = LabelReport::new(&names, &[0.9, 0.2, 0.8, 0.4], &truth, 0.5)?;
    /// assert_eq!((report.subset_accuracy, report.hamming_loss), (0.5, 0.25));
    /// assert_eq!(report.labels[0].scores.f1, 1.0);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// As many truths as outputs are needed, and at least one row.
    pub fn new(
        names: &[String],
        outputs: &[f64],
        truth: &[bool],
        threshold: f64,
    ) -> Result<LabelReport, Error> {
        let columns = names.len();
        let predicted: Vec<bool> = outputs.iter().map(|output| *output >= threshold).collect();
        let counts = label_counts(&predicted, truth, columns, None)?;
        let is_probability = check_probabilities(outputs).is_ok()
            && outputs.iter().any(|output| *output != 0.0 && *output != 1.0);
        let (probabilities, rankings) = match is_probability {
            true => {
                let (probabilities, rankings) = judge(names, outputs, truth)?;
                (Some(probabilities), Some(rankings))
            }
            false => (None, None),
        };
        let line = |(label, name): (usize, &String)| LabelLine {
            name: name.clone(),
            rows: counts[label].support() as usize,
            predicted: counts[label].predicted() as usize,
            accuracy: counts[label].accuracy(),
            scores: counts[label].scores(),
            roc_auc: rankings.as_ref().and_then(|(roc, _)| roc.values[label]),
            average_precision: rankings.as_ref().and_then(|(_, precision)| precision.values[label]),
        };
        Ok(LabelReport {
            rows: truth.len() / columns,
            subset_accuracy: subset_accuracy(&predicted, truth, columns, None)?,
            hamming_loss: hamming_loss(&predicted, truth, columns, None)?,
            averages: Averages::of(&counts),
            threshold,
            labels: names.iter().enumerate().map(line).collect(),
            probabilities,
        })
    }
}

fn judge(
    names: &[String],
    probabilities: &[f64],
    truth: &[bool],
) -> Result<(Probabilities, (OfEach, OfEach)), Error> {
    let columns = names.len();
    let roc = OfEach::new(probabilities, truth, columns, None, roc_auc)?;
    let precision = OfEach::new(probabilities, truth, columns, None, average_precision)?;
    let found = Probabilities {
        // As many rows for each label, so the mean over all is the mean of the labels' means.
        log_loss: binary_log_loss(probabilities, truth, None)?,
        brier_score: binary_brier_score(probabilities, truth, None)?,
        roc_auc: roc.macro_average(),
        roc_auc_weighted: roc.weighted_average(),
        roc_auc_micro: defined(roc_auc(probabilities, truth, None))?,
        average_precision: precision.macro_average(),
        average_precision_weighted: precision.weighted_average(),
        average_precision_micro: defined(average_precision(probabilities, truth, None))?,
        calibration: Calibration::new(
            "the probabilities of all labels".to_string(),
            probabilities,
            truth,
        )?,
        curves: Curves::of_each(names, probabilities, truth)?,
    };
    Ok((found, (roc, precision)))
}
