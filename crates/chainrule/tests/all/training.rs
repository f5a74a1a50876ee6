//! What a training run promises: learning, choosing, stopping, failing well.

use chainrule::math::random::Stream;
use chainrule::optim::{Adam, Sgd};
use chainrule::train::{Event, Schedule, Stop};
use chainrule::{Activation, Error, Examples, Initializer, Model, Network, Score, Training};
use ndarray::{Array1, Array2, array};
use std::ops::ControlFlow;

fn xor() -> (Array2<f32>, Vec<u32>) {
    (array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], vec![0, 1, 1, 0])
}

/// Inputs of -1 and 1 and a step for each row: seeds 1 to 100 all learn it so (with inputs of 0 and
/// 1, or one step for all four rows, 1 to 5 seeds in a hundred end in a local minimum).
#[test]
fn xor_is_learned_by_2_4_1_tanh_from_any_of_20_seeds() {
    let (inputs, classes) = xor();
    let inputs = inputs.mapv(|x| 2.0 * x - 1.0);
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let network = Network::new(2)
        .dense(4, Activation::Tanh)
        .initializer(Initializer::Normal { sigma: 0.5 })
        .dense(1, Activation::Sigmoid);
    for seed in 1..=20 {
        let mut model: Model = network.build(seed).unwrap();
        let training = Training { seed, epochs: 500, batch_size: 1, ..Training::new(&network) };
        let adam = Adam { learning_rate: 0.1, ..Adam::default() };
        training.optimizer(adam).fit(&mut model, &examples).unwrap();
        assert_eq!(model.predict_classes(inputs.view()).unwrap(), classes, "seed {seed}");
    }
}

#[test]
fn xor_by_hand_with_threshold_units() {
    let network = Network::new(2).dense(2, Activation::Heaviside).dense(1, Activation::Heaviside);
    let mut model: Model<f64> = network.build(1).unwrap();
    let hidden = array![[1.0, 1.0], [1.0, 1.0]];
    model.set_layer(0, hidden.view(), array![-1.5, -0.5].view()).unwrap();
    model.set_layer(1, array![[-1.0], [1.0]].view(), array![-0.5].view()).unwrap();
    let inputs = xor().0.mapv(f64::from);
    let outputs = model.predict(inputs.view()).unwrap();
    assert_eq!(outputs, array![[0.0], [1.0], [1.0], [0.0]]);
}

#[test]
fn layers_without_a_nonlinearity_are_one_layer() {
    let two = Network::new(3).dense(4, Activation::Identity).dense(2, Activation::Identity);
    let mut two: Model<f64> = two.build(3).unwrap();
    let biases = (array![0.1, -0.2, 0.3, 0.4], array![0.5, -0.6]);
    two.set_layer(0, two.weights(0).view(), biases.0.view()).unwrap();
    two.set_layer(1, two.weights(1).view(), biases.1.view()).unwrap();
    let mut one: Model<f64> = Network::new(3).dense(2, Activation::Identity).build(1).unwrap();
    let weights = two.weights(0).dot(&two.weights(1));
    let bias: Array1<f64> = biases.0.dot(&two.weights(1)) + &biases.1;
    one.set_layer(0, weights.view(), bias.view()).unwrap();
    let inputs = array![[0.3, -1.2, 2.0], [5.0, 0.1, -0.7]];
    let difference = two.predict(inputs.view()).unwrap() - one.predict(inputs.view()).unwrap();
    assert!(difference.iter().all(|error| error.abs() < 1e-12), "{difference}");
}

/// Two noisy classes that a network can learn by heart.
fn noisy(rows: usize, seed: u64) -> (Array2<f32>, Vec<u32>) {
    let mut stream = Stream::new(seed, "noisy");
    let inputs = Array2::from_shape_simple_fn((rows, 5), || stream.normal() as f32);
    let classes = inputs
        .rows()
        .into_iter()
        .map(|row| u32::from(f64::from(row[0] * row[1]) + 0.5 * stream.normal() > 0.0))
        .collect();
    (inputs, classes)
}

