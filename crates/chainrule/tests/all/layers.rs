//! Normalisation, skip connections, groups of units: by hand, and in the file.

use chainrule::train::Trainer;
use chainrule::{Activation, Examples, Model, Network, Normalization, Training};
use ndarray::{Array2, array, s};

fn examples_of<'a>(x: &'a Array2<f64>, y: &'a Array2<f64>) -> Examples<'a, f64> {
    Examples::values(x.view(), y.view()).unwrap()
}

#[track_caller]
fn close(found: &Array2<f64>, expected: &Array2<f64>) {
    let error = (found - expected).iter().fold(0.0_f64, |most, error| most.max(error.abs()));
    assert!(error < 1e-12, "{found} for {expected}");
}

fn normalized(normalization: Normalization) -> (Network, Model<f64>) {
    let network = Network::new(2).dense(2, Activation::Identity).normalization(normalization);
    let mut model: Model<f64> = network.build(1).unwrap();
    model.set_layer(0, array![[1.0, 0.5], [-0.5, 2.0]].view(), array![0.3, -0.1].view()).unwrap();
    model.set_parameter("layers.0.scale", &[2.0, 0.5]).unwrap();
    (network, model)
}

#[test]
fn layer_normalisation() {
    let (_, model) = normalized(Normalization::Layer { epsilon: 0.1 });
    let x: Array2<f64> = array![[1.0, 2.0], [3.0, -1.0]];
    let u = x.dot(&array![[1.0, 0.5], [-0.5, 2.0]]);
    let mut expected = Array2::zeros((2, 2));
    for (row, mut z) in u.rows().into_iter().zip(expected.rows_mut()) {
        let mean = (row[0] + row[1]) / 2.0;
        let variance = ((row[0] - mean).powi(2) + (row[1] - mean).powi(2)) / 2.0;
        let normal = |u: f64| (u - mean) / (variance + 0.1_f64).sqrt();
        z[0] = 2.0 * normal(row[0]) + 0.3;
        z[1] = 0.5 * normal(row[1]) - 0.1;
    }
    close(&model.predict(x.view()).unwrap(), &expected);
}

/// In training the batch's own mean and variance; in prediction the running ones, which each step
/// moved towards them.
#[test]
fn batch_normalisation_keeps_running_statistics_for_predictions() {
    let (network, mut model) = normalized(Normalization::Batch { momentum: 0.1, epsilon: 1e-5 });
    let x = array![[1.0, 2.0], [3.0, -1.0], [0.0, 0.5]];
    let weights = model.weights(0);
    let u = x.dot(&weights);
    let mean = u.mean_axis(ndarray::Axis(0)).unwrap();
    let centred = &u - &mean;
    let square = centred.mapv(|c| c * c).sum_axis(ndarray::Axis(0));

    // The loss that training sees is that of the normalised batch.
    let y = Array2::zeros((3, 2));
    let training = Training { batch_size: 3, ..Training::new(&network) };
    let mut trainer = Trainer::new(&network, &training, &examples_of(&x, &y)).unwrap();
    let loss = trainer.step(&mut model, &examples_of(&x, &y), None).unwrap();
    let variance = &square / 3.0;
    let z = &centred / &(variance + 1e-5).mapv(f64::sqrt) * &array![2.0, 0.5] + array![0.3, -0.1];
    let expected = z.mapv(|z| z * z).sum() / 6.0;
    assert!((loss - expected).abs() < 1e-12, "{loss} for {expected}");

    let found = |name: &str| model.parameter(name).unwrap();
    let running_mean = found("layers.0.running_mean");
    let running_variance = found("layers.0.running_variance");
    for unit in 0..2 {
        assert!((running_mean[unit] - 0.1 * mean[unit]).abs() < 1e-15);
        // The unbiased variance, over rows - 1, as PyTorch keeps it.
        let expected = 0.9 + 0.1 * square[unit] / 2.0;
        assert!((running_variance[unit] - expected).abs() < 1e-14);
    }

    let u = x.dot(&model.weights(0));
    let deviation = running_variance.iter().map(|v| (v + 1e-5).sqrt()).collect::<Vec<_>>();
    let expected = Array2::from_shape_fn((3, 2), |(row, unit)| {
        (u[[row, unit]] - running_mean[unit]) / deviation[unit] * found("layers.0.scale")[unit]
            + found("layers.0.bias")[unit]
    });
    close(&model.predict(x.view()).unwrap(), &expected);

    // The file has everything; a row alone is predicted as among others.
    let read = Model::<f64>::from_bytes(&model.to_bytes()).unwrap();
    assert_eq!(read.predict(x.view()).unwrap(), model.predict(x.view()).unwrap());
    let alone = model.predict(x.slice(s![1..2, ..])).unwrap();
    assert_eq!(alone.row(0), model.predict(x.view()).unwrap().row(1));
}

