//! The columns that are predicted from, and what each becomes.

use crate::DataError;
use crate::column::{Column, Values};
use crate::distinct::distinct;
use crate::scale::{Scale, Scaling, Summary};
use crate::table::Table;

/// The most different texts that a feature may have; above, it looks like free text.
pub(crate) const MOST_LEVELS: usize = 1000;

/// With more rows than this, a text column in which more than half of the rows differ looks like
/// an identifier.
const ROWS_TO_JUDGE: usize = 20;

/// A column that is predicted from.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    /// What it becomes.
    pub kind: FeatureKind,
}

/// What a column becomes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FeatureKind {
    /// One input, the scaled number.
    Number {
        /// How it is scaled.
        scaling: Scaling,
    },
    /// One input for each level: 1 for the row's own, 0 for the others.
    Category {
        /// The texts of the training rows, sorted.
        levels: Vec<String>,
    },
}

impl Feature {
    /// The inputs that it becomes.
    pub fn inputs(&self) -> usize {
        match &self.kind {
            FeatureKind::Number { .. } => 1,
            FeatureKind::Category { levels } => levels.len(),
        }
    }
}

/// What each column becomes, from `rows` alone.
pub(crate) fn fit_features(
    table: &Table,
    columns: &[&Column],
    rows: &[usize],
    scale: Scale,
) -> Result<Vec<Feature>, DataError> {
    let scaling = |column: &Column, summary: &Summary| {
        scale.fit(summary).ok_or_else(|| DataError::Unscalable {
            file: table.name().to_owned(),
            column: column.name.clone(),
            minimum: summary.minimum,
            maximum: summary.maximum,
        })
    };
    // All pixels of images share one scaling. Each with its own, a pixel at the edge that is dimly
    // lit in one image of the training rows would be blown up to full brightness, and grey levels
    // of neighbours could no longer be compared.
    let mut all_pixels = [0u64; 256];
    let is_pixel =
        |column: &Column| table.image().is_some() && matches!(column.values, Values::Bytes(_));
    let tally = |counts: &mut [u64; 256], values: &[u8]| {
        rows.iter().for_each(|&row| counts[values[row] as usize] += 1);
    };
    for column in columns.iter().filter(|column| is_pixel(column)) {
        if let Values::Bytes(values) = &column.values {
            tally(&mut all_pixels, values);
        }
    }
    let mut features = Vec::with_capacity(columns.len());
    for column in columns {
        let kind = match &column.values {
            Values::Text { .. } => {
                FeatureKind::Category { levels: fit_levels(table, column, rows)? }
            }
            Values::Numbers(values) | Values::Times(values) => {
                let summary = Summary::of(rows.iter().map(|&row| values[row]));
                FeatureKind::Number { scaling: scaling(column, &summary)? }
            }
            Values::Bytes(_) if is_pixel(column) => {
                let summary = Summary::of_counts(&all_pixels);
                FeatureKind::Number { scaling: scaling(column, &summary)? }
            }
            Values::Bytes(values) => {
                let mut counts = [0; 256];
                tally(&mut counts, values);
                FeatureKind::Number { scaling: scaling(column, &Summary::of_counts(&counts))? }
            }
        };
        features.push(Feature { name: column.name.clone(), kind });
    }
    Ok(features)
}

/// The texts of a column, unless there are so many that they tell rows apart instead of grouping
/// them.
fn fit_levels(table: &Table, column: &Column, rows: &[usize]) -> Result<Vec<String>, DataError> {
    let found = distinct(column, rows);
    let levels = found.len();
    if levels > MOST_LEVELS || (rows.len() > ROWS_TO_JUDGE && levels * 2 > rows.len()) {
        return Err(DataError::Identifier {
            file: table.name().to_owned(),
            column: column.name.clone(),
            levels,
            rows: rows.len(),
            example: found[0].value.name(),
        });
    }
    Ok(found.iter().map(|occurrence| occurrence.value.name()).collect())
}
