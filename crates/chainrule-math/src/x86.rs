//! The registers of AVX2 and AVX-512.
//!
//! SAFETY, for every intrinsic in this file: the types are handed out only by
//! [`InstructionSet::run`](crate::InstructionSet::run), inside a function compiled for the set
//! after the processor was found to have it; loads and stores hand their contract to the caller.

#![allow(clippy::undocumented_unsafe_blocks)] // the one reason above holds for each

use crate::element::elementary_methods;
use crate::{Algebra, Lanes};
use std::arch::x86_64::*;
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

/// One register type. `$bits` names the integer intrinsics that act on its bit patterns.
macro_rules! register {
    ($register:ident: $inner:ident of $count:literal $element:ident, mask $mask:ident,
     $add:ident $sub:ident $mul:ident $div:ident $max:ident $min:ident $sqrt:ident $fma:ident,
     $set:ident $load:ident $store:ident, $round:expr,
     greater $greater:expr, select $select:expr,
     to_integer $to_integer:ident from_integer $from_integer:ident splat_integer $splat:ident $integer:ident
     and $and:ident or $or:ident xor $xor:ident left $left:ident right $right:ident,
     fraction_bits $fraction_bits:literal bias $bias:literal $(, transpose $transpose:ident)?) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $register($inner);

        operator!($register, Add, add, $add);
        operator!($register, Sub, sub, $sub);
        operator!($register, Mul, mul, $mul);
        operator!($register, Div, div, $div);

        impl $register {
            const SIGN: $integer = $integer::MIN;
            const FRACTION: $integer = (1 << $fraction_bits) - 1;

            #[inline(always)]
            fn with_bits(self, mask: $integer) -> Self {
                Self(unsafe { $from_integer($and($to_integer(self.0), $splat(mask))) })
            }
            #[inline(always)]
            fn combine(self, other: Self) -> Self {
                Self(unsafe { $from_integer($or($to_integer(self.0), $to_integer(other.0))) })
            }
        }

        impl Neg for $register {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(unsafe { $from_integer($xor($to_integer(self.0), $splat(Self::SIGN))) })
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
            #[inline(always)]
            fn maximum(self, other: Self) -> Self {
                Self(unsafe { $max(self.0, other.0) })
            }
            #[inline(always)]
            fn minimum(self, other: Self) -> Self {
                Self(unsafe { $min(self.0, other.0) })
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.with_bits(!Self::SIGN)
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
                Self(unsafe { $fma(self.0, factor.0, addend.0) })
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
                Self(unsafe { $from_integer($left::<$fraction_bits>($to_integer(shifted.0))) })
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                // The biased exponent e, put into the fraction of 2^fraction_bits, reads as
                // 2^fraction_bits + e.
                const BASE: f64 = (1u64 << $fraction_bits) as f64;
                let biased =
                    Self(unsafe { $from_integer($right::<$fraction_bits>($to_integer(self.0))) });
                biased.combine(Self::constant(BASE)) - Self::constant(BASE + $bias as f64)
            }
            #[inline(always)]
            fn mantissa(self) -> Self {
                self.with_bits(Self::FRACTION).combine(Self::ONE)
            }
            #[inline(always)]
            fn copy_sign(self, sign: Self) -> Self {
                self.abs().combine(sign.with_bits(Self::SIGN))
            }
            #[inline(always)]
            fn each_lane(self, function: fn($element) -> $element) -> Self {
                let mut lanes = [0.0; $count];
                unsafe { $store(lanes.as_mut_ptr(), self.0) };
                for lane in &mut lanes {
                    *lane = function(*lane);
                }
                Self(unsafe { $load(lanes.as_ptr()) })
            }
            #[inline(always)]
            fn zip_lanes(self, other: Self, function: fn($element, $element) -> $element) -> Self {
                let (mut lanes, mut others) = ([0.0; $count], [0.0; $count]);
                unsafe {
                    $store(lanes.as_mut_ptr(), self.0);
                    $store(others.as_mut_ptr(), other.0);
                }
                for (lane, other) in lanes.iter_mut().zip(others) {
                    *lane = function(*lane, other);
                }
                Self(unsafe { $load(lanes.as_ptr()) })
            }
            $(
                #[inline(always)]
                unsafe fn transpose_square(source: *const $element, destination: *mut $element) {
                    unsafe { $transpose(source, destination) }
                }
            )?
        }
    };
}

