//! A checked sequence of steps, and running it.

use super::check::check;
use super::program::{Scratch, Spaces, block_length};
use super::task::Task;
use super::{Instruction, Load, MAX_INPUTS, Program, Step};
use crate::buffer::Buffer;
use crate::product::PANELS_AT_ONCE;
use crate::team::{Member, Team};
use crate::{Element, Form, InstructionSet, Region, map};
use std::fmt;

/// What changes from run to run and reaches every instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Turn {
    /// The seed of everything random in the run.
    pub seed: u64,
    /// The training step.
    pub step: u64,
    /// Rows of this batch.
    pub rows: usize,
}

/// The buffers that belong to a schedule.
pub struct Memory<E: Element> {
    /// Inputs and intermediate results.
    pub arena: Buffer<E>,
    /// The derivative of the loss by each parameter, laid out as the parameters are; may be empty.
    pub gradients: Buffer<E>,
}

impl<E: Element> Memory<E> {
    /// Zeros, of these lengths in elements.
    pub fn new(arena: usize, gradients: usize) -> Self {
        // Staggered apart from the parameters and the states of an update.
        Memory { arena: Buffer::zeroed(arena, 0), gradients: Buffer::zeroed(gradients, 23) }
    }
}

/// A batch in the caller's memory.
#[derive(Clone, Copy)]
pub enum Source<'a, E> {
    /// Rows of `columns` numbers one after the other; `chosen` lists those of the batch, in order,
    /// or else the batch is the first ones.
    Rows {
        /// The numbers.
        values: &'a [E],
        /// Numbers in a row.
        columns: usize,
        /// Rows of the batch.
        chosen: Option<&'a [u32]>,
    },
    /// A class per row, loaded as one-hot rows; `chosen` as above.
    Classes {
        /// Class numbers.
        classes: &'a [u32],
        /// Rows of the batch.
        chosen: Option<&'a [u32]>,
    },
}

impl<E> Source<'_, E> {
    /// Whether every row of a batch of `rows` is there for a matrix of `columns`.
    fn serves(&self, rows: usize, columns: usize) -> bool {
        let (available, chosen) = match *self {
            Source::Rows { values, columns: given, chosen } => {
                if given != columns {
                    return false;
                }
                (values.len().checked_div(columns).unwrap_or(usize::MAX), chosen)
            }
            Source::Classes { classes, chosen } => (classes.len(), chosen),
        };
        match chosen {
            Some(chosen) => {
                chosen.len() >= rows && chosen[..rows].iter().all(|&row| (row as usize) < available)
            }
            None => available >= rows,
        }
    }
}

/// A learning rule over slices of the flat buffers.
pub trait UpdateRule<E>: Sync {
    /// Whether [`UpdateRule::apply`] is to be told the norm of the whole gradient, which every thread
    /// must wait for.
    fn needs_norm(&self) -> bool;

    /// Changes the weights (and its states) by the gradients, which it may change too; all slices
    /// have one length, a multiple of [`Element::PANEL`], but for states that it does not have, which
    /// are empty.
    fn apply(
        &self,
        set: InstructionSet,
        norm: Option<f64>,
        weights: &mut [E],
        gradients: &mut [E],
        states: [&mut [E]; 2],
    );
}

/// Neighbouring lines of a flat buffer: the unit in which an update is shared among threads, and the
/// gradient is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// The first element.
    pub start: usize,
    /// Lines of [`Element::PANEL`] elements.
    pub lines: usize,
    /// Elements at the beginning of each line that hold numbers; the others are padding.
    pub width: usize,
}

/// The flat buffer of everything that is learned.
pub enum Parameters<'a, E: Element> {
    /// Only read.
    Fixed(&'a [E]),
    /// Changed by the gradients when all steps are done.
    Learned {
        /// The parameters.
        values: &'a mut [E],
        /// How they are changed.
        rule: &'a dyn UpdateRule<E>,
        /// What the rule remembers from step to step: each as long as the gradients, or empty.
        states: [&'a mut [E]; 2],
        /// What is learned of the parameters, in order.
        stretches: &'a [Stretch],
        /// Filled with the sum of the squared gradients of each stretch.
        squares: &'a mut [E],
    },
}

/// One run of a schedule.
pub struct Run<'a, E: Element> {
    /// The instruction set to use.
    pub set: InstructionSet,
    /// The batch's size, and what else changes from run to run.
    pub turn: Turn,
    /// The batch, by the numbers that the `Load` steps name.
    pub sources: &'a [Source<'a, E>],
    /// What is learned.
    pub parameters: Parameters<'a, E>,
}

/// Why a schedule was refused: a fault of whoever planned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    step: usize,
    reason: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "step {} of the schedule: {}", self.step, self.reason)
    }
}

impl std::error::Error for Fault {}

