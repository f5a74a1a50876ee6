//! How much worse a model gets when it cannot see a column.

use super::inputs_of_columns;
use crate::recipe::{Part, judge, preparation_of};
use crate::{Error, Model, Score, threshold_of, training_of};
use chainrule_data::{Table, Task};
use chainrule_math::random::Stream;
use serde::Serialize;

/// How importance is found.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportanceOptions {
    /// What is measured: [`Score::Auto`] stands for the accuracy, or for R2 where numbers are
    /// predicted.
    pub score: Score,
    /// How often each column is shuffled, at least once.
    pub repeats: usize,
    /// Rows judged at most, drawn by chance from a larger table; all when not given.
    pub most_rows: Option<usize>,
    /// Fixes the rows drawn and the order in which each column is shuffled.
    pub seed: u64,
    /// Threads at most; one for each processor when not given. The result does not depend on it.
    pub threads: Option<usize>,
}

impl Default for ImportanceOptions {
    fn default() -> Self {
        ImportanceOptions {
            score: Score::Auto,
            repeats: 10,
            most_rows: None,
            seed: 1,
            threads: None,
        }
    }
}

/// How important each column is to a model on some rows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Importance {
    /// What was measured.
    pub score: Score,
    /// Rows judged.
    pub rows: usize,
    /// How often each column was shuffled.
    pub repeats: usize,
    /// The score with every column in order.
    pub baseline: f64,
    /// Every column that the model predicts from, in the order of the preparation.
    pub columns: Vec<ColumnImportance>,
}

/// How much worse a model is without the order of a column.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ColumnImportance {
    /// The column of the table.
    pub column: String,
    /// The mean of `drops`.
    pub mean: f64,
    /// Their standard deviation, sqrt(sum (drop - mean)^2 / repeats).
    pub deviation: f64,
    /// For each time that the column was shuffled, by how much the score got worse: the accuracy or R2
    /// lost, or what was added to a loss or an error. Below 0 where it got better.
    pub drops: Vec<f64>,
}

impl Importance {
    /// The columns from the most to the least important.
    pub fn ranked(&self) -> Vec<&ColumnImportance> {
        let mut ranked: Vec<&ColumnImportance> = self.columns.iter().collect();
        ranked.sort_by(|a, b| b.mean.total_cmp(&a.mean));
        ranked
    }
}

/// Permutation importance: by how much a model's score on the rows of a table gets worse when the
/// values of one column are shuffled among these rows (Breiman, Machine Learning 45 (2001), section
/// 10; as scikit-learn's `permutation_importance`).
///
/// ```text
/// importance of a column = score - mean over the repeats of the score with the column shuffled
/// ```
///
/// A column that the model does not use has importance 0 exactly. Of two columns that say the same
/// each may seem unimportant, since the other remains. On rows that the model has learned from,
/// columns that it has learned by heart seem important too.
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::explain::{ImportanceOptions, permutation_importance};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe::default().train(&iris)?;
/// let importance =
///     permutation_importance(&trained.model, &iris.table, &ImportanceOptions::default())?;
/// assert_eq!(importance.columns.len(), 4);
/// assert!(importance.ranked()[0].column.starts_with("petal"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A model that was not trained on a table, whatever does not fit in this one, a score that the task
/// does not have, or no repeats.
pub fn permutation_importance(
    model: &Model,
    table: &Table,
    options: &ImportanceOptions,
) -> Result<Importance, Error> {
    let preparation = preparation_of(model)?;
    let task = preparation.task();
    options.score.check_task(task)?;
    if options.repeats == 0 {
        return Err(Error::setting("the number of repeats", 0, "at least 1"));
    }
    let score = match (options.score, task) {
        (Score::Auto | Score::Last, Task::Regression) => Score::R2,
        (Score::Auto | Score::Last, _) => Score::Accuracy,
        (score, _) => score,
    };
    let rows = chosen_rows(preparation.rows_with_targets(table)?, options);
    let mut part = Part::new(preparation, table, &rows)?;
    let loss = training_of(model).loss;
    let value = |part: &Part| -> Result<f64, Error> {
        let evaluation = judge(model, loss, task, part, options.threads, threshold_of(model))?;
        Ok(score.value(&evaluation).expect("the score is one of the task"))
    };
    let baseline = value(&part)?;
    let mut columns = Vec::new();
    for (column, inputs) in inputs_of_columns(preparation) {
        let in_order = part.inputs.select(ndarray::Axis(1), &inputs);
        let mut drops = Vec::with_capacity(options.repeats);
        for repeat in 1..=options.repeats {
            // A stream of its own, so that no other column changes a column's importance.
            let mut stream = Stream::new(options.seed, &format!("importance.{column}.{repeat}"));
            let mut order: Vec<usize> = (0..rows.len()).collect();
            stream.shuffle(&mut order);
            for (mut row, &from) in part.inputs.rows_mut().into_iter().zip(&order) {
                for (place, &input) in inputs.iter().enumerate() {
                    row[input] = in_order[[from, place]];
                }
            }
            drops.push(baseline - value(&part)?);
        }
        for (mut row, kept) in part.inputs.rows_mut().into_iter().zip(in_order.rows()) {
            inputs.iter().zip(kept).for_each(|(&input, &number)| row[input] = number);
        }
        let mean = drops.iter().sum::<f64>() / drops.len() as f64;
        let squares: f64 = drops.iter().map(|drop| (drop - mean).powi(2)).sum();
        let deviation = (squares / drops.len() as f64).sqrt();
        columns.push(ColumnImportance { column: column.to_string(), mean, deviation, drops });
    }
    // Measures of which less is better were judged by their negatives.
    let baseline = match score {
        Score::Loss | Score::Rmse | Score::Mae => -baseline,
        _ => baseline,
    };
    Ok(Importance { score, rows: rows.len(), repeats: options.repeats, baseline, columns })
}

/// All of the rows, or some of them in their order.
fn chosen_rows(mut rows: Vec<usize>, options: &ImportanceOptions) -> Vec<usize> {
    if let Some(most) = options.most_rows.filter(|&most| most < rows.len()) {
        Stream::new(options.seed, "importance.rows").shuffle(&mut rows);
        rows.truncate(most.max(1));
        rows.sort_unstable();
    }
    rows
}
