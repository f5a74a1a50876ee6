//! The activation of a layer.

use crate::named::choices;
use chainrule_graph::Symbol;
use chainrule_graph::ops::{self, Function};

choices! {
    /// What a layer does to its pre-activations z = x W + b.
    ///
    /// Written as text it is the name, with the setting in brackets where there is one:
    /// `leaky_relu(0.01)`.
    pub enum Activation: "activation" {
        /// z.
        Identity = "identity" | "linear" | "none",
        /// 1 if z > 0, else 0: the unit of the perceptron, which learns by its own rule only.
        Threshold = "threshold" | "perceptron",
        /// 1 if z >= 0, else 0; cannot be trained.
        Heaviside = "heaviside" | "step",
        /// 1 / (1 + e^-z).
        Sigmoid = "sigmoid" | "logistic",
        /// tanh z.
        Tanh = "tanh",
        /// max(0, z).
        Relu = "relu",
        /// z if z > 0, else `leak` z.
        LeakyRelu {
            /// The slope of the negative side.
            leak: f64 = 0.01, Positive;
        } = "leaky_relu",
        /// z if z > 0, else `alpha` (e^z - 1).
        Elu {
            /// The depth of the negative side.
            alpha: f64 = 1.0, Positive;
        } = "elu",
        /// The self-normalising ELU.
        Selu = "selu",
        /// z P(N(0, 1) <= z), the exact form.
        Gelu = "gelu",
        /// The tanh form of GELU.
        GeluTanh = "gelu_tanh",
        /// z tanh(softplus z).
        Mish = "mish",
        /// z sigmoid(z).
        Silu = "silu" | "swish",
        /// ln(1 + e^z).
        Softplus = "softplus",
        /// e^z: a rate, such as the mean of a Poisson distribution.
        Exponential = "exponential" | "exp",
        /// e^z over its sum along the row: the probabilities of classes.
        Softmax = "softmax",
        /// The logarithm of the softmax.
        LogSoftmax = "log_softmax",
    }
}

impl Activation {
    /// The operation on each number alone; nothing for those of a whole row.
    pub fn function(self) -> Option<Function> {
        Some(match self {
            Activation::Identity => ops::Identity.into(),
            Activation::Threshold => ops::Threshold.into(),
            Activation::Heaviside => ops::Heaviside.into(),
            Activation::Sigmoid => ops::Sigmoid.into(),
            Activation::Tanh => ops::Tanh.into(),
            Activation::Relu => ops::Relu.into(),
            Activation::LeakyRelu { leak } => ops::LeakyRelu { leak }.into(),
            Activation::Elu { alpha } => ops::Elu { alpha }.into(),
            Activation::Selu => ops::Selu.into(),
            Activation::Gelu => ops::Gelu.into(),
            Activation::GeluTanh => ops::GeluTanh.into(),
            Activation::Mish => ops::Mish.into(),
            Activation::Silu => ops::Silu.into(),
            Activation::Softplus => ops::Softplus.into(),
            Activation::Exponential => ops::Exp.into(),
            Activation::Softmax | Activation::LogSoftmax => return None,
        })
    }

    /// Whether a unit with two flat ends (sigmoid or tanh) that gives `a` lies on one of them: where
    /// its slope is below a hundredth of the largest, so that hardly any gradient comes through.
    ///
    /// ```
    /// use chainrule::Activation;
    /// assert!(Activation::Sigmoid.is_saturated(0.999) && !Activation::Sigmoid.is_saturated(0.9));
    /// assert!(!Activation::Relu.is_saturated(0.0)); // it is off
    /// ```
    pub fn is_saturated(self, a: f64) -> bool {
        let steepest = match self {
            Activation::Sigmoid => 0.5,
            Activation::Tanh => 0.0,
            _ => return false,
        };
        // Both find their slope from what they give.
        let slope = |a: f64| self.function().map_or(0.0, |function| function.slope(a));
        slope(a) < 0.01 * slope(steepest)
    }

    /// Records the activation of `z`.
    pub(crate) fn record<'g>(self, z: Symbol<'g>) -> Symbol<'g> {
        match self {
            Activation::Identity => z,
            Activation::Softmax => z.softmax(),
            Activation::LogSoftmax => z.log_softmax(),
            _ => z.apply(self.function().expect("the others are of each number alone")),
        }
    }
}

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
