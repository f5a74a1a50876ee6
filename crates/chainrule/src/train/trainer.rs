//! One training step, planned once and run again and again.

use super::Training;
use super::objective::{Mode, Objective, Weights};
use super::update::StepRule;
use crate::examples::Fitted;
use crate::optim::LbfgsRun;
use crate::workers::{Pace, Workers};
use crate::{Error, Examples, Network, Optimizer};
use chainrule_graph::{Graph, Number, Plan, Turn};
use chainrule_math::machine::{Parameters, Run, norm};
use chainrule_math::{Buffer, InstructionSet};

/// The step of a network under some settings: forward, backward and update, on a team of threads.
/// Its plan allocates nothing once it runs (but for L-BFGS, which works on vectors of its own); its
/// threads are started with the first step that may use them.
///
/// ```
/// use chainrule::{Activation, Examples, Model, Network, Training, train::Trainer};
/// use ndarray::array;
/// let inputs = array![[0.0_f32], [1.0]];
/// let examples = Examples::values(inputs.view(), inputs.view())?;
/// let network = Network::new(1).dense(1, Activation::Identity);
/// let mut model: Model = network.build(1)?;
/// let mut trainer = Trainer::new(&network, &Training::new(&network), &examples)?;
/// let before = trainer.step(&mut model, &examples, None)?;
/// assert!(trainer.step(&mut model, &examples, None)? < before);
/// # Ok::<(), chainrule::Error>(())
/// ```
pub struct Trainer<E: Number = f32> {
    plan: Plan<E>,
    pub(crate) workers: Workers,
    pace: Pace,
    pub(crate) set: InstructionSet,
    training: Training,
    learning_rate_share: f64,
    states: [Buffer<E>; 2],
    squares: Vec<E>,
    full_batch: Option<LbfgsRun>,
    gradient_norm: f64,
    converged: bool,
    step: u64,
    weighted: bool,
    tells_penalty: bool,
}

impl<E: Number> Trainer<E> {
    /// Plans steps of up to `batch_size` rows (all of the examples for an optimiser that needs all)
    /// of examples like these: whether rows are weighted must not change.
    ///
    /// # Errors
    /// Settings out of range or unsuited to the network.
    pub fn new(
        network: &Network,
        training: &Training,
        examples: &Examples<'_, E>,
    ) -> Result<Trainer<E>, Error> {
        training.check(network)?;
        let mut training = training.clone();
        if training.optimizer.is_full_batch() {
            training.batch_size = examples.rows();
        }
        let weights = Weights::of_mean_one(training.row_weights(examples)?.is_some());
        Trainer::planned(network, training, Mode::training(weights), false)
    }

    /// The same for settings that were checked, with batches of the size that they say; if asked, each
    /// step also tells what the penalties add.
    pub(super) fn planned(
        network: &Network,
        training: Training,
        mode: Mode,
        tells_penalty: bool,
    ) -> Result<Trainer<E>, Error> {
        let graph = Graph::new();
        let objective = Objective::record(&graph, network, &training, mode);
        // A line search compares what is made small as a whole.
        let more = match training.optimizer.is_full_batch() {
            true => Some(objective.penalized),
            false => objective.penalty.filter(|_| tells_penalty),
        };
        let tells_penalty = tells_penalty && objective.penalty.is_some();
        let plan = Plan::new(&graph, &objective.request(&graph, &training, more)?)?;
        let length = plan.parameters().learned();
        let state = |number| {
            let length = if training.optimizer.states() > number { length } else { 0 };
            Buffer::zeroed(length, 37 + 14 * number)
        };
        Ok(Trainer {
            workers: Workers::new(training.threads),
            pace: Pace::new(training.always_all_threads),
            set: training.instruction_set.unwrap_or_else(InstructionSet::best),
            learning_rate_share: 1.0,
            states: [state(0), state(1)],
            squares: vec![E::ZERO; plan.squares()],
            full_batch: match training.optimizer {
                Optimizer::Lbfgs(settings) => Some(LbfgsRun::new(settings)),
                _ => None,
            },
            gradient_norm: 0.0,
            converged: false,
            step: 0,
            weighted: mode.is_weighted(),
            tells_penalty,
            plan,
            training,
        })
    }

