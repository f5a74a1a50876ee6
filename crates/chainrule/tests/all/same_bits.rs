//! The same model bytes on any number of threads and any instruction set.

use chainrule::math::InstructionSet;
use chainrule::math::random::Stream;
use chainrule::train::{Clip, Schedule};
use chainrule::{
    Activation, Examples, LayerActivation, Loss, Model, Network, Normalization, Optimizer,
    Predictor, Training,
};
use ndarray::{Array2, s};
use sha2::{Digest, Sha256};

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
            always_all_threads: true,
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
    for &name in Activation::NAMES {
        if ["heaviside", "threshold"].contains(&name) {
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
                    always_all_threads: true,
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

/// The bytes of a small model after a few epochs with these settings.
fn small_model(network: &Network, training: &Training, classes: bool) -> Vec<u8> {
    let (inputs, targets) = made_up(46, 9, network.outputs() as u32);
    let inputs = inputs.mapv(f64::from);
    let values = inputs.slice(s![.., ..network.outputs()]).to_owned();
    let weights: Vec<f64> = (0..46).map(|row| f64::from(row % 4)).collect();
    let examples = match classes {
        true => Examples::classes(inputs.view(), &targets).unwrap(),
        false => Examples::values(inputs.view(), values.view()).unwrap(),
    };
    let examples = examples.weighted(&weights).unwrap();
    let mut model: Model<f64> = network.build(5).unwrap();
    training.fit(&mut model, &examples).unwrap();
    model.to_bytes()
}

/// Whether the model has the same bytes on every instruction set, and on 1, 2, 3 and 7 threads.
fn same_everywhere(what: &str, network: &Network, training: &Training, classes: bool) {
    let train = |set: InstructionSet, threads: usize| {
        let (threads, instruction_set) = (Some(threads), Some(set));
        let training =
            Training { threads, instruction_set, always_all_threads: true, ..training.clone() };
        small_model(network, &training, classes)
    };
    let expected = train(InstructionSet::named("scalar").unwrap(), 1);
    for set in InstructionSet::available() {
        for threads in [1, 2, 3, 7] {
            assert!(train(set, threads) == expected, "{what}: {}, {threads} threads", set.name());
        }
    }
}

#[test]
fn every_normalisation_with_skips_and_groups() {
    for normalization in [Normalization::BATCH, Normalization::LAYER] {
        let groups: LayerActivation = "tanh:7+relu:14".parse().unwrap();
        let network = Network::new(9)
            .dense(21, groups)
            .normalization(normalization)
            .dense(21, Activation::Silu)
            .normalization(normalization)
            .skip(1)
            .dense(3, Activation::Softmax);
        let training = Training {
            epochs: 3,
            batch_size: 20,
            alpha: 1e-3,
            l1: 1e-3,
            label_smoothing: 0.1,
            class_weights: vec![1.0, 2.0, 0.5],
            ..Training::new(&network)
        };
        same_everywhere(&normalization.to_string(), &network, &training, true);
    }
}

#[test]
fn every_optimiser_with_clipping_and_without() {
    let network = Network::new(9).dense(21, Activation::Tanh).dense(3, Activation::Identity);
    for &name in Optimizer::NAMES {
        let optimizer: Optimizer = name.parse().unwrap();
        for clip in [Clip::default(), Clip { norm: Some(0.1), value: Some(0.02) }] {
            if optimizer.is_full_batch() && !clip.is_none() {
                continue; // refused
            }
            let (epochs, batch_size) = (3, 20);
            let training = Training { epochs, batch_size, clip, ..Training::new(&network) };
            same_everywhere(name, &network, &training.optimizer(optimizer), false);
        }
    }
}

#[test]
fn every_loss_of_numbers() {
    for &name in Loss::NAMES {
        let loss: Loss = name.parse().unwrap();
        let last = loss.output_activation().unwrap_or(Activation::Identity);
        let network = Network::new(9).dense(21, Activation::Tanh).dense(3, last);
        let training = Training { epochs: 3, batch_size: 20, loss, ..Training::new(&network) };
        same_everywhere(name, &network, &training, last == Activation::Softmax);
    }
}

/// The sum was recorded on x86-64 and is the same on 64-bit Arm. Another one means that a model of
/// this seed is no longer the model it was: so it changes with the format of the file or the order
/// of a sum, and with nothing else.
#[test]
fn a_small_training_has_the_same_bytes_on_every_platform() {
    let network = Network::new(9)
        .dropout(0.1)
        .dense(21, Activation::Gelu)
        .normalization(Normalization::BATCH)
        .dense(18, Activation::Tanh)
        .dense(3, Activation::Softmax);
    let (inputs, targets) = made_up(46, 9, 3);
    let examples = Examples::classes(inputs.view(), &targets).unwrap();
    let training = Training {
        epochs: 3,
        batch_size: 20,
        schedule: Schedule::Cosine,
        clip: Clip { norm: Some(1.0), value: None },
        ..Training::new(&network)
    };
    let mut model: Model = network.build(5).unwrap();
    training.fit(&mut model, &examples).unwrap();
    let sum: String =
        Sha256::digest(model.to_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sum, "f72f8113500ee63d8b2aa29894367fecced7cb590a70527d5dd93858c80502cd");
}
