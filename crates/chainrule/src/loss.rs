//! What training makes small.

use crate::named::choices;
use crate::{Activation, Error, LayerActivation, Network, Targets};
use chainrule_graph::{Number, Symbol, ops::losses};
use chainrule_math::Algebra;

choices! {
    /// A loss. Each is the mean over the rows of the batch (one is their sum) of a number per row;
    /// y are the targets of a row, a the outputs, n their number.
    pub enum Loss: "loss" {
        /// (1 / n) sum (y - a)^2.
        MeanSquaredError = "mean_squared_error" | "mse" | "squared_error",
        /// 1/2 sum (y - a)^2: the quadratic cost 1/(2 rows) sum ||y - a||^2.
        Quadratic = "quadratic",
        /// 1/2 sum (y - a)^2 over the outputs and the rows as well: the cost of the delta rule,
        /// whose steps grow with the batch (Widrow and Hoff, 1960).
        HalfSumOfSquares = "half_sum_of_squares" | "sum_of_squares",
        /// (1 / n) sum |y - a|.
        MeanAbsoluteError = "mean_absolute_error" | "mae" | "absolute_error",
        /// (1 / n) sum h(|y - a|); h(e) is e^2 / 2 up to `delta` and delta (e - delta / 2) beyond, so
        /// that outliers do not rule (Huber, 1964).
        Huber {
            /// Where the parabola becomes a line.
            delta: f64 = 1.0, Positive;
        } = "huber",
        /// (1 / n) sum (a - y ln a): the negative log-likelihood of counts with mean a, less the
        /// part without a; computed from the logits, a being their exponential. Needs an
        /// exponential output layer.
        Poisson = "poisson",
        /// (1 / n) sum max(q e, (q - 1) e), e = y - a: smallest at the quantile q of the targets,
        /// the median at 0.5 (Koenker and Bassett, 1978). Also called pinball loss.
        Quantile {
            /// q.
            level: f64 = 0.5, Inside;
        } = "quantile" | "pinball",
        /// `-sum y ln p` over the classes, p the softmax of the last layer; computed from its logits
        /// by log-sum-exp. Needs a softmax output layer.
        CrossEntropy = "cross_entropy" | "log_loss",
        /// `-sum (y ln p + (1 - y) ln(1 - p))` over the labels, p the sigmoid of the last layer;
        /// computed from its logits. Needs a sigmoid output layer.
        BinaryCrossEntropy = "binary_cross_entropy" | "bce",
    }
}

impl Loss {
    /// The loss of each row, from the last layer's pre-activations `z` and activations `a`, and the
    /// targets `y`: rows x n -> rows x 1.
    pub(crate) fn record<'g>(self, z: Symbol<'g>, a: Symbol<'g>, y: Symbol<'g>) -> Symbol<'g> {
        match self {
            Loss::MeanSquaredError => losses::squared_error(y, a).mean_columns(),
            Loss::Quadratic | Loss::HalfSumOfSquares => {
                losses::squared_error(y, a).sum_columns() * Symbol::constant(0.5)
            }
            Loss::MeanAbsoluteError => losses::absolute_error(y, a).mean_columns(),
            Loss::Huber { delta } => losses::huber(y, a, delta).mean_columns(),
            // ln a is the logit itself, so no logarithm of a rounded 0 is taken.
            Loss::Poisson => (a - y * z).mean_columns(),
            Loss::Quantile { level } => losses::quantile(y, a, level).mean_columns(),
            Loss::CrossEntropy => -(y * z.log_softmax()).sum_columns(),
            Loss::BinaryCrossEntropy => losses::binary_cross_entropy(y, z).sum_columns(),
        }
    }

    /// The loss of each row from the probabilities `a`, kept at least `least` from 0 and 1, if it is of
    /// probabilities. A rounded probability near 1 has lost what its logit tells, so this is for whoever
    /// reports what others report, never for what is differentiated.
    pub(crate) fn of_probabilities<'g>(
        self,
        least: f64,
        a: Symbol<'g>,
        y: Symbol<'g>,
    ) -> Option<Symbol<'g>> {
        let kept = || a.maximum(Symbol::constant(least)).minimum(Symbol::constant(1.0 - least));
        Some(match self {
            Loss::CrossEntropy => -(y * kept().ln()).sum_columns(),
            Loss::BinaryCrossEntropy => {
                let (right, other) = (kept(), Symbol::ONE - kept());
                -(y * right.ln() + (Symbol::ONE - y) * other.ln()).sum_columns()
            }
            _ => return None,
        })
    }

    /// Whether the rows of a batch are summed rather than averaged.
    pub(crate) fn is_summed(self) -> bool {
        self == Loss::HalfSumOfSquares
    }

    /// Checks that targets are what the loss is made for: shares of classes or labels in [0, 1], or
    /// counts.
    pub(crate) fn check_targets<E: Number>(self, targets: &Targets<'_, E>) -> Result<(), Error> {
        let Targets::Values(values) = targets else { return Ok(()) };
        let (range, words) = match self {
            Loss::CrossEntropy | Loss::BinaryCrossEntropy => (0.0..=1.0, "numbers from 0 to 1"),
            Loss::Poisson => (0.0..=f64::MAX, "counts, 0 or above"),
            _ => return Ok(()),
        };
        match values.iter().find(|value| !range.contains(&value.to_f64())) {
            None => Ok(()),
            Some(value) => Err(Error::Examples {
                what: "targets",
                expected: format!("{words}, which the loss {self} is made for"),
                found: format!("{value}; use mean_squared_error for other numbers"),
            }),
        }
    }

    /// The loss that goes with a network's output layer: cross-entropy after a (log-)softmax, binary
    /// cross-entropy after a sigmoid, Poisson's after an exponential, else the mean squared error.
    pub fn usual_for(network: &Network) -> Loss {
        match network.layers().last().and_then(|layer| layer.activation.single()) {
            Some(Activation::Softmax | Activation::LogSoftmax) => Loss::CrossEntropy,
            Some(Activation::Sigmoid) => Loss::BinaryCrossEntropy,
            Some(Activation::Exponential) => Loss::Poisson,
            _ => Loss::MeanSquaredError,
        }
    }

    /// The output activation that the loss is computed from the logits of, if it is.
    pub fn output_activation(self) -> Option<Activation> {
        match self {
            Loss::CrossEntropy => Some(Activation::Softmax),
            Loss::BinaryCrossEntropy => Some(Activation::Sigmoid),
            Loss::Poisson => Some(Activation::Exponential),
            _ => None,
        }
    }

    /// Whether its targets are classes or labels, so that they can be smoothed.
    pub fn is_of_classes(self) -> bool {
        matches!(self, Loss::CrossEntropy | Loss::BinaryCrossEntropy)
    }

    /// Checks that the output layer is the one that the loss is computed from the logits of.
    pub(crate) fn check_output(
        self,
        layer: usize,
        activation: &LayerActivation,
    ) -> Result<(), Error> {
        match self.output_activation() {
            // The logits of a softmax are those of its logarithm.
            Some(Activation::Softmax) if activation.single() == Some(Activation::LogSoftmax) => {
                Ok(())
            }
            Some(needed) if activation.single() != Some(needed) => {
                let problem = format!(
                    "the loss {self} is computed from the logits of a {needed} output layer; give \
                     the last layer the activation {needed}, or choose another loss"
                );
                Err(Error::Network { layer, problem })
            }
            _ => Ok(()),
        }
    }
}
