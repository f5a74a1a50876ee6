//! The single neuron: w . x + b, and what is made of it.
//!
//! - [`Perceptron`]: Rosenblatt's rule for a threshold unit, with a [`Verdict`] on whether a line can
//!   separate the classes at all; [`separability`] gives the proof alone.
//! - [`delta_rule`]: the step of Widrow and Hoff for a unit without a nonlinearity.
//! - [`least_squares`]: linear regression in closed form.
//! - [`LinearForm`]: the weights of a model without hidden layers in the units of its columns, and
//!   its decision lines where inputs are two.
//!
//! Linear, logistic and softmax regression are networks of one layer, trained as any other: see
//! [`Kind`](crate::Kind).

mod delta_rule;
mod exact;
mod least_squares;
mod line;
mod linear_form;
mod perceptron;
mod programme;
mod separability;
mod verdict;

pub use delta_rule::delta_rule;
pub use least_squares::{LeastSquares, least_squares};
pub use line::Line;
pub use linear_form::LinearForm;
pub(crate) use perceptron::{Course, Ending, classes_of};
pub use perceptron::{Learned, Perceptron};
pub(crate) use separability::separability_of;
pub use separability::{Meeting, Separability, separability};
pub use verdict::{Proof, Verdict};
