//! Loops over slices that apply one formula to every element.

use crate::{Algebra, Element, InstructionSet, Kernel, Lanes};

/// A formula of one variable. Mark `apply` `#[inline(always)]`.
pub trait Unary: Copy {
    /// The formula.
    fn apply<A: Algebra>(self, x: A) -> A;
}

/// A formula of two variables. Mark `apply` `#[inline(always)]`.
pub trait Binary: Copy {
    /// The formula.
    fn apply<A: Algebra>(self, a: A, b: A) -> A;
}

/// A formula of three variables. Mark `apply` `#[inline(always)]`.
pub trait Ternary: Copy {
    /// The formula.
    fn apply<A: Algebra>(self, a: A, b: A, c: A) -> A;
}

struct SumLoop<'a, E, F>(F, &'a [E], Option<&'a [E]>, &'a mut [E]);
struct TimesLoop<'a, E, F>(F, &'a [E], Option<&'a [E]>, &'a mut [E]);
struct BinaryLoop<'a, E, F>(F, &'a [E], &'a [E], &'a mut [E]);
struct TernaryLoop<'a, E, F>(F, [&'a [E]; 3], &'a mut [E]);

/// What an index into the output becomes in an input that is as long, or in one line that stands for all.
#[inline(always)]
fn mask<E: Element>(input: &[E], output: &[E]) -> usize {
    if input.len() == output.len() { usize::MAX } else { E::PANEL - 1 }
}

impl<E: Element, F: Unary> Kernel<E> for SumLoop<'_, E, F> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let SumLoop(formula, x, addend, y) = self;
        let of_x = mask(x, y);
        let addend = addend.map(|addend| (addend.as_ptr(), mask(addend, y)));
        for index in (0..y.len()).step_by(L::COUNT) {
            // SAFETY: `check` found whole lines, and each input as long as the output or a line.
            unsafe {
                let mut x = L::load(x.as_ptr().add(index & of_x));
                if let Some((addend, mask)) = addend {
                    x = x + L::load(addend.add(index & mask));
                }
                formula.apply(x).store(y.as_mut_ptr().add(index));
            }
        }
    }
}

impl<E: Element, F: Unary> Kernel<E> for TimesLoop<'_, E, F> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let TimesLoop(formula, x, factor, y) = self;
        let of_x = mask(x, y);
        let factor = factor.map(|factor| (factor.as_ptr(), mask(factor, y)));
        for index in (0..y.len()).step_by(L::COUNT) {
            // SAFETY: as above.
            unsafe {
                let mut value = formula.apply(L::load(x.as_ptr().add(index & of_x)));
                if let Some((factor, mask)) = factor {
                    value = value * L::load(factor.add(index & mask));
                }
                value.store(y.as_mut_ptr().add(index));
            }
        }
    }
}

impl<E: Element, F: Binary> Kernel<E> for BinaryLoop<'_, E, F> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let BinaryLoop(formula, a, b, y) = self;
        let (of_a, of_b) = (mask(a, y), mask(b, y));
        for index in (0..y.len()).step_by(L::COUNT) {
            // SAFETY: as above.
            unsafe {
                let a = L::load(a.as_ptr().add(index & of_a));
                let b = L::load(b.as_ptr().add(index & of_b));
                formula.apply(a, b).store(y.as_mut_ptr().add(index));
            }
        }
    }
}

impl<E: Element, F: Ternary> Kernel<E> for TernaryLoop<'_, E, F> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let TernaryLoop(formula, inputs, y) = self;
        let masks = inputs.map(|input| mask(input, y));
        for index in (0..y.len()).step_by(L::COUNT) {
            // SAFETY: as above.
            unsafe {
                let at = |input: usize| L::load(inputs[input].as_ptr().add(index & masks[input]));
                formula.apply(at(0), at(1), at(2)).store(y.as_mut_ptr().add(index));
            }
        }
    }
}

