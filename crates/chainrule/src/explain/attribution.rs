//! What each column of a table contributes to the prediction of a row.

use super::path::Function;
use super::{Quantity, inputs_of_columns};
use crate::embedding::Embedded;
use crate::recipe::{inputs, preparation_of};
use crate::{Error, Model};
use chainrule_data::{Preparation, Table, Task};
use serde::Serialize;

/// What the rows are compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Baseline {
    /// The mean of the inputs of all rows of the table: the mean of each number, and of a category the
    /// share that each of its levels has, or the mean of what is learned for its levels.
    #[default]
    Mean,
    /// Inputs that are all 0: with the scale `standard` the mean of each number in the training rows, with
    /// `unit` its least value, and of a category none of the levels.
    Zeros,
    /// A row of the table, counted from 0.
    Row(usize),
}

/// What is explained, and against what.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AttributionOptions {
    /// What the rows are compared with.
    pub baseline: Baseline,
    /// The output, or its logit.
    pub quantity: Quantity,
    /// The classes, labels or targets to explain; for none the class that is predicted for the row, or
    /// every label or target.
    pub outputs: Vec<String>,
    /// Threads at most; one for each processor when not given. The result does not depend on it.
    pub threads: Option<usize>,
}

/// Why a model predicts what it does for one row.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Attribution {
    /// The row of the table, counted from 0.
    pub row: usize,
    /// The class, label or target that is explained.
    pub output: String,
    /// What is explained: the probability of the class or label as
    /// [`predict_table`](crate::predict_table) gives it (or its
    /// logit), or the target in its own units.
    pub prediction: f64,
    /// The same of the baseline.
    pub baseline: f64,
    /// What each column contributes. They add up to `prediction - baseline`.
    pub columns: Vec<ColumnContribution>,
}

/// A column's share in a prediction.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ColumnContribution {
    /// The column of the table.
    pub column: String,
    /// Its value in the row, as text; empty where it is missing.
    pub value: String,
    /// What it adds to the prediction, compared with the baseline.
    pub contribution: f64,
}

impl Attribution {
    /// The sum of the contributions.
    pub fn sum(&self) -> f64 {
        self.columns.iter().map(|column| column.contribution).sum()
    }

    /// The columns from the largest contribution, whatever its sign, to the smallest.
    pub fn ranked(&self) -> Vec<&ColumnContribution> {
        let mut ranked: Vec<&ColumnContribution> = self.columns.iter().collect();
        ranked.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        ranked
    }
}

/// Explains the predictions for some rows of a table (counted from 0) by integrated gradients, as
/// [`integrated_gradients`](super::integrated_gradients) has them, summed over the inputs of each column.
/// Row by row, and for each row the outputs explained.
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::explain::{AttributionOptions, attribute_table};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe::default().train(&iris)?;
/// let found = attribute_table(&trained.model, &iris.table, &[0], &AttributionOptions::default())?;
/// let setosa = &found[0];
/// assert_eq!((setosa.output.as_str(), setosa.columns.len()), ("setosa", 4));
/// assert!((setosa.sum() - (setosa.prediction - setosa.baseline)).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A model that was not trained on a table or has no gradients, whatever does not fit in this table, rows
/// or outputs that are not there.
pub fn attribute_table(
    model: &Model,
    table: &Table,
    rows: &[usize],
    options: &AttributionOptions,
) -> Result<Vec<Attribution>, Error> {
    let preparation = preparation_of(model)?;
    let named = Output::named(model, preparation, &options.outputs)?;
    let (read, embedded) = model.widened()?.after_embeddings()?;
    let baseline = baseline(preparation, &embedded, table, options.baseline)?;
    let temperature = model.confidence.temperature();
    let mut function = Function::new(read, options.quantity, temperature, options.threads)?;
    let columns = inputs_of_columns(preparation);
    let mut found = Vec::new();
    for &row in rows {
        let inputs = preparation.features(table, &[row])?;
        let inputs: Vec<f64> = inputs.into_iter().map(f64::from).collect();
        let inputs = embedded.row(&inputs);
        let predicted = match named.is_empty() {
            true => Output::predicted(model, preparation, table, row)?,
            false => Vec::new(),
        };
        for output in named.iter().chain(&predicted) {
            let integral = function.integrate(&baseline, &inputs, &output.weights(model));
            let contributions = embedded.summed(&integral.contributions);
            let (factor, offset) = output.terms(options.quantity);
            let of_column = |(name, inputs): &(&str, Vec<usize>)| {
                let sum: f64 = inputs.iter().map(|&input| contributions[input]).sum();
                Ok(ColumnContribution {
                    column: name.to_string(),
                    value: table.column(name)?.cell(row),
                    contribution: factor * sum,
                })
            };
            found.push(Attribution {
                row,
                output: output.name.clone(),
                prediction: factor * integral.to + offset,
                baseline: factor * integral.from + offset,
                columns: columns.iter().map(of_column).collect::<Result<_, Error>>()?,
            });
        }
    }
    Ok(found)
}

