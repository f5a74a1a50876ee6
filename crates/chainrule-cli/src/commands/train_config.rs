//! `chainrule train --print-config`: the settings of a run as a file.

use super::train::Arguments;
use crate::arguments::{HeaderChoice, ReadingArguments};
use crate::config::write::{Toml, file as write};
use crate::lists::{flat, item};
use chainrule::{Kind, Model, Prepared, Recipe};
use clap::{Args, Command};
use std::collections::BTreeMap;

/// All settings as a configuration file, with the choices that the data made.
/// Data with test rows of their own need no share of them.
pub(super) fn file(
    arguments: &Arguments,
    data: &str,
    prepared: &Prepared,
    has_test_rows: bool,
) -> String {
    let settings = prepared.model.settings.clone();
    let recipe: Recipe = serde_json::from_value(settings).expect("a prepared model has a recipe");
    let mut values = BTreeMap::new();
    reading(&arguments.reading, data, &mut values);
    chosen(&recipe, arguments.warm_start.is_none(), &mut values);
    if arguments.warm_start.is_some() && arguments.dropout.is_empty() {
        values.remove("dropout");
    }
    if has_test_rows {
        values.remove("test");
    }
    if let Some(threads) = arguments.threads {
        values.insert("threads", Toml::plain(threads));
    }
    let shown = |path: &std::path::PathBuf| Toml::text(path.display());
    for (key, path) in [("output", &arguments.output), ("warm_start", &arguments.warm_start)] {
        values.extend(path.as_ref().map(|path| (key, shown(path))));
    }
    written(&values)
}

/// The settings that a model says it was trained with, as a configuration file for these data, without
/// the help; nothing for a model that says none.
pub(super) fn file_of(model: &Model, reading: &ReadingArguments, data: &str) -> Option<String> {
    let recipe: Recipe = serde_json::from_value(model.settings.clone()).ok()?;
    // A run writes down how long it was; without that the settings are not those of a run.
    recipe.epochs?;
    let mut values = BTreeMap::new();
    self::reading(reading, data, &mut values);
    chosen(&recipe, true, &mut values);
    // A text has no line of its own, whatever is in it: its line feeds are spelled out.
    let is_setting = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let file = written(&values);
    Some(file.lines().filter(is_setting).map(|line| format!("{line}\n")).collect())
}

fn written(values: &BTreeMap<&str, Toml>) -> String {
    let command = Arguments::augment_args(Command::new("train"));
    let mut text =
        "# chainrule train --config FILE; a flag wins over its key here.\n\n".to_string();
    text += &write(&command, values);
    text
}

fn reading(reading: &ReadingArguments, data: &str, values: &mut BTreeMap<&str, Toml>) {
    values.insert("data", Toml::text(data));
    for (key, path) in [("labels", &reading.labels), ("data_dir", &reading.data_dir)] {
        values.extend(path.as_ref().map(|path| (key, Toml::text(path.display()))));
    }
    if let Some(delimiter) = reading.delimiter {
        let written = match delimiter {
            b'\t' => "tab".to_string(),
            other => char::from(other).to_string(),
        };
        values.insert("delimiter", Toml::text(written));
    }
    let header = match reading.header {
        HeaderChoice::Auto => "auto",
        HeaderChoice::Present => "present",
        HeaderChoice::Absent => "absent",
    };
    values.insert("header", Toml::text(header));
    if !reading.missing.is_empty() {
        values.insert(
            "missing",
            Toml::list(flat(&reading.missing).iter().map(|it| Toml::text(item(it)))),
        );
    }
}

