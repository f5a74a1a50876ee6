//! One column of a table.

use std::collections::HashMap;

/// The values of a column, one for each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// Whole numbers from 0 to 255, such as the pixels and labels of images.
    Bytes(Vec<u8>),
    /// Categories: row r has the text `levels[codes[r]]`.
    Text {
        /// One for each row, each below the number of levels.
        codes: Vec<u32>,
        /// The different texts; the readers put them in sorted order.
        levels: Vec<String>,
    },
}

/// A named column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Values,
}

impl Column {
    /// A column of numbers.
    pub fn numbers(name: impl Into<String>, values: Vec<f64>) -> Self {
        Column { name: name.into(), values: Values::Numbers(values) }
    }

    /// A column of small whole numbers.
    pub fn bytes(name: impl Into<String>, values: Vec<u8>) -> Self {
        Column { name: name.into(), values: Values::Bytes(values) }
    }

    /// A column of text, its levels in sorted order.
    pub fn text<S: AsRef<str>>(name: impl Into<String>, cells: &[S]) -> Self {
        let mut builder = TextBuilder::default();
        cells.iter().for_each(|cell| builder.push(cell.as_ref()));
        Column { name: name.into(), values: builder.finish() }
    }

    /// Values, one for each row.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Numbers(values) => values.len(),
            Values::Bytes(values) => values.len(),
            Values::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number in `row`, or `None` in a column of text.
    pub fn number(&self, row: usize) -> Option<f64> {
        match &self.values {
            Values::Numbers(values) => Some(values[row]),
            Values::Bytes(values) => Some(f64::from(values[row])),
            Values::Text { .. } => None,
        }
    }

    /// The value in `row` as text; whole numbers without a decimal point.
    pub fn cell(&self, row: usize) -> String {
        match &self.values {
            Values::Numbers(values) => plain(values[row]),
            Values::Bytes(values) => values[row].to_string(),
            Values::Text { codes, levels } => levels[codes[row] as usize].clone(),
        }
    }
}

/// A number as people write it: `3`, not `3.0` or `-0`.
pub(crate) fn plain(number: f64) -> String {
    (number + 0.0).to_string()
}

/// Collects cells of text into codes and sorted levels.
#[derive(Default)]
pub(crate) struct TextBuilder {
    codes: Vec<u32>,
    known: HashMap<String, u32>,
}

impl TextBuilder {
    pub(crate) fn push(&mut self, cell: &str) {
        let code = match self.known.get(cell) {
            Some(&code) => code,
            None => {
                let code = self.known.len() as u32;
                self.known.insert(cell.to_owned(), code);
                code
            }
        };
        self.codes.push(code);
    }

    pub(crate) fn finish(mut self) -> Values {
        let mut sorted: Vec<(String, u32)> = self.known.into_iter().collect();
        sorted.sort_unstable();
        let mut place_of = vec![0u32; sorted.len()];
        for (place, (_, code)) in sorted.iter().enumerate() {
            place_of[*code as usize] = place as u32;
        }
        self.codes.iter_mut().for_each(|code| *code = place_of[*code as usize]);
        Values::Text {
            codes: self.codes,
            levels: sorted.into_iter().map(|(level, _)| level).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_sorted_levels() {
        let column = Column::text("species", &["b", "a", "b"]);
        let expected = Values::Text { codes: vec![1, 0, 1], levels: vec!["a".into(), "b".into()] };
        assert_eq!(column.values, expected);
        assert_eq!((column.cell(0), column.number(0)), ("b".into(), None));
    }

    #[test]
    fn numbers_are_shown_plainly() {
        let column = Column::numbers("x", vec![3.0, -0.0, 0.1]);
        assert_eq!([column.cell(0), column.cell(1), column.cell(2)], ["3", "0", "0.1"]);
        assert_eq!(Column::bytes("x", vec![255]).cell(0), "255");
    }
}
