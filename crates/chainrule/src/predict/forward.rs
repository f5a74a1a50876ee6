//! A network's forward pass, planned once.

use super::MOST_ROWS_AT_ONCE;
use crate::examples::{row_major, slice};
use crate::workers::{Pace, Workers};
use crate::{Error, Model, Network};
use chainrule_graph::{Graph, Number, Plan, Request, Source, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{InstructionSet, Team};
use ndarray::{Array2, ArrayView2};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows that kept plans are made for: 2 rows run in a plan for 16, 17 in one for the most. A plan for many
/// takes a single row through memory that lies far apart.
const CAPACITIES: [usize; 3] = [1, 16, MOST_ROWS_AT_ONCE];

/// What is read of a network's last layer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Reading {
    /// Its outputs.
    Outputs,
    /// Its pre-activations.
    Logits,
    /// Its activation of the pre-activations divided by this temperature.
    Tempered(f64),
}

impl Reading {
    /// At a temperature, where 1 changes nothing.
    pub(crate) fn at(temperature: f64) -> Reading {
        if temperature == 1.0 { Reading::Outputs } else { Reading::Tempered(temperature) }
    }
}

/// What a forward pass begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// Rows of inputs.
    Inputs,
    /// Rows of their products with the weights of the first layer.
    Product,
}

/// The plan of a forward pass.
pub(super) struct Forward<E: Number> {
    plan: Plan<E>,
    start: Start,
    reading: Reading,
    pace: Pace,
    /// Of many rows, of which each thread predicts a part.
    pub(super) pace_of_many: Pace,
    pub(super) set: InstructionSet,
}

impl<E: Number> Forward<E> {
    /// Plans for up to `capacity` rows at once.
    pub(super) fn new(
        network: &Network,
        start: Start,
        reading: Reading,
        capacity: usize,
        pace: Pace,
    ) -> Result<Self, Error> {
        let graph = Graph::new();
        let recorded = match start {
            Start::Inputs => network.record(&graph, network.input(&graph), false),
            Start::Product => network.record_after_product(&graph),
        };
        let request = Request {
            outputs: vec![network.read(&recorded, reading).id()],
            capacity: capacity.clamp(1, MOST_ROWS_AT_ONCE),
            fuse: true,
            ..Request::default()
        };
        let plan = Plan::new(&graph, &request)?;
        let pace_of_many = Pace::new(false);
        Ok(Forward { plan, start, reading, pace, pace_of_many, set: InstructionSet::best() })
    }

    /// The outputs of the model, whose network it was planned for, for rows of what it begins with.
    pub(super) fn predict(
        &mut self,
        model: &Model<E>,
        workers: &mut Workers,
        inputs: ArrayView2<'_, E>,
    ) -> Array2<E> {
        let network = model.network();
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
            workers.run(&mut self.pace, share, |team| plan.run(team, run));
            self.plan.read_output(0, count, &mut outputs);
        }
        Array2::from_shape_vec((rows, network.outputs()), outputs)
            .expect("a row of outputs for each row of inputs")
    }

    /// Writes the outputs for rows of inputs that lie one after the other, on the calling thread alone.
    pub(super) fn fill(&mut self, model: &Model<E>, inputs: &[E], outputs: &mut [E]) {
        let (columns, width) = (model.network().inputs(), model.network().outputs());
        let capacity = self.plan.capacity();
        let mut alone = Team::new(1);
        let mut some = Vec::with_capacity(capacity * width);
        for (values, outputs) in
            inputs.chunks(capacity * columns).zip(outputs.chunks_mut(capacity * width))
        {
            let rows = values.len() / columns;
            let run = Run {
                set: self.set,
                turn: Turn { rows, ..Turn::default() },
                sources: &[Source::Rows { values, columns, chosen: None }],
                upcoming: &[],
                parameters: Parameters::Fixed(model.parameters()),
            };
            self.plan.run(&mut alone, run);
            some.clear();
            self.plan.read_output(0, rows, &mut some);
            outputs.copy_from_slice(&some);
        }
    }
}

/// Plans kept at most, for predictions at the same time.
const MOST_KEPT: usize = 16;

/// What a model keeps from one prediction to the next.
pub(crate) struct KeptPlans<E: Number>(Mutex<Kept<E>>);

struct Kept<E: Number> {
    forwards: Vec<Forward<E>>,
    /// One team for the model, made when first asked for. Whoever predicts while it is lent works alone,
    /// or there would be a team for each of them, all after the same processors.
    workers: Option<Workers>,
    is_lent: bool,
    /// Threads of the team at most; nothing for one for each processor.
    threads: Option<usize>,
}

