//! Training: settings, steps, epochs.

mod batches;
mod check;
mod describe;
mod feed;
mod fit;
mod listener;
pub(crate) mod objective;
mod own_loss;
mod passes;
mod report;
mod schedule;
mod side_by_side;
pub(crate) mod symmetry;
mod trace;
mod trainer;
mod update;

pub use check::check_gradient;
pub use describe::describe_plans;
pub(crate) use feed::{Feed, Turn};
pub(crate) use listener::tell;
pub use listener::{HistoryFile, Listener};
pub(crate) use own_loss::Measure;
pub use own_loss::OwnLoss;
pub use passes::{PassLoss, Passes};
pub use report::{Divergence, Epoch, Event, Report, Stop};
pub use schedule::Schedule;
pub use side_by_side::side_by_side;
pub use trace::{LayerTrace, ParameterTrace, RowTrace, trace_row};
pub use trainer::Trainer;
pub(crate) use trainer::check_rows;
pub use update::Clip;

use crate::named::Range;
use crate::optim::{Adam, Optimizer};
use crate::{Activation, Error, Examples, Loss, Network, Score, Targets};
use chainrule_graph::Number;
use chainrule_math::InstructionSet;
use serde::{Deserialize, Serialize};

/// Rows that a step may have: memory is taken for all of them.
const MOST_ROWS: usize = 1 << 24;

/// Threads that a run may have; far more than a step can share.
const MOST_THREADS: usize = crate::workers::MOST;

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
    /// A loss of one's own that is made small instead. `loss` then says only what kind of targets
    /// there are, where that matters: for smoothing labels, and for judging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_loss: Option<OwnLoss>,
    /// How the weights follow the gradient.
    pub optimizer: Optimizer,
    /// How its learning rate changes over the epochs.
    pub schedule: Schedule,
    /// Epochs, or a share of one, over which the learning rate rises from near 0 to its schedule.
    pub warm_up: f64,
    /// Rows of a step; the last batch of an epoch has what is left. An optimiser that needs all rows
    /// takes them all, whatever is said here.
    pub batch_size: usize,
    /// Passes over the data, at most.
    pub epochs: usize,
    /// L2 penalty: adds alpha / (2 rows) ||W||^2 to the loss of a batch, weights only (alpha / 2
    /// ||W||^2 to a loss that is summed over the rows, and likewise below).
    pub alpha: f64,
    /// L1 penalty: adds l1 / rows sum |W| to the loss of a batch, weights only.
    pub l1: f64,
    /// Share of the certainty of a class or label that is divided among all of them, in [0, 1).
    pub label_smoothing: f64,
    /// How much a row of each class counts; empty where all count alike. For targets that are
    /// classes. Rows' own weights are multiplied in; all are divided by their mean over the training
    /// rows, so that only their ratios matter, in batches of any size.
    pub class_weights: Vec<f64>,
    /// Limits of the gradient.
    pub clip: Clip,
    /// What chooses the epoch on the validation rows.
    pub score: Score,
    /// Stop after this many epochs without a better validation score.
    pub patience: Option<usize>,
    /// Stop after this many epochs in a row without a training loss lower than the best by
    /// `tolerance`.
    pub no_improvement: Option<usize>,
    /// What counts as an improvement of the training loss.
    pub tolerance: f64,
    /// Fixes the order of the rows and the dropout masks.
    pub seed: u64,
    /// Threads at most; `None` takes one for each processor. A step takes all of them or one, whichever
    /// is found to be faster. The result does not depend on it.
    #[serde(skip)]
    pub threads: Option<usize>,
    /// Take all threads in every step, even where one is faster: for measurements.
    #[serde(skip)]
    pub always_all_threads: bool,
    /// The instruction set; `None` takes the widest. The result does not depend on it.
    #[serde(skip)]
    pub instruction_set: Option<InstructionSet>,
}

