//! Embeddings against the layer on one-hot inputs that they are.

use chainrule::graph::CheckOptions;
use chainrule::optim::Sgd;
use chainrule::train::check_gradient;
use chainrule::{Activation, Examples, Model, Network, Training};
use ndarray::{Array2, array, concatenate, s};

const LEVELS: usize = 5;

/// Rows of a number and the number of a level, and the same with the level one-hot.
fn rows() -> (Array2<f64>, Array2<f64>, Array2<f64>) {
    let level = |row: usize| row * 7 % LEVELS;
    let number = |row: usize| (row as f64 * 0.37).sin();
    let codes = Array2::from_shape_fn((40, 2), |(row, column)| match column {
        0 => number(row),
        _ => level(row) as f64,
    });
    let wide = Array2::from_shape_fn((40, 1 + LEVELS), |(row, column)| match column {
        0 => number(row),
        _ => f64::from(u8::from(level(row) == column - 1)),
    });
    let values = Array2::from_shape_fn((40, 1), |(row, _)| number(row) * level(row) as f64);
    (codes, wide, values)
}

/// A linear layer reads the learned numbers. On one-hot inputs it is E W: one step of gradient descent
/// from the same E W changes both alike, since dL/dE = onehot' dL/dz W' and dL/dW = (onehot E)' dL/dz.
#[test]
fn an_embedding_computes_and_learns_what_a_layer_on_one_hot_inputs_does() {
    let (codes, wide, values) = rows();
    let embedded = Network::new(2).embedding(1, LEVELS, 3).dense(4, Activation::Tanh);
    let embedded = embedded.dense(1, Activation::Identity);
    let mut model: Model<f64> = embedded.build(3).unwrap();
    let rows_of_e = model.parameter("embeddings.0.weight").unwrap();
    let e = Array2::from_shape_vec((LEVELS, 3), rows_of_e).unwrap();
    assert!(
        e.row(LEVELS - 1).iter().all(|number| *number == 0.0),
        "the last level says nothing yet"
    );
    // The first layer as one that reads the one-hot inputs: its row of the number, then E W.
    let w = model.weights(0);
    let product = e.dot(&w.slice(s![1.., ..]));
    let weights = concatenate![ndarray::Axis(0), w.slice(s![..1, ..]), product];
    let plain = Network::new(1 + LEVELS).dense(4, Activation::Tanh).dense(1, Activation::Identity);
    let mut same: Model<f64> = plain.build(3).unwrap();
    same.set_layer(0, weights.view(), model.biases(0).view()).unwrap();
    same.set_layer(1, model.weights(1).view(), model.biases(1).view()).unwrap();
    let (one, other) = (model.predict(codes.view()).unwrap(), same.predict(wide.view()).unwrap());
    assert!((&one - &other).iter().all(|difference| difference.abs() < 1e-12));

    // Learning: the gradient of E is that of the one-hot layer's weights times W'.
    let examples = Examples::values(codes.view(), values.view()).unwrap();
    let others = Examples::values(wide.view(), values.view()).unwrap();
    let rate = 1e-3;
    let step = |network: &Network, model: &mut Model<f64>, examples: &Examples<'_, f64>| {
        let training = Training { epochs: 1, batch_size: 40, ..Training::new(network) };
        training.optimizer(Sgd { learning_rate: rate }).fit(model, examples).unwrap();
    };
    step(&embedded, &mut model, &examples);
    step(&plain, &mut same, &others);
    let after = model.parameter("embeddings.0.weight").unwrap();
    let after = Array2::from_shape_vec((LEVELS, 3), after).unwrap();
    let of_one_hot = same.weights(0);
    let moved = &of_one_hot.slice(s![1.., ..]) - &weights.slice(s![1.., ..]);
    let expected = moved.dot(&w.slice(s![1.., ..]).t());
    assert!((&(&after - &e) - &expected).iter().all(|difference| difference.abs() < 1e-12));
    assert!(expected.iter().any(|change| change.abs() > 1e-6));
}

