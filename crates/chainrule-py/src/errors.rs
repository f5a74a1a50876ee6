//! What goes wrong, as Python's exceptions.

use chainrule::Error;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The library's error: files cannot be read or written, anything else is a value that does not suit.
pub(crate) fn raised(error: Error) -> PyErr {
    match &error {
        // Python chooses the kind of exception by the number, and adds it and the name to the message.
        Error::File { path, source, .. } => match source.raw_os_error() {
            Some(number) => {
                let said = source.to_string();
                let said = said.split(" (os error").next().unwrap_or_default().to_string();
                PyOSError::new_err((number, said, path.to_string_lossy().into_owned()))
            }
            None => PyOSError::new_err(error.to_string()),
        },
        _ => PyValueError::new_err(error.to_string()),
    }
}

/// Computes without the interpreter's lock. A panic, which is a fault of this library, becomes an
/// exception that ordinary handlers catch, unlike PyO3's own.
pub(crate) fn computed<T: Send>(
    py: Python<'_>,
    compute: impl FnOnce() -> PyResult<T> + Send,
) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(compute)))
        .unwrap_or_else(|panic| Err(PyRuntimeError::new_err(told(panic.as_ref()))))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text =
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("of an unknown kind");
    format!("chainrule's engine has failed, which is a fault of its own; please report it: {text}")
}

/// Fails within the engine, so that a test can see what Python makes of it.
#[pyfunction]
pub(crate) fn panic(py: Python<'_>) -> PyResult<()> {
    computed(py, || panic!("asked for"))
}
