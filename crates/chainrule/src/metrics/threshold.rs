//! From which probability on a class of two or a label is best predicted.

use super::check::check_probabilities;
use super::confusion::{Counts, Scores};
use super::ranking::Steps;
use crate::Error;
use crate::named::{choices, serialize_as_text};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

choices! {
    /// What a threshold is chosen by.
    #[derive(Default)]
    pub enum ThresholdMeasure: "threshold measure" {
        /// The balanced accuracy for two classes, F1 for labels, of which most rows have few.
        #[default]
        Auto = "auto",
        /// The harmonic mean of precision and recall.
        F1 = "f1",
        /// The mean recall of those that have it and those that have not.
        BalancedAccuracy = "balanced_accuracy",
        /// The share that is right.
        Accuracy = "accuracy",
        /// Youden's J (1950): recall and specificity less 1, which is best where the balanced accuracy is.
        Youden = "youden",
        /// The highest recall with a precision of at least so much.
        Precision {
            /// In (0, 1].
            at_least: f64 = 0.9, UpToOne;
        } = "precision",
        /// The highest precision with a recall of at least so much.
        Recall {
            /// In (0, 1].
            at_least: f64 = 0.9, UpToOne;
        } = "recall",
    }
}

impl ThresholdMeasure {
    /// Its value, the larger the better.
    fn value(self, counts: &Counts) -> f64 {
        let Scores { precision, recall, f1 } = counts.scores();
        let specificity = counts.true_negatives / (counts.true_negatives + counts.false_positives);
        match self {
            ThresholdMeasure::F1 => f1,
            ThresholdMeasure::Accuracy => counts.accuracy(),
            ThresholdMeasure::Auto | ThresholdMeasure::BalancedAccuracy => {
                (recall + specificity) / 2.0
            }
            ThresholdMeasure::Youden => recall + specificity - 1.0,
            ThresholdMeasure::Precision { .. } => precision,
            ThresholdMeasure::Recall { .. } => recall,
        }
    }

    /// What is made as large as possible; nothing where the wanted precision or recall is missed.
    fn aim(self, counts: &Counts) -> Option<f64> {
        let Scores { precision, recall, .. } = counts.scores();
        match self {
            ThresholdMeasure::Precision { at_least } => (precision >= at_least).then_some(recall),
            ThresholdMeasure::Recall { at_least } => (recall >= at_least).then_some(precision),
            _ => Some(self.value(counts)),
        }
    }
}

/// A threshold that was chosen, and what it brings on the rows that it was chosen by.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct BestThreshold {
    /// From this probability on the class or label is predicted: within (0, 1).
    pub threshold: f64,
    /// What it was chosen by.
    pub measure: ThresholdMeasure,
    /// The measure's value.
    pub value: f64,
    /// The measure's value at a half.
    pub at_half: f64,
    /// Precision, recall and F1.
    #[serde(flatten)]
    pub scores: Scores,
}

