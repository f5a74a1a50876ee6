//! Seconds per epoch, chainrule and its peers in turn, so that a drift of the machine's speed meets
//! all of them alike. Medians are printed, and the ratio of each peer to chainrule.

use serde_json::Value;
use std::process::Command;

/// A system that is measured: its name, and the command for a workload and a number of threads.
struct System {
    name: &'static str,
    command: Vec<String>,
}

const WORKLOADS: [&str; 5] = ["W1", "W2", "W3", "W4", "W5"];

/// Parses the arguments, measures and prints.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    let (mut workloads, mut threads, mut rounds) = (Vec::new(), 2, 3);
    let mut rest = arguments.iter();
    while let Some(&argument) = rest.next() {
        let mut number = || {
            let value = rest.next().and_then(|text| text.parse::<usize>().ok());
            value.filter(|&value| value > 0).ok_or(format!("{argument} needs a positive number"))
        };
        match argument {
            "--threads" => threads = number()?,
            "--rounds" => rounds = number()?,
            name if WORKLOADS.contains(&name) => workloads.push(name),
            _ => return Err(format!("unknown argument {argument}: W1 to W5, --threads, --rounds")),
        }
    }
    if workloads.is_empty() {
        workloads = WORKLOADS.to_vec();
    }
    build()?;
    for workload in workloads {
        measure(workload, threads, rounds)?;
    }
    Ok(())
}

fn build() -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let arguments =
        ["build", "--quiet", "--release", "-p", "chainrule", "--example", "epoch_speed"];
    let status = Command::new(cargo).args(arguments).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err("the benchmark does not build".to_string()),
    }
}

fn systems(workload: &str, threads: usize) -> Vec<System> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_string());
    let python = std::env::var("CHAINRULE_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let own = vec![format!("{target}/release/examples/epoch_speed")];
    let peer = |script: &str| vec![python.clone(), format!("benches/peers/{script}.py")];
    let mut systems = vec![
        System { name: "chainrule", command: own },
        System { name: "torch fused", command: peer("torch_mlp") },
        System { name: "jax scan", command: peer("jax_mlp") },
        System { name: "sklearn", command: peer("sklearn_mlp") },
    ];
    for system in &mut systems {
        system.command.extend([workload.to_string(), threads.to_string()]);
        if system.name == "torch fused" {
            system.command.push("fused".to_string());
        }
    }
    systems
}

fn measure(workload: &str, threads: usize, rounds: usize) -> Result<(), String> {
    let mut systems = systems(workload, threads);
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); systems.len()];
    for round in 0..rounds {
        for (system, times) in systems.iter().zip(&mut times) {
            match once(system) {
                Ok(seconds) => times.push(seconds),
                Err(reason) if round == 0 => println!("SKIPPED {}: {reason}", system.name),
                Err(_) => {}
            }
        }
        if round == 0 {
            // What did not run the first time is not asked again.
            let ran: Vec<bool> = times.iter().map(|times| !times.is_empty()).collect();
            let mut keep = ran.iter();
            systems.retain(|_| *keep.next().expect("one for each system"));
            times.retain(|times| !times.is_empty());
        }
    }
    let own = match systems.first() {
        Some(System { name: "chainrule", .. }) => median(&mut times[0]),
        _ => return Err("chainrule's own benchmark did not run".to_string()),
    };
    println!("{workload}, {threads} threads, {rounds} rounds");
    println!("  {:12} {:>12} {:>12} {:>12} {:>8}", "", "median s", "least", "most", "ratio");
    for (system, times) in systems.iter().zip(&mut times) {
        let middle = median(times);
        let (least, most) = (times[0], times[times.len() - 1]);
        let ratio = middle / own;
        println!("  {:12} {middle:12.6} {least:12.6} {most:12.6} {ratio:8.2}", system.name);
    }
    Ok(())
}

/// Sorts the numbers and gives the middle one.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn once(system: &System) -> Result<f64, String> {
    let output = Command::new(&system.command[0])
        .args(&system.command[1..])
        .output()
        .map_err(|error| format!("{}: {error}", system.command[0]))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{')).ok_or_else(|| {
        let error = String::from_utf8_lossy(&output.stderr);
        error.lines().last().unwrap_or("it printed nothing").to_string()
    })?;
    let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    value["seconds_per_epoch"].as_f64().ok_or_else(|| "no seconds_per_epoch".to_string())
}
