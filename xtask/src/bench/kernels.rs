//! The products of training steps against the most that the processor can multiply and add.

use super::options::Options;
use super::{build, machine, process, results};
use serde_json::{Value, json};

/// Runs the example of the mathematics crate, prints a table, writes benches/results/kernels.json.
pub(super) fn run(options: &Options) -> Result<(), String> {
    build::example("chainrule", "workload")?; // it describes the machine
    let program = build::example("chainrule-math", "kernel_speed")?;
    let output = process::command(&program).run(options.limit)?;
    let lines: Result<Vec<Value>, _> = output.lines().map(serde_json::from_str).collect();
    let lines = lines.map_err(|error| format!("{error} in:\n{output}"))?;
    match options.json {
        true => print!("{output}"),
        false => print(&lines),
    }
    let result = json!({
        "date": machine::date(),
        "commit": machine::commit(),
        "machine": machine::describe()?,
        "kernels": lines,
    });
    results::write("kernels", &result)
}

/// The products of each type, instruction set and number of threads, and the peak where it is known.
fn print(lines: &[Value]) {
    let mut before = String::new();
    for line in lines {
        let word = |key: &str| line[key].as_str().unwrap_or_default();
        let speed = line["gflops"].as_f64().unwrap_or(f64::NAN);
        let group = format!(
            "{} {} on {} threads",
            word("element"),
            word("instruction_set"),
            line["threads"]
        );
        if group != before {
            println!("{group}");
            before = group;
        }
        if line["form"].is_null() {
            println!("  {:30} {speed:8.1} GFLOP/s", "peak");
            continue;
        }
        let share = line["share_of_peak"].as_f64();
        let share = share.map_or(String::new(), |share| format!(" {:4.0} %", 100.0 * share));
        println!(
            "  {} {:8} {:>18} {speed:8.1} GFLOP/s{share}",
            word("workload"),
            word("form"),
            word("shape")
        );
    }
}
