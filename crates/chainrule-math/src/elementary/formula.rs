//! The formulas of both precisions.
//!
//! The method is the classical one (Cody and Waite, "Software Manual for the Elementary
//! Functions", 1980; Muller, "Elementary Functions", 2016): reduce the argument by an exact step,
//! take a minimax polynomial there, and undo the step. Nothing branches: where two ways are
//! needed, both are computed and one selected. The polynomials come from
//! `tests/elementary/coefficients.py`.
//!
//! A comparison is false for a NaN, and `maximum` and `minimum` return their argument if it is
//! one: so a NaN passes through the clamps and through every selection below.

use crate::{Element, Lanes};
use std::f64::consts::LOG2_E;

/// What depends on the precision. Polynomials have their lowest degree first.
pub(crate) trait Constants: Element {
    /// ln 2 rounded to this precision, so that `x - n * ln 2` is exact up to the low part.
    const LN2_HIGH: f64;
    /// The rest of ln 2.
    const LN2_LOW: f64;
    /// The smallest normal number.
    const SMALLEST_NORMAL: f64;
    /// 2 to this power makes a subnormal number normal.
    const NORMALISING_EXPONENT: u32;

    /// Where e^x is 0 and where it is infinite.
    const EXP_RANGE: (f64, f64);
    /// Below this, e^x - 1 is -1.
    const EXPM1_LOW: f64;
    /// Above this, tanh x is 1.
    const TANH_HIGH: f64;
    /// Above this, erf x is 1.
    const ERF_HIGH: f64;

    /// (e^r - 1 - r) / r^2 for |r| <= ln 2.
    const EXP: &'static [f64];
    /// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2.
    const EXPM1: &'static [f64];
    /// 2^f for |f| <= 1/2.
    const EXP2: &'static [f64];
    /// (ln(1 + f) - f) / f^2 for |f| <= 1/3.
    const LN: &'static [f64];
    /// (tanh(a) / a - 1) / a^2 in a^2, for a <= `TANH_SWITCH`.
    const TANH: &'static [f64];
    /// erf(a) / a - 1 in a^2, for a <= `ERF_SWITCH`.
    const ERF: &'static [f64];
    /// log2(1 - erf a) for a from `ERF_SWITCH` to `ERF_HIGH`.
    const LOG2_ERFC: &'static [f64];
}

/// Where tanh changes from its polynomial to the exponential.
const TANH_SWITCH: f64 = 0.6;
/// Where erf changes from one polynomial to the other.
const ERF_SWITCH: f64 = 0.9;

/// Horner's rule. `while` unrolls to a chain of fused operations; an iterator would add calls that
/// are inlined only at the whim of the compiler.
#[inline(always)]
fn polynomial<L: Lanes>(x: L, coefficients: &'static [f64]) -> L {
    let mut index = coefficients.len() - 1;
    let mut value = L::constant(coefficients[index]);
    while index > 0 {
        index -= 1;
        value = value.fused(x, L::constant(coefficients[index]));
    }
    value
}

/// e^x = (2^n)^2 e^r with r = x - 2n ln 2.
///
/// The result may be subnormal, or x may need 2^128, so the power is applied in two steps anyway.
/// Two equal steps cost two more degrees of the polynomial, for |r| reaches ln 2 and not half of
/// it, but save the splitting of an odd power.
#[inline(always)]
pub(crate) fn exp<L: Lanes<Element: Constants>>(x: L) -> L {
    let (low, high) = L::Element::EXP_RANGE;
    let x = L::constant(low).maximum(L::constant(high).minimum(x));
    let n = (x * L::constant(0.5 * LOG2_E)).round();
    let r = n.fused(L::constant(-2.0 * L::Element::LN2_HIGH), x);
    let r = n.fused(L::constant(-2.0 * L::Element::LN2_LOW), r);
    let tail = polynomial(r, L::Element::EXP).fused(r, L::ONE);
    let scale = n.power_of_two();
    tail.fused(r, L::ONE) * scale * scale
}

/// e^x - 1 = 2 (2^(n-1) (e^r - 1) + 2^(n-1) - 1/2): with half the power, so that the largest
/// result does not need the power that is no number any more. (A subnormal result loses a bit.)
#[inline(always)]
pub(crate) fn expm1<L: Lanes<Element: Constants>>(x: L) -> L {
    let high = L::constant(L::Element::EXP_RANGE.1);
    let clamped = L::constant(L::Element::EXPM1_LOW).maximum(high.minimum(x));
    let n = (clamped * L::constant(LOG2_E)).round();
    let r = n.fused(L::constant(-L::Element::LN2_HIGH), clamped);
    let r = n.fused(L::constant(-L::Element::LN2_LOW), r);
    let reduced = (r * r).fused(polynomial(r, L::Element::EXPM1), r);
    let scale = (n - L::ONE).power_of_two();
    let half = scale.fused(reduced, scale - L::constant(0.5));
    // The sign of -0 is lost on the way.
    (half + half).copy_sign(x)
}

