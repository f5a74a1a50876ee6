//! A CSV file whose columns have names: what its first block says, and all blocks gone through, by
//! several threads.

use crate::column::TextBuilder;
use crate::error::{DataError, MADE_UP_NAME, Place};
use crate::read::csv::blocks::{BLOCK, Block, Blocks, line_ends};
use crate::read::csv::cell::{Kind, Markers};
use crate::read::csv::column::{ColumnScan, Keep, Sample, Verdict};
use crate::read::csv::guess::{self, Evidence};
use crate::read::csv::scan::{self, Plan, Scan, first_row};
use crate::read::csv::{CsvOptions, Header};
use crate::read::file::{MOST_BYTES, Origin};
use crate::side_by_side::{self, side_by_side};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

/// What is known of a file before all of it is gone through.
pub(crate) struct CsvFile<'a> {
    pub(crate) origin: Origin<'a>,
    pub(crate) plan: Plan,
    /// The line of the first row.
    first_line: u32,
    pub(crate) names: Vec<String>,
    /// Whether each column is read.
    pub(crate) chosen: Vec<bool>,
    /// Columns that are text, or numbers, whatever they look like.
    categories: Vec<String>,
    numbers: Vec<String>,
}

/// All rows of a file.
pub(crate) struct Rows {
    pub(crate) columns: Vec<ColumnScan>,
    /// The line on which each row begins; none where no cells are kept.
    pub(crate) lines: Vec<u32>,
    pub(crate) count: usize,
}

impl<'a> CsvFile<'a> {
    /// Looks at the first block: the delimiter, the names, and what most likely is to be kept.
    pub(crate) fn open(origin: Origin<'a>, options: &CsvOptions) -> Result<Self, DataError> {
        let file = origin.name();
        let mut blocks = Blocks::of(&file, origin.open()?)?;
        let beginning = match std::str::from_utf8(blocks.beginning()) {
            Ok(text) => text,
            Err(error) => {
                let sound = &blocks.beginning()[..error.valid_up_to()];
                std::str::from_utf8(sound).expect("found to be sound")
            }
        };
        let delimiter = options.delimiter.unwrap_or_else(|| guess::delimiter(beginning));
        // Others would cut characters in two, or mean two things at once.
        if !delimiter.is_ascii() || matches!(delimiter, b'"' | b'\n' | b'\r') {
            return Err(DataError::Delimiter { file, found: delimiter });
        }
        blocks.set_delimiter(delimiter);
        let mut block = Block::default();
        let (first, end) = loop {
            if !blocks.next(&mut block)? {
                return Err(DataError::EmptyFile { file });
            }
            let text = scan::decode(&file, &block.bytes, block.line)?;
            scan::check_width(&file, text, delimiter, block.line)?;
            if let Some(found) = first_row(text, delimiter) {
                break found;
            }
        };
        let blank = block.bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let first_line = block.line + line_ends(&block.bytes[..blank]);
        let markers = Markers::new(options.missing.as_deref());
        let keep = vec![Keep::Numbers; first.len()];
        let plan = Plan { file, delimiter, markers, header: Some(block.index), keep };
        let below = Scan::over(&plan, &block)?;
        let has_header = match options.header {
            Header::Auto => guess::has_header(&evidence(&plan, &first, &below, &block, end)),
            Header::Present => true,
            Header::Absent => false,
        };
        let names = match has_header {
            true => header_names(&plan.file, first, first_line)?,
            false => (1..=first.len()).map(|n| format!("{MADE_UP_NAME}{n}")).collect(),
        };
        let chosen = options.columns.among(&plan.file, &names)?;
        if !chosen.contains(&true) {
            return Err(DataError::NoFeatures { file: plan.file, columns: names.len() });
        }
        let header = has_header.then_some(block.index);
        let mut file = CsvFile {
            origin,
            plan: Plan { header, ..plan },
            first_line,
            names,
            chosen,
            categories: options.categories.clone(),
            numbers: options.numbers.clone(),
        };
        let rows = below.rows();
        let likely = |index: usize| match file.verdict(index, &below.columns[index], rows) {
            Verdict::Texts => Keep::Texts,
            _ => Keep::Numbers,
        };
        file.plan.keep = file.for_chosen(likely);
        Ok(file)
    }

    /// What is kept of each column, as `keep` says for those that are read.
    pub(crate) fn for_chosen(&self, keep: impl Fn(usize) -> Keep) -> Vec<Keep> {
        let columns = self.chosen.iter().enumerate();
        columns.map(|(index, &chosen)| if chosen { keep(index) } else { Keep::Nothing }).collect()
    }

