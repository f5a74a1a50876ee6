//! Reading ARFF files, the format of Weka and of the multi-label collections MULAN and MEKA.
//!
//! Lines `@attribute name type` describe the columns; below `@data` comes a row a line, its cells
//! separated by commas, or, of a row in braces, those that are not zero with their place before them.
//! A line that begins with `%` is a comment. (The Weka manual, "ARFF (stable version)".)

mod header;
mod line;

use crate::column::{Column, TextBuilder, Values};
use crate::error::{DataError, Place};
use crate::message::{list, quoted};
use crate::read::arff::header::{Attribute, Kind, attribute};
use crate::read::arff::line::{Cell, cells};
use crate::read::csv::cell::{self, Markers};
use crate::read::csv::scan::decode;
use crate::table::{ColumnChoice, Table};
use crate::time;

/// The most values of a file with sparse rows, most of which it does not hold.
const MOST_SPARSE_VALUES: usize = 1 << 28;

/// Whether a file that begins so is an ARFF file: after comments and empty lines it says `@relation`.
pub(crate) fn is_arff(beginning: &[u8]) -> bool {
    let beginning = beginning.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(beginning);
    let mut lines = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"%"));
    first.is_some_and(|line| line.len() >= 9 && line[..9].eq_ignore_ascii_case(b"@relation"))
}

/// Reads the contents of an ARFF file, called `name` in messages: the columns of `choice`.
pub(crate) fn parse(
    name: &str,
    bytes: &[u8],
    choice: &ColumnChoice,
    missing: Option<&[String]>,
) -> Result<Table, DataError> {
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let text = decode(name, bytes, 1)?;
    let mut lines = (1..).zip(lines(text));
    let mut attributes = Vec::new();
    loop {
        let Some((line, text)) = lines.next() else {
            return Err(malformed(name, None, "the line @data", "the end of the file"));
        };
        let word = text.split_whitespace().next().unwrap_or_default();
        match word.to_ascii_lowercase().as_str() {
            _ if is_blank(text) => {}
            "@relation" => {}
            "@attribute" => attributes.push(attribute(name, line, text)?),
            "@data" => break,
            _ => {
                let expected = "@attribute or @data";
                return Err(malformed(name, Some(line), expected, &quoted(text.trim())));
            }
        }
    }
    let names: Vec<String> = attributes.iter().map(|it| it.name.clone()).collect();
    let chosen = choice.among(name, &names)?;
    if !chosen.contains(&true) {
        return Err(DataError::NoFeatures { file: name.to_owned(), columns: names.len() });
    }
    let markers = Markers::new(missing);
    let mut rows = Rows {
        file: name,
        columns: attributes.iter().map(Collected::of).collect(),
        attributes,
        chosen,
        markers,
        lines: Vec::new(),
    };
    for (line, text) in lines.filter(|(_, text)| !is_blank(text)) {
        rows.push(line, text)?;
    }
    rows.table()
}

/// The lines of a text, whichever of the three ways they end in.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let both = text[end..].starts_with("\r\n");
        rest = Some(&text[end + 1 + usize::from(both)..]);
        Some(&text[..end])
    })
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('%')
}

pub(crate) fn malformed(file: &str, line: Option<u32>, expected: &str, found: &str) -> DataError {
    DataError::Malformed {
        place: match line {
            Some(line) => format!("{file}, line {line}"),
            None => file.to_owned(),
        },
        expected: expected.to_owned(),
        found: found.to_owned(),
        remedy: "correct the file",
    }
}

/// The values of a column so far.
enum Collected {
    Numbers(Vec<f64>),
    Times(Vec<f64>),
    Texts(TextBuilder),
}

impl Collected {
    fn of(attribute: &Attribute) -> Self {
        match &attribute.kind {
            Kind::Numeric => Collected::Numbers(Vec::new()),
            Kind::Nominal { numbers: Some(_), .. } => Collected::Numbers(Vec::new()),
            Kind::Date { .. } => Collected::Times(Vec::new()),
            Kind::Nominal { .. } | Kind::String => Collected::Texts(TextBuilder::default()),
        }
    }

    fn push_missing(&mut self) {
        match self {
            Collected::Numbers(values) | Collected::Times(values) => values.push(f64::NAN),
            Collected::Texts(texts) => texts.push_missing(),
        }
    }

    fn push_number(&mut self, number: f64) {
        match self {
            Collected::Numbers(values) | Collected::Times(values) => values.push(number),
            Collected::Texts(_) => unreachable!("a column of texts holds no numbers"),
        }
    }

    fn push_text(&mut self, text: &str) {
        match self {
            Collected::Texts(texts) => texts.push(text),
            _ => unreachable!("a column of numbers holds no texts"),
        }
    }
}

/// The rows so far.
struct Rows<'a> {
    file: &'a str,
    attributes: Vec<Attribute>,
    columns: Vec<Collected>,
    chosen: Vec<bool>,
    markers: Markers,
    /// The line of each row.
    lines: Vec<u32>,
}

