//! Training that somebody else directs, one pass over the rows after the other.

use super::batches::Batches;
use super::objective::{Mode, Objective, Weights};
use super::schedule::{Planned, ScheduleRun};
use super::{Trainer, Training};
use crate::examples::Fitted;
use crate::workers::Pace;
use crate::{Error, Examples, Model, Network};
use chainrule_graph::{Graph, Number, Plan, Request, Turn};
use chainrule_math::machine::{Parameters, Run};

/// Rows that are judged at once.
const JUDGED_AT_ONCE: usize = 256;

/// Passes over rows whose order, number and, if wanted, learning rate the caller chooses: what a training
/// loop in another language needs of the engine.
///
/// Weights of rows are taken as they are, and a batch's loss, gradient and penalty are divided by the sum
/// of its weights (by its rows where they have none), as scikit-learn does; [`Training::fit`] divides by
/// the rows. The training's own epochs say how long its schedule is, nothing else stops a pass.
///
/// ```
/// use chainrule::{Activation, Examples, Model, Network, Training, train::Passes};
/// use ndarray::array;
/// let inputs = array![[0.0_f64], [1.0], [2.0]];
/// let line = Examples::values(inputs.view(), inputs.view())?;
/// let network = Network::new(1).dense(1, Activation::Identity);
/// let mut model: Model<f64> = network.build(1)?;
/// let mut passes = Passes::new(&network, &Training::new(&network), 3, false)?;
/// let first = passes.pass(&mut model, &line, &[2, 0, 1], Some(0.1), &mut || true)?;
/// let second = passes.pass(&mut model, &line, &[0, 1, 2], Some(0.1), &mut || true)?;
/// assert!(second.loss < first.loss);
/// # Ok::<(), chainrule::Error>(())
/// ```
pub struct Passes<E: Number> {
    trainer: Trainer<E>,
    batches: Batches,
    schedule: ScheduleRun,
    /// Steps taken, as the schedule counts them.
    done: u64,
    whole: Option<Plan<E>>,
    whole_pace: Pace,
    judge: Option<Judge<E>>,
}

/// What a pass saw. The sums are over the batches, each before its step and times its rows; divided by
/// the rows they are means.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct PassLoss {
    /// The loss without penalties.
    pub loss: f64,
    /// What the penalties add to it.
    pub penalty: f64,
    /// Rows gone through: fewer than all where the pass was broken off.
    pub rows: usize,
}

impl<E: Number> Passes<E> {
    /// Plans passes over `rows` rows with weights or without.
    ///
    /// # Errors
    /// Settings out of range or unsuited to the network; an optimiser that needs all rows at once, for
    /// which there is [`Passes::loss_and_gradient`].
    pub fn new(
        network: &Network,
        training: &Training,
        rows: usize,
        weighted: bool,
    ) -> Result<Passes<E>, Error> {
        let batches = Batches::suiting(network, training.batch_size.min(rows.max(1)));
        let settings = Training { batch_size: batches.largest(), ..training.clone() };
        settings.check(network)?;
        let planned =
            Planned { steps_per_epoch: batches.count(rows), epochs: training.epochs, rows };
        let rate = training.optimizer.learning_rate();
        Ok(Passes {
            trainer: Trainer::planned(network, settings, training_mode::<E>(weighted), true)?,
            batches,
            schedule: ScheduleRun::new(training.schedule, training.warm_up, rate, planned),
            done: 0,
            whole: None,
            whole_pace: Pace::new(false),
            judge: None,
        })
    }

