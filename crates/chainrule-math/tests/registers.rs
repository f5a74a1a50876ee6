//! Every method of the registers of every instruction set against the same method of plain numbers.

#![cfg(not(miri))] // which has no others to compare

use chainrule_math::{Element, InstructionSet, Kernel, Lanes};

/// One method: on plain numbers, and on the registers of a set.
struct Method<E> {
    name: &'static str,
    scalar: fn(E, E, E) -> E,
    map: fn(InstructionSet, [&[E]; 3]) -> Vec<E>,
}

macro_rules! methods {
    ($list:ident: $($name:ident($a:ident, $b:ident, $c:ident) $formula:expr;)*) => {
        fn $list<E: Element>() -> Vec<Method<E>> {
            vec![$({
                #[inline(always)]
                #[allow(unused_variables)] // few methods have three arguments
                fn $name<L: Lanes>($a: L, $b: L, $c: L) -> L {
                    $formula
                }
                struct Map<'a, E>([&'a [E]; 3]);
                impl<E: Element> Kernel<E> for Map<'_, E> {
                    type Output = Vec<E>;
                    #[inline(always)]
                    fn run<L: Lanes<Element = E>>(self) -> Vec<E> {
                        let mut results = vec![E::ZERO; self.0[0].len()];
                        for start in (0..results.len()).step_by(L::COUNT) {
                            let [a, b, c] = self.0.map(|numbers| L::read(&numbers[start..]));
                            $name(a, b, c).write(&mut results[start..]);
                        }
                        results
                    }
                }
                Method {
                    name: stringify!($name),
                    scalar: $name::<E>,
                    map: |set, arguments| set.run(Map(arguments)),
                }
            }),*]
        }
    };
}

methods! { of_any_number:
    add(a, b, c) a + b;
    subtract(a, b, c) a - b;
    multiply(a, b, c) a * b;
    divide(a, b, c) a / b;
    negate(a, b, c) -a;
    zero(a, b, c) L::ZERO;
    one(a, b, c) L::ONE;
    constant(a, b, c) L::constant(0.1);
    select(a, b, c) L::select(a.greater(b), c, a);
    maximum(a, b, c) a.maximum(b);
    minimum(a, b, c) a.minimum(b);
    abs(a, b, c) a.abs();
    sqrt(a, b, c) a.sqrt();
    fused(a, b, c) a.fused(b, c);
    round(a, b, c) a.round();
    copy_sign(a, b, c) a.copy_sign(b);
    each_lane(a, b, c) a.each_lane(|x| x + x);
    zip_lanes(a, b, c) a.zip_lanes(b, |x, y| x - y);
}
methods! { of_whole_numbers:
    power_of_two(a, b, c) a.power_of_two();
}
methods! { of_positive_normal_numbers:
    exponent(a, b, c) a.exponent();
    mantissa(a, b, c) a.mantissa();
}

/// Numbers among which every special case has its neighbours: zeros, halves, the ends of the range,
/// what is too small or too large, and no number.
fn numbers<E: Element>() -> Vec<E> {
    let positive = [
        0.0,
        f64::MIN_POSITIVE / 3.0,
        f64::MIN_POSITIVE,
        f64::from(f32::MIN_POSITIVE) / 3.0,
        f64::from(f32::MIN_POSITIVE),
        1e-7,
        0.1,
        0.49999997,
        0.5,
        1.0,
        1.0 + f64::EPSILON,
        1.0 + f64::from(f32::EPSILON),
        1.5,
        2.5,
        3.7,
        8_388_607.5,
        4_503_599_627_370_495.5,
        1e30,
        f64::from(f32::MAX),
        f64::MAX,
        f64::INFINITY,
    ];
    let numbers = positive.iter().flat_map(|&x| [x, -x]).chain([f64::NAN]);
    numbers.map(E::from_f64).collect()
}

/// A NaN may differ in its sign and payload, which no operation promises. A zero may not.
fn same<E: Element>(left: E, right: E) -> bool {
    let [x, y] = [left, right].map(Element::to_f64);
    x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan()
}

/// Every ordered pair of the numbers, and a third number.
fn check<E: Element>(methods: Vec<Method<E>>, numbers: &[E]) {
    let mut triples = Vec::new();
    for (first, &a) in numbers.iter().enumerate() {
        for (second, &b) in numbers.iter().enumerate() {
            triples.push([a, b, numbers[(7 * first + 3 * second) % numbers.len()]]);
        }
    }
    triples.resize(triples.len().next_multiple_of(E::PANEL), [E::ONE; 3]);
    let column = |index: usize| triples.iter().map(|triple| triple[index]).collect::<Vec<E>>();
    let columns = [column(0), column(1), column(2)];
    for Method { name, scalar, map } in methods {
        for set in InstructionSet::available() {
            let found = map(set, columns.each_ref().map(Vec::as_slice));
            for (&[a, b, c], found) in triples.iter().zip(found) {
                let expected = scalar(a, b, c);
                let set = set.name();
                assert!(
                    same(found, expected),
                    "{name}({a:?}, {b:?}, {c:?}) of {} on {set}: {found:?}, not {expected:?}",
                    E::NAME
                );
            }
        }
    }
}

fn check_all<E: Element>(smallest_exponent: i32) {
    let numbers = numbers::<E>();
    check(of_any_number(), &numbers);
    let whole: Vec<E> = (smallest_exponent..-smallest_exponent + 2)
        .step_by(29)
        .map(|exponent| E::from_f64(f64::from(exponent)))
        .collect();
    check(of_whole_numbers(), &whole);
    let smallest = E::from_f64(2f64.powi(smallest_exponent));
    let normal: Vec<E> = numbers.into_iter().filter(|x| *x >= smallest && x.is_finite()).collect();
    check(of_positive_normal_numbers(), &normal);
}

#[test]
fn every_method_of_f32_registers_equals_that_of_a_number() {
    check_all::<f32>(-126);
}

#[test]
fn every_method_of_f64_registers_equals_that_of_a_number() {
    check_all::<f64>(-1022);
}