/// What the recipe says, once every choice is filled in. The learning rate and the momentum stand
/// among the optimiser's settings.
fn chosen(recipe: &Recipe, with_network: bool, values: &mut BTreeMap<&str, Toml>) {
    let Recipe {
        targets,
        drop,
        kinds,
        fill,
        rare,
        embed_above,
        sample_weights,
        class_weights,
        task,
        scale,
        kind,
        hidden,
        activations,
        normalizations,
        skips,
        initializers,
        dropout,
        input_dropout,
        loss,
        label_smoothing,
        optimizer,
        schedule,
        warm_up,
        batch_size,
        epochs,
        score,
        threshold,
        patience,
        no_improvement,
        tolerance,
        alpha,
        l1,
        clip,
        calibration,
        validation,
        test,
        seed,
        split_seed,
        stream,
        threads: _,
        instruction_set: _,
    } = recipe;
    fn texts<T: std::fmt::Display>(items: &[T]) -> Toml {
        Toml::list(items.iter().map(Toml::text))
    }
    values.insert("target", texts(targets));
    values.insert("drop", texts(drop));
    values.extend(sample_weights.as_ref().map(|name| ("sample_weight", Toml::text(name))));
    values.extend(class_weights.as_ref().map(|it| ("class_weights", Toml::text(it))));
    if with_network {
        values.extend(task.map(|task| ("task", Toml::text(task))));
        values.insert("column_kind", texts(kinds));
        values.insert("fill", Toml::text(fill));
        values.extend(rare.map(|rows| ("rare", Toml::plain(rows))));
        values.extend(embed_above.map(|levels| ("embed_above", Toml::plain(levels))));
        values.extend(scale.map(|scale| ("scale", Toml::text(scale))));
        values.insert("kind", Toml::text(kind));
        if *kind == Kind::Mlp {
            values.insert("hidden", Toml::list(hidden.iter().map(Toml::plain)));
            values.insert("activation", texts(activations));
            values.insert("normalization", texts(normalizations));
            values.insert("skip", texts(skips));
        }
        values.insert("init", texts(initializers));
        values.insert("input_dropout", Toml::number(*input_dropout));
        values.insert("validation", Toml::number(*validation));
        values.insert("test", Toml::number(*test));
        values.extend(split_seed.map(|seed| ("split_seed", Toml::plain(seed))));
    }
    if *kind == Kind::Mlp {
        let shares = dropout.iter().map(|&share| Toml::number(share));
        values.insert("dropout", Toml::list(shares));
    }
    // Rosenblatt's rule has no loss, and no other optimiser, but a learning rate.
    match (*kind == Kind::Perceptron, optimizer) {
        (true, optimizer) => {
            let rate = optimizer.map(|it| Toml::number(it.learning_rate()));
            values.extend(rate.map(|rate| ("learning_rate", rate)));
        }
        (false, optimizer) => {
            values.extend(loss.map(|loss| ("loss", Toml::text(loss))));
            values.extend(optimizer.map(|it| ("optimizer", Toml::text(it))));
        }
    }
    values.extend(label_smoothing.map(|share| ("label_smoothing", Toml::number(share))));
    values.extend(schedule.map(|schedule| ("schedule", Toml::text(schedule))));
    values.insert("warm_up", Toml::number(*warm_up));
    values.extend(batch_size.map(|rows| ("batch_size", Toml::plain(rows))));
    values.extend(epochs.map(|epochs| ("epochs", Toml::plain(epochs))));
    values.extend(alpha.map(|alpha| ("alpha", Toml::number(alpha))));
    values.insert("l1", Toml::number(*l1));
    values.extend(clip.norm.map(|limit| ("clip_norm", Toml::number(limit))));
    values.extend(clip.value.map(|limit| ("clip_value", Toml::number(limit))));
    values.extend(patience.map(|epochs| ("patience", Toml::plain(epochs))));
    values.extend(no_improvement.map(|epochs| ("no_improvement", Toml::plain(epochs))));
    values.insert("tolerance", Toml::number(*tolerance));
    values.insert("score", Toml::text(score));
    values.extend(threshold.map(|threshold| ("threshold", Toml::text(threshold))));
    values.insert("calibration", Toml::text(calibration));
    values.insert("seed", Toml::plain(seed));
    if let Some(memory) = stream {
        values.insert("stream", Toml::plain(true));
        values.insert("memory", Toml::text(memory));
    }
}
