//! From what a person types to a table: the name of a data set, or the path of a file.

use crate::column::{Column, Values};
use crate::error::DataError;
use crate::folder::data_folder;
use crate::message;
#[cfg(feature = "arrow")]
use crate::read::columnar::{Columnar, Format};
use crate::read::csv::{CsvOptions, Header, parse_csv};
use crate::read::file::{Opened, STANDARD_INPUT};
use crate::read::idx::LABEL;
use crate::read::{arff, csv, idx, npy};
use crate::table::{ColumnChoice, ImageShape, Table};
use crate::toys;
use std::path::{Path, PathBuf};

/// The data sets that have a name. All but the last two come with the program.
pub const DATA_SETS: [&str; 14] = [
    "digits",
    "iris",
    "and",
    "or",
    "and-not",
    "xor",
    "moons",
    "circles",
    "spiral",
    "blobs",
    "plane",
    "gaussians",
    "mnist",
    "fashion-mnist",
];

/// The 1797 images of handwritten digits from scikit-learn; see assets/README.md.
const DIGITS: &[u8] = include_bytes!("../assets/digits.csv.gz");

/// Fisher's 150 irises; see assets/README.md.
const IRIS: &[u8] = include_bytes!("../assets/iris.csv.gz");

/// Where the files of MNIST can be had.
const MNIST_ORIGIN: &str = "https://storage.googleapis.com/cvdf-datasets/mnist/";

/// Where those of Fashion-MNIST can be had.
const FASHION_ORIGIN: &str =
    "https://github.com/zalandoresearch/fashion-mnist in the folder data/fashion";

/// How to read a data set.
#[derive(Clone, Debug, Default)]
pub struct SourceOptions {
    /// The labels of an IDX images file; found by name when not given.
    pub labels: Option<PathBuf>,
    /// The folder that holds `mnist/` and `fashion-mnist/`; see [`data_folder`] for the default.
    pub data_directory: Option<PathBuf>,
    /// The byte between the cells of a CSV file; found out when not given.
    pub delimiter: Option<u8>,
    /// Whether the first line of a CSV file names the columns.
    pub header: Header,
    /// The columns to read. The labels of an IDX file are not looked for when `label` is not among
    /// them.
    pub columns: ColumnChoice,
    /// Columns of a CSV file that hold categories even where they look like numbers.
    pub categories: Vec<String>,
    /// Columns of a CSV file that hold numbers even where they look like something else.
    pub numbers: Vec<String>,
    /// The texts that stand for a missing value in a text file; the usual ones when not given. See
    /// [`CsvOptions::missing`].
    pub missing: Option<Vec<String>>,
}

impl SourceOptions {
    /// How a CSV file is read.
    pub(crate) fn csv(&self) -> CsvOptions {
        CsvOptions {
            delimiter: self.delimiter,
            header: self.header,
            columns: self.columns.clone(),
            categories: self.categories.clone(),
            numbers: self.numbers.clone(),
            missing: self.missing.clone(),
        }
    }

    /// The same options, reading only what `preparation` needs: its feature columns, its targets
    /// too when `targets` is true, and its categories as text. What is wrong with other columns of
    /// the file then does not matter.
    pub fn for_preparation(mut self, preparation: &crate::Preparation, targets: bool) -> Self {
        let mut columns: Vec<String> =
            preparation.columns().iter().map(|feature| feature.name.clone()).collect();
        if targets {
            columns.extend_from_slice(preparation.target_names());
        }
        self.columns = ColumnChoice::Only(columns);
        self.categories = preparation.category_names(targets);
        self.numbers = preparation.number_names();
        self
    }
}

/// A data set as it is found.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The rows to learn from, or all rows.
    pub table: Table,
    /// The rows that the data set itself keeps for testing.
    pub test: Option<Table>,
    /// The column that this data set is about, if it is known.
    pub target: Option<String>,
}

/// Reads `data`: one of [`DATA_SETS`], the path of a file, or `-` for standard input. The format
/// is known by the first bytes, whatever the name: CSV, ARFF, IDX, NumPy arrays (.npy, .npz) and, with
/// the features `parquet` and `arrow`, Parquet and Arrow IPC (file or stream); each plain or packed with
/// gzip or zstd. A file that has the name of a data set is
/// read as `./digits`.
///
/// ```
/// use chainrule_data::{SourceOptions, open};
/// let digits = open("digits", &SourceOptions::default())?;
/// assert_eq!((digits.table.rows(), digits.target.as_deref()), (1797, Some("label")));
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
///
/// # Errors
/// Neither a file nor a name, files that are absent, and all that can be wrong in a file.
pub fn open(data: &str, options: &SourceOptions) -> Result<Dataset, DataError> {
    match data {
        "digits" => embedded(digits()?, LABEL, options),
        "iris" => embedded(unpack("iris", IRIS, Header::Present)?, "species", options),
        "mnist" => from_folder("mnist", MNIST_ORIGIN, options),
        "fashion-mnist" => from_folder("fashion-mnist", FASHION_ORIGIN, options),
        _ => match toys::named(data) {
            Some((table, target)) => embedded(table, target, options),
            None => from_file(data, options),
        },
    }
}

