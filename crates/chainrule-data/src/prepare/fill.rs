//! Columns into rows: the matrix that a network reads.

use crate::DataError;
use crate::column::{Column, Values, numbers_of};
use crate::prepare::Unseen;
use crate::prepare::date;
use crate::prepare::encode::Lookup;
use crate::prepare::feature::{CategoryEncoding, DateEncoding, Encoding, Feature};
use crate::prepare::scale::NumberScaling;
use crate::table::Table;
use std::borrow::Cow;

/// Where the inputs of one feature come from.
enum Source<'a> {
    /// Bytes, and what each of the 256 becomes.
    Bytes(&'a [u8], Box<[f32; 256]>),
    Numbers(Cow<'a, [f64]>, &'a NumberScaling),
    Dates(Cow<'a, [f64]>, &'a DateEncoding),
    Category(Lookup<'a>, &'a CategoryEncoding),
}

/// A feature, its column and its place in a row.
pub(crate) struct Filler<'a> {
    table: &'a Table,
    column: &'a Column,
    feature: &'a Feature,
    source: Source<'a>,
    /// What stands for a missing number.
    fill: f64,
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
        let (source, fill) = match (&feature.encoding, &column.values) {
            (Encoding::Category(category), _) => {
                check_texts(table, column, category)?;
                (Source::Category(Lookup::new(column, &category.levels), category), 0.0)
            }
            (Encoding::Number(number), Values::Bytes(values)) => {
                let scaled = std::array::from_fn(|byte| number.scaling.apply(byte as f64));
                (Source::Bytes(values, Box::new(scaled)), number.fill)
            }
            (Encoding::Number(number), _) => {
                (Source::Numbers(numbers_of(table, column)?, &number.scaling), number.fill)
            }
            (Encoding::Date(date), _) => {
                let seconds = date::seconds_of(table, column, &date.format)?;
                (Source::Dates(seconds, date), date.fill)
            }
        };
        Ok(Filler { table, column, feature, source, fill, start, unseen })
    }

    /// Fills this feature's inputs in, for `rows`, each a line of `width` in `matrix`.
    fn fill(&self, rows: &[usize], width: usize, matrix: &mut [f32]) -> Result<(), DataError> {
        let end = self.start + self.feature.inputs();
        let lines = matrix.chunks_exact_mut(width).map(|line| &mut line[self.start..end]).zip(rows);
        match &self.source {
            Source::Bytes(values, scaled) => {
                let mut all_finite = true;
                for (line, &row) in lines {
                    let number = scaled[values[row] as usize];
                    all_finite &= number.is_finite();
                    line[0] = number;
                }
                self.check_range(all_finite, rows, |row| scaled[values[row] as usize])
            }
            Source::Numbers(values, scaling) => {
                let mut all_finite = true;
                for (line, &row) in lines {
                    let number = scaling.apply(self.there(values[row], line));
                    all_finite &= number.is_finite();
                    line[0] = number;
                }
                // What stands for a missing number was one of the training rows'.
                let scaled = |row: usize| match values[row] {
                    number if number.is_nan() => 0.0,
                    number => scaling.apply(number),
                };
                self.check_range(all_finite, rows, scaled)
            }
            Source::Dates(seconds, date) => {
                for (line, &row) in lines {
                    let seconds = self.there(seconds[row], line);
                    line[0] = date.scaling.apply(seconds);
                    for (pair, cycle) in line[1..].chunks_exact_mut(2).zip(&date.cycles) {
                        pair.copy_from_slice(&cycle.place(seconds));
                    }
                }
                Ok(())
            }
            Source::Category(lookup, category) => {
                for (line, &row) in lines {
                    let level = match self.column.is_missing(row) {
                        true => {
                            self.indicate(line);
                            Some(category.fill)
                        }
                        false => self.level(lookup, category, row)?,
                    };
                    match (category.embedding, level) {
                        (Some(_), level) => {
                            line[0] = level.unwrap_or(category.levels.len() as u32) as f32;
                        }
                        (None, Some(level)) => line[level as usize] = 1.0,
                        (None, None) => {}
                    }
                }
                Ok(())
            }
        }
    }

    /// A number, or what stands for it where it is missing, which the line then says.
    fn there(&self, number: f64, line: &mut [f32]) -> f64 {
        if !number.is_nan() {
            return number;
        }
        self.indicate(line);
        self.fill
    }

    fn indicate(&self, line: &mut [f32]) {
        if self.feature.indicator
            && let Some(last) = line.last_mut()
        {
            *last = 1.0;
        }
    }

    /// The level of a row's text; nothing where it counts as none.
    fn level(
        &self,
        lookup: &Lookup<'_>,
        category: &CategoryEncoding,
        row: usize,
    ) -> Result<Option<u32>, DataError> {
        match lookup.code(row) {
            Some(level) => Ok(Some(level)),
            None if category.other => Ok(Some(category.levels.len() as u32)),
            None if self.unseen == Unseen::Zeros => Ok(None),
            None => Err(DataError::UnseenCategory {
                place: self.table.place(row, &self.column.name),
                value: self.column.cell(row),
                levels: category.levels.clone(),
            }),
        }
    }

    fn check_range(
        &self,
        all_finite: bool,
        rows: &[usize],
        scaled: impl Fn(usize) -> f32,
    ) -> Result<(), DataError> {
        if all_finite {
            return Ok(());
        }
        match rows.iter().find(|row| !scaled(**row).is_finite()) {
            None => Ok(()),
            Some(&row) => Err(DataError::BeyondRange {
                place: self.table.place(row, &self.column.name),
                value: self.column.number(row).unwrap_or(f64::NAN),
            }),
        }
    }
}

/// Checks that a column does not hold numbers alone where all categories that were learned are texts.
fn check_texts(
    table: &Table,
    column: &Column,
    category: &CategoryEncoding,
) -> Result<(), DataError> {
    let is_number = |text: &String| text.parse::<f64>().is_ok();
    let are_numbers = match &column.values {
        Values::Numbers(_) => true,
        Values::Text { levels, .. } => levels.iter().all(is_number),
        Values::Bytes(_) | Values::Times(_) => false,
    };
    if !are_numbers || category.levels.iter().any(is_number) {
        return Ok(());
    }
    match (0..column.len()).find(|&row| !column.is_missing(row)) {
        Some(row) => Err(DataError::NumberForCategory {
            place: table.place(row, &column.name),
            value: column.cell(row),
            levels: category.levels.clone(),
        }),
        None => Ok(()),
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
