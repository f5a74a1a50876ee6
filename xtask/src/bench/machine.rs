//! The machine on which something was measured.

use super::{build, process};
use crate::folders::root;
use serde_json::{Map, Value, json};
use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// What Linux tells, and what the runner finds out.
pub(super) fn describe() -> Result<Value, String> {
    let mut command = process::command(&build::runner());
    let line = command.push("machine").run(Duration::from_secs(60))?;
    let mut machine: Map<String, Value> =
        serde_json::from_str(&line).map_err(|error| error.to_string())?;
    machine.append(&mut host());
    Ok(Value::Object(machine))
}

/// Processor, caches, memory and system, as far as Linux tells.
pub(super) fn host() -> Map<String, Value> {
    let mut machine = Map::new();
    let processors = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = read_to_string("/proc/meminfo").unwrap_or_default();
    let gigabytes = value_of(&memory, "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map(|kibibytes| (kibibytes * 1024.0 / 1e8).round() / 10.0);
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    machine.insert("processor".to_string(), json!(value_of(&processors, "model name")));
    machine.insert("memory_gb".to_string(), json!(gigabytes));
    machine.insert("caches".to_string(), json!(caches()));
    machine.insert("system".to_string(), json!(std::env::consts::OS));
    machine.insert("system_version".to_string(), json!(kernel.trim()));
    machine.insert("architecture".to_string(), json!(std::env::consts::ARCH));
    machine
}

/// What stands behind the first `name :` of a text.
fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs
        .map(|(key, value)| (key.trim(), value.trim()))
        .find(|(key, _)| *key == name)
        .map(|it| it.1)
}

/// The caches that the first processor uses, such as `L2 2048K (processors 0)`.
fn caches() -> Vec<String> {
    let folder = Path::new("/sys/devices/system/cpu/cpu0/cache");
    let read = |index: usize, name: &str| {
        let text = read_to_string(folder.join(format!("index{index}")).join(name)).ok()?;
        Some(text.trim().to_string())
    };
    let cache = |index| {
        let (level, size) = (read(index, "level")?, read(index, "size")?);
        let kind = match read(index, "type")?.as_str() {
            "Data" => "d",
            "Instruction" => "i",
            _ => "",
        };
        let shared = read(index, "shared_cpu_list").unwrap_or_default();
        Some(format!("L{level}{kind} {size} (processors {shared})"))
    };
    (0..).map_while(cache).collect()
}

/// The commit that was measured; `+` behind it when files differ from it.
pub(super) fn commit() -> Value {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(root()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_string())
    };
    // The results themselves may have been written since.
    let changed = git(&[
        "status",
        "--porcelain",
        "--",
        "crates",
        "xtask",
        "benches/peers",
        "benches/python",
        "benches/tables",
    ]);
    let mark = if changed.is_some_and(|text| !text.is_empty()) { "+" } else { "" };
    json!(git(&["rev-parse", "--short", "HEAD"]).map(|commit| commit + mark))
}

/// Today's date, in Greenwich, such as `2026-11-21`.
pub(super) fn date() -> String {
    let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    date_of(since / 86_400)
}

/// The date of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`): years begin in March, so that the leap day is the last of one.
fn date_of(day: u64) -> String {
    let day = day + 719_468; // from the first of March of year 0
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = match month {
        0..10 => (year, month + 3),
        _ => (year + 1, month - 9),
    };
    format!("{:04}-{month:02}-{day:02}", 400 * era + year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        for (day, date) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_778, "2026-11-21"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(date_of(day), date);
        }
    }

    #[test]
    fn names_end_at_their_colon() {
        let text = "model\t\t: 6\nmodel name\t: A: B\n";
        assert_eq!(value_of(text, "model name"), Some("A: B"));
        assert_eq!(value_of(text, "name"), None);
    }
}
