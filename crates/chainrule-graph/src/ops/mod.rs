//! Every operation: its value and its derivative, side by side.
//!
//! An elementwise function is one row: a type that implements [`Elementwise`] over any
//! [`Algebra`]. The same row is the vector kernel (over registers), the formula of the trace and
//! the second derivative (over `Symbol`, where it records itself as graph nodes).

mod activation;
mod arithmetic;
mod dropout;
mod elementary;
mod formula;
pub mod losses;
mod matrix;
mod reduce;

pub use activation::*;
pub use arithmetic::Binary;
pub use elementary::*;

pub(crate) use arithmetic::map_select;
pub(crate) use dropout::dropout_mask;
pub(crate) use matrix::*;
pub(crate) use reduce::*;

use chainrule_math::map::{self, Unary};
use chainrule_math::{Algebra, Element, InstructionSet};

/// What must survive the forward pass so that the slope can be computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// The input.
    Input,
    /// The output.
    Output,
    /// Neither: the slope is the same everywhere.
    Nothing,
    /// Neither: there is no usable slope.
    NoSlope,
}

/// A function of one number, applied to each element. Any shape -> the same shape.
pub trait Elementwise: Copy {
    /// As written in an expression.
    const NAME: &'static str;
    /// What [`Elementwise::slope`] is given.
    const KEEPS: Keep;
    /// The value, as a formula in x.
    const FORMULA: &'static str;
    /// The slope, as a formula in x or y.
    const SLOPE: &'static str;
    /// The number that belongs to it, as the formulas call it.
    fn setting(self) -> Option<(&'static str, f64)>;
    /// y.
    fn value<A: Algebra>(self, x: A) -> A;
    /// dy/dx, from what is kept.
    fn slope<A: Algebra>(self, kept: A) -> A;
}

#[derive(Clone, Copy)]
struct ValueOf<F>(F);
#[derive(Clone, Copy)]
struct SlopeOf<F>(F);

impl<F: Elementwise> Unary for ValueOf<F> {
    #[inline(always)]
    fn apply<A: Algebra>(self, x: A) -> A {
        self.0.value(x)
    }
}

impl<F: Elementwise> Unary for SlopeOf<F> {
    #[inline(always)]
    fn apply<A: Algebra>(self, kept: A) -> A {
        self.0.slope(kept)
    }
}

/// The closed list of elementwise functions, and the way from the list to the rows.
macro_rules! functions {
    ($($name:ident),* $(,)?) => {
        /// Any elementwise function.
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub enum Function {
            $(
                #[allow(missing_docs)] // documented at the type of the same name
                $name($name),
            )*
        }

        $(
            impl From<$name> for Function {
                fn from(row: $name) -> Function {
                    Function::$name(row)
                }
            }
        )*

        impl Function {
            /// As written in an expression.
            pub fn name(self) -> &'static str {
                match self { $(Function::$name(_) => $name::NAME,)* }
            }
            /// What the slope is computed from.
            pub fn keeps(self) -> Keep {
                match self { $(Function::$name(_) => $name::KEEPS,)* }
            }
            /// The value, as a formula in x.
            pub fn formula(self) -> &'static str {
                match self { $(Function::$name(_) => $name::FORMULA,)* }
            }
            /// The slope, as a formula in x or y.
            pub fn slope_formula(self) -> &'static str {
                match self { $(Function::$name(_) => $name::SLOPE,)* }
            }
            /// The number that belongs to it, as the formulas call it.
            pub fn setting(self) -> Option<(&'static str, f64)> {
                match self { $(Function::$name(row) => row.setting(),)* }
            }
            /// The value over any algebra.
            pub fn value<A: Algebra>(self, x: A) -> A {
                match self { $(Function::$name(row) => row.value(x),)* }
            }
            /// The slope over any algebra.
            pub fn slope<A: Algebra>(self, kept: A) -> A {
                match self { $(Function::$name(row) => row.slope(kept),)* }
            }
            /// The value of x, or of the sum of x and an addend.
            pub(crate) fn map_value<E: Element>(
                self,
                set: InstructionSet,
                x: &[E],
                addend: Option<&[E]>,
                y: &mut [E],
            ) {
                match self {
                    $(Function::$name(row) => map::of_sum(set, ValueOf(row), x, addend, y),)*
                }
            }
            /// The slope, or its product with a factor.
            pub(crate) fn map_slope<E: Element>(
                self,
                set: InstructionSet,
                kept: &[E],
                factor: Option<&[E]>,
                y: &mut [E],
            ) {
                match self {
                    $(Function::$name(row) => map::times(set, SlopeOf(row), kept, factor, y),)*
                }
            }
        }
    };
}

functions! {
    Identity, Negate, Exp, Ln, Expm1, Log1p, Sqrt, Abs, Sin, Cos, Erf, Power,
    Threshold, Heaviside, Sigmoid, Tanh, Relu, LeakyRelu, Elu, Selu, Gelu, GeluTanh, Mish, Silu, Softplus,
}
