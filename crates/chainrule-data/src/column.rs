//! One column of a table. A value may be missing: a number that is none, a text with no level.

use crate::DataError;
use crate::table::Table;
use crate::time;
use std::borrow::Cow;
use std::collections::HashMap;

/// The code of a missing text in [`Values::Text`].
pub const MISSING: u32 = u32::MAX;

/// The values of a column, one for each row.
#[derive(Clone, Debug)]
pub enum Values {
    /// Finite numbers; a missing one is not a number (NaN).
    Numbers(Vec<f64>),
    /// Whole numbers from 0 to 255, such as the pixels and labels of images.
    Bytes(Vec<u8>),
    /// Points in time, in seconds since the beginning of 1970 (UTC, or wherever the file was written);
    /// a missing one is not a number (NaN).
    Times(Vec<f64>),
    /// Categories: row r has the text `levels[codes[r]]`, or none where the code is [`MISSING`].
    Text {
        /// One for each row, each below the number of levels or [`MISSING`].
        codes: Vec<u32>,
        /// The different texts; the readers put them in sorted order.
        levels: Vec<String>,
    },
}

impl PartialEq for Values {
    /// Two missing numbers are equal.
    fn eq(&self, other: &Values) -> bool {
        match (self, other) {
            (Values::Numbers(mine), Values::Numbers(theirs))
            | (Values::Times(mine), Values::Times(theirs)) => {
                let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
                mine.len() == theirs.len() && mine.iter().zip(theirs).all(same)
            }
            (Values::Bytes(mine), Values::Bytes(theirs)) => mine == theirs,
            (
                Values::Text { codes, levels },
                Values::Text { codes: other_codes, levels: other_levels },
            ) => codes == other_codes && levels == other_levels,
            _ => false,
        }
    }
}

impl Values {
    /// One for each row.
    pub(crate) fn len(&self) -> usize {
        match self {
            Values::Numbers(values) | Values::Times(values) => values.len(),
            Values::Bytes(values) => values.len(),
            Values::Text { codes, .. } => codes.len(),
        }
    }
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
    /// A column of numbers, NaN where one is missing.
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
        self.values.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value of `row` is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.values {
            Values::Numbers(values) | Values::Times(values) => values[row].is_nan(),
            Values::Bytes(_) => false,
            Values::Text { codes, .. } => codes[row] == MISSING,
        }
    }

    /// How many values are missing.
    pub fn missing(&self) -> usize {
        match &self.values {
            Values::Numbers(values) | Values::Times(values) => {
                values.iter().filter(|value| value.is_nan()).count()
            }
            Values::Bytes(_) => 0,
            Values::Text { codes, .. } => codes.iter().filter(|&&code| code == MISSING).count(),
        }
    }

    /// The number in `row` (of a time its seconds), or `None` where it is missing or in a column of text.
    pub fn number(&self, row: usize) -> Option<f64> {
        match &self.values {
            Values::Numbers(values) | Values::Times(values) => {
                Some(values[row]).filter(|value| !value.is_nan())
            }
            Values::Bytes(values) => Some(f64::from(values[row])),
            Values::Text { .. } => None,
        }
    }

    /// The value in `row` as text; whole numbers without a decimal point, nothing where it is missing.
    pub fn cell(&self, row: usize) -> String {
        if self.is_missing(row) {
            return String::new();
        }
        match &self.values {
            Values::Numbers(values) => plain(values[row]),
            Values::Times(values) => time::shown(values[row]),
            Values::Bytes(values) => values[row].to_string(),
            Values::Text { codes, levels } => levels[codes[row] as usize].clone(),
        }
    }
}

