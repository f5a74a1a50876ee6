//! Where the rows of an epoch come from: memory, or somewhere larger.

use super::Training;
use crate::examples::Fitted;
use crate::{Error, Examples, Network};
use chainrule_graph::Number;
use chainrule_math::random::Stream;
use std::ops::ControlFlow;

/// What is done with some rows that are in memory: the places of those that are to be learned from now,
/// in this order, in batches. It breaks the pass off where the run has diverged.
pub(crate) type Turn<'t, E> = dyn FnMut(&Fitted<'_, E>, &[u32]) -> ControlFlow<()> + 't;

/// The training rows, gone through once for each epoch.
pub(crate) trait Feed<E: Number> {
    /// Rows of an epoch.
    fn rows(&self) -> usize;

    /// Whether rows have weights.
    fn is_weighted(&self) -> bool;

    /// Goes through all rows once, in random order as far as they are in memory together, in one turn or
    /// several. All turns but the last have whole batches.
    ///
    /// # Errors
    /// What is wrong with the rows.
    fn pass(&mut self, turn: &mut Turn<'_, E>) -> Result<(), Error>;

    /// The largest input by its magnitude among the rows that are in memory.
    fn largest_input(&self) -> f64;
}

/// Rows that are all in memory.
pub(super) struct InMemory<'a, 'e, E: Number> {
    examples: &'a Examples<'e, E>,
    fitted: Fitted<'a, E>,
    is_weighted: bool,
    order: Vec<u32>,
    shuffle: Stream,
}

impl<'a, 'e, E: Number> InMemory<'a, 'e, E> {
    pub(super) fn new(
        training: &Training,
        network: &Network,
        examples: &'a Examples<'e, E>,
    ) -> Result<Self, Error> {
        training.loss.check_targets(examples.targets())?;
        let weights = training.row_weights(examples)?;
        Ok(InMemory {
            examples,
            is_weighted: weights.is_some(),
            fitted: examples.fit_to(network)?.weighted(weights),
            order: (0..examples.rows() as u32).collect(),
            shuffle: Stream::new(training.seed, "shuffle"),
        })
    }
}

impl<E: Number> Feed<E> for InMemory<'_, '_, E> {
    fn rows(&self) -> usize {
        self.examples.rows()
    }

    fn is_weighted(&self) -> bool {
        self.is_weighted
    }

    fn pass(&mut self, turn: &mut Turn<'_, E>) -> Result<(), Error> {
        self.shuffle.shuffle(&mut self.order);
        let _ = turn(&self.fitted, &self.order);
        Ok(())
    }

    fn largest_input(&self) -> f64 {
        self.examples.inputs().iter().fold(0.0, |most, it| it.to_f64().abs().max(most))
    }
}
