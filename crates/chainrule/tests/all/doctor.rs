//! Illnesses that are made to happen are found, where they are, with a flag that cures them; healthy
//! runs are left in peace.

use chainrule::data::{Column, Dataset, Scale, SourceOptions, Table, open};
use chainrule::doctor::{Finding, Kind, Place, Severity, examine_history, examine_rows};
use chainrule::optim::{Adam, Sgd};
use chainrule::train::Epoch;
use chainrule::{
    Activation, Examples, Initializer, Model, Network, Recipe, Trained, Training, examine_table,
};
use ndarray::{Array1, Array2};

fn digits() -> Dataset {
    open("digits", &SourceOptions::default()).unwrap()
}

fn train(data: &Dataset, recipe: &Recipe) -> Trained {
    Recipe { threads: Some(1), ..recipe.clone() }.train(data).unwrap()
}

fn dataset(columns: Vec<Column>, target: &str) -> Dataset {
    let table = Table::new("made", columns).unwrap();
    Dataset { table, test: None, target: Some(target.to_string()) }
}

#[track_caller]
fn find(findings: &[Finding], kind: Kind) -> &Finding {
    let found = findings.iter().find(|finding| finding.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind:?} in {findings:#?}"))
}

#[track_caller]
fn is_free_of(findings: &[Finding], kind: Kind) {
    assert!(findings.iter().all(|finding| finding.kind != kind), "{findings:#?}");
}

#[track_caller]
fn is_healthy(findings: &[Finding]) {
    let serious = findings.iter().find(|finding| finding.severity == Severity::Serious);
    assert_eq!(serious, None, "{findings:#?}");
}

/// Numbers without a pattern, in [-1, 1].
fn noise(row: usize, column: usize) -> f64 {
    (row as f64 * 12.9898 + column as f64 * 78.233 + 1.0).sin()
}

#[test]
fn healthy_runs_have_no_serious_finding() {
    for name in ["digits", "iris"] {
        let data = open(name, &SourceOptions::default()).unwrap();
        for seed in 1..=3 {
            let recipe = Recipe { epochs: Some(40), seed, ..Recipe::default() };
            is_healthy(&train(&data, &recipe).findings);
        }
    }
}

#[test]
fn tables_of_gates_are_not_accused() {
    for gate in [[0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0]] {
        let columns = vec![
            Column::numbers("a", vec![0.0, 0.0, 1.0, 1.0]),
            Column::numbers("b", vec![0.0, 1.0, 0.0, 1.0]),
            Column::numbers("y", gate.to_vec()),
        ];
        let recipe = Recipe {
            hidden: vec![4],
            test: 0.0,
            validation: 0.0,
            epochs: Some(50),
            task: Some(chainrule::data::Task::Regression),
            ..Recipe::default()
        };
        is_free_of(&train(&dataset(columns, "y"), &recipe).findings, Kind::LeakedTarget);
    }
}

#[test]
fn biases_far_below_zero_are_dead_units() {
    let kinds = |activation| {
        let network = Network::new(3).dense(8, activation).dense(1, Activation::Identity);
        let mut model: Model = network.build(1).unwrap();
        let weights = model.weights(0);
        model.set_layer(0, weights.view(), Array1::from_elem(8, -100.0).view()).unwrap();
        let inputs = Array2::from_shape_fn((100, 3), |(row, column)| noise(row, column) as f32);
        let targets = Array2::from_shape_fn((100, 1), |(row, _)| noise(row, 0) as f32);
        let rows = Examples::values(inputs.view(), targets.view()).unwrap();
        examine_rows(&model, &Training::new(&network), &rows).unwrap()
    };
    let findings = kinds(Activation::Relu);
    let dead = find(&findings, Kind::DeadUnits);
    assert_eq!((dead.severity, &dead.place), (Severity::Serious, &Place::Layer(1)));
    assert_eq!(dead.evidence, "8 of 8 ReLU units give 0 on all 100 rows");
    assert_eq!(dead.flag.as_deref(), Some("--activation leaky_relu"));
    is_free_of(&kinds(Activation::LeakyRelu { leak: 0.01 }), Kind::DeadUnits);
}

#[test]
fn huge_weights_saturate_sigmoid_units() {
    let recipe = |initializers| Recipe {
        hidden: vec![32],
        activations: vec![Activation::Sigmoid.into()],
        initializers,
        epochs: Some(5),
        ..Recipe::default()
    };
    let sick = train(&digits(), &recipe(vec![Initializer::Normal { sigma: 50.0 }])).findings;
    let saturated = find(&sick, Kind::SaturatedUnits);
    assert_eq!((saturated.severity, &saturated.place), (Severity::Serious, &Place::Layer(1)));
    assert_eq!(saturated.flag.as_deref(), Some("--init auto"));
    is_free_of(&train(&digits(), &recipe(Vec::new())).findings, Kind::SaturatedUnits);
}

#[test]
fn gradients_vanish_in_twenty_sigmoid_layers() {
    let recipe = |activation: Activation| Recipe {
        hidden: vec![16; 20],
        activations: vec![activation.into()],
        epochs: Some(2),
        ..Recipe::default()
    };
    let sick = train(&digits(), &recipe(Activation::Sigmoid)).findings;
    let vanishing = find(&sick, Kind::VanishingGradients);
    assert_eq!((vanishing.severity, &vanishing.place), (Severity::Serious, &Place::Layer(1)));
    assert_eq!(vanishing.flag.as_deref(), Some("--activation relu"));
    is_free_of(&sick, Kind::LearningRateTooLow); // no rate is right
    is_free_of(&sick, Kind::ConstantUnits); // it follows from the same
    is_free_of(&train(&digits(), &recipe(Activation::Relu)).findings, Kind::VanishingGradients);
}

#[test]
fn gradients_explode_through_large_weights() {
    let network = |initializer| {
        (0..8)
            .fold(Network::new(8), |network, _| {
                network.dense(8, Activation::Identity).initializer(initializer)
            })
            .dense(1, Activation::Identity)
    };
    let findings = |initializer| {
        let network: Network = network(initializer);
        let model: Model<f64> = network.build(1).unwrap();
        let inputs = Array2::from_shape_fn((64, 8), |(row, column)| noise(row, column));
        let targets = Array2::from_shape_fn((64, 1), |(row, _)| noise(row, 9));
        let rows = Examples::values(inputs.view(), targets.view()).unwrap();
        examine_rows(&model, &Training::new(&network), &rows).unwrap()
    };
    let sick = findings(Initializer::Normal { sigma: 10.0 });
    let exploding = find(&sick, Kind::ExplodingGradients);
    assert_eq!(exploding.severity, Severity::Serious);
    assert!(matches!(exploding.place, Place::Layer(_)));
    assert_eq!(exploding.flag.as_deref(), Some("--init auto"));
    is_free_of(&findings(Initializer::Auto), Kind::ExplodingGradients);
}

#[test]
fn large_inputs_are_unscaled() {
    let rows = 0..200;
    let columns = || {
        vec![
            Column::numbers("large", rows.clone().map(|row| 1e4 * noise(row, 0)).collect()),
            Column::numbers("small", rows.clone().map(|row| noise(row, 1)).collect()),
            Column::numbers("y", rows.clone().map(|row| noise(row, 0) + noise(row, 1)).collect()),
        ]
    };
    let recipe = |scale| Recipe {
        hidden: vec![8],
        epochs: Some(20),
        scale: Some(scale),
        ..Recipe::default()
    };
    let sick = train(&dataset(columns(), "y"), &recipe(Scale::None)).findings;
    let unscaled = find(&sick, Kind::UnscaledInputs);
    let place = Place::Column("large".to_string());
    assert_eq!((unscaled.severity, &unscaled.place), (Severity::Serious, &place));
    assert_eq!(unscaled.flag.as_deref(), Some("--scale standard"));
    let cured = train(&dataset(columns(), "y"), &recipe(Scale::Standard)).findings;
    is_free_of(&cured, Kind::UnscaledInputs);
}

/// A small network on digits with this optimiser.
fn with_rate(optimizer: impl Into<chainrule::Optimizer>) -> Trained {
    let recipe = Recipe {
        hidden: vec![64],
        epochs: Some(20),
        optimizer: Some(optimizer.into()),
        ..Recipe::default()
    };
    train(&digits(), &recipe)
}

#[test]
fn steps_too_large_are_found_and_the_flag_cures_them() {
    let sick = with_rate(Sgd { learning_rate: 3.0 }).findings;
    let high = find(&sick, Kind::LearningRateTooHigh);
    assert_eq!(high.severity, Severity::Serious);
    assert_eq!(high.flag.as_deref(), Some("--learning-rate 0.3"));
    assert_eq!(high.place, Place::Epoch(2));
    // What follows from the rate has no cure of its own.
    assert_eq!(find(&sick, Kind::DeadUnits).flag, high.flag);
    is_free_of(&sick, Kind::ClassNeverPredicted);
    is_healthy(&with_rate(Sgd { learning_rate: 0.3 }).findings);
    // Adam survives, but its loss goes up and down.
    let rough = with_rate(Adam { learning_rate: 0.1, ..Adam::default() }).findings;
    let high = find(&rough, Kind::LearningRateTooHigh);
    assert_eq!(high.flag.as_deref(), Some("--learning-rate 0.01"));
    is_healthy(&with_rate(Adam { learning_rate: 0.01, ..Adam::default() }).findings);
}

#[test]
fn steps_too_small_are_found_and_the_flag_cures_them() {
    let sick = with_rate(Adam { learning_rate: 1e-6, ..Adam::default() }).findings;
    let low = find(&sick, Kind::LearningRateTooLow);
    assert_eq!((low.severity, &low.place), (Severity::Serious, &Place::Epoch(20)));
    assert_eq!(low.flag.as_deref(), Some("--learning-rate 0.001"));
    is_free_of(&sick, Kind::Underfitting); // it follows from the rate
    let cured = with_rate(Adam::default()).findings;
    is_healthy(&cured);
    is_free_of(&cured, Kind::LearningRateTooLow);
}

/// What is found in a made-up run along a cosine, whose loss goes by the epoch and the share of the way.
fn along_a_cosine(epochs: usize, loss: impl Fn(usize, f64) -> f64) -> Vec<Finding> {
    let share = |epoch: f64| (1.0 + (std::f64::consts::PI * epoch / epochs as f64).cos()) / 2.0;
    let way = |epoch: usize| (1..=epoch).map(|it| share(it as f64)).sum::<f64>();
    let history: Vec<Epoch> = (1..=epochs)
        .map(|epoch| Epoch {
            epoch,
            loss: loss(epoch, way(epoch) / way(epochs)),
            validation: None,
            learning_rate: 0.001 * share(epoch as f64),
            gradient_norm: 1.0,
            seconds: 0.1,
            rows_per_second: 1e4,
        })
        .collect();
    let network = Network::new(4).dense(3, Activation::Softmax);
    let adam = Adam { learning_rate: 0.001, ..Adam::default() };
    let training = Training { epochs, ..Training::new(&network).optimizer(adam) };
    examine_history(&network, &training, &history)
}

/// The loss goes by the way, which a falling rate makes short at the end.
#[test]
fn a_cosine_neither_hides_nor_feigns_a_wrong_rate() {
    let straight = along_a_cosine(40, |_, way| 2.0 - 0.1 * way);
    assert_eq!(find(&straight, Kind::LearningRateTooLow).severity, Severity::Serious);
    assert!(along_a_cosine(40, |_, way| 0.2 + 2.0 * (-20.0 * way).exp()).is_empty());
    // Up and down as long as the steps are large, and smooth at the end.
    let side = |epoch: usize| if epoch.is_multiple_of(2) { -1.0 } else { 1.0 };
    let rough = along_a_cosine(40, |epoch, way| 1.0 + 0.9 * (1.0 - way) * side(epoch));
    find(&rough, Kind::LearningRateTooHigh);
    is_healthy(&rough);
}

#[test]
fn a_huge_network_on_few_rows_learns_them_by_heart() {
    // Nothing but the rows holds it back: no penalty, and a rate that does not fall.
    let recipe = |dropout: Vec<f64>| Recipe {
        optimizer: Some(Adam::default().into()),
        hidden: vec![256, 256],
        dropout,
        epochs: Some(60),
        test: 0.9,
        validation: 0.5,
        ..Recipe::default()
    };
    let sick = train(&digits(), &recipe(Vec::new())).findings;
    let overfitting = find(&sick, Kind::Overfitting);
    assert_eq!(overfitting.flag.as_deref(), Some("--dropout 0.5"));
    assert!(matches!(overfitting.place, Place::Epoch(_)));
}

/// Rows of two columns of noise and a class or number that they tell nothing of, with one more.
fn leaky(leak: Column, target: Column) -> Dataset {
    let noise = |column| (0..200).map(|row| noise(row, column)).collect();
    let columns =
        vec![Column::numbers("one", noise(3)), leak, Column::numbers("two", noise(4)), target];
    dataset(columns, "y")
}

#[test]
fn a_leaked_target_is_found_and_dropping_it_cures() {
    let classes: Vec<&str> = (0..200).map(|row| ["red", "green", "blue"][row * 7 % 3]).collect();
    let codes: Vec<&str> = (0..200).map(|row| ["R-1", "G-2", "B-3"][row * 7 % 3]).collect();
    let number = |row: usize| noise(row, 5) * 10.0;
    let class = || Column::text("y", &classes);
    let cases = [
        (Column::text("the leak", &codes), class(), "belongs to one class only"),
        (
            Column::numbers(
                "the leak",
                (0..200).map(|row| ((row * 7 % 3) * 10) as f64 + noise(row, 6)).collect(),
            ),
            class(),
            "thresholds separate the 3 classes",
        ),
        (
            Column::numbers("the leak", (0..200).map(|row| 3.0 - 2.0 * number(row)).collect()),
            Column::numbers("y", (0..200).map(number).collect()),
            "its correlation with the target is -1.000000",
        ),
        (
            Column::numbers("the leak", (0..200).map(|row| (number(row) / 5.0).exp()).collect()),
            Column::numbers("y", (0..200).map(number).collect()),
            "its rank correlation with the target is 1.000000",
        ),
    ];
    for (leak, target, evidence) in cases {
        let data = leaky(leak, target);
        let recipe = Recipe { hidden: vec![8], epochs: Some(5), ..Recipe::default() };
        let sick = train(&data, &recipe);
        let leaked = find(&sick.findings, Kind::LeakedTarget);
        let place = Place::Column("the leak".to_string());
        assert_eq!((leaked.severity, &leaked.place), (Severity::Serious, &place));
        assert!(leaked.evidence.contains(evidence), "{leaked}");
        assert_eq!(leaked.flag.as_deref(), Some("--drop 'the leak'"));
        let found = examine_table(&sick.model, &data.table).unwrap();
        find(&found, Kind::LeakedTarget);
        let cured = Recipe { drop: vec!["the leak".to_string()], ..recipe };
        is_free_of(&train(&data, &cured).findings, Kind::LeakedTarget);
    }
}

#[test]
fn a_rare_class_is_never_predicted_unless_it_counts_more() {
    let rows = 0..1000;
    let is_rare = |row: usize| row.is_multiple_of(20);
    // Where `x` is above 0 one row in ten is of the rare class, elsewhere none.
    let x = |row: usize| if is_rare(row) { noise(row, 0).abs() } else { noise(row, 0) };
    let columns = vec![
        Column::numbers("x", rows.clone().map(x).collect()),
        Column::text(
            "y",
            &rows.map(|row| if is_rare(row) { "rare" } else { "usual" }).collect::<Vec<_>>(),
        ),
    ];
    let data = dataset(columns, "y");
    let recipe = Recipe { hidden: vec![8], epochs: Some(100), ..Recipe::default() };
    let found = train(&data, &recipe).findings;
    let never = find(&found, Kind::ClassNeverPredicted);
    assert_eq!(never.place, Place::Class("rare".to_string()));
    assert_eq!(never.flag.as_deref(), Some("--class-weights balanced"));
    let imbalanced = find(&found, Kind::ImbalancedClasses);
    assert_eq!(imbalanced.place, Place::Class("usual".to_string()));
    let cured = Recipe { class_weights: Some("balanced".parse().unwrap()), ..recipe };
    let found = train(&data, &cured).findings;
    is_free_of(&found, Kind::ClassNeverPredicted);
    is_free_of(&found, Kind::ImbalancedClasses);
}

#[test]
fn constant_inputs_and_equal_units_are_found() {
    let rows = 0..100;
    let columns = vec![
        Column::numbers("still", vec![7.0; 100]),
        Column::numbers("x", rows.clone().map(|row| noise(row, 0)).collect()),
        Column::numbers("y", rows.map(|row| noise(row, 0).powi(2)).collect()),
    ];
    let recipe = Recipe {
        hidden: vec![8],
        activations: vec![Activation::Tanh.into()],
        initializers: vec![Initializer::Constant { value: 0.1 }],
        epochs: Some(5),
        // It would be left out.
        kinds: vec!["still=numeric".parse().unwrap()],
        ..Recipe::default()
    };
    let data = dataset(columns, "y");
    let sick = train(&data, &recipe).findings;
    let still = find(&sick, Kind::ConstantInputs);
    assert_eq!(still.flag.as_deref(), Some("--drop still"));
    assert_eq!(still.severity, Severity::Note);
    let equal = find(&sick, Kind::EqualUnits);
    assert_eq!((&equal.place, equal.flag.as_deref()), (&Place::Layer(1), Some("--init auto")));
    let cured = Recipe {
        initializers: Vec::new(),
        drop: vec!["still".into()],
        kinds: Vec::new(),
        ..recipe
    };
    let cured = train(&data, &cured).findings;
    is_free_of(&cured, Kind::EqualUnits);
    is_free_of(&cured, Kind::ConstantInputs);
}