fn embedded(table: Table, target: &str, options: &SourceOptions) -> Result<Dataset, DataError> {
    let table = table.choose(&options.columns)?;
    Ok(Dataset { table, test: None, target: Some(target.to_owned()) })
}

fn unpack(name: &str, packed: &[u8], header: Header) -> Result<Table, DataError> {
    let options = CsvOptions { delimiter: Some(b','), header, ..CsvOptions::default() };
    parse_csv(name, packed, &options)
}

/// The file has 64 pixels and the digit, all of them whole numbers, and no header.
fn digits() -> Result<Table, DataError> {
    let shape = ImageShape { height: 8, width: 8 };
    let table = unpack("digits", DIGITS, Header::Absent)?;
    let columns = table.columns().iter().enumerate().map(|(index, column)| {
        let Values::Numbers(numbers) = &column.values else { unreachable!("digits are numbers") };
        let bytes = numbers.iter().map(|&number| number as u8).collect();
        let is_pixel = index < shape.pixels();
        Column::bytes(if is_pixel { ImageShape::pixel_name(index) } else { LABEL.into() }, bytes)
    });
    Ok(Table::new("digits", columns.collect())?.with_image(shape))
}

fn from_folder(
    name: &'static str,
    origin: &'static str,
    options: &SourceOptions,
) -> Result<Dataset, DataError> {
    const FILES: [&str; 4] = [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ];
    let folder = data_folder(options.data_directory.as_deref()).join(name);
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for file in FILES {
        let packed = folder.join(file);
        let plain = packed.with_extension("");
        match [packed, plain].into_iter().find(|path| path.is_file()) {
            Some(path) => found.push(path),
            None => missing.push(file.to_owned()),
        }
    }
    if !missing.is_empty() {
        let files = FILES.map(str::to_owned).to_vec();
        return Err(DataError::DataSetAbsent { name, folder, files, missing, origin });
    }
    let read = |images: &Path, labels: &Path| {
        let labels = options.columns.includes(LABEL).then_some(labels);
        idx::read_idx(images, labels)?.choose(&options.columns)
    };
    Ok(Dataset {
        table: read(&found[0], &found[1])?,
        test: Some(read(&found[2], &found[3])?),
        target: Some(LABEL.to_owned()),
    })
}

fn from_file(data: &str, options: &SourceOptions) -> Result<Dataset, DataError> {
    let path = Path::new(data);
    if data == STANDARD_INPUT.0 {
        return from_opened(Opened::standard_input()?, options);
    }
    let names_a_path = data.contains(['/', '\\', '.']);
    if !names_a_path && !path.exists() {
        return Err(DataError::UnknownData {
            given: data.to_owned(),
            names: DATA_SETS.map(str::to_owned).to_vec(),
            nearest: message::nearest(data, DATA_SETS),
        });
    }
    from_opened(Opened::open(path)?, options)
}

/// Reads `contents` as [`open`] reads a file, called `name` in messages.
///
/// ```
/// use chainrule_data::{SourceOptions, parse};
/// let text = b"@relation r\n@attribute x numeric\n@data\n1\n?\n";
/// let table = parse("r.arff", text, &SourceOptions::default())?.table;
/// assert_eq!((table.rows(), table.columns()[0].missing()), (2, 1));
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
///
/// # Errors
/// All that can be wrong in a file.
pub fn parse(name: &str, contents: &[u8], options: &SourceOptions) -> Result<Dataset, DataError> {
    from_opened(Opened::bytes(name, contents)?, options)
}

/// Reads an open file by what its first bytes say.
fn from_opened(mut opened: Opened<'_>, options: &SourceOptions) -> Result<Dataset, DataError> {
    let name = opened.name();
    let alone = |table| Ok(Dataset { table, test: None, target: None });
    if is_idx(opened.path(), opened.peek()) {
        return from_images(opened, options);
    }
    if opened.peek().starts_with(npy::MAGIC) {
        return alone(npy::read_npy(opened, &options.columns)?);
    }
    if npy::is_npz(&opened) {
        return npy::read_npz(opened, &options.columns);
    }
    #[cfg(feature = "arrow")]
    if let Some(format) = Format::of(opened.peek()) {
        return alone(Columnar::open(opened, format, options)?.table()?);
    }
    if let Some((found, remedy)) = foreign(opened.peek()) {
        return Err(DataError::Format { path: opened.path().to_owned(), found, remedy });
    }
    if arff::is_arff(opened.peek()) {
        let bytes = opened.read_all()?;
        return alone(arff::parse(&name, &bytes, &options.columns, options.missing.as_deref())?);
    }
    alone(csv::read_opened(opened, &options.csv())?)
}