fn check<E: Element>(inputs: &[&[E]], output: &[E]) {
    let fits = |input: &&[E]| input.len() == output.len() || input.len() == E::PANEL;
    assert!(
        inputs.iter().all(fits) && output.len().is_multiple_of(E::PANEL),
        "the slices of a loop have one length, a multiple of the panel width, but for lines repeated"
    );
}

/// `output[i] = formula(x[i] + addend[i])`, or of `x[i]` alone. The slices have one length, a multiple of
/// [`Element::PANEL`]; or an input is one line of so many numbers, which is repeated.
pub fn of_sum<E: Element>(
    set: InstructionSet,
    formula: impl Unary,
    x: &[E],
    addend: Option<&[E]>,
    output: &mut [E],
) {
    check(&[x, addend.unwrap_or(x)], output);
    set.run(SumLoop(formula, x, addend, output));
}

/// `output[i] = formula(x[i]) factor[i]`, or without a factor; lengths as for [`of_sum`].
pub fn times<E: Element>(
    set: InstructionSet,
    formula: impl Unary,
    x: &[E],
    factor: Option<&[E]>,
    output: &mut [E],
) {
    check(&[x, factor.unwrap_or(x)], output);
    set.run(TimesLoop(formula, x, factor, output));
}

/// `output[i] = formula(a[i], b[i])`; lengths as for [`of_sum`].
pub fn binary<E: Element>(
    set: InstructionSet,
    formula: impl Binary,
    a: &[E],
    b: &[E],
    output: &mut [E],
) {
    check(&[a, b], output);
    set.run(BinaryLoop(formula, a, b, output));
}

/// `output[i] = formula(a[i], b[i], c[i])`; lengths as for [`of_sum`].
pub fn ternary<E: Element>(
    set: InstructionSet,
    formula: impl Ternary,
    inputs: [&[E]; 3],
    output: &mut [E],
) {
    check(&inputs, output);
    set.run(TernaryLoop(formula, inputs, output));
}

/// A learning rule's formula: from a weight, its gradient and `N` numbers of state to the new
/// weight and state. Mark `apply` `#[inline(always)]`.
pub trait Rule<const N: usize>: Copy {
    /// The formula.
    fn apply<A: Algebra>(self, weight: A, gradient: A, state: [A; N]) -> (A, [A; N]);
}

struct RuleLoop<'a, E, F, const N: usize>(F, &'a mut [E], &'a [E], [&'a mut [E]; N]);

impl<E: Element, const N: usize, F: Rule<N>> Kernel<E> for RuleLoop<'_, E, F, N> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        let RuleLoop(formula, weights, gradients, mut states) = self;
        let states = states.each_mut().map(|state| state.as_mut_ptr());
        let least = L::splat(E::LEAST_NORMAL);
        for index in (0..weights.len()).step_by(L::COUNT) {
            // SAFETY: `rule` checked that all slices have one length, a multiple of COUNT.
            unsafe {
                let weight = weights.as_mut_ptr().add(index);
                let mut state = [L::ZERO; N];
                for (number, pointer) in state.iter_mut().zip(states) {
                    *number = L::load(pointer.add(index));
                }
                let gradient = L::load(gradients.as_ptr().add(index));
                let (updated, state) = formula.apply(L::load(weight), gradient, state);
                updated.store(weight);
                for (number, pointer) in state.into_iter().zip(states) {
                    // What fades away (the mean gradient of a unit that is never active) would stay at
                    // the smallest subnormal numbers for ever, which cost a hundred times as much.
                    let vanishes = least.greater(number.abs());
                    L::select(vanishes, L::ZERO, number).store(pointer.add(index));
                }
            }
        }
    }
}

/// Applies a learning rule in one pass; lengths as for [`of_sum`].
pub fn rule<E: Element, const N: usize>(
    set: InstructionSet,
    formula: impl Rule<N>,
    weights: &mut [E],
    gradients: &[E],
    states: [&mut [E]; N],
) {
    let alike = states.iter().all(|state| state.len() == weights.len());
    assert!(
        alike && gradients.len() == weights.len() && weights.len().is_multiple_of(E::PANEL),
        "the slices of a rule have one length, a multiple of the panel width"
    );
    set.run(RuleLoop(formula, weights, gradients, states));
}

