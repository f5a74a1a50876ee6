//! Feed-forward neural networks on one computation graph.

#![forbid(unsafe_code)]

mod activation;
mod error;
mod examples;
mod file;
mod init;
mod loss;
pub mod metrics;
mod model;
mod named;
mod network;
pub mod optim;
mod predict;
mod recipe;
pub mod train;

pub use activation::Activation;
pub use error::Error;
pub use examples::{Examples, Targets};
pub use file::write_whole;
pub use init::Initializer;
pub use loss::Loss;
pub use metrics::Evaluation;
pub use model::Model;
pub use network::{Dense, Network};
pub use optim::Optimizer;
pub use predict::Predictor;
pub use recipe::{Predictions, Prepared, Recipe, Rows, Trained, evaluate_table, predict_table};
pub use train::{Report, Training};

pub use chainrule_data as data;
pub use chainrule_graph as graph;
pub use chainrule_math as math;

/// The README's examples, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
