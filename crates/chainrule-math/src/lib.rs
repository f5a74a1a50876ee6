//! Numbers and slices under chainrule: one algebra for scalars and vector registers, matrix
//! products, random streams, the thread team, and the machine that runs a planned computation. The
//! only crate of the project with unsafe code.

mod algebra;
mod buffer;
mod element;
mod elementary;
mod fetch;
mod lanes;
mod layout;
pub mod machine;
pub mod map;
#[cfg(target_arch = "aarch64")]
mod neon;
mod product;
pub mod random;
pub mod sparse;
mod team;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use algebra::Algebra;
pub use buffer::Buffer;
pub use element::Element;
pub use lanes::{InstructionSet, Kernel, Lanes, transpose};
pub use layout::{Extent, Region, Space, View, ViewMut};
pub use product::{Form, naive};
pub use team::{Member, Team};
