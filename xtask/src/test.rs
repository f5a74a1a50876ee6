//! Everything that must hold.

use crate::folders::target;
use crate::{coverage, fuzz, instructions, neon, python};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Runs every part; stops at the first that fails.
pub(crate) fn run(require_all: bool) -> Result<(), String> {
    let data = std::env::var_os("CHAINRULE_DATA").filter(|folder| Path::new(folder).is_dir());
    if require_all && data.is_none() {
        return Err("--require-all: CHAINRULE_DATA must name the data folder (mnist/, \
                    fashion-mnist/, tabular/)"
            .to_string());
    }
    let begin = Instant::now();
    part("format", &["fmt", "--all", "--check"], &[])?;
    part(
        "lints",
        &["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"],
        &[],
    )?;
    println!("== tests named in docs");
    coverage::run()?;
    // Unit, integration and doc tests; those on data folders skip themselves without one.
    part("tests", &["test", "--quiet", "--workspace", "--no-fail-fast"], &[])?;
    part(
        "documentation",
        &["doc", "--quiet", "--workspace", "--no-deps"],
        &[("RUSTDOCFLAGS", "--deny warnings")],
    )?;
    if data.is_none() {
        println!(
            "SKIPPED the tests on MNIST, Fashion-MNIST and tables: CHAINRULE_DATA does not name a \
             data folder"
        );
    }
    optional("instructions of a training step", require_all, || instructions::run(false))?;
    optional("fuzzing, a few seconds of each target", require_all, || match fuzz::missing() {
        None => fuzz::short().map(|()| None),
        missing => Ok(missing),
    })?;
    // The tests above have opened it wherever there is one.
    optional("the report in a browser", require_all, || Ok(missing_browser()))?;
    // The tests above have built the program.
    let program = target().join("debug").join(format!("chainrule{}", std::env::consts::EXE_SUFFIX));
    optional("the Python package", require_all, || match python::missing() {
        None => python::test(&[], &program).map(|()| None),
        missing => Ok(missing),
    })?;
    // Not a failure even where all is required: the target cannot be installed everywhere.
    optional("the code for 64-bit Arm", false, || match neon::missing() {
        None => neon::short().map(|()| None),
        missing => Ok(missing),
    })?;
    println!("all parts passed in {:.0} s", begin.elapsed().as_secs_f64());
    Ok(())
}

/// Why no test could open a page in a browser, if so.
fn missing_browser() -> Option<String> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = |folder: PathBuf| names.iter().any(|name| folder.join(name).is_file());
    match std::env::split_paths(&folders).any(is_there) {
        true => None,
        false => Some("there is no Chromium".to_string()),
    }
}

/// A part that needs a tool: it returns why it could not be done, if so.
fn optional(
    name: &str,
    require_all: bool,
    part: impl FnOnce() -> Result<Option<String>, String>,
) -> Result<(), String> {
    println!("== {name}");
    let start = Instant::now();
    match part()? {
        None => println!("== {name} passed in {:.0} s", start.elapsed().as_secs_f64()),
        Some(why) if require_all => return Err(format!("--require-all: {name}: {why}")),
        Some(why) => println!("SKIPPED {name}: {why}"),
    }
    Ok(())
}

fn part(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    println!("== {name}: cargo {}", arguments.join(" "));
    let start = Instant::now();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let status = Command::new(cargo)
        .args(arguments)
        .envs(environment.iter().copied())
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err(format!("{name} failed"));
    }
    println!("== {name} passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}
