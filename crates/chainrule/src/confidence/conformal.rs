//! Sets and intervals that hold the truth as often as they promise.

use chainrule_data::Task;
use serde::{Deserialize, Serialize};

/// Scores that are kept for each target at most: a coverage in thousandths then loses nothing.
const MOST_SCORES: usize = 999;

/// How strange the truth about rows that the model has not learned from looked to it: what sets and
/// intervals of a chosen coverage are made of (split conformal prediction; Vovk, Gammerman and Shafer,
/// 2005; Angelopoulos and Bates, 2021, section 1).
///
/// | task | score of a row | set or interval |
/// |---|---|---|
/// | regression | \|y - prediction\|, for each target | prediction -+ q |
/// | binary, multi-class | -ln p of its class | every class with -ln p <= q |
/// | multi-label | -ln p of what is true, for each label | for each label, every answer with -ln p <= q |
///
/// Of whole numbers, an interval keeps the whole numbers within.
///
/// q is the ceil((n + 1) coverage)-th smallest of n scores: then the truth about a new row, drawn as
/// these were, is held with at least this probability, however bad the model is. Sets of the likeliest
/// classes are the smallest of their coverage (Sadinle, Lei and Wasserman, 2019). A model that is right
/// more often than the coverage asks leaves the set of some rows empty: no class is likely enough there.
///
/// The scores come from the validation rows, which have also chosen the epoch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conformal {
    /// Rows that the scores are of.
    pub rows: usize,
    /// For each target or label, or for all classes together, the scores in ascending order. Of more than
    /// 999 rows every so many, so that the i-th of them is the ceil(i (n + 1) / 1000)-th of all.
    pub scores: Vec<Vec<f64>>,
}

impl Conformal {
    /// Of scores in any order, as many for each target.
    ///
    /// # Panics
    /// When there are no scores, or not as many for each target.
    pub(crate) fn new(scores: Vec<Vec<f64>>) -> Conformal {
        let rows = scores.first().map_or(0, Vec::len);
        assert!(rows > 0 && scores.iter().all(|it| it.len() == rows), "a score for each row");
        let thinned = |mut scores: Vec<f64>| {
            scores.sort_by(f64::total_cmp);
            match rows > MOST_SCORES {
                true => (1..=MOST_SCORES)
                    .map(|rank| scores[(rank * (rows + 1)).div_ceil(MOST_SCORES + 1) - 1])
                    .collect(),
                false => scores,
            }
        };
        Conformal { rows, scores: scores.into_iter().map(thinned).collect() }
    }

    /// The score q of a target (counted from 0) that the truth keeps to with this probability: the
    /// ceil((n + 1) coverage)-th smallest; nothing where there are too few for it.
    ///
    /// ```
    /// use chainrule::confidence::Conformal;
    /// let scores = (1..=9).map(f64::from).collect(); // the score of a tenth row is any tenth part
    /// let conformal = Conformal { rows: 9, scores: vec![scores] };
    /// assert_eq!(conformal.threshold(0, 0.8), Some(8.0));
    /// assert_eq!(conformal.threshold(0, 0.81), Some(9.0));
    /// assert_eq!(conformal.threshold(0, 0.91), None);
    /// ```
    ///
    /// # Panics
    /// When there is no such target.
    pub fn threshold(&self, target: usize, coverage: f64) -> Option<f64> {
        let scores = &self.scores[target];
        scores.get(rank(scores.len(), coverage).checked_sub(1)?).copied()
    }

    /// The largest coverage that there are rows for, n / (n + 1).
    pub fn most(&self) -> f64 {
        let kept = self.scores.first().map_or(0, Vec::len) as f64;
        kept / (kept + 1.0)
    }

    pub(super) fn fault(&self, task: Task, targets: usize) -> Option<String> {
        let lists = if task.has_classes() { 1 } else { targets };
        let kept = self.rows.min(MOST_SCORES);
        let is_sound = |scores: &Vec<f64>| {
            scores.len() == kept
                && scores.iter().all(|score| score.is_finite() && *score >= 0.0)
                && scores.is_sorted()
        };
        let sound = self.rows > 0 && self.scores.len() == lists;
        match sound && self.scores.iter().all(is_sound) {
            true => None,
            false => Some(format!(
                "its scores of {} rows are not {lists} lists of {kept} numbers in ascending order",
                self.rows
            )),
        }
    }
}

/// ceil((n + 1) coverage), where the product is a whole number up to rounding that number.
fn rank(count: usize, coverage: f64) -> usize {
    let exact = (count + 1) as f64 * coverage;
    match (exact - exact.round()).abs() < 1e-9 * exact {
        true => exact.round() as usize,
        false => exact.ceil() as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_is_corrected_for_few_rows() {
        // Angelopoulos and Bates (2021), section 1: with n = 1000 and 90 % the 901st smallest.
        assert_eq!(rank(1000, 0.9), 901);
        assert_eq!((rank(9, 0.9), rank(10, 0.9), rank(19, 0.95)), (9, 10, 19));
        assert_eq!((rank(19, 0.951), rank(99, 0.29), rank(99, 0.07)), (20, 29, 7));
        let conformal = Conformal::new(vec![vec![3.0, 1.0, 2.0]]);
        assert_eq!(conformal.scores, [[1.0, 2.0, 3.0]]);
        assert_eq!(conformal.threshold(0, 0.5), Some(2.0));
        assert_eq!(conformal.threshold(0, 0.75), Some(3.0));
        assert_eq!(conformal.threshold(0, 0.76), None);
        assert_eq!(conformal.most(), 0.75);
    }

    #[test]
    fn of_many_scores_those_are_kept_that_promise_no_more() {
        for rows in [999, 1000, 1234, 5000, 100_000] {
            let all: Vec<f64> = (1..=rows).rev().map(|score| score as f64).collect();
            let conformal = Conformal::new(vec![all]);
            assert_eq!((conformal.rows, conformal.scores[0].len()), (rows, 999));
            for thousandths in 1..=999 {
                let coverage = f64::from(thousandths) / 1000.0;
                // Sorted, the score is its own rank.
                let found = conformal.threshold(0, coverage).unwrap();
                assert_eq!(found as usize, rank(rows, coverage), "{rows} {coverage}");
            }
            let between = conformal.threshold(0, 0.9005).unwrap() as usize;
            assert!(between >= rank(rows, 0.9005) && between <= rank(rows, 0.901));
        }
    }

    #[test]
    fn lists_that_no_training_made_are_refused() {
        let of = |scores: Vec<Vec<f64>>| Conformal { rows: 2, scores };
        assert_eq!(of(vec![vec![0.0, 1.0]]).fault(Task::Binary, 1), None);
        for wrong in [
            vec![],
            vec![vec![0.0]],
            vec![vec![1.0, 0.0]],
            vec![vec![-1.0, 0.0]],
            vec![vec![0.0, f64::NAN]],
            vec![vec![0.0, 1.0], vec![0.0, 1.0]],
        ] {
            assert!(of(wrong.clone()).fault(Task::Binary, 1).is_some(), "{wrong:?}");
        }
        assert_eq!(of(vec![vec![0.0, 1.0]; 3]).fault(Task::MultiLabel, 3), None);
    }
}
