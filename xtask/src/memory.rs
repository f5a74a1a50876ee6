//! Memory errors and data races in the unsafe code, as Miri and the sanitizers of LLVM see them. Both
//! come with nightly Rust alone, so these are commands of their own.

use crate::fuzz::host;
use std::path::Path;
use std::process::Command;

/// `cargo xtask miri`: the unit tests and small schedules of scalar code, one operation after the other,
/// with every pointer's right to its memory checked.
pub(crate) fn miri() -> Result<(), String> {
    if !answers(&["cargo", "miri", "--version"]) {
        let remedy = "rustup toolchain install nightly --component miri,rust-src";
        println!("SKIPPED Miri: nightly Rust has none here: {remedy}");
        return Ok(());
    }
    // As many processors as threads, for without them a team does not spin.
    let test = |what, flags: &str, arguments: &[&str]| {
        let mut command = nightly(&["cargo", "miri", "test"]);
        command.args(arguments).env("MIRIFLAGS", format!("-Zmiri-num-cpus=3 {flags}"));
        run(what, command)
    };
    test("Miri on chainrule-math", "", &["-p", "chainrule-math", "--lib", "--tests"])?;
    // Each seed is another order in which the threads have their turns.
    let team = ["-p", "chainrule-math", "--lib", "team::"];
    test("Miri on the team, in eight orders", "-Zmiri-many-seeds=0..8", &team)?;
    test("Miri on a training step", "", &["-p", "chainrule-graph", "--test", "fusion"])
}

/// `cargo xtask sanitize`: the tests of the crates with unsafe code and of their first user, compiled
/// for every instruction set and watched while they run.
pub(crate) fn sanitize() -> Result<(), String> {
    let host = host()?;
    if !["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"].contains(&host.as_str()) {
        println!("SKIPPED the sanitizers: they were only tried on Linux, and this is {host}");
        return Ok(());
    }
    if !answers(&["cargo", "--version"]) {
        let remedy = "rustup toolchain install nightly --component rust-src";
        println!("SKIPPED the sanitizers: nightly Rust is not installed: {remedy}");
        return Ok(());
    }
    let test = |sanitizer: &str, arguments: &[&str]| {
        let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_string());
        let mut command = nightly(&["cargo", "test", "--target", &host]);
        command.args(arguments);
        command.env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"));
        // What is built for one sanitizer is of no use to anything else.
        command.env("CARGO_TARGET_DIR", Path::new(&target).join("sanitizers").join(sanitizer));
        run(&format!("{sanitizer} sanitizer"), command)
    };
    let crates = ["-p", "chainrule-math", "-p", "chainrule-graph"];
    test("address", &[&crates[..], &["--lib", "--tests"]].concat())?;
    if !has_source() {
        println!("SKIPPED the thread sanitizer: rustup component add --toolchain nightly rust-src");
        return Ok(());
    }
    // It must see the standard library's atomics too, so that is built with it.
    let tests = ["-Zbuild-std", "--lib", "--test", "products", "--test", "schedules"];
    test("thread", &[&crates[..], &tests, &["--test", "fusion"]].concat())
}

/// A command of nightly Rust.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly"]).args(arguments);
    command
}

fn answers(arguments: &[&str]) -> bool {
    nightly(arguments).output().is_ok_and(|output| output.status.success())
}

/// Whether nightly's standard library can be built.
fn has_source() -> bool {
    let output = nightly(&["rustc", "--print", "sysroot"]).output();
    output.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout);
        Path::new(folder.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").is_file()
    })
}

fn run(what: &str, mut command: Command) -> Result<(), String> {
    println!("== {what}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{what} failed")),
        Err(error) => Err(format!("cannot run rustup: {error}")),
    }
}
