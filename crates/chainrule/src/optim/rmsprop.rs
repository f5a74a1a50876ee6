//! Steps in units of the recent gradients.

use super::table::settings;
use chainrule_math::Algebra;
use chainrule_math::map::Rule;

settings! {
    /// RMSprop (Tieleman and Hinton, 2012, lecture 6e), with momentum as PyTorch adds it:
    ///
    /// s <- alpha s + (1 - alpha) g^2; v <- mu v + g / (sqrt(s) + epsilon); w <- w - eta v.
    ///
    /// s and v begin at 0.
    pub struct RmsProp {
        /// eta, the step size.
        learning_rate: f64 = 0.01, Positive;
        /// The memory of the square, in [0, 1).
        alpha: f64 = 0.99, Share;
        /// Keeps the division from zero.
        epsilon: f64 = 1e-8, Positive;
        /// mu, in [0, 1).
        momentum: f64 = 0.0, Share;
    }
}

impl Rule<2> for RmsProp {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [square, velocity]: [A; 2]) -> (A, [A; 2]) {
        let (kept, new) = (A::constant(self.alpha), A::constant(1.0 - self.alpha));
        let square = kept * square + new * gradient * gradient;
        let root = square.sqrt() + A::constant(self.epsilon);
        let velocity = A::constant(self.momentum) * velocity + gradient / root;
        (weight - A::constant(self.learning_rate) * velocity, [square, velocity])
    }
}
