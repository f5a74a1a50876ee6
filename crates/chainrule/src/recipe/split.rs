//! Which rows learn, which choose the epoch, and which judge in the end.

use super::Recipe;
use super::stream::{FirstPass, StreamBudget};
use super::warnings::warn_small;
use crate::Error;
use chainrule_data::{
    Dataset, FEWEST_ROWS_TO_SPLIT, Judgement, judge_target, rows_with_targets, stratified_split,
};
use chainrule_math::random::Stream as Random;
use std::collections::HashSet;

/// The rows of each part, by their place in the table.
#[derive(Clone)]
pub(super) struct Split {
    pub(super) training: Vec<usize>,
    pub(super) validation: Vec<usize>,
    pub(super) test: Vec<usize>,
}

/// Rows that were divided before, as in a cross-validation.
#[derive(Clone, Copy)]
pub(super) struct GivenRows<'a> {
    pub(super) training: &'a [usize],
    pub(super) test: &'a [usize],
}

/// Where the rows of each part come from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// The data, which are divided here.
    Whole,
    /// These rows of the data.
    Given(GivenRows<'a>),
    /// A file of which the data are a sample.
    Sample(&'a FirstPass, &'a StreamBudget),
}

impl GivenRows<'_> {
    /// Checks that the rows are there, and that none judges what has learned from it.
    fn check(self, rows: usize) -> Result<Self, Error> {
        let mut is_learned = vec![false; rows];
        let outside = || self.training.iter().chain(self.test).find(|&&row| row >= rows);
        if let Some(row) = outside() {
            let expected = format!("below {rows}, the rows of the table, counted from 0");
            return Err(Error::setting("a row of the fold", row, &expected));
        }
        self.training.iter().for_each(|&row| is_learned[row] = true);
        match self.test.iter().find(|&&row| is_learned[row]) {
            _ if self.training.is_empty() => {
                Err(Error::setting("the number of training rows", 0, "at least 1"))
            }
            Some(row) => {
                let expected = "among the training rows or the test rows, not both";
                Err(Error::setting("a row of the fold", row, expected))
            }
            None => Ok(self),
        }
    }
}

impl Recipe {
    /// The rows of the data's table that are not set aside for the test, in order: all that may be
    /// looked at before the model is judged.
    ///
    /// ```
    /// use chainrule::Recipe;
    /// use chainrule::data::{SourceOptions, open};
    /// let iris = open("iris", &SourceOptions::default())?;
    /// assert_eq!(Recipe::default().rows_before_test(&iris)?.len(), 120);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Shares out of range, and a target that is not there or cannot be predicted.
    pub fn rows_before_test(&self, data: &Dataset) -> Result<Vec<usize>, Error> {
        self.check()?;
        let targets = self.targets_of(data);
        let judged = judge_target(&data.table, &targets, self.task)?;
        let split = self.split(data, Source::Whole, &judged, &targets, &mut Vec::new())?;
        let mut rows = [split.training, split.validation].concat();
        rows.sort_unstable();
        Ok(rows)
    }

    /// Divides the rows: the test rows first, then the validation rows out of the others.
    pub(super) fn split(
        &self,
        data: &Dataset,
        source: Source<'_>,
        judged: &Judgement,
        targets: &[String],
        warnings: &mut Vec<String>,
    ) -> Result<Split, Error> {
        let seed = self.split_seed.unwrap_or(self.seed);
        let (labels, classes) = (judged.labels.as_deref(), judged.classes.len());
        let mut all = judged.rows.clone();
        let mut own_test = match &data.test {
            Some(test) => Some(rows_with_targets(test, targets)?),
            None => None,
        };
        if let Source::Given(given) = source {
            let known: HashSet<usize> = all.into_iter().collect();
            let kept = |rows: &[usize]| -> Vec<usize> {
                rows.iter().copied().filter(|row| known.contains(row)).collect()
            };
            let given = given.check(data.table.rows())?;
            (all, own_test) = (kept(given.training), Some(kept(given.test)));
        }
        if all.len() < FEWEST_ROWS_TO_SPLIT {
            let test = own_test.unwrap_or_default();
            if self.validation > 0.0 || self.test > 0.0 {
                warnings.push(format!(
                    "of {} rows none is set aside for validation or test, since they are fewer than \
                     {FEWEST_ROWS_TO_SPLIT}: the model learns from all of them",
                    all.len()
                ));
            }
            return Ok(Split { training: all, validation: Vec::new(), test });
        }
        let (rest, test) = match own_test {
            Some(test) => (all, test),
            None => {
                let mut stream = Random::new(seed, "split.test");
                let (rest, test) = stratified_split(labels, &all, self.test, &mut stream);
                if self.test > 0.0 {
                    warn_small(
                        "test",
                        "so the model is not tested",
                        labels,
                        &test,
                        classes,
                        warnings,
                    );
                }
                (rest, test)
            }
        };
        let mut stream = Random::new(seed, "split.validation");
        let (training, validation) = stratified_split(labels, &rest, self.validation, &mut stream);
        if self.validation > 0.0 {
            let consequence = "so the weights of the last epoch are kept";
            warn_small("validation", consequence, labels, &validation, classes, warnings);
        }
        if training.is_empty() {
            let found = format!("{} and {}", self.test, self.validation);
            return Err(Error::setting(
                "the pair of shares of test and validation rows",
                found,
                &format!(
                    "small enough to leave one of the {} rows to learn from",
                    data.table.rows()
                ),
            ));
        }
        Ok(Split { training, validation, test })
    }
}
