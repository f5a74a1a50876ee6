//! What each column becomes, learned from the training rows alone.

use crate::DataError;
use crate::column::{Column, Values, numbers_of};
use crate::distinct::distinct;
use crate::prepare::date::{self, Cycle};
use crate::prepare::feature::{
    CategoryEncoding, DateEncoding, Encoding, Feature, LeftOut, NumberEncoding,
};
use crate::prepare::judge::{Judged, judge_column};
use crate::prepare::kind::{ColumnKind, StatedKind};
use crate::prepare::scale::{NumberScaling, Scale, Summary};
use crate::table::Table;
use std::str::FromStr;

/// What stands for a missing number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// The median of the training rows.
    #[default]
    Median,
    /// The value that most training rows have, the least of several.
    MostFrequent,
}

impl Fill {
    /// Its name: `median` or `most_frequent`.
    pub fn name(self) -> &'static str {
        match self {
            Fill::Median => "median",
            Fill::MostFrequent => "most_frequent",
        }
    }
}

impl std::fmt::Display for Fill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Fill {
    type Err = DataError;

    fn from_str(given: &str) -> Result<Self, DataError> {
        let all = [Fill::Median, Fill::MostFrequent];
        all.into_iter().find(|fill| fill.name() == given).ok_or_else(|| {
            let choices = all.map(|fill| fill.name().to_owned()).to_vec();
            let nearest = crate::message::nearest(given, &choices);
            DataError::UnknownChoice { what: "fill", given: given.to_owned(), nearest, choices }
        })
    }
}

/// How columns become inputs.
pub(crate) struct Fitting<'a> {
    pub(crate) table: &'a Table,
    pub(crate) rows: &'a [usize],
    pub(crate) scale: Scale,
    pub(crate) stated: &'a [StatedKind],
    pub(crate) fill: Fill,
    /// Categories of fewer training rows are rare.
    pub(crate) rare: usize,
    /// Categories of more levels get an embedding.
    pub(crate) embed_above: usize,
}

