//! `chainrule train`: choices, results, files.

use crate::folder::Folder;

#[test]
fn digits_are_learned_without_any_setting() {
    let folder = Folder::new();
    let found = folder.json("train digits --epochs 12 --json");
    assert_eq!(found["task"], "multi-class");
    assert_eq!(found["parameters"], 64 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10);
    assert_eq!((&found["epochs"], &found["stop"]), (&12.into(), &"finished".into()));
    // The least that there is with labels smoothed by 0.05: 0.955 for the class, 0.005 for nine others.
    let least = -(0.955 * 0.955_f64.ln() + 9.0 * 0.005 * 0.005_f64.ln());
    assert!(found["train_loss"].as_f64().unwrap() < least + 0.2, "{found}");
    assert!(found["validation"]["accuracy"].as_f64().unwrap() > 0.9, "{found}");
    assert!(found["test"]["accuracy"].as_f64().unwrap() > 0.93, "{found}");
    assert!(found["seconds"].as_f64().unwrap() > 0.0);
    assert!(found["threads_used"].as_u64().unwrap() >= 1);
    assert!(["scalar", "neon", "avx2", "avx512"].contains(&found["kernel"].as_str().unwrap()));
    assert_eq!(found["model"], "digits.safetensors");
    assert_eq!(found["rows"]["test"], 359);
    let chosen = found["chosen_epoch"].as_u64().unwrap();
    assert!((1..=12).contains(&chosen));
    assert_eq!(folder.names(), ["digits.history.jsonl", "digits.safetensors"]);
    let history = String::from_utf8(folder.read("digits.history.jsonl")).unwrap();
    let epochs: Vec<serde_json::Value> =
        history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(epochs.len(), 12);
    let epoch = &epochs[chosen as usize - 1];
    assert_eq!(epoch["epoch"], chosen);
    assert_eq!(epoch["validation"]["accuracy"], found["validation"]["accuracy"]);
}

#[test]
fn people_read_what_is_trained_on_what_and_what_came_of_it() {
    let folder = Folder::new();
    let outcome = folder.succeed("train digits --epochs 30 --hidden 16");
    for part in [
        "digits: 1797 rows, images of 8 x 8 pixels, scale unit",
        "multi-class, since `label` holds 10 different whole numbers",
        "1294 training, 144 validation, 359 test",
        "64 -> 16 relu -> 10 softmax, 1210 parameters",
        "cross_entropy, adam with learning rate 0.003, batches of 32, at most 30 epochs",
        "Trained 30 epochs",
        "kept the weights of epoch",
        "accuracy",
        "Saved to digits.safetensors",
        "Next: chainrule predict digits.safetensors digits",
    ] {
        assert!(outcome.out.contains(part), "{part:?} is not in\n{}", outcome.out);
    }
    // Progress is on stderr, in about twenty lines where there is no terminal.
    let lines = outcome.err.lines().filter(|line| line.starts_with("epoch")).count();
    assert!((10..=22).contains(&lines), "{}", outcome.err);
    assert!(outcome.err.contains("epoch 30/30"), "{}", outcome.err);
    assert!(!outcome.err.contains('\u{1b}') && !outcome.out.contains('\u{1b}'));
}

#[test]
fn the_kind_of_target_decides_the_task() {
    let folder = Folder::new();
    let row = |row: usize| {
        let (x, y) = (row as f64 * 0.37, row % 3);
        format!("{x},{},{},{},{},{}\n", x * 2.5 + 0.25, row % 2, y, ["no", "yes"][row % 2], y / 2)
    };
    let rows: String = (0..90).map(row).collect();
    folder.write("t.csv", format!("x,number,bit,three,word,flag\n{rows}"));
    for (target, task, outputs) in [
        ("number", "regression", 1),
        ("number,x", "regression", 2),
        ("bit", "binary", 1),
        ("word", "binary", 1),
        ("three", "multi-class", 3),
        ("bit,flag", "multi-label", 2),
    ] {
        let found =
            folder.json(&format!("train t.csv --target {target} --epochs 2 --hidden 4 --json"));
        assert_eq!(found["task"], task, "{target}");
        let model = folder.json("inspect t.safetensors --json");
        assert_eq!(model["outputs"], outputs, "{target}");
        let test = &found["test"];
        if task == "regression" {
            assert!(["r2", "rmse", "mae"].iter().all(|name| test[name].is_f64()), "{test}");
        } else {
            assert!(test["accuracy"].is_f64() && test["r2"].is_null(), "{test}");
        }
    }
    let found = folder.json("train t.csv --target three --task regression --epochs 2 --json");
    assert_eq!(found["task"], "regression");
}

#[test]
fn losses_choose_the_output_layer() {
    let folder = Folder::new();
    folder.write_table("t.csv", 60);
    for (loss, outputs, activation) in [
        ("cross_entropy", 2, "softmax"),
        ("binary_cross_entropy", 1, "sigmoid"),
        ("quadratic", 1, "sigmoid"),
        ("mean_squared_error", 1, "sigmoid"),
    ] {
        folder.succeed(&format!("train t.csv --target kind --loss {loss} --epochs 60"));
        let model = folder.json("inspect t.safetensors --json");
        assert_eq!(model["layers"][2]["activation"], activation, "{loss}");
        assert_eq!(model["outputs"], outputs, "{loss}");
        let scores = folder.json("evaluate t.safetensors t.csv --json");
        assert!(scores["accuracy"].as_f64().unwrap() > 0.95, "{loss}: {scores}");
        let header = folder.succeed("predict t.safetensors t.csv --proba").out;
        assert!(header.starts_with("high,low\n"), "{header}");
    }
}

