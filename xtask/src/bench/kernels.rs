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

/// A table for each type, instruction set and number of threads: the peak, then the products.
fn print(lines: &[Value]) {
    for line in lines {
        let word = |key: &str| line[key].as_str().unwrap_or_default();
        let speed = line["gflops"].as_f64().unwrap_or(f64::NAN);
        if line["form"].is_null() {
            println!(
                "{} {} on {} threads: peak {speed:.1} GFLOP/s",
                word("element"),
                word("instruction_set"),
                line["threads"]
            );
            continue;
        }
        let share = 100.0 * line["share_of_peak"].as_f64().unwrap_or(f64::NAN);
        println!(
            "  {} {:8} {:>18} {speed:8.1} GFLOP/s {share:4.0} %",
            word("workload"),
            word("form"),
            word("shape")
        );
    }
}
