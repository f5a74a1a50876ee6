//! Every loss on worked numbers; weights, smoothing and penalties on theirs.

use chainrule::graph::CheckOptions;
use chainrule::train::{Trainer, check_gradient};
use chainrule::{Activation, Examples, Loss, Model, Network, Training};
use ndarray::{Array2, array};

/// A network whose pre-activations are its two inputs.
fn passing(activation: Activation) -> (Network, Model<f64>) {
    let network = Network::new(2).dense(2, activation);
    let mut model: Model<f64> = network.build(1).unwrap();
    model.set_layer(0, array![[1.0, 0.0], [0.0, 1.0]].view(), array![0.0, 0.0].view()).unwrap();
    (network, model)
}

/// The loss on outputs (or logits) `z` and targets `y`; its gradient is compared with differences too.
fn loss(name: &str, z: &Array2<f64>, y: &Array2<f64>, change: impl Fn(&mut Training)) -> f64 {
    let loss: Loss = name.parse().unwrap();
    let (network, mut model) = passing(loss.output_activation().unwrap_or(Activation::Identity));
    let mut training = Training { loss, batch_size: z.nrows(), ..Training::new(&network) };
    change(&mut training);
    let examples = Examples::values(z.view(), y.view()).unwrap();
    let report = check_gradient(&model, &training, &examples, &CheckOptions::default()).unwrap();
    assert!(report.passes(1e-6), "{name}: {:?}", report.worst());
    Trainer::new(&network, &training, &examples).unwrap().step(&mut model, &examples, None).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
}

/// Errors y - a of 0.5, -2, 1.5 and 0.25.
fn numbers() -> (Array2<f64>, Array2<f64>) {
    (array![[1.0, 2.0], [0.0, -1.0]], array![[1.5, 0.0], [1.5, -0.75]])
}

fn of_numbers(name: &str) -> f64 {
    let (a, y) = numbers();
    loss(name, &a, &y, |_| {})
}

#[test]
fn loss_mean_squared_error() {
    close(of_numbers("mean_squared_error"), (0.25 + 4.0 + 2.25 + 0.0625) / 4.0);
}

#[test]
fn loss_quadratic() {
    close(of_numbers("quadratic"), (0.25 + 4.0 + 2.25 + 0.0625) / (2.0 * 2.0));
}

/// What is reported is the mean over the rows, what is made small their sum: the delta rule's steps
/// grow with the batch.
#[test]
fn loss_half_sum_of_squares() {
    close(of_numbers("half_sum_of_squares"), (0.25 + 4.0 + 2.25 + 0.0625) / (2.0 * 2.0));
    let (x, y) = numbers();
    let (network, mut model) = passing(Activation::Identity);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let training = Training {
        loss: Loss::HalfSumOfSquares,
        ..Training::new(&network).optimizer(chainrule::optim::Sgd { learning_rate: 0.1 })
    };
    Trainer::new(&network, &training, &examples)
        .unwrap()
        .step(&mut model, &examples, None)
        .unwrap();
    // dw_j = eta sum_i (y_i - a_i) x_ij.
    let moved = model.weights(0) - array![[1.0, 0.0], [0.0, 1.0]];
    let expected = x.t().dot(&(&y - &x)) * 0.1;
    assert!((moved - expected).iter().all(|error| error.abs() < 1e-12));
}

#[test]
fn loss_mean_absolute_error() {
    close(of_numbers("mean_absolute_error"), (0.5 + 2.0 + 1.5 + 0.25) / 4.0);
}

#[test]
fn loss_huber() {
    let beyond = |error: f64, delta: f64| delta * (error - delta / 2.0);
    close(of_numbers("huber"), (0.125 + beyond(2.0, 1.0) + beyond(1.5, 1.0) + 0.03125) / 4.0);
    let tight = 0.125 + beyond(2.0, 0.75) + beyond(1.5, 0.75) + 0.03125;
    close(of_numbers("huber(0.75)"), tight / 4.0);
}

#[test]
fn loss_quantile() {
    // Positive errors (the prediction is too low) count 0.9, negative ones 0.1.
    close(of_numbers("quantile(0.9)"), (0.45 + 0.2 + 1.35 + 0.225) / 4.0);
    close(of_numbers("quantile"), of_numbers("mean_absolute_error") / 2.0);
}

#[test]
fn loss_poisson() {
    let (z, y) = (array![[0.5, -1.0], [2.0, 0.0]], array![[1.0, 0.0], [7.0, 2.0]]);
    let expected = (0.5_f64.exp() - 0.5) + (-1.0_f64).exp() + (2.0_f64.exp() - 14.0) + 1.0;
    close(loss("poisson", &z, &y, |_| {}), expected / 4.0);
}

