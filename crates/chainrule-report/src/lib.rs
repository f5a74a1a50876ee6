//! How good a model is on a table, as one page that needs nothing else.
//!
//! A [`Report`] holds the numbers: scores, curves, where the model errs more than elsewhere, which
//! columns matter, what is in the data, how the training went. It becomes JSON through serde, and a
//! page in HTML through [`Report::page`]: with its style and its pictures in it, without scripts, for
//! light and dark screens and for paper. Equal input gives equal bytes.
//!
//! ```
//! use chainrule::Recipe;
//! use chainrule::data::{SourceOptions, open};
//! use chainrule_report::{Options, Report};
//! let iris = open("iris", &SourceOptions::default())?;
//! let trained = Recipe { hidden: vec![8], epochs: Some(40), ..Recipe::default() }.train(&iris)?;
//! let options = Options { model: "iris.safetensors".into(), data: "iris".into(), ..Options::default() };
//! let report = Report::of(&trained.model, &iris.table, options)?;
//! let page = report.page(&trained.model)?;
//! assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Confusion"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod error;
mod page;
mod pictures;
mod report;
mod residuals;
mod scores;
mod words;

pub use error::Error;
pub use page::is_page;
pub use report::{Described, NotShown, Options, Part, Report, Role, Settings};
pub use residuals::Residuals;
