//! A checked sequence of steps, and running it.

use super::Load;
use super::program::{Extent, Scratch, Spaces, block_length};
use super::step::share;
use super::{
    Instruction, MAX_INPUTS, Operand, Product, ProductTarget, Program, Split, Step, Target,
};
use crate::buffer::Buffer;
use crate::product::{Block, PANELS_AT_ONCE, PackTransposed, run_block};
use crate::team::{Member, Team};
use crate::{Element, Form, InstructionSet, Region, Space, View, ViewMut};
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
    /// Changes the weights (and its states) by the gradients; all slices have one length, a
    /// multiple of [`Element::PANEL`].
    fn apply(&self, set: InstructionSet, weights: &mut [E], gradients: &[E], states: [&mut [E]; 2]);
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
        /// What the rule remembers from step to step: each as long as the parameters, or empty.
        states: [&'a mut [E]; 2],
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
            Parameters::Learned { values, rule, states } => {
                assert_eq!(values.len(), memory.gradients.len(), "a gradient for each parameter");
                let states = states.map(|state| {
                    assert!(state.is_empty() || state.len() == values.len(), "a state too short");
                    (SharedPointer(state.as_mut_ptr()), state.len())
                });
                (values.as_mut_ptr(), values.len(), Some((rule, states)))
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
            if let Some((rule, states)) = &update {
                member.barrier();
                let lines = member.share(lengths[1] / E::PANEL);
                let start = lines.start * E::PANEL;
                let length = lines.len() * E::PANEL;
                // SAFETY: the shares are disjoint ranges of buffers that this run has borrowed
                // mutably, and the barrier ended every other use of them.
                unsafe {
                    let part = |pointer: *mut E| {
                        std::slice::from_raw_parts_mut(pointer.add(start), length)
                    };
                    let states = [&states[0], &states[1]].map(|(state, available)| {
                        if *available == 0 { &mut [] } else { part(state.get()) }
                    });
                    rule.apply(set, part(spaces.parameters), part(spaces.gradients), states);
                }
            }
        });
    }
}

/// A pointer that the members of a team share, each using its own part.
#[derive(Clone, Copy)]
struct SharedPointer<T>(*mut T);
// SAFETY: see the uses.
unsafe impl<T> Send for SharedPointer<T> {}
// SAFETY: see the uses.
unsafe impl<T> Sync for SharedPointer<T> {}
impl<T> SharedPointer<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}

/// Whether one step, whatever the batch, stays within its memory and within each thread's share.
fn check<E: Element, I>(
    step: &Step<I>,
    lengths: [usize; 3],
    capacity: usize,
) -> Result<(), &'static str> {
    let inside = |region: &Region| {
        let length = match region.space {
            Space::Arena => lengths[0],
            Space::Parameters => lengths[1],
            Space::Gradients => lengths[2],
        };
        let end = region
            .panels::<E>()
            .checked_mul(region.capacity * E::PANEL)
            .and_then(|size| size.checked_add(region.offset));
        region.offset.is_multiple_of(E::PANEL)
            && region.rows.rows(capacity) <= region.capacity
            && end.is_some_and(|end| end <= length)
    };
    let (reads, writes) = step.accesses();
    if !reads.iter().chain(&writes).all(inside) {
        return Err("a region lies outside its buffer");
    }
    if writes.iter().any(|region| region.space == Space::Parameters) {
        return Err("only an update writes parameters");
    }
    let shape = |region: &Region| (region.rows, region.columns);
    match step {
        Step::Load(_) => {}
        Step::Apply { inputs, output, split, .. } => {
            if inputs.len() > MAX_INPUTS {
                return Err("too many inputs");
            }
            if inputs.iter().any(|input| input.overlaps::<E>(output)) {
                return Err("the output overlaps an input");
            }
            let fits = |input: &Region| match split {
                Split::Rows => input.rows == output.rows || input.rows == crate::Extent::Fixed(1),
                Split::Panels => input.columns == output.columns || input.columns == 1,
                Split::Whole => true,
            };
            if !inputs.iter().all(fits) {
                return Err("an input cannot be shared as the output is");
            }
        }
        Step::Loop { shape: over, program } => check_program::<E, I>(program, shape(over), None)?,
        Step::Product(product) => {
            let (left, right, output) = (&product.left, &product.right, &product.output);
            let (rows, terms) = match product.form {
                Form::TransposedLeft => (crate::Extent::Fixed(left.columns), left.rows),
                _ => (left.rows, crate::Extent::Fixed(left.columns)),
            };
            let (right_terms, columns) = match product.form {
                Form::TransposedRight => match right.rows {
                    crate::Extent::Fixed(rows) => (crate::Extent::Fixed(right.columns), rows),
                    crate::Extent::Batch => return Err("a product as wide as the batch"),
                },
                _ => (right.rows, right.columns),
            };
            if rows != output.rows || columns != output.columns || terms != right_terms {
                return Err("the shapes of a product do not agree");
            }
            let kept = (product.target == ProductTarget::Output).then_some(output);
            if kept.is_some_and(|kept| kept.overlaps::<E>(left) || kept.overlaps::<E>(right)) {
                return Err("a product overlaps its operands");
            }
            let written = product.epilogue.lines.iter().filter_map(|line| match &line.target {
                Target::Block(region) => Some(region),
                Target::Slot(_) => None,
            });
            for region in written {
                if region.overlaps::<E>(left) || region.overlaps::<E>(right) {
                    return Err("an epilogue overwrites an operand of its product");
                }
            }
            check_program::<E, I>(&product.epilogue, shape(output), Some((kept, output)))?;
        }
    }
    Ok(())
}

