//! Vector registers behind one trait, and the choice between instruction sets at run time.
//!
//! A [`Kernel`] is written once over [`Lanes`] and compiled once per instruction set. Every method
//! is either exact (comparison, selection, bit patterns) or one correctly rounded IEEE operation,
//! so a kernel gives the same bits on every set.

use crate::Algebra;
use crate::element::Element;

/// A register of `COUNT` numbers, or a single number.
///
/// The methods are inlined into a function compiled for the register's instruction set by
/// [`InstructionSet::run`], the only place where a type of this trait is handed out.
pub trait Lanes: Algebra {
    /// The number type of one lane.
    type Element: Element;
    /// Lanes in the register; divides [`Element::PANEL`].
    const COUNT: usize;

    /// The same number in every lane.
    fn splat(value: Self::Element) -> Self;
    /// Reads `COUNT` numbers.
    ///
    /// # Safety
    /// `source` must be readable for `COUNT` elements.
    unsafe fn load(source: *const Self::Element) -> Self;
    /// Writes `COUNT` numbers.
    ///
    /// # Safety
    /// `destination` must be writable for `COUNT` elements.
    unsafe fn store(self, destination: *mut Self::Element);

    /// Reads the first `COUNT` numbers of a slice.
    #[inline(always)]
    fn read(source: &[Self::Element]) -> Self {
        assert!(source.len() >= Self::COUNT);
        // SAFETY: the slice is long enough.
        unsafe { Self::load(source.as_ptr()) }
    }
    /// Writes the first `COUNT` numbers of a slice.
    #[inline(always)]
    fn write(self, destination: &mut [Self::Element]) {
        assert!(destination.len() >= Self::COUNT);
        // SAFETY: the slice is long enough.
        unsafe { self.store(destination.as_mut_ptr()) }
    }

    /// `self * factor + addend` with one rounding.
    fn fused(self, factor: Self, addend: Self) -> Self;
    /// To the nearest integer, ties to even.
    fn round(self) -> Self;
    /// 2^n for an integral n whose power is a normal number.
    fn power_of_two(self) -> Self;
    /// The exponent e of a positive normal number m 2^e with m in [1, 2).
    fn exponent(self) -> Self;
    /// The m in [1, 2) of a positive normal number m 2^e.
    fn mantissa(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn copy_sign(self, sign: Self) -> Self;
    /// A scalar function applied lane by lane, for what has no vector form.
    fn each_lane(self, function: fn(Self::Element) -> Self::Element) -> Self;

    /// A scalar function of two variables applied lane by lane.
    fn zip_lanes(
        self,
        other: Self,
        function: fn(Self::Element, Self::Element) -> Self::Element,
    ) -> Self;

    /// Transposes a square of `PANEL` rows and columns.
    ///
    /// # Safety
    /// `source` must be readable and `destination` writable for `PANEL * PANEL` elements, and the
    /// two must not overlap.
    #[inline(always)]
    unsafe fn transpose_square(source: *const Self::Element, destination: *mut Self::Element) {
        let side = <Self::Element as Element>::PANEL;
        for row in 0..side {
            for column in 0..side {
                // SAFETY: both indices are within the square.
                unsafe { *destination.add(column * side + row) = *source.add(row * side + column) };
            }
        }
    }
}

/// Transposes a square of [`Element::PANEL`] rows and columns on the registers `L`.
///
/// # Panics
/// When either is not a whole square.
#[inline(always)]
pub fn transpose<L: Lanes>(source: &[L::Element], destination: &mut [L::Element]) {
    let square = <L::Element as Element>::PANEL * <L::Element as Element>::PANEL;
    assert!(source.len() == square && destination.len() == square, "whole squares");
    // SAFETY: both are as long as said, and one is borrowed mutably, so they do not overlap.
    unsafe { L::transpose_square(source.as_ptr(), destination.as_mut_ptr()) }
}

/// Work that runs on whichever registers the machine has.
pub trait Kernel<E: Element> {
    /// What the work returns.
    type Output;
    /// The work. Mark it `#[inline(always)]`, and call only functions marked likewise from its
    /// loops: code that is not inlined is compiled for the baseline processor.
    fn run<L: Lanes<Element = E>>(self) -> Self::Output;
}

/// An instruction set that this machine is known to have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InstructionSet(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// One number at a time.
    Scalar,
    /// The same on a processor with a fused multiply-add; without it the same bits come slowly from
    /// software.
    #[cfg(target_arch = "x86_64")]
    ScalarFused,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl InstructionSet {
    /// The sets this machine has, widest last.
    pub fn available() -> Vec<InstructionSet> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("fma") {
            let mut sets = vec![InstructionSet(Kind::ScalarFused)];
            if is_x86_feature_detected!("avx2") {
                sets.push(InstructionSet(Kind::Avx2));
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                    sets.push(InstructionSet(Kind::Avx512));
                }
            }
            return sets;
        }
        vec![InstructionSet(Kind::Scalar)]
    }

    /// The widest set of this machine.
    pub fn best() -> InstructionSet {
        *Self::available().last().expect("every machine has the scalar set")
    }

    /// The set called `scalar`, `avx2` or `avx512`, if this machine has it.
    pub fn named(name: &str) -> Option<InstructionSet> {
        Self::available().into_iter().find(|set| set.name() == name)
    }

    /// `scalar`, `avx2` or `avx512`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Kind::ScalarFused => "scalar",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
        }
    }

    /// Runs the kernel compiled for this set.
    #[inline]
    pub fn run<E: Element, K: Kernel<E>>(self, kernel: K) -> K::Output {
        E::run_on(self, kernel)
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn run_scalar<E: Element, K: Kernel<E>>(self, kernel: K) -> K::Output {
        kernel.run::<E>()
    }

    #[cfg(target_arch = "x86_64")]
    #[inline]
    pub(crate) fn run_x86<E, Avx2, Avx512, K>(self, kernel: K) -> K::Output
    where
        E: Element,
        Avx2: Lanes<Element = E>,
        Avx512: Lanes<Element = E>,
        K: Kernel<E>,
    {
        match self.0 {
            Kind::Scalar => kernel.run::<E>(),
            // SAFETY: `available`, the only maker of sets, found the processor to have it.
            Kind::ScalarFused => unsafe { with_fma::<E, K>(kernel) },
            // SAFETY: as above.
            Kind::Avx2 => unsafe { with_avx2::<Avx2, K>(kernel) },
            // SAFETY: as above.
            Kind::Avx512 => unsafe { with_avx512::<Avx512, K>(kernel) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "fma")]
unsafe fn with_fma<E: Element, K: Kernel<E>>(kernel: K) -> K::Output {
    kernel.run::<E>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2<L: Lanes, K: Kernel<L::Element>>(kernel: K) -> K::Output {
    kernel.run::<L>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
unsafe fn with_avx512<L: Lanes, K: Kernel<L::Element>>(kernel: K) -> K::Output {
    kernel.run::<L>()
}
