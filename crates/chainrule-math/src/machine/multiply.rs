//! One thread's part of a product, group by group and block by block.

use super::program::{Extent, block_length};
use super::task::{Task, blocks};
use super::{Instruction, Operand, Product, ProductTarget};
use crate::product::{Block, PANELS_AT_ONCE, PackTransposed};
use crate::{Element, Form};
use std::ops::Range;

/// Bytes of the right operand that stay in the second cache, of which today's processors have 1 or
/// 2 MiB, while all rows of the left one go by.
const RIGHT_AT_ONCE: usize = 1 << 19;

/// Panels of a right operand of so many terms that are kept near: whole pairs.
pub(super) fn panels_near<E: Element>(terms: usize, panels: usize) -> usize {
    if panels <= PANELS_AT_ONCE {
        return panels;
    }
    let pair = PANELS_AT_ONCE * terms * size_of::<E>() * E::PANEL;
    ((RIGHT_AT_ONCE / pair.max(1)).max(1) * PANELS_AT_ONCE).min(panels)
}

/// The right operand of a group of panels as the kernel reads it.
#[derive(Clone, Copy)]
struct Right<E> {
    /// Row 0 of the group's first panel.
    start: *const E,
    stride: usize,
}

impl<E: Element> Task<'_, E> {
    /// # Safety
    /// As for [`Task::step`].
    pub(super) unsafe fn product<I: Instruction<E>>(&self, product: &Product<I>) {
        let (left, right, output) = (&product.left, &product.right, &product.output);
        let terms = match product.form {
            Form::TransposedLeft => left.rows.rows(self.turn.rows),
            _ => left.columns,
        };
        let all_rows = output.rows.rows(self.turn.rows);
        let (rows, panels) = self.division.part(self.member, all_rows, output.panels::<E>());
        if rows.is_empty() || panels.is_empty() {
            return;
        }
        let group = panels_near::<E>(terms, panels.len());
        for first in panels.clone().step_by(group) {
            let near = first..(first + group).min(panels.end);
            // SAFETY: all pointers stay within checked regions; the output blocks are this member's.
            unsafe {
                let right = match product.form {
                    Form::TransposedRight => self.packed(product, terms, near.clone()),
                    _ => {
                        let stride = right.capacity * E::PANEL;
                        Right { start: self.spaces.at(right).add(first * stride), stride }
                    }
                };
                for (row, height) in blocks(rows.clone()) {
                    for panel in near.clone().step_by(PANELS_AT_ONCE) {
                        let count = (near.end - panel).min(PANELS_AT_ONCE);
                        let start = right.start.add((panel - first) * right.stride);
                        let right = Right { start, ..right };
                        self.product_block(product, terms, right, (panel, count), (row, height));
                    }
                }
            }
        }
    }

    /// Packs the group's panels of a transposed right operand.
    unsafe fn packed<I>(&self, product: &Product<I>, terms: usize, near: Range<usize>) -> Right<E> {
        let right = &product.right;
        let (start, stride) = (self.scratch.packed, terms * E::PANEL);
        for panel in near.clone() {
            let first = panel * E::PANEL;
            // SAFETY: the panels lie within the checked region, and the scratch has room for as many as
            // are near.
            unsafe {
                E::pack_transposed(
                    self.set,
                    PackTransposed {
                        source: self.spaces.at(right).add(first * E::PANEL),
                        source_stride: right.capacity * E::PANEL,
                        rows: product.output.columns - first,
                        terms,
                        destination: start.add((panel - near.start) * stride),
                    },
                );
            }
        }
        Right { start, stride }
    }

    /// Rows `row ..` of the panels `panel ..`: the product, what is done with it, and what learns from
    /// it.
    unsafe fn product_block<I: Instruction<E>>(
        &self,
        product: &Product<I>,
        terms: usize,
        right: Right<E>,
        (panel, panels): (usize, usize),
        (row, rows): (usize, usize),
    ) {
        let (left, output) = (&product.left, &product.output);
        let transposed_left = product.form == Form::TransposedLeft;
        let learning = product.learning.as_deref().zip(self.update);
        let next = learning
            .map(|(learning, update)| update.places(self.spaces, &learning.parameter, panel, row));
        let left_offset = match transposed_left {
            true => row / E::PANEL * left.capacity * E::PANEL + row % E::PANEL,
            false => row * E::PANEL,
        };
        // SAFETY: handed on.
        unsafe {
            let (target, output_stride) = match product.target {
                ProductTarget::Epilogue => (self.scratch.product, block_length::<E>()),
                ProductTarget::Output => {
                    let stride = output.capacity * E::PANEL;
                    (self.spaces.at(output).add(panel * stride + row * E::PANEL), stride)
                }
            };
            E::run_block(
                self.set,
                Block {
                    left: self.spaces.at(left).add(left_offset),
                    left_stride: left.capacity * E::PANEL,
                    right: right.start,
                    right_stride: right.stride,
                    output: target,
                    output_stride,
                    terms,
                    rows,
                    panels,
                    transposed_left,
                    next,
                    next_stride: output.capacity * E::PANEL,
                    upcoming: self.upcoming,
                },
            );
            if product.epilogue.lines.is_empty() && learning.is_none() {
                return;
            }
            for offset in 0..panels {
                let panel = panel + offset;
                // What learns reads its gradient where it would lie in a panel.
                let columns = match learning {
                    Some(_) => E::PANEL,
                    None => output.columns - panel * E::PANEL,
                };
                let extent = Extent { panel, row, rows, columns };
                let block = self.scratch.product.add(offset * block_length::<E>());
                let (set, turn, spaces, scratch) = (self.set, self.turn, self.spaces, self.scratch);
                product.epilogue.run(set, turn, spaces, scratch, block, extent);
                if let Some((learning, update)) = learning {
                    let gradient = match learning.gradient {
                        Operand::Slot(slot) => scratch.slot(slot),
                        _ => block,
                    };
                    update.block(set, spaces, learning, extent, gradient, self.blocks_before);
                }
            }
        }
    }
}
