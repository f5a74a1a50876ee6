//! The losses of single outputs, recorded. A network's loss adds them up or takes their mean; typed
//! in an expression they stand for themselves.
//!
//! Those of probabilities are computed from the logits z, never from a probability that may have been
//! rounded to 0: the logarithm of it would be infinite.

use super::{Power, Softplus};
use crate::Symbol;
use chainrule_math::Algebra;

/// (y - a)^2. Any shapes that go together.
pub fn squared_error<'g>(y: Symbol<'g>, a: Symbol<'g>) -> Symbol<'g> {
    (a - y).apply(Power { exponent: 2.0 })
}

/// |y - a|.
pub fn absolute_error<'g>(y: Symbol<'g>, a: Symbol<'g>) -> Symbol<'g> {
    (a - y).abs()
}

/// e^2 / 2 up to e = `delta` and delta (e - delta / 2) beyond, e = |y - a| (Huber, 1964).
pub fn huber<'g>(y: Symbol<'g>, a: Symbol<'g>, delta: f64) -> Symbol<'g> {
    // With m = min(e, delta), both pieces are m (e - m / 2), and so are their slopes.
    let error = absolute_error(y, a);
    let bounded = error.minimum(Symbol::constant(delta));
    bounded * (error - Symbol::constant(0.5) * bounded)
}

/// max(q e, (q - 1) e), e = y - a, q = `level` (Koenker and Bassett, 1978).
pub fn quantile<'g>(y: Symbol<'g>, a: Symbol<'g>, level: f64) -> Symbol<'g> {
    let error = y - a;
    let (above, below) = (Symbol::constant(level), Symbol::constant(level - 1.0));
    (above * error).maximum(below * error)
}

/// e^z - y z: the negative log-likelihood of the count y, less the part without z.
pub fn poisson<'g>(y: Symbol<'g>, z: Symbol<'g>) -> Symbol<'g> {
    z.exp() - y * z
}

/// -(y ln p + (1 - y) ln(1 - p)), p = sigmoid z, as ln(1 + e^z) - y z.
pub fn binary_cross_entropy<'g>(y: Symbol<'g>, z: Symbol<'g>) -> Symbol<'g> {
    z.apply(Softplus) - y * z
}
