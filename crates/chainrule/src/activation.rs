//! The activation of a layer.

use crate::Error;
use crate::named::{self, serialize_as_text};
use chainrule_graph::{Symbol, ops};
use std::fmt;
use std::str::FromStr;

/// What a layer does to its pre-activations z = x W + b.
///
/// Written as text it is the name, with the setting in brackets where there is one:
/// `leaky_relu(0.01)`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Activation {
    /// z.
    Identity,
    /// 1 if z >= 0, else 0; cannot be trained.
    Heaviside,
    /// 1 / (1 + e^-z).
    Sigmoid,
    /// tanh z.
    Tanh,
    /// max(0, z).
    Relu,
    /// z if z > 0, else `leak` z.
    LeakyRelu {
        /// The slope of the negative side.
        leak: f64,
    },
    /// z if z > 0, else `alpha` (e^z - 1).
    Elu {
        /// The depth of the negative side.
        alpha: f64,
    },
    /// The self-normalising ELU.
    Selu,
    /// z P(N(0, 1) <= z), the exact form.
    Gelu,
    /// The tanh form of GELU.
    GeluTanh,
    /// z tanh(softplus z).
    Mish,
    /// z sigmoid(z).
    Silu,
    /// ln(1 + e^z).
    Softplus,
    /// e^z over its sum along the row: the probabilities of classes.
    Softmax,
    /// The logarithm of the softmax.
    LogSoftmax,
}

impl Activation {
    /// The names that [`FromStr`] knows.
    pub const NAMES: [&'static str; 15] = [
        "identity",
        "heaviside",
        "sigmoid",
        "tanh",
        "relu",
        "leaky_relu",
        "elu",
        "selu",
        "gelu",
        "gelu_tanh",
        "mish",
        "silu",
        "softplus",
        "softmax",
        "log_softmax",
    ];

    /// Records the activation of `z`.
    pub(crate) fn record<'g>(self, z: Symbol<'g>) -> Symbol<'g> {
        match self {
            Activation::Identity => z,
            Activation::Heaviside => z.apply(ops::Heaviside),
            Activation::Sigmoid => z.apply(ops::Sigmoid),
            Activation::Tanh => z.apply(ops::Tanh),
            Activation::Relu => z.apply(ops::Relu),
            Activation::LeakyRelu { leak } => z.apply(ops::LeakyRelu { leak }),
            Activation::Elu { alpha } => z.apply(ops::Elu { alpha }),
            Activation::Selu => z.apply(ops::Selu),
            Activation::Gelu => z.apply(ops::Gelu),
            Activation::GeluTanh => z.apply(ops::GeluTanh),
            Activation::Mish => z.apply(ops::Mish),
            Activation::Silu => z.apply(ops::Silu),
            Activation::Softplus => z.apply(ops::Softplus),
            Activation::Softmax => z.softmax(),
            Activation::LogSoftmax => z.log_softmax(),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Activation::Identity => "identity",
            Activation::Heaviside => "heaviside",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
            Activation::Relu => "relu",
            Activation::LeakyRelu { leak } => return write!(formatter, "leaky_relu({leak})"),
            Activation::Elu { alpha } => return write!(formatter, "elu({alpha})"),
            Activation::Selu => "selu",
            Activation::Gelu => "gelu",
            Activation::GeluTanh => "gelu_tanh",
            Activation::Mish => "mish",
            Activation::Silu => "silu",
            Activation::Softplus => "softplus",
            Activation::Softmax => "softmax",
            Activation::LogSoftmax => "log_softmax",
        };
        formatter.write_str(name)
    }
}

impl FromStr for Activation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Activation, Error> {
        let unknown = || Error::unknown("activation", text, &Activation::NAMES);
        let (name, number) = named::split(text).ok_or_else(unknown)?;
        let within = |default: f64| match number.unwrap_or(default) {
            value if value.is_finite() && value > 0.0 => Ok(value),
            _ => Err(Error::setting("the setting of an activation", text, "a positive number")),
        };
        let activation = match named::normal(name).as_str() {
            "leaky_relu" => return Ok(Activation::LeakyRelu { leak: within(0.01)? }),
            "elu" => return Ok(Activation::Elu { alpha: within(1.0)? }),
            "identity" | "linear" | "none" => Activation::Identity,
            "heaviside" | "step" => Activation::Heaviside,
            "sigmoid" | "logistic" => Activation::Sigmoid,
            "tanh" => Activation::Tanh,
            "relu" => Activation::Relu,
            "selu" => Activation::Selu,
            "gelu" => Activation::Gelu,
            "gelu_tanh" => Activation::GeluTanh,
            "mish" => Activation::Mish,
            "silu" | "swish" => Activation::Silu,
            "softplus" => Activation::Softplus,
            "softmax" => Activation::Softmax,
            "log_softmax" => Activation::LogSoftmax,
            _ => return Err(unknown()),
        };
        named::refuse_number("an activation", text, number)?;
        Ok(activation)
    }
}

serialize_as_text!(Activation);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written_alike() {
        for name in Activation::NAMES {
            let activation: Activation = name.parse().unwrap();
            assert_eq!(activation, activation.to_string().parse().unwrap());
            assert!(activation.to_string().starts_with(name));
        }
        assert_eq!("leaky_relu(0.2)".parse::<Activation>().unwrap().to_string(), "leaky_relu(0.2)");
    }

    #[test]
    fn a_misspelt_name_suggests_the_nearest() {
        let message = "rleu".parse::<Activation>().unwrap_err().to_string();
        assert!(message.contains("did you mean \"relu\"?"), "{message}");
        assert!("relu(3)".parse::<Activation>().is_err());
        assert!("elu(-1)".parse::<Activation>().is_err());
        assert!("elu(1".parse::<Activation>().is_err());
    }
}
