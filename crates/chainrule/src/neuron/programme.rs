//! A linear programme in whole numbers: is a column of ones and zeros a mixture of others?
//!
//! Given columns A_1 .. A_n of m whole numbers, find l >= 0 with sum l_j A_j = (0, .., 0, 1), or prices
//! p with p . A_j <= 0 for all j and p_m > 0, of which exactly one exists (Farkas, 1902). The first
//! phase of the revised simplex method finds it: Dantzig's choice of the column, the lexicographic
//! choice of the row, which never cycles, and the inverse of the basis kept in whole numbers over one
//! denominator (Edmonds, 1967; Bareiss, 1968), so that nothing is ever rounded.

use num_bigint::{BigInt, Sign};
use std::cmp::Ordering;

/// Products of machine words after which the search is given up: some seconds.
const MOST_WORK: f64 = 3e8;

/// What was found.
pub(super) enum Solution {
    /// The columns that are mixed with their shares, over the denominator.
    Mixture { shares: Vec<(usize, BigInt)>, denominator: BigInt },
    /// There are prices, so no mixture.
    Prices,
    /// It would have taken too long.
    GivenUp,
}

struct Simplex<'a> {
    columns: &'a [Vec<BigInt>],
    /// The inverse of the basis times the denominator: m x m. Its last column is the basic solution.
    inverse: Vec<Vec<BigInt>>,
    denominator: BigInt,
    /// The column that each row stands for; none for an artificial one.
    basis: Vec<Option<usize>>,
}

/// Solves the programme for columns of equal length.
pub(super) fn solve(columns: &[Vec<BigInt>]) -> Solution {
    let size = columns.first().map_or(1, Vec::len);
    let unit = |row: usize| (0..size).map(|column| BigInt::from(u8::from(row == column))).collect();
    let mut simplex = Simplex {
        columns,
        inverse: (0..size).map(unit).collect(),
        denominator: BigInt::from(1),
        basis: vec![None; size],
    };
    let mut work = 0.0;
    loop {
        if simplex.is_solved() {
            return simplex.mixture();
        }
        let words = 1.0 + simplex.denominator.bits() as f64 / 64.0;
        work += words * ((columns.len() * size) as f64 + words * (size * size) as f64);
        if work > MOST_WORK {
            return Solution::GivenUp;
        }
        let Some(entering) = simplex.entering() else { return Solution::Prices };
        simplex.exchange(entering);
    }
}

impl Simplex<'_> {
    /// Whether no artificial column has a share any more.
    fn is_solved(&self) -> bool {
        let rows = self.basis.iter().zip(&self.inverse);
        rows.filter(|(column, _)| column.is_none()).all(|(_, row)| is_zero(last(row)))
    }

    fn mixture(&self) -> Solution {
        let rows = self.basis.iter().zip(&self.inverse);
        let shares = rows.filter_map(|(column, row)| {
            column.filter(|_| !is_zero(last(row))).map(|column| (column, last(row).clone()))
        });
        let mut shares: Vec<(usize, BigInt)> = shares.collect();
        shares.sort();
        Solution::Mixture { shares, denominator: self.denominator.clone() }
    }

    /// The column that makes the artificial ones smaller the fastest; none if none does.
    fn entering(&self) -> Option<usize> {
        let mut prices = vec![BigInt::ZERO; self.basis.len()];
        for (row, _) in self.inverse.iter().zip(&self.basis).filter(|(_, it)| it.is_none()) {
            prices.iter_mut().zip(row).for_each(|(price, number)| *price += number);
        }
        let gains = self.columns.iter().map(|column| dot(&prices, column)).enumerate();
        let gains = gains.filter(|(_, gain)| gain.sign() == Sign::Plus);
        gains.max_by(|(_, a), (_, b)| a.cmp(b)).map(|(place, _)| place)
    }

    /// Takes a column into the basis.
    fn exchange(&mut self, entering: usize) {
        let column = &self.columns[entering];
        let along: Vec<BigInt> = self.inverse.iter().map(|row| dot(row, column)).collect();
        let rows = (0..along.len()).filter(|&row| along[row].sign() == Sign::Plus);
        let leaving = rows.min_by(|&a, &b| self.compare(a, b, &along));
        // The shares of a mixture add up to 1, so none can grow without end.
        let leaving = leaving.expect("the programme is bounded");
        let pivot = along[leaving].clone();
        let pivot_row = self.inverse[leaving].clone();
        for (row, factor) in self.inverse.iter_mut().zip(&along) {
            for (number, pivotal) in row.iter_mut().zip(&pivot_row) {
                // Sylvester's identity: the division leaves no remainder.
                *number = (&*number * &pivot - factor * pivotal) / &self.denominator;
            }
        }
        self.inverse[leaving] = pivot_row;
        self.denominator = pivot;
        self.basis[leaving] = Some(entering);
    }

    /// Compares two rows, each divided by its number in `along`: first what the basic solution says,
    /// then all of the inverse.
    fn compare(&self, a: usize, b: usize, along: &[BigInt]) -> Ordering {
        let (rows_a, rows_b) = (&self.inverse[a], &self.inverse[b]);
        let of = |x: &BigInt, y: &BigInt| (x * &along[b]).cmp(&(y * &along[a]));
        let first = of(last(rows_a), last(rows_b));
        rows_a.iter().zip(rows_b).fold(first, |order, (x, y)| order.then_with(|| of(x, y)))
    }
}

fn last(row: &[BigInt]) -> &BigInt {
    &row[row.len() - 1]
}

fn is_zero(number: &BigInt) -> bool {
    number.sign() == Sign::NoSign
}

fn dot(a: &[BigInt], b: &[BigInt]) -> BigInt {
    a.iter().zip(b).filter(|(a, b)| !is_zero(a) && !is_zero(b)).map(|(a, b)| a * b).sum()
}
