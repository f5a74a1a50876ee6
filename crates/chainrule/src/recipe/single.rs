//! The training of a single layer: Rosenblatt's rule, and the one minimum that the others have.

use super::prepared::Prepared;
use super::stream::StreamedRows;
use super::{Kind, Recipe};
use crate::neuron::{
    Course, Ending, Meeting, Perceptron, Proof, Separability, Verdict, classes_of, least_squares,
    separability_of,
};
use crate::train::{Epoch, Event, Listener, Report, Stop, tell};
use crate::{Error, Loss, Model, Network};
use chainrule_data::{Encoding, Preparation, Table};
use ndarray::{ArrayView1, ArrayView2};
use serde::Serialize;
use std::time::Instant;

/// Products of numbers that a perceptron's epochs may take together when they are not given.
const USUAL_WORK: usize = 200_000_000;

/// Products of numbers above which the closed form is not computed for comparison.
const MOST_WORK: usize = 2_000_000_000;

/// How a linear regression agrees with the least-squares solution in closed form, in the units in which
/// the network learns.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct ClosedForm {
    /// The largest difference of a weight or bias; nothing where inputs are combinations of others, so
    /// that many weights are as good.
    pub weights: Option<f64>,
    /// The largest difference of a prediction for the training rows.
    pub predictions: f64,
    /// Inputs, with the constant one of the bias, that are no combination of others.
    pub rank: usize,
}

/// What the kind of a model asks of its training.
pub(super) struct Single {
    kind: Kind,
    seeks_minimum: bool,
    chooses_epoch: bool,
    compares: bool,
    /// For a perceptron: the training rows by their place in the table, and their inputs as the table
    /// has them, before any scaling.
    rows: Vec<usize>,
    inputs: Vec<f64>,
}

impl Single {
    pub(super) fn new(
        recipe: &Recipe,
        preparation: &Preparation,
        table: &Table,
        rows: &[usize],
    ) -> Result<Single, Error> {
        let is_squared = matches!(
            recipe.loss,
            None | Some(Loss::MeanSquaredError | Loss::Quadratic | Loss::HalfSumOfSquares)
        );
        let is_free = recipe.alpha.unwrap_or(0.0) == 0.0 && recipe.l1 == 0.0;
        let mut single = Single {
            kind: recipe.kind,
            seeks_minimum: recipe.seeks_minimum(),
            chooses_epoch: recipe.chooses_epoch(),
            compares: recipe.kind == Kind::Linear
                && is_squared
                && is_free
                && recipe.stream.is_none(),
            rows: Vec::new(),
            inputs: Vec::new(),
        };
        if recipe.kind == Kind::Perceptron {
            single.rows = rows.to_vec();
            single.inputs = plain_inputs(preparation, table, rows)?;
        }
        Ok(single)
    }

    /// Passes of a perceptron over so many rows.
    pub(super) fn usual_epochs(network: &Network, rows: usize) -> usize {
        let products = rows.saturating_mul(network.inputs() + 1);
        (USUAL_WORK / products.max(1)).clamp(30, 1000)
    }
}

/// The inputs of rows as the table has them: numbers without scaling, everything else as the network
/// meets it.
fn plain_inputs(
    preparation: &Preparation,
    table: &Table,
    rows: &[usize],
) -> Result<Vec<f64>, Error> {
    let width = preparation.inputs();
    let mut numbers: Vec<f64> =
        preparation.features(table, rows)?.into_iter().map(f64::from).collect();
    let mut start = 0;
    for feature in preparation.columns() {
        let column = table.column(&feature.name)?;
        // A column that does not vary in the training rows is no input at all.
        let varies = feature.scalings()[0].1 != 0.0;
        if let Encoding::Number(number) = &feature.encoding
            && number.scaling.linear().is_some()
            && varies
        {
            for (place, &row) in rows.iter().enumerate() {
                numbers[place * width + start] = column.number(row).unwrap_or(number.fill);
            }
        }
        start += feature.inputs();
    }
    Ok(numbers)
}

