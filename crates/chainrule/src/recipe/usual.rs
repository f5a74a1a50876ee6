//! What is chosen where a recipe says nothing.

use super::prepared::Rows;
use super::single::Single;
use super::{Kind, Recipe};
use crate::optim::{Adam, Lbfgs, Sgd};
use crate::train::{Schedule, check_rows};
use crate::{Loss, Network, Optimizer, Score, Training};
use chainrule_data::{FEWEST_ROWS_TO_SPLIT, Task};

/// The learning rate of Adam where nothing is said of it: thrice the usual, since it falls to nothing.
const USUAL_RATE: f64 = 0.003;

/// The label smoothing of several classes where nothing is said of it.
const USUAL_SMOOTHING: f64 = 0.05;

/// Passes over a table that is too small to be split: each is a step or two, and takes no time.
const TINY_EPOCHS: usize = 4_000;

/// Passes over the rows where an optimiser takes them all.
const FULL_BATCH_EPOCHS: usize = 300;

impl Recipe {
    /// The optimiser, as given or usual: Adam, but L-BFGS for a kind with a single minimum unless a
    /// setting asks for steps on some of the rows, or for noise.
    pub fn usual_optimizer(&self) -> Optimizer {
        let is_in_batches = self.batch_size.is_some()
            || !self.clip.is_none()
            || self.input_dropout > 0.0
            || self.stream.is_some();
        match (self.optimizer, self.kind) {
            (Some(optimizer), _) => optimizer,
            (None, Kind::Perceptron) => Sgd { learning_rate: 1.0 }.into(),
            (None, Kind::Mlp) => Adam { learning_rate: USUAL_RATE, ..Adam::default() }.into(),
            (None, _) if is_in_batches || self.usual_schedule() != Schedule::Constant => {
                Adam::default().into()
            }
            // Where the slopes of the loss are this small, so are the errors of the weights.
            (None, _) => Lbfgs { tolerance: 1e-10, ..Lbfgs::default() }.into(),
        }
    }

    /// Whether a multilayer perceptron follows the gradient by Adam, named or not: then schedule, steps and
    /// the weights that are kept are chosen together, as suits it.
    pub(super) fn is_usual_training(&self) -> bool {
        let is_adam = matches!(self.optimizer, None | Some(Optimizer::Adam(_)));
        self.kind == Kind::Mlp && is_adam
    }

    /// Whether the hidden layers are the usual ones too, which are held back from learning rows by heart.
    /// Layers of one's own are not: how much restraint they bear depends on what they are.
    fn is_usual_network(&self) -> bool {
        self.is_usual_training() && self.hidden == Recipe::default().hidden
    }

    /// How the learning rate changes, as given or usual.
    pub fn usual_schedule(&self) -> Schedule {
        let usual = match self.is_usual_training() {
            true => Schedule::Cosine,
            false => Schedule::Constant,
        };
        self.schedule.unwrap_or(usual)
    }

    /// What chooses the epoch, as given or usual: nothing where the learning rate falls to nothing and no
    /// patience waits. Its last weights are the ones that the schedule is for; to choose among all of them
    /// by the few rows that are set aside is to choose by luck, and then these rows can no longer say how
    /// sure the model may be.
    pub fn usual_score(&self) -> Score {
        let falls = self.is_usual_training() && self.usual_schedule() == Schedule::Cosine;
        match self.score {
            Score::Auto if falls && self.patience.is_none() => Score::Last,
            score => score,
        }
    }

    /// The L2 penalty for steps of so many rows of so many, as given or usual.
    pub fn usual_alpha(&self, batch_size: usize, training_rows: usize) -> f64 {
        let share = batch_size.min(training_rows) as f64 / training_rows.max(1) as f64;
        let usual = match self.is_usual_network() && training_rows >= FEWEST_ROWS_TO_SPLIT {
            // Smoothed labels hold several classes back already.
            true if self.task == Some(Task::MultiClass) => share,
            true => 2.0 * share,
            false => 0.0,
        };
        self.alpha.unwrap_or(usual)
    }

    /// Whether the outputs each say yes or no: two classes, or labels. With a bit for each row to be
    /// learned, networks of some size learn rows by heart soonest, and are held back most.
    fn answers_yes_or_no(&self) -> bool {
        matches!(self.task, Some(Task::Binary | Task::MultiLabel))
    }

