//! Functions of two numbers, elementwise, dimensions of size 1 repeated.

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
        }
    }

    /// dy/da and dy/db, from the inputs and the output; nothing where the function is flat.
    #[inline(always)]
    pub fn slopes<A: Algebra>(self, a: A, b: A, y: A) -> Option<(A, A)> {
        let half = A::constant(0.5);
        // 1 where the first is greater, 1/2 at a tie, else 0.
        let share = |greater: A, smaller: A| {
            A::select(
                greater.greater(smaller),
                A::ONE,
                A::select(smaller.greater(greater), A::ZERO, half),
            )
        };
        Some(match self {
            Binary::Add => (A::ONE, A::ONE),
            Binary::Subtract => (A::ONE, -A::ONE),
            Binary::Multiply => (b, a),
            Binary::Divide => (A::ONE / b, -(y / b)),
            Binary::Power => (
                b * a.power(b - A::ONE),
                // a^b ln a tends to 0 with a.
                A::select(a.greater(A::ZERO), y * a.ln(), A::ZERO),
            ),
            Binary::Maximum => (share(a, b), share(b, a)),
            Binary::Minimum => (share(b, a), share(a, b)),
            Binary::Greater => return None,
        })
    }

    pub(crate) fn map<E: Element>(self, set: InstructionSet, a: &[E], b: &[E], y: &mut [E]) {
        // One instance of the loop per function, so the match is outside of it.
        macro_rules! each {
            ($($name:ident),*) => {
                match self { $(Binary::$name => map::binary(set, $name, a, b, y),)* }
            };
        }
        each!(Add, Subtract, Multiply, Divide, Power, Maximum, Minimum, Greater)
    }
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
formulas!(Add, Subtract, Multiply, Divide, Power, Maximum, Minimum, Greater);

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
