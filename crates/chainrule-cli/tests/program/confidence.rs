//! Temperatures, sets and intervals, from training to prediction.

use crate::folder::Folder;
use serde_json::Value;

/// 400 rows whose class and number hang on two columns and something that is not among them.
fn folder() -> Folder {
    let folder = Folder::new();
    let noise = |row: usize, column: usize| {
        (row as f64 * 12.9898 + column as f64 * 78.233 + 1.0).sin() * 43_758.545_3 % 1.0
    };
    let line = |row: usize| {
        let [a, b, hidden] = [0, 1, 2].map(|column| noise(row, column));
        let kind = ["low", "high"][usize::from(a + b + hidden > 0.0)];
        format!("{a:.4},{b:.4},{kind},{:.3}\n", 10.0 * a - 5.0 * b + 2.0 * hidden)
    };
    let rows: String = (0..400).map(line).collect();
    folder.write("t.csv", format!("a,b,kind,price\n{rows}"));
    folder
}

const TRAIN: &str = "train t.csv --hidden 8 --epochs 30 --learning-rate 0.02 --validation 0.3";

#[test]
fn a_temperature_is_reported_before_and_after() {
    let folder = folder();
    let smooth = format!("{TRAIN} --target kind --drop price --label-smoothing 0.5");
    let outcome = folder.succeed(&smooth);
    let start = outcome.out.find("Probabilities before and at the temperature 0.").unwrap();
    let lines: Vec<Vec<&str>> =
        outcome.out[start..].lines().skip(2).map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["validation", "after", "test", "after"]);
    assert_eq!((lines[1][..2].join(" "), lines[1].len()), ("log loss".to_string(), 6));
    assert_eq!((lines[2][..2].join(" "), lines[2].len()), ("calibration error".to_string(), 6));

    let found = folder.json(&format!("{smooth} --json"));
    let calibration = &found["calibration"];
    assert_eq!(calibration["rows"], found["rows"]["validation"]);
    let loss = |of: &Value| of["log_loss"].as_f64().unwrap();
    assert!(loss(&calibration["after"]) < loss(&calibration["before"]), "{calibration}");
    let test = &calibration["test"];
    assert!(loss(&test["after"]) < loss(&test["before"]), "{calibration}");
    // What is reported of the test rows is that of the model as it was saved.
    assert!((loss(&test["after"]) - found["test"]["loss"].as_f64().unwrap()).abs() < 1e-5);

    let inspected = folder.succeed("inspect t.safetensors").out;
    assert!(inspected.contains("\nConfidence, from validation rows\n  temperature"), "{inspected}");
    assert!(
        inspected.contains("\n  sets         from 96 rows, coverage up to 0.9897"),
        "{inspected}"
    );
    let inspected = folder.json("inspect t.safetensors --json");
    let temperature = &inspected["confidence"]["calibration"]["temperature"];
    assert_eq!(*temperature, calibration["temperature"]);
    assert_eq!(inspected["confidence"]["conformal"]["rows"], 96);

    let classes = folder.succeed("predict t.safetensors t.csv").out;
    let probabilities = folder.succeed("predict t.safetensors t.csv --proba").out;
    let none = format!("{smooth} --calibration none");
    assert!(!folder.succeed(&none).out.contains("temperature"));
    assert_eq!(folder.json(&format!("{none} --json"))["calibration"], Value::Null);
    assert_eq!(folder.succeed("predict t.safetensors t.csv").out, classes);
    assert_ne!(folder.succeed("predict t.safetensors t.csv --proba").out, probabilities);
    assert!(!folder.succeed("inspect t.safetensors").out.contains("temperature"));
}

#[test]
fn sets_stand_beside_the_class() {
    let folder = folder();
    folder.succeed(&format!("{TRAIN} --target kind --drop price"));
    let plain = folder.succeed("predict t.safetensors t.csv").out;
    let out = folder.succeed("predict t.safetensors t.csv --coverage 0.9").out;
    assert!(out.starts_with("kind,kind_set\n"), "{out}");
    let mut both = 0;
    for (line, class) in out.lines().zip(plain.lines()).skip(1) {
        let (first, set) = line.split_once(',').unwrap();
        assert_eq!(first, class);
        assert!(["high|low", class, "\"\""].contains(&set), "{line}");
        both += usize::from(set == "high|low");
    }
    assert!(both > 0);
    let out = folder.succeed("predict t.safetensors t.csv --coverage 0.9 --proba").out;
    assert!(out.starts_with("high,low,kind_set\n"), "{out}");
    let found = folder.json("predict t.safetensors t.csv --coverage 0.9 --json");
    assert_eq!((&found["task"], &found["coverage"]), (&"binary".into(), &0.9.into()));
    let row = &found["rows"][0];
    let p = |class: &str| row["probabilities"][class].as_f64().unwrap();
    assert!((p("high") + p("low") - 1.0).abs() < 1e-6);
    assert_eq!(row["prediction"]["kind"].as_str(), plain.lines().nth(1));
    assert!(row["set"]["kind"].is_array(), "{row}");
    let bare = folder.json("predict t.safetensors t.csv --json");
    assert_eq!((&bare["coverage"], &bare["rows"][0]["set"]), (&Value::Null, &Value::Null));
}

#[test]
fn intervals_hold_the_number() {
    let folder = folder();
    folder.succeed(&format!("{TRAIN} --target price --drop kind"));
    let out = folder.succeed("predict t.safetensors t.csv --coverage 0.8 --output p.csv").out;
    assert_eq!(out, "");
    let text = String::from_utf8(folder.read("p.csv")).unwrap();
    assert!(text.starts_with("price,price_lower,price_upper\n"), "{text}");
    let mut widths: Vec<f64> = text
        .lines()
        .skip(1)
        .map(|line| {
            let numbers: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
            assert!(numbers[1] < numbers[0] && numbers[0] < numbers[2], "{line}");
            numbers[2] - numbers[1]
        })
        .collect();
    widths.sort_by(f64::total_cmp);
    assert!(widths[399] - widths[0] < 1e-9, "all intervals are as wide");
    let found = folder.json("predict t.safetensors t.csv --coverage 0.8 --json");
    let interval = &found["rows"][3]["interval"]["price"];
    assert!(interval[0].as_f64().unwrap() < interval[1].as_f64().unwrap());
    let inspected = folder.succeed("inspect t.safetensors").out;
    assert!(inspected.contains("  intervals  from 96 rows"), "{inspected}");
}

#[test]
fn what_cannot_be_promised_ends_with_2() {
    let folder = folder();
    folder.succeed("train t.csv --target kind --drop price --hidden 8 --epochs 5");
    for (arguments, parts) in [
        ("--coverage 0.99", &["the coverage is 0.99", "at most 0.9697", "32 validation rows"][..]),
        ("--coverage 1", &["--coverage", "above 0 and below 1"]),
        ("--coverage 90", &["--coverage", "above 0 and below 1"]),
        ("--json --proba", &["cannot be used with"]),
    ] {
        let outcome = folder.run(&format!("predict t.safetensors t.csv {arguments}"));
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{arguments}: {}", outcome.err);
        for part in parts {
            assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
        }
    }
    let outcome = folder.run("train t.csv --target kind --calibration temprature");
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("temperature"), "{}", outcome.err);
    folder.succeed("train t.csv --target kind --drop price --hidden 8 --epochs 5 --validation 0");
    let outcome = folder.run("predict t.safetensors t.csv --coverage 0.9");
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("share of validation rows above 0"), "{}", outcome.err);
}
