//! What a training run tells.

use crate::Evaluation;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One pass over the data.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean loss of the training rows as they were met, without the penalty.
    pub loss: f64,
    /// The judgement on the validation rows afterwards.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validation: Option<Evaluation>,
    /// The step size at its end.
    pub learning_rate: f64,
    /// Mean length of the gradients of its steps, before any clipping.
    #[serde(default)]
    pub gradient_norm: f64,
    /// Time it took.
    pub seconds: f64,
    /// Training rows per second.
    pub rows_per_second: f64,
}

/// Something that happens in a run.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The run begins.
    Started {
        /// Threads at most.
        threads: usize,
        /// Steps of each epoch.
        steps_per_epoch: usize,
        /// Epochs at most.
        epochs: usize,
    },
    /// A step is done.
    Step {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step within it, counted from 1.
        step: usize,
        /// The step's rows.
        rows: usize,
        /// Their mean loss, without the penalty.
        loss: f64,
        /// The step size.
        learning_rate: f64,
        /// Length of the gradient of all parameters together, before any clipping.
        gradient_norm: f64,
    },
    /// An epoch is done.
    Epoch(&'a Epoch),
    /// The run is over.
    Ended(&'a Report),
    /// The run is over, since the loss became infinite or not a number.
    Diverged(&'a Divergence),
}

/// Why a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// All epochs are done.
    Finished,
    /// The validation score did not get better for as long as the patience allows.
    Patience,
    /// The training loss did not fall for as long as is allowed, or the learning rate fell too low.
    NoImprovement,
    /// The optimiser found no step that makes the loss smaller: a minimum, as far as it can tell.
    Converged,
    /// Whoever listened asked for it.
    Interrupted,
}

/// A run, afterwards.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// Every epoch.
    pub history: Vec<Epoch>,
    /// The epoch whose weights the model has, counted from 1: the best on the validation rows, or
    /// else the last.
    pub chosen_epoch: usize,
    /// Why it ended.
    pub stop: Stop,
    /// Time of all epochs.
    pub seconds: f64,
    /// Threads that could work; each step took all of them or one, whichever was faster.
    pub threads_used: usize,
    /// The instruction set: `scalar`, `neon`, `avx2` or `avx512`.
    pub kernel: &'static str,
    /// What was changed or should be known, for people to read.
    pub warnings: Vec<String>,
}

impl Report {
    /// The chosen epoch's record.
    pub fn chosen(&self) -> &Epoch {
        &self.history[self.chosen_epoch - 1]
    }
}

/// The loss became infinite or not a number.
#[derive(Clone, PartialEq, Debug)]
pub struct Divergence {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The step within it, counted from 1.
    pub step: usize,
    /// The loss found.
    pub loss: f64,
    /// The step size.
    pub learning_rate: f64,
    /// The largest input, by magnitude.
    pub largest_input: f64,
    /// The epoch whose weights the model has; 0 for the initial ones.
    pub kept_epoch: usize,
    /// The epochs before.
    pub history: Vec<Epoch>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Divergence { epoch, step, loss, learning_rate, largest_input, kept_epoch, .. } = self;
        write!(
            formatter,
            "training diverged: the loss became {loss} in epoch {epoch}, step {step}. "
        )?;
        if (*epoch, *step) == (1, 1) {
            // Nothing was learned yet, so the learning rate cannot be the cause.
            write!(
                formatter,
                "Likely cause: initial weights or inputs (up to {largest_input:.3e}) that are too \
                 large; draw the weights automatically and scale the inputs"
            )?;
        } else if *largest_input > 1e3 {
            write!(
                formatter,
                "Likely cause: inputs as large as {largest_input:.3e}; scale them (to mean 0 and \
                 variance 1)"
            )?;
        } else {
            // No usual learning rate is above 1, whatever was tried.
            let remedy = (learning_rate / 10.0).min(0.1);
            let shown = match *learning_rate < 1e6 {
                true => learning_rate.to_string(),
                false => format!("{learning_rate:e}"),
            };
            write!(
                formatter,
                "Likely cause: the learning rate {shown} is too large; try {remedy}"
            )?;
        }
        match kept_epoch {
            0 => write!(formatter, ". The model has its initial weights"),
            epoch => write!(formatter, ". The model has the weights after epoch {epoch}"),
        }
    }
}
