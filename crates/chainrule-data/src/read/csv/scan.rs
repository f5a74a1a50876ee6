//! Going through the rows of a block of a CSV file.
//!
//! Where a block has no quotation mark, a number is read where it stands, in one pass over the bytes;
//! all other cells, and all cells of other blocks, are cut out first, and both ways find the same.

use crate::error::DataError;
use crate::read::csv::blocks::{At, Block, line_ends};
use crate::read::csv::cell::Markers;
use crate::read::csv::column::{ColumnScan, Keep};
use csv::{Reader, ReaderBuilder, StringRecord};

/// The most cells of one row. Each column of a table costs some hundred bytes whatever is in it, and
/// a few packed bytes can say a billion delimiters.
pub(crate) const MOST_CELLS: usize = 100_000;

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

/// How a file is gone through.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) file: String,
    pub(crate) delimiter: u8,
    pub(crate) markers: Markers,
    /// The block whose first row names the columns.
    pub(crate) header: Option<usize>,
    /// What is kept of each column; as many as the first row has cells.
    pub(crate) keep: Vec<Keep>,
}

impl Plan {
    /// Whether anything is kept of every row.
    pub(crate) fn keeps_cells(&self) -> bool {
        self.keep.iter().any(|keep| matches!(keep, Keep::Numbers | Keep::Texts))
    }
}

/// What is found in the rows of a block.
pub(crate) struct Scan {
    /// Which block it was.
    pub(crate) index: usize,
    /// The block's.
    pub(crate) bytes: usize,
    pub(crate) columns: Vec<ColumnScan>,
    /// The line on which each row begins.
    pub(crate) lines: Vec<u32>,
}

impl Scan {
    /// Goes through a block.
    pub(crate) fn over(plan: &Plan, block: &Block) -> Result<Self, DataError> {
        let text = decode(&plan.file, &block.bytes, block.line)?;
        let columns = plan.keep.iter().map(|_| ColumnScan::new()).collect();
        let bytes = block.bytes.len();
        let scan = Scan { index: block.index, bytes, columns, lines: Vec::new() };
        let (mut text, mut line) = (text, block.line);
        if plan.header == Some(block.index) {
            let start = first_row(text, plan.delimiter).map_or(text.len(), |(_, end)| end);
            line += line_ends(&text.as_bytes()[..start]);
            text = &text[start..];
        }
        let mut pass = Pass { plan, text, line, scan };
        pass.reserve();
        match memchr::memchr(b'"', text.as_bytes()) {
            None => pass.plain()?,
            Some(_) => pass.quoted(block.is_last)?,
        }
        let mut scan = pass.scan;
        for (column, &keep) in scan.columns.iter_mut().zip(&plan.keep) {
            column.close(keep);
        }
        Ok(scan)
    }

    pub(crate) fn rows(&self) -> usize {
        self.lines.len()
    }
}

/// Going through a block.
struct Pass<'a> {
    plan: &'a Plan,
    text: &'a str,
    /// The line that comes next.
    line: u32,
    scan: Scan,
}

