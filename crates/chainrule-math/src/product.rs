//! Matrix products over panels.
//!
//! Every element of a product is the fused multiply-add of its terms in order, starting from zero;
//! vector lanes run over columns, never over terms. So the bits depend on the operands alone: not
//! on the instruction set, the tile shape, the number of threads or the other rows of a batch.
//!
//! One tile kernel serves all three products of a training step. It keeps a tile of the output in
//! registers, and for each term broadcasts one number per row from the left operand against whole
//! registers of the right one:
//!
//! | | left operand | walks | used for |
//! |---|---|---|---|
//! | `A B` | as it lies | along its columns | forward |
//! | `A^T B` | as it lies, read across | along its rows | gradient of the weights |
//! | `A B^T` | as it lies; `B` packed transposed, panel by panel | along its columns | gradient of the inputs |

use crate::fetch::{Fetch, fetch};
use crate::machine::Upcoming;
use crate::{Element, InstructionSet, Kernel, Lanes};

/// How the operands of a product are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `A B`.
    Plain,
    /// `A^T B`.
    TransposedLeft,
    /// `A B^T`.
    TransposedRight,
}

/// A block of consecutive output rows of up to [`PANELS_AT_ONCE`] panels.
///
/// `left` points at the first term of the block's first row: for [`Form::Plain`] row `row` of panel
/// 0 of A, for [`Form::TransposedLeft`] column `row` of row 0 of A. `right` points at row 0 of the
/// first panel of the plain right operand.
#[derive(Clone, Copy)]
pub struct Block<'a, E> {
    pub(crate) left: *const E,
    /// From one panel of the left operand to the next.
    pub(crate) left_stride: usize,
    pub(crate) right: *const E,
    pub(crate) right_stride: usize,
    pub(crate) output: *mut E,
    pub(crate) output_stride: usize,
    pub(crate) terms: usize,
    pub(crate) rows: usize,
    pub(crate) panels: usize,
    pub(crate) transposed_left: bool,
    /// What will be read and written next, of the output's shape, in up to three places: fetched from
    /// afar while the product is computed.
    pub(crate) next: Option<[*const E; 3]>,
    pub(crate) next_stride: usize,
    /// The next batch, some of which is fetched meanwhile.
    pub(crate) upcoming: Option<&'a Upcoming<'a, E>>,
}

/// Panels that the widest tile covers.
pub(crate) const PANELS_AT_ONCE: usize = 4;

/// Lines of the right operand, 128 KiB, that all tiles of a block read before the next ones: so many terms
/// of its panels are added before the tile below has its turn. They come from the second cache in time.
/// In between the sums wait in the output, which changes nothing: they are numbers of the same type there.
const LINES_AT_ONCE: usize = 2048;

/// Terms that a turn of the innermost loop adds: its own counting would cost a twentieth.
const TERMS_PER_TURN: usize = 4;

/// Terms between two rows of what is fetched: the few lines of each then arrive while the processor has
/// other work.
const TERMS_PER_FETCH: usize = 8;

/// Computes the block.
struct BlockKernel<'a, E>(Block<'a, E>);

impl<E: Element> Kernel<E> for BlockKernel<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let block = self.0;
        // SAFETY: whoever makes a block promises that its operands are readable and its output
        // writable (see `machine`).
        unsafe {
            match (E::PANEL / L::COUNT, block.panels) {
                // 6 x 4 registers of sums, 4 of the right operand, 1 broadcast: 29 of 32. A load of a
                // wide register costs nearly as much as a multiplication, so the fewest loads win.
                (1, 4) => block.passes::<L, 6, 4>(),
                (1, 3) => block.passes::<L, 8, 3>(),
                (1, 2) => block.passes::<L, 12, 2>(),
                (1, _) => block.each_panel::<L, 12, 1>(),
                // 6 x 2 of sums: 15 of 16.
                (2, _) => block.each_panel::<L, 6, 2>(),
                // 6 x 4 of sums, 4 of the right operand, 1 broadcast: 29 of NEON's 32.
                (4, _) => block.each_panel::<L, 6, 4>(),
                (8, _) => block.each_panel::<L, 1, 8>(),
                _ => block.each_panel::<L, 1, 16>(),
            }
        }
    }
}

/// Some of the terms of a product.
#[derive(Clone, Copy)]
struct Pass {
    first: usize,
    count: usize,
}

