//! The code for 64-bit Arm, built by the machine at hand and run by an emulator.

use std::path::Path;
use std::process::Command;

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";

/// `cargo xtask neon`: every test that compares instruction sets, and the model bytes that were
/// recorded on another architecture.
pub(crate) fn run() -> Result<(), String> {
    if let Some(why) = missing() {
        println!("SKIPPED NEON: {why}");
        return Ok(());
    }
    short()?;
    test(&["-p", "chainrule-graph", "--lib", "--tests"])?;
    test(&["-p", "chainrule", "--test", "same_bits"])
}

/// The tests of the registers and of what is made of them.
pub(crate) fn short() -> Result<(), String> {
    test(&["-p", "chainrule-math", "--lib", "--tests"])
}

/// Why it cannot be done here, if so.
pub(crate) fn missing() -> Option<String> {
    if cfg!(target_arch = "aarch64") {
        return Some("this is such a machine: the tests have run it already".to_string());
    }
    let found =
        Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    let library = found.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string());
    if !library.is_ok_and(|folder| Path::new(&folder).is_dir()) {
        return Some(format!("the target is not installed: rustup target add {TARGET}"));
    }
    let runs = |program: &&str| Command::new(program).arg("--version").output().is_ok();
    let lacking = [LINKER, EMULATOR].into_iter().find(|program| !runs(program))?;
    Some(format!("{lacking} is not installed (Debian: gcc-aarch64-linux-gnu, qemu-user)"))
}

fn test(arguments: &[&str]) -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let status = Command::new(cargo)
        .args(["test", "--quiet", "--target", TARGET])
        .args(arguments)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", EMULATOR)
        // Without libraries that the emulator would have to be told where to find.
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-Ctarget-feature=+crt-static")
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("cargo test --target {TARGET} {} failed", arguments.join(" "))),
    }
}
