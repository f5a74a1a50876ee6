//! Integrated gradients: worked cases, the axioms of the paper, and completeness for any network.

use chainrule::data::{Column, Dataset, SourceOptions, Table, Task, open};
use chainrule::explain::{
    Attribution, AttributionOptions, Baseline, Quantity, attribute_table, integrated_gradients,
};
use chainrule::math::random::Stream;
use chainrule::{
    Activation, Dense, Initializer, LayerActivation, Model, Network, Normalization, Recipe,
    predict_table,
};
use ndarray::{Array1, Array2, ArrayView1, array};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} for {expected}");
}

/// One layer after another with these weights and biases.
fn model(network: &Network, layers: &[(Array2<f64>, Array1<f64>)]) -> Model<f64> {
    let mut model: Model<f64> = network.build(1).unwrap();
    for (layer, (weights, biases)) in layers.iter().enumerate() {
        model.set_layer(layer, weights.view(), biases.view()).unwrap();
    }
    model
}

/// Sundararajan, Taly and Yan (2017), section 2.1: f(x) = 1 - ReLU(1 - x) at 2 against 0, where the
/// gradient at the input is 0 and yet everything is due to it.
#[test]
fn the_example_of_the_paper() {
    let network = Network::new(1).dense(1, Activation::Relu).dense(1, Activation::Identity);
    let model = model(&network, &[(array![[-1.0]], array![1.0]), (array![[-1.0]], array![1.0])]);
    let found =
        integrated_gradients(&model, array![[2.0]].view(), array![0.0].view(), 0, Quantity::Output)
            .unwrap();
    close(found.inputs[[0, 0]], 1.0, 1e-12);
    assert_eq!((found.outputs[0], found.baseline), (1.0, 0.0));
}

#[test]
fn a_linear_function_is_divided_by_its_weights() {
    let network = Network::new(3).dense(2, Activation::Identity);
    let weights = array![[0.0, 2.0], [0.0, -3.0], [1.0, 0.0]];
    let model = model(&network, &[(weights, array![0.0, 5.0])]);
    let found = integrated_gradients(
        &model,
        array![[1.0, 1.0, 1.0], [0.0, 4.0, 7.0]].view(),
        array![0.5, 2.0, 0.0].view(),
        1,
        Quantity::Output,
    )
    .unwrap();
    for (found, expected) in found.inputs.iter().zip([1.0, 3.0, 0.0, -1.0, -6.0, 0.0]) {
        close(*found, expected, 1e-12);
    }
}

/// The gradient of a sigmoid along a line is its derivative by t times the weights, so the difference is
/// divided in proportion to w_i (x_i - b_i).
#[test]
fn a_logistic_regression_divides_the_probability_as_its_logit() {
    let network = Network::new(2).dense(1, Activation::Sigmoid);
    let model = model(&network, &[(array![[3.0], [-1.0]], array![-0.5])]);
    let (row, baseline) = (array![[1.0, 0.5]], array![0.0, 0.0]);
    let find =
        |quantity| integrated_gradients(&model, row.view(), baseline.view(), 0, quantity).unwrap();
    let logit = find(Quantity::Logit);
    close(logit.inputs[[0, 0]], 3.0, 1e-12);
    close(logit.inputs[[0, 1]], -0.5, 1e-12);
    close(logit.outputs[0], 2.0, 1e-12);
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let difference = sigmoid(2.0) - sigmoid(-0.5);
    let probability = find(Quantity::Output);
    close(probability.inputs[[0, 0]], difference * 3.0 / 2.5, 1e-9);
    close(probability.inputs[[0, 1]], difference * -0.5 / 2.5, 1e-9);
}

/// Against a plain sum over many points of differences of what the model predicts.
#[test]
fn it_is_the_integral_of_the_slopes() {
    let network = Network::new(3)
        .dense(8, Activation::Relu)
        .dense(5, Activation::Elu { alpha: 0.5 })
        .dense(3, Activation::Softmax);
    let model: Model<f64> = network.build(5).unwrap();
    let (row, baseline) = (array![[1.5, -2.0, 0.7]], array![-1.0, 0.3, 0.1]);
    let found =
        integrated_gradients(&model, row.view(), baseline.view(), 2, Quantity::Output).unwrap();
    // Such a sum is off by the jump over the points wherever a unit turns.
    const POINTS: usize = 1_000_000;
    const STEP: f64 = 1e-5;
    for input in 0..3 {
        let shifted = |shift: f64| {
            let points = Array2::from_shape_fn((POINTS, 3), |(point, column)| {
                let t = (point as f64 + 0.5) / POINTS as f64;
                let at = (1.0 - t) * baseline[column] + t * row[[0, column]];
                at + if column == input { shift } else { 0.0 }
            });
            model.predict(points.view()).unwrap().column(2).sum()
        };
        let slope = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP * POINTS as f64);
        close(found.inputs[[0, input]], slope * (row[[0, input]] - baseline[input]), 1e-6);
    }
}

