//! The single neuron: its rules against the graph, closed forms, scikit-learn and worked numbers.

use chainrule::graph::CheckOptions;
use chainrule::neuron::{
    LinearForm, Perceptron, Separability, Verdict, delta_rule, least_squares, separability,
};
use chainrule::optim::{Lbfgs, Sgd};
use chainrule::train::{Trainer, check_gradient};
use chainrule::{Activation, Examples, Loss, Model, Network, Training};
use ndarray::{Array1, Array2, Axis, array};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    linear: Regression<Vec<f64>, Vec<f64>>,
    logistic: Regression<u32, f64>,
    softmax: Regression<u32, Vec<f64>>,
    verdicts: Vec<Case>,
}

#[derive(Deserialize)]
struct Regression<Y, P> {
    x: Vec<Vec<f64>>,
    y: Vec<Y>,
    weights: Vec<Vec<f64>>,
    biases: Vec<f64>,
    #[serde(default = "Vec::new")]
    probabilities: Vec<P>,
}

#[derive(Deserialize)]
struct Case {
    x: Vec<Vec<f64>>,
    y: Vec<u32>,
    separable: bool,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../../tests/golden/neurons.json")).unwrap()
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

/// Trains by L-BFGS until the gradient is zero, as far as f64 can tell.
fn minimum(network: &Network, examples: &Examples<'_, f64>) -> Model<f64> {
    let mut model: Model<f64> = network.build(1).unwrap();
    let lbfgs = Lbfgs { tolerance: 1e-12, ..Lbfgs::default() };
    let training = Training::new(network).epochs(2000).optimizer(lbfgs);
    training.fit(&mut model, examples).unwrap();
    model
}

#[track_caller]
fn assert_near<'a>(
    found: impl IntoIterator<Item = &'a f64>,
    expected: impl IntoIterator<Item = &'a f64>,
    tolerance: f64,
) {
    let (found, expected): (Vec<_>, Vec<_>) =
        (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((*found - *expected).abs() < tolerance, "{found} for {expected}");
    }
}

#[test]
fn linear_regression_is_the_closed_form_and_scikit_learns() {
    let Regression { x, y, weights, biases, .. } = golden().linear;
    let (x, y) = (matrix(&x), matrix(&y));
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let exact = least_squares(&examples).unwrap();
    assert_eq!(exact.rank, 4);
    assert_near(&exact.weights, &matrix(&weights), 1e-12);
    assert_near(&exact.biases, &biases, 1e-12);
    let network = Network::new(3).dense(2, Activation::Identity);
    let model = minimum(&network, &examples);
    assert_near(&model.weights(0), &exact.weights, 1e-6);
    assert_near(&model.biases(0), &exact.biases, 1e-6);
}

#[test]
fn logistic_and_softmax_regression_are_scikit_learns() {
    let Golden { logistic, softmax, .. } = golden();
    let x = matrix(&logistic.x);
    let examples = Examples::classes(x.view(), &logistic.y).unwrap();
    let model = minimum(&Network::new(2).dense(1, Activation::Sigmoid), &examples);
    assert_near(&model.weights(0), &matrix(&logistic.weights), 1e-5);
    assert_near(&model.biases(0), &logistic.biases, 1e-5);
    assert_near(&model.predict(x.view()).unwrap(), &logistic.probabilities, 1e-6);
    let x = matrix(&softmax.x);
    let examples = Examples::classes(x.view(), &softmax.y).unwrap();
    let model = minimum(&Network::new(2).dense(3, Activation::Softmax), &examples);
    // A constant added to all classes changes nothing; scikit-learn's has mean zero.
    let centred = |weights: Array2<f64>| {
        let mean = weights.mean_axis(Axis(1)).unwrap().insert_axis(Axis(1));
        weights - mean
    };
    assert_near(&centred(model.weights(0)), &matrix(&softmax.weights), 1e-5);
    let biases = centred(model.biases(0).insert_axis(Axis(0)));
    assert_near(&biases, &softmax.biases, 1e-5);
    assert_near(&model.predict(x.view()).unwrap(), &matrix(&softmax.probabilities), 1e-6);
}

