//! Train, then use: predict, evaluate, inspect.

use crate::folder::Folder;
use std::io::{Read, Write};
use std::process::Stdio;

#[test]
fn digits_go_from_data_to_predictions() {
    let folder = Folder::new();
    folder.succeed("train digits --epochs 8 --output models.v1");
    assert_eq!(folder.names(), ["models.history.jsonl", "models.v1"]);
    let predicted = folder.succeed("predict models.v1 digits").out;
    let mut lines = predicted.lines();
    assert_eq!(lines.next(), Some("label"));
    assert_eq!(lines.clone().count(), 1797);
    assert!(lines.all(|class| class.parse::<u8>().is_ok_and(|class| class < 10)));

    let scores = folder.json("evaluate models.v1 digits --json");
    assert_eq!(scores["rows"], 1797);
    assert!(scores["accuracy"].as_f64().unwrap() > 0.95, "{scores}");
    let text = folder.succeed("evaluate models.v1 digits");
    assert!(text.out.contains("accuracy") && text.out.contains("1797"), "{}", text.out);

    let probabilities = folder.succeed("predict models.v1 digits --proba").out;
    assert!(probabilities.starts_with("0,1,2,3,4,5,6,7,8,9\n"));
    for (row, class) in probabilities.lines().skip(1).zip(predicted.lines().skip(1)) {
        let row: Vec<f64> = row.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-5);
        let largest = row[class.parse::<usize>().unwrap()];
        assert!(row.iter().all(|it| *it <= largest));
    }
}

#[test]
fn a_table_goes_from_a_file_to_a_file() {
    let folder = Folder::new();
    let packed = &include_bytes!("../../../chainrule-data/assets/iris.csv.gz")[..];
    let mut iris = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut iris).unwrap();
    folder.write("iris.csv", &iris);
    folder.succeed("train iris.csv --target species --seed 3");
    // Rows to predict have no target, and their columns may come in any order.
    let backwards = iris.lines().map(|line| {
        let cells: Vec<&str> = line.split(',').take(4).collect();
        format!("{},{},{},{}\n", cells[3], cells[2], cells[1], cells[0])
    });
    folder.write("new.csv", backwards.collect::<String>());
    let outcome = folder.succeed("predict iris.safetensors new.csv --output species.csv");
    assert_eq!(outcome.out, "");
    let predicted = String::from_utf8(folder.read("species.csv")).unwrap();
    let right = iris.lines().skip(1).zip(predicted.lines().skip(1));
    let right = right.filter(|(line, class)| line.ends_with(class)).count();
    assert!(predicted.starts_with("species\n") && right >= 135, "{right}");
}

#[test]
fn numbers_are_predicted_in_their_own_units() {
    let folder = Folder::new();
    let row = |row: usize| {
        let x = row as f64 / 10.0;
        format!("{x},{},{}\n", 1000.0 + 50.0 * x, -x)
    };
    folder.write("t.csv", format!("x,price,debt\n{}", (0..200).map(row).collect::<String>()));
    let found = folder.json("train t.csv --target price,debt --epochs 150 --hidden 32 --json");
    assert!(found["test"]["r2"].as_f64().unwrap() > 0.98, "{found}");
    let predicted = folder.succeed("predict t.safetensors t.csv").out;
    let mut lines = predicted.lines();
    assert_eq!(lines.next(), Some("price,debt"));
    let mut squares = [0.0; 2];
    for (row, line) in lines.enumerate() {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let x = row as f64 / 10.0;
        squares[0] += (cells[0] - (1000.0 + 50.0 * x)).powi(2);
        squares[1] += (cells[1] + x).powi(2);
    }
    // The measures are means over both targets, each in its own units.
    let expected = squares.iter().map(|sum| (sum / 200.0).sqrt()).sum::<f64>() / 2.0;
    let scores = folder.json("evaluate t.safetensors t.csv --json");
    let rmse = scores["rmse"].as_f64().unwrap();
    assert!((rmse / expected - 1.0).abs() < 1e-3, "{rmse} is not {expected}");
}

#[test]
fn delimiters_headers_and_quotes_are_read_and_written() {
    let folder = Folder::new();
    let row = |row: usize| format!("{},{}|\"kind, {}\"\n", row % 4, row % 7, row % 2);
    let rows: String = (0..40).map(|number| row(number).replacen(',', "|", 1)).collect();
    folder.write("t.txt", rows);
    folder.succeed("train t.txt --header absent --delimiter | --target column3 --epochs 3");
    let out = folder.succeed("predict t.safetensors t.txt --header absent --delimiter |").out;
    assert!(out.starts_with("column3\n\"kind, "), "{out}");
    folder.succeed("train t.txt --target column3 --epochs 3"); // found out
}

#[test]
fn data_may_come_from_standard_input() {
    let folder = Folder::new();
    folder.write_table("t.csv", 60);
    let text = folder.read("t.csv");
    let piped = |words: &[&str], input: &[u8]| {
        let mut command = folder.command(words);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), err)
    };
    let target = String::from_utf8(text.clone()).unwrap();
    let target = target.lines().next().unwrap().rsplit(',').next().unwrap().to_owned();
    folder.succeed(&format!("train t.csv --target {target} --epochs 3 --output file.model"));
    let train = ["train", "-", "--target", &target, "--epochs", "3"];
    let (code, _, err) = piped(&train, &text);
    assert_eq!(code, Some(0), "{err}");
    assert!(folder.read("file.model") == folder.read("model.safetensors"));
    let from_file = folder.succeed("predict file.model t.csv").out;
    let packed = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        encoder.write_all(&text).unwrap();
        encoder.finish().unwrap()
    };
    for input in [&text, &packed] {
        assert_eq!(piped(&["predict", "file.model", "-"], input).1, from_file);
    }
    let (code, _, err) = piped(&["predict", "file.model", "-"], b"");
    assert!(code == Some(2) && err.contains("standard input: expected rows"), "{err}");
}

