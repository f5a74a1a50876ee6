//! Feed-forward neural networks on one computation graph.
//!
//! A [`Network`] describes layers; [`Network::build`] draws its weights and gives a [`Model`];
//! [`Training`] fits it to [`Examples`]; the model is judged, saved, loaded and asked for
//! predictions. A [`Recipe`] does all of it from a table. The graph underneath is [`graph`], the
//! readers of files are [`data`].
//!
//! ```
//! use chainrule::{Activation, Examples, Model, Network, Training};
//! use ndarray::array;
//!
//! // Three points of y = 2 x + 1, and a line through them.
//! let inputs = array![[0.0_f64], [1.0], [2.0]];
//! let values = array![[1.0], [3.0], [5.0]];
//! let examples = Examples::values(inputs.view(), values.view())?;
//! let network = Network::new(1).dense(1, Activation::Identity);
//! let mut model: Model<f64> = network.build(1)?;
//! let descent = chainrule::optim::Sgd { learning_rate: 0.1 };
//! Training::new(&network).optimizer(descent).epochs(1000).fit(&mut model, &examples)?;
//! assert!((model.weights(0)[[0, 0]] - 2.0).abs() < 1e-6);
//! assert!((model.biases(0)[0] - 1.0).abs() < 1e-6);
//! # Ok::<(), chainrule::Error>(())
//! ```

#![forbid(unsafe_code)]

mod activation;
pub mod confidence;
pub mod doctor;
mod embedding;
mod error;
mod examples;
pub mod explain;
mod file;
mod init;
mod layer;
mod loss;
pub mod metrics;
mod model;
mod named;
mod network;
pub mod neuron;
pub mod optim;
mod predict;
mod recipe;
mod score;
pub mod segments;
pub mod train;
pub mod tune;
mod workers;
mod written;

pub use activation::Activation;
pub use confidence::CalibrationMethod;
pub use embedding::Embedding;
pub use error::Error;
pub use examples::{Examples, Targets};
pub use file::{has_64_bits, write_whole, write_whole_by};
pub use init::Initializer;
pub use layer::{Dense, LayerActivation, Normalization};
pub use loss::Loss;
pub use metrics::Evaluation;
pub use model::Model;
pub use network::Network;
pub use optim::Optimizer;
pub use predict::Predictor;
pub use recipe::{
    ClassWeights, ClosedForm, Kind, Memory, Predictions, Prepared, Recipe, Rows, Skip, StreamPlan,
    Trained, check_table, evaluate_table, evaluate_table_at, examine_table, judge_chunks,
    judge_table, judge_table_at, open_chunks, predict_table, predict_table_at, threshold_of,
    trace_table, training_of,
};
pub use score::Score;
pub use train::{Report, Training};

pub use chainrule_data as data;
pub use chainrule_graph as graph;
pub use chainrule_math as math;

/// The README's examples, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The Rust of the book's chapters, run as tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../../docs/src/01-a-neuron.md")]
    struct Neuron;
    #[doc = include_str!("../../../docs/src/02-lines.md")]
    struct Lines;
    #[doc = include_str!("../../../docs/src/03-layers.md")]
    struct Layers;
    #[doc = include_str!("../../../docs/src/04-measuring-error.md")]
    struct MeasuringError;
    #[doc = include_str!("../../../docs/src/05-the-chain-rule.md")]
    struct ChainRule;
    #[doc = include_str!("../../../docs/src/06-descending.md")]
    struct Descending;
    #[doc = include_str!("../../../docs/src/07-a-training-step.md")]
    struct TrainingStep;
    #[doc = include_str!("../../../docs/src/08-digits.md")]
    struct Digits;
    #[doc = include_str!("../../../docs/src/09-when-it-goes-wrong.md")]
    struct WhenItGoesWrong;
    #[doc = include_str!("../../../docs/src/10-choosing.md")]
    struct Choosing;
    #[doc = include_str!("../../../docs/src/11-tables.md")]
    struct Tables;
}
