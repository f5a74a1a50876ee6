//! The inputs as the columns that they came from.

use crate::Examples;
use chainrule_data::{Encoding, Feature, Preparation};
use chainrule_graph::Number;

/// A column, and the inputs that it became.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_category: bool,
    start: usize,
    /// Inputs, but for the one that says that the value is missing.
    width: usize,
}

impl Column {
    /// Every column; without a preparation every input is one, by its number, counted from 1.
    pub(super) fn all(preparation: Option<&Preparation>, inputs: usize) -> Vec<Column> {
        let Some(preparation) = preparation else {
            let input = |start: usize| Column {
                name: format!("input {}", start + 1),
                is_category: false,
                start,
                width: 1,
            };
            return (0..inputs).map(input).collect();
        };
        let mut start = 0;
        let of_feature = |feature: &Feature| {
            let column = Column {
                name: feature.name.clone(),
                is_category: matches!(feature.encoding, Encoding::Category(_)),
                start,
                width: feature.inputs() - usize::from(feature.indicator),
            };
            start += feature.inputs();
            column
        };
        preparation.columns().iter().map(of_feature).collect()
    }

    /// Its value in every row: the input itself, or the number of the category, those that are not
    /// known being one more.
    pub(super) fn values<E: Number>(&self, examples: &Examples<'_, E>) -> Vec<f64> {
        let inputs = examples.inputs();
        let end = self.start + self.width;
        let value = |row: ndarray::ArrayView1<'_, E>| match self.is_category && self.width > 1 {
            // A number, or the number of the category that an embedding is for.
            false => row[self.start].to_f64(),
            true => {
                let level = (self.start..end).position(|input| row[input].to_f64() != 0.0);
                level.unwrap_or(self.width) as f64
            }
        };
        inputs.rows().into_iter().map(value).collect()
    }
}

/// A flag that leaves columns out, as a shell takes it.
pub(super) fn drop_flag(names: &[&str]) -> String {
    let quote = |name: &str| match name.contains([',', '"', '(', ')']) || name.trim() != name {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_string(),
    };
    let list = names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(",");
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+:@%,=".contains(c);
    let word = match list.chars().all(is_plain) {
        true => list,
        false => format!("'{}'", list.replace('\'', r"'\''")),
    };
    // What begins with a dash would be taken for a flag of its own.
    let between = if word.starts_with('-') || word.starts_with("'-") { '=' } else { ' ' };
    format!("--drop{between}{word}")
}
