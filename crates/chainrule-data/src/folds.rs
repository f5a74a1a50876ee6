//! Folds: rows divided so that each is judged by a model that has not learned from it.

mod divide;
mod file;

use crate::DataError;
use crate::column::{Column, Values};
use crate::message::{count, quoted};
use crate::table::Table;
use crate::task::{Judgement, Task};
use chainrule_math::random::Stream;
use std::collections::HashMap;
use std::fmt;

/// The rows of one training and of its test, by their place in the table, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Fold {
    /// To learn from.
    pub training: Vec<usize>,
    /// To judge.
    pub test: Vec<usize>,
}

/// How rows are divided into folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoldScheme {
    /// By chance.
    Shuffled,
    /// By chance, every class in the same proportion in each fold.
    Stratified,
    /// By chance, every label as often in each fold as can be.
    StratifiedLabels,
    /// Rows of a group together.
    Grouped,
    /// Later rows judge what has learned from earlier ones.
    TimeOrdered,
    /// As a file says.
    Given,
}

impl fmt::Display for FoldScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            FoldScheme::Shuffled => "shuffled",
            FoldScheme::Stratified => "stratified by class",
            FoldScheme::StratifiedLabels => "stratified by label",
            FoldScheme::Grouped => "with groups kept together",
            FoldScheme::TimeOrdered => "in order of time",
            FoldScheme::Given => "as given",
        })
    }
}

/// How to divide the rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldOptions {
    /// Folds of each repetition, at least 2.
    pub folds: usize,
    /// How often the rows are divided anew, at least 1.
    pub repeats: usize,
    /// Fixes what is left to chance.
    pub seed: u64,
    /// The column whose equal values keep rows together.
    pub group: Option<String>,
    /// The column that orders the rows.
    pub time: Option<String>,
}

impl Default for FoldOptions {
    fn default() -> Self {
        FoldOptions { folds: 5, repeats: 1, seed: 1, group: None, time: None }
    }
}

/// The folds of a cross-validation.
///
/// Every fold's training and test rows are disjoint. Unless the rows are ordered by time, each row is
/// in the test of exactly one fold of every repetition, and in the training of its other folds.
///
/// ```
/// use chainrule_data::*;
/// let iris = open("iris", &SourceOptions::default())?;
/// let targets = vec![iris.target.unwrap()];
/// let judged = judge_target(&iris.table, &targets, None)?;
/// let folds = FoldOptions::default().divide(&iris.table, &targets, &judged)?;
/// assert_eq!((folds.folds().len(), folds.scheme()), (5, FoldScheme::Stratified));
/// let fold = &folds.folds()[0];
/// assert_eq!((fold.training.len(), fold.test.len()), (120, 30));
/// # Ok::<(), DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Folds {
    folds: Vec<Fold>,
    repeats: usize,
    scheme: FoldScheme,
    /// Whether the training of a fold is what is earlier than its test, not all the rest.
    #[serde(skip)]
    is_expanding: bool,
}

impl Folds {
    /// The folds, those of one repetition after the other.
    pub fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// How often the rows were divided.
    pub fn repeats(&self) -> usize {
        self.repeats
    }

    /// Folds of each repetition.
    pub fn folds_per_repeat(&self) -> usize {
        self.folds.len() / self.repeats
    }

    /// How the rows were divided.
    pub fn scheme(&self) -> FoldScheme {
        self.scheme
    }

    /// Folds from the number of each row's, one list for each repetition: the rows of number k are the
    /// test of fold k, counted from 0.
    fn of_numbers(repeats: &[Vec<usize>], folds: usize, scheme: FoldScheme) -> Folds {
        let fold = |numbers: &Vec<usize>, wanted: usize| {
            let rows = |is_test: bool| {
                let of_part = |row: &usize| (numbers[*row] == wanted) == is_test;
                (0..numbers.len()).filter(of_part).collect()
            };
            Fold { training: rows(false), test: rows(true) }
        };
        let all = repeats
            .iter()
            .flat_map(|numbers| (0..folds).map(move |wanted| fold(numbers, wanted)))
            .collect();
        Folds { folds: all, repeats: repeats.len(), scheme, is_expanding: false }
    }

    /// Folds from the number of each row's stretch of time, counted from 0: the rows of number k + 1
    /// judge what has learned from those of the numbers up to k.
    fn of_stretches(stretches: &[usize], folds: usize, scheme: FoldScheme) -> Folds {
        let rows = |is_meant: &dyn Fn(usize) -> bool| {
            (0..stretches.len()).filter(|&row| is_meant(stretches[row])).collect()
        };
        let fold = |last: usize| Fold {
            training: rows(&|stretch| stretch < last),
            test: rows(&|stretch| stretch == last),
        };
        let folds = (1..=folds).map(fold).collect();
        Folds { folds, repeats: 1, scheme, is_expanding: true }
    }