    /// The label smoothing for the stated task, as given or usual. A network of some size is sure of
    /// nearly all its training rows long before it has ended, and then learns to be surer still; smoothed
    /// labels give it an end (Szegedy et al., 2016, section 7).
    pub fn usual_label_smoothing(&self) -> f64 {
        let is_of_classes = self.loss.is_none_or(|loss| loss == Loss::CrossEntropy);
        let has_classes = self.task == Some(Task::MultiClass);
        let usual = match self.is_usual_network() && has_classes && is_of_classes {
            true => USUAL_SMOOTHING,
            false => 0.0,
        };
        self.label_smoothing.unwrap_or(usual)
    }

    /// The share of the hidden layers that is dropped, as given or usual.
    pub(crate) fn usual_dropout(&self) -> Vec<f64> {
        match self.dropout.is_empty() {
            true if !self.is_usual_network() => vec![0.0],
            true if self.answers_yes_or_no() => vec![0.5],
            true => vec![0.2],
            false => self.dropout.clone(),
        }
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

    /// Passes over so many training rows of so many steps each, 30 at least and 1000 at most: enough for
    /// the steps below, up to 4000 of them.
    ///
    /// | training | steps |
    /// |---|---|
    /// | by Adam, two classes or labels | 500 and one more for every other row |
    /// | by Adam, otherwise | 200 and two more for each row |
    /// | by another optimiser | 1000 and one more for each row |
    pub fn usual_epochs(&self, training_rows: usize, steps_per_epoch: usize) -> usize {
        let steps = match (self.is_usual_training(), self.answers_yes_or_no()) {
            (true, true) => 500 + training_rows / 2,
            (true, false) => 200 + 2 * training_rows,
            (false, _) => 1_000 + training_rows,
        };
        let steps = steps.min(4_000);
        (steps / steps_per_epoch.max(1)).clamp(30, 1000)
    }

    /// The training of so many rows, as given or usual, but for the loss and the weights of classes.
    pub(super) fn training(&self, network: &Network, rows: &Rows) -> Training {
        match rows.training < FEWEST_ROWS_TO_SPLIT && self.is_usual_training() {
            true => self.for_few_rows().training_of(network, rows),
            false => self.training_of(network, rows),
        }
    }

    /// The same settings for a truth table, which is gone through thousands of times, in small steps that
    /// none of its rows throws off.
    fn for_few_rows(&self) -> Recipe {
        Recipe {
            optimizer: Some(self.optimizer.unwrap_or(Adam::default().into())),
            schedule: Some(self.schedule.unwrap_or(Schedule::Constant)),
            label_smoothing: Some(self.label_smoothing.unwrap_or(0.0)),
            ..self.clone()
        }
    }

    fn training_of(&self, network: &Network, rows: &Rows) -> Training {
        let (batch_size, epochs) = self.amounts(network, rows.training);
        let schedule = self.usual_schedule();
        let patience = match self.epochs {
            // Before the learning rate has fallen the best epoch is not to be had.
            None if self.chooses_epoch()
                && self.kind != Kind::Perceptron
                && schedule == Schedule::Constant =>
            {
                self.patience.or(Some(epochs.div_ceil(5)))
            }
            _ => self.patience,
        };
        Training {
            optimizer: self.usual_optimizer(),
            schedule,
            warm_up: self.warm_up,
            batch_size,
            epochs,
            alpha: self.usual_alpha(batch_size, rows.training),
            l1: self.l1,
            label_smoothing: self.usual_label_smoothing(),
            clip: self.clip,
            score: self.usual_score(),
            patience: patience.filter(|_| rows.validation > 0),
            no_improvement: self.no_improvement,
            tolerance: self.tolerance,
            seed: self.seed,
            threads: self.threads,
            instruction_set: self.instruction_set,
            ..Training::new(network)
        }
    }

    /// Rows of a step and passes over the rows, as given or usual.
    fn amounts(&self, network: &Network, rows: usize) -> (usize, usize) {
        if self.kind == Kind::Perceptron {
            return (1, self.epochs.unwrap_or_else(|| Single::usual_epochs(network, rows)));
        }
        let is_full_batch = self.usual_optimizer().is_full_batch();
        let batch_size = match (self.batch_size, is_full_batch) {
            (_, true) => rows,
            (Some(batch_size), false) => batch_size,
            (None, false) => {
                let usual = Recipe::usual_batch_size(rows).min(rows);
                let suits = |size: &usize| check_rows(network, rows, *size).is_ok();
                (usual..=rows).find(suits).unwrap_or(usual)
            }
        };
        let usual = match is_full_batch {
            true => FULL_BATCH_EPOCHS,
            false if rows < FEWEST_ROWS_TO_SPLIT => TINY_EPOCHS,
            false => self.usual_epochs(rows, rows.div_ceil(batch_size.max(1))),
        };
        (batch_size, self.epochs.unwrap_or(usual))
    }
}
