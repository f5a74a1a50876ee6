use super::*;
use crate::ops::{Binary, Power};
use crate::{GraphError, Op, Shape};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn value(text: &str, point: &[(&str, f64)]) -> f64 {
    let graph = Graph::new();
    let parsed = parse(&graph, text).unwrap_or_else(|error| panic!("{error}"));
    graph.evaluate(&[parsed.result], point).unwrap()[0]
}

/// The message and the position of the error in a text.
fn error(text: &str) -> (String, usize) {
    let error = parse(&Graph::new(), text).expect_err(text);
    (error.message, error.position)
}

fn ops(text: &str) -> Vec<Op> {
    let graph = Graph::new();
    parse(&graph, text).unwrap();
    graph.nodes().iter().map(|node| node.op).collect()
}

#[test]
fn operators_bind_as_in_mathematics() {
    for (text, expected) in [
        ("1 + 2*3", 7.0),
        ("(1 + 2)*3", 9.0),
        ("8 - 4 - 2", 2.0),
        ("8/4/2", 1.0),
        ("2^3^2", 512.0),
        ("-3^2", -9.0),
        ("(-3)^2", 9.0),
        ("2^-1", 0.5),
        ("2^-2^2", 1.0 / 16.0),
        ("4^(1/2)", 2.0),
        ("- -3", 3.0),
        ("-+-3", 3.0),
        ("2*-3", -6.0),
        ("6/-3*2", -4.0),
        ("1 - -x", 6.0),
        ("-x^2", -25.0),
        ("(-x)^3", -125.0),
        ("1e-3 + .5 + 2. + 1E2", 102.501),
        ("2*pi - 2*\u{3c0}", 0.0),
        ("3 \u{d7} x \u{2212} x \u{f7} 5", 14.0),
    ] {
        assert_eq!(
            value(text, if text.contains('x') { &[("x", 5.0)] } else { &[] }),
            expected,
            "{text}"
        );
    }
}

#[test]
fn functions_take_their_arguments_and_settings() {
    for (text, expected) in [
        ("ln(x)", 2f64.ln()),
        ("log(x)", 2f64.ln()),
        ("swish(x) - silu(x)", 0.0),
        ("leaky_relu(-x)", -0.02),
        ("leaky_relu(-x, 1/4)", -0.5),
        ("elu(-x)", (-2f64).exp_m1()),
        ("elu(-x, 0.5)", 0.5 * (-2f64).exp_m1()),
        ("max(x, 3)", 3.0),
        ("min(x, 3)", 2.0),
        ("pow(-x, 3)", -8.0),
        ("heaviside(0*x)", 1.0),
        ("max(\n  x,\n  min(3, x)\n)", 2.0),
    ] {
        assert!((value(text, &[("x", 2.0)]) - expected).abs() < 1e-15, "{text}");
    }
}

#[test]
fn a_number_as_exponent_makes_a_fixed_power() {
    let power = |exponent| Op::Function(Power { exponent }.into());
    for (text, exponent) in [
        ("x^2", 2.0),
        ("x^-2", -2.0),
        ("x^(1/2)", 0.5),
        ("x^2^3", 8.0),
        ("x^-(2*3)", -6.0),
        ("x^pi", std::f64::consts::PI),
        ("pow(x, 2+1)", 3.0),
        ("x^max(2, 3)", 3.0),
    ] {
        assert_eq!(ops(text), [Op::Input, power(exponent)], "{text}");
    }
    assert_eq!(ops("x^y"), [Op::Input, Op::Input, Op::Binary(Binary::Power)]);
    let graph = Graph::new();
    let parsed = parse(&graph, "x^2").unwrap();
    let slope = graph.gradient(parsed.result, &[parsed.variables[0].1]).unwrap();
    assert_eq!(graph.evaluate(&slope, &[("x", -3.0)]).unwrap(), [-6.0]);
    assert_eq!(graph.evaluate(&slope, &[("x", 0.0)]).unwrap(), [0.0]);
}

#[test]
fn nothing_is_simplified() {
    use Op::{Constant, Input};
    assert_eq!(ops("x*1"), [Input, Constant(1.0), Op::Binary(Binary::Multiply)]);
    assert_eq!(
        ops("0 + 0 + x"),
        [Input, Constant(0.0), Constant(0.0), Op::Binary(Binary::Add), Op::Binary(Binary::Add)]
    );
    assert_eq!(ops("-2*x"), [Input, Constant(-2.0), Op::Binary(Binary::Multiply)]);
}

