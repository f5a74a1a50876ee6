//! What is learned from real data. Those on MNIST read the folder that CHAINRULE_DATA names.

use chainrule::data::{Dataset, Scale, SourceOptions, open};
use chainrule::optim::{Adam, Optimizer, Sgd};
use chainrule::train::Schedule;
use chainrule::{Activation, Initializer, Loss, Recipe};

/// The data set, or nothing and a note where there is no data folder.
fn from_folder(name: &str) -> Option<Dataset> {
    if std::env::var_os("CHAINRULE_DATA").is_none() {
        println!("SKIPPED {name}: CHAINRULE_DATA is not set");
        return None;
    }
    Some(open(name, &SourceOptions::default()).expect("CHAINRULE_DATA holds the data set"))
}

fn test_accuracy(recipe: &Recipe, data: &Dataset) -> f64 {
    let trained = recipe.train(data).expect("the recipe suits the data");
    trained.test.expect("there are test rows").accuracy.expect("classes have an accuracy")
}

#[test]
fn digits_with_default_settings_from_ten_seeds() {
    let digits = open("digits", &SourceOptions::default()).unwrap();
    let mut accuracies: Vec<f64> = (1..=10)
        .map(|seed| test_accuracy(&Recipe { seed, ..Recipe::default() }, &digits))
        .collect();
    accuracies.sort_by(f64::total_cmp);
    let median = (accuracies[4] + accuracies[5]) / 2.0;
    assert!(median >= 0.97 && accuracies[0] >= 0.955, "{accuracies:?}");
}

/// The lectures' first network: plain gradient descent on the quadratic cost.
#[test]
fn mnist_with_sigmoid_units_and_the_quadratic_cost() {
    let Some(mnist) = from_folder("mnist") else { return };
    let recipe = Recipe {
        hidden: vec![30],
        activations: vec![Activation::Sigmoid.into()],
        initializers: vec![Initializer::Normal { sigma: 0.1 }],
        loss: Some(Loss::Quadratic),
        optimizer: Some(Optimizer::Sgd(Sgd { learning_rate: 3.0 })),
        batch_size: Some(10),
        epochs: Some(30),
        patience: None,
        alpha: Some(0.0),
        scale: Some(Scale::Unit),
        validation: 0.0,
        ..Recipe::default()
    };
    let accuracy = test_accuracy(&recipe, &mnist);
    println!("mnist 784-30-10, sigmoid, quadratic cost: {accuracy}");
    assert!(accuracy > 0.94, "{accuracy}");
}

fn wide(epochs: usize) -> Recipe {
    Recipe {
        hidden: vec![512, 512],
        optimizer: Some(Optimizer::Adam(Adam::default())),
        schedule: Some(Schedule::Cosine),
        dropout: vec![0.3],
        batch_size: Some(128),
        epochs: Some(epochs),
        patience: None,
        alpha: Some(0.0),
        ..Recipe::default()
    }
}

#[test]
fn mnist_with_two_wide_layers() {
    let Some(mnist) = from_folder("mnist") else { return };
    let accuracy = test_accuracy(&wide(20), &mnist);
    println!("mnist 784-512-512-10: {accuracy}");
    assert!(accuracy > 0.984, "{accuracy}");
}

#[test]
fn fashion_mnist_with_two_wide_layers() {
    let Some(fashion) = from_folder("fashion-mnist") else { return };
    let accuracy = test_accuracy(&wide(20), &fashion);
    println!("fashion-mnist 784-512-512-10: {accuracy}");
    assert!(accuracy > 0.895, "{accuracy}");
}
