//! Categories and classes as numbers.

use crate::column::{Column, Values};
use std::collections::HashMap;

/// For every row of a column, which of a list of names its value is.
///
/// Text is compared letter by letter; where a name and a value are both numbers they are compared
/// as numbers, so a column that was read as numbers in one file and as text in another still
/// matches.
pub(crate) enum Lookup<'a> {
    /// By the code of a text column: the name of each of its levels.
    Text { codes: &'a [u32], names: Vec<Option<u32>> },
    /// By the byte.
    Bytes { values: &'a [u8], names: Box<[Option<u32>; 256]> },
    /// By the bits of the number.
    Numbers { values: &'a [f64], names: HashMap<u64, u32> },
}

impl<'a> Lookup<'a> {
    /// Prepares to find the values of `column` among `names`.
    pub(crate) fn new(column: &'a Column, names: &[String]) -> Self {
        let by_size = by_size(names);
        let of_number = |number: f64| by_size.get(&key(number)).copied();
        match &column.values {
            Values::Text { codes, levels } => {
                let by_text: HashMap<&str, u32> =
                    (0..).zip(names).map(|(code, name)| (name.as_str(), code)).collect();
                let of_level = |level: &String| {
                    let exact = by_text.get(level.as_str()).copied();
                    exact.or_else(|| level.parse().ok().and_then(of_number))
                };
                Lookup::Text { codes, names: levels.iter().map(of_level).collect() }
            }
            Values::Bytes(values) => {
                let names = std::array::from_fn(|byte| of_number(byte as f64));
                Lookup::Bytes { values, names: Box::new(names) }
            }
            Values::Numbers(values) | Values::Times(values) => {
                Lookup::Numbers { values, names: by_size }
            }
        }
    }

    /// The place of the row's value among the names, if it is one of them.
    pub(crate) fn code(&self, row: usize) -> Option<u32> {
        match self {
            Lookup::Text { codes, names } => names.get(codes[row] as usize).copied().flatten(),
            Lookup::Bytes { values, names } => names[values[row] as usize],
            Lookup::Numbers { values, names } => names.get(&key(values[row])).copied(),
        }
    }
}

/// The bits of a number, of which both zeros have the same.
fn key(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

/// The names that are numbers, by their size. Two names for one number (`1` and `01`) name none.
fn by_size(names: &[String]) -> HashMap<u64, u32> {
    let mut sizes: HashMap<u64, Option<u32>> = HashMap::new();
    for (code, name) in (0..).zip(names) {
        if let Ok(number) = name.parse::<f64>() {
            sizes.entry(key(number)).and_modify(|code| *code = None).or_insert(Some(code));
        }
    }
    sizes.into_iter().filter_map(|(size, code)| code.map(|code| (size, code))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(column: &Column, names: &[&str]) -> Vec<Option<u32>> {
        let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
        let lookup = Lookup::new(column, &names);
        (0..column.len()).map(|row| lookup.code(row)).collect()
    }

    #[test]
    fn text_is_matched_by_its_letters() {
        let column = Column::text("x", &["b", "a", "c"]);
        assert_eq!(codes(&column, &["a", "b"]), [Some(1), Some(0), None]);
    }

    #[test]
    fn numbers_are_matched_by_their_size() {
        let names = ["0", "2", "10"];
        let expected = [Some(2), Some(0), None];
        assert_eq!(codes(&Column::numbers("x", vec![10.0, -0.0, 3.0]), &names), expected);
        assert_eq!(codes(&Column::bytes("x", vec![10, 0, 3]), &names), expected);
        assert_eq!(codes(&Column::text("x", &["10.0", "0", "three"]), &names), expected);
    }

    #[test]
    fn two_names_of_one_number_match_by_letters_only() {
        assert_eq!(
            codes(&Column::text("x", &["01", "1", "1.0"]), &["01", "1"]),
            [Some(0), Some(1), None]
        );
        assert_eq!(codes(&Column::numbers("x", vec![1.0]), &["01", "1"]), [None]);
    }
}