impl<E: Element> Block<'_, E> {
    #[inline(always)]
    unsafe fn each_panel<L: Lanes<Element = E>, const ROWS: usize, const VECTORS: usize>(self) {
        for panel in 0..self.panels {
            // SAFETY: the block covers `panels` panels of both.
            unsafe {
                Block {
                    right: self.right.add(panel * self.right_stride),
                    output: self.output.add(panel * self.output_stride),
                    next: self.next.map(|places| {
                        places.map(|place| place.wrapping_add(panel * self.next_stride))
                    }),
                    panels: 1,
                    ..self
                }
                .passes::<L, ROWS, VECTORS>()
            }
        }
    }

    /// Takes the terms in passes, about equal ones; without any, the sums are zero.
    #[inline(always)]
    unsafe fn passes<L: Lanes<Element = E>, const HIGH: usize, const VECTORS: usize>(self) {
        let panels = VECTORS * L::COUNT / E::PANEL;
        let passes = (self.terms * panels).div_ceil(LINES_AT_ONCE).max(1);
        let at_once = self.terms.div_ceil(passes).next_multiple_of(E::PANEL);
        let mut first = 0;
        loop {
            let count = (self.terms - first).min(at_once);
            // SAFETY: the pass is within the block's terms.
            unsafe { self.tiles::<L, HIGH, VECTORS>(Pass { first, count }) };
            first += count;
            if first >= self.terms {
                return;
            }
        }
    }

    /// Walks down the rows in tiles of `HIGH` and fewer.
    #[inline(always)]
    unsafe fn tiles<L: Lanes<Element = E>, const HIGH: usize, const VECTORS: usize>(
        self,
        pass: Pass,
    ) {
        let mut row = 0;
        // SAFETY: each tile lies within the block's rows.
        unsafe {
            if !self.transposed_left {
                while HIGH > 8 && row + HIGH <= self.rows {
                    self.tile::<L, HIGH, VECTORS, false>(row, pass);
                    row += HIGH;
                }
                while HIGH > 6 && row + 8 <= self.rows {
                    self.tile::<L, 8, VECTORS, false>(row, pass);
                    row += 8;
                }
                while HIGH >= 6 && row + 6 <= self.rows {
                    self.tile::<L, 6, VECTORS, false>(row, pass);
                    row += 6;
                }
                while HIGH >= 4 && row + 4 <= self.rows {
                    self.tile::<L, 4, VECTORS, false>(row, pass);
                    row += 4;
                }
                while HIGH >= 2 && row + 2 <= self.rows {
                    self.tile::<L, 2, VECTORS, false>(row, pass);
                    row += 2;
                }
                while row < self.rows {
                    self.tile::<L, 1, VECTORS, false>(row, pass);
                    row += 1;
                }
            } else {
                // The rows of the output are columns of A: a tile must not cross a panel of A, so
                // its height divides the panel.
                while HIGH > 6 && row + 8 <= self.rows {
                    self.tile::<L, 8, VECTORS, true>(row, pass);
                    row += 8;
                }
                while HIGH >= 4 && row + 4 <= self.rows {
                    self.tile::<L, 4, VECTORS, true>(row, pass);
                    row += 4;
                }
                while HIGH >= 2 && row + 2 <= self.rows {
                    self.tile::<L, 2, VECTORS, true>(row, pass);
                    row += 2;
                }
                while row < self.rows {
                    self.tile::<L, 1, VECTORS, true>(row, pass);
                    row += 1;
                }
            }
        }
    }

    /// One tile: `ROWS` rows of `VECTORS` registers, from output row `row` of the block on.
    #[inline(always)]
    unsafe fn tile<
        L: Lanes<Element = E>,
        const ROWS: usize,
        const VECTORS: usize,
        const TRANSPOSED_LEFT: bool,
    >(
        self,
        row: usize,
        pass: Pass,
    ) {
        let mut sums = [[L::ZERO; VECTORS]; ROWS];
        let lines = ROWS * VECTORS * L::COUNT / E::PANEL;
        // SAFETY: the pointers stay within the operands of the block.
        unsafe {
            let output = |offset: usize, vector: usize| {
                let (panel, column) = place::<L>(vector);
                self.output.add(panel * self.output_stride + (row + offset) * E::PANEL + column)
            };
            if pass.first > 0 {
                for (offset, line) in sums.iter_mut().enumerate() {
                    for (vector, sum) in line.iter_mut().enumerate() {
                        *sum = L::load(output(offset, vector));
                    }
                }
            }
            let mut right = self.right.add(pass.first * E::PANEL);
            let mut remaining = pass.count;
            if TRANSPOSED_LEFT {
                let panel = self.left.add(row / E::PANEL * self.left_stride + row % E::PANEL);
                let mut left = panel.add(pass.first * E::PANEL);
                if let (Some(places), 0) = (self.next, pass.first) {
                    let panels = VECTORS * L::COUNT / E::PANEL;
                    for offset in 0..ROWS.min(pass.count / TERMS_PER_FETCH) {
                        for panel in 0..panels {
                            let line = panel * self.next_stride + (row + offset) * E::PANEL;
                            for place in places {
                                fetch(place.wrapping_add(line), Fetch::Read);
                            }
                        }
                        self.fetch_upcoming(TERMS_PER_FETCH * lines);
                        self.terms::<L, ROWS, VECTORS, true>(
                            left,
                            right,
                            TERMS_PER_FETCH,
                            &mut sums,
                        );
                        left = left.wrapping_add(TERMS_PER_FETCH * E::PANEL);
                        right = right.wrapping_add(TERMS_PER_FETCH * E::PANEL);
                        remaining -= TERMS_PER_FETCH;
                    }
                }
                self.fetch_upcoming(remaining * lines);
                self.terms::<L, ROWS, VECTORS, true>(left, right, remaining, &mut sums);
            } else {
                let panels = pass.first / E::PANEL * self.left_stride;
                let mut left = self.left.add(panels + row * E::PANEL);
                while remaining > 0 {
                    let here = remaining.min(E::PANEL);
                    // The next rows but one of a panel elsewhere, which the processor does not foresee.
                    for offset in 0..ROWS {
                        let line = left.wrapping_add(2 * self.left_stride + offset * E::PANEL);
                        fetch(line, Fetch::Read);
                    }
                    self.fetch_upcoming(here * lines);
                    self.terms::<L, ROWS, VECTORS, false>(left, right, here, &mut sums);
                    left = left.wrapping_add(self.left_stride);
                    right = right.wrapping_add(E::PANEL * E::PANEL);
                    remaining -= here;
                }
            }
            for (offset, line) in sums.iter().enumerate() {
                for (vector, sum) in line.iter().enumerate() {
                    sum.store(output(offset, vector));
                }
            }
        }
    }

    /// Asks for as much of the next batch as goes with so many terms of lines of the product.
    #[inline(always)]
    fn fetch_upcoming(&self, terms: usize) {
        if let Some(upcoming) = self.upcoming {
            upcoming.fetch(terms);
        }
    }

    /// Adds `count` terms to every sum of the tile.
    #[inline(always)]
    unsafe fn terms<
        L: Lanes<Element = E>,
        const ROWS: usize,
        const VECTORS: usize,
        const TRANSPOSED_LEFT: bool,
    >(
        self,
        mut left: *const E,
        mut right: *const E,
        count: usize,
        sums: &mut [[L; VECTORS]; ROWS],
    ) {
        let next = if TRANSPOSED_LEFT { E::PANEL } else { 1 };
        // SAFETY: as for `tile`.
        unsafe {
            for _ in 0..count / TERMS_PER_TURN {
                for _ in 0..TERMS_PER_TURN {
                    self.term::<L, ROWS, VECTORS, TRANSPOSED_LEFT>(left, right, sums);
                    left = left.wrapping_add(next);
                    right = right.wrapping_add(E::PANEL);
                }
            }
            for _ in 0..count % TERMS_PER_TURN {
                self.term::<L, ROWS, VECTORS, TRANSPOSED_LEFT>(left, right, sums);
                left = left.wrapping_add(next);
                right = right.wrapping_add(E::PANEL);
            }
        }
    }

    /// Adds one term to every sum of the tile. The left operand's rows lie a line apart, or side by side
    /// where it is read across.
    #[inline(always)]
    unsafe fn term<
        L: Lanes<Element = E>,
        const ROWS: usize,
        const VECTORS: usize,
        const TRANSPOSED_LEFT: bool,
    >(
        self,
        left: *const E,
        right: *const E,
        sums: &mut [[L; VECTORS]; ROWS],
    ) {
        let next = if TRANSPOSED_LEFT { 1 } else { E::PANEL };
        // SAFETY: as for `tile`.
        unsafe {
            let mut factors = [L::ZERO; VECTORS];
            for (vector, factor) in factors.iter_mut().enumerate() {
                let (panel, column) = place::<L>(vector);
                *factor = L::load(right.add(panel * self.right_stride + column));
            }
            for (row, line) in sums.iter_mut().enumerate() {
                let number = L::splat(*left.add(row * next));
                for (sum, factor) in line.iter_mut().zip(&factors) {
                    *sum = number.fused(*factor, *sum);
                }
            }
        }
    }
}

