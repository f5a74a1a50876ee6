//! A columnar file in pieces: what the first pass finds, and the rows batch by batch.

use crate::column::Values;
use crate::error::DataError;
use crate::read::chunks::{ChunkColumn, ChunkKind, Piece};
use crate::read::columnar::Columnar;
use crate::read::columnar::growing::{Growing, Kind};
use crate::read::csv::column::MOST_LEVELS;

pub(crate) struct ColumnarChunks {
    file: Columnar,
    pub(crate) columns: Vec<ChunkColumn>,
    pub(crate) rows: usize,
}

impl ColumnarChunks {
    /// Goes through the file once: rows, missing values, and the levels of the columns of texts.
    pub(crate) fn open(file: Columnar) -> Result<Self, DataError> {
        let mut rows = 0;
        let mut found: Vec<(Growing, usize, bool)> = file
            .columns
            .iter()
            .map(|(_, name, kind)| (Growing::new(name, *kind), 0, false))
            .collect();
        for batch in file.batches()? {
            let batch = batch?;
            for ((growing, missing, many), array) in found.iter_mut().zip(batch.columns()) {
                growing.push(array, &file.markers);
                if let Some(row) = growing.infinite_row() {
                    return Err(growing.not_finite(&file.name, rows + row));
                }
                *missing += growing.forget_rows();
                if *many || growing.known() > MOST_LEVELS {
                    *many = true;
                    growing.forget_texts();
                }
            }
            rows += batch.num_rows();
        }
        if rows == 0 {
            return Err(DataError::NoRows { file: file.name });
        }
        let columns: Vec<ChunkColumn> = found
            .into_iter()
            .zip(&file.columns)
            .map(|((growing, missing, many), (_, name, kind))| {
                let kind = match (kind, growing.finish().values) {
                    (Kind::Texts, _) if many => ChunkKind::ManyTexts,
                    (_, Values::Text { levels, .. }) => ChunkKind::Texts(levels),
                    (_, Values::Times(_)) => ChunkKind::Times,
                    _ => ChunkKind::Numbers,
                };
                ChunkColumn { name: name.clone(), kind, missing }
            })
            .collect();
        if columns.iter().all(|column| column.kind == ChunkKind::ManyTexts) {
            return Err(DataError::NoFeatures { file: file.name, columns: columns.len() });
        }
        Ok(ColumnarChunks { file, columns, rows })
    }

    pub(crate) fn name_and_unread(&self) -> (&str, Vec<String>) {
        (&self.file.name, self.file.unread.clone())
    }

    /// The rows from the beginning, batch by batch.
    pub(crate) fn pieces(
        &self,
    ) -> Result<impl Iterator<Item = Result<Piece, DataError>> + '_, DataError> {
        let batches = self.file.batches()?;
        Ok(batches.map(|batch| {
            let batch = batch?;
            let columns = self.columns.iter().zip(&self.file.columns).zip(batch.columns());
            let kept = columns.filter(|((column, _), _)| column.kind != ChunkKind::ManyTexts);
            let columns = kept.map(|((column, (_, name, kind)), array)| {
                let mut growing = Growing::new(name, *kind);
                growing.push(array, &self.file.markers);
                growing.piece(&column.kind)
            });
            let columns = columns.collect::<Option<_>>();
            let path = || std::path::PathBuf::from(&self.file.name);
            let columns = columns.ok_or_else(|| DataError::Changed { path: path() })?;
            Ok(Piece { columns, lines: Vec::new() })
        }))
    }
}