    /// Takes one step on the chosen rows of the examples (all of them if none are chosen; at most
    /// the planned batch size), and returns their mean loss before it. Checks all examples each time,
    /// which [`Training::fit`] does once.
    ///
    /// # Errors
    /// When the examples do not fit the network or the plan.
    pub fn step(
        &mut self,
        model: &mut crate::Model<E>,
        examples: &Examples<'_, E>,
        chosen: Option<&[u32]>,
    ) -> Result<E, Error> {
        self.training.loss.check_targets(examples.targets())?;
        let weights = self.training.row_weights(examples)?;
        if weights.is_some() != self.weighted {
            return Err(other_weights());
        }
        let rows = chosen.map_or(examples.rows(), <[u32]>::len);
        let capacity = self.plan.capacity();
        let last =
            chosen.and_then(|chosen| chosen.iter().copied().max()).map_or(0, |row| row as usize);
        if !(1..=capacity).contains(&rows) || last >= examples.rows() {
            return Err(Error::Examples {
                what: "the rows of a step",
                expected: format!(
                    "1 to {capacity}, as planned, of the {} rows (counted from 0)",
                    examples.rows()
                ),
                found: format!("{rows}, the largest being row {last}"),
            });
        }
        check_rows(model.network(), rows, rows)?;
        let fitted = examples.fit_to(model.network())?.weighted(weights);
        Ok(self.step_on(model.parameters_mut(), &fitted, chosen, rows, &[]))
    }

    /// Takes the steps from here on with this share of the optimiser's learning rate.
    pub(crate) fn scale_learning_rate(&mut self, share: f64) {
        self.learning_rate_share = share;
    }

    /// The learning rate of the steps from here on.
    pub fn learning_rate(&self) -> f64 {
        self.training.optimizer.learning_rate() * self.learning_rate_share
    }

    /// The learning rate of the optimiser's settings.
    pub(super) fn full_learning_rate(&self) -> f64 {
        self.training.optimizer.learning_rate()
    }

    /// The settings, as planned.
    pub(super) fn training(&self) -> &Training {
        &self.training
    }

    /// Whether rows have weights.
    pub(super) fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// The length of the last step's gradient, before any clipping.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// What the penalties added to what the last step made small, before it: 0 unless it was planned to
    /// be told.
    pub(super) fn penalty(&self) -> E {
        if self.tells_penalty { self.plan.number(1) } else { E::ZERO }
    }

    /// Steps taken, and what the optimiser remembers of them: for each of its buffers a number for each
    /// parameter, in their order and without padding.
    pub(super) fn memory(&self) -> (u64, Vec<Vec<f64>>) {
        let buffers = self.states.iter().take(self.training.optimizer.states());
        (self.step, buffers.map(|buffer| self.plan.parameters().gather(buffer)).collect())
    }

    /// Goes on from such a memory, which is as large as [`Trainer::memory`] says.
    pub(super) fn remember(&mut self, step: u64, buffers: &[Vec<f64>]) {
        self.step = step;
        for (buffer, numbers) in self.states.iter_mut().zip(buffers) {
            self.plan.parameters().scatter(numbers, buffer);
        }
    }

    /// Whether the last step moved nothing, since its optimiser found no smaller loss.
    pub fn has_converged(&self) -> bool {
        self.converged
    }

    /// The same on examples that were already checked; the rows of the next step, if they are known,
    /// are fetched meanwhile.
    pub(crate) fn step_on(
        &mut self,
        parameters: &mut [E],
        fitted: &Fitted<'_, E>,
        chosen: Option<&[u32]>,
        rows: usize,
        upcoming: &[u32],
    ) -> E {
        self.step += 1;
        let turn = Turn { seed: self.training.seed, step: self.step, rows };
        let loss = match self.full_batch.is_some() {
            true => self.full_batch_step(parameters, fitted, chosen, turn),
            false => self.simple_step(parameters, fitted, chosen, turn, upcoming),
        };
        if !self.converged {
            self.plan.carry_states(parameters);
        }
        loss
    }

