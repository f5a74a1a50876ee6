//! Sums along rows and columns, and the softmax family. The order of every sum is fixed by the
//! shape alone.

use chainrule_math::{Element, InstructionSet, Kernel, Lanes, View, ViewMut, transpose};

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
        for first in (0..self.1.rows()).step_by(E::PANEL) {
            let rows = first..(first + E::PANEL).min(self.1.rows());
            if self.0 == RowOperation::Sum {
                let sums = self.folded::<L>(rows.clone(), E::ZERO, |_, x| x, |a, b| a + b);
                self.write_column(rows, sums);
                continue;
            }
            let infinity = E::from_f64(f64::NEG_INFINITY);
            let largest = self.folded::<L>(rows.clone(), infinity, |_, x| x, |a, b| a.maximum(b));
            let power = |row: usize, x: L| (x - L::splat(largest[row])).exp();
            let sums = self.folded::<L>(rows.clone(), E::ZERO, power, |a, b| a + b);
            if self.0 == RowOperation::Softmax {
                for (index, row) in rows.enumerate() {
                    let (largest, sum) = (L::splat(largest[index]), L::splat(sums[index]));
                    self.write_row::<L, _>(row, Scaled { largest, sum });
                }
                continue;
            }
            let mut logs = [E::ZERO; LINE];
            for lane in (0..E::PANEL).step_by(L::COUNT) {
                L::read(&sums[lane..]).ln().write(&mut logs[lane..]);
            }
            if self.0 == RowOperation::LogSumExp {
                for (log, largest) in logs.iter_mut().zip(largest) {
                    *log = largest + *log;
                }
                self.write_column(rows, logs);
                continue;
            }
            for (index, row) in rows.enumerate() {
                let (largest, log) = (L::splat(largest[index]), L::splat(logs[index]));
                self.write_row::<L, _>(row, Shifted { largest, log });
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
    /// Each of some rows, at most as many as a line has lanes, made one number: lane by lane over the
    /// panels, then by halves. `term` is told the number of the row among these. The last part is done
    /// for all rows at once, across the lines turned on their side.
    ///
    /// A largest number ignores those that are no numbers; the sums do not.
    #[inline(always)]
    fn folded<L: Lanes<Element = E>>(
        &self,
        rows: std::ops::Range<usize>,
        neutral: E,
        term: impl Fn(usize, L) -> L,
        combine: impl Fn(L, L) -> L,
    ) -> [E; LINE] {
        let mut lines = [neutral; LINE * LINE];
        let panels = self.1.panels();
        let width = self.1.columns() - (panels - 1) * E::PANEL;
        // Above zero where the last panel has a column, and not padding.
        let mut columns = [E::ZERO; LINE];
        columns[..width].fill(E::ONE);
        for panel in 0..panels {
            let x = self.1.panel(panel);
            for (index, row) in rows.clone().enumerate() {
                let x = &x[row * E::PANEL..][..E::PANEL];
                let line = &mut lines[index * E::PANEL..][..E::PANEL];
                for lane in (0..E::PANEL).step_by(L::COUNT) {
                    let mut number = term(index, L::read(&x[lane..]));
                    if panel + 1 == panels {
                        let is_column = L::read(&columns[lane..]).greater(L::ZERO);
                        number = L::select(is_column, number, L::splat(neutral));
                    }
                    let sum = combine(L::read(&line[lane..]), number);
                    sum.write(&mut line[lane..]);
                }
            }
        }
        let mut turned = [E::ZERO; LINE * LINE];
        let square = E::PANEL * E::PANEL;
        transpose::<L>(&lines[..square], &mut turned[..square]);
        let mut width = E::PANEL;
        while width > 1 {
            width /= 2;
            let (first, second) = turned.split_at_mut(width * E::PANEL);
            for index in (0..width * E::PANEL).step_by(L::COUNT) {
                let sum = combine(L::read(&first[index..]), L::read(&second[index..]));
                sum.write(&mut first[index..]);
            }
        }
        let mut folded = [E::ZERO; LINE];
        folded[..E::PANEL].copy_from_slice(&turned[..E::PANEL]);
        folded
    }

    /// One number for each of the rows.
    #[inline(always)]
    fn write_column(&mut self, rows: std::ops::Range<usize>, numbers: [E; LINE]) {
        let lines = self.2.panel(0)[rows.start * E::PANEL..].chunks_exact_mut(E::PANEL);
        for (line, number) in lines.zip(&numbers[..rows.len()]) {
            line[0] = *number;
        }
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
