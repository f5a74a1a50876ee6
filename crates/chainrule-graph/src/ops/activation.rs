//! The activation functions of layers.

use super::elementary::row;
use super::{Elementwise, Keep};
use chainrule_math::Algebra;

/// Scale of SELU (Klambauer et al., 2017, section 2): the fixed point of mean 0 and variance 1.
pub const SELU_SCALE: f64 = 1.050_700_987_355_480_493_419_334_985_294_6;
/// Alpha of SELU, likewise.
pub const SELU_ALPHA: f64 = 1.673_263_242_354_377_284_817_042_991_671_7;
/// Cubic coefficient of the tanh form of GELU (Hendrycks and Gimpel, 2016, section 2).
const GELU_CUBIC: f64 = 0.044715;
/// Square root of 2 / pi.
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_355_879_892_119_868_76;
/// 1 / square root of 2 pi.
const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_677_939_946_059_934_38;

// These two stand in slopes, where they are differentiated again. So no part of them may overflow,
// or the derivative would be 0 times infinity; and they choose by the sign of x instead of taking
// its magnitude, which has no derivative at 0.

#[inline(always)]
pub(super) fn sigmoid<A: Algebra>(x: A) -> A {
    let negative = A::ZERO.greater(x);
    let decay = A::select(negative, x, -x).exp();
    A::select(negative, decay, A::ONE) / (A::ONE + decay)
}

#[inline(always)]
fn softplus<A: Algebra>(x: A) -> A {
    let negative = A::ZERO.greater(x);
    A::select(negative, A::ZERO, x) + A::select(negative, x, -x).exp().log1p()
}

row!(/** The threshold unit of the perceptron (Rosenblatt, 1958): 1 for x > 0, else 0. It has no usable slope. */
    Threshold, "threshold", keeps NoSlope, "1 if x > 0 else 0", "none",
    value(self, x) A::select(x.greater(A::ZERO), A::ONE, A::ZERO), slope(self, _x) A::ZERO);
row!(/** The unit step: 1 for x >= 0, else 0. It has no usable slope. */
    Heaviside, "heaviside", keeps NoSlope, "1 if x >= 0 else 0", "none",
    value(self, x) A::select(A::ZERO.greater(x), A::ZERO, A::ONE), slope(self, _x) A::ZERO);
row!(/** The logistic function 1 / (1 + e^-x). */
    Sigmoid, "sigmoid", keeps Output, "1 / (1 + e^-x)", "y (1 - y)",
    value(self, x) sigmoid(x), slope(self, y) y * (A::ONE - y));
row!(/** Hyperbolic tangent. */
    Tanh, "tanh", keeps Output, "tanh x", "1 - y^2",
    value(self, x) x.tanh(), slope(self, y) A::ONE - y * y);
row!(/** max(0, x), with slope 0 at 0 by convention; lets NaN through. */
    Relu, "relu", keeps Output, "max(0, x)", "1 if y > 0 else 0",
    value(self, x) A::ZERO.maximum(x),
    slope(self, y) A::select(y.greater(A::ZERO), A::ONE, A::ZERO));
row!(/** x for x > 0, else `leak` x (0.01 is usual; positive). */
    LeakyRelu(leak), "leaky_relu", keeps Output, "x if x > 0 else leak x", "1 if y > 0 else leak",
    value(self, x) A::select(x.greater(A::ZERO), x, A::constant(self.leak) * x),
    slope(self, y) A::select(y.greater(A::ZERO), A::ONE, A::constant(self.leak)));
// In the next two the exponential is taken of x below 0 only: the side that is not selected must not
// overflow, or its derivative would be 0 times infinity.

/// x for x <= 0 and not-a-number, else 0.
#[inline(always)]
fn below_zero<A: Algebra>(x: A) -> A {
    A::select(x.greater(A::ZERO), A::ZERO, x)
}

row!(/** Exponential linear unit (Clevert et al., 2015, equation 16): x for x > 0, else alpha (e^x - 1). */
    Elu(alpha), "elu", keeps Input, "x if x > 0 else alpha (e^x - 1)", "1 if x > 0 else alpha e^x",
    value(self, x) A::select(
        x.greater(A::ZERO), x, A::constant(self.alpha) * below_zero(x).expm1()),
    slope(self, x) A::select(
        x.greater(A::ZERO), A::ONE, A::constant(self.alpha) * below_zero(x).exp()));
row!(/** Self-normalising ELU (Klambauer et al., 2017, equation 2). */
    Selu, "selu", keeps Input, "scale (x if x > 0 else alpha (e^x - 1))", "scale (1 if x > 0 else alpha e^x)",
    value(self, x) A::constant(SELU_SCALE) * Elu { alpha: SELU_ALPHA }.value(x),
    slope(self, x) A::constant(SELU_SCALE) * Elu { alpha: SELU_ALPHA }.slope(x));
row!(/** Gaussian error linear unit x P(X <= x), the exact form (Hendrycks and Gimpel, 2016). */
Gelu, "gelu", keeps Input, "x (1 + erf(x / sqrt 2)) / 2", "(1 + erf(x / sqrt 2)) / 2 + x e^(-x^2 / 2) / sqrt(2 pi)",
value(self, x) {
    let half = A::constant(0.5);
    half * x * (A::ONE + (x * A::constant(std::f64::consts::FRAC_1_SQRT_2)).erf())
},
slope(self, x) {
    let half = A::constant(0.5);
    let below = half * (A::ONE + (x * A::constant(std::f64::consts::FRAC_1_SQRT_2)).erf());
    below + x * A::constant(FRAC_1_SQRT_2PI) * (-(half * x * x)).exp()
});
row!(/** The tanh form of GELU (Hendrycks and Gimpel, 2016, section 2). */
GeluTanh, "gelu_tanh", keeps Input, "x (1 + tanh u) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3)",
"(1 + tanh u) / 2 + x (1 - tanh^2 u) u' / 2",
value(self, x) {
    let inner = A::constant(SQRT_2_OVER_PI) * (x + A::constant(GELU_CUBIC) * x * x * x);
    A::constant(0.5) * x * (A::ONE + inner.tanh())
},
slope(self, x) {
    let half = A::constant(0.5);
    let root = A::constant(SQRT_2_OVER_PI);
    let t = (root * (x + A::constant(GELU_CUBIC) * x * x * x)).tanh();
    let inner_slope = root * (A::ONE + A::constant(3.0 * GELU_CUBIC) * x * x);
    half * (A::ONE + t) + half * x * (A::ONE - t * t) * inner_slope
});
row!(/** x tanh(softplus x) (Misra, 2019). */
Mish, "mish", keeps Input, "x tanh(softplus x)", "t + x (1 - t^2) sigmoid x, t = tanh(softplus x)",
value(self, x) x * softplus(x).tanh(),
slope(self, x) {
    let t = softplus(x).tanh();
    t + x * (A::ONE - t * t) * sigmoid(x)
});
row!(/** x sigmoid(x), also called swish (Elfwing et al., 2017). */
Silu, "silu", keeps Input, "x sigmoid x", "s (1 + x (1 - s)), s = sigmoid x",
value(self, x) x * sigmoid(x),
slope(self, x) {
    let s = sigmoid(x);
    s * (A::ONE + x * (A::ONE - s))
});
row!(/** ln(1 + e^x), a smooth ReLU. */
    Softplus, "softplus", keeps Input, "ln(1 + e^x)", "sigmoid x",
    value(self, x) softplus(x), slope(self, x) sigmoid(x));
