//! Fifty steps against PyTorch in f64: tests/golden/optimizers.json, made by the script beside it.

use chainrule::train::Trainer;
use chainrule::{Activation, Examples, Loss, Model, Network, Optimizer, Targets, Training};
use ndarray::{Array1, Array2, CowArray};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    problems: BTreeMap<String, Problem>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Problem {
    layers: Vec<Layer>,
    loss: Loss,
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    weights: Vec<Vec<Vec<f64>>>,
    biases: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Layer {
    inputs: usize,
    outputs: usize,
    activation: Activation,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    problem: String,
    optimizer: Optimizer,
    losses: Vec<f64>,
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    let columns = rows[0].len();
    Array2::from_shape_vec((rows.len(), columns), rows.concat()).unwrap()
}

#[test]
fn fifty_steps_of_three_layers_follow_pytorch_to_1e_9() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../tests/golden/optimizers.json")).unwrap();
    let mut optimizers = std::collections::BTreeSet::new();
    for case in &golden.cases {
        let problem = &golden.problems[&case.problem];
        let mut network = Network::new(problem.layers[0].inputs);
        for layer in &problem.layers {
            network = network.dense(layer.outputs, layer.activation);
        }
        let mut model: Model<f64> = network.build(1).unwrap();
        for (index, (weights, biases)) in problem.weights.iter().zip(&problem.biases).enumerate() {
            let biases = Array1::from_vec(biases.clone());
            model.set_layer(index, matrix(weights).view(), biases.view()).unwrap();
        }
        let (x, y) = (matrix(&problem.x), matrix(&problem.y));
        let targets = Targets::Values(CowArray::from(y.view()));
        let examples = Examples::new(x.view(), targets).unwrap();
        let training = Training {
            loss: problem.loss,
            batch_size: x.nrows(),
            ..Training::new(&network).optimizer(case.optimizer)
        };
        let mut trainer = Trainer::new(&network, &training).unwrap();
        assert_eq!(case.losses.len(), 51);
        assert!(case.losses[50] < 0.7 * case.losses[0], "{} hardly learns", case.name);
        for (step, expected) in case.losses.iter().enumerate() {
            let found = trainer.step(&mut model, &examples, None).unwrap();
            let error = ((found - expected) / expected).abs();
            assert!(error < 1e-9, "{}, step {step}: {found} for {expected}", case.name);
        }
        optimizers.insert(case.optimizer.name());
    }
    let all: std::collections::BTreeSet<&str> = Optimizer::NAMES.into_iter().collect();
    assert_eq!(optimizers, all, "every optimiser is judged");
}
