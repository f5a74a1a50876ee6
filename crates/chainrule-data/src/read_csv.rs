//! Reading CSV files into tables.
//!
//! The text is held in memory and gone through twice: the first time all cells are looked at and
//! the numbers kept, the second time only the columns of text are collected. So a column's kind is
//! decided by all of its cells, and every complaint can name the line it is about.

use crate::column::{Column, TextBuilder, Values};
use crate::csv_guess::{self, Kind};
use crate::csv_scan::{ColumnScan, Scan, next_row, reader};
use crate::error::{DataError, Place, shown};
use crate::file::Opened;
use crate::table::{ColumnChoice, Table};
use csv::StringRecord;
use std::path::Path;

/// Whether the first line of a CSV file names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// Found out. A text above a column of numbers is a name, so there is a header; otherwise a
    /// number in the first line means that there is none; where all is text there is one, unless
    /// most cells of the first line occur again below.
    #[default]
    Auto,
    /// It does.
    Present,
    /// It does not: the columns are called `column1`, `column2`, ...
    Absent,
}

/// How to read a CSV file.
#[derive(Clone, Debug, Default)]
pub struct CsvOptions {
    /// The byte between cells, an ASCII character other than a quotation mark or a line's end; found
    /// out (of comma, semicolon, tab, bar) when not given.
    pub delimiter: Option<u8>,
    /// Whether the first line names the columns.
    pub header: Header,
    /// The columns to read. Nothing but their presence is checked in the others.
    pub columns: ColumnChoice,
    /// Columns that hold categories even where they look like numbers. Those that the file lacks
    /// are passed over.
    pub categories: Vec<String>,
}

/// Reads the CSV file at `path`, plain or gzipped.
///
/// Cells may be quoted; blanks around them are removed; empty lines are passed over. A column is
/// numeric when all its cells are finite numbers, and text when a tenth or more of them are not.
///
/// # Errors
/// What is wrong with the file, with line and column: not UTF-8, no rows, rows of different
/// lengths, columns without a name or of one name, empty cells, infinite numbers, a few texts in a
/// column of numbers. Also a delimiter that is none.
pub fn read_csv(path: &Path, options: &CsvOptions) -> Result<Table, DataError> {
    let bytes = Opened::open(path)?.read_all()?;
    parse_unpacked(&shown(path), &bytes, options)
}

/// Reads the CSV file whose contents are `bytes`, plain or gzipped, called `name` in messages. See
/// [`read_csv`].
///
/// ```
/// use chainrule_data::{CsvOptions, parse_csv};
/// let table = parse_csv("flowers", b"length,species\n1.4,setosa\n4.7,other\n", &CsvOptions::default())?;
/// assert_eq!(table.column_names(), ["length", "species"]);
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
///
/// # Errors
/// As [`read_csv`].
pub fn parse_csv(name: &str, bytes: &[u8], options: &CsvOptions) -> Result<Table, DataError> {
    match Opened::bytes(name, bytes)? {
        Opened { length: Some(_), .. } => parse_unpacked(name, bytes, options),
        mut packed => parse_unpacked(name, &packed.read_all()?, options),
    }
}

/// As [`parse_csv`], of bytes that are not packed.
pub(crate) fn parse_unpacked(
    name: &str,
    bytes: &[u8],
    options: &CsvOptions,
) -> Result<Table, DataError> {
    let text = decode(name, bytes)?;
    if text.trim().is_empty() {
        return Err(DataError::EmptyFile { file: name.to_owned() });
    }
    let delimiter = options.delimiter.unwrap_or_else(|| csv_guess::delimiter(text));
    // Others would cut characters in two, or mean two things at once.
    if !delimiter.is_ascii() || matches!(delimiter, b'"' | b'\n' | b'\r') {
        return Err(DataError::Delimiter { file: name.to_owned(), found: delimiter });
    }
    let scan = Scan::over(name, text, delimiter)?;
    let header = match options.header {
        Header::Auto => csv_guess::has_header(&scan.evidence()),
        Header::Present => true,
        Header::Absent => false,
    };
    let names = scan.names(name, header)?;
    let chosen = options.columns.among(name, &names)?;
    if !chosen.contains(&true) {
        return Err(DataError::NoFeatures { file: name.to_owned(), columns: names.len() });
    }
    let lines = scan.lines[usize::from(header)..].to_vec();
    if lines.is_empty() {
        return Err(DataError::HeaderOnly { file: name.to_owned(), line: scan.lines[0] });
    }
    let file = File { name, text, delimiter, header, lines, names };
    file.table(scan.columns, &chosen, &options.categories)
}

