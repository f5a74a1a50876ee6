//! A table in memory: named columns of equal length.

use crate::column::{Column, MISSING, Values};
use crate::error::{DataError, Place};
use crate::message;
use crate::side_by_side::side_by_side;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Rows from which on threads are worth their while.
const LARGE: usize = 1 << 18;

/// The size of the images whose pixels are the columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageShape {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
}

impl ImageShape {
    /// Pixels of one image.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// The column of pixel `index`, counted from 0 along the rows: `pixel1`, `pixel2`, ...
    pub fn pixel_name(index: usize) -> String {
        format!("pixel{}", index + 1)
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} pixels", self.height, self.width)
    }
}

/// Which columns of a file to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ColumnChoice {
    /// Every column.
    #[default]
    All,
    /// Those of these columns that the file has. What is wrong with other columns does not matter.
    Only(Vec<String>),
    /// Every column but these, each of which must be there.
    Except(Vec<String>),
}

impl ColumnChoice {
    /// For each of the columns `names` of `file`, whether it is read.
    ///
    /// # Errors
    /// [`DataError::UnknownColumn`] when a column to be left out is not there.
    pub(crate) fn among(&self, file: &str, names: &[String]) -> Result<Vec<bool>, DataError> {
        let chosen: HashSet<&str> = match self {
            ColumnChoice::All => return Ok(vec![true; names.len()]),
            ColumnChoice::Only(chosen) | ColumnChoice::Except(chosen) => {
                chosen.iter().map(String::as_str).collect()
            }
        };
        if let ColumnChoice::Except(left_out) = self
            && let Some(unknown) = left_out.iter().find(|name| !names.contains(name))
        {
            return Err(unknown_column(file, unknown, names));
        }
        let only = matches!(self, ColumnChoice::Only(_));
        Ok(names.iter().map(|name| chosen.contains(name.as_str()) == only).collect())
    }

    /// Whether the column `name` is read where it exists.
    pub(crate) fn includes(&self, name: &str) -> bool {
        match self {
            ColumnChoice::All => true,
            ColumnChoice::Only(chosen) => chosen.iter().any(|chosen| chosen == name),
            ColumnChoice::Except(left_out) => left_out.iter().all(|left_out| left_out != name),
        }
    }
}

fn unknown_column(file: &str, name: &str, columns: &[String]) -> DataError {
    DataError::UnknownColumn {
        file: file.to_owned(),
        column: name.to_owned(),
        nearest: message::nearest(name, columns),
        columns: columns.to_vec(),
    }
}

/// Which rows of a file a table has, counted from 0.
#[derive(Clone, Debug)]
enum Numbering {
    /// This one and those behind it.
    From(usize),
    /// These.
    Listed(Vec<usize>),
}

impl PartialEq for Numbering {
    /// Where rows come from makes no difference to what they are.
    fn eq(&self, _: &Numbering) -> bool {
        true
    }
}

/// Columns of equal length with different names, all their numbers finite or missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    name: String,
    columns: Vec<Column>,
    image: Option<ImageShape>,
    /// The size of the images that the rows were taken from, even where not all pixels were kept.
    taken_from: Option<ImageShape>,
    /// For each row the line of the file on which it begins; empty when it was not a text file.
    lines: Vec<u32>,
    /// Which rows of the file these are.
    numbering: Numbering,
    /// Columns of the file that were not read, for suggestions.
    unread: Vec<String>,
}

impl Table {
    /// A table of `columns`, called `name` in messages.
    ///
    /// ```
    /// use chainrule_data::{Column, Table};
    /// let table = Table::new("flowers", vec![
    ///     Column::numbers("length", vec![1.4, 4.7, 6.0]),
    ///     Column::text("species", &["setosa", "versicolor", "virginica"]),
    /// ])?;
    /// assert_eq!(table.rows(), 3);
    /// # Ok::<(), chainrule_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// No rows, columns of different lengths or of one name, an infinite number, a code
    /// that stands for no level.
    pub fn new(name: impl Into<String>, columns: Vec<Column>) -> Result<Self, DataError> {
        let name = name.into();
        let rows = columns.first().map_or(0, Column::len);
        let table = Table {
            name,
            columns,
            image: None,
            taken_from: None,
            lines: Vec::new(),
            numbering: Numbering::From(0),
            unread: Vec::new(),
        };
        if rows == 0 {
            return Err(DataError::NoRows { file: table.name });
        }
        let mut seen = HashMap::new();
        for (position, column) in table.columns.iter().enumerate() {
            if let Some(first) = seen.insert(column.name.as_str(), position) {
                return Err(DataError::DuplicateColumn {
                    file: table.name.clone(),
                    column: column.name.clone(),
                    first: first + 1,
                    second: position + 1,
                });
            }
            if column.len() != rows {
                return Err(DataError::UnequalColumns {
                    file: table.name.clone(),
                    column: column.name.clone(),
                    expected: rows,
                    found: column.len(),
                });
            }
        }
        // A pass over large columns takes a while; the first complaint counts, as in one after the other.
        let check = |column| table.check_values(column);
        let mut columns = table.columns.iter();
        match rows < LARGE {
            true => columns.try_for_each(check)?,
            false => {
                side_by_side(columns.collect(), check).into_iter().collect::<Result<(), _>>()?
            }
        }
        Ok(table)
    }

