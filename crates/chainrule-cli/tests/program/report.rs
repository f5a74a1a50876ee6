//! `chainrule evaluate --report`: the page that is written, and what is not written over.

use crate::folder::Folder;

/// A folder with a table and a model of it.
fn trained() -> Folder {
    let folder = Folder::new();
    folder.write_table("table.csv", 120);
    let outcome = folder.run_words(&[
        "train",
        "table.csv",
        "--target",
        "kind",
        "--hidden",
        "4",
        "--epochs",
        "5",
        "--output",
        "model.safetensors",
    ]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    folder
}

const EVALUATE: [&str; 5] = ["evaluate", "model.safetensors", "table.csv", "--report", "page.html"];

#[test]
fn the_page_says_what_the_program_says() {
    let folder = trained();
    let outcome = folder.run_words(&EVALUATE);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.contains("Report in page.html"), "{}", outcome.out);
    let page = String::from_utf8(folder.read("page.html")).unwrap();
    // The history beside the model is drawn, the settings are those to train it again.
    assert!(page.contains("The loss over 5 epochs"));
    assert!(page.contains("chainrule train --config model.toml --output model.safetensors"));
    assert!(page.contains("hidden = [4]") && page.contains("data = &quot;table.csv&quot;"));
    assert!(!page.contains(&folder.path("").display().to_string()), "no folder is told");
    // Written again it is the same, and JSON holds the same numbers.
    let mut words = EVALUATE.to_vec();
    words.push("--json");
    let outcome = folder.run_words(&words);
    let json: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(String::from_utf8(folder.read("page.html")).unwrap(), page);
    assert_eq!(json["report"]["judgement"], json["judgement"]);
    assert_eq!(json["report"]["evaluation"]["accuracy"], json["accuracy"]);
    assert_eq!(json["report"]["columns"].as_array().unwrap().len(), 3);
    assert_eq!(json["report"]["history"].as_array().unwrap().len(), 5);
}

#[test]
fn the_settings_of_a_page_train_the_same_model() {
    let folder = trained();
    let mut words = EVALUATE.to_vec();
    words.push("--json");
    let outcome = folder.run_words(&words);
    let json: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    folder.write("model.toml", json["report"]["settings"]["toml"].as_str().unwrap());
    let first = folder.read("model.safetensors");
    let outcome =
        folder.run_words(&["train", "--config", "model.toml", "--output", "again.safetensors"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert_eq!(folder.read("again.safetensors"), first);
}

#[test]
fn nothing_but_a_page_is_written_over() {
    let folder = trained();
    folder.write("page.html", "<!DOCTYPE html>\n<p>my own</p>");
    let outcome = folder.run_words(&EVALUATE);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("not a report of chainrule's"), "{}", outcome.err);
    assert_eq!(folder.read("page.html"), b"<!DOCTYPE html>\n<p>my own</p>");
    for (path, problem) in [("table.csv", "written over"), ("none/page.html", "no folder")] {
        let words = ["evaluate", "model.safetensors", "table.csv", "--report", path];
        let outcome = folder.run_words(&words);
        assert_eq!(outcome.code, 2);
        assert!(outcome.err.contains(problem), "{}", outcome.err);
    }
}