/// tanh a = a + a^3 P(a^2) for small a, else 1 - 2 / (e^(2a) + 1).
#[inline(always)]
pub(crate) fn tanh<L: Lanes<Element: Constants>>(x: L) -> L {
    let a = L::constant(L::Element::TANH_HIGH).minimum(x.abs());
    let square = a * a;
    let near = (square * polynomial(square, L::Element::TANH)).fused(a, a);
    // An error of the power counts for less and less, so log2(e) needs no low part.
    let factor = L::constant(2.0 * LOG2_E);
    let n = (a * factor).round();
    let power = polynomial(a.fused(factor, -n), L::Element::EXP2);
    let far = L::ONE - L::constant(2.0) / n.power_of_two().fused(power, L::ONE);
    L::select(a.greater(L::constant(TANH_SWITCH)), far, near).copy_sign(x)
}

/// n ln 2 + ln(1 + f) for |f| <= 1/3.
#[inline(always)]
fn sum_of_logarithms<L: Lanes<Element: Constants>>(n: L, f: L) -> L {
    let tail = f * f * polynomial(f, L::Element::LN);
    let low = n.fused(L::constant(L::Element::LN2_LOW), tail);
    n.fused(L::constant(L::Element::LN2_HIGH), f + low)
}

/// The n and m of a positive normal u = m 2^n with m in [2/3, 4/3].
#[inline(always)]
fn split<L: Lanes>(u: L) -> (L, L) {
    let (n, m) = (u.exponent(), u.mantissa());
    let upper = m.greater(L::constant(4.0 / 3.0));
    (L::select(upper, n + L::ONE, n), L::select(upper, m * L::constant(0.5), m))
}

/// The logarithm's value outside the finite numbers above its pole.
#[inline(always)]
fn logarithm_at_the_edges<L: Lanes>(x: L, pole: L, inside: L) -> L {
    let infinity = L::constant(f64::INFINITY);
    let below = L::select(pole.greater(x), L::constant(f64::NAN), L::constant(f64::NEG_INFINITY));
    let finite = L::select(x.greater(pole), inside, below);
    L::select(infinity.greater(x), finite, x)
}

/// ln x = n ln 2 + ln m.
#[inline(always)]
pub(crate) fn ln<L: Lanes<Element: Constants>>(x: L) -> L {
    let exponent = L::constant(f64::from(L::Element::NORMALISING_EXPONENT));
    let factor = L::constant((1u64 << L::Element::NORMALISING_EXPONENT) as f64);
    let subnormal = L::constant(L::Element::SMALLEST_NORMAL).greater(x);
    let (n, m) = split(L::select(subnormal, x * factor, x));
    let n = L::select(subnormal, n - exponent, n);
    logarithm_at_the_edges(x, L::ZERO, sum_of_logarithms(n, m - L::ONE))
}

/// ln(1 + x) with n from the rounded 1 + x, but f = (1 + x) / 2^n - 1 from x itself, by one fused
/// operation, so that no bit of x is lost. 2^-n - 1 is exact as long as its 2^-n matters.
#[inline(always)]
pub(crate) fn log1p<L: Lanes<Element: Constants>>(x: L) -> L {
    let (n, m) = split(L::ONE + x);
    let scale = (-n).power_of_two();
    let f = x.fused(scale, scale - L::ONE);
    // For the largest x 2^-n is no normal number, but the 1 is lost anyway.
    let f = L::select(x.greater(L::constant((1u128 << 64) as f64)), m - L::ONE, f);
    // The sign of -0 is lost on the way.
    logarithm_at_the_edges(x, -L::ONE, sum_of_logarithms(n, f)).copy_sign(x)
}

/// erf a = a + a P(a^2) for small a, else 1 - 2^P(a), for the logarithm of 1 - erf is nearly a
/// parabola (the idea of N. Juffa's `erff`).
#[inline(always)]
pub(crate) fn erf<L: Lanes<Element: Constants>>(x: L) -> L {
    let a = L::constant(L::Element::ERF_HIGH).minimum(x.abs());
    let near = a.fused(polynomial(a * a, L::Element::ERF), a);
    let power = polynomial(a, L::Element::LOG2_ERFC);
    let n = power.round();
    let far = (-n.power_of_two()).fused(polynomial(power - n, L::Element::EXP2), L::ONE);
    L::select(a.greater(L::constant(ERF_SWITCH)), far, near).copy_sign(x)
}
