//! Permutation importance: worked cases, and scikit-learn's (tests/golden/importance.json, made by the
//! script beside it).

use chainrule::data::{Column, Dataset, Scale, Table, Task};
use chainrule::explain::{Importance, ImportanceOptions, permutation_importance};
use chainrule::{Kind, Model, Recipe, Score};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../../tests/golden/importance.json")).unwrap()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// The table of the file with one of its targets.
fn table(golden: &Value, target: &str) -> Table {
    let mut columns: Vec<Column> =
        ["a", "b"].iter().map(|&name| Column::numbers(name, numbers(&golden[name]))).collect();
    let texts: Vec<&str> =
        golden["c"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    columns.push(Column::text("c", &texts));
    columns.push(Column::numbers("d", numbers(&golden["d"])));
    columns.push(Column::numbers("y", numbers(&golden[target])));
    Table::new("made", columns).unwrap()
}

/// A model of one layer of the inputs a, b, c=x, c=y, c=z and d with these weights.
fn model(table: &Table, kind: Kind, task: Task, weights: [f32; 6]) -> Model {
    let data = Dataset { table: table.clone(), test: None, target: Some("y".to_string()) };
    let recipe = Recipe {
        kind,
        task: Some(task),
        scale: Some(Scale::None),
        epochs: Some(1),
        test: 0.0,
        validation: 0.0,
        ..Recipe::default()
    };
    let mut model = recipe.train(&data).unwrap().model;
    let preparation = model.preparation.clone().unwrap();
    let (at_0, at_1) = (preparation.unscale(&[0.0])[0], preparation.unscale(&[1.0])[0]);
    let unit = at_1 - at_0;
    let weights = weights.map(|weight| (f64::from(weight) / unit) as f32);
    model.set_parameter("layers.0.weight", &weights).unwrap();
    model.set_parameter("layers.0.bias", &[(-at_0 / unit) as f32]).unwrap();
    model
}

const WEIGHTS: [f32; 6] = [3.0, -2.0, 0.0, 1.0, -2.0, 0.0];

#[test]
fn it_agrees_with_scikit_learn() {
    let golden = golden();
    for (target, score, kind, task) in [
        ("number", "r2", Kind::Linear, Task::Regression),
        ("class", "accuracy", Kind::Logistic, Task::Binary),
    ] {
        let table = table(&golden, target);
        let model = model(&table, kind, task, WEIGHTS);
        let options = ImportanceOptions { repeats: 1000, threads: Some(1), ..Default::default() };
        let found = permutation_importance(&model, &table, &options).unwrap();
        let expected = &golden[score];
        assert_eq!(found.score.to_string(), score);
        let baseline = expected["baseline"].as_f64().unwrap();
        assert!((found.baseline - baseline).abs() < 1e-6, "{} {baseline}", found.baseline);
        for column in &found.columns {
            let expected = &expected["columns"][&column.column];
            let of = |name: &str| expected[name].as_f64().unwrap();
            // Both means are of random draws: four standard errors of their difference.
            let draws = 1.0 / 1000.0 + 1.0 / golden["repeats"].as_f64().unwrap();
            let error = 4.0 * of("deviation") * draws.sqrt();
            let difference = (column.mean - of("mean")).abs();
            assert!(difference <= error, "{score} of {}: {difference} {error}", column.column);
            let ratio = column.deviation / of("deviation");
            let is_unused = column.column == "d";
            assert!(
                is_unused || (ratio - 1.0).abs() < 0.1,
                "{score} of {}: {ratio}",
                column.column
            );
        }
    }
}

/// The R2 of y = w x shuffled is 1 - sum w^2 (x_i - x_j)^2 / sum (y - mean y)^2, on average over all
/// orders 1 - 2 w^2 variance(x) / variance(y).
#[test]
fn the_importance_in_a_linear_function_is_twice_its_share_of_the_variance() {
    let golden = golden();
    let (a, b) = (numbers(&golden["a"]), numbers(&golden["b"]));
    let y: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 * a - 2.0 * b).collect();
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
    };
    let mut columns = table(&golden, "number").columns().to_vec();
    columns[4] = Column::numbers("y", y.clone());
    let table = Table::new("made", columns).unwrap();
    let model = model(&table, Kind::Linear, Task::Regression, [3.0, -2.0, 0.0, 0.0, 0.0, 0.0]);
    let options = ImportanceOptions { repeats: 1000, threads: Some(1), ..Default::default() };
    let found = permutation_importance(&model, &table, &options).unwrap();
    assert!((found.baseline - 1.0).abs() < 1e-6);
    for (column, share) in found
        .columns
        .iter()
        .zip([9.0 * variance(&a) / variance(&y), 4.0 * variance(&b) / variance(&y)])
    {
        let error = 4.0 * column.deviation / 1000_f64.sqrt();
        assert!((column.mean - 2.0 * share).abs() < error, "{} {share} {error}", column.mean);
    }
    // Neither the category, shuffled as a whole, nor the last column is used.
    for column in &found.columns[2..] {
        assert!(column.drops.iter().all(|&drop| drop == 0.0), "{column:?}");
        assert_eq!((column.mean, column.deviation), (0.0, 0.0));
    }
}

