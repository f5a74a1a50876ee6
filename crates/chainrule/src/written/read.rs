//! From TOML to a model.

use super::{UNSCALED, prepared};
use crate::{LayerActivation, Model, Network};
use chainrule_data::Scaling;
use chainrule_graph::Number;
use ndarray::{Array1, Array2};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const KEYS: [&str; 8] = [
    "inputs",
    "outputs",
    "classes",
    "input_offsets",
    "input_factors",
    "output_means",
    "output_deviations",
    "layer",
];
const LAYER_KEYS: [&str; 3] = ["activation", "weights", "biases"];
/// Inputs that may be given as a number.
const MOST_INPUTS: i64 = 1 << 16;

type Value<'a> = Spanned<DeValue<'a>>;

/// A text, to say where in it something is.
struct Place<'a> {
    text: &'a str,
    /// Counted from 1; 0 outside of the layers.
    layer: usize,
}

impl Place<'_> {
    fn fail<T>(&self, offset: usize, problem: impl std::fmt::Display) -> Result<T, String> {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        match self.layer {
            0 => Err(format!("line {line}: {problem}")),
            layer => Err(format!("line {line}, layer {layer}: {problem}")),
        }
    }

    /// Refuses keys that are none of the known ones.
    fn check_keys(&self, table: &DeTable<'_>, known: &[&str]) -> Result<(), String> {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let nearest = known.iter().filter(|it| strsim::damerau_levenshtein(it, name) <= 2);
                let hint = nearest.map(|it| format!(" (did you mean `{it}`?)")).next();
                return self.fail(
                    key.span().start,
                    format_args!(
                        "there is no key `{name}`{}; expected {}",
                        hint.unwrap_or_default(),
                        known.join(", ")
                    ),
                );
            }
        }
        Ok(())
    }

    fn list<'v, 'a>(&self, key: &str, value: &'v Value<'a>) -> Result<&'v [Value<'a>], String> {
        match value.get_ref() {
            DeValue::Array(items) => Ok(items),
            other => self.fail(
                value.span().start,
                format_args!("expected {key} to be a list in brackets, found {}", kind(other)),
            ),
        }
    }

    fn texts(&self, key: &str, value: &Value<'_>) -> Result<Vec<String>, String> {
        let text = |item: &Value<'_>| match item.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            other => self.fail(
                item.span().start,
                format_args!("expected names in quotes in {key}, found {}", kind(other)),
            ),
        };
        self.list(key, value)?.iter().map(text).collect()
    }

    fn number(&self, key: &str, value: &Value<'_>) -> Result<f64, String> {
        let number = match value.get_ref() {
            DeValue::Integer(whole) if whole.radix() == 10 => whole.as_str().parse::<f64>().ok(),
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            other => {
                return self.fail(
                    value.span().start,
                    format_args!("expected a number in {key}, found {}", kind(other)),
                );
            }
        };
        match number.filter(|number| number.is_finite()) {
            Some(number) => Ok(number),
            None => {
                let found = &self.text[value.span()];
                let problem = format!("expected a finite number in {key}, found {found}");
                self.fail(value.span().start, problem)
            }
        }
    }

    fn numbers(&self, key: &str, value: &Value<'_>) -> Result<Vec<f64>, String> {
        self.list(key, value)?.iter().map(|item| self.number(key, item)).collect()
    }

    /// A list of as many numbers as `of` says, that fit `E`.
    fn row<E: Number>(
        &self,
        key: &str,
        value: &Value<'_>,
        length: usize,
        what: &str,
    ) -> Result<Vec<E>, String> {
        let numbers = self.numbers(key, value)?;
        if numbers.len() != length {
            let found = numbers.len();
            return self
                .fail(value.span().start, format_args!("expected {length} {what}, found {found}"));
        }
        let narrowed: Vec<E> = numbers.iter().map(|&number| E::from_f64(number)).collect();
        match narrowed.iter().position(|number| !number.to_f64().is_finite()) {
            None => Ok(narrowed),
            Some(at) => self.fail(
                value.span().start,
                format_args!("{} in {key} is too large for {}", numbers[at], E::NAME),
            ),
        }
    }

    fn needed<'v, 'a>(
        &self,
        table: &'v DeTable<'a>,
        offset: usize,
        key: &str,
        example: &str,
    ) -> Result<&'v Value<'a>, String> {
        match table.get(key) {
            Some(value) => Ok(value),
            None => self
                .fail(offset, format_args!("expected the key `{key}`, such as {example}; add it")),
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The model that a text describes.
pub(super) fn model<E: Number>(text: &str) -> Result<Model<E>, String> {
    let top = Place { text, layer: 0 };
    let parsed = match DeTable::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            return top.fail(start, format_args!("expected TOML, but {}", error.message()));
        }
    };
    let table = parsed.get_ref();
    top.check_keys(table, &KEYS)?;
    let given = top.needed(table, 0, "inputs", "inputs = [\"x1\", \"x2\"] or inputs = 2")?;
    let names = match given.get_ref() {
        DeValue::Integer(_) => match top.number("inputs", given)? {
            count if (1.0..=MOST_INPUTS as f64).contains(&count) => counted("x", count as usize),
            count => {
                let expected = format!("expected 1 to {MOST_INPUTS} inputs, found {count}");
                return top.fail(given.span().start, expected);
            }
        },
        _ => top.texts("inputs", given)?,
    };
    if names.is_empty() {
        return top.fail(given.span().start, "expected at least one input, found none");
    }

    let example = "[[layer]] with activation, weights and biases below it";
    let layers = top.needed(table, text.len(), "layer", example)?;
    let mut network = Network::new(names.len());
    let mut values = Vec::new();
    for (index, layer) in top.list("layer (written [[layer]])", layers)?.iter().enumerate() {
        let place = Place { text, layer: index + 1 };
        let (activation, weights, biases) = read_layer::<E>(&place, layer, network.outputs())?;
        network = network.dense(biases.len(), activation);
        values.push((weights, biases));
    }
    let last = Place { text, layer: values.len() };
    let end = text.len();
    let model = match Model::on_paper(&network, &values) {
        Ok(model) => model,
        Err(error) => return top.fail(layers.span().start, error),
    };

    let numbers = |key: &str, length: usize, usual: f64| match table.get(key) {
        None => Ok(vec![usual; length]),
        Some(value) => top.row::<f64>(key, value, length, &format!("numbers in {key}")),
    };
    let columns = names.len();
    let offsets = numbers("input_offsets", columns, UNSCALED.offset)?;
    let factors = numbers("input_factors", columns, UNSCALED.factor)?;
    let scalings = offsets.into_iter().zip(factors);
    let scalings = scalings.map(|(offset, factor)| Scaling { offset, factor });
    let task = super::task_of(&network);
    let wanted = if task.has_classes() { 1 } else { network.outputs() };
    let targets = match table.get("outputs") {
        Some(value) => top.texts("outputs", value)?,
        None if wanted == 1 => vec!["y".to_string()],
        None => counted("y", wanted),
    };
    let classes = match table.get("classes") {
        Some(value) => top.texts("classes", value)?,
        None => Vec::new(),
    };
    let is_scaled =
        ["output_means", "output_deviations"].iter().any(|key| table.contains_key(*key));
    let target_scalings = match is_scaled {
        false => Vec::new(),
        true => {
            let means = numbers("output_means", wanted, 0.0)?;
            means.into_iter().zip(numbers("output_deviations", wanted, 1.0)?).collect()
        }
    };
    let columns = names.into_iter().zip(scalings).collect();
    match prepared(model, columns, targets, classes, target_scalings) {
        Ok(model) => Ok(model),
        Err(problem) => last.fail(end, format_args!("expected {problem}")),
    }
}

