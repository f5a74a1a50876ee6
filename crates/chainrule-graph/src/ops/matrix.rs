//! Operations that move numbers: transpose, slices, rows picked by number.

use chainrule_math::{Element, View, ViewMut};

/// Copies `x(row, column)` to `y(place(row, column))` for every element of x.
fn scatter_elements<E: Element>(
    x: View<'_, E>,
    y: &mut ViewMut<'_, E>,
    place: impl Fn(usize, usize) -> (usize, usize),
) {
    for row in 0..x.rows() {
        for column in 0..x.columns() {
            let (to_row, to_column) = place(row, column);
            *y.at(to_row, to_column) = x.at(row, column);
        }
    }
}

/// r x c -> c x r.
pub(crate) fn transpose<E: Element>(x: View<'_, E>, mut y: ViewMut<'_, E>) {
    scatter_elements(x, &mut y, |row, column| (column, row));
}

/// Columns `start..` of x, as many as y has.
pub(crate) fn slice_columns<E: Element>(start: usize, x: View<'_, E>, mut y: ViewMut<'_, E>) {
    for row in 0..y.rows() {
        for column in 0..y.columns() {
            *y.at(row, column) = x.at(row, start + column);
        }
    }
}

/// x as the columns `start..` of y, zeros elsewhere.
pub(crate) fn pad_columns<E: Element>(start: usize, x: View<'_, E>, mut y: ViewMut<'_, E>) {
    for panel in 0..y.panels() {
        y.panel(panel).fill(E::ZERO);
    }
    scatter_elements(x, &mut y, |row, column| (row, start + column));
}

/// The columns of a, then those of b.
pub(crate) fn concatenate<E: Element>(a: View<'_, E>, b: View<'_, E>, mut y: ViewMut<'_, E>) {
    let start = a.columns();
    scatter_elements(a, &mut y, |row, column| (row, column));
    scatter_elements(b, &mut y, |row, column| (row, start + column));
}

/// The row number that an index stands for, if it is one of `rows`.
fn row_number<E: Element>(index: E, rows: usize) -> Option<usize> {
    let number = index.to_f64();
    (number >= 0.0 && number < rows as f64 && number.fract() == 0.0).then_some(number as usize)
}

/// Row `index(r)` of x as row r; an index that is no row gives NaN.
pub(crate) fn gather_rows<E: Element>(x: View<'_, E>, index: View<'_, E>, mut y: ViewMut<'_, E>) {
    for row in 0..y.rows() {
        let from = row_number(index.at(row, 0), x.rows());
        for column in 0..y.columns() {
            *y.at(row, column) = from.map_or(E::from_f64(f64::NAN), |from| x.at(from, column));
        }
    }
}

/// Adds row r of x to row `index(r)` of y, which starts at zero; in order of r.
pub(crate) fn scatter_add_rows<E: Element>(
    x: View<'_, E>,
    index: View<'_, E>,
    mut y: ViewMut<'_, E>,
) {
    for panel in 0..y.panels() {
        y.panel(panel).fill(E::ZERO);
    }
    for row in 0..x.rows() {
        if let Some(to) = row_number(index.at(row, 0), y.rows()) {
            for column in 0..x.columns() {
                *y.at(to, column) += x.at(row, column);
            }
        }
    }
}
