//! What `chainrule compare` shows in the end.

use crate::failure::Failure;
use crate::render::{Table, complain, count, document, duration, print, say, short};
use chainrule::data::{Dataset, FoldScheme};
use chainrule_compare::{Found, Measure, ModelScores, PairedTest};
use serde_json::json;

/// A table of means and spreads, and what the tests say.
pub(super) fn report(found: &Found, name: &str, data: &Dataset) -> Result<(), Failure> {
    let folds = &found.folds;
    let repeats = match folds.repeats() {
        1 => String::new(),
        repeats => format!(", {repeats} times"),
    };
    say(format_args!(
        "{name}: {}, {} ({}); {} {}{repeats}",
        count(data.table.rows(), "row"),
        found.task,
        found.task_reason,
        count(folds.folds_per_repeat(), "fold"),
        folds.scheme(),
    ))?;
    say("")?;
    let measures = Measure::of_task(found.task);
    let mut table = Table::new(1);
    let titles = measures.iter().map(|measure| measure.title());
    table.line(std::iter::once("").chain(titles).chain(["fit", "predict"]));
    for model in &found.models {
        let cells = measures.iter().map(|measure| cell(model, *measure));
        let seconds = [model.fit_seconds, model.predict_seconds].map(time);
        table.line(std::iter::once(model.model.to_string()).chain(cells).chain(seconds));
    }
    print(table)?;
    say("")?;
    for (test, place) in found.tests.iter().zip(0..) {
        say(sentence(found, test, place == 0))?;
    }
    for note in &found.notes {
        complain("note", note);
    }
    if folds.scheme() == FoldScheme::Given {
        complain("note", "the folds are those of the file");
    }
    Ok(())
}

/// Mean and standard deviation over the folds.
fn cell(model: &ModelScores, measure: Measure) -> String {
    match (model.means.get(&measure), model.deviations.get(&measure)) {
        (Some(mean), Some(deviation)) => {
            // What is left of equal scores by rounding is no deviation.
            let is_rounding = *deviation < 1e-12 * mean.abs();
            let deviation = if is_rounding { 0.0 } else { *deviation };
            format!("{} \u{b1} {}", short(*mean), short(deviation))
        }
        _ => "-".to_string(),
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        ..1.0 => format!("{:.1} ms", 1e3 * seconds),
        _ => duration(seconds),
    }
}

/// What a test says, in words.
fn sentence(found: &Found, test: &PairedTest, is_best: bool) -> String {
    let PairedTest { model, other, difference, interval, p_value, better_rows, worse_rows, .. } =
        test;
    let measure = found.main.title();
    let direction = match (*difference == 0.0, test.is_better()) {
        (true, _) => "as good as",
        (false, true) => "better than",
        (false, false) => "worse than",
    };
    let verdict = match (test.is_more_than_noise, *difference == 0.0) {
        (true, _) => "more than noise",
        (false, true) => "no difference at all",
        (false, false) => "no more than noise",
    };
    let which = if is_best { " (the best other)" } else { "" };
    format!(
        "{model} is {direction} {other}{which}: {measure} {difference:+.4}, with 95 % confidence from \
         {:+.4} to {:+.4}, {}: {verdict}. Of the rows {better_rows} speak for it and {worse_rows} against \
         it ({}).",
        interval[0],
        interval[1],
        probability(*p_value),
        probability(test.rows_p_value),
    )
}

/// A p-value; nobody needs to know how small a tiny one is.
fn probability(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_string() } else { format!("p = {p:.3}") }
}

/// Everything, for other programs.
pub(super) fn report_json(
    found: &Found,
    name: &str,
    data: &Dataset,
    seed: u64,
) -> Result<(), Failure> {
    let mut value = json!(found);
    value["data"] = json!(name);
    value["rows"] = json!(data.table.rows());
    value["seed"] = json!(seed);
    value["folds"] = json!({
        "scheme": found.folds.scheme(),
        "folds": found.folds.folds_per_repeat(),
        "repeats": found.folds.repeats(),
    });
    document(&value)
}
