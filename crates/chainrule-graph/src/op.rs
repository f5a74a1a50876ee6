//! The closed list of operations.

use crate::ops::{Binary, Function};
use chainrule_math::Form;
use chainrule_math::machine::Split;

/// What a node computes from its inputs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Op {
    /// A value given to each run.
    Input,
    /// A value that is learned.
    Parameter,
    /// A value that is carried from step to step without being learned, such as a running mean.
    State,
    /// A fixed number.
    Constant(f64),

    /// An elementwise function. Any shape -> the same.
    Function(Function),
    /// The slope of an elementwise function, from what it keeps. Any shape -> the same.
    Slope(Function),
    /// An elementwise function of two values; dimensions of size 1 are repeated.
    Binary(Binary),
    /// (mask, yes, no): `yes` where the mask is above 0, else `no`.
    Select,
    /// Repeats dimensions of size 1 up to the node's shape; else a copy.
    Broadcast,
    /// The number of rows of the batch. -> 1 x 1
    BatchRows,
    /// Like its input in shape: 0 with probability `rate`, else 1 / (1 - rate), drawn anew in each
    /// training step.
    DropoutMask {
        /// The share that is dropped.
        rate: f64,
        /// Tells the masks of one graph apart.
        layer: u32,
    },

    /// Matrix product.
    Product(Form),
    /// r x c -> c x r.
    Transpose,
    /// Column sums: r x c -> 1 x c.
    SumRows,
    /// Row sums: r x c -> r x 1.
    SumColumns,
    /// ln of the sum of e^x along each row: r x c -> r x 1.
    LogSumExp,
    /// e^x over its sum along each row.
    Softmax,
    /// x less its log-sum-exp along each row.
    LogSoftmax,
    /// Columns `start..` as many as the node has.
    SliceColumns {
        /// The first.
        start: usize,
    },
    /// The input as columns `start..` of the node, zeros elsewhere.
    PadColumns {
        /// The first.
        start: usize,
    },
    /// The columns of one value, then those of another, of as many rows.
    Concatenate,
    /// (table n x c, index r x 1): row `index` of the table. -> r x c
    GatherRows,
    /// (rows r x c, index r x 1): sums of the rows of each index. -> n x c
    ScatterAddRows,
}

impl Op {
    /// As shown to people.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input => "input",
            Op::Parameter => "parameter",
            Op::State => "state",
            Op::Constant(_) => "constant",
            Op::Function(function) => function.name(),
            Op::Slope(_) => "slope",
            Op::Binary(binary) => binary.name(),
            Op::Select => "select",
            Op::Broadcast => "broadcast",
            Op::BatchRows => "batch rows",
            Op::DropoutMask { .. } => "dropout mask",
            Op::Product(Form::Plain) => "product",
            Op::Product(Form::TransposedLeft) => "product (left transposed)",
            Op::Product(Form::TransposedRight) => "product (right transposed)",
            Op::Transpose => "transpose",
            Op::SumRows => "sum over rows",
            Op::SumColumns => "sum over columns",
            Op::LogSumExp => "log-sum-exp",
            Op::Softmax => "softmax",
            Op::LogSoftmax => "log-softmax",
            Op::SliceColumns { .. } => "slice",
            Op::PadColumns { .. } => "pad",
            Op::Concatenate => "concatenate",
            Op::GatherRows => "gather rows",
            Op::ScatterAddRows => "scatter-add rows",
        }
    }

    /// Whether the value is given rather than computed.
    pub fn is_leaf(&self) -> bool {
        self.is_given() || matches!(self, Op::Constant(_))
    }

    /// Whether the value is given by name.
    pub fn is_given(&self) -> bool {
        matches!(self, Op::Input | Op::Parameter | Op::State)
    }

    /// Whether the value lies in the flat buffer of parameters.
    pub(crate) fn is_stored(&self) -> bool {
        matches!(self, Op::Parameter | Op::State)
    }

    /// Whether each element needs only the same element of the inputs (repeated where a dimension
    /// has size 1).
    pub fn is_elementwise(&self) -> bool {
        matches!(
            self,
            Op::Function(_)
                | Op::Slope(_)
                | Op::Binary(_)
                | Op::Select
                | Op::Broadcast
                | Op::BatchRows
                | Op::DropoutMask { .. }
        )
    }

    /// Whether it costs less to compute again than to keep: it reads nothing.
    pub(crate) fn is_generated(&self) -> bool {
        matches!(self, Op::BatchRows | Op::DropoutMask { .. })
    }

    /// How threads may share a step that is neither elementwise nor a product.
    pub(crate) fn split(&self) -> Split {
        match self {
            Op::SumRows => Split::Panels,
            Op::SumColumns
            | Op::LogSumExp
            | Op::Softmax
            | Op::LogSoftmax
            | Op::SliceColumns { .. }
            | Op::PadColumns { .. }
            | Op::Concatenate => Split::Rows,
            _ => Split::Whole,
        }
    }
}
