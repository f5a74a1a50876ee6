//! Files of any size, gone through in pieces: each a table of some rows, all with the same columns.

use crate::column::{Column, TextBuilder, Values};
use crate::error::DataError;
#[cfg(feature = "arrow")]
use crate::read::columnar::chunks::ColumnarChunks;
#[cfg(feature = "arrow")]
use crate::read::columnar::{Columnar, Format};
use crate::read::csv::chunks::CsvChunks;
use crate::read::file::{Opened, STANDARD_INPUT};
use crate::source::SourceOptions;
use crate::table::Table;
use std::path::Path;

/// What a column of a file holds that is gone through in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkKind {
    /// Numbers: [`Values::Numbers`].
    Numbers,
    /// Points in time: [`Values::Times`].
    Times,
    /// Categories: [`Values::Text`] with these levels, sorted, in every chunk.
    Texts(Vec<String>),
    /// More different texts than can be categories, above 65536. The chunks are without the column.
    ManyTexts,
}

/// A column of a file that is gone through in pieces, as the first pass finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ChunkKind,
    /// Rows in which it is missing.
    pub missing: usize,
}

/// A file that is gone through in pieces, as often as one likes, in memory that does not grow with it:
/// some blocks of its text, or a batch of rows, and one chunk.
///
/// Opening it takes a first pass over all of it, which fixes what every column holds, so that all chunks
/// have the same columns with the same levels.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("flowers.csv");
/// # std::fs::write(&path, "length,species\n1,a\n2,b\n,c\n4,\n5,a\n").unwrap();
/// use chainrule_data::{ChunkKind, Chunks, SourceOptions};
/// let chunks = Chunks::open(path.to_str().unwrap(), &SourceOptions::default(), 2)?;
/// assert_eq!(chunks.rows(), 5);
/// assert_eq!(chunks.columns()[1].kind, ChunkKind::Texts(vec!["a".into(), "b".into(), "c".into()]));
/// for _ in 0..2 {
///     let rows: Vec<usize> = chunks.pass()?.map(|table| table.unwrap().rows()).collect();
///     assert_eq!(rows, [2, 2, 1]);
/// }
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
pub struct Chunks {
    rows_per_chunk: usize,
    columns: Vec<ChunkColumn>,
    rows: usize,
    source: Source,
}

enum Source {
    Csv(CsvChunks),
    #[cfg(feature = "arrow")]
    Columnar(ColumnarChunks),
}

impl Chunks {
    /// Goes through the file at `path` once: a CSV file, plain or packed, or, with the features `parquet`
    /// and `arrow`, a Parquet or an Arrow file.
    ///
    /// # Errors
    /// All that can be wrong in such a file; another format; a pipe, which cannot be gone through twice.
    ///
    /// # Panics
    /// When chunks are to have no rows.
    pub fn open(
        path: &str,
        options: &SourceOptions,
        rows_per_chunk: usize,
    ) -> Result<Self, DataError> {
        assert!(rows_per_chunk > 0, "chunks have at least one row");
        let refuse = |found: &str| {
            Err(DataError::Malformed {
                place: path.to_owned(),
                expected: "a CSV, Parquet or Arrow file, to be gone through in pieces".to_owned(),
                found: found.to_owned(),
                remedy: "save the data as one of these, or read them whole",
            })
        };
        if path == STANDARD_INPUT.0 {
            return refuse(STANDARD_INPUT.1);
        }
        let opened = Opened::open(Path::new(path))?;
        let Some(origin) = opened.path_again() else { return refuse("a pipe or a device") };
        #[cfg(feature = "arrow")]
        if let Some(format) = Format::of(opened.peek()) {
            let source = ColumnarChunks::open(Columnar::open(opened, format, options)?)?;
            let (columns, rows) = (source.columns.clone(), source.rows);
            return Ok(Chunks { rows_per_chunk, columns, rows, source: Source::Columnar(source) });
        }
        if let Some(other) = crate::source::not_csv(&opened) {
            return refuse(other);
        }
        let source = CsvChunks::open(origin, &options.csv())?;
        let (columns, rows) = (source.columns.clone(), source.rows);
        Ok(Chunks { rows_per_chunk, columns, rows, source: Source::Csv(source) })
    }

