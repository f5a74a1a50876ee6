//! The Rust half of the Python package `chainrule`: expressions as part of `chainrule._core`.

mod autograd;
mod errors;

/// The module.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use super::errors::panic;

    use pyo3::prelude::*;

    #[pymodule_init]
    fn functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::autograd::register(module)
    }
}
