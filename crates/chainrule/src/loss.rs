//! What training makes small.

use crate::named::{self, serialize_as_text};
use crate::{Activation, Error, Network, Targets};
use chainrule_graph::{Number, Symbol, ops};
use chainrule_math::Algebra;
use std::fmt;
use std::str::FromStr;

/// A loss. Each is the mean over the rows of the batch of a number per row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// (1 / n) sum (y - a)^2 over the n outputs of a row.
    MeanSquaredError,
    /// 1/2 sum (y - a)^2 over the outputs of a row: the quadratic cost 1/(2 rows) sum ||y - a||^2.
    Quadratic,
    /// `-sum y ln p` over the classes, p the softmax of the last layer; computed from its logits by
    /// log-sum-exp. Needs a softmax output layer.
    CrossEntropy,
    /// `-sum (y ln p + (1 - y) ln(1 - p))` over the labels, p the sigmoid of the last layer;
    /// computed from its logits. Needs a sigmoid output layer.
    BinaryCrossEntropy,
}

impl Loss {
    /// The names that [`FromStr`] knows.
    pub const NAMES: [&'static str; 4] =
        ["mean_squared_error", "quadratic", "cross_entropy", "binary_cross_entropy"];

    /// The loss of each row, from the last layer's pre-activations `z` and activations `a`, and the
    /// targets `y`: rows x n -> rows x 1.
    pub(crate) fn record<'g>(self, z: Symbol<'g>, a: Symbol<'g>, y: Symbol<'g>) -> Symbol<'g> {
        let squares = || (a - y).apply(ops::Power { exponent: 2.0 });
        match self {
            Loss::MeanSquaredError => squares().mean_columns(),
            Loss::Quadratic => squares().sum_columns() * Symbol::constant(0.5),
            Loss::CrossEntropy => -(y * z.log_softmax()).sum_columns(),
            // ln(1 + e^z) - y z: the same as the definition, without the logarithm of a rounded 0.
            Loss::BinaryCrossEntropy => (z.apply(ops::Softplus) - y * z).sum_columns(),
        }
    }

    /// Checks that targets are what the loss is made for: shares of classes or labels in [0, 1].
    pub(crate) fn check_targets<E: Number>(self, targets: &Targets<'_, E>) -> Result<(), Error> {
        let Targets::Values(values) = targets else { return Ok(()) };
        if self.output_activation().is_none() {
            return Ok(());
        }
        match values.iter().find(|value| !(0.0..=1.0).contains(&value.to_f64())) {
            None => Ok(()),
            Some(value) => Err(Error::Examples {
                what: "targets",
                expected: format!("numbers from 0 to 1, which the loss {self} is made for"),
                found: format!("{value}; use mean_squared_error for other numbers"),
            }),
        }
    }

    /// The loss that goes with a network's output layer: cross-entropy after a softmax, binary
    /// cross-entropy after a sigmoid, else the mean squared error.
    pub fn usual_for(network: &Network) -> Loss {
        match network.layers().last().map(|layer| layer.activation) {
            Some(Activation::Softmax) => Loss::CrossEntropy,
            Some(Activation::Sigmoid) => Loss::BinaryCrossEntropy,
            _ => Loss::MeanSquaredError,
        }
    }

    /// The output activation that the loss is computed from the logits of, if it is.
    pub fn output_activation(self) -> Option<Activation> {
        match self {
            Loss::CrossEntropy => Some(Activation::Softmax),
            Loss::BinaryCrossEntropy => Some(Activation::Sigmoid),
            Loss::MeanSquaredError | Loss::Quadratic => None,
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Loss::MeanSquaredError => "mean_squared_error",
            Loss::Quadratic => "quadratic",
            Loss::CrossEntropy => "cross_entropy",
            Loss::BinaryCrossEntropy => "binary_cross_entropy",
        })
    }
}

impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Loss, Error> {
        match named::normal(text.trim()).as_str() {
            "mean_squared_error" | "mse" => Ok(Loss::MeanSquaredError),
            "quadratic" => Ok(Loss::Quadratic),
            "cross_entropy" => Ok(Loss::CrossEntropy),
            "binary_cross_entropy" | "bce" => Ok(Loss::BinaryCrossEntropy),
            _ => Err(Error::unknown("loss", text, &Loss::NAMES)),
        }
    }
}

serialize_as_text!(Loss);
