//! What a search tells while it is under way.

use super::{Job, Judging, Run, Settings};
use std::ops::ControlFlow;

/// Something that happens in a search.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The search begins, or goes on.
    Started {
        /// Trials at most, where they and not the clock end it.
        trials: Option<usize>,
        /// Rungs.
        rungs: usize,
        /// How many times more epochs a rung has than the one below.
        reduction: usize,
        /// Trials at the same time.
        threads: usize,
        /// The rows that judge.
        judging: Judging,
        /// The runs that were read from the file.
        runs: &'a [Run],
    },
    /// A run begins.
    Begun {
        /// Its trial and rung.
        job: Job,
        /// What it tries.
        settings: &'a Settings,
    },
    /// A run has done an epoch.
    Epoch {
        /// Its trial and rung.
        job: Job,
        /// The fold, counted from 0.
        fold: usize,
        /// Folds.
        folds: usize,
        /// The epoch, counted from 1.
        epoch: usize,
        /// Epochs at most.
        epochs: usize,
    },
    /// A run has ended.
    Ended(&'a Run),
    /// A run was broken off when the time was over.
    BrokenOff(Job),
}

/// Hears every event of a search, and may stop it: no trial begins after that.
///
/// Any closure from `&Event` to [`ControlFlow`] is one.
pub trait Listener: Send {
    /// Hears an event; `Break` asks the search to stop.
    fn hear(&mut self, event: &Event<'_>) -> ControlFlow<()>;
}

impl<F: FnMut(&Event<'_>) -> ControlFlow<()> + Send> Listener for F {
    fn hear(&mut self, event: &Event<'_>) -> ControlFlow<()> {
        self(event)
    }
}