/// A plan and whoever runs it, taken for one prediction.
pub(super) struct Lent<E: Number> {
    pub(super) forward: Forward<E>,
    pub(super) workers: Workers,
    /// The limit of the model's team, if this is it.
    team_of: Option<Option<usize>>,
}

impl<E: Number> Default for KeptPlans<E> {
    fn default() -> Self {
        KeptPlans(Mutex::new(Kept {
            forwards: Vec::new(),
            workers: None,
            is_lent: false,
            threads: None,
        }))
    }
}

impl<E: Number> KeptPlans<E> {
    /// A plan for so many rows of this network's, read so, kept or new, and whoever runs it.
    pub(super) fn take(
        &self,
        network: &Network,
        start: Start,
        reading: Reading,
        rows: usize,
    ) -> Result<Lent<E>, Error> {
        let suits = |capacity: &&usize| **capacity >= rows;
        let capacity = CAPACITIES.iter().find(suits).copied().unwrap_or(MOST_ROWS_AT_ONCE);
        let mut kept = self.lock();
        // The last one put back is the one whose memory is nearest.
        let suits = |it: &Forward<E>| {
            it.plan.capacity() == capacity && (it.start, it.reading) == (start, reading)
        };
        let place = kept.forwards.iter().rposition(suits);
        let forward = match place.map(|place| kept.forwards.remove(place)) {
            Some(forward) => forward,
            None => {
                drop(kept);
                let forward = Forward::new(network, start, reading, capacity, Pace::new(false))?;
                kept = self.lock();
                forward
            }
        };
        if std::mem::replace(&mut kept.is_lent, true) {
            return Ok(Lent { forward, workers: Workers::new(Some(1)), team_of: None });
        }
        let workers = kept.workers.take().unwrap_or_else(|| Workers::new(kept.threads));
        Ok(Lent { forward, workers, team_of: Some(kept.threads) })
    }

    /// Predicts with so many threads at most from here on, or with one for each processor.
    pub(crate) fn limit_threads(&self, threads: Option<usize>) {
        let mut kept = self.lock();
        if kept.threads != threads {
            (kept.threads, kept.workers) = (threads, None);
        }
    }

    /// Keeps both for the next prediction.
    pub(super) fn put(&self, lent: Lent<E>) {
        let mut kept = self.lock();
        if kept.forwards.len() < MOST_KEPT {
            kept.forwards.push(lent.forward);
        }
        // Whoever worked alone while the team was lent brings back nothing.
        if let Some(threads) = lent.team_of {
            kept.workers = (threads == kept.threads).then_some(lent.workers);
            kept.is_lent = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept<E>> {
        // Whole values are sound wherever somebody panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    #[test]
    fn a_model_has_one_team_and_few_plans_however_many_predict_at_once() {
        let network = Network::new(2).dense(3, Activation::Tanh);
        let kept = KeptPlans::<f32>::default();
        let taken: Vec<_> = (0..2 * MOST_KEPT)
            .map(|_| kept.take(&network, Start::Inputs, Reading::Outputs, 1).unwrap())
            .collect();
        assert!(taken[1..].iter().all(|lent| lent.workers.threads() == 1));
        let threads = taken[0].workers.threads();
        for lent in taken {
            kept.put(lent);
        }
        assert_eq!(kept.lock().forwards.len(), MOST_KEPT);
        let lent = kept.take(&network, Start::Inputs, Reading::Outputs, 1).unwrap();
        assert_eq!(lent.workers.threads(), threads, "the team was brought back");
        assert_eq!(lent.forward.plan.capacity(), 1);
        let other = kept.take(&network, Start::Inputs, Reading::Outputs, 17).unwrap();
        assert_eq!(other.forward.plan.capacity(), MOST_ROWS_AT_ONCE);
    }

    #[test]
    fn the_team_has_as_many_threads_as_were_asked_for_last() {
        let network = Network::new(2).dense(3, Activation::Tanh);
        let kept = KeptPlans::<f32>::default();
        let threads = |limit| {
            kept.limit_threads(limit);
            let lent = kept.take(&network, Start::Inputs, Reading::Outputs, 1).unwrap();
            let threads = lent.workers.threads();
            kept.put(lent);
            threads
        };
        assert_eq!([Some(3), Some(1), Some(2)].map(threads), [3, 1, 2]);
        kept.limit_threads(Some(3));
        let lent = kept.take(&network, Start::Inputs, Reading::Outputs, 1).unwrap();
        kept.limit_threads(Some(2));
        kept.put(lent);
        assert_eq!(threads(Some(2)), 2, "a team of another size that was lent meanwhile is let go");
    }
}
