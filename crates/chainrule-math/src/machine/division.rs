//! How a step is divided among the members of a team, and what each touches of a matrix.
//!
//! Steps that are divided alike need no barrier between them: each member reads what it has written
//! itself. So predictions go through all layers by rows without waiting, and a member that learns meets
//! the others only for the inputs of its panels.

use super::update::rows_measured;
use super::{MAX_INPUTS, Operand, Split, Step, Target};
use crate::team::Member;
use crate::{Element, Form, Region, Space};
use std::ops::Range;

/// How much more than in the other way the largest share may be in the way that is preferred: shares are
/// uneven, but less passes from one processor to the other.
const UNEVEN: f64 = 1.2;

/// How a step is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Division {
    /// Each member has neighbouring rows, cut at multiples of `unit`.
    Rows {
        /// Rows that stay together.
        unit: usize,
    },
    /// Each member has neighbouring panels.
    Panels,
    /// Each member has all, in memory of its own.
    Each,
    /// The last member has all: where shares are uneven, its others are the smallest.
    Whole,
}

/// The part of a matrix that a member touches in a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Touch {
    /// Its part of the division.
    Own(Division),
    /// Any of it.
    All,
}

/// A matrix that a step touches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub(super) region: Region,
    touch: Touch,
    pub(super) writes: bool,
}

impl Access {
    /// Whether a member's access could meet another member's in memory, one of them writing.
    pub(super) fn meets<E: Element>(&self, other: &Access) -> bool {
        let whole = Touch::Own(Division::Whole);
        let alike = self.region == other.region
            && self.touch == other.touch
            && matches!(self.touch, Touch::Own(_));
        let both_last = self.touch == whole && other.touch == whole;
        self.depends::<E>(other) && !alike && !both_last
    }

    /// Whether the two must stay in order.
    pub(super) fn depends<E: Element>(&self, other: &Access) -> bool {
        (self.writes || other.writes) && self.region.overlaps::<E>(&other.region)
    }
}

impl Division {
    /// How a step is divided among `members`, for batches of up to `capacity` rows, in a schedule that
    /// `learns` or does not.
    pub(super) fn of<E: Element, I>(
        step: &Step<I>,
        members: usize,
        capacity: usize,
        learns: bool,
    ) -> Division {
        let chosen = |region: &Region, unit| {
            let rows = region.rows.rows(capacity);
            Division::choose((rows, unit), region.panels::<E>(), learns, members)
        };
        match step {
            Step::Load(_) => Division::Rows { unit: 1 },
            Step::Loop { shape, .. } => chosen(shape, 1),
            Step::Product(product) => {
                let unit = match (&product.learning, product.form) {
                    // What is measured as one has one member, whatever their number.
                    (Some(learning), _) => rows_measured(&learning.parameter),
                    // The rows of `A^T B` are columns of A, whose panels a tile must not cross.
                    (None, Form::TransposedLeft) => E::PANEL,
                    (None, _) => 1,
                };
                chosen(&product.output, unit)
            }
            Step::Apply { split: Split::Rows, .. } => Division::Rows { unit: 1 },
            Step::Apply { split: Split::Panels, output, .. } if output.panels::<E>() > 1 => {
                Division::Panels
            }
            Step::Apply { .. } => Division::Whole,
        }
    }

    /// As evenly as can be; but what learns goes by panels even if that is a little uneven. A layer's
    /// weights, its outputs, and their gradients then stay with one member, which has made or changed them
    /// all, and only the layer's inputs come from the others. Where nothing learns, weights pass to all
    /// members once, and rows go through all layers by themselves, unless they are too few.
    fn choose(
        (rows, unit): (usize, usize),
        panels: usize,
        learns: bool,
        members: usize,
    ) -> Division {
        let units = rows.div_ceil(unit);
        let largest = |parts: usize, size: usize, all: usize| {
            (parts.div_ceil(members) * size).min(all) as f64 / all.max(1) as f64
        };
        let (of_rows, of_panels) = (largest(units, unit, rows), largest(panels, 1, panels));
        let uneven = if learns { 1.0 / UNEVEN } else { UNEVEN };
        match (units, panels) {
            (0 | 1, 0 | 1) => Division::Whole,
            _ if of_rows <= uneven * of_panels => Division::Rows { unit },
            _ => Division::Panels,
        }
    }

    /// The rows and panels of an output of `rows` x `panels` that are this member's.
    pub(super) fn part(
        self,
        member: &Member<'_>,
        rows: usize,
        panels: usize,
    ) -> (Range<usize>, Range<usize>) {
        // The divisions below are most of the time of a small step.
        if member.count() == 1 {
            return (0..rows, 0..panels);
        }
        let cut = |size: usize, end: usize| {
            let share = member.share(end.div_ceil(size));
            (share.start * size).min(end)..(share.end * size).min(end)
        };
        match self {
            Division::Rows { unit } => (cut(unit, rows), 0..panels),
            Division::Panels => (0..rows, cut(1, panels)),
            Division::Each => (0..rows, 0..panels),
            Division::Whole if member.is_last() => (0..rows, 0..panels),
            Division::Whole => (0..0, 0..0),
        }
    }

