//! What is asked of predictions before they are judged.

use crate::Error;

/// Rows with their weights, 1 each where none are given.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    count: usize,
    weights: Option<&'a [f64]>,
}

impl<'a> Rows<'a> {
    /// Checks that there are as many truths as predictions, and a weight for each row where weights are
    /// given.
    pub(super) fn new(
        predicted: usize,
        truth: usize,
        weights: Option<&'a [f64]>,
    ) -> Result<Rows<'a>, Error> {
        if truth == 0 || predicted != truth {
            let expected = format!("one for each of the {truth} truths, and at least one");
            return Err(fault("the predictions to judge", expected, predicted));
        }
        if let Some(weights) = weights {
            if weights.len() != truth {
                let expected = format!("one for each of the {truth} rows");
                return Err(fault("the weights of rows", expected, weights.len()));
            }
            let is_wrong = |weight: &&f64| !weight.is_finite() || **weight < 0.0;
            if let Some(wrong) = weights.iter().find(is_wrong) {
                let expected = "finite numbers of at least 0";
                return Err(fault("the weights of rows", expected, wrong));
            }
            if weights.iter().all(|weight| *weight == 0.0) {
                let expected = "at least one above 0";
                return Err(fault("the weights of rows", expected, "only zeros"));
            }
        }
        Ok(Rows { count: truth, weights })
    }

    /// The same for predictions with several numbers in each row.
    pub(super) fn of_columns(
        predicted: usize,
        truth: usize,
        columns: usize,
        weights: Option<&'a [f64]>,
    ) -> Result<Rows<'a>, Error> {
        if columns == 0 || predicted != truth || !truth.is_multiple_of(columns) {
            let expected = format!("{columns} in each row, as many as the {truth} truths");
            return Err(fault("the predictions to judge", expected, predicted));
        }
        Rows::new(predicted / columns, truth / columns, weights)
    }

    pub(super) fn count(self) -> usize {
        self.count
    }

    pub(super) fn weight(self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    pub(super) fn total(self) -> f64 {
        self.weights.map_or(self.count as f64, |weights| weights.iter().sum())
    }

    /// The weighted mean of a value of each row.
    pub(super) fn mean(self, value: impl Fn(usize) -> f64) -> f64 {
        (0..self.count).map(|row| self.weight(row) * value(row)).sum::<f64>() / self.total()
    }
}

pub(super) fn fault(
    what: &'static str,
    expected: impl Into<String>,
    found: impl ToString,
) -> Error {
    Error::Examples { what, expected: expected.into(), found: found.to_string() }
}

/// Checks that classes are among the first `classes` whole numbers.
pub(super) fn check_classes(found: &[u32], classes: usize) -> Result<(), Error> {
    match found.iter().find(|class| **class as usize >= classes) {
        None => Ok(()),
        Some(wrong) => {
            let expected = format!("numbers below {classes}, one for each class");
            Err(fault("the classes to judge", expected, wrong))
        }
    }
}

/// Checks that scores have an order.
pub(super) fn check_finite(scores: &[f64]) -> Result<(), Error> {
    match scores.iter().find(|score| !score.is_finite()) {
        None => Ok(()),
        Some(wrong) => Err(fault("the scores to judge", "finite numbers", wrong)),
    }
}

/// Checks that numbers can be probabilities.
pub(super) fn check_probabilities(found: &[f64]) -> Result<(), Error> {
    match found.iter().find(|number| !(0.0..=1.0).contains(*number)) {
        None => Ok(()),
        Some(wrong) => Err(fault("the probabilities to judge", "numbers from 0 to 1", wrong)),
    }
}
