//! Sums along rows and columns, and the softmax family. The order of every sum is fixed by the
//! shape alone.

use chainrule_math::{Algebra, Element, InstructionSet, Kernel, Lanes, View, ViewMut};

/// Room for one row of a panel, whatever the element.
const LINE: usize = 16;
/// Rows that are summed one after the other before their sum is added to the total: keeps the
/// rounding error of a long column small.
const CHUNK: usize = 256;

/// Column sums: rows x n -> 1 x n.
pub(crate) fn sum_rows<E: Element>(set: InstructionSet, x: View<'_, E>, y: ViewMut<'_, E>) {
    set.run(SumRows(x, y));
}
struct SumRows<'a, E>(View<'a, E>, ViewMut<'a, E>);
impl<E: Element> Kernel<E> for SumRows<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(mut self) {
        for panel in 0..self.0.panels() {
            let (x, y) = (self.0.panel(panel), self.1.panel(panel));
            for column in (0..E::PANEL).step_by(L::COUNT) {
                let mut total = L::ZERO;
                for chunk in x.chunks(CHUNK * E::PANEL) {
                    let mut sum = L::ZERO;
                    for row in chunk.chunks_exact(E::PANEL) {
                        sum = sum + L::read(&row[column..]);
                    }
                    total = total + sum;
                }
                total.write(&mut y[column..]);
            }
        }
    }
}

/// Adds a line of partial sums by halves.
#[inline(always)]
fn fold<E: Element>(line: &mut [E; LINE], combine: impl Fn(E, E) -> E) -> E {
    let mut width = E::PANEL;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            line[lane] = combine(line[lane], line[lane + width]);
        }
    }
    line[0]
}

/// What is computed of each row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RowOperation {
    /// rows x n -> rows x 1
    Sum,
    /// ln of the sum of e^x: rows x n -> rows x 1
    LogSumExp,
    /// e^x over the sum of e^x: rows x n -> rows x n
    Softmax,
    /// x less the log-sum-exp: rows x n -> rows x n
    LogSoftmax,
}

/// Applies a row operation. The largest of the row is taken off before the exponential, so nothing
/// overflows.
pub(crate) fn each_row<E: Element>(
    set: InstructionSet,
    operation: RowOperation,
    x: View<'_, E>,
    y: ViewMut<'_, E>,
) {
    set.run(EachRow(operation, x, y));
}
struct EachRow<'a, E>(RowOperation, View<'a, E>, ViewMut<'a, E>);

impl<E: Element> Kernel<E> for EachRow<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(mut self) {
        for row in 0..self.1.rows() {
            match self.0 {
                RowOperation::Sum => *self.2.at(row, 0) = self.sum::<L>(row, None),
                RowOperation::LogSumExp => {
                    let largest = self.largest(row);
                    *self.2.at(row, 0) = largest + Algebra::ln(self.sum::<L>(row, Some(largest)));
                }
                RowOperation::Softmax => {
                    let largest = self.largest(row);
                    let sum = L::splat(self.sum::<L>(row, Some(largest)));
                    let largest = L::splat(largest);
                    self.write_row::<L, _>(row, Scaled { largest, sum });
                }
                RowOperation::LogSoftmax => {
                    let largest = self.largest(row);
                    let log = L::splat(Algebra::ln(self.sum::<L>(row, Some(largest))));
                    let largest = L::splat(largest);
                    self.write_row::<L, _>(row, Shifted { largest, log });
                }
            }
        }
    }
}

trait RowFormula<L>: Copy {
    fn apply(self, x: L) -> L;
}
#[derive(Clone, Copy)]
struct Scaled<L> {
    largest: L,
    sum: L,
}
impl<L: Lanes> RowFormula<L> for Scaled<L> {
    #[inline(always)]
    fn apply(self, x: L) -> L {
        (x - self.largest).exp() / self.sum
    }
}
#[derive(Clone, Copy)]
struct Shifted<L> {
    largest: L,
    log: L,
}
impl<L: Lanes> RowFormula<L> for Shifted<L> {
    #[inline(always)]
    fn apply(self, x: L) -> L {
        (x - self.largest) - self.log
    }
}

impl<E: Element> EachRow<'_, E> {
    /// The largest of a row; NaN if one of them is.
    #[inline(always)]
    fn largest(&self, row: usize) -> E {
        let mut largest = E::from_f64(f64::NEG_INFINITY);
        for panel in 0..self.1.panels() {
            let width = (self.1.columns() - panel * E::PANEL).min(E::PANEL);
            for &number in &self.1.panel(panel)[row * E::PANEL..][..width] {
                if number > largest || number.to_f64().is_nan() {
                    largest = number;
                }
                if largest.to_f64().is_nan() {
                    return largest;
                }
            }
        }
        largest
    }

    /// The sum of a row, or of e^(x - largest): lane by lane over the panels, then by halves.
    #[inline(always)]
    fn sum<L: Lanes<Element = E>>(&self, row: usize, largest: Option<E>) -> E {
        let mut sums = [E::ZERO; LINE];
        for panel in 0..self.1.panels() {
            let width = (self.1.columns() - panel * E::PANEL).min(E::PANEL);
            let line = &self.1.panel(panel)[row * E::PANEL..][..E::PANEL];
            let mut terms = [E::ZERO; LINE];
            for lane in (0..E::PANEL).step_by(L::COUNT) {
                let x = L::read(&line[lane..]);
                let term = match largest {
                    Some(largest) => (x - L::splat(largest)).exp(),
                    None => x,
                };
                term.write(&mut terms[lane..]);
            }
            terms[width..].fill(E::ZERO);
            for (sum, term) in sums.iter_mut().zip(terms) {
                *sum += term;
            }
        }
        fold(&mut sums, |a, b| a + b)
    }

    #[inline(always)]
    fn write_row<L: Lanes<Element = E>, F: RowFormula<L>>(&mut self, row: usize, formula: F) {
        for panel in 0..self.1.panels() {
            let x = &self.1.panel(panel)[row * E::PANEL..][..E::PANEL];
            let y = &mut self.2.panel(panel)[row * E::PANEL..][..E::PANEL];
            for lane in (0..E::PANEL).step_by(L::COUNT) {
                formula.apply(L::read(&x[lane..])).write(&mut y[lane..]);
            }
        }
    }
}
