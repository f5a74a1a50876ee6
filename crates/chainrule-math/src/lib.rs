//! Numbers and slices under chainrule: one algebra for scalars and vector registers, matrix
//! products, random streams and the thread team. The only crate of the project with unsafe code.

mod algebra;
mod element;
mod elementary;
mod lanes;
pub mod random;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use algebra::Algebra;
pub use element::Element;
pub use lanes::{InstructionSet, Kernel, Lanes};
