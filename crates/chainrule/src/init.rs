//! Initial weights.

mod orthogonal;

use crate::named::choices;
use crate::{Activation, Error};
use chainrule_math::random::Stream;

choices! {
    /// How the weights of a layer are drawn. Biases begin at zero.
    ///
    /// With n_in inputs and n_out units of the layer:
    #[derive(Default)]
    pub enum Initializer: "initialiser" {
        /// By the activation: He for the ReLU family, LeCun for SELU, else Glorot; normal.
        #[default]
        Auto = "auto",
        /// N(0, sigma), sigma being the standard deviation.
        Normal {
            /// The standard deviation; the lectures' choice where none is named.
            sigma: f64 = 0.1, Positive;
        } = "normal",
        /// U(-limit, limit).
        Uniform {
            /// The largest magnitude.
            limit: f64 = 0.1, Positive;
        } = "uniform",
        /// N(0, 2 / (n_in + n_out)) (Glorot and Bengio, 2010, equation 12).
        GlorotNormal = "glorot_normal" | "glorot" | "xavier" | "xavier_normal",
        /// U(-a, a), a = sqrt(6 / (n_in + n_out)) (Glorot and Bengio, 2010, equation 16).
        GlorotUniform = "glorot_uniform" | "xavier_uniform",
        /// N(0, 2 / n_in) (He et al., 2015, equation 10).
        HeNormal = "he_normal" | "he" | "kaiming" | "kaiming_normal",
        /// U(-a, a), a = sqrt(6 / n_in).
        HeUniform = "he_uniform" | "kaiming_uniform",
        /// N(0, 1 / n_in) (LeCun et al., 1998, section 4.6).
        LecunNormal = "lecun_normal" | "lecun",
        /// U(-a, a), a = sqrt(3 / n_in).
        LecunUniform = "lecun_uniform",
        /// A random matrix whose rows or columns, whichever are fewer, are orthogonal and of length
        /// `gain` (Saxe et al., 2014, section 3): uniform over all such matrices.
        Orthogonal {
            /// The length.
            gain: f64 = 1.0, Positive;
        } = "orthogonal",
        /// All the same, so that the units of a layer can stay equal for ever: for demonstrations.
        Constant {
            /// Every weight.
            value: f64 = 0.1, Any;
        } = "constant",
        /// All zero: the units of a layer stay equal for ever. For demonstrations.
        Zeros = "zeros" | "zero",
    }
}

impl Initializer {
    /// Checks the numbers.
    pub(crate) fn check(self, layer: usize) -> Result<(), Error> {
        self.check_numbers().map_err(|error| {
            let problem = format!("cannot draw its weights: {error}");
            Error::Network { layer, problem }
        })
    }

    /// `inputs x units` weights, row by row.
    pub(crate) fn draw(
        self,
        stream: &mut Stream,
        inputs: usize,
        units: usize,
        activation: Activation,
    ) -> Vec<f64> {
        let (fan_in, fan_both) = (inputs as f64, (inputs + units) as f64);
        let count = inputs * units;
        let mut normal = |variance: f64| normal(stream, count, variance.sqrt());
        match self {
            Initializer::Auto => {
                let chosen = match activation {
                    Activation::Relu
                    | Activation::LeakyRelu { .. }
                    | Activation::Elu { .. }
                    | Activation::Gelu
                    | Activation::GeluTanh
                    | Activation::Mish
                    | Activation::Silu
                    | Activation::Softplus => Initializer::HeNormal,
                    Activation::Selu => Initializer::LecunNormal,
                    _ => Initializer::GlorotNormal,
                };
                chosen.draw(stream, inputs, units, activation)
            }
            Initializer::Normal { sigma } => normal(sigma * sigma),
            Initializer::GlorotNormal => normal(2.0 / fan_both),
            Initializer::HeNormal => normal(2.0 / fan_in),
            Initializer::LecunNormal => normal(1.0 / fan_in),
            Initializer::Uniform { limit } => uniform(stream, count, limit),
            Initializer::GlorotUniform => uniform(stream, count, (6.0 / fan_both).sqrt()),
            Initializer::HeUniform => uniform(stream, count, (6.0 / fan_in).sqrt()),
            Initializer::LecunUniform => uniform(stream, count, (3.0 / fan_in).sqrt()),
            Initializer::Orthogonal { gain } => orthogonal::draw(stream, inputs, units, gain),
            Initializer::Constant { value } => vec![value; count],
            Initializer::Zeros => vec![0.0; count],
        }
    }
}

/// N(0, sigma).
fn normal(stream: &mut Stream, count: usize, sigma: f64) -> Vec<f64> {
    (0..count).map(|_| stream.normal() * sigma).collect()
}

/// U(-limit, limit).
fn uniform(stream: &mut Stream, count: usize, limit: f64) -> Vec<f64> {
    (0..count).map(|_| (2.0 * stream.uniform() - 1.0) * limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_mean_and_variance() {
        let (inputs, units) = (400, 200);
        for (name, variance) in [
            ("normal(0.1)", 0.01),
            ("uniform(0.3)", 0.03),
            ("glorot_normal", 2.0 / 600.0),
            ("glorot_uniform", 2.0 / 600.0),
            ("he_normal", 2.0 / 400.0),
            ("he_uniform", 2.0 / 400.0),
            ("lecun_normal", 1.0 / 400.0),
            ("lecun_uniform", 1.0 / 400.0),
            ("orthogonal(2)", 4.0 / 400.0),
        ] {
            let initializer: Initializer = name.parse().unwrap();
            let mut stream = Stream::new(1, "weights.1");
            let weights = initializer.draw(&mut stream, inputs, units, Activation::Relu);
            let count = weights.len() as f64;
            let mean = weights.iter().sum::<f64>() / count;
            let found = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / count;
            assert!(mean.abs() < 4.0 * (variance / count).sqrt(), "{name}: mean {mean}");
            assert!((found / variance - 1.0).abs() < 0.02, "{name}: {found} for {variance}");
            let largest = weights.iter().fold(0.0_f64, |most, weight| most.max(weight.abs()));
            let limit = (3.0 * variance).sqrt();
            assert_eq!(name.contains("uniform"), largest <= limit, "{name}: {largest}");
            assert_eq!(initializer.to_string().parse::<Initializer>().unwrap(), initializer);
        }
    }

    #[test]
    fn constant_and_zeros_are_what_they_say() {
        let mut stream = Stream::new(1, "weights.1");
        let mut draw = |text: &str| {
            text.parse::<Initializer>().unwrap().draw(&mut stream, 2, 3, Activation::Tanh)
        };
        assert_eq!(draw("constant(-0.5)"), [-0.5; 6]);
        assert_eq!(draw("zeros"), [0.0; 6]);
    }
}
