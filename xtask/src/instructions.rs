//! Instructions of a training step, counted by callgrind: a figure that other programs on the machine
//! cannot disturb, so that a step which grew by a few percent is seen at once.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Where the figures are kept.
const FILE: &str = "benches/instructions.json";
/// How far a count may be from its figure.
const TOLERANCE: f64 = 0.03;
/// Two runs that differ by so many steps: what comes before the first step cancels out.
const STEPS: [u64; 2] = [20, 120];
const SIZES: [&str; 2] = ["small", "middle"];

/// Counts, and compares with the figures or, with `record`, replaces them. `Ok(Some(why))` when
/// it cannot be done here.
pub(crate) fn run(record: bool) -> Result<Option<String>, String> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(Some("valgrind is not installed".to_string()));
    }
    #[cfg(target_arch = "x86_64")]
    let has_avx2 = std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let has_avx2 = false;
    if !has_avx2 {
        return Ok(Some("the figures are those of AVX2, which this machine lacks".to_string()));
    }
    let compiler = compiler()?;
    let program = build()?;
    let mut counts = Vec::new();
    for size in SIZES {
        let [few, many] = STEPS.map(|steps| count(&program, size, steps));
        counts.push((many? - few?) as f64 / (STEPS[1] - STEPS[0]) as f64);
    }
    if record {
        let figures: serde_json::Map<String, Value> = SIZES
            .iter()
            .zip(&counts)
            .map(|(size, count)| (size.to_string(), json!(count)))
            .collect();
        let text = json!({ "compiler": compiler, "instructions_per_step": figures });
        let text = serde_json::to_string_pretty(&text).expect("plain data") + "\n";
        std::fs::write(FILE, text).map_err(|error| format!("{FILE}: {error}"))?;
    }
    let text = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let figures: Value = serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}"))?;
    let mut wrong = Vec::new();
    for (size, found) in SIZES.iter().zip(counts) {
        let expected = figures["instructions_per_step"][size].as_f64().unwrap_or(f64::NAN);
        let change = found / expected - 1.0;
        println!(
            "{size:7} {found:12.0} instructions a step, {:+.2} % of {expected:.0}",
            100.0 * change
        );
        // A missing figure is wrong too.
        if change.is_nan() || change.abs() > TOLERANCE {
            wrong.push(*size);
        }
    }
    let recorded = figures["compiler"].as_str().unwrap_or("an unknown compiler");
    if recorded != compiler {
        println!("only shown, not judged: recorded with {recorded}, here {compiler}");
        return Ok(None);
    }
    match wrong.is_empty() {
        true => Ok(None),
        false => Err(format!(
            "the instructions of a step ({}) differ by more than {} % from {FILE}; if it is meant \
             so, record them anew: cargo xtask instructions --record",
            wrong.join(", "),
            100.0 * TOLERANCE,
        )),
    }
}

fn compiler() -> Result<String, String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_string());
    let output = Command::new(rustc).arg("--version").output();
    let output = output.map_err(|error| format!("rustc: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

fn build() -> Result<String, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let arguments =
        ["build", "--quiet", "--release", "-p", "chainrule", "--example", "training_steps"];
    match Command::new(cargo).args(arguments).status() {
        Ok(status) if status.success() => {}
        _ => return Err("the counted program does not build".to_string()),
    }
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_string());
    let program = format!("{target}/release/examples/training_steps");
    match Path::new(&program).is_file() {
        true => Ok(program),
        false => Err(format!("{program} was not built")),
    }
}

/// Instructions of the whole program.
fn count(program: &str, size: &str, steps: u64) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program, size])
        .arg(steps.to_string())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("the counted program failed:\n{text}"));
    }
    // "==123== Collected : 456"
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    collected
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| format!("callgrind's report has no count:\n{text}"))
}
