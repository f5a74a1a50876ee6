//! From a data set to a trained and judged model in one call.
//!
//! ```text
//! data set -> task -> rows for training, validation, test -> preparation -> network -> training
//! ```
//!
//! The program, and whoever else starts from a table, only choose settings and show results.

mod output;
mod prepared;
mod table;

pub use prepared::{Prepared, Rows, Trained};
pub use table::{Predictions, check_table, evaluate_table, predict_table, training_of};

use crate::optim::Adam;
use crate::train::{Event, Schedule};
use crate::{Activation, Dense, Error, Initializer, Loss, Network, Optimizer};
use chainrule_data::{Dataset, Scale, Task};
use chainrule_math::InstructionSet;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// All settings of a training run that starts from a data set. Those left open are chosen by the
/// data.
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::data::{SourceOptions, open};
/// let digits = open("digits", &SourceOptions::default())?;
/// let recipe = Recipe { hidden: vec![64], epochs: Some(20), ..Recipe::default() };
/// let trained = recipe.train(&digits)?;
/// assert!(trained.test.unwrap().accuracy.unwrap() > 0.95);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// The columns to predict; none for the one that the data set is about.
    pub targets: Vec<String>,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// What is predicted; inferred from the targets when not given.
    pub task: Option<Task>,
    /// How numeric columns are scaled; [`Scale::Unit`] for images and [`Scale::Standard`] for other
    /// tables when not given.
    pub scale: Option<Scale>,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// The activation of all hidden layers, or one for each.
    pub activations: Vec<Activation>,
    /// How the weights are drawn.
    pub initializer: Initializer,
    /// Share of the units of each hidden layer that is dropped in training.
    pub dropout: f64,
    /// What is made small; by the task when not given, as [`Recipe`]'s table of outputs has it.
    ///
    /// | task | loss | outputs |
    /// |---|---|---|
    /// | regression | mean squared error (or quadratic) | one identity for each target |
    /// | binary | binary cross-entropy (or a squared one) | one sigmoid |
    /// | binary | cross-entropy | two, softmax |
    /// | multi-class | cross-entropy | one for each class, softmax |
    /// | multi-class | binary cross-entropy or a squared one | one sigmoid for each class |
    /// | multi-label | binary cross-entropy (or a squared one) | one sigmoid for each label |
    pub loss: Option<Loss>,
    /// How the weights follow the gradient.
    pub optimizer: Optimizer,
    /// How its learning rate changes over the epochs.
    pub schedule: Schedule,
    /// Rows of a step; more for more training rows when not given.
    pub batch_size: Option<usize>,
    /// Passes over the training rows, at most; enough for some 4000 steps when not given.
    pub epochs: Option<usize>,
    /// Stop after this many epochs without a better validation score. When not given, a fifth of
    /// the epochs if these are not given either, else never. Without validation rows it has no
    /// effect.
    pub patience: Option<usize>,
    /// L2 penalty, as [`crate::Training`] has it.
    pub alpha: f64,
    /// Share of the training rows that is set aside to choose the epoch, in [0, 1).
    pub validation: f64,
    /// Share of all rows that is set aside to judge the model in the end, in [0, 1). Not used where
    /// the data set has test rows of its own.
    pub test: f64,
    /// Fixes the rows set aside, the initial weights, the order of the rows and the dropout masks.
    pub seed: u64,
    /// Threads; chosen by the work of a step when not given. The result does not depend on it.
    #[serde(skip)]
    pub threads: Option<usize>,
    /// The instruction set; the widest when not given. The result does not depend on it.
    #[serde(skip)]
    pub instruction_set: Option<InstructionSet>,
}

impl Default for Recipe {
    fn default() -> Self {
        Recipe {
            targets: Vec::new(),
            drop: Vec::new(),
            task: None,
            scale: None,
            hidden: vec![256, 128],
            activations: vec![Activation::Relu],
            initializer: Initializer::Auto,
            dropout: 0.1,
            loss: None,
            optimizer: Optimizer::Adam(Adam::default()),
            schedule: Schedule::Constant,
            batch_size: None,
            epochs: None,
            patience: None,
            alpha: 0.0,
            validation: 0.1,
            test: 0.2,
            seed: 1,
            threads: None,
            instruction_set: None,
        }
    }
}

impl Recipe {
    /// Trains a model on a data set and judges it. See [`Recipe::prepare`] for watching it, breaking
    /// it off, or keeping the weights of a run that diverges.
    ///
    /// # Errors
    /// As for [`Recipe::prepare`] and [`Prepared::train`].
    pub fn train(&self, data: &Dataset) -> Result<Trained, Error> {
        self.prepare(data)?.train(&mut |_: Event<'_>| ControlFlow::Continue(()))
    }

    /// Rows of a step for this many training rows: few for small tables, which need the many steps,
    /// more for large ones, which need the speed.
    pub fn usual_batch_size(training_rows: usize) -> usize {
        match training_rows {
            0..2_800 => 32,
            2_800..6_400 => 64,
            _ => 128,
        }
    }

    /// Passes over the rows that take this many steps each: small tables need many to learn at all.
    pub fn usual_epochs(steps_per_epoch: usize) -> usize {
        (4_000 / steps_per_epoch.max(1)).clamp(30, 1000)
    }

    /// Checks what the network and the training do not check themselves.
    fn check(&self) -> Result<(), Error> {
        let layers = self.hidden.len();
        let activations = self.activations.len();
        if layers > 0 && activations != 1 && activations != layers {
            let found = match activations {
                0 => "missing".to_string(),
                _ => format!("a list of {activations}"),
            };
            let expected = format!("one for all {layers} hidden layers, or one for each of them");
            return Err(Error::setting("the activation", found, &expected));
        }
        for (setting, share) in [
            ("the share of validation rows", self.validation),
            ("the share of test rows", self.test),
            ("the dropout rate", self.dropout),
        ] {
            if !(0.0..1.0).contains(&share) {
                return Err(Error::setting(setting, share, "at least 0 and below 1"));
            }
        }
        Ok(())
    }

    /// The hidden layers for so many inputs.
    fn hidden_layers(&self, inputs: usize) -> Network {
        let hidden = self.hidden.iter().enumerate();
        hidden.fold(Network::new(inputs), |network, (index, &units)| {
            let activation = match self.activations.as_slice() {
                [activation] => *activation,
                activations => activations[index],
            };
            let (initializer, dropout) = (self.initializer, self.dropout);
            network.layer(Dense { units, activation, initializer, dropout })
        })
    }
}

#[cfg(test)]
mod tests;
