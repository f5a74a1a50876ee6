//! Readers: a file for each format, and a room for those that take more than one.

pub(crate) mod arff;
pub(crate) mod chunks;
#[cfg(feature = "arrow")]
pub(crate) mod columnar;
pub(crate) mod csv;
pub(crate) mod file;
pub(crate) mod idx;
pub(crate) mod npy;
