//! Elementwise work, done block by block while the block is in the nearest cache.

use super::{Instruction, MAX_INPUTS, Turn};
use crate::{Element, InstructionSet, Region, Space};

/// Rows of a block: 48 rows of a cache line each are 3 KiB, so several fit the nearest cache, and
/// 48 is a whole number of the product's tiles on every instruction set.
pub(crate) const BLOCK_ROWS: usize = 48;

/// Elements of a block.
pub(crate) const fn block_length<E: Element>() -> usize {
    BLOCK_ROWS * E::PANEL
}

/// Where the first element of a block lies in its matrix.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
}

/// What a line reads.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Operand {
    /// The product that the program is the epilogue of.
    Product,
    /// A result of an earlier line that is not kept.
    Slot(usize),
    /// The matching block of a matrix of the program's shape.
    Block(Region),
    /// A matrix of one row, repeated for every row.
    Row(Region),
    /// A matrix of one column, repeated for every column.
    Column(Region),
    /// A single number.
    Scalar(Region),
}

impl Operand {
    /// The matrix that is read, if any.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Operand::Product | Operand::Slot(_) => None,
            Operand::Block(region)
            | Operand::Row(region)
            | Operand::Column(region)
            | Operand::Scalar(region) => Some(region),
        }
    }

    /// The same, to change.
    pub(crate) fn region_mut(&mut self) -> Option<&mut Region> {
        match self {
            Operand::Product | Operand::Slot(_) => None,
            Operand::Block(region)
            | Operand::Row(region)
            | Operand::Column(region)
            | Operand::Scalar(region) => Some(region),
        }
    }
}

/// Where a line's result goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Target {
    /// Kept for the lines below.
    Slot(usize),
    /// The matching block of a matrix.
    Block(Region),
}

/// One instruction of a program.
#[derive(Clone, Debug)]
pub struct Line<I> {
    /// What is computed.
    pub instruction: I,
    /// From what, at most [`MAX_INPUTS`].
    pub operands: Vec<Operand>,
    /// Where to.
    pub target: Target,
}

/// Straight-line elementwise code.
#[derive(Clone, Debug)]
pub struct Program<I> {
    /// In order.
    pub lines: Vec<Line<I>>,
}

impl<I> Program<I> {
    /// A program that does nothing.
    pub const EMPTY: Program<I> = Program { lines: Vec::new() };

    /// Slots needed.
    pub fn slots(&self) -> usize {
        let slot = |line: &Line<I>| match line.target {
            Target::Slot(slot) => slot + 1,
            Target::Block(_) => 0,
        };
        self.lines.iter().map(slot).max().unwrap_or(0)
    }
}

/// The raw buffers, by space.
#[derive(Clone, Copy)]
pub(crate) struct Spaces<E> {
    pub(crate) arena: *mut E,
    pub(crate) own: *mut E,
    pub(crate) parameters: *mut E,
    pub(crate) gradients: *mut E,
}

// SAFETY: a bundle of pointers; each use says why it is allowed.
unsafe impl<E: Element> Send for Spaces<E> {}
// SAFETY: as above.
unsafe impl<E: Element> Sync for Spaces<E> {}

impl<E: Element> Spaces<E> {
    /// The first element of a region.
    #[inline]
    pub(crate) unsafe fn at(self, region: &Region) -> *mut E {
        let base = match region.space {
            Space::Arena => self.arena,
            Space::Own => self.own,
            Space::Parameters => self.parameters,
            Space::Gradients => self.gradients,
        };
        // SAFETY: the schedule checked that the region lies within its space.
        unsafe { base.add(region.offset) }
    }
}

/// One thread's private memory.
#[derive(Clone, Copy)]
pub(crate) struct Scratch<E> {
    /// Blocks: one per operand of a line, one for its result, then the slots.
    pub(crate) blocks: *mut E,
    /// A block per panel of the widest tile.
    pub(crate) product: *mut E,
    /// Packed panels of a transposed operand.
    pub(crate) packed: *mut E,
}

/// Blocks before the slots.
pub(crate) const SLOTS_FROM: usize = MAX_INPUTS + 1;

impl<E: Element> Scratch<E> {
    /// A block by its number.
    ///
    /// # Safety
    /// The scratch has room for so many.
    unsafe fn block(self, number: usize) -> *mut E {
        // SAFETY: handed on.
        unsafe { self.blocks.add(number * block_length::<E>()) }
    }

