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
            for panel in 0..self.columns.div_ceil(E::PANEL) {
                for row in rows.clone() {
                    // SAFETY: whoever makes the kernel promises that its rows of the output are
                    // writable.
                    unsafe {
                        let line = self.output.add(panel * self.stride + row * E::PANEL);
                        self.line::<L>(row, panel * E::PANEL, line);
                    }
                }
            }
        }
    }
}

impl<E: Element> LoadKernel<'_, '_, E> {
    /// The columns from `column` on of one row.
    ///
    /// # Safety
    /// `line` is writable for a panel's width.
    #[inline(always)]
    unsafe fn line<L: Lanes<Element = E>>(&self, row: usize, column: usize, line: *mut E) {
        let pick = |chosen: Option<&[u32]>| chosen.map_or(row, |chosen| chosen[row] as usize);
        let width = (self.columns - column).min(E::PANEL);
        // SAFETY: a slice is as long as what is read of it, and the line as what is written.
        unsafe {
            match *self.source {
                Source::Rows { values, columns, chosen } => {
                    let numbers = &values[pick(chosen) * columns + column..];
                    // A whole line if there is one: padding may hold what follows.
                    if numbers.len() >= E::PANEL {
                        for part in (0..E::PANEL).step_by(L::COUNT) {
                            L::load(numbers.as_ptr().add(part)).store(line.add(part));
                        }
                    } else {
                        for (index, &number) in numbers[..width].iter().enumerate() {
                            *line.add(index) = number;
                        }
                    }
                }
                Source::Classes { classes, chosen } => {
                    for part in (0..E::PANEL).step_by(L::COUNT) {
                        L::ZERO.store(line.add(part));
                    }
                    let class = classes[pick(chosen)] as usize;
                    if (column..column + width).contains(&class) {
                        *line.add(class - column) = E::ONE;
                    }
                }
            }
        }
    }
}
