//! What the steps of a plan carry out: operations, some of them two at a time.

use crate::Op;
use crate::ops::{self, Function, RowOperation};
use chainrule_math::machine::{Instruction, Place, Turn};
use chainrule_math::{Element, InstructionSet, View, ViewMut};

/// An instruction of a plan.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Work {
    /// An operation.
    Op(Op),
    /// f(a + b), in one pass over memory: a bias and an activation.
    OfSum(Function),
    /// (what the slope is computed from, a): f'(.) a, likewise.
    TimesSlope(Function),
}

/// A number that graphs run on: `f32` or `f64`. Its methods are the operations on slices and
/// matrices of it, compiled once, in this crate.
pub trait Number: Element {
    #[doc(hidden)]
    fn execute_block(
        work: &Work,
        set: InstructionSet,
        turn: Turn,
        place: Place,
        inputs: &[&[Self]],
        output: &mut [Self],
    );
    #[doc(hidden)]
    fn execute_matrices(
        work: &Work,
        set: InstructionSet,
        inputs: &[View<'_, Self>],
        output: ViewMut<'_, Self>,
    );
}

macro_rules! number {
    ($($element:ty),*) => {$(
        impl Number for $element {
            fn execute_block(
                work: &Work,
                set: InstructionSet,
                turn: Turn,
                place: Place,
                inputs: &[&[Self]],
                output: &mut [Self],
            ) {
                work.block_of(set, turn, place, inputs, output);
            }
            fn execute_matrices(
                work: &Work,
                set: InstructionSet,
                inputs: &[View<'_, Self>],
                output: ViewMut<'_, Self>,
            ) {
                work.matrices_of(set, inputs, output);
            }
        }
    )*};
}
number!(f32, f64);

impl<E: Number> Instruction<E> for Work {
    fn block(
        &self,
        set: InstructionSet,
        turn: Turn,
        place: Place,
        inputs: &[&[E]],
        output: &mut [E],
    ) {
        E::execute_block(self, set, turn, place, inputs, output);
    }

    fn needs_place(&self) -> bool {
        matches!(self, Work::Op(Op::DropoutMask { .. }))
    }

    fn matrices(&self, set: InstructionSet, inputs: &[View<'_, E>], output: ViewMut<'_, E>) {
        E::execute_matrices(self, set, inputs, output);
    }
}

impl Work {
    fn block_of<E: Element>(
        &self,
        set: InstructionSet,
        turn: Turn,
        place: Place,
        inputs: &[&[E]],
        output: &mut [E],
    ) {
        match (self, inputs) {
            (Work::Op(Op::Function(function)), [x]) => function.map_value(set, x, None, output),
            (Work::Op(Op::Slope(function)), [kept]) => function.map_slope(set, kept, None, output),
            (Work::OfSum(function), [x, addend]) => {
                function.map_value(set, x, Some(addend), output);
            }
            (Work::TimesSlope(function), [kept, factor]) => {
                function.map_slope(set, kept, Some(factor), output);
            }
            (Work::Op(Op::Binary(binary)), [a, b]) => binary.map(set, a, b, output),
            (Work::Op(Op::Select), &[mask, yes, no]) => {
                ops::map_select(set, [mask, yes, no], output)
            }
            (Work::Op(Op::Broadcast), [x]) => {
                output.chunks_exact_mut(x.len()).for_each(|rows| rows.copy_from_slice(x));
            }
            (Work::Op(Op::BatchRows), _) => output.fill(E::from_f64(turn.rows as f64)),
            (Work::Op(Op::DropoutMask { rate, layer }), _) => {
                ops::dropout_mask(set, turn, (*rate, *layer), place, output);
            }
            _ => unreachable!("{self:?} is not elementwise, or has other inputs"),
        }
    }

    fn matrices_of<E: Element>(
        &self,
        set: InstructionSet,
        inputs: &[View<'_, E>],
        output: ViewMut<'_, E>,
    ) {
        match (self, inputs) {
            (Work::Op(Op::Transpose), &[x]) => ops::transpose(x, output),
            (Work::Op(Op::SumRows), &[x]) => ops::sum_rows(set, x, output),
            (Work::Op(Op::SumColumns), &[x]) => ops::each_row(set, RowOperation::Sum, x, output),
            (Work::Op(Op::LogSumExp), &[x]) => {
                ops::each_row(set, RowOperation::LogSumExp, x, output)
            }
            (Work::Op(Op::Softmax), &[x]) => ops::each_row(set, RowOperation::Softmax, x, output),
            (Work::Op(Op::LogSoftmax), &[x]) => {
                ops::each_row(set, RowOperation::LogSoftmax, x, output)
            }
            (Work::Op(Op::SliceColumns { start }), &[x]) => ops::slice_columns(*start, x, output),
            (Work::Op(Op::PadColumns { start }), &[x]) => ops::pad_columns(*start, x, output),
            (Work::Op(Op::Concatenate), &[a, b]) => ops::concatenate(a, b, output),
            (Work::Op(Op::GatherRows), &[table, index]) => ops::gather_rows(table, index, output),
            (Work::Op(Op::ScatterAddRows), &[rows, index]) => {
                ops::scatter_add_rows(rows, index, output)
            }
            _ => unreachable!("{self:?} is no operation on matrices, or has other inputs"),
        }
    }
}
