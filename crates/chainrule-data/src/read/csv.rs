//! Reading CSV files into tables.
//!
//! The first block of a file tells the names of its columns and what they most likely hold. Then all
//! blocks are gone through side by side; what a column holds is decided by all of its cells, and where
//! that is not what it looked like the file is gone through again. The text is never held in memory
//! whole, and every complaint can name the line it is about.

pub(crate) mod blocks;
pub(crate) mod cell;
pub(crate) mod chunks;
pub(crate) mod column;
mod file;
mod guess;
pub(crate) mod scan;

use crate::column::{Column, Values};
use crate::error::DataError;
use crate::read::csv::column::Keep;
use crate::read::csv::file::CsvFile;
use crate::read::file::{Opened, Origin};
use crate::table::{ColumnChoice, Table};
use std::path::Path;

/// Whether the first line of a CSV file names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// Found out from the file's beginning. A text above a column of numbers is a name, so there is a header; otherwise a
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
    /// Columns that hold numbers even where leading zeros, or texts, make them look like something
    /// else. Those that the file lacks are passed over.
    pub numbers: Vec<String>,
    /// The texts that stand for a missing value, written exactly so; when not given the usual ones:
    /// `?`, `-`, `None` and, in small letters or capitals, `na`, `n/a`, `#n/a`, `#na`, `<na>`, `nan`,
    /// `-nan`, `nil`, `null`, `missing`. An empty cell is always missing.
    pub missing: Option<Vec<String>>,
}

/// Reads the CSV file at `path`, plain or packed with gzip or zstd.
///
/// Cells may be quoted; blanks around them are removed; empty lines are passed over. A cell may be
/// missing: empty, or a marker such as `NA`. A column is numeric when all its other cells are finite
/// numbers, and text when a tenth or more of them are not, or when all are whole numbers of one length
/// of which some begin with a zero, such as `01234`.
///
/// # Errors
/// What is wrong with the file, with line and column: not UTF-8, no rows, rows of different
/// lengths, columns without a name or of one name, infinite numbers, a few texts in a column of
/// numbers, decimal commas. Also a delimiter that is none.
pub fn read_csv(path: &Path, options: &CsvOptions) -> Result<Table, DataError> {
    read_opened(Opened::open(path)?, options)
}

/// As [`read_csv`], of a file that was opened by its path.
pub(crate) fn read_opened(
    mut opened: Opened<'_>,
    options: &CsvOptions,
) -> Result<Table, DataError> {
    match opened.origin.clone() {
        Some(origin) => read_origin(origin, options),
        // What comes through a pipe cannot be gone through twice.
        None => {
            let bytes = opened.read_all()?;
            read_origin(Origin::Bytes(opened.name(), &bytes), options)
        }
    }
}

/// Reads the CSV file whose contents are `bytes`, plain or packed, called `name` in messages. See
/// [`read_csv`].
///
/// ```
/// use chainrule_data::{CsvOptions, parse_csv};
/// let table = parse_csv("flowers", b"length,species\n1.4,setosa\n,other\n", &CsvOptions::default())?;
/// assert_eq!(table.column_names(), ["length", "species"]);
/// assert!(table.columns()[0].is_missing(1));
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
///
/// # Errors
/// As [`read_csv`].
pub fn parse_csv(name: &str, bytes: &[u8], options: &CsvOptions) -> Result<Table, DataError> {
    read_origin(Origin::Bytes(name.to_owned(), bytes), options)
}

