//! From the settings of a recipe to the layers of a network.

use super::Recipe;
use super::output::Output;
use crate::named::serialize_as_text;
use crate::{Activation, Dense, Error, Initializer, Network, Normalization};
use chainrule_data::Preparation;
use std::fmt;
use std::str::FromStr;

/// A skip connection: the values of layer `from` (0 for the inputs) are added to the pre-activations
/// of layer `to`.
///
/// Written as text it is `from:to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skip {
    /// The layer whose values are added.
    pub from: usize,
    /// The layer that they are added to, counted from 1; the output layer is the last.
    pub to: usize,
}

impl fmt::Display for Skip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.from, self.to)
    }
}

impl FromStr for Skip {
    type Err = Error;

    fn from_str(text: &str) -> Result<Skip, Error> {
        let parts = text.split_once(':').and_then(|(from, to)| {
            Some(Skip { from: from.trim().parse().ok()?, to: to.trim().parse().ok()? })
        });
        parts.filter(|skip| skip.from < skip.to).ok_or_else(|| {
            let expected = "written as from:to, such as 1:3 for the values of layer 1 added in layer \
                            3; layer 0 is the inputs";
            Error::setting("the skip connection", format!("{text:?}"), expected)
        })
    }
}

serialize_as_text!(Skip);

/// A setting of each layer: one for all, or as many as there are layers.
pub(crate) fn each<T: Clone>(
    setting: &str,
    given: &[T],
    usual: T,
    layers: usize,
) -> Result<Vec<T>, Error> {
    match given {
        [] => Ok(vec![usual; layers]),
        // One that was given for all is none's.
        [_] if layers == 0 => Ok(Vec::new()),
        [all] => Ok(vec![all.clone(); layers]),
        each if each.len() == layers => Ok(each.to_vec()),
        other => {
            let found = format!("a list of {}", other.len());
            let expected = format!("one for all {layers} of them, or one for each");
            Err(Error::setting(setting, found, &expected))
        }
    }
}

impl Recipe {
    /// The network for the inputs of a preparation that ends in this output layer.
    pub(super) fn network(
        &self,
        preparation: &Preparation,
        output: &Output,
    ) -> Result<Network, Error> {
        let units = self.hidden_layers();
        let hidden = units.len();
        let relu = Activation::Relu.into();
        let activations = each("the activation of hidden layers", &self.activations, relu, hidden)?;
        let usual = Normalization::None;
        let normalizations =
            each("the normalisation of hidden layers", &self.normalizations, usual, hidden)?;
        let dropout = each("the dropout of hidden layers", &self.usual_dropout(), 0.0, hidden)?;
        let initializers = each(
            "the initialiser of all layers with the output",
            &self.initializers,
            Initializer::Auto,
            hidden + 1,
        )?;
        let mut layers: Vec<Dense> = (0..hidden)
            .map(|index| Dense {
                initializer: initializers[index],
                normalization: normalizations[index],
                dropout: dropout[index],
                ..Dense::new(units[index], activations[index].clone())
            })
            .collect();
        layers.push(Dense {
            initializer: initializers[hidden],
            ..Dense::new(output.units, output.activation)
        });
        for skip in &self.skips {
            let Some(layer) = skip.to.checked_sub(1).and_then(|index| layers.get_mut(index)) else {
                let expected = format!("between layers up to {}, the output", hidden + 1);
                return Err(Error::setting("the skip connection", skip, &expected));
            };
            if layer.skip.replace(skip.from).is_some() {
                let expected = "the only one that ends in its layer";
                return Err(Error::setting("the skip connection", skip, expected));
            }
        }
        let network = Network::new(preparation.inputs()).dropout(self.input_dropout);
        let network = preparation
            .embeddings()
            .into_iter()
            .fold(network, |network, (input, levels, width)| {
                network.embedding(input, levels, width)
            });
        Ok(layers.into_iter().fold(network, Network::layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_are_read_and_written_alike() {
        assert_eq!("0:2".parse::<Skip>().unwrap(), Skip { from: 0, to: 2 });
        assert_eq!("1:3".parse::<Skip>().unwrap().to_string(), "1:3");
        for text in ["", "1", "3:1", "1:1", "a:b", "-1:2"] {
            assert!(
                text.parse::<Skip>().unwrap_err().to_string().contains("such as 1:3"),
                "{text}"
            );
        }
    }
}
