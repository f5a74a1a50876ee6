//! What `chainrule train` prints.

use super::neuron;
use crate::failure::Failure;
use crate::render::{
    Table, columns, columns_json, count, digits, document, duration, measured, measures, print,
    say, short,
};
use chainrule::confidence::ProbabilityScores;
use chainrule::metrics::BestThreshold;
use chainrule::neuron::{LinearForm, Verdict};
use chainrule::train::{Schedule, Stop};
use chainrule::{Dense, Kind, Normalization, Prepared, Trained, Training, threshold_of};
use serde_json::json;
use std::path::Path;

/// Says what will be trained on what.
pub(super) fn describe(prepared: &Prepared, all: usize, name: &str) -> Result<(), Failure> {
    let Prepared { model, training, rows, .. } = prepared;
    let network = model.network();
    let preparation = model.preparation.as_ref().expect("it was prepared from a table");
    let features = match preparation.image() {
        Some(image) => format!("images of {image}"),
        None => {
            let columns = count(preparation.columns().len(), "column");
            match preparation.inputs() == preparation.columns().len() {
                true => columns,
                false => format!("{columns} that become {} inputs", preparation.inputs()),
            }
        }
    };
    let (all, scale) = (count(all, "row"), preparation.scale());
    let reason = match prepared.task_reason.as_str() {
        "stated" => "as stated".to_string(),
        reason => format!("since {reason}"),
    };
    let mut layers = network.inputs().to_string();
    for layer in network.layers() {
        layers += &format!(" -> {} {}{}", layer.units, layer.activation, extras(layer));
    }
    if let Some(columns) = columns(preparation) {
        say(columns)?;
    }
    let mut text = Table::new(2);
    text.line(["data", &format!("{name}: {all}, {features}, scale {scale}")]);
    text.line(["task", &format!("{}, {reason}", prepared.task)]);
    let chosen =
        [(rows.training, "training"), (rows.validation, "validation"), (rows.test, "test")];
    let chosen = chosen.map(|(number, part)| format!("{number} {part}"));
    text.line(["rows", &chosen.join(", ")]);
    if let Some(plan) = prepared.stream() {
        text.line([
            "stream",
            &format!(
                "{} for rows: {} of them learned from are shuffled together, kinds of columns and medians \
                 are told by {}",
                plan.memory,
                plan.buffer,
                if plan.sample < rows.training {
                    format!("a sample of {}", plan.sample)
                } else {
                    "all of them".to_string()
                },
            ),
        ]);
    }
    text.line(["network", &format!("{layers}, {}", count(network.parameter_count(), "parameter"))]);
    text.line([
        "training",
        &match model.settings["kind"] == Kind::Perceptron.to_string() {
            true => format!(
                "Rosenblatt's rule with learning rate {}, row by row, at most {}",
                training.optimizer.learning_rate(),
                count(training.epochs, "epoch"),
            ),
            false => format!(
                "{}, {} with learning rate {}, batches of {}, at most {}",
                training.loss,
                training.optimizer.name(),
                training.optimizer.learning_rate(),
                training.batch_size.min(rows.training),
                count(training.epochs, "epoch"),
            ),
        },
    ]);
    let more = special(training);
    if !more.is_empty() {
        let more: Vec<String> =
            more.into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        text.line(["", &more.join(", ")]);
    }
    print(text)
}

/// The settings of a training that are not as usual: names and values.
pub(super) fn special(training: &Training) -> Vec<(&'static str, String)> {
    let mut special = Vec::new();
    let mut add = |name, value: f64| {
        if value > 0.0 {
            special.push((name, digits(value, 6)));
        }
    };
    add("alpha", training.alpha);
    add("l1", training.l1);
    add("label smoothing", training.label_smoothing);
    add("warm-up epochs", training.warm_up);
    add("clip norm", training.clip.norm.unwrap_or(0.0));
    add("clip value", training.clip.value.unwrap_or(0.0));
    add("patience", training.patience.unwrap_or(0) as f64);
    if let Some(epochs) = training.no_improvement {
        add("epochs without improvement", epochs as f64);
        add("tolerance", training.tolerance);
    }
    if training.schedule != Schedule::Constant {
        special.push(("schedule", training.schedule.to_string()));
    }
    if !training.class_weights.is_empty() {
        let weights: Vec<String> = training.class_weights.iter().map(|&it| short(it)).collect();
        special.push(("class weights", weights.join(" ")));
    }
    special
}

/// What a layer does beyond weights, biases and activation, in brackets.
pub(super) fn extras(layer: &Dense) -> String {
    let mut extras = Vec::new();
    if layer.normalization != Normalization::None {
        extras.push(format!("{} normalisation", layer.normalization));
    }
    match layer.skip {
        Some(0) => extras.push("plus the inputs".to_string()),
        Some(from) => extras.push(format!("plus layer {from}")),
        None => {}
    }
    if layer.dropout > 0.0 {
        extras.push(format!("dropout {}", layer.dropout));
    }
    match extras.is_empty() {
        true => String::new(),
        false => format!(" ({})", extras.join(", ")),
    }
}

