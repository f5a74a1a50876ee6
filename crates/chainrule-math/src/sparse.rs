//! The product of sparse rows and a matrix in panels.

use crate::{Element, InstructionSet, Kernel, Lanes};

/// Rows of which most numbers are zero: row i has `numbers[offsets[i]..offsets[i + 1]]`, in the columns
/// `columns[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Copy, Debug)]
pub struct SparseRows<'a, E> {
    /// Where each row begins, and where the last one ends.
    pub offsets: &'a [usize],
    /// The column of each number.
    pub columns: &'a [u32],
    /// The numbers that are not zero.
    pub numbers: &'a [E],
}

impl<E> SparseRows<'_, E> {
    /// Rows.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether all of it lies within itself, in fewer than so many columns.
    pub fn is_sound(&self, columns: usize) -> bool {
        self.offsets.windows(2).all(|pair| pair[0] <= pair[1])
            && self.offsets.last().is_some_and(|end| *end <= self.numbers.len())
            && self.numbers.len() == self.columns.len()
            && self.columns.iter().all(|column| (*column as usize) < columns)
    }
}

/// Writes `rows * matrix` to `output`, row by row, each row as long as the matrix's panels together. The
/// matrix has so many rows (the columns of the sparse one) and lies in panels.
///
/// A term whose factor is zero changes no sum, so where the columns of each row ascend, every element
/// has the bits that it has in the product of dense rows.
///
/// # Panics
/// When the rows are not sound, or a length is not as said.
pub fn product<E: Element>(
    set: InstructionSet,
    rows: SparseRows<'_, E>,
    matrix: &[E],
    inputs: usize,
    output: &mut [E],
) {
    assert!(rows.is_sound(inputs), "sparse rows within {inputs} columns");
    let panels = matrix.len() / (inputs * E::PANEL).max(1);
    assert_eq!(matrix.len(), panels * inputs * E::PANEL, "whole panels");
    assert_eq!(output.len(), rows.rows() * panels * E::PANEL, "a row of output for each row");
    set.run(Product { rows, matrix, inputs, panels, output });
}

struct Product<'a, E> {
    rows: SparseRows<'a, E>,
    matrix: &'a [E],
    inputs: usize,
    panels: usize,
    output: &'a mut [E],
}

impl<E: Element> Kernel<E> for Product<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let Product { rows, matrix, inputs, panels, output } = self;
        for (row, bounds) in rows.offsets.windows(2).enumerate() {
            let numbers = &rows.numbers[bounds[0]..bounds[1]];
            let columns = &rows.columns[bounds[0]..bounds[1]];
            for panel in 0..panels {
                for lane in (0..E::PANEL).step_by(L::COUNT) {
                    let first = panel * inputs * E::PANEL + lane;
                    let mut sum = L::splat(E::ZERO);
                    for (&number, &column) in numbers.iter().zip(columns) {
                        let line = &matrix[first + column as usize * E::PANEL..];
                        sum = L::splat(number).fused(L::read(line), sum);
                    }
                    let place = (row * panels + panel) * E::PANEL + lane;
                    sum.write(&mut output[place..]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_of_the_rows_that_are_named() {
        // Two panels of three rows, numbered by panel, row and lane.
        let panel = f32::PANEL;
        let matrix: Vec<f32> = (0..6 * panel).map(|place| place as f32).collect();
        let rows =
            SparseRows { offsets: &[0, 2, 2, 3], columns: &[0, 2, 1], numbers: &[2.0, -1.0, 0.5] };
        for set in InstructionSet::available() {
            let mut output = vec![7.0; 6 * panel];
            product(set, rows, &matrix, 3, &mut output);
            let at = |panel_number: usize, row: usize, lane: usize| {
                matrix[(panel_number * 3 + row) * panel + lane]
            };
            for (place, &found) in output.iter().enumerate() {
                let (row, number, lane) = (place / panel / 2, place / panel % 2, place % panel);
                let expected = match row {
                    0 => 2.0 * at(number, 0, lane) - at(number, 2, lane),
                    1 => 0.0,
                    _ => 0.5 * at(number, 1, lane),
                };
                assert_eq!(found, expected, "{place}");
            }
        }
    }

    #[test]
    fn rows_that_point_outside_of_themselves_are_not_sound() {
        let sound = |offsets: &[usize], columns: &[u32]| {
            SparseRows { offsets, columns, numbers: &[1.0_f64, 2.0] }.is_sound(3)
        };
        assert!(sound(&[0, 1, 2], &[2, 0]));
        assert!(!sound(&[0, 1, 3], &[2, 0]), "past the end");
        assert!(!sound(&[1, 0, 2], &[2, 0]), "backwards");
        assert!(!sound(&[0, 1, 2], &[3, 0]), "a column that there is not");
        assert!(!sound(&[0, 1, 2], &[0]), "fewer columns than numbers");
        assert!(!sound(&[], &[2, 0]), "no end");
    }
}