    /// The same file in chunks of another size.
    ///
    /// # Panics
    /// When chunks are to have no rows.
    pub fn with_rows_per_chunk(self, rows_per_chunk: usize) -> Self {
        assert!(rows_per_chunk > 0, "chunks have at least one row");
        Chunks { rows_per_chunk, ..self }
    }

    /// Bytes that a row takes in a chunk.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("flowers.csv");
    /// # std::fs::write(&path, "length,species\n1,a\n2,b\n").unwrap();
    /// use chainrule_data::{Chunks, SourceOptions};
    /// let chunks = Chunks::open(path.to_str().unwrap(), &SourceOptions::default(), 2)?;
    /// // A number in 64 bits, the code of a text, the line.
    /// assert_eq!(chunks.bytes_per_row(), 8 + 4 + 4);
    /// # Ok::<(), chainrule_data::DataError>(())
    /// ```
    pub fn bytes_per_row(&self) -> usize {
        let bytes = |column: &ChunkColumn| match column.kind {
            ChunkKind::Numbers | ChunkKind::Times => size_of::<f64>(),
            ChunkKind::Texts(_) => size_of::<u32>(),
            ChunkKind::ManyTexts => 0,
        };
        self.columns.iter().map(bytes).sum::<usize>() + size_of::<u32>()
    }

    /// The file as the user named it.
    pub fn name(&self) -> &str {
        self.name_and_unread().0
    }

    /// The columns that are read, in the order of the file.
    pub fn columns(&self) -> &[ChunkColumn] {
        &self.columns
    }

    /// Rows of all chunks together, at least one.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The most rows of a chunk; all but the last have as many.
    pub fn rows_per_chunk(&self) -> usize {
        self.rows_per_chunk
    }

    /// Goes through the file from its beginning: the chunks in order.
    ///
    /// # Errors
    /// A file that is no longer there. A chunk is an error where the file can no longer be read, or was
    /// changed since it was opened; none comes after it.
    pub fn pass(&self) -> Result<impl Iterator<Item = Result<Table, DataError>>, DataError> {
        let pieces: Box<dyn Iterator<Item = Result<Piece, DataError>> + '_> = match &self.source {
            Source::Csv(source) => Box::new(source.pieces()?),
            #[cfg(feature = "arrow")]
            Source::Columnar(source) => Box::new(source.pieces()?),
        };
        Ok(Pass { chunks: self, pieces, waiting: self.empty(), given: 0, failed: false })
    }

    /// A piece without rows.
    fn empty(&self) -> Piece {
        let kept = self.columns.iter().filter(|column| column.kind != ChunkKind::ManyTexts);
        let column = |column: &ChunkColumn| match column.kind {
            ChunkKind::Texts(_) => PieceColumn::Codes(Vec::new()),
            _ => PieceColumn::Numbers(Vec::new()),
        };
        Piece { columns: kept.map(column).collect(), lines: Vec::new() }
    }

    fn name_and_unread(&self) -> (&str, Vec<String>) {
        let (name, unread) = match &self.source {
            Source::Csv(source) => source.name_and_unread(),
            #[cfg(feature = "arrow")]
            Source::Columnar(source) => source.name_and_unread(),
        };
        let left_out = self.columns.iter().filter(|column| column.kind == ChunkKind::ManyTexts);
        (name, left_out.map(|column| column.name.clone()).chain(unread).collect())
    }

    fn table(&self, piece: Piece) -> Result<Table, DataError> {
        let (name, unread) = self.name_and_unread();
        let mut values = piece.columns.into_iter();
        let mut columns = Vec::new();
        for column in self.columns.iter().filter(|column| column.kind != ChunkKind::ManyTexts) {
            let values = match (values.next().expect("as many as are kept"), &column.kind) {
                (PieceColumn::Numbers(numbers), ChunkKind::Times) => Values::Times(numbers),
                (PieceColumn::Numbers(numbers), _) => Values::Numbers(numbers),
                (PieceColumn::Codes(codes), ChunkKind::Texts(levels)) => {
                    Values::Text { codes, levels: levels.clone() }
                }
                (PieceColumn::Codes(_), _) => unreachable!("only texts have codes"),
            };
            columns.push(Column { name: column.name.clone(), values });
        }
        let table = Table::new(name, columns)?.with_unread(unread);
        Ok(if piece.lines.is_empty() { table } else { table.with_lines(piece.lines) })
    }
}

