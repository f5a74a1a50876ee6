//! From a model to TOML.

use crate::{Error, Model, Normalization};
use chainrule_graph::Number;

pub(super) fn text<E: Number>(model: &Model<E>) -> Result<String, Error> {
    let network = model.network();
    for (layer, described) in (1..).zip(network.layers()) {
        let what = match (described.normalization, described.skip) {
            (Normalization::None, None) => continue,
            (Normalization::None, Some(_)) => "has a skip connection",
            (..) => "is normalised",
        };
        let problem = format!("{what}, which a network in TOML cannot say; keep its model file");
        return Err(Error::Network { layer, problem });
    }
    if !network.embeddings().is_empty() {
        return Err(Error::Network {
            layer: 1,
            problem: "reads an embedding, which a network in TOML cannot say; keep its model file"
                .to_string(),
        });
    }
    let stated = model.preparation.as_ref().and_then(|preparation| preparation.stated());
    let Some(stated) = stated else {
        return Err(Error::Examples {
            what: "the columns of the model",
            expected: "numbers with names, as a network in TOML has them".to_string(),
            found: match model.preparation {
                Some(_) => "a column of categories; keep the model file".to_string(),
                None => "none; give them with Model::named".to_string(),
            },
        });
    };
    if stated.task != super::task_of(network) {
        return Err(Error::Examples {
            what: "the task of the model",
            expected: format!(
                "{}, as a network in TOML with this last activation has",
                super::task_of(network)
            ),
            found: format!("{}; keep the model file", stated.task),
        });
    }
    let names: Vec<&str> = stated.columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("inputs = {}\n", list(names.iter().map(|name| quoted(name))));
    text += &format!("outputs = {}\n", list(stated.targets.iter().map(|name| quoted(name))));
    let usual = (0..stated.classes.len()).map(|class| class.to_string());
    if !usual.eq(stated.classes.iter().cloned()) {
        text += &format!("classes = {}\n", list(stated.classes.iter().map(|name| quoted(name))));
    }
    let mut numbers = |key: &str, numbers: Vec<f64>, usual: f64| {
        if numbers.iter().any(|number| *number != usual) {
            text += &format!("{key} = {}\n", list(numbers.into_iter().map(number)));
        }
    };
    let scalings = stated.columns.iter().map(|(_, scaling)| *scaling);
    numbers("input_offsets", scalings.clone().map(|scaling| scaling.offset).collect(), 0.0);
    numbers("input_factors", scalings.map(|scaling| scaling.factor).collect(), 1.0);
    let scalings = stated.target_scalings.iter();
    numbers("output_means", scalings.clone().map(|scaling| scaling.0).collect(), 0.0);
    numbers("output_deviations", scalings.map(|scaling| scaling.1).collect(), 1.0);
    for (index, layer) in network.layers().iter().enumerate() {
        text += &format!("\n[[layer]]\nactivation = {}\n", quoted(&layer.activation.to_string()));
        let weights = model.weights(index).reversed_axes();
        let rows: Vec<String> = weights
            .rows()
            .into_iter()
            .map(|row| list(row.iter().map(|&weight| narrow(weight))))
            .collect();
        text += &match rows.as_slice() {
            [row] => format!("weights = [{row}]\n"),
            rows => format!("weights = [\n  {},\n]\n", rows.join(",\n  ")),
        };
        text +=
            &format!("biases = {}\n", list(model.biases(index).iter().map(|&bias| narrow(bias))));
    }
    Ok(text)
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// The shortest text that is read back as the same number.
fn number(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0")
        .filter(|_| number != 0.0 || number.is_sign_positive())
        .map_or(text.clone(), str::to_owned)
}

/// The same for a parameter. It is read as 64 bits and then rounded, which is checked.
fn narrow<E: Number>(value: E) -> String {
    let wide = value.to_f64();
    if size_of::<E>() == size_of::<f32>() {
        let narrow = wide as f32;
        let text = format!("{narrow:?}");
        if text.parse::<f64>().is_ok_and(|read| (read as f32).to_bits() == narrow.to_bits()) {
            let whole = text.strip_suffix(".0").filter(|whole| *whole != "-0");
            return whole.unwrap_or(&text).to_string();
        }
    }
    number(wide)
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            control if control.is_control() => quoted += &format!("\\u{:04X}", u32::from(control)),
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}
