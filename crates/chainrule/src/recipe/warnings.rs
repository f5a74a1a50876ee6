//! What should be known of the rows of a run, for people to read.

use crate::Error;
use chainrule_data::{Judgement, Preparation, Table};

/// Says when a part has no rows, or lacks a class.
pub(super) fn warn_small(
    part: &str,
    consequence: &str,
    labels: Option<&[u32]>,
    rows: &[usize],
    classes: usize,
    warnings: &mut Vec<String>,
) {
    if rows.is_empty() {
        warnings.push(format!("there are too few rows to set any aside for {part}, {consequence}"));
        return;
    }
    let Some(labels) = labels else { return };
    let mut seen = vec![false; classes];
    rows.iter().for_each(|&row| seen[labels[row] as usize] = true);
    let present = seen.iter().filter(|seen| **seen).count();
    if present < classes {
        warnings.push(format!(
            "of the {classes} classes only {present} {} in the {} {part} {}, since there are few rows",
            if present == 1 { "occurs" } else { "occur" },
            rows.len(),
            if rows.len() == 1 { "row" } else { "rows" },
        ));
    }
}

/// Says how many rows cannot be learned from or judged, since nothing is known of what they have.
pub(super) fn warn_missing_targets(table: &Table, judged: &Judgement, warnings: &mut Vec<String>) {
    let without = table.rows() - judged.rows.len();
    if without > 0 {
        warnings.push(format!(
            "{without} of {} rows {} left out, since a target is missing there",
            table.rows(),
            if without == 1 { "is" } else { "are" },
        ));
    }
}

/// Says which columns miss values in `rows`, which are called `part`, though they missed none in the
/// training rows, so that the network knows nothing of it.
pub(super) fn warn_missing(
    preparation: &Preparation,
    table: &Table,
    rows: &[usize],
    part: &str,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let missing = preparation.unexpected_missing(table, rows)?;
    let (named, counted) = missing.split_at(missing.len().min(UNSEEN_NAMED));
    for (column, count) in named {
        warnings.push(format!(
            "column `{column}`: the value of {count}{part} {} is missing, which that of no training row \
             was; the usual value of the training rows stands for it",
            if *count == 1 { "row" } else { "rows" },
        ));
    }
    if !counted.is_empty() {
        warnings.push(format!(
            "{} more columns miss values that they did not miss in the training rows",
            counted.len()
        ));
    }
    Ok(())
}

/// Unknown categories that are named before the rest is only counted: a column of free text may
/// have one in every row.
const UNSEEN_NAMED: usize = 5;

/// Says which categories of `rows`, which are called `part`, the preparation does not know.
pub(super) fn warn_unseen(
    preparation: &Preparation,
    table: &Table,
    rows: &[usize],
    part: &str,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let unseen = preparation.unseen_categories(table, rows)?;
    let (named, counted) = unseen.split_at(unseen.len().min(UNSEEN_NAMED));
    for (column, category, count) in named {
        warnings.push(format!(
            "column `{column}`: the category `{category}` of {count}{part} {} does not occur in the \
             training rows and counts as none of the known ones",
            if *count == 1 { "row" } else { "rows" },
        ));
    }
    if !counted.is_empty() {
        let mut columns: Vec<String> =
            counted.iter().map(|(column, ..)| format!("`{column}`")).collect();
        columns.dedup(); // the categories of a column follow each other
        let place = match columns.len() {
            1 => format!("column {}", columns[0]),
            number if number <= UNSEEN_NAMED => format!("columns {}", columns.join(", ")),
            number => {
                let some = columns[..UNSEEN_NAMED].join(", ");
                format!("columns {some} and {} more", number - UNSEEN_NAMED)
            }
        };
        let rows: usize = counted.iter().map(|(.., count)| count).sum();
        warnings.push(format!(
            "{place}: {} more {}, of {rows}{part} {}, not in the training rows either; {} as none of \
             the known ones",
            counted.len(),
            if counted.len() == 1 { "category" } else { "categories" },
            if rows == 1 { "row" } else { "rows" },
            if counted.len() == 1 { "it counts" } else { "they count" },
        ));
    }
    Ok(())
}