#[test]
fn loss_cross_entropy() {
    let (z, y) = (array![[1.0, 3.0], [-2.0, 0.5]], array![[0.0, 1.0], [1.0, 0.0]]);
    let of_row = |wrong: f64| wrong.exp().ln_1p();
    close(loss("cross_entropy", &z, &y, |_| {}), (of_row(-2.0) + of_row(2.5)) / 2.0);
}

#[test]
fn loss_binary_cross_entropy() {
    let (z, y) = (array![[1.0, 3.0], [-2.0, 0.5]], array![[0.0, 1.0], [1.0, 0.0]]);
    let terms = [1.0, -3.0, 2.0, 0.5].map(|z: f64| z.exp().ln_1p());
    // A row's loss is the sum over its labels.
    close(loss("binary_cross_entropy", &z, &y, |_| {}), terms.iter().sum::<f64>() / 2.0);
}

#[test]
fn losses_from_logits_never_take_the_logarithm_of_a_rounded_zero() {
    let (z, y) = (array![[1e4, -1e4], [-1e4, 1e4]], array![[0.0, 1.0], [1.0, 0.0]]);
    close(loss("cross_entropy", &z, &y, |_| {}), 2e4);
    close(loss("binary_cross_entropy", &z, &y, |_| {}), 2e4);
}

#[test]
fn label_smoothing() {
    let (z, y) = (array![[1.0, 3.0], [-2.0, 0.5]], array![[0.0, 1.0], [1.0, 0.0]]);
    let smooth = |training: &mut Training| training.label_smoothing = 0.2;
    let logs = |z: [f64; 2]| {
        let total = (z[0].exp() + z[1].exp()).ln();
        [z[0] - total, z[1] - total]
    };
    let ([a, b], [c, d]) = (logs([1.0, 3.0]), logs([-2.0, 0.5]));
    let expected = -(0.1 * a + 0.9 * b + 0.9 * c + 0.1 * d) / 2.0;
    close(loss("cross_entropy", &z, &y, smooth), expected);
    // A label has two classes: 1 becomes 0.9 and 0 becomes 0.1.
    let soft = y.mapv(|y| 0.8 * y + 0.1);
    let expected = loss("binary_cross_entropy", &z, &soft, |_| {});
    close(loss("binary_cross_entropy", &z, &y, smooth), expected);
    let (network, mut model) = passing(Activation::Identity);
    let examples = Examples::values(z.view(), y.view()).unwrap();
    let training = Training { label_smoothing: 0.1, ..Training::new(&network) };
    let message = training.fit(&mut model, &examples).unwrap_err().to_string();
    assert!(message.contains("only cross_entropy and binary_cross_entropy"), "{message}");
}

#[test]
fn penalties_are_of_weights_alone() {
    let (x, y) = numbers();
    let (network, start) = passing(Activation::Identity);
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let step = |alpha: f64, l1: f64| {
        let descent = chainrule::optim::Sgd { learning_rate: 1.0 };
        let training = Training { alpha, l1, ..Training::new(&network).optimizer(descent) };
        let mut model = start.clone();
        let biases = array![0.5, -0.5];
        model.set_layer(0, array![[1.0, -0.5], [0.0, 2.0]].view(), biases.view()).unwrap();
        let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
        let loss = trainer.step(&mut model, &examples, None).unwrap();
        (loss, model.weights(0), model.biases(0))
    };
    let (plain, both) = (step(0.0, 0.0), step(0.3, 0.1));
    assert_eq!(plain.0, both.0, "the loss is reported without them");
    assert_eq!(plain.2, both.2);
    // alpha / (2 rows) ||W||^2 pulls by alpha / rows W, l1 / rows sum |W| by l1 / rows sign W.
    let weights: Array2<f64> = array![[1.0, -0.5], [0.0, 2.0]];
    let sign = weights.mapv(|weight| if weight == 0.0 { 0.0 } else { weight.signum() });
    let expected = weights * (0.3 / 2.0) + sign * (0.1 / 2.0);
    assert!((plain.1 - both.1 - expected).iter().all(|error| error.abs() < 1e-15));
}

#[test]
fn sample_weights_and_class_weights() {
    let inputs = array![[1.0, 3.0], [-2.0, 0.5], [0.3, 0.1]];
    let classes = [1, 0, 1];
    let of = |change: &dyn Fn(&mut Training), weights: &[f64]| {
        let (network, mut model) = passing(Activation::Softmax);
        let examples = Examples::classes(inputs.view(), &classes).unwrap();
        let examples = match weights {
            [] => examples,
            weights => examples.weighted(weights).unwrap(),
        };
        let mut training = Training::new(&network);
        change(&mut training);
        let report =
            check_gradient(&model, &training, &examples, &CheckOptions::default()).unwrap();
        assert!(report.passes(1e-6), "{:?}", report.worst());
        let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
        trainer.step(&mut model, &examples, None).unwrap()
    };
    let rows = [(-2.0_f64).exp().ln_1p(), 2.5_f64.exp().ln_1p(), 0.2_f64.exp().ln_1p()];
    let mean = |weights: [f64; 3]| {
        let sum: f64 = rows.iter().zip(weights).map(|(row, weight)| row * weight).sum();
        sum / weights.iter().sum::<f64>()
    };
    close(of(&|_| {}, &[]), mean([1.0; 3]));
    close(of(&|_| {}, &[2.0, 0.0, 0.5]), mean([2.0, 0.0, 0.5]));
    let of_classes = |training: &mut Training| training.class_weights = vec![3.0, 1.0];
    close(of(&of_classes, &[]), mean([1.0, 3.0, 1.0]));
    close(of(&of_classes, &[2.0, 1.0, 0.5]), mean([2.0, 3.0, 0.5]));
}

