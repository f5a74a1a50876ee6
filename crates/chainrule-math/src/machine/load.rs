//! Copying a batch from the caller's memory into panels.

use super::Source;
use crate::{Element, Kernel, Lanes};
use std::ops::Range;

/// Rows that go into a panel before the next panel has its turn: they are neighbours there, so each visit
/// fills many lines instead of one line in every panel.
const ROWS_AT_ONCE: usize = 8;

/// Copies `rows` of a batch into a matrix of so many columns.
pub(super) struct LoadKernel<'a, 's, E> {
    pub(super) source: &'a Source<'s, E>,
    pub(super) rows: Range<usize>,
    pub(super) columns: usize,
    /// Row 0 of the first panel.
    pub(super) output: *mut E,
    /// From one panel to the next.
    pub(super) stride: usize,
}

impl<E: Element> Kernel<E> for LoadKernel<'_, '_, E> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        for first in self.rows.clone().step_by(ROWS_AT_ONCE) {
            let rows = first..(first + ROWS_AT_ONCE).min(self.rows.end);
            // SAFETY: whoever makes the kernel promises that its rows of the output are writable.
            unsafe {
                match *self.source {
                    Source::Rows { values, columns, chosen } => {
                        self.numbers::<L>(values, columns, chosen, rows);
                    }
                    Source::Classes { classes, chosen } => {
                        self.one_hot::<L>(classes, chosen, rows);
                    }
                }
            }
        }
    }
}

/// The row of the source that is row `row` of the batch.
#[inline(always)]
fn pick(chosen: Option<&[u32]>, row: usize) -> usize {
    chosen.map_or(row, |chosen| chosen[row] as usize)
}

impl<E: Element> LoadKernel<'_, '_, E> {
    /// Rows of numbers, at most [`ROWS_AT_ONCE`].
    ///
    /// # Safety
    /// The rows of the output are writable.
    #[inline(always)]
    unsafe fn numbers<L: Lanes<Element = E>>(
        &self,
        values: &[E],
        columns: usize,
        chosen: Option<&[u32]>,
        rows: Range<usize>,
    ) {
        // From each row on to the end of all values: padding may hold what follows.
        let mut sources: [&[E]; ROWS_AT_ONCE] = [&[]; ROWS_AT_ONCE];
        for (source, row) in sources.iter_mut().zip(rows.clone()) {
            *source = &values[pick(chosen, row) * columns..];
        }
        let sources = &sources[..rows.len()];
        let least = sources.iter().map(|source| source.len()).min().unwrap_or(0);
        for panel in 0..self.columns.div_ceil(E::PANEL) {
            let column = panel * E::PANEL;
            // SAFETY: a source is as long as what is read of it, and the lines are the caller's.
            unsafe {
                let lines = self.output.add(panel * self.stride + rows.start * E::PANEL);
                if column + E::PANEL <= least {
                    for (offset, source) in sources.iter().enumerate() {
                        for part in (0..E::PANEL).step_by(L::COUNT) {
                            let number = L::load(source.as_ptr().add(column + part));
                            number.store(lines.add(offset * E::PANEL + part));
                        }
                    }
                } else {
                    for (offset, source) in sources.iter().enumerate() {
                        let end = (column + E::PANEL).min(columns);
                        for (index, &number) in source[column..end].iter().enumerate() {
                            *lines.add(offset * E::PANEL + index) = number;
                        }
                    }
                }
            }
        }
    }

    /// Rows that are zero but for a one in the column of their class.
    ///
    /// # Safety
    /// The rows of the output are writable.
    #[inline(always)]
    unsafe fn one_hot<L: Lanes<Element = E>>(
        &self,
        classes: &[u32],
        chosen: Option<&[u32]>,
        rows: Range<usize>,
    ) {
        for row in rows {
            let class = classes[pick(chosen, row)] as usize;
            for panel in 0..self.columns.div_ceil(E::PANEL) {
                let column = panel * E::PANEL;
                // SAFETY: the line is the caller's.
                unsafe {
                    let line = self.output.add(panel * self.stride + row * E::PANEL);
                    for part in (0..E::PANEL).step_by(L::COUNT) {
                        L::ZERO.store(line.add(part));
                    }
                    if (column..(column + E::PANEL).min(self.columns)).contains(&class) {
                        *line.add(class - column) = E::ONE;
                    }
                }
            }
        }
    }
}
