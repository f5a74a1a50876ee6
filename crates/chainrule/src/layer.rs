//! A layer, described.

use crate::named::{choices, serialize_as_text};
use crate::{Activation, Error, Initializer};
use chainrule_graph::Symbol;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A dense layer: from the values `x` of the layer before it, rows x n_in, it computes
///
/// z = n(x W) + b + s and a = g(z),
///
/// n being its normalisation, s the values of an earlier layer if it has a skip connection, and g its
/// activation; in training some of a is dropped. W is n_in x units.
///
/// ```
/// use chainrule::{Activation, Dense, Network, Normalization};
/// let block = Dense { normalization: Normalization::LAYER, skip: Some(1), ..Dense::new(32, Activation::Relu) };
/// let network = Network::new(10).dense(32, Activation::Relu).layer(block).dense(1, Activation::Identity);
/// assert_eq!(network.layers()[1].skip, Some(1)); // the values of the first layer are added
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Units.
    pub units: usize,
    /// The activation, or those of groups of units.
    pub activation: LayerActivation,
    /// How its weights are drawn.
    #[serde(default)]
    pub initializer: Initializer,
    /// What is done with x W before the bias is added.
    #[serde(default)]
    pub normalization: Normalization,
    /// The layer whose values are added to z: 0 for the inputs, 1 for the first layer, and so on; it
    /// must have as many units (He et al., 2016, figure 2).
    #[serde(default)]
    pub skip: Option<usize>,
    /// Share of its units that is dropped in training, in [0, 1).
    #[serde(default)]
    pub dropout: f64,
}

impl Dense {
    /// A layer with the usual settings: no normalisation, no skip connection, no dropout.
    pub fn new(units: usize, activation: impl Into<LayerActivation>) -> Dense {
        Dense {
            units,
            activation: activation.into(),
            initializer: Initializer::Auto,
            normalization: Normalization::None,
            skip: None,
            dropout: 0.0,
        }
    }
}

choices! {
    /// What is done with u = x W before the bias is added. The normalised numbers are multiplied by
    /// a learned scale for each unit, at first 1.
    #[derive(Default)]
    pub enum Normalization: "normalisation" {
        /// Nothing.
        #[default]
        None = "none",
        /// (u - mean) / sqrt(variance + epsilon), of each unit over the rows of the batch (Ioffe and
        /// Szegedy, 2015, algorithm 1). For predictions the running mean and variance stand for
        /// them: after each step they move by `momentum` towards those of the batch (its variance
        /// over rows - 1). A batch must have two rows at least.
        Batch {
            /// How far the running mean and variance move in each step.
            momentum: f64 = 0.1, UpToOne;
            /// Keeps the division from zero.
            epsilon: f64 = 1e-5, Positive;
        } = "batch" | "batch_norm",
        /// (u - mean) / sqrt(variance + epsilon), of each row over the units of the layer (Ba et al.,
        /// 2016, equation 4).
        Layer {
            /// Keeps the division from zero.
            epsilon: f64 = 1e-5, Positive;
        } = "layer" | "layer_norm",
    }
}

impl Normalization {
    /// Over the batch, with the usual settings.
    pub const BATCH: Normalization = Normalization::Batch { momentum: 0.1, epsilon: 1e-5 };
    /// Over the layer, with the usual settings.
    pub const LAYER: Normalization = Normalization::Layer { epsilon: 1e-5 };

    /// Whether it looks at the other rows of the batch.
    pub fn is_over_batch(self) -> bool {
        matches!(self, Normalization::Batch { .. })
    }
}

/// The activation of a layer's units: one for all, or several, each for a group of neighbouring units.
///
/// Written as text it is an [`Activation`], or groups with their numbers of units: `tanh:8+relu:24`.
#[derive(Clone, PartialEq, Debug)]
pub enum LayerActivation {
    /// All units have this one.
    Whole(Activation),
    /// So many units have this one, the next so many that one, and so on.
    Groups(Vec<(usize, Activation)>),
}

impl From<Activation> for LayerActivation {
    fn from(activation: Activation) -> LayerActivation {
        LayerActivation::Whole(activation)
    }
}