impl Prepared {
    /// Trains the model as its kind is trained.
    pub(super) fn fit(
        &mut self,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<(Report, Option<Verdict>), Error> {
        if self.single.kind == Kind::Perceptron {
            let (report, verdict) = self.fit_perceptron(listeners)?;
            return Ok((report, Some(verdict)));
        }
        let validation = self.validation.as_ref().filter(|_| self.single.chooses_epoch);
        if let Some(stream) = &self.stream {
            let (preparation, network) = (self.preparation().clone(), self.model.network().clone());
            let (training, rows) = (&self.training, self.rows.training);
            let mut feed = StreamedRows::new(stream, preparation, network, training, rows);
            let validation = validation.map(|part| part.examples()).transpose()?;
            let report =
                training.fit_feed(&mut self.model, &mut feed, validation.as_ref(), listeners)?;
            return Ok((report, None));
        }
        if !self.single.seeks_minimum {
            let learned = self.learned.examples()?;
            let validation = validation.map(|part| part.examples()).transpose()?;
            let validation = validation.as_ref();
            let report =
                self.training.fit_with(&mut self.model, &learned, validation, listeners)?;
            return Ok((report, None));
        }
        // In 32 bits the loss would stop falling long before the weights are where it is least.
        let inputs = self.learned.inputs.mapv(f64::from);
        let learned = self.learned.wide_examples(inputs.view())?;
        let inputs = validation.map(|part| part.inputs.mapv(f64::from));
        let validation = match validation.zip(inputs.as_ref()) {
            Some((part, inputs)) => Some(part.wide_examples(inputs.view())?),
            None => None,
        };
        let mut wide = Model::<f64>::zeroed(self.model.network())?;
        let (weights, biases) = (self.model.weights(0), self.model.biases(0));
        wide.set_layer(0, weights.mapv(f64::from).view(), biases.mapv(f64::from).view())?;
        let result = self.training.fit_with(&mut wide, &learned, validation.as_ref(), listeners);
        let (weights, biases) = (wide.weights(0), wide.biases(0));
        let narrow = |number: f64| number as f32;
        self.model.set_layer(0, weights.mapv(narrow).view(), biases.mapv(narrow).view())?;
        Ok((result?, None))
    }

    /// Rosenblatt's rule on the inputs as the network meets them, and the verdict on the table's own
    /// numbers, which scaling may have rounded.
    fn fit_perceptron(
        &mut self,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<(Report, Verdict), Error> {
        let classes = classes_of(&self.learned.examples()?)?;
        let numbers: Vec<f64> = self.learned.inputs.iter().copied().map(f64::from).collect();
        let (epochs, learning_rate) =
            (self.training.epochs, self.training.optimizer.learning_rate());
        tell(listeners, &Event::Started { threads: 1, steps_per_epoch: classes.len(), epochs });
        let rule = Perceptron { learning_rate, epochs };
        let mut history = Vec::new();
        let (begin, mut last) = (Instant::now(), Instant::now());
        let mut heard = |epoch: usize, mistakes: usize| {
            let seconds = std::mem::replace(&mut last, Instant::now()).elapsed().as_secs_f64();
            let done = Epoch {
                epoch,
                loss: mistakes as f64 / classes.len() as f64,
                validation: None,
                learning_rate,
                gradient_norm: 0.0,
                seconds,
                rows_per_second: classes.len() as f64 / seconds.max(1e-9),
            };
            history.push(done);
            tell(listeners, &Event::Epoch(&done))
        };
        let course = rule.learn(&numbers, &classes, &mut heard)?;
        let seconds = begin.elapsed().as_secs_f64();
        let weights: Vec<f32> = course.weights.iter().map(|it| *it as f32).collect();
        let weights = ArrayView2::from_shape((weights.len(), 1), &weights);
        let weights = weights.expect("a weight for each input").to_owned();
        let bias = [course.bias as f32];
        self.model.set_layer(0, weights.view(), ArrayView1::from(&bias))?;
        let verdict = self.verdict(&course, &numbers, &classes);
        let mut warnings = Vec::new();
        let predicted = self.model.predict_classes(self.learned.inputs.view())?;
        let pairs = predicted.iter().zip(&classes);
        let mistakes = pairs.filter(|(found, class)| (**found == 1) != **class).count();
        if mistakes != course.mistakes {
            warnings.push(format!(
                "the weights make {} mistakes on the training rows, but rounded to the 32 bits of the \
                 model {mistakes}",
                course.mistakes
            ));
        }
        if !matches!(course.ending, Ending::Settled | Ending::Found) {
            warnings.push(format!(
                "no pass over the rows was without a mistake, so the weights that made the fewest are \
                 kept: {} of {} training rows wrong",
                course.mistakes,
                classes.len()
            ));
        }
        let report = Report {
            chosen_epoch: history.len(),
            history,
            stop: match course.ending {
                Ending::Settled | Ending::Returned { .. } => Stop::Converged,
                Ending::Exhausted | Ending::Found => Stop::Finished,
                Ending::Interrupted => Stop::Interrupted,
            },
            seconds,
            threads_used: 1,
            kernel: "scalar",
            warnings,
        };
        tell(listeners, &Event::Ended(&report));
        Ok((report, verdict))
    }

    /// Half of the distance between the classes across the line of these weights of the network's
    /// inputs, in the table's units.
    fn margin(&self, weights: &[f64], classes: &[bool]) -> Option<f64> {
        let columns = self.model.preparation.as_ref()?.columns();
        let scalings = columns.iter().flat_map(|feature| feature.scalings());
        let weights: Vec<f64> =
            weights.iter().zip(scalings).map(|(w, (_, factor))| w * factor).collect();
        let rows = self.single.inputs.chunks_exact(weights.len()).zip(classes);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for (row, &class) in rows {
            let sum: f64 = weights.iter().zip(row).map(|(w, x)| w * x).sum();
            if class { least = least.min(sum) } else { most = most.max(sum) }
        }
        let length = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
        let margin = (least - most) / (2.0 * length);
        // Rounding may have taken a tiny one away.
        margin.is_finite().then_some(margin.max(0.0))
    }

    /// The verdict on the table's numbers. A run that came back proves nothing of them where the
    /// network's were rounded.
    fn verdict(&self, course: &Course, numbers: &[f64], classes: &[bool]) -> Verdict {
        let Single { inputs, rows, .. } = &self.single;
        let of_table = || separability_of(inputs, classes);
        let verdict = match course.ending {
            Ending::Returned { .. } if inputs != numbers => match of_table() {
                Separability::Inseparable(meeting) => {
                    Verdict::NotSeparable { proof: Proof::Meeting(meeting) }
                }
                known => Verdict::NotFound {
                    epochs: course.passes.len(),
                    exists: known == Separability::Separable,
                },
            },
            _ => course.verdict(of_table),
        };
        match verdict {
            Verdict::Separated { margin: Some(_) } => {
                Verdict::Separated { margin: self.margin(&course.weights, classes) }
            }
            Verdict::NotSeparable {
                proof: Proof::Meeting(Meeting { class_0, class_1, point }),
            } => {
                let of_file = |shares: Vec<(usize, f64)>| {
                    shares.into_iter().map(|(row, share)| (rows[row], share)).collect()
                };
                let (class_0, class_1) = (of_file(class_0), of_file(class_1));
                let proof = Proof::Meeting(Meeting { class_0, class_1, point });
                Verdict::NotSeparable { proof }
            }
            verdict => verdict,
        }
    }

    /// How far the model's weights are from those in closed form.
    pub(super) fn closed_form(&self) -> Result<Option<ClosedForm>, Error> {
        let (rows, inputs) = self.learned.inputs.dim();
        let work = rows.saturating_mul((inputs + 1).saturating_mul(inputs + 1));
        if !self.single.compares || work > MOST_WORK {
            return Ok(None);
        }
        let exact = least_squares(&self.learned.examples()?)?;
        let (weights, biases) =
            (self.model.weights(0).mapv(f64::from), self.model.biases(0).mapv(f64::from));
        let wide = self.learned.inputs.mapv(f64::from);
        let largest = |numbers: &mut dyn Iterator<Item = f64>| {
            numbers.fold(0.0_f64, |most, number| most.max(number.abs()))
        };
        let differences = exact.predict(wide.view()) - (wide.dot(&weights) + &biases);
        let of_weights = (&exact.weights - &weights).into_iter();
        let of_biases = exact.biases.iter().zip(&biases).map(|(a, b)| a - b);
        Ok(Some(ClosedForm {
            weights: (exact.rank == inputs + 1).then(|| largest(&mut of_weights.chain(of_biases))),
            predictions: largest(&mut differences.into_iter()),
            rank: exact.rank,
        }))
    }
}
