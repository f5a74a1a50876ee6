//! A CSV file in pieces: what the first pass finds, and the rows block by block.

use crate::column::Values;
use crate::error::DataError;
use crate::read::chunks::{ChunkColumn, ChunkKind, Piece, PieceColumn};
use crate::read::csv::CsvOptions;
use crate::read::csv::blocks::{Block, Blocks};
use crate::read::csv::cell::Kind;
use crate::read::csv::column::Keep;
use crate::read::csv::file::CsvFile;
use crate::read::csv::scan::{Plan, Scan};
use crate::read::file::Origin;

pub(crate) struct CsvChunks {
    origin: Origin<'static>,
    /// How the rows are read, columns of too many texts left out.
    plan: Plan,
    pub(crate) columns: Vec<ChunkColumn>,
    pub(crate) rows: usize,
    unread: Vec<String>,
}

impl CsvChunks {
    /// Goes through the file once, and again where its first block looked as if a column of texts
    /// were numbers.
    pub(crate) fn open(origin: Origin<'static>, options: &CsvOptions) -> Result<Self, DataError> {
        let file = CsvFile::open(origin, options)?;
        let mut plan = file.plan.clone();
        let keep = |is_text: bool| if is_text { Keep::Levels } else { Keep::Kinds };
        plan.keep = file.for_chosen(|index| keep(file.plan.keep[index] == Keep::Texts));
        let mut rows = file.rows(&plan)?;
        let mut texts = file.texts(&rows)?;
        let is_known = |texts: &[bool], plan: &Plan| {
            texts.iter().zip(&plan.keep).all(|(&text, &keep)| !text || keep == Keep::Levels)
        };
        if !is_known(&texts, &plan) {
            plan.keep = file.for_chosen(|index| keep(texts[index]));
            rows = file.rows(&plan)?;
            texts = file.texts(&rows)?;
            if !is_known(&texts, &plan) {
                return Err(file.origin.changed());
            }
        }
        let mut columns = Vec::new();
        let mut unread = Vec::new();
        let mut final_keep = Vec::new();
        for (index, name) in file.names.into_iter().enumerate() {
            let column = std::mem::take(&mut rows.columns[index]);
            if !file.chosen[index] {
                unread.push(name);
                final_keep.push(Keep::Nothing);
                continue;
            }
            let missing = column.count(Kind::Missing);
            let (kind, keep) = match texts[index] {
                true if column.has_many_texts => (ChunkKind::ManyTexts, Keep::Nothing),
                true => match column.texts.finish() {
                    Values::Text { levels, .. } => (ChunkKind::Texts(levels), Keep::Texts),
                    _ => unreachable!("texts become texts"),
                },
                false => (ChunkKind::Numbers, Keep::Numbers),
            };
            final_keep.push(keep);
            columns.push(ChunkColumn { name, kind, missing });
        }
        plan.keep = final_keep;
        if columns.iter().all(|column| column.kind == ChunkKind::ManyTexts) {
            return Err(DataError::NoFeatures { file: plan.file, columns: columns.len() });
        }
        Ok(CsvChunks { origin: file.origin, plan, columns, rows: rows.count, unread })
    }

    pub(crate) fn name_and_unread(&self) -> (&str, Vec<String>) {
        (&self.plan.file, self.unread.clone())
    }

    /// The rows from the beginning, block by block.
    pub(crate) fn pieces(
        &self,
    ) -> Result<impl Iterator<Item = Result<Piece, DataError>> + '_, DataError> {
        let mut blocks = Blocks::of(&self.plan.file, self.origin.open()?)?;
        blocks.set_delimiter(self.plan.delimiter);
        blocks.set_unlimited();
        let mut block = Block::default();
        Ok(std::iter::from_fn(move || match blocks.next(&mut block) {
            Ok(true) => Some(self.piece(&block)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }))
    }

    fn piece(&self, block: &Block) -> Result<Piece, DataError> {
        let scan = Scan::over(&self.plan, block)?;
        let kept = self.columns.iter().filter(|column| column.kind != ChunkKind::ManyTexts);
        let read = scan.columns.into_iter().zip(&self.plan.keep);
        let read = read.filter(|(_, keep)| **keep != Keep::Nothing);
        let columns = kept.zip(read).map(|(column, (scan, &keep))| match keep {
            Keep::Texts => PieceColumn::of_texts(&scan.texts, &column.kind),
            // A cell that is no number was none when the kinds were fixed.
            _ => {
                let strange = [Kind::Text, Kind::NotFinite, Kind::DecimalComma];
                let is_sound = strange.iter().all(|&kind| scan.count(kind) == 0);
                is_sound.then_some(PieceColumn::Numbers(scan.numbers))
            }
        });
        let columns = columns.collect::<Option<_>>().ok_or_else(|| self.origin.changed())?;
        Ok(Piece { columns, lines: scan.lines })
    }
}
