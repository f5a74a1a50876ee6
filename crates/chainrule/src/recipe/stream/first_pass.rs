//! Which row serves what, and the pass that takes a sample of each part.

use super::super::Recipe;
use super::super::prepared::Rows;
use super::super::split::Split;
use super::budget::Budget;
use crate::Error;
use chainrule_data::{
    Chunks, Column, DataError, Reservoir, RowStore, Statistics, Table, Task, Values,
};
use chainrule_math::random::Stream as Random;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Numbers of which more than this are different are no classes, unless they are stated to be.
const MOST_NUMBERS: usize = 32;
/// Nor are these, if they are.
const MOST_STATED_NUMBERS: usize = 4096;
/// Rows of a class that are learned from in any case.
const ROWS_OF_CLASS: u8 = 2;

/// What a row serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Training,
    Validation,
    Test,
}

/// What each row of a file serves: a draw for each, in the order of the file.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    seed: u64,
    test: f64,
    validation: f64,
    /// Rows that are learned from whatever they draw.
    kept: Arc<HashSet<usize>>,
}

impl Roles {
    pub(super) fn new(seed: u64, [test, validation]: [f64; 2]) -> Roles {
        Roles { seed, test, validation, kept: Arc::default() }
    }

    /// The roles of the rows from the beginning.
    pub(super) fn draws(&self) -> impl Iterator<Item = Role> + use<> {
        let roles = self.clone();
        let mut stream = Random::new(roles.seed, "stream.split");
        (0..).map(move |row| {
            let drawn = stream.uniform();
            match drawn {
                _ if roles.kept.contains(&row) => Role::Training,
                _ if drawn < roles.test => Role::Test,
                _ if drawn < roles.test + (1.0 - roles.test) * roles.validation => Role::Validation,
                _ => Role::Training,
            }
        })
    }
}

/// What a pass over all rows has found.
pub(in super::super) struct FirstPass {
    store: Option<RowStore>,
    split: Split,
    /// Rows of each part in the file.
    pub(in super::super) rows: Rows,
    /// Rows without a target.
    without: usize,
    pub(in super::super) statistics: Statistics,
    pub(super) roles: Roles,
    pub(super) drift: Drift,
}

impl FirstPass {
    pub(super) fn through(
        chunks: &Chunks,
        recipe: &Recipe,
        roles: Roles,
        budget: &Budget,
    ) -> Result<FirstPass, Error> {
        let sizes = budget.sample().map(|size| size.min(chunks.rows()));
        let all = sizes.iter().sum::<usize>().min(chunks.rows());
        let mut store = RowStore::with_capacity(all);
        let sample = |size, part: &str| {
            Reservoir::new(size, Random::new(recipe.seed, &format!("stream.{part}")))
        };
        let mut training = sample(sizes[0], "training");
        let mut validation = sample(sizes[1], "validation");
        let mut test = sample(sizes[2], "test");
        let mut first_of_class = FirstOfClass::new(recipe);
        let mut kept = Vec::new();
        let (mut statistics, mut drift) = (Statistics::default(), Drift::default());
        let (mut without, mut file_row) = (0, 0);
        let mut draws = roles.draws();
        for table in chunks.pass()? {
            let table = table?;
            let targets = targets(&table, &recipe.targets)?;
            let mut learned = Vec::with_capacity(table.rows());
            for row in 0..table.rows() {
                let mut role = draws.next().expect("draws never end");
                if targets.iter().any(|target| target.is_missing(row)) {
                    without += 1;
                    continue;
                }
                if first_of_class.is_one(targets[0], row) {
                    role = Role::Training;
                    kept.push((file_row + row, store.push(&table, row)));
                } else {
                    let part = match role {
                        Role::Training => &mut training,
                        Role::Validation => &mut validation,
                        Role::Test => &mut test,
                    };
                    part.offer(&mut store, &table, row);
                }
                if role == Role::Training {
                    learned.push(row);
                    drift.add(key_of(targets[0], row).1);
                }
            }
            statistics.add(&table, &learned);
            file_row += table.rows();
        }
        let rows = Rows {
            training: training.offered() as usize + kept.len(),
            validation: validation.offered() as usize,
            test: test.offered() as usize,
        };
        if rows.training + rows.validation + rows.test == 0 {
            let file = chunks.name().to_owned();
            return Err(DataError::NoTargetValues { file, targets: recipe.targets.clone() }.into());
        }
        // Those that are learned from in any case come first, so that none is dropped for want of room.
        let mut first: Vec<usize> = kept.iter().map(|(_, place)| *place).collect();
        first.extend(training.into_shuffled_places());
        let split = Split {
            training: first,
            validation: validation.into_shuffled_places(),
            test: test.into_shuffled_places(),
        };
        let kept = Arc::new(kept.into_iter().map(|(row, _)| row).collect());
        let roles = Roles { kept, ..roles };
        Ok(FirstPass { store: Some(store), split, rows, without, statistics, roles, drift })
    }

    /// The rows of the samples, to be taken once.
    pub(super) fn take_table(&mut self) -> Result<Table, Error> {
        Ok(self.store.take().expect("the table is taken once").into_table()?)
    }

