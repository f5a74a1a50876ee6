//! The same model bytes on any number of threads and any instruction set.

use chainrule::math::InstructionSet;
use chainrule::math::random::Stream;
use chainrule::{Activation, Examples, Model, Network, Predictor, Training};
use ndarray::{Array2, s};

fn made_up(rows: usize, columns: usize, classes: u32) -> (Array2<f32>, Vec<u32>) {
    let mut stream = Stream::new(3, "made up");
    let inputs = Array2::from_shape_simple_fn((rows, columns), || stream.uniform() as f32);
    let targets = (0..rows).map(|_| stream.below(classes)).collect();
    (inputs, targets)
}

/// The 784-512-512-10 network of the lectures' digits, with dropout: a few steps, the last batch
/// shorter than the others.
#[test]
fn wide_network_with_dropout() {
    let network = Network::new(784)
        .dropout(0.1)
        .dense(512, Activation::Relu)
        .dropout(0.3)
        .dense(512, Activation::Relu)
        .dropout(0.3)
        .dense(10, Activation::Softmax);
    let (inputs, targets) = made_up(100, 784, 10);
    let examples = Examples::classes(inputs.view(), &targets).unwrap();
    let train = |set: InstructionSet, threads: usize| {
        let training = Training {
            batch_size: 40,
            epochs: 1,
            alpha: 1e-3,
            threads: Some(threads),
            instruction_set: Some(set),
            ..Training::new(&network)
        };
        let mut model: Model = network.build(5).unwrap();
        let report = training.fit(&mut model, &examples).unwrap();
        assert_eq!((report.threads_used, report.kernel), (threads, set.name()));
        model.to_bytes()
    };
    let expected = train(InstructionSet::named("scalar").unwrap(), 1);
    for set in InstructionSet::available() {
        for threads in [1, 2, 3, 7] {
            if set.name() == "scalar" && threads == 1 {
                continue;
            }
            assert!(
                train(set, threads) == expected,
                "{} on {threads} threads gives another model",
                set.name()
            );
        }
    }
}

#[test]
fn every_activation_and_loss_on_every_instruction_set() {
    for name in Activation::NAMES {
        if name == "heaviside" {
            continue; // has no gradient
        }
        let hidden: Activation = name.parse().unwrap();
        for last in [Activation::Softmax, Activation::Identity] {
            let network = Network::new(9).dense(21, hidden).dense(18, hidden).dense(3, last);
            let (inputs, targets) = made_up(50, 9, 3);
            let values = inputs.slice(s![.., ..3]).to_owned();
            let train = |set: InstructionSet, threads: usize| {
                let examples = match last {
                    Activation::Softmax => Examples::classes(inputs.view(), &targets),
                    _ => Examples::values(inputs.view(), values.view()),
                };
                let training = Training {
                    epochs: 3,
                    threads: Some(threads),
                    instruction_set: Some(set),
                    ..Training::new(&network)
                };
                let mut model: Model<f64> = network.build(5).unwrap();
                let examples = examples.unwrap();
                let wide = examples.inputs().mapv(f64::from);
                let examples = match examples.targets() {
                    chainrule::Targets::Classes(classes) => {
                        Examples::classes(wide.view(), classes).unwrap()
                    }
                    chainrule::Targets::Values(values) => {
                        let values = values.mapv(f64::from);
                        let targets = chainrule::Targets::Values(values.into());
                        Examples::new(wide.view(), targets).unwrap()
                    }
                };
                training.fit(&mut model, &examples).unwrap();
                model.to_bytes()
            };
            let expected = train(InstructionSet::named("scalar").unwrap(), 1);
            for set in InstructionSet::available() {
                assert!(train(set, 2) == expected, "{name}, {last}: {} differs", set.name());
            }
        }
    }
}

#[test]
fn a_rows_prediction_has_the_same_bits_alone_and_in_any_batch() {
    let network = Network::new(64)
        .dense(100, Activation::Gelu)
        .dense(37, Activation::Tanh)
        .dense(10, Activation::Softmax);
    let model: Model = network.build(2).unwrap();
    let (inputs, _) = made_up(203, 64, 10);
    let expected = model.predict(inputs.view()).unwrap();
    for batch in [1, 2, 7, 48, 49, 100] {
        for threads in [1, 2, 3] {
            let mut predictor = Predictor::new(&model, batch, threads).unwrap();
            for first in [0, 55, 103] {
                let rows = s![first..first + batch, ..];
                let found = predictor.predict(inputs.slice(rows)).unwrap();
                assert!(found == expected.slice(rows), "{batch} rows on {threads} threads");
            }
        }
    }
}
