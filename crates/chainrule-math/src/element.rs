//! The two number types, and one number as a register of one lane.

use crate::elementary::{double, single};
use crate::{Algebra, InstructionSet, Kernel, Lanes};
use std::fmt::{Debug, Display};
use std::ops::{AddAssign, MulAssign, SubAssign};

/// `f32` or `f64`.
pub trait Element:
    crate::product::ProductKernels
    + Lanes<Element = Self>
    + Algebra<Mask = bool>
    + Default
    + PartialOrd
    + Debug
    + Display
    + Send
    + Sync
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// Columns of a panel: as many numbers as fill a cache line of 64 bytes.
    const PANEL: usize = 64 / size_of::<Self>();
    /// `F32` or `F64`, as safetensors spells it.
    const NAME: &'static str;
    /// The smallest positive normal number.
    const LEAST_NORMAL: Self;

    /// Runs the kernel over this type's registers of the set; see [`InstructionSet::run`]. Here, so
    /// that the register types stay private: to have one is to have its instructions.
    #[doc(hidden)]
    fn run_on<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The number as `f64`, exact.
    fn to_f64(self) -> f64;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// x^y.
    #[doc(hidden)]
    fn power_of(x: Self, y: Self) -> Self;
    /// The elementary functions over any register of this type; see [`Algebra`].
    #[doc(hidden)]
    fn exp_of<L: Lanes<Element = Self>>(x: L) -> L;
    #[doc(hidden)]
    fn ln_of<L: Lanes<Element = Self>>(x: L) -> L;
    #[doc(hidden)]
    fn expm1_of<L: Lanes<Element = Self>>(x: L) -> L;
    #[doc(hidden)]
    fn log1p_of<L: Lanes<Element = Self>>(x: L) -> L;
    #[doc(hidden)]
    fn tanh_of<L: Lanes<Element = Self>>(x: L) -> L;
    #[doc(hidden)]
    fn sin_of<L: Lanes<Element = Self>>(x: L) -> L;
    #[doc(hidden)]
    fn cos_of<L: Lanes<Element = Self>>(x: L) -> L;
    #[doc(hidden)]
    fn erf_of<L: Lanes<Element = Self>>(x: L) -> L;
}

/// The methods of [`Algebra`] that every register hands on to its element's functions.
macro_rules! elementary_methods {
    ($element:ty) => {
        // Rare in networks, so the library's, lane by lane: its bits are the same everywhere.
        #[inline(always)]
        fn power(self, exponent: Self) -> Self {
            $crate::Lanes::zip_lanes(self, exponent, <$element as $crate::Element>::power_of)
        }
        #[inline(always)]
        fn exp(self) -> Self {
            <$element as $crate::Element>::exp_of(self)
        }
        #[inline(always)]
        fn ln(self) -> Self {
            <$element as $crate::Element>::ln_of(self)
        }
        #[inline(always)]
        fn expm1(self) -> Self {
            <$element as $crate::Element>::expm1_of(self)
        }
        #[inline(always)]
        fn log1p(self) -> Self {
            <$element as $crate::Element>::log1p_of(self)
        }
        #[inline(always)]
        fn tanh(self) -> Self {
            <$element as $crate::Element>::tanh_of(self)
        }
        #[inline(always)]
        fn sin(self) -> Self {
            <$element as $crate::Element>::sin_of(self)
        }
        #[inline(always)]
        fn cos(self) -> Self {
            <$element as $crate::Element>::cos_of(self)
        }
        #[inline(always)]
        fn erf(self) -> Self {
            <$element as $crate::Element>::erf_of(self)
        }
    };
}
pub(crate) use elementary_methods;