impl Fitting<'_> {
    /// What becomes of each of the columns: a feature, or nothing.
    pub(crate) fn features(
        &self,
        columns: &[&Column],
    ) -> Result<(Vec<Feature>, Vec<LeftOut>), DataError> {
        let pixels = self.pixels(columns);
        let (mut features, mut left_out) = (Vec::with_capacity(columns.len()), Vec::new());
        for column in columns {
            let judged = judge_column(self.table, column, self.rows, self.stated)?;
            let name = column.name.clone();
            match self.encoding(column, &judged, &pixels)? {
                Some(encoding) => features.push(Feature {
                    name,
                    kind: judged.kind,
                    reason: judged.reason,
                    encoding,
                    indicator: self.rows.iter().any(|&row| column.is_missing(row)),
                }),
                None if judged.kind.is_left_out() => {
                    left_out.push(LeftOut { name, kind: judged.kind, reason: judged.reason });
                }
                None => {
                    let reason = format!("{}, each in too few rows", judged.reason);
                    left_out.push(LeftOut { name, kind: ColumnKind::Text, reason });
                }
            }
        }
        Ok((features, left_out))
    }

    /// How often each byte occurs in all pixels of images, which share one scaling. Each with its own, a
    /// pixel at the edge that is dimly lit in one image of the training rows would be blown up to full
    /// brightness, and grey levels of neighbours could no longer be compared.
    fn pixels(&self, columns: &[&Column]) -> [u64; 256] {
        let mut counts = [0; 256];
        if self.table.image().is_some() {
            for column in columns {
                if let Values::Bytes(values) = &column.values {
                    tally(&mut counts, values, self.rows);
                }
            }
        }
        counts
    }

    /// What a column becomes; nothing where it is left out.
    fn encoding(
        &self,
        column: &Column,
        judged: &Judged,
        pixels: &[u64; 256],
    ) -> Result<Option<Encoding>, DataError> {
        let is_text = matches!(column.values, Values::Text { .. });
        Ok(match judged.kind {
            ColumnKind::Text | ColumnKind::Identifier | ColumnKind::Constant => None,
            ColumnKind::Boolean if is_text => self.categories(column),
            ColumnKind::Category | ColumnKind::Code => self.categories(column),
            ColumnKind::Numeric | ColumnKind::Boolean => {
                Some(Encoding::Number(self.number(column, pixels)?))
            }
            ColumnKind::Date => Some(Encoding::Date(self.date(column, &judged.format)?)),
        })
    }

    fn number(&self, column: &Column, pixels: &[u64; 256]) -> Result<NumberEncoding, DataError> {
        if let Values::Bytes(values) = &column.values {
            let mut counts = [0; 256];
            tally(&mut counts, values, self.rows);
            let fill = self.fill_of_counts(&counts);
            let shared = if self.table.image().is_some() { pixels } else { &counts };
            let scaling = self.scale.fit(&Summary::of_counts(shared));
            return Ok(NumberEncoding {
                scaling: self.fits(column, scaling, shared_range(shared))?,
                fill,
            });
        }
        let values = numbers_of(self.table, column)?;
        let (scaling, fill) = self.scaling(column, &values)?;
        Ok(NumberEncoding { scaling, fill })
    }

    /// The scaling of numbers, and what stands for a missing one.
    fn scaling(&self, column: &Column, values: &[f64]) -> Result<(NumberScaling, f64), DataError> {
        let mut there: Vec<f64> =
            self.rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan()).collect();
        if there.is_empty() {
            // Stated to be numbers, though none is there.
            let scaling = self.scale.fit(&Summary::of([0.0].into_iter()));
            return Ok((self.fits(column, scaling, (0.0, 0.0))?, 0.0));
        }
        let summary = match self.scale.needs_quantiles() {
            true => Summary::with_quantiles(&mut there),
            false => Summary::of(there.iter().copied()),
        };
        let range = (summary.minimum, summary.maximum);
        let scaling = self.fits(column, self.scale.fit(&summary), range)?;
        let fill = match self.fill {
            Fill::Median => median(&mut there),
            Fill::MostFrequent => most_frequent(&mut there),
        };
        Ok((scaling, fill))
    }

    fn fits(
        &self,
        column: &Column,
        scaling: Option<NumberScaling>,
        (minimum, maximum): (f64, f64),
    ) -> Result<NumberScaling, DataError> {
        scaling.ok_or_else(|| DataError::Unscalable {
            file: self.table.name().to_owned(),
            column: column.name.clone(),
            minimum,
            maximum,
        })
    }

    fn fill_of_counts(&self, counts: &[u64; 256]) -> f64 {
        let total: u64 = counts.iter().sum();
        let byte = match self.fill {
            // The greatest of those that at least half of all reach.
            Fill::Median => {
                let mut below = 0;
                counts.iter().position(|count| {
                    below += count;
                    2 * below >= total
                })
            }
            Fill::MostFrequent => (0..256).max_by_key(|&byte| (counts[byte], 255 - byte)),
        };
        byte.unwrap_or(0) as f64
    }

    /// Levels that are not rare; nothing where there is none.
    fn categories(&self, column: &Column) -> Option<Encoding> {
        let found = distinct(column, self.rows);
        let frequent: Vec<_> = found.iter().filter(|it| it.count >= self.rare).collect();
        let other = frequent.len() < found.len();
        // The first of the most frequent.
        let fill = (0..frequent.len()).rev().max_by_key(|&level| frequent[level].count)? as u32;
        let levels: Vec<String> = frequent.iter().map(|it| it.value.name()).collect();
        let sizes = levels.len() + usize::from(other);
        let embedding = (sizes > self.embed_above).then(|| embedding_width(sizes));
        // With an embedding, unseen texts need a row of its table.
        let other = other || embedding.is_some();
        Some(Encoding::Category(CategoryEncoding { levels, other, fill, embedding }))
    }

    fn date(&self, column: &Column, format: &str) -> Result<DateEncoding, DataError> {
        let seconds = date::seconds_of(self.table, column, format)?;
        let (scaling, fill) = self.scaling(column, &seconds)?;
        let there = || self.rows.iter().map(|&row| seconds[row]).filter(|it| !it.is_nan());
        // A cycle says something where its places differ, and where more than one turn was seen.
        let varies = |cycle: &&Cycle| {
            let mut places = there().map(|seconds| cycle.passed(seconds));
            let first = places.next();
            places.any(|place| Some(place) != first)
        };
        let cycles = Cycle::ALL.iter().filter(varies).copied().collect();
        Ok(DateEncoding { format: format.to_owned(), scaling, fill, cycles })
    }
}

fn tally(counts: &mut [u64; 256], values: &[u8], rows: &[usize]) {
    rows.iter().for_each(|&row| counts[values[row] as usize] += 1);
}

fn shared_range(counts: &[u64; 256]) -> (f64, f64) {
    let summary = Summary::of_counts(counts);
    (summary.minimum, summary.maximum)
}

/// Numbers that are learned for each of so many levels: the rule of thumb of fastai, 1.6 n^0.56, at most
/// 64.
fn embedding_width(levels: usize) -> usize {
    (1.6 * (levels as f64).powf(0.56)).round().clamp(1.0, 64.0) as usize
}

/// The middle number, or the mean of the two in the middle. There is at least one.
fn median(numbers: &mut [f64]) -> f64 {
    let middle = numbers.len() / 2;
    let (below, &mut upper, _) = numbers.select_nth_unstable_by(middle, f64::total_cmp);
    match below.iter().copied().max_by(f64::total_cmp) {
        Some(lower) if below.len() * 2 == numbers.len() => lower / 2.0 + upper / 2.0,
        _ => upper,
    }
}

/// The number that occurs most often, the least of several. There is at least one.
fn most_frequent(numbers: &mut [f64]) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    let runs = numbers.chunk_by(|one, two| one == two);
    // Of equally long runs the last wins: from behind, that is the least.
    runs.rev().max_by_key(|run| run.len()).map_or(0.0, |run| run[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_are_in_the_middle_or_frequent() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&mut [7.0]), 7.0);
        assert_eq!(most_frequent(&mut [5.0, 1.0, 5.0, 1.0, 9.0]), 1.0);
        assert_eq!("most_frequent".parse::<Fill>().unwrap(), Fill::MostFrequent);
        assert!("mean".parse::<Fill>().is_err());
    }

    #[test]
    fn embeddings_grow_slowly() {
        assert_eq!([10, 100, 1000, 100_000].map(embedding_width), [6, 21, 64, 64]);
    }
}
