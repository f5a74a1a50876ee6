//! How a matrix lies in memory: in panels of one cache line's width.
//!
//! A matrix of R rows and C columns is stored as ceil(C / P) panels, each holding P columns of
//! every row: `[ceil(C / P)][R][P]` with P = [`Element::PANEL`] (16 for `f32`, 8 for `f64`). A
//! vector register then always covers neighbouring columns, strides are constants, products need no
//! packing, and no two rows of a wide matrix fight for the same cache set. The columns that fill up
//! the last panel are padding: they may hold anything, and nothing that is summed or returned reads
//! them.

use crate::Element;
use std::marker::PhantomData;

/// A row-by-row number of rows that is fixed, or that of the batch being run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Always this many rows.
    Fixed(usize),
    /// As many rows as the batch has.
    Batch,
}

impl Extent {
    /// The number of rows in a batch of `batch` rows.
    pub fn rows(self, batch: usize) -> usize {
        match self {
            Extent::Fixed(rows) => rows,
            Extent::Batch => batch,
        }
    }
}

/// Which of the machine's buffers a matrix lies in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Space {
    /// Inputs and intermediate results.
    Arena,
    /// Those of them of which every member of a team makes its own: only where the machine itself says so.
    Own,
    /// What is learned.
    Parameters,
    /// The derivative of the loss, laid out as the parameters are.
    Gradients,
}

/// The place of a matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// The buffer.
    pub space: Space,
    /// The first element, a multiple of the panel width.
    pub offset: usize,
    /// Rows in use.
    pub rows: Extent,
    /// Rows that there is room for: the panel stride is `capacity * PANEL`.
    pub capacity: usize,
    /// Columns in use.
    pub columns: usize,
}

impl Region {
    /// Panels of the matrix.
    pub fn panels<E: Element>(&self) -> usize {
        self.columns.div_ceil(E::PANEL)
    }

    /// Elements it takes in memory, padding included.
    pub fn length<E: Element>(&self) -> usize {
        self.panels::<E>() * self.capacity * E::PANEL
    }

    /// Whether the two share memory.
    pub fn overlaps<E: Element>(&self, other: &Region) -> bool {
        self.space == other.space
            && self.offset < other.offset + other.length::<E>()
            && other.offset < self.offset + self.length::<E>()
    }

    /// Where element (row, column) lies in the space.
    pub fn index<E: Element>(&self, row: usize, column: usize) -> usize {
        debug_assert!(row < self.capacity && column < self.columns);
        self.offset + (column / E::PANEL * self.capacity + row) * E::PANEL + column % E::PANEL
    }
}

/// A matrix, or some rows or panels of one, to read.
#[derive(Clone, Copy)]
pub struct View<'a, E> {
    pointer: *const E,
    rows: usize,
    columns: usize,
    panel_stride: usize,
    lifetime: PhantomData<&'a [E]>,
}

/// A matrix, or some rows or panels of one, to write.
pub struct ViewMut<'a, E> {
    pointer: *mut E,
    rows: usize,
    columns: usize,
    panel_stride: usize,
    lifetime: PhantomData<&'a mut [E]>,
}

impl<'a, E: Element> View<'a, E> {
    /// # Safety
    /// Every panel, `pointer + p * panel_stride` for `rows * PANEL` elements, must be readable and
    /// unwritten for `'a`.
    pub(crate) unsafe fn new(
        pointer: *const E,
        rows: usize,
        columns: usize,
        panel_stride: usize,
    ) -> Self {
        View { pointer, rows, columns, panel_stride, lifetime: PhantomData }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
    /// Columns, padding not counted.
    pub fn columns(&self) -> usize {
        self.columns
    }
    /// Panels.
    pub fn panels(&self) -> usize {
        self.columns.div_ceil(E::PANEL)
    }
    /// The rows of one panel, one after the other, `PANEL` numbers each.
    pub fn panel(&self, panel: usize) -> &'a [E] {
        assert!(panel < self.panels());
        // SAFETY: `new` was promised that each panel is readable for 'a.
        unsafe {
            std::slice::from_raw_parts(
                self.pointer.add(panel * self.panel_stride),
                self.rows * E::PANEL,
            )
        }
    }
    /// One number.
    pub fn at(&self, row: usize, column: usize) -> E {
        assert!(column < self.columns);
        self.panel(column / E::PANEL)[row * E::PANEL + column % E::PANEL]
    }
}

impl<'a, E: Element> ViewMut<'a, E> {
    /// # Safety
    /// Every panel, `pointer + p * panel_stride` for `rows * PANEL` elements, must be writable and
    /// not otherwise used for `'a`, and the panels must not overlap.
    pub(crate) unsafe fn new(
        pointer: *mut E,
        rows: usize,
        columns: usize,
        panel_stride: usize,
    ) -> Self {
        ViewMut { pointer, rows, columns, panel_stride, lifetime: PhantomData }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
    /// Columns, padding not counted.
    pub fn columns(&self) -> usize {
        self.columns
    }
    /// Panels.
    pub fn panels(&self) -> usize {
        self.columns.div_ceil(E::PANEL)
    }
    /// The rows of one panel, one after the other, `PANEL` numbers each.
    pub fn panel(&mut self, panel: usize) -> &mut [E] {
        assert!(panel < self.panels());
        // SAFETY: `new` was promised that each panel is writable for 'a; `&mut self` keeps two
        // panels from being borrowed at once.
        unsafe {
            std::slice::from_raw_parts_mut(
                self.pointer.add(panel * self.panel_stride),
                self.rows * E::PANEL,
            )
        }
    }
    /// One number to write.
    pub fn at(&mut self, row: usize, column: usize) -> &mut E {
        assert!(column < self.columns);
        &mut self.panel(column / E::PANEL)[row * E::PANEL + column % E::PANEL]
    }
}
