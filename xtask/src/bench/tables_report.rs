//! What was found on real tables: a line for each, and the table of the book.

use super::{results, summary, table, tables};
use crate::folders::root;
use serde_json::Value;

/// The table is written between these lines of the chapter on tables.
const BEGIN: &str = "<!-- written by cargo xtask bench tables: begin -->\n";
const END: &str = "<!-- written by cargo xtask bench tables: end -->\n";
const CHAPTER: &str = "docs/src/11-tables.md";

/// Writes the table anew, from the files of results.
pub(super) fn write() -> Result<(), String> {
    let all = results::read(tables::RESULTS).unwrap_or_default();
    let found: Vec<Value> = tables::names().filter_map(|name| all.get(name).cloned()).collect();
    let text = match found.is_empty() {
        true => "\n".to_string(),
        false => markdown(&found),
    };
    summary::replace(&root().join(CHAPTER), BEGIN, END, &text)
}

/// How the network stands on one file.
struct Standing<'a> {
    /// Mean and standard error of the mean over the folds.
    network: (f64, f64),
    /// The best of scikit-learn's models, and its mean.
    best: (&'a str, f64),
    /// The standard error of the mean difference between the two, fold by fold.
    paired: f64,
    seconds: f64,
    their_seconds: f64,
}

impl Standing<'_> {
    fn of(found: &Value) -> Option<Standing<'_>> {
        let models = found["scikit_learn"].as_array()?;
        let candidates = models.iter().filter(|model| model["model"] != "dummy");
        let best = candidates.max_by(|a, b| mean(a).total_cmp(&mean(b)))?;
        let network = model(&found["chainrule"], "network")?;
        Some(Standing {
            network: (mean(network), standard_error(network)),
            best: (best["model"].as_str().unwrap_or_default(), mean(best)),
            paired: paired_error(network, best),
            seconds: total(&network["fit_seconds"]),
            their_seconds: total(&model(&found["scikit_learn"], "mlp")?["fit_seconds"]),
        })
    }

    fn difference(&self) -> f64 {
        self.network.0 - self.best.1
    }

    /// Whether the network is no worse than the best by more than one standard error: its own, and that
    /// of their difference on the same folds, whose rows are as hard for both.
    fn is_level(&self) -> [bool; 2] {
        [self.network.1, self.paired].map(|error| self.difference() + error >= 0.0)
    }
}

/// One file, for the screen.
pub(super) fn line(found: &Value) -> String {
    let name = found["name"].as_str().unwrap_or_default();
    let Some(standing) = Standing::of(found) else { return format!("{name}: nothing was found") };
    let Standing { network, best, paired, seconds, their_seconds } = &standing;
    let verdict = match standing.is_level() {
        [true, true] => "no worse",
        [false, true] => "no worse by the paired error, WORSE by its own",
        [true, false] => "no worse by its own error, WORSE by the paired one",
        [false, false] => "WORSE by more than a standard error",
    };
    format!(
        "{name}: {} {:.4} \u{b1} {:.4}, scikit-learn's best ({}) {:.4}, difference {:+.4} \u{b1} {paired:.4}: \
         {verdict}; {} of fitting, its MLP {}: {}",
        measure(found),
        network.0,
        network.1,
        best.0,
        best.1,
        standing.difference(),
        table::time(*seconds),
        table::time(*their_seconds),
        if seconds < their_seconds { "faster" } else { "SLOWER" },
    )
}

fn markdown(found: &[Value]) -> String {
    let mut text =
        "\n| file | measure | dummy | network | MLP | linear | SVM | minus the best | no worse | \
                    fit | MLP's fit | |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n"
            .to_string();
    for found in found {
        let Some(standing) = Standing::of(found) else { continue };
        let score = |name: &str| {
            let score = model(&found["scikit_learn"], name).map(mean);
            score.map_or(String::new(), |score| format!("{score:.4}"))
        };
        let Standing { network, paired, seconds, their_seconds, .. } = &standing;
        let verdict = match standing.is_level() {
            [true, true] => "yes",
            [false, true] => "paired only",
            [true, false] => "own only",
            [false, false] => "no",
        };
        text += &format!(
            "| {}, {} rows | {} | {} | {:.4} \u{b1} {:.4} | {} | {} | {} | {:+.4} \u{b1} {paired:.4} | {verdict} | {} | {} | {:.1}x |\n",
            found["name"].as_str().unwrap_or_default(),
            found["rows"],
            measure(found),
            score("dummy"),
            network.0,
            network.1,
            score("mlp"),
            score("linear"),
            score("svm"),
            standing.difference(),
            table::time(*seconds),
            table::time(*their_seconds),
            their_seconds / seconds,
        );
    }
    text + &provenance(found) + "\n"
}