impl Training {
    /// Usual settings for the network: the loss of its output layer (cross-entropy after a softmax,
    /// binary cross-entropy after a sigmoid, Poisson's after an exponential, else the mean squared
    /// error), Adam, batches of 32 rows, 20 epochs.
    pub fn new(network: &Network) -> Training {
        let loss = Loss::usual_for(network);
        Training {
            loss,
            own_loss: None,
            optimizer: Optimizer::Adam(Adam::default()),
            schedule: Schedule::Constant,
            warm_up: 0.0,
            batch_size: 32,
            epochs: 20,
            alpha: 0.0,
            l1: 0.0,
            label_smoothing: 0.0,
            class_weights: Vec::new(),
            clip: Clip::default(),
            score: Score::Auto,
            patience: None,
            no_improvement: None,
            tolerance: 1e-4,
            seed: 1,
            threads: None,
            always_all_threads: false,
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
    ///
    /// # Errors
    /// What is wrong with them, and what would be right.
    pub fn check(&self, network: &Network) -> Result<(), Error> {
        network.check()?;
        self.optimizer.check()?;
        if !(1..=MOST_ROWS).contains(&self.batch_size) {
            let expected = format!("between 1 and {MOST_ROWS}");
            return Err(Error::setting("the batch size", self.batch_size, &expected));
        }
        if self.epochs == 0 {
            return Err(Error::setting("the number of epochs", 0, "at least 1"));
        }
        for (setting, value, range) in [
            ("alpha", self.alpha, Range::NotNegative),
            ("l1", self.l1, Range::NotNegative),
            ("the warm-up", self.warm_up, Range::NotNegative),
            ("the tolerance", self.tolerance, Range::NotNegative),
            ("the label smoothing", self.label_smoothing, Range::Share),
        ] {
            if !range.holds(value) {
                return Err(Error::setting(setting, value, range.words()));
            }
        }
        self.clip.check()?;
        self.schedule.check_numbers()?;
        self.loss.check_numbers()?;
        if self.label_smoothing > 0.0 && !self.loss.is_of_classes() {
            let expected = format!(
                "0 for the loss {}; only cross_entropy and binary_cross_entropy have classes or \
                 labels to smooth",
                self.loss
            );
            return Err(Error::setting("the label smoothing", self.label_smoothing, &expected));
        }
        if self.optimizer.is_full_batch() {
            self.check_full_batch(network)?;
        }
        if self.no_improvement == Some(0) {
            return Err(Error::setting("the epochs without improvement", 0, "at least 1"));
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
        let Some(last) = layers.last() else { return Ok(()) };
        if last.activation.single() == Some(Activation::Softmax) && network.outputs() == 1 {
            let problem = "is a softmax of one unit, which is always 1; use sigmoid, or a unit for \
                           each class";
            return Err(Error::Network { layer: layers.len(), problem: problem.to_string() });
        }
        self.check_loss(network)
    }

    /// What an optimiser that compares the loss at different weights cannot do with.
    fn check_full_batch(&self, network: &Network) -> Result<(), Error> {
        let name = self.optimizer.name();
        if let Some(rate) = network.dropout_rates().find(|rate| *rate > 0.0) {
            let expected = format!(
                "0 with the optimiser {name}, which compares losses that a new mask would change; \
                 use alpha against overfitting, or another optimiser"
            );
            return Err(Error::setting("the dropout rate", rate, &expected));
        }
        if !self.clip.is_none() {
            let found = self.clip.norm.or(self.clip.value).unwrap_or(0.0);
            let expected =
                format!("left out with {name}, whose line search bounds each step itself");
            return Err(Error::setting("the clipping", found, &expected));
        }
        Ok(())
    }

    /// The weight of each row: its own times that of its class, divided by their mean; nothing if
    /// all count alike.
    pub(crate) fn row_weights<E: Number>(
        &self,
        examples: &Examples<'_, E>,
    ) -> Result<Option<Vec<f64>>, Error> {
        if self.class_weights.is_empty() {
            let weights = examples.weights();
            return Ok((!weights.is_empty()).then(|| of_mean_one(weights)));
        }
        let setting = "the list of class weights";
        if let Some(weight) = self.class_weights.iter().find(|it| !Range::NotNegative.holds(**it)) {
            return Err(Error::setting(
                setting,
                format!("a list with {weight}"),
                "of numbers of at least 0",
            ));
        }
        let Targets::Classes(classes) = examples.targets() else {
            let expected = "left out where targets are not classes; give the rows weights instead";
            return Err(Error::setting(setting, "given", expected));
        };
        let most = classes.iter().copied().max().unwrap_or(0) as usize;
        if most >= self.class_weights.len() {
            let found = format!("of {}", self.class_weights.len());
            let expected = format!("one for each class, of which there are {}", most + 1);
            return Err(Error::setting(setting, found, &expected));
        }
        let of_classes = classes.iter().map(|&class| self.class_weights[class as usize]);
        let weights: Vec<f64> = match examples.weights() {
            [] => of_classes.collect(),
            own => of_classes.zip(own).map(|(class, own)| class * own).collect(),
        };
        match weights.iter().all(|weight| *weight == 0.0) {
            true => Err(Error::setting(
                setting,
                "such that no row counts",
                "above 0 for a class that occurs",
            )),
            false => Ok(Some(of_mean_one(&weights))),
        }
    }
}

/// The weights divided by their mean.
fn of_mean_one(weights: &[f64]) -> Vec<f64> {
    // By the largest first, so that no sum overflows.
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let shares = || weights.iter().map(|weight| weight / largest);
    let mean = shares().sum::<f64>() / weights.len() as f64;
    shares().map(|share| share / mean).collect()
}
