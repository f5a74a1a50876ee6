//! What can go wrong, said so that it can be put right.

use crate::train::Divergence;
use chainrule_data::DataError;
use chainrule_graph::GraphError;
use std::path::PathBuf;
use thiserror::Error;

/// Every error of the library.
#[derive(Debug, Error)]
pub enum Error {
    /// A network that cannot be built as described.
    #[error("layer {layer}: {problem}")]
    Network {
        /// Counted from 1.
        layer: usize,
        /// What was expected, what was found, and what to change.
        problem: String,
    },
    /// A setting outside of its range.
    #[error("{setting} is {found}, but must be {expected}")]
    Setting {
        /// The setting's name.
        setting: String,
        /// Its value.
        found: String,
        /// The values it may have.
        expected: String,
    },
    /// A loss of one's own that is none.
    #[error("the own loss: {problem}")]
    OwnLoss {
        /// What was expected, what was found, where in the text, and what to do.
        problem: String,
    },
    /// A name that is none of the known ones.
    #[error("there is no {kind} called {found:?}{}; there are: {known}", suggest(.nearest))]
    UnknownName {
        /// What kind of thing is named, such as `activation`.
        kind: &'static str,
        /// The name.
        found: String,
        /// The known name that is most like it.
        nearest: Option<String>,
        /// The known names.
        known: String,
    },
    /// Inputs or targets that do not fit the network or each other.
    #[error("{what}: expected {expected}, found {found}")]
    Examples {
        /// What does not fit.
        what: &'static str,
        /// What the network needs.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A measure that these rows do not define.
    #[error("the {measure} is not defined here: {reason}")]
    Undefined {
        /// The measure.
        measure: &'static str,
        /// What it needs, and what was found.
        reason: String,
    },
    /// The loss became infinite or not a number. The model keeps its last good weights.
    #[error("{0}")]
    Diverged(Box<Divergence>),
    /// A file could not be read or written.
    #[error("{action} {path}: {source}", path = .path.display())]
    File {
        /// What was tried, such as `cannot write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is not a model, or not a history, that this version can read.
    #[error("{path}: {problem}", path = .path.display())]
    ModelFile {
        /// The file.
        path: PathBuf,
        /// What was expected, what was found, and what to do.
        problem: String,
    },
    /// A search for settings that has found none.
    #[error("{0}")]
    Search(String),
    /// A fault of the data.
    #[error(transparent)]
    Data(Box<DataError>),
    /// A fault of the computation graph.
    #[error(transparent)]
    Graph(Box<GraphError>),
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Error {
        Error::Data(Box::new(error))
    }
}

impl From<GraphError> for Error {
    fn from(error: GraphError) -> Error {
        Error::Graph(Box::new(error))
    }
}

fn suggest(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(String::new(), |nearest| format!(" (did you mean {nearest:?}?)"))
}

impl Error {
    /// An unknown name, with the nearest of the known ones.
    pub(crate) fn unknown(kind: &'static str, found: &str, known: &[&str]) -> Error {
        let nearest = known
            .iter()
            .map(|name| (strsim::damerau_levenshtein(found, name), name))
            .filter(|(distance, name)| *distance <= name.len().max(3) / 2)
            .min();
        Error::UnknownName {
            kind,
            found: found.to_string(),
            nearest: nearest.map(|(_, name)| name.to_string()),
            known: known.join(", "),
        }
    }

    /// A measure that these rows do not define.
    pub(crate) fn undefined(measure: &'static str, reason: impl Into<String>) -> Error {
        Error::Undefined { measure, reason: reason.into() }
    }

    /// A setting outside of its range.
    pub(crate) fn setting(
        setting: impl Into<String>,
        found: impl ToString,
        expected: &str,
    ) -> Error {
        let (found, expected) = (found.to_string(), expected.to_string());
        Error::Setting { setting: setting.into(), found, expected }
    }
}
