//! Functions of matrices: what they take, and the shapes that come of it.

use super::composed::MANY;
use crate::graph::shape_of;
use crate::{Op, Shape, Symbol};
use chainrule_math::{Extent, Form};
use std::ops::RangeInclusive;

/// Over what is summed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Along {
    All,
    Rows,
    Columns,
}

/// A function of whole matrices, with its numbers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Matrix {
    Sum(Along),
    Mean(Along),
    Product,
    Transpose,
    LogSumExp,
    Softmax,
    LogSoftmax,
    Concatenate,
    Columns { start: usize, count: usize },
    GatherRows,
    ScatterAddRows { rows: usize },
}

/// A name for one of them.
pub(super) struct MatrixFunction {
    pub(super) names: &'static [&'static str],
    /// How many values it takes.
    pub(super) values: RangeInclusive<usize>,
    /// How many numbers stand behind them.
    pub(super) numbers: RangeInclusive<usize>,
    /// All of them in words.
    pub(super) usage: &'static str,
    /// The function with these numbers, or what is wrong with them.
    pub(super) make: fn(&[f64]) -> Result<Matrix, String>,
}

macro_rules! functions {
    ($($names:expr, $values:expr, $numbers:expr, $usage:expr, $make:expr;)*) => {
        &[$(MatrixFunction {
            names: &$names,
            values: $values,
            numbers: $numbers,
            usage: $usage,
            make: $make,
        },)*]
    };
}

const AXIS: &str = "one argument, and perhaps the axis: 0 to go over the rows, 1 over the columns";
const ONE: &str = "one argument";

/// All of them.
pub(super) const FUNCTIONS: &[MatrixFunction] = functions! {
    ["sum"], 1..=1, 0..=1, AXIS, |axis| Ok(Matrix::Sum(along(axis)?));
    ["sum_rows"], 1..=1, 0..=0, ONE, |_| Ok(Matrix::Sum(Along::Rows));
    ["sum_columns"], 1..=1, 0..=0, ONE, |_| Ok(Matrix::Sum(Along::Columns));
    ["mean"], 1..=1, 0..=1, AXIS, |axis| Ok(Matrix::Mean(along(axis)?));
    ["mean_rows"], 1..=1, 0..=0, ONE, |_| Ok(Matrix::Mean(Along::Rows));
    ["mean_columns"], 1..=1, 0..=0, ONE, |_| Ok(Matrix::Mean(Along::Columns));
    ["matmul"], 2..=2, 0..=0, "two arguments, the left and the right factor",
        |_| Ok(Matrix::Product);
    ["transpose"], 1..=1, 0..=0, ONE, |_| Ok(Matrix::Transpose);
    ["concatenate"], MANY, 0..=0, "two arguments or more, of as many rows each",
        |_| Ok(Matrix::Concatenate);
    ["columns"], 1..=1, 2..=2,
        "three arguments: a value, the number of its first column (from 0), and how many columns",
        |numbers| {
            let count = whole(numbers[1], "how many columns `columns` takes", 1)?;
            Ok(Matrix::Columns { start: whole(numbers[0], "the first column of `columns`", 0)?, count })
        };
    ["gather_rows"], 2..=2, 0..=0,
        "two arguments: a table, and a column with the numbers of its rows (from 0)",
        |_| Ok(Matrix::GatherRows);
    ["scatter_add_rows"], 2..=2, 1..=1,
        "three arguments: a value, a column with the number of the row to which each of its rows is \
         added (from 0), and how many rows there are",
        |numbers| {
            let rows = whole(numbers[0], "the number of rows of `scatter_add_rows`", 1)?;
            Ok(Matrix::ScatterAddRows { rows })
        };
};

/// What a function that takes several values means where it is given a single one.
pub(super) fn of_one(name: &str) -> Option<Matrix> {
    match name {
        "softmax" => Some(Matrix::Softmax),
        "log_softmax" => Some(Matrix::LogSoftmax),
        "log_sum_exp" => Some(Matrix::LogSumExp),
        _ => None,
    }
}

