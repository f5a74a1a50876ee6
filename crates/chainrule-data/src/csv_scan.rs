//! The first pass over a CSV file: what is in each column, and on which line each row begins.

use crate::csv_guess::{self, Evidence, Kind};
use crate::error::{DataError, MADE_UP_NAME};
use csv::{Reader, ReaderBuilder, StringRecord};
use std::collections::HashMap;

/// The most cells of one row. Each column of a table costs some hundred bytes whatever is in it, and
/// a few packed bytes can say a billion delimiters.
const MOST_CELLS: usize = 100_000;

/// Rows of cells, the first row among them.
pub(crate) fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// Reads the next row that is not blank.
pub(crate) fn next_row(reader: &mut Reader<&[u8]>, record: &mut StringRecord) -> bool {
    loop {
        // The text is known to be UTF-8 and rows may have any length: nothing is left to go wrong.
        if !reader.read_record(record).expect("text in memory was checked before") {
            return false;
        }
        if record.len() > 1 || !record[0].trim().is_empty() || record[0].is_empty() {
            return true;
        }
    }
}

/// What the first pass keeps of one column.
#[derive(Default)]
pub(crate) struct ColumnScan {
    /// The first row's cell.
    first: String,
    /// Every row's number, not a number where the cell is none. The first row included.
    pub(crate) numbers: Vec<f64>,
    /// How many cells below the first row are of each kind.
    counts: [usize; Kind::COUNT],
    /// The first such cell below the first row: its row, counted from 0 with the first, and text.
    samples: [Option<(usize, String)>; Kind::COUNT],
    /// The first row's cell occurs again.
    recurs: bool,
}

impl ColumnScan {
    fn push(&mut self, row: usize, cell: &str) {
        let (kind, number) = Kind::of(cell);
        self.numbers.push(number);
        if row == 0 {
            self.first = cell.to_owned();
            return;
        }
        self.counts[kind as usize] += 1;
        if kind != Kind::Number && self.samples[kind as usize].is_none() {
            self.samples[kind as usize] = Some((row, cell.to_owned()));
        }
        self.recurs = self.recurs || cell == self.first;
    }

    /// Makes the first row a row of data like the others, or drops it. Rows then count from 0.
    pub(crate) fn settle(&mut self, header: bool) {
        if header {
            self.numbers.remove(0);
            self.samples.iter_mut().flatten().for_each(|(row, _)| *row -= 1);
        } else {
            let kind = Kind::of(&self.first).0 as usize;
            self.counts[kind] += 1;
            self.samples[kind] = Some((0, self.first.clone()));
        }
    }

    pub(crate) fn count(&self, kinds: &[Kind]) -> usize {
        kinds.iter().map(|&kind| self.counts[kind as usize]).sum()
    }

    /// The first cell of one of `kinds`.
    pub(crate) fn sample(&self, kinds: &[Kind]) -> Option<&(usize, String)> {
        kinds.iter().filter_map(|&kind| self.samples[kind as usize].as_ref()).min()
    }
}

/// The first pass over a file.
pub(crate) struct Scan {
    pub(crate) columns: Vec<ColumnScan>,
    /// The line on which each row begins, the first included.
    pub(crate) lines: Vec<u32>,
}

impl Scan {
    pub(crate) fn over(name: &str, text: &str, delimiter: u8) -> Result<Self, DataError> {
        if let Some(offset) = too_wide_row(text, delimiter) {
            return Err(DataError::TooManyCells {
                file: name.to_owned(),
                line: LineCounter::new(text).line_at(offset),
                limit: MOST_CELLS,
            });
        }
        let mut reader = reader(text, delimiter);
        let mut record = StringRecord::new();
        let mut scan = Scan { columns: Vec::new(), lines: Vec::new() };
        let mut counter = LineCounter::new(text);
        // The byte at which the last row begins.
        let mut last = 0;
        while next_row(&mut reader, &mut record) {
            let row = scan.lines.len();
            let offset = record.position().map_or(0, csv::Position::byte) as usize;
            scan.lines.push(counter.line_at(offset));
            last = offset;
            if row == 0 {
                scan.columns.resize_with(record.len(), ColumnScan::default);
            } else if record.len() != scan.columns.len() {
                return Err(DataError::Ragged {
                    file: name.to_owned(),
                    line: scan.lines[row],
                    expected: scan.columns.len(),
                    found: record.len(),
                    open_quote: record.iter().any(|cell| cell.contains('\n')),
                });
            }
            for (column, cell) in scan.columns.iter_mut().zip(&record) {
                column.push(row, cell.trim());
            }
        }
        if quote_is_open(&text[last..], delimiter) {
            let line = scan.lines.last().copied().unwrap_or(1);
            return Err(DataError::OpenQuote { file: name.to_owned(), line });
        }
        if scan.lines.is_empty() {
            return Err(DataError::EmptyFile { file: name.to_owned() });
        }
        Ok(scan)
    }

    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        let evidence = |column: &ColumnScan| {
            let numbers = column.count(&[Kind::Number]);
            let others = column.count(&[Kind::Text, Kind::NotFinite, Kind::DecimalComma]);
            Evidence {
                first: Kind::of(&column.first).0,
                numbers_below: csv_guess::mostly_numbers(numbers, others),
                recurs: column.recurs,
            }
        };
        self.columns.iter().map(evidence).collect()
    }

    /// The names of the columns.
    pub(crate) fn names(&self, file: &str, header: bool) -> Result<Vec<String>, DataError> {
        if !header {
            return Ok((1..=self.columns.len()).map(|n| format!("{MADE_UP_NAME}{n}")).collect());
        }
        let mut seen = HashMap::new();
        for (position, column) in (1..).zip(&self.columns) {
            if column.first.is_empty() {
                let line = self.lines[0];
                return Err(DataError::UnnamedColumn { file: file.to_owned(), line, position });
            }
            if let Some(first) = seen.insert(&column.first, position) {
                return Err(DataError::DuplicateColumn {
                    file: file.to_owned(),
                    column: column.first.clone(),
                    first,
                    second: position,
                });
            }
        }
        Ok(self.columns.iter().map(|column| column.first.clone()).collect())
    }
}

