//! Rows of the specification (sections 2 to 6) that no other test is named after.

use chainrule::data::{SourceOptions, Task, open};
use chainrule::math::random::Stream;
use chainrule::optim::Sgd;
use chainrule::train::Trainer;
use chainrule::{
    Activation, Examples, Initializer, Loss, Model, Network, Normalization, Recipe, Training,
};
use ndarray::{Array2, array};

/// A network of one layer that passes its inputs on to `activation`.
fn applied(activation: Activation, z: &Array2<f64>) -> Array2<f64> {
    let units = z.ncols();
    let network = Network::new(units).dense(units, activation);
    let mut model: Model<f64> = network.build(1).unwrap();
    let biases = ndarray::Array1::zeros(units);
    model.set_layer(0, Array2::eye(units).view(), biases.view()).unwrap();
    model.predict(z.view()).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
}

#[test]
fn softmax_and_log_softmax_over_a_row() {
    let z = array![[1.0, 2.0, 3.0], [1e4, 0.0, 0.0]];
    let p = applied(Activation::Softmax, &z);
    let total = 1.0_f64.exp() + 2.0_f64.exp() + 3.0_f64.exp();
    for (column, z) in [1.0_f64, 2.0, 3.0].into_iter().enumerate() {
        close(p[[0, column]], z.exp() / total);
        close(
            applied(Activation::LogSoftmax, &array![[1.0, 2.0, 3.0]])[[0, column]],
            z - total.ln(),
        );
    }
    assert_eq!(p.row(1), array![1.0, 0.0, 0.0]);
}

/// Section 3's table: outputs, output activation and loss by the task.
#[test]
fn which_task_gets_which_output_and_loss() {
    let table = open("iris", &SourceOptions::default()).unwrap();
    let of = |targets: &[&str], task: Option<Task>| {
        let targets = targets.iter().map(|name| name.to_string()).collect();
        let recipe = Recipe { targets, task, ..Recipe::default() };
        let prepared = recipe.prepare(&table).unwrap();
        let last = prepared.model.network().layers().last().unwrap().clone();
        (prepared.task, last.units, last.activation.to_string(), prepared.training.loss)
    };
    let expected =
        |task, units, activation: &str, loss| (task, units, activation.to_string(), loss);
    assert_eq!(
        of(&["sepal_length", "petal_width"], None),
        expected(Task::Regression, 2, "identity", Loss::MeanSquaredError)
    );
    assert_eq!(
        of(&["species"], None),
        expected(Task::MultiClass, 3, "softmax", Loss::CrossEntropy)
    );
    // Two classes, and labels that may all apply, from a table of their own.
    let line = |row: usize| format!("{},{},{}\n", row, row % 2, row % 3 % 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let text: String = (0..60).map(line).collect();
    std::fs::write(&path, format!("x,a,b\n{text}")).unwrap();
    let table = open(path.to_str().unwrap(), &SourceOptions::default()).unwrap();
    let of = |targets: &[&str]| {
        let targets = targets.iter().map(|name| name.to_string()).collect();
        let prepared = Recipe { targets, ..Recipe::default() }.prepare(&table).unwrap();
        let last = prepared.model.network().layers().last().unwrap().clone();
        (prepared.task, last.units, last.activation.to_string(), prepared.training.loss)
    };
    let sigmoid = |task, units| expected(task, units, "sigmoid", Loss::BinaryCrossEntropy);
    assert_eq!(of(&["a"]), sigmoid(Task::Binary, 1));
    assert_eq!(of(&["a", "b"]), sigmoid(Task::MultiLabel, 2));
}

/// A threshold unit divides the plane in two; units joined by AND enclose a convex region.
#[test]
fn decision_regions_of_threshold_units() {
    // x > -1, x < 1, y > -1, y < 1: a square.
    let network = Network::new(2).dense(4, Activation::Heaviside).dense(1, Activation::Heaviside);
    let mut model: Model<f64> = network.build(1).unwrap();
    let sides = array![[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]];
    model.set_layer(0, sides.view(), array![1.0, 1.0, 1.0, 1.0].view()).unwrap();
    let and = array![[1.0], [1.0], [1.0], [1.0]];
    model.set_layer(1, and.view(), array![-3.5].view()).unwrap();
    let is_inside = |x: f64, y: f64| model.predict(array![[x, y]].view()).unwrap()[[0, 0]] == 1.0;
    let mut stream = Stream::new(1, "regions");
    let inside: Vec<(f64, f64)> = (0..300)
        .map(|_| (4.0 * stream.uniform() - 2.0, 4.0 * stream.uniform() - 2.0))
        .filter(|&(x, y)| {
            assert_eq!(is_inside(x, y), x.abs() <= 1.0 && y.abs() <= 1.0, "{x}, {y}");
            is_inside(x, y)
        })
        .collect();
    for pair in inside.windows(2) {
        let between = stream.uniform();
        let mix = |a: f64, b: f64| a + between * (b - a);
        assert!(is_inside(mix(pair[0].0, pair[1].0), mix(pair[0].1, pair[1].1)), "convex");
    }
    let half = Network::new(2).dense(1, Activation::Heaviside);
    let mut half: Model<f64> = half.build(1).unwrap();
    half.set_layer(0, array![[2.0], [-1.0]].view(), array![0.5].view()).unwrap();
    for (x, y) in inside {
        let found = half.predict(array![[x, y]].view()).unwrap()[[0, 0]];
        assert_eq!(found, f64::from(2.0 * x - y + 0.5 >= 0.0));
    }
}

fn noisy_line() -> (Array2<f64>, Array2<f64>) {
    let mut stream = Stream::new(3, "line");
    let x = Array2::from_shape_simple_fn((24, 2), || stream.normal());
    let y = Array2::from_shape_fn((24, 1), |(row, _)| x[[row, 0]] - 3.0 * x[[row, 1]]);
    (x, y)
}

/// Batches of all rows, of some, of one: each is a step along the mean gradient of its rows.
#[test]
fn full_batch_mini_batch_and_single_sample_gradient_descent() {
    let (x, y) = noisy_line();
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    for batch_size in [24, 7, 1] {
        let descent = Sgd { learning_rate: 0.05 };
        let training = Training { batch_size, ..Training::new(&network).optimizer(descent) };
        let mut model: Model<f64> = network.build(1).unwrap();
        let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
        let mut weights = model.weights(0);
        let mut bias = 0.0;
        let rows: Vec<u32> = (0..24).collect();
        for batch in rows.chunks(batch_size) {
            let chosen: Vec<usize> = batch.iter().map(|&row| row as usize).collect();
            let (x, y) = (x.select(ndarray::Axis(0), &chosen), y.select(ndarray::Axis(0), &chosen));
            let errors = x.dot(&weights) + bias - y;
            weights = weights - x.t().dot(&errors) * (0.05 * 2.0 / batch.len() as f64);
            bias -= 0.05 * 2.0 * errors.sum() / batch.len() as f64;
            trainer.step(&mut model, &examples, Some(batch)).unwrap();
        }
        assert!((&weights - &model.weights(0)).iter().all(|error| error.abs() < 1e-12));
        close(model.biases(0)[0], bias);
        let run = Training { epochs: 200, ..training };
        let mut model: Model<f64> = network.build(1).unwrap();
        let report = run.fit(&mut model, &examples).unwrap();
        assert!(report.history.last().unwrap().loss < 1e-3, "batches of {batch_size}");
    }
}

#[test]
fn rows_are_shuffled_anew_in_each_epoch_from_the_seed() {
    let (x, y) = noisy_line();
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let losses = |seed| {
        let mut losses = Vec::new();
        let mut note = |event: &chainrule::train::Event<'_>| {
            if let chainrule::train::Event::Step { loss, .. } = event {
                losses.push(*loss);
            }
            std::ops::ControlFlow::Continue(())
        };
        // So small a rate that the order of the losses is the order of the rows.
        let descent = Sgd { learning_rate: 1e-300 };
        let training = Training { batch_size: 1, epochs: 2, seed, ..Training::new(&network) };
        let mut model: Model<f64> = network.build(1).unwrap();
        let training = training.optimizer(descent);
        training.fit_with(&mut model, &examples, None, &mut [&mut note]).unwrap();
        losses
    };
    let first = losses(1);
    let (one, two) = first.split_at(24);
    assert_ne!(one, two, "the second epoch has another order");
    let sorted = |losses: &[f64]| {
        let mut losses = losses.to_vec();
        losses.sort_by(f64::total_cmp);
        losses
    };
    assert_eq!(sorted(one), sorted(two), "of the same rows");
    assert_eq!(losses(1), first);
    assert_ne!(losses(2)[..24], *one);
}

