//! `chainrule tune`.

use crate::folder::Folder;
use serde_json::Value;

/// A quick search on flowers.
const QUICK: &str = "tune iris --epochs 6 --width 4,8 --depth 1..2";

/// The lines of a search's file without the times.
fn timeless(folder: &Folder, name: &str) -> Vec<Value> {
    let text = String::from_utf8(folder.read(name)).unwrap();
    let line = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        if let Some(value) = value.as_object_mut() {
            value.remove("seconds");
        }
        value
    };
    text.lines().map(line).collect()
}

#[test]
fn a_search_ends_with_a_model_and_the_settings_that_make_the_same_bytes() {
    let folder = Folder::new();
    let outcome = folder.succeed(&format!("{QUICK} --trials 9 --hold-out 0.25"));
    assert!(outcome.err.contains("the best so far"), "{}", outcome.err);
    for said in ["Searched 9 trials", "accuracy", "Saved to iris.safetensors", "iris.tune.toml"] {
        assert!(outcome.out.contains(said), "{said}: {}", outcome.out);
    }
    assert_eq!(
        folder.names(),
        [
            "iris.history.jsonl",
            "iris.safetensors",
            "iris.tune.jsonl",
            "iris.tune.svg",
            "iris.tune.toml"
        ]
    );
    assert!(folder.read("iris.tune.svg").starts_with(b"<svg"));
    folder.succeed("train --config iris.tune.toml --output again");
    assert!(folder.read("again") == folder.read("iris.safetensors"));
    folder.succeed("evaluate iris.safetensors iris");

    // The same command repeats no run, and makes the same again.
    let found = folder.json(&format!("{QUICK} --trials 9 --hold-out 0.25 --json"));
    assert_eq!(found["resumed"], found["runs"].as_array().unwrap().len());
    assert!(folder.read("again") == folder.read("iris.safetensors"));
    assert!(found["test"]["accuracy"].as_f64().unwrap() > 0.5, "{found}");
    let best = &found["best"];
    assert!(best["outcome"]["judged"]["score"].as_f64().unwrap() > 0.5, "{found}");
    assert_eq!(found["settings"]["hidden"], best["settings"]["hidden"]);
}

#[test]
fn flags_of_training_and_a_file_of_them_hold_for_all_trials() {
    let folder = Folder::new();
    folder.write_table("t.csv", 90);
    let config = folder.succeed(
        "train t.csv --target kind --drop b --normalization layer --epochs 4 --test 0.3 \
         --optimizer adamw(weight_decay=0.1) --hidden 6 --print-config",
    );
    folder.write("base.toml", config.out);
    let found = folder.json(
        "tune --config base.toml --seed 5 --trials 2 --strategy random --width 6,7 --json \
         --output found.model",
    );
    let settings = &found["settings"];
    assert_eq!((&settings["drop"][0], &settings["seed"]), (&"b".into(), &5.into()));
    assert_eq!((&settings["test"], &settings["epochs"]), (&0.3.into(), &4.into()));
    assert_eq!(settings["normalizations"][0], "layer(1e-5)");
    assert_eq!(settings["optimizer"]["weight_decay"], 0.1);
    // The first trial has the layers of the file.
    assert_eq!(found["runs"][0]["settings"]["hidden"], serde_json::json!([6]));
    let first = folder.read("found.model");
    let again = folder.succeed("train --config found.tune.toml").out;
    assert!(again.contains("Saved to found.model"), "{again}");
    assert!(folder.read("found.model") == first);
}

#[test]
fn a_grid_compares_penalties_and_layers_by_folds() {
    let folder = Folder::new();
    folder.write_table("t.csv", 60);
    let found = folder.json(
        "tune t.csv --target kind --strategy grid --alpha 1e-2,1e-1 --width 4,8 --depth 1 \
         --epochs 3 --folds 3 --json",
    );
    let runs = found["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    for run in runs {
        let judged = &run["outcome"]["judged"];
        assert!(judged["spread"].is_f64() && judged["measure"] == "accuracy", "{run}");
        assert_eq!((&run["settings"]["learning_rate"], &run["epochs"]), (&0.003.into(), &3.into()));
    }
}

#[test]
fn a_regression_is_searched_by_the_score_that_is_asked_for() {
    let folder = Folder::new();
    let line = |row: usize| format!("{},{},{}\n", row % 7, row % 11, (row % 7) * 2 + row % 11);
    folder.write("t.csv", format!("a,b,y\n{}", (0..120).map(line).collect::<String>()));
    for (score, measure) in [("rmse", "rmse"), ("r2", "r2"), ("auto", "loss")] {
        let found = folder.json(&format!(
            "tune t.csv --target y --task regression --score {score} --trials 3 --epochs 4 --json \
             --hold-out 0.2 --output {score}"
        ));
        assert_eq!(found["best"]["outcome"]["judged"]["measure"], measure);
    }
}

