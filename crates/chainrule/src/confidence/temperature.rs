//! One number that makes the probabilities of a classifier come true as often as they say.

use super::Answers;
use serde::{Deserialize, Serialize};

/// Rows that it takes at least: of fewer the right temperature cannot be told from chance.
const LEAST_ROWS: usize = 20;
/// Parts of the rows, each of which judges the temperature of the others.
const PARTS: usize = 10;
/// Temperatures are sought up to this one, and down to its inverse. One at the limit is none: the rows
/// are all wrong.
const LARGEST: f64 = 100.0;
/// Bins of the expected calibration error, as in the paper.
const BINS: usize = 15;

/// Temperature scaling: the logits are divided by one number T, which is least in log loss on the
/// validation rows (Guo, Pleiss, Sun and Weinberger, 2017, section 4.2).
///
/// ```text
/// p = softmax(z / T), or of each output sigmoid(z / T)
/// ```
///
/// With T above 1 the model claims less, below 1 more. Where all n rows are right, the least is at T = 0,
/// which claims too much: each of them is then taken for right with probability (n + 1) / (n + 2) only
/// (Platt, 1999, section 2.2). The class that is predicted stays the same.
/// It applies to tables, wherever probabilities are given or judged
/// ([`predict_table`](crate::predict_table), [`evaluate_table`](crate::evaluate_table)).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// T.
    pub temperature: f64,
    /// Validation rows that it was chosen on.
    pub rows: usize,
    /// The probabilities of these rows as the network gives them.
    pub before: ProbabilityScores,
    /// The probabilities of these rows with the temperature.
    pub after: ProbabilityScores,
}

/// How well probabilities agree with what happens.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbabilityScores {
    /// The mean of -ln p over the rows, p being the probability of what is true. Of several labels the
    /// mean over them.
    pub log_loss: f64,
    /// The expected calibration error: the answers in 15 bins by how sure the model is, the mean over the
    /// answers of |share that is right - mean of how sure it is| of their bin (Guo et al., equation 3).
    pub calibration_error: f64,
}

impl Calibration {
    /// Of answers to rows that the model has not learned from; nothing where they are too few to tell,
    /// where there is no least, or where it does not help: the temperature of nine tenths of the rows must
    /// lower the log loss of the other tenth, on average over the ten of them.
    pub(crate) fn fit(answers: &Answers) -> Option<Calibration> {
        let rows = answers.rows();
        if rows < LEAST_ROWS {
            return None;
        }
        let all: Vec<usize> = (0..rows).collect();
        let scale = best_scale(answers, &all)?;
        let mut gain = 0.0;
        for part in 0..PARTS {
            let (own, others): (Vec<usize>, Vec<usize>) =
                all.iter().partition(|row| **row % PARTS == part);
            let scale = best_scale(answers, &others)?;
            let change = |row: &usize| answers.loss(*row, 1.0)[0] - answers.loss(*row, scale)[0];
            gain += own.iter().map(change).sum::<f64>();
        }
        let of = |scale| ProbabilityScores::of(answers, scale);
        let (before, after) = (of(1.0), of(scale));
        let helps = gain > 0.0 && after.log_loss < before.log_loss;
        helps.then_some(Calibration { temperature: 1.0 / scale, rows, before, after })
    }

    pub(super) fn fault(&self) -> Option<String> {
        let range = 1.0 / LARGEST..=LARGEST;
        let scores = [self.before, self.after];
        let is_sound = |it: &ProbabilityScores| {
            it.log_loss.is_finite()
                && it.log_loss >= 0.0
                && (0.0..=1.0).contains(&it.calibration_error)
        };
        match range.contains(&self.temperature) && scores.iter().all(is_sound) {
            true => None,
            false => Some(format!("a temperature of {}, and its scores", self.temperature)),
        }
    }
}