impl Pass<'_> {
    /// Makes room for the rows that there are if all are as long as the first.
    fn reserve(&mut self) {
        let bytes = self.text.as_bytes();
        let first = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
        // A row has a byte for each cell, but for a blank one.
        let rows = bytes.len() / (first + 1).max(self.plan.keep.len()) + 1;
        self.scan.lines.reserve(rows);
        for (column, keep) in self.scan.columns.iter_mut().zip(&self.plan.keep) {
            if matches!(keep, Keep::Numbers | Keep::Kinds) {
                column.numbers.reserve(rows);
            }
        }
    }

    /// A text with quotation marks.
    fn quoted(&mut self, is_last: bool) -> Result<(), DataError> {
        let Plan { delimiter, .. } = *self.plan;
        check_width(&self.plan.file, self.text, delimiter, self.line)?;
        let mut reader = reader(self.text, delimiter);
        let mut record = StringRecord::new();
        // The bytes whose lines were counted.
        let mut counted = 0;
        let mut last = 0;
        while next_row(&mut reader, &mut record) {
            last = record.position().map_or(0, csv::Position::byte) as usize;
            let rest = &self.text.as_bytes()[last..];
            let start = last + rest.iter().take_while(|byte| b"\r\n".contains(byte)).count();
            self.line += line_ends(&self.text.as_bytes()[counted..start]);
            counted = start;
            if record.len() != self.plan.keep.len() {
                let open_quote = record.iter().any(|cell| cell.contains('\n'));
                return Err(self.ragged(record.len(), open_quote));
            }
            let row = self.scan.lines.len();
            self.scan.lines.push(self.line);
            let columns = self.scan.columns.iter_mut().zip(&self.plan.keep);
            for ((column, &keep), cell) in columns.zip(&record) {
                if keep != Keep::Nothing {
                    column.push((row, self.line), cell.trim(), keep, &self.plan.markers);
                }
            }
        }
        match is_last && quote_is_open(&self.text[last..], delimiter) {
            true => Err(DataError::OpenQuote { file: self.plan.file.clone(), line: self.line }),
            false => Ok(()),
        }
    }

    /// A text without quotation marks.
    fn plain(&mut self) -> Result<(), DataError> {
        let bytes = self.text.as_bytes();
        let delimiter = self.plan.delimiter;
        let width = self.plan.keep.len();
        // A delimiter that a number may hold must be looked for first, as must a marker.
        let in_place = !delimiter.is_ascii_alphanumeric()
            && !b"+-.".contains(&delimiter)
            && !self.plan.markers.numeric;
        let mut at = 0;
        while at < bytes.len() {
            if let Some(length) = line_end(bytes, at) {
                at += length;
                self.line += 1;
                continue;
            }
            // A row of one cell, of blanks, is none.
            let first = cell_end(bytes, at, delimiter);
            if bytes.get(first) != Some(&delimiter) && self.text[at..first].trim().is_empty() {
                at = first;
                continue;
            }
            let row = self.scan.lines.len();
            self.scan.lines.push(self.line);
            let mut filled = 0;
            loop {
                if filled == width {
                    let end =
                        memchr::memchr2(b'\n', b'\r', &bytes[at..]).unwrap_or(bytes.len() - at);
                    let more = memchr::memchr_iter(delimiter, &bytes[at..at + end]).count() + 1;
                    return Err(self.ragged(width + more, false));
                }
                let column = &mut self.scan.columns[filled];
                let keep = self.plan.keep[filled];
                filled += 1;
                let is_number = in_place && matches!(keep, Keep::Numbers | Keep::Kinds);
                let end = match is_number.then(|| number_at(bytes, at, delimiter)).flatten() {
                    Some((number, end)) => {
                        column.push_number(number, end - at);
                        end
                    }
                    None => {
                        let end = cell_end(bytes, at, delimiter);
                        if keep != Keep::Nothing {
                            let cell = self.text[at..end].trim();
                            column.push((row, self.line), cell, keep, &self.plan.markers);
                        }
                        end
                    }
                };
                at = end;
                if bytes.get(at) != Some(&delimiter) {
                    break;
                }
                at += 1;
            }
            if filled != width {
                return Err(self.ragged(filled, false));
            }
        }
        Ok(())
    }

    fn ragged(&self, found: usize, open_quote: bool) -> DataError {
        let (file, line, expected) = (self.plan.file.clone(), self.line, self.plan.keep.len());
        DataError::Ragged { file, line, expected, found, open_quote }
    }
}

/// The number that is the whole cell at `at`, and where the cell ends. None where the cell is
/// something else, where blanks are around it, and where the number may be a code.
#[inline(always)]
fn number_at(bytes: &[u8], at: usize, delimiter: u8) -> Option<(f64, usize)> {
    let (number, length) = fast_float2::parse_partial::<f64, _>(&bytes[at..]).ok()?;
    let end = at + length;
    let ends =
        bytes.get(end).is_none_or(|&byte| byte == delimiter || byte == b'\n' || byte == b'\r');
    let is_code = bytes[at] == b'0' && length > 1 && bytes[at + 1].is_ascii_digit();
    (ends && !is_code && number.is_finite()).then_some((number, end))
}

/// Bytes of the end of a line at `at`, if there is one.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\n', _) => Some(1),
        (b'\r', Some(b'\n')) => Some(2),
        (b'\r', _) => Some(1),
        _ => None,
    }
}

/// Where the cell that begins at `at` ends, without quotation marks.
fn cell_end(bytes: &[u8], at: usize, delimiter: u8) -> usize {
    let found = memchr::memchr3(delimiter, b'\n', b'\r', &bytes[at..]);
    found.map_or(bytes.len(), |found| at + found)
}

/// The cells of the first row, without blanks around them, and where the next row begins.
pub(crate) fn first_row(text: &str, delimiter: u8) -> Option<(Vec<String>, usize)> {
    let mut reader = reader(text, delimiter);
    let mut record = StringRecord::new();
    if !next_row(&mut reader, &mut record) {
        return None;
    }
    let end = reader.position().byte() as usize;
    // The reader leaves the second half of a line's end for later.
    let is_half = text[..end].ends_with('\r') && text[end..].starts_with('\n');
    let cells = record.iter().map(|cell| cell.trim().to_owned()).collect();
    Some((cells, end + usize::from(is_half)))
}

