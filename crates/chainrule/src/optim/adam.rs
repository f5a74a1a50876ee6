//! Adaptive moments.

use super::table::settings;
use chainrule_math::Algebra;
use chainrule_math::map::Rule;

settings! {
    /// Adam (Kingma and Ba, 2015, algorithm 1), t being the step, counted from 1:
    ///
    /// m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2;
    /// w <- w - eta / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
    pub struct Adam {
        /// eta, the step size.
        learning_rate: f64 = 0.001, Positive;
        /// The memory of the mean, in [0, 1).
        beta1: f64 = 0.9, Share;
        /// The memory of the square, in [0, 1).
        beta2: f64 = 0.999, Share;
        /// Keeps the division from zero.
        epsilon: f64 = 1e-8, Positive;
    }
}

settings! {
    /// Adam with its corrections gathered in the step size (Kingma and Ba, 2015, end of section 2), as
    /// scikit-learn has it:
    ///
    /// w <- w - eta sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).
    ///
    /// It is [`Adam`] with an epsilon of epsilon / sqrt(1 - beta2^t), which is larger in the first steps.
    pub struct AdamHat {
        /// eta, the step size.
        learning_rate: f64 = 0.001, Positive;
        /// The memory of the mean, in [0, 1).
        beta1: f64 = 0.9, Share;
        /// The memory of the square, in [0, 1).
        beta2: f64 = 0.999, Share;
        /// Keeps the division from zero.
        epsilon: f64 = 1e-8, Positive;
    }
}

impl AdamHat {
    /// The rule of step t.
    pub(super) fn at(self, step: u64) -> AdamStep {
        let AdamHat { learning_rate, beta1, beta2, epsilon } = self;
        let mut rule = Adam { learning_rate, beta1, beta2, epsilon }.at(step);
        rule.settings.epsilon *= rule.root_correction;
        rule
    }
}

impl Adam {
    /// The rule of step t.
    pub(super) fn at(self, step: u64) -> AdamStep {
        AdamStep {
            settings: self,
            step_size: self.learning_rate / (1.0 - power(self.beta1, step)),
            // Multiplied, since a division by it would cost the loop as much as all the rest.
            root_correction: 1.0 / (1.0 - power(self.beta2, step)).sqrt(),
        }
    }
}

/// beta^t by squaring: the same bits on every platform, which the library's need not be.
fn power(base: f64, mut exponent: u64) -> f64 {
    let (mut result, mut square) = (1.0, base);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result *= square;
        }
        square *= square;
        exponent /= 2;
    }
    result
}

/// Adam at one step of its run.
#[derive(Clone, Copy)]
pub(crate) struct AdamStep {
    settings: Adam,
    step_size: f64,
    root_correction: f64,
}

impl Rule<2> for AdamStep {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [mean, square]: [A; 2]) -> (A, [A; 2]) {
        let Adam { beta1, beta2, epsilon, .. } = self.settings;
        let mean = A::constant(beta1) * mean + A::constant(1.0 - beta1) * gradient;
        let square = A::constant(beta2) * square + A::constant(1.0 - beta2) * gradient * gradient;
        let root = square.sqrt() * A::constant(self.root_correction) + A::constant(epsilon);
        (weight - A::constant(self.step_size) * mean / root, [mean, square])
    }
}
