use super::*;
use crate::{Training, predict_table};
use chainrule_data::{SourceOptions, open};
use ndarray::array;

const XOR: &str = r#"
inputs = ["x1", "x2"]

[[layer]]
activation = "threshold"
weights = [[1, 1], [1, 1]]
biases = [-1.5, -0.5]

[[layer]]
activation = "threshold"
weights = [[-1, 1]]
biases = [-0.5]
"#;

fn message(text: &str) -> String {
    Model::<f32>::from_toml(text).unwrap_err()
}

#[test]
fn xor_by_hand() {
    let model = Model::<f32>::from_toml(XOR).unwrap();
    let xor = open("xor", &SourceOptions::default()).unwrap();
    let predictions = predict_table(&model, &xor.table).unwrap();
    assert_eq!(predictions.predicted_classes, [0, 1, 1, 0]);
    let again = Model::<f32>::from_toml(&model.to_toml().unwrap()).unwrap();
    assert!(again.to_bytes() == model.to_bytes());
}

#[test]
fn what_is_wrong_is_said_with_line_and_layer() {
    for (from, to, found) in [
        (
            "[1, 1], [1, 1]",
            "[1, 1], [1]",
            "line 6, layer 1: expected 2 weights in row 2, one for each input, found 1",
        ),
        (
            "[[-1, 1]]",
            "[[-1, 1, 2]]",
            "line 11, layer 2: expected 2 weights in row 1, one for each unit of layer 1, found 3",
        ),
        (
            "-1.5, -0.5",
            "-1.5",
            "line 7, layer 1: expected 2 biases, one for each row of weights, found 1",
        ),
        (
            "-1.5, -0.5",
            "inf, -0.5",
            "line 7, layer 1: expected a finite number in biases, found inf",
        ),
        ("-1.5, -0.5", "1e60, -0.5", "line 7, layer 1: 1000000000"),
        ("-1.5, -0.5", "\"a\", -0.5", "expected a number in biases, found a text"),
        (
            "biases = [-1.5",
            "bias = [-1.5",
            "line 7, layer 1: there is no key `bias` (did you mean `biases`?)",
        ),
        ("biases = [-1.5, -0.5]", "", "layer 1: expected the key `biases`"),
        (
            "\"threshold\"",
            "\"treshold\"",
            "line 5, layer 1: there is no activation called \"treshold\"",
        ),
        ("\"x2\"", "\"x1\"", "found \"x1\" twice"),
        ("[\"x1\", \"x2\"]", "0", "line 2: expected 1 to 65536 inputs, found 0"),
        (
            "[\"x1\", \"x2\"]",
            "[\"x1\", \"x2\"]\nclasses = [\"no\"]",
            "expected 2 classes for the last layer, not 1",
        ),
        ("[[layer]]", "[[layer]", "expected TOML"),
    ] {
        let text = XOR.replacen(from, to, 1);
        assert!(message(&text).contains(found), "{}\n{found}", message(&text));
    }
    assert!(message("").contains("expected the key `inputs`"));
    assert!(message("inputs = 2").contains("expected the key `layer`"));
    assert!(message("inputs = 2\nlayer = 3").contains("list in brackets"));
}

#[test]
fn a_trained_network_comes_back_with_the_same_bits() {
    for name in ["moons", "blobs", "plane"] {
        let data = open(name, &SourceOptions::default()).unwrap();
        let recipe = Recipe { hidden: vec![5], epochs: Some(2), ..Recipe::default() };
        let model = recipe.train(&data).unwrap().model;
        let again = Model::<f32>::from_toml(&model.to_toml().unwrap()).unwrap();
        // What fills the last panels up is nobody's.
        for layer in 0..2 {
            assert_eq!(model.weights(layer), again.weights(layer));
            assert_eq!(model.biases(layer), again.biases(layer));
        }
        let [expected, found] =
            [&model, &again].map(|model| predict_table(model, &data.table).unwrap());
        assert_eq!(expected, found, "{name}");
    }
}

#[test]
fn what_toml_cannot_say_is_refused() {
    let network = Network::new(1).dense(1, Activation::Identity);
    let model: Model = network.build(1).unwrap();
    assert!(model.to_toml().unwrap_err().to_string().contains("Model::named"));
    let network = Network::new(1).dense(2, Activation::Identity);
    let network = network.normalization(crate::Normalization::LAYER);
    let model: Model = network.build(1).unwrap().named(&["x"], &["y", "z"], &[]).unwrap();
    assert!(model.to_toml().unwrap_err().to_string().contains("layer 1: is normalised"));
}

#[test]
fn stacked_linear_layers_are_one() {
    let (w1, b1) = (array![[0.3, -1.2], [2.5, 0.7], [-0.4, 1.1]], array![0.1, -0.6, 0.9]);
    let (w2, b2) = (array![[1.5, -0.2, 0.8]], array![-0.35]);
    let network = Network::new(2).dense(3, Activation::Identity).dense(1, Activation::Identity);
    let two: Model<f64> =
        Model::on_paper(&network, &[(w1.clone(), b1.clone()), (w2.clone(), b2.clone())]).unwrap();
    let network = Network::new(2).dense(1, Activation::Identity);
    let one = Model::on_paper(&network, &[(w2.dot(&w1), w2.dot(&b1) + b2)]).unwrap();
    let inputs = array![[0.0, 0.0], [1.0, -2.0], [3.5, 0.25], [-7.0, 11.0]];
    let differences = two.predict(inputs.view()).unwrap() - one.predict(inputs.view()).unwrap();
    assert!(differences.iter().all(|difference: &f64| difference.abs() < 1e-12), "{differences}");
}

#[test]
fn units_that_begin_equal_stay_equal() {
    let network = Network::new(2).dense(3, Activation::Tanh).dense(1, Activation::Sigmoid);
    let layers =
        [(Array2::zeros((3, 2)), Array1::zeros(3)), (Array2::zeros((1, 3)), Array1::zeros(1))];
    let mut model: Model<f64> = Model::on_paper(&network, &layers).unwrap();
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let or = crate::Examples::classes(inputs.view(), &[0, 1, 1, 1]).unwrap();
    Training::new(&network).epochs(200).fit(&mut model, &or).unwrap();
    let weights = model.weights(0);
    assert!(weights.columns().into_iter().all(|unit| unit == weights.column(0)), "{weights}");
}
