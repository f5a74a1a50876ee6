//! One training step, planned once and run again and again.

use super::objective::Objective;
use crate::examples::Fitted;
use crate::optim::AtStep;
use crate::{Error, Examples, Loss, Network, Optimizer, Training};
use chainrule_graph::{Graph, Number, Plan, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{Buffer, InstructionSet, Team};

/// Work of a step, in floating-point operations, from which on a second thread pays. A step has some
/// twenty hand-overs of a fraction of a microsecond; one core does 10^5 operations in each
/// microsecond. At this size two threads were measured to be a fifth faster than one.
const SHARED_FROM: f64 = 8.0e6;

/// The step of a network under some settings: forward, backward and update, on a team of threads.
/// Once running it allocates nothing.
pub struct Trainer<E: Number = f32> {
    plan: Plan<E>,
    pub(crate) team: Team,
    pub(crate) set: InstructionSet,
    loss: Loss,
    optimizer: Optimizer,
    learning_rate_share: f64,
    states: [Buffer<E>; 2],
    step: u64,
    seed: u64,
}

impl<E: Number> Trainer<E> {
    /// Plans steps of up to `batch_size` rows.
    ///
    /// # Errors
    /// Settings out of range or unsuited to the network.
    pub fn new(network: &Network, training: &Training) -> Result<Trainer<E>, Error> {
        training.check(network)?;
        let graph = Graph::new();
        let request = Objective::record(&graph, network, training).request(&graph, training)?;
        let plan = Plan::new(&graph, &request)?;
        let threads = training.threads.unwrap_or_else(|| match plan.operations() < SHARED_FROM {
            true => 1,
            false => std::thread::available_parallelism().map_or(1, usize::from),
        });
        let length = plan.parameters().length();
        let state = |number| {
            let length = if training.optimizer.states() > number { length } else { 0 };
            Buffer::zeroed(length, 37 + 14 * number)
        };
        Ok(Trainer {
            plan,
            team: Team::new(threads),
            set: training.instruction_set.unwrap_or_else(InstructionSet::best),
            loss: training.loss,
            optimizer: training.optimizer,
            learning_rate_share: 1.0,
            states: [state(0), state(1)],
            step: 0,
            seed: training.seed,
        })
    }

    /// Takes one step on the chosen rows of the examples (all of them if none are chosen; at most
    /// the planned batch size), and returns their mean loss before it.
    ///
    /// # Errors
    /// When the examples do not fit the network.
    pub fn step(
        &mut self,
        model: &mut crate::Model<E>,
        examples: &Examples<'_, E>,
        chosen: Option<&[u32]>,
    ) -> Result<E, Error> {
        self.loss.check_targets(examples.targets())?;
        let fitted = examples.fit_to(model.network())?;
        let rows = chosen.map_or(examples.rows(), <[u32]>::len);
        Ok(self.step_on(model.parameters_mut(), &fitted, chosen, rows))
    }

    /// Takes the steps from here on with this share of the optimiser's learning rate.
    pub(crate) fn scale_learning_rate(&mut self, share: f64) {
        self.learning_rate_share = share;
    }

    /// The learning rate of the steps from here on.
    pub fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate() * self.learning_rate_share
    }

    /// The same on examples that were already checked.
    pub(crate) fn step_on(
        &mut self,
        parameters: &mut [E],
        fitted: &Fitted<'_, E>,
        chosen: Option<&[u32]>,
        rows: usize,
    ) -> E {
        self.step += 1;
        let optimizer = self.optimizer.with_learning_rate(self.learning_rate());
        let [first, second] = &mut self.states;
        self.plan.run(
            &mut self.team,
            Run {
                set: self.set,
                turn: Turn { seed: self.seed, step: self.step, rows },
                sources: &fitted.sources(0, chosen),
                parameters: Parameters::Learned {
                    values: parameters,
                    rule: &AtStep { optimizer, step: self.step },
                    states: [first, second],
                },
            },
        );
        self.plan.number(0)
    }

    /// Threads at work.
    pub fn threads(&self) -> usize {
        self.team.size()
    }
}
