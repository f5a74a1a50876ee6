//! The elementary functions over any register.
//!
//! The formulas are written once, in [`formula`], out of the exact and correctly rounded methods
//! of [`Lanes`](crate::Lanes): so every instruction set gives the same bits. The precisions differ
//! in their [`Constants`](formula::Constants) only.
//!
//! Sine and cosine are bought from `libm`, lane by lane. They are rare in networks, and their
//! reduction of a large argument by pi/2 needs a table of the bits of pi, which is no vector work.

pub(crate) mod double;
mod formula;
pub(crate) mod single;
