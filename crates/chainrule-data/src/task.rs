//! What kind of thing is predicted, told from the target.

use crate::DataError;
use crate::column::{Column, MISSING, Values};
use crate::distinct::{Occurrence, Value, distinct};
use crate::message;
use crate::split::FEWEST_ROWS_TO_SPLIT;
use crate::table::Table;
use std::fmt;
use std::str::FromStr;

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// One number or several.
    Regression,
    /// One of two classes.
    Binary,
    /// One of several classes.
    MultiClass,
    /// For each of several labels, whether it applies.
    MultiLabel,
}

impl Task {
    /// Every task.
    pub const ALL: [Task; 4] = [Task::Regression, Task::Binary, Task::MultiClass, Task::MultiLabel];

    /// Its name: `regression`, `binary`, `multi-class` or `multi-label`.
    pub fn name(self) -> &'static str {
        match self {
            Task::Regression => "regression",
            Task::Binary => "binary",
            Task::MultiClass => "multi-class",
            Task::MultiLabel => "multi-label",
        }
    }

    /// Whether a row has one class of several.
    pub fn has_classes(self) -> bool {
        matches!(self, Task::Binary | Task::MultiClass)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Task {
    type Err = DataError;

    /// By name, the hyphen optional.
    fn from_str(given: &str) -> Result<Self, DataError> {
        let same = |task: &&Task| task.name() == given || task.name().replace('-', "") == given;
        Task::ALL.iter().find(same).copied().ok_or_else(|| {
            let choices = Task::ALL.map(|task| task.name().to_owned()).to_vec();
            let nearest = message::nearest(given, &choices);
            DataError::UnknownChoice { what: "task", given: given.to_owned(), nearest, choices }
        })
    }
}

/// Whole numbers are taken for classes when there are at most this many different ones ...
const MOST_CLASSES: usize = 20;

/// ... and at least this many rows for each.
const ROWS_PER_CLASS: usize = 5;

/// What a target says before any row is set aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The task, as stated or as inferred.
    pub task: Task,
    /// Why, as a sentence without a full stop.
    pub reason: String,
    /// The class of every row of the table, for a stratified split, when the task has classes.
    /// Class k is the k-th name of `classes`; where the target is missing there is [`crate::MISSING`].
    pub labels: Option<Vec<u32>>,
    /// The rows of the table that have every target.
    pub rows: Vec<usize>,
    /// The names of the classes, when the task has classes.
    pub classes: Vec<String>,
}

/// Infers the task from the target columns of all rows of `table`, unless it is `stated`.
///
/// | target | task |
/// |---|---|
/// | text with two different values | binary |
/// | text with more | multi-class |
/// | numbers, all 0 or 1 | binary |
/// | whole numbers, at most 20 different, at least 5 rows for each | multi-class (binary when two) |
/// | other numbers | regression |
/// | several targets, all 0 or 1 | multi-label |
/// | several targets, other numbers | regression |
///
/// Call this before the rows are split, split with its `labels`, then state its `task` in
/// [`crate::PrepareOptions`].
///
/// # Errors
/// A target that is not there, one class only, a class with a single row (in a table that is large
/// enough to be split, see [`crate::FEWEST_ROWS_TO_SPLIT`]), a target that does not fit the stated task.
pub fn judge_target(
    table: &Table,
    targets: &[String],
    stated: Option<Task>,
) -> Result<Judgement, DataError> {
    let rows = rows_with_targets(table, targets)?;
    let (task, reason) = infer(table, targets, &rows, stated)?;
    if !task.has_classes() {
        return Ok(Judgement { task, reason, labels: None, rows, classes: Vec::new() });
    }
    let column = table.column(&targets[0])?;
    let found = distinct(column, &rows);
    check_lone_rows(table, column, &found)?;
    let classes: Vec<String> = found.iter().map(|class| class.value.name()).collect();
    let known = crate::prepare::encode::Lookup::new(column, &classes);
    let labels = (0..table.rows()).map(|row| known.code(row).unwrap_or(MISSING)).collect();
    Ok(Judgement { task, reason, labels: Some(labels), rows, classes })
}

/// The rows of a table in which no target is missing.
///
/// # Errors
/// A target that is not there; one that is missing in every row.
pub fn rows_with_targets(table: &Table, targets: &[String]) -> Result<Vec<usize>, DataError> {
    let columns: Vec<&Column> =
        targets.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let has_all = |row: &usize| columns.iter().all(|column| !column.is_missing(*row));
    let rows: Vec<usize> = (0..table.rows()).filter(has_all).collect();
    match rows.is_empty() {
        true => Err(DataError::NoTargetValues {
            file: table.name().to_owned(),
            targets: targets.to_vec(),
        }),
        false => Ok(rows),
    }
}