#[test]
fn verdicts_are_those_of_scikit_learn_and_scipy() {
    for (number, Case { x, y, separable }) in golden().verdicts.into_iter().enumerate() {
        let x = matrix(&x);
        let examples = Examples::classes(x.view(), &y).unwrap();
        let known = separability(&examples).unwrap();
        assert_eq!(known == Separability::Separable, separable, "{number}");
        let learned =
            Perceptron { epochs: 100_000, ..Perceptron::default() }.fit(&examples).unwrap();
        match (separable, &learned.verdict) {
            (true, Verdict::Separated { margin: Some(margin) }) => {
                assert!(*margin > 0.0 && learned.mistakes == 0, "{number}");
            }
            (false, Verdict::NotSeparable { .. }) => assert!(learned.mistakes > 0, "{number}"),
            (_, verdict) => panic!("{number}: {verdict}"),
        }
    }
}

/// One step of training, and the model before it.
fn step(network: &Network, loss: Loss, rate: f64, examples: &Examples<'_, f64>) -> [Model<f64>; 2] {
    let before: Model<f64> = network.build(3).unwrap();
    let mut after = before.clone();
    let training = Training { loss, batch_size: examples.rows(), ..Training::new(network) };
    let training = training.optimizer(Sgd { learning_rate: rate });
    Trainer::new(network, &training, examples).unwrap().step(&mut after, examples, None).unwrap();
    [before, after]
}

#[test]
fn the_delta_rule_is_the_graphs_step() {
    let Regression { x, y, .. } = golden().linear;
    let (x, y) = (matrix(&x), matrix(&y));
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(3).dense(2, Activation::Identity);
    let rate = 1e-4;
    let [before, after] = step(&network, Loss::HalfSumOfSquares, rate, &examples);
    let outputs = before.predict(x.view()).unwrap();
    let (weights, biases) = delta_rule(x.view(), y.view(), outputs.view(), rate).unwrap();
    assert!(weights.iter().all(|step| step.abs() > 1e-4), "the step is none");
    assert_near(&(after.weights(0) - before.weights(0)), &weights, 1e-12);
    assert_near(&(after.biases(0) - before.biases(0)), &biases, 1e-12);
    assert!(delta_rule(x.view(), y.view(), x.view(), rate).is_err());
}

#[test]
fn the_gradients_of_logistic_and_softmax_regression_are_p_minus_y_times_x() {
    let Golden { logistic, softmax, .. } = golden();
    for (x, classes, units, activation, loss) in [
        (logistic.x, logistic.y, 1, Activation::Sigmoid, Loss::BinaryCrossEntropy),
        (softmax.x, softmax.y, 3, Activation::Softmax, Loss::CrossEntropy),
    ] {
        let x = matrix(&x);
        let examples = Examples::classes(x.view(), &classes).unwrap();
        let network = Network::new(2).dense(units, activation);
        let [before, after] = step(&network, loss, 1.0, &examples);
        let mut errors = before.predict(x.view()).unwrap();
        for (mut row, &class) in errors.rows_mut().into_iter().zip(&classes) {
            if units == 1 {
                row[0] -= f64::from(class);
            } else {
                row[class as usize] -= 1.0;
            }
        }
        let rows = x.nrows() as f64;
        assert_near(&(before.weights(0) - after.weights(0)), &(x.t().dot(&errors) / rows), 1e-12);
        let biases = errors.sum_axis(Axis(0)) / rows;
        assert_near(&(before.biases(0) - after.biases(0)), &biases, 1e-12);
        let training = Training::new(&network);
        let report = check_gradient(&before, &training, &examples, &CheckOptions::default());
        assert!(report.unwrap().passes(1e-6));
    }
}

#[test]
fn two_class_softmax_is_logistic_regression_with_the_difference_of_the_weights() {
    let Regression { x, y, .. } = golden().logistic;
    let x = matrix(&x);
    let network = Network::new(2).dense(2, Activation::Softmax);
    let two: Model<f64> = network.build(5).unwrap();
    let mut one: Model<f64> = Network::new(2).dense(1, Activation::Sigmoid).build(5).unwrap();
    let weights = two.weights(0);
    let weights = &weights.column(1) - &weights.column(0);
    let bias = two.biases(0)[1] - two.biases(0)[0];
    one.set_layer(0, weights.insert_axis(Axis(1)).view(), array![bias].view()).unwrap();
    let (pairs, single) = (two.predict(x.view()).unwrap(), one.predict(x.view()).unwrap());
    assert_near(pairs.column(1), &single, 1e-15);
    // The losses of both are one number, and both learn the same.
    let examples = Examples::classes(x.view(), &y).unwrap();
    let (pairs, single) = (two.evaluate(&examples).unwrap(), one.evaluate(&examples).unwrap());
    assert!((pairs.loss - single.loss).abs() < 1e-14);
    assert_eq!(pairs.accuracy, single.accuracy);
    let two = minimum(&network, &examples).weights(0);
    let one = minimum(&Network::new(2).dense(1, Activation::Sigmoid), &examples).weights(0);
    assert_near(&(&two.column(1) - &two.column(0)), one.column(0), 1e-6);
}