fn read_layer<E: Number>(
    place: &Place<'_>,
    layer: &Value<'_>,
    inputs: usize,
) -> Result<(LayerActivation, Array2<E>, Array1<E>), String> {
    let start = layer.span().start;
    let DeValue::Table(table) = layer.get_ref() else {
        return place.fail(start, "expected [[layer]] with its keys below it");
    };
    place.check_keys(table, &LAYER_KEYS)?;
    let value = place.needed(table, start, "activation", "activation = \"threshold\"")?;
    let activation = match value.get_ref() {
        DeValue::String(name) => match name.parse::<LayerActivation>() {
            Ok(activation) => activation,
            Err(error) => return place.fail(value.span().start, error),
        },
        other => {
            let found = kind(other);
            return place.fail(
                value.span().start,
                format_args!("expected the name of an activation in quotes, found {found}"),
            );
        }
    };
    let value = place.needed(table, start, "weights", "weights = [[1, 1]], a row for each unit")?;
    let rows = place.list("weights", value)?;
    if rows.is_empty() {
        return place
            .fail(value.span().start, "expected a row of weights for each unit, found none");
    }
    let mut numbers: Vec<E> = Vec::new();
    for (number, row) in (1..).zip(rows) {
        let from = match place.layer {
            1 => "one for each input".to_string(),
            layer => format!("one for each unit of layer {}", layer - 1),
        };
        let what = format!("weights in row {number}, {from}");
        numbers.extend(place.row::<E>("weights", row, inputs, &what)?);
    }
    let weights = Array2::from_shape_vec((rows.len(), inputs), numbers);
    let value = place.needed(table, start, "biases", "biases = [0], a number for each unit")?;
    let what = "biases, one for each row of weights";
    let biases = Array1::from_vec(place.row::<E>("biases", value, rows.len(), what)?);
    Ok((activation, weights.expect("every row was counted"), biases))
}

/// x1, x2, ...
fn counted(letter: &str, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("{letter}{number}")).collect()
}
