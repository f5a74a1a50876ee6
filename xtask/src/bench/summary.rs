//! benches/README.md and its picture, from the files of results.

use super::systems::WORKLOADS;
use super::{chart, results, sweep, table};
use crate::folders::root;
use serde_json::Value;
use std::path::Path;

/// The table is written between these.
const BEGIN: &str = "<!-- written by cargo xtask bench plot: begin -->\n";
const END: &str = "<!-- written by cargo xtask bench plot: end -->\n";

/// How results are measured, by the end of their files' names, and what is said above their table.
const GROUPS: [(&str, &str); 4] = [
    ("2t", "Two threads"),
    ("1t", "One thread"),
    ("2t-avx2", "Two threads, held to AVX2"),
    ("defaults", "As each comes, with no word on threads"),
];

/// Writes the tables and the pictures anew.
pub(super) fn write() -> Result<(), String> {
    let of_group = |suffix: &str| -> Vec<Value> {
        WORKLOADS.iter().filter_map(|name| results::read(&format!("{name}-{suffix}"))).collect()
    };
    let mut text = String::new();
    for (suffix, title) in GROUPS {
        let group = of_group(suffix);
        let Some(last) = group.last() else { continue };
        text += &format!("\n{title} ({}):\n\n{}", provenance(last), table::markdown(&group));
    }
    for line in sweep::words() {
        text += &format!("\n{line}\n");
    }
    let picture = of_group(GROUPS[0].0);
    if !picture.is_empty() {
        results::write_whole(&root().join("benches/speed.svg"), &chart::bars(&picture))?;
        text = format!("\n![Seconds of each system, workload by workload](speed.svg)\n{text}");
    }
    replace(&root().join("benches/README.md"), BEGIN, END, &format!("{text}\n"))
}

/// Puts something else between two lines of a file.
pub(super) fn replace(path: &Path, begin: &str, end: &str, new: &str) -> Result<(), String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = between(&text, begin, end, new)
        .ok_or_else(|| format!("{} lacks the lines {begin}{end}", path.display()))?;
    results::write_whole(path, &text)
}

/// The text with something else between the two lines.
fn between(text: &str, begin: &str, end: &str, new: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{new}{end}{after}"))
}

/// Where and when something was measured.
fn provenance(result: &Value) -> String {
    let machine = &result["machine"];
    let word = |value: &Value| value.as_str().unwrap_or("unknown").to_string();
    let rounds = &result["rounds"];
    format!(
        "{} with {} processors, {}, {}, medians of {rounds} rounds",
        word(&machine["processor"]),
        machine["processors"],
        word(&machine["kernel"]),
        word(&result["date"])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_lines_changes() {
        let text = format!("above\n{BEGIN}old\n{END}below\n");
        let expected = format!("above\n{BEGIN}new\n{END}below\n");
        assert_eq!(between(&text, BEGIN, END, "new\n"), Some(expected));
        assert_eq!(between("without", BEGIN, END, "new"), None);
    }
}