#[test]
fn steps_have_names_and_the_last_statement_is_the_result() {
    let graph = Graph::new();
    let text = "u = w*x; z = u + b\n\n a = sigmoid(z);;\r\n L = -(y*ln(a) + (1-y)*ln(1-a));\n";
    let parsed = parse(&graph, text).unwrap();
    let names = |list: &[(String, Symbol<'_>)]| -> Vec<String> {
        list.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&parsed.variables), ["w", "x", "b", "y"]);
    assert_eq!(names(&parsed.steps), ["u", "z", "a", "L"]);
    for (name, symbol) in &parsed.steps {
        assert_eq!(&graph.label(symbol.id()), name);
    }
    assert_eq!(parsed.result.id(), parsed.steps[3].1.id());
    let point = [("w", 2.0), ("x", 1.0), ("b", 0.0), ("y", 1.0)];
    let steps: Vec<Symbol<'_>> = parsed.steps.iter().map(|&(_, symbol)| symbol).collect();
    let values = graph.evaluate(&steps, &point).unwrap();
    assert_eq!(values[..2], [2.0, 2.0]);
    assert!((values[2] - 0.880797).abs() < 5e-7 && (values[3] - 0.126928).abs() < 5e-7);
}

#[test]
fn another_name_for_a_value_does_not_rename_it() {
    let graph = Graph::new();
    let parsed = parse(&graph, "u = x; v = u; w = (+v); x*v*w").unwrap();
    assert_eq!(graph.evaluate(&[parsed.result], &[("x", 3.0)]).unwrap(), [27.0]);
    assert_eq!(graph.label(parsed.variables[0].1.id()), "x");
    let labels: Vec<String> =
        parsed.steps.iter().map(|(_, symbol)| graph.label(symbol.id())).collect();
    assert_eq!(labels, ["u", "v", "w"]);
}

#[test]
fn inputs_of_the_graph_are_used_whatever_their_shape() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::matrix(2, 2));
    let parsed = parse(&graph, "x + y").unwrap();
    assert_eq!(parsed.variables[0].1.id(), x.id());
    assert_eq!(parsed.result.shape(), Shape::matrix(2, 2));
    assert_eq!(parse(&graph, "y*x").unwrap().variables[0].1.id(), parsed.variables[1].1.id());
    let error = parse(&graph, "x = 3").unwrap_err();
    assert!(error.message.contains("`x` is an input of the graph already"), "{error}");
}

#[test]
fn names_may_be_of_any_alphabet() {
    assert_eq!(
        value(
            "\u{3b8}_1*\u{e4}\u{df} + x\u{2081}",
            &[("\u{3b8}_1", 2.0), ("\u{e4}\u{df}", 3.0), ("x\u{2081}", 1.0),]
        ),
        7.0
    );
}

#[test]
fn errors_say_what_was_expected_and_found_and_point_at_it() {
    for (text, position, message) in [
        ("", 0, "expected an expression, found nothing"),
        (" ;\n", 3, "expected an expression, found nothing"),
        ("(x*)", 3, "expected an operand, found `)`"),
        ("x +", 3, "expected an operand, found the end"),
        ("x +\ny", 3, "expected an operand, found the end of the line"),
        ("x**2", 2, "expected an operand, found `*`; a power is written with `^`"),
        ("u = ; x", 4, "expected an operand, found `;`"),
        ("(x + 1", 0, "this `(` is never closed"),
        ("y + sin(x; 2", 7, "this `(` is never closed"),
        ("x + 1)", 5, "`)` closes no bracket"),
        ("2x", 1, "expected an operator, found `x`; a product is written with `*`"),
        ("2(x)", 1, "expected an operator, found `(`; a product is written with `*`"),
        ("x + x (2)", 6, "expected an operator, found `(`; a product is written with `*`"),
        ("(2 x)", 3, "expected an operator or `)`, found `x`; a product is written with `*`"),
        ("x, y", 1, "expected an operator, found `,`"),
        ("sigmid(x)", 0, "there is no function `sigmid`; did you mean `sigmoid`?"),
        ("1 + Sin(x)", 4, "there is no function `Sin`; did you mean `sin`?"),
        ("sin + 1", 0, "`sin` is a function: write `sin(...)` with its argument"),
        ("sin()", 0, "`sin` takes one argument, found none"),
        ("1 + sin(x, y)", 4, "`sin` takes one argument, found 2"),
        ("max(x)", 0, "`max` takes two arguments or more, found 1"),
        ("elu(x, 1, 2)", 0, "`elu` takes one argument and perhaps a number, found 3"),
        ("elu(x, y)", 7, "the last argument of `elu` must be a number"),
        ("leaky_relu(x, -1)", 14, "the leak of `leaky_relu` must be 0 or more, found -1"),
        ("x^(1/0)", 2, "the exponent is inf, no finite number"),
        ("y = x; x = 2", 7, "`x` is used as an input already: give this step another name"),
        ("x = x + 1", 0, "`x` is used as an input already: give this step another name"),
        ("u = 1; u = 2", 7, "`u` is a step already: give this step another name"),
        ("max = 1", 0, "`max` is a function: give this step another name"),
        ("pi = 3", 0, "`pi` is a number: give this step another name"),
        ("x + 1 = 2", 6, "expected one name before `=`, as in `u = x + 1`"),
        ("u == 2", 3, "expected an operand, found `=`"),
        ("x + 1; y", 0, "only the last statement may go without a name: write `name = ...`"),
        ("x # y", 2, "`#` is no part of an expression"),
        ("x[1]", 1, "found `[`; brackets are written ( and )"),
        ("1e999", 0, "this number is too large"),
        ("x + .", 4, "expected digits beside the point"),
        ("1.2.3", 3, "expected an operator, found `0.3`; a product is written with `*`"),
        ("1e", 1, "expected an operator, found `e`; a product is written with `*`"),
    ] {
        assert_eq!(error(text), (message.to_string(), position), "{text}");
    }
    let (message, _) = error("frobnicate(x)");
    assert!(message.starts_with("there is no function `frobnicate`; there are: exp, ln"));
}

