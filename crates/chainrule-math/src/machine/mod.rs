//! The machine: runs a fixed schedule of steps over three buffers, on a team of threads, without
//! allocating.
//!
//! The graph crate decides what is computed and where it lies; the machine checks once, when the
//! schedule is made, that no step can be harmed by another running at the same time, and from then
//! on works through raw memory. All of the project's shared mutable memory is behind this door.

mod arrangement;
mod check;
mod division;
mod load;
mod multiply;
mod program;
mod schedule;
mod step;
mod task;
mod upcoming;
mod update;

pub(crate) use upcoming::Upcoming;

pub use program::{Line, Operand, Place, Program, Target};
pub use schedule::{Fault, Memory, Parameters, Run, Schedule, Source, Turn};
pub use step::{Learning, Load, Product, ProductTarget, Split, Step};
pub use update::{Stretch, UpdateRule, norm};

use crate::{Element, InstructionSet, View, ViewMut};

/// What the steps compute: the graph's operations.
pub trait Instruction<E: Element>: Clone + Send + Sync {
    /// Applies an elementwise operation to slices that hold neighbouring rows of one panel, `place`
    /// saying which; an input of a single line stands for as many rows.
    fn block(
        &self,
        set: InstructionSet,
        turn: Turn,
        place: Place,
        inputs: &[&[E]],
        output: &mut [E],
    );

    /// Whether [`Instruction::block`] looks at the place.
    fn needs_place(&self) -> bool {
        false
    }

    /// Applies an operation on matrices to all or, as its [`Split`] allows, some of their rows or
    /// panels.
    fn matrices(&self, set: InstructionSet, inputs: &[View<'_, E>], output: ViewMut<'_, E>);
}

/// Inputs that one instruction may have.
pub const MAX_INPUTS: usize = 3;
