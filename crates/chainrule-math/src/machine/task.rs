//! One thread's part of a run.

use super::division::Division;
use super::load::LoadKernel;
use super::program::{BLOCK_ROWS, Extent, Scratch, Spaces};
use super::upcoming::Upcoming;
use super::update::Update;
use super::{Instruction, Load, MAX_INPUTS, Program, Source, Split, Step, Turn};
use crate::team::Member;
use crate::{Element, InstructionSet, Region, View, ViewMut};
use std::ops::Range;

/// One member's view of a run.
pub(super) struct Task<'a, E: Element> {
    pub(super) set: InstructionSet,
    pub(super) turn: Turn,
    pub(super) spaces: Spaces<E>,
    pub(super) scratch: Scratch<E>,
    pub(super) member: &'a Member<'a>,
    pub(super) division: Division,
    /// How parameters learn, if they do.
    pub(super) update: Option<&'a Update<'a, E>>,
    /// Blocks that learn in the steps before.
    pub(super) blocks_before: usize,
    /// What to fetch while products are computed.
    pub(super) upcoming: Option<&'a Upcoming<'a, E>>,
}

impl<E: Element> Task<'_, E> {
    /// # Safety
    /// The step was checked, and no step runs at the same time that it could meet in memory.
    pub(super) unsafe fn step<I: Instruction<E>>(&self, step: &Step<I>, sources: &[Source<'_, E>]) {
        // SAFETY: handed on.
        unsafe {
            match step {
                Step::Load(load) => self.load(load, &sources[load.source]),
                Step::Product(product) => self.product(product),
                Step::Loop { shape, program } => self.elementwise(shape, program),
                Step::Apply { instruction, inputs, output, split } => {
                    self.apply(instruction, inputs, output, *split);
                }
            }
        }
    }

    unsafe fn load(&self, load: &Load, source: &Source<'_, E>) {
        let output = &load.output;
        let all_rows = output.rows.rows(self.turn.rows);
        let (rows, _) = self.division.part(self.member, all_rows, output.panels::<E>());
        // SAFETY: the region was checked; rows are disjoint between members.
        let start = unsafe { self.spaces.at(output) };
        self.set.run(LoadKernel {
            source,
            rows,
            columns: output.columns,
            output: start,
            stride: output.capacity * E::PANEL,
        });
    }

    unsafe fn elementwise<I: Instruction<E>>(&self, shape: &Region, program: &Program<I>) {
        let all_rows = shape.rows.rows(self.turn.rows);
        let (rows, panels) = self.division.part(self.member, all_rows, shape.panels::<E>());
        for panel in panels {
            for (row, count) in blocks(rows.clone()) {
                let columns = shape.columns - panel * E::PANEL;
                let extent = Extent { panel, row, rows: count, columns };
                // SAFETY: checked by the schedule; blocks are disjoint between members.
                unsafe {
                    program.run(
                        self.set,
                        self.turn,
                        self.spaces,
                        self.scratch,
                        std::ptr::null(),
                        extent,
                    );
                }
            }
        }
    }

    unsafe fn apply<I: Instruction<E>>(
        &self,
        instruction: &I,
        inputs: &[Region],
        output: &Region,
        split: Split,
    ) {
        let all_rows = output.rows.rows(self.turn.rows);
        let (rows, panels) = self.division.part(self.member, all_rows, output.panels::<E>());
        if rows.is_empty() || panels.is_empty() {
            return;
        }
        // The part of a region that belongs to this share: pointer, rows and columns.
        let part = |region: &Region| {
            let all_rows = region.rows.rows(self.turn.rows);
            let cut_rows = split == Split::Rows && region.rows == output.rows;
            let cut_panels = split == Split::Panels && region.columns == output.columns;
            let rows = if cut_rows { rows.clone() } else { 0..all_rows };
            let columns = if cut_panels {
                panels.start * E::PANEL..(panels.end * E::PANEL).min(region.columns)
            } else {
                0..region.columns
            };
            let offset = columns.start * region.capacity + rows.start * E::PANEL;
            (offset, rows.len(), columns.len(), region.capacity * E::PANEL)
        };
        // SAFETY: checked regions; the output part is this member's alone, and no input overlaps
        // the output.
        unsafe {
            let view = |region: &Region| {
                let (offset, rows, columns, stride) = part(region);
                View::new(self.spaces.at(region).add(offset), rows, columns, stride)
            };
            let mut views =
                [View::new(std::ptr::NonNull::dangling().as_ptr(), 0, 0, 0); MAX_INPUTS];
            for (slot, input) in views.iter_mut().zip(inputs) {
                *slot = view(input);
            }
            let (offset, rows, columns, stride) = part(output);
            let output = ViewMut::new(self.spaces.at(output).add(offset), rows, columns, stride);
            instruction.matrices(self.set, &views[..inputs.len()], output);
        }
    }
}

/// Cuts rows into blocks: (first, count).
pub(super) fn blocks(rows: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    let end = rows.end;
    rows.step_by(BLOCK_ROWS).map(move |row| (row, (end - row).min(BLOCK_ROWS)))
}
