//! Every model beside scikit-learn's on the same folds: tests/baselines/reference.py computed the scores.

use chainrule::Recipe;
use chainrule::data::{
    Column, ColumnChoice, CsvOptions, Dataset, Folds, SourceOptions, Table, Task, Values, open,
    parse_csv,
};
use chainrule_compare::{Comparison, Contender, Measure};
use serde_json::Value;
use std::path::PathBuf;

/// How far a mean score may be from scikit-learn's.
const NEAR: f64 = 0.01;

fn reference() -> Value {
    serde_json::from_str(include_str!("baselines/reference.json")).unwrap()
}

/// Row i, counted from 0, is in fold i % 5.
fn folds(rows: usize) -> Folds {
    let lines: Vec<String> = (0..rows).map(|row| format!("{},{}", row + 1, row % 5 + 1)).collect();
    Folds::parse_csv("folds", &format!("row,fold\n{}\n", lines.join("\n")), rows).unwrap()
}

/// Compares the models with the reference; forests by their mean over some seeds.
fn check(name: &str, data: &Dataset, recipe: Recipe, measures: &[Measure], seeds: u64) {
    let expected = &reference()["scores"][name];
    let run = |models: Vec<Contender>, seed: u64| {
        let comparison = Comparison {
            recipe: Recipe { seed, ..recipe.clone() },
            models,
            given: Some(folds(data.table.rows())),
            ..Comparison::default()
        };
        comparison.run(data, &|_| {}).unwrap().models
    };
    let exact = run(vec![Contender::Dummy, Contender::Linear, Contender::Svm], 1);
    let forests: Vec<_> = (1..=seeds).flat_map(|seed| run(vec![Contender::Forest], seed)).collect();
    for &measure in measures {
        let forest = forests.iter().map(|it| it.mean(measure).unwrap()).sum::<f64>() / seeds as f64;
        let found = exact.iter().map(|it| (it.model.name(), it.mean(measure).unwrap()));
        for (model, found) in found.chain([("forest", forest)]) {
            let expected = expected[model][measure.name()]["mean"].as_f64().unwrap();
            println!("{name} {model} {measure}: {found:.4}, scikit-learn {expected:.4}");
            assert!((found - expected).abs() < NEAR, "{name} {model} {measure} {found} {expected}");
        }
    }
}

fn table_of(file: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("CHAINRULE_DATA") else {
        println!("SKIPPED: CHAINRULE_DATA does not name a folder with tabular/{file}");
        return None;
    };
    let path = PathBuf::from(folder).join("tabular").join(file);
    assert!(path.exists(), "{} is not there", path.display());
    Some(path)
}

fn file(file: &str, columns: ColumnChoice) -> Option<Dataset> {
    let path = table_of(file)?;
    let options = SourceOptions { columns, ..SourceOptions::default() };
    Some(open(path.to_str().unwrap(), &options).unwrap())
}

fn predicting(targets: &[&str], task: Option<Task>) -> Recipe {
    let targets = targets.iter().map(|it| it.to_string()).collect();
    Recipe { targets, task, ..Recipe::default() }
}

#[test]
fn iris() {
    let data = open("iris", &SourceOptions::default()).unwrap();
    check("iris", &data, predicting(&["species"], None), &[Measure::Accuracy], 5);
}

#[test]
fn digits() {
    let data = open("digits", &SourceOptions::default()).unwrap();
    // Pixels of an image share one scaling; as numbers each has its own, as scikit-learn has it.
    let as_numbers = |column: &Column| match &column.values {
        Values::Bytes(pixels) if column.name.starts_with("pixel") => {
            Column::numbers(&column.name, pixels.iter().copied().map(f64::from).collect())
        }
        _ => column.clone(),
    };
    let columns = data.table.columns().iter().map(as_numbers).collect();
    let data = Dataset { table: Table::new("digits", columns).unwrap(), ..data };
    check("digits", &data, predicting(&[], None), &[Measure::Accuracy], 1);
}

#[test]
fn breast_cancer() {
    let Some(data) = file("breast_cancer_wisconsin.csv", ColumnChoice::All) else { return };
    let recipe = predicting(&["diagnosis"], None);
    check("breast_cancer", &data, recipe, &[Measure::Accuracy], 3);
}

#[test]
fn titanic() {
    let columns = ["Survived", "Pclass", "Sex", "SibSp", "Parch", "Fare"];
    let columns = ColumnChoice::Only(columns.iter().map(|it| it.to_string()).collect());
    let Some(data) = file("titanic.csv", columns) else { return };
    check("titanic", &data, predicting(&["Survived"], None), &[Measure::Accuracy], 3);
}

#[test]
fn red_wine() {
    let Some(data) = file("winequality-red.csv", ColumnChoice::All) else { return };
    let recipe = predicting(&["quality"], Some(Task::Regression));
    check("wine_red", &data, recipe, &[Measure::R2], 2);
}

#[test]
fn every_tenth_house() {
    let Some(path) = table_of("california_housing.csv") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let some: Vec<&str> = rows.lines().step_by(10).collect();
    let columns = ColumnChoice::Except(vec!["total_bedrooms".to_string()]);
    let options = CsvOptions { columns, ..CsvOptions::default() };
    let text = format!("{header}\n{}\n", some.join("\n"));
    let table = parse_csv("houses", text.as_bytes(), &options).unwrap();
    let data = Dataset { table, test: None, target: None };
    let recipe = predicting(&["median_house_value"], Some(Task::Regression));
    check("california", &data, recipe, &[Measure::R2], 2);
}

#[test]
fn emotions() {
    let Some(data) = file("emotions.csv", ColumnChoice::All) else { return };
    let names = data.table.column_names();
    let targets: Vec<&str> = names[names.len() - 6..].iter().map(String::as_str).collect();
    let measures = [Measure::F1Micro, Measure::SubsetAccuracy];
    check("emotions", &data, predicting(&targets, None), &measures, 2);
}
