//! The elementary functions against true values, against `libm`, and between instruction sets.

#![cfg(not(miri))] // which would take hours, and find no memory to watch

use chainrule_math::{Algebra, Element, InstructionSet, Kernel, Lanes};
use std::collections::BTreeMap;

/// Units in the last place that a result may be off.
const TOLERANCE: f64 = 2.0;

/// A function of [`Algebra`] on plain numbers and on the registers of an instruction set.
struct Function<E> {
    name: &'static str,
    scalar: fn(E) -> E,
    map: fn(InstructionSet, &[E]) -> Vec<E>,
    libm: fn(f64) -> f64,
}

macro_rules! functions {
    ($($name:ident $libm:ident),*) => {
        fn functions<E: Element>() -> Vec<Function<E>> {
            vec![$({
                struct Map<'a, E>(&'a [E]);
                impl<E: Element> Kernel<E> for Map<'_, E> {
                    type Output = Vec<E>;
                    #[inline(always)]
                    fn run<L: Lanes<Element = E>>(self) -> Vec<E> {
                        let mut results = vec![E::ZERO; self.0.len()];
                        assert_eq!(results.len() % L::COUNT, 0);
                        let mut start = 0;
                        while start < results.len() {
                            // SAFETY: `start + COUNT` is at most the length of both.
                            unsafe {
                                let x = L::load(self.0.as_ptr().add(start));
                                x.$name().store(results.as_mut_ptr().add(start));
                            }
                            start += L::COUNT;
                        }
                        results
                    }
                }
                Function {
                    name: stringify!($name),
                    scalar: <E as Algebra>::$name,
                    map: |set, points| set.run(Map(points)),
                    libm: libm::$libm,
                }
            }),*]
        }
    };
}
functions!(exp exp, ln log, expm1 expm1, log1p log1p, tanh tanh, erf erf, sin sin, cos cos);

/// The bit patterns, as the tests need them of both precisions.
trait Bits: Element {
    /// Hexadecimal digits.
    const DIGITS: usize;
    fn of_bits(bits: u64) -> Self;
    fn bits(self) -> u64;
    /// The distance to the next number of the same exponent.
    fn last_place(self) -> f64;
}

macro_rules! bits {
    ($element:ident, $bits:ident, $digits:literal, $fraction_bits:literal) => {
        impl Bits for $element {
            const DIGITS: usize = $digits;
            fn of_bits(bits: u64) -> Self {
                $element::from_bits(bits as $bits)
            }
            fn bits(self) -> u64 {
                u64::from(self.to_bits())
            }
            fn last_place(self) -> f64 {
                let exponent = (self.abs().to_bits() >> $fraction_bits).max(1);
                let power = $element::from_bits(exponent << $fraction_bits);
                f64::from(power) * (0.5f64).powi($fraction_bits)
            }
        }
    };
}
bits!(f32, u32, 8, 23);
bits!(f64, u64, 16, 52);

/// How far `value` is from `nearest`, which lacks `lacking` of the true value, in last places.
/// NaN and zero must be hit exactly.
fn distance<E: Bits>(value: E, nearest: E, lacking: f64) -> f64 {
    let (number, expected) = (value.to_f64(), nearest.to_f64());
    if expected.is_nan() || number.is_nan() {
        return if number.is_nan() && expected.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if expected == 0.0 && lacking == 0.0 || !nearest.is_finite() {
        return if value.bits() == nearest.bits() { 0.0 } else { f64::INFINITY };
    }
    ((number - expected) / nearest.last_place() - lacking).abs()
}

fn check_reference<E: Bits>() {
    let table: Vec<(&str, E, E, f64)> = include_str!("elementary/reference.csv")
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(',');
            let mut field = || fields.next().expect("four fields");
            let (name, x, y) = (field(), field(), field());
            let number = |bits| E::of_bits(u64::from_str_radix(bits, 16).expect("hexadecimal"));
            (x.len() == E::DIGITS)
                .then(|| (name, number(x), number(y), field().parse().expect("a number")))
        })
        .collect();
    let mut failures = Vec::new();
    for function in functions::<E>() {
        let mut worst = (0.0, E::ZERO);
        let rows: Vec<_> = table.iter().filter(|row| row.0 == function.name).collect();
        assert!(rows.len() > 150, "{} has too few rows", function.name);
        for &&(name, x, y, lacking) in &rows {
            let value = (function.scalar)(x);
            let error = distance(value, y, lacking);
            if error > worst.0 {
                worst = (error, x);
            }
            if error > TOLERANCE {
                failures.push(format!("{name}({x:?}) gave {value:?} for {y:?}: {error:.2}"));
            }
        }
        println!("{} {}: {:.3} at {:?}", E::NAME, function.name, worst.0, worst.1);
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn single_precision_matches_the_reference() {
    check_reference::<f32>();
}

#[test]
fn double_precision_matches_the_reference() {
    check_reference::<f64>();
}

/// `libm`'s double precision is off by at most a billionth of a last place of `f32`.
#[test]
fn single_precision_is_close_everywhere() {
    let step = 1009;
    let mut points: Vec<f32> = (0..=u32::MAX).step_by(step).map(f32::from_bits).collect();
    points.truncate(points.len() / f32::PANEL * f32::PANEL);
    let mut worst = BTreeMap::new();
    for function in functions::<f32>() {
        let values = (function.map)(InstructionSet::best(), &points);
        for (&x, &value) in points.iter().zip(&values) {
            let exact = (function.libm)(f64::from(x));
            let nearest = exact as f32;
            let lacking = if nearest.is_finite() {
                (exact - f64::from(nearest)) / nearest.last_place()
            } else {
                0.0
            };
            let error = distance(value, nearest, lacking);
            let entry = worst.entry(function.name).or_insert((0.0, 0.0));
            if error > entry.0 {
                *entry = (error, x);
            }
        }
    }
    println!("{worst:#?}");
    assert!(worst.values().all(|&(error, _)| error <= TOLERANCE), "{worst:#?}");
}

/// A NaN may differ in its sign and payload, which no operation promises.
fn same<E: Bits>(left: E, right: E) -> bool {
    left.bits() == right.bits() || left.to_f64().is_nan() && right.to_f64().is_nan()
}

/// `patterns` is a coarse sweep over all bit patterns; a finer one is added where values vary.
fn check_instruction_sets<E: Bits>(patterns: impl Iterator<Item = u64>) {
    let mut points: Vec<E> = patterns.map(E::of_bits).collect();
    points.extend((0..40_000).map(|index| E::from_f64(f64::from(index - 20_000) * 0.006_37)));
    points.truncate(points.len() / E::PANEL * E::PANEL);
    for function in functions::<E>() {
        let expected: Vec<E> = points.iter().map(|&x| (function.scalar)(x)).collect();
        for set in InstructionSet::available() {
            let values = (function.map)(set, &points);
            for ((&x, &value), &expected) in points.iter().zip(&values).zip(&expected) {
                assert!(
                    same(value, expected),
                    "{}({x:?}) on {}: {value:?}, not {expected:?}",
                    function.name,
                    set.name()
                );
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    check_instruction_sets::<f32>((0..=u64::from(u32::MAX)).step_by(70_001));
    check_instruction_sets::<f64>((0..=u64::MAX).step_by(300_000_000_000_001));
}
