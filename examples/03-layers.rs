//! XOR by two layers of threshold units; and two layers without a nonlinearity, which are one.

use chainrule::{Activation, Error, Model, Network};
use ndarray::array;

fn main() -> Result<(), Error> {
    let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let layers =
        [(array![[1.0, 1.0], [1.0, 1.0]], array![-1.5, -0.5]), (array![[-1.0, 1.0]], array![-0.5])];
    let threshold = Network::new(2).dense(2, Activation::Threshold).dense(1, Activation::Threshold);
    let xor: Model<f64> = Model::on_paper(&threshold, &layers)?;
    println!("threshold units: {}", xor.predict(inputs.view())?.column(0));

    let linear = Network::new(2).dense(2, Activation::Identity).dense(1, Activation::Identity);
    let two: Model<f64> = Model::on_paper(&linear, &layers)?;
    println!("linear units:    {}", two.predict(inputs.view())?.column(0));

    // W = W2 W1 and b = W2 b1 + b2.
    let [(w1, b1), (w2, b2)] = layers;
    let (weights, biases) = (w2.dot(&w1), w2.dot(&b1) + b2);
    println!("as one layer:    W = {weights}, b = {biases}");
    let network = Network::new(2).dense(1, Activation::Identity);
    let one = Model::on_paper(&network, &[(weights, biases)])?;
    println!("which gives:     {}", one.predict(inputs.view())?.column(0));
    Ok(())
}
