//! `chainrule inspect`: what is in a model file.

use super::neuron;
use super::train_report::{extras, special};
use crate::arguments::load;
use crate::failure::Failure;
use crate::numbers;
use crate::render::{Table, count, document, print, say, short};
use chainrule::data::{Encoding, Feature, NumberScaling, Preparation, Task};
use chainrule::neuron::LinearForm;
use chainrule::train::describe_plans;
use chainrule::{Error, Kind, Model, Recipe, Training, threshold_of, training_of};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Columns that are listed before the rest is only counted.
const LISTED: usize = 12;

/// Shows what is in a model: layers, preparation, settings, and the steps of its training
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The model file, or a network in TOML
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Print the network with its weights in TOML, which chainrule build reads
    #[arg(long, conflicts_with = "json")]
    toml: bool,
    /// The probability from which on a label, or the second class of two, is predicted: it moves the
    /// lines of a model of two columns without hidden layers [default: the model's, else 0.5]
    #[arg(long, value_parser = numbers::inside, allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let model = load(&arguments.model)?;
    if arguments.toml {
        say(model.to_toml()?.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let training = training_of(&model);
    let form = LinearForm::of(&model);
    if form.is_none() && arguments.threshold.is_some() {
        return Err(Failure::input(
            "--threshold moves the lines of a model without hidden layers, but this one has some; \
             leave it out",
        ));
    }
    let threshold = arguments.threshold.or_else(|| threshold_of(&model)).unwrap_or(0.5);
    // A threshold unit has no slope to follow.
    let plans = match describe_plans(model.network(), &training) {
        Err(Error::Graph(reason)) => Err(reason.to_string()),
        plans => Ok(plans?),
    };
    if arguments.json {
        let layers: Vec<Value> = layers(&model)
            .map(|(layer, inputs, parameters)| {
                let mut value = json!(layer);
                value["inputs"] = json!(inputs);
                value["parameters"] = json!(parameters);
                value
            })
            .collect();
        let mut found = json!({
            "inputs": model.network().inputs(),
            "outputs": model.network().outputs(),
            "parameters": model.network().parameter_count(),
            "layers": layers,
            "preparation": model.preparation,
            "confidence": {
                "calibration": model.confidence.calibration,
                "conformal": model.confidence.conformal.as_ref().map(|conformal| {
                    json!({ "rows": conformal.rows, "largest_coverage": conformal.most() })
                }),
            },
            "settings": model.settings,
            "training": training,
            "plan": plans.as_ref().ok().map(|(plain, fused)| json!({ "plain": plain, "fused": fused })),
            "untrainable": plans.as_ref().err(),
        });
        if let Some(form) = form {
            neuron::add_json(&form, threshold, &mut found)?;
        }
        document(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    describe_network(&model)?;
    if let Some(preparation) = &model.preparation {
        describe_preparation(preparation)?;
    }
    if let Some(form) = form {
        neuron::show(&form, threshold)?;
    }
    describe_confidence(&model)?;
    describe_training(&model, &training)?;
    let (plain, fused) = match plans {
        Ok(plans) => plans,
        Err(reason) => {
            say(format_args!("\nNo training step: {reason}"))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    for (title, steps) in [("as written", plain), ("after fusion", fused)] {
        say(format_args!("\nOne training step {title}: {}", count(steps.len(), "loop")))?;
        let mut table = Table::new(2);
        for (number, step) in (1..).zip(steps) {
            table.line([format!("{number:3}"), step]);
        }
        print(table)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Every layer with its inputs and the number of its parameters.
fn layers(model: &Model) -> impl Iterator<Item = (&chainrule::Dense, usize, usize)> {
    let network = model.network();
    let sizes = network.shapes().zip(network.parameter_counts());
    let sizes = network.layers().iter().zip(sizes);
    sizes.map(|(layer, ((inputs, _), parameters))| (layer, inputs, parameters))
}

fn describe_network(model: &Model) -> Result<(), Failure> {
    let network = model.network();
    say(format_args!(
        "Network of {}, {} inputs, {} outputs, {}",
        count(network.layers().len(), "layer"),
        network.inputs(),
        network.outputs(),
        count(network.parameter_count(), "parameter")
    ))?;
    let mut table = Table::new(0);
    table.line(["layer", "weights", "biases", "parameters", "activation", "drawn by", ""]);
    for (number, (layer, inputs, parameters)) in (1..).zip(layers(model)) {
        table.line([
            number.to_string(),
            format!("{inputs} x {}", layer.units),
            layer.units.to_string(),
            parameters.to_string(),
            layer.activation.to_string(),
            layer.initializer.to_string(),
            extras(layer).trim().to_string(),
        ]);
    }
    print(table)
}

fn describe_preparation(preparation: &Preparation) -> Result<(), Failure> {
    say(format_args!("\nTask {}", preparation.task()))?;
    let mut table = Table::new(2);
    table.line(["target", &preparation.target_names().join(", ")]);
    if !preparation.class_names().is_empty() {
        table.line(["classes", &preparation.class_names().join(", ")]);
    }
    if let Some(image) = preparation.image() {
        table.line(["images", &image.to_string()]);
    }
    print(table)?;
    let columns = preparation.columns();
    say(format_args!("\n{}, scale {}", count(columns.len(), "column"), preparation.scale()))?;
    // All pixels of images are alike.
    let listed = if preparation.image().is_some() { 1 } else { LISTED };
    let mut table = Table::new(2);
    for column in columns.iter().take(listed) {
        table.line([column.name.clone(), encoded(column)]);
    }
    if let Some(more) = columns.len().checked_sub(listed).filter(|more| *more > 0) {
        table.line([format!("and {more} more")]);
    }
    print(table)?;
    if preparation.left_out().is_empty() {
        return Ok(());
    }
    say("\nLeft out")?;
    let mut table = Table::new(2);
    for column in preparation.left_out().iter().take(LISTED) {
        table.line([column.name.clone(), format!("{}, {}", column.kind, column.reason)]);
    }
    if let Some(more) = preparation.left_out().len().checked_sub(LISTED).filter(|more| *more > 0) {
        table.line([format!("and {more} more")]);
    }
    print(table)
}

/// What a column becomes, in words.
fn encoded(column: &Feature) -> String {
    let scaled = |scaling: &NumberScaling| match scaling {
        NumberScaling::Linear(scaling) => {
            format!("(x - {}) * {}", short(scaling.offset), short(scaling.factor))
        }
        NumberScaling::Quantile { .. } => "by its place among others".to_string(),
    };
    let mut text = match &column.encoding {
        Encoding::Number(number) => format!("number, {}", scaled(&number.scaling)),
        Encoding::Category(category) => {
            let other = if category.other { " or other" } else { "" };
            let levels = &category.levels;
            let some = levels.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
            let more = match levels.len().saturating_sub(LISTED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let how = match category.embedding {
                Some(width) => format!(", embedded as {}", count(width, "number")),
                None => String::new(),
            };
            format!("one of {some}{more}{other}{how}")
        }
        Encoding::Date(date) => {
            let cycles: Vec<&str> = date.cycles.iter().map(|cycle| cycle.name()).collect();
            let places = match cycles.is_empty() {
                true => String::new(),
                false => format!(", and the place in the {}", cycles.join(", ")),
            };
            format!("date, {}{places}", scaled(&date.scaling))
        }
    };
    if column.indicator {
        text += ", and whether it is missing";
    }
    text
}

fn describe_confidence(model: &Model) -> Result<(), Failure> {
    if model.confidence.is_none() {
        return Ok(());
    }
    say("\nConfidence, from validation rows")?;
    let mut table = Table::new(2);
    if let Some(found) = &model.confidence.calibration {
        let line = |name: &str, before: f64, after: f64| {
            format!("{name} {} before, {} after", short(before), short(after))
        };
        let (before, after) = (&found.before, &found.after);
        table.line(["temperature", &short(found.temperature)]);
        table.line(["", &line("log loss", before.log_loss, after.log_loss)]);
        let errors = line("calibration error", before.calibration_error, after.calibration_error);
        table.line(["", &errors]);
    }
    if let Some(conformal) = &model.confidence.conformal {
        let regions = match model.preparation.as_ref().map(Preparation::task) {
            Some(Task::Regression) => "intervals",
            _ => "sets",
        };
        table.line([
            regions,
            &format!(
                "from {}, coverage up to {:.4}",
                count(conformal.rows, "row"),
                conformal.most()
            ),
        ]);
    }
    print(table)
}

fn describe_training(model: &Model, training: &Training) -> Result<(), Failure> {
    let recipe = serde_json::from_value::<Recipe>(model.settings.clone()).unwrap_or_default();
    // A run writes down how long it was.
    if recipe.epochs.is_none() {
        return say(
            "\nWritten down with its weights, or trained from matrices: no settings are known",
        );
    }
    say("\nTrained with")?;
    let mut table = Table::new(2);
    table.line(["kind", &recipe.kind.to_string()]);
    if recipe.kind == Kind::Perceptron {
        let rate = training.optimizer.learning_rate();
        table.line(["rule", &format!("Rosenblatt's, with learning rate {rate}")]);
        return print(table);
    }
    match &training.own_loss {
        Some(own) => table.line(["own loss", own.text()]),
        None => table.line(["loss", &training.loss.to_string()]),
    }
    table.line(["optimizer", &training.optimizer.to_string()]);
    table.line(["batch size", &training.batch_size.to_string()]);
    for (name, value) in special(training) {
        table.line([name, &value]);
    }
    if let Some(column) = &recipe.sample_weights {
        table.line(["weights of rows", &format!("column {column}")]);
    }
    if let Some(weights) = &recipe.class_weights {
        table.line(["weights of classes", &weights.to_string()]);
    }
    if let Some(threshold) = &recipe.threshold {
        table.line(["threshold", &threshold.to_string()]);
    }
    table.line(["seed", &training.seed.to_string()]);
    print(table)
}