    fn verdict(&self, index: usize, column: &ColumnScan, rows: usize) -> Verdict {
        let name = &self.names[index];
        if self.categories.contains(name) {
            return Verdict::Texts;
        }
        match column.verdict(rows) {
            Verdict::Texts if self.numbers.contains(name) => column.as_numbers(),
            verdict => verdict,
        }
    }

    /// Whether each column that is read is text.
    ///
    /// # Errors
    /// A cell that is no number in a column of numbers.
    pub(crate) fn texts(&self, rows: &Rows) -> Result<Vec<bool>, DataError> {
        let mut texts = Vec::with_capacity(rows.columns.len());
        for (index, column) in rows.columns.iter().enumerate() {
            texts.push(match self.verdict(index, column, rows.count) {
                _ if !self.chosen[index] => false,
                Verdict::Texts => true,
                Verdict::Numbers => false,
                Verdict::Mistake(kinds) => return Err(self.mistake(index, column, rows, kinds)),
            });
        }
        Ok(texts)
    }

    /// The first mistake of the column, whatever its kind.
    fn mistake(&self, index: usize, column: &ColumnScan, rows: &Rows, kinds: &[Kind]) -> DataError {
        let Sample { row, line, cell } =
            column.sample(kinds).expect("a cell of this kind was counted").clone();
        let place = Box::new(Place {
            file: self.plan.file.clone(),
            row: row + 1,
            line: Some(line),
            column: self.names[index].clone(),
        });
        match Kind::of(&cell, &self.plan.markers).0 {
            Kind::NotFinite => DataError::NotFinite { place, cell },
            Kind::DecimalComma if kinds == [Kind::DecimalComma] => {
                DataError::DecimalComma { place, cell }
            }
            _ => {
                let numbers = column.number_count(rows.count);
                DataError::TextInNumericColumn { place, cell, numbers, rows: rows.count }
            }
        }
    }

    /// Goes through all rows as `plan` says, the blocks side by side.
    pub(crate) fn rows(&self, plan: &Plan) -> Result<Rows, DataError> {
        let mut blocks = Blocks::of(&plan.file, self.origin.open()?)?;
        blocks.set_delimiter(plan.delimiter);
        let keeps_cells = plan.keeps_cells();
        if !keeps_cells {
            blocks.set_unlimited();
        }
        let rows = scan_side_by_side(blocks, plan, keeps_cells)?;
        match (rows.count, plan.header) {
            (0, Some(_)) => {
                let file = plan.file.clone();
                Err(DataError::HeaderOnly { file, line: self.first_line })
            }
            (0, None) => Err(self.origin.changed()),
            _ => Ok(rows),
        }
    }
}

/// What the first row and those below it in its block, which begin at `end`, say about a header.
fn evidence(
    plan: &Plan,
    first: &[String],
    below: &Scan,
    block: &Block,
    end: usize,
) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = std::iter::zip(first, &below.columns)
        .map(|(first, column)| Evidence {
            first: Kind::of(first, &plan.markers).0,
            numbers_below: guess::mostly_numbers(
                column.number_count(below.rows()),
                [Kind::Text, Kind::NotFinite, Kind::DecimalComma]
                    .map(|it| column.count(it))
                    .iter()
                    .sum(),
            ),
            recurs: false,
        })
        .collect();
    // Only a file of text is looked at again.
    if evidence.iter().all(|it| matches!(it.first, Kind::Text | Kind::Missing) && !it.numbers_below)
    {
        let rest = std::str::from_utf8(&block.bytes[end..]).expect("decoded before");
        let mut reader = scan::reader(rest, plan.delimiter);
        let mut record = csv::StringRecord::new();
        while scan::next_row(&mut reader, &mut record) {
            for ((it, first), cell) in evidence.iter_mut().zip(first).zip(&record) {
                it.recurs = it.recurs || cell.trim() == first;
            }
        }
    }
    evidence
}

/// The names in the header, which is on line `line`.
fn header_names(file: &str, names: Vec<String>, line: u32) -> Result<Vec<String>, DataError> {
    let mut seen = HashMap::new();
    for (position, name) in (1..).zip(&names) {
        if name.is_empty() {
            return Err(DataError::UnnamedColumn { file: file.to_owned(), line, position });
        }
        if let Some(first) = seen.insert(name, position) {
            let (file, column) = (file.to_owned(), name.clone());
            return Err(DataError::DuplicateColumn { file, column, first, second: position });
        }
    }
    Ok(names)
}