/// The number of every row of a column, NaN where one is missing. Text that is numbers is read as such.
///
/// # Errors
/// [`DataError::KindChanged`] for a text that is no finite number.
pub(crate) fn numbers_of<'a>(
    table: &Table,
    column: &'a Column,
) -> Result<Cow<'a, [f64]>, DataError> {
    match &column.values {
        Values::Numbers(values) | Values::Times(values) => Ok(Cow::Borrowed(values)),
        Values::Bytes(values) => Ok(values.iter().map(|&byte| f64::from(byte)).collect()),
        Values::Text { codes, levels } => {
            let number =
                |text: &String| text.parse().ok().filter(|number: &f64| number.is_finite());
            let numbers: Vec<Option<f64>> = levels.iter().map(number).collect();
            let of_row = |(row, &code): (usize, &u32)| match code {
                MISSING => Ok(f64::NAN),
                _ => numbers[code as usize].ok_or_else(|| DataError::KindChanged {
                    place: table.place(row, &column.name),
                    value: levels[code as usize].clone(),
                }),
            };
            codes.iter().enumerate().map(of_row).collect::<Result<_, _>>().map(Cow::Owned)
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
        let code = self.code(cell);
        self.codes.push(code);
    }

    /// The code of a text, which is new or known.
    fn code(&mut self, cell: &str) -> u32 {
        match self.known.get(cell) {
            Some(&code) => code,
            None => {
                let code = self.known.len() as u32;
                self.known.insert(cell.to_owned(), code);
                code
            }
        }
    }

    /// Takes a text as one of the levels, but as that of no row.
    pub(crate) fn know(&mut self, cell: &str) {
        self.code(cell);
    }

    /// Forgets the rows but not the levels, and tells how many were missing.
    #[cfg(feature = "arrow")]
    pub(crate) fn forget_rows(&mut self) -> usize {
        let missing = self.codes.iter().filter(|code| **code == MISSING).count();
        self.codes.clear();
        missing
    }

    /// Different texts so far.
    pub(crate) fn known(&self) -> usize {
        self.known.len()
    }

    /// The codes that the rows have among `levels`, which must be sorted. None where a text is not
    /// among them.
    pub(crate) fn codes_among(&self, levels: &[String]) -> Option<Vec<u32>> {
        let mut code_of = vec![MISSING; self.known.len()];
        for (cell, code) in &self.known {
            code_of[*code as usize] = levels.binary_search(cell).ok()? as u32;
        }
        let among = |&code: &u32| code_of.get(code as usize).copied().unwrap_or(MISSING);
        Some(self.codes.iter().map(among).collect())
    }

    /// Appends the rows of another.
    pub(crate) fn append(&mut self, other: TextBuilder) {
        if self.codes.is_empty() && self.known.is_empty() {
            *self = other;
            return;
        }
        let mut code_of = vec![MISSING; other.known.len()];
        for (cell, code) in &other.known {
            code_of[*code as usize] = self.code(cell);
        }
        let mine = |&code: &u32| code_of.get(code as usize).copied().unwrap_or(MISSING);
        self.codes.extend(other.codes.iter().map(mine));
    }

    pub(crate) fn push_missing(&mut self) {
        self.codes.push(MISSING);
    }

    pub(crate) fn finish(mut self) -> Values {
        let mut sorted: Vec<(String, u32)> = self.known.into_iter().collect();
        sorted.sort_unstable();
        let mut place_of = vec![0u32; sorted.len()];
        for (place, (_, code)) in sorted.iter().enumerate() {
            place_of[*code as usize] = place as u32;
        }
        let known = self.codes.iter_mut().filter(|code| **code != MISSING);
        known.for_each(|code| *code = place_of[*code as usize]);
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
    fn values_may_be_missing() {
        let mut builder = TextBuilder::default();
        builder.push("b");
        builder.push_missing();
        builder.push("a");
        let text = Column { name: "x".into(), values: builder.finish() };
        let numbers = Column::numbers("y", vec![1.0, f64::NAN, 3.0]);
        for column in [text, numbers] {
            assert_eq!((column.missing(), column.is_missing(1)), (1, true));
            assert_eq!((column.cell(1), column.number(1)), (String::new(), None));
            assert!(!column.is_missing(0) && !column.cell(2).is_empty());
            assert_eq!(column, column.clone());
        }
    }

    #[test]
    fn numbers_are_shown_plainly() {
        let column = Column::numbers("x", vec![3.0, -0.0, 0.1]);
        assert_eq!([column.cell(0), column.cell(1), column.cell(2)], ["3", "0", "0.1"]);
        assert_eq!(Column::bytes("x", vec![255]).cell(0), "255");
    }
}
