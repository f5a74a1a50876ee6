//! A loss of one's own, as an expression.

use crate::{Error, Loss, Network, Training};
use chainrule_graph::{Graph, Shape, Symbol, parse_only};
use serde::{Deserialize, Serialize};

/// A loss of one's own: an expression (see [`chainrule_graph::parse`]) in
///
/// - `y`, the targets, smoothed if labels are (rows x outputs),
/// - `a`, the outputs (rows x outputs),
/// - `z`, the pre-activations of the last layer (rows x outputs).
///
/// Its value is a number for each row and output (rows x outputs), of which those of a row are added
/// up, or a number for each row (rows x 1). The loss of a batch is the mean over its rows.
///
/// ```
/// use chainrule::train::OwnLoss;
/// use chainrule::{Activation, Examples, Model, Network, Training};
/// use ndarray::array;
/// let inputs = array![[0.0_f64], [1.0], [2.0]];
/// let values = array![[1.0], [3.0], [50.0]];
/// let examples = Examples::values(inputs.view(), values.view())?;
/// let network = Network::new(1).dense(1, Activation::Identity);
/// let mut model: Model<f64> = network.build(1)?;
/// // Grows with the logarithm of the error, so that the last row hardly counts (Cauchy, 1853).
/// let own_loss = Some(OwnLoss::new("log1p((y - a)^2)"));
/// let descent = chainrule::optim::Sgd { learning_rate: 0.1 };
/// let training = Training { own_loss, ..Training::new(&network) };
/// training.optimizer(descent).epochs(2000).fit(&mut model, &examples)?;
/// assert!((model.weights(0)[[0, 0]] - 2.0).abs() < 0.1);
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnLoss {
    text: String,
}

/// What the text may read.
const NAMES: [&str; 3] = ["y", "a", "z"];

impl OwnLoss {
    /// The loss that a text describes. It is checked when a training with it is.
    pub fn new(text: impl Into<String>) -> OwnLoss {
        OwnLoss { text: text.into() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Checks that the text is an expression of the right shape that a network can learn from.
    ///
    /// # Errors
    /// What is wrong, where, and what to do.
    pub fn check(&self, outputs: usize) -> Result<(), Error> {
        let wrong = |problem: String| Error::OwnLoss { problem };
        let graph = Graph::new();
        let names = NAMES.map(|name| (name, graph.input(name, Shape::batch(outputs))));
        let parsed = parse_only(&graph, &self.text, &names);
        let parsed = parsed.map_err(|error| wrong(error.to_string()))?;
        let shape = parsed.result.shape();
        if ![Shape::batch(outputs), Shape::batch(1)].contains(&shape) {
            let of_outputs = match outputs {
                1 => String::new(),
                _ => format!("a number for each row and output (batch x {outputs}) or "),
            };
            return Err(wrong(format!(
                "expected {of_outputs}one for each row (batch x 1), found {shape}; the mean over the \
                 rows is taken by the training, so leave out sums and means of rows"
            )));
        }
        if !parsed.variables.iter().any(|(name, _)| name != "y") {
            return Err(wrong(
                "it reads neither the outputs `a` nor their pre-activations `z`, so there is \
                 nothing to learn from it; compare one of them with `y`"
                    .to_string(),
            ));
        }
        let by: Vec<Symbol<'_>> = names[1..].iter().map(|&(_, symbol)| symbol).collect();
        let total = graph.symbol(parsed.result.id()).sum();
        graph.gradient(total, &by).map_err(|error| wrong(error.to_string()))?;
        Ok(())
    }

    /// The loss of each row: rows x 1.
    ///
    /// # Panics
    /// When the text was not checked.
    fn record<'g>(&self, z: Symbol<'g>, a: Symbol<'g>, y: Symbol<'g>) -> Symbol<'g> {
        let graph = y.graph().expect("targets are given to the graph");
        let parsed = parse_only(graph, &self.text, &[("y", y), ("a", a), ("z", z)]);
        parsed
            .unwrap_or_else(|error| panic!("an own loss not checked: {error}"))
            .result
            .sum_columns()
    }
}

impl std::fmt::Display for OwnLoss {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// What is measured of the outputs: one's own loss if there is one, else the named one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure<'a> {
    /// With an own loss it tells what kind of targets there are.
    pub(crate) named: Loss,
    own: Option<&'a OwnLoss>,
}

impl From<Loss> for Measure<'_> {
    fn from(named: Loss) -> Self {
        Measure { named, own: None }
    }
}

impl Measure<'_> {
    /// The loss of each row, as [`Loss::record`] has it.
    pub(crate) fn record<'g>(self, z: Symbol<'g>, a: Symbol<'g>, y: Symbol<'g>) -> Symbol<'g> {
        match self.own {
            Some(own) => own.record(z, a, y),
            None => self.named.record(z, a, y),
        }
    }

    /// The same from the probabilities, as [`Loss::of_probabilities`] has it; an own loss is told as it
    /// is.
    pub(crate) fn of_probabilities<'g>(
        self,
        least: f64,
        a: Symbol<'g>,
        y: Symbol<'g>,
    ) -> Option<Symbol<'g>> {
        if self.own.is_some() { None } else { self.named.of_probabilities(least, a, y) }
    }
}

impl Training {
    /// What is made small, without penalties.
    pub(crate) fn measure(&self) -> Measure<'_> {
        Measure { named: self.loss, own: self.own_loss.as_ref() }
    }

    /// Whether what is made small suits the network.
    pub(super) fn check_loss(&self, network: &Network) -> Result<(), Error> {
        let layers = network.layers();
        match (&self.own_loss, layers.last()) {
            (Some(_), _) if self.loss.is_summed() => {
                let expected = "one that is averaged over the rows, as an own loss is: quadratic, \
                                for numbers";
                Err(Error::setting("the loss beside an own loss", self.loss, expected))
            }
            (Some(own), _) => own.check(network.outputs()),
            (None, Some(last)) => self.loss.check_output(layers.len(), &last.activation),
            (None, None) => Ok(()),
        }
    }
}