    /// Training rows of the sample.
    pub(super) fn sample(&self) -> usize {
        self.split.training.len()
    }

    /// The samples by their places in the table.
    pub(in super::super) fn split(
        &self,
        recipe: &Recipe,
        warnings: &mut Vec<String>,
    ) -> Result<Split, Error> {
        let Rows { training, validation, test } = self.rows;
        if self.without > 0 {
            let all = training + validation + test + self.without;
            let are = if self.without == 1 { "is" } else { "are" };
            let without = self.without;
            warnings.push(format!(
                "{without} of {all} rows {are} left out, since a target is missing there"
            ));
        }
        for (part, share, rows) in
            [("validation", recipe.validation, validation), ("test", recipe.test, test)]
        {
            if share > 0.0 && rows == 0 {
                warnings.push(format!("there are too few rows to set any aside for {part}"));
            }
        }
        if training == 0 {
            let found = format!("{} and {}", recipe.test, recipe.validation);
            let expected = "small enough to leave a row to learn from";
            let setting = "the pair of shares of test and validation rows";
            return Err(Error::setting(setting, found, expected));
        }
        Ok(self.split.clone())
    }
}

/// The columns to predict, of which there is one at least.
fn targets<'t>(table: &'t Table, names: &[String]) -> Result<Vec<&'t Column>, Error> {
    if names.is_empty() {
        let (file, columns) = (table.name().to_owned(), table.column_names());
        return Err(DataError::NoTarget { file, columns }.into());
    }
    Ok(names.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?)
}

/// What tells a value from others of its column, and the value as a number.
fn key_of(column: &Column, row: usize) -> (u64, f64) {
    match &column.values {
        Values::Text { codes, .. } => (codes[row].into(), codes[row].into()),
        _ => {
            let number = column.number(row).unwrap_or(0.0) + 0.0;
            (number.to_bits(), number)
        }
    }
}

/// The first rows of every class, without which a sample might not know all.
struct FirstOfClass {
    seen: HashMap<u64, u8>,
    most_numbers: usize,
}

impl FirstOfClass {
    fn new(recipe: &Recipe) -> FirstOfClass {
        let most_numbers = match recipe.task {
            _ if recipe.targets.len() > 1 => 0,
            Some(Task::Binary | Task::MultiClass) => MOST_STATED_NUMBERS,
            Some(Task::Regression | Task::MultiLabel) => 0,
            None => MOST_NUMBERS,
        };
        FirstOfClass { seen: HashMap::new(), most_numbers }
    }

    fn is_one(&mut self, target: &Column, row: usize) -> bool {
        let (key, number) = key_of(target, row);
        let is_text = matches!(target.values, Values::Text { .. });
        if !is_text && (self.most_numbers == 0 || number != number.trunc()) {
            return false;
        }
        let is_full = !is_text && self.seen.len() >= self.most_numbers;
        match self.seen.get_mut(&key) {
            None if is_full => false,
            None => {
                self.seen.insert(key, 1);
                true
            }
            Some(count) => {
                *count = count.saturating_add(1);
                *count <= ROWS_OF_CLASS
            }
        }
    }
}

/// How alike the targets of neighbouring rows are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drift {
    count: f64,
    /// The first number: the others are counted from it.
    origin: f64,
    last: f64,
    sum: f64,
    squares: f64,
    products: f64,
}

impl Drift {
    fn add(&mut self, number: f64) {
        if self.count == 0.0 {
            self.origin = number;
        }
        let number = number - self.origin;
        self.count += 1.0;
        self.sum += number;
        self.squares += number * number;
        self.products += number * self.last;
        self.last = number;
    }

    /// The correlation of a number with the one before it, 0 where it is not defined.
    pub(super) fn correlation(&self) -> f64 {
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        let together = self.products / (self.count - 1.0) - mean * mean;
        let correlation = together / variance;
        if correlation.is_finite() { correlation } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_numbers_drift_and_shuffled_ones_do_not() {
        let drift = |numbers: &[f64]| {
            let mut drift = Drift::default();
            numbers.iter().for_each(|number| drift.add(1e6 + number));
            drift.correlation()
        };
        let mut numbers: Vec<f64> = (0..2000).map(|i| f64::from(i / 500)).collect();
        assert!(drift(&numbers) > 0.99);
        Random::new(1, "test").shuffle(&mut numbers);
        assert!(drift(&numbers).abs() < 0.1);
        assert_eq!(drift(&[1.0, 1.0, 1.0]), 0.0);
    }

    #[test]
    fn every_row_has_the_same_role_in_each_pass() {
        let kept = Arc::new(HashSet::from([3, 4]));
        let roles = Roles { kept, ..Roles::new(7, [0.2, 0.1]) };
        let first: Vec<Role> = roles.draws().take(10_000).collect();
        assert!(roles.draws().take(10_000).eq(first.iter().copied()));
        let count = |role| first.iter().filter(|it| **it == role).count();
        // 2000 and 800 expected, with standard deviations of 40 and 27.
        assert!((1860..2140).contains(&count(Role::Test)));
        assert!((700..900).contains(&count(Role::Validation)));
        assert_eq!(first[3..5], [Role::Training; 2]);
    }
}
