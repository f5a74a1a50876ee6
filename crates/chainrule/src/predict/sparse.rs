//! Predictions for rows of which most numbers are zero.

use super::forward::Start;
use super::{MOST_ROWS_AT_ONCE, Reading};
use crate::{Error, Model};
use chainrule_graph::Number;
use chainrule_math::InstructionSet;
use chainrule_math::sparse::{SparseRows, product};
use ndarray::{Array2, ArrayView2};

impl<E: Number> Model<E> {
    /// The outputs for sparse rows of inputs: those of [`Model::predict`] for the same rows with all their
    /// zeros, bit by bit where the columns of each row ascend. The first layer takes time for the numbers
    /// that are not zero alone. Numbers are not looked at for whether they are finite.
    ///
    /// ```
    /// use chainrule::math::sparse::SparseRows;
    /// use chainrule::{Activation, Model, Network};
    /// use ndarray::array;
    /// let model: Model = Network::new(4).dense(3, Activation::Relu).dense(2, Activation::Softmax).build(1)?;
    /// let rows = SparseRows { offsets: &[0, 2, 2], columns: &[1, 3], numbers: &[0.5, 2.0] };
    /// let dense = array![[0.0, 0.5, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0]];
    /// assert_eq!(model.predict_sparse(rows)?, model.predict(dense.view())?);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the rows point outside of themselves or of the network's inputs.
    pub fn predict_sparse(&self, rows: SparseRows<'_, E>) -> Result<Array2<E>, Error> {
        let network = self.network();
        let (inputs, count) = (network.inputs(), rows.rows());
        if !rows.is_sound(inputs) {
            return Err(Error::Examples {
                what: "inputs",
                expected: format!("sparse rows within {inputs} columns, as the network has inputs"),
                found: "some that point outside of them or of themselves".to_string(),
            });
        }
        let begins_with_product = network.begins_with_product() && !network.layers().is_empty();
        let start = if begins_with_product { Start::Product } else { Start::Inputs };
        let mut lent = self.kept_plans().take(network, start, Reading::Outputs, count)?;
        let mut outputs = Vec::with_capacity(count * network.outputs());
        for first in (0..count).step_by(MOST_ROWS_AT_ONCE) {
            let last = (first + MOST_ROWS_AT_ONCE).min(count);
            let bounds = &rows.offsets[first..=last];
            let (begin, end) = (bounds[0], bounds[last - first]);
            let offsets: Vec<usize> = bounds.iter().map(|offset| offset - begin).collect();
            let some = SparseRows {
                offsets: &offsets,
                columns: &rows.columns[begin..end],
                numbers: &rows.numbers[begin..end],
            };
            let values = match start {
                Start::Product => self.first_product(some),
                Start::Inputs => dense(some, inputs),
            };
            let values: ArrayView2<'_, E> = values.view();
            outputs.extend(lent.forward.predict(self, &mut lent.workers, values));
        }
        self.kept_plans().put(lent);
        Ok(Array2::from_shape_vec((count, network.outputs()), outputs)
            .expect("a row of outputs for each row of inputs"))
    }

    /// The rows times the weights of the first layer.
    fn first_product(&self, rows: SparseRows<'_, E>) -> Array2<E> {
        let place = self.layout().find("layers.0.weight").expect("a layer has weights");
        let panels = place.columns.div_ceil(E::PANEL);
        let first = place.index::<E>(0, 0);
        let matrix = &self.parameters()[first..first + panels * place.rows * E::PANEL];
        let width = panels * E::PANEL;
        let mut padded = vec![E::ZERO; rows.rows() * width];
        product(InstructionSet::best(), rows, matrix, place.rows, &mut padded);
        let lines = padded.chunks(width).flat_map(|line| &line[..place.columns]);
        Array2::from_shape_vec((rows.rows(), place.columns), lines.copied().collect())
            .expect("a row of products for each row")
    }
}

/// The rows with all their zeros.
fn dense<E: Number>(rows: SparseRows<'_, E>, columns: usize) -> Array2<E> {
    let mut dense = Array2::from_elem((rows.rows(), columns), E::ZERO);
    for (mut line, bounds) in dense.rows_mut().into_iter().zip(rows.offsets.windows(2)) {
        for place in bounds[0]..bounds[1] {
            let cell = &mut line[rows.columns[place] as usize];
            *cell += rows.numbers[place];
        }
    }
    dense
}
