//! Losses of one's own, written as text.

use chainrule::graph::CheckOptions;
use chainrule::train::{OwnLoss, check_gradient, trace_row};
use chainrule::{Activation, Examples, Loss, Model, Network, Training};
use ndarray::Array2;

fn inputs() -> Array2<f64> {
    Array2::from_shape_fn((23, 3), |(row, column)| ((row * 7 + column * 5) % 11) as f64 / 5.0 - 1.0)
}

fn counts(outputs: usize) -> Array2<f64> {
    Array2::from_shape_fn((23, outputs), |(row, column)| ((row * 3 + column) % 4) as f64)
}

fn shares(outputs: usize) -> Array2<f64> {
    let one_hot = |(row, column): (usize, usize)| f64::from(u8::from(row % outputs == column));
    Array2::from_shape_fn((23, outputs), one_hot)
}

fn network(last: Activation) -> Network {
    Network::new(3).dense(5, Activation::Tanh).dense(2, last)
}

/// The weights and the validation losses after some epochs.
fn trained(training: &Training, network: &Network, y: &Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let inputs = inputs();
    let examples = Examples::values(inputs.view(), y.view()).unwrap();
    let mut model: Model<f64> = network.build(3).unwrap();
    let report = training.fit_with(&mut model, &examples, Some(&examples), &mut []).unwrap();
    let judged = report.history.iter().map(|epoch| epoch.validation.unwrap().loss).collect();
    (model.parameters().to_vec(), judged)
}

#[test]
fn a_named_loss_written_out_trains_to_the_same_weights() {
    for (name, text, activation) in [
        ("quadratic", "quadratic(y, a)", Activation::Identity),
        ("quadratic", "e = y - a; e^2/2", Activation::Sigmoid),
        ("mean_squared_error", "mean((a - y)^2, 1)", Activation::Identity),
        ("mean_absolute_error", "abs(a - y)/2", Activation::Identity),
        ("huber(0.7)", "mean_columns(huber(y, a, 0.7))", Activation::Identity),
        ("quantile(0.2)", "e = y - a; max(0.2*e, -0.8*e)/2", Activation::Identity),
        ("poisson", "mean(a - y*z, 1)", Activation::Exponential),
        ("cross_entropy", "-y*log_softmax(z)", Activation::Softmax),
        ("binary_cross_entropy", "softplus(z) - y*z", Activation::Sigmoid),
    ] {
        let loss: Loss = name.parse().unwrap();
        let network = network(activation);
        let y = if loss.is_of_classes() { shares(2) } else { counts(2) };
        let named = Training {
            loss,
            epochs: 6,
            batch_size: 5,
            alpha: 0.01,
            label_smoothing: if loss.is_of_classes() { 0.1 } else { 0.0 },
            ..Training::new(&network)
        };
        let own = Training { own_loss: Some(OwnLoss::new(text)), ..named.clone() };
        let (named, own) = (trained(&named, &network, &y), trained(&own, &network, &y));
        let pairs = named.0.iter().zip(&own.0).chain(named.1.iter().zip(&own.1));
        for (named, own) in pairs {
            assert!((named - own).abs() < 1e-12, "{text}: {own} for {named}");
        }
        assert!(named.1.len() == 6 && named.0.len() == own.0.len());
    }
}

#[test]
fn its_gradient_agrees_with_differences() {
    for text in
        ["log1p((y - a)^2)", "(1 - sigmoid(z))^2*softplus(-z)*y + a^4", "log_sum_exp(z - y)"]
    {
        let network = network(Activation::Identity);
        let model: Model<f64> = network.build(3).unwrap();
        let (inputs, y) = (inputs(), counts(2));
        let weights: Vec<f64> = (0..23).map(|row| f64::from(row % 3)).collect();
        let examples = Examples::values(inputs.view(), y.view()).unwrap();
        let examples = examples.weighted(&weights).unwrap();
        let own_loss = Some(OwnLoss::new(text));
        let training = Training { own_loss, alpha: 0.1, ..Training::new(&network) };
        let options = CheckOptions::default();
        let report = check_gradient(&model, &training, &examples, &options).unwrap();
        assert!(report.passes(1e-6), "{text}: {}", report.worst().unwrap());
        let trace = trace_row(&model, &training, &examples, 0).unwrap();
        assert!(trace.refused.is_none() && trace.layers[1].by_a.is_some());
    }
}

#[test]
fn it_needs_no_particular_output_layer() {
    let network = network(Activation::Identity);
    let own_loss = Some(OwnLoss::new("binary_cross_entropy(y, z)"));
    let training =
        Training { loss: Loss::BinaryCrossEntropy, own_loss, ..Training::new(&network).epochs(2) };
    let (weights, _) = trained(&training, &network, &shares(2));
    assert!(weights.iter().all(|weight| weight.is_finite()));
}

#[test]
fn what_is_wrong_with_a_text_is_said_with_its_place() {
    let network = network(Activation::Identity);
    let (inputs, y) = (inputs(), counts(2));
    let examples = Examples::values(inputs.view(), y.view()).unwrap();
    for (text, message) in [
        (
            "y - b",
            "the own loss: there is no `b` here; there are: a, y, z\n  y - b\n      ^".to_string(),
        ),
        ("y - ", "the own loss: expected an operand, found the end\n  y - \n      ^".to_string()),
        (
            "mean((y - a)^2)",
            "the own loss: expected a number for each row and output (batch x 2) or one for each \
             row (batch x 1), found 1 x 1; the mean over the rows is taken by the training, so \
             leave out sums and means of rows"
                .to_string(),
        ),
        (
            "y^2",
            "the own loss: it reads neither the outputs `a` nor their pre-activations `z`, so \
             there is nothing to learn from it; compare one of them with `y`"
                .to_string(),
        ),
        (
            "heaviside(a) - y",
            "the own loss: heaviside has no derivative: use sigmoid or relu where a gradient is \
             needed"
                .to_string(),
        ),
    ] {
        let own_loss = Some(OwnLoss::new(text));
        let training = Training { own_loss, ..Training::new(&network) };
        let mut model: Model<f64> = network.build(3).unwrap();
        let error = training.fit(&mut model, &examples).unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
    }
    let own_loss = Some(OwnLoss::new("(y - a)^2"));
    let summed = Training { loss: Loss::HalfSumOfSquares, own_loss, ..Training::new(&network) };
    let mut model: Model<f64> = network.build(3).unwrap();
    let error = summed.fit(&mut model, &examples).unwrap_err().to_string();
    assert!(error.starts_with("the loss beside an own loss is half_sum_of_squares"), "{error}");
}

#[test]
fn it_is_stored_as_its_text_and_left_out_where_there_is_none() {
    let network = network(Activation::Identity);
    let plain = Training::new(&network);
    let text = serde_json::to_value(&plain).unwrap();
    assert!(text.get("own_loss").is_none());
    assert_eq!(serde_json::from_value::<Training>(text).unwrap(), plain);
    let own = Training { own_loss: Some(OwnLoss::new("(y - a)^4")), ..plain };
    let text = serde_json::to_value(&own).unwrap();
    assert_eq!(text["own_loss"], "(y - a)^4");
    assert_eq!(serde_json::from_value::<Training>(text).unwrap(), own);
}
