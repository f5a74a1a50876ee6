//! A trained model on a table: judgement and prediction in the table's own terms.

use super::Recipe;
use super::threshold::{accuracy_at, threshold_of};
use super::warnings::{warn_missing, warn_unseen};
use crate::doctor::{Finding, examine_rows};
use crate::examples::Targets as Wanted;
use crate::metrics::{predicted_class, predicted_class_at};
use crate::predict::{Evaluator, Reading};
use crate::train::{RowTrace, check_gradient, trace_row};
use crate::workers::Workers;
use crate::{Error, Evaluation, Examples, Loss, Model, Training};
use chainrule_data::{Preparation, Table, Targets, Task};
use chainrule_graph::{CheckOptions, CheckReport};
use chainrule_math::InstructionSet;
use ndarray::{Array2, ArrayView2, CowArray};
use std::borrow::Cow;

/// Rows as a network meets them.
pub(crate) struct Part {
    pub(crate) inputs: Array2<f32>,
    targets: Targets,
    /// What a learned difference of 1 is in the units of each target of a regression.
    pub(super) units: Vec<f64>,
    /// The weight of each row in training, if they differ.
    pub(super) weights: Vec<f64>,
}

impl Part {
    pub(crate) fn new(
        preparation: &Preparation,
        table: &Table,
        rows: &[usize],
    ) -> Result<Part, Error> {
        let inputs = inputs(preparation, table, rows)?;
        let targets = preparation.targets(table, rows)?;
        Ok(Part { inputs, targets, units: units(preparation), weights: Vec::new() })
    }

    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The rows in 64 bits, their inputs being given in them too.
    pub(super) fn wide_examples<'a>(
        &'a self,
        inputs: ArrayView2<'a, f64>,
    ) -> Result<Examples<'a, f64>, Error> {
        let examples = self.examples()?;
        let targets = match examples.targets() {
            Wanted::Classes(classes) => Wanted::Classes(Cow::Owned(classes.to_vec())),
            Wanted::Values(values) => Wanted::Values(CowArray::from(values.mapv(f64::from))),
        };
        let wide = Examples::new(inputs, targets)?.in_units(&self.units);
        if self.weights.is_empty() { Ok(wide) } else { wide.weighted(&self.weights) }
    }

    pub(super) fn examples(&self) -> Result<Examples<'_>, Error> {
        let targets = match &self.targets {
            Targets::Classes(classes) => Wanted::Classes(Cow::Borrowed(classes)),
            Targets::Values { values, columns } => {
                let values = ArrayView2::from_shape((self.inputs.nrows(), *columns), values);
                Wanted::Values(CowArray::from(values.expect("a row of values for each row")))
            }
        };
        let examples = Examples::new(self.inputs.view(), targets)?.in_units(&self.units);
        match self.weights.as_slice() {
            [] => Ok(examples),
            weights => examples.weighted(weights),
        }
    }
}

/// What a learned difference of 1 is in the units of each target of a regression.
fn units(preparation: &Preparation) -> Vec<f64> {
    match preparation.task() {
        Task::Regression => {
            let at = |learned: f32| preparation.unscale(&vec![learned; preparation.outputs()]);
            at(1.0).iter().zip(at(0.0)).map(|(one, zero)| one - zero).collect()
        }
        _ => Vec::new(),
    }
}

/// Rows of a table as the network's inputs.
pub(crate) fn inputs(
    preparation: &Preparation,
    table: &Table,
    rows: &[usize],
) -> Result<Array2<f32>, Error> {
    let numbers = preparation.features(table, rows)?;
    let inputs = Array2::from_shape_vec((rows.len(), preparation.inputs()), numbers);
    Ok(inputs.expect("a row of inputs for each row"))
}

