//! The elementary functions.

use super::{Elementwise, Keep};
use chainrule_math::Algebra;

/// A row of the table of functions: its type, and the one place where its value and slope stand.
macro_rules! row {
    (@type $(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub struct $name;
    };
    (@type $(#[$doc:meta])* $name:ident ($field:ident)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub struct $name {
            /// The function's setting; see the type.
            pub $field: f64,
        }
    };
    ($(#[$doc:meta])* $name:ident $(($field:ident))?, $text:literal, keeps $keep:ident,
     $formula:literal, $slope_formula:literal,
     value($self_value:ident, $x:ident) $value:expr, slope($self_slope:ident, $kept:ident) $slope:expr) => {
        row!(@type $(#[$doc])* $name $(($field))?);
        impl Elementwise for $name {
            const NAME: &'static str = $text;
            const KEEPS: Keep = Keep::$keep;
            const FORMULA: &'static str = $formula;
            const SLOPE: &'static str = $slope_formula;
            fn setting(self) -> Option<(&'static str, f64)> {
                let setting = None;
                $(let setting = setting.or(Some((stringify!($field), self.$field)));)?
                setting
            }
            #[inline(always)]
            fn value<A: Algebra>($self_value, $x: A) -> A { $value }
            #[inline(always)]
            fn slope<A: Algebra>($self_slope, $kept: A) -> A { $slope }
        }
    };
}
pub(super) use row;

row!(/** y = x. */ Identity, "identity", keeps Nothing, "x", "1",
    value(self, x) x, slope(self, _x) A::ONE);
row!(/** y = -x. */ Negate, "neg", keeps Nothing, "-x", "-1",
    value(self, x) -x, slope(self, _x) -A::ONE);
row!(/** y = e^x. */ Exp, "exp", keeps Output, "e^x", "y",
    value(self, x) x.exp(), slope(self, y) y);
row!(/** y = ln x. */ Ln, "ln", keeps Input, "ln x", "1 / x",
    value(self, x) x.ln(), slope(self, x) A::ONE / x);
row!(/** y = e^x - 1. */ Expm1, "expm1", keeps Output, "e^x - 1", "y + 1",
    value(self, x) x.expm1(), slope(self, y) y + A::ONE);
row!(/** y = ln(1 + x). */ Log1p, "log1p", keeps Input, "ln(1 + x)", "1 / (1 + x)",
    value(self, x) x.log1p(), slope(self, x) A::ONE / (A::ONE + x));
row!(/** y = square root of x. */ Sqrt, "sqrt", keeps Output, "sqrt(x)", "1 / (2 y)",
    value(self, x) x.sqrt(), slope(self, y) A::constant(0.5) / y);
row!(/** y = |x|, with slope 0 at 0 by convention. */ Abs, "abs", keeps Input, "|x|", "sign of x, 0 at 0",
    value(self, x) x.abs(),
    slope(self, x) A::select(
        x.greater(A::ZERO), A::ONE, A::select(A::ZERO.greater(x), -A::ONE, A::ZERO)));
row!(/** y = sin x. */ Sin, "sin", keeps Input, "sin x", "cos x",
    value(self, x) x.sin(), slope(self, x) x.cos());
row!(/** y = cos x. */ Cos, "cos", keeps Input, "cos x", "-sin x",
    value(self, x) x.cos(), slope(self, x) -x.sin());
row!(/** The error function. */ Erf, "erf", keeps Input, "erf x", "2 / sqrt(pi) e^(-x^2)",
    value(self, x) x.erf(),
    slope(self, x) A::constant(std::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp());
row!(/** y = x^exponent for a fixed exponent; x^0 is 1. */
Power(exponent), "power", keeps Input, "x^exponent", "exponent x^(exponent - 1)",
value(self, x) fixed_power(x, self.exponent),
slope(self, x) if self.exponent == 0.0 {
    A::ZERO
} else {
    A::constant(self.exponent) * fixed_power(x, self.exponent - 1.0)
});

/// By repeated squaring for small whole exponents, so that a negative x and x = 0 are exact.
#[inline(always)]
fn fixed_power<A: Algebra>(x: A, exponent: f64) -> A {
    if exponent.fract() != 0.0 || exponent.abs() > 64.0 {
        return x.power(A::constant(exponent));
    }
    let mut remaining = exponent.abs() as u32;
    if remaining == 0 {
        return A::ONE;
    }
    let (mut result, mut square) = (None, x);
    loop {
        if remaining % 2 == 1 {
            result = Some(result.map_or(square, |result: A| result * square));
        }
        remaining /= 2;
        if remaining == 0 {
            break;
        }
        square = square * square;
    }
    let result = result.unwrap_or(A::ONE);
    if exponent < 0.0 { A::ONE / result } else { result }
}