/// Where and when it was measured.
fn provenance(all: &[Value]) -> String {
    let found = &all[all.len() - 1];
    let with = |rounds: &Value| all.iter().filter(|it| it["rounds"] == *rounds).count();
    let usual = all.iter().map(|it| &it["rounds"]).max_by_key(|rounds| with(rounds));
    let usual = usual.unwrap_or(&Value::Null);
    let others: Vec<String> = all
        .iter()
        .filter(|it| it["rounds"] != *usual)
        .map(|it| format!("{} over {}", it["name"].as_str().unwrap_or_default(), it["rounds"]))
        .collect();
    let others = match others.is_empty() {
        true => String::new(),
        false => format!(" ({})", others.join(", ")),
    };
    let word = |value: &Value| value.as_str().unwrap_or("unknown").to_string();
    let version = &found["scikit_learn"][0]["scikit_learn"];
    format!(
        "\nMeans over five folds, of the networks over {usual} seeds{others}, \u{b1} the standard error of the \
         mean of one seed's. *Minus the best* is the network's score less that of the best of the three, \u{b1} \
         the standard error of the mean difference fold by fold, the paired one. Seconds of fitting all five, {} \
         thread each, scikit-learn {} ({}, {}); the machine was shared, so the ratio says more than they do.\n",
        found["threads"],
        word(version),
        word(&found["machine"]["processor"]),
        word(&found["date"]),
    )
}

fn measure(found: &Value) -> String {
    let name = found["measure"].as_str().unwrap_or_default();
    match name {
        "r2" => "R\u{b2}".to_string(),
        "f1_micro" => "F1 micro".to_string(),
        _ => name.replace('_', " "),
    }
}

fn model<'a>(models: &'a Value, name: &str) -> Option<&'a Value> {
    models.as_array()?.iter().find(|model| model["model"] == name)
}

fn numbers(value: &Value) -> impl Iterator<Item = f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64)
}

/// The sum over the folds.
pub(super) fn total(value: &Value) -> f64 {
    numbers(value).sum()
}

fn mean(model: &Value) -> f64 {
    total(&model["scores"]) / numbers(&model["scores"]).count() as f64
}

/// The standard error of the mean difference of two models on the same folds, with the same seed; the
/// mean over the seeds. A model that was measured once is met by every seed of the other.
fn paired_error(network: &Value, best: &Value) -> f64 {
    let rounds = |model: &Value| -> Vec<Vec<f64>> {
        match model["rounds"].as_array() {
            Some(rounds) => rounds.iter().map(|round| numbers(round).collect()).collect(),
            None => vec![numbers(&model["scores"]).collect()],
        }
    };
    let (ours, theirs) = (rounds(network), rounds(best));
    let error = |(one, other): (&Vec<f64>, &Vec<f64>)| {
        let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
        standard_error(&serde_json::json!({ "scores": differences }))
    };
    let errors: f64 = ours.iter().zip(theirs.iter().cycle()).map(error).sum();
    errors / ours.len() as f64
}

/// s / sqrt(k), s the standard deviation of the scores of k folds; of several seeds together as stated.
pub(super) fn standard_error(model: &Value) -> f64 {
    if let Some(stated) = model["standard_error"].as_f64() {
        return stated;
    }
    let (mean, count) = (mean(model), numbers(&model["scores"]).count() as f64);
    let squares: f64 = numbers(&model["scores"]).map(|score| (score - mean).powi(2)).sum();
    (squares / (count - 1.0) / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(network: [f64; 4]) -> Value {
        let model = |name: &str, scores: [f64; 4], seconds: f64| {
            let seconds = [seconds; 4];
            json!({ "model": name, "scores": scores, "fit_seconds": seconds })
        };
        json!({
            "name": "made-up", "rows": 40, "measure": "accuracy", "threads": 1,
            "chainrule": [model("network", network, 0.25)],
            "scikit_learn": [
                model("mlp", [0.7; 4], 0.5), model("dummy", [0.99; 4], 0.0),
                model("linear", [0.6; 4], 0.1), model("svm", [0.8; 4], 0.1),
            ],
        })
    }

    #[test]
    fn one_standard_error_is_allowed_and_no_more() {
        // The mean is 0.75; the deviation of 0.65 and 0.85 twice is 0.1155, half of it 0.0577. The support
        // vector machine has 0.8 everywhere, so that the paired error is the same.
        let text = line(&found([0.65, 0.85, 0.65, 0.85]));
        let expected = "made-up: accuracy 0.7500 \u{b1} 0.0577, scikit-learn's best (svm) 0.8000, \
                        difference -0.0500 \u{b1} 0.0577: no worse; 1.00 s of fitting, its MLP 2.00 s: faster";
        assert_eq!(text, expected);
        let text = line(&found([0.74, 0.76, 0.74, 0.76]));
        assert!(text.contains("WORSE by more than a standard error"), "{text}");
    }

    #[test]
    fn what_two_models_have_in_common_is_no_noise_between_them() {
        let model = |scores: Value| json!({ "scores": scores, "rounds": [scores, scores] });
        let (network, best) = (model(json!([0.6, 0.8, 0.9])), model(json!([0.7, 0.9, 1.0])));
        assert!(paired_error(&network, &best) < 1e-12);
        let once = json!({ "scores": [0.6, 0.8, 0.6] });
        // Differences of 0, 0 and 0.3: a deviation of 0.1732, by the root of three.
        assert!((paired_error(&network, &once) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn the_table_has_a_line_for_each_file() {
        let text = markdown(&[found([0.9; 4])]);
        let expected = "| made-up, 40 rows | accuracy | 0.9900 | 0.9000 \u{b1} 0.0000 | 0.7000 | 0.6000 | \
                        0.8000 | +0.1000 \u{b1} 0.0000 | yes | 1.00 s | 2.00 s | 2.0x |\n";
        assert!(text.contains(expected), "{text}");
    }
}
