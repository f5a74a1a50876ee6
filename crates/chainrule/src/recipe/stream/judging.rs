//! Predictions and judgements of files of any size, chunk by chunk.

use super::super::judge::outcome_of;
use super::super::table::preparation_of;
use super::super::{Predictions, predict_table, predict_table_at};
use crate::metrics::{Judgement, Truths};
use crate::{Error, Model};
use chainrule_data::{Chunks, Column, DataError, SourceOptions, Table};

/// Rows of a chunk at most, and its bytes.
const MOST_ROWS: usize = 1 << 14;
const MOST_BYTES: usize = 1 << 25;

/// Opens the CSV, Parquet or Arrow file at `path` to be predicted or judged chunk by chunk: the columns
/// that the model needs, with its targets or without, in chunks of at most 32 MiB.
///
/// # Errors
/// A model that was not trained on a table, and all that can be wrong in such a file.
pub fn open_chunks(
    model: &Model,
    path: &str,
    options: SourceOptions,
    targets: bool,
) -> Result<Chunks, Error> {
    let options = options.for_preparation(preparation_of(model)?, targets);
    let chunks = Chunks::open(path, &options, MOST_ROWS)?;
    let rows = MOST_BYTES / chunks.bytes_per_row();
    Ok(chunks.with_rows_per_chunk(rows.clamp(1, MOST_ROWS)))
}

/// Judges a model on all rows of a file that have every target, as [`judge_table`](crate::judge_table) and
/// [`judge_table_at`](crate::judge_table_at) do on a table, of which only predictions and truths are kept.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("line.csv");
/// # let rows: Vec<String> = (0..300).map(|i| format!("{},{}\n", i % 97, 3 * (i % 97))).collect();
/// # std::fs::write(&path, format!("x,y\n{}", rows.concat())).unwrap();
/// # let path = path.to_str().unwrap();
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::{Recipe, judge_chunks, judge_table, open_chunks};
/// let data = open(path, &SourceOptions::default())?;
/// let recipe = Recipe { targets: vec!["y".to_string()], hidden: vec![4], ..Recipe::default() };
/// let model = recipe.train(&data)?.model;
/// let chunks = open_chunks(&model, path, SourceOptions::default(), true)?;
/// assert_eq!(judge_chunks(&model, &chunks, None)?, judge_table(&model, &data.table)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`judge_table_at`](crate::judge_table_at).
pub fn judge_chunks(
    model: &Model,
    chunks: &Chunks,
    threshold: Option<f64>,
) -> Result<Judgement, Error> {
    let preparation = preparation_of(model)?;
    let mut all: Option<(Predictions, Truths)> = None;
    for table in chunks.pass()? {
        let table = table?;
        let rows = rows_with(&table, preparation.target_names())?;
        if rows.is_empty() {
            continue;
        }
        let predictions = match threshold {
            Some(threshold) => predict_table_at(model, &table, threshold)?,
            None => predict_table(model, &table)?,
        };
        let (predictions, truths) = outcome_of(model, &table, predictions, &rows)?;
        match &mut all {
            None => all = Some((predictions, truths)),
            Some((earlier, known)) => {
                earlier.append(predictions);
                known.append(truths);
            }
        }
    }
    let file = || chunks.name().to_owned();
    let (predictions, truths) = all.ok_or_else(|| DataError::NoTargetValues {
        file: file(),
        targets: preparation.target_names().to_vec(),
    })?;
    Judgement::of(&predictions, &truths)
}

/// The rows that have every target; in a part of a file there may be none.
fn rows_with(table: &Table, targets: &[String]) -> Result<Vec<usize>, Error> {
    let columns: Vec<&Column> =
        targets.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let has_all = |row: &usize| columns.iter().all(|column| !column.is_missing(*row));
    Ok((0..table.rows()).filter(has_all).collect())
}
