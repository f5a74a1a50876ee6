//! `--kind`: single neurons, their verdicts, lines and thresholds.

use crate::folder::Folder;
use serde_json::Value;

/// A gate of two inputs, as a table of its four rows twice: a class needs two rows.
fn gate(folder: &Folder, name: &str, outputs: [u8; 4]) {
    let row = |row: usize| format!("{},{},{}\n", row >> 1 & 1, row & 1, outputs[row % 4]);
    folder.write(name, format!("a,b,out\n{}", (0..8).map(row).collect::<String>()));
}

const ALL_ROWS: &str = "--test 0 --validation 0";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_perceptron_learns_and_or_and_proves_that_xor_is_not_separable() {
    let folder = Folder::new();
    gate(&folder, "and.csv", [0, 0, 0, 1]);
    gate(&folder, "or.csv", [0, 1, 1, 1]);
    gate(&folder, "xor.csv", [0, 1, 1, 0]);
    for name in ["and", "or"] {
        let words = format!("train {name}.csv --target out --kind perceptron {ALL_ROWS}");
        let found = folder.json(&format!("{words} --json"));
        assert_eq!(
            (&found["kind"], &found["verdict"]["verdict"]),
            (&"perceptron".into(), &"separated".into())
        );
        assert!(number(&found["verdict"]["margin"]) > 0.0);
        assert_eq!((&found["stop"], &found["train_loss"]), (&"converged".into(), &0.0.into()));
        let right = folder.json(&format!("evaluate {name}.safetensors {name}.csv --json"));
        assert_eq!(right["accuracy"], 1.0, "{name}");
        // The line has the fired row above it, and the others not.
        let line = &found["lines"][0];
        let z = |a: f64, b: f64| {
            a * number(&line["weights"][0])
                + b * number(&line["weights"][1])
                + number(&line["bias"])
        };
        assert!(z(1.0, 1.0) > 0.0 && z(0.0, 0.0) <= 0.0, "{line}");
        let text = folder.succeed(&words).out;
        for part in
            ["Rosenblatt's rule", "linearly separable, with a margin of", "Decision line\n  b = -"]
        {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }
    let words = format!("train xor.csv --target out --kind perceptron {ALL_ROWS}");
    let found = folder.json(&format!("{words} --json"));
    let verdict = &found["verdict"];
    assert_eq!(verdict["verdict"], "not_separable", "{verdict}");
    let outcome = folder.succeed(&words);
    assert!(outcome.out.contains("Verdict on the training rows: not linearly separable"));
    assert!(outcome.err.contains("2 of 8 training rows wrong"), "{}", outcome.err);
    // Every command reads the model.
    assert_eq!(folder.succeed("predict xor.safetensors xor.csv").out.lines().count(), 9);
    assert_eq!(folder.json("evaluate xor.safetensors xor.csv --json")["accuracy"], 0.75);
    let shown = folder.succeed("inspect xor.safetensors").out;
    assert!(shown.contains("No training step"), "{shown}");
    assert!(folder.json("inspect xor.safetensors --json")["plan"].is_null());
    let refused = folder.run("check xor.safetensors");
    assert!(refused.code == 2, "{}", refused.err);
}

#[test]
fn a_tiny_margin_is_never_called_inseparable() {
    let folder = Folder::new();
    // A billionth apart, which 32 bits cannot tell from nothing.
    folder.write("t.csv", "x,out\n0,0\n1,0\n1.000000001,1\n2,1\n5,1\n");
    let words = format!("train t.csv --target out --kind perceptron --epochs 20 {ALL_ROWS} --json");
    let verdict = &folder.json(&words)["verdict"];
    assert_eq!(verdict["verdict"], "not_found", "{verdict}");
    assert_eq!(verdict["exists"], true);
    folder.write("t.csv", "x,out\n0,0\n1.000000001,0\n1,1\n2,1\n5,1\n");
    let verdict = &folder.json(&words)["verdict"];
    assert_eq!(verdict["verdict"], "not_separable", "{verdict}");
    assert_eq!(verdict["proof"]["by"], "meeting");
}

/// y = 3 a - 2 b + 1 with errors that least squares cannot remove.
fn write_plane(folder: &Folder) {
    let row = |row: usize| {
        let (a, b) = ((row * 7 % 20) as f64, (row * 3 % 11) as f64 * 100.0);
        let error = [0.5, -0.5, 0.25][row % 3];
        format!("{a},{b},{}\n", 3.0 * a - 0.02 * b + 1.0 + error)
    };
    folder.write("plane.csv", format!("a,b,y\n{}", (0..60).map(row).collect::<String>()));
}

#[test]
fn linear_regression_finds_the_least_squares_plane() {
    let folder = Folder::new();
    write_plane(&folder);
    let found = folder.json("train plane.csv --target y --kind linear --json");
    assert!(number(&found["closed_form"]["weights"]) < 1e-6, "{found}");
    assert_eq!(found["closed_form"]["rank"], 3);
    let weights = &found["linear_form"]["weights"][0];
    assert!((number(&weights[0]) - 3.0).abs() < 0.05 && (number(&weights[1]) + 0.02).abs() < 1e-3);
    let text = folder.succeed("train plane.csv --target y --kind linear").out;
    for part in ["lbfgs", "Least squares in closed form: no weight differs", "Plane\n  y = "] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    // The plane is what the model predicts.
    folder.write("new.csv", "a,b\n4,250\n");
    let predicted: f64 = folder
        .succeed("predict plane.safetensors new.csv")
        .out
        .lines()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let bias = number(&found["linear_form"]["biases"][0]);
    let expected = 4.0 * number(&weights[0]) + 250.0 * number(&weights[1]) + bias;
    assert!((predicted - expected).abs() < 1e-4, "{predicted} {expected}");
    let delta = folder.json(
        "train plane.csv --target y --kind linear --loss half_sum_of_squares --optimizer sgd \
         --learning-rate 0.001 --epochs 300 --json",
    );
    assert!(number(&delta["closed_form"]["weights"]) < 0.05, "{}", delta["closed_form"]);
    // A penalty has another minimum, so nothing is compared.
    let ridge = folder.json("train plane.csv --target y --kind linear --alpha 1 --json");
    assert!(ridge["closed_form"].is_null());
}

fn write_classes(folder: &Folder) {
    let row = |row: usize| {
        let (a, b) = ((row * 7 % 20) as f64 / 2.0, (row * 3 % 11) as f64);
        let yes = a + b + [1.5, -1.5, 0.0, 3.0, -3.0][row % 5] > 10.0;
        let three = ["low", "middle", "high"][((a + b) / 7.0) as usize % 3];
        format!(
            "{a},{b},{},{three},{},{}\n",
            ["no", "yes"][yes as usize],
            (a > 4.0) as u8,
            (b > 4.0) as u8
        )
    };
    folder.write("c.csv", format!("a,b,two,three,p,q\n{}", (0..90).map(row).collect::<String>()));
}

#[test]
fn logistic_and_softmax_regression_draw_the_same_line_and_thresholds_move_it() {
    let folder = Folder::new();
    write_classes(&folder);
    let train = |kind: &str| {
        folder.json(&format!(
            "train c.csv --target two --drop three,p,q --kind {kind} --output {kind}.m --json"
        ))
    };
    let (one, two) = (train("logistic"), train("softmax"));
    assert_eq!((&one["parameters"], &two["parameters"]), (&3.into(), &6.into()));
    let line = |found: &Value, part: &str| {
        let line = &found["lines"][0];
        (
            number(&line["weights"][0]) / number(&line[part][1]),
            number(&line["bias"]) / number(&line[part][1]),
        )
    };
    let ((slope, end), (slope_2, end_2)) = (line(&one, "weights"), line(&two, "weights"));
    assert!((slope - slope_2).abs() < 1e-3 && (end - end_2).abs() < 1e-2, "{one} {two}");
    let moved = folder.json("inspect logistic.m --threshold 0.9 --json");
    let difference = number(&one["lines"][0]["bias"]) - number(&moved["lines"][0]["bias"]);
    assert!((difference - 9.0_f64.ln()).abs() < 1e-12, "{difference}");
    assert!(
        folder
            .succeed("inspect logistic.m --threshold 0.9")
            .out
            .contains("line at the threshold 0.9")
    );
    // The higher the threshold, the fewer are yes.
    let yes = |model: &str, threshold: &str| {
        let words = format!("predict {model} c.csv --threshold {threshold}");
        folder.succeed(&words).out.lines().filter(|line| *line == "yes").count()
    };
    for model in ["logistic.m", "softmax.m"] {
        let counts = ["0.05", "0.5", "0.95"].map(|threshold| yes(model, threshold));
        assert!(counts[0] > counts[1] && counts[1] > counts[2], "{counts:?}");
        let plain = folder.json(&format!("evaluate {model} c.csv --json"));
        let half = folder.json(&format!("evaluate {model} c.csv --threshold 0.5 --json"));
        assert_eq!(plain["accuracy"], half["accuracy"]);
        let low = folder.json(&format!("evaluate {model} c.csv --threshold 0.01 --json"));
        assert!(number(&low["accuracy"]) < number(&plain["accuracy"]));
    }
}

#[test]
fn several_classes_have_a_line_for_each_pair_and_labels_one_each() {
    let folder = Folder::new();
    write_classes(&folder);
    let found =
        folder.json("train c.csv --target three --drop two,p,q --kind softmax --alpha 0.1 --json");
    assert_eq!(found["lines"].as_array().unwrap().len(), 3);
    let found = folder
        .json("train c.csv --target p,q --drop two,three --kind multilabel --alpha 0.1 --json");
    assert_eq!(found["lines"].as_array().unwrap().len(), 2);
    assert_eq!(found["lines"][0]["negative"], "not p");
    let rows = folder.succeed("predict c.safetensors c.csv").out;
    for labels in ["0,0", "0,1", "1,0", "1,1"] {
        assert!(rows.lines().any(|row| row == labels), "no row has {labels}");
    }
    let none = folder.succeed("predict c.safetensors c.csv --threshold 0.9999999").out;
    assert!(
        none.lines().filter(|row| *row == "0,0").count()
            > rows.lines().filter(|row| *row == "0,0").count()
    );
}

#[test]
fn what_does_not_fit_a_kind_is_refused_with_what_does() {
    let folder = Folder::new();
    write_classes(&folder);
    write_plane(&folder);
    for (words, part) in [
        ("c.csv --target two --kind linear", "but must be logistic or mlp for the task binary"),
        ("c.csv --target three --kind logistic", "but must be softmax or mlp"),
        ("c.csv --target p,q --kind softmax", "but must be multilabel or mlp"),
        (
            "plane.csv --target y --kind logistic",
            "but must be linear or mlp for the task regression",
        ),
        (
            "plane.csv --target y --kind linear --hidden 8",
            "which the kind linear has none of; choose --kind mlp",
        ),
        (
            "plane.csv --target y --kind linear --activation tanh",
            "the activation of hidden layers is tanh",
        ),
        ("plane.csv --target y --kind linear --dropout 0.1", "which has no hidden layers"),
        ("plane.csv --target y --kind linear --loss poisson", "mean_squared_error or another"),
        (
            "c.csv --target two --kind logistic --loss quadratic",
            "binary_cross_entropy with this kind",
        ),
        ("c.csv --target two --kind perceptron --loss quadratic", "whose rule has none"),
        (
            "c.csv --target two --kind perceptron --optimizer adam",
            "the optimiser is adam, but must be left out",
        ),
        ("c.csv --target two --kind perceptron --alpha 0.1", "alpha is 0.1, but must be left out"),
        ("c.csv --target two --kind perceptron --schedule cosine", "the schedule is cosine"),
        ("c.csv --target two --kind perceptrn", "did you mean \"perceptron\"?"),
    ] {
        let outcome = folder.run(&format!("train {words}"));
        assert_eq!(outcome.code, 2, "{words}: {}", outcome.err);
        assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
    }
    folder.succeed("train plane.csv --target y --kind linear");
    for words in [
        "predict plane.safetensors plane.csv",
        "evaluate plane.safetensors plane.csv",
        "inspect plane.safetensors",
    ] {
        let outcome = folder.run(&format!("{words} --threshold 0.3"));
        assert_eq!(outcome.code, 2, "{words}");
        assert!(
            outcome.err.contains("two classes or labels by their probability"),
            "{}",
            outcome.err
        );
        assert_eq!(folder.run(&format!("{words} --threshold 1")).code, 2);
    }
}

#[test]
fn settings_of_a_kind_are_a_file_that_gives_the_same_model() {
    let folder = Folder::new();
    write_classes(&folder);
    write_plane(&folder);
    for words in [
        "c.csv --target two --drop three,p,q --kind perceptron --learning-rate 0.5 --epochs 40",
        "c.csv --target two --kind logistic",
        "plane.csv --target y --kind linear --batch-size 8 --epochs 3",
    ] {
        folder.succeed(&format!("train {words} --output one.m"));
        folder.write("run.toml", folder.succeed(&format!("train {words} --print-config")).out);
        folder.succeed("train --config run.toml --output two.m");
        assert!(folder.read("one.m") == folder.read("two.m"), "{words}");
    }
    // A kind typed wins over what the file says of hidden layers.
    folder.write(
        "mlp.toml",
        folder.succeed("train c.csv --target two --hidden 8 --print-config").out,
    );
    let found = folder.json("train --config mlp.toml --kind perceptron --json");
    assert_eq!(found["kind"], "perceptron");
    let found = folder.json("train --config mlp.toml --kind logistic --json");
    assert_eq!(found["kind"], "logistic");
    // A regression goes on from where it was; a perceptron begins anew.
    folder.succeed("train plane.csv --target y --kind linear --output linear.m");
    let again = folder.json("train plane.csv --warm-start linear.m --output more.m --json");
    assert_eq!(again["kind"], "linear");
    folder.succeed("train c.csv --target two --kind perceptron --output unit.m");
    let refused = folder.run("train c.csv --warm-start unit.m --output more.m");
    assert!(refused.code == 2 && refused.err.contains("train it anew"), "{}", refused.err);
}

/// The line that is printed, put into the file's rows again, far from 0.
#[test]
fn the_printed_line_tells_rows_far_from_zero_apart() {
    let folder = Folder::new();
    let rows: Vec<(f64, f64)> = (0..80_i32)
        .map(|row| {
            let (a, b) = (f64::from(row * 7 % 13) / 2.0, f64::from(row * 11 % 17) / 2.0);
            (7_654_321.0 + a, b + if a + b > 7.0 { 1.0 } else { 0.0 })
        })
        .collect();
    let is_above = |(a, b): &(f64, f64)| a - 7_654_321.0 + b > 7.5;
    let lines = rows
        .iter()
        .map(|row| format!("{},{},{}\n", row.0, row.1, if is_above(row) { "yes" } else { "no" }));
    folder.write("far.csv", format!("a,b,y\n{}", lines.collect::<String>()));
    for kind in ["perceptron", "logistic"] {
        let outcome = folder
            .succeed(&format!("train far.csv --target y --kind {kind} --test 0 --validation 0"));
        let line = outcome.out.lines().find(|line| line.trim_start().starts_with("b = "));
        let line = line.unwrap_or_else(|| panic!("no line in\n{}", outcome.out)).trim();
        let (equation, _) = line.split_once(':').unwrap();
        let words: Vec<&str> = equation.split_whitespace().collect();
        // b = SLOPE a + INTERCEPT
        let slope: f64 = words[2].parse().unwrap();
        let sign = if words[4] == "-" { -1.0 } else { 1.0 };
        let intercept = sign * words[5].parse::<f64>().unwrap();
        let wrong = rows.iter().filter(|row| (row.1 > slope * row.0 + intercept) != is_above(row));
        assert_eq!(wrong.count(), 0, "{line}");
    }
}
