//! Reading Parquet files, and Arrow's files and streams, batch by batch.

pub(crate) mod chunks;
pub(crate) mod growing;
mod lengths;

use crate::error::DataError;
use crate::message::quoted;
use crate::read::columnar::growing::{Growing, Kind};
use crate::read::csv::cell::Markers;
use crate::read::file::{MOST_BYTES, Opened};
use crate::source::SourceOptions;
use crate::table::Table;
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// Rows of a batch.
const BATCH: usize = 1 << 13;

/// The columnar formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    #[cfg(feature = "parquet")]
    Parquet,
    ArrowFile,
    ArrowStream,
}

impl Format {
    /// By the first bytes of a file.
    pub(crate) fn of(beginning: &[u8]) -> Option<Format> {
        match beginning {
            #[cfg(feature = "parquet")]
            [b'P', b'A', b'R', b'1', ..] => Some(Format::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Some(Format::ArrowFile),
            [0xff, 0xff, 0xff, 0xff, ..] => Some(Format::ArrowStream),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "parquet")]
            Format::Parquet => "Parquet",
            Format::ArrowFile | Format::ArrowStream => "Arrow",
        }
    }
}

/// Where the bytes are.
enum Input {
    File(PathBuf),
    Bytes(Bytes),
}

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl Input {
    fn open(&self) -> std::io::Result<Box<dyn ReadSeek>> {
        Ok(match self {
            Input::File(path) => Box::new(BufReader::new(File::open(path)?)),
            Input::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
        })
    }
}

/// The batches of a file.
pub(crate) type Batches = Box<dyn Iterator<Item = Result<RecordBatch, DataError>>>;

/// A columnar file whose columns are known.
pub(crate) struct Columnar {
    pub(crate) name: String,
    format: Format,
    input: Input,
    /// The columns to be read: their place in the file, name and kind.
    pub(crate) columns: Vec<(usize, String, Kind)>,
    /// The names of the others.
    pub(crate) unread: Vec<String>,
    pub(crate) markers: Markers,
}

impl Columnar {
    /// Looks at the columns of an open file.
    ///
    /// # Errors
    /// A damaged file; a chosen column of a type that has no place in a table.
    pub(crate) fn open(
        mut opened: Opened<'_>,
        format: Format,
        options: &SourceOptions,
    ) -> Result<Self, DataError> {
        let name = opened.name();
        let input = match opened.random_access() {
            Some(_) => Input::File(opened.path().to_owned()),
            None => Input::Bytes(opened.read_all()?.into()),
        };
        // Of the usual markers only the empty text: a text may well be a hyphen where missing values
        // are marked as such.
        let none: &[String] = &[];
        let markers = Markers::new(Some(options.missing.as_deref().unwrap_or(none)));
        let mut file =
            Columnar { name, format, input, columns: Vec::new(), unread: Vec::new(), markers };
        file.check_lengths()?;
        let schema = file.reader(None)?.0;
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let chosen = options.columns.among(&file.name, &names)?;
        if !chosen.contains(&true) {
            return Err(DataError::NoFeatures { file: file.name, columns: names.len() });
        }
        for (place, (field, chosen)) in schema.fields().iter().zip(chosen).enumerate() {
            match (chosen, Kind::of(field.data_type())) {
                (false, _) => file.unread.push(field.name().clone()),
                (true, Some(kind)) => file.columns.push((place, field.name().clone(), kind)),
                (true, None) => {
                    return Err(DataError::Malformed {
                        place: format!("{}, column {}", file.name, quoted(field.name())),
                        expected: "numbers, texts, booleans, dates or times".to_owned(),
                        found: format!("the type {}", quoted(&field.data_type().to_string())),
                        remedy: "leave the column out with --drop, or save it as another type",
                    });
                }
            }
        }
        Ok(file)
    }

    /// The batches from the beginning, with the columns that are to be read only.
    pub(crate) fn batches(&self) -> Result<Batches, DataError> {
        let places: Vec<usize> = self.columns.iter().map(|(place, ..)| *place).collect();
        Ok(self.reader(Some(places))?.1)
    }

