//! Fifty steps against PyTorch in f64: tests/golden/optimizers.json, made by the script beside it.

use chainrule::train::{Clip, Trainer};
use chainrule::{
    Dense, Examples, LayerActivation, Loss, Model, Network, Normalization, Optimizer, Targets,
    Training,
};
use ndarray::{Array2, CowArray};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

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
    scales: Vec<Option<Vec<f64>>>,
}

#[derive(Deserialize)]
struct Layer {
    inputs: usize,
    outputs: usize,
    activation: LayerActivation,
    #[serde(default)]
    normalization: Normalization,
    skip: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    problem: String,
    optimizer: Optimizer,
    #[serde(default)]
    alpha: f64,
    #[serde(default)]
    l1: f64,
    #[serde(default)]
    label_smoothing: f64,
    #[serde(default)]
    class_weights: Vec<f64>,
    sample_weights: Option<Vec<f64>>,
    clip_norm: Option<f64>,
    clip_value: Option<f64>,
    losses: Vec<f64>,
    #[serde(default)]
    states: BTreeMap<String, Vec<f64>>,
    outputs: Option<Vec<Vec<f64>>>,
}

impl Problem {
    /// The network, and the model with its initial parameters.
    fn build(&self) -> (Network, Model<f64>) {
        let mut network = Network::new(self.layers[0].inputs);
        for layer in &self.layers {
            let Layer { outputs, ref activation, normalization, skip, .. } = *layer;
            let dense = Dense::new(outputs, activation.clone());
            network = network.layer(Dense { normalization, skip, ..dense });
        }
        let mut model: Model<f64> = network.build(1).unwrap();
        let mut set = |layer: usize, kind: &str, numbers: &[f64]| {
            model.set_parameter(&format!("layers.{layer}.{kind}"), numbers).unwrap();
        };
        for layer in 0..self.layers.len() {
            set(layer, "weight", &self.weights[layer].concat());
            set(layer, "bias", &self.biases[layer]);
            if let Some(scale) = &self.scales[layer] {
                set(layer, "scale", scale);
            }
        }
        (network, model)
    }
}

fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    let columns = rows[0].len();
    Array2::from_shape_vec((rows.len(), columns), rows.concat()).unwrap()
}

fn assert_near(case: &str, what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{case}, {what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = ((found - expected) / expected).abs();
        assert!(error < 1e-9, "{case}, {what} {index}: {found} for {expected}");
    }
}

fn judge(problem: &Problem, case: &Case) {
    let (network, mut model) = problem.build();
    let (x, y) = (matrix(&problem.x), matrix(&problem.y));
    let targets = match case.class_weights.is_empty() {
        true => Targets::Values(CowArray::from(y.view())),
        false => {
            let class = |row: &Vec<f64>| row.iter().position(|&y| y == 1.0).unwrap() as u32;
            Targets::Classes(problem.y.iter().map(class).collect())
        }
    };
    let mut examples = Examples::new(x.view(), targets).unwrap();
    if let Some(weights) = &case.sample_weights {
        examples = examples.weighted(weights).unwrap();
    }
    let training = Training {
        loss: problem.loss,
        batch_size: x.nrows(),
        alpha: case.alpha,
        l1: case.l1,
        label_smoothing: case.label_smoothing,
        class_weights: case.class_weights.clone(),
        clip: Clip { norm: case.clip_norm, value: case.clip_value },
        ..Training::new(&network).optimizer(case.optimizer)
    };
    let mut trainer = Trainer::new(&network, &training, &examples).unwrap();
    let mut step = |model: &mut Model<f64>| trainer.step(model, &examples, None).unwrap();
    assert_eq!(case.losses.len(), 51);
    assert!(case.losses[50] < 0.8 * case.losses[0], "{} hardly learns", case.name);
    let mut losses: Vec<f64> = (0..50).map(|_| step(&mut model)).collect();
    for (name, expected) in &case.states {
        assert_near(&case.name, name, &model.parameter(name).unwrap(), expected);
    }
    if let Some(expected) = &case.outputs {
        let found = model.predict(x.view()).unwrap();
        assert_near(&case.name, "output", found.as_slice().unwrap(), &expected.concat());
    }
    losses.push(step(&mut model));
    assert_near(&case.name, "loss before step", &losses, &case.losses);
}

/// Checks that the judged settings, whatever their numbers, are those of these names.
fn assert_all(names: &[&str], judged: impl Iterator<Item = impl ToString>) {
    let name = |setting: String| setting.split('(').next().unwrap().to_string();
    let judged: BTreeSet<String> = judged.map(|setting| name(setting.to_string())).collect();
    let all: BTreeSet<String> = names.iter().map(|name| name.to_string()).collect();
    assert_eq!(judged, all, "all are judged");
}

#[test]
fn fifty_steps_of_small_networks_follow_pytorch_to_1e_9() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../../tests/golden/optimizers.json")).unwrap();
    for case in &golden.cases {
        judge(&golden.problems[&case.problem], case);
    }
    let problems = || golden.cases.iter().map(|case| &golden.problems[&case.problem]);
    let layers = problems().flat_map(|problem| &problem.layers);
    let optimizers = golden.cases.iter().map(|case| case.optimizer.name());
    assert_all(Optimizer::NAMES, optimizers.chain(crate::passes::judged_optimizers()));
    assert_all(Loss::NAMES, problems().map(|problem| problem.loss));
    assert_all(Normalization::NAMES, layers.map(|layer| layer.normalization));
}
