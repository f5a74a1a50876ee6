//! The different values of a column.

use crate::column::{Column, Values, plain};
use std::cmp::Ordering;
use std::collections::HashMap;

/// One of the different values of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Number(f64),
    Text(&'a str),
}

impl Value<'_> {
    /// As text; whole numbers without a decimal point.
    pub(crate) fn name(&self) -> String {
        match self {
            Value::Number(number) => plain(*number),
            Value::Text(text) => (*text).to_owned(),
        }
    }
}

/// How often a value occurs, and where first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Occurrence<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) count: usize,
    pub(crate) first_row: usize,
}

/// The different values of `column` in `rows` but for the missing ones, sorted: numbers by size, text by its letters, but
/// text that is all numbers by size.
pub(crate) fn distinct<'a>(column: &'a Column, rows: &[usize]) -> Vec<Occurrence<'a>> {
    let rows = rows.iter().filter(|&&row| !column.is_missing(row));
    let mut found: Vec<Occurrence<'a>> = match &column.values {
        Values::Numbers(values) | Values::Times(values) => {
            // Adding zero makes one of the two zeros.
            let keys = rows.map(|&row| ((values[row] + 0.0).to_bits(), row));
            tally(keys, |bits| Value::Number(f64::from_bits(bits)))
        }
        Values::Bytes(values) => {
            tally(rows.map(|&row| (values[row], row)), |byte| Value::Number(byte.into()))
        }
        Values::Text { codes, levels } => {
            let keys = rows.map(|&row| (codes[row], row));
            tally(keys, |code| Value::Text(levels[code as usize].as_str()))
        }
    };
    let size = |value: &Value<'_>| match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
    };
    let by_size = found.iter().all(|occurrence| size(&occurrence.value).is_some());
    found.sort_by(|a, b| {
        let sizes = match (size(&a.value), size(&b.value)) {
            (Some(a), Some(b)) if by_size => a.total_cmp(&b),
            _ => Ordering::Equal,
        };
        sizes.then_with(|| match (&a.value, &b.value) {
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => Ordering::Equal,
        })
    });
    found
}

fn tally<'a, K: std::hash::Hash + Eq + Copy>(
    keys: impl Iterator<Item = (K, usize)>,
    value: impl Fn(K) -> Value<'a>,
) -> Vec<Occurrence<'a>> {
    let mut seen: HashMap<K, (usize, usize)> = HashMap::new();
    for (key, row) in keys {
        let (count, first_row) = seen.entry(key).or_insert((0, row));
        *count += 1;
        *first_row = row.min(*first_row);
    }
    seen.into_iter()
        .map(|(key, (count, first_row))| Occurrence { value: value(key), count, first_row })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(column: &Column) -> Vec<String> {
        let rows: Vec<usize> = (0..column.len()).collect();
        distinct(column, &rows).iter().map(|occurrence| occurrence.value.name()).collect()
    }

    #[test]
    fn values_are_sorted_by_what_they_are() {
        assert_eq!(
            names(&Column::numbers("x", vec![10.0, 9.0, -0.0, 0.0, 2.5])),
            ["0", "2.5", "9", "10"]
        );
        assert_eq!(names(&Column::bytes("x", vec![10, 9, 10])), ["9", "10"]);
        assert_eq!(names(&Column::text("x", &["b", "10", "9", "b"])), ["10", "9", "b"]);
        assert_eq!(names(&Column::text("x", &["10", "9"])), ["9", "10"]);
    }

    #[test]
    fn occurrences_are_counted_in_the_given_rows_only() {
        let column = Column::text("x", &["a", "b", "b", "a"]);
        let found = distinct(&column, &[3, 2, 1]);
        assert_eq!((found[0].count, found[0].first_row), (1, 3));
        assert_eq!((found[1].count, found[1].first_row), (2, 1));
    }
}