#[test]
fn the_best_epoch_on_validation_rows_is_restored_and_patience_ends_the_run() {
    let (inputs, classes) = noisy(60, 1);
    let (other_inputs, other_classes) = noisy(200, 2);
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let validation = Examples::classes(other_inputs.view(), &other_classes).unwrap();
    let network = Network::new(5).dense(64, Activation::Relu).dense(1, Activation::Sigmoid);
    let adam = Adam { learning_rate: 0.01, ..Adam::default() };
    let training =
        Training { epochs: 400, patience: Some(25), ..Training::new(&network).optimizer(adam) };
    let mut model: Model = network.build(1).unwrap();
    let report = training.fit_with(&mut model, &examples, Some(&validation), &mut []).unwrap();
    assert_eq!(report.stop, Stop::Patience);
    assert_eq!(report.history.len(), report.chosen_epoch + 25);
    let chosen = report.chosen().validation.unwrap();
    assert!(report.history.iter().all(|epoch| !epoch.validation.unwrap().is_better_than(&chosen)));
    let found = model.evaluate(&validation).unwrap();
    assert_eq!(found, chosen, "the model has the weights of the chosen epoch");
    assert!(report.history.last().unwrap().validation.unwrap() != chosen);
}

#[test]
fn divergence_names_epoch_cause_and_remedy_and_keeps_the_last_good_weights() {
    let (inputs, _) = noisy(64, 1);
    let values = inputs.slice(ndarray::s![.., ..1]).to_owned();
    let examples = Examples::values(inputs.view(), values.view()).unwrap();
    let network = Network::new(5).dense(8, Activation::Identity).dense(1, Activation::Identity);
    let mut model: Model = network.build(1).unwrap();
    let sgd = Sgd { learning_rate: 1.5 };
    let training = Training { epochs: 500, ..Training::new(&network).optimizer(sgd) };
    let error = training.fit(&mut model, &examples).unwrap_err();
    let message = error.to_string();
    let Error::Diverged(divergence) = error else { panic!("{message}") };
    assert!(message.contains(&format!("in epoch {}", divergence.epoch)), "{message}");
    assert!(message.contains("learning rate 1.5 is too large; try 0.1"), "{message}");
    assert!(model.parameters().iter().all(|weight| weight.is_finite()));
    assert_eq!(divergence.history.len(), divergence.epoch - 1);
    assert!(model.predict(inputs.view()).is_ok());
}

