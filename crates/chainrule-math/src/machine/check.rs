//! Whether a step is sound: the one place that the machine's unsafe code relies on.
//!
//! A step that passes stays within its buffers, and no thread's share of it reads or writes what
//! another thread's share writes. What two steps could do to each other is the schedule's matter.

use super::division::{Access, Division};
use super::{Learning, MAX_INPUTS, Operand, Product, ProductTarget, Program, Split, Step, Target};
use crate::{Element, Extent, Form, Region, Space};

/// Whether one step, whatever the batch, stays within its memory and within each thread's share.
pub(super) fn check<E: Element, I>(
    step: &Step<I>,
    lengths: [usize; 3],
    capacity: usize,
) -> Result<(), &'static str> {
    let inside = |region: &Region| {
        let length = match region.space {
            Space::Arena => lengths[0],
            Space::Own => 0,
            Space::Parameters => lengths[1],
            Space::Gradients => lengths[2],
        };
        let end = region
            .panels::<E>()
            .checked_mul(region.capacity)
            .and_then(|lines| lines.checked_mul(E::PANEL))
            .and_then(|size| size.checked_add(region.offset));
        region.offset.is_multiple_of(E::PANEL)
            && region.rows.rows(capacity) <= region.capacity
            && end.is_some_and(|end| end <= length)
    };
    let accesses = Division::Whole.accesses::<E, I>(step);
    if !accesses.iter().all(|access| inside(&access.region)) {
        return Err("a region lies outside its buffer");
    }
    let learning = step.learning().map(|learning| learning.parameter);
    let changes = |access: &Access| access.writes && access.region.space == Space::Parameters;
    if accesses.iter().any(|access| changes(access) && Some(access.region) != learning) {
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
                Split::Rows => input.rows == output.rows || input.rows == Extent::Fixed(1),
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
                Form::TransposedLeft => (Extent::Fixed(left.columns), left.rows),
                _ => (left.rows, Extent::Fixed(left.columns)),
            };
            let (right_terms, columns) = match product.form {
                Form::TransposedRight => match right.rows {
                    Extent::Fixed(rows) => (Extent::Fixed(right.columns), rows),
                    Extent::Batch => return Err("a product as wide as the batch"),
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
            if let Some(learning) = &product.learning {
                check_learning::<E, I>(learning, product, lengths)?;
            }
        }
    }
    Ok(())
}

/// Whether each block of the parameter can learn by itself: nothing else in the step reads it, but for
/// the same block earlier, and it is among what is learned.
fn check_learning<E: Element, I>(
    learning: &Learning,
    product: &Product<I>,
    lengths: [usize; 3],
) -> Result<(), &'static str> {
    let parameter = &learning.parameter;
    let whole = (parameter.rows, parameter.columns, Extent::Fixed(parameter.capacity));
    if parameter.space != Space::Parameters
        || whole != (product.output.rows, product.output.columns, parameter.rows)
        || parameter.offset + parameter.length::<E>() > lengths[2]
    {
        return Err("what learns is a parameter of the product's shape");
    }
    let has_gradient = match learning.gradient {
        Operand::Product => product.target == ProductTarget::Epilogue,
        Operand::Slot(slot) => slot < product.epilogue.slots(),
        _ => false,
    };
    if !has_gradient {
        return Err("a parameter learns from the product or from a slot");
    }
    let operands = product.epilogue.lines.iter().flat_map(|line| &line.operands);
    let elsewhere = operands.filter(|operand| **operand != Operand::Block(*parameter));
    let read = elsewhere.filter_map(Operand::region).chain([&product.left, &product.right]);
    let targets = product.epilogue.lines.iter().filter_map(|line| match &line.target {
        Target::Block(region) => Some(region),
        Target::Slot(_) => None,
    });
    if read.chain(targets).any(|region| region.overlaps::<E>(parameter)) {
        return Err("a step reads what learns in it");
    }
    Ok(())
}

/// Whether each block of the program can be run by itself: what is written as blocks is read, if at
/// all, as the same blocks and later. `product` is the product it follows, and the region that
/// keeps it.
fn check_program<E: Element, I>(
    program: &Program<I>,
    shape: (Extent, usize),
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
                    region.rows == Extent::Fixed(1) && region.columns == shape.1
                }
                Operand::Column(region) => region.rows == shape.0 && region.columns == 1,
                Operand::Scalar(region) => region.rows == Extent::Fixed(1) && region.columns == 1,
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
