//! Rows chosen by chance out of tables that come one after the other.

use crate::DataError;
use crate::column::{Column, Values};
use crate::table::Table;
use chainrule_math::random::Stream;

/// Rows that are copied out of tables with the same columns and levels, such as those of
/// [`Chunks`](crate::Chunks).
///
/// ```
/// use chainrule_data::{Column, RowStore, Table};
/// let table = Table::new("t", vec![Column::numbers("x", vec![1.0, 2.0, 3.0])])?;
/// let mut store = RowStore::with_capacity(2);
/// assert_eq!(store.push(&table, 2), 0);
/// store.replace(0, &table, 1);
/// assert_eq!(store.into_table()?.columns()[0].number(0), Some(2.0));
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct RowStore {
    capacity: usize,
    name: String,
    columns: Vec<Column>,
    numbers: Vec<usize>,
    lines: Vec<u32>,
    unread: Vec<String>,
}

impl RowStore {
    /// Memory for so many rows is taken when the first one comes.
    pub fn with_capacity(capacity: usize) -> Self {
        RowStore {
            capacity,
            name: String::new(),
            columns: Vec::new(),
            numbers: Vec::new(),
            lines: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Adds a row of a table; its place in the store.
    ///
    /// # Panics
    /// When there is no such row, or the columns are not those of earlier tables.
    pub fn push(&mut self, table: &Table, row: usize) -> usize {
        if self.numbers.is_empty() {
            self.begin(table);
        }
        for (mine, theirs) in self.columns.iter_mut().zip(table.columns()) {
            match (&mut mine.values, &theirs.values) {
                (Values::Numbers(mine), Values::Numbers(theirs))
                | (Values::Times(mine), Values::Times(theirs)) => mine.push(theirs[row]),
                (Values::Bytes(mine), Values::Bytes(theirs)) => mine.push(theirs[row]),
                (Values::Text { codes, .. }, Values::Text { codes: theirs, .. }) => {
                    codes.push(theirs[row]);
                }
                _ => panic!("{}", OTHER_COLUMNS),
            }
        }
        self.numbers.push(table.row_number(row));
        self.lines.extend(table.line(row));
        self.numbers.len() - 1
    }

    /// Puts a row of a table in the place of another.
    ///
    /// # Panics
    /// As [`RowStore::push`]; when the place has no row.
    pub fn replace(&mut self, place: usize, table: &Table, row: usize) {
        for (mine, theirs) in self.columns.iter_mut().zip(table.columns()) {
            match (&mut mine.values, &theirs.values) {
                (Values::Numbers(mine), Values::Numbers(theirs))
                | (Values::Times(mine), Values::Times(theirs)) => mine[place] = theirs[row],
                (Values::Bytes(mine), Values::Bytes(theirs)) => mine[place] = theirs[row],
                (Values::Text { codes, .. }, Values::Text { codes: theirs, .. }) => {
                    codes[place] = theirs[row];
                }
                _ => panic!("{}", OTHER_COLUMNS),
            }
        }
        self.numbers[place] = table.row_number(row);
        if let Some(line) = table.line(row) {
            self.lines[place] = line;
        }
    }

    fn begin(&mut self, table: &Table) {
        let empty = |values: &Values| match values {
            Values::Numbers(_) => Values::Numbers(Vec::with_capacity(self.capacity)),
            Values::Times(_) => Values::Times(Vec::with_capacity(self.capacity)),
            Values::Bytes(_) => Values::Bytes(Vec::with_capacity(self.capacity)),
            Values::Text { levels, .. } => {
                Values::Text { codes: Vec::with_capacity(self.capacity), levels: levels.clone() }
            }
        };
        let column = |it: &Column| Column { name: it.name.clone(), values: empty(&it.values) };
        self.columns = table.columns().iter().map(column).collect();
        self.name = table.name().to_owned();
        self.unread = table.unread().to_vec();
    }

    /// The rows as a table, each in its place, which knows where they stood in the file.
    ///
    /// # Errors
    /// No rows.
    pub fn into_table(self) -> Result<Table, DataError> {
        let table = Table::new(self.name, self.columns)?.with_unread(self.unread);
        let table = if self.lines.is_empty() { table } else { table.with_lines(self.lines) };
        Ok(table.with_row_numbers(self.numbers))
    }
}

const OTHER_COLUMNS: &str = "the columns are not those of the tables before";

/// A sample of bounded size out of rows that come one after the other, each equally likely to be in it
/// (Vitter, ACM TOMS 11 (1985), algorithm R): of more rows than it holds, row n replaces one of the
/// sample with the probability size / n.
///
/// ```
/// use chainrule_data::{Column, Reservoir, RowStore, Table};
/// use chainrule_math::random::Stream;
/// let table = Table::new("t", vec![Column::numbers("x", (0..100).map(f64::from).collect())])?;
/// let mut store = RowStore::with_capacity(10);
/// let mut sample = Reservoir::new(10, Stream::new(1, "sample"));
/// (0..100).for_each(|row| sample.offer(&mut store, &table, row));
/// assert_eq!((sample.offered(), sample.places().len()), (100, 10));
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct Reservoir {
    size: usize,
    offered: u64,
    places: Vec<usize>,
    stream: Stream,
}

impl Reservoir {
    /// Of at most `size` rows.
    pub fn new(size: usize, stream: Stream) -> Self {
        Reservoir { size, offered: 0, places: Vec::new(), stream }
    }

    /// Takes a row of a table into the sample, in place of another once it is full, or does not.
    pub fn offer(&mut self, store: &mut RowStore, table: &Table, row: usize) {
        self.offered += 1;
        if self.places.len() < self.size {
            self.places.push(store.push(table, row));
            return;
        }
        // Of 64 random bits the share that rounding prefers is beyond notice.
        let place = (u128::from(self.stream.bits()) * u128::from(self.offered)) >> 64;
        if let Some(&place) = self.places.get(place as usize) {
            store.replace(place, table, row);
        }
    }

    /// Rows that were offered.
    pub fn offered(&self) -> u64 {
        self.offered
    }

    /// The places of the sample in the store.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// The same in random order, so that the first of them are a sample too.
    pub fn into_shuffled_places(mut self) -> Vec<usize> {
        self.stream.shuffle(&mut self.places);
        self.places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row is in a tenth of the samples, up to chance: of 4000 samples each row is expected in 400,
    /// with a standard deviation of 19.
    #[test]
    fn every_row_is_equally_likely() {
        let numbers = (0..50).map(f64::from).collect();
        let table = Table::new("t", vec![Column::numbers("x", numbers)]).unwrap();
        let (mut in_sample, mut in_first) = (vec![0; 50], vec![0; 50]);
        for seed in 0..4000 {
            let mut store = RowStore::with_capacity(5);
            let mut sample = Reservoir::new(5, Stream::new(seed, "sample"));
            (0..50).for_each(|row| sample.offer(&mut store, &table, row));
            let places = sample.into_shuffled_places();
            let sampled = store.into_table().unwrap();
            let Values::Numbers(numbers) = &sampled.columns()[0].values else { unreachable!() };
            numbers.iter().for_each(|&number| in_sample[number as usize] += 1);
            in_first[numbers[places[0]] as usize] += 1;
        }
        assert!(in_sample.iter().all(|count| (320..480).contains(count)), "{in_sample:?}");
        assert!(in_first.iter().all(|count| (40..130).contains(count)), "{in_first:?}");
    }

    #[test]
    fn rows_know_where_they_stood() {
        let table = crate::parse_csv("t.csv", b"x,y\n1,a\n,b\n3,a\n", &Default::default()).unwrap();
        let mut store = RowStore::with_capacity(2);
        store.push(&table, 0);
        store.push(&table, 2);
        store.replace(0, &table, 1);
        let sampled = store.into_table().unwrap();
        assert_eq!(sampled.columns()[1].cell(0), "b");
        assert!(sampled.columns()[0].is_missing(0));
        let place = sampled.place(0, "x");
        assert_eq!((place.row, place.line), (2, Some(3)));
    }
}
