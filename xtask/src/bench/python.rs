//! The Python package against scikit-learn.

use super::{machine, results};
use crate::folders::root;
use crate::python;
use serde_json::Value;
use std::process::{Command, Stdio};

/// The file of results.
const RESULTS: &str = "python";

/// `cargo xtask bench python ..`: the arguments are those of `benches/python/compare.py`.
pub(super) fn run(arguments: &[&str]) -> Result<(), String> {
    if let Some(why) = python::missing() {
        println!("SKIPPED: {why}");
        return Ok(());
    }
    python::install()?;
    let output = Command::new(python::python())
        .arg(root().join("benches/python/compare.py"))
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run Python: {error}"))?;
    if !output.status.success() {
        return Err("benches/python/compare.py failed".to_string());
    }
    let mut found: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    found["date"] = machine::date().into();
    found["commit"] = machine::commit();
    found["machine"] = machine::host().into();
    println!("{}", table(&found));
    // A run of some measures alone shows them; what is kept is a whole run.
    match arguments
        .iter()
        .all(|argument| argument.starts_with("--") || argument.parse::<u32>().is_ok())
    {
        true => results::write(RESULTS, &found),
        false => Ok(()),
    }
}

/// A row for each measure.
fn table(found: &Value) -> String {
    let mut lines = vec![
        "|  | chainrule f32 | scikit-learn f32 | times | chainrule f64 | scikit-learn f64 | times | bar |"
            .to_string(),
        "|---|---|---|---|---|---|---|---|".to_string(),
    ];
    for measure in found["measures"].as_array().into_iter().flatten() {
        let mut cells = vec![measure["title"].as_str().unwrap_or_default().to_string()];
        for dtype in ["float32", "float64"] {
            for library in ["chainrule", "sklearn"] {
                cells.push(time(measure[dtype][library].as_f64().unwrap_or(f64::NAN)));
            }
            cells.push(format!("{:.1}", measure[dtype]["times"].as_f64().unwrap_or(f64::NAN)));
        }
        cells.push(measure["bar"].as_f64().map_or_else(String::new, |bar| bar.to_string()));
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    let overhead = &found["overhead"];
    if let Some(microseconds) = overhead["microseconds"].as_f64() {
        let title = overhead["title"].as_str().unwrap_or_default();
        let bar = overhead["bar"].as_f64().unwrap_or(f64::NAN);
        lines.push(format!("\n{title}: {microseconds:.1} us (bar {bar} us)"));
    }
    lines.join("\n")
}

/// Seconds in the unit in which they can be read.
fn time(seconds: f64) -> String {
    match seconds {
        _ if seconds >= 0.1 => format!("{seconds:.2} s"),
        _ if seconds >= 1e-3 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{:.0} us", seconds * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_measure_is_a_row() {
        let of_type = json!({ "chainrule": 0.25, "sklearn": 2.5, "times": 10.0 });
        let small = json!({ "chainrule": 2e-5, "sklearn": 1e-3, "times": 50.0 });
        let found = json!({
            "measures": [{ "title": "fit", "bar": 8.0, "float32": of_type, "float64": small }],
            "overhead": { "title": "added", "microseconds": 7.25, "bar": 15.0 },
        });
        let table = table(&found);
        assert!(table.contains("| fit | 0.25 s | 2.50 s | 10.0 | 20 us | 1.0 ms | 50.0 | 8 |"));
        assert!(table.ends_with("added: 7.2 us (bar 15 us)"), "{table}");
    }
}
