//! How a run goes on, what it tells, and when it ends.

use chainrule::math::random::Stream;
use chainrule::optim::{Lbfgs, Sgd};
use chainrule::train::{Clip, Event, HistoryFile, Listener, Stop, Trainer};
use chainrule::{
    Activation, Error, Examples, Initializer, Model, Network, Normalization, Optimizer, Training,
};
use ndarray::{Array2, array};
use std::ops::ControlFlow;

/// y = 2 x1 - x2 + 0.5 and some noise.
fn line(rows: usize) -> (Array2<f64>, Array2<f64>) {
    let mut stream = Stream::new(1, "line");
    let x = Array2::from_shape_simple_fn((rows, 2), || stream.normal());
    let y = Array2::from_shape_fn((rows, 1), |(row, _)| {
        2.0 * x[[row, 0]] - x[[row, 1]] + 0.5 + 0.1 * stream.normal()
    });
    (x, y)
}

#[test]
fn every_listener_hears_every_event_and_one_may_end_the_run() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let training = Training { batch_size: 20, epochs: 9, ..Training::new(&network) };
    let mut told = Vec::new();
    let mut first = |event: &Event<'_>| {
        told.push(match event {
            Event::Started { steps_per_epoch, epochs, .. } => format!("{steps_per_epoch} {epochs}"),
            Event::Step { epoch, step, rows, loss, learning_rate, gradient_norm } => {
                assert!(loss.is_finite() && *gradient_norm > 0.0 && *learning_rate == 0.001);
                format!("{epoch}.{step} {rows}")
            }
            Event::Epoch(epoch) => {
                assert!(epoch.rows_per_second > 0.0 && epoch.gradient_norm > 0.0);
                format!("epoch {}", epoch.epoch)
            }
            Event::Ended(report) => format!("{:?} {}", report.stop, report.chosen_epoch),
            Event::Diverged(_) => unreachable!(),
        });
        ControlFlow::Continue(())
    };
    let mut ends = |event: &Event<'_>| match event {
        Event::Step { epoch: 2, step: 1, .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let mut heard = 0;
    let mut last = |_: &Event<'_>| {
        heard += 1;
        ControlFlow::Continue(())
    };
    let mut listeners: [&mut dyn Listener; 3] = [&mut first, &mut ends, &mut last];
    let report = training.fit_with(&mut model, &examples, None, &mut listeners).unwrap();
    assert_eq!(report.stop, Stop::Interrupted);
    let steps = ["1.1 20", "1.2 20", "1.3 10", "epoch 1", "2.1 20", "2.2 20", "2.3 10", "epoch 2"];
    let expected: Vec<&str> = ["3 9"].into_iter().chain(steps).chain(["Interrupted 2"]).collect();
    assert_eq!(told, expected, "the epoch under way is finished");
    assert_eq!(heard, expected.len());
}

#[test]
fn the_gradient_norm_told_is_that_of_all_parameters_together() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    // Widths that leave padding in every panel, which must not count.
    let network = Network::new(2).dense(37, Activation::Tanh).dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let before = model.clone();
    let training = Training { batch_size: 50, threads: Some(3), ..Training::new(&network) };
    let training = training.optimizer(Sgd { learning_rate: 1.0 });
    let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
    trainer.step(&mut model, &examples, None).unwrap();
    // With a learning rate of 1 the gradient is what the weights moved by.
    let mut squares = 0.0;
    for layer in 0..2 {
        squares += (before.weights(layer) - model.weights(layer)).mapv(|g| g * g).sum();
        squares += (before.biases(layer) - model.biases(layer)).mapv(|g| g * g).sum();
    }
    assert!((trainer.gradient_norm() / f64::sqrt(squares) - 1.0).abs() < 1e-12);
}

