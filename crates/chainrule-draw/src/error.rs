//! What can go wrong, said so that it can be put right.

use std::path::PathBuf;
use thiserror::Error;

/// Every error of the library.
#[derive(Debug, Error)]
pub enum Error {
    /// A file name that says neither of the two formats.
    #[error(
        "{path}: expected a picture's name, which ends in .svg or .png; write such a name",
        path = .path.display()
    )]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// A picture that has too many pixels, or none.
    #[error(
        "the picture would be {width} x {height} pixels, but must have at least one and at most \
         {most} on each side; choose another size or scale"
    )]
    Size {
        /// Pixels of a row.
        width: f64,
        /// Rows of pixels.
        height: f64,
        /// The most of either.
        most: u32,
    },
    /// What was asked for cannot be drawn of this.
    #[error("{what}: {problem}")]
    Picture {
        /// The file, model or column.
        what: String,
        /// What was expected, what was found, and what to do.
        problem: String,
    },
    /// Our own SVG that cannot be drawn.
    #[error("this is a bug in chainrule: its own SVG cannot be drawn ({0})")]
    Svg(String),
    /// A fault of the model, or of a file.
    #[error(transparent)]
    Model(Box<chainrule::Error>),
}

impl Error {
    /// What was asked for cannot be drawn of `what`.
    pub(crate) fn picture(what: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::Picture { what: what.into(), problem: problem.into() }
    }
}

impl From<chainrule::Error> for Error {
    fn from(error: chainrule::Error) -> Error {
        Error::Model(Box::new(error))
    }
}

impl From<chainrule::data::DataError> for Error {
    fn from(error: chainrule::data::DataError) -> Error {
        Error::from(chainrule::Error::from(error))
    }
}

impl From<chainrule::graph::GraphError> for Error {
    fn from(error: chainrule::graph::GraphError) -> Error {
        Error::from(chainrule::Error::from(error))
    }
}