    /// Learns from the rows of the examples in this order, with this learning rate or by the schedule.
    /// `goes_on` is asked between batches. Rows of several calls make one epoch where all but the last
    /// call have whole batches.
    ///
    /// # Errors
    /// Examples that do not fit the network, a row that there is not, a batch whose weights are all 0, or
    /// a single row for a network that compares several.
    pub fn pass(
        &mut self,
        model: &mut Model<E>,
        examples: &Examples<'_, E>,
        order: &[u32],
        learning_rate: Option<f64>,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<PassLoss, Error> {
        if let Some(row) = order.iter().find(|row| **row as usize >= examples.rows()) {
            let expected = format!("rows below {}, counted from 0", examples.rows());
            return Err(Error::Examples { what: "the order", expected, found: row.to_string() });
        }
        let batches = || self.batches.iter(order).map(|(batch, _)| batch.len());
        if model.network().needs_several_rows() && batches().any(|rows| rows == 1) {
            return Err(Error::Examples {
                what: "the training rows",
                expected: "at least 2 in every batch, since batch normalisation compares them"
                    .to_string(),
                found: "a batch of 1; take more rows, or layer normalisation".to_string(),
            });
        }
        let fitted = self.fitted(model, examples)?;
        let weights = examples.weights();
        let mut sums = PassLoss::default();
        for (batch, upcoming) in self.batches.iter(order) {
            if !weights.is_empty() && batch.iter().all(|row| weights[*row as usize] == 0.0) {
                return Err(Error::Examples {
                    what: "weights",
                    expected: "a row that counts in every batch".to_string(),
                    found: "a batch whose weights are all 0".to_string(),
                });
            }
            let given = learning_rate.map(|rate| rate / self.trainer.full_learning_rate());
            let share = given.unwrap_or_else(|| self.schedule.share(self.done));
            self.trainer.scale_learning_rate(share);
            self.done += 1;
            let parameters = model.parameters_mut();
            let rows = batch.len();
            let loss = self.trainer.step_on(parameters, &fitted, Some(batch), rows, upcoming);
            sums.loss += loss.to_f64() * rows as f64;
            sums.penalty += self.trainer.penalty().to_f64() * rows as f64;
            sums.rows += rows;
            if !goes_on() {
                break;
            }
        }
        Ok(sums)
    }

    /// Works with so many threads at most from here on; the results do not depend on it.
    pub fn limit_threads(&mut self, threads: usize) {
        self.trainer.workers.limit(threads);
    }

    /// Tells the schedule of an epoch's losses; whether it ends the run.
    pub fn epoch_ended(&mut self, loss: f64, validation: Option<f64>) -> bool {
        self.schedule.epoch_ended(loss, validation)
    }

    /// The learning rate of the last step.
    pub fn learning_rate(&self) -> f64 {
        self.trainer.learning_rate()
    }

    /// The loss, the penalty and the gradient of both, at the model's weights and over all of the
    /// examples: a number for each parameter in their order (see [`Passes::memory`]).
    ///
    /// # Errors
    /// Examples that do not fit the network.
    pub fn loss_and_gradient(
        &mut self,
        model: &Model<E>,
        examples: &Examples<'_, E>,
    ) -> Result<(f64, f64, Vec<f64>), Error> {
        let fitted = self.fitted(model, examples)?;
        let is_large_enough = |plan: &Plan<E>| plan.capacity() >= examples.rows();
        let mut plan = match self.whole.take().filter(is_large_enough) {
            Some(plan) => plan,
            None => {
                let graph = Graph::new();
                let training = self.trainer.training();
                let mode = training_mode::<E>(self.trainer.is_weighted());
                let objective = Objective::record(&graph, model.network(), training, mode);
                let request = objective.request(&graph, training, objective.penalty)?;
                Plan::new(&graph, &Request { capacity: examples.rows(), learn: false, ..request })?
            }
        };
        let run = Run {
            set: self.trainer.set,
            turn: Turn { rows: examples.rows(), ..Turn::default() },
            sources: &fitted.sources(0, None),
            upcoming: &[],
            parameters: Parameters::Fixed(model.parameters()),
        };
        self.trainer.workers.run(&mut self.whole_pace, 1.0, |team| plan.run(team, run));
        let penalty = if plan.output_count() > 1 { plan.number(1).to_f64() } else { 0.0 };
        let gradient = plan.parameters().gather(plan.gradients());
        let loss = plan.number(0).to_f64();
        self.whole = Some(plan);
        Ok((loss, penalty, gradient))
    }

    /// The mean loss of the examples as the model predicts, by their weights if they have any.
    ///
    /// # Errors
    /// Examples that do not fit the network, weights that are all 0.
    pub fn loss(&mut self, model: &Model<E>, examples: &Examples<'_, E>) -> Result<f64, Error> {
        let weights = examples.weights();
        let is_weighted = !weights.is_empty();
        let fitted = fitted(model, examples)?;
        let judge = match self.judge.take().filter(|judge| judge.is_weighted == is_weighted) {
            Some(judge) => judge,
            None => Judge::new(model.network(), self.trainer.training(), is_weighted)?,
        };
        let judge = self.judge.insert(judge);
        let mut total = 0.0;
        for first in (0..examples.rows()).step_by(JUDGED_AT_ONCE) {
            let rows = (examples.rows() - first).min(JUDGED_AT_ONCE);
            let run = Run {
                set: self.trainer.set,
                turn: Turn { rows, ..Turn::default() },
                sources: &fitted.sources(first, None),
                upcoming: &[],
                parameters: Parameters::Fixed(model.parameters()),
            };
            let (plan, share) = (&mut judge.plan, rows as f64 / JUDGED_AT_ONCE as f64);
            self.trainer.workers.run(&mut judge.pace, share, |team| plan.run(team, run));
            total += judge.plan.number(0).to_f64();
        }
        let count = if is_weighted { weights.iter().sum() } else { examples.rows() as f64 };
        Ok(total / count)
    }

    /// Steps taken, and what the optimiser remembers of them: for each of its buffers a number for each
    /// parameter, in the order of the model file and row by row.
    pub fn memory(&self) -> (u64, Vec<Vec<f64>>) {
        self.trainer.memory()
    }

    /// Goes on from such a memory.
    ///
    /// # Errors
    /// When it is of another optimiser or another network.
    pub fn remember(&mut self, step: u64, buffers: &[Vec<f64>]) -> Result<(), Error> {
        let lengths = |buffers: &[Vec<f64>]| buffers.iter().map(Vec::len).collect::<Vec<_>>();
        let (expected, found) = (lengths(&self.memory().1), lengths(buffers));
        if expected != found {
            return Err(Error::setting(
                "what the optimiser remembers",
                format!("buffers of {found:?} numbers"),
                &format!("buffers of {expected:?} numbers"),
            ));
        }
        self.trainer.remember(step, buffers);
        Ok(())
    }

    /// The examples with their weights, which must be there as planned.
    fn fitted<'a>(
        &self,
        model: &Model<E>,
        examples: &'a Examples<'_, E>,
    ) -> Result<Fitted<'a, E>, Error> {
        if examples.weights().is_empty() == self.trainer.is_weighted() {
            return Err(super::trainer::other_weights());
        }
        fitted(model, examples)
    }
}

