//! What a pass over many rows says exactly, though few of them are kept.

use crate::column::{Column, Values};
use crate::prepare::scale::Summary;
use crate::table::Table;

/// Means, deviations, extremes and missing values of the columns of tables that come one after the
/// other.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    columns: Vec<ColumnStatistics>,
}

/// Of one column.
#[derive(Clone, Debug)]
pub struct ColumnStatistics {
    /// Its name.
    pub name: String,
    /// Rows in which it is missing.
    pub missing: u64,
    /// Rows in which it is there.
    pub present: u64,
    /// The least number; infinite in a column of text or without numbers, as the next is.
    pub minimum: f64,
    /// The greatest number.
    pub maximum: f64,
    /// The mean number.
    pub mean: f64,
    /// The sum of the squared distances from the mean.
    squares: f64,
}

impl Statistics {
    /// Takes note of some rows of a table. Mean and squares of parts are put together as Chan, Golub and
    /// LeVeque have it (The American Statistician 37 (1983), equation 1.5), so that a large mean does not
    /// drown a small deviation.
    ///
    /// ```
    /// use chainrule_data::{Column, Statistics, Table};
    /// let table = |numbers| Table::new("t", vec![Column::numbers("x", numbers)]);
    /// let mut statistics = Statistics::default();
    /// statistics.add(&table(vec![1.0, 2.0, 100.0])?, &[0, 1]);
    /// statistics.add(&table(vec![6.0, f64::NAN])?, &[0, 1]);
    /// let x = &statistics.columns()[0];
    /// assert_eq!((x.mean, x.minimum, x.maximum, x.missing), (3.0, 1.0, 6.0, 1));
    /// # Ok::<(), chainrule_data::DataError>(())
    /// ```
    pub fn add(&mut self, table: &Table, rows: &[usize]) {
        if self.columns.is_empty() {
            self.columns = table.columns().iter().map(ColumnStatistics::new).collect();
        }
        for (statistics, column) in self.columns.iter_mut().zip(table.columns()) {
            statistics.add(column, rows);
        }
    }

    /// One for each column of the tables.
    pub fn columns(&self) -> &[ColumnStatistics] {
        &self.columns
    }

    pub(crate) fn of(&self, name: &str) -> Option<&ColumnStatistics> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl ColumnStatistics {
    fn new(column: &Column) -> Self {
        ColumnStatistics {
            name: column.name.clone(),
            missing: 0,
            present: 0,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
            mean: 0.0,
            squares: 0.0,
        }
    }

    fn add(&mut self, column: &Column, rows: &[usize]) {
        let missing = rows.iter().filter(|&&row| column.is_missing(row)).count() as u64;
        let present = rows.len() as u64 - missing;
        self.missing += missing;
        if let (Values::Numbers(values) | Values::Times(values), 1..) = (&column.values, present) {
            let there = rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan());
            let part = Summary::of(there);
            let (mine, theirs) = (self.present as f64, present as f64);
            let (all, apart) = (mine + theirs, part.mean - self.mean);
            self.squares += part.deviation * part.deviation * theirs;
            self.squares += apart * apart * (mine * theirs / all);
            self.mean += apart * (theirs / all);
            self.minimum = self.minimum.min(part.minimum);
            self.maximum = self.maximum.max(part.maximum);
        }
        self.present += present;
    }

    /// Square root of the mean squared distance from the mean.
    pub fn deviation(&self) -> f64 {
        (self.squares / self.present as f64).sqrt()
    }

    /// For a scale that needs no quantiles; nothing where there are no numbers.
    pub(crate) fn summary(&self) -> Option<Summary> {
        (self.minimum <= self.maximum).then(|| Summary {
            minimum: self.minimum,
            maximum: self.maximum,
            mean: self.mean,
            deviation: self.deviation(),
            quantiles: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_together_are_the_whole() {
        let numbers: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i * 7 % 31) / 8.0).collect();
        let whole = Summary::of(numbers.iter().copied());
        let table = Table::new("t", vec![Column::numbers("x", numbers)]).unwrap();
        let mut statistics = Statistics::default();
        let rows: Vec<usize> = (0..1000).collect();
        rows.chunks(77).for_each(|rows| statistics.add(&table, rows));
        let found = statistics.of("x").unwrap().summary().unwrap();
        assert_eq!((found.minimum, found.maximum), (whole.minimum, whole.maximum));
        assert!((found.mean - whole.mean).abs() < 1e-6);
        assert!((found.deviation - whole.deviation).abs() < 1e-6 * whole.deviation);
    }
}