    /// Checks that every class of a fold's test rows occurs among its training rows, `labels` and
    /// `classes` being those of a [`Judgement`]: no model could predict it.
    ///
    /// # Errors
    /// [`DataError::Folds`], naming fold and class.
    pub fn check_classes(&self, table: &Table, judged: &Judgement) -> Result<(), DataError> {
        let Some(labels) = &judged.labels else { return Ok(()) };
        for (fold, number) in self.folds.iter().zip(1..) {
            let mut known = vec![false; judged.classes.len()];
            fold.training.iter().for_each(|&row| known[labels[row] as usize] = true);
            let strange = fold.test.iter().find(|&&row| !known[labels[row] as usize]);
            if let Some(&row) = strange {
                let class = quoted(&judged.classes[labels[row] as usize]);
                return Err(DataError::Folds {
                    file: table.name().to_owned(),
                    expected: format!(
                        "every class among the training rows of each fold {}",
                        self.scheme
                    ),
                    found: format!("the class {class} among the test rows of fold {number} only"),
                    remedy:
                        "divide the rows in another way or into fewer folds, or leave the class \
                             out"
                        .to_owned(),
                });
            }
        }
        Ok(())
    }
}

impl FoldOptions {
    /// Divides all rows of a table whose target was judged (see [`crate::judge_target`]).
    ///
    /// | options | folds |
    /// |---|---|
    /// | a task with classes | stratified: each class is dealt out evenly |
    /// | several labels | stratified iteratively, rarest label first (Sechidis, Tsoumakas and Vlahavas, 2011, algorithm 1) |
    /// | regression | shuffled |
    /// | `group` | rows of a group together, folds of like size with like shares of the classes |
    /// | `time` | folds + 1 stretches of like size; the training of a fold is all that is earlier than its test |
    ///
    /// Rows of the same time are never divided. Equal seeds give equal folds.
    ///
    /// # Errors
    /// [`DataError::Folds`] when there are too few rows, rows of a class, groups or different times for
    /// so many folds, or when the options contradict each other; a column that is not there.
    pub fn divide(
        &self,
        table: &Table,
        targets: &[String],
        judged: &Judgement,
    ) -> Result<Folds, DataError> {
        let rows = table.rows();
        if self.folds < 2 || self.repeats < 1 {
            return Err(self.refuse(
                table,
                "at least 2 folds and 1 repetition".to_owned(),
                format!("{} and {}", count(self.folds, "fold"), self.repeats),
                "ask for more".to_owned(),
            ));
        }
        if rows < self.folds {
            return Err(self.refuse(
                table,
                format!("at least {}, one for each fold", count(self.folds, "row")),
                rows.to_string(),
                self.fewer(rows),
            ));
        }
        if let Some(name) = &self.time {
            return self.by_time(table, name);
        }
        let (groups, scheme) = match &self.group {
            Some(name) => (Some(self.groups(table, name)?), FoldScheme::Grouped),
            None => (None, FoldScheme::of_task(judged.task)),
        };
        if groups.is_none() {
            self.check_smallest_class(table, judged)?;
        }
        let labels = match scheme {
            FoldScheme::StratifiedLabels => label_matrix(table, targets)?,
            _ => Vec::new(),
        };
        let repeat = |repeat: usize| {
            let mut stream = Stream::new(self.seed, &format!("folds.{}", repeat + 1));
            let classes = judged.labels.as_deref();
            match (&groups, scheme) {
                (Some(groups), _) => divide::by_groups(groups, classes, self.folds, &mut stream),
                (None, FoldScheme::StratifiedLabels) => {
                    divide::by_labels(&labels, targets.len(), self.folds, &mut stream)
                }
                (None, _) => divide::by_classes(rows, classes, self.folds, &mut stream),
            }
        };
        let numbers: Vec<Vec<usize>> = (0..self.repeats).map(repeat).collect();
        let folds = Folds::of_numbers(&numbers, self.folds, scheme);
        folds.check_classes(table, judged)?;
        Ok(folds)
    }

    fn refuse(&self, table: &Table, expected: String, found: String, remedy: String) -> DataError {
        DataError::Folds { file: table.name().to_owned(), expected, found, remedy }
    }