#[test]
fn a_listener_can_end_the_run_after_the_epoch_under_way() {
    let (inputs, classes) = noisy(64, 1);
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let network = Network::new(5).dense(1, Activation::Sigmoid);
    let mut model: Model = network.build(1).unwrap();
    let mut listen = |event: &Event<'_>| match event {
        Event::Step { epoch: 3, step: 1, .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let report =
        Training::new(&network).fit_with(&mut model, &examples, None, &mut [&mut listen]).unwrap();
    assert_eq!((report.stop, report.history.len()), (Stop::Interrupted, 3));
}

/// The last weights of a falling rate are the best there are only once it has fallen.
#[test]
fn a_run_broken_off_while_its_rate_falls_keeps_the_best_weights() {
    let (inputs, classes) = noisy(60, 1);
    let (other_inputs, other_classes) = noisy(200, 2);
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let validation = Examples::classes(other_inputs.view(), &other_classes).unwrap();
    let network = Network::new(5).dense(64, Activation::Relu).dense(1, Activation::Sigmoid);
    let run = |schedule: Schedule, end: usize| {
        let training =
            Training { epochs: 400, score: Score::Last, schedule, ..Training::new(&network) };
        let mut listen = |event: &Event<'_>| match event {
            Event::Epoch(done) if done.epoch == end => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let mut model: Model = network.build(1).unwrap();
        let adam = Adam { learning_rate: 0.01, ..Adam::default() };
        let training = training.optimizer(adam);
        training.fit_with(&mut model, &examples, Some(&validation), &mut [&mut listen]).unwrap()
    };
    let report = run(Schedule::Cosine, 100);
    assert_eq!(Some(report.chosen_epoch - 1), Score::Auto.chosen(&report.history));
    assert!(report.chosen_epoch < 100);
    assert_eq!(run(Schedule::Cosine, 500).chosen_epoch, 400);
    assert_eq!(run(Schedule::Constant, 100).chosen_epoch, 100);
}

#[test]
fn a_batch_larger_than_the_data_is_clamped_with_a_warning() {
    let (inputs, classes) = xor();
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let network = Network::new(2).dense(1, Activation::Sigmoid);
    let mut model: Model = network.build(1).unwrap();
    let training = Training { batch_size: 100, ..Training::new(&network) };
    let report = training.fit(&mut model, &examples).unwrap();
    assert!(report.warnings[0].contains("100 is larger than the 4 training rows"));
}

#[test]
fn the_penalty_pulls_weights_and_not_biases() {
    // Without data to pull the other way (all inputs zero, targets met by the bias), one step of
    // gradient descent shrinks each weight by learning rate * alpha / rows.
    let inputs = Array2::<f64>::zeros((4, 3));
    let values = Array2::<f64>::from_elem((4, 2), 0.25);
    let examples = Examples::values(inputs.view(), values.view()).unwrap();
    let network = Network::new(3).dense(2, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let weights = model.weights(0);
    model.set_layer(0, weights.view(), array![0.25, 0.25].view()).unwrap();
    let sgd = Sgd { learning_rate: 0.5 };
    let training =
        Training { alpha: 0.8, epochs: 1, batch_size: 4, ..Training::new(&network).optimizer(sgd) };
    training.fit(&mut model, &examples).unwrap();
    let expected = &weights * (1.0 - 0.5 * 0.8 / 4.0);
    assert!((model.weights(0) - expected).iter().all(|error| error.abs() < 1e-15));
    assert_eq!(model.biases(0), array![0.25, 0.25]);
}

/// Units that begin alike stay alike, since they get the same gradients: with zeros for ever zero
/// in the hidden layer, with another number moving together.
#[test]
fn zero_weights_stay_equal_within_a_layer_for_ever() {
    let (inputs, classes) = noisy(64, 1);
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let network = Network::new(5).dense(4, Activation::Tanh).dense(1, Activation::Sigmoid);
    for start in [0.0, 0.3] {
        let mut model: Model = network.build(1).unwrap();
        model.parameters_mut().fill(start);
        let training = Training { batch_size: 16, ..Training::new(&network) };
        training.fit(&mut model, &examples).unwrap();
        let weights = model.weights(0);
        for unit in 1..4 {
            assert_eq!(weights.column(unit), weights.column(0));
        }
        assert_eq!(weights.iter().any(|&weight| weight != start), start != 0.0);
        assert_ne!(model.biases(1)[0], start, "the output's bias does learn");
    }
}

#[test]
fn settings_and_examples_that_do_not_fit_are_refused_with_the_remedy() {
    let network = Network::new(2).dense(3, Activation::Relu);
    let mut model: Model = network.build(1).unwrap();
    let (inputs, classes) = xor();
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let mut message =
        |training: Training| training.fit(&mut model, &examples).expect_err("refused").to_string();
    let base = Training::new(&network);
    let found = message(Training { loss: chainrule::Loss::CrossEntropy, ..base.clone() });
    assert!(found.contains("give the last layer the activation softmax"), "{found}");
    let found = message(base.clone().optimizer(Sgd { learning_rate: -1.0 }));
    assert!(found.contains("learning_rate of sgd is -1, but must be a positive"), "{found}");
    let found = message(Training { batch_size: 0, ..base.clone() });
    assert!(found.contains("batch size"), "{found}");
    let found = message(Training { patience: Some(3), ..base.clone() });
    assert!(found.contains("patience"), "{found}");

    let outside = array![[0.0_f32], [1.0], [-3.0], [0.5]];
    let targets = Examples::values(inputs.view(), outside.view()).unwrap();
    let sigmoid = Network::new(2).dense(1, Activation::Sigmoid);
    let mut other: Model = sigmoid.build(1).unwrap();
    let found = Training::new(&sigmoid).fit(&mut other, &targets).unwrap_err().to_string();
    assert!(found.contains("found -3; use mean_squared_error"), "{found}");

    let narrow = array![[1.0_f32]];
    let found = model.predict(narrow.view()).unwrap_err().to_string();
    assert!(found.contains("expected 2 columns") && found.contains("found 1 columns"), "{found}");
    let broken = array![[1.0_f32, f32::NAN]];
    let found = Examples::classes(broken.view(), &[0]).unwrap_err().to_string();
    assert!(found.contains("NaN in row 0, column 1"), "{found}");
    let found = Examples::classes(inputs.view(), &[0, 1]).unwrap_err().to_string();
    assert!(found.contains("one for each of the 4 rows"), "{found}");
    let many = Examples::classes(inputs.view(), &[0, 1, 2, 3]).unwrap();
    let found = base.fit(&mut model, &many).unwrap_err().to_string();
    assert!(found.contains("class 3"), "{found}");
}

#[test]
fn a_threshold_network_cannot_be_trained_and_says_so() {
    let network = Network::new(2).dense(2, Activation::Heaviside).dense(1, Activation::Sigmoid);
    let mut model: Model = network.build(1).unwrap();
    let (inputs, classes) = xor();
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let message = Training::new(&network).fit(&mut model, &examples).unwrap_err().to_string();
    assert!(message.contains("layer 1 (dense 2, heaviside)"), "{message}");
    assert!(message.contains("use sigmoid or relu"), "{message}");
}

#[test]
fn targets_may_lie_in_any_order_and_sizes_beyond_memory_are_refused() {
    let inputs = array![[0.0_f64, 1.0], [1.0, 0.0], [0.5, 0.5]];
    let columns = array![[1.0_f64, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let targets = chainrule::Targets::Values(columns.t().into());
    let examples = Examples::new(inputs.view(), targets).unwrap();
    let network = Network::new(2).dense(2, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    Training::new(&network).fit(&mut model, &examples).unwrap();

    let endless = Training { batch_size: 1 << 60, ..Training::new(&network) };
    let error = chainrule::train::Trainer::<f64>::new(&network, &endless, &examples).err().unwrap();
    assert!(error.to_string().contains("batch size"), "{error}");
    let single = Network::new(2).dense(1, Activation::Softmax);
    let error =
        chainrule::train::Trainer::<f64>::new(&single, &Training::new(&single), &examples).err();
    assert!(error.unwrap().to_string().contains("always 1"));
}

#[test]
fn the_score_chooses_the_epoch() {
    let (inputs, classes) = noisy(60, 1);
    let (other_inputs, other_classes) = noisy(200, 2);
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let validation = Examples::classes(other_inputs.view(), &other_classes).unwrap();
    let network = Network::new(5).dense(64, Activation::Relu).dense(1, Activation::Sigmoid);
    let run = |score: &str| {
        let adam = Adam { learning_rate: 0.01, ..Adam::default() };
        let training =
            Training { epochs: 60, score: score.parse().unwrap(), ..Training::new(&network) };
        let mut model: Model = network.build(1).unwrap();
        training.optimizer(adam).fit_with(&mut model, &examples, Some(&validation), &mut [])
    };
    let report = run("loss").unwrap();
    let loss = |epoch: &chainrule::train::Epoch| epoch.validation.unwrap().loss;
    let least = report.history.iter().map(loss).fold(f64::INFINITY, f64::min);
    assert_eq!(loss(report.chosen()), least);
    let report = run("accuracy").unwrap();
    let accuracy = |epoch: &chainrule::train::Epoch| epoch.validation.unwrap().accuracy.unwrap();
    let most = report.history.iter().map(accuracy).fold(0.0, f64::max);
    let first = report.history.iter().position(|epoch| accuracy(epoch) == most).unwrap();
    assert_eq!(report.chosen_epoch, first + 1);
    assert_eq!(run("last").unwrap().chosen_epoch, 60);
    let message = run("rmse").unwrap_err().to_string();
    assert!(
        message.contains("auto, loss, accuracy or last, since classes are predicted"),
        "{message}"
    );
}

#[test]
fn a_log_softmax_is_trained_by_the_cross_entropy_of_its_logits() {
    let (inputs, classes) = xor();
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let run = |last: Activation| {
        let network = Network::new(2).dense(8, Activation::Tanh).dense(2, last);
        let mut model: Model = network.build(1).unwrap();
        let report = Training::new(&network).fit(&mut model, &examples).unwrap();
        (report.chosen().loss, model.weights(0))
    };
    assert_eq!(run(Activation::LogSoftmax), run(Activation::Softmax));
}

#[test]
fn rows_of_a_step_that_are_not_there_are_refused() {
    let (inputs, classes) = xor();
    let examples = Examples::classes(inputs.view(), &classes).unwrap();
    let network = Network::new(2).dense(2, Activation::Softmax);
    let mut model: Model = network.build(1).unwrap();
    let training = Training { batch_size: 2, ..Training::new(&network) };
    let mut trainer = chainrule::train::Trainer::new(&network, &training, &examples).unwrap();
    for rows in [&[][..], &[0, 1, 2], &[4]] {
        let message = trainer.step(&mut model, &examples, Some(rows)).unwrap_err().to_string();
        assert!(message.contains("1 to 2, as planned, of the 4 rows"), "{message}");
    }
    trainer.step(&mut model, &examples, Some(&[3, 0])).unwrap();
}
