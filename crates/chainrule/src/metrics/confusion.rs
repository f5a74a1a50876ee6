//! What is counted of predicted classes and labels.

use super::check::{Rows, check_classes};
use crate::Error;
use serde::{Deserialize, Serialize};

/// How a class or a label was predicted: rows, or the sums of their weights.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Counts {
    /// Has it, and was said to.
    pub true_positives: f64,
    /// Has it not, but was said to.
    pub false_positives: f64,
    /// Has it, but was not said to.
    pub false_negatives: f64,
    /// Has it not, and was not said to.
    pub true_negatives: f64,
}

/// Precision, recall and F1 of a class or a label, or averages of them.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Scores {
    /// Of those said to have it, the share that has it: TP / (TP + FP), 0 where none is said to.
    pub precision: f64,
    /// Of those that have it, the share that is found: TP / (TP + FN), 0 where none has it.
    pub recall: f64,
    /// 2 TP / (2 TP + FP + FN), the harmonic mean of the two; 0 where there are none of these.
    pub f1: f64,
}

/// 0 / 0 = 0, as scikit-learn has it with `zero_division=0`.
fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

impl Counts {
    /// Counts of one label: `predicted` beside `truth`, row by row.
    ///
    /// # Errors
    /// As many truths as predictions, and weights, are needed.
    pub fn new(
        predicted: &[bool],
        truth: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Counts, Error> {
        let rows = Rows::new(predicted.len(), truth.len(), weights)?;
        let mut counts = Counts::default();
        for row in 0..rows.count() {
            *counts.place(truth[row], predicted[row]) += rows.weight(row);
        }
        Ok(counts)
    }

    fn place(&mut self, truth: bool, predicted: bool) -> &mut f64 {
        match (truth, predicted) {
            (true, true) => &mut self.true_positives,
            (false, true) => &mut self.false_positives,
            (true, false) => &mut self.false_negatives,
            (false, false) => &mut self.true_negatives,
        }
    }

    /// Rows that have it.
    pub fn support(&self) -> f64 {
        self.true_positives + self.false_negatives
    }

    /// Rows that were said to have it.
    pub fn predicted(&self) -> f64 {
        self.true_positives + self.false_positives
    }

    /// All rows.
    pub fn total(&self) -> f64 {
        self.support() + self.false_positives + self.true_negatives
    }

    /// The share of rows where it is right.
    pub fn accuracy(&self) -> f64 {
        (self.true_positives + self.true_negatives) / self.total()
    }

    /// Precision, recall and F1 (van Rijsbergen, 1979).
    ///
    /// ```
    /// use chainrule::metrics::Counts;
    /// let counts = Counts::new(&[true, true, false], &[true, false, true], None)?;
    /// assert_eq!(counts.scores().precision, 0.5);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    pub fn scores(&self) -> Scores {
        let Counts { true_positives, false_positives, false_negatives, .. } = *self;
        let twice = 2.0 * true_positives;
        Scores {
            precision: share(true_positives, self.predicted()),
            recall: share(true_positives, self.support()),
            f1: share(twice, twice + false_positives + false_negatives),
        }
    }
}

/// The averages of precision, recall and F1 over classes or labels.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Averages {
    /// The scores of all counts taken together. Where each row has one of the classes, all three are the
    /// accuracy.
    pub micro: Scores,
    /// The mean of the scores: every class counts alike. A class without rows, true or predicted,
    /// counts with 0.
    #[serde(rename = "macro")]
    pub macro_average: Scores,
    /// The mean of the scores weighted by the rows of each class.
    pub weighted: Scores,
}

