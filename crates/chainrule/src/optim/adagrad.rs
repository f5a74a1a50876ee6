//! Steps that shrink with the squares of all gradients so far.

use super::table::settings;
use chainrule_math::Algebra;
use chainrule_math::map::Rule;

settings! {
    /// Adagrad (Duchi, Hazan and Singer, 2011, figure 1 with diagonal matrices):
    ///
    /// s <- s + g^2; w <- w - eta g / (sqrt(s) + epsilon).
    ///
    /// s begins at 0. What has had large gradients moves slowly, what has had few moves fast.
    pub struct Adagrad {
        /// eta, the step size.
        learning_rate: f64 = 0.01, Positive;
        /// Keeps the division from zero.
        epsilon: f64 = 1e-10, Positive;
    }
}

impl Rule<1> for Adagrad {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [sum]: [A; 1]) -> (A, [A; 1]) {
        let sum = sum + gradient * gradient;
        let root = sum.sqrt() + A::constant(self.epsilon);
        (weight - A::constant(self.learning_rate) * gradient / root, [sum])
    }
}
