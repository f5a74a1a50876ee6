//! Which kind of thing each column holds, and why.

use crate::DataError;
use crate::column::{Column, Values, plain};
use crate::distinct::{Occurrence, Value, distinct};
use crate::message::quoted;
use crate::prepare::date;
use crate::prepare::kind::{ColumnKind, StatedKind};
use crate::table::Table;

/// A column of texts is one of categories up to this many different ones.
const MOST_LEVELS: usize = 100_000;

/// With no more rows than this, it cannot be told whether values recur.
const ROWS_TO_JUDGE: usize = 20;

/// Whole numbers may be codes when there are at most this many different ones ...
const MOST_CODES: usize = 20;

/// ... most of them in at least this many rows ...
const ROWS_PER_CODE: usize = 5;

/// ... and their range is so many times as wide as they are many.
const CODE_GAPS: f64 = 10.0;

/// Texts of which the mean has at least this many words are sentences.
const WORDS_OF_TEXT: usize = 3;

/// What a column was found to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judged {
    pub(crate) kind: ColumnKind,
    /// Why, as a part of a sentence; `stated` where it was.
    pub(crate) reason: String,
    /// How dates of text are written; empty for dates that are no text, and for other kinds.
    pub(crate) format: String,
}

/// The kind of a column by its values in `rows` alone, unless it is stated.
pub(crate) fn judge_column(
    table: &Table,
    column: &Column,
    rows: &[usize],
    stated: &[StatedKind],
) -> Result<Judged, DataError> {
    let found = distinct(column, rows);
    if let Some(stated) = stated.iter().find(|stated| stated.column == column.name) {
        return check(table, column, &found, stated);
    }
    let (kind, reason) = match &column.values {
        _ if found.len() <= 1 && !is_pixel(table, column) => constant(column, rows, &found),
        Values::Bytes(_) => (ColumnKind::Numeric, "whole numbers from 0 to 255".to_owned()),
        Values::Times(_) => (ColumnKind::Date, "points in time".to_owned()),
        Values::Numbers(_) => of_numbers(&column.name, rows, &found),
        Values::Text { .. } => {
            let texts = found.iter().map(text_of);
            if let Some((format, has_other_reading)) = date::format_of(texts) {
                let reason = match has_other_reading {
                    false => format!("dates written {format}"),
                    true => format!(
                        "dates written {format}, though the day may stand first as well: if it does, \
                         state {}=date(%d/%m/%Y)",
                        column.name
                    ),
                };
                return Ok(Judged { kind: ColumnKind::Date, reason, format: format.to_owned() });
            }
            of_texts(rows, &found)
        }
    };
    Ok(Judged { kind, reason, format: String::new() })
}

fn is_pixel(table: &Table, column: &Column) -> bool {
    table.image().is_some() && matches!(column.values, Values::Bytes(_))
}

fn text_of<'a>(occurrence: &Occurrence<'a>) -> &'a str {
    match occurrence.value {
        Value::Text(text) => text,
        Value::Number(_) => "",
    }
}

