//! The files of results.

use super::machine;
use super::options::Options;
use crate::folders::root;
use serde_json::{Value, json};
use std::path::PathBuf;

fn folder() -> PathBuf {
    root().join("benches/results")
}

/// A result with what is said of every run: how it was asked for, when, of what and on what.
pub(super) fn of_run(options: &Options, machine: Value, mut result: Value) -> Value {
    let account = json!({
        "threads": options.threads,
        "instruction_set": options.instruction_set,
        "rounds": options.rounds,
        "date": machine::date(),
        "commit": machine::commit(),
        "machine": machine,
    });
    for (key, value) in account.as_object().into_iter().flatten() {
        result[key] = value.clone();
    }
    result
}

/// Writes `benches/results/<name>.json`, whole or not at all.
pub(super) fn write(name: &str, result: &Value) -> Result<(), String> {
    let text = serde_json::to_string_pretty(result).expect("plain data") + "\n";
    write_whole(&folder().join(format!("{name}.json")), &text)
}

/// The result of this name, if there is one.
pub(super) fn read(name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).ok()?;
    serde_json::from_str(&text).ok()
}

/// Writes a file beside its place, then puts it there.
pub(super) fn write_whole(path: &std::path::Path, text: &str) -> Result<(), String> {
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let write = || {
        std::fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
        std::fs::write(&beside, text)?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| format!("{}: {error}", path.display()))
}
