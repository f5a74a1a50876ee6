//! Training on a file in pieces: what it learns, from which rows, and what it refuses.

use chainrule::data::{SourceOptions, Table, open};
use chainrule::optim::{Adam, Lbfgs};
use chainrule::{ClassWeights, Error, Kind, Prepared, Recipe, evaluate_table};
use std::path::PathBuf;

/// A file of its own, and the folder that goes with it.
struct File(PathBuf, #[allow(dead_code)] tempfile::TempDir);

impl File {
    fn new(text: &str) -> File {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        File(path, folder)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn table(&self) -> Table {
        open(self.path(), &SourceOptions::default()).unwrap().table
    }
}

/// Numbers without a pattern, from 0 to 1.
fn noise(row: usize, column: usize) -> f64 {
    let number = (row as f64 * 12.9898 + column as f64 * 78.233 + 1.0).sin() * 43_758.545_3;
    number - number.floor()
}

/// Whether a point lies in a ring, which hangs on both columns together.
fn ring(rows: usize) -> File {
    let line = |row: usize| {
        let [a, b] = [0, 1].map(|column| 4.0 * noise(row, column) - 2.0);
        let colour = ["red", "green", "blue"][row % 3];
        let kind = ["out", "in"][usize::from((0.8..2.0).contains(&(a * a + b * b)))];
        format!("{:.4},{b:.5},{colour},{kind}\n", 1000.0 + a)
    };
    File::new(&format!("a,b,colour,kind\n{}", (0..rows).map(line).collect::<String>()))
}

fn recipe(target: &str, memory: &str) -> Recipe {
    Recipe {
        targets: vec![target.to_string()],
        hidden: vec![16],
        epochs: Some(15),
        stream: Some(memory.parse().unwrap()),
        ..Recipe::default()
    }
}

fn prepare(recipe: &Recipe, file: &File) -> Result<Prepared, Error> {
    recipe.prepare_stream(file.path(), &SourceOptions::default())
}

#[test]
fn a_model_of_a_stream_is_as_good_as_one_of_a_table() {
    let file = ring(20_000);
    let adam = Some(Adam { learning_rate: 0.01, ..Adam::default() }.into());
    let streamed = Recipe { hidden: vec![32], optimizer: adam, ..recipe("kind", "1MiB") };
    let mut prepared = prepare(&streamed, &file).unwrap();
    let plan = prepared.stream().unwrap();
    assert!(plan.buffer < prepared.rows.training / 2, "{plan:?}");
    assert!(plan.sample < prepared.rows.training / 2, "{plan:?}");
    let trained = prepared.train(&mut []).unwrap();
    let data = open(file.path(), &SourceOptions::default()).unwrap();
    let plain = Recipe { stream: None, ..streamed }.train(&data).unwrap();
    let accuracy = |model| evaluate_table(model, &data.table).unwrap().accuracy.unwrap();
    let (streamed, plain) = (accuracy(&trained.model), accuracy(&plain.model));
    assert!(plain > 0.95, "{plain}");
    assert!(streamed > plain - 0.02, "{streamed} {plain}");
    let test = trained.test.unwrap().accuracy.unwrap();
    assert!((test - streamed).abs() < 0.02, "the sample of test rows stands for all: {test}");
    assert!(trained.model.confidence.temperature() > 0.0);
}

#[test]
fn equal_commands_give_equal_models() {
    let file = ring(6000);
    let bytes = |threads: usize| {
        let recipe = Recipe { threads: Some(threads), ..recipe("kind", "512KiB") };
        prepare(&recipe, &file).unwrap().train(&mut []).unwrap().model.to_bytes()
    };
    let one = bytes(1);
    assert!(one == bytes(2), "the number of threads changes nothing");
    assert!(one == bytes(1), "nor does another run");
}

#[test]
fn statistics_are_those_of_all_training_rows() {
    let line = |row: usize| {
        // Missing in a row that no sample of this size is likely to hold.
        let b = if row == 17_000 { String::new() } else { format!("{:.4}", noise(row, 1)) };
        format!("{:.4},{b},{:.4}\n", 1e6 + noise(row, 0), 5.0 * noise(row, 2))
    };
    let file = File::new(&format!("a,b,y\n{}", (0..20_000).map(line).collect::<String>()));
    let recipe = Recipe { test: 0.0, validation: 0.0, ..recipe("y", "512KiB") };
    let prepared = prepare(&recipe, &file).unwrap();
    assert!(prepared.stream().unwrap().sample < 4000);
    let streamed = prepared.model.preparation.as_ref().unwrap();
    let data = open(file.path(), &SourceOptions::default()).unwrap();
    let whole = Recipe { stream: None, ..recipe }.prepare(&data).unwrap();
    let whole = whole.model.preparation.as_ref().unwrap();
    for (found, expected) in streamed.columns().iter().zip(whole.columns()) {
        assert_eq!(found.indicator, expected.indicator, "{}", found.name);
        let ((offset, factor), (mean, scale)) = (found.scalings()[0], expected.scalings()[0]);
        assert!((offset - mean).abs() < 1e-6, "{offset} {mean}");
        assert!((factor / scale - 1.0).abs() < 1e-6, "{factor} {scale}");
    }
    let ends = |it: &chainrule::data::Preparation| it.unscale(&[-1.0, 1.0]);
    for (found, expected) in ends(streamed).iter().zip(ends(whole)) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
}

#[test]
fn rare_classes_are_known_and_weighed_by_all_their_rows() {
    // 3 of 30000 rows, behind all others.
    let line = |row: usize| {
        let kind = match row {
            29_990.. if row.is_multiple_of(3) => "rare",
            _ if row.is_multiple_of(3) => "some",
            _ => "many",
        };
        format!("{:.4},{kind}\n", noise(row, 0) + (row % 3) as f64)
    };
    let file = File::new(&format!("x,kind\n{}", (0..30_000).map(line).collect::<String>()));
    let weights = Some(ClassWeights::Balanced);
    let shares = Recipe { test: 0.0, validation: 0.0, ..recipe("kind", "512KiB") };
    let prepared = prepare(&Recipe { class_weights: weights, ..shares }, &file).unwrap();
    let preparation = prepared.model.preparation.as_ref().unwrap();
    assert_eq!(preparation.class_names(), ["many", "rare", "some"]);
    // Rows / (classes x rows of the class).
    let table = file.table();
    let kind = table.column("kind").unwrap();
    let counts = ["many", "rare", "some"]
        .map(|name| (0..table.rows()).filter(|&row| kind.cell(row) == name).count());
    let expected = counts.map(|count| 30_000.0 / (3.0 * count as f64));
    assert_eq!(prepared.training.class_weights, expected);
    assert!(counts[1] < 5);
}

#[test]
fn sorted_files_are_warned_of() {
    let text = |order: &dyn Fn(usize) -> usize| {
        let lines = (0..20_000).map(|row| format!("{:.3},{}\n", noise(row, 0), order(row)));
        format!("x,y\n{}", lines.collect::<String>())
    };
    let is_warned = |file: &File, memory: &str| {
        let prepared = prepare(&recipe("y", memory), file).unwrap();
        prepared.warnings.iter().any(|warning| warning.contains("shuffle the file"))
    };
    let sorted = File::new(&text(&|row| row));
    assert!(is_warned(&sorted, "512KiB"));
    assert!(!is_warned(&sorted, "64MiB"), "all rows are shuffled together");
    assert!(!is_warned(&File::new(&text(&|row| row * 7919 % 20_000)), "512KiB"));
}

#[test]
fn rows_without_a_target_and_weights_are_minded() {
    let line = |row: usize| {
        let y = if row.is_multiple_of(10) {
            String::new()
        } else {
            format!("{:.3}", noise(row, 0) * 3.0)
        };
        format!("{:.3},{y},{}\n", noise(row, 0), row % 2)
    };
    let file = File::new(&format!("x,y,w\n{}", (0..3000).map(line).collect::<String>()));
    let recipe = Recipe { sample_weights: Some("w".to_string()), ..recipe("y", "512KiB") };
    let mut prepared = prepare(&recipe, &file).unwrap();
    assert!(prepared.warnings.iter().any(|it| it.contains("300 of 3000 rows are left out")));
    let plan = prepared.stream().unwrap();
    assert_eq!(prepared.rows.training + plan.validation_rows + plan.test_rows, 2700);
    let trained = prepared.train(&mut []).unwrap();
    assert!(trained.test.unwrap().regression.unwrap().r2 > 0.95);
}

#[test]
fn what_needs_all_rows_is_refused() {
    let file = ring(3000);
    let refused = |recipe: Recipe| prepare(&recipe, &file).err().unwrap().to_string();
    let lbfgs = Some(Lbfgs::default().into());
    let message = refused(Recipe { optimizer: lbfgs, dropout: vec![], ..recipe("kind", "1MiB") });
    assert!(message.contains("lbfgs") && message.contains("in pieces"), "{message}");
    let usual = Recipe::default().hidden;
    let perceptron = Recipe { kind: Kind::Perceptron, hidden: usual, ..recipe("kind", "1MiB") };
    assert!(refused(perceptron).contains("about all rows"));
    let message = refused(recipe("kind", "1KiB"));
    assert!(message.contains("1KiB, but must be at least 1MiB"), "{message}");
    // One more than there is room for, and then there is.
    assert!(prepare(&recipe("kind", "128KiB"), &file).is_ok());
    let message = refused(recipe("kin", "1MiB"));
    assert!(message.contains("did you mean `kind`?"), "{message}");
    assert!(refused(Recipe { targets: vec![], ..recipe("", "1MiB") }).contains("target"));
    let logistic = Recipe { kind: Kind::Logistic, hidden: vec![], ..recipe("kind", "1MiB") };
    assert!(prepare(&logistic, &file).is_ok(), "one layer learns in batches");
}
