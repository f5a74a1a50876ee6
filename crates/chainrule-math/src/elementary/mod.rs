//! The elementary functions over any register.

pub(crate) mod double;
pub(crate) mod single;