#[test]
fn a_training_batch_of_one_row_cannot_be_normalised_over_the_batch() {
    let (network, mut model) = normalized(Normalization::BATCH);
    let (x, y) = (Array2::ones((33, 2)), Array2::zeros((33, 2)));
    let examples = examples_of(&x, &y);
    let message = Training::new(&network).fit(&mut model, &examples).unwrap_err().to_string();
    assert!(message.contains("33 rows in batches of 32, which leave 1"), "{message}");
    assert!(message.contains("take batches of 33"), "{message}");
    let single = Training { batch_size: 1, ..Training::new(&network) };
    let message = single.fit(&mut model, &examples).unwrap_err().to_string();
    assert!(message.contains("batches of 1"), "{message}");
    let mut trainer = Trainer::new(&network, &Training::new(&network), &examples).unwrap();
    assert!(trainer.step(&mut model, &examples, Some(&[4])).is_err());
    let (network, mut model) = normalized(Normalization::LAYER);
    Training::new(&network).fit(&mut model, &examples).unwrap();
}

#[test]
fn the_best_epochs_running_statistics_are_restored_with_its_weights() {
    let network = Network::new(3)
        .dense(4, Activation::Relu)
        .normalization(Normalization::BATCH)
        .dense(1, Activation::Identity);
    let x = Array2::from_shape_fn((40, 3), |(row, column)| ((row * 7 + column * 5) % 11) as f64);
    let y = Array2::from_shape_fn((40, 1), |(row, _)| ((row * 3) % 7) as f64);
    let examples = examples_of(&x, &y);
    let mut model: Model<f64> = network.build(1).unwrap();
    let training = Training { epochs: 30, ..Training::new(&network) };
    let held_out = (x.slice(s![..9, ..]).to_owned(), y.slice(s![..9, ..]).mapv(|y| 3.0 - y));
    let validation = examples_of(&held_out.0, &held_out.1);
    let report = training.fit_with(&mut model, &examples, Some(&validation), &mut []).unwrap();
    assert_eq!(model.evaluate(&validation).unwrap(), report.chosen().validation.unwrap());
}

#[test]
fn skip_connections() {
    // z2 = a1 W2 + b2 + x, z3 = a2 W3 + b3 + a1.
    let network = Network::new(2)
        .dense(2, Activation::Tanh)
        .dense(2, Activation::Sigmoid)
        .skip(0)
        .dense(2, Activation::Identity)
        .skip(1);
    let model: Model<f64> = network.build(3).unwrap();
    let x = array![[0.3, -1.2], [2.0, 0.1]];
    let a1 = x.dot(&model.weights(0)).mapv(f64::tanh);
    let a2 = (a1.dot(&model.weights(1)) + &x).mapv(|z| 1.0 / (1.0 + (-z).exp()));
    close(&model.predict(x.view()).unwrap(), &(a2.dot(&model.weights(2)) + &a1));

    let message = |network: Network| network.build::<f32>(1).unwrap_err().to_string();
    let plain = || Network::new(3).dense(2, Activation::Tanh);
    assert_eq!(
        message(plain().skip(0)),
        "layer 1: has 2 units, but the inputs, whose values are added to it, 3; give both as many"
    );
    assert!(message(plain().skip(1)).contains("which is not before it"));
    assert!(message(plain().dense(3, Activation::Relu).skip(1)).contains("but layer 1"));
}

#[test]
fn groups_of_units_with_different_activations_in_one_layer() {
    let groups: chainrule::LayerActivation = "tanh:2+relu:3+softmax:2".parse().unwrap();
    let network = Network::new(2).dense(7, groups);
    let model: Model<f64> = network.build(3).unwrap();
    let x = array![[0.3, -1.2], [2.0, 0.1]];
    let z = x.dot(&model.weights(0));
    let mut expected = z.clone();
    expected.slice_mut(s![.., ..2]).mapv_inplace(f64::tanh);
    expected.slice_mut(s![.., 2..5]).mapv_inplace(|z| z.max(0.0));
    expected.slice_mut(s![.., 5..]).mapv_inplace(f64::exp);
    for mut row in expected.rows_mut() {
        let sum = row[5] + row[6];
        row.slice_mut(s![5..]).mapv_inplace(|e| e / sum);
    }
    close(&model.predict(x.view()).unwrap(), &expected);
    let read = Model::<f64>::from_bytes(&model.to_bytes()).unwrap();
    assert_eq!(read.network(), &network);
    let wrong: chainrule::LayerActivation = "tanh:2+relu:3".parse().unwrap();
    let message = Network::new(2).dense(7, wrong).build::<f32>(1).unwrap_err().to_string();
    assert!(message.starts_with("layer 1: has 7 units, but the groups"), "{message}");
}

#[test]
fn each_layer_has_its_own_activation_and_normalisation() {
    let network = Network::new(2)
        .dense(3, Activation::Tanh)
        .normalization(Normalization::LAYER)
        .dense(4, Activation::Relu)
        .dense(1, Activation::Identity);
    assert_eq!(network.parameter_count(), (2 * 3 + 3 + 3) + (3 * 4 + 4) + (4 + 1));
    let model: Model<f64> = network.build(1).unwrap();
    let names: Vec<&str> = model.layout().places().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names[..3], ["layers.0.weight", "layers.0.scale", "layers.0.bias"]);
    assert_eq!(model.parameter("layers.0.scale"), Some(vec![1.0; 3]));
}