#[test]
fn weights_that_do_not_fit_are_refused_with_the_remedy() {
    let inputs = array![[1.0_f64, 3.0], [-2.0, 0.5]];
    let examples = || Examples::classes(inputs.view(), &[1, 0]).unwrap();
    let message = |weights: &[f64]| examples().weighted(weights).unwrap_err().to_string();
    assert!(message(&[1.0]).contains("one for each of the 2 rows"));
    assert!(message(&[1.0, -2.0]).contains("-2 for row 1"));
    assert!(message(&[0.0, 0.0]).contains("a row that counts"));
    let (network, mut model) = passing(Activation::Softmax);
    let mut refused = |class_weights: Vec<f64>| {
        let training = Training { class_weights, ..Training::new(&network) };
        training.fit(&mut model, &examples()).unwrap_err().to_string()
    };
    assert!(refused(vec![1.0]).contains("one for each class, of which there are 2"));
    assert!(refused(vec![1.0, -1.0]).contains("of numbers of at least 0"));
    let (network, mut model) = passing(Activation::Identity);
    let values = Examples::values(inputs.view(), inputs.view()).unwrap();
    let training = Training { class_weights: vec![1.0, 2.0], ..Training::new(&network) };
    let message = training.fit(&mut model, &values).unwrap_err().to_string();
    assert!(message.contains("give the rows weights instead"), "{message}");
}

#[test]
fn each_loss_refuses_targets_it_is_not_made_for() {
    let z = array![[0.1, 0.2]];
    let message = |name: &str, y: Array2<f64>| {
        let loss: Loss = name.parse().unwrap();
        let (network, mut model) = passing(loss.output_activation().unwrap());
        let examples = Examples::values(z.view(), y.view()).unwrap();
        Training { loss, ..Training::new(&network) }
            .fit(&mut model, &examples)
            .unwrap_err()
            .to_string()
    };
    assert!(message("poisson", array![[1.0, -1.0]]).contains("counts, 0 or above"));
    assert!(message("cross_entropy", array![[1.5, 0.0]]).contains("numbers from 0 to 1"));
}

/// A batch divided by its own weights would forget them: in batches of one row most of all.
#[test]
fn weights_count_in_batches_of_any_size_and_only_by_their_ratios() {
    let inputs = array![[1.0, 3.0], [-2.0, 0.5], [0.3, 0.1], [2.0, -1.0]];
    let classes = [1, 0, 1, 1];
    let run = |batch_size: usize, weights: &[f64], alpha: f64| {
        let (network, mut model) = passing(Activation::Softmax);
        let examples = Examples::classes(inputs.view(), &classes).unwrap();
        let examples = examples.weighted(weights).unwrap();
        let training = Training { batch_size, alpha, epochs: 3, ..Training::new(&network) };
        let sgd = chainrule::optim::Sgd { learning_rate: 0.1 };
        training.optimizer(sgd).fit(&mut model, &examples).unwrap();
        model.weights(0)
    };
    for batch_size in [1, 2, 4] {
        let alike = run(batch_size, &[1.0; 4], 0.5);
        assert_eq!(alike, run(batch_size, &[8.0; 4], 0.5), "equal weights change nothing");
        assert_eq!(alike, run(batch_size, &[1e308; 4], 0.5), "however large");
        assert_ne!(alike, run(batch_size, &[1.0, 8.0, 1.0, 1.0], 0.5), "batches of {batch_size}");
    }
    // A row that counts twice is a row that is there twice.
    let twice = {
        let (network, mut model) = passing(Activation::Softmax);
        let rows = array![[1.0, 3.0], [-2.0, 0.5], [0.3, 0.1], [2.0, -1.0], [-2.0, 0.5]];
        let examples = Examples::classes(rows.view(), &[1, 0, 1, 1, 0]).unwrap();
        let training = Training { batch_size: 5, epochs: 3, ..Training::new(&network) };
        let sgd = chainrule::optim::Sgd { learning_rate: 0.1 };
        training.optimizer(sgd).fit(&mut model, &examples).unwrap();
        model.weights(0)
    };
    let error = twice - run(4, &[1.0, 2.0, 1.0, 1.0], 0.0);
    assert!(error.iter().all(|error| error.abs() < 1e-12), "{error}");
}