/// Panel and first column within it of a tile's register.
#[inline(always)]
fn place<L: Lanes>(vector: usize) -> (usize, usize) {
    let panel = <L::Element as Element>::PANEL;
    (vector * L::COUNT / panel, vector * L::COUNT % panel)
}

/// Packs rows `first..first + PANEL` of B (all `terms` columns) as one panel of B^T.
///
/// `source` points at row `first` of panel 0 of B; rows from `rows` on are written as zeros.
pub struct PackTransposed<E> {
    pub(crate) source: *const E,
    pub(crate) source_stride: usize,
    pub(crate) rows: usize,
    pub(crate) terms: usize,
    pub(crate) destination: *mut E,
}

struct PackKernel<E>(PackTransposed<E>);

impl<E: Element> Kernel<E> for PackKernel<E> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let (mut source, mut destination, mut remaining) =
            (self.0.source, self.0.destination, self.0.terms);
        // SAFETY: whoever makes the value promises `rows` readable rows in each panel of the
        // source and room for `terms` rows in the destination.
        unsafe {
            while remaining > 0 {
                let here = remaining.min(E::PANEL);
                if here == E::PANEL && self.0.rows >= E::PANEL {
                    L::transpose_square(source, destination);
                } else {
                    for term in 0..here {
                        for row in 0..E::PANEL {
                            *destination.add(term * E::PANEL + row) = if row < self.0.rows {
                                *source.add(row * E::PANEL + term)
                            } else {
                                E::ZERO
                            };
                        }
                    }
                }
                source = source.wrapping_add(self.0.source_stride);
                destination = destination.add(here * E::PANEL);
                remaining -= here;
            }
        }
    }
}

