//! The registers of NEON, which every 64-bit Arm processor has.
//!
//! SAFETY, for every intrinsic in this file: the set belongs to the baseline of the architecture, so
//! that the compiler itself uses it everywhere; loads and stores hand their contract to the caller.

#![allow(clippy::undocumented_unsafe_blocks)] // the one reason above holds for each

use crate::element::elementary_methods;
use crate::{Algebra, Lanes};
use std::arch::aarch64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

macro_rules! operator {
    ($register:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $register {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(unsafe { $intrinsic(self.0, other.0) })
            }
        }
    };
}

/// One register type. `to_bits` and `from_bits` reinterpret it as a register of `$integer`, which is
/// the mask of a comparison too.
macro_rules! register {
    ($register:ident: $inner:ident of $count:literal $element:ident, mask $mask:ident of $integer:ident,
     $add:ident $sub:ident $mul:ident $div:ident $neg:ident $abs:ident $sqrt:ident $fma:ident,
     $set:ident $load:ident $store:ident, $round:ident,
     greater $greater:ident, select $select:ident,
     to_bits $to_bits:ident from_bits $from_bits:ident splat_bits $splat_bits:ident
     or $or:ident left $left:ident right $right:ident,
     fraction_bits $fraction_bits:literal bias $bias:literal) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $register($inner);

        operator!($register, Add, add, $add);
        operator!($register, Sub, sub, $sub);
        operator!($register, Mul, mul, $mul);
        operator!($register, Div, div, $div);

        impl $register {
            /// The bits of `other` in the places where the mask has ones, else those of `self`.
            #[inline(always)]
            fn replaced(self, mask: $integer, other: Self) -> Self {
                Self(unsafe { $select($splat_bits(mask), other.0, self.0) })
            }
        }

        impl Neg for $register {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(unsafe { $neg(self.0) })
            }
        }

        impl Algebra for $register {
            type Mask = $mask;
            // All bits zero is +0.0 in every lane.
            const ZERO: Self = Self(unsafe { std::mem::zeroed() });
            const ONE: Self =
                Self(unsafe { std::mem::transmute::<[$element; $count], $inner>([1.0; $count]) });

            #[inline(always)]
            fn constant(value: f64) -> Self {
                Self(unsafe { $set(value as $element) })
            }
            #[inline(always)]
            fn greater(self, other: Self) -> $mask {
                unsafe { $greater(self.0, other.0) }
            }
            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                Self(unsafe { $select(mask, yes.0, no.0) })
            }
            // NEON's own maximum and minimum order the two zeros and keep a NaN of either side.
            #[inline(always)]
            fn maximum(self, other: Self) -> Self {
                Self::select(self.greater(other), self, other)
            }
            #[inline(always)]
            fn minimum(self, other: Self) -> Self {
                Self::select(other.greater(self), self, other)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(unsafe { $abs(self.0) })
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(unsafe { $sqrt(self.0) })
            }
            elementary_methods!($element);
        }

        impl Lanes for $register {
            type Element = $element;
            const COUNT: usize = $count;
            #[inline(always)]
            fn splat(value: $element) -> Self {
                Self(unsafe { $set(value) })
            }
            #[inline(always)]
            unsafe fn load(source: *const $element) -> Self {
                Self(unsafe { $load(source) })
            }
            #[inline(always)]
            unsafe fn store(self, destination: *mut $element) {
                unsafe { $store(destination, self.0) }
            }
            #[inline(always)]
            fn fused(self, factor: Self, addend: Self) -> Self {
                Self(unsafe { $fma(addend.0, self.0, factor.0) })
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(unsafe { $round(self.0) })
            }
            #[inline(always)]
            fn power_of_two(self) -> Self {
                // Adding 1.5 * 2^fraction_bits puts the integer n + bias into the lowest bits.
                const SHIFTER: f64 = (3u64 << ($fraction_bits - 1)) as f64 + $bias as f64;
                let shifted = self + Self::constant(SHIFTER);
                Self(unsafe { $from_bits($left::<$fraction_bits>($to_bits(shifted.0))) })
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                // The biased exponent e, put into the fraction of 2^fraction_bits, reads as
                // 2^fraction_bits + e.
                const BASE: f64 = (1u64 << $fraction_bits) as f64;
                let base = Self::constant(BASE);
                let read = Self(unsafe {
                    let biased = $right::<$fraction_bits>($to_bits(self.0));
                    $from_bits($or(biased, $to_bits(base.0)))
                });
                read - Self::constant(BASE + $bias as f64)
            }
            #[inline(always)]
            fn mantissa(self) -> Self {
                Self::ONE.replaced((1 << $fraction_bits) - 1, self)
            }
            #[inline(always)]
            fn copy_sign(self, sign: Self) -> Self {
                self.replaced(1 << ($integer::BITS - 1), sign)
            }
            #[inline(always)]
            fn each_lane(self, function: fn($element) -> $element) -> Self {
                let mut lanes = [0.0; $count];
                self.write(&mut lanes);
                Self::read(&lanes.map(function))
            }
            #[inline(always)]
            fn zip_lanes(self, other: Self, function: fn($element, $element) -> $element) -> Self {
                let (mut lanes, mut others) = ([0.0; $count], [0.0; $count]);
                self.write(&mut lanes);
                other.write(&mut others);
                for (lane, other) in lanes.iter_mut().zip(others) {
                    *lane = function(*lane, other);
                }
                Self::read(&lanes)
            }
        }
    };
}

register!(NeonSingle: float32x4_t of 4 f32, mask uint32x4_t of u32,
    vaddq_f32 vsubq_f32 vmulq_f32 vdivq_f32 vnegq_f32 vabsq_f32 vsqrtq_f32 vfmaq_f32,
    vdupq_n_f32 vld1q_f32 vst1q_f32, vrndnq_f32,
    greater vcgtq_f32, select vbslq_f32,
    to_bits vreinterpretq_u32_f32 from_bits vreinterpretq_f32_u32 splat_bits vdupq_n_u32
    or vorrq_u32 left vshlq_n_u32 right vshrq_n_u32,
    fraction_bits 23 bias 127);

register!(NeonDouble: float64x2_t of 2 f64, mask uint64x2_t of u64,
    vaddq_f64 vsubq_f64 vmulq_f64 vdivq_f64 vnegq_f64 vabsq_f64 vsqrtq_f64 vfmaq_f64,
    vdupq_n_f64 vld1q_f64 vst1q_f64, vrndnq_f64,
    greater vcgtq_f64, select vbslq_f64,
    to_bits vreinterpretq_u64_f64 from_bits vreinterpretq_f64_u64 splat_bits vdupq_n_u64
    or vorrq_u64 left vshlq_n_u64 right vshrq_n_u64,
    fraction_bits 52 bias 1023);