/// Steps that were found safe to run on memory of known lengths.
pub struct Schedule<E: Element, I> {
    steps: Vec<Step<I>>,
    /// Whether every thread must have arrived before the step begins.
    barriers: Vec<bool>,
    lengths: [usize; 3],
    /// Rows that a batch may have at most.
    capacity: usize,
    scratch_lengths: [usize; 3],
    scratch: Vec<[Buffer<E>; 3]>,
}

impl<E: Element, I: Instruction<E>> Schedule<E, I> {
    /// Checks the steps for batches of up to `capacity` rows, on buffers as long as those of
    /// `memory` and a number of parameters.
    pub fn new(
        steps: Vec<Step<I>>,
        memory: &Memory<E>,
        parameters: usize,
        capacity: usize,
    ) -> Result<Self, Fault> {
        let lengths = [memory.arena.len(), parameters, memory.gradients.len()];
        let mut barriers = Vec::with_capacity(steps.len());
        // Accesses since the last barrier.
        let (mut reads, mut writes): (Vec<Region>, Vec<Region>) = (Vec::new(), Vec::new());
        let mut scratch_lengths = [0; 3];
        for (number, step) in steps.iter().enumerate() {
            check::<E, I>(step, lengths, capacity)
                .map_err(|reason| Fault { step: number, reason })?;
            let (step_reads, step_writes) = step.accesses();
            let meets = |some: &[Region], others: &[Region]| {
                some.iter().any(|a| others.iter().any(|b| a.overlaps::<E>(b)))
            };
            let barrier = meets(&step_reads, &writes)
                || meets(&step_writes, &writes)
                || meets(&step_writes, &reads);
            if barrier {
                reads.clear();
                writes.clear();
            }
            reads.extend(step_reads);
            writes.extend(step_writes);
            barriers.push(barrier);
            let slots = step.program().map_or(0, Program::slots) + MAX_INPUTS;
            scratch_lengths[0] = scratch_lengths[0].max(slots * block_length::<E>());
            if let Step::Product(product) = step {
                scratch_lengths[1] = PANELS_AT_ONCE * block_length::<E>();
                if product.form == Form::TransposedRight {
                    let packed = PANELS_AT_ONCE * product.right.columns * E::PANEL;
                    scratch_lengths[2] = scratch_lengths[2].max(packed);
                }
            }
        }
        Ok(Schedule { steps, barriers, lengths, capacity, scratch_lengths, scratch: Vec::new() })
    }

    /// The steps.
    pub fn steps(&self) -> &[Step<I>] {
        &self.steps
    }

    /// Barriers between the steps of one run.
    pub fn barriers(&self) -> usize {
        self.barriers.iter().filter(|&&barrier| barrier).count()
    }

    /// Runs every step for a batch of `batch` rows, then the update. Allocates only the first time
    /// that it meets a team of this size.
    ///
    /// # Panics
    /// When the batch is larger than the capacity, the memory is not the one the schedule was made
    /// for, a source does not hold the batch, or a state is shorter than the parameters.
    pub fn run(&mut self, team: &mut Team, memory: &mut Memory<E>, run: Run<'_, E>) {
        let Run { set, turn, sources, parameters } = run;
        let batch = turn.rows;
        assert!(batch <= self.capacity, "a batch of {batch} rows for at most {}", self.capacity);
        for step in &self.steps {
            if let Step::Load(Load { source, output }) = step {
                let serves = sources[*source].serves(output.rows.rows(batch), output.columns);
                assert!(serves, "source {source} does not hold the batch");
            }
        }
        while self.scratch.len() < team.size() {
            self.scratch.push(self.scratch_lengths.map(|length| Buffer::zeroed(length, 0)));
        }
        let (values, count, update) = match parameters {
            // No step writes parameters: `check` refuses it.
            Parameters::Fixed(values) => (values.as_ptr().cast_mut(), values.len(), None),
            Parameters::Learned { values, rule, states, stretches, squares } => {
                let learned = memory.gradients.len();
                assert!(learned <= values.len(), "the gradients belong to other parameters");
                let mut end = 0;
                for stretch in stretches {
                    let whole = stretch.lines > 0 && (1..=E::PANEL).contains(&stretch.width);
                    assert!(
                        whole && stretch.start >= end,
                        "stretches are lines that do not overlap"
                    );
                    // Saturated: a stretch beyond all memory must not wrap around into it.
                    end = stretch.start.saturating_add(stretch.lines.saturating_mul(E::PANEL));
                }
                assert!(end <= learned && squares.len() == stretches.len(), "stretches too long");
                let states = states.map(|state| {
                    assert!(state.is_empty() || state.len() == learned, "a state too short");
                    (SharedPointer(state.as_mut_ptr()), state.is_empty())
                });
                let update = Update {
                    rule,
                    states,
                    stretches,
                    squares: SharedPointer(squares.as_mut_ptr()),
                };
                (values.as_mut_ptr(), values.len(), Some(update))
            }
        };
        let lengths = [memory.arena.len(), count, memory.gradients.len()];
        assert_eq!(lengths, self.lengths, "the schedule was made for other memory");
        let spaces = Spaces {
            arena: memory.arena.as_mut_ptr(),
            parameters: values,
            gradients: memory.gradients.as_mut_ptr(),
        };
        let scratch: SharedPointer<[Buffer<E>; 3]> = SharedPointer(self.scratch.as_mut_ptr());
        let (steps, barriers) = (&self.steps, &self.barriers);
        team.run(&|member| {
            // SAFETY: there is a set of scratch buffers for each member, used by it alone.
            let [blocks, product, packed] = unsafe { &mut *scratch.get().add(member.index) };
            let scratch = Scratch {
                blocks: blocks.as_mut_ptr(),
                product: product.as_mut_ptr(),
                packed: packed.as_mut_ptr(),
            };
            for (step, &barrier) in steps.iter().zip(barriers) {
                if barrier {
                    member.barrier();
                }
                let task = Task { set, turn, spaces, scratch, member: &member };
                // SAFETY: `new` checked the regions against the lengths, and put a barrier wherever
                // two steps could meet in memory; within a step the members' shares are disjoint.
                unsafe { task.step(step, sources) };
            }
            if let Some(update) = &update {
                member.barrier();
                // SAFETY: the barrier ended every other use of the parameters and gradients, which
                // this run has borrowed mutably, and the stretches were checked against them.
                unsafe { update.run(set, &member, spaces) };
            }
        });
    }
}