#[test]
fn the_set_up_of_the_lectures_works() {
    let folder = Folder::new();
    let found = folder.json(
        "train digits --hidden 30 --activation sigmoid --loss quadratic --optimizer sgd \
         --learning-rate 3 --batch-size 10 --epochs 15 --json",
    );
    assert_eq!(found["parameters"], 64 * 30 + 30 + 30 * 10 + 10);
    assert!(found["test"]["accuracy"].as_f64().unwrap() > 0.93, "{found}");
    let layers = &folder.json("inspect digits.safetensors --json")["layers"];
    assert_eq!(
        (&layers[0]["activation"], &layers[1]["activation"]),
        (&"sigmoid".into(), &"sigmoid".into())
    );
    assert_eq!(layers[0]["dropout"], 0.0);
}

#[test]
fn every_layer_has_its_activation_and_every_setting_its_place() {
    let folder = Folder::new();
    folder.succeed(
        "train digits --hidden 12,8 --activation tanh,leaky_relu(0.2) --init normal(0.1) \
         --dropout 0.25 --optimizer momentum --learning-rate 0.05 --momentum 0.8 --batch-size 50 \
         --alpha 0.01 --epochs 2 --scale symmetric --seed 7 --schedule cosine --patience 4",
    );
    let model = folder.json("inspect digits.safetensors --json");
    let layers = &model["layers"];
    assert_eq!(layers[0]["activation"], "tanh");
    assert_eq!(layers[1]["activation"], "leaky_relu(0.2)");
    assert_eq!(
        (&layers[0]["dropout"], &layers[0]["initializer"]),
        (&0.25.into(), &"normal(0.1)".into())
    );
    let settings = &model["settings"];
    assert_eq!(settings["optimizer"]["name"], "momentum");
    assert_eq!(settings["optimizer"]["learning_rate"], 0.05);
    assert_eq!(settings["optimizer"]["momentum"], 0.8);
    assert_eq!((&settings["batch_size"], &settings["alpha"]), (&50.into(), &0.01.into()));
    assert_eq!((&settings["scale"], &settings["seed"]), (&"symmetric".into(), &7.into()));
    assert_eq!((&settings["schedule"], &settings["patience"]), (&"cosine".into(), &4.into()));
    assert!(settings.get("threads").is_none() && settings.get("instruction_set").is_none());
}

#[test]
fn a_batch_larger_than_the_data_is_clamped_with_a_warning() {
    let folder = Folder::new();
    let outcome = folder.succeed("train digits --epochs 2 --batch-size 100000");
    assert!(outcome.err.contains("warning: the batch size 100000"), "{}", outcome.err);
    assert!(outcome.out.contains("batches of 1294"), "{}", outcome.out);
    let found = folder.json("train digits --epochs 2 --batch-size 100000 --json");
    assert_eq!(found["warnings"].as_array().unwrap().len(), 1);
    let found = folder.json("train digits --epochs 2 --json");
    assert_eq!(found["warnings"].as_array().unwrap().len(), 0);
}

#[test]
fn tables_too_small_to_set_rows_aside_are_learned_with_a_warning() {
    let folder = Folder::new();
    folder.write("xor.csv", "p,q,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n");
    let command = "train xor.csv --target y --test 0 --hidden 8 --activation tanh \
                   --learning-rate 0.1 --epochs 300 --json";
    let found = folder.json(command);
    assert_eq!((&found["rows"]["training"], &found["test"]), (&4.into(), &serde_json::Value::Null));
    assert!(found["warnings"][0].as_str().unwrap().contains("validation"), "{found}");
    assert_eq!(folder.succeed("predict xor.safetensors xor.csv").out, "y\n0\n1\n1\n0\n");
}

#[test]
fn a_run_that_diverges_ends_with_1_and_keeps_the_last_good_weights() {
    let folder = Folder::new();
    let at_once = "train digits --optimizer sgd --learning-rate 1e30 --epochs 3";
    let outcome = folder.run(at_once);
    assert_eq!(outcome.code, 1);
    for part in ["error: training diverged", "epoch 1", "learning rate", "Nothing was saved"] {
        assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
    }
    assert!(folder.names().is_empty());

    let later = "train iris --target petal_width --hidden none --optimizer sgd --learning-rate 1.2";
    let outcome = folder.run(later);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    for part in ["training diverged", "try 0.1.", "weights after epoch", "iris.safetensors"] {
        assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
    }
    assert_eq!(folder.names(), ["iris.history.jsonl", "iris.safetensors"]);
    folder.succeed("inspect iris.safetensors");
}

#[test]
fn patience_ends_a_run() {
    let folder = Folder::new();
    let found = folder.json("train digits --patience 2 --epochs 300 --json");
    assert_eq!(found["stop"], "patience");
    let (epochs, chosen) = (found["epochs"].as_u64().unwrap(), found["chosen_epoch"].as_u64());
    assert_eq!(Some(epochs), chosen.map(|chosen| chosen + 2));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = Folder::new();
    folder.succeed("train iris --epochs 2");
    for words in [
        &["predict", "iris.safetensors", "iris"][..],
        &["--help"],
        &["inspect", "iris.safetensors"],
        &["train", "iris", "--print-config"],
    ] {
        let mut child = folder
            .command(words)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        assert!(!said.contains("bug"), "{said}");
    }
}