macro_rules! element {
    ($element:ident, $bits:ty, $name:literal, $functions:ident, $neon:ident, $avx2:ident, $avx512:ident,
     $fraction_bits:literal, $bias:literal, $power:ident) => {
        impl Element for $element {
            const NAME: &'static str = $name;
            const LEAST_NORMAL: Self = $element::MIN_POSITIVE;
            #[inline]
            fn run_on<K: Kernel<Self>>(set: InstructionSet, kernel: K) -> K::Output {
                #[cfg(target_arch = "x86_64")]
                return set.run_x86::<Self, crate::x86::$avx2, crate::x86::$avx512, K>(kernel);
                #[cfg(target_arch = "aarch64")]
                return set.run_arm::<Self, crate::neon::$neon, K>(kernel);
                #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
                return set.run_scalar::<Self, K>(kernel);
            }

            #[inline]
            fn from_f64(value: f64) -> Self {
                value as $element
            }
            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn is_finite(self) -> bool {
                <$element>::is_finite(self)
            }
            fn power_of(x: Self, y: Self) -> Self {
                libm::$power(x, y)
            }
            #[inline(always)]
            fn exp_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::exp(x)
            }
            #[inline(always)]
            fn ln_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::ln(x)
            }
            #[inline(always)]
            fn expm1_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::expm1(x)
            }
            #[inline(always)]
            fn log1p_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::log1p(x)
            }
            #[inline(always)]
            fn tanh_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::tanh(x)
            }
            #[inline(always)]
            fn sin_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::sin(x)
            }
            #[inline(always)]
            fn cos_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::cos(x)
            }
            #[inline(always)]
            fn erf_of<L: Lanes<Element = Self>>(x: L) -> L {
                $functions::erf(x)
            }
        }

        impl Algebra for $element {
            type Mask = bool;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            #[inline(always)]
            fn constant(value: f64) -> Self {
                value as $element
            }
            #[inline(always)]
            fn greater(self, other: Self) -> bool {
                self > other
            }
            #[inline(always)]
            fn select(mask: bool, yes: Self, no: Self) -> Self {
                if mask { yes } else { no }
            }
            #[inline(always)]
            fn maximum(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn minimum(self, other: Self) -> Self {
                if self < other { self } else { other }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$element>::abs(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$element>::sqrt(self)
            }
            elementary_methods!($element);
        }

        impl Lanes for $element {
            type Element = $element;
            const COUNT: usize = 1;
            #[inline(always)]
            fn splat(value: $element) -> Self {
                value
            }
            #[inline(always)]
            unsafe fn load(source: *const $element) -> Self {
                // SAFETY: the caller promises that `source` is readable.
                unsafe { *source }
            }
            #[inline(always)]
            unsafe fn store(self, destination: *mut $element) {
                // SAFETY: the caller promises that `destination` is writable.
                unsafe { *destination = self }
            }
            #[inline(always)]
            fn fused(self, factor: Self, addend: Self) -> Self {
                self.mul_add(factor, addend)
            }
            #[inline(always)]
            fn round(self) -> Self {
                self.round_ties_even()
            }
            #[inline(always)]
            fn power_of_two(self) -> Self {
                <$element>::from_bits(((self as i64 + $bias) as $bits) << $fraction_bits)
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                ((self.to_bits() >> $fraction_bits) as i64 - $bias) as $element
            }
            #[inline(always)]
            fn mantissa(self) -> Self {
                const FRACTION: $bits = (1 << $fraction_bits) - 1;
                const ONE: $bits = (1.0 as $element).to_bits();
                <$element>::from_bits((self.to_bits() & FRACTION) | ONE)
            }
            #[inline(always)]
            fn copy_sign(self, sign: Self) -> Self {
                self.copysign(sign)
            }
            #[inline(always)]
            fn each_lane(self, function: fn($element) -> $element) -> Self {
                function(self)
            }
            #[inline(always)]
            fn zip_lanes(self, other: Self, function: fn($element, $element) -> $element) -> Self {
                function(self, other)
            }
        }
    };
}

element!(f32, u32, "F32", single, NeonSingle, Avx2Single, Avx512Single, 23, 127, powf);
element!(f64, u64, "F64", double, NeonDouble, Avx2Double, Avx512Double, 52, 1023, pow);
