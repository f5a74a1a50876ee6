//! Whether a line (a plane, in general a hyperplane) can separate two classes, with proof.

use super::exact::whole;
use super::perceptron::classes_of;
use super::programme::{Solution, solve};
use crate::{Error, Examples};
use chainrule_graph::Number;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde::{Deserialize, Serialize};

/// Numbers of the programme's columns above which it is not tried.
const MOST_NUMBERS: usize = 4_000_000;

/// Inputs above which it is not tried: the work grows with their square, times the length of the
/// numbers.
const MOST_INPUTS: usize = 200;

/// Whether there are w and b with w . x + b > 0 for the rows of class 1 and < 0 for those of class 0.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separability {
    /// There are.
    Separable,
    /// There are not.
    Inseparable(Meeting),
    /// The rows are too many, or too wide, to tell in a few seconds.
    Unknown,
}

/// A point that lies between rows of either class (in the convex hulls of both), which no line can
/// leave on both of its sides: the proof that there is none.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Meeting {
    /// Rows of class 0 (counted from 0), each with its share of the point; the shares add up to 1.
    pub class_0: Vec<(usize, f64)>,
    /// Rows of class 1 likewise.
    pub class_1: Vec<(usize, f64)>,
    /// The point.
    pub point: Vec<f64>,
}

/// Decides whether a line separates the two classes of the examples.
///
/// The hulls of the classes meet where there are shares l >= 0 with sum l_i s_i (x_i, 1) = 0 and
/// sum l_i = 1, s_i being 1 for class 1 and -1 for class 0; else a line separates them (Farkas's
/// lemma). A linear programme in whole numbers decides it: numbers are taken as they are, to the last
/// bit, and nothing is rounded, so the answer is a proof, however small a margin.
///
/// ```
/// use chainrule::Examples;
/// use chainrule::neuron::{Separability, separability};
/// use ndarray::array;
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Examples::classes(inputs.view(), &[0, 1, 1, 0])?;
/// let Separability::Inseparable(meeting) = separability(&xor)? else { panic!() };
/// assert_eq!(meeting.point, [0.5, 0.5]);
/// assert_eq!(meeting.class_1, [(1, 0.5), (2, 0.5)]);
/// let and = Examples::classes(inputs.view(), &[0, 0, 0, 1])?;
/// assert_eq!(separability(&and)?, Separability::Separable);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Targets that are not one class, 0 or 1, for each row.
pub fn separability<E: Number>(examples: &Examples<'_, E>) -> Result<Separability, Error> {
    let classes = classes_of(examples)?;
    let numbers: Vec<f64> = examples.inputs().iter().map(|number| number.to_f64()).collect();
    Ok(separability_of(&numbers, &classes))
}

/// The same for finite numbers row by row.
pub(crate) fn separability_of(numbers: &[f64], classes: &[bool]) -> Separability {
    let width = numbers.len() / classes.len();
    if width > MOST_INPUTS || numbers.len() > MOST_NUMBERS {
        return Separability::Unknown;
    }
    // A power of two for each input changes no line's being one.
    let column =
        |input: usize| -> Vec<f64> { numbers.iter().skip(input).step_by(width).copied().collect() };
    let inputs: Vec<Vec<BigInt>> = (0..width).map(|input| whole(&column(input))).collect();
    let one = BigInt::from(1);
    let columns = classes.iter().enumerate().map(|(row, &class)| {
        let signed = |number: &BigInt| if class { number.clone() } else { -number };
        let inputs = inputs.iter().map(|column| signed(&column[row]));
        inputs.chain([signed(&one), one.clone()]).collect()
    });
    let columns: Vec<Vec<BigInt>> = columns.collect();
    match solve(&columns) {
        Solution::Prices => Separability::Separable,
        Solution::GivenUp => Separability::Unknown,
        Solution::Mixture { shares, denominator } => {
            // Each class has half of all shares.
            let of = |class: bool| -> Vec<(usize, f64)> {
                let rows = shares.iter().filter(|(row, _)| classes[*row] == class);
                rows.map(|(row, share)| (*row, 2.0 * ratio(share, &denominator))).collect()
            };
            let class_1 = of(true);
            let mix = |input: usize| {
                class_1.iter().map(|(row, share)| share * numbers[row * width + input]).sum()
            };
            let point = (0..width).map(mix).collect();
            Separability::Inseparable(Meeting { class_0: of(false), class_1, point })
        }
    }
}

