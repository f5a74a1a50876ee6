//! How a step is divided among the members of a team, and what each touches of a matrix.
//!
//! Steps that are divided alike need no barrier between them: each member reads what it has written
//! itself. So a batch of a small network goes through all layers by rows, and the team meets only where
//! rows are added up.

use super::update::rows_measured;
use super::{MAX_INPUTS, Operand, Split, Step, Target};
use crate::product::PANELS_AT_ONCE;
use crate::team::Member;
use crate::{Element, Form, Region};
use std::ops::Range;

/// How a step is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Division {
    /// Each member has neighbouring rows, cut at multiples of `unit`.
    Rows {
        /// Rows that stay together.
        unit: usize,
    },
    /// Each member has neighbouring pairs of panels.
    Panels,
    /// The first member has all.
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
    region: Region,
    touch: Touch,
    writes: bool,
}

impl Access {
    /// Whether a member's access could meet another member's in memory, one of them writing.
    pub(super) fn meets<E: Element>(&self, other: &Access) -> bool {
        let alike = self.region == other.region
            && self.touch == other.touch
            && matches!(self.touch, Touch::Own(_));
        let both_first = [self, other].map(|access| access.touch)
            == [Touch::Own(Division::Whole), Touch::Own(Division::Whole)];
        (self.writes || other.writes)
            && self.region.overlaps::<E>(&other.region)
            && !alike
            && !both_first
    }
}

impl Division {
    /// How a step is divided among `members`, for batches of up to `capacity` rows.
    pub(super) fn of<E: Element, I>(step: &Step<I>, members: usize, capacity: usize) -> Division {
        let chosen = |region: &Region, unit, wide: bool| {
            let rows = region.rows.rows(capacity);
            let wide = wide || region.columns > rows;
            Division::choose((rows, unit), region.panels::<E>(), wide, members)
        };
        match step {
            Step::Load(_) => Division::Rows { unit: 1 },
            Step::Loop { shape, .. } => chosen(shape, 1, false),
            Step::Product(product) => {
                let unit = match (&product.learning, product.form) {
                    // What is measured as one has one member, whatever their number.
                    (Some(learning), _) => rows_measured(&learning.parameter),
                    // The rows of `A^T B` are columns of A, whose panels a tile must not cross.
                    (None, Form::TransposedLeft) => E::PANEL,
                    (None, _) => 1,
                };
                // Like the product forward, which reads the parameter by panels.
                chosen(&product.output, unit, product.form == Form::TransposedLeft)
            }
            Step::Apply { split: Split::Rows, .. } => Division::Rows { unit: 1 },
            Step::Apply { split: Split::Panels, output, .. }
                if output.panels::<E>() > PANELS_AT_ONCE =>
            {
                Division::Panels
            }
            Step::Apply { .. } => Division::Whole,
        }
    }

    /// By panels where a product is wide, having more columns than rows, so that less of its operands
    /// passes from one processor to the other, and else by rows; but as evenly as can be.
    fn choose((rows, unit): (usize, usize), panels: usize, wide: bool, members: usize) -> Division {
        let (units, pairs) = (rows.div_ceil(unit), panels.div_ceil(PANELS_AT_ONCE));
        let largest = |parts: usize, size: usize, all: usize| {
            (parts.div_ceil(members) * size).min(all) as f64 / all.max(1) as f64
        };
        let by_rows = largest(units, unit, rows);
        let by_panels = largest(pairs, PANELS_AT_ONCE, panels);
        match (units, pairs) {
            (0 | 1, 0 | 1) => Division::Whole,
            _ if wide && by_panels <= 1.1 * by_rows => Division::Panels,
            _ if by_rows <= 1.1 * by_panels => Division::Rows { unit },
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
            Division::Panels => (0..rows, cut(PANELS_AT_ONCE, panels)),
            Division::Whole if member.index == 0 => (0..rows, 0..panels),
            Division::Whole => (0..0, 0..0),
        }
    }

    /// What a member touches of each matrix of the step.
    pub(super) fn accesses<I>(self, step: &Step<I>) -> Vec<Access> {
        let own = Touch::Own(self);
        // What has a row, or a panel, for each of the output.
        let by_rows = if matches!(self, Division::Panels) { Touch::All } else { own };
        let by_panels = if matches!(self, Division::Rows { .. }) { Touch::All } else { own };
        let alone = if self == Division::Whole { own } else { Touch::All };
        let read = |region: Region, touch| Access { region, touch, writes: false };
        let write = |region: Region, touch| Access { region, touch, writes: true };
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
                    Form::TransposedLeft => (alone, by_panels),
                    Form::TransposedRight => (by_rows, alone),
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
    fn small_layers_go_by_rows_and_wide_ones_by_panels() {
        let rows = Division::Rows { unit: 1 };
        let choose = |rows, unit, columns: usize| {
            Division::choose((rows, unit), columns.div_ceil(16), columns > rows, 2)
        };
        assert_eq!(choose(200, 1, 100), rows);
        assert_eq!(choose(128, 1, 512), Division::Panels);
        assert_eq!(choose(1, 1, 512), Division::Panels);
        assert_eq!(choose(128, 1, 10), rows);
        assert_eq!(choose(1, 1, 1), Division::Whole);
        assert_eq!(choose(64, 48, 100), Division::Panels, "48 and 16 rows are not even");
        assert_eq!(choose(100, 16, 10), Division::Rows { unit: 16 });
        assert_eq!(choose(784, 48, 40), Division::Rows { unit: 48 });
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