#[test]
fn inputs_that_are_not_used_or_do_not_differ_have_nothing() {
    let network = Network::new(3).dense(6, Activation::Relu).dense(1, Activation::Identity);
    let mut model: Model<f64> = network.build(2).unwrap();
    let (mut weights, biases) = (model.weights(0), model.biases(0));
    weights.row_mut(1).fill(0.0);
    // The first and the last input are alike to it.
    let first = weights.row(0).to_owned();
    weights.row_mut(2).assign(&first);
    model.set_layer(0, weights.view(), biases.view()).unwrap();
    let find = |row: Array2<f64>, baseline: Array1<f64>| {
        integrated_gradients(&model, row.view(), baseline.view(), 0, Quantity::Output).unwrap()
    };
    let found = find(array![[2.0, 5.0, 2.0]], array![-1.0, 0.0, -1.0]).inputs;
    assert_eq!(found[[0, 1]], 0.0);
    close(found[[0, 0]], found[[0, 2]], 1e-12);
    assert!(found[[0, 0]] != 0.0);
    let found = find(array![[2.0, 5.0, 1.0]], array![2.0, 5.0, 1.0]);
    assert_eq!(found.inputs, array![[0.0, 0.0, 0.0]]);
    assert_eq!(found.outputs[0], found.baseline);
}

