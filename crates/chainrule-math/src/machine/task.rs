//! One thread's part of a run.

use super::division::Division;
use super::program::{BLOCK_ROWS, Extent, Scratch, Spaces, block_length};
use super::upcoming::Upcoming;
use super::update::Update;
use super::{
    Instruction, Load, MAX_INPUTS, Operand, Product, ProductTarget, Program, Source, Split, Step,
    Turn,
};
use crate::product::{Block, PANELS_AT_ONCE, PackTransposed};
use crate::team::Member;
use crate::{Element, Form, InstructionSet, Region, View, ViewMut};
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
    /// What to fetch between blocks of products.
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
        let (share, _) = self.division.part(self.member, all_rows, output.panels::<E>());
        // Eight rows at a time: the rows of a panel are neighbours, so each visit to a panel fills
        // whole pages' worth of lines instead of one line in every panel.
        for first in share.clone().step_by(8) {
            let rows = first..(first + 8).min(share.end);
            for panel in 0..output.panels::<E>() {
                let column = panel * E::PANEL;
                let width = (output.columns - column).min(E::PANEL);
                for row in rows.clone() {
                    let pick =
                        |chosen: Option<&[u32]>| chosen.map_or(row, |chosen| chosen[row] as usize);
                    // SAFETY: the region was checked; rows are disjoint between members.
                    let line = unsafe {
                        let start = self.spaces.at(output);
                        let start = start.add((panel * output.capacity + row) * E::PANEL);
                        std::slice::from_raw_parts_mut(start, E::PANEL)
                    };
                    match *source {
                        Source::Rows { values, columns, chosen } => {
                            let start = pick(chosen) * columns + column;
                            let numbers = &values[start..start + width];
                            if width == E::PANEL {
                                // SAFETY: both are a line long and no part of each other. Of known
                                // length, so that the copy is some moves and not a call.
                                unsafe {
                                    let line = line.as_mut_ptr();
                                    numbers.as_ptr().copy_to_nonoverlapping(line, E::PANEL);
                                }
                            } else {
                                line[..width].copy_from_slice(numbers);
                                line[width..].fill(E::ZERO);
                            }
                        }
                        Source::Classes { classes, chosen } => {
                            line.fill(E::ZERO);
                            let class = classes[pick(chosen)] as usize;
                            if (column..column + width).contains(&class) {
                                line[class - column] = E::ONE;
                            }
                        }
                    }
                }
            }
        }
    }

    unsafe fn elementwise<I: Instruction<E>>(&self, shape: &Region, program: &Program<I>) {
        let all_rows = shape.rows.rows(self.turn.rows);
        let (rows, panels) = self.division.part(self.member, all_rows, shape.panels::<E>());
        for panel in panels {
            for (row, count) in blocks(rows.clone()) {
                let extent = Extent { panel, row, rows: count };
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

    unsafe fn product<I: Instruction<E>>(&self, product: &Product<I>) {
        let (left, output) = (&product.left, &product.output);
        let transposed_left = product.form == Form::TransposedLeft;
        let terms = if transposed_left { left.rows.rows(self.turn.rows) } else { left.columns };
        let all_rows = output.rows.rows(self.turn.rows);
        let (rows, panels) = self.division.part(self.member, all_rows, output.panels::<E>());
        if rows.is_empty() {
            return;
        }
        let chunk = rows_at_once(terms * size_of::<E>());
        let chunks = rows.clone().step_by(chunk).map(|first| first..(first + chunk).min(rows.end));
        for rows in chunks {
            // SAFETY: handed on.
            unsafe { self.product_of_rows(product, terms, rows, panels.clone()) };
        }
    }

    /// The product's rows `rows` of the panels `panels`.
    unsafe fn product_of_rows<I: Instruction<E>>(
        &self,
        product: &Product<I>,
        terms: usize,
        rows: Range<usize>,
        panels: Range<usize>,
    ) {
        let (left, right, output) = (&product.left, &product.right, &product.output);
        let transposed_left = product.form == Form::TransposedLeft;
        let learning = product.learning.as_ref().zip(self.update);
        let upcoming = |panel, row| {
            learning.map(|(learning, update)| {
                update.places(self.spaces, &learning.parameter, panel, row)
            })
        };
        let upcoming_stride =
            learning.map_or(0, |(learning, _)| learning.parameter.capacity * E::PANEL);
        // SAFETY: all pointers stay within checked regions; the output blocks are this member's.
        unsafe {
            let left_start = self.spaces.at(left);
            let right_start = self.spaces.at(right);
            for panel in panels.clone().step_by(PANELS_AT_ONCE) {
                let count = (panels.end - panel).min(PANELS_AT_ONCE);
                let (right_pointer, right_stride) = if product.form == Form::TransposedRight {
                    for offset in 0..count {
                        let first = (panel + offset) * E::PANEL;
                        E::pack_transposed(
                            self.set,
                            PackTransposed {
                                source: right_start.add(first * E::PANEL),
                                source_stride: right.capacity * E::PANEL,
                                rows: output.columns - first,
                                terms,
                                destination: self.scratch.packed.add(offset * terms * E::PANEL),
                            },
                        );
                    }
                    (self.scratch.packed.cast_const(), terms * E::PANEL)
                } else {
                    let stride = right.capacity * E::PANEL;
                    (right_start.add(panel * stride).cast_const(), stride)
                };
                for (row, height) in blocks(rows.clone()) {
                    if let Some(upcoming) = self.upcoming {
                        upcoming.fetch();
                    }
                    let (target, target_stride) = match product.target {
                        ProductTarget::Epilogue => (self.scratch.product, block_length::<E>()),
                        ProductTarget::Output => {
                            let stride = output.capacity * E::PANEL;
                            let start = self.spaces.at(output).add(panel * stride);
                            (start.add(row * E::PANEL), stride)
                        }
                    };
                    let left_offset = if transposed_left {
                        row / E::PANEL * left.capacity * E::PANEL + row % E::PANEL
                    } else {
                        row * E::PANEL
                    };
                    E::run_block(
                        self.set,
                        Block {
                            left: left_start.add(left_offset),
                            left_stride: left.capacity * E::PANEL,
                            right: right_pointer,
                            right_stride,
                            output: target,
                            output_stride: target_stride,
                            terms,
                            rows: height,
                            panels: count,
                            transposed_left,
                            upcoming: upcoming(panel, row),
                            upcoming_stride,
                        },
                    );
                    if product.epilogue.lines.is_empty() && product.learning.is_none() {
                        continue;
                    }
                    for offset in 0..count {
                        let extent = Extent { panel: panel + offset, row, rows: height };
                        let block = self.scratch.product.add(offset * block_length::<E>());
                        product.epilogue.run(
                            self.set,
                            self.turn,
                            self.spaces,
                            self.scratch,
                            block,
                            extent,
                        );
                        if let Some((learning, update)) = learning {
                            let gradient = match learning.gradient {
                                Operand::Slot(slot) => self.scratch.slot(slot),
                                _ => block,
                            };
                            let first = self.blocks_before;
                            update.block(self.set, self.spaces, learning, extent, gradient, first);
                        }
                    }
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

/// Memory that the rows of a left operand may take while all panels of the right one go by: they are
/// read again for each of them, so they must stay in the second cache, of which today's processors
/// have 1 or 2 MiB.
const LEFT_AT_ONCE: usize = 1 << 20;

/// Rows of a left operand, of so many bytes each, that are kept near: whole blocks.
fn rows_at_once(bytes: usize) -> usize {
    (LEFT_AT_ONCE / bytes.max(1) / BLOCK_ROWS).max(1) * BLOCK_ROWS
}

/// Cuts rows into blocks: (first, count).
fn blocks(rows: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    let end = rows.end;
    rows.step_by(BLOCK_ROWS).map(move |row| (row, (end - row).min(BLOCK_ROWS)))
}
