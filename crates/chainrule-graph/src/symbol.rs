//! A value of the graph while it is being written down.

use crate::ops::{self, Binary, Function};
use crate::{Graph, NodeId, Op, Shape};
use chainrule_math::{Algebra, Extent, Form};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A node of a graph, or a bare number on its way into one. Arithmetic on symbols records.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'g>(Kind<'g>);

#[derive(Clone, Copy, Debug)]
enum Kind<'g> {
    Number(f64),
    Node(&'g Graph, NodeId),
}

impl<'g> Symbol<'g> {
    pub(crate) fn of(graph: &'g Graph, id: NodeId) -> Symbol<'g> {
        Symbol(Kind::Node(graph, id))
    }

    pub(crate) fn node(self) -> Option<(&'g Graph, NodeId)> {
        match self.0 {
            Kind::Node(graph, id) => Some((graph, id)),
            Kind::Number(_) => None,
        }
    }

    pub(crate) fn number(self) -> Option<f64> {
        match self.0 {
            Kind::Number(number) => Some(number),
            Kind::Node(..) => None,
        }
    }

    /// The graph that it belongs to; nothing for a bare number.
    pub fn graph(self) -> Option<&'g Graph> {
        self.node().map(|(graph, _)| graph)
    }

    /// The node's number in its graph.
    ///
    /// # Panics
    /// For a bare number, which has not been used with a node yet.
    pub fn id(self) -> NodeId {
        self.node().expect("a bare number has no node").1
    }

    /// Rows and columns.
    pub fn shape(self) -> Shape {
        self.node().map_or(Shape::SCALAR, |(graph, id)| graph.shape(id))
    }