/// Whether each block of the program can be run by itself: what is written as blocks is read, if at
/// all, as the same blocks and later. `product` is the product it follows, and the region that
/// keeps it.
fn check_program<E: Element, I>(
    program: &Program<I>,
    shape: (crate::Extent, usize),
    product: Option<(Option<&Region>, &Region)>,
) -> Result<(), &'static str> {
    let mut written: Vec<Region> =
        product.and_then(|(kept, _)| kept).into_iter().copied().collect();
    let mut filled = vec![false; program.slots()];
    let all_targets: Vec<Region> = program
        .lines
        .iter()
        .filter_map(|line| match line.target {
            Target::Block(region) => Some(region),
            Target::Slot(_) => None,
        })
        .chain(written.iter().copied())
        .collect();
    for line in &program.lines {
        if line.operands.len() > MAX_INPUTS {
            return Err("too many operands");
        }
        for operand in &line.operands {
            let fits = match operand {
                Operand::Product => product.is_some_and(|(kept, _)| kept.is_none()),
                Operand::Slot(slot) => {
                    filled.get(*slot) == Some(&true) && line.target != Target::Slot(*slot)
                }
                Operand::Block(region) => {
                    // Either not written in this program at all, or by an earlier line.
                    (region.rows, region.columns) == shape
                        && all_targets.iter().all(|target| {
                            !target.overlaps::<E>(region)
                                || (target == region && written.contains(region))
                        })
                }
                Operand::Row(region) => {
                    region.rows == crate::Extent::Fixed(1) && region.columns == shape.1
                }
                Operand::Column(region) => region.rows == shape.0 && region.columns == 1,
                Operand::Scalar(region) => {
                    region.rows == crate::Extent::Fixed(1) && region.columns == 1
                }
            };
            if !fits {
                return Err("an operand does not fit its program");
            }
            if let Operand::Row(region) | Operand::Column(region) | Operand::Scalar(region) =
                operand
                && all_targets.iter().any(|target| target.overlaps::<E>(region))
            {
                return Err("a program repeats what it writes itself");
            }
        }
        match line.target {
            Target::Slot(slot) => filled[slot] = true,
            Target::Block(region) => {
                if (region.rows, region.columns) != shape {
                    return Err("a target of another shape than its program");
                }
                if written.iter().any(|earlier| earlier.overlaps::<E>(&region)) {
                    return Err("a program writes a region twice");
                }
                written.push(region);
            }
        }
    }
    Ok(())
}