#[test]
fn class_one_is_predicted_from_the_threshold_on() {
    let mut model: Model<f64> = Network::new(1).dense(1, Activation::Sigmoid).build(1).unwrap();
    model.set_layer(0, array![[1.0]].view(), array![0.0].view()).unwrap();
    // z = ln 3 is p = 3/4, z = 0 is p = 1/2.
    let x = array![[-1e-9], [0.0], [1.0], [3.0_f64.ln() + 1e-9]];
    assert_eq!(model.predict_classes(x.view()).unwrap(), [0, 1, 1, 1]);
    assert_eq!(model.predict_classes_at(x.view(), 0.5).unwrap(), [0, 1, 1, 1]);
    assert_eq!(model.predict_classes_at(x.view(), 0.75).unwrap(), [0, 0, 0, 1]);
    assert_eq!(model.predict_classes_at(x.view(), 0.01).unwrap(), [1, 1, 1, 1]);
    for threshold in [0.0, 1.0, f64::NAN] {
        assert!(model.predict_classes_at(x.view(), threshold).is_err(), "{threshold}");
    }
    let linear: Model<f64> = Network::new(1).dense(1, Activation::Identity).build(1).unwrap();
    assert!(linear.predict_classes_at(x.view(), 0.3).is_err());
}

#[test]
fn a_row_may_have_several_labels_and_none() {
    let x = array![[0.0, 0.0], [0.0, 4.0], [4.0, 0.0], [4.0, 4.0]];
    let y = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let examples = Examples::values(x.view(), y.view()).unwrap();
    let network = Network::new(2).dense(2, Activation::Sigmoid);
    let training = Training { alpha: 1e-3, ..Training::new(&network).epochs(200) };
    let mut model: Model<f64> = network.build(1).unwrap();
    training.optimizer(Lbfgs::default()).fit(&mut model, &examples).unwrap();
    let labels = model.predict(x.view()).unwrap().mapv(|p| f64::from(u8::from(p >= 0.5)));
    assert_eq!(labels, y);
}

/// Weights 6, 2, 2 for weather, friend and venue.
#[test]
fn the_threshold_decides_what_a_unit_fires_for() {
    let weights = array![[6.0], [2.0], [2.0]];
    let all =
        Array2::from_shape_fn((8, 3), |(row, column)| f64::from(row as u8 >> (2 - column) & 1));
    for (threshold, fires) in [
        (5.0, Box::new(|w: bool, _: bool, _: bool| w) as Box<dyn Fn(bool, bool, bool) -> bool>),
        (3.0, Box::new(|w, f, v| w || (f && v))),
    ] {
        let mut model: Model<f64> =
            Network::new(3).dense(1, Activation::Threshold).build(1).unwrap();
        model.set_layer(0, weights.view(), array![-threshold].view()).unwrap();
        let outputs = model.predict(all.view()).unwrap();
        for (row, output) in all.rows().into_iter().zip(outputs.column(0)) {
            let [w, f, v] = [0, 1, 2].map(|column| row[column] == 1.0);
            assert_eq!(*output == 1.0, fires(w, f, v), "threshold {threshold}, {row}");
        }
    }
}

/// x_0 = 1 with W of n x (m + 1) in place of W and b.
#[test]
fn a_bias_is_the_weight_of_an_input_that_is_one() {
    let x = matrix(&golden().linear.x);
    let y = matrix(&golden().linear.y).mapv(f64::tanh);
    let plain = Network::new(3).dense(2, Activation::Tanh);
    let [before, after] =
        step(&plain, Loss::MeanSquaredError, 0.5, &Examples::values(x.view(), y.view()).unwrap());
    let one = Array2::ones((x.nrows(), 1));
    let augmented = ndarray::concatenate![Axis(1), one, x];
    let network = Network::new(4).dense(2, Activation::Tanh);
    let join = |model: &Model<f64>| {
        let biases = model.biases(0).insert_axis(Axis(0));
        ndarray::concatenate![Axis(0), biases, model.weights(0)]
    };
    let mut model: Model<f64> = network.build(1).unwrap();
    model.set_layer(0, join(&before).view(), Array1::zeros(2).view()).unwrap();
    let outputs = model.predict(augmented.view()).unwrap();
    assert_near(&outputs, &before.predict(x.view()).unwrap(), 1e-15);
    let examples = Examples::values(augmented.view(), y.view()).unwrap();
    let training =
        Training { loss: Loss::MeanSquaredError, batch_size: 40, ..Training::new(&network) };
    let training = training.optimizer(Sgd { learning_rate: 0.5 });
    let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
    trainer.step(&mut model, &examples, None).unwrap();
    assert_near(&model.weights(0), &join(&after), 1e-14);
    assert!((join(&after) - join(&before)).iter().all(|step| step.abs() > 1e-6));
}

