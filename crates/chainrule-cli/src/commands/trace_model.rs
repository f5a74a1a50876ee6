//! One row through a model, layer by layer and back.

use super::trace::Arguments;
use super::train_report::extras;
use crate::arguments::load;
use crate::failure::Failure;
use crate::render::{Table, digits, document, note, print, say};
use chainrule::data::DATA_SETS;
use chainrule::train::{LayerTrace, ParameterTrace, RowTrace};
use chainrule::{Activation, Dense, Model, trace_table, training_of};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Significant digits of a number in the text.
const DIGITS: usize = 6;
/// Units of a layer that are listed one by one.
const MOST_UNITS: usize = 16;
/// Numbers of a parameter that are listed one by one.
const MOST_NUMBERS: usize = 64;

pub(super) fn run(arguments: &Arguments, path: &Path) -> Result<ExitCode, Failure> {
    let model = load(path)?;
    let row = arguments.row.unwrap_or(1);
    let name = match &arguments.data {
        Some(name) => name.clone(),
        None => named_after(path)?,
    };
    let data = arguments.reading.open_for(&name, &model, true)?;
    if row > data.table.rows() {
        return Err(Failure::input(format!(
            "--row {row}: expected one of the {} rows of {name}, counted from 1",
            data.table.rows()
        )));
    }
    let trace = trace_table(&model, &data.table, row - 1)?;
    if arguments.json {
        document(&json_of(&model, &trace, row))?;
    } else {
        if arguments.data.is_none() {
            note(format_args!("the data are {name}, which the model is named after"));
        }
        show(&model, &trace, &format!("Row {row} of {name}"))?;
    }
    match &trace.refused {
        None => Ok(ExitCode::SUCCESS),
        Some(error) => Err(Failure::input(format!("there are no gradients: {error}"))),
    }
}

/// The built-in data set of the model's name.
fn named_after(path: &Path) -> Result<String, Failure> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| DATA_SETS.contains(&stem.as_str())).ok_or_else(|| {
        Failure::input(format!(
            "--row counts the rows of data, and {} is not named after a built-in data set; add --data \
             DATA, such as the file it was trained on",
            path.display()
        ))
    })
}

fn number(number: f64) -> String {
    digits(number, DIGITS)
}

/// The names of what each layer reads: the inputs, then units.
fn input_names(model: &Model, layer: usize) -> Vec<String> {
    let inputs = model.network().shapes().nth(layer).map_or(0, |(inputs, _)| inputs);
    match (&model.preparation, layer) {
        (Some(preparation), 0) => preparation.feature_names(),
        (None, 0) => (1..=inputs).map(|input| format!("input {input}")).collect(),
        _ => (1..=inputs).map(|unit| format!("unit {unit}")).collect(),
    }
}

/// The names of a layer's units: numbers, but for the classes or targets of the output.
fn unit_names(model: &Model, layer: usize) -> Vec<String> {
    let network = model.network();
    let units = network.layers()[layer].units;
    let preparation = model.preparation.as_ref().filter(|_| layer + 1 == network.layers().len());
    let known = preparation.map(|preparation| match preparation.class_names() {
        names if names.len() == units => names,
        _ => preparation.target_names(),
    });
    match known {
        Some(names) if names.len() == units => names.to_vec(),
        _ => (1..=units).map(|unit| format!("unit {unit}")).collect(),
    }
}

fn show(model: &Model, trace: &RowTrace, title: &str) -> Result<(), Failure> {
    let training = training_of(model);
    say(format_args!(
        "{title}, as the network meets it; updates are those of a first step of {} on this row alone, \
         learning rate {}\n",
        training.optimizer.name(),
        training.optimizer.learning_rate()
    ))?;
    let names = input_names(model, 0);
    if names.len() <= MOST_UNITS {
        let mut table = Table::new(2);
        for (name, &value) in names.iter().zip(&trace.inputs) {
            table.line([name.clone(), format!("= {}", number(value))]);
        }
        print(table)?;
    } else {
        say(format_args!("  {} inputs: {}", names.len(), summary(&trace.inputs)))?;
    }
    let layers = model.network().layers().iter().zip(&trace.layers);
    for (index, (layer, found)) in layers.enumerate() {
        let names = input_names(model, index);
        say(format_args!(
            "\nLayer {}: {} -> {} {}{}",
            index + 1,
            names.len(),
            layer.units,
            layer.activation,
            extras(layer)
        ))?;
        let units = unit_names(model, index);
        show_units(layer, found, &units)?;
        for parameter in &found.parameters {
            show_parameter(parameter, &names, &units)?;
        }
    }
    say(format_args!("\nLoss ({})", training.loss))?;
    let mut table = Table::new(2);
    let some = |numbers: &[f64]| match numbers.len() <= MOST_UNITS {
        true => numbers.iter().map(|&it| number(it)).collect::<Vec<_>>().join(" "),
        false => summary(numbers),
    };
    table.line(["target".to_string(), format!("= {}", some(&trace.targets))]);
    table.line(["loss".to_string(), format!("= {}", number(trace.loss))]);
    print(table)?;
    let is_output_from_logits = trace.layers.last().is_some_and(|last| last.by_a.is_none());
    if trace.refused.is_none() && is_output_from_logits {
        say(format_args!(
            "\nThe loss is computed from the last z, not from a rounded a, so the last layer has no \
             dL/da:\nits dL/dz is the product of both."
        ))?;
    }
    Ok(())
}

