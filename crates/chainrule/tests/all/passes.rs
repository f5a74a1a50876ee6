//! Passes that somebody else directs, against scikit-learn in f64: tests/golden/passes.json, made by the
//! script beside it; and what they promise besides.

use chainrule::train::{Passes, Schedule};
use chainrule::{
    Activation, Dense, Examples, Loss, Model, Network, Normalization, Optimizer, Targets, Training,
};
use ndarray::{Array1, Array2, CowArray, array};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    loss: Loss,
    optimizer: Optimizer,
    alpha: f64,
    batch_size: usize,
    activation: Activation,
    x: Vec<Vec<f64>>,
    classes: Option<Vec<u32>>,
    y: Option<Vec<Vec<f64>>>,
    weights: Option<Vec<f64>>,
    orders: Vec<Vec<u32>>,
    coefs: Vec<Vec<Vec<f64>>>,
    intercepts: Vec<Vec<f64>>,
    losses: Vec<f64>,
    learned: Vec<Vec<Vec<f64>>>,
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../../tests/golden/passes.json")).unwrap()
}

/// The optimisers that are judged here and not beside PyTorch.
pub(crate) fn judged_optimizers() -> BTreeSet<&'static str> {
    golden().cases.iter().map(|case| case.optimizer.name()).collect()
}

impl Case {
    fn network(&self) -> Network {
        let (units, outputs) = (self.intercepts[0].len(), self.intercepts[1].len());
        let last = self.loss.output_activation().unwrap_or(Activation::Identity);
        Network::new(self.x[0].len()).dense(units, self.activation).dense(outputs, last)
    }

    fn training(&self, network: &Network) -> Training {
        let (alpha, batch_size) = (self.alpha, self.batch_size);
        let usual = Training::new(network).optimizer(self.optimizer);
        Training { loss: self.loss, alpha, batch_size, ..usual }
    }
}

fn near(name: &str, what: &str, found: f64, expected: f64) {
    let error = (found - expected).abs() / expected.abs().max(1e-3);
    assert!(error < 1e-9, "{name}, {what}: {found} for {expected}");
}

#[test]
fn epochs_follow_scikit_learn_to_1e_9() {
    for case in &golden().cases {
        let name = &case.name;
        let network = case.network();
        let mut model: Model<f64> = network.build(1).unwrap();
        for (layer, (weights, biases)) in case.coefs.iter().zip(&case.intercepts).enumerate() {
            let biases = Array1::from_vec(biases.clone());
            model.set_layer(layer, matrix(weights).view(), biases.view()).unwrap();
        }
        let x = matrix(&case.x);
        let values = case.y.as_ref().map(|rows| matrix(rows));
        let targets = match (&case.classes, &values) {
            (Some(classes), _) => Targets::Classes(classes.into()),
            (None, Some(values)) => Targets::Values(CowArray::from(values.view())),
            (None, None) => unreachable!("a case has targets"),
        };
        let mut examples = Examples::of_finite(x.view(), targets).unwrap();
        if let Some(weights) = &case.weights {
            examples = examples.weighted(weights).unwrap();
        }
        let weighted = case.weights.is_some();
        let training = case.training(&network);
        let mut passes = Passes::new(&network, &training, x.nrows(), weighted).unwrap();
        let columns = values.as_ref().map_or(1, Array2::ncols) as f64;
        for (epoch, order) in case.orders.iter().enumerate() {
            let sums = passes.pass(&mut model, &examples, order, None, &mut || true).unwrap();
            let rows = sums.rows as f64;
            let loss = (sums.loss / columns + sums.penalty) / rows;
            near(name, &format!("loss of epoch {epoch}"), loss, case.losses[epoch]);
        }
        for (layer, expected) in case.learned.iter().enumerate() {
            for (found, expected) in model.weights(layer).iter().zip(expected.concat()) {
                near(name, &format!("a weight of layer {layer}"), *found, expected);
            }
        }
    }
}

/// Two classes of points, for what is not compared with anybody.
fn points() -> (Array2<f64>, Vec<u32>) {
    let x = Array2::from_shape_fn((13, 2), |(row, column)| {
        ((row * 7 + column * 3) % 11) as f64 / 5.0 - 1.0
    });
    let classes = x.rows().into_iter().map(|row| u32::from(row[0] > row[1])).collect();
    (x, classes)
}

fn network() -> Network {
    Network::new(2).dense(4, Activation::Tanh).dense(1, Activation::Sigmoid)
}

