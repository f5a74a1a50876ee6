//! Reading NumPy arrays into tables: one array (.npy), or an archive with inputs and targets (.npz).

mod header;

use crate::column::{Column, TextBuilder, Values};
use crate::error::DataError;
use crate::message::{list, quoted};
use crate::read::csv::scan::MOST_CELLS;
use crate::read::file::{MOST_BYTES, Opened};
pub(crate) use crate::read::npy::header::MAGIC;
use crate::read::npy::header::{Element, Header, malformed, read_fully};
use crate::source::Dataset;
use crate::table::{ColumnChoice, ImageShape, Table};
use std::io::{Read, Seek};
use zip::ZipArchive;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 20;

/// What the column of the labels is called.
const TARGET: &str = "y";

/// Names that the inputs have in an archive, and with each that of the targets.
const PAIRS: [(&str, &str); 6] = [
    ("X", "y"),
    ("x", "y"),
    ("data", "target"),
    ("data", "labels"),
    ("features", "labels"),
    ("features", "target"),
];

/// The same for archives that keep some rows for testing, as `mnist.npz` does.
const WITH_TEST: [[&str; 4]; 3] = [
    ["x_train", "y_train", "x_test", "y_test"],
    ["X_train", "y_train", "X_test", "y_test"],
    ["train_images", "train_labels", "test_images", "test_labels"],
];

/// Reads an open array file: a matrix of rows and columns, or one column.
pub(crate) fn read_npy(mut opened: Opened<'_>, choice: &ColumnChoice) -> Result<Table, DataError> {
    let name = opened.name();
    let array = Array::read(&name, &mut opened)?;
    table(&name, array, None, choice)
}

fn table(
    name: &str,
    inputs: Array,
    targets: Option<Array>,
    choice: &ColumnChoice,
) -> Result<Table, DataError> {
    let image = inputs.image;
    let mut columns = Vec::new();
    for (index, values) in (1..).zip(inputs.columns) {
        let column = match image {
            Some(_) => ImageShape::pixel_name(index - 1),
            None => format!("column{index}"),
        };
        columns.push(Column { name: column, values });
    }
    let targets = targets.map_or(Vec::new(), |targets| targets.columns);
    let is_alone = targets.len() == 1;
    for (index, values) in (1..).zip(targets) {
        let name = if is_alone { TARGET.to_owned() } else { format!("{TARGET}{index}") };
        columns.push(Column { name, values });
    }
    let table = Table::new(name, columns)?;
    let table = match image {
        Some(image) => table.with_image(image),
        None => table,
    };
    table.choose(choice)
}

/// Whether the file names of a ZIP archive are those of arrays.
pub(crate) fn is_npz(opened: &Opened<'_>) -> bool {
    // The name of the first file stands behind 30 bytes of sizes.
    let start = opened.peek();
    let length = start.get(26..28).map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
    let first = start.get(30..30 + usize::from(length));
    first.is_some_and(|first| first.ends_with(b".npy"))
}

/// Reads an open archive of arrays.
pub(crate) fn read_npz(
    mut opened: Opened<'_>,
    choice: &ColumnChoice,
) -> Result<Dataset, DataError> {
    let name = opened.name();
    match opened.random_access() {
        Some(file) => read_archive(&name, std::io::BufReader::new(file), choice),
        None => read_archive(&name, std::io::Cursor::new(opened.read_all()?), choice),
    }
}

fn read_archive(
    name: &str,
    reader: impl Read + Seek + Send,
    choice: &ColumnChoice,
) -> Result<Dataset, DataError> {
    let damaged = |error: zip::result::ZipError| DataError::Damaged {
        path: name.into(),
        packing: "ZIP",
        reason: error.to_string(),
    };
    let mut archive = ZipArchive::new(reader).map_err(damaged)?;
    let names: Vec<String> =
        archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let mut array = |array: &str| -> Result<Array, DataError> {
        let file = archive.by_name(&format!("{array}.npy")).map_err(damaged)?;
        let part = format!("{name}, array {}", quoted(array));
        let mut opened = Opened::stream(&part, file);
        Array::read(&part, &mut opened)
    };
    let has = |array: &str| names.iter().any(|name| name.strip_suffix(".npy") == Some(array));
    let mut part = |inputs: &str, targets: Option<&str>, name: &str| {
        let inputs = array(inputs)?;
        let targets = targets.map(&mut array).transpose()?;
        if let Some(targets) = &targets
            && targets.rows() != inputs.rows()
        {
            return Err(DataError::Malformed {
                place: name.to_owned(),
                expected: format!("{} targets, one for each row of the inputs", inputs.rows()),
                found: targets.rows().to_string(),
                remedy: "save inputs and targets of the same rows",
            });
        }
        let is_alone = targets.as_ref().is_some_and(|targets| targets.columns.len() == 1);
        let target = (is_alone && choice.includes(TARGET)).then(|| TARGET.to_owned());
        Ok((table(name, inputs, targets, choice)?, target))
    };
    if let Some([x, y, x_test, y_test]) =
        WITH_TEST.iter().find(|names| names.iter().all(|it| has(it)))
    {
        let (table, target) = part(x, Some(y), name)?;
        let test = part(x_test, Some(y_test), &format!("{name} (test)"))?.0;
        return Ok(Dataset { table, test: Some(test), target });
    }
    let pair = PAIRS.iter().find(|(x, y)| has(x) && has(y));
    let inputs = PAIRS.iter().map(|(inputs, _)| *inputs).find(|inputs| has(inputs));
    let (inputs, targets) = match (pair, inputs, &names[..]) {
        (Some((x, y)), ..) => (*x, Some(*y)),
        (None, Some(inputs), _) => (inputs, None),
        (None, None, [only]) if only.ends_with(".npy") => (&only[..only.len() - 4], None),
        _ => {
            return Err(DataError::Malformed {
                place: name.to_owned(),
                expected: "the arrays X and y (or data and target, or features and labels)"
                    .to_owned(),
                found: list(&names),
                remedy: "save them with numpy.savez(path, X=..., y=...)",
            });
        }
    };
    let (table, target) = part(inputs, targets, name)?;
    Ok(Dataset { table, test: None, target })
}