/// The result for people.
pub(super) fn report(
    trained: &Trained,
    path: &Path,
    history: &Path,
    data: &str,
) -> Result<(), Failure> {
    let report = &trained.report;
    let done = report.history.len();
    let stopped = match report.stop {
        Stop::Finished => String::new(),
        Stop::Patience => ", stopped since the validation score did not get better".to_string(),
        Stop::NoImprovement => ", stopped since the training loss fell no more".to_string(),
        Stop::Converged if trained.verdict.is_some() => match trained.verdict {
            Some(Verdict::Separated { .. }) => ", stopped after one without a mistake".to_string(),
            _ => ", stopped since the weights came back to what they had been".to_string(),
        },
        Stop::Converged => ", stopped since no step makes the loss smaller".to_string(),
        Stop::Interrupted => ", interrupted".to_string(),
    };
    let kept = match &trained.verdict {
        None => format!("the weights of epoch {}", report.chosen_epoch),
        Some(Verdict::Separated { .. }) => "the last weights".to_string(),
        Some(_) => "the weights with the fewest mistakes".to_string(),
    };
    say(format_args!(
        "\nTrained {} in {}{stopped}; kept {kept}.\n",
        count(done, "epoch"),
        duration(report.seconds),
    ))?;
    let mut scores = Table::new(1);
    scores.line(std::iter::once("").chain(measures(trained.task).iter().copied()));
    // On the same rows the loss of the chosen epoch, an average on the way, would only confuse.
    if trained.learned.is_none() {
        let learned = [trained.rows.training.to_string(), short(report.chosen().loss)];
        scores.line(std::iter::once("training".to_string()).chain(learned));
    }
    for (name, evaluation) in
        [("all rows", trained.learned), ("validation", trained.validation), ("test", trained.test)]
    {
        if let Some(evaluation) = evaluation {
            scores.line(std::iter::once(name.to_string()).chain(measured(&evaluation)));
        }
    }
    print(scores)?;
    show_calibration(trained)?;
    if let Some(best) = &trained.threshold {
        let rows = if trained.rows.validation > 0 { "validation" } else { "training" };
        say(format_args!("\n{}", threshold(best, rows)))?;
    }
    if let Some(verdict) = &trained.verdict {
        say(format_args!("\nVerdict on the training rows: {verdict}."))?;
    }
    if let Some(closed_form) = &trained.closed_form {
        neuron::compare(closed_form)?;
    }
    if let Some(form) = LinearForm::of(&trained.model) {
        neuron::show(&form, threshold_of(&trained.model).unwrap_or(0.5))?;
    }
    let model = path.display().to_string();
    say(format_args!(
        "\nSaved to {model}, and its epochs to {}.\nNext: chainrule predict {} {}",
        history.display(),
        quoted(&model),
        quoted(data)
    ))
}

/// What a chosen threshold brings.
fn threshold(best: &BestThreshold, rows: &str) -> String {
    let BestThreshold { threshold, measure, value, at_half, scores } = best;
    let name = measure.to_string().replace('_', " ");
    let name = name.split('(').next().unwrap_or_default();
    format!(
        "Threshold {} by {measure}: {name} {} on the {rows} rows, {} at 0.5 (precision {}, recall {}).",
        digits(*threshold, 4),
        short(*value),
        short(*at_half),
        short(scores.precision),
        short(scores.recall),
    )
}

/// What the temperature does to the probabilities, if the model has one.
fn show_calibration(trained: &Trained) -> Result<(), Failure> {
    let Some(calibration) = &trained.model.confidence.calibration else { return Ok(()) };
    say(format_args!(
        "\nProbabilities before and at the temperature {}\n",
        short(calibration.temperature)
    ))?;
    // By measure and not by part, so that a line of scores above is the only one of its name.
    let mut parts = vec![("validation", [&calibration.before, &calibration.after])];
    parts.extend(trained.probabilities.as_ref().map(|[before, after]| ("test", [before, after])));
    let mut table = Table::new(1);
    let heads = parts.iter().flat_map(|(name, _)| [*name, "after"]);
    table.line(std::iter::once("").chain(heads));
    let mut line = |name: &str, value: &dyn Fn(&ProbabilityScores) -> f64| {
        let cells = parts.iter().flat_map(|(_, scores)| scores.map(|it| short(value(it))));
        table.line(std::iter::once(name.to_string()).chain(cells));
    };
    line("log loss", &|scores| scores.log_loss);
    line("calibration error", &|scores| scores.calibration_error);
    print(table)
}

/// The result for machines.
pub(super) fn report_json(trained: &Trained, path: &Path) -> Result<(), Failure> {
    let report = &trained.report;
    let form = LinearForm::of(&trained.model);
    let mut found = json!({
        "kind": trained.model.settings["kind"],
        "task": trained.task,
        "task_reason": trained.task_reason,
        "parameters": trained.model.network().parameter_count(),
        "rows": trained.rows,
        "epochs": report.history.len(),
        "chosen_epoch": report.chosen_epoch,
        "stop": report.stop,
        "train_loss": report.chosen().loss,
        "all_rows": trained.learned,
        "validation": trained.validation,
        "test": trained.test,
        "seconds": report.seconds,
        "threads_used": report.threads_used,
        "kernel": report.kernel,
        "model": path,
        "threshold": trained.threshold,
        "warnings": trained.warnings,
        "findings": trained.findings,
    });
    if let Some(calibration) = &trained.model.confidence.calibration {
        found["calibration"] = json!(calibration);
        if let Some([before, after]) = &trained.probabilities {
            found["calibration"]["test"] = json!({ "before": before, "after": after });
        }
    }
    if let Some(columns) = trained.model.preparation.as_ref().and_then(columns_json) {
        found["columns"] = columns;
    }
    if let Some(verdict) = &trained.verdict {
        found["verdict"] = json!(verdict);
        found["verdict"]["text"] = json!(verdict.to_string());
    }
    if let Some(closed_form) = &trained.closed_form {
        found["closed_form"] = json!(closed_form);
    }
    if let Some(form) = form {
        let threshold = threshold_of(&trained.model).unwrap_or(0.5);
        neuron::add_json(&form, threshold, &mut found)?;
    }
    document(&found)
}

/// A word for a shell.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+:@%".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("flowers.csv"), "flowers.csv");
        assert_eq!(quoted("my flowers.csv"), "'my flowers.csv'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
