//! What can be wrong with data: one variant for each kind of mistake.
//!
//! Every message says what was expected, what was found, where (file, row, column) and what to do.

use crate::message::{count, escaped, list, quoted, suggestion, suggestions};
use std::fmt;
use std::path::{Path, PathBuf};

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it, or the name of a data set.
    pub file: String,
    /// The row of the data, counted from 1 without the header.
    pub row: usize,
    /// The line of a text file on which the row begins, counted from 1.
    pub line: Option<u32>,
    /// The column's name.
    pub column: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.file)?;
        match self.line {
            Some(line) => write!(f, "line {line} (data row {})", self.row)?,
            None => write!(f, "row {}", self.row)?,
        }
        write!(f, ", column {}", quoted(&self.column))
    }
}

/// Something is wrong with a file, with the data in it, or with what was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    // Files.
    /// The path leads nowhere.
    #[error("{}: no such file{}; check the path", shown(path), suggestion(nearest))]
    NoSuchFile {
        /// As the user gave it.
        path: PathBuf,
        /// A file of the same folder with a similar name.
        nearest: Option<String>,
    },
    /// The operating system refused to read the file.
    #[error("{}: cannot be read: {source}; check that it is a file that you may read", shown(path))]
    Unreadable {
        /// As the user gave it.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A folder where a file is needed.
    #[error("{}: expected a file, found a folder; name a file in it", shown(path))]
    Folder {
        /// As the user gave it.
        path: PathBuf,
    },
    /// Neither a file nor the name of a data set.
    #[error(
        "{}: neither a file nor a data set that chainrule knows{}; give the path of a file, \
         `-` for standard input, or one of the names {}",
        quoted(given),
        suggestion(nearest),
        list(names)
    )]
    UnknownData {
        /// As the user gave it.
        given: String,
        /// The data sets that have a name.
        names: Vec<String>,
        /// The name most like it.
        nearest: Option<String>,
    },
    /// The files of a named data set are not in the data folder.
    #[error(
        "{name}: expected the files {} (with or without .gz) in {}, of which {} {} missing; fetch \
         them with chainrule data get {name} (and the same --data-dir, if you gave one), put them \
         there by hand (they can be had from {origin}), or name the folder that holds {name}/ with \
         --data-dir FOLDER or the environment variable CHAINRULE_DATA",
        list(files), shown(folder), list(missing), if missing.len() == 1 { "is" } else { "are" }
    )]
    DataSetAbsent {
        /// The data set.
        name: &'static str,
        /// Where its files were sought.
        folder: PathBuf,
        /// All its files.
        files: Vec<String>,
        /// Those that were not found.
        missing: Vec<String>,
        /// Where they can be had.
        origin: &'static str,
    },
    /// A packed file that does not unpack.
    #[error(
        "{}: the {packing} data is damaged or cut short ({reason}); fetch the file again",
        shown(path)
    )]
    Damaged {
        /// As the user gave it.
        path: PathBuf,
        /// How the file is packed: gzip, zstd.
        packing: &'static str,
        /// What the decompressor found.
        reason: String,
    },
    /// More data than chainrule reads into memory.
    #[error(
        "{}: holds more than {limit} bytes once unpacked, the most that chainrule reads; split \
         the file",
        shown(path)
    )]
    TooLarge {
        /// As the user gave it.
        path: PathBuf,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// A file of a kind that chainrule does not read.
    #[error("{}: expected a table or images, found {found}; {remedy}", shown(path))]
    Format {
        /// As the user gave it.
        path: PathBuf,
        /// What the first bytes say.
        found: &'static str,
        /// How to make a file that can be read.
        remedy: &'static str,
    },

    /// A file that breaks the rules of its format, or holds what has no place in a table.
    #[error("{place}: expected {expected}, found {found}; {remedy}")]
    Malformed {
        /// The file, and the line, column or part of it.
        place: String,
        /// What the format has there.
        expected: String,
        /// What is there.
        found: String,
        /// What to do.
        remedy: &'static str,
    },

    // Text files.
    /// Nothing in the file.
    #[error(
        "{file}: expected rows of data, found an empty file; check that it was written to the end"
    )]
    EmptyFile {
        /// The file.
        file: String,
    },
    /// One line, which is the header.
    #[error(
        "{file}: expected rows of data below the header in line {line}, found none; add rows, or \
         say that the file has no header if that line is data"
    )]
    HeaderOnly {
        /// The file.
        file: String,
        /// The header's line.
        line: u32,
    },
    /// Bytes that are not UTF-8 text.
    #[error(
        "{file}, line {line}: expected UTF-8 text, found {found}; save the file as UTF-8 (for \
         instance `iconv -f {encoding} -t UTF-8`)"
    )]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line of the first such byte, counted from 1.
        line: u32,
        /// What was found instead.
        found: String,
        /// The encoding that it most likely is.
        encoding: &'static str,
    },
    /// A row with too many or too few cells.
    #[error(
        "{file}, line {line}: expected {}, as in the file's first line, found {found}; {}",
        count(*expected, "cell"),
        if *open_quote {
            "a cell of this row runs over several lines: close its quotation mark"
        } else {
            "correct this row, or put quotes around a cell that contains the delimiter"
        }
    )]
    Ragged {
        /// The file.
        file: String,
        /// The line on which the row begins, counted from 1.
        line: u32,
        /// Cells of the first line.
        expected: usize,
        /// Cells of this row.
        found: usize,
        /// A cell of this row runs over several lines.
        open_quote: bool,
    },
    /// A row with more cells than a table may have columns.
    #[error(
        "{file}, line {line}: expected at most {limit} cells in a row, found more; check that the \
         rows end where they should, split the columns over several files, or name the delimiter \
         with --delimiter if it is another"
    )]
    TooManyCells {
        /// The file.
        file: String,
        /// The line on which the row begins, counted from 1.
        line: u32,
        /// The most cells of a row.
        limit: usize,
    },
    /// Two columns of one name.
    #[error(
        "{file}: expected every column to have a name of its own, found {} as the name of columns \
         {first} and {second}; rename one of them",
        quoted(column)
    )]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The name.
        column: String,
        /// Position of the first, counted from 1.
        first: usize,
        /// Position of the second, counted from 1.
        second: usize,
    },
    /// A header cell with nothing in it.
    #[error(
        "{file}, line {line}: expected a name for column {position} in the header, found an empty \
         cell; name the column, or remove it"
    )]
    UnnamedColumn {
        /// The file.
        file: String,
        /// The header's line.
        line: u32,
        /// Position of the column, counted from 1.
        position: usize,
    },
    /// A quotation mark that nothing closes, so that the rest of the file is one cell.
    #[error(
        "{file}, line {line}: expected a closing quotation mark after the one that opens a cell of \
         this row, found the end of the file; close it, or remove it"
    )]
    OpenQuote {
        /// The file.
        file: String,
        /// The line on which the row begins, counted from 1.
        line: u32,
    },
    /// A row of such a length that it is none.
    #[error(
        "{file}, line {line}: expected a row of at most {limit} bytes, found a longer one; close its \
         quotation mark, or check that the rows end where they should"
    )]
    LongRow {
        /// The file.
        file: String,
        /// The line on which the row begins, counted from 1.
        line: u32,
        /// The most bytes of a row.
        limit: usize,
    },
    /// A file that is another when it is gone through again.
    #[error(
        "{}: the file was changed while it was read; wait until it is whole and try again",
        shown(path)
    )]
    Changed {
        /// As the user gave it.
        path: PathBuf,
    },
    /// An infinite number, one too large for 64 bits, or not a number.
    #[error(
        "{place}: expected a finite number, found {}; correct the cell or leave it empty, or, if it \
         stands for a missing value, say so with --missing",
        quoted(cell)
    )]
    NotFinite {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        cell: String,
    },
    /// A cell that is no number in a column of numbers.
    #[error(
        "{place}: expected a number, as in {numbers} of the {rows} cells of this column, found \
         the text {}; correct the cell or leave it empty, or, if it stands for a missing value, say \
         so with --missing",
        quoted(cell)
    )]
    TextInNumericColumn {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        cell: String,
        /// Cells of the column that are numbers.
        numbers: usize,
        /// Cells of the column.
        rows: usize,
    },
    /// Numbers written as 3,14.
    #[error(
        "{place}: expected a number with a decimal point, found {} with a decimal comma; write \
         {} instead, here and in the rest of the column", quoted(cell), quoted(&cell.replace(',', "."))
    )]
    DecimalComma {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        cell: String,
    },

    // IDX files.
    /// The first four bytes are not those of the file that is needed.
    #[error("{}: expected {expected}, found {found}; {remedy}", shown(path))]
    IdxMagic {
        /// As the user gave it.
        path: PathBuf,
        /// The number and what it stands for.
        expected: String,
        /// The number found, and what it stands for.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The file is not as long as its header says.
    #[error(
        "{}: expected {expected} bytes for {what}, found {}{found}; the file is {}: fetch it again",
        shown(path),
        if *packed && found > expected { "at least " } else { "" },
        if found > expected { "too long" } else { "cut short" }
    )]
    IdxLength {
        /// As the user gave it.
        path: PathBuf,
        /// What the header announces.
        what: String,
        /// The length that this needs, in bytes.
        expected: u128,
        /// The length of the file, in bytes.
        found: u128,
        /// Unpacked from gzip, no further than it took to see that there is too much.
        packed: bool,
    },
    /// Sizes in the header that no set of images has.
    #[error(
        "{}: expected at least one image of at least one and at most {most} pixels, found a header \
         that says {images} images of {height} x {width}; check the file",
        shown(path)
    )]
    IdxShape {
        /// As the user gave it.
        path: PathBuf,
        /// Images according to the header.
        images: u32,
        /// Rows of an image.
        height: u32,
        /// Columns of an image.
        width: u32,
        /// The most pixels that an image may have.
        most: usize,
    },
    /// No labels file beside the images.
    #[error(
        "{}: expected the labels of these images in {}, found no such file; put it there, or name \
         it with --labels FILE",
        shown(images),
        list(tried)
    )]
    LabelsNotFound {
        /// The images file.
        images: PathBuf,
        /// The names that were tried.
        tried: Vec<String>,
    },
    /// Images and labels that do not belong together.
    #[error(
        "{}: expected {images} labels, one for each image of {}, found {labels}; name the labels \
         file of these images with --labels FILE",
        shown(labels_file),
        shown(images_file)
    )]
    LabelCount {
        /// The images file.
        images_file: PathBuf,
        /// The labels file.
        labels_file: PathBuf,
        /// Images.
        images: usize,
        /// Labels.
        labels: usize,
    },

    // Tables.
    /// A column that the table does not have.
    #[error(
        "{file}: there is no column {}{}; the columns are {}{}",
        quoted(column),
        suggestion(nearest),
        list(columns),
        header_advice(columns)
    )]
    UnknownColumn {
        /// The file.
        file: String,
        /// The name asked for.
        column: String,
        /// The name most like it.
        nearest: Option<String>,
        /// All the names.
        columns: Vec<String>,
    },
    /// A column that the file has, but that was left out when it was read.
    #[error(
        "{file}: the column `{column}` is there but was left out; it is needed, so do not drop it"
    )]
    ColumnLeftOut {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// Columns of different lengths, made by a program.
    #[error(
        "{file}: expected {expected} values in column {}, as in the first column, found {found}; \
         give every column the same number of values",
        quoted(column)
    )]
    UnequalColumns {
        /// The table.
        file: String,
        /// The column.
        column: String,
        /// Values of the first column.
        expected: usize,
        /// Values of this one.
        found: usize,
    },
    /// A code that stands for no level, made by a program.
    #[error("{place}: expected a code below {levels}, the number of levels, found {code}")]
    BadCode {
        /// The cell.
        place: Box<Place>,
        /// Levels of the column.
        levels: usize,
        /// The code.
        code: u32,
    },
    /// No rows where some are needed.
    #[error("{file}: expected at least one row of data, found none; add rows")]
    NoRows {
        /// The table.
        file: String,
    },
    /// A row number beyond the table.
    #[error("{file}: there is no row {row}: the table has {}", count(*rows, "row"))]
    RowOutOfRange {
        /// The table.
        file: String,
        /// The row asked for, counted from 0.
        row: usize,
        /// Rows of the table.
        rows: usize,
    },

    // Targets.
    /// Nothing to predict was named.
    #[error(
        "{file}: expected the name of the column to predict, found none; name one with --target \
         COLUMN; the columns are {}",
        list(columns)
    )]
    NoTarget {
        /// The table.
        file: String,
        /// All its columns.
        columns: Vec<String>,
    },
    /// No row has all targets.
    #[error(
        "{file}: expected rows with a value to predict, found that {} missing in every row; check that \
         this is the column to predict",
        if targets.len() == 1 { format!("{} is", list(targets)) } else {
            format!("one of {} is", list(targets))
        }
    )]
    NoTargetValues {
        /// The table.
        file: String,
        /// The targets.
        targets: Vec<String>,
    },
    /// A target that is missing in a row that is to be learned from or judged.
    #[error(
        "{place}: expected a value to learn or to compare with, found none; fill the cell in, or leave \
         the row out"
    )]
    MissingTarget {
        /// The cell.
        place: Box<Place>,
    },
    /// A target named twice.
    #[error("{file}: the target {} is named twice; name it once", quoted(column))]
    RepeatedTarget {
        /// The table.
        file: String,
        /// The column.
        column: String,
    },
    /// A target that never changes.
    #[error(
        "{file}, column {}: expected at least two different values to tell apart, found one class \
         only: {} in all {}; check that this is the column to predict, or add rows of another class",
        quoted(column), quoted(value), count(*rows, "row")
    )]
    OneClass {
        /// The table.
        file: String,
        /// The target.
        column: String,
        /// Its only value.
        value: String,
        /// Rows looked at.
        rows: usize,
    },
    /// A number to predict that never changes.
    #[error(
        "{file}, column {}: expected different numbers to predict, since the task is regression, \
         found the same value in every row: {} in all {}; check that this is the column to \
         predict, or add rows of another value",
        quoted(column), quoted(value), count(*rows, "row")
    )]
    ConstantTarget {
        /// The table.
        file: String,
        /// The target.
        column: String,
        /// Its only value.
        value: String,
        /// Rows looked at.
        rows: usize,
    },
    /// A class that a split would leave on one side only.
    #[error(
        "{place}: expected at least two rows of each class, one to learn from and one to test, \
         found the class {} in this row only; add rows of this class, or remove the row{}",
        quoted(class),
        if *numeric { ", or predict the number itself with --task regression" } else { "" }
    )]
    LoneRow {
        /// The row, and the target.
        place: Box<Place>,
        /// The class.
        class: String,
        /// The target holds numbers.
        numeric: bool,
    },
    /// Text where the task needs numbers.
    #[error(
        "{place}: expected numbers, since the task is {task}, found the text {}; name a numeric \
         target, or state another task",
        quoted(value)
    )]
    TextTarget {
        /// The first such cell.
        place: Box<Place>,
        /// The task.
        task: crate::Task,
        /// Its text.
        value: String,
    },
    /// More or fewer than two classes for a binary task.
    #[error(
        "{file}, column {}: expected two classes, since the task is binary, found {}: {}; state \
         the task multi-class", quoted(column), classes.len(), list(classes)
    )]
    NotBinary {
        /// The table.
        file: String,
        /// The target.
        column: String,
        /// The classes found.
        classes: Vec<String>,
    },
    /// Several targets for a task that has one.
    #[error(
        "the task {task} has one target, found {}: {}; name one of them, or state the task \
         multi-label or regression", targets.len(), list(targets)
    )]
    SeveralTargets {
        /// The task.
        task: crate::Task,
        /// The targets.
        targets: Vec<String>,
    },
    /// A label that is neither there nor absent.
    #[error(
        "{place}: expected 0 or 1, since the task is multi-label, found {}; correct the cell, or \
         state another task",
        quoted(value)
    )]
    NotZeroOne {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        value: String,
    },

    // Preparation.
    /// Every column is a target or left out.
    #[error(
        "{file}: expected at least one column to predict from, found none: {} a target or left \
         out; name fewer targets, or leave fewer columns out",
        if *columns == 1 { "its only column is".to_owned() } else {
            format!("each of its {columns} columns is")
        }
    )]
    NoFeatures {
        /// The table.
        file: String,
        /// Columns of the table.
        columns: usize,
    },
    /// Every column would say nothing.
    #[error(
        "{file}: expected at least one column to predict from, found none that says anything: {}; state \
         the kind of a column that does, such as --column-kind NAME=category",
        columns.join(", ")
    )]
    NothingToLearnFrom {
        /// The table.
        file: String,
        /// Every column and why it is left out.
        columns: Vec<String>,
    },
    /// A statement of a column's kind that cannot be read.
    #[error(
        "{}: expected a column and its kind with = between, such as zip=category or \
         when=date(%d/%m/%Y)",
        quoted(given)
    )]
    StatedKind {
        /// As the user gave it.
        given: String,
    },
    /// A value that is not of the kind that was stated.
    #[error(
        "{place}: expected a value of the kind {kind}, as stated, found {}; correct the cell, or state \
         another kind",
        quoted(value)
    )]
    NotOfKind {
        /// The cell.
        place: Box<Place>,
        /// What was stated.
        kind: crate::ColumnKind,
        /// Its text.
        value: String,
    },
    /// A text in a column of dates that is none, or is written in another way.
    #[error(
        "{place}: expected a date written {format}, as in the rest of the column or in the data that the \
         model was trained on, found {}; correct the cell, or state how dates are written, such as \
         --column-kind NAME=date(%d/%m/%Y)",
        quoted(value)
    )]
    NotADate {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        value: String,
        /// How dates of this column are written.
        format: String,
    },
    /// Numbers that differ by more, or by less, than arithmetic can hold.
    #[error(
        "{file}, column {}: the values, from {minimum:e} to {maximum:e}, are too large to scale; \
         divide the column by a constant",
        quoted(column)
    )]
    Unscalable {
        /// The table.
        file: String,
        /// The column.
        column: String,
        /// Its least value.
        minimum: f64,
        /// Its greatest value.
        maximum: f64,
    },
    /// A number too large for the network's 32 bits.
    #[error(
        "{place}: the value {value:e} is beyond the range of 32-bit numbers once scaled; correct \
         the cell, or scale the column"
    )]
    BeyondRange {
        /// The cell.
        place: Box<Place>,
        /// Its value before scaling.
        value: f64,
    },
    /// A column that the preparation needs and the table lacks.
    #[error(
        "{file}: expected a column {}, which the model was trained on, found {}; the columns are {}{}",
        quoted(column),
        found_instead(column, nearest),
        list(columns),
        header_advice(columns)
    )]
    MissingFeature {
        /// The table.
        file: String,
        /// The column.
        column: String,
        /// Names like it.
        nearest: Vec<String>,
        /// All the names.
        columns: Vec<String>,
    },
    /// A column of text that held numbers when the preparation was fitted.
    #[error(
        "{place}: expected a number, as in the data that the model was trained on, found the text \
         {}; correct the column",
        quoted(value)
    )]
    KindChanged {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        value: String,
    },
    /// A column of numbers that held texts when the preparation was fitted.
    #[error(
        "{place}: expected one of the texts that the model was trained on ({}), found the number {}; \
         correct the column",
        list(levels),
        quoted(value)
    )]
    NumberForCategory {
        /// The first number.
        place: Box<Place>,
        /// As it is shown.
        value: String,
        /// The texts known.
        levels: Vec<String>,
    },
    /// A category that the training rows did not have.
    #[error(
        "{place}: expected one of the categories that the model was trained on ({}), found {}; \
         correct the cell, remove the row, or train with rows of this category",
        list(levels),
        quoted(value)
    )]
    UnseenCategory {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        value: String,
        /// The categories known.
        levels: Vec<String>,
    },
    /// A class that the training rows did not have.
    #[error(
        "{place}: expected one of the classes that the model was trained on ({}), found {}; \
         correct the cell, remove the row, or train with rows of this class",
        list(classes),
        quoted(value)
    )]
    UnseenClass {
        /// The cell.
        place: Box<Place>,
        /// Its text.
        value: String,
        /// The classes known.
        classes: Vec<String>,
    },
    /// Images of another size.
    #[error(
        "{file}: expected images of {expected}, which the model was trained on, found {found}; \
         give images of that size"
    )]
    ImageSize {
        /// The table.
        file: String,
        /// Of the preparation.
        expected: crate::ImageShape,
        /// Of the table.
        found: crate::ImageShape,
    },
    /// A stored preparation that no fit can have made.
    #[error("the stored preparation is damaged: {what}; train the model again")]
    Preparation {
        /// Expected and found.
        what: String,
    },

    // Folds.
    /// Rows that cannot be divided into folds as asked.
    #[error("{file}: expected {expected}, found {found}; {remedy}")]
    Folds {
        /// The table, or the file that divides its rows.
        file: String,
        /// What the folds need.
        expected: String,
        /// What there is.
        found: String,
        /// What to do.
        remedy: String,
    },

    // Words.
    /// A byte that cannot stand between the cells of a CSV file.
    #[error(
        "{file}: expected one ASCII character other than a quotation mark or a line's end as the \
         delimiter, found the byte 0x{found:02x}; give one such as `,` or `;`"
    )]
    Delimiter {
        /// The file.
        file: String,
        /// The byte that was given.
        found: u8,
    },
    /// A name that is none of the choices.
    #[error(
        "{}: no such {what}{}; the choices are {}",
        quoted(given),
        suggestion(nearest),
        list(choices)
    )]
    UnknownChoice {
        /// What is being chosen.
        what: &'static str,
        /// As the user gave it.
        given: String,
        /// The choice most like it.
        nearest: Option<String>,
        /// All the choices.
        choices: Vec<String>,
    },
}

/// What stands where a column should be, and what to do about it.
fn found_instead(column: &str, nearest: &[String]) -> String {
    match nearest.iter().find(|name| name.to_lowercase() == column.to_lowercase()) {
        Some(name) => format!("{}, which is written otherwise; rename it", quoted(name)),
        None => format!("none{}; add or rename it", suggestions(nearest)),
    }
}

/// What to do where all columns have names that were made up: a header of numbers, such as years,
/// looks like a row of data.
fn header_advice(columns: &[String]) -> &'static str {
    let made_up = |name: &String| {
        let number = name.strip_prefix(MADE_UP_NAME);
        number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match !columns.is_empty() && columns.iter().all(made_up) {
        true => "; if the first line of the file names the columns, say so with --header present",
        false => "",
    }
}

/// What the names of columns begin with, before their number, in a file that does not name them.
pub(crate) const MADE_UP_NAME: &str = "column";

/// A path as the user gave it, on one line and without the control characters that the name of a
/// file may have and a terminal would obey.
pub(crate) fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}
