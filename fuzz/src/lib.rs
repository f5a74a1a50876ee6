//! What the fuzz targets share: choices drawn from the input, a bound on memory, and the road from a
//! table to the inputs of a network.
//!
//! A target is a file in `fuzz_targets`, a `[[bin]]` in `Cargo.toml` and a folder of seeds in
//! `corpus`; a dictionary in `dictionaries` if words help. `cargo xtask fuzz` finds it by its file.
//! It reads the input, uses what was read as a person would, and panics when a promise is broken:
//! no panic of the library, no more memory than the length of the input allows.

mod draw;
mod memory;
mod packed;
mod prepare;

pub use draw::Draws;
pub use memory::bounded;
pub use packed::{pack, unpacked_length};
pub use prepare::Preparing;
