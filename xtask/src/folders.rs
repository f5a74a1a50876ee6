//! Where things are.

use std::path::{Path, PathBuf};

/// The root of this checkout, as cargo says at run time: several may share a target folder, and with
/// it this program.
pub(crate) fn root() -> PathBuf {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "xtask".to_string());
    Path::new(&own).parent().expect("xtask is in the root").to_path_buf()
}

/// The folder of what is built.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR").map(std::path::absolute) {
        Some(Ok(folder)) => folder,
        _ => root().join("target"),
    }
}