fn constant(column: &Column, rows: &[usize], found: &[Occurrence<'_>]) -> (ColumnKind, String) {
    let Some(only) = found.first() else {
        return (ColumnKind::Constant, "missing in all training rows".to_owned());
    };
    let value = quoted(&only.value.name());
    if only.count == rows.len() {
        return (ColumnKind::Constant, format!("{value} in all training rows"));
    }
    // Whether it is there may say something.
    let kind = match column.values {
        Values::Text { .. } => ColumnKind::Category,
        _ => ColumnKind::Numeric,
    };
    (kind, format!("{value} or missing"))
}

fn of_numbers(name: &str, rows: &[usize], found: &[Occurrence<'_>]) -> (ColumnKind, String) {
    let numbers: Vec<f64> = found
        .iter()
        .filter_map(|it| if let Value::Number(number) = it.value { Some(number) } else { None })
        .collect();
    let (least, greatest) = (numbers[0], numbers[numbers.len() - 1]);
    let range = format!("numbers from {} to {}", plain(least), plain(greatest));
    if numbers == [0.0, 1.0] {
        return (ColumnKind::Boolean, "0 and 1 only".to_owned());
    }
    if numbers.iter().any(|number| *number != number.trunc()) {
        return (ColumnKind::Numeric, range);
    }
    let is_different = numbers.len() == rows.len() && rows.len() > ROWS_TO_JUDGE;
    if is_different && names_rows(name) {
        let reason = "whole numbers, all different, and a name that says so".to_owned();
        return (ColumnKind::Identifier, reason);
    }
    // Amounts are often 0 in most rows and different in the few others.
    let recurring = found.iter().filter(|it| it.count >= ROWS_PER_CODE).count();
    let is_code = (3..=MOST_CODES).contains(&numbers.len())
        && 2 * recurring > numbers.len()
        && greatest - least >= CODE_GAPS * numbers.len() as f64;
    if is_code {
        let reason = format!("{} different whole numbers far apart", numbers.len());
        return (ColumnKind::Code, reason);
    }
    (ColumnKind::Numeric, format!("whole {range}"))
}

/// Whether a name is one of identifiers: `id`, `PassengerId`, `row_id`, `uuid`, `index`. A count of the
/// rows alone is none: it may be the year, or the x of a curve.
fn names_rows(name: &str) -> bool {
    const NAMES: [&str; 8] =
        ["id", "uuid", "guid", "index", "key", "rownumber", "row_number", "unnamed: 0"];
    let lower = name.to_lowercase();
    NAMES.contains(&lower.as_str())
        || name.ends_with("Id")
        || name.ends_with("ID")
        || lower.ends_with("_id")
        || lower.ends_with(" id")
        || lower.ends_with("-id")
}

fn of_texts(rows: &[usize], found: &[Occurrence<'_>]) -> (ColumnKind, String) {
    let different = found.len();
    let there: usize = found.iter().map(|it| it.count).sum();
    let of = match there == rows.len() {
        true => format!("{there} rows"),
        false => format!("{there} rows that have one"),
    };
    let words: usize = found.iter().map(|it| text_of(it).split_whitespace().count()).sum();
    let is_text = words >= WORDS_OF_TEXT * different;
    if there > ROWS_TO_JUDGE && different * 2 > there || different > MOST_LEVELS {
        let kind = if is_text { ColumnKind::Text } else { ColumnKind::Identifier };
        return (kind, format!("{different} different texts in {of}"));
    }
    if different == 2 && found.iter().all(|it| is_yes_or_no(text_of(it))) {
        let [one, other] = [0, 1].map(|place| quoted(text_of(&found[place])));
        return (ColumnKind::Boolean, format!("{one} and {other} only"));
    }
    let numeric = found.iter().all(|it| text_of(it).parse::<f64>().is_ok());
    let kind = if numeric { ColumnKind::Code } else { ColumnKind::Category };
    (kind, format!("{different} different texts in {of}"))
}

fn is_yes_or_no(text: &str) -> bool {
    const WORDS: [&str; 8] = ["true", "false", "yes", "no", "t", "f", "y", "n"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Checks a kind that is stated against the values.
fn check(
    table: &Table,
    column: &Column,
    found: &[Occurrence<'_>],
    stated: &StatedKind,
) -> Result<Judged, DataError> {
    let judged = |format: &str| {
        Ok(Judged { kind: stated.kind, reason: "stated".to_owned(), format: format.to_owned() })
    };
    let refuse = |occurrence: &Occurrence<'_>| {
        Err(DataError::NotOfKind {
            place: table.place(occurrence.first_row, &column.name),
            kind: stated.kind,
            value: occurrence.value.name(),
        })
    };
    match (stated.kind, &column.values) {
        (ColumnKind::Date, Values::Text { .. }) => {
            let texts = found.iter().map(text_of);
            let format = match &stated.format {
                Some(format) => format.as_str(),
                None => date::format_of(texts).map_or("%Y-%m-%d", |(format, _)| format),
            };
            date::seconds_of(table, column, format)?;
            judged(format)
        }
        (ColumnKind::Date, Values::Times(_)) => judged(""),
        (ColumnKind::Date, _) => match found.first() {
            Some(first) => refuse(first),
            None => judged(""),
        },
        (ColumnKind::Numeric, Values::Text { .. }) => {
            match found.iter().find(|it| text_of(it).parse::<f64>().is_err()) {
                Some(text) => refuse(text),
                None => judged(""),
            }
        }
        (ColumnKind::Boolean, _) if found.len() > 2 => refuse(&found[2]),
        _ => judged(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(column: Column, stated: &[&str]) -> Result<Judged, DataError> {
        let rows: Vec<usize> = (0..column.len()).collect();
        let stated: Vec<StatedKind> = stated.iter().map(|text| text.parse().unwrap()).collect();
        let table = Table::new("t", vec![column]).unwrap();
        judge_column(&table, &table.columns()[0], &rows, &stated)
    }

    fn kind(column: Column) -> ColumnKind {
        judged(column, &[]).unwrap().kind
    }

    fn numbers(name: &str, value: impl Fn(usize) -> f64) -> Column {
        Column::numbers(name, (0..100).map(value).collect())
    }

    fn texts(value: impl Fn(usize) -> String) -> Column {
        Column::text("x", &(0..100).map(value).collect::<Vec<_>>())
    }

    #[test]
    fn numbers_are_amounts_flags_codes_or_names() {
        assert_eq!(kind(numbers("x", |i| i as f64 / 3.0)), ColumnKind::Numeric);
        assert_eq!(kind(numbers("x", |i| (i * i % 83) as f64)), ColumnKind::Numeric);
        assert_eq!(kind(numbers("x", |i| (i % 2) as f64)), ColumnKind::Boolean);
        assert_eq!(kind(numbers("x", |i| [101.0, 205.0, 330.0][i % 3])), ColumnKind::Code);
        assert_eq!(kind(numbers("x", |i| (i % 7) as f64)), ColumnKind::Numeric, "not far apart");
        let mostly_zero = numbers("x", |i| if i % 10 == 0 { (i * i) as f64 } else { 0.0 });
        assert_eq!(kind(mostly_zero), ColumnKind::Numeric, "amounts that few rows have");
        assert_eq!(kind(numbers("x", |i| i as f64 + 1.0)), ColumnKind::Numeric, "may be an amount");
        assert_eq!(kind(numbers("id", |i| i as f64 + 1.0)), ColumnKind::Identifier);
        assert_eq!(kind(numbers("userId", |i| (i * 37 % 101) as f64)), ColumnKind::Identifier);
        assert_eq!(kind(numbers("price", |i| (i * 37 % 101) as f64)), ColumnKind::Numeric);
        assert_eq!(kind(numbers("x", |_| 7.0)), ColumnKind::Constant);
        assert_eq!(kind(numbers("x", |_| f64::NAN)), ColumnKind::Constant);
        let half = numbers("x", |i| if i % 2 == 0 { 7.0 } else { f64::NAN });
        assert_eq!(kind(half), ColumnKind::Numeric, "whether it is there may say something");
    }

    #[test]
    fn texts_are_categories_dates_sentences_or_names() {
        assert_eq!(kind(texts(|i| ["red", "blue", "green"][i % 3].into())), ColumnKind::Category);
        assert_eq!(kind(texts(|i| ["Yes", "no"][i % 2].into())), ColumnKind::Boolean);
        assert_eq!(kind(texts(|i| format!("{:05}", 20 * (i % 9)))), ColumnKind::Code);
        assert_eq!(kind(texts(|i| format!("2024-01-{:02}", i % 31 + 1))), ColumnKind::Date);
        assert_eq!(kind(texts(|i| format!("A{i}"))), ColumnKind::Identifier);
        assert_eq!(kind(texts(|i| format!("the row of number {i}"))), ColumnKind::Text);
        assert_eq!(kind(texts(|_| "same".into())), ColumnKind::Constant);
        let few = Column::text("x", &["a", "b", "c"]);
        assert_eq!(kind(few), ColumnKind::Category, "too few to tell");
        assert_eq!(
            kind(Column { name: "x".into(), values: Values::Times(vec![0.0, 1.0]) }),
            ColumnKind::Date
        );
    }

    #[test]
    fn what_is_stated_holds_if_it_can() {
        let stated = |column, text: &str| judged(column, &[text]).map(|judged| judged.kind);
        let count = || numbers("x", |i| i as f64);
        assert_eq!(stated(count(), "x=numeric").unwrap(), ColumnKind::Numeric);
        assert_eq!(stated(count(), "x=category").unwrap(), ColumnKind::Category);
        assert_eq!(stated(texts(|i| format!("{i:05}")), "x=numeric").unwrap(), ColumnKind::Numeric);
        let message = |column, text: &str| judged(column, &[text]).unwrap_err().to_string();
        let wrong = message(texts(|i| format!("A{i}")), "x=numeric");
        assert!(wrong.contains("row 1, column `x`") && wrong.contains("found `A0`"), "{wrong}");
        let wrong = message(count(), "x=boolean");
        assert!(wrong.contains("of the kind boolean") && wrong.contains("found `2`"), "{wrong}");
        let wrong = message(texts(|_| "soon".into()), "x=date");
        assert!(wrong.contains("found `soon`") && wrong.contains("%d/%m/%Y"), "{wrong}");
        let dates = texts(|_| "01/02/2024".into());
        let found = judged(dates, &["x=date(%d/%m/%Y)"]).unwrap();
        assert_eq!(found.format, "%d/%m/%Y");
    }
}