/// a / b, of positive numbers of any length.
fn ratio(a: &BigInt, b: &BigInt) -> f64 {
    let excess = a.bits().max(b.bits()).saturating_sub(1000);
    let number = |x: &BigInt| (x >> excess).to_f64().unwrap_or(0.0);
    number(a) / number(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainrule_math::random::Stream;

    fn is_separable(rows: &[&[f64]], classes: &[u8]) -> bool {
        let classes: Vec<bool> = classes.iter().map(|class| *class == 1).collect();
        let numbers = rows.concat();
        match separability_of(&numbers, &classes) {
            Separability::Separable => true,
            Separability::Inseparable(meeting) => {
                check(&meeting, &numbers, &classes);
                false
            }
            Separability::Unknown => panic!("the data are small"),
        }
    }

    /// That a proof is one, as far as rounded shares can say.
    fn check(meeting: &Meeting, numbers: &[f64], classes: &[bool]) {
        let width = numbers.len() / classes.len();
        for (class, rows) in [(false, &meeting.class_0), (true, &meeting.class_1)] {
            assert!(rows.iter().all(|(row, share)| classes[*row] == class && *share > 0.0));
            assert!((rows.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
            for input in 0..width {
                let terms = rows.iter().map(|(row, share)| share * numbers[row * width + input]);
                let (sum, size) =
                    terms.fold((0.0, 1.0), |(sum, size), it| (sum + it, size + it.abs()));
                assert!((sum - meeting.point[input]).abs() <= 1e-12 * size);
            }
        }
        // No more rows are needed than there are inputs, and two (Kirchberger, 1903).
        assert!(meeting.class_0.len() + meeting.class_1.len() <= width + 2);
    }

    const SQUARE: [&[f64]; 4] = [&[0.0, 0.0], &[0.0, 1.0], &[1.0, 0.0], &[1.0, 1.0]];

    #[test]
    fn of_the_sixteen_gates_two_are_inseparable() {
        for gate in 0..16_u8 {
            let classes = [0, 1, 2, 3].map(|row| gate >> row & 1);
            let expected = !matches!(classes, [0, 1, 1, 0] | [1, 0, 0, 1]);
            assert_eq!(is_separable(&SQUARE, &classes), expected, "{classes:?}");
        }
    }

    #[test]
    fn the_smallest_gap_there_is_counts() {
        let next = 1.0 + f64::EPSILON;
        assert!(is_separable(&[&[1.0], &[next]], &[0, 1]));
        assert!(!is_separable(&[&[1.0], &[1.0]], &[0, 1]));
        // A corner a billionth inside the other class's triangle, and a billionth outside.
        let triangle: [&[f64]; 3] = [&[0.0, 0.0], &[1.0, 0.0], &[0.0, 1.0]];
        for (x, expected) in [(0.5 - 1e-9, false), (0.5, false), (0.5 + 1e-9, true)] {
            let corner = [x, 0.5];
            let rows = [triangle[0], triangle[1], triangle[2], &corner];
            assert_eq!(is_separable(&rows, &[0, 0, 0, 1]), expected, "{x}");
        }
        // Far from the origin, where the gap is far below what the numbers' size suggests.
        let far = [[1e15, 1e15], [1e15 + 1.0, 1e15], [1e15, 1e15 + 1.0], [1e15 + 1.0, 1e15 + 1.0]];
        let rows: Vec<&[f64]> = far.iter().map(|row| row.as_slice()).collect();
        assert!(is_separable(&rows, &[0, 0, 0, 1]));
        assert!(!is_separable(&rows, &[0, 1, 1, 0]));
        // Numbers of very different sizes.
        assert!(is_separable(&[&[1e300, 1e-300], &[1e300, 2e-300]], &[0, 1]));
    }

    #[test]
    fn touching_hulls_are_not_separable_and_one_class_is() {
        assert!(!is_separable(&[&[0.0], &[2.0], &[1.0], &[3.0]], &[0, 0, 1, 1]));
        assert!(!is_separable(&[&[0.0], &[1.0], &[1.0], &[3.0]], &[0, 0, 1, 1]));
        assert!(is_separable(&[&[0.0], &[1.0], &[1.5], &[3.0]], &[0, 0, 1, 1]));
        assert!(is_separable(&SQUARE, &[1, 1, 1, 1]));
        assert!(is_separable(&SQUARE, &[0, 0, 0, 0]));
    }

    #[test]
    fn rows_labelled_by_a_line_are_separable_and_one_label_more_is_not() {
        let mut stream = Stream::new(3, "separability");
        for width in [1, 2, 5, 12] {
            let line: Vec<f64> = (0..width).map(|_| stream.uniform() - 0.5).collect();
            let mut rows: Vec<Vec<f64>> = (0..120)
                .map(|_| (0..width).map(|_| (40.0 * stream.uniform()).round() - 20.0).collect())
                .collect();
            let side = |row: &[f64]| row.iter().zip(&line).map(|(x, w)| x * w).sum::<f64>() > 0.1;
            let mut classes: Vec<u8> = rows.iter().map(|row| u8::from(side(row))).collect();
            let all: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            assert!(is_separable(&all, &classes), "{width}");
            // The mean of rows of class 1 is between them.
            let chosen: Vec<&[f64]> = all
                .iter()
                .zip(&classes)
                .filter(|(_, c)| **c == 1)
                .map(|(r, _)| *r)
                .take(4)
                .collect();
            let mean: Vec<f64> =
                (0..width).map(|i| chosen.iter().map(|row| row[i]).sum::<f64>() / 4.0).collect();
            assert_eq!(chosen.len(), 4);
            rows.push(mean);
            classes.push(0);
            let all: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            assert!(!is_separable(&all, &classes), "{width}");
        }
    }
}