/// A square of 16 x 16: exchanges 1 x 1, 2 x 2, 4 x 4 and 8 x 8 blocks across the diagonal, 16
/// shuffles each.
#[inline(always)]
unsafe fn transpose_16x16(source: *const f32, destination: *mut f32) {
    unsafe {
        let mut row = [_mm512_setzero_ps(); 16];
        for (index, register) in row.iter_mut().enumerate() {
            *register = _mm512_loadu_ps(source.add(16 * index));
        }
        // Pairs of rows interleaved; within each quarter register of 4: a0 b0 a1 b1 | a2 b2 a3 b3.
        let mut pair = row;
        for index in 0..8 {
            pair[2 * index] = _mm512_unpacklo_ps(row[2 * index], row[2 * index + 1]);
            pair[2 * index + 1] = _mm512_unpackhi_ps(row[2 * index], row[2 * index + 1]);
        }
        // Quads: register 4q + c holds column c (of each quarter) of rows 4q .. 4q + 3.
        let mut quad = pair;
        for index in 0..4 {
            let [a, b, c, d] = [0, 1, 2, 3].map(|offset| pair[4 * index + offset]);
            quad[4 * index] = _mm512_shuffle_ps::<0x44>(a, c);
            quad[4 * index + 1] = _mm512_shuffle_ps::<0xee>(a, c);
            quad[4 * index + 2] = _mm512_shuffle_ps::<0x44>(b, d);
            quad[4 * index + 3] = _mm512_shuffle_ps::<0xee>(b, d);
        }
        // Quarters of four registers gathered into the columns c, c + 4, c + 8, c + 12.
        for column in 0..4 {
            let (a, b, c, d) =
                (quad[column], quad[4 + column], quad[8 + column], quad[12 + column]);
            let even_low = _mm512_shuffle_f32x4::<0x88>(a, b); // quarters 0 2 of a, 0 2 of b
            let odd_low = _mm512_shuffle_f32x4::<0xdd>(a, b);
            let even_high = _mm512_shuffle_f32x4::<0x88>(c, d);
            let odd_high = _mm512_shuffle_f32x4::<0xdd>(c, d);
            let columns = [
                _mm512_shuffle_f32x4::<0x88>(even_low, even_high),
                _mm512_shuffle_f32x4::<0x88>(odd_low, odd_high),
                _mm512_shuffle_f32x4::<0xdd>(even_low, even_high),
                _mm512_shuffle_f32x4::<0xdd>(odd_low, odd_high),
            ];
            for (quarter, register) in columns.into_iter().enumerate() {
                _mm512_storeu_ps(destination.add(16 * (column + 4 * quarter)), register);
            }
        }
    }
}

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

register!(Avx512Single: __m512 of 16 f32, mask __mmask16,
    _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps _mm512_max_ps _mm512_min_ps _mm512_sqrt_ps _mm512_fmadd_ps,
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps, _mm512_roundscale_ps::<NEAREST>,
    greater _mm512_cmp_ps_mask::<_CMP_GT_OQ>, select blend_512_single,
    to_integer _mm512_castps_si512 from_integer _mm512_castsi512_ps splat_integer _mm512_set1_epi32 i32
    and _mm512_and_si512 or _mm512_or_si512 xor _mm512_xor_si512 left _mm512_slli_epi32 right _mm512_srli_epi32,
    fraction_bits 23 bias 127, transpose transpose_16x16);

register!(Avx512Double: __m512d of 8 f64, mask __mmask8,
    _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_div_pd _mm512_max_pd _mm512_min_pd _mm512_sqrt_pd _mm512_fmadd_pd,
    _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd, _mm512_roundscale_pd::<NEAREST>,
    greater _mm512_cmp_pd_mask::<_CMP_GT_OQ>, select blend_512_double,
    to_integer _mm512_castpd_si512 from_integer _mm512_castsi512_pd splat_integer _mm512_set1_epi64 i64
    and _mm512_and_si512 or _mm512_or_si512 xor _mm512_xor_si512 left _mm512_slli_epi64 right _mm512_srli_epi64,
    fraction_bits 52 bias 1023);

register!(Avx2Single: __m256 of 8 f32, mask __m256,
    _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps _mm256_max_ps _mm256_min_ps _mm256_sqrt_ps _mm256_fmadd_ps,
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps, _mm256_round_ps::<NEAREST>,
    greater _mm256_cmp_ps::<_CMP_GT_OQ>, select blend_256_single,
    to_integer _mm256_castps_si256 from_integer _mm256_castsi256_ps splat_integer _mm256_set1_epi32 i32
    and _mm256_and_si256 or _mm256_or_si256 xor _mm256_xor_si256 left _mm256_slli_epi32 right _mm256_srli_epi32,
    fraction_bits 23 bias 127);

register!(Avx2Double: __m256d of 4 f64, mask __m256d,
    _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_div_pd _mm256_max_pd _mm256_min_pd _mm256_sqrt_pd _mm256_fmadd_pd,
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd, _mm256_round_pd::<NEAREST>,
    greater _mm256_cmp_pd::<_CMP_GT_OQ>, select blend_256_double,
    to_integer _mm256_castpd_si256 from_integer _mm256_castsi256_pd splat_integer _mm256_set1_epi64x i64
    and _mm256_and_si256 or _mm256_or_si256 xor _mm256_xor_si256 left _mm256_slli_epi64 right _mm256_srli_epi64,
    fraction_bits 52 bias 1023);

#[inline(always)]
unsafe fn blend_512_single(mask: __mmask16, yes: __m512, no: __m512) -> __m512 {
    unsafe { _mm512_mask_blend_ps(mask, no, yes) }
}

#[inline(always)]
unsafe fn blend_512_double(mask: __mmask8, yes: __m512d, no: __m512d) -> __m512d {
    unsafe { _mm512_mask_blend_pd(mask, no, yes) }
}

#[inline(always)]
unsafe fn blend_256_single(mask: __m256, yes: __m256, no: __m256) -> __m256 {
    unsafe { _mm256_blendv_ps(no, yes, mask) }
}

#[inline(always)]
unsafe fn blend_256_double(mask: __m256d, yes: __m256d, no: __m256d) -> __m256d {
    unsafe { _mm256_blendv_pd(no, yes, mask) }
}