/// Rows of a panel that are summed side by side, so that one addition need not wait for another.
const SIDE_BY_SIDE: usize = 4;
/// Room for one line, whatever the element.
const LINE: usize = 16;

struct SquaresLoop<'a, E>(&'a [E], usize);

impl<E: Element> Kernel<E> for SquaresLoop<'_, E> {
    type Output = E;
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) -> E {
        let SquaresLoop(x, width) = self;
        let mut sums = [[L::ZERO; LINE]; SIDE_BY_SIDE];
        for rows in x.chunks(SIDE_BY_SIDE * E::PANEL) {
            for (sums, row) in sums.iter_mut().zip(rows.chunks_exact(E::PANEL)) {
                for (part, sum) in sums[..E::PANEL / L::COUNT].iter_mut().enumerate() {
                    let number = L::read(&row[part * L::COUNT..]);
                    *sum = *sum + number * number;
                }
            }
        }
        let mut line = [E::ZERO; LINE];
        for part in 0..E::PANEL / L::COUNT {
            let [a, b, c, d] = sums.map(|sums| sums[part]);
            ((a + b) + (c + d)).write(&mut line[part * L::COUNT..]);
        }
        // Padding has stayed in its own lanes, which are left out here.
        let mut total = E::ZERO;
        line[..width].iter().for_each(|&sum| total += sum);
        total
    }
}

/// The sum of the squares of the first `width` elements of each line of [`Element::PANEL`]; the
/// order of the sum depends on the length alone.
pub fn sum_of_squares<E: Element>(set: InstructionSet, x: &[E], width: usize) -> E {
    assert!(x.len().is_multiple_of(E::PANEL) && width <= E::PANEL, "whole lines");
    set.run(SquaresLoop(x, width))
}

struct InPlaceLoop<'a, E, F>(F, &'a mut [E]);

impl<E: Element, F: Unary> Kernel<E> for InPlaceLoop<'_, E, F> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes<Element = E>>(self) {
        for x in self.1.chunks_exact_mut(L::COUNT) {
            self.0.apply(L::read(x)).write(x);
        }
    }
}

/// `x[i] = formula(x[i])`; the length as for [`of_sum`].
pub fn in_place<E: Element>(set: InstructionSet, formula: impl Unary, x: &mut [E]) {
    check(&[], x);
    set.run(InPlaceLoop(formula, x));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares<E: Element>() {
        for (lines, width) in [(1, E::PANEL), (64, 1), (7, 3), (64, E::PANEL), (5, E::PANEL - 1)] {
            let mut x = vec![E::from_f64(f64::NAN); lines * E::PANEL];
            let mut expected = 0.0;
            for (line, row) in x.chunks_exact_mut(E::PANEL).enumerate() {
                for (column, number) in row[..width].iter_mut().enumerate() {
                    let value = ((line * 37 + column * 11) % 29) as f64 - 14.0;
                    *number = E::from_f64(value);
                    expected += value * value;
                }
            }
            for set in InstructionSet::available() {
                // Whole numbers this small are summed exactly in any order.
                let found = sum_of_squares(set, &x, width).to_f64();
                assert_eq!(found, expected, "{lines} x {width} on {}", set.name());
            }
        }
    }

    #[test]
    fn squares_are_summed_without_the_padding() {
        squares::<f32>();
        squares::<f64>();
    }

    #[test]
    fn squares_have_the_same_bits_on_every_instruction_set() {
        let x: Vec<f32> = (0..64 * f32::PANEL).map(|i| (i as f32 * 0.37).sin()).collect();
        let on = |set| sum_of_squares(set, &x, 13).to_bits();
        let expected = on(InstructionSet::available()[0]);
        assert!(InstructionSet::available().iter().all(|set| on(*set) == expected));
    }
}