/// An array as columns.
struct Array {
    columns: Vec<Values>,
    image: Option<ImageShape>,
}

/// A column that is being read.
enum Growing {
    Numbers(Vec<f64>),
    Bytes(Vec<u8>),
    Texts(TextBuilder),
}

impl Growing {
    fn of(header: &Header) -> Self {
        match header.element {
            Element::Bool => Growing::Bytes(Vec::new()),
            Element::Unsigned if header.size == 1 => Growing::Bytes(Vec::new()),
            Element::Characters(_) | Element::Letters(_) => Growing::Texts(TextBuilder::default()),
            _ => Growing::Numbers(Vec::new()),
        }
    }

    #[inline(always)]
    fn push(&mut self, header: &Header, bytes: &[u8]) {
        match self {
            Growing::Numbers(values) => values.push(header.number(bytes)),
            Growing::Bytes(values) => values.push(header.number(bytes) as u8),
            Growing::Texts(texts) => match header.text(bytes) {
                text if text.is_empty() => texts.push_missing(),
                text => texts.push(&text),
            },
        }
    }

    fn finish(self, header: &Header) -> Values {
        match self {
            Growing::Numbers(values) if matches!(header.element, Element::Time(_)) => {
                Values::Times(values)
            }
            Growing::Numbers(values) => Values::Numbers(values),
            Growing::Bytes(values) => Values::Bytes(values),
            Growing::Texts(texts) => texts.finish(),
        }
    }
}

impl Array {
    fn rows(&self) -> usize {
        self.columns.first().map_or(0, Values::len)
    }

    /// Reads the header and the elements, a block of them at a time.
    fn read(name: &str, opened: &mut Opened<'_>) -> Result<Array, DataError> {
        let (header, before) = Header::read(name, &mut opened.reader())?;
        let shown = || format!("the shape {:?}", header.shape);
        let image = match header.shape[..] {
            [_, height, width] => Some(ImageShape { height, width }),
            _ => None,
        };
        let (rows, width) = match header.shape[..] {
            [rows] => (rows, 1),
            [rows, width] => (rows, width),
            [rows, height, width] => (rows, height.saturating_mul(width)),
            _ => return Err(malformed(name, "an array of one, two or three dimensions", &shown())),
        };
        if rows == 0 || width == 0 || width > MOST_CELLS {
            let expected = format!("at least one row, and 1 to {MOST_CELLS} columns");
            return Err(malformed(name, &expected, &shown()));
        }
        if image.is_some() && header.fortran_order {
            return Err(malformed(name, "images in C order", "Fortran order"));
        }
        let count = header.count().filter(|count| (count * header.size) as u64 <= MOST_BYTES);
        let Some(count) = count else { return Err(opened.too_large()) };
        let bytes = (count * header.size) as u64;
        let cut = |found: u64| {
            let expected = format!("{} bytes for {}", before + bytes, shown());
            Err(malformed(name, &expected, &found.to_string()))
        };
        if let Some(length) = opened.length
            && length != before + bytes
        {
            return cut(length);
        }
        let mut columns: Vec<Growing> = (0..width).map(|_| Growing::of(&header)).collect();
        let mut block = Vec::new();
        let (mut column, mut row, mut left) = (0, 0, count);
        while left > 0 {
            let wanted = left.min((BLOCK / header.size).max(1)) * header.size;
            let read = read_fully(opened, &mut block, wanted)?;
            if read < wanted {
                return cut(before + bytes - (left * header.size - read) as u64);
            }
            for element in block.chunks_exact(header.size) {
                columns[column].push(&header, element);
                if header.fortran_order {
                    row += 1;
                    (column, row) = if row == rows { (column + 1, 0) } else { (column, row) };
                } else {
                    column = if column + 1 == width { 0 } else { column + 1 };
                }
            }
            left -= block.len() / header.size;
        }
        if read_fully(opened, &mut block, 1)? > 0 {
            return cut(before + bytes + 1);
        }
        let columns = columns.into_iter().map(|column| column.finish(&header)).collect();
        Ok(Array { columns, image })
    }
}