fn from_images(opened: Opened<'_>, options: &SourceOptions) -> Result<Dataset, DataError> {
    // Images of the wrong kind are a better reason to stop than labels that are not there.
    let is_images = |start: &[u8]| start.starts_with(&idx::IMAGES);
    let labels = match &options.labels {
        Some(labels) => Some(labels.clone()),
        None if options.columns.includes(LABEL) && is_images(opened.peek()) => {
            Some(idx::find_labels(opened.path())?)
        }
        None => None,
    };
    let table = idx::read_opened(opened, labels.as_deref())?.choose(&options.columns)?;
    let target = labels.map(|_| LABEL.to_owned());
    Ok(Dataset { table, test: None, target })
}

/// Whether a file is, or means to be, an IDX file: two zero bytes, which no text begins with, or a
/// name such as `train-images-idx3-ubyte`.
fn is_idx(path: &Path, start: &[u8]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_text = [".csv", ".tsv", ".txt", ".data"]
        .iter()
        .any(|ending| name.strip_suffix(".gz").unwrap_or(&name).ends_with(ending));
    start.starts_with(&[0, 0])
        || (!is_text && ["idx1", "idx3", "ubyte"].iter().any(|part| name.contains(part)))
}

/// What a file is, in words, that is no CSV file.
pub(crate) fn not_csv(opened: &Opened<'_>) -> Option<&'static str> {
    let start = opened.peek();
    match () {
        () if is_idx(opened.path(), start) => Some("an IDX file"),
        () if start.starts_with(npy::MAGIC) || npy::is_npz(opened) => Some("a NumPy array"),
        () if arff::is_arff(start) => Some("an ARFF file"),
        () => foreign(start).map(|(found, _)| found),
    }
}

/// What a file of another kind is, by its first bytes, and how to make one that can be read.
fn foreign(start: &[u8]) -> Option<(&'static str, &'static str)> {
    const KINDS: [(&[u8], &str, &str); 9] = [
        (
            b"PK\x03\x04",
            "a ZIP archive or an Excel workbook",
            "unpack it, or save the sheet as CSV",
        ),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
        // Where they are not among the features that the program was built with.
        (b"PAR1", "a Parquet file", "convert it to CSV"),
        (b"ARROW1", "an Arrow file", "convert it to CSV"),
        (b"FEA1", "an old Feather file", "save it again, as Parquet or Feather version 2"),
        (b"\x89HDF", "an HDF5 file", "save the table as Parquet or CSV"),
        (b"\x89PNG", "a PNG image", "give the images as one IDX file"),
        (b"BZh", "bzip2 data", "unpack it with bunzip2"),
        (b"\xfd7zXZ", "xz data", "unpack it with unxz"),
    ];
    let kind = KINDS.iter().find(|(magic, ..)| start.starts_with(magic));
    kind.map(|&(_, found, remedy)| (found, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(data: &str) -> String {
        open(data, &SourceOptions::default()).unwrap_err().to_string()
    }

    #[test]
    fn digits_come_inside_the_program() {
        let digits = open("digits", &SourceOptions::default()).unwrap();
        assert_eq!(digits.table.rows(), 1797);
        assert_eq!(digits.table.columns().len(), 65);
        assert_eq!(digits.table.image(), Some(ImageShape { height: 8, width: 8 }));
        let third: Vec<f64> =
            digits.table.columns()[..8].iter().map(|pixel| pixel.number(0).unwrap()).collect();
        assert_eq!(third, [0.0, 0.0, 5.0, 13.0, 9.0, 1.0, 0.0, 0.0]);
        let labels: Vec<String> =
            (0..4).map(|row| digits.table.column("label").unwrap().cell(row)).collect();
        assert_eq!(labels, ["0", "1", "2", "3"]);
    }

    #[test]
    fn irises_come_inside_the_program() {
        let iris = open("iris", &SourceOptions::default()).unwrap();
        assert_eq!(iris.table.rows(), 150);
        assert_eq!(iris.target.as_deref(), Some("species"));
        let Values::Text { levels, .. } = &iris.table.column("species").unwrap().values else {
            panic!("species are text");
        };
        assert_eq!(*levels, ["setosa", "versicolor", "virginica"]);
    }

    #[test]
    fn what_is_neither_a_name_nor_a_file_is_said() {
        let unknown = failure("digit");
        assert!(unknown.contains("did you mean `digits`?") && unknown.contains("`fashion-mnist`"));
        assert!(failure("nowhere/data.csv").contains("nowhere/data.csv: no such file"));
        assert!(failure("./digits").contains("no such file"));
    }

    #[test]
    fn the_files_of_an_absent_data_set_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let options =
            SourceOptions { data_directory: Some(folder.path().into()), ..Default::default() };
        let message = open("mnist", &options).unwrap_err().to_string();
        for part in ["train-images-idx3-ubyte.gz", "--data-dir", "CHAINRULE_DATA", "cvdf-datasets"]
        {
            assert!(message.contains(part), "{message}");
        }
        assert!(message.contains(&folder.path().join("mnist").display().to_string()));
        assert!(message.contains("chainrule data get mnist"), "{message}");
    }

    #[test]
    fn files_of_other_kinds_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, b"PK\x03\x04rest").unwrap();
        let message = failure(path.to_str().unwrap());
        assert!(
            message.contains("Excel") && message.contains("save the sheet as CSV"),
            "{message}"
        );
    }
}
