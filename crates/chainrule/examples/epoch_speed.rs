//! Seconds per epoch on made-up data: `cargo run --release -p chainrule --example epoch_speed --
//! W4 2` prints one JSON line for a workload of benches/peers and a number of threads.

use chainrule::{Activation, Examples, Model, Network, Training};
use chainrule_math::random::Stream;
use ndarray::Array2;
use std::time::Instant;

fn main() -> Result<(), chainrule::Error> {
    let arguments: Vec<String> = std::env::args().collect();
    let workload = arguments.get(1).map_or("W4", String::as_str);
    let threads: usize = arguments.get(2).and_then(|text| text.parse().ok()).unwrap_or(2);
    let (rows, widths, batch_size): (usize, &[usize], usize) = match workload {
        "W1" => (1797, &[64, 100, 10], 200),
        "W2" => (4000, &[2, 8, 8, 1], 32),
        "W3" => (60_000, &[784, 128, 10], 64),
        "W4" => (60_000, &[784, 512, 512, 10], 128),
        "W5" => (16_384, &[2048, 2048, 2048, 10], 512),
        _ => panic!("W1 to W5"),
    };
    let hidden = if workload == "W2" { Activation::Tanh } else { Activation::Relu };
    let classes = *widths.last().expect("widths");
    let mut network = Network::new(widths[0]);
    for &units in &widths[1..widths.len() - 1] {
        network = network.dense(units, hidden);
    }
    let last = if classes == 1 { Activation::Sigmoid } else { Activation::Softmax };
    let network = network.dense(classes, last);
    let mut stream = Stream::new(1, "data");
    let inputs = Array2::from_shape_simple_fn((rows, widths[0]), || stream.normal() as f32);
    let targets: Vec<u32> = (0..rows).map(|_| stream.below(classes.max(2) as u32)).collect();
    let examples = Examples::classes(inputs.view(), &targets)?;
    let epochs = match workload {
        "W1" => 60,
        "W2" => 40,
        _ => 6,
    };
    let training =
        Training { batch_size, epochs, threads: Some(threads), ..Training::new(&network) };
    let start = Instant::now();
    let mut model: Model = network.build(1)?;
    let report = training.fit(&mut model, &examples)?;
    let mut seconds: Vec<f64> = report.history[1..].iter().map(|epoch| epoch.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    println!(
        "{{\"peer\": \"chainrule\", \"workload\": \"{workload}\", \"threads\": {threads}, \
         \"seconds_per_epoch\": {:.6}, \"kernel\": \"{}\", \"final_train_loss\": {:.5}, \"total\": {:.2}}}",
        seconds[seconds.len() / 2],
        report.kernel,
        report.chosen().loss,
        start.elapsed().as_secs_f64(),
    );
    Ok(())
}