/// The text of some bytes that begin on line `line`: UTF-8.
pub(crate) fn decode<'a>(file: &str, bytes: &'a [u8], line: u32) -> Result<&'a str, DataError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (before, after) = bytes.split_at(error.valid_up_to());
        DataError::NotUtf8 {
            file: file.to_owned(),
            line: line + line_ends(before),
            found: format!("the byte 0x{:02x}", after[0]),
            encoding: "ISO-8859-1",
        }
    })
}

/// Whether the last row of a file, `row`, ends inside a quoted cell. No other row can.
fn quote_is_open(row: &str, delimiter: u8) -> bool {
    row.bytes().fold(At::CellStart, |at, byte| at.after(byte, delimiter)) == At::Quoted
}

/// Refuses a row of more than [`MOST_CELLS`], before a reader collects it, which takes many times its
/// length.
pub(crate) fn check_width(
    file: &str,
    text: &str,
    delimiter: u8,
    line: u32,
) -> Result<(), DataError> {
    match too_wide_row(text, delimiter) {
        None => Ok(()),
        Some(offset) => Err(DataError::TooManyCells {
            file: file.to_owned(),
            line: line + line_ends(&text.as_bytes()[..offset]),
            limit: MOST_CELLS,
        }),
    }
}

/// The byte at which the first row of more than [`MOST_CELLS`] begins.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::csv::cell::Kind;

    fn plan(width: usize) -> Plan {
        Plan {
            file: "t.csv".into(),
            delimiter: b',',
            markers: Markers::new(None),
            header: None,
            keep: vec![Keep::Numbers; width],
        }
    }

    fn scan(text: &str, width: usize) -> Result<Scan, DataError> {
        let bytes = text.as_bytes().to_vec();
        Scan::over(&plan(width), &Block { index: 0, line: 1, bytes, is_last: true })
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let lines = |text| scan(text, 1).unwrap().lines;
        assert_eq!(lines("a\n1\n2\n"), [1, 2, 3]);
        assert_eq!(lines("a\r\n1\r\n2"), [1, 2, 3]);
        assert_eq!(lines("a\r1\r2\r"), [1, 2, 3]);
        assert_eq!(lines("\n\na\n\n1\r\n\r\n  \n2\n"), [3, 5, 8]);
        assert_eq!(lines("a\n\"x\ny\"\n2\n"), [1, 2, 4]);
        assert_eq!(lines("\n\"a\"\n\n1\r\n\r\n  \n2\n"), [2, 4, 7]);
    }

    /// The two ways through a text find the same: one is taken because of a quotation mark in a last
    /// row that the other text lacks.
    #[test]
    fn both_ways_find_the_same() {
        let rows = [
            "1,2.5,-3e4",
            " 1 ,2,3",
            "01,007,0",
            "NA,,nan",
            "x,1_0,+5",
            "1e999,inf,-inf",
            "1.,.5,-.5e-3",
            "0x1,1e,-",
            "  ,  ,",
            ",,",
            "00,0.0,-0",
            "\u{e4},1\u{a0},2",
            "1 2,3-4,5e+6",
            "12345678901234567890,1e-400,7",
        ];
        for end in ["\n", "\r\n", "\r"] {
            let text = rows.join(end) + end;
            let plain = scan(&text, 3).unwrap();
            let quoted = scan(&format!("{text}\"1\",2,3"), 3).unwrap();
            assert_eq!(plain.lines, quoted.lines[..rows.len()]);
            for (plain, quoted) in plain.columns.iter().zip(&quoted.columns) {
                let bits = |numbers: &[f64]| -> Vec<u64> {
                    numbers.iter().map(|number| number.to_bits()).collect()
                };
                assert_eq!(bits(&plain.numbers), bits(&quoted.numbers[..rows.len()]));
                for kind in [Kind::Code, Kind::Missing, Kind::NotFinite, Kind::Text] {
                    assert_eq!(plain.count(kind), quoted.count(kind), "{kind:?}");
                    assert_eq!(plain.sample(&[kind]), quoted.sample(&[kind]), "{kind:?}");
                }
            }
        }
        for ragged in ["1,2,3\n1,2\n", "1,2,3\n\n1,2,3,4\n", "1,2,3\n1,2,3,\n", "1,2,3\n1,2,"] {
            let message = |text: &str| scan(text, 3).err().map(|error| error.to_string());
            let plain = message(ragged);
            assert_eq!(plain, message(&ragged.replacen('1', "\"1\"", 1)), "{ragged}");
            assert_eq!(plain.is_none(), ragged.ends_with("2,"), "{plain:?}");
        }
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
    fn the_first_row_ends_where_the_next_begins() {
        for (text, end) in [("a,b\r\n1,2", 5), ("\n a , b\n\n1", 8), ("\"a\nb\",c\r1", 8), ("a", 1)]
        {
            assert_eq!(first_row(text, b',').unwrap().1, end, "{text:?}");
        }
        assert_eq!(first_row("\n  \n", b','), None);
    }
}
