//! Adaptive moments, with weights that decay.

use super::Adam;
use super::adam::AdamStep;
use super::table::settings;
use chainrule_math::Algebra;
use chainrule_math::map::Rule;

settings! {
    /// AdamW (Loshchilov and Hutter, 2019, algorithm 2): each parameter, biases too, first shrinks,
    ///
    /// w <- w - eta lambda w,
    ///
    /// and then takes the step of [`Adam`]. Unlike an L2 penalty the decay is not divided by the size
    /// of the gradients.
    pub struct AdamW {
        /// eta, the step size.
        learning_rate: f64 = 0.001, Positive;
        /// The memory of the mean, in [0, 1).
        beta1: f64 = 0.9, Share;
        /// The memory of the square, in [0, 1).
        beta2: f64 = 0.999, Share;
        /// Keeps the division from zero.
        epsilon: f64 = 1e-8, Positive;
        /// lambda, the decay of a parameter in each step, in units of eta.
        weight_decay: f64 = 0.01, NotNegative;
    }
}

impl AdamW {
    /// The rule of step t.
    pub(super) fn at(self, step: u64) -> AdamWStep {
        let AdamW { learning_rate, beta1, beta2, epsilon, weight_decay } = self;
        AdamWStep {
            adam: Adam { learning_rate, beta1, beta2, epsilon }.at(step),
            kept: 1.0 - learning_rate * weight_decay,
        }
    }
}

/// AdamW at one step of its run.
#[derive(Clone, Copy)]
pub(crate) struct AdamWStep {
    adam: AdamStep,
    /// The share of a parameter that is left of it.
    kept: f64,
}

impl Rule<2> for AdamWStep {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, state: [A; 2]) -> (A, [A; 2]) {
        self.adam.apply(A::constant(self.kept) * weight, gradient, state)
    }
}