fn show_units(layer: &Dense, found: &LayerTrace, units: &[String]) -> Result<(), Failure> {
    let columns = [
        ("z", Some(&found.z)),
        ("a", Some(&found.a)),
        ("dL/da", found.by_a.as_ref()),
        ("dL/dz", found.by_z.as_ref()),
    ];
    let columns = columns.into_iter().filter_map(|(name, numbers)| Some((name, numbers?)));
    let mut table = Table::new(1);
    if layer.units <= MOST_UNITS {
        let columns: Vec<(&str, &Vec<f64>)> = columns.collect();
        let heads = columns.iter().map(|(name, _)| name.to_string());
        table.line(std::iter::once(String::new()).chain(heads));
        for (unit, name) in units.iter().enumerate() {
            let cells = columns.iter().map(|(_, numbers)| number(numbers[unit]));
            table.line(std::iter::once(name.clone()).chain(cells));
        }
        return print(table);
    }
    let mut table = Table::new(2);
    for (name, numbers) in columns {
        table.line([name.to_string(), summary(numbers)]);
    }
    print(table)?;
    match silent(layer, found) {
        Some(text) => say(format_args!("  {text}")),
        None => Ok(()),
    }
}

/// How many units let no gradient through on this row.
fn silent(layer: &Dense, found: &LayerTrace) -> Option<String> {
    let count = |is_silent: &dyn Fn(f64) -> bool| found.a.iter().filter(|a| is_silent(**a)).count();
    let (number, what) = match layer.activation.single()? {
        Activation::Relu => (count(&|a| a <= 0.0), "off (a = 0)"),
        it @ (Activation::Sigmoid | Activation::Tanh) => {
            (count(&|a| it.is_saturated(a)), "saturated")
        }
        _ => return None,
    };
    Some(format!("{number} of {} units are {what} on this row", layer.units))
}

fn show_parameter(
    parameter: &ParameterTrace,
    inputs: &[String],
    units: &[String],
) -> Result<(), Failure> {
    let values = &parameter.values;
    let kind = parameter.name.rsplit('.').next().unwrap_or(&parameter.name);
    let parts = [
        ("", Some(&values.numbers)),
        ("gradient", parameter.gradient.as_ref()),
        ("update", parameter.update.as_ref()),
    ];
    let parts: Vec<(&str, &Vec<f64>)> =
        parts.into_iter().filter_map(|(name, numbers)| Some((name, numbers?))).collect();
    say("")?;
    if values.numbers.len() > MOST_NUMBERS {
        let mut table = Table::new(2);
        for (name, numbers) in parts {
            let title = if name.is_empty() { kind.to_string() } else { format!("{kind} {name}") };
            let (place, largest) = largest(numbers);
            let (row, unit) = (place / values.columns, &units[place % values.columns]);
            let at = match kind {
                "weight" => format!("from {} to {unit}", inputs[row]),
                _ => format!("of {unit}"),
            };
            let text = format!("{}, largest {} {at}", summary(numbers), number(largest));
            table.line([title, text]);
        }
        return print(table);
    }
    let mut table = Table::new(1);
    let heads = parts.iter().map(|(name, _)| match name.is_empty() {
        true => kind.to_string(),
        false => name.to_string(),
    });
    table.line(std::iter::once(String::new()).chain(heads));
    for place in 0..values.numbers.len() {
        let (row, unit) = (place / values.columns, &units[place % values.columns]);
        let name = match kind {
            "weight" => format!("{} -> {unit}", inputs[row]),
            _ => unit.clone(),
        };
        let cells = parts.iter().map(|(_, numbers)| number(numbers[place]));
        table.line(std::iter::once(name).chain(cells));
    }
    print(table)
}

/// Where the number of the largest magnitude stands, and the number.
fn largest(numbers: &[f64]) -> (usize, f64) {
    let numbers = numbers.iter().copied().enumerate();
    numbers.max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs())).unwrap_or((0, 0.0))
}

/// Many numbers in a line.
fn summary(numbers: &[f64]) -> String {
    let norm = numbers.iter().map(|it| it * it).sum::<f64>().sqrt();
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let zeros = numbers.iter().filter(|it| **it == 0.0).count();
    let zeros =
        if zeros > 0 { format!(", {zeros} of {} are 0", numbers.len()) } else { String::new() };
    format!("from {} to {}, norm {}{zeros}", number(low), number(high), number(norm))
}

fn json_of(model: &Model, trace: &RowTrace, row: usize) -> Value {
    let layers = model.network().layers().iter().zip(&trace.layers);
    let layers: Vec<Value> = layers
        .map(|(layer, found)| {
            let parameters: Vec<Value> = found
                .parameters
                .iter()
                .map(|it| {
                    json!({
                        "name": it.name,
                        "shape": [it.values.rows, it.values.columns],
                        "values": it.values.numbers,
                        "gradient": it.gradient,
                        "update": it.update,
                    })
                })
                .collect();
            json!({
                "activation": layer.activation,
                "units": layer.units,
                "z": found.z,
                "a": found.a,
                "dL/da": found.by_a,
                "dL/dz": found.by_z,
                "parameters": parameters,
            })
        })
        .collect();
    json!({
        "row": row,
        "inputs": trace.inputs,
        "targets": trace.targets,
        "loss": trace.loss,
        "layers": layers,
    })
}
