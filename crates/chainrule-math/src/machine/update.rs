//! Learning: what is done with the gradients, block by block in the steps that compute them, or when
//! all steps are done.

use super::Learning;
use super::program::{BLOCK_ROWS, Extent, Spaces};
use crate::team::Member;
use crate::{Element, InstructionSet, Region, map};

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

/// Whether they are lines within the first `learned` elements, in order.
pub(super) fn are_sound<E: Element>(stretches: &[Stretch], learned: usize) -> bool {
    let mut end = 0;
    for stretch in stretches {
        if stretch.lines == 0 || !(1..=E::PANEL).contains(&stretch.width) || stretch.start < end {
            return false;
        }
        // Saturated: a stretch beyond all memory must not wrap around into it.
        end = stretch.start.saturating_add(stretch.lines.saturating_mul(E::PANEL));
    }
    end <= learned
}

/// How parameters learn in one run.
pub(super) struct Update<'a, E> {
    pub(super) rule: &'a dyn UpdateRule<E>,
    /// Each with whether it is empty.
    pub(super) states: [(SharedPointer<E>, bool); 2],
    /// What has not learned in a step.
    pub(super) stretches: &'a [Stretch],
    /// Those of the blocks that learn in steps, then those of the stretches.
    pub(super) squares: SharedPointer<E>,
    /// How many the first are.
    pub(super) blocks: usize,
}

/// Rows of a panel of a parameter that learns in a step whose squares are summed as one, by one member:
/// whole blocks, but for small parameters, which threads could not share evenly. A multiple of every
/// panel's width.
pub(super) fn rows_measured(parameter: &Region) -> usize {
    if parameter.capacity >= 4 * BLOCK_ROWS { BLOCK_ROWS } else { BLOCK_ROWS / 3 }
}

/// Sums of squares of a parameter that learns in a step.
pub(super) fn sums_of<E: Element>(parameter: &Region) -> usize {
    parameter.panels::<E>() * parameter.capacity.div_ceil(rows_measured(parameter))
}

impl<E: Element> Update<'_, E> {
    /// Learns from one block of a gradient, which lies at `gradient`; `first` is the number of the
    /// parameter's first sum of squares.
    ///
    /// # Safety
    /// The step was checked, the block is this member's, and `gradient` is this member's own.
    pub(super) unsafe fn block(
        &self,
        set: InstructionSet,
        spaces: Spaces<E>,
        learning: &Learning,
        extent: Extent,
        gradient: *mut E,
        first: usize,
    ) {
        let Learning { parameter, .. } = learning;
        let length = extent.rows * E::PANEL;
        let width = (parameter.columns - extent.panel * E::PANEL).min(E::PANEL);
        let start = parameter.offset + (extent.panel * parameter.capacity + extent.row) * E::PANEL;
        let measured = rows_measured(parameter);
        let square =
            first + extent.panel * parameter.capacity.div_ceil(measured) + extent.row / measured;
        // SAFETY: the block lies within the parameter, which lies within what is learned, and so
        // within the states; it is this member's, and so is its sum of squares.
        unsafe {
            let part = |pointer: *mut E| std::slice::from_raw_parts_mut(pointer.add(start), length);
            let gradient = std::slice::from_raw_parts_mut(gradient, length);
            for (index, lines) in gradient.chunks(measured * E::PANEL).enumerate() {
                let sum = map::sum_of_squares(set, lines, width);
                *self.squares.get().add(square + index) = sum;
            }
            let states = self.states.map(|(state, is_empty)| match is_empty {
                true => &mut [],
                false => part(state.get()),
            });
            self.rule.apply(set, None, part(spaces.parameters), gradient, states);
        }
    }

    /// The first elements of a block of a parameter, and of what is remembered of it: what
    /// [`Update::block`] will touch.
    pub(super) fn places(
        &self,
        spaces: Spaces<E>,
        parameter: &Region,
        panel: usize,
        row: usize,
    ) -> [*const E; 3] {
        let start = parameter.offset + (panel * parameter.capacity + row) * E::PANEL;
        let [first, second] = self.states.map(|(state, is_empty)| match is_empty {
            true => spaces.parameters,
            false => state.get(),
        });
        // Only hints are given for them, which no address can harm.
        [spaces.parameters, first, second].map(|space| space.wrapping_add(start).cast_const())
    }

    /// This member's share of the update: whole stretches, so that their squares have the same sums
    /// on any number of threads.
    ///
    /// # Safety
    /// The members of one team alone use the parameters and gradients of `spaces`, the states and the
    /// squares, each calling this once; the stretches lie within the gradients (so also within the
    /// parameters and the states that are not empty), none is empty, no two overlap, and there is a
    /// square for each.
    pub(super) unsafe fn run(&self, set: InstructionSet, member: &Member<'_>, spaces: Spaces<E>) {
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
            unsafe { *self.squares.get().add(self.blocks + index) = sum };
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
                let squares = self.squares.get().add(self.blocks).cast_const();
                std::slice::from_raw_parts(squares, self.stretches.len())
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
pub(super) struct SharedPointer<T>(pub(super) *mut T);
// SAFETY: it is used in this room alone, where each use says which member has which part; the parts
// are numbers or buffers of numbers, which any thread may hold.
unsafe impl<T> Send for SharedPointer<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for SharedPointer<T> {}
impl<T> SharedPointer<T> {
    pub(super) fn get(&self) -> *mut T {
        self.0
    }
}