    /// The advice to ask for at most so many folds.
    fn fewer(&self, most: usize) -> String {
        match most {
            0 | 1 => "add rows".to_owned(),
            most => format!("ask for at most {most} folds, or add rows"),
        }
    }

    fn check_smallest_class(&self, table: &Table, judged: &Judgement) -> Result<(), DataError> {
        let Some(labels) = &judged.labels else { return Ok(()) };
        let mut sizes = vec![0; judged.classes.len()];
        labels.iter().for_each(|&class| sizes[class as usize] += 1);
        let smallest = sizes.iter().zip(&judged.classes).min_by_key(|(size, _)| **size);
        match smallest {
            Some((&size, class)) if size < self.folds => Err(self.refuse(
                table,
                format!("at least {} of each class, one for each fold", count(self.folds, "row")),
                format!("{size} of the class {}", quoted(class)),
                self.fewer(size),
            )),
            _ => Ok(()),
        }
    }

    /// The number of each row's group.
    fn groups(&self, table: &Table, name: &str) -> Result<Vec<u32>, DataError> {
        if self.time.is_some() {
            return Err(self.both(table));
        }
        let column = table.column(name)?;
        self.check_present(table, column, "group")?;
        let mut known: HashMap<String, u32> = HashMap::new();
        let number = |row: usize| {
            let next = known.len() as u32;
            *known.entry(column.cell(row)).or_insert(next)
        };
        let groups: Vec<u32> = (0..table.rows()).map(number).collect();
        if known.len() < self.folds {
            return Err(self.refuse(
                table,
                format!(
                    "at least {} different groups in the column {}, one for each fold",
                    self.folds,
                    quoted(name)
                ),
                known.len().to_string(),
                self.fewer(known.len()),
            ));
        }
        Ok(groups)
    }

    fn both(&self, table: &Table) -> DataError {
        self.refuse(
            table,
            "folds by groups or by time".to_owned(),
            "both asked for".to_owned(),
            "choose one of them".to_owned(),
        )
    }

    fn by_time(&self, table: &Table, name: &str) -> Result<Folds, DataError> {
        if self.group.is_some() {
            return Err(self.both(table));
        }
        if self.repeats > 1 {
            return Err(self.refuse(
                table,
                "1 repetition of folds in order of time, which leave nothing to chance".to_owned(),
                self.repeats.to_string(),
                "leave the repetitions out".to_owned(),
            ));
        }
        let column = table.column(name)?;
        self.check_present(table, column, "time")?;
        let times: Vec<f64> = match &column.values {
            Values::Text { .. } => {
                return Err(self.refuse(
                    table,
                    format!("dates or numbers in the column {}, to order the rows", quoted(name)),
                    format!("the text {}", quoted(&column.cell(0))),
                    "write dates as 2024-02-29, or name another column".to_owned(),
                ));
            }
            // No number of this column is missing.
            _ => (0..column.len()).filter_map(|row| column.number(row)).collect(),
        };
        match divide::by_time(&times, self.folds) {
            Ok(stretches) => {
                Ok(Folds::of_stretches(&stretches, self.folds, FoldScheme::TimeOrdered))
            }
            Err(stretches) => Err(self.refuse(
                table,
                format!(
                    "enough different times in the column {} for {} stretches of rows, one more than \
                     there are folds",
                    quoted(name),
                    self.folds + 1
                ),
                format!("times that divide the rows into {stretches}"),
                self.fewer(stretches - 1),
            )),
        }
    }

    /// Refuses missing values.
    fn check_present(&self, table: &Table, column: &Column, what: &str) -> Result<(), DataError> {
        match (0..column.len()).find(|&row| column.is_missing(row)) {
            None => Ok(()),
            Some(row) => Err(self.refuse(
                table,
                format!("a {what} for every row in the column {}", quoted(&column.name)),
                format!("none in {}", table.place(row, &column.name)),
                "fill the cell in, or remove the row".to_owned(),
            )),
        }
    }
}

impl FoldScheme {
    fn of_task(task: Task) -> FoldScheme {
        match task {
            Task::Binary | Task::MultiClass => FoldScheme::Stratified,
            Task::MultiLabel => FoldScheme::StratifiedLabels,
            Task::Regression => FoldScheme::Shuffled,
        }
    }
}

/// Whether each label applies to each row, row by row.
fn label_matrix(table: &Table, targets: &[String]) -> Result<Vec<bool>, DataError> {
    let columns: Vec<&Column> =
        targets.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let of_row = |row: usize| columns.iter().map(move |column| column.number(row) == Some(1.0));
    Ok((0..table.rows()).flat_map(of_row).collect())
}
