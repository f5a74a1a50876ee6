//! Which rows judge a trial. The test rows are among neither part.

use super::search::Search;
use crate::{Error, Recipe};
use chainrule_data::{Dataset, Fold, FoldOptions, Values, judge_target, stratified_split};
use chainrule_math::random::Stream;
use serde::Serialize;
use std::fmt;

/// With fewer rows than this a held-out part is too small to tell trials apart, and training is quick.
const FEW_ROWS: usize = 2_000;

/// The rows that judge a trial, out of those that are not set aside for the test. None of them chooses
/// the epoch: that is what [`Recipe::validation`] of the others is for.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub enum Judging {
    /// This share of the rows, the same in all trials.
    HoldOut(f64),
    /// All rows, in so many folds, each by a model that has learned from the other folds.
    Folds(usize),
}

impl Judging {
    /// Five folds for fewer than 2000 rows, a fifth of more.
    pub fn usual(rows: usize) -> Judging {
        if rows < FEW_ROWS { Judging::Folds(5) } else { Judging::HoldOut(0.2) }
    }

    pub(super) fn check(self) -> Result<(), Error> {
        match self {
            Judging::HoldOut(share) if !(share > 0.0 && share < 1.0) => {
                Err(Error::setting("the share of rows held out", share, "above 0 and below 1"))
            }
            Judging::Folds(folds) if folds < 2 => {
                Err(Error::setting("the number of folds", folds, "at least 2"))
            }
            _ => Ok(()),
        }
    }

    /// The rows of each training and its judgement, by their place in the data's table.
    pub(super) fn folds(
        self,
        recipe: &Recipe,
        data: &Dataset,
        rows: &[usize],
    ) -> Result<Vec<Fold>, Error> {
        let seed = recipe.split_seed.unwrap_or(recipe.seed);
        let targets = recipe.targets_of(data);
        let judged = judge_target(&data.table, &targets, recipe.task)?;
        let share = match self {
            Judging::Folds(folds) => {
                let options = FoldOptions { folds, seed, ..FoldOptions::default() };
                let folds = options.divide_rows(&data.table, &targets, &judged, rows)?;
                return Ok(folds.folds().to_vec());
            }
            Judging::HoldOut(share) => share,
        };
        let mut stream = Stream::new(seed, "split.tune");
        let labels = judged.labels.as_deref();
        let (training, test) = stratified_split(labels, rows, share, &mut stream);
        if training.is_empty() || test.is_empty() {
            let expected = format!(
                "one that leaves at least one of {} rows to learn from and one to judge by; use folds",
                rows.len()
            );
            return Err(Error::setting("the share of rows held out", share, &expected));
        }
        Ok(vec![Fold { training, test }])
    }
}

impl fmt::Display for Judging {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Judging::HoldOut(share) => write!(formatter, "a share of {share} held out"),
            Judging::Folds(folds) => write!(formatter, "{folds} folds"),
        }
    }
}

impl Search {
    /// What tells these data from others: the SHA-256 of names and values.
    pub(super) fn sum_of(data: &Dataset) -> String {
        use sha2::{Digest, Sha256};
        let mut sum = Sha256::new();
        for column in data.table.columns() {
            sum.update((column.name.len() as u64).to_le_bytes());
            sum.update(column.name.as_bytes());
            match &column.values {
                Values::Numbers(values) | Values::Times(values) => {
                    values.iter().for_each(|value| sum.update(value.to_bits().to_le_bytes()));
                }
                Values::Bytes(values) => sum.update(values),
                Values::Text { codes, levels } => {
                    levels.iter().for_each(|level| {
                        sum.update((level.len() as u64).to_le_bytes());
                        sum.update(level.as_bytes());
                    });
                    codes.iter().for_each(|code| sum.update(code.to_le_bytes()));
                }
            }
        }
        sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
