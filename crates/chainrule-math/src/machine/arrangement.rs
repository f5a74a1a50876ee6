//! In what order a team takes the steps of a schedule, how it divides them, and where its members wait
//! for each other.
//!
//! Hearing from another processor costs as much as hundreds of multiplications, and so does every few
//! lines that it has written. So steps are divided such that members mostly read what they have
//! written themselves (see [`Division`]); what all need and each can soon have, every member makes for
//! itself; and what must wait lets pass what need not, so that one barrier serves as many as can be.

use super::Step;
use super::division::{Access, Division};
use super::update::sums_of;
use crate::buffer::Buffer;
use crate::{Element, Extent, Form, Region, Space};

/// A step as a team takes it.
pub(super) struct Part<I> {
    pub(super) step: Step<I>,
    pub(super) division: Division,
    /// Whether every member must have arrived before the step begins.
    pub(super) barrier: bool,
    /// Blocks that learn in the steps before it in the schedule.
    pub(super) blocks_before: usize,
}

/// Elements of a batch that each member loads, at most: as many as it fetches ahead. Members share the
/// loading of a larger one.
const SMALL: usize = 1 << 16;

/// Steps among which the next one is chosen.
const AHEAD: usize = 32;

/// The steps of a schedule as a team of some size takes them.
pub(super) struct Arrangement<E: Element, I> {
    pub(super) members: usize,
    pub(super) parts: Vec<Part<I>>,
    /// What stands for [`Space::Own`], for each member but the last, who has the arena itself.
    pub(super) own: Vec<Buffer<E>>,
}

impl<E: Element, I: Clone> Arrangement<E, I> {
    /// Arranges the steps for a team of so many members, and batches of up to `capacity` rows.
    pub(super) fn new(steps: &[Step<I>], members: usize, capacity: usize) -> Self {
        let mut parts = arrange::<E, I>(steps, members, capacity);
        let mut end = 0;
        let mut measure = |region: &mut Region| {
            if region.space == Space::Own {
                end = end.max(region.offset + region.length::<E>());
            }
        };
        parts.iter_mut().for_each(|part| part.step.for_each_region(&mut measure));
        let own = (1..members).map(|_| Buffer::zeroed(end, 0)).collect();
        Arrangement { members, parts, own }
    }
}

fn arrange<E: Element, I: Clone>(
    steps: &[Step<I>],
    members: usize,
    capacity: usize,
) -> Vec<Part<I>> {
    let learns = steps.iter().any(|step| {
        let accesses = Division::Whole.accesses::<E, I>(step);
        accesses.iter().any(|access| access.writes && access.region.space != Space::Arena)
    });
    let mut blocks_before = 0;
    let part = |step: &Step<I>| {
        let division = Division::of::<E, I>(step, members, capacity, learns);
        let part = Part { step: step.clone(), division, barrier: false, blocks_before };
        blocks_before += step.learning().map_or(0, |learning| sums_of::<E>(&learning.parameter));
        part
    };
    let mut parts: Vec<Part<I>> = steps.iter().map(part).collect();
    if members == 1 {
        return parts;
    }
    repeat::<E, I>(&mut parts);
    order::<E, I>(parts)
}

/// Lets every member do for itself what costs less than waiting for another to do it: loading a small
/// batch of which each needs all rows, and arithmetic on single numbers that no step has computed.
fn repeat<E: Element, I>(parts: &mut [Part<I>]) {
    let mut own = Vec::<Region>::new();
    let accesses = |part: &Part<I>| Division::Whole.accesses::<E, I>(&part.step);
    let accesses: Vec<Vec<Access>> = parts.iter().map(accesses).collect();
    let overlapping = |region: &Region| {
        let all = accesses.iter().flatten();
        all.filter(|access| access.region.overlaps::<E>(region)).collect::<Vec<_>>()
    };
    // Its memory is written for nothing else.
    let is_private = |region: &Region| {
        let all = overlapping(region);
        region.space == Space::Arena
            && all.iter().all(|access| access.region == *region)
            && all.iter().filter(|access| access.writes).count() == 1
    };
    let is_fixed = |region: &Region| overlapping(region).iter().all(|access| !access.writes);
    for index in 0..parts.len() {
        let (writes, reads): (Vec<&Access>, _) =
            accesses[index].iter().partition(|access| access.writes);
        let is_known = |read: &&Access| own.contains(&read.region) || is_fixed(&read.region);
        let pays = match &parts[index].step {
            Step::Load(load) if load.output.length::<E>() <= SMALL => parts.iter().any(|part| {
                let Step::Product(product) = &part.step else { return false };
                let reads_all = part.division == Division::Panels && product.form == Form::Plain;
                reads_all && product.left == load.output
            }),
            Step::Loop { shape, .. } => {
                let is_line = shape.rows == Extent::Fixed(1) && shape.panels::<E>() == 1;
                is_line && reads.iter().all(is_known)
            }
            _ => false,
        };
        if pays && writes.iter().all(|access| is_private(&access.region)) {
            parts[index].division = Division::Each;
            own.extend(writes.iter().map(|access| access.region));
        }
    }
    for part in parts {
        part.step.for_each_region(&mut |region| {
            if own.contains(region) {
                region.space = Space::Own;
            }
        });
    }
}

/// Puts a barrier wherever a member could meet in memory what another has touched since the last one;
/// steps that need none come first, unless they depend on one that waits.
fn order<E: Element, I>(parts: Vec<Part<I>>) -> Vec<Part<I>> {
    let with_accesses = |part: Part<I>| {
        let accesses = part.division.accesses::<E, I>(&part.step);
        (part, accesses)
    };
    let mut waiting: Vec<(Part<I>, Vec<Access>)> = parts.into_iter().map(with_accesses).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    let mut since = Vec::<Access>::new();
    while !waiting.is_empty() {
        let may_come = |&place: &usize| {
            let (_, accesses) = &waiting[place];
            let mut before = waiting[..place].iter().flat_map(|(_, accesses)| accesses);
            let meets = |one: &Access| since.iter().any(|other| one.meets::<E>(other));
            !accesses.iter().any(meets)
                && !before.any(|other| accesses.iter().any(|one| one.depends::<E>(other)))
        };
        let next = (0..waiting.len().min(AHEAD)).find(may_come);
        let (mut part, accesses) = waiting.remove(next.unwrap_or(0));
        if next.is_none() {
            part.barrier = true;
            since.clear();
        }
        since.extend(accesses);
        ordered.push(part);
    }
    ordered
}
