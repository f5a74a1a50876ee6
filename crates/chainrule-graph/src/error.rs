//! What can be wrong with a graph.

use crate::Shape;
use thiserror::Error;

/// Why a graph cannot be recorded, differentiated or planned.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum GraphError {
    /// The shapes of an operation's inputs do not go together.
    #[error("{place}{operation} of {found}: {expected}")]
    Shape {
        /// The scope in which it was recorded, such as `layer 2: `, or nothing.
        place: String,
        /// The operation.
        operation: String,
        /// The shapes found.
        found: String,
        /// What is needed, and what to change.
        expected: String,
    },
    /// A derivative was asked of something that is not a single number.
    #[error(
        "the derivative needs a single number to start from, but {name} is {shape}: \
         take its sum or mean first"
    )]
    NotANumber {
        /// The value.
        name: String,
        /// Its shape.
        shape: Shape,
    },
    /// A derivative was asked through an operation that has none.
    #[error("{place}{operation} has no derivative: {remedy}")]
    NotDifferentiable {
        /// The scope in which it was recorded, or nothing.
        place: String,
        /// The operation.
        operation: &'static str,
        /// What to use instead.
        remedy: &'static str,
    },
    /// Two inputs or parameters of one name.
    #[error(
        "{place}there is already an input or parameter called {name:?}; give each its own name"
    )]
    NameTaken {
        /// The scope in which the second was recorded, or nothing.
        place: String,
        /// The name.
        name: String,
    },
    /// A name that no input or parameter has.
    #[error("there is no input or parameter called {name:?}; there are: {known}")]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A value given to a run does not fit its input.
    #[error("the value of {name:?} is {found}, but the graph was recorded for {expected}")]
    Value {
        /// The input.
        name: String,
        /// What was given.
        found: String,
        /// What was recorded.
        expected: Shape,
    },
}