/// One member's view of a run.
struct Task<'a, E: Element> {
    set: InstructionSet,
    turn: Turn,
    spaces: Spaces<E>,
    scratch: Scratch<E>,
    member: &'a Member<'a>,
}

impl<E: Element> Task<'_, E> {
    /// # Safety
    /// The step was checked, and no step runs at the same time that it could meet in memory.
    unsafe fn step<I: Instruction<E>>(&self, step: &Step<I>, sources: &[Source<'_, E>]) {
        // SAFETY: handed on.
        unsafe {
            match step {
                Step::Load(load) => self.load(load, &sources[load.source]),
                Step::Product(product) => self.product(product),
                Step::Loop { shape, program } => self.elementwise(shape, program),
                Step::Apply { instruction, inputs, output, split } => {
                    self.apply(instruction, inputs, output, *split);
                }
            }
        }
    }

    unsafe fn load(&self, load: &Load, source: &Source<'_, E>) {
        let output = &load.output;
        let share = self.member.share(output.rows.rows(self.turn.rows));
        // Eight rows at a time: the rows of a panel are neighbours, so each visit to a panel fills
        // whole pages' worth of lines instead of one line in every panel.
        for first in share.clone().step_by(8) {
            let rows = first..(first + 8).min(share.end);
            for panel in 0..output.panels::<E>() {
                let column = panel * E::PANEL;
                let width = (output.columns - column).min(E::PANEL);
                for row in rows.clone() {
                    let pick =
                        |chosen: Option<&[u32]>| chosen.map_or(row, |chosen| chosen[row] as usize);
                    // SAFETY: the region was checked; rows are disjoint between members.
                    let line = unsafe {
                        let start = self.spaces.at(output);
                        let start = start.add((panel * output.capacity + row) * E::PANEL);
                        std::slice::from_raw_parts_mut(start, E::PANEL)
                    };
                    match *source {
                        Source::Rows { values, columns, chosen } => {
                            let start = pick(chosen) * columns + column;
                            line[..width].copy_from_slice(&values[start..start + width]);
                            line[width..].fill(E::ZERO);
                        }
                        Source::Classes { classes, chosen } => {
                            line.fill(E::ZERO);
                            let class = classes[pick(chosen)] as usize;
                            if (column..column + width).contains(&class) {
                                line[class - column] = E::ONE;
                            }
                        }
                    }
                }
            }
        }
    }

    unsafe fn elementwise<I: Instruction<E>>(&self, shape: &Region, program: &Program<I>) {
        let (rows, panels) =
            share(self.member, shape.rows.rows(self.turn.rows), 1, shape.panels::<E>());
        for panel in panels {
            for (row, count) in blocks(rows.clone()) {
                let extent = Extent { panel, row, rows: count };
                // SAFETY: checked by the schedule; blocks are disjoint between members.
                unsafe {
                    program.run(
                        self.set,
                        self.turn,
                        self.spaces,
                        self.scratch,
                        std::ptr::null(),
                        extent,
                    );
                }
            }
        }
    }

    unsafe fn product<I: Instruction<E>>(&self, product: &Product<I>) {
        let (left, right, output) = (&product.left, &product.right, &product.output);
        let transposed_left = product.form == Form::TransposedLeft;
        let terms = if transposed_left { left.rows.rows(self.turn.rows) } else { left.columns };
        let all_rows = output.rows.rows(self.turn.rows);
        // The rows of `A^T B` are columns of A, whose panels a tile must not cross.
        let unit = if transposed_left { E::PANEL } else { 1 };
        let (rows, panels) = share(self.member, all_rows, unit, output.panels::<E>());
        if rows.is_empty() {
            return;
        }
        // SAFETY: all pointers stay within checked regions; the output blocks are this member's.
        unsafe {
            let left_start = self.spaces.at(left);
            let right_start = self.spaces.at(right);
            for panel in panels.clone().step_by(PANELS_AT_ONCE) {
                let count = (panels.end - panel).min(PANELS_AT_ONCE);
                let (right_pointer, right_stride) = if product.form == Form::TransposedRight {
                    for offset in 0..count {
                        let first = (panel + offset) * E::PANEL;
                        self.set.run(PackTransposed {
                            source: right_start.add(first * E::PANEL),
                            source_stride: right.capacity * E::PANEL,
                            rows: output.columns - first,
                            terms,
                            destination: self.scratch.packed.add(offset * terms * E::PANEL),
                        });
                    }
                    (self.scratch.packed.cast_const(), terms * E::PANEL)
                } else {
                    let stride = right.capacity * E::PANEL;
                    (right_start.add(panel * stride).cast_const(), stride)
                };
                for (row, height) in blocks(rows.clone()) {
                    let (target, target_stride) = match product.target {
                        ProductTarget::Epilogue => (self.scratch.product, block_length::<E>()),
                        ProductTarget::Output => {
                            let stride = output.capacity * E::PANEL;
                            let start = self.spaces.at(output).add(panel * stride);
                            (start.add(row * E::PANEL), stride)
                        }
                    };
                    let left_offset = if transposed_left {
                        row / E::PANEL * left.capacity * E::PANEL + row % E::PANEL
                    } else {
                        row * E::PANEL
                    };
                    run_block(
                        self.set,
                        Block {
                            left: left_start.add(left_offset),
                            left_stride: left.capacity * E::PANEL,
                            right: right_pointer,
                            right_stride,
                            output: target,
                            output_stride: target_stride,
                            terms,
                            rows: height,
                            panels: count,
                            transposed_left,
                        },
                    );
                    if product.epilogue.lines.is_empty() {
                        continue;
                    }
                    for offset in 0..count {
                        let extent = Extent { panel: panel + offset, row, rows: height };
                        let block = self.scratch.product.add(offset * block_length::<E>());
                        product.epilogue.run(
                            self.set,
                            self.turn,
                            self.spaces,
                            self.scratch,
                            block,
                            extent,
                        );
                    }
                }
            }
        }
    }

    unsafe fn apply<I: Instruction<E>>(
        &self,
        instruction: &I,
        inputs: &[Region],
        output: &Region,
        split: Split,
    ) {
        let all_rows = output.rows.rows(self.turn.rows);
        let (rows, panels) = match split {
            Split::Rows => (self.member.share(all_rows), 0..output.panels::<E>()),
            Split::Panels => (0..all_rows, self.member.share(output.panels::<E>())),
            Split::Whole if self.member.index == 0 => (0..all_rows, 0..output.panels::<E>()),
            Split::Whole => return,
        };
        if rows.is_empty() || panels.is_empty() {
            return;
        }
        // The part of a region that belongs to this share: pointer, rows and columns.
        let part = |region: &Region| {
            let all_rows = region.rows.rows(self.turn.rows);
            let cut_rows = split == Split::Rows && region.rows == output.rows;
            let cut_panels = split == Split::Panels && region.columns == output.columns;
            let rows = if cut_rows { rows.clone() } else { 0..all_rows };
            let columns = if cut_panels {
                panels.start * E::PANEL..(panels.end * E::PANEL).min(region.columns)
            } else {
                0..region.columns
            };
            let offset = columns.start * region.capacity + rows.start * E::PANEL;
            (offset, rows.len(), columns.len(), region.capacity * E::PANEL)
        };
        // SAFETY: checked regions; the output part is this member's alone, and no input overlaps
        // the output.
        unsafe {
            let view = |region: &Region| {
                let (offset, rows, columns, stride) = part(region);
                View::new(self.spaces.at(region).add(offset), rows, columns, stride)
            };
            let mut views =
                [View::new(std::ptr::NonNull::dangling().as_ptr(), 0, 0, 0); MAX_INPUTS];
            for (slot, input) in views.iter_mut().zip(inputs) {
                *slot = view(input);
            }
            let (offset, rows, columns, stride) = part(output);
            let output = ViewMut::new(self.spaces.at(output).add(offset), rows, columns, stride);
            instruction.matrices(self.set, &views[..inputs.len()], output);
        }
    }
}

/// Cuts rows into blocks: (first, count).
fn blocks(rows: std::ops::Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    let end = rows.end;
    rows.step_by(super::program::BLOCK_ROWS)
        .map(move |row| (row, (end - row).min(super::program::BLOCK_ROWS)))
}
