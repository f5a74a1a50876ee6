//! One training step on a batch of two rows: with matrices by hand, and by the engine.

use chainrule::optim::Sgd;
use chainrule::train::Trainer;
use chainrule::{Activation, Error, Examples, Model, Network, Training};
use ndarray::{Array2, Axis, array};

fn main() -> Result<(), Error> {
    let layers =
        [(array![[1.0, -0.5], [0.5, 0.5]], array![0.0, -0.5]), (array![[2.0, -1.0]], array![0.5])];
    let network = Network::new(2).dense(2, Activation::Sigmoid).dense(1, Activation::Identity);
    let mut model: Model<f64> = Model::on_paper(&network, &layers)?;
    let (inputs, targets) = (array![[1.0, 2.0], [2.0, 0.0]], array![[2.0], [1.0]]);
    let [(w1, b1), (w2, b2)] = layers;

    // Forward: a row for each row of the batch.
    let z1 = inputs.dot(&w1.t()) + &b1;
    let a1 = z1.mapv(|z: f64| 1.0 / (1.0 + (-z).exp()));
    let a2 = a1.dot(&w2.t()) + &b2;
    let errors = &a2 - &targets;
    let rows = inputs.nrows() as f64;
    let loss = errors.mapv(|error| error * error).sum() / rows;
    println!("z1 = {z1:.6}\na1 = {a1:.6}\na2 = {a2:.6}\nloss {loss:.6}");

    // Back: the mean over the rows is in dz2, their sum in the products.
    let dz2 = errors * (2.0 / rows);
    let dw2 = dz2.t().dot(&a1);
    let da1 = dz2.dot(&w2);
    let dz1 = da1 * a1.mapv(|a| a * (1.0 - a));
    let dw1 = dz1.t().dot(&inputs);
    println!("\ndz1 = {dz1:.6}\ndw1 = {dw1:.6}\ndw2 = {dw2:.6}");

    // The step, and the same by the engine.
    let rate = 0.1;
    let by_hand = [w1 - rate * dw1, w2 - rate * dw2];
    let biases = [b1 - rate * dz1.sum_axis(Axis(0)), b2 - rate * dz2.sum_axis(Axis(0))];
    let examples = Examples::values(inputs.view(), targets.view())?;
    let training = Training::new(&network).optimizer(Sgd { learning_rate: rate });
    let mut trainer = Trainer::new(&network, &training, &examples)?;
    let loss = trainer.step(&mut model, &examples, None)?;
    println!("\nby the engine: loss {loss:.6}");
    for layer in 0..2 {
        // The engine has inputs x units.
        let weights: Array2<f64> = model.weights(layer).t().to_owned();
        let apart = (&weights - &by_hand[layer]).mapv(f64::abs).sum()
            + (&model.biases(layer) - &biases[layer]).mapv(f64::abs).sum();
        let agree = if apart < 1e-12 { "as by hand" } else { "not as by hand" };
        println!("layer {}: {weights:.6}, {agree}", layer + 1);
    }
    Ok(())
}
