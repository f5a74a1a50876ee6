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

/// Columns, and unknown categories of each, that are named before the rest is only counted: a column
/// may have one in every row.
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
    // The categories of a column follow each other.
    let columns: Vec<&[_]> = unseen.chunk_by(|(one, ..), (other, ..)| one == other).collect();
    let (named, counted) = columns.split_at(columns.len().min(UNSEEN_NAMED));
    for categories in named {
        let of_column = categories.len();
        let mut names: Vec<String> =
            categories.iter().take(UNSEEN_NAMED).map(|(_, name, _)| format!("`{name}`")).collect();
        if let Some(more) = of_column.checked_sub(UNSEEN_NAMED).filter(|more| *more > 0) {
            names.push(format!("and {more} more"));
        }
        let rows: usize = categories.iter().map(|(.., count)| count).sum();
        warnings.push(format!(
            "column `{}`: the {} {} of {rows}{part} {} {} not occur in the training rows and {} as none \
             of the known ones",
            categories[0].0,
            if of_column == 1 { "category" } else { "categories" },
            names.join(", "),
            if rows == 1 { "row" } else { "rows" },
            if of_column == 1 { "does" } else { "do" },
            if of_column == 1 { "counts" } else { "count" },
        ));
    }
    if !counted.is_empty() {
        warnings.push(format!(
            "{} more {} categories that the training rows do not have",
            counted.len(),
            if counted.len() == 1 { "column has" } else { "columns have" },
        ));
    }
    Ok(())
}
