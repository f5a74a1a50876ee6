//! Inputs whose sizes no learning rate suits, and inputs that say nothing.

use super::columns::{Column, drop_flag};
use super::{Finding, Kind, Place, Severity};
use crate::Examples;
use chainrule_data::{Preparation, Scale};
use chainrule_graph::Number;

/// Fewer rows say nothing of a column.
const FEWEST_ROWS: usize = 20;

/// A column whose root mean square is above this gives gradients as many times those of a scaled
/// one, and curvature its square times: beyond the range of any usual learning rate.
const LARGEST: f64 = 100.0;

/// A column that varies this many times less than another is not seen beside it: the weights of the
/// two need step sizes that differ as much.
const SPREAD: f64 = 1e3;

/// Columns that a flag names before there are too many to type.
const MOST_NAMED: usize = 5;

/// The sizes of a column's numbers.
struct Size<'a> {
    name: &'a str,
    /// Root of the mean square.
    length: f64,
    /// Standard deviation.
    deviation: f64,
}

/// What is wrong with the sizes of the inputs.
pub(super) fn unscaled<E: Number>(
    preparation: Option<&Preparation>,
    columns: &[Column],
    sample: &Examples<'_, E>,
) -> Option<Finding> {
    if sample.rows() < FEWEST_ROWS {
        return None;
    }
    let numbers = columns.iter().filter(|column| !column.is_category);
    let sizes: Vec<Size<'_>> =
        numbers.map(|column| size(&column.name, &column.values(sample))).collect();
    let largest = sizes.iter().max_by(|a, b| a.length.total_cmp(&b.length))?;
    let is_scaled = preparation.is_some_and(|preparation| preparation.scale() != Scale::None);
    let rows = sample.rows();
    if largest.length > LARGEST {
        let over = sizes.iter().filter(|size| size.length > LARGEST).count();
        let evidence = format!(
            "its numbers have a root mean square of {:.3e} on {rows} rows, and {over} of {} columns \
             one above {LARGEST}",
            largest.length,
            sizes.len(),
        );
        let (advice, flag) = match is_scaled {
            false => ("inputs should be about as large as 1", Some("--scale standard".to_string())),
            true => (
                "the model scales it as its training rows asked for, so these rows are unlike them; \
                 see that they have the same units",
                None,
            ),
        };
        return Some(Finding {
            kind: Kind::UnscaledInputs,
            severity: Severity::Serious,
            place: Place::Column(largest.name.to_string()),
            evidence,
            advice: advice.to_string(),
            flag,
        });
    }
    // Scaled columns differ only where a few rows do, as the edges of images.
    if is_scaled {
        return None;
    }
    let varied = || sizes.iter().filter(|size| size.deviation > 0.0);
    let least = varied().min_by(|a, b| a.deviation.total_cmp(&b.deviation))?;
    let most = varied().max_by(|a, b| a.deviation.total_cmp(&b.deviation))?;
    (most.deviation > SPREAD * least.deviation).then(|| Finding {
        kind: Kind::UnscaledInputs,
        severity: Severity::Serious,
        place: Place::Column(least.name.to_string()),
        evidence: format!(
            "it varies by {:.1e} (standard deviation on {rows} rows), the column `{}` by {:.1e}",
            least.deviation, most.name, most.deviation
        ),
        advice: "it is hardly seen beside the other".to_string(),
        flag: Some("--scale standard".to_string()),
    })
}

fn size<'a>(name: &'a str, values: &[f64]) -> Size<'a> {
    let rows = values.len() as f64;
    let mean = values.iter().sum::<f64>() / rows;
    let squares = |from: f64| values.iter().map(|value| (value - from).powi(2)).sum::<f64>() / rows;
    Size { name, length: squares(0.0).sqrt(), deviation: squares(mean).sqrt() }
}

/// The columns that are the same in every row. `sample` is some of the rows of `all`.
pub(super) fn constant<E: Number>(
    preparation: Option<&Preparation>,
    columns: &[Column],
    sample: &Examples<'_, E>,
    all: &Examples<'_, E>,
) -> Option<Finding> {
    // The edges of images are dark.
    let is_image = preparation.is_some_and(|preparation| preparation.image().is_some());
    if sample.rows() < FEWEST_ROWS || is_image {
        return None;
    }
    let is_constant = |values: &[f64]| values.iter().all(|value| *value == values[0]);
    let constant: Vec<&str> = columns
        .iter()
        .filter(|column| is_constant(&column.values(sample)) && is_constant(&column.values(all)))
        .map(|column| column.name.as_str())
        .collect();
    let first = constant.first()?;
    let evidence = match constant.len() {
        1 => format!("it is the same in all {} rows", all.rows()),
        number => format!(
            "it and {} of the other {} columns are the same in all {} rows",
            number - 1,
            columns.len() - 1,
            all.rows()
        ),
    };
    let can_drop = constant.len() <= MOST_NAMED && constant.len() < columns.len();
    Some(Finding {
        kind: Kind::ConstantInputs,
        severity: Severity::Note,
        place: Place::Column(first.to_string()),
        evidence,
        advice: "a constant tells nothing of the target, and does little harm".to_string(),
        flag: (can_drop && preparation.is_some()).then(|| drop_flag(&constant)),
    })
}