/// The threshold by which probabilities tell best what has a class or label. Every one that tells the rows
/// apart differently is tried; it lies in the middle between two probabilities, or at a half if that does
/// as well. Of equally good ones it is the one nearest to a half.
///
/// ```
/// use chainrule::metrics::{ThresholdMeasure, best_threshold};
/// let truth = [false, false, true, false, true];
/// let best = best_threshold(&[0.1, 0.2, 0.3, 0.35, 0.6], &truth, ThresholdMeasure::F1)?;
/// assert_eq!((best.threshold, best.value), (0.25, 0.8));
/// let exact = "precision(0.95)".parse()?;
/// assert_eq!(best_threshold(&[0.1, 0.2, 0.3, 0.35, 0.6], &truth, exact)?.threshold, 0.5);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// [`Error::Undefined`] where all rows have the class, or none, or where no threshold has the wanted
/// precision; a probability from 0 to 1 is needed for each truth.
pub fn best_threshold(
    probabilities: &[f64],
    truth: &[bool],
    measure: ThresholdMeasure,
) -> Result<BestThreshold, Error> {
    check_probabilities(probabilities)?;
    measure.check_numbers()?;
    let steps = Steps::new(probabilities, truth, None)?;
    let (positives, negatives) = (steps.positives(), steps.negatives());
    if positives == 0.0 || negatives == 0.0 {
        let which = if positives == 0.0 { "none has" } else { "all have" };
        let reason = format!(
            "it is chosen by rows that have the class and rows that have not, but {which} it"
        );
        return Err(Error::undefined("best threshold", reason));
    }
    let counts = |true_positives: f64, false_positives: f64| Counts {
        true_positives,
        false_positives,
        false_negatives: positives - true_positives,
        true_negatives: negatives - false_positives,
    };
    // Nothing is predicted above the highest probability, all rows from below the lowest.
    let found = std::iter::once((0.0, 0.0))
        .chain(steps.true_positives.iter().copied().zip(steps.false_positives.iter().copied()));
    let above = std::iter::once(1.0).chain(steps.thresholds.iter().copied());
    let below = steps.thresholds.iter().copied().chain([0.0]);
    let mut best: Option<(f64, f64, Counts)> = None;
    let mut at_half = 0.0;
    for ((right, wrong), (above, below)) in found.zip(above.zip(below)) {
        let counts = counts(right, wrong);
        let holds_half = below < 0.5 && 0.5 <= above;
        if holds_half {
            at_half = measure.value(&counts);
        }
        let threshold = if holds_half { 0.5 } else { between(below, above) };
        let Some(aim) = measure.aim(&counts).filter(|_| threshold > below && threshold < 1.0)
        else {
            continue;
        };
        let is_better = best.is_none_or(|(known, other, _)| {
            aim > known || aim == known && (threshold - 0.5).abs() < (other - 0.5).abs()
        });
        if is_better {
            best = Some((aim, threshold, counts));
        }
    }
    match best {
        Some((_, threshold, counts)) => {
            let (value, scores) = (measure.value(&counts), counts.scores());
            Ok(BestThreshold { threshold, measure, value, at_half, scores })
        }
        None => {
            let reason = format!("no probability has a {measure} on these rows; ask for less");
            Err(Error::undefined("best threshold", reason))
        }
    }
}

/// The middle, but for two numbers with none between them.
fn between(below: f64, above: f64) -> f64 {
    let middle = below + (above - below) / 2.0;
    if middle > below { middle } else { above }
}

/// The probability from which on the second class of two, or a label, is predicted.
///
/// Written as text it is a number, `0.3`, or what it is chosen by on the validation rows, `f1` or
/// `recall(0.9)`, which may also be written `recall>=0.9`; once chosen it is `f1 at 0.3`.
///
/// ```
/// use chainrule::metrics::{Threshold, ThresholdMeasure};
/// assert_eq!("0.3".parse::<Threshold>()?, Threshold::At(0.3));
/// let recall: Threshold = "recall>=0.9".parse()?;
/// assert_eq!(recall.to_string(), "recall(0.9)");
/// assert_eq!("f1 at 0.25".parse::<Threshold>()?.value(), Some(0.25));
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Threshold {
    /// This, within (0, 1).
    At(f64),
    /// The one that is best by a measure, once it is chosen.
    Best {
        /// The measure.
        measure: ThresholdMeasure,
        /// The threshold that it has led to.
        chosen: Option<f64>,
    },
}

impl Threshold {
    /// The threshold, if it is known.
    pub fn value(self) -> Option<f64> {
        match self {
            Threshold::At(threshold) => Some(threshold),
            Threshold::Best { chosen, .. } => chosen,
        }
    }

    /// Checks its numbers.
    pub(crate) fn check(self) -> Result<(), Error> {
        if let Threshold::Best { measure, .. } = self {
            measure.check_numbers()?;
        }
        match self.value() {
            Some(threshold) if !(threshold > 0.0 && threshold < 1.0) => Err(fault_of(threshold)),
            _ => Ok(()),
        }
    }
}

fn fault_of(threshold: impl ToString) -> Error {
    Error::setting("the threshold", threshold, "above 0 and below 1")
}

impl fmt::Display for Threshold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Threshold::At(threshold) => threshold.fmt(formatter),
            Threshold::Best { measure, chosen: None } => measure.fmt(formatter),
            Threshold::Best { measure, chosen: Some(threshold) } => {
                write!(formatter, "{measure} at {threshold}")
            }
        }
    }
}

