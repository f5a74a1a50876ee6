//! The one engine: a computation graph that is recorded once, differentiated by graph
//! transformation, fused, planned and run.
//!
//! Read it in this order: [`ops`] (every operation's value and slope), `graph.rs` and `symbol.rs`
//! (recording), `gradient.rs` (the chain rule), `fuse.rs`, `plan.rs` and `run.rs` (from graph to
//! steps), `parse.rs` (expressions as people type them), `trace.rs` (every step laid open) and
//! `check.rs` (gradients against differences).

#![forbid(unsafe_code)]

mod check;
mod error;
mod fuse;
mod gradient;
mod graph;
mod layout;
mod learn;
mod op;
pub mod ops;
mod parse;
mod plan;
mod run;
mod shape;
mod symbol;
mod trace;
mod work;

pub use check::{CheckOptions, CheckReport, CheckedElement, check_gradient};
pub use error::GraphError;
pub use fuse::Group;
pub use graph::{Graph, Node, NodeId};
pub use layout::{ParameterLayout, ParameterPlace};
pub use op::Op;
pub use parse::{ParseError, Parsed, Signature, parse, parse_only, parse_with, signatures};
pub use plan::{Plan, Request};
pub use run::{Source, Turn, Values};
pub use shape::Shape;
pub use symbol::Symbol;
pub use trace::{
    MatrixPath, MatrixStep, MatrixTrace, Origin, Trace, TracedPath, TracedStep, Trouble,
};
pub use work::{Number, Work};
