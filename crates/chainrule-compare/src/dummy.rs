//! The model that looks at no input: what any other must beat.

use crate::fold::{Fitted, Fold, Learned, Outputs};
use chainrule::Error;
use std::time::Instant;

/// Learns shares of classes and labels, or means.
pub(crate) fn fit(fold: &Fold<'_>) -> Result<Fitted, Error> {
    let learned = fold.learned(fold.training)?;
    let task = fold.preparation.task();
    let classes = fold.preparation.class_names().len();
    let begin = Instant::now();
    // One number for each class, label or target.
    let constant: Vec<f32> = match &learned {
        Learned::Classes(labels) => {
            let mut counts = vec![0_usize; classes];
            labels.iter().for_each(|&class| counts[class as usize] += 1);
            counts.iter().map(|&count| (count as f64 / labels.len() as f64) as f32).collect()
        }
        Learned::Columns(columns) => {
            let mean = |column: &Vec<f64>| column.iter().sum::<f64>() / column.len() as f64;
            columns.iter().map(|column| mean(column) as f32).collect()
        }
    };
    let seconds = begin.elapsed().as_secs_f64();
    let predict = move |inputs: &ndarray::Array2<f32>| {
        let rows = inputs.nrows();
        let all = constant.repeat(rows);
        if task.has_classes() {
            // The first of equals, as scikit-learn has it.
            let best =
                (0..constant.len()).rev().max_by(|&a, &b| constant[a].total_cmp(&constant[b]));
            let best = best.expect("there are classes") as u32;
            let predicted = vec![best; rows];
            return Ok(Outputs::Classes { predicted, probabilities: all, scores: Vec::new() });
        }
        Ok(match task {
            chainrule::data::Task::MultiLabel => Outputs::Labels(all),
            _ => Outputs::Values(all),
        })
    };
    Ok(Fitted { predict: Box::new(predict), seconds, preparation: None, notes: Vec::new() })
}
