//! `chainrule doctor`, and its findings at the end of training.

use crate::folder::Folder;

#[test]
fn a_healthy_model_ends_with_0_and_says_what_was_looked_at() {
    let folder = Folder::new();
    folder.succeed("train iris --hidden 16 --epochs 30");
    let outcome = folder.succeed("doctor iris.safetensors --data iris");
    assert!(outcome.out.contains("on 150 rows of iris and 30 epochs"), "{}", outcome.out);
    assert!(!outcome.out.contains("serious"), "{}", outcome.out);
    assert!(!outcome.out.contains("Not looked at"), "{}", outcome.out);
}

#[test]
fn what_could_not_be_looked_at_is_said_with_the_reason() {
    let folder = Folder::new();
    folder.succeed("train iris --hidden 16 --epochs 3");
    std::fs::remove_file(folder.path("iris.history.jsonl")).unwrap();
    let outcome = folder.succeed("doctor iris.safetensors");
    for part in ["nothing could be looked at", "no data are given", "there is no history"] {
        assert!(outcome.out.contains(part), "{part:?} is not in\n{}", outcome.out);
    }
    let found = folder.json("doctor iris.safetensors --json");
    assert_eq!(found["not_checked"].as_array().unwrap().len(), 2);
    assert_eq!(found["serious"], 0);
}

#[test]
fn a_leak_is_warned_of_after_training_and_ends_the_doctor_with_1() {
    let folder = Folder::new();
    let line = |row: usize| {
        let kind = ["low", "high"][row * 7 % 2];
        format!("{},{},{kind}\n", (row * 13) % 17, kind.to_uppercase())
    };
    folder.write("t.csv", format!("a,the code,kind\n{}", (0..200).map(line).collect::<String>()));
    let outcome = folder.succeed("train t.csv --target kind --hidden 8 --epochs 5");
    let warning = "warning: leaked target, column `the code`: each of its 2 values belongs to one \
                   class only";
    assert!(outcome.err.contains(warning), "{}", outcome.err);
    assert!(outcome.err.contains("try --drop 'the code'\n"), "{}", outcome.err);
    let report = folder.json("train t.csv --target kind --hidden 8 --epochs 5 --json");
    assert_eq!(report["findings"][0]["kind"], "leaked_target");

    let outcome = folder.run("doctor t.safetensors --data t.csv");
    assert_eq!(outcome.code, 1, "{}", outcome.err);
    assert!(outcome.out.contains("\nData\n  serious: leaked target, column `the code`"));
    let outcome = folder.run("doctor t.safetensors --data t.csv --json");
    assert_eq!(outcome.code, 1);
    let found: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(found["findings"][0]["flag"], "--drop 'the code'");

    let flag = ["train", "t.csv", "--target", "kind", "--hidden", "8", "--epochs", "5"];
    let outcome = folder.run_words(&[&flag[..], &["--drop", "the code"]].concat());
    assert!(!outcome.err.contains("leaked"), "{}", outcome.err);
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let folder = Folder::new();
    folder.succeed("train iris --hidden 4 --epochs 3");
    folder.write("bad.jsonl", "{\"epoch\": 1}\n");
    let first = folder.read("iris.history.jsonl");
    let first = String::from_utf8(first).unwrap().lines().next().unwrap().to_string();
    folder.write("twice.jsonl", format!("{first}\n{first}\n"));
    for (arguments, parts) in [
        ("doctor missing.safetensors", &["missing.safetensors", "check the path"][..]),
        ("doctor iris.safetensors --data missing.csv", &["missing.csv"]),
        ("doctor iris.safetensors --history missing.jsonl", &["missing.jsonl"]),
        ("doctor iris.safetensors --history bad.jsonl", &["bad.jsonl", "line 1", "JSON"]),
        ("doctor iris.safetensors --history twice.jsonl", &["line 2", "after 1, found 1"]),
    ] {
        let outcome = folder.run(arguments);
        assert_eq!(outcome.code, 2, "{arguments}: {}{}", outcome.out, outcome.err);
        for part in parts {
            assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
        }
    }
}

#[test]
fn losses_without_a_floor_and_rules_without_a_loss_are_no_illness() {
    let folder = Folder::new();
    // Counts whose Poisson loss is below 0 from the first epoch on.
    let line = |row: usize| format!("{},{}\n", row % 10, 2 + row % 10 * 3);
    folder.write("n.csv", format!("x,n\n{}", (0..200).map(line).collect::<String>()));
    folder
        .succeed("train n.csv --target n --task regression --loss poisson --epochs 60 --hidden 16");
    let outcome = folder.succeed("doctor n.safetensors");
    assert!(!outcome.out.contains("learning rate") && !outcome.out.contains("overfitting:"));
    folder.succeed("train circles --kind perceptron");
    let outcome = folder.succeed("doctor circles.safetensors --data circles");
    assert!(outcome.out.contains("follows no loss"), "{}", outcome.out);
}
