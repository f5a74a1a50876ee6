//! A threshold neuron that jumps, and a sigmoid neuron that follows small changes.

use chainrule::{Activation, Error, Model, Network};
use ndarray::{Array1, array};

fn main() -> Result<(), Error> {
    // Weather counts 6, company and an easy way there 2 each; the threshold is 5, the bias -5.
    let network = Network::new(3).dense(1, Activation::Threshold);
    let festival: Model = Model::on_paper(&network, &[(array![[6.0, 2.0, 2.0]], array![-5.0])])?;
    let days = array![[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]];
    let goes = festival.predict(days.view())?;
    println!("good weather alone: {}, everything else: {}", goes[[0, 0]], goes[[1, 0]]);

    // a = sigmoid(w x + b) at w = 2, b = 0, x = 1 has the slope a (1 - a) x in w.
    let neuron = |weight: f64| -> Result<f64, Error> {
        let network = Network::new(1).dense(1, Activation::Sigmoid);
        let model: Model<f64> = Model::on_paper(&network, &[(array![[weight]], Array1::zeros(1))])?;
        Ok(model.predict(array![[1.0]].view())?[[0, 0]])
    };
    let before = neuron(2.0)?;
    let slope = before * (1.0 - before);
    println!("\n  change   of the output   slope x change   error");
    for change in [0.1, 0.01, 0.001] {
        let true_change = neuron(2.0 + change)? - before;
        let estimate = slope * change;
        let error = (true_change - estimate).abs();
        println!("  {change:<6}   {true_change:<13.9}   {estimate:<14.9}   {error:.1e}");
    }
    Ok(())
}
