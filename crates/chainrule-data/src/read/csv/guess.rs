//! What a CSV file does not say about itself: its delimiter, and whether its first line is a header.

use crate::read::csv::cell::Kind;
use csv::{ReaderBuilder, StringRecord};

/// The delimiters that are looked for. Of two that fit equally well the earlier wins: a comma may
/// be the decimal sign of a file whose delimiter is a semicolon, never the other way round.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];

/// Rows that the delimiter is judged by.
const SAMPLE: usize = 100;

/// Bytes that the delimiter is judged by, at most: a row may be as long as the file.
const SAMPLE_BYTES: usize = 1 << 22;

/// Whether a column is meant to be numeric: nine tenths of its cells are numbers, or, in a short
/// file, all but one to three and at least twice as many as those.
pub(crate) fn mostly_numbers(numbers: usize, others: usize) -> bool {
    numbers > 0 && (others * 9 <= numbers || (others <= 3 && others * 2 <= numbers))
}

/// The delimiter of `text`: the one that most of the first hundred rows agree on, giving as many
/// cells as the first row has, and more than one; of several, the one that gives more cells.
/// A comma when there is none, as in a file of one column.
pub(crate) fn delimiter(text: &str) -> u8 {
    let text = beginning(text, SAMPLE_BYTES);
    let mut best = (0, 0, b',');
    for delimiter in DELIMITERS {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        let (mut width, mut rows, mut agreeing) = (0, 0, 0);
        while rows < SAMPLE && reader.read_record(&mut record).unwrap_or(false) {
            width = if rows == 0 { record.len() } else { width };
            agreeing += usize::from(record.len() == width);
            rows += 1;
        }
        // Per thousand, so that one bad row of many cells does not decide.
        let agreement = if width > 1 { agreeing * 1000 / rows } else { 0 };
        if (agreement, width) > (best.0, best.1) && agreement > 0 {
            best = (agreement, width, delimiter);
        }
    }
    best.2
}

/// The whole lines in the first `most` bytes of a text; part of the first line where it is longer.
fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    // At most three bytes earlier a character ends.
    let end = (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let start = &text[..end];
    start.rfind(['\n', '\r']).map_or(start, |end| &start[..=end])
}

/// What the first row and the rows below it say about one column.
pub(crate) struct Evidence {
    /// The first cell.
    pub(crate) first: Kind,
    /// The cells below are numbers, or mostly so.
    pub(crate) numbers_below: bool,
    /// The first cell occurs again below.
    pub(crate) recurs: bool,
}

/// Whether the first row is a header. In this order:
///
/// 1. a text above a column of numbers is a name: header;
/// 2. a number in the first row is data: no header (also in `5.1,3.5,setosa`, where the first
///    row's text is above text);
/// 3. all is text: no header when most of the first row's cells occur again in their columns,
///    since values recur and names do not; a header otherwise.
pub(crate) fn has_header(columns: &[Evidence]) -> bool {
    let is_name = |kind| matches!(kind, Kind::Text | Kind::DecimalComma);
    if columns.iter().any(|column| is_name(column.first) && column.numbers_below) {
        return true;
    }
    if columns
        .iter()
        .any(|column| matches!(column.first, Kind::Number | Kind::Code | Kind::NotFinite))
    {
        return false;
    }
    columns.iter().filter(|column| column.recurs).count() * 2 <= columns.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found() {
        assert_eq!(delimiter("a,b\n1,2\n"), b',');
        assert_eq!(delimiter("a;b\n1,5;2,5\n"), b';');
        assert_eq!(delimiter("1,5;2,5;3\n1,5;2,5;4\n"), b';');
        assert_eq!(delimiter("a\tb\n\"x, y\"\t2\n"), b'\t');
        assert_eq!(delimiter("a|b\n1|2\n"), b'|');
        assert_eq!(delimiter("name,kinds\nx,a|b\ny,c\n"), b',');
        assert_eq!(delimiter("a\n1\n2\n"), b',');
        assert_eq!(delimiter("\"a;b\",c,d\n1,2,3\n"), b',');
        assert_eq!(delimiter("a,b,c\n1,2\n1,2,3\n1,2,3\n"), b',');
    }

    #[test]
    fn a_few_texts_among_numbers_are_mistakes() {
        assert!(mostly_numbers(3, 0) && mostly_numbers(2, 1) && mostly_numbers(90, 10));
        assert!(
            !mostly_numbers(1, 1)
                && !mostly_numbers(3, 2)
                && !mostly_numbers(80, 20)
                && !mostly_numbers(0, 0)
        );
    }
}