#[test]
fn columns_can_be_left_out_whatever_is_in_them() {
    let folder = Folder::new();
    let row = |row: usize| format!("name {row},{},{}\n", row % 5, ["yes", "no"][row % 5 / 3]);
    let rows: String = (0..50).map(row).collect();
    folder.write("t.csv", format!("who,size,big\n{rows}"));
    // A name of each row is left out by itself, and so is what one says.
    let outcome = folder.succeed("train t.csv --target big --epochs 3");
    assert!(outcome.out.contains("who     identifier  left out"), "{}", outcome.out);
    let outcome = folder.succeed("train t.csv --target big --drop who --epochs 3");
    assert!(!outcome.out.contains("who"), "{}", outcome.out);
    let columns = &folder.json("inspect t.safetensors --json")["preparation"]["features"];
    assert_eq!(columns.as_array().unwrap().len(), 1);
    folder.write("new.csv", "size\n1\n4\n");
    assert_eq!(folder.succeed("predict t.safetensors new.csv").out.lines().count(), 3);
}

#[test]
fn a_category_that_was_never_seen_is_a_warning() {
    let folder = Folder::new();
    let row = |row: usize| format!("{},{}\n", ["red", "blue"][row % 2], ["yes", "no"][row % 2]);
    folder.write("t.csv", format!("colour,answer\n{}", (0..40).map(row).collect::<String>()));
    folder.succeed("train t.csv --target answer --epochs 3");
    folder.write("new.csv", "colour\nred\ngreen\n");
    let outcome = folder.succeed("predict t.safetensors new.csv");
    assert!(outcome.err.contains("warning: column `colour`: the category `green` of 1 row"));
    assert_eq!(outcome.out.lines().count(), 3);
}

#[test]
fn many_categories_that_were_never_seen_are_counted() {
    let folder = Folder::new();
    let row = |row: usize| format!("{},{}\n", ["red", "blue"][row % 2], ["yes", "no"][row % 2]);
    folder.write("t.csv", format!("colour,answer\n{}", (0..40).map(row).collect::<String>()));
    folder.succeed("train t.csv --target answer --epochs 3");
    let new: String = (0..2000).map(|row| format!("shade {}\n", row % 1000)).collect();
    folder.write("new.csv", format!("colour\n{new}"));
    let outcome = folder.succeed("predict t.safetensors new.csv");
    let warnings: Vec<&str> =
        outcome.err.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(warnings.len(), 1, "{}", outcome.err);
    for part in ["column `colour`: the categories `shade 0`, ", "and 995 more of 2000 rows do not"]
    {
        assert!(warnings[0].contains(part), "{part:?} is not in {}", warnings[0]);
    }
    assert_eq!(outcome.out.lines().count(), 2001);
}

#[test]
fn a_model_shows_what_is_in_it() {
    let folder = Folder::new();
    folder.succeed("train iris --epochs 2 --hidden 6 --activation tanh");
    let text = folder.succeed("inspect iris.safetensors").out;
    for part in [
        "Network of 2 layers, 4 inputs, 3 outputs, 51 parameters",
        "4 x 6",
        "tanh",
        "Task multi-class",
        "setosa, versicolor, virginica",
        "petal_width",
        "scale standard",
        "cross_entropy",
        "One training step as written",
        "One training step after fusion",
        "product + add + tanh",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let model = folder.json("inspect iris.safetensors --json");
    let plan = &model["plan"];
    let steps = |kind: &str| plan[kind].as_array().unwrap().len();
    assert!(steps("fused") < steps("plain"));
    assert_eq!(model["preparation"]["target"]["classes"][0], "setosa");
}

#[test]
fn idx_images_are_found_with_their_labels() {
    let folder = Folder::new();
    let (rows, side) = (60_u8, 3_u8);
    let mut images = vec![0, 0, 8, 3, 0, 0, 0, rows, 0, 0, 0, side, 0, 0, 0, side];
    let mut labels = vec![0, 0, 8, 1, 0, 0, 0, rows];
    for row in 0..rows {
        let label = row % 3;
        images.extend((0..side * side).map(|pixel| if pixel % 3 == label { 250 } else { row % 7 }));
        labels.push(label);
    }
    folder.write("pictures-images-idx3-ubyte", &images);
    folder.write("pictures-labels-idx1-ubyte", &labels);
    folder.write("elsewhere", &labels);
    let found = folder.json("train pictures-images-idx3-ubyte --epochs 60 --json");
    assert_eq!(found["test"]["accuracy"], 1.0, "{found}");
    let model = "pictures-images-idx3-ubyte.safetensors";
    folder.succeed("train pictures-images-idx3-ubyte --labels elsewhere --epochs 2 --output m");
    let out = folder.succeed(&format!("predict {model} pictures-images-idx3-ubyte")).out;
    assert!(out.starts_with("label\n0\n1\n2\n0\n"), "{out}");
}
