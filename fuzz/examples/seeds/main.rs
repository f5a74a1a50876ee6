//! Writes the seeds of every target to `corpus`: `cargo run --example seeds` in this folder's package.
//!
//! They are committed, and this is where they come from: small inputs of every kind that a reader
//! knows, and the ways in which a file can lie.

mod config;
mod corpus;
mod csv;
mod expression;
mod idx;
mod model;

use std::path::Path;

/// The name of a seed's file, and what is in it.
type Seed = (&'static str, Vec<u8>);

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, seeds) in [
        ("arff", corpus::arff()),
        ("columnar", corpus::seeds(&[".parquet", ".arrow", ".arrows"])),
        ("config", config::seeds()),
        ("csv", csv::seeds()),
        ("expression", expression::seeds()),
        ("idx", idx::seeds()),
        ("model", model::seeds()),
        ("npy", corpus::seeds(&[".npy", ".npz"])),
    ] {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        for (name, bytes) in seeds {
            std::fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
