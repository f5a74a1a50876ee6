//! A network beside other models, on the same folds of a table.
//!
//! ```text
//! table -> folds -> for each fold and model: preparation of the training rows, fit, predictions for
//! the test rows, scores -> means, spreads, seconds, and whether a difference is more than noise
//! ```
//!
//! ```
//! use chainrule_compare::{Comparison, Contender};
//! use chainrule::data::{SourceOptions, open};
//! let iris = open("iris", &SourceOptions::default())?;
//! let comparison = Comparison {
//!     models: vec![Contender::Dummy, Contender::Linear, Contender::Svm],
//!     ..Comparison::default()
//! };
//! let found = comparison.run(&iris, &|_| {})?;
//! assert_eq!(found.main.name(), "accuracy");
//! assert!((found.models[0].mean(found.main).unwrap() - 1.0 / 3.0).abs() < 1e-9);
//! assert!(found.models[2].mean(found.main).unwrap() > 0.9);
//! assert!(found.tests.iter().any(|test| test.is_more_than_noise));
//! # Ok::<(), chainrule::Error>(())
//! ```
//!
//! The support vector machine comes from [`libsvm_rs`], a translation of the LIBSVM that scikit-learn uses
//! too, and the forest from [`biosphere`]. Neither has unsafe code, and both have taken at most 200 MB for
//! 10 000 rows of 67 inputs. They are here rather than in the library so that nobody compiles them who
//! only wants a network. The linear model is chainrule's own, at its minimum.

#![forbid(unsafe_code)]

mod comparison;
mod contender;
mod dummy;
mod fold;
mod forest;
mod measure;
mod network;
mod paired;
mod student;
mod svm;

pub use comparison::{Comparison, Done, FoldScores, Found, ModelScores};
pub use contender::Contender;
pub use measure::Measure;
pub use paired::{PairedTest, paired_test};
pub use svm::MOST_SVM_ROWS;