/// Where in a row a byte leaves the reader.
#[derive(Clone, Copy, PartialEq)]
enum At {
    CellStart,
    Plain,
    Quoted,
    /// After a mark inside a quoted cell: the cell's end, or the first of a doubled mark.
    Mark,
}

impl At {
    fn after(self, byte: u8, delimiter: u8) -> At {
        let ends_cell = byte == delimiter || byte == b'\n' || byte == b'\r';
        match (self, byte) {
            (At::Quoted, b'"') => At::Mark,
            (At::Quoted, _) | (At::CellStart | At::Mark, b'"') => At::Quoted,
            _ if ends_cell => At::CellStart,
            _ => At::Plain,
        }
    }
}

/// Whether the last row of a file, `row`, ends inside a quoted cell. No other row can.
fn quote_is_open(row: &str, delimiter: u8) -> bool {
    row.bytes().fold(At::CellStart, |at, byte| at.after(byte, delimiter)) == At::Quoted
}

/// The byte at which the first row of more than [`MOST_CELLS`] begins. Found before a reader collects
/// the row, which takes many times its length.
fn too_wide_row(text: &str, delimiter: u8) -> Option<usize> {
    if text.len() < MOST_CELLS {
        return None;
    }
    let (mut at, mut start, mut cells) = (At::CellStart, 0, 1);
    for (offset, byte) in text.bytes().enumerate() {
        at = at.after(byte, delimiter);
        if at != At::CellStart {
            continue;
        }
        if byte == delimiter {
            cells += 1;
            if cells > MOST_CELLS {
                return Some(start);
            }
            continue;
        }
        (start, cells) = (offset + 1, 1);
    }
    None
}

/// Finds line numbers from byte offsets that only grow. Lines end with a line feed, or with a
/// carriage return in a file that has no line feed at all.
struct LineCounter<'a> {
    bytes: &'a [u8],
    end: u8,
    offset: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
        LineCounter { bytes, end, offset: 0, line: 1 }
    }

    /// The line of the first byte at or after `offset` that ends no line.
    fn line_at(&mut self, offset: usize) -> u32 {
        let rest = &self.bytes[offset.min(self.bytes.len())..];
        let blank = rest.iter().take_while(|&&byte| byte == b'\n' || byte == b'\r').count();
        let start = offset + blank;
        let passed = &self.bytes[self.offset..start];
        self.line += passed.iter().filter(|&&byte| byte == self.end).count() as u32;
        self.offset = start;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<u32> {
        Scan::over("t.csv", text, b',').unwrap().lines
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        assert_eq!(lines("a\n1\n2\n"), [1, 2, 3]);
        assert_eq!(lines("a\r\n1\r\n2"), [1, 2, 3]);
        assert_eq!(lines("a\r1\r2\r"), [1, 2, 3]);
        assert_eq!(lines("\n\na\n\n1\r\n\r\n  \n2\n"), [3, 5, 8]);
        assert_eq!(lines("a\n\"x\ny\"\n2\n"), [1, 2, 4]);
    }

    #[test]
    fn a_quotation_mark_that_stays_open_is_found() {
        for closed in ["a,b", "\"a\",b\n", "a\"b", "\"a\"\"b\"", "\"\"", "\"a\"\r\n", ""] {
            assert!(!quote_is_open(closed, b','), "{closed}");
        }
        for open in ["\"", "a,\"b", "a,\"b\n1,2\n", "\"a\"\"", "a,b\n\"x"] {
            assert!(quote_is_open(open, b','), "{open}");
        }
    }

    #[test]
    fn rows_of_too_many_cells_are_found_where_they_begin() {
        let wide = |cells: usize| ",".repeat(cells - 1);
        let found = |text: &str| too_wide_row(text, b',');
        assert_eq!(found(&wide(MOST_CELLS)), None);
        assert_eq!(found(&wide(MOST_CELLS + 1)), Some(0));
        assert_eq!(found(&format!("a\r\n\n{}", wide(MOST_CELLS + 1))), Some(4));
        assert_eq!(found(&format!("\"{}\"\n1\n", wide(MOST_CELLS + 1))), None, "one cell");
        assert_eq!(found(&"1,2\n".repeat(MOST_CELLS)), None, "many rows");
        assert_eq!(found(&"\"\n\",".repeat(MOST_CELLS)), Some(0), "a row over many lines");
    }

    #[test]
    fn a_header_is_told_from_data() {
        let has_header =
            |text| csv_guess::has_header(&Scan::over("t.csv", text, b',').unwrap().evidence());
        assert!(has_header("a,b\n1,2\n"));
        assert!(has_header("a,b\n1,x\n2,y\n"));
        assert!(has_header("2019,name\n1,5\n2,6\n"), "a text above numbers decides");
        assert!(has_header("a\n1\nx\n3\n4\n"), "one mistake does not hide it");
        assert!(has_header("colour,shape\nred,round\nblue,square\n"));
        assert!(!has_header("1,2\n3,4\n"));
        assert!(!has_header("5.1,3.5,setosa\n4.9,3.0,setosa\n"));
        assert!(!has_header("1,,3\n4,5,6\n"), "an empty cell is no name");
        assert!(!has_header("p,x\ne,y\np,x\n"), "values recur");
        assert!(has_header("a,b\n"), "one line of text");
        assert!(!has_header("1,b\n"));
    }
}