fn order(rows: usize) -> Vec<u32> {
    (0..rows as u32).collect()
}

#[test]
fn a_run_goes_on_from_what_was_remembered_with_the_same_bits() {
    let (x, classes) = points();
    let examples = Examples::classes(x.view(), &classes).unwrap();
    let network = network();
    for optimizer in ["adam_hat", "nesterov_classic", "rmsprop", "sgd"] {
        let optimizer: Optimizer = optimizer.parse().unwrap();
        let training = Training { batch_size: 4, ..Training::new(&network).optimizer(optimizer) };
        let passes = || Passes::<f64>::new(&network, &training, 13, false).unwrap();
        let (mut through, mut first, mut second) = (passes(), passes(), passes());
        let mut whole: Model<f64> = network.build(1).unwrap();
        let mut parts: Model<f64> = network.build(1).unwrap();
        let go = |passes: &mut Passes<f64>, model: &mut Model<f64>| {
            passes.pass(model, &examples, &order(13), None, &mut || true).unwrap()
        };
        go(&mut through, &mut whole);
        go(&mut through, &mut whole);
        go(&mut first, &mut parts);
        let (step, buffers) = first.memory();
        assert_eq!((step, buffers.len()), (4, optimizer.states()));
        assert!(buffers.iter().all(|buffer| buffer.len() == network.parameter_count()));
        second.remember(step, &buffers).unwrap();
        go(&mut second, &mut parts);
        let numbers = |model: &Model<f64>| model.layout().gather(model.parameters());
        assert_eq!(numbers(&whole), numbers(&parts), "{optimizer}");
        let message = second.remember(1, &[vec![0.0]]).unwrap_err().to_string();
        assert!(message.contains("what the optimiser remembers"), "{message}");
    }
}

#[test]
fn a_pass_ends_after_the_batch_in_which_it_is_told_to() {
    let (x, classes) = points();
    let examples = Examples::classes(x.view(), &classes).unwrap();
    let network = network();
    let training = Training { batch_size: 4, ..Training::new(&network) };
    let mut passes = Passes::<f64>::new(&network, &training, 13, false).unwrap();
    let mut model: Model<f64> = network.build(1).unwrap();
    let mut left = 2;
    let mut goes_on = || {
        left -= 1;
        left > 0
    };
    let sums = passes.pass(&mut model, &examples, &order(13), None, &mut goes_on).unwrap();
    assert_eq!(sums.rows, 8);
    assert_eq!(passes.memory().0, 2);
    let message = passes.pass(&mut model, &examples, &[13], None, &mut || true).unwrap_err();
    assert!(message.to_string().contains("rows below 13"), "{message}");
}

#[test]
fn a_learning_rate_that_is_given_goes_before_the_schedule() {
    let (x, classes) = points();
    let examples = Examples::classes(x.view(), &classes).unwrap();
    let network = network();
    let training = Training {
        batch_size: 13,
        epochs: 4,
        schedule: Schedule::Step { every: 1, factor: 0.5 },
        ..Training::new(&network)
    };
    let mut passes = Passes::<f64>::new(&network, &training, 13, false).unwrap();
    let mut model: Model<f64> = network.build(1).unwrap();
    let mut rate = |given| {
        passes.pass(&mut model, &examples, &order(13), given, &mut || true).unwrap();
        passes.learning_rate()
    };
    assert_eq!(rate(None), 0.001);
    assert!((rate(Some(0.3)) - 0.3).abs() < 1e-15);
    assert_eq!(rate(None), 0.00025);
}

