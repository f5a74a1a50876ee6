//! What a classifier says of rows, as logits, with what is true of them.

use crate::examples::Targets;
use crate::{Activation, Model};
use chainrule_math::Algebra;
use ndarray::{Array2, ArrayView1};

/// How the outputs of a classifier stand for classes or labels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// One for each class, whose probabilities add up to 1.
    Softmax,
    /// Each by itself: one of two classes, one class of several, or labels.
    Sigmoid,
}

impl Form {
    /// Of a network that ends in probabilities; nothing for another.
    pub(crate) fn of(model: &Model) -> Option<Form> {
        match model.network().layers().last()?.activation.single()? {
            Activation::Softmax => Some(Form::Softmax),
            Activation::Sigmoid => Some(Form::Sigmoid),
            _ => None,
        }
    }

    /// -ln of the probability that an output holds, or does not (of a sigmoid): without loss where the
    /// probability is all but 1.
    pub(crate) fn surprise(self, logits: &[f64], output: usize, holds: bool) -> f64 {
        match self {
            // ln(1 + sum over the others of e^(z_k - z_y)), from the largest difference.
            Form::Softmax => {
                let mut differences =
                    others(logits.len(), output).map(|k| logits[k] - logits[output]);
                let largest = differences.clone().fold(f64::NEG_INFINITY, f64::max);
                match largest <= 0.0 {
                    true => Algebra::log1p(differences.map(Algebra::exp).sum::<f64>()),
                    false => {
                        let first = differences.by_ref().map(|it| Algebra::exp(it - largest));
                        largest + Algebra::ln(Algebra::exp(-largest) + first.sum::<f64>())
                    }
                }
            }
            Form::Sigmoid => softplus(if holds { -logits[output] } else { logits[output] }),
        }
    }
}

fn others(count: usize, one: usize) -> impl Iterator<Item = usize> + Clone {
    (0..count).filter(move |it| *it != one)
}

/// ln(1 + e^x).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + Algebra::log1p(Algebra::exp(-x.abs()))
}

/// Rows of logits and the truth about them.
pub(crate) struct Answers {
    pub(crate) form: Form,
    /// rows x outputs.
    pub(crate) logits: Array2<f64>,
    /// For each row whether each output holds.
    pub(crate) truth: Array2<bool>,
    /// Whether a row has one class, so that its largest output is the answer; else every output answers
    /// for itself.
    pub(crate) one_of_several: bool,
}

impl Answers {
    /// Of a classifier on some rows; nothing for a network that does not end in probabilities.
    pub(crate) fn new(
        model: &Model,
        logits: &Array2<f32>,
        targets: &Targets<'_, f32>,
    ) -> Option<Answers> {
        let form = Form::of(model)?;
        let shape = logits.dim();
        let truth = match targets {
            Targets::Values(values) => values.mapv(|value| value >= 0.5),
            Targets::Classes(classes) if shape.1 == 1 => {
                Array2::from_shape_fn(shape, |(row, _)| classes[row] == 1)
            }
            Targets::Classes(classes) => {
                Array2::from_shape_fn(shape, |(row, output)| classes[row] == output as u32)
            }
        };
        let one_of_several = shape.1 > 1 && matches!(targets, Targets::Classes(_));
        Some(Answers { form, logits: logits.mapv(f64::from), truth, one_of_several })
    }

    /// Answers of which each output or, of several classes, each row gives one.
    pub(crate) fn choices(&self) -> usize {
        match self.form {
            Form::Softmax => self.logits.ncols(),
            Form::Sigmoid => 2,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.logits.nrows()
    }

    /// The loss of a row with its logits times `scale`, -ln of the probability of what is true, and its
    /// first two derivatives by the scale. Of several sigmoids the mean.
    pub(crate) fn loss(&self, row: usize, scale: f64) -> [f64; 3] {
        let (logits, truth) = (self.logits.row(row), self.truth.row(row));
        match self.form {
            Form::Softmax => softmax_loss(logits, truth, scale),
            Form::Sigmoid => {
                let mut sums = [0.0; 3];
                for (&z, &holds) in logits.iter().zip(truth) {
                    // How far the logit is on the wrong side.
                    let wrong = if holds { -z } else { z };
                    let p = sigmoid(scale * wrong);
                    let terms = [softplus(scale * wrong), wrong * p, wrong * wrong * p * (1.0 - p)];
                    sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
                }
                sums.map(|sum| sum / logits.len() as f64)
            }
        }
    }

    /// What the model answers to a row, with its logits times `scale`: how sure it is, and whether it is
    /// right. Several answers where outputs answer for themselves.
    pub(crate) fn answers(&self, row: usize, scale: f64) -> Vec<(f64, bool)> {
        let (logits, truth) = (self.logits.row(row), self.truth.row(row));
        if !self.one_of_several {
            let answer =
                |(&z, &holds): (&f64, &bool)| (sigmoid(scale * z.abs()), (z >= 0.0) == holds);
            return logits.iter().zip(truth).map(answer).collect();
        }
        let mut best = 0;
        for (output, &z) in logits.iter().enumerate() {
            if z > logits[best] {
                best = output;
            }
        }
        let sure = match self.form {
            Form::Sigmoid => sigmoid(scale * logits[best]),
            Form::Softmax => {
                let rest = logits.iter().map(|z| Algebra::exp(scale * (z - logits[best])));
                1.0 / rest.sum::<f64>()
            }
        };
        vec![(sure, truth[best])]
    }
}

fn softmax_loss(logits: ArrayView1<'_, f64>, truth: ArrayView1<'_, bool>, scale: f64) -> [f64; 3] {
    let right = truth.iter().position(|holds| *holds).expect("every row has a class");
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Moments of z - z_y under the probabilities.
    let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
    for &z in logits {
        let (share, from) = (Algebra::exp(scale * (z - largest)), z - logits[right]);
        total += share;
        first += share * from;
        second += share * from * from;
    }
    let (mean, square) = (first / total, second / total);
    let loss = Algebra::ln(total) + scale * (largest - logits[right]);
    [loss, mean, square - mean * mean]
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + Algebra::exp(-x))
}
