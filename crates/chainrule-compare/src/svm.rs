//! Support vector machines, by libsvm-rs: the algorithm and settings of scikit-learn's SVC and SVR.
//!
//! smartcore's machine scores alike but takes tens of times as long, and linfa-svm's, which keeps whole
//! matrices of the kernel, five to ten times.

use crate::fold::{Fitted, Fold, Learned, Outputs};
use chainrule::Error;
use chainrule::data::{Task, stratified_split};
use chainrule::math::random::Stream;
use libsvm_rs::predict::predict_values;
use libsvm_rs::train::svm_train;
use libsvm_rs::{SvmModel, SvmNode, SvmParameter, SvmProblem, SvmType};
use ndarray::{Array2, ArrayView1};
use std::time::Instant;

/// Training rows of a fold above which only so many, drawn by chance, are learned from: the time grows
/// with their square.
pub const MOST_SVM_ROWS: usize = 5_000;

/// Memory for rows of the kernel, in MB, as scikit-learn has it.
const CACHE: f64 = 200.0;

/// Learns from the training rows, or some of them.
pub(crate) fn fit(fold: &Fold<'_>) -> Result<Fitted, Error> {
    libsvm_rs::set_quiet(true);
    let (rows, notes) = chosen(fold)?;
    let inputs = fold.inputs(&fold.preparation, &rows)?;
    let learned = fold.learned(&rows)?;
    let task = fold.preparation.task();
    let classes = fold.preparation.class_names().len();
    let begin = Instant::now();
    let parameters = SvmParameter {
        svm_type: if task == Task::Regression { SvmType::EpsilonSvr } else { SvmType::CSvc },
        gamma: gamma(&inputs),
        cache_size: CACHE,
        ..SvmParameter::default()
    };
    let instances: Vec<Vec<SvmNode>> = inputs.rows().into_iter().map(nodes).collect();
    let train = |labels: Vec<f64>| Machine::train(&instances, labels, &parameters);
    let machines: Vec<Machine> = match learned {
        Learned::Classes(labels) => vec![train(labels.iter().copied().map(f64::from).collect())],
        Learned::Columns(columns) => columns.into_iter().map(train).collect(),
    };
    let seconds = begin.elapsed().as_secs_f64();
    let predict = move |inputs: &Array2<f32>| {
        let rows: Vec<Vec<SvmNode>> = inputs.rows().into_iter().map(nodes).collect();
        let of_row = |row: &Vec<SvmNode>| machines.iter().map(|it| it.predict(row)).collect();
        let found: Vec<Vec<(f64, f64)>> = rows.iter().map(of_row).collect();
        let numbers = || found.iter().flatten().map(|(label, _)| *label as f32).collect();
        Ok(match task {
            Task::Regression => Outputs::Values(numbers()),
            Task::MultiLabel => Outputs::Labels(numbers()),
            Task::Binary | Task::MultiClass => Outputs::Classes {
                predicted: found.iter().flatten().map(|(label, _)| *label as u32).collect(),
                probabilities: Vec::new(),
                scores: match classes {
                    2 => found.iter().flatten().map(|(_, score)| *score).collect(),
                    _ => Vec::new(),
                },
            },
        })
    };
    Ok(Fitted { predict: Box::new(predict), seconds, preparation: None, notes })
}

/// The rows to learn from: every class in the share that it has.
fn chosen(fold: &Fold<'_>) -> Result<(Vec<usize>, Vec<String>), Error> {
    let rows = fold.training.len();
    if rows <= MOST_SVM_ROWS {
        return Ok((fold.training.to_vec(), Vec::new()));
    }
    let mut stream = Stream::new(fold.seed, "compare.svm");
    let places: Vec<usize> = (0..rows).collect();
    let share = MOST_SVM_ROWS as f64 / rows as f64;
    let learned = fold.learned(fold.training)?;
    let labels = match &learned {
        Learned::Classes(classes) => Some(classes.as_slice()),
        Learned::Columns(_) => None,
    };
    let (_, some) = stratified_split(labels, &places, share, &mut stream);
    let note = format!(
        "the svm learned from a subsample of {} of the {rows} training rows of each fold, drawn by chance \
         with seed {}",
        some.len(),
        fold.seed
    );
    Ok((some.into_iter().map(|place| fold.training[place]).collect(), vec![note]))
}

/// 1 / (inputs x variance of all their numbers), which scikit-learn calls scale; 1 where they do not vary.
fn gamma(inputs: &Array2<f32>) -> f64 {
    let numbers = inputs.len() as f64;
    let mean = inputs.iter().map(|&it| f64::from(it)).sum::<f64>() / numbers;
    let squares = inputs.iter().map(|&it| (f64::from(it) - mean).powi(2)).sum::<f64>();
    match squares / numbers {
        0.0 => 1.0,
        variance => 1.0 / (inputs.ncols() as f64 * variance),
    }
}

/// A row as the machine knows it, without zeros.
fn nodes(row: ArrayView1<'_, f32>) -> Vec<SvmNode> {
    let numbers = (1..).zip(row).filter(|(_, number)| **number != 0.0);
    numbers.map(|(index, &number)| SvmNode { index, value: number.into() }).collect()
}

/// A trained machine, or the one answer that all its rows had.
enum Machine {
    Trained(Box<SvmModel>),
    Constant(f64),
}

impl Machine {
    fn train(instances: &[Vec<SvmNode>], labels: Vec<f64>, parameters: &SvmParameter) -> Machine {
        if labels.iter().all(|label| *label == labels[0]) {
            return Machine::Constant(labels[0]);
        }
        let problem = SvmProblem { labels, instances: instances.to_vec() };
        Machine::Trained(Box::new(svm_train(&problem, parameters)))
    }

    /// The label or number of a row, and of two classes how much speaks for the second.
    fn predict(&self, row: &[SvmNode]) -> (f64, f64) {
        let model = match self {
            Machine::Constant(label) => return (*label, 0.0),
            Machine::Trained(model) => model,
        };
        let classes = model.class_count();
        let mut decisions = vec![0.0; (classes * (classes - 1) / 2).max(1)];
        let label = predict_values(model, row, &mut decisions);
        // A positive decision speaks for the class that the training rows begin with.
        let is_first = model.labels().first() == Some(&1);
        (label, if is_first { decisions[0] } else { -decisions[0] })
    }
}
