//! A search over a grid of settings on the digits, each judged by cross-validation.

use crate::Asked;
use crate::data::{self, Rows};
use crate::files;
use crate::shape::Shape;
use chainrule::data::{SourceOptions, Values, open};
use chainrule::math::InstructionSet;
use chainrule::train::side_by_side;
use chainrule::{Activation, Examples, Initializer, Model, Network, Training};
use ndarray::{Array2, Axis};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const FOLDS: usize = 3;
/// Of the initial weights.
const SEED: u64 = 1;
const ALPHAS: [f64; 6] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
const HIDDEN: [&[usize]; 3] = [&[50], &[100], &[50, 50]];

/// The digits, each column with mean 0 and standard deviation 1 (0 where it never changes).
pub(crate) fn digits() -> Result<Rows, Box<dyn Error>> {
    let digits = open("digits", &SourceOptions::default())?;
    let label = digits.target.ok_or("the digits have no target")?;
    let table = digits.table;
    let numbers = |name: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        match &table.column(name)?.values {
            Values::Numbers(numbers) | Values::Times(numbers) => Ok(numbers.clone()),
            Values::Bytes(bytes) => Ok(bytes.iter().copied().map(f64::from).collect()),
            Values::Text { .. } => Err(format!("{name}: text").into()),
        }
    };
    let names = table.column_names();
    let features: Vec<&String> = names.iter().filter(|name| **name != label).collect();
    let mut rows = Array2::zeros((table.rows(), features.len()));
    for (mut column, name) in rows.columns_mut().into_iter().zip(features) {
        let numbers = numbers(name)?;
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        let variance =
            numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / numbers.len() as f64;
        let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        for (cell, number) in column.iter_mut().zip(numbers) {
            *cell = ((number - mean) / scale) as f32;
        }
    }
    let classes = numbers(&label)?.into_iter().map(|class| class as u32).collect();
    Ok((rows, classes))
}

/// The fold in which each row is judged. Every class is spread over the folds as evenly as the
/// classes together are, and its rows go to the folds in their order: as scikit-learn's
/// `StratifiedKFold` does it without shuffling (its peer checks that they agree).
fn folds(classes: &[u32]) -> Vec<u32> {
    let count = classes.iter().max().map_or(0, |most| *most as usize + 1);
    let mut sorted = classes.to_vec();
    sorted.sort_unstable();
    // How many rows of a class each fold takes.
    let mut shares = vec![[0; FOLDS]; count];
    for (place, &class) in sorted.iter().enumerate() {
        shares[class as usize][place % FOLDS] += 1;
    }
    let fold = |&class: &u32| {
        let shares = &mut shares[class as usize];
        let fold = shares.iter().position(|&share| share > 0).expect("a place for each row");
        shares[fold] -= 1;
        fold as u32
    };
    classes.iter().map(fold).collect()
}

/// Writes the folds and, for each of the networks, `initial-<number>.f32`; describes the grid.
pub(crate) fn write(
    shape: &Shape,
    classes: &[u32],
    folder: &Path,
    description: &mut Value,
) -> Result<(), Box<dyn Error>> {
    for (number, hidden) in HIDDEN.iter().enumerate() {
        let model = network(shape, hidden).build(SEED)?;
        data::write_weights(&model, &folder.join(format!("initial-{number}.f32")))?;
    }
    let folds = folds(classes);
    files::write(&folder.join("folds.u32"), folds.iter().map(|fold| fold.to_le_bytes()))?;
    description["alphas"] = json!(ALPHAS);
    description["hidden"] = json!(HIDDEN);
    Ok(())
}

/// The rows of one fold, and the others.
struct Fold {
    learned: Rows,
    judged: Rows,
}

fn split((rows, classes): &Rows, folds: &[u32], fold: u32) -> Fold {
    let choose = |is_judged: bool| {
        let chosen = (0..classes.len()).filter(|&row| (folds[row] == fold) == is_judged);
        let chosen: Vec<usize> = chosen.collect();
        (rows.select(Axis(0), &chosen), chosen.iter().map(|&row| classes[row]).collect())
    };
    Fold { learned: choose(false), judged: choose(true) }
}

/// One training of the search.
struct Job<'a> {
    hidden: &'a [usize],
    alpha: f64,
    fold: &'a Fold,
}

/// Seconds of the whole search, and the best mean accuracy of the folds.
pub(crate) fn measure(asked: &Asked) -> Result<Value, Box<dyn Error>> {
    let rows = data::rows(&asked.shape, asked.data.as_deref())?;
    let begin = Instant::now();
    let places = folds(&rows.1);
    let folds: Vec<Fold> = (0..FOLDS).map(|fold| split(&rows, &places, fold as u32)).collect();
    let settings = HIDDEN.iter().flat_map(|hidden| ALPHAS.map(|alpha| (*hidden, alpha)));
    let jobs: Vec<Job<'_>> = settings
        .flat_map(|(hidden, alpha)| folds.iter().map(move |fold| Job { hidden, alpha, fold }))
        .collect();
    let accuracies = side_by_side(&jobs, asked.threads, |job| accuracy(job, asked))?;
    let means =
        accuracies.chunks(FOLDS).map(|of_folds| of_folds.iter().sum::<f64>() / FOLDS as f64);
    let best = means.fold(0.0, f64::max);
    Ok(json!({
        "seconds": begin.elapsed().as_secs_f64(),
        "best_accuracy": best,
        "trainings": jobs.len(),
        "kernel": asked.set.unwrap_or_else(InstructionSet::best).name(),
    }))
}

/// A network of the search, with initial weights as scikit-learn draws them.
fn network(shape: &Shape, hidden: &[usize]) -> Network {
    let dense = |network: Network, units: usize, activation| {
        network.dense(units, activation).initializer(Initializer::GlorotUniform)
    };
    let network = Network::new(shape.inputs());
    let network = hidden.iter().fold(network, |all, &units| dense(all, units, Activation::Relu));
    dense(network, shape.classes(), Activation::Softmax)
}

/// Learns from two folds as scikit-learn's classifier does by default, and judges the third.
fn accuracy(job: &Job<'_>, asked: &Asked) -> Result<f64, chainrule::Error> {
    let Fold { learned, judged } = job.fold;
    let network = network(&asked.shape, job.hidden);
    let training = Training {
        batch_size: asked.shape.batch,
        epochs: asked.shape.epochs,
        alpha: job.alpha,
        // It stops when more than 10 epochs in a row bring nothing.
        no_improvement: Some(11),
        tolerance: 1e-4,
        threads: Some(1),
        instruction_set: asked.set,
        ..Training::new(&network)
    };
    let mut model: Model = network.build(SEED)?;
    training.fit(&mut model, &Examples::classes(learned.0.view(), &learned.1)?)?;
    let judged = model.evaluate(&Examples::classes(judged.0.view(), &judged.1)?)?;
    Ok(judged.accuracy.expect("classes are judged by their accuracy"))
}
