//! How often sets and intervals hold the truth on real tables, over 20 splits, and how large they are
//! beside a dummy's, which looks at no column. The tables are in the folder that CHAINRULE_DATA names.
//!
//! `cargo test -p chainrule --test all coverage -- --nocapture` prints the table.

use chainrule::Recipe;
use chainrule::confidence::observe_regions;
use chainrule::data::{
    Column, ColumnChoice, Dataset, SourceOptions, Table, Targets, Task, Values, judge_target, open,
    stratified_split,
};
use chainrule::math::random::Stream;
use std::path::{Path, PathBuf};

const SPLITS: usize = 20;
const COVERAGE: f64 = 0.9;

/// The data folder, or a note that the test was not run.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CHAINRULE_DATA").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        println!("SKIPPED: CHAINRULE_DATA is not set");
    }
    folder.map(PathBuf::from)
}

/// A table of the folder without some columns, every so many rows of it.
fn table(folder: &Path, name: &str, left_out: &[&str], every: usize) -> Table {
    let left_out = left_out.iter().map(|name| name.to_string()).collect();
    let options =
        SourceOptions { columns: ColumnChoice::Except(left_out), ..SourceOptions::default() };
    let path = folder.join("tabular").join(name);
    let table = open(path.to_str().unwrap(), &options).unwrap().table;
    let rows: Vec<usize> = (0..table.rows()).step_by(every).collect();
    select(&table, &rows)
}

/// Some rows of a table.
fn select(table: &Table, rows: &[usize]) -> Table {
    let column = |column: &Column| {
        let values = match &column.values {
            Values::Numbers(values) => {
                Values::Numbers(rows.iter().map(|&row| values[row]).collect())
            }
            Values::Times(values) => Values::Times(rows.iter().map(|&row| values[row]).collect()),
            Values::Bytes(values) => Values::Bytes(rows.iter().map(|&row| values[row]).collect()),
            Values::Text { codes, levels } => Values::Text {
                codes: rows.iter().map(|&row| codes[row]).collect(),
                levels: levels.clone(),
            },
        };
        Column { name: column.name.clone(), values }
    };
    Table::new(table.name(), table.columns().iter().map(column).collect()).unwrap()
}

/// A file, its targets, the columns left out, which rows are taken, and the task if it is stated.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], usize, Option<Task>);

/// What is found on the test rows of all splits.
#[derive(Debug)]
struct Found {
    coverage: f64,
    size: f64,
    dummy: f64,
    calibration_rows: usize,
}

fn measure(table: &Table, targets: &[&str], task: Option<Task>, recipe: &Recipe) -> Found {
    let targets: Vec<String> = targets.iter().map(|name| name.to_string()).collect();
    let judged = judge_target(table, &targets, task).unwrap();
    let all: Vec<usize> = (0..table.rows()).collect();
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let mut found = Found { coverage: 0.0, size: 0.0, dummy: 0.0, calibration_rows: 0 };
    for split in 0..SPLITS {
        let mut stream = Stream::new(split as u64, "test");
        let (rest, test) = stratified_split(judged.labels.as_deref(), &all, 0.25, &mut stream);
        let (rest, test) = (select(table, &rest), select(table, &test));
        let data = Dataset { table: rest.clone(), test: None, target: None };
        let recipe = Recipe {
            targets: targets.clone(),
            task: Some(judged.task),
            test: 0.0,
            seed: split as u64,
            ..recipe.clone()
        };
        let model = recipe.train(&data).unwrap().model;
        let observed = observe_regions(&model, &test, COVERAGE).unwrap();
        found.coverage += mean(&observed.coverage) / SPLITS as f64;
        found.size += mean(&observed.size) / SPLITS as f64;
        found.calibration_rows = model.confidence.conformal.as_ref().unwrap().rows;
        let rows: Vec<usize> = (0..rest.rows()).collect();
        let preparation = model.preparation.as_ref().unwrap();
        let dummy = match preparation.targets(&rest, &rows).unwrap() {
            Targets::Classes(classes) => likeliest(classes.iter().map(|&class| class as usize)),
            Targets::Values { values, columns } if judged.task == Task::MultiLabel => {
                let of = |label: usize| values.iter().skip(label).step_by(columns);
                let sizes = (0..columns).map(|label| likeliest(of(label).map(|&it| it as usize)));
                mean(&sizes.collect::<Vec<f64>>())
            }
            Targets::Values { columns, .. } => {
                let values = preparation.target_values(&rest, &rows).unwrap();
                let widths = (0..columns)
                    .map(|column| middle(values.iter().skip(column).step_by(columns).copied()));
                mean(&widths.collect::<Vec<f64>>())
            }
        };
        found.dummy += dummy / SPLITS as f64;
    }
    found
}

/// How many of the most frequent classes it takes to hold so many rows.
fn likeliest(classes: impl Iterator<Item = usize>) -> f64 {
    let mut counts = [0; 64];
    classes.for_each(|class| counts[class] += 1);
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let total: usize = counts.iter().sum();
    let (mut held, mut size) = (0, 0);
    while (held as f64) < COVERAGE * total as f64 {
        held += counts[size];
        size += 1;
    }
    size as f64
}

/// The width of the middle of the values that holds so many of them.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    at(0.5 + COVERAGE / 2.0) - at(0.5 - COVERAGE / 2.0)
}

#[test]
fn observed_coverage_is_that_asked_for_and_regions_are_narrower_than_a_dummys() {
    let Some(folder) = folder() else { return };
    let emotions = [
        "amazed-suprised",
        "happy-pleased",
        "relaxing-calm",
        "quiet-still",
        "sad-lonely",
        "angry-aggresive",
    ];
    let cases: [Case<'_>; 8] = [
        ("iris.csv", &["species"], &[], 1, None),
        ("breast_cancer_wisconsin.csv", &["diagnosis"], &[], 1, None),
        ("digits.csv", &["64"], &[], 1, Some(Task::MultiClass)),
        ("winequality-red.csv", &["quality"], &[], 1, Some(Task::MultiClass)),
        ("winequality-white.csv", &["quality"], &[], 2, Some(Task::MultiClass)),
        ("winequality-white.csv", &["quality"], &[], 2, Some(Task::Regression)),
        ("california_housing.csv", &["median_house_value"], &["total_bedrooms"], 8, None),
        ("emotions.csv", &emotions, &[], 1, None),
    ];
    println!("{:30} {:>5} {:>8} {:>10} {:>10}", "", "rows", "coverage", "size", "dummy's");
    let mut wrong = Vec::new();
    for (name, targets, left_out, every, task) in cases {
        let table = table(&folder, name, left_out, every);
        let last = table.columns().last().unwrap().name.clone();
        let targets = if targets == ["64"] { vec![last.as_str()] } else { targets.to_vec() };
        let recipe = Recipe {
            hidden: vec![32],
            epochs: Some(if table.rows() < 1000 { 100 } else { 40 }),
            ..Recipe::default()
        };
        let found = measure(&table, &targets, task, &recipe);
        let Found { coverage, size, dummy, calibration_rows } = found;
        println!("{name:30} {calibration_rows:5} {coverage:8.3} {size:10.3} {dummy:10.3}");
        if !(0.88..=0.92).contains(&coverage) || size >= dummy {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