/// The task for the targets in `rows`, and why.
pub(crate) fn infer(
    table: &Table,
    targets: &[String],
    rows: &[usize],
    stated: Option<Task>,
) -> Result<(Task, String), DataError> {
    let file = || table.name().to_owned();
    if targets.is_empty() {
        return Err(DataError::NoTarget { file: file(), columns: table.all_names() });
    }
    if let Some(column) = (1..targets.len()).find(|&i| targets[..i].contains(&targets[i])) {
        return Err(DataError::RepeatedTarget { file: file(), column: targets[column].clone() });
    }
    if rows.is_empty() {
        return Err(DataError::NoRows { file: file() });
    }
    let columns: Vec<&Column> =
        targets.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let values: Vec<Vec<Occurrence<'_>>> =
        columns.iter().map(|column| distinct(column, rows)).collect();
    if values.iter().any(Vec::is_empty) {
        return Err(DataError::NoTargetValues { file: file(), targets: targets.to_vec() });
    }
    let (task, reason) = match (stated, columns.len()) {
        (Some(task), _) => (task, "stated".to_owned()),
        (None, 1) => infer_one(&targets[0], &values[0], rows.len()),
        (None, count) if values.iter().flatten().all(is_zero_or_one) => {
            (Task::MultiLabel, format!("all {count} targets hold 0 and 1 only"))
        }
        (None, count) => (Task::Regression, format!("{count} targets of numbers")),
    };
    check(table, &columns, &values, task, rows)?;
    Ok((task, reason))
}

