//! `chainrule check`: gradients against differences.

use crate::folder::{Folder, Outcome};

fn check(words: &[&str]) -> Outcome {
    Folder::new().run_words(&[&["check"], words].concat())
}

#[test]
fn the_worked_example_is_right() {
    let outcome = check(&["x^2*y/z", "x=3", "y=4", "z=2"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    for part in ["= 18", "12.0000000000", "4.5000000000", "-9.0000000000", "agree within 1e-6"] {
        assert!(outcome.out.contains(part), "{part:?} is not in\n{}", outcome.out);
    }
}

#[test]
fn steps_are_shown() {
    let text = "u = w*x; z = u + b; a = sigmoid(z); -ln(a)";
    let outcome = check(&[text, "w=2", "x=1", "b=0"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.contains("  u       = 2\n"), "{}", outcome.out);
    assert!(outcome.out.contains("-0.1192029220"), "{}", outcome.out);
}

#[test]
fn what_does_not_agree_ends_with_1() {
    let outcome = check(&["exp(x)", "x=1.3", "--tolerance", "1e-300"]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(outcome.err.contains("--tolerance"), "{}", outcome.err);
}

#[test]
fn what_cannot_be_checked_ends_with_2() {
    for (words, parts) in [
        (&["x*y"][..], &["x, y", "add x=1 y=1"][..]),
        (&["x*y", "x=1"], &["for y", "add y=1"]),
        (&["x^^2", "x=1"], &["^"]),
        (&["x^2", "x=one"], &["x=one", "number"]),
        (&["x^2", "x"], &["NAME=VALUE"]),
        (&["x^2", "x=1", "y=2"], &["`y`", "names are: x"]),
        (&["x^2", "x=1", "x=2"], &["twice"]),
        (&["1/x", "x=0"], &["inf"]),
        (&["x^2", "x=1", "--tolerance", "0"], &["--tolerance"]),
        (&["heaviside(x)", "x=1"], &["heaviside", "no derivative"]),
        (&["missing.safetensors"], &["missing.safetensors", "check the path"]),
    ] {
        let outcome = check(words);
        assert_eq!(outcome.code, 2, "{words:?}: {}{}", outcome.out, outcome.err);
        for part in parts {
            assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
        }
    }
}

#[test]
fn models_are_checked_on_made_up_rows_and_on_data() {
    let folder = Folder::new();
    folder.succeed(
        "train iris --hidden 5,4 --activation tanh,elu --dropout 0.2 --alpha 0.1 --epochs 3",
    );
    for arguments in ["check iris.safetensors", "check iris.safetensors --data iris"] {
        let outcome = folder.succeed(arguments);
        assert!(outcome.out.contains("layers.2.bias"), "{}", outcome.out);
    }
    let outcome = folder.run("check iris.safetensors --tolerance 1e-300");
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains("relative error"), "{}", outcome.err);
    folder.write_table("t.csv", 60);
    for options in ["--loss quadratic", "--loss cross_entropy", "--target a,b --task regression"] {
        let target = if options.contains("--target") { "" } else { "--target kind" };
        folder.succeed(&format!("train t.csv {target} {options} --epochs 2 --hidden 6"));
        folder.succeed("check t.safetensors");
        folder.succeed("check t.safetensors --data t.csv");
    }
}
