//! The programs that are run, built when they are first needed.

use crate::folders::{root, target};
use std::path::{Path, PathBuf};
use std::process::Command;

fn cargo() -> Command {
    Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string()))
}

/// Builds an example of a crate.
pub(super) fn example(package: &str, name: &str) -> Result<PathBuf, String> {
    let status = cargo()
        .args(["build", "--quiet", "--release", "-p", package, "--example", name])
        .current_dir(root())
        .status();
    match status {
        Ok(status) if status.success() => Ok(target().join("release/examples").join(name)),
        _ => Err(format!("the example {name} does not build")),
    }
}

/// Builds the program as people have it.
pub(crate) fn program() -> Result<PathBuf, String> {
    let status = cargo()
        .args(["build", "--quiet", "--release", "-p", "chainrule-cli", "--bin", "chainrule"])
        .current_dir(root())
        .status();
    match status {
        Ok(status) if status.success() => Ok(target().join("release/chainrule")),
        _ => Err("the program does not build".to_string()),
    }
}

/// The program that runs chainrule on a workload, once built.
pub(super) fn runner() -> PathBuf {
    target().join("release/examples/workload")
}

/// Builds a peer in Rust, a workspace of its own; with its kernels for AVX-512 where there are such.
pub(super) fn peer(name: &str) -> Result<PathBuf, String> {
    let folder = target().join("bench/peers").join(name);
    eprintln!("building {name} (the first time it takes minutes)");
    let mut command = cargo();
    command
        .args(["build", "--quiet", "--release", "--locked"])
        .current_dir(root().join("benches/peers").join(name))
        .env("CARGO_TARGET_DIR", &folder);
    if name == "burn" && has_avx512() {
        command.args(["--features", "avx512"]);
    }
    let output = command.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    let program = folder.join("release").join(format!("peer-{name}"));
    match output.status.success() && Path::new(&program).is_file() {
        true => Ok(program),
        false => {
            let text = String::from_utf8_lossy(&output.stderr);
            let why = text.lines().find(|line| line.starts_with("error")).unwrap_or("no reason");
            Err(format!("it does not build: {why}"))
        }
    }
}

fn has_avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}