/// Judges a model on rows by the loss it was trained with, its probabilities calibrated, on so many
/// threads at most, and by the classes or labels at this threshold.
pub(crate) fn judge(
    model: &Model,
    loss: Loss,
    task: Task,
    part: &Part,
    threads: Option<usize>,
    threshold: Option<f64>,
) -> Result<Evaluation, Error> {
    let examples = part.examples()?;
    let fitted = examples.fit_to(model.network())?;
    let temperature = model.confidence.temperature();
    let mut evaluation = Evaluator::new(model.network(), loss, temperature, examples.rows())?
        .evaluate(
            &mut Workers::new(threads),
            InstructionSet::best(),
            model.parameters(),
            &examples,
            &fitted,
        )?;
    // A squared loss does not tell labels from numbers, the task does.
    let is_untold = task == Task::MultiLabel && evaluation.accuracy.is_none();
    if threshold.is_some() || is_untold {
        let threshold = threshold.unwrap_or(0.5);
        evaluation.accuracy = Some(accuracy_at(model, part, threshold)?);
        evaluation.regression = None;
    }
    Ok(evaluation)
}

/// The preparation of a model that was trained on a table.
pub(crate) fn preparation_of(model: &Model) -> Result<&Preparation, Error> {
    model.preparation.as_ref().ok_or_else(|| Error::Examples {
        what: "the model",
        expected: "one that was trained on a table and says how to prepare it".to_string(),
        found: "one without; use predict on a matrix, or train from a table".to_string(),
    })
}

/// The settings that a model was trained with, as far as the model says; else the usual ones.
pub fn training_of(model: &Model) -> Training {
    let usual = Training::new(model.network());
    let Ok(recipe) = serde_json::from_value::<Recipe>(model.settings.clone()) else {
        return usual;
    };
    let training = Training {
        loss: recipe.loss.unwrap_or(usual.loss),
        optimizer: recipe.usual_optimizer(),
        schedule: recipe.usual_schedule(),
        warm_up: recipe.warm_up,
        l1: recipe.l1,
        label_smoothing: recipe.label_smoothing.unwrap_or(0.0),
        clip: recipe.clip,
        score: recipe.score,
        no_improvement: recipe.no_improvement,
        tolerance: recipe.tolerance,
        batch_size: recipe.batch_size.unwrap_or(usual.batch_size),
        epochs: recipe.epochs.unwrap_or(usual.epochs),
        alpha: recipe.alpha.unwrap_or(0.0),
        patience: recipe.patience,
        seed: recipe.seed,
        ..usual.clone()
    };
    // The settings are for people to read and may have come from anywhere.
    match training.check(model.network()) {
        Ok(()) => training,
        Err(_) => usual,
    }
}

/// Judges a model on all rows of a table that have every target. Errors of a regression are in the units
/// of its targets; the loss of a classifier is that of its calibrated probabilities, as [`predict_table`]
/// gives them, and the accuracy is by the model's own threshold, if it has one.
///
/// # Errors
/// A model that was not trained on a table, and whatever does not fit in this one.
pub fn evaluate_table(model: &Model, table: &Table) -> Result<Evaluation, Error> {
    let preparation = preparation_of(model)?;
    let rows = preparation.rows_with_targets(table)?;
    let part = Part::new(preparation, table, &rows)?;
    let (loss, task) = (training_of(model).loss, preparation.task());
    judge(model, loss, task, &part, None, threshold_of(model))
}

/// Looks for what is wrong with a model on the rows of a table, and with these rows: see
/// [`examine_rows`].
///
/// ```
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::{Recipe, doctor::Severity, examine_table};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe::default().train(&iris)?;
/// let findings = examine_table(&trained.model, &iris.table)?;
/// assert!(findings.iter().all(|finding| finding.severity < Severity::Serious));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A model that was not trained on a table, and whatever does not fit in this one.
pub fn examine_table(model: &Model, table: &Table) -> Result<Vec<Finding>, Error> {
    let preparation = preparation_of(model)?;
    let rows = preparation.rows_with_targets(table)?;
    let part = Part::new(preparation, table, &rows)?;
    let mut training = training_of(model);
    let recipe = serde_json::from_value::<Recipe>(model.settings.clone());
    if let Some(weights) = recipe.ok().and_then(|recipe| recipe.class_weights) {
        training.class_weights = weights.of_classes(preparation, part.targets())?;
    }
    examine_rows(model, &training, &part.examples()?)
}

/// Compares the gradients of a training step on some rows of a table with differences, for some
/// weights and biases of each layer.
///
/// # Errors
/// A model that was not trained on a table, and whatever does not fit in this one.
pub fn check_table(
    model: &Model,
    table: &Table,
    rows: &[usize],
    options: &CheckOptions,
) -> Result<CheckReport, Error> {
    let part = Part::new(preparation_of(model)?, table, rows)?;
    check_gradient(model, &training_of(model), &part.examples()?, options)
}

