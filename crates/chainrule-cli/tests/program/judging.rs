//! Every measure of a task, as text and as JSON, and thresholds that go with a model.

use crate::folder::Folder;
use serde_json::Value;

/// Some one row in eight is `yes`, more often the larger x is, and not to be told for sure.
fn write_skewed(folder: &Folder) {
    let row = |row: usize| {
        let (x, other) = (row * 37 % 100, row * 61 % 97);
        let chance = (row * row * 104_729 + row * 7_919) % 1_009 % 100;
        format!("{x},{other},{}\n", if chance < x * x / 250 { "yes" } else { "no" })
    };
    let rows: String = (0..400).map(row).collect();
    folder.write("t.csv", format!("x,other,y\n{rows}"));
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn classes_have_all_measures() {
    let folder = Folder::new();
    folder.succeed("train iris --epochs 20");
    let text = folder.succeed("evaluate iris.safetensors iris").out;
    for line in [
        "rows  precision  recall",
        "versicolor            50",
        "(macro average)      150",
        "true, predicted as  setosa  versicolor  virginica",
        "balanced accuracy",
        "ROC AUC, macro average",
        "log loss",
        "Brier score",
        "expected calibration error",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let found = folder.json("evaluate iris.safetensors iris --json");
    let judgement = &found["judgement"];
    assert_eq!(judgement["of"], "classes");
    assert_eq!(judgement["accuracy"], found["accuracy"]);
    // The loss is the log loss, but for 32 bits.
    let log_loss = number(&judgement["probabilities"]["log_loss"]);
    assert!((log_loss - number(&found["loss"])).abs() < 1e-5);
    let confusion = judgement["confusion"].as_array().unwrap();
    let right: f64 = (0..3).map(|class| number(&confusion[class][class])).sum();
    assert!((right / 150.0 - number(&found["accuracy"])).abs() < 1e-12);
    let curves = judgement["probabilities"]["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 3);
    assert_eq!(curves[2]["name"], "virginica");
    let x = curves[2]["roc"]["x"].as_array().unwrap();
    assert_eq!((number(&x[0]), number(x.last().unwrap())), (0.0, 1.0));
}

#[test]
fn numbers_and_labels_have_theirs() {
    let folder = Folder::new();
    let row = |row: usize| format!("{row},{},{},{}\n", row * 3 % 50, row % 2, (row / 3) % 2);
    let rows: String = (0..120).map(row).collect();
    folder.write("t.csv", format!("x,y,p,q\n{rows}"));
    folder.succeed("train t.csv --target x,y --epochs 3 --output numbers.m");
    let text = folder.succeed("evaluate numbers.m t.csv").out;
    assert!(text.contains("explained variance") && text.contains("(average)"), "{text}");
    let found = folder.json("evaluate numbers.m t.csv --json");
    let mean = &found["judgement"]["mean"];
    for key in ["r2", "rmse", "mae"] {
        let (all, alone) = (number(&mean[key]), number(&found[key]));
        assert!((all - alone).abs() <= 1e-5 * alone.abs().max(1.0), "{key}: {all} and {alone}");
    }
    assert_eq!(found["judgement"]["targets"][1]["name"], "y");

    folder.succeed("train t.csv --target p,q --epochs 3 --output labels.m");
    let text = folder.succeed("evaluate labels.m t.csv").out;
    assert!(text.contains("Hamming loss") && text.contains("(micro average)"), "{text}");
    let found = folder.json("evaluate labels.m t.csv --json");
    assert_eq!(found["judgement"]["subset_accuracy"], found["accuracy"]);
}

#[test]
fn a_chosen_threshold_goes_with_the_model() {
    let folder = Folder::new();
    write_skewed(&folder);
    let train = "train t.csv --target y --kind logistic --validation 0.4 --threshold";
    let text = folder.succeed(&format!("{train} f1")).out;
    let line = text
        .lines()
        .find(|line| line.starts_with("Threshold 0."))
        .unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("by f1: f1 0.") && line.contains("on the validation rows"), "{line}");
    let found = folder.json(&format!("{train} f1 --json"));
    let threshold = number(&found["threshold"]["threshold"]);
    assert!(threshold < 0.5, "{threshold}");
    let judged = folder.json("evaluate t.safetensors t.csv --json");
    assert_eq!(number(&judged["threshold"]), threshold);
    assert_eq!(number(&judged["judgement"]["threshold"]), threshold);
    let half = folder.json("evaluate t.safetensors t.csv --threshold 0.5 --json");
    let recall = |judged: &Value| number(&judged["judgement"]["classes"][1]["recall"]);
    assert!(recall(&judged) > recall(&half));
    let yes = |words: &str| {
        let out = folder.succeed(&format!("predict t.safetensors t.csv {words}")).out;
        out.lines().filter(|line| *line == "yes").count()
    };
    assert_eq!(judged["judgement"]["classes"][1]["predicted"], yes(""));
    assert_eq!(half["judgement"]["classes"][1]["predicted"], yes("--threshold 0.5"));
    let line = folder.succeed("inspect t.safetensors").out;
    assert!(line.contains(&format!("at the threshold {threshold}")), "{line}");
    let settings = folder.succeed(&format!("{train} recall>=0.8 --print-config")).out;
    assert!(settings.contains("threshold = \"recall(0.8)\""), "{settings}");
    folder.write("run.toml", settings);
    let again = folder.json("train --config run.toml --json");
    assert!(number(&again["threshold"]["recall"]) >= 0.8, "{again}");

    let refused = folder.run(&format!("{train} f2"));
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("did you mean \"f1\""), "{}", refused.err);
    let refused = folder.run("train t.csv --target x --threshold f1");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("the threshold is f1, but must be left out"), "{}", refused.err);
}