#[test]
fn a_column_that_says_everything_is_worth_the_accuracy_above_chance() {
    let rows = 400;
    let x: Vec<f64> = (0..rows).map(|row| f64::from(row % 2) * 2.0 - 1.0).collect();
    let other: Vec<f64> = (0..rows).map(|row| (f64::from(row) * 12.9898).sin()).collect();
    let y: Vec<f64> = x.iter().map(|&x| f64::from(x > 0.0)).collect();
    let columns =
        [("x", x), ("other", other), ("y", y)].map(|(name, it)| Column::numbers(name, it));
    let table = Table::new("made", columns.to_vec()).unwrap();
    let data = Dataset { table: table.clone(), test: None, target: Some("y".to_string()) };
    let recipe = Recipe {
        kind: Kind::Logistic,
        epochs: Some(1),
        test: 0.0,
        validation: 0.0,
        ..Recipe::default()
    };
    let mut model = recipe.train(&data).unwrap().model;
    model.set_parameter("layers.0.weight", &[1.0, 0.0]).unwrap();
    model.set_parameter("layers.0.bias", &[0.0]).unwrap();
    let found = permutation_importance(&model, &table, &ImportanceOptions::default()).unwrap();
    assert_eq!((found.baseline, found.rows, found.repeats), (1.0, 400, 10));
    // A shuffled row meets either value alike: half of the rows are right, give or take 2.5 %.
    assert!((found.columns[0].mean - 0.5).abs() < 0.03, "{found:?}");
    assert_eq!(found.columns[1].drops, vec![0.0; 10]);
    assert_eq!(found.ranked()[0].column, "x");
}

#[test]
fn a_seed_fixes_it_and_other_columns_do_not_change_it() {
    let golden = golden();
    let table = table(&golden, "number");
    let model = model(&table, Kind::Linear, Task::Regression, WEIGHTS);
    let find = |options: ImportanceOptions| -> Importance {
        permutation_importance(&model, &table, &options).unwrap()
    };
    let usual = ImportanceOptions::default;
    let first = find(usual());
    assert_eq!(first, find(ImportanceOptions { threads: Some(2), ..usual() }));
    assert_ne!(first, find(ImportanceOptions { seed: 2, ..usual() }));
    // More repeats go on where fewer stop.
    let more = find(ImportanceOptions { repeats: 12, ..usual() });
    assert_eq!(more.columns[0].drops[..10], first.columns[0].drops);
    let some = find(ImportanceOptions { most_rows: Some(30), ..usual() });
    assert_eq!((some.rows, some.columns[3].mean), (30, 0.0));
    let by_error = find(ImportanceOptions { score: Score::Rmse, ..usual() });
    assert!(by_error.baseline > 0.0 && by_error.columns[0].mean > 0.0);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let golden = golden();
    let table = table(&golden, "number");
    let model = model(&table, Kind::Linear, Task::Regression, WEIGHTS);
    let message = |options: ImportanceOptions| {
        permutation_importance(&model, &table, &options).unwrap_err().to_string()
    };
    let usual = ImportanceOptions::default;
    let found = message(ImportanceOptions { score: Score::Accuracy, ..usual() });
    assert!(found.contains("the score is accuracy"), "{found}");
    let found = message(ImportanceOptions { repeats: 0, ..usual() });
    assert_eq!(found, "the number of repeats is 0, but must be at least 1");
    let mut bare = model.clone();
    bare.preparation = None;
    let found = permutation_importance(&bare, &table, &usual()).unwrap_err().to_string();
    assert!(found.contains("one that was trained on a table"), "{found}");
}
