//! Columns into rows: the matrix that a network reads.

use crate::DataError;
use crate::column::{Column, Values};
use crate::encode::Lookup;
use crate::feature::{Feature, FeatureKind};
use crate::prepare::Unseen;
use crate::scale::Scaling;
use crate::table::Table;

/// Where the inputs of one feature come from.
enum Source<'a> {
    /// Bytes, and what each of the 256 becomes.
    Bytes(&'a [u8], Box<[f32; 256]>),
    Numbers(&'a [f64], Scaling),
    /// One input for each level.
    Category(Lookup<'a>, &'a [String]),
}

/// A feature, its column and its place in a row.
pub(crate) struct Filler<'a> {
    table: &'a Table,
    column: &'a Column,
    source: Source<'a>,
    start: usize,
    unseen: Unseen,
}

impl<'a> Filler<'a> {
    /// Prepares to fill in `feature` from `column`, as inputs from `start` on.
    pub(crate) fn new(
        table: &'a Table,
        column: &'a Column,
        feature: &'a Feature,
        start: usize,
        unseen: Unseen,
    ) -> Result<Self, DataError> {
        let source = match (&feature.kind, &column.values) {
            (FeatureKind::Category { levels }, _) => {
                Source::Category(Lookup::new(column, levels), levels)
            }
            (FeatureKind::Number { scaling }, Values::Bytes(values)) => {
                let scaled = std::array::from_fn(|byte| scaling.apply(byte as f64));
                Source::Bytes(values, Box::new(scaled))
            }
            (FeatureKind::Number { scaling }, Values::Numbers(values) | Values::Times(values)) => {
                Source::Numbers(values, *scaling)
            }
            (FeatureKind::Number { .. }, Values::Text { .. }) => {
                return Err(DataError::KindChanged {
                    place: table.place(0, &column.name),
                    value: column.cell(0),
                });
            }
        };
        Ok(Filler { table, column, source, start, unseen })
    }

    /// Fills this feature's inputs in, for `rows`, each a line of `width` in `matrix`.
    fn fill(&self, rows: &[usize], width: usize, matrix: &mut [f32]) -> Result<(), DataError> {
        let lines = matrix.chunks_exact_mut(width).zip(rows);
        match &self.source {
            Source::Bytes(values, scaled) => {
                for (line, &row) in lines {
                    line[self.start] = scaled[values[row] as usize];
                }
                // The same few numbers recur: looking at the table is enough.
                if scaled.iter().all(|number| number.is_finite()) {
                    return Ok(());
                }
                self.check_range(rows, |row| scaled[values[row] as usize])
            }
            Source::Numbers(values, scaling) => {
                let mut all_finite = true;
                for (line, &row) in lines {
                    let number = scaling.apply(values[row]);
                    all_finite &= number.is_finite();
                    line[self.start] = number;
                }
                if all_finite {
                    return Ok(());
                }
                self.check_range(rows, |row| scaling.apply(values[row]))
            }
            Source::Category(lookup, levels) => {
                for (line, &row) in lines {
                    match lookup.code(row) {
                        Some(code) => line[self.start + code as usize] = 1.0,
                        None if self.unseen == Unseen::Zeros => {}
                        None => {
                            return Err(DataError::UnseenCategory {
                                place: self.table.place(row, &self.column.name),
                                value: self.column.cell(row),
                                levels: levels.to_vec(),
                            });
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn check_range(&self, rows: &[usize], scaled: impl Fn(usize) -> f32) -> Result<(), DataError> {
        match rows.iter().find(|row| !scaled(**row).is_finite()) {
            None => Ok(()),
            Some(&row) => Err(DataError::BeyondRange {
                place: self.table.place(row, &self.column.name),
                value: self.column.number(row).unwrap_or(f64::NAN),
            }),
        }
    }
}

/// Fills the matrix `[rows.len()][width]`, all zeros so far.
///
/// Columns are read in groups whose inputs share cache lines of the matrix, and within a group in
/// blocks of rows: the columns of a group (a megabyte for MNIST) stay in the second-level cache,
/// so that rows in random order cost no more than rows in order, and the lines of a block stay in
/// the first.
pub(crate) fn fill(
    fillers: &[Filler<'_>],
    rows: &[usize],
    width: usize,
    matrix: &mut [f32],
) -> Result<(), DataError> {
    const GROUP: usize = 16;
    const BLOCK: usize = 128;
    for group in fillers.chunks(GROUP) {
        for (rows, matrix) in rows.chunks(BLOCK).zip(matrix.chunks_mut(BLOCK * width)) {
            for filler in group {
                filler.fill(rows, width, matrix)?;
            }
        }
    }
    Ok(())
}
