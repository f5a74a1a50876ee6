//! Bad input ends with exit code 2, a message that says what, where and what to do, and nothing
//! written.

use crate::folder::Folder;

/// Runs what must be refused, and checks the parts of its message and that no file came or changed.
fn refused(folder: &Folder, arguments: &str, parts: &[&str]) {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    refused_words(folder, &words, parts);
}

fn refused_words(folder: &Folder, words: &[&str], parts: &[&str]) {
    let contents = |folder: &Folder| -> Vec<(String, Vec<u8>)> {
        let read = |name: String| {
            let bytes = folder.read(&name);
            (name, bytes)
        };
        folder.names().into_iter().map(read).collect()
    };
    let before = contents(folder);
    let outcome = folder.run_words(words);
    let shown = format!("chainrule {}\n{}{}", words.join(" "), outcome.out, outcome.err);
    assert_eq!(outcome.code, 2, "{shown}");
    assert!(outcome.err.starts_with("error: "), "{shown}");
    assert!(!outcome.err.contains("panic"), "{shown}");
    assert_eq!(outcome.out, "", "{shown}");
    for part in parts {
        assert!(outcome.err.contains(part), "{part:?} is not in\n{shown}");
    }
    assert!(contents(folder) == before, "files were written or changed by\n{shown}");
}

/// A table of 30 rows, a, b, y, whose fifth line is `line`.
fn with_line(line: &str) -> String {
    let row = |row: usize| format!("{row},{},{}\n", row * 2, row % 2);
    let rows: Vec<String> = (0..30).map(row).collect();
    format!("a,b,y\n{}{line}\n{}", rows[..3].concat(), rows[4..].concat())
}

#[test]
fn files_that_are_not_there_or_hold_nothing() {
    let folder = Folder::new();
    folder.write("empty.csv", "");
    folder.write("header.csv", "a,b\n");
    refused(
        &folder,
        "train missing.csv --target y",
        &["missing.csv", "no such file", "check the path"],
    );
    refused(&folder, "train empty.csv --target y", &["empty.csv", "empty file"]);
    refused(&folder, "train header.csv --target b", &["header.csv", "line 1", "add rows"]);
    refused(&folder, "train digit", &["`digit`", "did you mean `digits`?", "`fashion-mnist`"]);
    refused(
        &folder,
        "train mnist --data-dir .",
        &["train-images-idx3-ubyte.gz", "chainrule data get mnist", "--data-dir", "https://"],
    );
    refused(
        &folder,
        "train fashion-mnist --data-dir .",
        &["fashion-mnist", "--data-dir", "https://"],
    );
    refused(
        &folder,
        "predict missing.safetensors digits",
        &["missing.safetensors", "check the path"],
    );
    refused(&folder, "inspect .", &[".:", "folder"]);
    refused(&folder, "train . --target y", &["."]);
}

#[test]
fn cells_that_cannot_be_used() {
    let folder = Folder::new();
    let train = "train t.csv --target y";
    for (line, parts) in [
        ("3,6", &["t.csv", "line 5", "expected 3 cells", "found 2"][..]),
        ("3,6,1,9", &["t.csv", "line 5", "expected 3 cells", "found 4"]),
        ("3,six,1", &["t.csv", "line 5", "column `b`", "`six`", "correct the cell"]),
        ("3,inf,1", &["t.csv", "line 5", "column `b`", "finite", "`inf`"]),
        ("3,1e999,1", &["t.csv", "line 5", "column `b`"]),
    ] {
        folder.write("t.csv", with_line(line));
        refused(&folder, train, parts);
    }
    // A text that stands for a missing value can be named, and the usual ones are none then.
    folder.write("t.csv", with_line("3,six,1"));
    refused(&folder, train, &["--missing"]);
    folder.write("t.csv", with_line("3,nan,1"));
    refused(&folder, &format!("{train} --missing six,-9"), &["line 5", "column `b`", "`nan`"]);
}