/// A small change of the weights changes a sigmoid by slope times change, up to its square; a threshold
/// unit jumps.
#[test]
fn small_changes_have_small_effects_only_on_a_smooth_unit() {
    let x = array![[0.7, -1.3]];
    let weights = array![[0.4], [0.9]];
    let build = |activation, share: f64| {
        let mut model: Model<f64> = Network::new(2).dense(1, activation).build(1).unwrap();
        let change = array![[0.3], [-0.2]] * share;
        model.set_layer(0, (&weights + &change).view(), array![0.1 + 0.5 * share].view()).unwrap();
        model.predict(x.view()).unwrap()[[0, 0]]
    };
    let a = build(Activation::Sigmoid, 0.0);
    let slope = a * (1.0 - a);
    let along = 0.3 * 0.7 + 0.2 * 1.3 + 0.5;
    let error = |share| (build(Activation::Sigmoid, share) - a - slope * along * share).abs();
    for share in [0.1, 0.05, 0.025, 0.0125] {
        let ratio = error(share) / error(share / 2.0);
        assert!((3.8..4.2).contains(&ratio), "half the change, a quarter of the error: {ratio}");
    }
    // z = 0.28 - 1.17 + 0.1 = -0.79 becomes 0 at a share of 0.79 / 0.97.
    let edge = 0.79 / along;
    let jump =
        build(Activation::Threshold, edge + 1e-9) - build(Activation::Threshold, edge - 1e-9);
    assert_eq!(jump, 1.0);
}

#[test]
fn the_product_of_the_inputs_makes_xor_separable_for_one_neuron() {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let classes = [0, 1, 1, 0];
    let plain = Examples::classes(x.view(), &classes).unwrap();
    assert!(matches!(separability(&plain).unwrap(), Separability::Inseparable(_)));
    let product = (&x.column(0) * &x.column(1)).insert_axis(Axis(1));
    let more = ndarray::concatenate![Axis(1), x, product];
    let learned =
        Perceptron::default().fit(&Examples::classes(more.view(), &classes).unwrap()).unwrap();
    assert!(matches!(learned.verdict, Verdict::Separated { .. }), "{}", learned.verdict);
    let mut unit: Model<f64> = Network::new(3).dense(1, Activation::Threshold).build(1).unwrap();
    let weights = Array1::from(learned.weights).insert_axis(Axis(1));
    unit.set_layer(0, weights.view(), array![learned.bias].view()).unwrap();
    assert_eq!(unit.predict(more.view()).unwrap().column(0), array![0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn the_lines_of_a_softmax_lie_between_each_two_classes() {
    let mut model: Model<f64> = Network::new(2).dense(3, Activation::Softmax).build(1).unwrap();
    let weights = array![[1.0, 2.0, 1.0], [0.0, 1.0, 0.0]];
    model.set_layer(0, weights.view(), array![0.5, 0.0, -0.5].view()).unwrap();
    let form = LinearForm::of(&model).unwrap();
    let lines = form.lines(0.5).unwrap();
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "x_2 = -1 x_1 + 0.5: class 1 above, class 0 below",
            "class 0 everywhere",
            "x_2 = -1 x_1 - 0.5: class 1 above, class 2 below",
        ]
    );
    // On its line both classes are equally likely.
    for (line, [a, b]) in lines.iter().zip([[0, 1], [0, 2], [1, 2]]) {
        let ([w1, w2], x1) = (line.weights, 0.3);
        if w2 != 0.0 {
            let p = model.predict(array![[x1, -(w1 * x1 + line.bias) / w2]].view()).unwrap();
            assert!((p[[0, a]] - p[[0, b]]).abs() < 1e-15);
        }
    }
    assert!(form.lines(0.3).is_err());
    let hidden: Model =
        Network::new(2).dense(3, Activation::Tanh).dense(1, Activation::Sigmoid).build(1).unwrap();
    assert!(LinearForm::of(&hidden).is_none());
}