#[test]
fn its_gradients_agree_with_differences_and_its_model_comes_back() {
    let (codes, _, values) = rows();
    let network = Network::new(2)
        .embedding(1, LEVELS, 3)
        .dense(6, Activation::Gelu)
        .dropout(0.1)
        .dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(1).unwrap();
    let training = Training { alpha: 0.1, ..Training::new(&network) };
    let examples = Examples::values(codes.view(), values.view()).unwrap();
    let report = check_gradient(&model, &training, &examples, &CheckOptions::default()).unwrap();
    assert!(report.elements.iter().any(|element| element.name == "embeddings.0.weight"));
    assert!(report.elements.iter().all(|element| element.relative_error < 1e-6), "{report:?}");
    let before = model.evaluate(&examples).unwrap().loss;
    Training { epochs: 2000, alpha: 0.0, ..training }.fit(&mut model, &examples).unwrap();
    assert!(model.evaluate(&examples).unwrap().loss < before / 10.0);
    let back = Model::<f64>::from_bytes(&model.to_bytes()).unwrap();
    assert_eq!(back.predict(codes.view()).unwrap(), model.predict(codes.view()).unwrap());
}

#[test]
fn threads_change_no_bit() {
    let (codes, _, values) = rows();
    let (codes, values) = (codes.mapv(|x| x as f32), values.mapv(|x| x as f32));
    let examples = Examples::values(codes.view(), values.view()).unwrap();
    let network = Network::new(2).embedding(1, LEVELS, 3).dense(64, Activation::Relu);
    let network = network.dense(1, Activation::Identity);
    let bytes = [1, 2, 3].map(|threads| {
        let mut model: Model = network.build(1).unwrap();
        let training = Training {
            epochs: 5,
            batch_size: 8,
            threads: Some(threads),
            always_all_threads: true,
            ..Training::new(&network)
        };
        training.fit(&mut model, &examples).unwrap();
        model.to_bytes()
    });
    assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2]);
}

#[test]
fn faults_are_named() {
    let message = |network: Network| network.build::<f32>(1).err().unwrap().to_string();
    let two = || Network::new(2).dense(1, Activation::Identity);
    assert!(message(two().embedding(2, 5, 3)).contains("embeds input 2, but there are 2"));
    assert!(message(two().embedding(1, 5, 3).embedding(1, 4, 2)).contains("input 1 twice"));
    assert!(message(two().embedding(1, 0, 3)).contains("0 levels"));
    let model: Model = two().embedding(1, 5, 3).build(1).unwrap();
    for wrong in [5.0, -1.0, 0.5] {
        let message =
            model.predict(array![[0.0, 1.0], [0.0, wrong]].view()).unwrap_err().to_string();
        assert!(
            message.contains("from 0 to 4 in column 1") && message.contains("row 1"),
            "{message}"
        );
    }
}

/// Between two levels there is nothing, but between what is learned for them: the contributions of an
/// embedded input are those of the line through its numbers.
#[test]
fn what_an_embedding_contributes_is_complete() {
    use chainrule::explain::{Quantity, integrated_gradients};
    let network = Network::new(2).embedding(1, LEVELS, 3).dense(6, Activation::Relu);
    let model: Model<f64> = network.dense(2, Activation::Softmax).build(4).unwrap();
    let (codes, ..) = rows();
    let baseline = array![0.3, 2.0];
    let found =
        integrated_gradients(&model, codes.view(), baseline.view(), 1, Quantity::Output).unwrap();
    for (row, &output) in found.inputs.rows().into_iter().zip(&found.outputs) {
        assert!((row.sum() - (output - found.baseline)).abs() < 1e-9, "{row} {output}");
    }
    assert!(found.inputs.column(1).iter().any(|it| it.abs() > 1e-3));
    let same = codes.rows().into_iter().zip(found.inputs.rows()).filter(|(row, _)| row[1] == 2.0);
    assert!(same.map(|(_, found)| found[1]).all(|it| it == 0.0), "the same level adds nothing");
    let wrong = array![0.0, 9.0];
    assert!(integrated_gradients(&model, codes.view(), wrong.view(), 1, Quantity::Output).is_err());
}