/// What the first layer reads of the inputs that the rows are compared with.
fn baseline(
    preparation: &Preparation,
    embedded: &Embedded,
    table: &Table,
    baseline: Baseline,
) -> Result<Vec<f64>, Error> {
    let width = preparation.inputs();
    match baseline {
        Baseline::Zeros => Ok(embedded.nothing()),
        Baseline::Row(row) => {
            let inputs = preparation.features(table, &[row])?;
            Ok(embedded.row(&inputs.into_iter().map(f64::from).collect::<Vec<_>>()))
        }
        Baseline::Mean => {
            // Some rows at a time, so that a large table is not there twice.
            const ROWS: usize = 4096;
            let mut sums = embedded.nothing();
            let all: Vec<usize> = (0..table.rows()).collect();
            for some in all.chunks(ROWS) {
                for inputs in preparation.features(table, some)?.chunks_exact(width) {
                    let inputs: Vec<f64> = inputs.iter().copied().map(f64::from).collect();
                    let read = embedded.row(&inputs);
                    sums.iter_mut().zip(read).for_each(|(sum, x)| *sum += x);
                }
            }
            sums.iter_mut().for_each(|sum| *sum /= table.rows() as f64);
            Ok(sums)
        }
    }
}

/// A class, label or target, and the output of the network that it is.
#[derive(Clone, PartialEq, Debug)]
struct Output {
    name: String,
    /// Which output.
    index: usize,
    /// Whether it is the class that the single output is not the probability of.
    is_other: bool,
    /// What an output of 0 and of 1 are in the units of a target.
    at_0: f64,
    at_1: f64,
}

impl Output {
    /// Every class, label or target.
    fn all(model: &Model, preparation: &Preparation) -> Vec<Output> {
        let task = preparation.task();
        let names = match task.has_classes() {
            true => preparation.class_names(),
            false => preparation.target_names(),
        };
        let is_one_of_two = task == Task::Binary && model.network().outputs() == 1;
        let units = |learned: f32| preparation.unscale(&vec![learned; preparation.outputs()]);
        let (at_0, at_1) = (units(0.0), units(1.0));
        let output = |(place, name): (usize, &String)| {
            let index = if is_one_of_two { 0 } else { place };
            let is_regression = task == Task::Regression;
            Output {
                name: name.clone(),
                index,
                is_other: is_one_of_two && place == 0,
                at_0: if is_regression { at_0[index] } else { 0.0 },
                at_1: if is_regression { at_1[index] } else { 1.0 },
            }
        };
        names.iter().enumerate().map(output).collect()
    }

    /// Those of these names.
    fn named(
        model: &Model,
        preparation: &Preparation,
        names: &[String],
    ) -> Result<Vec<Output>, Error> {
        let all = Output::all(model, preparation);
        let kind = match preparation.task() {
            Task::Binary | Task::MultiClass => "class",
            Task::MultiLabel => "label",
            Task::Regression => "target",
        };
        let find = |name: &String| {
            all.iter().find(|output| output.name == *name).cloned().ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|output| output.name.as_str()).collect();
                Error::unknown(kind, name, &known)
            })
        };
        names.iter().map(find).collect()
    }

    /// The class that is predicted for a row, or every label or target.
    fn predicted(
        model: &Model,
        preparation: &Preparation,
        table: &Table,
        row: usize,
    ) -> Result<Vec<Output>, Error> {
        let mut all = Output::all(model, preparation);
        if preparation.task().has_classes() {
            let inputs = inputs(preparation, table, &[row])?;
            let class = model.predict_classes(inputs.view())?[0] as usize;
            return Ok(vec![all.swap_remove(class)]);
        }
        Ok(all)
    }

    fn weights(&self, model: &Model) -> Vec<f64> {
        let mut weights = vec![0.0; model.network().outputs()];
        weights[self.index] = 1.0;
        weights
    }

    /// What is explained is factor * output + offset.
    fn terms(&self, quantity: Quantity) -> (f64, f64) {
        match (self.is_other, quantity) {
            (true, Quantity::Output) => (-1.0, 1.0),
            (true, Quantity::Logit) => (-1.0, 0.0),
            (false, _) => (self.at_1 - self.at_0, self.at_0),
        }
    }
}
