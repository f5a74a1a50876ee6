//! `chainrule compare`: the network beside other models.

use crate::folder::Folder;
use serde_json::Value;

const QUICK: &str = "--hidden 8 --epochs 20";

fn refused(folder: &Folder, arguments: &str, parts: &[&str]) {
    let outcome = folder.run(arguments);
    assert_eq!(outcome.code, 2, "{arguments}\n{}{}", outcome.out, outcome.err);
    assert_eq!(outcome.out, "", "{arguments}");
    for part in parts {
        assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
    }
}

fn model<'a>(found: &'a Value, name: &str) -> &'a Value {
    let models = found["models"].as_array().unwrap();
    models.iter().find(|model| model["model"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn iris_is_told_with_a_table_and_in_words() {
    let folder = Folder::new();
    let outcome = folder.succeed("compare iris --hidden 32 --epochs 100");
    for part in [
        "iris: 150 rows, multi-class",
        "5 folds stratified by class",
        "balanced accuracy",
        "0.3333 \u{b1} 0 ",
        "fit",
        "better than dummy: accuracy +0.",
        "more than noise",
        "(the best other)",
    ] {
        assert!(outcome.out.contains(part), "{part:?} is not in\n{}", outcome.out);
    }
    let lines: Vec<&str> = outcome.out.lines().collect();
    for name in ["network", "linear", "svm", "forest"] {
        let line = lines.iter().find(|line| line.trim_start().starts_with(name)).unwrap();
        assert!(line.contains("0.9"), "{line}");
    }
    // 5 models on 5 folds.
    assert!(outcome.err.contains("25/25 "), "{}", outcome.err);
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn json_holds_every_fold() {
    let folder = Folder::new();
    let command =
        format!("compare iris {QUICK} --folds 3 --repeats 2 --models svm,network,dummy --json");
    let found = folder.json(&command);
    let names: Vec<&Value> =
        found["models"].as_array().unwrap().iter().map(|model| &model["model"]).collect();
    assert_eq!(names, ["network", "dummy", "svm"]);
    assert_eq!((&found["main"], &found["task"]), (&"accuracy".into(), &"multi-class".into()));
    assert_eq!(found["folds"]["repeats"], 2);
    for name in ["network", "dummy", "svm"] {
        let folds = model(&found, name)["folds"].as_array().unwrap();
        assert_eq!(folds.len(), 6);
        let scores: Vec<f64> =
            folds.iter().map(|fold| fold["scores"]["accuracy"].as_f64().unwrap()).collect();
        let mean = model(&found, name)["means"]["accuracy"].as_f64().unwrap();
        assert!((scores.iter().sum::<f64>() / 6.0 - mean).abs() < 1e-12);
        assert!(folds.iter().all(|fold| fold["test_rows"] == 50 && fold["training_rows"] == 100));
    }
    assert!(model(&found, "svm")["means"].get("log_loss").is_none(), "it has no probabilities");
    assert!(model(&found, "network")["means"]["log_loss"].as_f64().unwrap() < 1.0);
    let test = &found["tests"][1];
    assert_eq!((&test["model"], &test["other"]), (&"network".into(), &"dummy".into()));
    assert_eq!(test["is_more_than_noise"], true);
    // Equal seeds give equal scores, on however many threads.
    let again = folder.json(&format!("{command} --threads 3"));
    for name in ["network", "svm"] {
        assert_eq!(model(&again, name)["means"], model(&found, name)["means"]);
    }
}

#[test]
fn saved_folds_are_taken_again_and_by_groups_and_time() {
    let folder = Folder::new();
    let line = |row: usize| {
        let (x, day) = ((row * 37) % 50, row / 4 + 1);
        format!("{x},g{},{day},{}\n", row % 9, x as f64 * 1.5 + (row % 3) as f64)
    };
    folder.write("t.csv", format!("x,g,day,y\n{}", (0..100).map(line).collect::<String>()));
    let models = "--models dummy,linear";
    let by_group = folder.json(&format!(
        "compare t.csv --target y --group g {models} --folds 3 --save-folds folds.csv --json"
    ));
    assert_eq!(by_group["folds"]["scheme"], "grouped");
    let saved = String::from_utf8(folder.read("folds.csv")).unwrap();
    assert!(saved.starts_with("row,fold\n1,") && saved.lines().count() == 101);
    // Rows 1 and 10 are of one group.
    let fold = |row: usize| saved.lines().nth(row).unwrap().split(',').nth(1).unwrap().to_string();
    assert_eq!(fold(1), fold(10));
    let again = folder
        .json(&format!("compare t.csv --target y --drop g --folds-file folds.csv {models} --json"));
    assert_eq!(again["folds"]["scheme"], "given");
    assert_eq!(model(&again, "linear")["means"], model(&by_group, "linear")["means"]);
    assert!(model(&again, "linear")["means"]["r2"].as_f64().unwrap() > 0.99);

    let by_time = folder.json(&format!(
        "compare t.csv --target y --drop g --time day {models} --folds 4 --save-folds time.csv --json"
    ));
    let folds = model(&by_time, "linear")["folds"].as_array().unwrap();
    let training: Vec<u64> =
        folds.iter().map(|fold| fold["training_rows"].as_u64().unwrap()).collect();
    assert_eq!(training, [20, 40, 60, 80]);
    assert!(folder.read("time.csv").starts_with(b"row,stretch\n1,1\n"));
}

#[test]
fn without_the_network_the_best_model_is_tested() {
    let folder = Folder::new();
    let found = folder.json("compare iris --models dummy,linear,svm --json");
    assert_eq!(found["tests"].as_array().unwrap().len(), 2);
    assert_ne!(found["tests"][0]["model"], "dummy");
    let outcome = folder.succeed("compare iris --models dummy");
    assert!(!outcome.out.contains("noise"), "{}", outcome.out);
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = Folder::new();
    folder.write_table("t.csv", 30);
    for (arguments, parts) in [
        ("compare t.csv", &["--target"][..]),
        ("compare t.csv --target nothing", &["`nothing`", "`kind`"]),
        ("compare t.csv --target kind --drop kind", &["--drop", "--target", "`kind`"]),
        ("compare t.csv --target kind --folds 1", &["at least 2 folds"]),
        ("compare t.csv --target kind --folds 0", &["--folds", "at least 1"]),
        (
            "compare t.csv --target kind --folds 13",
            &["13 rows of each class", "12 of the class `low`"],
        ),
        ("compare t.csv --target kind --folds 31", &["31 rows", "found 30"]),
        ("compare t.csv --target kind --group patient", &["`patient`", "`a`, `b`, `kind`"]),
        ("compare t.csv --target kind --group kind", &["target", "kind"]),
        ("compare t.csv --target kind --time a --group b", &["--time", "--group"]),
        ("compare t.csv --target kind --time a --folds 9", &["`a`", "10 stretches", "into 5"]),
        ("compare t.csv --target kind --models network,svn", &["svn", "network, dummy, linear"]),
        ("compare t.csv --target kind --folds-file no.csv", &["no.csv"]),
        ("compare t.csv --target kind --folds-file t.csv", &["t.csv", "row,fold"]),
        ("compare t.csv --target kind --save-folds t.csv", &["t.csv", "read", "--save-folds FILE"]),
        ("compare t.csv --target kind --save-folds no/f.csv", &["folder no"]),
        ("compare iris --hidden 0", &["--hidden"]),
    ] {
        refused(&folder, arguments, parts);
    }
}

#[test]
fn titanic_where_the_data_are() {
    let Some(data) = std::env::var_os("CHAINRULE_DATA") else {
        println!("SKIPPED: CHAINRULE_DATA does not name a folder with tabular/titanic.csv");
        return;
    };
    let path = std::path::PathBuf::from(data).join("tabular").join("titanic.csv");
    let folder = Folder::new();
    let words = [
        "compare",
        path.to_str().unwrap(),
        "--target=Survived",
        "--drop=PassengerId,Name,Ticket,Cabin,Age,Embarked",
        "--models=network,dummy,linear",
        "--hidden=16",
        "--epochs=10",
    ];
    let outcome = folder.run_words(&words);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.contains("network is better than dummy: accuracy"), "{}", outcome.out);
    assert!(outcome.out.contains("dummy    0.6162"), "{}", outcome.out);
}
