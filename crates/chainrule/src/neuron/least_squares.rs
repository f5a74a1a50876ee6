//! Linear regression in closed form.

use crate::examples::Targets;
use crate::{Error, Examples};
use chainrule_graph::Number;
use ndarray::{Array2, ArrayView2};

/// The weights and biases that make the sum of the squared errors smallest.
#[derive(Clone, PartialEq, Debug)]
pub struct LeastSquares {
    /// Inputs x outputs.
    pub weights: Array2<f64>,
    /// One for each output.
    pub biases: Vec<f64>,
    /// Inputs, with the constant one of the bias, that are no combination of others. Below inputs + 1
    /// many weights are as good; those given have 0 for inputs that are combinations.
    pub rank: usize,
}

/// Finds w and b with the smallest sum over rows i and outputs k of v_i (y_ik - x_i . w_k - b_k)^2,
/// v being the weights of the rows, if they have any: the solution of linear regression.
///
/// By Householder's reflections with exchange of columns (Golub and Van Loan, 2013, algorithm 5.4.1),
/// which does not square the condition of the inputs as the normal equations do. Takes rows x
/// inputs^2 operations, and memory for a copy of the inputs.
///
/// ```
/// use chainrule::Examples;
/// use chainrule::neuron::least_squares;
/// use ndarray::array;
/// let (x, y) = (array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [6.0]]);
/// let found = least_squares(&Examples::values(x.view(), y.view())?)?;
/// assert!((found.weights[[0, 0]] - 2.5).abs() < 1e-12);
/// assert!((found.biases[0] - 5.0 / 6.0).abs() < 1e-12);
/// assert_eq!(found.rank, 2);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// When the targets are classes.
pub fn least_squares<E: Number>(examples: &Examples<'_, E>) -> Result<LeastSquares, Error> {
    let Targets::Values(values) = examples.targets() else {
        return Err(Error::Examples {
            what: "targets",
            expected: "numbers, which least squares approximates".to_string(),
            found: "classes; give numbers, or use logistic or softmax regression".to_string(),
        });
    };
    let (rows, inputs) = examples.inputs().dim();
    let root = |row: usize| examples.weights().get(row).map_or(1.0, |weight| weight.sqrt());
    let x = |row: usize, column: usize| match column < inputs {
        true => root(row) * examples.inputs()[[row, column]].to_f64(),
        false => root(row),
    };
    let columns: Vec<Vec<f64>> =
        (0..=inputs).map(|column| (0..rows).map(|row| x(row, column)).collect()).collect();
    let wanted: Vec<Vec<f64>> = (0..values.ncols())
        .map(|output| (0..rows).map(|row| root(row) * values[[row, output]].to_f64()).collect())
        .collect();
    let (solutions, rank) = solve(columns, wanted);
    Ok(LeastSquares {
        weights: Array2::from_shape_fn((inputs, values.ncols()), |(i, k)| solutions[k][i]),
        biases: solutions.iter().map(|solution| solution[inputs]).collect(),
        rank,
    })
}

impl LeastSquares {
    /// x w + b: rows x inputs -> rows x outputs.
    ///
    /// # Panics
    /// When there are not as many inputs as weights.
    pub fn predict(&self, inputs: ArrayView2<'_, f64>) -> Array2<f64> {
        inputs.dot(&self.weights) + ndarray::ArrayView1::from(&self.biases)
    }
}