#[test]
fn an_error_shows_the_line_and_a_caret() {
    let error = parse(&Graph::new(), "u = w*x\n\tz = (\u{e4} + *b)\nz").unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected an operand, found `*`\n   z = (\u{e4} + *b)\n            ^"
    );
    assert_eq!((error.line.as_str(), error.column), ("\tz = (\u{e4} + *b)", 10));
    let long = format!("{}x + )", "x + ".repeat(1000));
    let shown = parse(&Graph::new(), &long).unwrap_err().to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[1].len() < 90, "{shown}");
    assert_eq!(lines[1].as_bytes()[lines[2].len() - 1], b')', "{shown}");
}

#[test]
fn nothing_is_recorded_when_the_text_is_wrong() {
    let graph = Graph::new();
    parse(&graph, "u = x + 1; v = u*)").unwrap_err();
    assert!(graph.is_empty());
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for deep in ["(", "-", "+", "x^", "sin(", "-(", "max(1,", "2^-("] {
        let limit = "nested deeper than 200 levels";
        let (message, position) = error(&deep.repeat(10_000));
        assert!(message.starts_with(limit), "{message}");
        assert!(position <= 201 * deep.len(), "{deep}: {position}");
    }
    let nested = |depth: usize| format!("{}x{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(value(&nested(200), &[("x", 2.0)]), 2.0);
    assert_eq!(error(&nested(201)).1, 201);
}

#[test]
fn a_megabyte_takes_a_moment() {
    let start = Instant::now();
    let count = 200_000;
    let graph = Graph::new();
    let parsed = parse(&graph, &format!("{}x", "x*3 + ".repeat(count))).unwrap();
    assert_eq!(graph.len(), 1 + 3 * count);
    assert_eq!(parsed.variables.len(), 1);
    let steps: String = (0..50_000).map(|k| format!("step_{k} = x{k} + {k}\n")).collect();
    assert_eq!(parse(&Graph::new(), &steps).unwrap().steps.len(), 50_000);
    let long = "x".repeat(1_000_000);
    assert_eq!(parse(&Graph::new(), &long).unwrap().variables[0].0, long);
    for text in
        ["1".repeat(1_000_000), format!("{long}(1)"), format!("{long} )"), format!("{long})")]
    {
        parse(&Graph::new(), &text).unwrap_err();
    }
    parse(&Graph::new(), &"x^(".repeat(300_000)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::with_cases(2000)
    })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        read(&text)?;
    }

    #[test]
    fn any_tokens_are_read_or_refused(
        tokens in proptest::collection::vec(
            proptest::sample::select(vec![
                "x", "y", "u", "=", "(", ")", "+", "-", "*", "/", "^", "2", ".5", "1e-3", ",", ";",
                "\n", "sin(", "max(", "elu(", "leaky_relu(", "pi", " ", "\u{e4}", "1/0", "\t", "e",
            ]),
            0..30,
        )
    ) {
        read(&tokens.concat())?;
    }
}

/// Neither reading nor showing the error panics, and what was read can be evaluated.
fn read(text: &str) -> Result<(), TestCaseError> {
    let graph = Graph::new();
    match parse(&graph, text) {
        Err(error) => {
            prop_assert!(text.is_char_boundary(error.position));
            prop_assert!(error.to_string().lines().count() >= 3);
            prop_assert!(graph.is_empty());
        }
        Ok(parsed) => {
            let point: Vec<(&str, f64)> =
                parsed.variables.iter().map(|(name, _)| (name.as_str(), 0.5)).collect();
            let value: Result<Vec<f64>, GraphError> = graph.evaluate(&[parsed.result], &point);
            prop_assert!(value.is_ok(), "{value:?}");
        }
    }
    Ok(())
}
