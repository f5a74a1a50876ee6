//! Steps that are too long, and gradients that get lost on their way back.

use chainrule::optim::Sgd;
use chainrule::train::trace_row;
use chainrule::{Activation, Error, Examples, Model, Network, Training};
use ndarray::{Array2, array};

fn main() -> Result<(), Error> {
    learning_rates()?;
    gradients()
}

/// Fits w to y = 2 x at x = -1 and x = 1, beginning at w = 0.
fn learning_rates() -> Result<(), Error> {
    let (inputs, values) = (array![[-1.0], [1.0]], array![[-2.0], [2.0]]);
    let examples = Examples::values(inputs.view(), values.view())?;
    let network = Network::new(1).dense(1, Activation::Identity);
    println!("  rate   w after 1, 2, 3, 4 and 20 steps");
    for learning_rate in [0.01, 0.4, 0.9, 1.0, 1.1] {
        let mut weights = String::new();
        for steps in [1, 2, 3, 4, 20] {
            let layer = (Array2::zeros((1, 1)), array![0.0]);
            let mut model: Model<f64> = Model::on_paper(&network, &[layer])?;
            let training = Training::new(&network).optimizer(Sgd { learning_rate }).epochs(steps);
            training.fit(&mut model, &examples)?;
            weights += &format!("  {:>8.4}", model.weights(0)[[0, 0]]);
        }
        println!("  {learning_rate:<4}{weights}");
    }
    Ok(())
}

/// The gradient of each layer's weights in stacks of sigmoid and of ReLU layers, for one row.
fn gradients() -> Result<(), Error> {
    let inputs = Array2::from_shape_fn((1, 30), |(_, input)| f64::from(input as u32 % 5) - 2.0);
    let row = Examples::classes(inputs.view(), &[3])?;
    let mut lengths = Vec::new();
    for activation in [Activation::Sigmoid, Activation::Relu] {
        let hidden = (0..6).fold(Network::new(30), |network, _| network.dense(30, activation));
        let network = hidden.dense(10, Activation::Softmax);
        let model: Model<f64> = network.build(1)?;
        let trace = trace_row(&model, &Training::new(&network), &row, 0)?;
        let length = |numbers: &Vec<f64>| numbers.iter().map(|it| it * it).sum::<f64>().sqrt();
        let of_layer = trace.layers.iter().map(|it| it.parameters[0].gradient.as_ref());
        lengths.push(of_layer.map(|it| it.map_or(0.0, length)).collect::<Vec<_>>());
    }
    println!("\n  layer   gradient, sigmoid   gradient, ReLU");
    for (layer, (sigmoid, relu)) in lengths[0].iter().zip(&lengths[1]).enumerate() {
        println!("  {:<5}   {sigmoid:<17.1e}   {relu:.1e}", layer + 1);
    }
    Ok(())
}
