//! By which measure one epoch is better than another.

use crate::named::choices;
use crate::train::Epoch;
use crate::{Error, Evaluation};
use chainrule_data::Task;

choices! {
    /// The measure of the validation rows that chooses the epoch whose weights are kept, and that
    /// patience waits for.
    #[derive(Default)]
    pub enum Score: "score" {
        /// The accuracy, ties by the loss; without classes the loss.
        #[default]
        Auto = "auto",
        /// The loss; the smaller the better.
        Loss = "loss",
        /// The share of rows whose class is right.
        Accuracy = "accuracy",
        /// The share of the variance explained.
        R2 = "r2",
        /// The root of the mean squared error; the smaller the better.
        Rmse = "rmse",
        /// The mean absolute error; the smaller the better.
        Mae = "mae",
        /// Nothing: the last epoch's weights are kept, and the validation rows stay as good as new.
        Last = "last",
    }
}

const CLASSES: &str = "auto, loss, accuracy or last, since classes are predicted";
const NUMBERS: &str = "auto, loss, r2, rmse, mae or last, since numbers are predicted";

impl Score {
    /// The measure, the larger the better; nothing if the rows were not judged by it.
    pub(crate) fn value(self, evaluation: &Evaluation) -> Option<f64> {
        let regression = evaluation.regression;
        match self {
            Score::Auto | Score::Loss | Score::Last => Some(-evaluation.loss),
            Score::Accuracy => evaluation.accuracy,
            Score::R2 => regression.map(|it| it.r2),
            Score::Rmse => regression.map(|it| -it.rmse),
            Score::Mae => regression.map(|it| -it.mae),
        }
    }

    /// Whether `new` is better than `known`.
    pub(crate) fn prefers(self, new: &Evaluation, known: &Evaluation) -> bool {
        match self {
            Score::Auto => new.is_better_than(known),
            Score::Last => true,
            _ => self.value(new) > self.value(known),
        }
    }

    /// The place in a history of the epoch whose weights are kept: the first of the best on the
    /// validation rows, or else the last; nothing for an empty history.
    ///
    /// ```
    /// use chainrule::{Evaluation, Score, train::Epoch};
    /// let epoch = |epoch: usize, loss| Epoch {
    ///     epoch,
    ///     loss,
    ///     validation: Some(Evaluation { rows: 9, loss, accuracy: None, regression: None }),
    ///     learning_rate: 0.1,
    ///     gradient_norm: 1.0,
    ///     seconds: 0.1,
    ///     rows_per_second: 90.0,
    /// };
    /// assert_eq!(Score::Loss.chosen(&[epoch(1, 0.5), epoch(2, 0.3), epoch(3, 0.4)]), Some(1));
    /// assert_eq!(Score::Loss.chosen(&[]), None);
    /// ```
    pub fn chosen(self, history: &[Epoch]) -> Option<usize> {
        let mut best: Option<(usize, &Evaluation)> = None;
        for (place, epoch) in history.iter().enumerate() {
            if let Some(found) = &epoch.validation
                && best.is_none_or(|(_, known)| self.prefers(found, known))
            {
                best = Some((place, found));
            }
        }
        best.map(|(place, _)| place).or(history.len().checked_sub(1))
    }

    /// Checks that the measure belongs to the task.
    pub(crate) fn check_task(self, task: Task) -> Result<(), Error> {
        let (suits, expected) = match task {
            Task::Regression => (self != Score::Accuracy, NUMBERS),
            _ => {
                (matches!(self, Score::Auto | Score::Loss | Score::Accuracy | Score::Last), CLASSES)
            }
        };
        if suits { Ok(()) } else { Err(Error::setting("the score", self, expected)) }
    }

    /// Checks that the rows are judged by the measure at all.
    pub(crate) fn check(self, evaluation: &Evaluation) -> Result<(), Error> {
        match self.value(evaluation) {
            Some(_) => Ok(()),
            None => {
                let expected = if evaluation.accuracy.is_some() { CLASSES } else { NUMBERS };
                Err(Error::setting("the score", self, expected))
            }
        }
    }
}
