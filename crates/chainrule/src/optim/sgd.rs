//! Plain gradient descent.

use super::table::settings;
use chainrule_math::Algebra;
use chainrule_math::map::Rule;

settings! {
    /// w <- w - eta g.
    pub struct Sgd {
        /// eta, the step size.
        learning_rate: f64 = 0.1, Positive;
    }
}

impl Rule<0> for Sgd {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, state: [A; 0]) -> (A, [A; 0]) {
        (weight - A::constant(self.learning_rate) * gradient, state)
    }
}