/// The smallest step above 1: how far from 0 and 1 scikit-learn keeps probabilities.
fn epsilon<E: Number>() -> f64 {
    if size_of::<E>() == size_of::<f32>() { f32::EPSILON.into() } else { f64::EPSILON }
}

/// Batches divided by the sum of their own weights, and losses as scikit-learn tells them.
fn training_mode<E: Number>(weighted: bool) -> Mode {
    Mode::training(weights(weighted)).told_from_probabilities(epsilon::<E>())
}

fn weights(weighted: bool) -> Weights {
    if weighted { Weights::OfBatch } else { Weights::None }
}

/// The examples with their weights as they are.
fn fitted<'a, E: Number>(
    model: &Model<E>,
    examples: &'a Examples<'_, E>,
) -> Result<Fitted<'a, E>, Error> {
    let weights = examples.weights();
    let weights = (!weights.is_empty()).then(|| weights.to_vec());
    Ok(examples.fit_to(model.network())?.weighted(weights))
}

/// The plan of the loss as the network predicts.
struct Judge<E: Number> {
    plan: Plan<E>,
    pace: Pace,
    is_weighted: bool,
}

impl<E: Number> Judge<E> {
    fn new(network: &Network, training: &Training, is_weighted: bool) -> Result<Judge<E>, Error> {
        let graph = Graph::new();
        let mode = Mode::predicting(weights(is_weighted)).told_from_probabilities(epsilon::<E>());
        let objective = Objective::record(&graph, network, training, mode);
        let request = Request {
            outputs: vec![objective.total.id()],
            capacity: JUDGED_AT_ONCE,
            fuse: true,
            ..Request::default()
        };
        Ok(Judge { plan: Plan::new(&graph, &request)?, pace: Pace::new(false), is_weighted })
    }
}
