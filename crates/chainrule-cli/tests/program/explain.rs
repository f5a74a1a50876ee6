//! `chainrule explain`: importance of columns, and what they add to single predictions.

use crate::folder::Folder;
use serde_json::Value;

fn numbers<'a>(values: &'a Value, key: &'a str) -> impl Iterator<Item = f64> + 'a {
    values.as_array().unwrap().iter().map(move |value| value[key].as_f64().unwrap())
}

#[test]
fn importance_is_of_the_columns_of_the_table() {
    let folder = Folder::new();
    folder.succeed("train iris --hidden 16 --epochs 150");
    let outcome = folder.succeed("explain iris.safetensors iris");
    let first = outcome.out.lines().next().unwrap();
    assert!(first.starts_with("By how much the accuracy of iris, 0.9"), "{first}");
    assert!(first.ends_with("falls when a column is shuffled (150 rows, 10 times)"), "{first}");
    let columns: Vec<&str> =
        outcome.out.lines().skip(3).map(|it| it.split_whitespace().next().unwrap()).collect();
    assert_eq!(columns.len(), 4);
    assert!(columns[0].starts_with("petal"), "{columns:?}");
    assert!(outcome.err.contains("judged on the 150 rows of iris"), "{}", outcome.err);

    let found = folder.json("explain iris.safetensors iris --json --repeats 3 --score loss");
    assert_eq!(found["importance"]["score"], "loss");
    assert_eq!(found["importance"]["columns"][0]["column"], "sepal_length");
    assert_eq!(found["importance"]["columns"][0]["drops"].as_array().unwrap().len(), 3);
    let some = folder.json("explain iris.safetensors iris --json --most-rows 20");
    assert_eq!(some["importance"]["rows"], 20);
    // It can be repeated.
    let again = "explain iris.safetensors iris --seed 4";
    assert_eq!(folder.succeed(again).out, folder.succeed(again).out);
}

#[test]
fn contributions_add_up_to_the_prediction() {
    let folder = Folder::new();
    folder.succeed("train iris --hidden 16 --epochs 150");
    let found = folder.json("explain iris.safetensors iris --rows 1,150 --json");
    let found = found["attributions"].as_array().unwrap();
    assert_eq!((found[0]["row"].as_u64(), found[1]["row"].as_u64()), (Some(1), Some(150)));
    assert_eq!((&found[0]["output"], &found[1]["output"]), (&"setosa".into(), &"virginica".into()));
    let probabilities = folder.succeed("predict iris.safetensors iris --proba").out;
    let line = |row: usize| probabilities.lines().nth(row).unwrap().split(',').map(str::to_string);
    for (it, (row, class)) in found.iter().zip([(1, 0), (150, 2)]) {
        let of = |key: &str| it[key].as_f64().unwrap();
        let sum: f64 = numbers(&it["columns"], "contribution").sum();
        let difference = of("prediction") - of("baseline");
        assert!((sum - difference).abs() < 1e-8, "{it}");
        assert_eq!(of("sum"), sum);
        let predicted: f64 = line(row).nth(class).unwrap().parse().unwrap();
        assert!((of("prediction") - predicted).abs() < 1e-5, "{it} {predicted}");
    }
    assert_eq!(found[0]["columns"][0]["value"], "5.1");

    let outcome = folder.succeed("explain iris.safetensors iris --row 1 --class virginica --logit");
    assert!(outcome.out.starts_with("Row 1 of iris: the logit of virginica\n"), "{}", outcome.out);
    for part in ["petal_width", "sum", "baseline", "prediction"] {
        assert!(outcome.out.contains(&format!("\n  {part}")), "{}", outcome.out);
    }
    let own = folder.json("explain iris.safetensors iris --row 7 --baseline 7 --json");
    let own = &own["attributions"][0];
    assert_eq!(own["prediction"], own["baseline"]);
}

#[test]
fn rows_are_explained_without_a_target() {
    let folder = Folder::new();
    let row = |row: usize| format!("{},{},{}\n", row * 3 % 17, ["x", "y"][row % 2], row % 17);
    folder.write("t.csv", format!("a,kind,price\n{}", (0..90).map(row).collect::<String>()));
    folder.succeed("train t.csv --target price --task regression --hidden 8 --epochs 20");
    folder.write("new.csv", "kind,a\nx,3\ny,11\n");
    let outcome = folder.succeed("explain t.safetensors new.csv --rows 2 --output why.txt");
    assert_eq!(outcome.out, "");
    let text = String::from_utf8(folder.read("why.txt")).unwrap();
    assert!(text.starts_with("Row 2 of new.csv: price\n"), "{text}");
    // The category is one column, shown with its text.
    let line = text.lines().find(|line| line.trim_start().starts_with("kind")).unwrap();
    assert_eq!(line.split_whitespace().nth(1), Some("y"), "{text}");
    let outcome = folder.run("explain t.safetensors new.csv");
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("price"), "{}", outcome.err);
}

#[test]
fn what_cannot_be_explained_ends_with_2() {
    let folder = Folder::new();
    folder.succeed("train iris --hidden 4 --epochs 3");
    folder.write("unit.toml", "inputs = 2\n");
    let iris = "explain iris.safetensors iris";
    for (arguments, parts) in [
        (
            format!("{iris} --rows 0"),
            &["--rows 0", "one of the 150 rows of iris, counted from 1"][..],
        ),
        (format!("{iris} --rows 1,151"), &["--rows 151", "150 rows"]),
        (format!("{iris} --rows one"), &["--rows", "invalid digit"]),
        (format!("{iris} --row 1 --baseline 151"), &["--baseline 151", "150 rows"]),
        (
            format!("{iris} --row 1 --baseline middle"),
            &["expected mean, zeros or the number of a row"],
        ),
        (
            format!("{iris} --row 1 --class rose"),
            &["no class called \"rose\"", "setosa, versicolor"],
        ),
        (format!("{iris} --baseline zeros"), &["--rows"]),
        (format!("{iris} --row 1 --repeats 3"), &["--repeats", "cannot be used with"]),
        (format!("{iris} --repeats 0"), &["--repeats", "at least 1"]),
        (format!("{iris} --score r2"), &["the score is r2", "since classes are predicted"]),
        (format!("{iris} --output ."), &["expected the name of a file", "--output FILE"]),
        (format!("{iris} --output iris.safetensors"), &["would be written over", "which is read"]),
        (
            "explain missing.safetensors iris".to_string(),
            &["missing.safetensors", "check the path"],
        ),
    ] {
        let outcome = folder.run(&arguments);
        assert_eq!(outcome.code, 2, "{arguments}: {}{}", outcome.out, outcome.err);
        assert_eq!(outcome.out, "", "{arguments}");
        for part in parts {
            assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
        }
    }
    folder.succeed("train and --kind perceptron --test 0 --validation 0");
    let outcome = folder.run("explain and.safetensors and --row 1");
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("threshold"), "{}", outcome.err);
    folder.succeed("explain and.safetensors and");
}