impl Averages {
    /// The averages over these counts.
    ///
    /// ```
    /// use chainrule::metrics::{Averages, Confusion};
    /// let confusion = Confusion::new(&[0, 1, 1, 1], &[0, 0, 1, 1], 2, None)?;
    /// let averages = Averages::of(&confusion.counts());
    /// assert_eq!(averages.micro.f1, 0.75);
    /// assert_eq!(averages.macro_average.recall, 0.75);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    pub fn of(counts: &[Counts]) -> Averages {
        let mut together = Counts::default();
        for each in counts {
            together.true_positives += each.true_positives;
            together.false_positives += each.false_positives;
            together.false_negatives += each.false_negatives;
            together.true_negatives += each.true_negatives;
        }
        let mean = |weight: &dyn Fn(&Counts) -> f64| {
            let mut mean = Scores::default();
            let whole = counts.iter().map(weight).sum::<f64>();
            for each in counts {
                let (scores, weight) = (each.scores(), share(weight(each), whole));
                mean.precision += weight * scores.precision;
                mean.recall += weight * scores.recall;
                mean.f1 += weight * scores.f1;
            }
            mean
        };
        Averages {
            micro: together.scores(),
            macro_average: mean(&|_| 1.0),
            weighted: mean(&Counts::support),
        }
    }
}

/// Which classes were taken for which.
#[derive(Clone, PartialEq, Debug)]
pub struct Confusion {
    classes: usize,
    /// For each true class a line of predicted ones.
    cells: Vec<f64>,
}

impl Confusion {
    /// Counts the rows of each true and predicted class, or their weights.
    ///
    /// ```
    /// use chainrule::metrics::Confusion;
    /// // One row of class 1 is taken for class 2.
    /// let confusion = Confusion::new(&[0, 2, 1, 2], &[0, 1, 1, 2], 3, None)?;
    /// assert_eq!(confusion.line(1), [0.0, 1.0, 1.0]);
    /// assert_eq!(confusion.accuracy(), 0.75);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// As many truths as predictions, and weights, are needed; classes are numbers below `classes`.
    pub fn new(
        predicted: &[u32],
        truth: &[u32],
        classes: usize,
        weights: Option<&[f64]>,
    ) -> Result<Confusion, Error> {
        let rows = Rows::new(predicted.len(), truth.len(), weights)?;
        check_classes(predicted, classes)?;
        check_classes(truth, classes)?;
        let mut cells = vec![0.0; classes * classes];
        for row in 0..rows.count() {
            cells[truth[row] as usize * classes + predicted[row] as usize] += rows.weight(row);
        }
        Ok(Confusion { classes, cells })
    }

    /// What the rows of a true class were predicted as.
    ///
    /// # Panics
    /// When there is no such class.
    pub fn line(&self, truth: usize) -> &[f64] {
        &self.cells[truth * self.classes..][..self.classes]
    }

    /// All lines.
    pub fn lines(&self) -> Vec<Vec<f64>> {
        (0..self.classes).map(|truth| self.line(truth).to_vec()).collect()
    }

    fn total(&self) -> f64 {
        self.cells.iter().sum()
    }

    fn right(&self) -> f64 {
        (0..self.classes).map(|class| self.line(class)[class]).sum()
    }

    fn support(&self, class: usize) -> f64 {
        self.line(class).iter().sum()
    }

    fn predicted(&self, class: usize) -> f64 {
        (0..self.classes).map(|truth| self.line(truth)[class]).sum()
    }

    /// The counts of each class against all others.
    pub fn counts(&self) -> Vec<Counts> {
        let total = self.total();
        let of = |class: usize| {
            let true_positives = self.line(class)[class];
            let false_positives = self.predicted(class) - true_positives;
            let false_negatives = self.support(class) - true_positives;
            let true_negatives = total - true_positives - false_positives - false_negatives;
            Counts { true_positives, false_positives, false_negatives, true_negatives }
        };
        (0..self.classes).map(of).collect()
    }

    /// The share of the rows whose class is right.
    pub fn accuracy(&self) -> f64 {
        self.right() / self.total()
    }

    /// The mean recall of the classes that have rows, so that each counts alike (Brodersen et al., 2010).
    pub fn balanced_accuracy(&self) -> f64 {
        let recalls: Vec<f64> = (0..self.classes)
            .map(|class| (self.line(class)[class], self.support(class)))
            .filter(|(_, support)| *support > 0.0)
            .map(|(right, support)| right / support)
            .collect();
        recalls.iter().sum::<f64>() / recalls.len() as f64
    }

