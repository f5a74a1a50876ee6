//! Folds: rows divided so that each is judged by a model that has not learned from it.

mod divide;
mod file;

use crate::DataError;
use crate::column::{Column, Values};
use crate::message::{count, quoted};
use crate::prepare::date;
use crate::table::Table;
use crate::task::{Judgement, Task};
use chainrule_math::random::Stream;
use std::collections::{HashMap, HashSet};
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
/// in the test of exactly one fold of every repetition, and in the training of its other folds. Rows
/// without a value to predict are in none.
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

    /// Folds from the number of the fold of each of these rows, one list for each repetition: the rows of
    /// number k are the test of fold k, counted from 0.
    fn of_numbers(
        rows: &[usize],
        repeats: &[Vec<usize>],
        folds: usize,
        scheme: FoldScheme,
    ) -> Folds {
        let fold = |numbers: &Vec<usize>, wanted: usize| {
            let part = |is_test: bool| {
                let pairs = rows.iter().zip(numbers);
                let of_part = pairs.filter(|(_, number)| (**number == wanted) == is_test);
                of_part.map(|(row, _)| *row).collect()
            };
            Fold { training: part(false), test: part(true) }
        };
        let all = repeats
            .iter()
            .flat_map(|numbers| (0..folds).map(move |wanted| fold(numbers, wanted)))
            .collect();
        Folds { folds: all, repeats: repeats.len(), scheme, is_expanding: false }
    }

    /// Folds from the number of the stretch of time of each of these rows, counted from 0: the rows of
    /// number k + 1 judge what has learned from those of the numbers up to k.
    fn of_stretches(
        rows: &[usize],
        stretches: &[usize],
        folds: usize,
        scheme: FoldScheme,
    ) -> Folds {
        let part = |is_meant: &dyn Fn(usize) -> bool| {
            let pairs = rows.iter().zip(stretches);
            pairs.filter(|(_, stretch)| is_meant(**stretch)).map(|(row, _)| *row).collect()
        };
        let fold = |last: usize| Fold {
            training: part(&|stretch| stretch < last),
            test: part(&|stretch| stretch == last),
        };
        let folds = (1..=folds).map(fold).collect();
        Folds { folds, repeats: 1, scheme, is_expanding: true }
    }

    /// These folds for a table whose target was judged: without the rows that have no value to predict.
    ///
    /// # Errors
    /// [`DataError::Folds`] for a row with a value that is in no fold, and as for
    /// [`Folds::check_classes`].
    pub fn for_table(mut self, table: &Table, judged: &Judgement) -> Result<Folds, DataError> {
        for folds in self.folds.chunks(self.folds_per_repeat()) {
            let first = folds.first().map_or(&[][..], |fold| &fold.training);
            let learned = if self.is_expanding { first } else { &[] };
            let tests = folds.iter().flat_map(|fold| &fold.test);
            let known: HashSet<usize> = tests.chain(learned).copied().collect();
            if let Some(row) = judged.rows.iter().find(|row| !known.contains(row)) {
                return Err(DataError::Folds {
                    file: table.name().to_owned(),
                    expected: "each row with a value to predict in a fold of every repetition"
                        .to_owned(),
                    found: format!("row {} in none", row + 1),
                    remedy: "use the folds of these data, or add the row".to_owned(),
                });
            }
        }
        let with_targets: HashSet<usize> = judged.rows.iter().copied().collect();
        for fold in &mut self.folds {
            fold.training.retain(|row| with_targets.contains(row));
            fold.test.retain(|row| with_targets.contains(row));
        }
        self.check_classes(table, judged)?;
        Ok(self)
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
    /// Divides the rows of a table whose target was judged (see [`crate::judge_target`]), but for those
    /// that have no value to predict.
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
        self.divide_rows(table, targets, judged, &judged.rows)
    }

    /// Divides some of these rows, given in ascending order.
    ///
    /// # Errors
    /// As for [`FoldOptions::divide`].
    pub fn divide_rows(
        &self,
        table: &Table,
        targets: &[String],
        judged: &Judgement,
        rows: &[usize],
    ) -> Result<Folds, DataError> {
        if self.folds < 2 || self.repeats < 1 {
            return Err(self.refuse(
                table,
                "at least 2 folds and 1 repetition".to_owned(),
                format!("{} and {}", count(self.folds, "fold"), self.repeats),
                "ask for more".to_owned(),
            ));
        }
        if rows.len() < self.folds {
            return Err(self.refuse(
                table,
                format!("at least {}, one for each fold", count(self.folds, "row")),
                rows.len().to_string(),
                self.fewer(rows.len()),
            ));
        }
        if let Some(name) = &self.time {
            return self.by_time(table, name, rows);
        }
        let (groups, scheme) = match &self.group {
            Some(name) => (Some(self.groups(table, name, rows)?), FoldScheme::Grouped),
            None => (None, FoldScheme::of_task(judged.task)),
        };
        let classes: Option<Vec<u32>> =
            judged.labels.as_ref().map(|labels| rows.iter().map(|&row| labels[row]).collect());
        if let (None, Some(classes)) = (&groups, &classes) {
            self.check_smallest_class(table, judged, classes)?;
        }
        let labels = match scheme {
            FoldScheme::StratifiedLabels => label_matrix(table, targets, rows)?,
            _ => Vec::new(),
        };
        let repeat = |repeat: usize| {
            let mut stream = Stream::new(self.seed, &format!("folds.{}", repeat + 1));
            let classes = classes.as_deref();
            match (&groups, scheme) {
                (Some(groups), _) => divide::by_groups(groups, classes, self.folds, &mut stream),
                (None, FoldScheme::StratifiedLabels) => {
                    divide::by_labels(&labels, targets.len(), self.folds, &mut stream)
                }
                (None, _) => divide::by_classes(rows.len(), classes, self.folds, &mut stream),
            }
        };
        let numbers: Vec<Vec<usize>> = (0..self.repeats).map(repeat).collect();
        let folds = Folds::of_numbers(rows, &numbers, self.folds, scheme);
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

    fn check_smallest_class(
        &self,
        table: &Table,
        judged: &Judgement,
        classes: &[u32],
    ) -> Result<(), DataError> {
        let mut sizes = vec![0; judged.classes.len()];
        classes.iter().for_each(|&class| sizes[class as usize] += 1);
        // A class that none of these rows has is none to be divided.
        let there = sizes.iter().zip(&judged.classes).filter(|(size, _)| **size > 0);
        let smallest = there.min_by_key(|(size, _)| **size);
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
    fn groups(&self, table: &Table, name: &str, rows: &[usize]) -> Result<Vec<u32>, DataError> {
        if self.time.is_some() {
            return Err(self.both(table));
        }
        let column = table.column(name)?;
        self.check_present(table, column, "group", rows)?;
        let mut known: HashMap<String, u32> = HashMap::new();
        let number = |&row: &usize| {
            let next = known.len() as u32;
            *known.entry(column.cell(row)).or_insert(next)
        };
        let groups: Vec<u32> = rows.iter().map(number).collect();
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

    fn by_time(&self, table: &Table, name: &str, rows: &[usize]) -> Result<Folds, DataError> {
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
        self.check_present(table, column, "time", rows)?;
        let seconds = match &column.values {
            Values::Text { levels, .. } => {
                let Some((format, _)) = date::format_of(levels.iter().map(String::as_str)) else {
                    return Err(self.refuse(
                        table,
                        format!(
                            "dates or numbers in the column {}, to order the rows",
                            quoted(name)
                        ),
                        format!("the text {}", quoted(&column.cell(rows[0]))),
                        "write all dates alike, such as 2024-02-29, or name another column"
                            .to_owned(),
                    ));
                };
                Some(date::seconds_of(table, column, format)?)
            }
            _ => None,
        };
        // No number of these rows is missing.
        let time = |row: usize| match &seconds {
            Some(seconds) => seconds[row],
            None => column.number(row).unwrap_or_default(),
        };
        let times: Vec<f64> = rows.iter().map(|&row| time(row)).collect();
        match divide::by_time(&times, self.folds) {
            Ok(stretches) => {
                Ok(Folds::of_stretches(rows, &stretches, self.folds, FoldScheme::TimeOrdered))
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
    fn check_present(
        &self,
        table: &Table,
        column: &Column,
        what: &str,
        rows: &[usize],
    ) -> Result<(), DataError> {
        match rows.iter().find(|&&row| column.is_missing(row)) {
            None => Ok(()),
            Some(&row) => Err(self.refuse(
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

/// Whether each label applies to each of these rows, row by row.
fn label_matrix(table: &Table, targets: &[String], rows: &[usize]) -> Result<Vec<bool>, DataError> {
    let columns: Vec<&Column> =
        targets.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
    let of_row = |&row: &usize| columns.iter().map(move |column| column.number(row) == Some(1.0));
    Ok(rows.iter().flat_map(of_row).collect())
}
