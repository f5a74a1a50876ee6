//! How many threads there are for a piece of work.

use pyo3::prelude::*;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Threads of this process that train at the moment.
static AT_WORK: AtomicUsize = AtomicUsize::new(0);

/// The processors that this process may use; asked for once, since the system reads files to tell.
fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Threads that this process may use: its processors, or fewer where the variable by which joblib tells
/// its workers (and users tell other libraries) says so.
#[pyfunction]
pub(crate) fn available_threads() -> usize {
    let limit = std::env::var("OMP_NUM_THREADS").ok().and_then(|limit| limit.trim().parse().ok());
    limit.filter(|limit| *limit > 0).map_or(processors(), |limit: usize| limit.min(processors()))
}

/// Some threads of this process, for as long as it lives.
pub(crate) struct Share {
    pub(crate) threads: usize,
}

impl Share {
    /// As many as wanted, or those that are not at work: trainings side by side share the processors
    /// instead of fighting over them.
    pub(crate) fn take(wanted: Option<usize>) -> Share {
        let free = || available_threads().saturating_sub(AT_WORK.load(Relaxed)).max(1);
        let threads = wanted.unwrap_or_else(free);
        AT_WORK.fetch_add(threads, Relaxed);
        Share { threads }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        AT_WORK.fetch_sub(self.threads, Relaxed);
    }
}
