//! One class of several for each row.

use super::curves::{Calibration, Curves, Probabilities, defined};
use crate::Error;
use crate::metrics::check::{check_probabilities, fault};
use crate::metrics::ranking::column_of;
use crate::metrics::{
    Averages, Confusion, OfEach, Scores, average_precision, brier_score, log_loss, one_vs_rest,
    predicted_class, roc_auc,
};
use serde::{Deserialize, Serialize};

/// How far the probabilities of a row may be from 1 together.
const ROUNDING: f64 = 1e-5;

/// How well one class is told from the others.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClassLine {
    /// The class.
    pub name: String,
    /// Rows that have it.
    pub rows: usize,
    /// Rows that were given it.
    pub predicted: usize,
    /// Precision, recall and F1.
    #[serde(flatten)]
    pub scores: Scores,
    /// The area under the ROC curve of its probability; nothing without probabilities, or where all
    /// rows have the class, or none.
    pub roc_auc: Option<f64>,
    /// The average precision of its probability; nothing without probabilities, or where no row has
    /// the class.
    pub average_precision: Option<f64>,
}

/// How good predicted classes are.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClassReport {
    /// Rows judged.
    pub rows: usize,
    /// The share whose class is right.
    pub accuracy: f64,
    /// The mean recall of the classes that have rows.
    pub balanced_accuracy: f64,
    /// Matthews' correlation of true and predicted classes.
    pub matthews: f64,
    /// Cohen's kappa; nothing where all rows have, and are given, one and the same class.
    pub kappa: Option<f64>,
    /// Precision, recall and F1 over all classes.
    pub averages: Averages,
    /// The probability from which on the second class of two is predicted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub threshold: Option<f64>,
    /// Each class.
    pub classes: Vec<ClassLine>,
    /// For each true class a line with the rows that were given each class.
    pub confusion: Vec<Vec<usize>>,
    /// What the probabilities are worth; nothing for a model that has none.
    pub probabilities: Option<Probabilities>,
}

impl ClassReport {
    /// Judges predicted classes, numbered as `names` are, and probabilities (rows x classes, or empty if
    /// there are none). Probabilities that do not add up to 1, as those of one sigmoid for each class do
    /// not, are divided by their sum, and numbers that are not from 0 to 1 are taken for none.
    ///
    /// ```
    /// use chainrule::metrics::ClassReport;
    /// let names = ["no".to_string(), "yes".to_string()];
    /// let probabilities = [0.9, 0.1, 0.4, 0.6, 0.3, 0.7];
    /// let report = ClassReport::new(&names, &[0, 1, 1], &[0, 0, 1], &probabilities, Some(0.5))?;
    /// assert_eq!(report.confusion, [[1, 1], [0, 1]]);
    /// assert_eq!(report.classes[1].scores.precision, 0.5);
    /// assert_eq!(report.probabilities.unwrap().roc_auc, Some(1.0));
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// As many truths as predictions are needed, at least one, and as many rows of probabilities.
    pub fn new(
        names: &[String],
        predicted: &[u32],
        truth: &[u32],
        probabilities: &[f64],
        threshold: Option<f64>,
    ) -> Result<ClassReport, Error> {
        let confusion = Confusion::new(predicted, truth, names.len(), None)?;
        let counts = confusion.counts();
        let judged = match normalized(probabilities, truth.len(), names.len())? {
            Some(probabilities) => Some(judge(names, &probabilities, truth)?),
            None => None,
        };
        let (probabilities, rankings) = match judged {
            Some((probabilities, rankings)) => (Some(probabilities), Some(rankings)),
            None => (None, None),
        };
        let line = |(class, name): (usize, &String)| ClassLine {
            name: name.clone(),
            rows: counts[class].support() as usize,
            predicted: counts[class].predicted() as usize,
            scores: counts[class].scores(),
            roc_auc: rankings.as_ref().and_then(|(roc, _)| roc.values[class]),
            average_precision: rankings.as_ref().and_then(|(_, precision)| precision.values[class]),
        };
        let whole = |line: Vec<f64>| line.into_iter().map(|rows| rows as usize).collect();
        Ok(ClassReport {
            rows: truth.len(),
            accuracy: confusion.accuracy(),
            balanced_accuracy: confusion.balanced_accuracy(),
            matthews: confusion.matthews(),
            kappa: defined(confusion.kappa())?,
            averages: Averages::of(&counts),
            threshold,
            classes: names.iter().enumerate().map(line).collect(),
            confusion: confusion.lines().into_iter().map(whole).collect(),
            probabilities,
        })
    }
}

/// Rows of probabilities that add up to 1, if the numbers are probabilities at all.
fn normalized(
    probabilities: &[f64],
    rows: usize,
    classes: usize,
) -> Result<Option<Vec<f64>>, Error> {
    if probabilities.is_empty() {
        return Ok(None);
    }
    if probabilities.len() != rows * classes {
        let expected = format!("{classes} for each of the {rows} rows");
        return Err(fault("the probabilities to judge", expected, probabilities.len()));
    }
    if check_probabilities(probabilities).is_err() {
        return Ok(None);
    }
    let mut probabilities = probabilities.to_vec();
    for row in probabilities.chunks_exact_mut(classes) {
        let sum: f64 = row.iter().sum();
        if sum == 0.0 {
            row.fill(1.0 / classes as f64);
        } else if (sum - 1.0).abs() > ROUNDING {
            row.iter_mut().for_each(|probability| *probability /= sum);
        }
    }
    Ok(Some(probabilities))
}

fn judge(
    names: &[String],
    probabilities: &[f64],
    truth: &[u32],
) -> Result<(Probabilities, (OfEach, OfEach)), Error> {
    let classes = names.len();
    let is_binary = classes == 2;
    let indicators = one_vs_rest(truth, classes)?;
    let roc = OfEach::new(probabilities, &indicators, classes, None, roc_auc)?;
    let precision = OfEach::new(probabilities, &indicators, classes, None, average_precision)?;
    let overall = |each: &OfEach| match is_binary {
        true => (each.values[1], None),
        false => (each.macro_average(), each.weighted_average()),
    };
    let ((roc_auc, roc_auc_weighted), (average_precision, average_precision_weighted)) =
        (overall(&roc), overall(&precision));
    let (calibration, curves) = match is_binary {
        true => {
            let (scores, truth) = (column_of(probabilities, 1, 2), column_of(&indicators, 1, 2));
            let of = format!("the probability of {}", names[1]);
            let curves = Curves::of_each(&names[1..], &scores, &truth)?;
            (Calibration::new(of, &scores, &truth)?, curves)
        }
        false => {
            // Guo et al. (2017): how often the likeliest class is right, beside its probability.
            let rows = probabilities.chunks_exact(classes);
            let likeliest: Vec<u32> = rows.clone().map(predicted_class).collect();
            let highest: Vec<f64> =
                rows.zip(&likeliest).map(|(row, class)| row[*class as usize]).collect();
            let is_right: Vec<bool> = likeliest.iter().zip(truth).map(|(a, b)| a == b).collect();
            let of = "the highest probability".to_string();
            let curves = Curves::of_each(names, probabilities, &indicators)?;
            (Calibration::new(of, &highest, &is_right)?, curves)
        }
    };
    let found = Probabilities {
        log_loss: log_loss(probabilities, truth, classes, None)?,
        brier_score: brier_score(probabilities, truth, classes, None)?,
        roc_auc,
        roc_auc_weighted,
        roc_auc_micro: None,
        average_precision,
        average_precision_weighted,
        average_precision_micro: None,
        calibration,
        curves,
    };
    Ok((found, (roc, precision)))
}