    /// What a member touches of each matrix of the step.
    pub(super) fn accesses<E: Element, I>(self, step: &Step<I>) -> Vec<Access> {
        let own = if self == Division::Each { Touch::All } else { Touch::Own(self) };
        // What has a row, or a panel, for each of the output.
        let by_rows = if self == Division::Panels { Touch::All } else { own };
        let by_panels = if matches!(self, Division::Rows { .. }) { Touch::All } else { own };
        let alone = if self == Division::Whole { own } else { Touch::All };
        // Panels of a left operand that is read across are rows of the output; rows of such a right one
        // are its columns.
        let left_across = match self {
            Division::Rows { unit } if unit == E::PANEL => Touch::Own(Division::Panels),
            _ => alone,
        };
        let right_across = match self {
            Division::Panels => Touch::Own(Division::Rows { unit: E::PANEL }),
            _ => alone,
        };
        let access = |region: Region, touch, writes| match region.space {
            // The last member's own is the arena.
            Space::Own => {
                let region = Region { space: Space::Arena, ..region };
                Access { region, touch: Touch::Own(Division::Whole), writes }
            }
            _ => Access { region, touch, writes },
        };
        let read = |region: Region, touch| access(region, touch, false);
        let write = |region: Region, touch| access(region, touch, true);
        let mut accesses = Vec::with_capacity(2 * MAX_INPUTS);
        for line in step.program().into_iter().flat_map(|program| &program.lines) {
            for operand in &line.operands {
                accesses.extend(match *operand {
                    Operand::Product | Operand::Slot(_) => None,
                    Operand::Block(region) => Some(read(region, own)),
                    Operand::Row(region) => Some(read(region, by_panels)),
                    Operand::Column(region) => Some(read(region, by_rows)),
                    Operand::Scalar(region) => Some(read(region, alone)),
                });
            }
            if let Target::Block(region) = line.target {
                accesses.push(write(region, own));
            }
        }
        match step {
            Step::Load(load) => accesses.push(write(load.output, own)),
            Step::Loop { .. } => {}
            Step::Product(product) => {
                let (left, right) = match product.form {
                    Form::Plain => (by_rows, by_panels),
                    Form::TransposedLeft => (left_across, by_panels),
                    Form::TransposedRight => (by_rows, right_across),
                };
                accesses.extend([read(product.left, left), read(product.right, right)]);
                if product.target == super::ProductTarget::Output {
                    accesses.push(write(product.output, own));
                }
                accesses.extend(product.learning.as_ref().map(|it| write(it.parameter, own)));
            }
            Step::Apply { inputs, output, split, .. } => {
                accesses.extend(inputs.iter().map(|input| {
                    let touch = match split {
                        Split::Rows if input.rows == output.rows => own,
                        Split::Panels if input.columns == output.columns => own,
                        _ => alone,
                    };
                    read(*input, touch)
                }));
                accesses.push(write(*output, own));
            }
        }
        accesses
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Extent;

    #[test]
    fn what_learns_goes_by_panels_and_many_rows_by_rows() {
        let rows = Division::Rows { unit: 1 };
        let learns = |rows, unit, columns: usize| {
            Division::choose((rows, unit), columns.div_ceil(16), true, 2)
        };
        assert_eq!(learns(200, 1, 100), Division::Panels, "4 of 7 panels are nearly even");
        assert_eq!(learns(200, 1, 40), rows, "2 of 3 are not");
        assert_eq!(learns(200, 1, 10), rows);
        assert_eq!(learns(64, 48, 100), Division::Panels, "48 and 16 rows are not even");
        assert_eq!(learns(100, 16, 10), Division::Rows { unit: 16 });
        assert_eq!(learns(784, 48, 40), Division::Rows { unit: 48 });
        let predicts =
            |rows, columns: usize| Division::choose((rows, 1), columns.div_ceil(16), false, 2);
        assert_eq!(predicts(128, 512), rows);
        assert_eq!(predicts(1, 512), Division::Panels);
        assert_eq!(predicts(1, 1), Division::Whole);
    }

    #[test]
    fn what_is_divided_alike_does_not_meet() {
        let region = Region {
            space: crate::Space::Arena,
            offset: 0,
            rows: Extent::Batch,
            capacity: 8,
            columns: 20,
        };
        let access = |touch, writes| Access { region, touch, writes };
        let own = Touch::Own(Division::Rows { unit: 1 });
        let other = Touch::Own(Division::Rows { unit: 16 });
        let whole = Touch::Own(Division::Whole);
        let meets =
            |a: (Touch, bool), b: (Touch, bool)| access(a.0, a.1).meets::<f32>(&access(b.0, b.1));
        assert!(!meets((own, true), (own, false)));
        assert!(meets((own, true), (other, false)));
        assert!(meets((own, true), (Touch::All, false)));
        assert!(meets((Touch::All, true), (Touch::All, true)));
        assert!(!meets((Touch::All, false), (Touch::All, false)));
        assert!(!meets((whole, true), (whole, true)));
        assert!(meets((whole, true), (own, false)));
        let shifted = Access { region: Region { offset: 16, ..region }, ..access(own, false) };
        assert!(access(own, true).meets::<f32>(&shifted), "not the same rows of memory");
    }
}
