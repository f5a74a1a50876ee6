//! What a cell of a CSV file may be: a number, a text, nothing.

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A finite number.
    Number,
    /// A whole number that begins with a zero, such as `01234`: perhaps the name of something.
    Code,
    /// No value: an empty cell, or a marker such as `NA`.
    Missing,
    /// `inf`, a number too large for 64 bits, or `nan` where that is no marker.
    NotFinite,
    /// A number with a decimal comma.
    DecimalComma,
    /// Anything else.
    Text,
}

impl Kind {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = 6;

    /// The kind of `cell`, which has no blanks around it, and its number if it is one.
    pub(crate) fn of(cell: &str, markers: &Markers) -> (Kind, f64) {
        if markers.contain(cell) {
            return (Kind::Missing, f64::NAN);
        }
        match cell.parse::<f64>() {
            Ok(number) if !number.is_finite() => (Kind::NotFinite, f64::NAN),
            Ok(number) if is_code(cell.as_bytes()) => (Kind::Code, number),
            Ok(number) => (Kind::Number, number),
            Err(_) if is_decimal_comma(cell) => (Kind::DecimalComma, f64::NAN),
            Err(_) => (Kind::Text, f64::NAN),
        }
    }
}

/// Whether a number is written with zeros before its first digit, and without a fraction.
fn is_code(cell: &[u8]) -> bool {
    cell.len() > 1 && cell[0] == b'0' && cell.iter().all(u8::is_ascii_digit)
}

fn is_decimal_comma(cell: &str) -> bool {
    cell.len() <= 32
        && cell.bytes().filter(|&byte| byte == b',').count() == 1
        && cell.replace(',', ".").parse::<f64>().is_ok()
}

/// The texts that stand for a missing value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Markers {
    /// Those that were stated; the usual ones where none were.
    stated: Option<Vec<String>>,
    /// One of those that were stated is a number, such as `-999`.
    pub(crate) numeric: bool,
}

impl Markers {
    /// `stated` as they are written, or the usual ones.
    pub(crate) fn new(stated: Option<&[String]>) -> Self {
        let is_number = |marker: &String| marker.parse::<f64>().is_ok_and(f64::is_finite);
        Markers {
            stated: stated.map(<[String]>::to_vec),
            numeric: stated.is_some_and(|stated| stated.iter().any(is_number)),
        }
    }

    /// Whether `cell`, which has no blanks around it, is missing.
    pub(crate) fn contain(&self, cell: &str) -> bool {
        // Capital letters matter in one only: a severity may well be `none`.
        const USUAL: [&str; 12] =
            ["?", "-", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "missing", "nil"];
        match &self.stated {
            _ if cell.is_empty() => true,
            Some(stated) => stated.iter().any(|marker| marker == cell),
            None => {
                let is = |marker: &&str| cell.eq_ignore_ascii_case(marker);
                cell.len() <= 7 && (cell == "None" || USUAL.iter().any(is))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_kinds() {
        let usual = Markers::new(None);
        let kind = |cell| Kind::of(cell, &usual).0;
        assert_eq!(Kind::of("-1.5e3", &usual), (Kind::Number, -1500.0));
        assert_eq!(Kind::of("01234", &usual), (Kind::Code, 1234.0));
        assert_eq!([kind("0"), kind("0.5"), kind("-01"), kind("01.5")], [Kind::Number; 4]);
        for missing in ["", "?", "-", "NA", "n/a", "#N/A", "<NA>", "nan", "NaN", "NULL", "None"] {
            assert_eq!(kind(missing), Kind::Missing, "{missing}");
        }
        for strange in ["inf", "-inf", "Infinity", "1e999", "+nan"] {
            assert_eq!(kind(strange), Kind::NotFinite, "{strange}");
        }
        assert_eq!(kind("3,14"), Kind::DecimalComma);
        for text in ["1,000,000", "0x10", "none", "--", "NAN1", "1 2"] {
            assert_eq!(kind(text), Kind::Text, "{text}");
        }
    }

    #[test]
    fn markers_can_be_stated() {
        let stated = Markers::new(Some(&["-999".to_owned(), "none".to_owned()]));
        let kind = |cell| Kind::of(cell, &stated).0;
        assert!(stated.numeric && !Markers::new(None).numeric);
        assert_eq!([kind(""), kind("-999"), kind("none")], [Kind::Missing; 3]);
        assert_eq!(
            [kind("-999.0"), kind("None"), kind("?")],
            [Kind::Number, Kind::Text, Kind::Text]
        );
        assert_eq!(kind("nan"), Kind::NotFinite);
    }
}
