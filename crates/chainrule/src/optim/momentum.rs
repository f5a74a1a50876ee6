//! Gradient descent with momentum (Polyak, 1964), in the three conventions in use. At a constant
//! learning rate they describe the same paths with other numbers; they differ once it changes.

use super::table::settings;
use chainrule_math::Algebra;
use chainrule_math::map::Rule;

settings! {
    /// v <- mu v + g; w <- w - eta v (PyTorch).
    pub struct Momentum {
        /// eta, the step size.
        learning_rate: f64 = 0.01, Positive;
        /// mu, in [0, 1).
        momentum: f64 = 0.9, Share;
    }
}

settings! {
    /// v <- beta v + (1 - beta) g; w <- w - alpha v: the average of the gradients.
    pub struct MomentumAverage {
        /// alpha, the step size.
        learning_rate: f64 = 0.01, Positive;
        /// beta, in [0, 1).
        momentum: f64 = 0.9, Share;
    }
}

settings! {
    /// v <- mu v - eta g; w <- w + v (Sutskever et al., 2013, equations 1 and 2; scikit-learn).
    pub struct MomentumClassic {
        /// eta, the step size.
        learning_rate: f64 = 0.01, Positive;
        /// mu, in [0, 1].
        momentum: f64 = 0.9, Fraction;
    }
}

impl Rule<1> for Momentum {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [velocity]: [A; 1]) -> (A, [A; 1]) {
        let velocity = A::constant(self.momentum) * velocity + gradient;
        (weight - A::constant(self.learning_rate) * velocity, [velocity])
    }
}

impl Rule<1> for MomentumAverage {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [velocity]: [A; 1]) -> (A, [A; 1]) {
        let (kept, new) = (A::constant(self.momentum), A::constant(1.0 - self.momentum));
        let velocity = kept * velocity + new * gradient;
        (weight - A::constant(self.learning_rate) * velocity, [velocity])
    }
}

impl Rule<1> for MomentumClassic {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [velocity]: [A; 1]) -> (A, [A; 1]) {
        let (eta, mu) = (A::constant(self.learning_rate), A::constant(self.momentum));
        let velocity = mu * velocity - eta * gradient;
        (weight + velocity, [velocity])
    }
}