#[test]
fn clipping_by_norm_and_by_value() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let start: Model<f64> = network.build(1).unwrap();
    let gradient = |clip: Clip| {
        let mut model = start.clone();
        let training = Training { batch_size: 50, clip, ..Training::new(&network) };
        let training = training.optimizer(Sgd { learning_rate: 1.0 });
        let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
        trainer.step(&mut model, &examples, None).unwrap();
        let weights = start.weights(0) - model.weights(0);
        let bias = start.biases(0)[0] - model.biases(0)[0];
        ([weights[[0, 0]], weights[[1, 0]], bias], trainer.gradient_norm())
    };
    let (plain, norm) = gradient(Clip::default());
    let (by_norm, told) = gradient(Clip { norm: Some(0.1), value: None });
    assert_eq!(told, norm, "the norm told is that before clipping");
    for (clipped, plain) in by_norm.iter().zip(plain) {
        assert!((clipped - plain * 0.1 / (norm + 1e-6)).abs() < 1e-12);
    }
    let (loose, _) = gradient(Clip { norm: Some(1e3), value: None });
    assert!(loose.iter().zip(plain).all(|(loose, plain)| (loose - plain).abs() < 1e-15));
    let (by_value, _) = gradient(Clip { norm: None, value: Some(0.2) });
    for (clipped, plain) in by_value.iter().zip(plain) {
        assert!((clipped - plain.clamp(-0.2, 0.2)).abs() < 1e-12);
    }
}

#[test]
fn a_run_stops_when_the_training_loss_improves_no_more() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let training = Training {
        epochs: 1000,
        no_improvement: Some(5),
        ..Training::new(&network).optimizer(Sgd { learning_rate: 0.05 })
    };
    let report = training.fit(&mut model, &examples).unwrap();
    assert_eq!(report.stop, Stop::NoImprovement);
    let losses: Vec<f64> = report.history.iter().map(|epoch| epoch.loss).collect();
    let stuck = |end: usize| {
        (end - 5..end).all(|at| {
            let best = losses[..at].iter().copied().fold(f64::INFINITY, f64::min);
            losses[at] > best - 1e-4
        })
    };
    assert!(stuck(losses.len()), "five epochs in a row were not better");
    assert!((6..losses.len()).all(|end| !stuck(end)), "and no five before them");
    assert_eq!(
        report.chosen_epoch,
        report.history.len(),
        "without validation rows the last is kept"
    );
}

#[test]
fn a_warm_start_goes_on_where_the_model_stands() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    // Plain descent on all rows remembers nothing, so two halves are the whole.
    let training = |epochs| Training {
        epochs,
        batch_size: 50,
        ..Training::new(&network).optimizer(Sgd { learning_rate: 0.05 })
    };
    let (mut whole, mut halves): (Model<f64>, Model<f64>) =
        (network.build(1).unwrap(), network.build(1).unwrap());
    let report = training(20).fit(&mut whole, &examples).unwrap();
    training(10).fit(&mut halves, &examples).unwrap();
    let mut halves = Model::from_bytes(&halves.to_bytes()).unwrap();
    let second = training(10).fit(&mut halves, &examples).unwrap();
    let error =
        (&whole.weights(0) - &halves.weights(0)).iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    assert!(error < 1e-12, "{error}");
    assert!((second.history[0].loss / report.history[10].loss - 1.0).abs() < 1e-12);
}

#[test]
fn lbfgs_finds_the_least_squares_line_and_says_that_it_has_converged() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let training = Training { epochs: 100, ..Training::new(&network).optimizer(Lbfgs::default()) };
    let report = training.fit(&mut model, &examples).unwrap();
    assert_eq!(report.stop, Stop::Converged);
    assert!(report.history.len() < 20, "{} steps", report.history.len());
    // The normal equations: at the minimum the errors are orthogonal to the inputs and to 1.
    let errors = model.predict(x.view()).unwrap() - &y;
    let products = x.t().dot(&errors);
    assert!(products.iter().all(|product| product.abs() < 1e-5), "{products}");
    assert!(errors.sum().abs() < 1e-5);
}

#[test]
fn what_lbfgs_cannot_do_with_is_refused() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let message = |network: &Network, clip: Clip| {
        let mut model: Model<f64> = network.build(1).unwrap();
        let training = Training { clip, ..Training::new(network).optimizer(Lbfgs::default()) };
        training.fit(&mut model, &examples).unwrap_err().to_string()
    };
    let plain = Network::new(2).dense(1, Activation::Identity);
    let found = message(&plain, Clip { norm: Some(1.0), value: None });
    assert!(found.contains("left out with lbfgs"), "{found}");
    let masked = Network::new(2).dense(3, Activation::Tanh).dropout(0.5);
    let found = message(&masked.dense(1, Activation::Identity), Clip::default());
    assert!(found.contains("dropout rate is 0.5"), "{found}");
}