impl LayerActivation {
    /// The activation of all units, if it is one.
    pub fn single(&self) -> Option<Activation> {
        match self {
            LayerActivation::Whole(activation) => Some(*activation),
            LayerActivation::Groups(groups) => match groups.as_slice() {
                [(_, activation)] => Some(*activation),
                _ => None,
            },
        }
    }

    /// The activation whose initial weights suit the layer: of the largest group.
    pub(crate) fn main(&self) -> Activation {
        match self {
            LayerActivation::Whole(activation) => *activation,
            LayerActivation::Groups(groups) => {
                let first = groups.iter().rev().max_by_key(|(units, _)| *units);
                first.map_or(Activation::Identity, |(_, activation)| *activation)
            }
        }
    }

    /// Checks the numbers of the activations, and that the groups are all of the `units`.
    pub(crate) fn check(&self, layer: usize, units: usize) -> Result<(), Error> {
        let problem = |problem: String| Error::Network { layer, problem };
        let numbers = |activation: &Activation| {
            activation.check_numbers().map_err(|error| problem(error.to_string()))
        };
        match self {
            LayerActivation::Whole(activation) => numbers(activation),
            LayerActivation::Groups(groups) => {
                groups.iter().try_for_each(|(_, activation)| numbers(activation))?;
                let sum =
                    groups.iter().fold(0, |sum: usize, (count, _)| sum.saturating_add(*count));
                match sum == units && groups.iter().all(|(count, _)| *count > 0) {
                    true => Ok(()),
                    false => Err(problem(format!(
                        "has {units} units, but the groups of its activation {self} have {sum}; give \
                         each group its units, all of them together"
                    ))),
                }
            }
        }
    }

    /// Records the activation of `z`.
    pub(crate) fn record<'g>(&self, z: Symbol<'g>) -> Symbol<'g> {
        match self {
            LayerActivation::Whole(activation) => activation.record(z),
            LayerActivation::Groups(groups) => {
                let mut start = 0;
                let parts = groups.iter().map(|&(units, activation)| {
                    let part = activation.record(z.slice_columns(start, units));
                    start += units;
                    part
                });
                parts.reduce(Symbol::concatenate).unwrap_or(z)
            }
        }
    }
}

impl fmt::Display for LayerActivation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerActivation::Whole(activation) => activation.fmt(formatter),
            LayerActivation::Groups(groups) => {
                let groups =
                    groups.iter().map(|(units, activation)| format!("{activation}:{units}"));
                formatter.write_str(&groups.collect::<Vec<_>>().join("+"))
            }
        }
    }
}

impl FromStr for LayerActivation {
    type Err = Error;

    fn from_str(text: &str) -> Result<LayerActivation, Error> {
        if !text.contains([':', '+']) {
            return Ok(LayerActivation::Whole(text.parse()?));
        }
        let group = |group: &str| match group.rsplit_once(':') {
            Some((activation, units)) => match units.trim().parse() {
                Ok(units) if units > 0 => Ok((units, activation.parse()?)),
                _ => Err(Error::setting(
                    format!("the number of units of the group {:?}", group.trim()),
                    format!("{:?}", units.trim()),
                    "a whole number of at least 1",
                )),
            },
            None => Err(Error::setting(
                format!("the group {:?}", group.trim()),
                "without its number of units",
                "written as in tanh:8+relu:24",
            )),
        };
        Ok(LayerActivation::Groups(text.split('+').map(group).collect::<Result<_, _>>()?))
    }
}

serialize_as_text!(LayerActivation);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_and_written_alike() {
        let groups: LayerActivation = "tanh:8 + elu(0.5):2".parse().unwrap();
        assert_eq!(groups.to_string(), "tanh:8+elu(0.5):2");
        assert_eq!(groups.main(), Activation::Tanh);
        assert_eq!(groups.single(), None);
        let whole: LayerActivation = "relu".parse().unwrap();
        assert_eq!(whole.single(), Some(Activation::Relu));
        let message = |text: &str| text.parse::<LayerActivation>().unwrap_err().to_string();
        assert!(message("tanh:8+relu").contains("tanh:8+relu:24"));
        assert!(message("tanh:0+relu:2").contains("whole number of at least 1"));
        assert!(message("tnh:8+relu:2").contains("did you mean \"tanh\""));
        assert!(groups.check(1, 10).is_ok());
        assert!(groups.check(1, 11).unwrap_err().to_string().contains("have 10"));
    }
}
