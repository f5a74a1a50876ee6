//! The gates and the made-up shapes, trained through the program.

use super::folder::Folder;

#[test]
fn xor_is_learned_from_each_of_twenty_seeds() {
    let folder = Folder::new();
    for seed in 1..=20 {
        let run = format!("train xor --hidden 4 --activation tanh --seed {seed} --json");
        let found = folder.json(&run);
        assert_eq!(found["all_rows"]["accuracy"], 1.0, "seed {seed}: {found}");
        assert_eq!(found["rows"]["training"], 4, "{found}");
    }
    assert_eq!(folder.succeed("predict xor.safetensors xor").out, "y\n0\n1\n1\n0\n");
}

#[test]
fn no_line_tells_xor_apart_but_the_other_gates() {
    let folder = Folder::new();
    for seed in 1..=5 {
        let found = folder.json(&format!("train xor --hidden none --seed {seed} --json"));
        assert!(found["all_rows"]["accuracy"].as_f64().unwrap() <= 0.75, "{found}");
    }
    // Least squares says 1/2 everywhere.
    folder.succeed("train xor --hidden none --task regression --learning-rate 0.1");
    let predicted = folder.succeed("predict xor.safetensors xor").out;
    for line in predicted.lines().skip(1) {
        assert!((line.parse::<f64>().unwrap() - 0.5).abs() < 1e-4, "{predicted}");
    }
    for gate in ["and", "or", "and-not"] {
        let found = folder.json(&format!("train {gate} --hidden none --json"));
        assert_eq!(found["all_rows"]["accuracy"], 1.0, "{gate}: {found}");
    }
}

#[test]
fn few_rows_are_learned_from_whole_and_that_is_said_once() {
    let folder = Folder::new();
    let outcome = folder.succeed("train and --hidden none");
    assert_eq!(outcome.err.matches("warning: ").count(), 1, "{}", outcome.err);
    assert!(outcome.err.contains("of 4 rows none is set aside"), "{}", outcome.err);
    assert!(outcome.out.contains("  all rows     4"), "{}", outcome.out);
    let quiet = folder.succeed("train and --hidden none --test 0 --validation 0");
    assert!(!quiet.err.contains("warning: "), "{}", quiet.err);
    // Ten rows are split as ever.
    folder.write_table("ten.csv", 10);
    let found = folder.json("train ten.csv --target kind --epochs 2 --json");
    assert_eq!((&found["rows"]["test"], &found["all_rows"]), (&2.into(), &serde_json::Value::Null));
}

#[test]
fn zero_weights_are_warned_of_and_stay_alike() {
    let folder = Folder::new();
    let outcome = folder.succeed("train xor --hidden 4 --activation tanh --init zeros");
    assert!(outcome.err.contains("warning: layer 1"), "{}", outcome.err);
    let found = folder.json("evaluate xor.safetensors xor --json");
    assert_eq!(found["accuracy"], 0.5, "{found}");
}

#[test]
fn shapes_are_data_like_any_other() {
    let folder = Folder::new();
    for (name, task) in [("moons", "binary"), ("blobs", "multi-class"), ("plane", "regression")] {
        let found = folder.json(&format!("train {name} --hidden 16 --epochs 3 --json"));
        assert_eq!((&found["task"], &found["rows"]["test"]), (&task.into(), &80.into()), "{name}");
        let model = format!("{name}.safetensors");
        folder.succeed(&format!("evaluate {model} {name}"));
        folder.succeed(&format!("check {model} --data {name}"));
    }
}

#[test]
fn an_m_3_2_1_network_has_3m_plus_14_parameters() {
    let folder = Folder::new();
    let found = folder.json("train xor --hidden 3,2 --epochs 1 --json");
    assert_eq!(found["parameters"], 3 * 2 + 14);
    folder.write("one.csv", "x,y\n1,0\n2,1\n3,0\n4,1\n");
    let found = folder.json("train one.csv --target y --hidden 3,2 --epochs 1 --json");
    assert_eq!(found["parameters"], 3 + 14);
}
