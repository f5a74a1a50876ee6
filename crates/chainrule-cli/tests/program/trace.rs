//! `chainrule trace`: the worked numbers of the specification, through what the program prints.

use crate::folder::{Folder, Outcome};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

const LOGISTIC: &str = "u = w*x; z = u + b; a = sigmoid(z); L = -(y*ln(a) + (1-y)*ln(1-a))";

fn trace(words: &[&str]) -> Outcome {
    Folder::new().run_words(&[&["trace"], words].concat())
}

fn json(words: &[&str]) -> Value {
    let outcome = trace(&[words, &["--json"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    serde_json::from_str(&outcome.out).expect("one JSON document")
}

/// What the program says when it reads the expression from the standard input.
fn piped(text: &[u8], words: &[&str]) -> Outcome {
    let folder = Folder::new();
    let mut command = folder.command(&[&["trace", "-"], words].concat());
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    let output = child.wait_with_output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn has(outcome: &Outcome, parts: &[&str]) {
    for part in parts {
        assert!(outcome.out.contains(part), "{part:?} is not in\n{}", outcome.out);
    }
}

fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{found} is no number"));
    assert!((found - expected).abs() < 5e-7, "{found}, not {expected}");
}

/// The step of this name.
fn step<'a>(document: &'a Value, name: &str) -> &'a Value {
    let steps = document["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}"))
}

