//! What going through a CSV file finds in one of its columns.

use crate::column::TextBuilder;
use crate::read::csv::cell::{Kind, Markers};
use crate::read::csv::guess;

/// What is kept of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nothing: the column is not read.
    Nothing,
    /// What they are, but not the cells.
    Kinds,
    /// The numbers.
    Numbers,
    /// The texts.
    Texts,
    /// The different texts.
    Levels,
}

/// The most different texts of a column that is gone through in pieces. One with more holds names or
/// sentences, not categories.
pub(crate) const MOST_LEVELS: usize = 1 << 16;

/// What does not belong among numbers.
const MISTAKES: &[Kind] = &[Kind::NotFinite, Kind::Text, Kind::DecimalComma];

/// A cell to be named in a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sample {
    /// Its row, counted from 0.
    pub(crate) row: usize,
    /// The line on which the row begins.
    pub(crate) line: u32,
    pub(crate) cell: String,
}

/// What a column turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Numbers,
    Texts,
    /// Numbers, but for cells of these kinds.
    Mistake(&'static [Kind]),
}

/// One column of some rows that follow each other.
#[derive(Default)]
pub(crate) struct ColumnScan {
    /// Every row's number, not a number where the cell is none.
    pub(crate) numbers: Vec<f64>,
    /// Every row's text.
    pub(crate) texts: TextBuilder,
    /// How many cells are of each kind but plain numbers.
    counts: [usize; Kind::COUNT],
    /// The first such cell.
    samples: [Option<Sample>; Kind::COUNT],
    /// Bytes of the shortest and the longest cell that is not missing.
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
    /// The numbers are whole and none is negative; not known where cells differ in length.
    pub(crate) is_whole: bool,
    /// Of the different texts there were more than are kept.
    pub(crate) has_many_texts: bool,
}

impl ColumnScan {
    pub(crate) fn new() -> Self {
        ColumnScan { shortest: usize::MAX, is_whole: true, ..ColumnScan::default() }
    }

    /// Takes a finite number that was written with so many bytes and is no code.
    #[inline(always)]
    pub(crate) fn push_number(&mut self, number: f64, length: usize) {
        self.numbers.push(number);
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
    }

    /// Takes any cell, which has no blanks around it.
    pub(crate) fn push(
        &mut self,
        (row, line): (usize, u32),
        cell: &str,
        keep: Keep,
        markers: &Markers,
    ) {
        let (kind, number) = Kind::of(cell, markers);
        if kind != Kind::Number {
            self.counts[kind as usize] += 1;
            if self.samples[kind as usize].is_none() {
                self.samples[kind as usize] = Some(Sample { row, line, cell: cell.to_owned() });
            }
        }
        if kind != Kind::Missing {
            self.shortest = self.shortest.min(cell.len());
            self.longest = self.longest.max(cell.len());
        }
        match (keep, kind) {
            (Keep::Nothing, _) => {}
            (Keep::Kinds | Keep::Numbers, _) => self.numbers.push(number),
            (Keep::Texts, Kind::Missing) => self.texts.push_missing(),
            (Keep::Texts, _) => self.texts.push(cell),
            (Keep::Levels, Kind::Missing) => {}
            (Keep::Levels, _) => self.texts.know(cell),
        }
        if matches!(keep, Keep::Texts | Keep::Levels) {
            // Without its number nothing is known of it.
            self.is_whole &= !matches!(kind, Kind::Number | Kind::Code) || is_whole(number);
        }
    }

    /// Closes a block: what is told by its numbers, and whether they are needed longer.
    pub(crate) fn close(&mut self, keep: Keep) {
        if self.shortest == self.longest {
            let known = self.numbers.iter().filter(|number| !number.is_nan());
            self.is_whole &= known.copied().all(is_whole);
        }
        if keep == Keep::Kinds {
            self.numbers = Vec::new();
        }
        self.forget_many_texts(keep);
    }

    /// Appends the rows of `next`, before which there are `rows`; all but what is kept of the cells.
    pub(crate) fn append(&mut self, rows: usize, next: &mut ColumnScan) {
        for (count, more) in self.counts.iter_mut().zip(next.counts) {
            *count += more;
        }
        for (sample, later) in self.samples.iter_mut().zip(&mut next.samples) {
            if sample.is_none() {
                *sample = later.take().map(|it| Sample { row: rows + it.row, ..it });
            }
        }
        self.shortest = self.shortest.min(next.shortest);
        self.longest = self.longest.max(next.longest);
        self.is_whole &= next.is_whole;
    }

    /// Appends the rows of `next`, of which only the levels are kept.
    pub(crate) fn append_levels(&mut self, rows: usize, mut next: ColumnScan) {
        self.append(rows, &mut next);
        self.has_many_texts |= next.has_many_texts;
        self.texts.append(next.texts);
        self.forget_many_texts(Keep::Levels);
    }

    fn forget_many_texts(&mut self, keep: Keep) {
        if keep == Keep::Levels && (self.has_many_texts || self.texts.known() > MOST_LEVELS) {
            self.has_many_texts = true;
            self.texts = TextBuilder::default();
        }
    }

    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.counts[kind as usize]
    }

    /// The first cell of one of `kinds`.
    pub(crate) fn sample(&self, kinds: &[Kind]) -> Option<&Sample> {
        kinds.iter().filter_map(|&kind| self.samples[kind as usize].as_ref()).min()
    }

    /// How many of `rows` cells are numbers.
    pub(crate) fn number_count(&self, rows: usize) -> usize {
        let others = self.counts.iter().sum::<usize>() - self.count(Kind::Code);
        rows.saturating_sub(others)
    }

    /// What the column is, which is one of numbers.
    pub(crate) fn as_numbers(&self) -> Verdict {
        match MISTAKES.iter().all(|&kind| self.count(kind) == 0) {
            true => Verdict::Numbers,
            false => Verdict::Mistake(MISTAKES),
        }
    }

    /// What the column is. Missing cells say nothing.
    pub(crate) fn verdict(&self, rows: usize) -> Verdict {
        let numbers = self.number_count(rows);
        let commas = self.count(Kind::DecimalComma);
        let strange = self.count(Kind::NotFinite);
        let texts = self.count(Kind::Text);
        if commas > 0 && texts == 0 && commas + numbers > strange {
            return Verdict::Mistake(&[Kind::DecimalComma]);
        }
        let all_numbers = texts + commas + strange == 0;
        if all_numbers && self.holds_codes() {
            return Verdict::Texts;
        }
        let is_numeric =
            texts + commas == 0 || guess::mostly_numbers(numbers, texts + commas + strange);
        if is_numeric { self.as_numbers() } else { Verdict::Texts }
    }

    /// Whether the numbers are names: whole numbers of one length, of which some begin with a zero.
    fn holds_codes(&self) -> bool {
        self.count(Kind::Code) > 0 && self.shortest == self.longest && self.is_whole
    }
}

fn is_whole(number: f64) -> bool {
    number >= 0.0 && number.fract() == 0.0
}
