//! Real tables from end to end, as an analyst has them: untidy, with one column to predict. Every file
//! is cut to some hundred of its own lines, so that delimiters, quotation marks, line ends and what
//! stands for missing values are those of the file.

use crate::folder::{Folder, Outcome};
use serde_json::Value;
use std::path::PathBuf;

const EMOTIONS: &str =
    "amazed-suprised,happy-pleased,relaxing-calm,quiet-still,sad-lonely,angry-aggresive";

/// A folder with every `step`-th row of a file of the data folder; nothing where there is none.
fn part_of(name: &str, step: usize) -> Option<Folder> {
    let folder = std::env::var_os("CHAINRULE_DATA").filter(|folder| !folder.is_empty());
    let path = folder.map(|folder| PathBuf::from(folder).join("tabular").join(name));
    let Some(path) = path.filter(|path| path.is_file()) else {
        println!("SKIPPED: CHAINRULE_DATA does not name a folder with tabular/{name}");
        return None;
    };
    let text = std::fs::read_to_string(path).unwrap();
    // What comes before the rows stays whole: the head of an ARFF file, or one line of names, if any.
    let rows = match text.find("@data") {
        Some(place) => place + text[place..].find('\n').unwrap() + 1,
        None if text.starts_with(|first: char| first.is_ascii_digit()) => 0,
        None => text.find('\n').unwrap() + 1,
    };
    let (head, rows) = text.split_at(rows);
    let part = rows.split_inclusive('\n').step_by(step);
    let folder = Folder::new();
    folder.write(name, head.to_string() + &part.collect::<String>());
    Some(folder)
}

/// Everything that one does with a table: `quick` are flags that make the training short. Returns what
/// `train` printed, and the judgement on all rows.
fn from_end_to_end(folder: &Folder, file: &str, target: &str, quick: &str) -> (Outcome, Value) {
    let rows = rows_of(folder, file);
    let train = format!("train {file} --target {target} {quick} --output model.safetensors");
    let trained = folder.succeed(&train);
    let predicted = folder.succeed(&format!("predict model.safetensors {file}")).out;
    assert_eq!(predicted.lines().count(), rows + 1, "{file}: a header and a line for each row");
    assert_eq!(predicted.lines().next(), Some(target), "{file}");
    let covered = folder.succeed(&format!("predict model.safetensors {file} --coverage 0.8")).out;
    assert_eq!(covered.lines().count(), rows + 1, "{file}");
    let page = format!("evaluate model.safetensors {file} --report page.html --json");
    let judged = folder.json(&page);
    let html = String::from_utf8(folder.read("page.html")).unwrap();
    assert!(html.contains("</html>") && !html.contains(folder.path("").to_str().unwrap()));
    let explained = folder
        .json(&format!("explain model.safetensors {file} --repeats 1 --most-rows 100 --json"));
    let columns = explained["importance"]["columns"].as_array().unwrap();
    assert!(!columns.is_empty(), "{file}: {explained}");
    (trained, judged)
}

/// Rows of a CSV file without line breaks in its cells, or of an ARFF file.
fn rows_of(folder: &Folder, file: &str) -> usize {
    let text = String::from_utf8(folder.read(file)).unwrap();
    let before = match text.find("@data") {
        Some(place) => text[..place].lines().count() + 1,
        None => usize::from(!text.starts_with(|first: char| first.is_ascii_digit())),
    };
    text.lines().count() - before
}

/// The score of the network, and what the dummy has, on test rows of three folds.
fn compared(folder: &Folder, file: &str, target: &str, measure: &str) -> (f64, f64) {
    let found = folder.json(&format!(
        "compare {file} --target {target} --models network,dummy,linear --folds 3 --epochs 15 --json"
    ));
    let models = found["models"].as_array().unwrap();
    assert_eq!(models.len(), 3);
    assert_eq!(found["main"], measure);
    let score = |name: &str| {
        let model = models.iter().find(|model| model["model"] == name).unwrap();
        model["means"][measure].as_f64().unwrap()
    };
    (score("network"), score("dummy"))
}

/// The line of the table of columns that is about `column`, without its reason's blanks.
fn about<'a>(outcome: &'a Outcome, column: &str) -> &'a str {
    let of_column = |line: &&str| line.split_whitespace().next() == Some(column);
    outcome.out.lines().find(of_column).unwrap_or_else(|| panic!("{column}: {}", outcome.out))
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn titanic() {
    let Some(folder) = part_of("titanic.csv", 1) else { return };
    let (trained, judged) = from_end_to_end(&folder, "titanic.csv", "Survived", "--epochs 20");
    for (column, kind) in [
        ("PassengerId", "identifier  left out"),
        ("Name", "text        left out"),
        ("Ticket", "identifier  left out"),
        ("Cabin", "identifier  left out"),
        ("Pclass", "numeric     a number "),
        ("Sex", "category    2 flags "),
        ("Age", "numeric     a number, and whether it is missing"),
        ("Embarked", "category    3 flags, and whether it is missing"),
    ] {
        holds(about(&trained, column), &[kind]);
    }
    holds(&trained.out, &["binary, since `Survived` holds 0 and 1 only"]);
    assert!(judged["accuracy"].as_f64().unwrap() > 0.78, "{judged}");
    let (network, dummy) = compared(&folder, "titanic.csv", "Survived", "accuracy");
    assert!(network > dummy + 0.12, "{network} {dummy}");
    let outcome = folder.succeed("compare titanic.csv --target Survived --models dummy --folds 3");
    holds(&outcome.err, &["note: left out", "`Name` (text)", "`PassengerId` (identifier)"]);
    let found = folder.json("train titanic.csv --target Survived --epochs 1 --json");
    let columns = found["columns"].as_array().unwrap();
    assert_eq!(columns.len(), 11);
    let name = columns.iter().find(|it| it["column"] == "Name").unwrap();
    assert_eq!((&name["kind"], &name["becomes"]), (&"text".into(), &"left out".into()));
}

