//! The shape of a value: rows by columns.

use chainrule_math::Extent;
use std::fmt;

/// Rows by columns. The number of rows is fixed, or that of the batch, which is known only when the
/// graph runs; columns are always fixed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Rows.
    pub rows: Extent,
    /// Columns.
    pub columns: usize,
}

impl Shape {
    /// A single number.
    pub const SCALAR: Shape = Shape { rows: Extent::Fixed(1), columns: 1 };

    /// A matrix of fixed size.
    pub fn matrix(rows: usize, columns: usize) -> Shape {
        Shape { rows: Extent::Fixed(rows), columns }
    }

    /// A row of `columns` numbers for each row of the batch.
    pub fn batch(columns: usize) -> Shape {
        Shape { rows: Extent::Batch, columns }
    }

    /// The shape of an elementwise operation on both: a dimension of size 1 is repeated to match
    /// the other's.
    pub fn broadcast(self, other: Shape) -> Option<Shape> {
        let one = Extent::Fixed(1);
        let rows = match (self.rows, other.rows) {
            (a, b) if a == b => a,
            (a, b) if a == one => b,
            (a, b) if b == one => a,
            _ => return None,
        };
        let columns = match (self.columns, other.columns) {
            (a, b) if a == b => a,
            (1, b) => b,
            (a, 1) => a,
            _ => return None,
        };
        Some(Shape { rows, columns })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Extent::Batch => write!(formatter, "batch x {}", self.columns),
            Extent::Fixed(rows) => write!(formatter, "{rows} x {}", self.columns),
        }
    }
}
