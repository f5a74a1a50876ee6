//! Functions of two numbers, elementwise, dimensions of size 1 repeated.

use super::activation::sigmoid;
use chainrule_math::map::{self, Binary as Formula};
use chainrule_math::{Algebra, Element, InstructionSet};

/// An elementwise function of two values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    /// a + b
    Add,
    /// a - b
    Subtract,
    /// a b
    Multiply,
    /// a / b
    Divide,
    /// a^b
    Power,
    /// The larger; a tie shares the slope half and half.
    Maximum,
    /// The smaller; a tie shares the slope half and half.
    Minimum,
    /// 1 where a > b, else 0; flat, so its slope is 0.
    Greater,
    /// ln(e^a + e^b), without overflow.
    LogAddExp,
}

impl Binary {
    /// As a word.
    pub fn name(self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Subtract => "subtract",
            Binary::Multiply => "multiply",
            Binary::Divide => "divide",
            Binary::Power => "power",
            Binary::Maximum => "max",
            Binary::Minimum => "min",
            Binary::Greater => "greater",
            Binary::LogAddExp => "log_sum_exp",
        }
    }

    /// The value over any algebra.
    #[inline(always)]
    pub fn value<A: Algebra>(self, a: A, b: A) -> A {
        match self {
            Binary::Add => a + b,
            Binary::Subtract => a - b,
            Binary::Multiply => a * b,
            Binary::Divide => a / b,
            Binary::Power => a.power(b),
            Binary::Maximum => a.maximum(b),
            Binary::Minimum => a.minimum(b),
            Binary::Greater => A::select(a.greater(b), A::ONE, A::ZERO),
            Binary::LogAddExp => {
                let (larger, smaller) = (a.maximum(b), a.minimum(b));
                larger + (smaller - larger).exp().log1p()
            }
        }
    }

    /// The value, as a formula in a and b.
    pub fn formula(self) -> &'static str {
        match self {
            Binary::Add => "a + b",
            Binary::Subtract => "a - b",
            Binary::Multiply => "a * b",
            Binary::Divide => "a / b",
            Binary::Power => "a^b",
            Binary::Maximum => "max(a, b)",
            Binary::Minimum => "min(a, b)",
            Binary::Greater => "1 if a > b else 0",
            Binary::LogAddExp => "log_sum_exp(a, b)",
        }
    }

    /// The slopes by a and by b, as formulas in a, b and y.
    pub fn slope_formulas(self) -> [&'static str; 2] {
        match self {
            Binary::Add => ["1", "1"],
            Binary::Subtract => ["1", "-1"],
            Binary::Multiply => ["b", "a"],
            Binary::Divide => ["1 / b", "-y / b"],
            Binary::Power => ["b a^(b - 1)", "y ln a"],
            Binary::Maximum => {
                ["1 if a > b, 1/2 if equal, else 0", "1 if b > a, 1/2 if equal, else 0"]
            }
            Binary::Minimum => {
                ["1 if a < b, 1/2 if equal, else 0", "1 if b < a, 1/2 if equal, else 0"]
            }
            Binary::Greater => ["0", "0"],
            Binary::LogAddExp => ["sigmoid(a - b)", "sigmoid(b - a)"],
        }
    }

    /// Whether it has slopes at all; a flat function passes nothing back.
    pub fn is_flat(self) -> bool {
        self == Binary::Greater
    }

    /// dy/da, from the inputs and the output.
    #[inline(always)]
    pub fn slope_by_first<A: Algebra>(self, a: A, b: A, _y: A) -> A {
        match self {
            Binary::Add | Binary::Subtract => A::ONE,
            Binary::Multiply => b,
            Binary::Divide => A::ONE / b,
            // a^0 is 1 at a = 0 too, where its slope is 0 and not 0 times infinity.
            Binary::Power => {
                let exponent_or_base =
                    A::select(b.abs().greater(A::ZERO), A::ONE, A::ZERO) + a.abs();
                A::select(exponent_or_base.greater(A::ZERO), b * a.power(b - A::ONE), A::ZERO)
            }
            Binary::Maximum => share(a, b),
            Binary::Minimum => share(b, a),
            Binary::Greater => A::ZERO,
            Binary::LogAddExp => sigmoid(a - b),
        }
    }

    /// dy/db, from the inputs and the output.
    #[inline(always)]
    pub fn slope_by_second<A: Algebra>(self, a: A, b: A, y: A) -> A {
        match self {
            Binary::Add => A::ONE,
            Binary::Subtract => -A::ONE,
            Binary::Multiply => a,
            Binary::Divide => -(y / b),
            // a^b ln a tends to 0 with a; of a negative a there is no power beside whole exponents, so no
            // slope either.
            Binary::Power => A::select(a.abs().greater(A::ZERO), y * a.ln(), A::ZERO),
            Binary::Maximum => share(b, a),
            Binary::Minimum => share(a, b),
            Binary::Greater => A::ZERO,
            Binary::LogAddExp => sigmoid(b - a),
        }
    }

    pub(crate) fn map<E: Element>(self, set: InstructionSet, a: &[E], b: &[E], y: &mut [E]) {
        // One instance of the loop per function, so the match is outside of it.
        macro_rules! each {
            ($($name:ident),*) => {
                match self { $(Binary::$name => map::binary(set, $name, a, b, y),)* }
            };
        }
        each!(Add, Subtract, Multiply, Divide, Power, Maximum, Minimum, Greater, LogAddExp)
    }
}

/// 1 where the first is greater, half at a tie, else 0.
#[inline(always)]
fn share<A: Algebra>(greater: A, smaller: A) -> A {
    let tie_or_less = A::select(smaller.greater(greater), A::ZERO, A::constant(0.5));
    A::select(greater.greater(smaller), A::ONE, tie_or_less)
}

macro_rules! formulas {
    ($($name:ident),*) => {$(
        #[derive(Clone, Copy)]
        struct $name;
        impl Formula for $name {
            #[inline(always)]
            fn apply<A: Algebra>(self, a: A, b: A) -> A {
                Binary::$name.value(a, b)
            }
        }
    )*};
}
formulas!(Add, Subtract, Multiply, Divide, Power, Maximum, Minimum, Greater, LogAddExp);

#[derive(Clone, Copy)]
struct Choose;
impl map::Ternary for Choose {
    #[inline(always)]
    fn apply<A: Algebra>(self, mask: A, yes: A, no: A) -> A {
        A::select(mask.greater(A::ZERO), yes, no)
    }
}

/// `yes` where `mask > 0`, else `no`.
pub(crate) fn map_select<E: Element>(set: InstructionSet, inputs: [&[E]; 3], y: &mut [E]) {
    map::ternary(set, Choose, inputs, y);
}