impl ProbabilityScores {
    /// Of answers whose logits are multiplied by `scale`.
    pub(crate) fn of(answers: &Answers, scale: f64) -> ProbabilityScores {
        let rows = answers.rows();
        let log_loss = (0..rows).map(|row| answers.loss(row, scale)[0]).sum::<f64>() / rows as f64;
        let mut bins = [(0.0, 0.0); BINS];
        let mut count = 0;
        for (sure, is_right) in (0..rows).flat_map(|row| answers.answers(row, scale)) {
            // (m - 1) / 15 < p <= m / 15.
            let bin = ((sure * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            bins[bin].0 += sure;
            bins[bin].1 += f64::from(u8::from(is_right));
            count += 1;
        }
        let gap: f64 = bins.iter().map(|(sure, right)| (sure - right).abs()).sum();
        ProbabilityScores { log_loss, calibration_error: gap / f64::from(count) }
    }
}

/// The factor of the logits with the least loss on these rows: the loss is convex in it (its second
/// derivative is a variance), so Newton's steps are taken as long as they stay between factors that are
/// known to be too small and too large.
fn best_scale(answers: &Answers, rows: &[usize]) -> Option<f64> {
    let sums = |scale: f64| {
        rows.iter()
            .map(|&row| answers.loss(row, scale))
            .fold((0.0, 0.0), |sums, [_, by, twice]| (sums.0 + by, sums.1 + twice))
    };
    let (mut low, mut high) = (1.0 / LARGEST, LARGEST);
    let doubt = match sums(high).0 <= 0.0 {
        // At factor 0 the slope is (k - 1) / k times what all k answers but the right one have more, on
        // average, than this one.
        true => {
            let k = answers.choices() as f64;
            -sums(0.0).0 * k / (k - 1.0) / (rows.len() as f64 + 2.0)
        }
        false => 0.0,
    };
    let slopes = |scale: f64| {
        let (by, twice) = sums(scale);
        (by + doubt, twice)
    };
    if slopes(low).0 >= 0.0 || slopes(high).0 <= 0.0 {
        return None;
    }
    let mut scale = 1.0;
    for _ in 0..200 {
        let (by, twice) = slopes(scale);
        if by == 0.0 {
            break;
        }
        if by > 0.0 {
            high = scale
        } else {
            low = scale
        }
        let newton = scale - by / twice;
        let next = match newton > low && newton < high {
            true => newton,
            false => (low * high).sqrt(),
        };
        let is_done = (next - scale).abs() <= 1e-12 * scale;
        scale = next;
        if is_done {
            break;
        }
    }
    Some(scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confidence::answers::Form;
    use chainrule_math::random::Stream;
    use ndarray::Array2;

    /// Rows of a single logit of this size on the side of the answer, of which so many are right.
    fn one_logit(size: f64, right: usize, rows: usize) -> Answers {
        Answers {
            form: Form::Sigmoid,
            logits: Array2::from_shape_fn((rows, 1), |(row, _)| [size, -size][row % 2]),
            truth: Array2::from_shape_fn((rows, 1), |(row, _)| {
                // Spread over the rows, so that each part of them has as many.
                let is_right = (row * right) / rows != ((row + 1) * right) / rows;
                (row % 2 == 0) == is_right
            }),
            one_of_several: false,
        }
    }

    #[test]
    fn a_logit_that_is_right_three_times_in_four_becomes_that_probability() {
        let found = Calibration::fit(&one_logit(2.0, 300, 400)).unwrap();
        // sigmoid(2 / T) = 3 / 4.
        assert!((found.temperature - 2.0 / 3.0_f64.ln()).abs() < 1e-9, "{found:?}");
        let (sure, right) = (1.0 / (1.0 + (-2.0_f64).exp()), 0.75_f64);
        let loss = -right * sure.ln() - (1.0 - right) * (1.0 - sure).ln();
        assert!((found.before.log_loss - loss).abs() < 1e-12);
        assert!((found.before.calibration_error - (sure - right)).abs() < 1e-12);
        let entropy = -right * right.ln() - (1.0 - right) * (1.0 - right).ln();
        assert!((found.after.log_loss - entropy).abs() < 1e-12);
        assert!(found.after.calibration_error < 1e-9);
        assert_eq!((found.rows, found.fault()), (400, None));
    }

    #[test]
    fn a_softmax_that_claims_too_little_is_sharpened() {
        // The first of three classes has the logit 0.5, and is right in 80 of 100 rows.
        let answers = Answers {
            form: Form::Softmax,
            logits: Array2::from_shape_fn((100, 3), |(_, class)| [0.5, 0.0, 0.0][class]),
            truth: Array2::from_shape_fn((100, 3), |(row, class)| {
                class == if row % 5 < 4 { 0 } else { 1 + row / 5 % 2 }
            }),
            one_of_several: true,
        };
        let found = Calibration::fit(&answers).unwrap();
        // e^x / (e^x + 2) = 0.8 with x = 0.5 / T.
        assert!((found.temperature - 0.5 / 8.0_f64.ln()).abs() < 1e-9, "{found:?}");
        assert!(found.after.calibration_error < 1e-9 && found.before.calibration_error > 0.3);
    }

    #[test]
    fn the_factor_that_the_logits_were_multiplied_with_is_found() {
        let mut stream = Stream::new(3, "answers");
        let logits = Array2::from_shape_fn((4000, 4), |_| stream.normal());
        let mut truth = Array2::from_elem((4000, 4), false);
        for (logits, mut truth) in logits.rows().into_iter().zip(truth.rows_mut()) {
            let total: f64 = logits.iter().map(|z| z.exp()).sum();
            let mut left = stream.uniform() * total;
            let class = logits.iter().position(|z| {
                left -= z.exp();
                left <= 0.0
            });
            truth[class.unwrap_or(3)] = true;
        }
        let logits = logits * 2.5;
        let answers = Answers { form: Form::Softmax, logits, truth, one_of_several: true };
        let found = Calibration::fit(&answers).unwrap();
        assert!((found.temperature / 2.5 - 1.0).abs() < 0.1, "{found:?}");
        assert!(found.after.calibration_error < 0.5 * found.before.calibration_error);
        // No temperature near it is better.
        for near in [0.99, 1.01] {
            let loss = ProbabilityScores::of(&answers, near / found.temperature).log_loss;
            assert!(loss > found.after.log_loss);
        }
    }

    #[test]
    fn slopes_are_those_of_the_loss() {
        let mut stream = Stream::new(1, "answers");
        for form in [Form::Softmax, Form::Sigmoid] {
            let answers = Answers {
                form,
                logits: Array2::from_shape_fn((5, 3), |_| 3.0 * stream.normal()),
                truth: Array2::from_shape_fn((5, 3), |(row, output)| row % 3 == output),
                one_of_several: true,
            };
            for row in 0..5 {
                let step = 1e-4;
                let at = |scale| answers.loss(row, scale);
                let [loss, by, twice] = at(0.7);
                let differences =
                    [at(0.7 + step)[0] - at(0.7 - step)[0], at(0.7 + step)[1] - at(0.7 - step)[1]];
                let expected = differences.map(|difference| difference / (2.0 * step));
                assert!((by - expected[0]).abs() < 1e-6 && (twice - expected[1]).abs() < 1e-6);
                let logits: Vec<f64> = answers.logits.row(row).iter().map(|z| 0.7 * z).collect();
                let truths = (0..3).map(|output| (output, answers.truth[[row, output]]));
                let surprise: f64 = match form {
                    Form::Softmax => form.surprise(&logits, row % 3, true),
                    Form::Sigmoid => {
                        truths.map(|(k, holds)| form.surprise(&logits, k, holds)).sum::<f64>() / 3.0
                    }
                };
                assert!((surprise - loss).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn nothing_is_changed_where_nothing_can_be_told_or_gained() {
        // Too few; all wrong; sure as it should be.
        assert_eq!(Calibration::fit(&one_logit(2.0, 15, 19)), None);
        assert_eq!(Calibration::fit(&one_logit(2.0, 0, 100)), None);
        assert_eq!(Calibration::fit(&one_logit(3.0_f64.ln(), 300, 400)), None);
    }

    #[test]
    fn rows_that_are_all_right_make_sure_but_not_certain() {
        // sigmoid(2 / T) = 101 / 102.
        let found = Calibration::fit(&one_logit(2.0, 100, 100)).unwrap();
        assert!((found.temperature - 2.0 / 101.0_f64.ln()).abs() < 1e-9, "{found:?}");
        // e^x / (e^x + 2) = 101 / 102 with x = 0.5 / T.
        let answers = Answers {
            form: Form::Softmax,
            logits: Array2::from_shape_fn((100, 3), |(_, class)| [0.5, 0.0, 0.0][class]),
            truth: Array2::from_shape_fn((100, 3), |(_, class)| class == 0),
            one_of_several: true,
        };
        let found = Calibration::fit(&answers).unwrap();
        assert!((found.temperature - 0.5 / 202.0_f64.ln()).abs() < 1e-9, "{found:?}");
        // With one mistake the least is where it always is, though nine tenths of the rows have none.
        let found = Calibration::fit(&one_logit(2.0, 99, 100)).unwrap();
        assert!((found.temperature - 2.0 / 99.0_f64.ln()).abs() < 1e-9, "{found:?}");
        // Surer already than so few rows can tell.
        assert_eq!(Calibration::fit(&one_logit(20.0, 100, 100)), None);
    }

    #[test]
    fn numbers_that_no_training_made_are_refused() {
        let good = Calibration::fit(&one_logit(2.0, 300, 400)).unwrap();
        for temperature in [0.0, -1.0, f64::NAN, 1e3] {
            assert!(Calibration { temperature, ..good }.fault().is_some());
        }
        let after = ProbabilityScores { log_loss: -1.0, ..good.after };
        assert!(Calibration { after, ..good }.fault().is_some());
    }
}
