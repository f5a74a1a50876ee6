//! Running a network forward.

mod evaluator;
mod forward;
mod side_by_side;
mod sparse;

pub(crate) use evaluator::Evaluator;
pub(crate) use forward::{KeptPlans, Reading};

use crate::examples::{Examples, require_finite};
use crate::metrics::{self, Evaluation};
use crate::workers::{Pace, Workers};
use crate::{Activation, Error, Loss, Model};
use chainrule_graph::Number;
use chainrule_math::InstructionSet;
use forward::{Forward, Start};
use ndarray::{Array2, ArrayView2};

/// Rows that a plan runs at once at the most: their activations and the weights then stay in the
/// second cache.
const MOST_ROWS_AT_ONCE: usize = 256;

/// A planned forward pass on as many threads as is said, for whoever knows better than
/// [`Model::predict`], which finds out by the clock.
///
/// ```
/// use chainrule::{Activation, Model, Network, Predictor};
/// use ndarray::array;
/// let model: Model = Network::new(2).dense(3, Activation::Tanh).dense(1, Activation::Sigmoid).build(1)?;
/// let mut predictor = Predictor::new(&model, 1, 1)?;
/// let alone = predictor.predict(array![[0.5, -0.5]].view())?;
/// let among_others = model.predict(array![[1.0, 2.0], [0.5, -0.5]].view())?;
/// assert_eq!(alone.row(0), among_others.row(1)); // the same bits
/// # Ok::<(), chainrule::Error>(())
/// ```
pub struct Predictor<'m, E: Number = f32> {
    model: &'m Model<E>,
    forward: Forward<E>,
    workers: Workers,
}

impl<'m, E: Number> Predictor<'m, E> {
    /// Plans for up to `capacity` rows at once (more are taken in turns) on `threads` threads.
    ///
    /// # Errors
    /// A network that cannot be recorded.
    pub fn new(model: &'m Model<E>, capacity: usize, threads: usize) -> Result<Self, Error> {
        let forward = Forward::new(
            model.network(),
            Start::Inputs,
            Reading::Outputs,
            capacity,
            Pace::new(true),
        )?;
        Ok(Predictor { model, forward, workers: Workers::new(Some(threads)) })
    }

    /// On this instruction set instead of the widest, with the same outputs.
    ///
    /// ```
    /// use chainrule::{Activation, Model, Network, Predictor, math::InstructionSet};
    /// use ndarray::array;
    /// let model: Model = Network::new(2).dense(3, Activation::Tanh).build(1)?;
    /// let expected = model.predict(array![[0.5, -0.5]].view())?;
    /// for set in InstructionSet::available() {
    ///     let mut predictor = Predictor::new(&model, 1, 1)?.on(set);
    ///     assert_eq!(predictor.predict(array![[0.5, -0.5]].view())?, expected);
    /// }
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    pub fn on(mut self, set: InstructionSet) -> Self {
        self.forward.set = set;
        self
    }

    /// The outputs for rows of inputs: rows x inputs -> rows x outputs. A row's output does not
    /// depend on the other rows.
    ///
    /// # Errors
    /// When the columns are not the network's inputs, or a number is not finite.
    pub fn predict(&mut self, inputs: ArrayView2<'_, E>) -> Result<Array2<E>, Error> {
        check(self.model, inputs)?;
        require_finite("inputs", inputs)?;
        Ok(self.forward.predict(self.model, &mut self.workers, inputs))
    }
}

/// Checks that rows are inputs of the model's network.
fn check<E: Number>(model: &Model<E>, inputs: ArrayView2<'_, E>) -> Result<(), Error> {
    let network = model.network();
    if inputs.ncols() != network.inputs() {
        return Err(Error::Examples {
            what: "inputs",
            expected: format!("{} columns, as the network has inputs", network.inputs()),
            found: format!("{} columns", inputs.ncols()),
        });
    }
    network.check_levels(inputs)
}

impl<E: Number> Model<E> {
    /// The outputs for rows of inputs: rows x inputs -> rows x outputs. A row's output does not depend on
    /// the other rows. What the first prediction plans is kept for those that follow. Work that takes more
    /// than some microseconds is tried on all processors, which do it from then on if that is faster; see
    /// [`Predictor`] for another number of threads. Several threads may predict with one model at once: all
    /// but one of them then do so alone. These are the outputs of the network itself, which a temperature
    /// does not change: see [`predict_table`](crate::predict_table) for calibrated probabilities.
    ///
    /// ```
    /// use chainrule::{Activation, Model, Network};
    /// use ndarray::array;
    /// let model: Model = Network::new(2).dense(3, Activation::Tanh).dense(2, Activation::Softmax).build(1)?;
    /// let outputs = model.predict(array![[1.0, 2.0], [0.5, -0.5], [0.0, 0.0]].view())?;
    /// assert_eq!(outputs.dim(), (3, 2));
    /// assert!((outputs.row(0).sum() - 1.0).abs() < 1e-6);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the columns are not the network's inputs, or a number is not finite.
    pub fn predict(&self, inputs: ArrayView2<'_, E>) -> Result<Array2<E>, Error> {
        self.read(Reading::Outputs, inputs)
    }