/// Some rows of the columns that are kept.
pub(crate) struct Piece {
    pub(crate) columns: Vec<PieceColumn>,
    /// The line of each row; none where the file has no lines.
    pub(crate) lines: Vec<u32>,
}

pub(crate) enum PieceColumn {
    Numbers(Vec<f64>),
    Codes(Vec<u32>),
}

impl PieceColumn {
    /// The codes of some texts. None where a text is not among the levels.
    pub(crate) fn of_texts(texts: &TextBuilder, kind: &ChunkKind) -> Option<Self> {
        let ChunkKind::Texts(levels) = kind else { return None };
        Some(PieceColumn::Codes(texts.codes_among(levels)?))
    }

    fn len(&self) -> usize {
        match self {
            PieceColumn::Numbers(numbers) => numbers.len(),
            PieceColumn::Codes(codes) => codes.len(),
        }
    }
}

impl Piece {
    fn rows(&self) -> usize {
        self.columns.first().map_or(0, PieceColumn::len)
    }

    fn append(&mut self, mut other: Piece) {
        self.lines.append(&mut other.lines);
        for (mine, theirs) in self.columns.iter_mut().zip(other.columns) {
            match (mine, theirs) {
                (PieceColumn::Numbers(mine), PieceColumn::Numbers(mut theirs)) => {
                    mine.append(&mut theirs);
                }
                (PieceColumn::Codes(mine), PieceColumn::Codes(mut theirs)) => {
                    mine.append(&mut theirs);
                }
                _ => unreachable!("all pieces have the same columns"),
            }
        }
    }

    /// Takes the first rows away.
    fn split_first(&mut self, rows: usize) -> Piece {
        fn first<T>(values: &mut Vec<T>, rows: usize) -> Vec<T> {
            let rest = values.split_off(rows.min(values.len()));
            std::mem::replace(values, rest)
        }
        let columns = self.columns.iter_mut().map(|column| match column {
            PieceColumn::Numbers(numbers) => PieceColumn::Numbers(first(numbers, rows)),
            PieceColumn::Codes(codes) => PieceColumn::Codes(first(codes, rows)),
        });
        Piece { columns: columns.collect(), lines: first(&mut self.lines, rows) }
    }
}

/// Going through the file once.
struct Pass<'a> {
    chunks: &'a Chunks,
    pieces: Box<dyn Iterator<Item = Result<Piece, DataError>> + 'a>,
    /// Rows that are read and not given.
    waiting: Piece,
    given: usize,
    failed: bool,
}

impl Pass<'_> {
    fn advance(&mut self) -> Result<Option<Table>, DataError> {
        let most = self.chunks.rows_per_chunk;
        while self.waiting.rows() < most
            && let Some(piece) = self.pieces.next()
        {
            self.waiting.append(piece?);
        }
        let rows = self.waiting.rows().min(most);
        self.given += rows;
        match rows {
            0 if self.given == self.chunks.rows => Ok(None),
            // Fewer rows than there were, or more.
            0 => Err(self.changed()),
            _ if self.given > self.chunks.rows => Err(self.changed()),
            _ => {
                let piece = self.waiting.split_first(rows);
                let first = self.given - rows;
                self.chunks.table(piece).map(|table| Some(table.with_first_row(first)))
            }
        }
    }

    fn changed(&self) -> DataError {
        DataError::Changed { path: self.chunks.name_and_unread().0.into() }
    }
}

impl Iterator for Pass<'_> {
    type Item = Result<Table, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance().transpose();
        self.failed = !matches!(next, Some(Ok(_)));
        next
    }
}