/// Follows a row of a table (counted from 0) through a model, forward and back.
///
/// # Errors
/// A model that was not trained on a table, and whatever does not fit in this one.
pub fn trace_table(model: &Model, table: &Table, row: usize) -> Result<RowTrace, Error> {
    let part = Part::new(preparation_of(model)?, table, &[row])?;
    trace_row(model, &training_of(model), &part.examples()?, 0)
}

/// What a model says of the rows of a table, in the table's own terms.
///
/// ```
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::{Recipe, predict_table};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe::default().train(&iris)?;
/// let predictions = predict_table(&trained.model, &iris.table)?;
/// assert_eq!(predictions.header(false), ["species"]);
/// assert_eq!(predictions.header(true), ["setosa", "versicolor", "virginica"]);
/// assert_eq!(predictions.line(0, false), ["setosa"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Predictions {
    /// What is predicted.
    pub task: Task,
    /// The columns that are predicted.
    pub targets: Vec<String>,
    /// The classes of the tasks binary and multi-class; none for other tasks.
    pub classes: Vec<String>,
    /// Rows predicted.
    pub rows: usize,
    /// The class of each row, as its place in `classes`; empty for tasks without.
    pub predicted_classes: Vec<u32>,
    /// For a regression the values in the units of the targets, row by row, one for each target.
    pub values: Vec<f64>,
    /// For a regression what a difference of 1 in each output is in the units of its target: outputs have
    /// 32 bits, so that values are no finer than 2^-24 of it, and are written no finer.
    pub units: Vec<f64>,
    /// For other tasks the outputs as probabilities, row by row, one for each class or label.
    pub probabilities: Vec<f32>,
    /// The probability from which on a label, or the second class of two, is predicted: 0.5 unless the
    /// model has another or [`predict_table_at`](crate::predict_table_at) was asked for one.
    pub threshold: f64,
    /// What should be known, for people to read.
    pub warnings: Vec<String>,
}

impl Predictions {
    /// Those of some rows only.
    pub(super) fn choose(&self, rows: &[usize]) -> Predictions {
        fn chosen<T: Copy>(numbers: &[T], all: usize, rows: &[usize]) -> Vec<T> {
            let columns = numbers.len() / all;
            rows.iter().flat_map(|row| &numbers[row * columns..][..columns]).copied().collect()
        }
        Predictions {
            rows: rows.len(),
            predicted_classes: chosen(&self.predicted_classes, self.rows, rows),
            values: chosen(&self.values, self.rows, rows),
            probabilities: chosen(&self.probabilities, self.rows, rows),
            ..self.clone()
        }
    }

    /// Those of further rows by the same model behind these.
    pub(super) fn append(&mut self, mut others: Predictions) {
        self.rows += others.rows;
        self.predicted_classes.append(&mut others.predicted_classes);
        self.values.append(&mut others.values);
        self.probabilities.append(&mut others.probabilities);
    }

    /// The columns that [`Predictions::line`] fills.
    pub fn header(&self, probabilities: bool) -> &[String] {
        match probabilities && self.task.has_classes() {
            true => &self.classes,
            false => &self.targets,
        }
    }

    /// A row as text: class or values, or the probabilities of its classes or labels.
    ///
    /// # Panics
    /// When there is no such row, or for probabilities of a regression, which has none.
    pub fn line(&self, row: usize, probabilities: bool) -> Vec<String> {
        fn numbers<T>(numbers: &[T], row: usize, columns: usize) -> &[T] {
            &numbers[row * columns..][..columns]
        }
        match (self.task, probabilities) {
            (_, true) => {
                let columns = self.header(true).len();
                numbers(&self.probabilities, row, columns).iter().map(probability).collect()
            }
            (Task::Binary | Task::MultiClass, false) => {
                vec![self.classes[self.predicted_classes[row] as usize].clone()]
            }
            (Task::MultiLabel, false) => {
                let labels = numbers(&self.probabilities, row, self.targets.len());
                let holds = |it: &f32| f64::from(*it) >= self.threshold;
                labels.iter().map(|it| u8::from(holds(it)).to_string()).collect()
            }
            (Task::Regression, false) => {
                let values = numbers(&self.values, row, self.targets.len());
                let unit = |target: usize| self.units.get(target).copied().unwrap_or(0.0);
                (0..values.len()).map(|target| value(values[target], unit(target))).collect()
            }
        }
    }
}

