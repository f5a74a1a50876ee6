//! Nesterov's momentum.

use chainrule_math::Algebra;
use chainrule_math::map::Rule;
use serde::{Deserialize, Serialize};

/// v <- mu v + g; w <- w - eta (g + mu v): momentum that looks one step ahead (Nesterov, 1983; in
/// the form of Sutskever et al., 2013, and PyTorch).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Nesterov {
    /// eta, the step size.
    pub learning_rate: f64,
    /// mu, in [0, 1).
    pub momentum: f64,
}

impl Default for Nesterov {
    fn default() -> Self {
        Nesterov { learning_rate: 0.01, momentum: 0.9 }
    }
}

impl Rule<1> for Nesterov {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [velocity]: [A; 1]) -> (A, [A; 1]) {
        let mu = A::constant(self.momentum);
        let velocity = mu * velocity + gradient;
        let step = gradient + mu * velocity;
        (weight - A::constant(self.learning_rate) * step, [velocity])
    }
}