    fn unary(self, function: impl Into<Function>) -> Symbol<'g> {
        self.apply(function)
    }

    fn record(self, op: Op, others: &[Symbol<'g>]) -> Symbol<'g> {
        let mut inputs = vec![self];
        inputs.extend(others);
        let graph = inputs.iter().find_map(|input| input.node()).map(|(graph, _)| graph);
        graph.expect("an operation on matrices starts from a node").record(op, &inputs)
    }

    /// Applies an elementwise function.
    pub fn apply(self, function: impl Into<Function>) -> Symbol<'g> {
        let function = function.into();
        match self.0 {
            Kind::Number(number) => Symbol(Kind::Number(function.value(number))),
            Kind::Node(graph, _) => graph.record(Op::Function(function), &[self]),
        }
    }

    /// Applies an elementwise function of two values.
    pub fn binary(self, binary: Binary, other: Symbol<'g>) -> Symbol<'g> {
        match (self.0, other.0) {
            (Kind::Number(a), Kind::Number(b)) => Symbol(Kind::Number(binary.value(a, b))),
            (Kind::Node(graph, _), _) | (_, Kind::Node(graph, _)) => {
                graph.record(Op::Binary(binary), &[self, other])
            }
        }
    }

    /// Matrix product: r x k times k x c -> r x c.
    pub fn product(self, right: Symbol<'g>) -> Symbol<'g> {
        self.product_as(Form::Plain, right)
    }

    /// Matrix product with one factor transposed as `form` says.
    pub fn product_as(self, form: Form, right: Symbol<'g>) -> Symbol<'g> {
        self.record(Op::Product(form), &[right])
    }

    /// r x c -> c x r.
    pub fn transpose(self) -> Symbol<'g> {
        self.record(Op::Transpose, &[])
    }

    /// Column sums: r x c -> 1 x c.
    pub fn sum_rows(self) -> Symbol<'g> {
        self.record(Op::SumRows, &[])
    }

    /// Row sums: r x c -> r x 1.
    pub fn sum_columns(self) -> Symbol<'g> {
        match self.shape().columns {
            1 => self,
            _ => self.record(Op::SumColumns, &[]),
        }
    }

    /// The sum of all elements: -> 1 x 1.
    pub fn sum(self) -> Symbol<'g> {
        let rows = if self.shape().columns == 1 { self } else { self.sum_columns() };
        if rows.shape().rows == Extent::Fixed(1) { rows } else { rows.sum_rows() }
    }

    /// Column means: r x c -> 1 x c.
    pub fn mean_rows(self) -> Symbol<'g> {
        self.sum_rows() / self.count_rows()
    }

    /// Row means: r x c -> r x 1.
    pub fn mean_columns(self) -> Symbol<'g> {
        self.sum_columns() / Symbol::constant(self.shape().columns as f64)
    }

    /// The mean of all elements: -> 1 x 1.
    pub fn mean(self) -> Symbol<'g> {
        self.sum() / (self.count_rows() * Symbol::constant(self.shape().columns as f64))
    }

    /// The number of rows, that of the batch where it is the batch's: -> 1 x 1.
    pub fn count_rows(self) -> Symbol<'g> {
        match self.shape().rows {
            Extent::Fixed(rows) => Symbol::constant(rows as f64),
            Extent::Batch => {
                let (graph, _) = self.node().expect("a number has one row");
                graph.record_as(Op::BatchRows, &[], Shape::SCALAR)
            }
        }
    }

    /// ln of the sum of e^x along each row: r x c -> r x 1.
    pub fn log_sum_exp(self) -> Symbol<'g> {
        self.record(Op::LogSumExp, &[])
    }

    /// e^x over its sum along each row.
    pub fn softmax(self) -> Symbol<'g> {
        self.record(Op::Softmax, &[])
    }

    /// The logarithm of the softmax, from differences: never ln of a rounded 0.
    pub fn log_softmax(self) -> Symbol<'g> {
        self.record(Op::LogSoftmax, &[])
    }

    /// `yes` where `self > 0`, else `no`.
    pub fn choose(self, yes: Symbol<'g>, no: Symbol<'g>) -> Symbol<'g> {
        match (self.0, yes.0, no.0) {
            (Kind::Number(mask), ..) => {
                if mask > 0.0 {
                    yes
                } else {
                    no
                }
            }
            _ => self.record(Op::Select, &[yes, no]),
        }
    }

    /// Repeats dimensions of size 1 up to `shape`.
    pub fn broadcast_to(self, shape: Shape) -> Symbol<'g> {
        let (graph, _) = self.node().expect("broadcasting starts from a node");
        if self.shape() == shape {
            return self;
        }
        if self.shape().broadcast(shape) != Some(shape) {
            let expected = "only dimensions of size 1 can be repeated".to_string();
            graph.refuse("broadcast".to_string(), &[self.shape(), shape], expected);
        }
        graph.record_as(Op::Broadcast, &[self], shape)
    }

    /// Columns `start..start + columns`.
    pub fn slice_columns(self, start: usize, columns: usize) -> Symbol<'g> {
        let (graph, _) = self.node().expect("slicing starts from a node");
        let shape = self.shape();
        if columns == 0 || start + columns > shape.columns {
            let expected = format!("columns {start} to {} do not lie within it", start + columns);
            graph.refuse("slice".to_string(), &[shape], expected);
        }
        graph.record_as(Op::SliceColumns { start }, &[self], Shape { columns, ..shape })
    }

    /// This value as the columns `start..` of one of `columns` columns, zeros elsewhere.
    pub fn pad_columns(self, start: usize, columns: usize) -> Symbol<'g> {
        let (graph, _) = self.node().expect("padding starts from a node");
        let shape = self.shape();
        if start + shape.columns > columns {
            let expected = format!("it does not fit {columns} columns from column {start} on");
            graph.refuse("pad".to_string(), &[shape], expected);
        }
        graph.record_as(Op::PadColumns { start }, &[self], Shape { columns, ..shape })
    }

    /// The columns of this value, then those of another.
    pub fn concatenate(self, other: Symbol<'g>) -> Symbol<'g> {
        self.record(Op::Concatenate, &[other])
    }

    /// Row `index(r)` of this table for each row r of the index (r x 1, whole numbers; another
    /// number gives a row of NaN).
    pub fn gather_rows(self, index: Symbol<'g>) -> Symbol<'g> {
        self.record(Op::GatherRows, &[index])
    }

    /// Sums the rows of each index (r x 1) into a table of `rows` rows.
    pub fn scatter_add_rows(self, index: Symbol<'g>, rows: usize) -> Symbol<'g> {
        let (graph, _) = self.node().expect("scattering starts from a node");
        let (shape, index_shape) = (self.shape(), index.shape());
        if index_shape.columns != 1 || index_shape.rows != shape.rows {
            let expected = "an index of one column and as many rows is needed".to_string();
            graph.refuse("scatter-add".to_string(), &[shape, index_shape], expected);
        }
        let shape = Shape::matrix(rows, shape.columns);
        graph.record_as(Op::ScatterAddRows, &[self, index], shape)
    }

    /// A dropout mask in the shape of this value: 0 with probability `rate`, else 1 / (1 - rate).
    pub fn dropout_mask(self, rate: f64, layer: u32) -> Symbol<'g> {
        self.record(Op::DropoutMask { rate, layer }, &[])
    }
}

/// Operators record; what changes nothing (+ 0, times 1) is not recorded.
macro_rules! operator {
    ($trait:ident, $method:ident, $binary:ident, $left_unit:expr, $right_unit:expr) => {
        impl<'g> $trait for Symbol<'g> {
            type Output = Symbol<'g>;
            fn $method(self, other: Symbol<'g>) -> Symbol<'g> {
                if $right_unit.is_some() && other.number() == $right_unit {
                    return self;
                }
                if $left_unit.is_some() && self.number() == $left_unit {
                    return other;
                }
                self.binary(Binary::$binary, other)
            }
        }
    };
}
operator!(Add, add, Add, Some(0.0), Some(0.0));
operator!(Sub, sub, Subtract, None::<f64>, Some(0.0));
operator!(Mul, mul, Multiply, Some(1.0), Some(1.0));
operator!(Div, div, Divide, None::<f64>, Some(1.0));

impl<'g> Neg for Symbol<'g> {
    type Output = Symbol<'g>;
    fn neg(self) -> Symbol<'g> {
        self.unary(ops::Negate)
    }
}

impl<'g> Algebra for Symbol<'g> {
    type Mask = Symbol<'g>;
    const ZERO: Self = Symbol(Kind::Number(0.0));
    const ONE: Self = Symbol(Kind::Number(1.0));

    fn constant(value: f64) -> Self {
        Symbol(Kind::Number(value))
    }
    fn greater(self, other: Self) -> Self {
        self.binary(Binary::Greater, other)
    }
    fn select(mask: Self, yes: Self, no: Self) -> Self {
        mask.choose(yes, no)
    }
    fn maximum(self, other: Self) -> Self {
        self.binary(Binary::Maximum, other)
    }
    fn minimum(self, other: Self) -> Self {
        self.binary(Binary::Minimum, other)
    }
    fn power(self, exponent: Self) -> Self {
        match exponent.number() {
            Some(exponent) => self.unary(ops::Power { exponent }),
            None => self.binary(Binary::Power, exponent),
        }
    }
    fn abs(self) -> Self {
        self.unary(ops::Abs)
    }
    fn sqrt(self) -> Self {
        self.unary(ops::Sqrt)
    }
    fn exp(self) -> Self {
        self.unary(ops::Exp)
    }
    fn ln(self) -> Self {
        self.unary(ops::Ln)
    }
    fn expm1(self) -> Self {
        self.unary(ops::Expm1)
    }
    fn log1p(self) -> Self {
        self.unary(ops::Log1p)
    }
    fn tanh(self) -> Self {
        self.unary(ops::Tanh)
    }
    fn sin(self) -> Self {
        self.unary(ops::Sin)
    }
    fn cos(self) -> Self {
        self.unary(ops::Cos)
    }
    fn erf(self) -> Self {
        self.unary(ops::Erf)
    }
}