/// The rows of titanic with other columns: `change` makes a line of cells from one, of which the first
/// line is the header.
fn changed(folder: &Folder, name: &str, change: impl Fn(usize, Vec<String>) -> Vec<String>) {
    let text = String::from_utf8(folder.read("titanic.csv")).unwrap();
    let quoted = |cell: &String| match cell.contains([',', '"']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    let line = |(number, line): (usize, &str)| {
        let cells = change(number, cells(line));
        cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
    };
    folder.write(name, text.lines().enumerate().map(line).collect::<String>());
}

/// The cells of a line of a CSV file.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for character in line.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}

#[test]
fn other_columns_at_prediction() {
    let Some(folder) = part_of("titanic.csv", 2) else { return };
    folder.succeed("train titanic.csv --target Survived --epochs 5 --output m.safetensors");
    let predictions = folder.succeed("predict m.safetensors titanic.csv").out;
    let header =
        cells(String::from_utf8(folder.read("titanic.csv")).unwrap().lines().next().unwrap());
    let place = |name: &str| header.iter().position(|it| it == name).unwrap();
    let (target, age, sex, port) =
        (place("Survived"), place("Age"), place("Sex"), place("Embarked"));
    let without = |column: usize, mut cells: Vec<String>| {
        cells.remove(column);
        cells
    };

    // The order of the columns is nothing, and what is to be predicted need not be there.
    changed(&folder, "turned.csv", |_, cells| {
        without(target, cells).into_iter().rev().chain(["more".to_string()]).collect()
    });
    assert_eq!(folder.succeed("predict m.safetensors turned.csv").out, predictions);
    let refused = |command: &str, parts: &[&str]| {
        let outcome = folder.run(command);
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{command}\n{}", outcome.err);
        holds(&outcome.err, parts);
    };
    refused("evaluate m.safetensors turned.csv", &["turned.csv", "no column `Survived`"]);

    changed(&folder, "young.csv", |_, cells| without(age, cells));
    let parts = ["young.csv", "column `Age`", "the model was trained on", "add or rename it"];
    refused("predict m.safetensors young.csv", &parts);

    // Another type: texts for numbers, and numbers for texts.
    let replaced = |column: usize, value: fn(&str) -> String| {
        move |number: usize, mut cells: Vec<String>| {
            if number > 0 {
                cells[column] = value(&cells[column]);
            }
            cells
        }
    };
    changed(&folder, "words.csv", replaced(age, |_| "old".to_string()));
    let parts = ["words.csv, line 2", "column `Age`", "expected a number", "the text `old`"];
    refused("predict m.safetensors words.csv", &parts);
    changed(&folder, "codes.csv", replaced(sex, |text| text.len().to_string()));
    let parts = ["codes.csv, line 2", "column `Sex`", "`female`, `male`", "the number `4`"];
    refused("predict m.safetensors codes.csv", &parts);

    // A category that nobody has seen is told of and counts as none.
    changed(&folder, "port.csv", |number, mut cells| {
        if number == 3 {
            cells[port] = "Z".to_string();
        }
        cells
    });
    let outcome = folder.succeed("predict m.safetensors port.csv");
    holds(&outcome.err, &["warning: column `Embarked`: the category `Z` of 1 row does not occur"]);
    let pairs: Vec<_> = outcome.out.lines().zip(predictions.lines()).enumerate().collect();
    assert!(pairs.iter().all(|(line, (one, other))| *line == 3 || one == other));
}

#[test]
fn adult() {
    let Some(folder) = part_of("adult.csv", 54) else { return };
    let text = String::from_utf8(folder.read("adult.csv")).unwrap();
    assert!(text.contains("\r\n") && text.contains(",?,"), "as the file is");
    let (trained, judged) = from_end_to_end(&folder, "adult.csv", "label", "--epochs 8");
    for column in ["workclass", "occupation", "native-country"] {
        holds(about(&trained, column), &["category", "flags, and whether it is missing"]);
    }
    for column in ["age", "capital.gain", "capital.loss"] {
        holds(about(&trained, column), &["numeric", "a number "]);
    }
    assert!(judged["accuracy"].as_f64().unwrap() > 0.8, "{judged}");
    let (network, dummy) = compared(&folder, "adult.csv", "label", "accuracy");
    assert!(network > dummy + 0.02, "{network} {dummy}");
}

#[test]
fn california_housing() {
    let Some(folder) = part_of("california_housing.csv", 34) else { return };
    let (trained, judged) =
        from_end_to_end(&folder, "california_housing.csv", "median_house_value", "--epochs 20");
    holds(about(&trained, "total_bedrooms"), &["numeric", "a number, and whether it is missing"]);
    holds(about(&trained, "ocean_proximity"), &["category", "flags"]);
    holds(&trained.out, &["regression, since", "R2"]);
    assert!(judged["r2"].as_f64().unwrap() > 0.6, "{judged}");
    let explained = folder.succeed("explain model.safetensors california_housing.csv --repeats 1");
    holds(&explained.out, &["By how much the R2 of california_housing.csv", "median_income"]);
    let (network, dummy) = compared(&folder, "california_housing.csv", "median_house_value", "r2");
    assert!(network > 0.4 && dummy < 0.01, "{network} {dummy}");
}

#[test]
fn wine() {
    for (file, step) in [("winequality-red.csv", 3), ("winequality-white.csv", 8)] {
        let Some(folder) = part_of(file, step) else { return };
        // As classes, of which some are rare, and as the numbers that they are.
        let (trained, judged) =
            from_end_to_end(&folder, file, "quality", "--epochs 15 --task regression");
        holds(&trained.out, &["11 columns", "regression, as stated"]);
        assert!(judged["r2"].as_f64().unwrap() > 0.2, "{file} {judged}");
        let outcome = folder.run(&format!("train {file} --target quality --epochs 15"));
        match outcome.code {
            0 => holds(&outcome.out, &["multi-class, since `quality` holds"]),
            // A class that a subset has once cannot be learned from and tested.
            code => {
                assert_eq!(code, 2, "{}", outcome.err);
                holds(&outcome.err, &["two rows of each class", "--task regression"]);
            }
        }
    }
}

#[test]
fn breast_cancer() {
    let file = "breast_cancer_wisconsin.csv";
    let Some(folder) = part_of(file, 1) else { return };
    assert!(folder.read(file).windows(2).any(|pair| pair == b"\r\n"), "as the file is");
    let (trained, judged) = from_end_to_end(&folder, file, "diagnosis", "--epochs 10");
    holds(
        &trained.out,
        &["30 columns", "binary, since `diagnosis` is text with 2 different values"],
    );
    assert!(judged["accuracy"].as_f64().unwrap() > 0.94, "{judged}");
}

#[test]
fn iris() {
    let Some(folder) = part_of("iris.csv", 1) else { return };
    let (_, judged) = from_end_to_end(&folder, "iris.csv", "species", "--epochs 40");
    assert!(judged["accuracy"].as_f64().unwrap() > 0.9, "{judged}");
    let (network, dummy) = compared(&folder, "iris.csv", "species", "accuracy");
    assert!(network > 0.85 && dummy < 0.34, "{network} {dummy}");
}

#[test]
fn digits() {
    let Some(folder) = part_of("digits.csv", 3) else { return };
    // There is no header: the columns get names by their places.
    let (trained, judged) = from_end_to_end(&folder, "digits.csv", "column65", "--epochs 15");
    holds(
        &trained.out,
        &["599 rows", "multi-class, since `column65` holds 10", "constant  left out  `0` in all"],
    );
    assert!(judged["accuracy"].as_f64().unwrap() > 0.93, "{judged}");
}

/// The same table in two formats is one model, to the last byte.
fn both_formats(name: &str, step: usize, targets: &str) {
    let (csv, arff) = (format!("{name}.csv"), format!("{name}.arff"));
    let Some(folder) = part_of(&csv, step) else { return };
    let (trained, judged) = from_end_to_end(&folder, &csv, targets, "--epochs 10");
    holds(&trained.out, &["multi-label, since all", "targets hold 0 and 1 only"]);
    let labels = judged["judgement"]["labels"].as_array().unwrap();
    assert_eq!(labels.len(), targets.split(',').count(), "{judged}");
    let Some(other) = part_of(&arff, step) else { return };
    from_end_to_end(&other, &arff, targets, "--epochs 10");
    assert_eq!(folder.read("model.safetensors"), other.read("model.safetensors"));
    for coverage in ["", " --coverage 0.8"] {
        let predicted = |folder: &Folder, file: &str| {
            folder.succeed(&format!("predict model.safetensors {file}{coverage}")).out
        };
        assert_eq!(predicted(&folder, &csv), predicted(&other, &arff));
    }
    let (network, dummy) = compared(&folder, &csv, targets, "f1_micro");
    assert!(network > dummy + 0.05, "{network} {dummy}");
}

#[test]
fn emotions() {
    both_formats("emotions", 1, EMOTIONS);
}

#[test]
fn yeast() {
    let classes: Vec<String> = (1..=14).map(|number| format!("Class{number}")).collect();
    both_formats("yeast", 4, &classes.join(","));
}
