//! Results as tables: on the screen, and in benches/README.md.

use super::measured::judged_by;
use serde_json::{Value, json};

/// The name of a result's workload.
fn name(result: &Value) -> &str {
    result["workload"]["workload"].as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What a workload is, in a few words.
pub(super) fn words(description: &Value) -> String {
    let rows = &description["rows"];
    let widths: Vec<String> = list(&description["widths"]).iter().map(Value::to_string).collect();
    match description["workload"].as_str() {
        Some("W7") => {
            let searched = list(&description["alphas"]).len() * list(&description["hidden"]).len();
            format!("grid search on the digits, {searched} settings x 3 folds")
        }
        Some("W6") => format!("{}, predictions", widths.join("-")),
        _ => {
            let (batch, activation) = (&description["batch"], &description["activation"]);
            let activation = match activation.as_str() {
                Some("relu") | None => String::new(),
                Some(other) => format!(", {other}"),
            };
            format!("{rows} x {}{activation}, batches of {batch}", widths.join("-"))
        }
    }
}

/// A line of JSON for each system.
pub(super) fn print_lines(result: &Value) {
    for system in list(&result["systems"]) {
        println!("{system}");
    }
    for skipped in list(&result["skipped"]) {
        let (system, reason) = (&skipped["system"], &skipped["reason"]);
        println!("{}", json!({ "workload": name(result), "system": system, "skipped": reason }));
    }
    for doubt in list(&result["doubts"]) {
        eprintln!("WARNING {}: {}", name(result), doubt.as_str().unwrap_or_default());
    }
}

/// A table of every measure, then what was left out and what is doubtful.
pub(super) fn print(result: &Value) {
    let threads = match &result["threads"] {
        Value::Null => "threads as each chooses".to_string(),
        threads => format!("{threads} threads"),
    };
    let set = result["instruction_set"].as_str().map_or(String::new(), |set| format!(", {set}"));
    println!(
        "{} ({}), {threads}{set}, {} rounds",
        name(result),
        words(&result["workload"]),
        result["rounds"]
    );
    for (index, &(key, _)) in judged_by(name(result)).iter().enumerate() {
        println!(
            "  {:16} {:>12} {:>12} {:>12} {:>7} {:>10} {:>8}",
            "", key, "least", "most", "ratio", "loss", "MB"
        );
        for system in list(&result["systems"]) {
            let number = |key: &str| system[key].as_f64();
            let text = |key: &str| number(key).map_or(String::new(), significant);
            let ratio =
                number(&format!("{key}_ratio")).map_or(String::new(), |it| format!("{it:.2}"));
            // What does not depend on the measure stands beside the first alone.
            let loss = number("final_loss").or(number("best_accuracy")).filter(|_| index == 0);
            let memory = number("peak_memory_mb").filter(|_| index == 0);
            println!(
                "  {:16} {:>12} {:>12} {:>12} {ratio:>7} {:>10} {:>8}",
                system["system"].as_str().unwrap_or_default(),
                text(key),
                text(&format!("{key}_least")),
                text(&format!("{key}_most")),
                loss.map_or(String::new(), |it| format!("{it:.5}")),
                memory.map_or(String::new(), |it| format!("{it:.0}")),
            );
        }
    }
    for skipped in list(&result["skipped"]) {
        let word = |key: &str| skipped[key].as_str().unwrap_or_default();
        println!("  SKIPPED {}: {}", word("system"), word("reason"));
    }
    for doubt in list(&result["doubts"]) {
        println!("  WARNING {}", doubt.as_str().unwrap_or_default());
    }
}

/// A number in three significant digits.
pub(super) fn significant(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    let decimals = 2 - number.abs().log10().floor() as i32;
    match decimals {
        0.. => format!("{number:.*}", decimals as usize),
        _ => {
            let unit = 10_f64.powi(-decimals);
            format!("{:.0}", (number / unit).round() * unit)
        }
    }
}

/// A table in Markdown: the best way of each family beside chainrule, with how many times as long it
/// takes. Nothing where there are no results.
pub(super) fn markdown(results: &[Value]) -> String {
    let families = ["sklearn", "torch", "jax", "candle", "burn"];
    let of_family = |system: &Value, family: &str| {
        system["system"].as_str().is_some_and(|name| name.split(' ').next() == Some(family))
    };
    let present = |family: &&str| {
        let mut systems = results.iter().flat_map(|result| list(&result["systems"]));
        systems.any(|system| of_family(system, family))
    };
    let families: Vec<&str> = families.into_iter().filter(present).collect();
    let mut lines = Vec::new();
    for result in results {
        for &(key, more) in judged_by(name(result)) {
            let systems = list(&result["systems"]);
            let Some(own) = systems.iter().find(|it| it["system"] == "chainrule") else { continue };
            let Some(median) = own[key].as_f64() else { continue };
            let mut cells = vec![title(result, key), with_unit(key, median)];
            for family in &families {
                let of_family = systems.iter().filter(|system| of_family(system, family));
                let measured = of_family.filter_map(|it| {
                    Some((it[key].as_f64()?, it[&format!("{key}_ratio")].as_f64()?))
                });
                let best = measured.min_by(|a, b| match more {
                    true => b.0.total_cmp(&a.0),
                    false => a.0.total_cmp(&b.0),
                });
                cells.push(best.map_or(String::new(), |(median, ratio)| {
                    format!("{} ({ratio:.1}x)", with_unit(key, median))
                }));
            }
            lines.push(format!("| {} |", cells.join(" | ")));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let head = format!(
        "| | chainrule | {} |\n|{}\n",
        families.join(" | "),
        "---|".repeat(families.len() + 2)
    );
    let mut text = head + &lines.join("\n") + "\n";
    for result in results {
        for doubt in list(&result["doubts"]) {
            text +=
                &format!("\nWARNING {}: {}\n", name(result), doubt.as_str().unwrap_or_default());
        }
    }
    text
}

/// What a row of the table is about.
fn title(result: &Value, key: &str) -> String {
    let measure = match key {
        "p50_us" => ", one row: median",
        "p99_us" => ", one row: slowest hundredth",
        "rows_per_s" => ", 1024 rows",
        _ => "",
    };
    format!("{} {}{measure}", name(result), words(&result["workload"]))
}

fn with_unit(key: &str, number: f64) -> String {
    match key {
        "p50_us" | "p99_us" => time(number * 1e-6),
        "rows_per_s" => format!("{} rows/s", significant(number)),
        _ => time(number),
    }
}

/// Seconds in the unit that suits them.
pub(super) fn time(seconds: f64) -> String {
    let (factor, unit) = match seconds {
        1.0.. => (1.0, "s"),
        1e-3.. => (1e3, "ms"),
        _ => (1e6, "us"),
    };
    format!("{} {unit}", significant(seconds * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let texts = [0.000123456, 0.4034, 12.34, 123.4, 1234567.0].map(significant);
        assert_eq!(texts, ["0.000123", "0.403", "12.3", "123", "1230000"]);
        assert_eq!([21e-6, 0.0345, 2.0].map(time), ["21.0 us", "34.5 ms", "2.00 s"]);
    }

    #[test]
    fn the_best_way_of_each_family_is_shown() {
        let workload = json!({ "workload": "W4", "rows": 60000, "widths": [784, 10], "batch": 128,
                               "activation": "relu" });
        let system = |name: &str, seconds: f64| {
            json!({ "system": name, "seconds_per_epoch": seconds,
                    "seconds_per_epoch_ratio": seconds / 0.5 })
        };
        let systems = [("chainrule", 0.5), ("torch fused", 2.0), ("torch compile", 1.5)];
        let systems = systems.map(|(name, seconds)| system(name, seconds));
        let result = json!({ "workload": workload, "systems": systems });
        let expected = "| | chainrule | torch |\n|---|---|---|\n\
                        | W4 60000 x 784-10, batches of 128 | 500 ms | 1.50 s (3.0x) |\n";
        assert_eq!(markdown(&[result]), expected);
        assert_eq!(markdown(&[]), "");
    }
}
