//! What the columns of a table were found to be, and what becomes of them.

use super::{Table, count};
use chainrule::data::{ColumnKind, Encoding, Feature, Preparation};
use serde_json::{Value, json};

/// Lines that are shown before the rest is only counted.
const LISTED: usize = 40;

/// Names that a line of columns of one kind shows.
const NAMED: usize = 3;

/// A line for each column, or for each run of columns of one kind where there are many; nothing where
/// all are plain numbers, as the pixels of images.
pub(crate) fn columns(preparation: &Preparation) -> Option<Table> {
    let lines = lines(preparation)?;
    let mut table = Table::new(4);
    table.line(["column", "kind", "becomes", "reason"]);
    if lines.len() <= LISTED {
        lines.iter().for_each(|it| table.line([it.name, it.kind.name(), &it.becomes, it.reason]));
        return Some(table);
    }
    let alike =
        |one: &Line<'_>, other: &Line<'_>| one.kind == other.kind && one.becomes == other.becomes;
    let runs: Vec<&[Line<'_>]> = lines.chunk_by(alike).collect();
    for run in runs.iter().take(LISTED) {
        let names: Vec<&str> = run.iter().take(NAMED).map(|it| it.name).collect();
        let name = match run {
            [first, .., last] if run.len() > NAMED && !first.kind.is_left_out() => {
                format!("{} to {} ({} columns)", first.name, last.name, run.len())
            }
            // Those that are left out stand at the end, from wherever they were.
            _ => match run.len().saturating_sub(NAMED) {
                0 => names.join(", "),
                more => format!("{} and {more} more", names.join(", ")),
            },
        };
        let is_same = run.iter().all(|it| it.reason == run[0].reason);
        let reason = if is_same { run[0].reason } else { "values alike" };
        table.line([name.as_str(), run[0].kind.name(), &run[0].becomes, reason]);
    }
    if let Some(more) = runs.len().checked_sub(LISTED).filter(|more| *more > 0) {
        table.line([format!("and {more} more lines")]);
    }
    Some(table)
}

/// The same for machines, every column by itself.
pub(crate) fn columns_json(preparation: &Preparation) -> Option<Value> {
    let of_column = |it: &Line<'_>| {
        let Line { name, kind, becomes, reason } = it;
        json!({ "column": name, "kind": kind, "becomes": becomes, "reason": reason })
    };
    Some(lines(preparation)?.iter().map(of_column).collect())
}

fn lines(preparation: &Preparation) -> Option<Vec<Line<'_>>> {
    let is_plain = |it: &Feature| it.kind == ColumnKind::Numeric && it.inputs() == 1;
    if preparation.left_out().is_empty() && preparation.columns().iter().all(is_plain) {
        return None;
    }
    let used = preparation.columns().iter().map(|it| Line {
        name: &it.name,
        kind: it.kind,
        becomes: becomes(it),
        reason: &it.reason,
    });
    let left_out = preparation.left_out().iter().map(|it| Line {
        name: &it.name,
        kind: it.kind,
        becomes: "left out".to_string(),
        reason: &it.reason,
    });
    Some(used.chain(left_out).collect())
}

struct Line<'a> {
    name: &'a str,
    kind: ColumnKind,
    becomes: String,
    reason: &'a str,
}

/// The inputs of a column, in words.
fn becomes(column: &Feature) -> String {
    let mut text = match &column.encoding {
        Encoding::Number(_) => "a number".to_string(),
        Encoding::Category(category) => match category.embedding {
            Some(width) => format!("{width} learned numbers"),
            None => count(category.sizes(), "flag"),
        },
        Encoding::Date(date) => {
            let cycles: Vec<&str> = date.cycles.iter().map(|cycle| cycle.name()).collect();
            match cycles.is_empty() {
                true => "the time".to_string(),
                false => format!("the time, the place in the {}", cycles.join(", ")),
            }
        }
    };
    if column.indicator {
        text += ", and whether it is missing";
    }
    text
}
