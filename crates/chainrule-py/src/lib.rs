//! The Rust half of the Python package `chainrule`: the engine, and expressions, as `chainrule._core`.
//!
//! Python directs (what rows come when, when to stop, what to print), the engine computes. Arrays cross
//! the border without being copied where they lie as the engine reads them; the interpreter's lock is
//! released while it computes, and a panic arrives as a `RuntimeError`.

mod arrays;
mod autograd;
mod engine;
mod errors;
mod files;
mod threads;
mod training;

/// The module.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::errors::panic;
    #[pymodule_export]
    use super::threads::available_threads;
    #[pymodule_export]
    use super::training::Training;

    use chainrule::train::Schedule;
    use chainrule::{Activation, Loss, Optimizer};
    use pyo3::prelude::*;

    /// The names that settings may have, from the tables that read them.
    #[pymodule_init]
    fn names(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("ACTIVATIONS", Activation::NAMES.to_vec())?;
        module.add("LOSSES", Loss::NAMES.to_vec())?;
        module.add("OPTIMIZERS", Optimizer::NAMES.to_vec())?;
        module.add("SCHEDULES", Schedule::NAMES.to_vec())?;
        super::autograd::register(module)
    }
}