#[test]
fn targets_that_cannot_be_learned() {
    let folder = Folder::new();
    folder.write("t.csv", with_line("3,6,1"));
    refused(
        &folder,
        "train t.csv",
        &["t.csv", "--target", "`a`, `b`, `y`", "chainrule train t.csv --target y"],
    );
    refused(&folder, "train t.csv --target Y2", &["t.csv", "`Y2`", "`a`, `b`, `y`"]);
    refused(&folder, "train t.csv --target y,y", &["`y`", "twice"]);
    refused(&folder, "train t.csv --target y --drop y", &["--drop", "--target", "`y`"]);
    refused(&folder, "train t.csv --target y --drop x", &["`x`", "`a`, `b`, `y`"]);
    refused(
        &folder,
        "train t.csv --target a,b --task binary",
        &["binary", "one target", "multi-label"],
    );
    refused(
        &folder,
        "train t.csv --target a --task binary",
        &["t.csv", "`a`", "two classes", "multi-class"],
    );
    refused(&folder, "train iris --target specis", &["`specis`", "did you mean `species`?"]);
    refused(&folder, "train iris --task regression", &["`species`", "regression", "setosa"]);
    folder.write("one.csv", "a,y\n1,x\n2,x\n3,x\n");
    refused(&folder, "train one.csv --target y", &["one.csv", "`y`", "one class", "`x`"]);
    folder.write("same.csv", "a,y\n1,7\n2,7\n3,7\n");
    let regression = "train same.csv --target y --task regression";
    refused(&folder, regression, &["same.csv", "`y`", "the same value in every row", "`7`"]);
    folder.write("years.csv", "2019,2020\n1,2\n3,4\n");
    refused(&folder, "train years.csv --target 2020", &["`column1`", "--header present"]);
    folder.write("lone.csv", with_line("3,6,7"));
    refused(
        &folder,
        "train lone.csv --target y",
        &["lone.csv", "line 5", "`y`", "class `7`", "add rows"],
    );
}

#[test]
fn flags_and_their_values() {
    let folder = Folder::new();
    for (arguments, parts) in [
        ("--learnin-rate 1", &["--learnin-rate", "--learning-rate"][..]),
        ("--activation rleu", &["--activation", "rleu", "did you mean \"relu\"?", "gelu"]),
        ("--activation relu,tanh,elu", &["--activation", "2 of --hidden", "found 3"]),
        ("--init glorott_uniform", &["--init", "glorot_uniform"]),
        ("--loss crossentropy", &["--loss", "cross_entropy"]),
        ("--optimizer adm", &["--optimizer", "adam"]),
        ("--scale unti", &["--scale", "unit"]),
        ("--task regresion", &["--task", "regression"]),
        ("--schedule cosin", &["--schedule", "cosine"]),
        ("--header maybe", &["--header", "present"]),
        ("--kernel sse", &["--kernel", "scalar"]),
        ("--delimiter ;;", &["--delimiter"]),
        ("--hidden 0", &["--hidden", "none"]),
        ("--hidden -5", &["--hidden"]),
        ("--hidden 8,x", &["--hidden"]),
        ("--hidden 1000000,1000000", &["layer 2", "smaller"]),
        ("--learning-rate 0", &["--learning-rate", "above 0"]),
        ("--learning-rate -1", &["--learning-rate", "above 0"]),
        ("--learning-rate nan", &["--learning-rate"]),
        ("--momentum 1", &["--momentum", "below 1"]),
        ("--momentum 0.9 --optimizer sgd", &["--momentum", "sgd", "choose the optimiser momentum"]),
        ("--batch-size 0", &["--batch-size", "at least 1"]),
        ("--batch-size -1", &["--batch-size"]),
        ("--epochs 0", &["--epochs", "from 1"]),
        ("--epochs 1.5", &["--epochs", "whole number"]),
        ("--alpha -0.1", &["--alpha"]),
        ("--dropout 1", &["--dropout", "below 1"]),
        ("--dropout -0.1", &["--dropout"]),
        ("--patience 0", &["--patience"]),
        ("--patience 3 --validation 0", &["--patience", "--validation"]),
        ("--validation 1", &["--validation", "below 1"]),
        ("--test -0.5", &["--test"]),
        ("--seed x", &["--seed"]),
        ("--threads 0", &["--threads", "1 to 512"]),
        ("--loss cross_entropy --task multi-label", &["multi-label"]),
        ("--activation heaviside", &["heaviside", "no derivative"]),
    ] {
        refused(&folder, &format!("train digits {arguments}"), parts);
    }
    folder.write("t.csv", with_line("3,6,1"));
    let cross_entropy = "train t.csv --target a --loss cross_entropy";
    refused(&folder, cross_entropy, &["cross_entropy", "regression", "mean_squared_error"]);
    refused(&folder, "trian digits", &["trian", "train"]);
    refused(&folder, "train", &["<DATA>"]);
}