/// A batch is divided by its own weights, so that only their ratios within it matter.
#[test]
fn weights_count_within_their_batch() {
    let (x, classes) = points();
    let network = network();
    let training = Training { batch_size: 13, alpha: 0.0, ..Training::new(&network) };
    let learned = |weights: Option<Vec<f64>>| {
        let mut examples = Examples::classes(x.view(), &classes).unwrap();
        if let Some(weights) = &weights {
            examples = examples.weighted(weights).unwrap();
        }
        let weighted = weights.is_some();
        let mut passes = Passes::<f64>::new(&network, &training, 13, weighted).unwrap();
        let mut model: Model<f64> = network.build(1).unwrap();
        let sums = passes.pass(&mut model, &examples, &order(13), None, &mut || true).unwrap();
        let loss = passes.loss(&model, &examples).unwrap();
        (sums.loss / 13.0, loss, model.weights(0))
    };
    let (plain, many) = (learned(None), learned(Some(vec![7.0; 13])));
    assert!((plain.0 - many.0).abs() < 1e-14 && (plain.1 - many.1).abs() < 1e-14);
    assert!((&plain.2 - &many.2).iter().all(|difference| difference.abs() < 1e-14));
    // A row of weight 0 counts as if it were not there.
    let without = learned(Some((0..13).map(|row| f64::from(row != 5)).collect()));
    assert!((without.0 - plain.0).abs() > 1e-3);
    let examples = Examples::classes(x.view(), &classes).unwrap();
    let mut passes = Passes::<f64>::new(&network, &training, 13, true).unwrap();
    let mut model: Model<f64> = network.build(1).unwrap();
    let message = passes.pass(&mut model, &examples, &[0], None, &mut || true).unwrap_err();
    assert!(message.to_string().contains("as when the steps were planned"), "{message}");
    let mut zero = vec![1.0; 13];
    zero[..2].fill(0.0);
    let examples = examples.weighted(&zero).unwrap();
    let message = passes.pass(&mut model, &examples, &[0, 1], None, &mut || true).unwrap_err();
    assert!(message.to_string().contains("a row that counts in every batch"), "{message}");
}

#[test]
fn the_gradient_over_all_rows_is_that_of_differences() {
    let (x, classes) = points();
    let weights: Vec<f64> = (0..13).map(|row| 0.5 + f64::from(row % 3)).collect();
    let examples = Examples::classes(x.view(), &classes).unwrap().weighted(&weights).unwrap();
    let network = network();
    let training = Training { alpha: 0.3, l1: 0.1, ..Training::new(&network) };
    let mut passes = Passes::<f64>::new(&network, &training, 13, true).unwrap();
    let model: Model<f64> = network.build(3).unwrap();
    let (_, penalty, gradient) = passes.loss_and_gradient(&model, &examples).unwrap();
    assert!(penalty > 0.0);
    let layout = model.layout().clone();
    let packed = layout.gather(model.parameters());
    assert_eq!(gradient.len(), packed.len());
    for place in 0..packed.len() {
        let mut at = |difference: f64| {
            let (mut moved, mut model) = (packed.clone(), model.clone());
            moved[place] += difference;
            layout.scatter(&moved, model.parameters_mut());
            let (loss, penalty, _) = passes.loss_and_gradient(&model, &examples).unwrap();
            loss + penalty
        };
        let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
        assert!((slope - gradient[place]).abs() < 1e-8, "{place}: {slope} for {}", gradient[place]);
    }
}

/// Which alone it would say nothing to batch normalisation.
#[test]
fn a_last_row_joins_the_batch_before_it() {
    let (x, classes) = points();
    let examples = Examples::classes(x.view(), &classes).unwrap();
    let layer = Dense { normalization: Normalization::BATCH, ..Dense::new(3, Activation::Relu) };
    let network = Network::new(2).layer(layer).dense(1, Activation::Sigmoid);
    let training = Training { batch_size: 4, ..Training::new(&network) };
    let mut passes = Passes::<f64>::new(&network, &training, 13, false).unwrap();
    let mut model: Model<f64> = network.build(1).unwrap();
    let sums = passes.pass(&mut model, &examples, &order(13), None, &mut || true).unwrap();
    assert_eq!((sums.rows, passes.memory().0), (13, 3), "batches of 4, 4 and 5");
    let before = model.parameters().to_vec();
    let message = passes.pass(&mut model, &examples, &[3], None, &mut || true).unwrap_err();
    assert!(message.to_string().contains("at least 2 in every batch"), "{message}");
    assert_eq!(model.parameters(), before, "nothing was learned from it");
}

#[test]
fn numbers_known_to_be_finite_are_not_looked_at() {
    let inputs = array![[f64::NAN, 1.0], [0.5, 0.5]];
    let model: Model<f64> = network().build(1).unwrap();
    assert!(model.predict(inputs.view()).is_err());
    let outputs = model.predict_of_finite(inputs.view()).unwrap();
    assert!(outputs[[0, 0]].is_nan() && outputs[[1, 0]].is_finite());
    let targets = Targets::Classes([0, 1][..].into());
    assert!(Examples::of_finite(inputs.view(), targets.clone()).is_ok());
    assert!(Examples::new(inputs.view(), targets).is_err());
}