fn infer_one(name: &str, values: &[Occurrence<'_>], rows: usize) -> (Task, String) {
    let name = message::quoted(name);
    let different = values.len();
    let classes = if different <= 2 { Task::Binary } else { Task::MultiClass };
    if matches!(values[0].value, Value::Text(_)) {
        return (classes, format!("{name} is text with {different} different values"));
    }
    if different == 2 && values.iter().all(is_zero_or_one) {
        return (Task::Binary, format!("{name} holds 0 and 1 only"));
    }
    let is_whole =
        |value: &Occurrence<'_>| matches!(value.value, Value::Number(x) if x == x.trunc());
    if !values.iter().all(is_whole) {
        return (Task::Regression, format!("{name} holds numbers that are not whole"));
    }
    let numbers = format!("{name} holds {different} different whole numbers in {rows} rows");
    if different > MOST_CLASSES {
        (Task::Regression, format!("{numbers}, more than {MOST_CLASSES}"))
    } else if rows < ROWS_PER_CLASS * different {
        (Task::Regression, format!("{numbers}, fewer than {ROWS_PER_CLASS} rows for each"))
    } else {
        (classes, numbers)
    }
}

fn is_zero_or_one(value: &Occurrence<'_>) -> bool {
    matches!(value.value, Value::Number(number) if number == 0.0 || number == 1.0)
}

/// Checks that the targets fit the task.
fn check(
    table: &Table,
    columns: &[&Column],
    values: &[Vec<Occurrence<'_>>],
    task: Task,
    rows: &[usize],
) -> Result<(), DataError> {
    let file = table.name().to_owned();
    let names = || columns.iter().map(|column| column.name.clone()).collect();
    if task.has_classes() && columns.len() > 1 {
        return Err(DataError::SeveralTargets { task, targets: names() });
    }
    let is_number = |column: &Column| !matches!(column.values, Values::Text { .. });
    if columns.len() == 1 && values[0].len() == 1 && task != Task::Regression {
        return Err(DataError::OneClass {
            file,
            column: columns[0].name.clone(),
            value: values[0][0].value.name(),
            rows: rows.len(),
        });
    }
    if columns.len() == 1 && values[0].len() == 1 && is_number(columns[0]) {
        return Err(DataError::ConstantTarget {
            file,
            column: columns[0].name.clone(),
            value: values[0][0].value.name(),
            rows: rows.len(),
        });
    }
    for (column, values) in columns.iter().zip(values) {
        if task == Task::Regression && !is_number(column) {
            let place = table.place(values[0].first_row, &column.name);
            return Err(DataError::TextTarget { place, task, value: values[0].value.name() });
        }
        if task == Task::MultiLabel
            && let Some(wrong) = values.iter().find(|value| !is_zero_or_one(value))
        {
            let place = table.place(wrong.first_row, &column.name);
            return Err(DataError::NotZeroOne { place, value: wrong.value.name() });
        }
        if task == Task::Binary && values.len() > 2 {
            return Err(DataError::NotBinary {
                file,
                column: column.name.clone(),
                classes: values.iter().map(|value| value.value.name()).collect(),
            });
        }
    }
    Ok(())
}

/// Complains about a class of which `found` knows a single row, unless the table is learned from
/// whole.
pub(crate) fn check_lone_rows(
    table: &Table,
    column: &Column,
    found: &[Occurrence<'_>],
) -> Result<(), DataError> {
    let is_split = table.rows() >= FEWEST_ROWS_TO_SPLIT;
    match found.iter().find(|class| is_split && class.count == 1) {
        None => Ok(()),
        Some(lone) => Err(DataError::LoneRow {
            place: table.place(lone.first_row, &column.name),
            class: lone.value.name(),
            numeric: matches!(lone.value, Value::Number(_)),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(column: Column, stated: Option<Task>) -> Result<Judgement, DataError> {
        let name = column.name.clone();
        judge_target(&Table::new("t", vec![column]).unwrap(), &[name], stated)
    }

    fn numbers(values: impl IntoIterator<Item = f64>) -> Column {
        Column::numbers("y", values.into_iter().collect())
    }

    #[test]
    fn the_target_decides_the_task() {
        let task = |column| {
            let judged = judge(column, None).unwrap();
            (judged.task, judged.reason)
        };
        let text = Column::text("y", &["no", "yes", "no", "yes"]);
        assert_eq!(task(text), (Task::Binary, "`y` is text with 2 different values".into()));
        let text = Column::text("y", &["a", "b", "c", "a", "b", "c"]);
        assert_eq!(task(text).0, Task::MultiClass);
        assert_eq!(task(numbers([0.0, 1.0, 1.0, 0.0])).0, Task::Binary);
        assert_eq!(task(numbers((0..30).map(|i| f64::from(i % 2 + 1)))).0, Task::Binary);
        assert_eq!(task(numbers((0..30).map(|i| f64::from(i % 6)))).0, Task::MultiClass);
        let few_rows = task(numbers((0..29).map(|i| f64::from(i % 6))));
        assert_eq!(few_rows.0, Task::Regression);
        assert!(few_rows.1.contains("6 different whole numbers in 29 rows, fewer than 5"));
        assert_eq!(task(numbers((0..300).map(|i| f64::from(i % 21)))).0, Task::Regression);
        assert_eq!(task(numbers((0..300).map(|i| f64::from(i % 2) / 2.0))).0, Task::Regression);
    }

    #[test]
    fn several_targets_are_labels_or_numbers() {
        let table = Table::new(
            "t",
            vec![
                Column::numbers("a", vec![0.0, 1.0, 0.0]),
                Column::bytes("b", vec![1, 1, 1]),
                Column::numbers("c", vec![0.5, 1.0, 2.0]),
                Column::text("d", &["x", "y", "x"]),
            ],
        )
        .unwrap();
        let task = |names: &[&str], stated| {
            let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
            judge_target(&table, &names, stated).map(|judged| judged.task)
        };
        assert_eq!(task(&["a", "b"], None).unwrap(), Task::MultiLabel);
        assert_eq!(task(&["a", "c"], None).unwrap(), Task::Regression);
        assert_eq!(task(&["a"], Some(Task::MultiLabel)).unwrap(), Task::MultiLabel);
        let message = |names, stated| task(names, stated).unwrap_err().to_string();
        assert!(message(&["a", "d"], None).contains("found the text `x`"));
        assert!(message(&["a", "c"], Some(Task::MultiLabel)).contains("found `0.5`"));
        assert!(message(&["a", "b"], Some(Task::Binary)).contains("has one target, found 2"));
        assert!(message(&["a", "a"], None).contains("named twice"));
        assert!(message(&[], None).contains("--target"));
        assert!(message(&["b"], None).contains("the same value in every row: `1` in all 3 rows"));
    }

    #[test]
    fn a_stated_task_must_fit() {
        let text = || Column::text("y", &["a", "b", "c", "a", "b", "c"]);
        let message = |stated| judge(text(), Some(stated)).unwrap_err().to_string();
        assert!(message(Task::Regression).contains("the task is regression"));
        assert!(message(Task::Binary).contains("found 3: `a`, `b`, `c`"));
        assert!(message(Task::MultiLabel).contains("expected 0 or 1"));
    }

    #[test]
    fn classes_have_sorted_names_and_at_least_two_rows() {
        let judged =
            judge(Column::numbers("y", vec![10.0, 9.0, 9.0, 10.0]), Some(Task::MultiClass));
        let judged = judged.unwrap();
        assert_eq!(judged.classes, ["9", "10"]);
        assert_eq!(judged.labels.unwrap(), [1, 0, 0, 1]);
        let lone = |rows: usize| {
            let cells: Vec<&str> = (1..rows).map(|_| "a").chain(["b"]).collect();
            judge(Column::text("y", &cells), None)
        };
        let message = lone(10).unwrap_err().to_string();
        assert!(message.contains("row 10, column `y`") && message.contains("class `b`"));
        // A table that is learned from whole may have single rows, as the truth table of AND has.
        assert_eq!(lone(9).unwrap().classes, ["a", "b"]);
    }

    #[test]
    fn rows_without_a_target_are_not_judged_by() {
        let column = Column::numbers("y", vec![1.0, f64::NAN, 0.0, 1.0, 0.0]);
        let judged = judge(column, None).unwrap();
        assert_eq!((judged.task, judged.rows), (Task::Binary, vec![0, 2, 3, 4]));
        assert_eq!(judged.labels.unwrap(), [1, MISSING, 0, 1, 0]);
        let message = judge(numbers([f64::NAN, f64::NAN]), None).unwrap_err().to_string();
        assert!(message.contains("missing in every row"), "{message}");
    }

    #[test]
    fn tasks_have_names() {
        for task in Task::ALL {
            assert_eq!(task.name().parse::<Task>().unwrap(), task);
        }
        assert_eq!("multiclass".parse::<Task>().unwrap(), Task::MultiClass);
        let message = "regresion".parse::<Task>().unwrap_err().to_string();
        assert!(message.contains("did you mean `regression`?"), "{message}");
    }
}
