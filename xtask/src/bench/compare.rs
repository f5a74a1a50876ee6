//! Workloads, system by system and round by round.

use super::machine;
use super::measured::{Measured, doubts};
use super::options::Options;
use super::systems::{self, System};
use super::{build, results, summary, table};
use serde_json::{Value, json};
use std::time::Duration;

/// Measures every workload that is asked for, prints it and keeps it.
pub(super) fn run(options: &Options) -> Result<(), String> {
    build::example("chainrule", "workload")?;
    for workload in &options.workloads {
        let (folder, description) = systems::prepare(workload)?;
        // The state of the machine before this workload: how far apart two processors are may change.
        let machine = machine::describe()?;
        let mut all = vec![systems::own(options, workload, &folder)];
        all.extend(systems::others(options, workload, &folder));
        let (measured, skipped) = take_turns(all, options.rounds, options.limit)?;
        // The numbers take a lot of room, and are made anew each time.
        let _ = std::fs::remove_dir_all(&folder);
        let doubts = doubts(&measured);
        let own = &measured[0];
        let systems: Vec<Value> = measured.iter().map(|it| it.summary(workload, own)).collect();
        let result = json!({
            "workload": description,
            "systems": systems,
            "skipped": skipped,
            "doubts": doubts,
        });
        let result = results::of_run(options, machine, result);
        results::write(&format!("{workload}-{}", options.suffix()), &result)?;
        match options.json {
            true => table::print_lines(&result),
            false => table::print(&result),
        }
    }
    summary::write()
}

/// A system that did not run, and why.
type Skipped = Vec<Value>;

/// Lets every system do the work once in each round, in turn. What fails in its first turn is left
/// out, with the reason.
fn take_turns(
    systems: Vec<System>,
    rounds: usize,
    limit: Duration,
) -> Result<(Vec<Measured>, Skipped), String> {
    let mut all: Vec<(System, Vec<Value>)> =
        systems.into_iter().map(|system| (system, Vec::new())).collect();
    let mut skipped = Vec::new();
    for _ in 0..rounds {
        all.retain_mut(|(system, lines)| match once(system, limit) {
            Ok(line) => {
                lines.push(line);
                true
            }
            Err(reason) => {
                skipped.push(json!({ "system": system.name, "reason": reason }));
                false
            }
        });
    }
    let measured = all.into_iter().map(|(system, lines)| Measured { system: system.name, lines });
    let measured: Vec<Measured> = measured.collect();
    match measured.first() {
        Some(own) if own.system == "chainrule" => Ok((measured, skipped)),
        _ => Err(format!("chainrule's own program did not run: {}", json!(skipped))),
    }
}

/// The line of JSON that a system prints.
fn once(system: &System, limit: Duration) -> Result<Value, String> {
    let output = system.command.clone()?.run(limit)?;
    let line = output.lines().rev().find(|line| line.starts_with('{'));
    let line = line.ok_or("it printed no line of JSON")?;
    serde_json::from_str(line).map_err(|error| error.to_string())
}
