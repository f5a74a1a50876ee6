//! From a data set to a trained and judged model in one call.
//!
//! ```text
//! data set -> task -> rows for training, validation, test -> preparation -> network -> training
//! ```
//!
//! The program, and whoever else starts from a table, only choose settings and show results.

mod judge;
mod kind;
mod layers;
mod memory;
mod output;
mod prepare;
mod prepared;
mod single;
mod split;
mod stream;
mod table;
mod threshold;
mod trust;
mod usual;
mod warnings;
mod weights;

pub use judge::{judge_table, judge_table_at};
pub use kind::Kind;
pub use layers::Skip;
pub(crate) use layers::each;
pub use memory::Memory;
pub use prepared::{Prepared, Rows, Trained};
pub use single::ClosedForm;
pub use stream::{StreamPlan, judge_chunks, open_chunks};
pub(crate) use table::{Part, inputs, judge, preparation_of};
pub use table::{
    Predictions, check_table, evaluate_table, examine_table, predict_table, trace_table,
    training_of,
};
pub use threshold::{evaluate_table_at, predict_table_at, threshold_of};
pub use weights::ClassWeights;

use crate::confidence::CalibrationMethod;
use crate::metrics::Threshold;
use crate::train::{Clip, Schedule};
use crate::{Error, Initializer, LayerActivation, Loss, Normalization, Optimizer, Score};
use chainrule_data::{Dataset, Fill, Scale, StatedKind, Task};
use chainrule_math::InstructionSet;
use serde::{Deserialize, Serialize};

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
    /// Kinds of columns that are stated; those of others are told from their values.
    pub kinds: Vec<StatedKind>,
    /// What stands for a missing number.
    pub fill: Fill,
    /// Categories of fewer training rows than this count as one: see
    /// [`PrepareOptions`](chainrule_data::PrepareOptions).
    pub rare: Option<usize>,
    /// Categories of more levels than this are embedded (never where there is no hidden layer): see
    /// [`PrepareOptions`](chainrule_data::PrepareOptions).
    pub embed_above: Option<usize>,
    /// The column that says how much each row counts in training; it is not learned from.
    pub sample_weights: Option<String>,
    /// How much the rows of each class count in training; alike when not given.
    pub class_weights: Option<ClassWeights>,
    /// What is predicted; inferred from the targets when not given.
    pub task: Option<Task>,
    /// How numeric columns are scaled; [`Scale::Unit`] for images and [`Scale::Standard`] for other
    /// tables when not given.
    pub scale: Option<Scale>,
    /// The family of the model.
    pub kind: Kind,
    /// Units of each hidden layer; none for another kind than a multilayer perceptron.
    pub hidden: Vec<usize>,
    /// The activation of all hidden layers, or one for each; ReLU for none.
    pub activations: Vec<LayerActivation>,
    /// The normalisation of all hidden layers, or one for each.
    pub normalizations: Vec<Normalization>,
    /// Skip connections.
    pub skips: Vec<Skip>,
    /// How the weights of all layers are drawn, or one for each, the output's last.
    pub initializers: Vec<Initializer>,
    /// Share of the units of all hidden layers that is dropped in training, or one for each; when not
    /// given 0.2 for the hidden layers that are usual (0.5 for two classes or labels), and 0 for others
    /// or an optimiser other than Adam.
    pub dropout: Vec<f64>,
    /// Share of the inputs that is dropped in training.
    pub input_dropout: f64,
    /// What is made small; by the task when not given, as [`Recipe`]'s table of outputs has it.
    ///
    /// | task | loss of the kind mlp | outputs |
    /// |---|---|---|
    /// | regression | mean squared error (or quadratic, half the sum of squares, mean absolute error, Huber's, quantile) | one identity for each target |
    /// | regression | Poisson's | one exponential for each target, which is not scaled |
    /// | binary | binary cross-entropy (or a squared one) | one sigmoid |
    /// | binary | cross-entropy | two, softmax |
    /// | multi-class | cross-entropy | one for each class, softmax |
    /// | multi-class | binary cross-entropy or a squared one | one sigmoid for each class |
    /// | multi-label | binary cross-entropy (or a squared one) | one sigmoid for each label |
    pub loss: Option<Loss>,
    /// How the weights follow the gradient; when not given Adam with a learning rate of 0.003, or L-BFGS
    /// for a kind with a single minimum unless another setting speaks of batches: see
    /// [`Recipe::usual_optimizer`].
    pub optimizer: Option<Optimizer>,
    /// How its learning rate changes over the epochs; when not given it falls along a cosine for a
    /// multilayer perceptron by Adam, and is constant for others.
    pub schedule: Option<Schedule>,
    /// Epochs over which the learning rate rises, as [`crate::Training`] has it.
    pub warm_up: f64,
    /// Rows of a step; more for more training rows when not given, and all for an optimiser that
    /// needs all.
    pub batch_size: Option<usize>,
    /// Passes over the training rows, at most; see [`Recipe::usual_epochs`] when not given, or
    /// 4000 for tables of fewer than 10 rows.
    pub epochs: Option<usize>,
    /// What chooses the epoch on the validation rows. [`Score::Auto`] leaves it to
    /// [`Recipe::usual_score`].
    pub score: Score,
    /// The probability from which on the second class of two, or a label, is predicted, or what it is
    /// chosen by on the validation rows once the epoch is; a half when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
    /// Stop after this many epochs without a better validation score. When not given, a fifth of
    /// the epochs if these are not given either, else never. Without validation rows it has no
    /// effect.
    pub patience: Option<usize>,
    /// Stop after this many epochs without a lower training loss, as [`crate::Training`] has it.
    pub no_improvement: Option<usize>,
    /// What counts as lower.
    pub tolerance: f64,
    /// L2 penalty, as [`crate::Training`] has it. When not given it is 2 x rows of a step / training rows,
    /// so that the penalty of all rows together is the sum of squares: weights are thought to lie around 0
    /// with a variance of a half before the rows are seen. Half of that for several classes, whose labels are
    /// smoothed. That is for the hidden layers that are usual, by Adam, and tables of at least 10 rows;
    /// else 0.
    pub alpha: Option<f64>,
    /// L1 penalty, as [`crate::Training`] has it.
    pub l1: f64,
    /// Label smoothing, as [`crate::Training`] has it; when not given 0.05 for the task multi-class, the loss
    /// cross-entropy, the hidden layers that are usual, by Adam, and tables of at least 10 rows; else 0.
    pub label_smoothing: Option<f64>,
    /// Limits of the gradient.
    pub clip: Clip,
    /// How the probabilities of a classifier are brought in line with the validation rows.
    pub calibration: CalibrationMethod,
    /// Share of the training rows that is set aside to choose the epoch, in [0, 1). Of fewer than 10 rows
    /// none is set aside, for this or for the test.
    pub validation: f64,
    /// Share of all rows that is set aside to judge the model in the end, in [0, 1). Not used where
    /// the data set has test rows of its own.
    pub test: f64,
    /// Fixes the rows set aside (unless `split_seed` does), the initial weights, the order of the rows
    /// and the dropout masks.
    pub seed: u64,
    /// Fixes the rows set aside; `seed` when not given.
    pub split_seed: Option<u64>,
    /// The memory for the rows of a file that is gone through in pieces, by which
    /// [`Recipe::prepare_stream`] goes; not given where all rows are in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<Memory>,
    /// Threads at most; one for each processor when not given. The result does not depend on it.
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
            kinds: Vec::new(),
            fill: Fill::default(),
            rare: None,
            embed_above: None,
            sample_weights: None,
            class_weights: None,
            task: None,
            scale: None,
            kind: Kind::Mlp,
            hidden: vec![256, 128],
            activations: Vec::new(),
            normalizations: Vec::new(),
            skips: Vec::new(),
            initializers: Vec::new(),
            dropout: Vec::new(),
            input_dropout: 0.0,
            loss: None,
            optimizer: None,
            schedule: None,
            warm_up: 0.0,
            batch_size: None,
            epochs: None,
            score: Score::Auto,
            threshold: None,
            patience: None,
            no_improvement: None,
            tolerance: 1e-4,
            alpha: None,
            l1: 0.0,
            label_smoothing: None,
            clip: Clip::default(),
            calibration: CalibrationMethod::default(),
            validation: 0.1,
            test: 0.2,
            seed: 1,
            split_seed: None,
            stream: None,
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
        self.prepare(data)?.train(&mut [])
    }

    /// Checks what the network and the training do not check themselves.
    fn check(&self) -> Result<(), Error> {
        for (setting, share) in [
            ("the share of validation rows", self.validation),
            ("the share of test rows", self.test),
        ] {
            if !(0.0..1.0).contains(&share) {
                return Err(Error::setting(setting, share, "at least 0 and below 1"));
            }
        }
        self.check_kind()?;
        let optimizer = self.usual_optimizer();
        if let (true, Some(rows)) = (optimizer.is_full_batch(), self.batch_size) {
            let name = optimizer.name();
            let expected =
                format!("left out with {name}, which takes all training rows in each step");
            return Err(Error::setting("the batch size", rows, &expected));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
