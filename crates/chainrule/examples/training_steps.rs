//! Takes so many training steps of a small or a middle network, and nothing else, for counting
//! instructions: `training_steps small 100`. One thread; AVX2, which counting tools understand.

use chainrule::math::InstructionSet;
use chainrule::math::random::Stream;
use chainrule::train::Trainer;
use chainrule::{Activation, Examples, Model, Network, Training};
use ndarray::Array2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, size, steps] = arguments.as_slice() else {
        return Err("usage: training_steps small|middle STEPS".into());
    };
    let (network, batch_size) = match size.as_str() {
        "small" => {
            let hidden = Network::new(2).dense(8, Activation::Tanh).dense(8, Activation::Tanh);
            (hidden.dense(1, Activation::Sigmoid), 32)
        }
        "middle" => {
            let hidden = Network::new(64).dense(100, Activation::Relu);
            (hidden.dense(10, Activation::Softmax), 200)
        }
        other => return Err(format!("there is no network called {other}").into()),
    };
    let mut stream = Stream::new(1, "data");
    let inputs =
        Array2::from_shape_simple_fn((batch_size, network.inputs()), || stream.normal() as f32);
    let classes = network.outputs().max(2) as u32;
    let targets: Vec<u32> = (0..batch_size).map(|_| stream.below(classes)).collect();
    let examples = Examples::classes(inputs.view(), &targets)?;
    let set = InstructionSet::named("avx2").ok_or("this machine has no AVX2")?;
    let training = Training {
        batch_size,
        threads: Some(1),
        instruction_set: Some(set),
        ..Training::new(&network)
    };
    let mut model: Model = network.build(1)?;
    let mut trainer = Trainer::new(&network, &training, &examples)?;
    for _ in 0..steps.parse()? {
        trainer.step(&mut model, &examples, None)?;
    }
    Ok(())
}