/// For each of the right sides the combination of the columns that comes nearest to it; and the rank.
fn solve(mut columns: Vec<Vec<f64>>, mut wanted: Vec<Vec<f64>>) -> (Vec<Vec<f64>>, usize) {
    let (count, rows) = (columns.len(), columns[0].len());
    let mut order: Vec<usize> = (0..count).collect();
    let mut diagonal = Vec::new();
    let mut limit = 0.0;
    for step in 0..count.min(rows) {
        // Lengths are taken anew each time: subtracting squares would lose what is looked for.
        let length = |column: &Vec<f64>| norm(&column[step..]);
        let longest = (step..count).map(|place| (place, length(&columns[place])));
        let (place, length) =
            longest.fold((step, -1.0), |best, found| if found.1 > best.1 { found } else { best });
        if step == 0 {
            limit = length * f64::EPSILON * rows.max(count) as f64;
        }
        if length <= limit {
            break;
        }
        columns.swap(step, place);
        order.swap(step, place);
        // The reflection that brings the rest of the column to (-sign length, 0, .., 0).
        let mut mirror = columns[step][step..].to_vec();
        let end = if mirror[0] > 0.0 { -length } else { length };
        mirror[0] -= end;
        let size = norm(&mirror);
        mirror.iter_mut().for_each(|number| *number /= size);
        for vector in columns[step + 1..].iter_mut().chain(&mut wanted) {
            let rest = &mut vector[step..];
            let along = 2.0 * mirror.iter().zip(&*rest).map(|(a, b)| a * b).sum::<f64>();
            rest.iter_mut().zip(&mirror).for_each(|(number, m)| *number -= along * m);
        }
        diagonal.push(end);
    }
    let rank = diagonal.len();
    let back = |wanted: &Vec<f64>| {
        let mut solution = vec![0.0; count];
        for step in (0..rank).rev() {
            let known: f64 =
                (step + 1..rank).map(|later| columns[later][step] * solution[order[later]]).sum();
            solution[order[step]] = (wanted[step] - known) / diagonal[step];
        }
        solution
    };
    (wanted.iter().map(back).collect(), rank)
}

/// The length of a vector, by its largest number first, so that no square overflows.
fn norm(vector: &[f64]) -> f64 {
    let largest = vector.iter().fold(0.0_f64, |most, number| most.max(number.abs()));
    match largest == 0.0 {
        true => 0.0,
        false => {
            largest * vector.iter().map(|number| (number / largest).powi(2)).sum::<f64>().sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn inputs_that_are_combinations_of_others_are_left_at_zero() {
        // The third input is the sum of the others, the fourth is constant, as the bias is.
        let x = array![
            [1.0, 0.0, 1.0, 2.0],
            [0.0, 1.0, 1.0, 2.0],
            [2.0, 1.0, 3.0, 2.0],
            [1.0, 3.0, 4.0, 2.0],
            [4.0, 1.0, 5.0, 2.0]
        ];
        let y = array![[1.0, 0.0], [2.0, 1.0], [3.5, 1.0], [5.0, 0.0], [7.0, 2.0]];
        let found = least_squares(&Examples::values(x.view(), y.view()).unwrap()).unwrap();
        assert_eq!(found.rank, 3);
        // The fit is that of the two inputs alone, and its errors are orthogonal to every input.
        let alone = x.select(ndarray::Axis(1), &[0, 1]);
        let two = least_squares(&Examples::values(alone.view(), y.view()).unwrap()).unwrap();
        assert_eq!(two.rank, 3);
        let (all, two) = (found.predict(x.view()), two.predict(alone.view()));
        assert!((&all - &two).iter().all(|difference| difference.abs() < 1e-12));
        let errors = &y - &all;
        assert!(x.t().dot(&errors).iter().all(|slope| slope.abs() < 1e-12));
        assert!(errors.sum_axis(ndarray::Axis(0)).iter().all(|sum| sum.abs() < 1e-12));
    }

    #[test]
    fn fewer_rows_than_inputs_are_met_exactly() {
        let (x, y) = (array![[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]], array![[4.0], [5.0]]);
        let found = least_squares(&Examples::values(x.view(), y.view()).unwrap()).unwrap();
        assert_eq!(found.rank, 2);
        let differences = &found.predict(x.view()) - &y;
        assert!(differences.iter().all(|difference| difference.abs() < 1e-12));
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        let once = array![[0.0], [1.0], [3.0]];
        let twice = array![[0.0], [1.0], [3.0], [3.0]];
        let (y, ys) = (array![[1.0], [0.0], [4.0]], array![[1.0], [0.0], [4.0], [4.0]]);
        let weighted = Examples::values(once.view(), y.view()).unwrap();
        let weighted = least_squares(&weighted.weighted(&[1.0, 1.0, 2.0]).unwrap()).unwrap();
        let doubled = least_squares(&Examples::values(twice.view(), ys.view()).unwrap()).unwrap();
        assert!((weighted.weights[[0, 0]] - doubled.weights[[0, 0]]).abs() < 1e-13);
        assert!((weighted.biases[0] - doubled.biases[0]).abs() < 1e-13);
    }
}