/// The product written as its definition, the judge of the kernel above: row-major operands of
/// `rows x terms` and `terms x columns` (after the transpositions of `form`).
pub fn naive<E: Element>(
    form: Form,
    left: &[E],
    right: &[E],
    (rows, terms, columns): (usize, usize, usize),
) -> Vec<E> {
    let mut output = vec![E::ZERO; rows * columns];
    for row in 0..rows {
        for column in 0..columns {
            let mut sum = E::ZERO;
            for term in 0..terms {
                let a = if form == Form::TransposedLeft {
                    left[term * rows + row]
                } else {
                    left[row * terms + term]
                };
                let b = if form == Form::TransposedRight {
                    right[column * terms + term]
                } else {
                    right[term * columns + column]
                };
                sum = a.fused(b, sum);
            }
            output[row * columns + column] = sum;
        }
    }
    output
}

/// The kernels of one element type. Behind a trait, whose methods for `f32` and `f64` are compiled
/// here once, instead of in every crate that runs a schedule.
pub trait ProductKernels: Sized {
    /// Computes a block.
    ///
    /// # Safety
    /// As the fields of [`Block`] say.
    unsafe fn run_block(set: InstructionSet, block: Block<'_, Self>);
    /// Packs a panel.
    ///
    /// # Safety
    /// As the fields of [`PackTransposed`] say.
    unsafe fn pack_transposed(set: InstructionSet, pack: PackTransposed<Self>);
}

macro_rules! product_kernels {
    ($($element:ty),*) => {$(
        impl ProductKernels for $element {
            unsafe fn run_block(set: InstructionSet, block: Block<'_, Self>) {
                set.run(BlockKernel(block));
            }
            unsafe fn pack_transposed(set: InstructionSet, pack: PackTransposed<Self>) {
                set.run(PackKernel(pack));
            }
        }
    )*};
}
product_kernels!(f32, f64);