    /// Gradient and update in one run of the plan.
    fn simple_step(
        &mut self,
        parameters: &mut [E],
        fitted: &Fitted<'_, E>,
        chosen: Option<&[u32]>,
        turn: Turn,
        upcoming: &[u32],
    ) -> E {
        let optimizer = self.training.optimizer.with_learning_rate(self.learning_rate());
        let [first, second] = &mut self.states;
        let rule = StepRule { optimizer: optimizer.at(self.step), clip: self.training.clip };
        let run = Run {
            set: self.set,
            turn,
            sources: &fitted.sources(0, chosen),
            upcoming,
            parameters: Parameters::Learned {
                values: parameters,
                rule: &rule,
                states: [first, second],
                squares: &mut self.squares,
            },
        };
        let share = turn.rows as f64 / self.plan.capacity() as f64;
        let plan = &mut self.plan;
        self.workers.run(&mut self.pace, share, |team| plan.run(team, run));
        self.gradient_norm = norm(&self.squares);
        self.plan.number(0)
    }

    /// As many runs of the plan as the line search asks for.
    fn full_batch_step(
        &mut self,
        parameters: &mut [E],
        fitted: &Fitted<'_, E>,
        chosen: Option<&[u32]>,
        turn: Turn,
    ) -> E {
        let run = self.full_batch.as_mut().expect("an optimiser that needs all rows");
        let plan = &mut self.plan;
        let layout = plan.parameters().clone();
        let mut weights = layout.gather(parameters);
        let sources = fitted.sources(0, chosen);
        let (set, team) = (self.set, self.workers.all());
        let mut loss = None;
        let step = run.step(&mut weights, self.learning_rate_share, &mut |trial, gradient| {
            layout.scatter(trial, parameters);
            let parameters = Parameters::Fixed(&*parameters);
            plan.run(team, Run { set, turn, sources: &sources, upcoming: &[], parameters });
            loss.get_or_insert(plan.number(0));
            gradient.copy_from_slice(&layout.gather(plan.gradients()));
            plan.number(1).to_f64()
        });
        layout.scatter(&weights, parameters);
        if step.moved && plan.has_states() {
            // The last trial need not be the one that was taken.
            let parameters = Parameters::Fixed(&*parameters);
            plan.run(team, Run { set, turn, sources: &sources, upcoming: &[], parameters });
        }
        self.gradient_norm = step.gradient_norm;
        self.converged = !step.moved;
        // With its penalties the loss can be infinite where without them it is not.
        match step.loss.is_finite() && step.gradient_norm.is_finite() {
            true => loss.unwrap_or(E::from_f64(step.loss)),
            false => E::from_f64(f64::NAN),
        }
    }

    /// Threads at most.
    pub fn threads(&self) -> usize {
        self.workers.threads()
    }
}

/// Rows have weights where none were planned, or none where some were.
pub(super) fn other_weights() -> Error {
    Error::Examples {
        what: "weights",
        expected: "rows with weights or without, as when the steps were planned".to_string(),
        found: "the other".to_string(),
    }
}

/// Checks that no batch of a training on so many rows has a single one where that says nothing.
pub(crate) fn check_rows(network: &Network, rows: usize, batch_size: usize) -> Result<(), Error> {
    if !network.needs_several_rows() || rows == 0 {
        return Ok(());
    }
    let expected = "at least 2 rows in every batch, since batch normalisation compares them";
    if rows == 1 || batch_size == 1 {
        return Err(Error::Examples {
            what: "the training rows",
            expected: expected.to_string(),
            found: "batches of 1; take more rows, or layer normalisation".to_string(),
        });
    }
    if rows % batch_size == 1 {
        let better = (batch_size + 1..).find(|size| rows % size != 1).unwrap_or(rows);
        return Err(Error::Examples {
            what: "the training rows",
            expected: expected.to_string(),
            found: format!(
                "{rows} rows in batches of {batch_size}, which leave 1 for the last; take batches of \
                 {better}"
            ),
        });
    }
    Ok(())
}
