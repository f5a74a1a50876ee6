//! Random forests, by biosphere.
//!
//! Its trees predict numbers. Of a 0 and a 1 the squared error that a split saves is half of what it saves
//! of Gini's impurity, so for two classes the trees are those of a classifier, and the mean of their
//! leaves is the share of the second class; of several classes each has a forest against the rest.

use crate::fold::{Fitted, Fold, Learned, Outputs};
use biosphere::{MaxFeatures, RandomForest, RandomForestParameters};
use chainrule::Error;
use chainrule::data::Task;
use chainrule::metrics::predicted_class;
use ndarray::{Array1, Array2};
use std::time::Instant;

/// Trees of a forest.
const TREES: usize = 100;

/// A limit that no ordinary tree meets: the trees are grown by recursion.
const DEPTH: usize = 512;

/// Learns from the training rows.
pub(crate) fn fit(fold: &Fold<'_>) -> Result<Fitted, Error> {
    let inputs = fold.inputs(&fold.preparation, fold.training)?.mapv(f64::from);
    let task = fold.preparation.task();
    let classes = fold.preparation.class_names().len();
    let numbers = match fold.learned(fold.training)? {
        Learned::Columns(columns) => columns,
        Learned::Classes(labels) => {
            let is = |class: u32| labels.iter().map(|&it| f64::from(it == class)).collect();
            (if classes == 2 { 1..2 } else { 0..classes as u32 }).map(is).collect()
        }
    };
    let begin = Instant::now();
    let parameters = RandomForestParameters::default()
        .with_n_estimators(TREES)
        .with_seed(fold.seed)
        .with_max_depth(Some(DEPTH))
        // Up to so many rows are not split any further.
        .with_min_samples_split(1)
        .with_max_features(match task {
            Task::Regression => MaxFeatures::None,
            _ => MaxFeatures::Sqrt,
        })
        .with_n_jobs(Some(fold.recipe.threads.unwrap_or(1) as i32));
    let grow = |numbers: Vec<f64>| {
        let mut forest = RandomForest::new(parameters.clone());
        forest.fit(&inputs.view(), &Array1::from(numbers).view());
        forest
    };
    let forests: Vec<RandomForest> = numbers.into_iter().map(grow).collect();
    let seconds = begin.elapsed().as_secs_f64();
    let predict = move |inputs: &Array2<f32>| {
        let inputs = inputs.mapv(f64::from);
        let found: Vec<Array1<f64>> = forests.iter().map(|it| it.predict(&inputs.view())).collect();
        let of_row = |row: usize| found.iter().map(move |forest| forest[row]);
        let all = || (0..inputs.nrows()).flat_map(of_row).map(|number| number as f32).collect();
        Ok(match task {
            Task::Regression => Outputs::Values(all()),
            Task::MultiLabel => Outputs::Labels(all()),
            Task::Binary | Task::MultiClass => {
                let shares = |row: usize| -> Vec<f64> {
                    let shares: Vec<f64> = of_row(row).collect();
                    match shares.as_slice() {
                        [share] => vec![1.0 - share, *share],
                        // Trees of other forests disagree; what they say need not add up to 1.
                        _ => match shares.iter().sum::<f64>() {
                            0.0 => vec![1.0 / shares.len() as f64; shares.len()],
                            sum => shares.iter().map(|share| share / sum).collect(),
                        },
                    }
                };
                let rows: Vec<Vec<f64>> = (0..inputs.nrows()).map(shares).collect();
                Outputs::Classes {
                    predicted: rows.iter().map(|row| predicted_class(row)).collect(),
                    probabilities: rows.into_iter().flatten().map(|it| it as f32).collect(),
                    scores: Vec::new(),
                }
            }
        })
    };
    Ok(Fitted { predict: Box::new(predict), seconds, preparation: None, notes: Vec::new() })
}