    /// Refuses parts that cannot be as long as they say.
    fn check_lengths(&self) -> Result<(), DataError> {
        let is_file = match self.format {
            #[cfg(feature = "parquet")]
            Format::Parquet => return Ok(()),
            format => format == Format::ArrowFile,
        };
        let damage = Damage { name: self.name.clone(), format: self.format };
        let mut input = self.input.open().map_err(|error| damage.of(&error))?;
        match lengths::fault(&mut input, is_file) {
            Some(fault) => Err(damage.of(&fault)),
            None => Ok(()),
        }
    }

    fn reader(&self, places: Option<Vec<usize>>) -> Result<(SchemaRef, Batches), DataError> {
        let damage = Damage { name: self.name.clone(), format: self.format };
        let open = || self.input.open().map_err(|error| damage.of(&error));
        let failure = |error: ArrowError| damage.of(&error);
        match self.format {
            #[cfg(feature = "parquet")]
            Format::Parquet => match &self.input {
                Input::Bytes(bytes) => parquet(bytes.clone(), places, damage.clone()),
                Input::File(path) => {
                    let file = File::open(path).map_err(|error| damage.of(&error))?;
                    parquet(file, places, damage.clone())
                }
            },
            Format::ArrowFile => {
                let reader = open()?;
                let reader = damage.guard(|| {
                    arrow_ipc::reader::FileReader::try_new(reader, places).map_err(failure)
                })?;
                Ok((reader.schema(), damage.clone().guarded(reader)))
            }
            Format::ArrowStream => {
                let reader = open()?;
                let reader = damage.guard(|| {
                    arrow_ipc::reader::StreamReader::try_new(reader, places).map_err(failure)
                })?;
                Ok((reader.schema(), damage.clone().guarded(reader)))
            }
        }
    }

    /// All rows.
    pub(crate) fn table(self) -> Result<Table, DataError> {
        let mut columns: Vec<Growing> =
            self.columns.iter().map(|(_, name, kind)| Growing::new(name, *kind)).collect();
        let mut values = 0;
        for batch in self.batches()? {
            let batch = batch?;
            // A few bytes can say billions of equal values.
            values += 8 * batch.num_rows() as u64 * columns.len() as u64;
            if values > MOST_BYTES {
                return Err(DataError::TooLarge { path: self.name.into(), limit: MOST_BYTES });
            }
            for (column, array) in columns.iter_mut().zip(batch.columns()) {
                column.push(array, &self.markers);
            }
        }
        let columns = columns.into_iter().map(Growing::finish).collect();
        Ok(Table::new(self.name, columns)?.with_unread(self.unread))
    }
}

#[cfg(feature = "parquet")]
fn parquet<T: parquet::file::reader::ChunkReader + 'static>(
    input: T,
    places: Option<Vec<usize>>,
    damage: Damage,
) -> Result<(SchemaRef, Batches), DataError> {
    use parquet::arrow::ProjectionMask;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let (schema, reader) = damage.guard(|| {
        let failure = |error| damage.of(&error);
        let builder = ParquetRecordBatchReaderBuilder::try_new(input).map_err(failure)?;
        let schema = builder.schema().clone();
        let builder = match places {
            None => builder,
            Some(places) => {
                let mask = ProjectionMask::roots(builder.parquet_schema(), places);
                builder.with_projection(mask)
            }
        };
        let reader = builder.with_batch_size(BATCH).build().map_err(failure)?;
        Ok((schema, reader))
    })?;
    Ok((schema, damage.guarded(reader)))
}

/// What to say of a file that cannot be read.
#[derive(Clone)]
struct Damage {
    name: String,
    format: Format,
}

impl Damage {
    fn of(&self, error: &dyn std::fmt::Display) -> DataError {
        let packing = self.format.name();
        DataError::Damaged { path: PathBuf::from(&self.name), packing, reason: error.to_string() }
    }

    /// Does `work`. The readers of these formats take a sound file for granted in places, and panic
    /// where it is not; to the user that is a damaged file like any other.
    fn guard<T>(&self, work: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
        let result = catch_unwind(AssertUnwindSafe(work));
        result.unwrap_or_else(|_| Err(self.of(&"its parts contradict each other")))
    }

    fn guarded(
        self,
        mut batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + 'static,
    ) -> Batches {
        let mut failed = false;
        Box::new(std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let next = self.guard(|| batches.next().transpose().map_err(|error| self.of(&error)));
            failed = next.is_err();
            next.transpose()
        }))
    }
}
