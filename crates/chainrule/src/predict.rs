//! Running a network forward.

use crate::examples::{Examples, Fitted, Targets, require_finite, row_major, slice};
use crate::metrics::{self, Evaluation};
use crate::{Activation, Error, Loss, Model, Network};
use chainrule_graph::{Graph, Number, Plan, Request, Shape, Source, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{InstructionSet, Team};
use ndarray::{Array2, ArrayView2};

/// Rows that a predictor runs at once at the most: their activations and the weights then stay in the
/// second cache. Its threads at the most.
const MOST_ROWS_AT_ONCE: usize = 256;
const MOST_THREADS: usize = 64;

/// A planned forward pass, for whoever predicts often: allocates once, not at each prediction.
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
    plan: Plan<E>,
    team: Team,
    set: InstructionSet,
}

impl<'m, E: Number> Predictor<'m, E> {
    /// Plans for up to `capacity` rows at once (more are taken in turns) on `threads` threads.
    ///
    /// # Errors
    /// A network that cannot be recorded.
    pub fn new(model: &'m Model<E>, capacity: usize, threads: usize) -> Result<Self, Error> {
        let graph = Graph::new();
        let recorded = model.network().record(&graph, model.network().input(&graph), false);
        let request = Request {
            outputs: vec![recorded.output.id()],
            capacity: capacity.clamp(1, MOST_ROWS_AT_ONCE),
            fuse: true,
            ..Request::default()
        };
        let plan = Plan::new(&graph, &request)?;
        Ok(Predictor {
            model,
            plan,
            team: Team::new(threads.min(MOST_THREADS)),
            set: InstructionSet::best(),
        })
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
    pub fn on(self, set: InstructionSet) -> Self {
        Predictor { set, ..self }
    }

    /// The outputs for rows of inputs: rows x inputs -> rows x outputs. A row's output does not
    /// depend on the other rows.
    ///
    /// # Errors
    /// When the columns are not the network's inputs, or a number is not finite.
    pub fn predict(&mut self, inputs: ArrayView2<'_, E>) -> Result<Array2<E>, Error> {
        let network = self.model.network();
        if inputs.ncols() != network.inputs() {
            return Err(Error::Examples {
                what: "inputs",
                expected: format!("{} columns, as the network has inputs", network.inputs()),
                found: format!("{} columns", inputs.ncols()),
            });
        }
        require_finite("inputs", inputs)?;
        let (rows, columns) = inputs.dim();
        let inputs = row_major(inputs);
        let mut outputs = Vec::with_capacity(rows * network.outputs());
        for first in (0..rows).step_by(self.plan.capacity()) {
            let count = (rows - first).min(self.plan.capacity());
            let values = &slice(&inputs)[first * columns..];
            self.plan.run(
                &mut self.team,
                Run {
                    set: self.set,
                    turn: Turn { rows: count, ..Turn::default() },
                    sources: &[Source::Rows { values, columns, chosen: None }],
                    upcoming: &[],
                    parameters: Parameters::Fixed(self.model.parameters()),
                },
            );
            self.plan.read_output(0, count, &mut outputs);
        }
        Ok(Array2::from_shape_vec((rows, network.outputs()), outputs)
            .expect("a row of outputs for each row of inputs"))
    }
}

impl<E: Number> Model<E> {
    /// The outputs for rows of inputs: rows x inputs -> rows x outputs. Plans anew each time; see
    /// [`Predictor`] for many calls.
    ///
    /// # Errors
    /// When the columns are not the network's inputs, or a number is not finite.
    pub fn predict(&self, inputs: ArrayView2<'_, E>) -> Result<Array2<E>, Error> {
        Predictor::new(self, inputs.nrows(), 1)?.predict(inputs)
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
        let mut team = Team::new(1);
        Evaluator::new(self.network(), loss, examples.rows())?.evaluate(
            &mut team,
            InstructionSet::best(),
            self.parameters(),
            examples,
            &examples.fit_to(self.network())?,
        )
    }
}

/// A planned forward pass with its loss.
pub(crate) struct Evaluator<E: Number> {
    plan: Plan<E>,
    outputs: usize,
    loss: Loss,
    buffer: Vec<E>,
}

impl<E: Number> Evaluator<E> {
    pub(crate) fn new(network: &Network, loss: Loss, rows: usize) -> Result<Self, Error> {
        let graph = Graph::new();
        let x = network.input(&graph);
        let y = graph.input("y", Shape::batch(network.outputs()));
        let recorded = network.record(&graph, x, false);
        let total = loss.record(recorded.logits, recorded.output, y).sum();
        let request = Request {
            outputs: vec![recorded.output.id(), total.id()],
            capacity: rows.clamp(1, MOST_ROWS_AT_ONCE),
            fuse: true,
            ..Request::default()
        };
        let plan = Plan::new(&graph, &request)?;
        Ok(Evaluator { plan, outputs: network.outputs(), loss, buffer: Vec::new() })
    }

    pub(crate) fn evaluate(
        &mut self,
        team: &mut Team,
        set: InstructionSet,
        parameters: &[E],
        examples: &Examples<'_, E>,
        fitted: &Fitted<'_, E>,
    ) -> Result<Evaluation, Error> {
        let rows = examples.rows();
        let mut loss = 0.0;
        self.buffer.clear();
        for first in (0..rows).step_by(self.plan.capacity()) {
            let count = (rows - first).min(self.plan.capacity());
            self.plan.run(
                team,
                Run {
                    set,
                    turn: Turn { rows: count, ..Turn::default() },
                    sources: &fitted.sources(first, None),
                    upcoming: &[],
                    parameters: Parameters::Fixed(parameters),
                },
            );
            self.plan.read_output(0, count, &mut self.buffer);
            loss += self.plan.number(1).to_f64();
        }
        let predicted: Vec<f64> = self.buffer.iter().map(|number| number.to_f64()).collect();
        let mut evaluation =
            Evaluation { rows, loss: loss / rows as f64, accuracy: None, regression: None };
        match examples.targets() {
            Targets::Classes(classes) => {
                let right = predicted
                    .chunks_exact(self.outputs)
                    .zip(classes.iter())
                    .filter(|(output, class)| metrics::predicted_class(output) == **class)
                    .count();
                evaluation.accuracy = Some(right as f64 / rows as f64);
            }
            Targets::Values(values) => {
                let truth: Vec<f64> = values.iter().map(|number| number.to_f64()).collect();
                if self.loss == Loss::BinaryCrossEntropy {
                    let label = |number: &f64| *number >= 0.5;
                    let right = predicted
                        .chunks_exact(self.outputs)
                        .zip(truth.chunks_exact(self.outputs))
                        .filter(|(p, y)| p.iter().map(label).eq(y.iter().map(label)))
                        .count();
                    evaluation.accuracy = Some(right as f64 / rows as f64);
                } else {
                    let scale = |values: Vec<f64>| match examples.units() {
                        [] => values,
                        units => {
                            values.iter().zip(units.iter().cycle()).map(|(x, u)| x * u).collect()
                        }
                    };
                    let (predicted, truth) = (scale(predicted), scale(truth));
                    let measures = metrics::regression(&predicted, &truth, self.outputs);
                    evaluation.regression = Some(measures);
                }
            }
        }
        Ok(evaluation)
    }
}
