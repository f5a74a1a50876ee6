//! A network's forward pass, planned once.

use super::MOST_ROWS_AT_ONCE;
use crate::examples::{require_finite, row_major, slice};
use crate::workers::{Pace, Workers};
use crate::{Error, Model, Network};
use chainrule_graph::{Graph, Number, Plan, Request, Source, Turn};
use chainrule_math::InstructionSet;
use chainrule_math::machine::{Parameters, Run};
use ndarray::{Array2, ArrayView2};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows that kept plans are made for, the most last. A plan for many takes a single row through memory
/// that lies far apart.
const CAPACITIES: [usize; 3] = [1, 16, MOST_ROWS_AT_ONCE];

/// The plan of a forward pass, and who runs it.
pub(super) struct Forward<E: Number> {
    plan: Plan<E>,
    workers: Workers,
    pace: Pace,
    pub(super) set: InstructionSet,
}

impl<E: Number> Forward<E> {
    /// Plans for up to `capacity` rows at once.
    pub(super) fn new(
        network: &Network,
        capacity: usize,
        workers: Workers,
        pace: Pace,
    ) -> Result<Self, Error> {
        let graph = Graph::new();
        let recorded = network.record(&graph, network.input(&graph), false);
        let request = Request {
            outputs: vec![recorded.output.id()],
            capacity: capacity.clamp(1, MOST_ROWS_AT_ONCE),
            fuse: true,
            ..Request::default()
        };
        let plan = Plan::new(&graph, &request)?;
        Ok(Forward { plan, workers, pace, set: InstructionSet::best() })
    }

    /// The outputs of the model, whose network it was planned for.
    pub(super) fn predict(
        &mut self,
        model: &Model<E>,
        inputs: ArrayView2<'_, E>,
    ) -> Result<Array2<E>, Error> {
        let network = model.network();
        if inputs.ncols() != network.inputs() {
            return Err(Error::Examples {
                what: "inputs",
                expected: format!("{} columns, as the network has inputs", network.inputs()),
                found: format!("{} columns", inputs.ncols()),
            });
        }
        require_finite("inputs", inputs)?;
        let (rows, columns) = inputs.dim();
        let inputs = row_major(inputs);
        let capacity = self.plan.capacity();
        let mut outputs = Vec::with_capacity(rows * network.outputs());
        for first in (0..rows).step_by(capacity) {
            let count = (rows - first).min(capacity);
            let values = &slice(&inputs)[first * columns..];
            let run = Run {
                set: self.set,
                turn: Turn { rows: count, ..Turn::default() },
                sources: &[Source::Rows { values, columns, chosen: None }],
                upcoming: &[],
                parameters: Parameters::Fixed(model.parameters()),
            };
            let (plan, share) = (&mut self.plan, count as f64 / capacity as f64);
            self.workers.run(&mut self.pace, share, |team| plan.run(team, run));
            self.plan.read_output(0, count, &mut outputs);
        }
        Ok(Array2::from_shape_vec((rows, network.outputs()), outputs)
            .expect("a row of outputs for each row of inputs"))
    }
}

/// Forward passes that a model has planned and that nobody runs at the moment.
pub(crate) struct Idle<E: Number>(Mutex<Vec<Forward<E>>>);

impl<E: Number> Default for Idle<E> {
    fn default() -> Self {
        Idle(Mutex::new(Vec::new()))
    }
}

impl<E: Number> Idle<E> {
    /// One for so many rows of this network's, kept or new.
    pub(super) fn take(&self, network: &Network, rows: usize) -> Result<Forward<E>, Error> {
        let suits = |capacity: &&usize| **capacity >= rows;
        let capacity = CAPACITIES.iter().find(suits).copied().unwrap_or(MOST_ROWS_AT_ONCE);
        let mut kept = self.kept();
        if let Some(place) = kept.iter().position(|it| it.plan.capacity() == capacity) {
            return Ok(kept.swap_remove(place));
        }
        drop(kept);
        Forward::new(network, capacity, Workers::new(None), Pace::new(false))
    }

    /// Keeps it for the next prediction.
    pub(super) fn put(&self, forward: Forward<E>) {
        self.kept().push(forward);
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Forward<E>>> {
        // A list of whole values is sound wherever somebody panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