/// A value as text, with the decimals that an output of 32 bits has where 1 stands for `unit`.
fn value(value: f64, unit: f64) -> String {
    let decimals = (-libm::log10(unit.abs() / (1 << 24) as f64)).ceil();
    if !(0.0..=16.0).contains(&decimals) {
        return if decimals < 0.0 { format!("{value:.0}") } else { value.to_string() };
    }
    let rounded: f64 = format!("{value:.*}", decimals as usize).parse().unwrap_or(value);
    // Adding 0 takes the sign from -0.
    (rounded + 0.0).to_string()
}

/// A probability as text, a tiny one without its many zeros.
fn probability(probability: &f32) -> String {
    match probability.abs() {
        size if size > 0.0 && size < 1e-4 => format!("{probability:e}"),
        _ => probability.to_string(),
    }
}

/// Predicts the targets of all rows of a table, by the model's own threshold if it has one. Probabilities
/// are those of the network at the model's temperature, if it has one: see
/// [`Calibration`](crate::confidence::Calibration).
///
/// # Errors
/// A model that was not trained on a table, and whatever does not fit in this one.
pub fn predict_table(model: &Model, table: &Table) -> Result<Predictions, Error> {
    predict_with(model, table, threshold_of(model))
}

/// The same by this threshold, or else by the larger probability.
pub(super) fn predict_with(
    model: &Model,
    table: &Table,
    threshold: Option<f64>,
) -> Result<Predictions, Error> {
    let preparation = preparation_of(model)?;
    let rows: Vec<usize> = (0..table.rows()).collect();
    let inputs = inputs(preparation, table, &rows)?;
    let mut warnings = Vec::new();
    warn_unseen(preparation, table, &rows, "", &mut warnings)?;
    warn_missing(preparation, table, &rows, "", &mut warnings)?;
    let reading = Reading::at(model.confidence.temperature());
    let outputs = model.read(reading, inputs.view())?;
    let task = preparation.task();
    let mut predictions = Predictions {
        task,
        targets: preparation.target_names().to_vec(),
        classes: preparation.class_names().to_vec(),
        rows: rows.len(),
        predicted_classes: Vec::new(),
        values: Vec::new(),
        units: units(preparation),
        probabilities: Vec::new(),
        threshold: threshold.unwrap_or(0.5),
        warnings,
    };
    if task.has_classes() {
        let class_of = |row: ndarray::ArrayView1<'_, f32>| {
            let row: Vec<f64> = row.iter().map(|&output| f64::from(output)).collect();
            match threshold {
                Some(threshold) => predicted_class_at(&row, threshold),
                None => predicted_class(&row),
            }
        };
        predictions.predicted_classes = outputs.rows().into_iter().map(class_of).collect();
    }
    let outputs: Vec<f32> = outputs.into_iter().collect();
    match task {
        Task::Regression => predictions.values = preparation.unscale(&outputs),
        Task::Binary if model.network().outputs() == 1 => {
            predictions.probabilities = outputs.iter().flat_map(|&p| [1.0 - p, p]).collect();
        }
        _ => predictions.probabilities = outputs,
    }
    Ok(predictions)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_are_written_as_finely_as_they_are_known() {
        // Rents: 1 stands for 280, and 2^-24 of it is 0.0000167.
        assert_eq!(value(1025.6086670819734, 280.0), "1025.60867");
        assert_eq!(value(17.0, 280.0), "17");
        assert_eq!(value(-1e-9, 280.0), "0");
        // Large numbers that lie close together keep what parts them.
        assert_eq!(value(1_600_000_000.123_456_7, 2.0), "1600000000.1234567");
        assert_eq!(value(4.2e15, 1e12), "4200000000000000");
        assert_eq!(value(0.1, 0.0), "0.1");
        assert_eq!(value(1e-30, 1e-30), "0.000000000000000000000000000001");
    }
}