    /// Matthews' correlation of true and predicted classes, from -1 to 1, in Gorodkin's form for several
    /// classes (2004, equation 8), with c right of s rows, t_k rows of class k, p_k predicted ones:
    ///
    /// (c s - sum t_k p_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2)),
    ///
    /// and 0 where all rows have or are given one class.
    pub fn matthews(&self) -> f64 {
        let (rows, right) = (self.total(), self.right());
        let [mut both, mut truths, mut predictions] = [0.0; 3];
        for class in 0..self.classes {
            let (truth, predicted) = (self.support(class), self.predicted(class));
            both += truth * predicted;
            truths += truth * truth;
            predictions += predicted * predicted;
        }
        let spread = (rows * rows - predictions) * (rows * rows - truths);
        if spread <= 0.0 { 0.0 } else { (right * rows - both) / spread.sqrt() }
    }

    /// Cohen's kappa (1960): how much of the agreement beyond chance is reached,
    ///
    /// (accuracy - chance) / (1 - chance), where chance = sum t_k p_k / s^2.
    ///
    /// # Errors
    /// [`Error::Undefined`] where all rows have, and are given, one and the same class.
    pub fn kappa(&self) -> Result<f64, Error> {
        let rows = self.total();
        let both = |class| self.support(class) * self.predicted(class);
        let chance = (0..self.classes).map(both).sum::<f64>() / (rows * rows);
        if chance >= 1.0 {
            let reason = "all rows have one class, and were given it";
            return Err(Error::undefined("kappa of Cohen", reason));
        }
        Ok((self.accuracy() - chance) / (1.0 - chance))
    }
}

/// The share of labels that are wrong, over all rows and `columns` labels of each.
///
/// ```
/// use chainrule::metrics::hamming_loss;
/// assert_eq!(hamming_loss(&[true, false], &[true, true], 2, None)?, 0.5);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As many truths as predictions, and a weight for each row, are needed.
pub fn hamming_loss(
    predicted: &[bool],
    truth: &[bool],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<f64, Error> {
    let rows = Rows::of_columns(predicted.len(), truth.len(), columns, weights)?;
    Ok(rows.mean(|row| {
        let pairs = predicted[row * columns..][..columns].iter().zip(&truth[row * columns..]);
        pairs.filter(|(predicted, truth)| predicted != truth).count() as f64 / columns as f64
    }))
}

/// The share of rows all of whose `columns` labels are right.
///
/// ```
/// use chainrule::metrics::subset_accuracy;
/// assert_eq!(subset_accuracy(&[true, false, true, true], &[true, true, true, true], 2, None)?, 0.5);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As many truths as predictions, and a weight for each row, are needed.
pub fn subset_accuracy(
    predicted: &[bool],
    truth: &[bool],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<f64, Error> {
    let rows = Rows::of_columns(predicted.len(), truth.len(), columns, weights)?;
    Ok(rows.mean(|row| {
        let of = |labels: &[bool]| labels[row * columns..][..columns].to_vec();
        f64::from(u8::from(of(predicted) == of(truth)))
    }))
}

/// The counts of each of `columns` labels.
///
/// ```
/// use chainrule::metrics::label_counts;
/// let counts = label_counts(&[true, false, true, true], &[true, true, false, true], 2, None)?;
/// assert_eq!((counts[0].false_positives, counts[1].false_negatives), (1.0, 1.0));
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// As many truths as predictions, and a weight for each row, are needed.
pub fn label_counts(
    predicted: &[bool],
    truth: &[bool],
    columns: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<Counts>, Error> {
    let rows = Rows::of_columns(predicted.len(), truth.len(), columns, weights)?;
    let mut counts = vec![Counts::default(); columns];
    for row in 0..rows.count() {
        for (column, counts) in counts.iter_mut().enumerate() {
            let place = row * columns + column;
            *counts.place(truth[place], predicted[place]) += rows.weight(row);
        }
    }
    Ok(counts)
}
