//! Training: settings, steps, epochs.

mod check;
mod describe;
mod fit;
pub(crate) mod objective;
mod report;
mod schedule;
mod trainer;

pub use check::check_gradient;
pub use describe::describe_plans;
pub use report::{Divergence, Epoch, Event, Report, Stop};
pub use schedule::Schedule;
pub use trainer::Trainer;

use crate::optim::{Adam, Optimizer};
use crate::{Activation, Error, Loss, Network};
use chainrule_math::InstructionSet;
use serde::{Deserialize, Serialize};

/// Rows that a step may have: memory is taken for all of them.
const MOST_ROWS: usize = 1 << 24;

/// Threads that a run may have; far more than a step can share.
const MOST_THREADS: usize = 512;

/// How a model is trained.
///
/// ```
/// use chainrule::{Activation, Examples, Model, Network, Training, optim};
/// use ndarray::array;
/// let inputs = array![[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Examples::classes(inputs.view(), &[0, 1, 1, 0])?;
/// let network = Network::new(2).dense(4, Activation::Tanh).dense(1, Activation::Sigmoid);
/// let mut model: Model = network.build(1)?;
/// let adam = optim::Adam { learning_rate: 0.05, ..Default::default() };
/// let training = Training { epochs: 300, ..Training::new(&network).optimizer(adam) };
/// training.fit(&mut model, &xor)?;
/// assert_eq!(model.predict_classes(inputs.view())?, [0, 1, 1, 0]);
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Training {
    /// What is made small.
    pub loss: Loss,
    /// How the weights follow the gradient.
    pub optimizer: Optimizer,
    /// How its learning rate changes over the epochs.
    #[serde(default)]
    pub schedule: Schedule,
    /// Rows of a step; the last batch of an epoch has what is left.
    pub batch_size: usize,
    /// Passes over the data, at most.
    pub epochs: usize,
    /// L2 penalty: adds alpha / (2 rows) ||W||^2 to the loss of a batch, weights only.
    pub alpha: f64,
    /// Stop after this many epochs without a better validation score.
    pub patience: Option<usize>,
    /// Fixes the order of the rows and the dropout masks.
    pub seed: u64,
    /// Threads; `None` chooses by the work of a step. The result does not depend on it.
    #[serde(skip)]
    pub threads: Option<usize>,
    /// The instruction set; `None` takes the widest. The result does not depend on it.
    #[serde(skip)]
    pub instruction_set: Option<InstructionSet>,
}

impl Training {
    /// Usual settings for the network: the loss of its output layer (cross-entropy after a softmax,
    /// binary cross-entropy after a sigmoid, else the mean squared error), Adam, batches of 32 rows,
    /// 20 epochs.
    pub fn new(network: &Network) -> Training {
        let loss = Loss::usual_for(network);
        Training {
            loss,
            optimizer: Optimizer::Adam(Adam::default()),
            schedule: Schedule::Constant,
            batch_size: 32,
            epochs: 20,
            alpha: 0.0,
            patience: None,
            seed: 1,
            threads: None,
            instruction_set: None,
        }
    }

    /// With this many passes over the data.
    pub fn epochs(self, epochs: usize) -> Training {
        Training { epochs, ..self }
    }

    /// With this optimiser.
    pub fn optimizer(self, optimizer: impl Into<Optimizer>) -> Training {
        Training { optimizer: optimizer.into(), ..self }
    }

    /// Checks the settings and whether they suit the network.
    pub(crate) fn check(&self, network: &Network) -> Result<(), Error> {
        network.check()?;
        self.optimizer.check()?;
        if !(1..=MOST_ROWS).contains(&self.batch_size) {
            let expected = format!("between 1 and {MOST_ROWS}");
            return Err(Error::setting("the batch size", self.batch_size, &expected));
        }
        if self.epochs == 0 {
            return Err(Error::setting("the number of epochs", 0, "at least 1"));
        }
        if !(self.alpha.is_finite() && self.alpha >= 0.0) {
            return Err(Error::setting("alpha", self.alpha, "0 or a positive number"));
        }
        if self.patience == Some(0) {
            return Err(Error::setting("the patience", 0, "at least 1 epoch"));
        }
        if let Some(threads) = self.threads
            && !(1..=MOST_THREADS).contains(&threads)
        {
            let expected = format!("between 1 and {MOST_THREADS}");
            return Err(Error::setting("the number of threads", threads, &expected));
        }
        let layers = network.layers();
        let last = layers.last().map(|layer| layer.activation);
        if last == Some(Activation::Softmax) && network.outputs() == 1 {
            let problem = "is a softmax of one unit, which is always 1; use sigmoid, or a unit for \
                           each class";
            return Err(Error::Network { layer: layers.len(), problem: problem.to_string() });
        }
        if let Some(needed) = self.loss.output_activation()
            && last != Some(needed)
        {
            let problem = format!(
                "the loss {} is computed from the logits of a {needed} output layer; give the last \
                 layer the activation {needed}, or choose another loss",
                self.loss
            );
            return Err(Error::Network { layer: layers.len(), problem });
        }
        Ok(())
    }
}
