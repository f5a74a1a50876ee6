//! What can go wrong, said so that it can be put right.

use thiserror::Error;

/// Every error of the library.
#[derive(Debug, Error)]
pub enum Error {
    /// A fault of the model, or of the table.
    #[error(transparent)]
    Model(#[from] chainrule::Error),
    /// A picture that cannot be drawn.
    #[error(transparent)]
    Picture(#[from] chainrule_draw::Error),
    /// Our own template that cannot be filled in.
    #[error("this is a bug in chainrule: its own page cannot be written ({0})")]
    Template(#[from] minijinja::Error),
}
