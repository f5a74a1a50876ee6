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
    pub learning: Option<Box<Learning>>,
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
    /// Changes every region of the step.
    pub(crate) fn for_each_region(&mut self, change: &mut dyn FnMut(&mut Region)) {
        let program = match self {
            Step::Load(load) => {
                change(&mut load.output);
                None
            }
            Step::Product(product) => {
                change(&mut product.left);
                change(&mut product.right);
                change(&mut product.output);
                if let Some(learning) = &mut product.learning {
                    change(&mut learning.parameter);
                }
                Some(&mut product.epilogue)
            }
            Step::Loop { shape, program } => {
                change(shape);
                Some(program)
            }
            Step::Apply { inputs, output, .. } => {
                inputs.iter_mut().for_each(&mut *change);
                change(output);
                None
            }
        };
        for line in program.into_iter().flat_map(|program| &mut program.lines) {
            line.operands.iter_mut().filter_map(Operand::region_mut).for_each(&mut *change);
            if let Target::Block(region) = &mut line.target {
                change(region);
            }
        }
    }

    /// The parameter that learns in this step.
    pub(crate) fn learning(&self) -> Option<&Learning> {
        match self {
            Step::Product(product) => product.learning.as_deref(),
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