/// The text of a file: UTF-8, with or without a byte order mark.
fn decode<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    let not_text = |line, found: String, encoding| DataError::NotUtf8 {
        file: name.to_owned(),
        line,
        found,
        encoding,
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(not_text(1, "a UTF-16 byte order mark".to_owned(), "UTF-16"));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let (before, after) = bytes.split_at(error.valid_up_to());
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u32;
        not_text(line, format!("the byte 0x{:02x}", after[0]), "ISO-8859-1")
    })
}

/// What is known about a file after the first pass.
struct File<'a> {
    name: &'a str,
    text: &'a str,
    delimiter: u8,
    header: bool,
    /// The line on which each row of data begins.
    lines: Vec<u32>,
    names: Vec<String>,
}

impl File<'_> {
    fn place(&self, row: usize, column: usize) -> Box<Place> {
        Box::new(Place {
            file: self.name.to_owned(),
            row: row + 1,
            line: Some(self.lines[row]),
            column: self.names[column].clone(),
        })
    }

    fn table(
        self,
        mut scans: Vec<ColumnScan>,
        chosen: &[bool],
        categories: &[String],
    ) -> Result<Table, DataError> {
        scans.iter_mut().for_each(|scan| scan.settle(self.header));
        self.check_empty(&scans, chosen)?;
        let mut is_text = vec![false; scans.len()];
        for (index, scan) in scans.iter().enumerate().filter(|(index, _)| chosen[*index]) {
            is_text[index] =
                categories.contains(&self.names[index]) || self.holds_text(index, scan)?;
        }
        let mut texts = self.texts(&is_text);
        let mut columns = Vec::new();
        for (index, scan) in scans.into_iter().enumerate().filter(|(index, _)| chosen[*index]) {
            let values = match texts[index].take() {
                Some(builder) => builder.finish(),
                None => Values::Numbers(scan.numbers),
            };
            columns.push(Column { name: self.names[index].clone(), values });
        }
        let unread = self.names.into_iter().zip(chosen).filter(|(_, chosen)| !**chosen);
        let unread = unread.map(|(name, _)| name).collect();
        Ok(Table::new(self.name, columns)?.with_lines(self.lines).with_unread(unread))
    }

    /// Complains about the first empty cell of the chosen columns.
    fn check_empty(&self, scans: &[ColumnScan], chosen: &[bool]) -> Result<(), DataError> {
        let columns = || scans.iter().enumerate().filter(|(index, _)| chosen[*index]);
        let firsts = columns()
            .filter_map(|(index, scan)| scan.sample(&[Kind::Empty]).map(|(row, _)| (*row, index)));
        match firsts.min() {
            None => Ok(()),
            Some((row, column)) => Err(DataError::EmptyCell {
                place: self.place(row, column),
                cell: String::new(),
                others: columns().map(|(_, scan)| scan.count(&[Kind::Empty])).sum::<usize>() - 1,
            }),
        }
    }

    /// Whether a column is text rather than numbers.
    fn holds_text(&self, index: usize, scan: &ColumnScan) -> Result<bool, DataError> {
        let numbers = scan.count(&[Kind::Number]);
        let commas = scan.count(&[Kind::DecimalComma]);
        let strange = scan.count(&[Kind::NotFinite]);
        let texts = scan.count(&[Kind::Text]);
        let marks = scan.count(&[Kind::Mark]);
        let found = |kinds: &[Kind]| {
            let (row, cell) = scan.sample(kinds).expect("a cell of this kind was counted");
            (self.place(*row, index), cell.clone())
        };
        if commas > 0 && texts == 0 && commas + numbers > strange + marks {
            let (place, cell) = found(&[Kind::DecimalComma]);
            return Err(DataError::DecimalComma { place, cell });
        }
        let is_numeric = texts + commas == 0 && numbers + strange > 0
            || csv_guess::mostly_numbers(numbers, texts + commas + strange + marks);
        if !is_numeric {
            return Ok(true);
        }
        if strange + texts + marks + commas == 0 {
            return Ok(false);
        }
        // The first mistake of the column, whatever its kind.
        let (place, cell) = found(&[Kind::NotFinite, Kind::Text, Kind::Mark, Kind::DecimalComma]);
        Err(match Kind::of(&cell).0 {
            Kind::NotFinite => DataError::NotFinite { place, cell },
            Kind::Mark => DataError::EmptyCell { place, cell, others: marks - 1 },
            _ => DataError::TextInNumericColumn { place, cell, numbers, rows: self.lines.len() },
        })
    }

    /// The second pass: the columns of text.
    fn texts(&self, is_text: &[bool]) -> Vec<Option<TextBuilder>> {
        let mut texts: Vec<Option<TextBuilder>> =
            is_text.iter().map(|&is_text| is_text.then(TextBuilder::default)).collect();
        if !is_text.contains(&true) {
            return texts;
        }
        let mut reader = reader(self.text, self.delimiter);
        let mut record = StringRecord::new();
        let mut is_header = self.header;
        while next_row(&mut reader, &mut record) {
            if std::mem::take(&mut is_header) {
                continue;
            }
            for (text, cell) in texts.iter_mut().zip(&record) {
                if let Some(text) = text {
                    text.push(cell.trim());
                }
            }
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Table {
        parse_csv("t.csv", text.as_bytes(), &CsvOptions::default()).unwrap()
    }

    #[test]
    fn kinds_come_from_all_cells() {
        let table = read("\u{feff}size; kind ;\"a;b\"\r\n1.5;x;\"y;z\"\r\n-2e3;007;7a\r\n");
        assert_eq!(table.column_names(), ["size", "kind", "a;b"]);
        assert_eq!(table.columns()[0].values, Values::Numbers(vec![1.5, -2000.0]));
        assert_eq!(table.columns()[1].cell(1), "007");
        assert_eq!(table.columns()[2].cell(0), "y;z");
        assert_eq!(table.place(1, "size").line, Some(3));
    }

    #[test]
    fn a_file_without_header_gets_names() {
        let table = read("5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n");
        assert_eq!(table.column_names(), ["column1", "column2", "column3"]);
        assert_eq!(table.rows(), 3);
        assert_eq!(table.columns()[2].cell(0), "setosa");
    }

    #[test]
    fn columns_that_are_not_read_may_hold_anything() {
        let text = b"x,note,y\n1,,2\n3,a,\n";
        let mut options = CsvOptions::default();
        assert!(parse_csv("t.csv", text, &options).is_err());
        options.columns = ColumnChoice::Only(vec!["x".into()]);
        let table = parse_csv("t.csv", text, &options).unwrap();
        assert_eq!(table.columns()[0].values, Values::Numbers(vec![1.0, 3.0]));
        let message = table.column("notes").unwrap_err().to_string();
        assert!(message.contains("did you mean `note`?"), "{message}");
    }

    /// Found by fuzzing: a byte of a longer character made cells that are no UTF-8, and a panic.
    #[test]
    fn delimiters_are_ascii() {
        for delimiter in [0xc3, 0xff, b'"', b'\n', b'\r'] {
            let options = CsvOptions { delimiter: Some(delimiter), ..CsvOptions::default() };
            let error = parse_csv("t.csv", "\u{e4}\u{f6},x\n1,2\n".as_bytes(), &options);
            let message = error.unwrap_err().to_string();
            assert!(message.contains(&format!("found the byte 0x{delimiter:02x}")), "{message}");
        }
    }

    #[test]
    fn gzipped_bytes_are_unpacked() {
        let text = b"x,y\n1,2\n3,4\n";
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        std::io::Write::write_all(&mut encoder, text).unwrap();
        let packed = encoder.finish().unwrap();
        let options = CsvOptions::default();
        let table = parse_csv("t.csv", &packed, &options).unwrap();
        assert_eq!(table, parse_csv("t.csv", text, &options).unwrap());
        let error = parse_csv("t.csv", &packed[..20], &options).unwrap_err();
        assert!(matches!(error, DataError::Damaged { .. }), "{error}");
    }

    #[test]
    fn numbers_may_be_categories() {
        let options = CsvOptions { categories: vec!["zip".into()], ..CsvOptions::default() };
        let table = parse_csv("t.csv", b"zip,x\n01234,1\n1234,2\n", &options).unwrap();
        assert_eq!(table.columns()[0].cell(0), "01234");
    }

    #[test]
    fn the_header_can_be_stated() {
        let options = CsvOptions { header: Header::Present, ..CsvOptions::default() };
        let table = parse_csv("t.csv", b"2019,2020\n1,2\n", &options).unwrap();
        assert_eq!((table.column_names(), table.rows()), (vec!["2019".into(), "2020".into()], 1));
        let options = CsvOptions { header: Header::Absent, ..CsvOptions::default() };
        let table = parse_csv("t.csv", b"a,b\nc,d\n", &options).unwrap();
        assert_eq!((table.columns()[0].cell(0).as_str(), table.rows()), ("a", 2));
    }
}