#[test]
fn what_cannot_be_searched_is_refused_with_the_remedy() {
    let folder = Folder::new();
    let refused = |flags: &str, code: i32| {
        let outcome = folder.run(&format!("{QUICK} {flags}"));
        assert_eq!(outcome.code, code, "{flags}: {}", outcome.err);
        outcome.err
    };
    for (flags, expected) in [
        (
            "--learning-rate 1e-1..1e-4",
            "from the smaller to the larger number, such as 0.0001..0.1",
        ),
        ("--alpha 0..1", "begins above 0"),
        ("--batch-size 1.5", "whole numbers from 1"),
        ("--activation tahn", "did you mean \"tanh\"?"),
        ("--dropout -0.1", "at least 0 and below 1"),
        ("--strategy gird", "did you mean \"grid\"?"),
        ("--folds 1", "at least 2"),
        ("--reduction 1", "from 2 to 100"),
        ("--minutes 0", "above 0"),
        ("--folds 3 --hold-out 0.2", "cannot be used with"),
        ("--optimizer lbfgs", "such as adam"),
        ("--score r2", "since classes are predicted"),
        ("--target nothing", "nothing"),
        ("--hidden 5", "unexpected argument"),
    ] {
        let message = refused(flags, 2);
        assert!(message.contains(expected), "{flags}: {message}");
    }
    let outcome = folder.run("tune iris --strategy grid");
    assert!(outcome.code == 2 && outcome.err.contains("--alpha 1e-6..1e-1"), "{}", outcome.err);
    assert!(folder.names().is_empty(), "{:?}", folder.names());

    // Trials that fail are no reason to stop, unless all do.
    let message = refused("--learning-rate 1e30 --optimizer sgd --trials 2", 1);
    assert!(message.contains("each of the 2 trials that have ended failed"), "{message}");
    let message = refused("--trials 2", 2);
    assert!(message.contains("holds another search, which differs in"), "{message}");
    assert!(
        message.contains("optimizer ({\"learning_rate\":0.1,\"name\":\"sgd\"}, now null)"),
        "{message}"
    );
    assert!(message.contains("--journal FILE"), "{message}");
    folder.write("notes.txt", "not a search\n");
    let message = refused("--trials 2 --journal notes.txt", 2);
    assert!(message.contains("found something else"), "{message}");
    assert_eq!(folder.read("notes.txt"), b"not a search\n");
}

#[test]
fn the_clock_ends_a_search_with_the_best_so_far() {
    let folder = Folder::new();
    let found = folder.json(&format!("{QUICK} --minutes 0.05 --threads 1 --json"));
    assert_eq!(found["stop"], "time");
    assert!(found["test"].is_object() && found["trials"].as_u64().unwrap() >= 1, "{found}");
}

#[cfg(unix)]
mod signals {
    use super::*;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    /// A search of several seconds.
    const SLOW: &str = "tune digits --epochs 12 --width 64,128 --depth 1..2 --trials 9 --threads 1 \
                        --kernel scalar --hold-out 0.2 --output found.model";

    /// Starts a search and waits until its file has so many lines.
    fn start(folder: &Folder, lines: usize) -> Child {
        let words: Vec<&str> = SLOW.split_whitespace().collect();
        let mut command = folder.command(&words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let text = || std::fs::read_to_string(folder.path("found.tune.jsonl")).unwrap_or_default();
        let begin = Instant::now();
        while text().lines().count() < lines && begin.elapsed() < Duration::from_secs(300) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // It must not be over either.
        let is_over = child.try_wait().unwrap().is_some();
        if text().lines().count() < lines || is_over {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the search gets on too slowly, or too fast");
        }
        child
    }

    #[test]
    fn a_search_that_is_killed_goes_on_and_finds_the_same() {
        let whole = Folder::new();
        whole.succeed(SLOW);
        let killed = Folder::new();
        // Twice: in the middle of the first trials, and after some have risen.
        for lines in [3, 8] {
            let mut child = start(&killed, lines);
            child.kill().unwrap();
            assert!(!child.wait().unwrap().success());
            assert!(!killed.names().contains(&"found.model".to_string()));
        }
        let outcome = killed.succeed(SLOW);
        assert!(outcome.err.contains("going on after"), "{}", outcome.err);
        assert_eq!(timeless(&killed, "found.tune.jsonl"), timeless(&whole, "found.tune.jsonl"));
        for name in ["found.model", "found.tune.toml", "found.tune.svg"] {
            assert!(killed.read(name) == whole.read(name), "{name}");
        }
    }

    #[test]
    fn an_interrupted_search_reports_the_best_so_far_and_can_go_on() {
        let folder = Folder::new();
        let child = start(&folder, 4);
        let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(done.success());
        let output = child.wait_with_output().unwrap();
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(0), "{err}");
        assert!(err.contains("stopping after the trials under way"), "{err}");
        assert!(err.contains("Give the same command to go on"), "{err}");
        assert!(out.contains("interrupted"), "{out}");
        let names = ["found.tune.jsonl", "found.tune.svg", "found.tune.toml"];
        assert_eq!(folder.names(), names);
        folder.succeed("train --config found.tune.toml --epochs 1");
        assert!(folder.names().contains(&"found.model".to_string()));
    }
}
