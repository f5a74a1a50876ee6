//! What a formula may do, whatever it works on.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// Arithmetic, elementary functions and choice: everything that the formula of an operation may
/// use.
///
/// `f32`, `f64` and the vector registers implement it, and so does the graph's `Symbol`. One
/// formula written over `A: Algebra` is therefore the scalar reference, the vector kernel and,
/// over `Symbol`, a recording of itself as graph nodes.
///
/// ```
/// use chainrule_math::Algebra;
/// fn slope_of_tanh<A: Algebra>(y: A) -> A {
///     A::ONE - y * y
/// }
/// assert_eq!(slope_of_tanh(0.5_f64), 0.75);
/// ```
pub trait Algebra:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The answer of a comparison, one per element.
    type Mask: Copy;

    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// A number that is the same in every element.
    fn constant(value: f64) -> Self;

    /// Whether `self > other`; false where either is not a number.
    fn greater(self, other: Self) -> Self::Mask;
    /// `yes` where the mask holds, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// `self` where `self > other`, else `other`: so `ZERO.maximum(x)` lets a NaN in `x` through.
    fn maximum(self, other: Self) -> Self;
    /// `self` where `other > self`, else `other`.
    fn minimum(self, other: Self) -> Self;
    /// |x|.
    fn abs(self) -> Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;

    /// x to any power; NaN for a negative x and a power that is no integer.
    fn power(self, exponent: Self) -> Self;
    /// e^x.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// e^x - 1, exact to the last bits near 0.
    fn expm1(self) -> Self;
    /// ln(1 + x), exact to the last bits near 0.
    fn log1p(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
    /// The error function 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.
    fn erf(self) -> Self;
}