#[test]
fn dropout_is_for_training_alone() {
    let network = Network::new(3)
        .dropout(0.5)
        .dense(8, Activation::Identity)
        .dropout(0.5)
        .dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let x = Array2::ones((400, 3));
    let plain = x.dot(&model.weights(0)).dot(&model.weights(1));
    assert!((&plain - &model.predict(x.view()).unwrap()).iter().all(|error| error.abs() < 1e-12));
    // In training the kept units are scaled up, so that on average nothing changes.
    let y = plain.clone();
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let training = Training { batch_size: 400, ..Training::new(&network) };
    let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
    assert!(
        trainer.step(&mut model, &examples, None).unwrap() > 1e-3,
        "the masks make a difference"
    );
}

/// What normalisation gives has mean 0 and variance 1 in training, whatever the inputs' units.
#[test]
fn normalised_units_have_mean_zero_and_variance_one() {
    let mut stream = Stream::new(5, "units");
    let x = Array2::from_shape_simple_fn((50, 3), || 1e3 + 50.0 * stream.normal());
    let network =
        Network::new(3).dense(4, Activation::Identity).normalization(Normalization::BATCH);
    let mut model: Model<f64> = network.build(1).unwrap();
    let zeros = Array2::zeros((50, 4));
    let examples = Examples::values(x.view(), zeros.view()).unwrap();
    let training = Training { batch_size: 50, ..Training::new(&network) };
    let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
    // Against zeros the mean squared error is the variance, less the share of epsilon.
    let loss = trainer.step(&mut model, &examples, None).unwrap();
    assert!((loss - 1.0).abs() < 1e-6, "{loss}");
    let network =
        Network::new(3).dense(4, Activation::Identity).normalization(Normalization::LAYER);
    let model: Model<f64> = network.build(1).unwrap();
    for row in model.predict(x.view()).unwrap().rows() {
        close(row.sum(), 0.0);
        assert!((row.mapv(|z| z * z).sum() / 4.0 - 1.0).abs() < 1e-6);
    }
}

#[test]
fn initialisers_draw_from_the_seed_and_biases_begin_at_zero() {
    for &name in Initializer::NAMES {
        let network = Network::new(30)
            .dense(20, Activation::Tanh)
            .initializer(name.parse().unwrap())
            .dense(2, Activation::Identity);
        let build = |seed| network.build::<f64>(seed).unwrap();
        assert_eq!(build(1).weights(0), build(1).weights(0), "{name}");
        let is_fixed = ["constant", "zeros"].contains(&name);
        assert_eq!(build(1).weights(0) == build(2).weights(0), is_fixed, "{name}");
        assert!(build(1).biases(0).iter().all(|bias| *bias == 0.0), "{name}");
    }
}
