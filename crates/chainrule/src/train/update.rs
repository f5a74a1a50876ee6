//! What happens to the gradients of a step: clipped, then handed to the optimiser.

use crate::Error;
use crate::optim::OptimizerStep;
use chainrule_graph::Number;
use chainrule_math::machine::UpdateRule;
use chainrule_math::map::{self, Unary};
use chainrule_math::{Algebra, InstructionSet};
use serde::{Deserialize, Serialize};

/// Keeps the division from zero, as PyTorch's `clip_grad_norm_` does.
const LEAST_NORM: f64 = 1e-6;

/// Limits of the gradient of a step.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clip {
    /// A gradient longer than this (all parameters together) is shortened to it: g <- g min(1, limit
    /// / (||g|| + 1e-6)) (Pascanu et al., 2013, algorithm 1).
    pub norm: Option<f64>,
    /// After that, each element is brought into [-limit, limit].
    pub value: Option<f64>,
}

impl Clip {
    /// Whether nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Clip::default()
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        for (setting, limit) in [("the clip norm", self.norm), ("the clip value", self.value)] {
            if let Some(limit) = limit
                && !(limit.is_finite() && limit > 0.0)
            {
                return Err(Error::setting(setting, limit, "a positive number"));
            }
        }
        Ok(())
    }
}

/// An optimiser at one step of its run, the first being step 1.
pub(super) struct StepRule {
    pub(super) optimizer: OptimizerStep,
    pub(super) clip: Clip,
}

impl<E: Number> UpdateRule<E> for StepRule {
    fn needs_norm(&self) -> bool {
        self.clip.norm.is_some()
    }

    fn apply(
        &self,
        set: InstructionSet,
        norm: Option<f64>,
        weights: &mut [E],
        gradients: &mut [E],
        states: [&mut [E]; 2],
    ) {
        if !self.clip.is_none() {
            let share = |(limit, norm): (f64, f64)| (limit / (norm + LEAST_NORM)).min(1.0);
            let scale = self.clip.norm.zip(norm).map_or(1.0, share);
            let limit = self.clip.value.unwrap_or(f64::INFINITY);
            map::in_place(set, Clipped { scale, limit }, gradients);
        }
        self.optimizer.apply(set, weights, gradients, states);
    }
}

/// A gradient within its limits.
#[derive(Clone, Copy)]
struct Clipped {
    scale: f64,
    limit: f64,
}

impl Unary for Clipped {
    #[inline(always)]
    fn apply<A: Algebra>(self, gradient: A) -> A {
        let scaled = gradient * A::constant(self.scale);
        scaled.minimum(A::constant(self.limit)).maximum(A::constant(-self.limit))
    }
}
