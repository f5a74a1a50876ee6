//! Model files, descriptions of models, and files that lie.

use crate::Seed;
use chainrule::data::{SourceOptions, open};
use chainrule::{Activation, Model, Network, Normalization, Recipe};
use safetensors::SafeTensors;
use std::collections::HashMap;

pub(crate) fn seeds() -> Vec<Seed> {
    let line = file(&Network::new(1).dense(1, Activation::Identity));
    let deep = (0..6).fold(Network::new(2), |network, _| network.dense(2, Activation::Tanh));
    let dropout = Network::new(3)
        .dropout(0.2)
        .dense(4, Activation::LeakyRelu { leak: 0.1 })
        .dropout(0.5)
        .dense(2, Activation::Softmax);
    let normalised = Network::new(2)
        .dense(3, Activation::Relu)
        .normalization(Normalization::BATCH)
        .dense(3, Activation::Gelu)
        .normalization(Normalization::LAYER)
        .skip(1)
        .dense(1, Activation::Sigmoid);
    let trained = trained();
    let description = description(&trained);
    let changed = |from: &str, to: &str| {
        assert!(description.contains(from), "{from} is part of {description}");
        description.replacen(from, to, 1).into_bytes()
    };
    let truncated = trained[..trained.len() - 9].to_vec();
    let long_header = [&u64::MAX.to_le_bytes(), &line[8..]].concat();
    let mut not_a_number = line.clone();
    let last = not_a_number.len() - 4;
    not_a_number[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    let settings = format!("\"settings\":{}1{}", "[".repeat(100), "]".repeat(100));
    vec![
        ("line", line.clone()),
        ("deep", file(&deep)),
        ("dropout", file(&dropout)),
        ("normalised", file(&normalised)),
        (
            "of_doubles",
            Network::new(1).dense(1, Activation::Relu).build::<f64>(1).unwrap().to_bytes(),
        ),
        ("trained", trained.clone()),
        ("truncated", truncated),
        ("long_header", long_header),
        ("not_a_number", not_a_number),
        ("another_program", with_description(&line, None)),
        ("more_units", with_description(&line, Some(&self::description(&file(&deep))))),
        ("description", description.clone().into_bytes()),
        ("description_of_layers", self::description(&file(&dropout)).into_bytes()),
        ("description_of_normalised", self::description(&file(&normalised)).into_bytes()),
        ("description_of_groups", changed("\"relu\"", "\"tanh:1+relu:2\"")),
        ("description_later", changed("\"version\":1", "\"version\":2")),
        ("description_of_gigabytes", changed("\"units\":3", "\"units\":2000000000")),
        ("description_that_wraps", changed("\"units\":3", "\"units\":18446744073709551615")),
        ("description_without_units", changed("\"units\":3", "\"units\":0")),
        ("description_nested", changed("\"settings\":{", &format!("{settings},\"more\":{{"))),
    ]
}

fn file(network: &Network) -> Vec<u8> {
    let model: Model = network.build(1).expect("a sound network");
    model.to_bytes()
}

/// A model of a table, with preparation and settings.
fn trained() -> Vec<u8> {
    let iris = open("iris", &SourceOptions::default()).expect("iris comes with the program");
    let recipe = Recipe { hidden: vec![3], epochs: Some(1), ..Recipe::default() };
    recipe.train(&iris).expect("iris can be learned").model.to_bytes()
}

/// What a model file says of its model.
fn description(file: &[u8]) -> String {
    let (_, metadata) = SafeTensors::read_metadata(file).expect("a sound file");
    metadata.metadata().as_ref().expect("it is there")["chainrule"].clone()
}

/// The same tensors under another description, or under none.
fn with_description(file: &[u8], description: Option<&str>) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(file).expect("a sound file").tensors();
    let metadata = description.map(|text| HashMap::from([("chainrule".into(), text.into())]));
    safetensors::serialize(tensors, metadata).expect("tensors can be written")
}
