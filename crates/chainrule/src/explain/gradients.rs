//! What each input contributes to an output.

use super::path::Function;
use crate::{Error, Model};
use chainrule_graph::Number;
use ndarray::{Array2, ArrayView1, ArrayView2};

/// What is explained of an output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Quantity {
    /// The output itself: of a classifier the probability.
    #[default]
    Output,
    /// The pre-activation of the last layer: of a classifier the logit.
    Logit,
}

/// The contributions of inputs to an output.
#[derive(Clone, PartialEq, Debug)]
pub struct Contributions {
    /// rows x inputs.
    pub inputs: Array2<f64>,
    /// The output of each row.
    pub outputs: Vec<f64>,
    /// The output of the baseline.
    pub baseline: f64,
}

/// Integrated gradients: what each input of a row adds to an output, compared with a baseline
/// (Sundararajan, Taly and Yan, 2017, equation 1).
///
/// ```text
/// contribution_i = (x_i - b_i) integral from 0 to 1 of df/dx_i (b + t (x - b)) dt
/// ```
///
/// `inputs` is rows x inputs, `baseline` one row of them; `output` counts from 0. They are complete: the
/// contributions to a row add up to f(x) - f(b), the difference of its output from the baseline's, up to
/// 1e-9 of it (and rounding) and without being scaled to do so. Of an embedded input the line goes through
/// the learned numbers, and what they contribute is added up. The integral is taken in 64 bits, between
/// the places where units such as ReLU turn on and off.
///
/// ```
/// use chainrule::explain::{Quantity, integrated_gradients};
/// use chainrule::{Activation, Model, Network};
/// use ndarray::array;
/// let mut model: Model<f64> = Network::new(2).dense(1, Activation::Relu).build(1)?;
/// model.set_layer(0, array![[1.0], [1.0]].view(), array![-1.0].view())?; // max(0, x1 + x2 - 1)
/// let found =
///     integrated_gradients(&model, array![[1.0, 3.0]].view(), array![0.0, 0.0].view(), 0, Quantity::Output)?;
/// // From t = 1/4 on both slopes are 1.
/// assert!((found.inputs[[0, 0]] - 0.75).abs() < 1e-9);
/// assert!((found.inputs[[0, 1]] - 2.25).abs() < 1e-9);
/// assert_eq!((found.outputs[0], found.baseline), (3.0, 0.0));
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Rows or a baseline that do not fit the network or are not finite, an output that it does not have, or
/// a step function within, which has no gradient.
pub fn integrated_gradients<E: Number>(
    model: &Model<E>,
    inputs: ArrayView2<'_, E>,
    baseline: ArrayView1<'_, E>,
    output: usize,
    quantity: Quantity,
) -> Result<Contributions, Error> {
    let network = model.network();
    let (width, outputs) = (network.inputs(), network.outputs());
    for (what, columns) in [("inputs", inputs.ncols()), ("the baseline", baseline.len())] {
        if columns != width {
            return Err(Error::Examples {
                what,
                expected: format!("{width} columns, as the network has inputs"),
                found: format!("{columns}"),
            });
        }
    }
    crate::examples::require_finite("inputs", inputs)?;
    crate::examples::require_finite("the baseline", baseline.insert_axis(ndarray::Axis(0)))?;
    if output >= outputs {
        return Err(Error::Examples {
            what: "the output to explain",
            expected: format!("one of the {outputs}, counted from 0"),
            found: output.to_string(),
        });
    }
    network.check_levels(inputs)?;
    network.check_levels(baseline.insert_axis(ndarray::Axis(0)))?;
    let (read, embedded) = model.widened()?.after_embeddings()?;
    let mut function = Function::new(read, quantity, 1.0, None)?;
    let mut weights = vec![0.0; outputs];
    weights[output] = 1.0;
    let wide = |row: ArrayView1<'_, E>| {
        embedded.row(&row.iter().map(|x| x.to_f64()).collect::<Vec<f64>>())
    };
    let from = wide(baseline);
    let mut found = Contributions {
        inputs: Array2::zeros((inputs.nrows(), width)),
        outputs: Vec::with_capacity(inputs.nrows()),
        baseline: 0.0,
    };
    for (row, mut contributions) in inputs.rows().into_iter().zip(found.inputs.rows_mut()) {
        let integral = function.integrate(&from, &wide(row), &weights);
        contributions.assign(&ArrayView1::from(&embedded.summed(&integral.contributions)));
        found.outputs.push(integral.to);
        found.baseline = integral.from;
    }
    Ok(found)
}
