//! The workloads.

use chainrule::{Activation, Network};
use serde_json::{Value, json};

/// Rows, network and batches of a training.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// What it is called.
    pub(crate) name: String,
    /// Training rows.
    pub(crate) rows: usize,
    /// Inputs, hidden units, outputs.
    pub(crate) widths: Vec<usize>,
    /// Rows of a batch.
    pub(crate) batch: usize,
    /// N: three times as many epochs are timed, and as many.
    pub(crate) epochs: usize,
    /// How often, of which the middle counts.
    pub(crate) repeats: usize,
    /// Of Adam.
    pub(crate) learning_rate: f64,
    /// Of the hidden layers.
    pub(crate) activation: Activation,
}

impl Shape {
    /// The workload of this name. Small ones are timed more often, since they are over before the
    /// machine has settled.
    pub(crate) fn named(name: &str) -> Option<Shape> {
        let (rows, widths, batch, epochs, repeats): (_, &[usize], _, _, _) = match name {
            "W1" => (1797, &[64, 100, 10], 200, 20, 9),
            "W2" => (4000, &[2, 8, 8, 1], 32, 10, 5),
            "W3" => (60_000, &[784, 128, 10], 64, 1, 3),
            "W4" => (60_000, &[784, 512, 512, 10], 128, 1, 1),
            "W5" => (16_384, &[2048, 2048, 2048, 10], 512, 1, 1),
            // Only predictions are timed, with W4's network.
            "W6" => (1024, &[784, 512, 512, 10], 128, 1, 1),
            // The hidden layers are searched for.
            "W7" => (1797, &[64, 10], 200, 50, 1),
            _ => return None,
        };
        let activation = if name == "W2" { Activation::Tanh } else { Activation::Relu };
        // Wide layers overshoot at 0.001, and then the loss of the few epochs that are timed depends on
        // the order of the rows by a tenth.
        let learning_rate = if name == "W5" { 1e-4 } else { 1e-3 };
        let (name, widths) = (name.to_string(), widths.to_vec());
        Some(Shape { name, rows, widths, batch, epochs, repeats, learning_rate, activation })
    }

    /// A workload whose numbers are yet to be given.
    pub(crate) fn custom() -> Shape {
        Shape {
            name: "custom".to_string(),
            rows: 0,
            widths: Vec::new(),
            batch: 0,
            epochs: 1,
            repeats: 3,
            learning_rate: 1e-3,
            activation: Activation::Relu,
        }
    }

    /// Inputs.
    pub(crate) fn inputs(&self) -> usize {
        self.widths[0]
    }

    /// Classes: a single output tells two apart.
    pub(crate) fn classes(&self) -> usize {
        self.widths[self.widths.len() - 1].max(2)
    }

    /// The network.
    pub(crate) fn network(&self) -> Network {
        let (last, hidden) = self.widths[1..].split_last().expect("a network has outputs");
        let network = Network::new(self.inputs());
        let network = hidden.iter().fold(network, |all, &units| all.dense(units, self.activation));
        let output = if *last == 1 { Activation::Sigmoid } else { Activation::Softmax };
        network.dense(*last, output)
    }

    /// What other systems must know of it.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "workload": self.name,
            "rows": self.rows,
            "widths": self.widths,
            "batch": self.batch,
            "epochs": self.epochs,
            "repeats": self.repeats,
            "learning_rate": self.learning_rate,
            "activation": self.activation.to_string(),
        })
    }
}