    /// The block of a slot.
    ///
    /// # Safety
    /// The scratch has room for so many slots.
    pub(crate) unsafe fn slot(self, slot: usize) -> *mut E {
        // SAFETY: handed on.
        unsafe { self.block(SLOTS_FROM + slot) }
    }
}

/// A block of the program's shape.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) panel: usize,
    pub(crate) row: usize,
    pub(crate) rows: usize,
    /// Columns from the panel's first on; those beyond the panel do not count.
    pub(crate) columns: usize,
}

impl<I> Program<I> {
    /// Runs every line on one block. Where a panel has a single column in use, which would leave all lanes
    /// of a register idle but one, that is gathered into whole lines first, and padding stays as it was.
    ///
    /// # Safety
    /// The regions lie within the spaces; no other thread writes what the lines read or touches
    /// what they write within this block; `scratch` is this thread's own and large enough;
    /// `product` holds the block's product if a line reads it.
    pub(crate) unsafe fn run<E: Element>(
        &self,
        set: InstructionSet,
        turn: Turn,
        spaces: Spaces<E>,
        scratch: Scratch<E>,
        product: *const E,
        extent: Extent,
    ) where
        I: Instruction<E>,
    {
        let is_column = extent.columns == 1
            && extent.rows > 1
            && !self.lines.iter().any(|line| line.instruction.needs_place());
        let height = if is_column { extent.rows.div_ceil(E::PANEL) } else { extent.rows };
        let length = height * E::PANEL;
        let place = Place { row: extent.row, column: extent.panel * E::PANEL };
        // SAFETY: by this function's contract; a line's target never overlaps its operands, which
        // the schedule checked, so the slices below do not alias.
        unsafe {
            let block = |region: &Region| {
                spaces.at(region).add((extent.panel * region.capacity + extent.row) * E::PANEL)
            };
            for line in &self.lines {
                let mut inputs: [&[E]; MAX_INPUTS] = [&[]; MAX_INPUTS];
                for (index, operand) in line.operands.iter().enumerate() {
                    let filled = scratch.block(index);
                    let gathered = |column: *const E| {
                        for row in 0..extent.rows {
                            *filled.add(row) = *column.add(row * E::PANEL);
                        }
                        (filled.cast_const(), length)
                    };
                    // One line stands for all rows.
                    let repeated = |number: E| {
                        std::slice::from_raw_parts_mut(filled, E::PANEL).fill(number);
                        (filled.cast_const(), E::PANEL)
                    };
                    let (pointer, length) = match operand {
                        Operand::Slot(number) => (scratch.slot(*number).cast_const(), length),
                        Operand::Product if is_column => gathered(product),
                        Operand::Product => (product, length),
                        Operand::Block(region) if is_column => gathered(block(region)),
                        Operand::Block(region) => (block(region).cast_const(), length),
                        Operand::Row(region) => {
                            let line =
                                spaces.at(region).add(extent.panel * region.capacity * E::PANEL);
                            match is_column {
                                true => repeated(*line),
                                false => (line.cast_const(), E::PANEL),
                            }
                        }
                        Operand::Scalar(region) => repeated(*spaces.at(region)),
                        Operand::Column(region) => {
                            let column = spaces.at(region).add(extent.row * E::PANEL);
                            match is_column {
                                true => gathered(column),
                                false => {
                                    let lines = std::slice::from_raw_parts_mut(filled, length);
                                    for (row, line) in lines.chunks_exact_mut(E::PANEL).enumerate()
                                    {
                                        line.fill(*column.add(row * E::PANEL));
                                    }
                                    (filled.cast_const(), length)
                                }
                            }
                        }
                    };
                    inputs[index] = std::slice::from_raw_parts(pointer, length);
                }
                let result = match &line.target {
                    Target::Slot(number) => scratch.slot(*number),
                    Target::Block(_) if is_column => scratch.block(MAX_INPUTS),
                    Target::Block(region) => block(region),
                };
                let output = std::slice::from_raw_parts_mut(result, length);
                line.instruction.block(set, turn, place, &inputs[..line.operands.len()], output);
                if let (Target::Block(region), true) = (&line.target, is_column) {
                    let column = block(region);
                    for (row, &number) in output[..extent.rows].iter().enumerate() {
                        *column.add(row * E::PANEL) = number;
                    }
                }
            }
        }
    }
}