    fn check_values(&self, column: &Column) -> Result<(), DataError> {
        match &column.values {
            Values::Bytes(_) => Ok(()),
            Values::Numbers(values) | Values::Times(values) => {
                match values.iter().position(|value| value.is_infinite()) {
                    None => Ok(()),
                    Some(row) => Err(DataError::NotFinite {
                        place: self.place(row, &column.name),
                        cell: values[row].to_string(),
                    }),
                }
            }
            Values::Text { codes, levels } => {
                let is_wrong = |&code: &u32| code as usize >= levels.len() && code != MISSING;
                match codes.iter().position(is_wrong) {
                    None => Ok(()),
                    Some(row) => Err(DataError::BadCode {
                        place: self.place(row, &column.name),
                        levels: levels.len(),
                        code: codes[row],
                    }),
                }
            }
        }
    }

    /// The same table, each of whose rows is an image: columns `pixel1`, `pixel2`, ... as
    /// [`ImageShape::pixel_name`] names them. Without all of these columns the table is not one of
    /// images, and stays as it is.
    pub fn with_image(mut self, image: ImageShape) -> Self {
        let names: HashSet<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let whole = (0..image.pixels()).all(|i| names.contains(ImageShape::pixel_name(i).as_str()));
        self.image = whole.then_some(image);
        self.taken_from = self.image.or(self.taken_from);
        self
    }

    /// The same table, which knows on which line of its file each row begins.
    pub(crate) fn with_lines(mut self, lines: Vec<u32>) -> Self {
        debug_assert_eq!(lines.len(), self.rows());
        self.lines = lines;
        self
    }

    /// The same table, the first row of which is row `first` of its file, counted from 0.
    pub(crate) fn with_first_row(mut self, first: usize) -> Self {
        self.numbering = Numbering::From(first);
        self
    }

    /// The same table, which knows which row of its file each is, counted from 0.
    pub(crate) fn with_row_numbers(mut self, numbers: Vec<usize>) -> Self {
        debug_assert_eq!(numbers.len(), self.rows());
        self.numbering = Numbering::Listed(numbers);
        self
    }

    /// Which row of its file a row of the table is, both counted from 0.
    pub(crate) fn row_number(&self, row: usize) -> usize {
        match &self.numbering {
            Numbering::From(first) => first + row,
            Numbering::Listed(numbers) => numbers.get(row).copied().unwrap_or(row),
        }
    }

    /// The line of its file on which a row begins, if it is a text file.
    pub(crate) fn line(&self, row: usize) -> Option<u32> {
        self.lines.get(row).copied()
    }

    /// Columns of the file that were not read.
    pub(crate) fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The same table, which knows that its file has further columns.
    pub(crate) fn with_unread(mut self, unread: Vec<String>) -> Self {
        self.unread = unread;
        self
    }

    /// The file as the user named it, or the name of the data set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The names of the columns in the order of the file.
    pub fn column_names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// The names of all columns of the file, those that were not read last.
    pub(crate) fn all_names(&self) -> Vec<String> {
        self.columns.iter().map(|column| &column.name).chain(&self.unread).cloned().collect()
    }

    /// The size of the images that the rows are, if they are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    /// The size of the images that the rows were taken from, even where some pixels were left out:
    /// pixels of images of different sizes have the same names and are different places.
    pub(crate) fn taken_from(&self) -> Option<ImageShape> {
        self.taken_from
    }

    /// Rows, at least one.
    pub fn rows(&self) -> usize {
        self.columns[0].len()
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// [`DataError::UnknownColumn`], with the name most like it and the list of all.
    pub fn column(&self, name: &str) -> Result<&Column, DataError> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.ok_or_else(|| match self.unread.iter().any(|unread| unread == name) {
            true => DataError::ColumnLeftOut { file: self.name.clone(), column: name.to_string() },
            false => unknown_column(&self.name, name, &self.all_names()),
        })
    }

