//! Reading CSV files into tables.
//!
//! The text is held in memory and gone through twice: the first time all cells are looked at and
//! the numbers kept, the second time only the columns of text are collected. So a column's kind is
//! decided by all of its cells, and every complaint can name the line it is about.

use crate::csv_guess::{self, Evidence, Kind};
use crate::error::DataError;
use crate::file::Opened;
use crate::table::{Column, ColumnChoice, Table, TextBuilder, Values};
use csv::{Reader, ReaderBuilder, StringRecord};
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
    /// The byte between cells; found out (of comma, semicolon, tab, bar) when not given.
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
/// column of numbers.
pub fn read_csv(path: &Path, options: &CsvOptions) -> Result<Table, DataError> {
    let mut opened = Opened::open(path)?;
    let bytes = opened.read_all()?;
    parse_csv(&path.display().to_string(), &bytes, options)
}

/// Reads the CSV file whose contents are `bytes`, called `name` in messages. See [`read_csv`].
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
    let text = decode(name, bytes)?;
    if text.trim().is_empty() {
        return Err(DataError::EmptyFile { file: name.to_owned() });
    }
    let delimiter = options.delimiter.unwrap_or_else(|| csv_guess::delimiter(text));
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

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// Reads the next row that is not blank.
fn next_row(reader: &mut Reader<&[u8]>, record: &mut StringRecord) -> bool {
    loop {
        // The text is known to be UTF-8 and rows may have any length: nothing is left to go wrong.
        if !reader.read_record(record).expect("text in memory was checked before") {
            return false;
        }
        if record.len() > 1 || !record[0].trim().is_empty() || &record[0] == "" {
            return true;
        }
    }
}

/// What the first pass keeps of one column.
#[derive(Default)]
struct ColumnScan {
    /// The first row's cell.
    first: String,
    /// Every row's number, not a number where the cell is none. The first row included.
    numbers: Vec<f64>,
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
    fn settle(&mut self, header: bool) {
        if header {
            self.numbers.remove(0);
            self.samples.iter_mut().flatten().for_each(|(row, _)| *row -= 1);
        } else {
            let kind = Kind::of(&self.first).0 as usize;
            self.counts[kind] += 1;
            self.samples[kind] = Some((0, self.first.clone()));
        }
    }

    fn count(&self, kinds: &[Kind]) -> usize {
        kinds.iter().map(|&kind| self.counts[kind as usize]).sum()
    }

    /// The first cell of one of `kinds`.
    fn sample(&self, kinds: &[Kind]) -> Option<&(usize, String)> {
        kinds.iter().filter_map(|&kind| self.samples[kind as usize].as_ref()).min()
    }
}

/// The first pass over a file.
struct Scan {
    columns: Vec<ColumnScan>,
    /// The line on which each row begins, the first included.
    lines: Vec<u32>,
}

impl Scan {
    fn over(name: &str, text: &str, delimiter: u8) -> Result<Self, DataError> {
        let mut reader = reader(text, delimiter);
        let mut record = StringRecord::new();
        let mut scan = Scan { columns: Vec::new(), lines: Vec::new() };
        let mut counter = LineCounter::new(text);
        while next_row(&mut reader, &mut record) {
            let row = scan.lines.len();
            let offset = record.position().map_or(0, csv::Position::byte) as usize;
            scan.lines.push(counter.line_at(offset));
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
        if scan.lines.is_empty() {
            return Err(DataError::EmptyFile { file: name.to_owned() });
        }
        Ok(scan)
    }

    fn evidence(&self) -> Vec<Evidence> {
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
    fn names(&self, file: &str, header: bool) -> Result<Vec<String>, DataError> {
        if !header {
            return Ok((1..=self.columns.len()).map(|n| format!("column{n}")).collect());
        }
        let mut seen = std::collections::HashMap::new();
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
    fn place(&self, row: usize, column: usize) -> crate::Place {
        crate::Place {
            file: self.name.to_owned(),
            row: row + 1,
            line: Some(self.lines[row]),
            column: self.names[column].clone(),
        }
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
        let firsts = columns().filter_map(|(index, scan)| {
            scan.sample(&[Kind::Empty]).map(|(row, _)| (*row, index))
        });
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
        let (place, cell) =
            found(&[Kind::NotFinite, Kind::Text, Kind::Mark, Kind::DecimalComma]);
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