#[test]
fn lbfgs_diverges_where_its_objective_is_no_number() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let training = Training { alpha: 1e308, l1: 1e308, ..Training::new(&network) };
    let error = training.optimizer(Lbfgs::default()).fit(&mut model, &examples).unwrap_err();
    assert!(matches!(error, Error::Diverged(_)), "{error}");
}

/// With batch normalisation too, whose states are carried along.
#[test]
fn lbfgs_trains_a_network() {
    let (x, y) = line(60);
    let y = y.mapv(f64::sin);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    for normalization in [Normalization::None, Normalization::LAYER, Normalization::BATCH] {
        let network = Network::new(2)
            .dense(8, Activation::Tanh)
            .normalization(normalization)
            .dense(1, Activation::Identity);
        let mut model: Model<f64> = network.build(1).unwrap();
        let training =
            Training { epochs: 100, ..Training::new(&network).optimizer(Lbfgs::default()) };
        let report = training.fit(&mut model, &examples).unwrap();
        let (first, last) = (report.history[0].loss, report.history.last().unwrap().loss);
        assert!(last < 0.2 * first, "{normalization}: {first} -> {last}");
    }
}

#[test]
fn units_that_begin_equal_are_warned_of_and_stay_equal() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let run = |hidden: Initializer, output: Initializer, optimizer: Optimizer| {
        let network = Network::new(2)
            .dense(4, Activation::Tanh)
            .initializer(hidden)
            .dense(1, Activation::Identity)
            .initializer(output);
        let mut model: Model<f64> = network.build(1).unwrap();
        let report =
            Training::new(&network).optimizer(optimizer).fit(&mut model, &examples).unwrap();
        (report.warnings, model.weights(0))
    };
    let equal = |weights: &Array2<f64>| {
        weights.rows().into_iter().all(|row| row.iter().all(|weight| *weight == row[0]))
    };
    for &name in Optimizer::NAMES {
        let optimizer: Optimizer = name.parse().unwrap();
        let constant = Initializer::Constant { value: 0.1 };
        for (hidden, output) in [(Initializer::Zeros, Initializer::Zeros), (constant, constant)] {
            let (warnings, weights) = run(hidden, output, optimizer);
            assert!(warnings[0].starts_with("layer 1: its 4 units begin equal"), "{warnings:?}");
            assert!(equal(&weights), "{name}: {weights}");
        }
    }
    // Where the outgoing weights differ, the units get different gradients.
    let adam = Optimizer::named("adam").unwrap();
    let (warnings, weights) = run(Initializer::Zeros, Initializer::Auto, adam);
    assert!(warnings.is_empty() && !equal(&weights));
    assert!(run(Initializer::Auto, Initializer::Zeros, adam).0.is_empty());
}

#[test]
fn divergence_is_told_to_listeners_too() {
    let (x, y) = line(50);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let training = Training::new(&network).optimizer(Sgd { learning_rate: 1e200 });
    let mut told = None;
    let mut listen = |event: &Event<'_>| {
        if let Event::Diverged(divergence) = event {
            told = Some(divergence.epoch);
        }
        ControlFlow::Continue(())
    };
    let error = training.fit_with(&mut model, &examples, None, &mut [&mut listen]).unwrap_err();
    let Error::Diverged(divergence) = error else { panic!("{error}") };
    assert_eq!(told, Some(divergence.epoch));
}

#[test]
fn a_history_file_has_a_line_for_each_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let inputs = array![[0.0_f32], [1.0]];
    let examples = Examples::values(inputs.view(), inputs.view()).unwrap();
    let network = Network::new(1).dense(1, Activation::Identity);
    let mut model: Model = network.build(1).unwrap();
    let mut history = HistoryFile::new(&path);
    let training = Training::new(&network).epochs(3);
    let report = training.fit_with(&mut model, &examples, None, &mut [&mut history]).unwrap();
    assert!(!path.exists(), "it is written whole, when the run is over");
    history.save().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<chainrule::train::Epoch> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, report.history);
}