    /// Checks that the file has a column called `name`, whether it was read or not.
    pub(crate) fn check_known(&self, name: &str) -> Result<(), DataError> {
        let is_unread = self.unread.iter().any(|unread| unread == name);
        if is_unread { Ok(()) } else { self.column(name).map(|_| ()) }
    }

    /// The table with the columns of `choice` only.
    ///
    /// # Errors
    /// A column to be left out that is not there; no column left.
    pub fn choose(self, choice: &ColumnChoice) -> Result<Table, DataError> {
        let names = self.column_names();
        let chosen = choice.among(&self.name, &names)?;
        if !chosen.contains(&true) {
            return Err(DataError::NoFeatures { file: self.name, columns: names.len() });
        }
        let mut unread = self.unread;
        let mut columns = Vec::with_capacity(names.len());
        for (column, chosen) in self.columns.into_iter().zip(chosen) {
            if chosen {
                columns.push(column);
            } else {
                unread.push(column.name);
            }
        }
        let table = Table { columns, image: None, unread, ..self };
        Ok(match self.image {
            Some(image) => table.with_image(image),
            None => table,
        })
    }

    /// A cell for messages. `row` counts from 0.
    pub fn place(&self, row: usize, column: &str) -> Box<Place> {
        Box::new(Place {
            file: self.name.clone(),
            row: self.row_number(row) + 1,
            line: self.line(row),
            column: column.to_owned(),
        })
    }

    /// Checks that every one of `rows` is a row of the table.
    pub(crate) fn check_rows(&self, rows: &[usize]) -> Result<(), DataError> {
        match rows.iter().max() {
            Some(&row) if row >= self.rows() => {
                Err(DataError::RowOutOfRange { file: self.name.clone(), row, rows: self.rows() })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flowers() -> Table {
        let columns = vec![
            Column::numbers("length", vec![1.0, 2.0, 3.0]),
            Column::text("species", &["b", "a", "b"]),
        ];
        Table::new("flowers", columns).unwrap()
    }

    #[test]
    fn a_misspelt_column_is_suggested() {
        let message = flowers().column("specis").unwrap_err().to_string();
        assert!(message.contains("did you mean `species`?"), "{message}");
        assert!(message.contains("`length`, `species`"), "{message}");
    }

    #[test]
    fn a_table_made_by_a_program_is_checked() {
        let wrong = |columns| Table::new("made", columns).unwrap_err().to_string();
        assert!(wrong(vec![]).contains("at least one row"));
        assert!(wrong(vec![Column::numbers("x", vec![])]).contains("at least one row"));
        let x = || Column::numbers("x", vec![1.0, 2.0]);
        assert!(wrong(vec![x(), x()]).contains("columns 1 and 2"));
        assert!(wrong(vec![x(), Column::bytes("y", vec![1])]).contains("column `y`"));
        let infinite = wrong(vec![Column::numbers("x", vec![1.0, f64::INFINITY])]);
        assert!(infinite.contains("made, row 2, column `x`"), "{infinite}");
        let code = Values::Text { codes: vec![0, 1], levels: vec!["a".into()] };
        assert!(wrong(vec![Column { name: "t".into(), values: code }]).contains("below 1"));
    }

    #[test]
    fn columns_are_chosen_by_name() {
        let only = ColumnChoice::Only(vec!["species".into(), "absent".into()]);
        let table = flowers().choose(&only).unwrap();
        assert_eq!(table.column_names(), ["species"]);
        assert_eq!(table.all_names(), ["species", "length"]);
        let except = ColumnChoice::Except(vec!["species".into()]);
        assert_eq!(flowers().choose(&except).unwrap().column_names(), ["length"]);
        let left = flowers().choose(&except).unwrap();
        let message = left.column("species").unwrap_err().to_string();
        assert!(message.contains("`species` is there but was left out"), "{message}");
        let unknown = ColumnChoice::Except(vec!["specie".into()]);
        assert!(flowers().choose(&unknown).unwrap_err().to_string().contains("`species`?"));
        assert!(flowers().choose(&ColumnChoice::Only(vec![])).is_err());
    }

    #[test]
    fn an_image_needs_all_its_pixels() {
        let pixels = (0..4).map(|i| Column::bytes(ImageShape::pixel_name(i), vec![1, 2]));
        let shape = ImageShape { height: 2, width: 2 };
        let table = Table::new("t", pixels.collect()).unwrap().with_image(shape);
        assert_eq!(table.image(), Some(shape));
        let part = table.choose(&ColumnChoice::Except(vec!["pixel3".into()])).unwrap();
        assert_eq!((part.image(), part.taken_from()), (None, Some(shape)));
    }
}