    /// The same for inputs that are known to be finite, which are not looked at again. Numbers that are
    /// not finite spread through the outputs of their rows.
    ///
    /// # Errors
    /// When the columns are not the network's inputs.
    pub fn predict_of_finite(&self, inputs: ArrayView2<'_, E>) -> Result<Array2<E>, Error> {
        self.read_finite(Reading::Outputs, inputs, true)
    }

    /// Predicts with so many threads at most from here on, or with one for each processor. What is
    /// predicted does not depend on it.
    pub fn limit_threads(&self, threads: Option<usize>) {
        self.kept_plans().limit_threads(threads);
    }

    /// The pre-activations of the last layer for rows of inputs.
    pub(crate) fn logits(&self, inputs: ArrayView2<'_, E>) -> Result<Array2<E>, Error> {
        self.read(Reading::Logits, inputs)
    }

    /// What is read of the last layer for rows of inputs.
    pub(crate) fn read(
        &self,
        reading: Reading,
        inputs: ArrayView2<'_, E>,
    ) -> Result<Array2<E>, Error> {
        self.read_finite(reading, inputs, false)
    }

    /// The same for inputs that may be known to be finite.
    fn read_finite(
        &self,
        reading: Reading,
        inputs: ArrayView2<'_, E>,
        is_known: bool,
    ) -> Result<Array2<E>, Error> {
        check(self, inputs)?;
        let rows = inputs.nrows();
        let mut lent = self.kept_plans().take(self.network(), Start::Inputs, reading, rows)?;
        let result = match rows > MOST_ROWS_AT_ONCE {
            true => side_by_side::predict(self, reading, &mut lent, inputs, is_known),
            false if is_known => Ok(lent.forward.predict(self, &mut lent.workers, inputs)),
            false => require_finite("inputs", inputs)
                .map(|()| lent.forward.predict(self, &mut lent.workers, inputs)),
        };
        self.kept_plans().put(lent);
        result
    }

    /// The class of each row of inputs.
    ///
    /// # Errors
    /// As for [`Model::predict`].
    pub fn predict_classes(&self, inputs: ArrayView2<'_, E>) -> Result<Vec<u32>, Error> {
        let outputs = self.predict(inputs)?;
        let classify = |row: ndarray::ArrayView1<'_, E>| {
            metrics::predicted_class(&row.iter().map(|number| number.to_f64()).collect::<Vec<_>>())
        };
        Ok(outputs.rows().into_iter().map(classify).collect())
    }

    /// The class of two of each row of inputs: 1 where its probability is at least `threshold`.
    ///
    /// # Errors
    /// As for [`Model::predict`]; a threshold outside of (0, 1); a model without one sigmoid or a
    /// softmax of two as its output.
    pub fn predict_classes_at(
        &self,
        inputs: ArrayView2<'_, E>,
        threshold: f64,
    ) -> Result<Vec<u32>, Error> {
        let layer = self.network().layers().last();
        let has_pair = matches!(
            (layer.and_then(|layer| layer.activation.single()), self.network().outputs()),
            (Some(Activation::Sigmoid), 1) | (Some(Activation::Softmax), 2)
        );
        metrics::check_threshold(threshold, has_pair)?;
        let outputs = self.predict(inputs)?;
        let classify = |row: ndarray::ArrayView1<'_, E>| {
            let row: Vec<f64> = row.iter().map(|number| number.to_f64()).collect();
            metrics::predicted_class_at(&row, threshold)
        };
        Ok(outputs.rows().into_iter().map(classify).collect())
    }

    /// Judges the model on examples, by the loss that goes with its output layer: cross-entropy
    /// after a softmax, binary cross-entropy after a sigmoid, Poisson's after an exponential, else
    /// the mean squared error.
    ///
    /// # Errors
    /// When the examples do not fit the network.
    pub fn evaluate(&self, examples: &Examples<'_, E>) -> Result<Evaluation, Error> {
        let loss = Loss::usual_for(self.network());
        Evaluator::new(self.network(), loss, 1.0, examples.rows())?.evaluate(
            &mut Workers::new(None),
            InstructionSet::best(),
            self.parameters(),
            examples,
            &examples.fit_to(self.network())?,
        )
    }
}