/// Goes through all blocks, each thread taking the next one when it is done with one. Of several
/// errors the first in the file counts.
fn scan_side_by_side(
    blocks: Blocks<'_>,
    plan: &Plan,
    keeps_cells: bool,
) -> Result<Rows, DataError> {
    struct Shared<'a> {
        blocks: Blocks<'a>,
        /// Those that wait for an earlier one.
        scans: BTreeMap<usize, Scan>,
        folded: Folded,
        cells: u64,
        failure: Option<(usize, DataError)>,
        ended: bool,
    }
    let too_large = blocks.too_large();
    let length = blocks.length();
    // Packed, a file may have any number.
    let most = length.map_or(u64::MAX, |length| length / BLOCK as u64 + 1);
    let shared = Shared {
        blocks,
        scans: BTreeMap::new(),
        folded: Folded::new(length),
        cells: 0,
        failure: None,
        ended: false,
    };
    let shared = Mutex::new(shared);
    let lock = || shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let kept = plan.keep.iter().filter(|&&keep| keep != Keep::Nothing).count() as u64;
    let work = |()| {
        let mut block = Block::default();
        loop {
            {
                let mut shared = lock();
                if shared.ended {
                    return;
                }
                match shared.blocks.next(&mut block) {
                    Ok(true) => {}
                    Ok(false) => {
                        shared.ended = true;
                        return;
                    }
                    Err(error) => {
                        shared.ended = true;
                        shared.failure.get_or_insert((usize::MAX, error));
                        return;
                    }
                }
            }
            let scan = Scan::over(plan, &block);
            let mut shared = lock();
            match scan {
                Ok(scan) => {
                    shared.cells += if keeps_cells { kept * scan.rows() as u64 } else { 0 };
                    let shared = &mut *shared;
                    shared.scans.insert(scan.index, scan);
                    while let Some(next) = shared.scans.remove(&shared.folded.blocks) {
                        shared.folded.push(next, plan);
                    }
                    shared.ended |= shared.cells > MOST_BYTES / 8;
                }
                Err(error) => {
                    shared.ended = true;
                    let earlier = |(index, _): &(usize, _)| *index < block.index;
                    if !shared.failure.as_ref().is_some_and(earlier) {
                        shared.failure = Some((block.index, error));
                    }
                }
            }
        }
    };
    let threads = side_by_side::threads().min(usize::try_from(most).unwrap_or(usize::MAX));
    side_by_side(vec![(); threads], work);
    let shared = shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    match shared.failure {
        Some((_, error)) => Err(error),
        None if shared.cells > MOST_BYTES / 8 => Err(too_large),
        None => Ok(shared.folded.rows),
    }
}

/// The blocks put together one after the other. What was kept of each is let go at once, so that nothing
/// is there twice.
struct Folded {
    rows: Rows,
    blocks: usize,
    /// Bytes of the file, if they are known.
    length: Option<u64>,
}

impl Folded {
    fn new(length: Option<u64>) -> Self {
        let rows = Rows { columns: Vec::new(), lines: Vec::new(), count: 0 };
        Folded { rows, blocks: 0, length }
    }

    fn push(&mut self, mut next: Scan, plan: &Plan) {
        let count = next.rows();
        let keeps_lines = plan.keeps_cells();
        if self.blocks == 0 {
            self.rows.columns = std::mem::take(&mut next.columns);
            self.reserve(count, next.bytes);
        }
        if keeps_lines {
            self.rows.lines.append(&mut next.lines);
        }
        let columns = self.rows.columns.iter_mut().zip(&plan.keep).zip(next.columns);
        for ((column, &keep), mut more) in columns {
            match keep {
                Keep::Levels => column.append_levels(self.rows.count, more),
                _ => {
                    column.append(self.rows.count, &mut more);
                    column.numbers.extend_from_slice(&more.numbers);
                    column.texts.append(more.texts);
                }
            }
        }
        self.rows.count += count;
        self.blocks += 1;
    }

    /// Makes room for the rows of the whole file, going by the first block.
    fn reserve(&mut self, rows: usize, bytes: usize) {
        let Some(length) = self.length.filter(|&length| length > bytes as u64) else { return };
        let most = rows as f64 * length as f64 / bytes.max(1) as f64 * 1.02;
        for column in self.rows.columns.iter_mut().filter(|column| !column.numbers.is_empty()) {
            column.numbers.reserve_exact((most as usize).saturating_sub(rows));
        }
    }
}

impl Rows {
    /// The texts of a column.
    pub(crate) fn take_texts(&mut self, index: usize) -> TextBuilder {
        std::mem::take(&mut self.columns[index].texts)
    }
}
