//! The kinds of step.

use super::{Operand, Program, Target};
use crate::{Form, Region};

/// One step of a schedule. Threads share a step by rows or panels of its output.
#[derive(Clone, Debug)]
pub enum Step<I> {
    /// Copies a batch from the caller's memory into panels.
    Load(Load),
    /// A matrix product and the elementwise work on its result.
    Product(Product<I>),
    /// Elementwise work on matrices of one shape.
    Loop {
        /// Rows and columns that the program runs over; only the shape of the region is used.
        shape: Region,
        /// The work.
        program: Program<I>,
    },
    /// One instruction on whole matrices.
    Apply {
        /// What is computed.
        instruction: I,
        /// From what, at most [`MAX_INPUTS`](super::MAX_INPUTS).
        inputs: Vec<Region>,
        /// Where to.
        output: Region,
        /// How threads may share it.
        split: Split,
    },
}

/// Copies source number `source` to `output`.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Index into the sources given to a run.
    pub source: usize,
    /// Where to.
    pub output: Region,
}

/// A matrix product with its epilogue.
#[derive(Clone, Debug)]
pub struct Product<I> {
    /// How the operands are read.
    pub form: Form,
    /// The left operand as it lies.
    pub left: Region,
    /// The right operand as it lies.
    pub right: Region,
    /// The shape of the product, and where it goes if it is kept.
    pub output: Region,
    /// Whether it is.
    pub target: ProductTarget,
    /// What is done with each block while it is near.
    pub epilogue: Program<I>,
    /// The parameter that learns from it.
    pub learning: Option<Learning>,
}

/// A parameter that learns from its gradient block by block, while each is in the nearest cache: the
/// gradient as a whole is never written to memory.
#[derive(Clone, Copy, Debug)]
pub struct Learning {
    /// The parameter, of the product's shape, in [`Space::Parameters`](crate::Space::Parameters).
    pub parameter: Region,
    /// Its gradient: the product itself or a slot of the epilogue.
    pub gradient: Operand,
}

/// Where a product goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProductTarget {
    /// To its region.
    Output,
    /// Only to the epilogue.
    Epilogue,
}

/// How threads may share a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Split {
    /// Each row of the output needs only the same row of the inputs (and all of an input of one
    /// row).
    Rows,
    /// Each panel of the output needs only the same panel of the inputs (and all of an input of
    /// one column).
    Panels,
    /// It cannot be shared.
    Whole,
}

impl<I> Step<I> {
    /// The regions read, then the regions written.
    pub(crate) fn accesses(&self) -> (Vec<Region>, Vec<Region>) {
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        let mut program_accesses = |program: &Program<I>| {
            for line in &program.lines {
                reads.extend(line.operands.iter().filter_map(Operand::region).copied());
                if let Target::Block(region) = line.target {
                    writes.push(region);
                }
            }
        };
        match self {
            Step::Load(load) => writes.push(load.output),
            Step::Product(product) => {
                program_accesses(&product.epilogue);
                reads.extend([product.left, product.right]);
                if product.target == ProductTarget::Output {
                    writes.push(product.output);
                }
                writes.extend(product.learning.map(|learning| learning.parameter));
            }
            Step::Loop { program, .. } => program_accesses(program),
            Step::Apply { inputs, output, .. } => {
                reads.extend(inputs);
                writes.push(*output);
            }
        }
        (reads, writes)
    }

    /// The parameter that learns in this step.
    pub(crate) fn learning(&self) -> Option<&Learning> {
        match self {
            Step::Product(product) => product.learning.as_ref(),
            _ => None,
        }
    }

    /// The elementwise part.
    pub(crate) fn program(&self) -> Option<&Program<I>> {
        match self {
            Step::Product(product) => Some(&product.epilogue),
            Step::Loop { program, .. } => Some(program),
            Step::Load(_) | Step::Apply { .. } => None,
        }
    }
}
