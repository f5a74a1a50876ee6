//! The delta rule.

use crate::Error;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// The steps of the weights and biases of linear units by the delta rule (Widrow and Hoff, 1960):
///
/// dw_jk = eta sum_i (y_ik - a_ik) x_ij, db_k = eta sum_i (y_ik - a_ik),
///
/// for the inputs x (rows x inputs), the targets y and the units' outputs a = x w + b (rows x units):
/// the step against the gradient of 1/2 sum (y - a)^2. The weights' steps are inputs x units, to be
/// added. Training with [`Loss::HalfSumOfSquares`](crate::Loss::HalfSumOfSquares) and
/// [`Sgd`](crate::optim::Sgd) takes the same step.
///
/// ```
/// use chainrule::neuron::delta_rule;
/// use ndarray::array;
/// let (x, y) = (array![[1.0, 2.0], [3.0, -1.0]], array![[1.0], [0.0]]);
/// let a = array![[0.5], [1.0]];
/// let (weights, biases) = delta_rule(x.view(), y.view(), a.view(), 0.1)?;
/// assert!((weights[[0, 0]] - 0.1 * (0.5 * 1.0 - 1.0 * 3.0)).abs() < 1e-15);
/// assert!((biases[0] - 0.1 * (0.5 - 1.0)).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// When the shapes do not fit each other.
pub fn delta_rule(
    inputs: ArrayView2<'_, f64>,
    targets: ArrayView2<'_, f64>,
    outputs: ArrayView2<'_, f64>,
    learning_rate: f64,
) -> Result<(Array2<f64>, Array1<f64>), Error> {
    for (what, found) in [("targets", targets.dim()), ("outputs", outputs.dim())] {
        let expected = (inputs.nrows(), outputs.ncols());
        if found != expected {
            return Err(Error::Examples {
                what,
                expected: format!("{} rows of {} numbers", expected.0, expected.1),
                found: format!("{} rows of {}", found.0, found.1),
            });
        }
    }
    let errors = &targets - &outputs;
    let weights = inputs.t().dot(&errors) * learning_rate;
    Ok((weights, errors.sum_axis(Axis(0)) * learning_rate))
}
