//! Fuzzing the readers of files and expressions: `fuzz/`, built for libFuzzer and run.
//!
//! It is built by plain cargo on stable Rust, with the flags by which cargo-fuzz asks for coverage. A
//! target is a file in `fuzz/fuzz_targets`; its seeds are in `fuzz/corpus`, which is only read.

mod outcome;

use crate::folders::{self, root};
use outcome::Outcome;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

/// What a long run gives every target.
const SECONDS: u64 = 300;

/// What each target gets among the tests.
const SHORT_SECONDS: u64 = 5;

/// Bytes of the longest input: room for every kind of fault, and many inputs in a second.
const LONGEST: u32 = 8192;

/// Megabytes that a target may take in all. Each checks its own inputs far more closely; this stops
/// what runs away before it has answered.
const MOST_MEGABYTES: u32 = 2048;

/// Seconds that one input may take, on a machine that does other things too.
const SLOWEST: u32 = 20;

/// Coverage as cargo-fuzz asks for it. A single unit for each crate, since the pass is per unit.
const FLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "--cfg",
    "fuzzing",
];

/// `cargo xtask fuzz [TARGET ..] [--seconds N]`.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    let known = targets()?;
    let (mut chosen, mut seconds) = (Vec::new(), SECONDS);
    let mut rest = arguments.iter();
    while let Some(&argument) = rest.next() {
        if argument == "--seconds" {
            let number =
                rest.next().and_then(|text| text.parse().ok()).filter(|&number| number > 0);
            seconds = number.ok_or("--seconds needs a positive number")?;
        } else if known.iter().any(|name| name == argument) {
            chosen.push(argument.to_string());
        } else {
            let known = known.join(", ");
            return Err(format!("unknown argument {argument}: --seconds N, or of {known}"));
        }
    }
    if let Some(why) = missing() {
        return Err(format!("fuzzing: {why}"));
    }
    let chosen = if chosen.is_empty() { known } else { chosen };
    compile("build", &["--bins"])?;
    run_all(&chosen, seconds, None)
}

/// Lints of the targets, and a few seconds of each.
pub(crate) fn short() -> Result<(), String> {
    match command("fmt").arg("--check").status() {
        Ok(status) if status.success() => {}
        _ => return Err("the fuzz targets are not formatted: cargo fmt in fuzz/".to_string()),
    }
    compile("build", &["--bins"])?;
    compile("clippy", &["--all-targets", "--", "--deny", "warnings"])?;
    // One seed of chance, so that what fails here is likely to fail again.
    run_all(&targets()?, SHORT_SECONDS, Some(1))
}

/// Why there can be no fuzzing here, if there cannot.
pub(crate) fn missing() -> Option<String> {
    if !cfg!(unix) {
        return Some("libFuzzer needs a Unix-like system".to_string());
    }
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_string());
    let found = Command::new(&compiler).arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        return Some(format!("no C++ compiler, which libFuzzer needs: `{compiler}` does not run"));
    }
    let fetched = command("fetch").arg("--quiet").output();
    match fetched {
        Ok(output) if output.status.success() => None,
        _ => Some("its crates cannot be fetched".to_string()),
    }
}

/// Every target, by its file.
fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| error.to_string())?;
    let files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let names = files.filter_map(|file| file.strip_suffix(".rs").map(str::to_string));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

/// The folder of what is built, and of what is found.
fn target_folder() -> PathBuf {
    folders::target().join("fuzz")
}

/// The name of this machine's kind. Named as the target, it keeps the flags from build scripts.
pub(crate) fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| format!("cannot run rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_string).ok_or("rustc -vV names no host".to_string())
}

/// A cargo command on the fuzz package.
fn command(name: &str) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let mut command = Command::new(cargo);
    command.arg(name).current_dir(root().join("fuzz"));
    command
}

/// Builds or checks the targets with the flags of fuzzing.
fn compile(name: &str, arguments: &[&str]) -> Result<(), String> {
    let status = command(name)
        .args(["--quiet", "--release", "--target", &host()?])
        .args(arguments)
        .env("CARGO_TARGET_DIR", target_folder())
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"))
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("cargo {name} of the fuzz targets failed")),
    }
}

/// Runs targets one after the other, and says what each did.
fn run_all(targets: &[String], seconds: u64, chance: Option<u32>) -> Result<(), String> {
    let mut failed = Vec::new();
    for target in targets {
        println!("fuzzing {target} for {seconds} s");
        let outcome = run_one(target, seconds, chance).map_err(|error| error.to_string())?;
        println!("{outcome}");
        if !outcome.passed {
            failed.push(target.as_str());
        }
    }
    match failed[..] {
        [] => Ok(()),
        _ => Err(format!("fuzzing found faults: {}", failed.join(", "))),
    }
}

fn run_one(target: &str, seconds: u64, chance: Option<u32>) -> std::io::Result<Outcome> {
    let fuzz = root().join("fuzz");
    let folder = target_folder().join("runs").join(target);
    // What earlier runs found interesting; what they found wrong is among the artifacts.
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    // The first folder takes what is found, those after it are only read.
    let found = folder.join("corpus");
    let seeds = fuzz.join("corpus").join(target);
    let artifacts = fuzz.join("artifacts").join(target);
    std::fs::create_dir_all(&found)?;
    std::fs::create_dir_all(&seeds)?;
    std::fs::create_dir_all(&artifacts)?;
    let host = host().map_err(std::io::Error::other)?;
    let program = target_folder().join(host).join("release").join(target);
    let log = folder.join("log");
    let mut command = Command::new(&program);
    command.arg(&found).arg(&seeds);
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-max_len={LONGEST}"));
    command.arg(format!("-rss_limit_mb={MOST_MEGABYTES}"));
    command.arg(format!("-timeout={SLOWEST}"));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.arg("-print_final_stats=1");
    if let Some(chance) = chance {
        command.arg(format!("-seed={chance}"));
    }
    let dictionary = fuzz.join("dictionaries").join(format!("{target}.dict"));
    if dictionary.exists() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    let output = File::create(&log)?;
    let status = command.stdout(output.try_clone()?).stderr(output).status()?;
    Ok(Outcome::read(&program, status.success(), &log))
}