impl FromStr for Threshold {
    type Err = Error;

    fn from_str(text: &str) -> Result<Threshold, Error> {
        let text = text.trim();
        let threshold = match (text.parse(), text.split_once(" at ")) {
            (Ok(threshold), _) => Threshold::At(threshold),
            (Err(_), Some((measure, chosen))) => {
                let chosen = chosen.trim().parse().map_err(|_| fault_of(chosen))?;
                Threshold::Best { measure: measure.parse()?, chosen: Some(chosen) }
            }
            (Err(_), None) => {
                let measure = match text.split_once(">=") {
                    Some((measure, least)) => format!("{}({})", measure.trim(), least.trim()),
                    None => text.to_string(),
                };
                Threshold::Best { measure: measure.parse()?, chosen: None }
            }
        };
        threshold.check()?;
        Ok(threshold)
    }
}

serialize_as_text!(Threshold);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::predicted_class_at;

    #[test]
    fn a_half_stays_where_it_is_as_good() {
        let truth = [false, true, true];
        let best = best_threshold(&[0.2, 0.7, 0.9], &truth, ThresholdMeasure::Auto).unwrap();
        assert_eq!((best.threshold, best.value, best.at_half), (0.5, 1.0, 1.0));
        // Between 0.8 and 0.9, and with 0.5 wrong.
        let truth = [false, false, true];
        let best = best_threshold(&[0.2, 0.8, 0.9], &truth, ThresholdMeasure::F1).unwrap();
        assert!((best.threshold - 0.85).abs() < 1e-12);
        assert_eq!((best.value, best.at_half), (1.0, 2.0 / 3.0));
    }

    #[test]
    fn probabilities_of_zero_and_one_leave_a_threshold_within() {
        let truth = [false, true, false, true];
        for measure in ["accuracy", "f1", "youden", "recall(1)", "precision(0.5)"] {
            let measure = measure.parse().unwrap();
            let best = best_threshold(&[0.0, 1.0, 1.0, 0.0], &truth, measure);
            // Who has 0 is found by no threshold, so a recall of 1 is out of reach.
            match best {
                Ok(best) => assert!(best.threshold > 0.0 && best.threshold < 1.0, "{measure}"),
                Err(error) => {
                    assert_eq!(measure, ThresholdMeasure::Recall { at_least: 1.0 });
                    assert!(error.to_string().contains("recall(1) on these rows"), "{error}");
                }
            }
        }
    }

    #[test]
    fn what_was_found_is_what_prediction_at_the_threshold_brings() {
        let probabilities = [0.05, 0.1, 0.1, 0.3, 0.32, 0.4, 0.55, 0.8];
        let truth = [false, true, false, false, true, true, false, true];
        for name in
            ["f1", "accuracy", "balanced_accuracy", "youden", "recall(0.7)", "precision(0.6)"]
        {
            let measure: ThresholdMeasure = name.parse().unwrap();
            let best = best_threshold(&probabilities, &truth, measure).unwrap();
            let predicted: Vec<bool> = probabilities
                .iter()
                .map(|probability| predicted_class_at(&[*probability], best.threshold) == 1)
                .collect();
            let counts = Counts::new(&predicted, &truth, None).unwrap();
            assert_eq!(counts.scores(), best.scores, "{name}");
            assert_eq!(measure.value(&counts), best.value, "{name}");
        }
    }

    #[test]
    fn thresholds_are_read_and_written_alike() {
        for text in ["0.3", "auto", "f1", "recall(0.95)", "precision(0.5) at 0.125", "f1 at 0.3"] {
            assert_eq!(text.parse::<Threshold>().unwrap().to_string(), text);
        }
        assert_eq!("recall >= 0.8".parse::<Threshold>().unwrap().to_string(), "recall(0.8)");
        for (text, part) in [
            ("1.5", "above 0 and below 1"),
            ("nan", "above 0 and below 1"),
            ("f1 at 0", "above 0 and below 1"),
            ("f1 at x", "above 0 and below 1"),
            ("f2", "did you mean \"f1\""),
            ("recall(2)", "at most 1"),
        ] {
            let message = text.parse::<Threshold>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