#[test]
fn x_squared_times_y_over_z() {
    let point = ["x=3", "y=4", "z=2"];
    let outcome = trace(&[&["x^2*y/z"], &point[..]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    has(
        &outcome,
        &[
            "  v1  = x^2     = 9\n",
            "  v2  = v1 * y  = 36\n",
            "  f   = v2 / z  = 18\n",
            "df/dz = -f / z = -9",
            "dv1/dx = 2 x = 6      df/dx = 2 * 6 = 12\n",
            "  df/dx  = 12\n",
            "  df/dy  = 4.5\n",
            "  df/dz  = -9\n",
        ],
    );
    let document = json(&[&["v = x^2; u = v*y; f = u/z"], &point[..]].concat());
    let value = |name: &str| step(&document, name)["value"].as_f64().unwrap();
    assert_eq!([value("v"), value("u"), value("f")], [9.0, 36.0, 18.0]);
    assert_eq!(document["gradient"], serde_json::json!({"x": 12.0, "y": 4.5, "z": -9.0}));
    assert_eq!((document["value"].as_f64(), &document["result"]), (Some(18.0), &"f".into()));
    let path = &step(&document, "v")["paths"][0];
    assert_eq!((path["through"].as_str(), path["local_formula"].as_str()), (Some("u"), Some("y")));
    let numbers = ["incoming", "local", "product"].map(|key| path[key].as_f64().unwrap());
    assert_eq!(numbers, [0.5, 4.0, 2.0]);
}

#[test]
fn logistic_regression_of_one_example() {
    let words = [LOGISTIC, "w=2", "b=0", "x=1", "y=1"];
    let document = json(&words);
    near(&step(&document, "u")["value"], 2.0);
    near(&step(&document, "z")["value"], 2.0);
    near(&step(&document, "a")["value"], 0.880797);
    near(&document["value"], 0.126928);
    near(&step(&document, "a")["gradient"], -1.135335);
    near(&step(&document, "z")["paths"][0]["local"], 0.104994);
    assert_eq!(step(&document, "z")["paths"][0]["local_formula"], "a (1 - a)");
    near(&document["gradient"]["w"], -0.119203);
    near(&document["gradient"]["b"], -0.119203);
    has(&trace(&words), &["da/dz = a (1 - a) = 0.10499359", "  dL/dw  = -0.11920292\n"]);
    // From the logit the same, without ln of a rounded number.
    let document = json(&["z = w*x + b; L = bce(y, z)", "w=2", "b=0", "x=1", "y=1"]);
    near(&document["value"], 0.126928);
    near(&document["gradient"]["w"], -0.119203);
}

#[test]
fn three_paths_are_shown_as_their_sum() {
    let outcome = trace(&["y = x^2 + (3*x)^2 + 1/(x+1)", "x=2"]);
    has(
        &outcome,
        &[
            "dy/dx, path 1 of 3 = -0.11111111 * 1 = -0.11111111",
            "dy/dx = -0.11111111 + 36 + 4 = 39.888889",
            "  dy/dx  = 39.888889\n",
        ],
    );
    let document = json(&["x^2 + (3*x)^2 + 1/(x+1)", "x=2"]);
    let paths = step(&document, "x")["paths"].as_array().unwrap().len();
    assert_eq!(paths, 3);
    near(&document["gradient"]["x"], 39.888889);
}

#[test]
fn a_reused_value_counts_once_per_use() {
    let document = json(&["b = a + a; c = b + b", "a=3"]);
    assert_eq!(document["gradient"]["a"], 4.0);
    assert_eq!(step(&document, "a")["paths"].as_array().unwrap().len(), 2);
    let document = json(&["c = a*a", "a=3"]);
    assert_eq!(document["gradient"]["a"], 6.0);
    let locals = step(&document, "a")["paths"].as_array().unwrap().iter();
    let places: Vec<_> = locals.map(|path| path["argument"].as_u64().unwrap()).collect();
    assert_eq!(places, [1, 2]);
}

#[test]
fn threshold_units_decide_as_in_the_lectures() {
    // Section 1: weights 6, 2, 2 on (weather, friend, venue), thresholds 5 and 3.
    for corner in 0..8 {
        let bit = |place: u32| corner >> place & 1 == 1;
        let values = ["a", "b", "c"]
            .iter()
            .zip(0..)
            .map(|(name, place)| format!("{name}={}", u8::from(bit(place))));
        let values: Vec<String> = values.collect();
        for (threshold, expected) in [(5, bit(0)), (3, bit(0) || (bit(1) && bit(2)))] {
            let text = format!("threshold(6*a + 2*b + 2*c - {threshold})");
            let mut words = vec![text.as_str()];
            words.extend(values.iter().map(String::as_str));
            let outcome = trace(&words);
            let line = format!(" = {}\n", u8::from(expected));
            assert!(outcome.out.ends_with(&line), "{text} {values:?}\n{}", outcome.out);
            // There is no gradient, which the message says.
            assert_eq!(outcome.code, 2);
            assert!(outcome.err.contains("threshold has no derivative"), "{}", outcome.err);
        }
    }
    // At exactly 0 the threshold unit is off and the step on.
    assert!(trace(&["threshold(x)", "x=0"]).out.contains("= 0\n"));
    assert!(trace(&["heaviside(x)", "x=0"]).out.ends_with("= 1\n"));
}

#[test]
fn xor_by_hand() {
    // Section 4: hidden biases -1.5 and -0.5, output weights -1 and 1, output bias -0.5.
    let text = "h1 = threshold(x1 + x2 - 1.5); h2 = threshold(x1 + x2 - 0.5); y = threshold(h2 - h1 - 0.5)";
    let mut found = Vec::new();
    for (x1, x2) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let outcome = trace(&[text, &format!("x1={x1}"), &format!("x2={x2}"), "--json"]);
        let document: Value = serde_json::from_str(&outcome.out).unwrap();
        found.push(document["value"].as_f64().unwrap());
    }
    assert_eq!(found, [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn second_derivatives_and_differences() {
    let words = ["x^2*y/z", "x=3", "y=4", "z=2", "--second", "--check"];
    let outcome = trace(&words);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    has(&outcome, &["  d2f/dx2   = 4\n", "  d2f/dxdy  = 3\n", "  d2f/dz2   = 9\n", "differences"]);
    let document = json(&words);
    assert_eq!(document["second"]["y"]["z"], -2.25);
    assert_eq!(document["check"].as_array().unwrap().len(), 4);
    let outcome = trace(&["exp(x)", "x=1.3", "--check", "--tolerance", "1e-300"]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(outcome.err.contains("--tolerance"), "{}", outcome.err);
}

#[test]
fn powers_have_the_slopes_that_they_have() {
    // By a negative base's exponent there is none, at 0^0 the base's is 0.
    let outcome = trace(&["x^y", "x=-2", "y=2"]);
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    assert!(outcome.err.contains("df/dy = f ln x is NaN"), "{}", outcome.err);
    let document = json(&["x^y", "x=0", "y=0"]);
    assert_eq!(document["gradient"]["x"], 0.0);
    let outcome = trace(&["x^1.5", "x=0", "--second"]);
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    assert!(outcome.err.contains("second derivative by x and x is inf"), "{}", outcome.err);
}

#[test]
fn every_function_has_a_derivative_that_agrees_with_differences() {
    for text in [
        "exp(x)",
        "ln(x)",
        "log(x)",
        "sqrt(x)",
        "abs(x)",
        "sin(x)",
        "cos(x)",
        "erf(x)",
        "expm1(x)",
        "log1p(x)",
        "sigmoid(x)",
        "tanh(x)",
        "relu(x)",
        "leaky_relu(x, 0.1)",
        "elu(x)",
        "selu(x)",
        "gelu(x)",
        "gelu_tanh(x)",
        "mish(x)",
        "silu(x)",
        "swish(x)",
        "softplus(x)",
        "max(x, 1, 2*x)",
        "min(x, 1, x^2)",
        "pow(x, y)",
        "x^y",
        "log_sum_exp(x, y, 1)",
        "softmax(x, y, 1)",
        "log_softmax(x, y, 1)",
        "cross_entropy(x, y, 1)",
        "binary_cross_entropy(y, x)",
        "poisson(y, x)",
        "mean_squared_error(y, x)",
        "mse(y, x)",
        "half_sum_of_squares(y, x)",
        "mean_absolute_error(y, x)",
        "huber(y, x)",
        "huber(y, x, 0.2)",
        "quantile(y, x, 0.9)",
    ] {
        let mut words = vec![text, "x=0.7", "--second", "--check"];
        if text.contains('y') && text.contains("y,") || text.contains(", y") || text.contains("^y")
        {
            words.push("y=0.4");
        }
        let outcome = trace(&words);
        assert_eq!(outcome.code, 0, "{text}: {}{}", outcome.out, outcome.err);
    }
}

#[test]
fn losses_from_logits_refuse_probabilities() {
    for (text, inner) in [
        ("bce(1, sigmoid(x))", "sigmoid"),
        ("a = sigmoid(x); b = a; poisson(1, exp(x)) + bce(1, a)", "exp"),
        ("a = sigmoid(x); bce(1, a)", "sigmoid"),
        ("cross_entropy(softmax(x, 1), 2)", "softmax"),
    ] {
        let outcome = trace(&[text, "x=1"]);
        assert_eq!(outcome.code, 2);
        let expected = format!("applies `{inner}` itself");
        assert!(outcome.err.contains(&expected), "{text}: {}", outcome.err);
    }
    assert_eq!(trace(&["bce(1, 2*sigmoid(x))", "x=1"]).code, 0);
}

#[test]
fn the_step_that_has_no_value_or_slope_is_named() {
    for (text, x, parts) in [
        ("y = 1 + 3/x; y^2", "x=0", &["v1 = 3 / x is inf", "division by x = 0"][..]),
        ("x/(x-2)", "x=2", &["f = x / v1 is inf", "division by v1 = 0"]),
        ("2*ln(x)", "x=-1", &["v1 = ln(x) is NaN", "no logarithm of x = -1"]),
        ("sqrt(x)", "x=-4", &["no square root of x = -4"]),
        ("x^0.5", "x=-4", &["x = -4 is negative"]),
        ("exp(x)", "x=1000", &["too large"]),
        ("x^2", "x=-1e200", &["too large"]),
        ("x^x", "x=-2.5", &["x = -2.5 is negative"]),
        ("sqrt(x)", "x=0", &["df/dx = 1 / (2 f) is inf at x = 0"]),
        ("heaviside(x)", "x=1", &["heaviside has no derivative", "use sigmoid or relu"]),
    ] {
        let outcome = trace(&[text, x]);
        assert_eq!(outcome.code, 2, "{text}: {}", outcome.out);
        assert!(outcome.out.starts_with("Forward\n"), "{}", outcome.out);
        for part in parts {
            assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
        }
    }
}

#[test]
fn malformed_expressions_get_a_pointed_error() {
    for (text, message, column) in [
        ("(x+1", "never closed", 0),
        ("x+)", "expected an operand", 2),
        ("x $ 2", "$", 2),
        ("foo(x)", "there is no function `foo`", 0),
        ("sigmid(x)", "did you mean `sigmoid`?", 0),
        ("max(x)", "two arguments or more, found 1", 0),
        ("huber(1, x, -1)", "above 0", 12),
        ("2x", "a product is written with `*`", 1),
        ("", "found nothing", 0),
    ] {
        let outcome = trace(&[text, "x=1"]);
        assert_eq!(outcome.code, 2, "{text}");
        assert!(outcome.err.contains(message), "{text}: {}", outcome.err);
        let caret = outcome.err.lines().find(|line| line.trim() == "^").expect("a caret");
        assert_eq!(caret.len() - 1, 2 + column, "{text}: {}", outcome.err);
    }
    for (words, message) in [
        (&["x*y", "x=1"][..], "found none for y; add y=1"),
        (&["x", "x=one"], "expected a number after ="),
        (&["x", "x=1", "z=2"], "does not read the name `z`"),
        (&["x", "x=1", "--row", "3"], "--model"),
        (&["x", "--model", "m.safetensors", "--row", "1"], "cannot be used with"),
        (&["x", "x=1", "--svg", "a.gif"], ".svg"),
    ] {
        let outcome = trace(words);
        assert_eq!(outcome.code, 2, "{words:?}");
        assert!(outcome.err.contains(message), "{words:?}: {}", outcome.err);
    }
    // Values may be formulas of numbers.
    assert!(trace(&["sin(x)", "x=pi/2"]).out.contains(" = sin(x)  = 1\n"));
}

#[test]
fn long_and_deep_texts_are_answered() {
    let nested = format!("{}x{}", "(".repeat(10_000), ")".repeat(10_000));
    let outcome = piped(nested.as_bytes(), &["x=1"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("nested deeper than 200 levels"), "{}", outcome.err);
    let unfinished = "x+".repeat(500_000);
    let outcome = piped(unfinished.as_bytes(), &["x=1"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("expected an operand, found the end"), "{}", outcome.err);
    assert!(outcome.err.len() < 400, "{}", outcome.err.len());
    let outcome = piped(b"x + \xff", &["x=1"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("UTF-8") && outcome.err.contains("after 4 bytes"));
    // Long and right.
    let sum = vec!["x"; 5_000].join("+");
    let outcome = piped(sum.as_bytes(), &["x=1"]);
    has(&outcome, &["  df/dx  = 5000\n", "sum over 5000 paths"]);
}

#[test]
fn pictures_and_graphs_hold_what_the_text_says() {
    let folder = Folder::new();
    let words = ["trace", LOGISTIC, "w=2", "b=0", "x=1", "y=1"];
    let outcome = folder.run_words(&[&words[..], &["--svg", "l.svg"]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let svg = String::from_utf8(folder.read("l.svg")).unwrap();
    for part in ["a = sigmoid(z)", ">0.8808<", ">\u{2212}1.1353<", ">dL/dw = \u{2212}0.1192<"] {
        assert!(svg.contains(part), "{part} is not in the picture");
    }
    folder.run_words(&[&words[..], &["--svg", "l.png"]].concat());
    assert!(folder.read("l.png").starts_with(b"\x89PNG"));
    folder.run_words(&[&words[..], &["--svg", "d.svg", "--theme", "dark"]].concat());
    assert_ne!(folder.read("d.svg"), folder.read("l.svg"));
    let dot = trace(&["x^2*y/z", "x=3", "y=4", "z=2", "--dot"]).out;
    assert!(dot.starts_with("digraph") && dot.contains("[label=\"f = v2 / z\"]"), "{dot}");
    assert!(dot.contains("[label=\"36\\n0.5\"]"), "{dot}");
}

#[test]
fn one_row_through_a_model() {
    let folder = Folder::new();
    folder.write("t.csv", "x,y\n1,1\n2,0\n0.5,1\n3,0\n");
    folder.succeed(
        "train t.csv --target y --task binary --hidden none --init zeros --scale none --test 0 \
         --validation 0 --optimizer sgd --learning-rate 0.5 --epochs 1 --batch-size 4",
    );
    let document = folder.json("trace --model t.safetensors --data t.csv --row 2 --json");
    let layer = &document["layers"][0];
    let number = |value: &Value| value[0].as_f64().unwrap();
    let [weight, bias] = [0, 1].map(|place| &layer["parameters"][place]);
    let z = number(&weight["values"]) * 2.0 + number(&bias["values"]);
    let a = 1.0 / (1.0 + (-z).exp());
    near(&layer["z"][0], z);
    near(&layer["a"][0], a);
    near(&document["loss"], -(1.0 - a).ln());
    // (a - y) x, and the step of gradient descent.
    near(&layer["dL/dz"][0], a);
    near(&weight["gradient"][0], 2.0 * a);
    near(&weight["update"][0], -0.5 * 2.0 * a);
    near(&bias["update"][0], -0.5 * a);
    let outcome = folder.succeed("trace --model t.safetensors --data t.csv --row 2");
    has(&outcome, &["Layer 1: 1 -> 1 sigmoid", "dL/dz", "gradient", "update", "target  = 0"]);
    let outcome = folder.run("trace --model t.safetensors --data t.csv --row 5");
    assert!(outcome.code == 2 && outcome.err.contains("one of the 4 rows"), "{}", outcome.err);
    let outcome = folder.run("trace --model t.safetensors --row 1");
    assert!(outcome.code == 2 && outcome.err.contains("add --data"), "{}", outcome.err);
    // Large layers are summed up.
    folder.succeed("train digits --epochs 1 --hidden 40");
    let outcome = folder.succeed("trace --model digits.safetensors --row 7");
    has(&outcome, &["of 40 units are off", "norm", "largest"]);
}
