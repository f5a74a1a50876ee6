//! Plain gradient descent.

use chainrule_math::Algebra;
use chainrule_math::map::Rule;
use serde::{Deserialize, Serialize};

/// w <- w - eta g.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Sgd {
    /// eta, the step size.
    pub learning_rate: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd { learning_rate: 0.1 }
    }
}

impl Rule<0> for Sgd {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, state: [A; 0]) -> (A, [A; 0]) {
        (weight - A::constant(self.learning_rate) * gradient, state)
    }
}
