//! Initial weights.

use crate::named::{self, serialize_as_text};
use crate::{Activation, Error};
use chainrule_math::random::Stream;
use std::fmt;
use std::str::FromStr;

/// How the weights of a layer are drawn. Biases begin at zero.
///
/// With n_in inputs and n_out units of the layer:
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Initializer {
    /// By the activation: He for the ReLU family, LeCun for SELU, else Glorot; normal.
    Auto,
    /// N(0, sigma), sigma being the standard deviation.
    Normal {
        /// The standard deviation.
        sigma: f64,
    },
    /// N(0, 2 / (n_in + n_out)) (Glorot and Bengio, 2010, equation 12).
    GlorotNormal,
    /// U(-a, a), a = sqrt(6 / (n_in + n_out)) (Glorot and Bengio, 2010, equation 16).
    GlorotUniform,
    /// N(0, 2 / n_in) (He et al., 2015, equation 10).
    HeNormal,
    /// U(-a, a), a = sqrt(6 / n_in).
    HeUniform,
    /// N(0, 1 / n_in) (LeCun et al., 1998, section 4.6).
    LecunNormal,
    /// U(-a, a), a = sqrt(3 / n_in).
    LecunUniform,
}

impl Initializer {
    /// The names that [`FromStr`] knows.
    pub const NAMES: [&'static str; 8] = [
        "auto",
        "normal",
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "he_uniform",
        "lecun_normal",
        "lecun_uniform",
    ];

    /// Checks the standard deviation.
    pub(crate) fn check(self, layer: usize) -> Result<(), Error> {
        match self {
            Initializer::Normal { sigma } if !(sigma.is_finite() && sigma > 0.0) => {
                let problem = format!("draws weights with sigma {sigma}; give a positive number");
                Err(Error::Network { layer, problem })
            }
            _ => Ok(()),
        }
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
        let mut normal = |variance: f64| {
            (0..inputs * units).map(|_| stream.normal() * variance.sqrt()).collect()
        };
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
            Initializer::GlorotUniform => uniform(stream, inputs * units, 6.0 / fan_both),
            Initializer::HeUniform => uniform(stream, inputs * units, 6.0 / fan_in),
            Initializer::LecunUniform => uniform(stream, inputs * units, 3.0 / fan_in),
        }
    }
}

/// U(-a, a) with a^2 given.
fn uniform(stream: &mut Stream, count: usize, limit_squared: f64) -> Vec<f64> {
    let limit = limit_squared.sqrt();
    (0..count).map(|_| (2.0 * stream.uniform() - 1.0) * limit).collect()
}

impl fmt::Display for Initializer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Initializer::Auto => "auto",
            Initializer::Normal { sigma } => return write!(formatter, "normal({sigma})"),
            Initializer::GlorotNormal => "glorot_normal",
            Initializer::GlorotUniform => "glorot_uniform",
            Initializer::HeNormal => "he_normal",
            Initializer::HeUniform => "he_uniform",
            Initializer::LecunNormal => "lecun_normal",
            Initializer::LecunUniform => "lecun_uniform",
        };
        formatter.write_str(name)
    }
}

impl FromStr for Initializer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Initializer, Error> {
        let unknown = || Error::unknown("initialiser", text, &Initializer::NAMES);
        let (name, number) = named::split(text).ok_or_else(unknown)?;
        let initializer = match named::normal(name).as_str() {
            "normal" => {
                // The lectures' choice where none is named.
                let sigma = number.unwrap_or(0.1);
                return match sigma.is_finite() && sigma > 0.0 {
                    true => Ok(Initializer::Normal { sigma }),
                    false => Err(Error::setting("sigma", text, "a positive number")),
                };
            }
            "auto" => Initializer::Auto,
            "glorot" | "glorot_normal" | "xavier" | "xavier_normal" => Initializer::GlorotNormal,
            "glorot_uniform" | "xavier_uniform" => Initializer::GlorotUniform,
            "he" | "he_normal" | "kaiming" | "kaiming_normal" => Initializer::HeNormal,
            "he_uniform" | "kaiming_uniform" => Initializer::HeUniform,
            "lecun" | "lecun_normal" => Initializer::LecunNormal,
            "lecun_uniform" => Initializer::LecunUniform,
            _ => return Err(unknown()),
        };
        named::refuse_number("an initialiser", text, number)?;
        Ok(initializer)
    }
}

serialize_as_text!(Initializer);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_mean_and_variance() {
        let (inputs, units) = (400, 200);
        for (name, variance) in [
            ("normal(0.1)", 0.01),
            ("glorot_normal", 2.0 / 600.0),
            ("glorot_uniform", 2.0 / 600.0),
            ("he_normal", 2.0 / 400.0),
            ("he_uniform", 2.0 / 400.0),
            ("lecun_normal", 1.0 / 400.0),
            ("lecun_uniform", 1.0 / 400.0),
        ] {
            let initializer: Initializer = name.parse().unwrap();
            let mut stream = Stream::new(1, "weights.1");
            let weights = initializer.draw(&mut stream, inputs, units, Activation::Relu);
            let count = weights.len() as f64;
            let mean = weights.iter().sum::<f64>() / count;
            let found = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / count;
            assert!(mean.abs() < 4.0 * (variance / count).sqrt(), "{name}: mean {mean}");
            assert!((found / variance - 1.0).abs() < 0.02, "{name}: {found} for {variance}");
            assert_eq!(initializer.to_string().parse::<Initializer>().unwrap(), initializer);
        }
    }
}