impl Rows<'_> {
    fn push(&mut self, line: u32, text: &str) -> Result<(), DataError> {
        self.lines.push(line);
        let trimmed = text.trim();
        match trimmed.strip_prefix('{') {
            None => self.push_dense(line, trimmed),
            Some(row) => self.push_sparse(line, row),
        }
    }

    fn push_dense(&mut self, line: u32, text: &str) -> Result<(), DataError> {
        let cells = cells(text, self.attributes.len());
        let cells = cells.ok_or_else(|| self.open_quote(line))?;
        if cells.len() != self.attributes.len() {
            return Err(malformed(
                self.file,
                Some(line),
                &format!("{} values, one for each attribute", self.attributes.len()),
                &cells.len().to_string(),
            ));
        }
        for (index, cell) in cells.iter().enumerate() {
            if self.chosen[index] {
                self.push_cell(index, cell)?;
            }
        }
        Ok(())
    }

    /// A row such as `{1 x, 5 y}`, without its first brace. What is not there is zero, or the first
    /// value of a nominal attribute.
    fn push_sparse(&mut self, line: u32, row: &str) -> Result<(), DataError> {
        if self.lines.len().saturating_mul(self.attributes.len()) > MOST_SPARSE_VALUES {
            return Err(DataError::TooLarge {
                path: self.file.into(),
                limit: 8 * MOST_SPARSE_VALUES as u64,
            });
        }
        let wrong =
            |expected: &str, found: &str| Err(malformed(self.file, Some(line), expected, found));
        let Some(row) = row.strip_suffix('}') else {
            return wrong("a closing brace at the end of a sparse row", "none");
        };
        let width = self.attributes.len();
        let mut given: Vec<(usize, Cell)> = Vec::new();
        if !row.trim().is_empty() {
            let pairs = cells(row, 0).ok_or_else(|| self.open_quote(line))?;
            for pair in pairs {
                let Some(index) = pair.place.filter(|&index| index < width) else {
                    let expected =
                        format!("an attribute's number from 0 to {} and a value", width - 1);
                    return wrong(&expected, &quoted(&pair.whole()));
                };
                if given.last().is_some_and(|(last, _)| *last >= index) {
                    return wrong(
                        "each attribute's number once, in ascending order",
                        &index.to_string(),
                    );
                }
                given.push((index, pair));
            }
        }
        let mut given = given.into_iter().peekable();
        for index in 0..width {
            match given.next_if(|(place, _)| *place == index) {
                _ if !self.chosen[index] => {}
                Some((_, cell)) => self.push_cell(index, &cell)?,
                None => self.push_absent(index),
            }
        }
        Ok(())
    }

    fn push_absent(&mut self, index: usize) {
        let column = &mut self.columns[index];
        match &self.attributes[index].kind {
            Kind::Numeric | Kind::Date { .. } => column.push_number(0.0),
            Kind::Nominal { numbers: Some(numbers), .. } => column.push_number(numbers[0]),
            Kind::Nominal { values, .. } => column.push_text(&values[0]),
            Kind::String => column.push_missing(),
        }
    }

    fn push_cell(&mut self, index: usize, cell: &Cell) -> Result<(), DataError> {
        let text = cell.text.as_str();
        let column = &mut self.columns[index];
        let kind = &self.attributes[index].kind;
        let declared = match kind {
            Kind::Nominal { values, .. } => values.iter().position(|value| value == text),
            _ => None,
        };
        match (kind, declared) {
            (Kind::Nominal { numbers: Some(numbers), .. }, Some(at)) => {
                column.push_number(numbers[at]);
                return Ok(());
            }
            (Kind::Nominal { .. }, Some(_)) => {
                column.push_text(text);
                return Ok(());
            }
            _ if !cell.is_quoted && (text == "?" || self.markers.contain(text)) => {
                column.push_missing();
                return Ok(());
            }
            _ => {}
        }
        match kind {
            Kind::String => column.push_text(text),
            Kind::Date { format } => match time::parsed(format, text) {
                Some(seconds) => column.push_number(seconds),
                None => {
                    return Err(self.bad_value(
                        index,
                        &format!("a date as {}", quoted(format)),
                        text,
                    ));
                }
            },
            Kind::Numeric => match cell::Kind::of(text, &self.markers) {
                (cell::Kind::Number | cell::Kind::Code, number) => column.push_number(number),
                (cell::Kind::NotFinite, _) => {
                    return Err(DataError::NotFinite {
                        place: self.place(index),
                        cell: text.to_owned(),
                    });
                }
                _ => return Err(self.bad_value(index, "a number", text)),
            },
            Kind::Nominal { values, .. } => {
                let expected =
                    format!("one of the values that its attribute names ({})", list(values));
                return Err(self.bad_value(index, &expected, text));
            }
        }
        Ok(())
    }

    fn open_quote(&self, line: u32) -> DataError {
        malformed(self.file, Some(line), "a closing quotation mark", "the end of the line")
    }

    /// The cell of the last row.
    fn place(&self, index: usize) -> Box<Place> {
        Box::new(Place {
            file: self.file.to_owned(),
            row: self.lines.len(),
            line: self.lines.last().copied(),
            column: self.attributes[index].name.clone(),
        })
    }

    fn bad_value(&self, index: usize, expected: &str, found: &str) -> DataError {
        DataError::Malformed {
            place: self.place(index).to_string(),
            expected: expected.to_owned(),
            found: quoted(found),
            remedy: "correct the value, or write ? for a missing one",
        }
    }

    fn table(self) -> Result<Table, DataError> {
        let (mut columns, mut unread) = (Vec::new(), Vec::new());
        let attributes = self.attributes.into_iter().zip(self.columns);
        for ((attribute, values), chosen) in attributes.zip(self.chosen) {
            let values = match values {
                Collected::Numbers(values) => Values::Numbers(values),
                Collected::Times(values) => Values::Times(values),
                Collected::Texts(texts) => texts.finish(),
            };
            match chosen {
                true => columns.push(Column { name: attribute.name, values }),
                false => unread.push(attribute.name),
            }
        }
        Ok(Table::new(self.file, columns)?.with_lines(self.lines).with_unread(unread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Table, DataError> {
        parse("t.arff", text.as_bytes(), &ColumnChoice::All, None)
    }

    fn column(table: &Table, index: usize) -> Vec<String> {
        (0..table.rows()).map(|row| table.columns()[index].cell(row)).collect()
    }

    #[test]
    fn every_kind_of_attribute_is_read() {
        let table = read(
            "% a comment\n@RELATION 'a b'\n\n@attribute 'petal length' REAL\n@attribute n integer [0,9]\n\
             @attribute kind {'big one', small,\"it's\"} % sizes\n@attribute label {0,1}\n\
             @attribute note string\n@attribute day date \"yyyy-MM-dd\"\n@attribute at DATE\n@data\n\
             1.5, 3 ,'big one',1,'it\\'s, so',\"2024-02-29\",'1970-01-01T00:01:00'\n% more\n\
             ?,?,?,?,?,?,?\r\n-2e3,4,\"it's\",0,'?',1969-12-31,1970-01-01T00:00:00\n",
        )
        .unwrap();
        assert_eq!(table.column_names()[0], "petal length");
        assert_eq!(table.columns()[0].values, Values::Numbers(vec![1.5, f64::NAN, -2000.0]));
        assert_eq!(column(&table, 1), ["3", "", "4"]);
        assert_eq!(column(&table, 2), ["big one", "", "it's"]);
        assert_eq!(table.columns()[3].values, Values::Numbers(vec![1.0, f64::NAN, 0.0]));
        assert_eq!(column(&table, 4), ["it's, so", "", "?"]);
        let days = Values::Times(vec![1_709_164_800.0, f64::NAN, -86_400.0]);
        assert_eq!(table.columns()[5].values, days);
        assert_eq!(table.columns()[6].values, Values::Times(vec![60.0, f64::NAN, 0.0]));
        assert_eq!(table.place(2, "n").line, Some(15));
    }

    #[test]
    fn what_a_sparse_row_leaves_out_is_zero() {
        let table = read(
            "@relation r\n@attribute a numeric\n@attribute b {x,y}\n@attribute c numeric\n@attribute d {1,0}\n\
             @data\n{}\n{0 2.5, 1 y}\n{ 2 7,3 0 }\n{1 ?}\n",
        )
        .unwrap();
        assert_eq!(column(&table, 0), ["0", "2.5", "0", "0"]);
        assert_eq!(column(&table, 1), ["x", "y", "x", ""]);
        assert_eq!(column(&table, 2), ["0", "0", "7", "0"]);
        assert_eq!(column(&table, 3), ["1", "1", "0", "1"]);
    }

    #[test]
    fn blanks_may_separate_where_no_commas_do() {
        let table = read("@relation r\n@attribute a real\n@attribute b {x,y}\n@data\n1\tx\n2  y\n");
        assert_eq!(column(&table.unwrap(), 1), ["x", "y"]);
    }

    #[test]
    fn columns_are_chosen_and_markers_stated() {
        let text = "@relation r\n@attribute a real\n@attribute b real\n@data\n-999,inf\n1,2\n";
        let choice = ColumnChoice::Except(vec!["b".into()]);
        let table = parse("t.arff", text.as_bytes(), &choice, Some(&["-999".into()])).unwrap();
        assert_eq!((table.column_names(), table.columns()[0].missing()), (vec!["a".into()], 1));
        assert!(read(text).unwrap_err().to_string().contains("line 5 (data row 1), column `b`"));
    }

    #[test]
    fn arff_is_known_by_its_first_line() {
        assert!(is_arff(b"\xef\xbb\xbf% comment\r\n\n  @Relation x\n"));
        assert!(
            !is_arff(b"relation,@relation\n1,2\n") && !is_arff(b"% comment only") && !is_arff(b"")
        );
    }
}
