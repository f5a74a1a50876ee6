//! Models that chainrule trains itself: the network, and the linear model.

use crate::fold::{Fitted, Fold, Outputs, linear};
use chainrule::data::Task;
use chainrule::metrics::predicted_class;
use chainrule::{Error, Model, Predictor, Recipe};
use ndarray::Array2;

/// The network of the recipe. Its validation rows are some of the fold's training rows, so it prepares
/// its inputs by the others.
pub(crate) fn fit(fold: &Fold<'_>) -> Result<Fitted, Error> {
    train(fold, fold.recipe)
}

/// The linear model of the task.
pub(crate) fn fit_linear(fold: &Fold<'_>) -> Result<Fitted, Error> {
    train(fold, &linear(fold.recipe, fold.preparation.task()))
}

fn train(fold: &Fold<'_>, recipe: &Recipe) -> Result<Fitted, Error> {
    let mut prepared = recipe.prepare_rows(fold.data, fold.training, fold.test)?;
    let trained = prepared.train(&mut [])?;
    let (task, threads) = (trained.task, recipe.threads.unwrap_or(1));
    let model = trained.model;
    let preparation = model.preparation.clone();
    Ok(Fitted {
        predict: Box::new(move |inputs| predict(&model, task, threads, inputs)),
        seconds: trained.report.seconds,
        preparation,
        notes: Vec::new(),
    })
}

fn predict(
    model: &Model,
    task: Task,
    threads: usize,
    inputs: &Array2<f32>,
) -> Result<Outputs, Error> {
    let outputs = Predictor::new(model, inputs.nrows(), threads)?.predict(inputs.view())?;
    let wide = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|&it| f64::from(it)).collect();
    let class = |row| predicted_class(&Vec::from_iter::<Vec<f64>>(wide(row)));
    let predicted: Vec<u32> = match task.has_classes() {
        true => outputs.rows().into_iter().map(class).collect(),
        false => Vec::new(),
    };
    let columns = outputs.ncols();
    let outputs: Vec<f32> = outputs.into_iter().collect();
    Ok(match task {
        Task::Binary if columns == 1 => {
            let probabilities = outputs.iter().flat_map(|&it| [1.0 - it, it]).collect();
            Outputs::Classes { predicted, probabilities, scores: Vec::new() }
        }
        Task::Binary | Task::MultiClass => {
            Outputs::Classes { predicted, probabilities: outputs, scores: Vec::new() }
        }
        Task::MultiLabel => Outputs::Labels(outputs),
        Task::Regression => Outputs::Values(outputs),
    })
}