#[test]
fn idx_files_that_are_damaged_or_of_another_kind() {
    let folder = Folder::new();
    let images = [&[0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 2][..], &[9; 20]].concat();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 5][..], &[0, 1, 0, 1, 0]].concat();
    folder.write("a-images-idx3-ubyte", &images[..30]);
    folder.write("a-labels-idx1-ubyte", &labels);
    refused(&folder, "train a-images-idx3-ubyte", &["a-images-idx3-ubyte", "36 bytes", "found 30"]);
    folder.write("b-images-idx3-ubyte", &labels);
    refused(
        &folder,
        "train b-images-idx3-ubyte",
        &["b-images-idx3-ubyte", "0x00000803", "0x00000801", "--labels"],
    );
    folder.write("c-images-idx3-ubyte", &images);
    refused(&folder, "train c-images-idx3-ubyte", &["c-labels-idx1-ubyte", "--labels FILE"]);
    let hostile = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
    folder.write("d-images-idx3-ubyte", hostile);
    refused(
        &folder,
        "train d-images-idx3-ubyte --labels a-labels-idx1-ubyte",
        &["d-images-idx3-ubyte"],
    );
    let few = [&[0, 0, 8, 1, 0, 0, 0, 4][..], &[0, 1, 0, 1]].concat();
    folder.write("few", few);
    refused(&folder, "train c-images-idx3-ubyte --labels few", &["5 labels", "found 4"]);
}

#[test]
fn images_of_another_size_than_the_model_knows() {
    let folder = Folder::new();
    folder.succeed("train digits --epochs 1 --hidden 4");
    let sides = |height: u8, width: u8| {
        let header = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, height, 0, 0, 0, width];
        [&header[..], &vec![9; 2 * usize::from(height) * usize::from(width)]].concat()
    };
    folder.write("a-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 0, 1]);
    for (height, width) in [(28, 28), (9, 8), (4, 16), (2, 2)] {
        folder.write("a-images-idx3-ubyte", sides(height, width));
        let found = format!("found {height} x {width}");
        for command in ["evaluate", "predict"] {
            refused(
                &folder,
                &format!("{command} digits.safetensors a-images-idx3-ubyte"),
                &["a-images-idx3-ubyte", "expected images of 8 x 8", &found],
            );
        }
    }
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = Folder::new();
    folder.write("t.csv", with_line("3,6,1"));
    let advice = "--output MODEL";
    refused(&folder, "train digits --output nowhere/m.safetensors", &["nowhere", "folder", advice]);
    refused(&folder, "train digits --output t.csv/m.safetensors", &["t.csv", advice]);
    refused(&folder, "train digits --output .", &["folder", advice]);
    refused(&folder, "train t.csv --target y --output t.csv", &["t.csv", "read", advice]);
    refused(&folder, "train digits --output t.csv", &["t.csv", "not a model", advice]);
    if cfg!(target_os = "linux") {
        refused(
            &folder,
            "train digits --output /proc/m.safetensors",
            &["/proc", "written", advice],
        );
    }
    folder.succeed("train t.csv --target y --epochs 2");
    refused(&folder, "predict t.safetensors t.csv --output t.csv", &["t.csv", "--output FILE"]);
    refused(&folder, "predict t.safetensors t.csv --output t.safetensors", &["t.safetensors"]);
    refused(&folder, "predict t.safetensors t.csv --output no/where", &["folder no"]);
}

#[test]
fn data_that_a_model_does_not_know() {
    let folder = Folder::new();
    folder.write("t.csv", with_line("3,6,1"));
    folder.succeed("train t.csv --target y --epochs 2");
    refused(&folder, "predict t.safetensors digits", &["digits", "`a`, `b`", "found none"]);
    folder.write("lacks.csv", "a,c\n1,2\n");
    refused(
        &folder,
        "predict t.safetensors lacks.csv",
        &["lacks.csv", "`b`", "`a`, `c`", "add or rename"],
    );
    folder.write("text.csv", "a,b\n1,x\n2,y\n");
    refused(&folder, "predict t.safetensors text.csv", &["text.csv", "`b`", "`x`"]);
    folder.write("unlabelled.csv", "a,b\n1,2\n");
    refused(&folder, "evaluate t.safetensors unlabelled.csv", &["unlabelled.csv", "`y`"]);
    folder.write("other.csv", "a,b,y\n1,2,7\n");
    refused(&folder, "evaluate t.safetensors other.csv", &["other.csv", "`7`", "`0`, `1`"]);
    folder.succeed("train t.csv --target a --epochs 2");
    refused(&folder, "predict t.safetensors t.csv --proba", &["--proba", "regression"]);
}
