//! A checked sequence of steps, and running it.

use super::arrangement::{Arrangement, Part};
use super::check::check;
use super::multiply::panels_near;
use super::program::{SLOTS_FROM, Scratch, Spaces, block_length};
use super::task::Task;
use super::upcoming::Upcoming;
use super::update::{SharedPointer, Stretch, Update, UpdateRule, are_sound, sums_of};
use super::{Instruction, Load, Program, Step};
use crate::buffer::Buffer;
use crate::product::PANELS_AT_ONCE;
use crate::team::Team;
use crate::{Element, Form, InstructionSet};
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

/// The flat buffer of everything that is learned.
pub enum Parameters<'a, E: Element> {
    /// Only read.
    Fixed(&'a [E]),
    /// Changed by the gradients, in the steps that compute them or when all steps are done.
    Learned {
        /// The parameters.
        values: &'a mut [E],
        /// How they are changed.
        rule: &'a dyn UpdateRule<E>,
        /// What the rule remembers from step to step: each as long as the gradients, or empty.
        states: [&'a mut [E]; 2],
        /// Filled with sums of squared gradients: [`Schedule::squares`] of them.
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
    /// Rows that the next run will choose from the same sources, if that is known: they are fetched
    /// meanwhile.
    pub upcoming: &'a [u32],
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
    /// For each size of team so far.
    arrangements: Vec<Arrangement<E, I>>,
    /// What learns when all steps are done.
    stretches: Vec<Stretch>,
    /// Blocks that learn in the steps.
    blocks: usize,
    lengths: [usize; 3],
    /// Rows that a batch may have at most.
    capacity: usize,
    scratch_lengths: [usize; 3],
    scratch: Vec<[Buffer<E>; 3]>,
}

impl<E: Element, I: Instruction<E>> Schedule<E, I> {
    /// Checks the steps for batches of up to `capacity` rows, on buffers as long as those of
    /// `memory` and a number of parameters. The stretches, in order, learn when all steps are done.
    pub fn new(
        steps: Vec<Step<I>>,
        stretches: Vec<Stretch>,
        memory: &Memory<E>,
        parameters: usize,
        capacity: usize,
    ) -> Result<Self, Fault> {
        let lengths = [memory.arena.len(), parameters, memory.gradients.len()];
        if !are_sound::<E>(&stretches, memory.gradients.len().min(parameters)) {
            let reason = "stretches are lines of what is learned that do not overlap";
            return Err(Fault { step: steps.len(), reason });
        }
        let mut blocks = 0;
        let mut scratch_lengths = [0; 3];
        for (number, step) in steps.iter().enumerate() {
            check::<E, I>(step, lengths, capacity)
                .map_err(|reason| Fault { step: number, reason })?;
            blocks += step.learning().map_or(0, |learning| sums_of::<E>(&learning.parameter));
            let slots = step.program().map_or(0, Program::slots) + SLOTS_FROM;
            scratch_lengths[0] = scratch_lengths[0].max(slots * block_length::<E>());
            if let Step::Product(product) = step {
                scratch_lengths[1] = PANELS_AT_ONCE * block_length::<E>();
                if product.form == Form::TransposedRight {
                    let terms = product.right.columns;
                    let near = panels_near::<E>(terms, product.output.panels::<E>());
                    let packed = near * terms * E::PANEL;
                    scratch_lengths[2] = scratch_lengths[2].max(packed);
                }
            }
        }
        let scratch = Vec::new();
        let arrangements = Vec::new();
        Ok(Schedule {
            steps,
            arrangements,
            stretches,
            blocks,
            lengths,
            capacity,
            scratch_lengths,
            scratch,
        })
    }

    /// The steps.
    pub fn steps(&self) -> &[Step<I>] {
        &self.steps
    }

    /// Arranges the steps for so many members, if they are not yet. The place of the result in the list.
    fn arranged(&mut self, members: usize) -> usize {
        if let Some(place) = self.arrangements.iter().position(|it| it.members == members) {
            return place;
        }
        self.arrangements.push(Arrangement::new(&self.steps, members, self.capacity));
        self.arrangements.len() - 1
    }

    /// Barriers between the steps of one run on so many threads.
    pub fn barriers(&mut self, members: usize) -> usize {
        let place = self.arranged(members);
        self.arrangements[place].parts.iter().filter(|part| part.barrier).count()
    }

    /// Sums of squared gradients that a run which learns fills: one for each block that learns in a
    /// step, then one for each stretch.
    pub fn squares(&self) -> usize {
        self.blocks + self.stretches.len()
    }

    /// Runs every step for a batch of `batch` rows, then the update. Allocates only the first time
    /// that it meets a team of this size.
    ///
    /// # Panics
    /// When the batch is larger than the capacity, the memory is not the one the schedule was made
    /// for, a source does not hold the batch, a state is shorter than the parameters, or steps learn
    /// and the rule is missing or needs the norm of the whole gradient.
    pub fn run(&mut self, team: &mut Team, memory: &mut Memory<E>, run: Run<'_, E>) {
        let Run { set, turn, sources, parameters, upcoming } = run;
        let batch = turn.rows;
        assert!(batch <= self.capacity, "a batch of {batch} rows for at most {}", self.capacity);
        for step in &self.steps {
            if let Step::Load(Load { source, output }) = step {
                let serves = sources[*source].serves(output.rows.rows(batch), output.columns);
                assert!(serves, "source {source} does not hold the batch");
            }
        }
        let place = self.arranged(team.size());
        while self.scratch.len() < team.size() {
            self.scratch.push(self.scratch_lengths.map(|length| Buffer::zeroed(length, 0)));
        }
        let (values, count, update) = match parameters {
            // No step writes parameters but those that learn: `check` refuses it.
            Parameters::Fixed(values) => {
                assert!(self.blocks == 0, "steps that learn need a rule");
                (values.as_ptr().cast_mut(), values.len(), None)
            }
            Parameters::Learned { values, rule, states, squares } => {
                let learned = memory.gradients.len();
                assert!(learned <= values.len(), "the gradients belong to other parameters");
                assert!(squares.len() == self.squares(), "a sum for each block and stretch");
                let in_time = self.blocks == 0 || !rule.needs_norm();
                assert!(
                    in_time,
                    "the norm is known when all steps are done, and some learn before"
                );
                let states = states.map(|state| {
                    assert!(state.is_empty() || state.len() == learned, "a state too short");
                    (SharedPointer(state.as_mut_ptr()), state.is_empty())
                });
                let update = Update {
                    rule,
                    states,
                    stretches: &self.stretches,
                    squares: SharedPointer(squares.as_mut_ptr()),
                    blocks: self.blocks,
                };
                (values.as_mut_ptr(), values.len(), Some(update))
            }
        };
        let lengths = [memory.arena.len(), count, memory.gradients.len()];
        assert_eq!(lengths, self.lengths, "the schedule was made for other memory");
        let arena = memory.arena.as_mut_ptr();
        let spaces = Spaces {
            arena,
            own: arena,
            parameters: values,
            gradients: memory.gradients.as_mut_ptr(),
        };
        let scratch: SharedPointer<[Buffer<E>; 3]> = SharedPointer(self.scratch.as_mut_ptr());
        let Arrangement { parts, own, .. } = &mut self.arrangements[place];
        let (parts, own) = (&*parts, SharedPointer(own.as_mut_ptr()));
        let update = update.as_ref();
        team.run(&|member| {
            // SAFETY: there is a set of scratch buffers for each member, used by it alone.
            let [blocks, product, packed] = unsafe { &mut *scratch.get().add(member.index) };
            let scratch = Scratch {
                blocks: blocks.as_mut_ptr(),
                product: product.as_mut_ptr(),
                packed: packed.as_mut_ptr(),
            };
            let spaces = match member.is_last() {
                true => spaces,
                // SAFETY: there is a buffer for each member but the last, used by it alone.
                false => unsafe {
                    Spaces { own: (*own.get().add(member.index)).as_mut_ptr(), ..spaces }
                },
            };
            let upcoming = match upcoming {
                [] => None,
                rows => Upcoming::new(&member, parts, sources, rows),
            };
            let upcoming = upcoming.as_ref();
            for part in parts {
                if part.barrier {
                    member.barrier();
                }
                let &Part { ref step, division, blocks_before, .. } = part;
                let member = &member;
                let task = Task {
                    set,
                    turn,
                    spaces,
                    scratch,
                    member,
                    division,
                    update,
                    blocks_before,
                    upcoming,
                };
                // SAFETY: `new` checked the regions against the lengths; `arrange` put a barrier
                // wherever two steps could meet in memory; within a step the members' parts are
                // disjoint, or in memory of their own.
                unsafe { task.step(step, sources) };
            }
            if let Some(update) = update {
                member.barrier();
                // SAFETY: the barrier ended every other use of the parameters and gradients, which
                // this run has borrowed mutably, and the stretches were checked against them.
                unsafe { update.run(set, &member, spaces) };
            }
        });
    }
}