fn layer() -> impl Strategy<Value = Dense> {
    let names: Vec<&str> = Activation::NAMES
        .iter()
        .copied()
        .filter(|name| !["heaviside", "threshold"].contains(name))
        .collect();
    let activation = || select(names.clone()).prop_map(|name| name.parse::<Activation>().unwrap());
    let normalization = select(vec![
        Normalization::None,
        Normalization::None,
        Normalization::BATCH,
        Normalization::Layer { epsilon: 0.1 },
    ]);
    (2..=24_usize, activation(), activation(), prop::bool::ANY, normalization).prop_map(
        |(units, first, second, groups, normalization)| Dense {
            activation: match groups {
                true => LayerActivation::Groups(vec![(1, first), (units - 1, second)]),
                false => first.into(),
            },
            initializer: Initializer::GlorotNormal,
            normalization,
            ..Dense::new(units, first)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100, rng_seed: RngSeed::Fixed(1), failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn contributions_add_up_for_any_network(
        inputs in 1..=9_usize,
        hidden in prop::collection::vec(layer(), 0..=3),
        output in layer(),
        seed in 0..1000_u64,
        logit in prop::bool::ANY,
    ) {
        let mut network = hidden.into_iter().fold(Network::new(inputs), Network::layer);
        network = network.layer(output);
        let mut model: Model<f64> = network.build(seed).unwrap();
        let mut stream = Stream::new(seed, "attribution");
        // Biases that are not zero, so that units turn elsewhere than at the origin.
        for layer in 0..network.layers().len() {
            let weights = model.weights(layer);
            let biases = model.biases(layer).mapv(|_| stream.normal());
            model.set_layer(layer, weights.view(), biases.view()).unwrap();
        }
        let rows = Array2::from_shape_fn((3, inputs), |_| 3.0 * stream.normal());
        let baseline = Array1::from_shape_fn(inputs, |_| stream.normal());
        let quantity = if logit { Quantity::Logit } else { Quantity::Output };
        let found =
            integrated_gradients(&model, rows.view(), baseline.view(), 0, quantity).unwrap();
        for (contributions, value) in found.inputs.rows().into_iter().zip(&found.outputs) {
            let difference = value - found.baseline;
            let allowed = 1e-8 * difference.abs().max(1e-3 * (value.abs() + found.baseline.abs()));
            let missing = (contributions.sum() - difference).abs();
            prop_assert!(missing <= allowed + 1e-12, "{missing} of {difference} in {network:?}");
        }
        if !logit {
            let outputs = model.predict(rows.view()).unwrap();
            prop_assert_eq!(outputs.column(0).to_vec(), found.outputs);
        }
    }
}

fn explain(model: &Model, table: &Table, rows: &[usize]) -> Vec<Attribution> {
    attribute_table(model, table, rows, &AttributionOptions::default()).unwrap()
}

#[track_caller]
fn is_complete(found: &Attribution, prediction: f64) {
    let difference = found.prediction - found.baseline;
    close(found.sum(), difference, 1e-6 * difference.abs());
    // The network predicts in 32 bits.
    close(found.prediction, prediction, 1e-4 * prediction.abs());
}

#[test]
fn predictions_of_digits_are_explained_to_the_last_bit_that_counts() {
    let data = open("digits", &SourceOptions::default()).unwrap();
    let trained = Recipe { epochs: Some(8), ..Recipe::default() }.train(&data).unwrap();
    let rows: Vec<usize> = (0..6).collect();
    let predictions = predict_table(&trained.model, &data.table).unwrap();
    for found in explain(&trained.model, &data.table, &rows) {
        let class = predictions.predicted_classes[found.row] as usize;
        assert_eq!(found.output, predictions.classes[class]);
        is_complete(&found, f64::from(predictions.probabilities[found.row * 10 + class]));
        assert_eq!(found.columns.len(), 64);
        assert_eq!(found.columns[5].value, data.table.columns()[5].cell(found.row));
    }
}

/// Numbers without a pattern, in [-1, 1].
fn noise(row: usize, column: usize) -> f64 {
    (row as f64 * 12.9898 + column as f64 * 78.233 + 1.0).sin()
}

/// Two numbers, a category, and targets that depend on them.
fn made() -> Table {
    let rows = 0..120;
    let number = |column| rows.clone().map(|row| noise(row, column)).collect::<Vec<f64>>();
    let (a, b) = (number(0), number(1));
    let kind: Vec<&str> = rows.clone().map(|row| ["x", "y", "z"][row * 7 % 3]).collect();
    let value = |row: usize| 40.0 + 20.0 * a[row] - 5.0 * b[row] + [0.0, 8.0, -8.0][row * 7 % 3];
    let price: Vec<f64> = rows.clone().map(value).collect();
    let other: Vec<f64> = rows.clone().map(|row| a[row] * b[row]).collect();
    let is_dear: Vec<f64> = price.iter().map(|&it| f64::from(it > 40.0)).collect();
    let is_other: Vec<f64> = other.iter().map(|&it| f64::from(it > 0.0)).collect();
    let yes: Vec<&str> = is_dear.iter().map(|&it| if it > 0.0 { "yes" } else { "no" }).collect();
    let columns = vec![
        Column::numbers("a", a.clone()),
        Column::text("kind", &kind),
        Column::numbers("b", b.clone()),
        Column::numbers("price", price),
        Column::numbers("other", other),
        Column::numbers("dear", is_dear),
        Column::numbers("odd", is_other),
        Column::text("buy", &yes),
    ];
    Table::new("made", columns).unwrap()
}

fn train(targets: &[&str], task: Task) -> (Model, Table) {
    let table = made();
    let all = ["price", "other", "dear", "odd", "buy"];
    let recipe = Recipe {
        targets: targets.iter().map(|name| name.to_string()).collect(),
        drop: all.iter().filter(|name| !targets.contains(name)).map(|it| it.to_string()).collect(),
        task: Some(task),
        hidden: vec![12],
        epochs: Some(20),
        ..Recipe::default()
    };
    let data = Dataset { table: table.clone(), test: None, target: None };
    (recipe.train(&data).unwrap().model, table)
}

#[test]
fn a_category_is_one_column_and_targets_have_their_units() {
    let (model, table) = train(&["price", "other"], Task::Regression);
    let found = explain(&model, &table, &[3, 50]);
    let named: Vec<(usize, &str)> = found.iter().map(|it| (it.row, it.output.as_str())).collect();
    assert_eq!(named, [(3, "price"), (3, "other"), (50, "price"), (50, "other")]);
    let values = predict_table(&model, &table).unwrap().values;
    for (it, place) in found.iter().zip([6, 7, 100, 101]) {
        is_complete(it, values[place]);
        let columns: Vec<&str> = it.columns.iter().map(|it| it.column.as_str()).collect();
        assert_eq!(columns, ["a", "kind", "b"]);
        assert_eq!(it.columns[1].value, ["x", "y", "z"][it.row * 7 % 3]);
    }
    // The price grows with `a` above all, and the baseline is an average price.
    let by_a = |row: &usize| (1e6 * noise(*row, 0)) as i64;
    let (least, most) = ((0..120).min_by_key(by_a).unwrap(), (0..120).max_by_key(by_a).unwrap());
    for (row, sign) in [(least, -1.0), (most, 1.0)] {
        let price = &explain(&model, &table, &[row])[0];
        assert_eq!(price.ranked()[0].column, "a");
        assert!(sign * price.columns[0].contribution > 0.0, "{price:?}");
    }
    assert!((30.0..50.0).contains(&found[0].baseline), "{found:?}");
}

#[test]
fn the_probability_of_either_class_is_explained() {
    let (model, table) = train(&["buy"], Task::Binary);
    let both = AttributionOptions {
        outputs: vec!["no".to_string(), "yes".to_string()],
        ..AttributionOptions::default()
    };
    let predictions = predict_table(&model, &table).unwrap();
    for row in [0, 1, 2] {
        let found = attribute_table(&model, &table, &[row], &both).unwrap();
        for (class, it) in found.iter().enumerate() {
            is_complete(it, f64::from(predictions.probabilities[row * 2 + class]));
        }
        for (no, yes) in found[0].columns.iter().zip(&found[1].columns) {
            close(no.contribution, -yes.contribution, 1e-12);
        }
        let usual = &explain(&model, &table, &[row])[0];
        assert_eq!(*usual, found[predictions.predicted_classes[row] as usize]);
    }
    // The logit of the one is the negative of the other's.
    let logits = AttributionOptions { quantity: Quantity::Logit, ..both };
    let found = attribute_table(&model, &table, &[0], &logits).unwrap();
    close(found[0].prediction, -found[1].prediction, 1e-12);
    let p = f64::from(predictions.probabilities[1]);
    close(found[1].prediction, (p / (1.0 - p)).ln(), 1e-3);
}

#[test]
fn every_label_is_explained() {
    let (model, table) = train(&["dear", "odd"], Task::MultiLabel);
    let found = explain(&model, &table, &[7]);
    let predictions = predict_table(&model, &table).unwrap();
    for (label, it) in found.iter().enumerate() {
        assert_eq!(it.output, ["dear", "odd"][label]);
        is_complete(it, f64::from(predictions.probabilities[14 + label]));
    }
}

#[test]
fn baselines_are_the_mean_row_zeros_or_a_row() {
    let (model, table) = train(&["price"], Task::Regression);
    let with = |baseline| {
        let options = AttributionOptions { baseline, ..AttributionOptions::default() };
        attribute_table(&model, &table, &[4], &options).unwrap().remove(0)
    };
    let preparation = model.preparation.as_ref().unwrap();
    let predicted = |inputs: &[f32]| {
        let outputs = model.predict(ArrayView1::from(inputs).insert_axis(ndarray::Axis(0)));
        preparation.unscale(&outputs.unwrap().into_raw_vec_and_offset().0)[0]
    };
    let rows: Vec<usize> = (0..table.rows()).collect();
    let all = preparation.features(&table, &rows).unwrap();
    let mean: Vec<f32> = (0..preparation.inputs())
        .map(|input| {
            let column = all.iter().skip(input).step_by(preparation.inputs());
            column.sum::<f32>() / rows.len() as f32
        })
        .collect();
    close(with(Baseline::Mean).baseline, predicted(&mean), 1e-3);
    close(with(Baseline::Zeros).baseline, predicted(&vec![0.0; preparation.inputs()]), 1e-3);
    let of_row = with(Baseline::Row(4));
    assert_eq!(of_row.prediction, of_row.baseline);
    assert!(of_row.columns.iter().all(|column| column.contribution == 0.0));
    let other = &all[9 * preparation.inputs()..][..preparation.inputs()];
    close(with(Baseline::Row(9)).baseline, predicted(other), 1e-3);
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let (model, table) = train(&["buy"], Task::Binary);
    let message = |rows: &[usize], options: AttributionOptions| {
        attribute_table(&model, &table, rows, &options).unwrap_err().to_string()
    };
    let usual = AttributionOptions::default;
    let outputs = vec!["yse".to_string()];
    let found = message(&[0], AttributionOptions { outputs, ..usual() });
    assert!(found.contains("there is no class called \"yse\" (did you mean \"yes\"?)"), "{found}");
    let found = message(&[120], usual());
    assert!(found.contains("120"), "{found}");
    let baseline = Baseline::Row(500);
    assert!(message(&[0], AttributionOptions { baseline, ..usual() }).contains("500"));

    let steps = Network::new(1).dense(1, Activation::Heaviside);
    let steps: Model<f64> = steps.build(1).unwrap();
    let of = |row: Array2<f64>, baseline: Array1<f64>, output| {
        let found =
            integrated_gradients(&steps, row.view(), baseline.view(), output, Quantity::Output);
        found.unwrap_err().to_string()
    };
    assert!(of(array![[1.0]], array![0.0], 0).contains("heaviside"));
    assert!(of(array![[1.0]], array![0.0], 1).contains("one of the 1, counted from 0"));
    assert!(of(array![[1.0]], array![0.0, 1.0], 0).contains("the baseline: expected 1 columns"));
    assert!(of(array![[f64::NAN]], array![0.0], 0).contains("inputs"));
}
