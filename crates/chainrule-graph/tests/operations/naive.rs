//! The definitions, written down again as plainly as possible.

use chainrule_graph::Values;
use chainrule_graph::ops::{self, Binary, Function};

/// Each element of a matrix of this size from its row and column.
pub(crate) fn build(rows: usize, columns: usize, element: impl Fn(usize, usize) -> f64) -> Values {
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    Values { rows, columns, numbers: places.map(|(row, column)| element(row, column)).collect() }
}

/// An element, dimensions of size 1 repeated.
pub(crate) fn at(x: &Values, row: usize, column: usize) -> f64 {
    let row = if x.rows == 1 { 0 } else { row };
    let column = if x.columns == 1 { 0 } else { column };
    x.numbers[row * x.columns + column]
}

/// Elementwise, dimensions of size 1 repeated.
pub(crate) fn zip(inputs: &[Values], formula: impl Fn(&[f64]) -> f64) -> Values {
    let rows = inputs.iter().map(|x| x.rows).max().unwrap();
    let columns = inputs.iter().map(|x| x.columns).max().unwrap();
    build(rows, columns, |row, column| {
        let numbers: Vec<f64> = inputs.iter().map(|x| at(x, row, column)).collect();
        formula(&numbers)
    })
}

/// The product of the two matrices that the functions `left(row, term)` and `right(term, column)`
/// stand for.
pub(crate) fn product(
    [rows, terms, columns]: [usize; 3],
    left: impl Fn(usize, usize) -> f64,
    right: impl Fn(usize, usize) -> f64,
) -> Values {
    build(rows, columns, |row, column| {
        (0..terms).map(|term| left(row, term) * right(term, column)).sum()
    })
}

/// The numbers of one row.
pub(crate) fn row(x: &Values, row: usize) -> &[f64] {
    &x.numbers[row * x.columns..][..x.columns]
}

pub(crate) fn log_sum_exp(numbers: &[f64]) -> f64 {
    let largest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + numbers.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

pub(crate) fn binary(binary: Binary, a: f64, b: f64) -> f64 {
    match binary {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        Binary::Power => a.powf(b),
        Binary::Maximum => a.max(b),
        Binary::Minimum => a.min(b),
        Binary::Greater => f64::from(a > b),
        Binary::LogAddExp => (a.exp() + b.exp()).ln(),
    }
}

pub(crate) fn function(function: Function, x: f64) -> f64 {
    let softplus = (1.0 + x.exp()).ln();
    let elu = |alpha: f64| if x > 0.0 { x } else { alpha * (x.exp() - 1.0) };
    match function {
        Function::Identity(_) => x,
        Function::Negate(_) => -x,
        Function::Exp(_) => x.exp(),
        Function::Ln(_) => x.ln(),
        Function::Expm1(_) => x.exp() - 1.0,
        Function::Log1p(_) => (1.0 + x).ln(),
        Function::Sqrt(_) => x.sqrt(),
        Function::Abs(_) => x.abs(),
        Function::Sin(_) => x.sin(),
        Function::Cos(_) => x.cos(),
        Function::Erf(_) => libm::erf(x),
        Function::Power(ops::Power { exponent }) => x.powf(exponent),
        Function::Threshold(_) => f64::from(x > 0.0),
        Function::Heaviside(_) => f64::from(x >= 0.0),
        Function::Sigmoid(_) => 1.0 / (1.0 + (-x).exp()),
        Function::Tanh(_) => x.tanh(),
        Function::Relu(_) => x.max(0.0),
        Function::LeakyRelu(ops::LeakyRelu { leak }) => x.max(0.0) + leak * x.min(0.0),
        Function::Elu(ops::Elu { alpha }) => elu(alpha),
        Function::Selu(_) => 1.0507009873554805 * elu(1.6732632423543772),
        Function::Gelu(_) => 0.5 * x * (1.0 + libm::erf(x / 2f64.sqrt())),
        Function::GeluTanh(_) => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
        Function::Mish(_) => x * softplus.tanh(),
        Function::Silu(_) => x / (1.0 + (-x).exp()),
        Function::Softplus(_) => softplus,
    }
}