fn read_origin(origin: Origin<'_>, options: &CsvOptions) -> Result<Table, DataError> {
    let mut file = CsvFile::open(origin, options)?;
    let mut rows = file.rows(&file.plan)?;
    let mut texts = file.texts(&rows)?;
    let kept = |texts: &[bool]| {
        file.for_chosen(|index| if texts[index] { Keep::Texts } else { Keep::Numbers })
    };
    let keep = kept(&texts);
    if keep != file.plan.keep {
        // The first block looked as if a column were something else.
        drop(rows);
        file.plan.keep = keep;
        rows = file.rows(&file.plan)?;
        texts = file.texts(&rows)?;
        if file.for_chosen(|index| if texts[index] { Keep::Texts } else { Keep::Numbers })
            != file.plan.keep
        {
            return Err(file.origin.changed());
        }
    }
    let mut columns = Vec::new();
    let mut unread = Vec::new();
    for (index, name) in file.names.into_iter().enumerate() {
        if !file.chosen[index] {
            unread.push(name);
            continue;
        }
        let values = match texts[index] {
            true => rows.take_texts(index).finish(),
            false => Values::Numbers(std::mem::take(&mut rows.columns[index].numbers)),
        };
        columns.push(Column { name, values });
    }
    Ok(Table::new(file.plan.file, columns)?.with_lines(rows.lines).with_unread(unread))
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
        let text = b"x,note,y\n1,,inf\n3,a,\n";
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
    fn codes_keep_their_zeros() {
        let cells = |text: &str| {
            let table = read(text);
            (0..table.rows()).map(|row| table.columns()[0].cell(row)).collect::<Vec<_>>()
        };
        assert_eq!(cells("zip,x\n01234,1\nNA,1\n98765,2\n"), ["01234", "", "98765"]);
        // Of different lengths, below zero, or with a fraction: numbers.
        assert_eq!(cells("n,x\n007,1\n1000,2\n"), ["7", "1000"]);
        assert_eq!(cells("n,x\n007,1\n-10,2\n"), ["7", "-10"]);
        assert_eq!(cells("n,x\n007,1\n2.5,2\n"), ["7", "2.5"]);
        let options = CsvOptions { numbers: vec!["zip".into()], ..CsvOptions::default() };
        let table = parse_csv("t.csv", b"zip,x\n01234,1\n98765,2\n", &options).unwrap();
        assert_eq!(table.columns()[0].values, Values::Numbers(vec![1234.0, 98765.0]));
        let error = parse_csv("t.csv", b"zip,x\na,1\nb,2\n", &options).unwrap_err().to_string();
        assert!(error.contains("column `zip`") && error.contains("the text `a`"), "{error}");
    }

    #[test]
    fn values_may_be_missing() {
        let table = read("x,kind,none\n1,a,\n?,,NA\n , NULL ,nan\n4,b,\n");
        let numbers = Values::Numbers(vec![1.0, f64::NAN, f64::NAN, 4.0]);
        assert_eq!(table.columns()[0].values, numbers);
        let codes = vec![0, crate::MISSING, crate::MISSING, 1];
        let levels = vec!["a".into(), "b".into()];
        assert_eq!(table.columns()[1].values, Values::Text { codes, levels });
        assert_eq!(table.columns()[2].missing(), 4);
        assert_eq!(table.columns()[2].values, Values::Numbers(vec![f64::NAN; 4]));
        let missing = Some(vec!["-999".to_owned(), "none".to_owned()]);
        let options = CsvOptions { missing, ..CsvOptions::default() };
        let table = parse_csv("t.csv", b"x,k\n1,?\n-999,none\n,NA\n", &options).unwrap();
        assert_eq!(table.columns()[0].missing(), 2);
        assert_eq!([table.columns()[1].cell(0), table.columns()[1].cell(1)], ["?", ""]);
    }

    /// A column that looks like numbers for a whole block, and one that looks like text for as long.
    #[test]
    fn the_first_block_may_be_wrong_about_a_column() {
        let lines = crate::read::csv::blocks::BLOCK / 4;
        let mut text = "a,b\n".to_owned();
        (0..lines).for_each(|i| text.push_str(&format!("{},x{}\n", i % 10, i % 7)));
        (0..lines).for_each(|i| text.push_str(&format!("y{},{}\n", i % 3, i % 10)));
        text.push_str("z,z\n");
        let table = read(&text);
        let column = &table.columns()[0];
        assert_eq!([column.cell(0), column.cell(lines), column.cell(2 * lines)], ["0", "y0", "z"]);
        let Values::Text { levels, .. } = &table.columns()[1].values else { panic!("texts") };
        assert_eq!(levels.len(), 18);
        assert_eq!(table.place(2 * lines, "a").line, Some(2 * lines as u32 + 2));
        let mistake = text.replace("y0,", "8,").replace("y1,", "8,").replace("y2,", "8,");
        let error = parse_csv("t.csv", mistake.as_bytes(), &CsvOptions::default()).unwrap_err();
        let expected = format!("t.csv, line {} (data row {})", 2 * lines + 2, 2 * lines + 1);
        assert!(error.to_string().starts_with(&expected), "{error}");
        // Of two mistakes the first is named, whichever thread finds its own first.
        let ragged = text.replacen("y1,", "y1,1,", 3);
        let error = parse_csv("t.csv", ragged.as_bytes(), &CsvOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("t.csv, line {}:", lines + 3)), "{error}");
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