/// What is done with the gradients when all steps are done.
struct Update<'a, E> {
    rule: &'a dyn UpdateRule<E>,
    /// Each with whether it is empty.
    states: [(SharedPointer<E>, bool); 2],
    stretches: &'a [Stretch],
    squares: SharedPointer<E>,
}

impl<E: Element> Update<'_, E> {
    /// This member's share of the update: whole stretches, so that their squares have the same sums
    /// on any number of threads.
    ///
    /// # Safety
    /// The members of one team alone use the parameters and gradients of `spaces`, the states and the
    /// squares, each calling this once; the stretches lie within the gradients (so also within the
    /// parameters and the states that are not empty), none is empty, no two overlap, and there is a
    /// square for each.
    unsafe fn run(&self, set: InstructionSet, member: &Member<'_>, spaces: Spaces<E>) {
        let end = self.stretches.last().map_or(0, |last| last.start + last.lines * E::PANEL);
        let share = member.share(end);
        let first_from = |start| self.stretches.partition_point(|stretch| stretch.start < start);
        let mine = first_from(share.start)..first_from(share.end);
        let part = |pointer: *mut E, stretch: &Stretch| {
            // SAFETY: the stretch lies within the buffer; stretches do not overlap, each begins in
            // the share of one member, and that member has one slice of it at a time.
            unsafe {
                std::slice::from_raw_parts_mut(pointer.add(stretch.start), stretch.lines * E::PANEL)
            }
        };
        let measure = |index: usize| {
            let stretch = &self.stretches[index];
            let sum = map::sum_of_squares(set, part(spaces.gradients, stretch), stretch.width);
            // SAFETY: there is a number for each stretch, and each stretch has one member.
            unsafe { *self.squares.get().add(index) = sum };
        };
        let apply = |index: usize, norm: Option<f64>| {
            let stretch = &self.stretches[index];
            let [first, second] = self.states.map(|(state, is_empty)| match is_empty {
                true => &mut [],
                false => part(state.get(), stretch),
            });
            let (weights, gradients) =
                (part(spaces.parameters, stretch), part(spaces.gradients, stretch));
            self.rule.apply(set, norm, weights, gradients, [first, second]);
        };
        if self.rule.needs_norm() {
            mine.clone().for_each(measure);
            member.barrier();
            // SAFETY: the barrier ended the writing, and nothing is written after it.
            let squares = unsafe {
                std::slice::from_raw_parts(self.squares.get().cast_const(), self.stretches.len())
            };
            let norm = norm(squares);
            mine.for_each(|index| apply(index, Some(norm)));
        } else {
            // One after the other while the gradient is in the nearest cache.
            for index in mine {
                measure(index);
                apply(index, None);
            }
        }
    }
}

/// The length of a gradient from the sums of squares of its stretches.
pub fn norm<E: Element>(squares: &[E]) -> f64 {
    squares.iter().map(|square| square.to_f64()).sum::<f64>().sqrt()
}

/// A pointer that the members of a team share, each using its own part.
#[derive(Clone, Copy)]
struct SharedPointer<T>(*mut T);
// SAFETY: it is used in this file alone, where each use says which member has which part; the parts
// are numbers or buffers of numbers, which any thread may hold.
unsafe impl<T> Send for SharedPointer<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for SharedPointer<T> {}
impl<T> SharedPointer<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}