fn along(axis: &[f64]) -> Result<Along, String> {
    match *axis {
        [] => Ok(Along::All),
        [0.0] => Ok(Along::Rows),
        [1.0 | -1.0] => Ok(Along::Columns),
        _ => Err(format!(
            "the axis must be 0, to go over the rows, or 1, over the columns, found {}",
            axis[0]
        )),
    }
}

fn whole(number: f64, what: &str, least: usize) -> Result<usize, String> {
    let most = LARGEST as f64;
    match number.fract() == 0.0 && number >= least as f64 && number <= most {
        true => Ok(number as usize),
        false => Err(format!("{what} must be a whole number from {least} on, found {number}")),
    }
}

/// Numbers that a value of an expression may have: 2 GiB of them.
pub(super) const LARGEST: usize = 1 << 28;

/// Whether the number of elements is one that can be computed with; else what to do.
pub(super) fn bounded(shape: Shape) -> Result<Shape, String> {
    let rows = match shape.rows {
        Extent::Fixed(rows) => rows,
        Extent::Batch => 1,
    };
    match rows.checked_mul(shape.columns) {
        Some(count) if count <= LARGEST => Ok(shape),
        _ => Err(format!("the result would be {shape}, more than {LARGEST} numbers")),
    }
}

impl Matrix {
    /// The shape of the value, or what the arguments should have been.
    pub(super) fn shape(self, shapes: &[Shape]) -> Result<Shape, String> {
        let first = shapes[0];
        match self {
            Matrix::Sum(along) | Matrix::Mean(along) => Ok(match along {
                Along::All => Shape::SCALAR,
                Along::Rows => Shape::matrix(1, first.columns),
                Along::Columns => Shape { columns: 1, ..first },
            }),
            Matrix::Product => shape_of(&Op::Product(Form::Plain), shapes).map_err(|_| {
                "the columns of the left factor must be as many as the rows of the right one; \
                 transpose one of them"
                    .to_string()
            }),
            Matrix::Transpose => shape_of(&Op::Transpose, shapes),
            Matrix::LogSumExp => shape_of(&Op::LogSumExp, shapes),
            Matrix::Softmax | Matrix::LogSoftmax => Ok(first),
            Matrix::Concatenate => shapes[1..].iter().try_fold(first, |all, &next| {
                shape_of(&Op::Concatenate, &[all, next]).and_then(bounded)
            }),
            Matrix::Columns { start, count } if start + count <= first.columns => {
                Ok(Shape { columns: count, ..first })
            }
            Matrix::Columns { start, count } => Err(format!(
                "columns {start} to {} do not lie within it; they are counted from 0",
                start + count - 1
            )),
            Matrix::GatherRows => shape_of(&Op::GatherRows, shapes),
            Matrix::ScatterAddRows { rows } => match shapes[1] {
                Shape { rows: of_index, columns: 1 } if of_index == first.rows => {
                    Ok(Shape::matrix(rows, first.columns))
                }
                _ => Err("an index of one column and as many rows is needed".to_string()),
            },
        }
    }

    pub(super) fn record<'g>(self, x: &[Symbol<'g>]) -> Symbol<'g> {
        match self {
            Matrix::Sum(Along::All) => x[0].sum(),
            Matrix::Sum(Along::Rows) => x[0].sum_rows(),
            Matrix::Sum(Along::Columns) => x[0].sum_columns(),
            Matrix::Mean(Along::All) => x[0].mean(),
            Matrix::Mean(Along::Rows) => x[0].mean_rows(),
            Matrix::Mean(Along::Columns) => x[0].mean_columns(),
            Matrix::Product => x[0].product(x[1]),
            Matrix::Transpose => x[0].transpose(),
            Matrix::LogSumExp => x[0].log_sum_exp(),
            Matrix::Softmax => x[0].softmax(),
            Matrix::LogSoftmax => x[0].log_softmax(),
            Matrix::Concatenate => x[1..].iter().fold(x[0], |all, &next| all.concatenate(next)),
            Matrix::Columns { start, count } => x[0].slice_columns(start, count),
            Matrix::GatherRows => x[0].gather_rows(x[1]),
            Matrix::ScatterAddRows { rows } => x[0].scatter_add_rows(x[1], rows),
        }
    }
}
