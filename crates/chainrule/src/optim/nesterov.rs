//! Nesterov's momentum.

use super::table::settings;
use chainrule_math::Algebra;
use chainrule_math::map::Rule;

settings! {
    /// v <- mu v + g; w <- w - eta (g + mu v): momentum that looks one step ahead (Nesterov, 1983; in
    /// the form of Sutskever et al., 2013, and PyTorch).
    pub struct Nesterov {
        /// eta, the step size.
        learning_rate: f64 = 0.01, Positive;
        /// mu, in [0, 1).
        momentum: f64 = 0.9, Share;
    }
}

settings! {
    /// v <- mu v - eta g; w <- w + mu v - eta g: the same look ahead with the step size inside of the
    /// velocity, which differs once eta changes (scikit-learn).
    pub struct NesterovClassic {
        /// eta, the step size.
        learning_rate: f64 = 0.01, Positive;
        /// mu, in [0, 1].
        momentum: f64 = 0.9, Fraction;
    }
}

impl Rule<1> for NesterovClassic {
    #[inline(always)]
    fn apply<A: Algebra>(self, weight: A, gradient: A, [velocity]: [A; 1]) -> (A, [A; 1]) {
        let (eta, mu) = (A::constant(self.learning_rate), A::constant(self.momentum));
        let velocity = mu * velocity - eta * gradient;
        (weight + (mu * velocity - eta * gradient), [velocity])
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
