//! Gradient descent with momentum (Polyak, 1964).

use chainrule_math::Algebra;
use chainrule_math::map::Rule;
use serde::{Deserialize, Serialize};

/// Momentum in one of the three conventions in use. At a constant learning rate they describe the
/// same paths with other numbers; they differ once the learning rate changes.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Momentum {
    /// eta or alpha, the step size.
    pub learning_rate: f64,
    /// mu or beta, in [0, 1).
    pub momentum: f64,
    /// The convention.
    pub form: MomentumForm,
}

/// Which convention.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MomentumForm {
    /// v <- mu v + g; w <- w - eta v (PyTorch).
    Accumulated,
    /// v <- beta v + (1 - beta) g; w <- w - alpha v: the average of the gradients.
    Average,
    /// v <- mu v - eta g; w <- w + v (Sutskever et al., 2013, equations 1 and 2; scikit-learn).
    Classic,
}

impl Default for Momentum {
    fn default() -> Self {
        Momentum { learning_rate: 0.01, momentum: 0.9, form: MomentumForm::Accumulated }
    }
}

impl Rule<1> for Momentum {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [velocity]: [A; 1]) -> (A, [A; 1]) {
        let (eta, mu) = (A::constant(self.learning_rate), A::constant(self.momentum));
        match self.form {
            MomentumForm::Accumulated => {
                let velocity = mu * velocity + gradient;
                (weight - eta * velocity, [velocity])
            }
            MomentumForm::Average => {
                let velocity = mu * velocity + A::constant(1.0 - self.momentum) * gradient;
                (weight - eta * velocity, [velocity])
            }
            MomentumForm::Classic => {
                let velocity = mu * velocity - eta * gradient;
                (weight + velocity, [velocity])
            }
        }
    }
}
