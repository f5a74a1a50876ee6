//! Expressions of matrices.

use super::*;
use crate::{CheckOptions, Shape, Values, check_gradient};
use chainrule_math::Algebra;

fn matrix(rows: usize, columns: usize, numbers: &[f64]) -> Values {
    Values { rows, columns, numbers: numbers.to_vec() }
}

/// The value of a text with x = [[1, 2, 3], [4, 5, 6]], w = [[1], [-1], [2]] and i = [[1], [0]].
fn value(text: &str) -> Values {
    let graph = Graph::new();
    let parsed = parse(given(&graph), text).unwrap_or_else(|error| panic!("{error}"));
    let shape = parsed.result.shape();
    let value = graph.evaluate_matrices(&[parsed.result], &point()).unwrap().remove(0);
    assert_eq!(shape, Shape::matrix(value.rows, value.columns), "{text}");
    value
}

fn given(graph: &Graph) -> &Graph {
    graph.input("x", Shape::matrix(2, 3));
    graph.input("w", Shape::matrix(3, 1));
    graph.input("i", Shape::matrix(2, 1));
    graph
}

fn point() -> [(&'static str, Values); 3] {
    [
        ("x", matrix(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        ("w", matrix(3, 1, &[1.0, -1.0, 2.0])),
        ("i", matrix(2, 1, &[1.0, 0.0])),
    ]
}

fn error(text: &str) -> (String, usize) {
    let graph = Graph::new();
    let error = parse(given(&graph), text).expect_err(text);
    assert_eq!(graph.len(), 3, "{text}");
    graph.check().unwrap();
    (error.message, error.position)
}

#[test]
fn matrix_functions_have_the_values_and_shapes_of_their_definitions() {
    for (text, rows, columns, numbers) in [
        ("sum(x)", 1, 1, vec![21.0]),
        ("sum(x, 0)", 1, 3, vec![5.0, 7.0, 9.0]),
        ("sum_rows(x)", 1, 3, vec![5.0, 7.0, 9.0]),
        ("sum(x, 1)", 2, 1, vec![6.0, 15.0]),
        ("sum(x, -1)", 2, 1, vec![6.0, 15.0]),
        ("sum_columns(x)", 2, 1, vec![6.0, 15.0]),
        ("mean(x)", 1, 1, vec![3.5]),
        ("mean(x, 0)", 1, 3, vec![2.5, 3.5, 4.5]),
        ("mean_rows(x)", 1, 3, vec![2.5, 3.5, 4.5]),
        ("mean(x, 1)", 2, 1, vec![2.0, 5.0]),
        ("mean_columns(x)", 2, 1, vec![2.0, 5.0]),
        ("matmul(x, w)", 2, 1, vec![5.0, 11.0]),
        ("transpose(x)", 3, 2, vec![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
        ("matmul(transpose(w), transpose(x))", 1, 2, vec![5.0, 11.0]),
        ("x - mean(x, 1)", 2, 3, vec![-1.0, 0.0, 1.0, -1.0, 0.0, 1.0]),
        ("x + transpose(w)", 2, 3, vec![2.0, 1.0, 5.0, 5.0, 4.0, 8.0]),
        ("concatenate(x, i, 2*i)", 2, 5, vec![1.0, 2.0, 3.0, 1.0, 2.0, 4.0, 5.0, 6.0, 0.0, 0.0]),
        ("concatenate(7, -8)", 1, 2, vec![7.0, -8.0]),
        ("columns(x, 1, 2)", 2, 2, vec![2.0, 3.0, 5.0, 6.0]),
        ("gather_rows(w, i)", 2, 1, vec![-1.0, 1.0]),
        ("scatter_add_rows(x, i, 3)", 3, 3, vec![4.0, 5.0, 6.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0]),
        ("select(i, x, 0)", 2, 3, vec![1.0, 2.0, 3.0, 0.0, 0.0, 0.0]),
        ("where(greater(x, 2), 1, -1)", 2, 3, vec![-1.0, -1.0, 1.0, 1.0, 1.0, 1.0]),
        ("less(x, 2)", 2, 3, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        ("max(x, 2, i)", 2, 3, vec![2.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ("u = sum_columns(i); v = u; v*x", 2, 3, vec![1.0, 2.0, 3.0, 0.0, 0.0, 0.0]),
        ("derivative(sum(x^2), x)", 2, 3, vec![2.0, 4.0, 6.0, 8.0, 10.0, 12.0]),
        ("derivative(sum(matmul(x, w)), w)", 3, 1, vec![5.0, 7.0, 9.0]),
        ("u = x + 1; derivative(sum(u*u), u)", 2, 3, vec![4.0, 6.0, 8.0, 10.0, 12.0, 14.0]),
        (
            "g = derivative(sum(x^3), x); derivative(sum(g), x)",
            2,
            3,
            vec![6.0, 12.0, 18.0, 24.0, 30.0, 36.0],
        ),
        (
            "derivative(sum(select(heaviside(x - 2), x, 2*x)), x)",
            2,
            3,
            vec![2.0, 1.0, 1.0, 1.0, 1.0, 1.0],
        ),
    ] {
        assert_eq!(value(text), matrix(rows, columns, &numbers), "{text}");
    }
}

#[test]
fn the_softmax_family_of_one_value_goes_along_its_rows() {
    let terms = |row: [f64; 3]| row.map(f64::exp);
    let close = |found: Values, expected: Vec<f64>| {
        assert_eq!(found.numbers.len(), expected.len());
        for (found, expected) in found.numbers.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
    };
    let shares: Vec<f64> = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
        .iter()
        .flat_map(|&row| terms(row).map(|term| term / terms(row).iter().sum::<f64>()))
        .collect();
    close(value("log_softmax(x)"), shares.iter().map(|share| share.ln()).collect());
    close(value("softmax(x)"), shares);
    let sums = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].map(|row| terms(row).iter().sum::<f64>().ln());
    close(value("log_sum_exp(x)"), sums.to_vec());
}

#[test]
fn gradients_of_matrix_expressions_agree_with_differences() {
    for text in [
        "sum(tanh(matmul(x, w))^2)",
        "mean(log_softmax(x)*x)",
        "sum(matmul(transpose(x), softmax(x))*matmul(w, transpose(w)))",
        "mean(concatenate(x, i*x)*columns(concatenate(x, x, x), 1, 6))",
        "sum(log_sum_exp(x)/mean(x^2, 1))",
        "sum(gather_rows(w^2, i)*x)",
        "sum(derivative(sum(sigmoid(x)*x), x)^2)",
    ] {
        let graph = Graph::new();
        let parsed = parse(given(&graph), text).unwrap_or_else(|error| panic!("{error}"));
        let indexed = text.contains("gather");
        let by: Vec<_> = parsed
            .variables
            .iter()
            .filter(|(name, _)| name != "i" || !indexed)
            .map(|&(_, symbol)| symbol)
            .collect();
        let report =
            check_gradient(&graph, parsed.result, &by, &point(), &CheckOptions::default()).unwrap();
        assert!(report.passes(1e-7), "{text}: {}", report.worst().unwrap());
    }
}

#[test]
fn errors_name_the_shapes_and_the_place() {
    let misfit = "elementwise operations need equal shapes, or rows or columns of 1, which are \
                  repeated; transpose or slice one of them";
    for (text, position, message) in [
        ("1 + x*w", 5, format!("multiply of 2 x 3 and 3 x 1: {misfit}")),
        (
            "x + matmul(i, w)",
            4,
            "matmul of 2 x 1 and 3 x 1: the columns of the left factor must be \
            as many as the rows of the right one; transpose one of them"
                .to_string(),
        ),
        ("max(1, x, w)", 0, format!("max of 2 x 3 and 3 x 1: {misfit}")),
        ("huber(x, w, 2)", 0, format!("huber of 2 x 3 and 3 x 1: {misfit}")),
        ("x^w", 2, format!("power of 2 x 3 and 3 x 1: {misfit}")),
        ("select(x, 1, w)", 0, format!("select of 2 x 3 and 1 x 1 and 3 x 1: {misfit}")),
        ("concatenate(x, w)", 0, "concatenate of 2 x 3 and 3 x 1: both need as many rows".into()),
        (
            "columns(x, 2, 2)",
            0,
            "columns of 2 x 3: columns 2 to 3 do not lie within it; they are \
            counted from 0"
                .into(),
        ),
        (
            "columns(x, 2, 0.5)",
            14,
            "how many columns `columns` takes must be a whole number from 1 \
            on, found 0.5"
                .into(),
        ),
        (
            "columns(x, 2)",
            0,
            "`columns` takes three arguments: a value, the number of its first \
            column (from 0), and how many columns, found 2"
                .into(),
        ),
        (
            "sum(x, 2)",
            7,
            "the axis must be 0, to go over the rows, or 1, over the columns, found \
            2"
            .into(),
        ),
        ("sum(x, w)", 7, "this argument of `sum` must be a number".into()),
        ("gather_rows(x, x)", 0, "gather rows".into()),
        ("scatter_add_rows(x, w, 2)", 0, "scatter".into()),
        ("sum = 3; sum", 0, "`sum` is a function: give this step another name".into()),
        (
            "derivative(x, x)",
            11,
            "the derivative needs a single number to start from, but this is \
            2 x 3: take its sum or mean first"
                .into(),
        ),
        (
            "derivative(sum(x), x + 1)",
            19,
            "expected the name of an input or of a step; give this a \
            name above, as in `u = x + 1`"
                .into(),
        ),
        (
            "derivative(sum(heaviside(x)), x)",
            11,
            "`heaviside` has no derivative: use sigmoid or \
            relu where a gradient is needed"
                .into(),
        ),
        (
            "derivative(sum(x))",
            0,
            "`derivative` takes two arguments: a single number, and the name \
            of what it is differentiated by, found 1"
                .into(),
        ),
    ] {
        let (found, place) = error(text);
        let is_part = ["gather", "scatter"].contains(&message.split(' ').next().unwrap());
        assert!(if is_part { found.starts_with(&text[..6]) } else { found == message }, "{found}");
        assert_eq!(place, position, "{text}: {found}");
    }
    let double = |count: usize| {
        let more: String =
            (1..count).map(|k| format!("u{k} = concatenate(u{0}, u{0});", k - 1)).collect();
        format!("u0 = x; {more} 1")
    };
    assert!(error(&double(60)).0.contains("more than 268435456 numbers"));
    let nested = |order| format!("{}x1^9{}", "derivative(".repeat(order), ", x1)".repeat(order));
    let graph = Graph::new();
    let fourth = parse(&graph, &nested(4)).unwrap();
    assert_eq!(graph.evaluate(&[fourth.result], &[("x1", 1.0)]).unwrap(), [3024.0]);
    assert_eq!(error(&nested(5)).0, "found a derivative of more than order 4");
}

#[test]
fn the_rows_of_a_batch_stay_its_rows() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(3));
    let shape = |text: &str| parse(&graph, text).map(|parsed| parsed.result.shape());
    assert_eq!(shape("sum(x^2, 1)").unwrap(), Shape::batch(1));
    assert_eq!(shape("mean(softmax(x))").unwrap(), Shape::SCALAR);
    let error = shape("transpose(x)").unwrap_err();
    assert!(error.message.contains("the batch cannot become columns"), "{error}");
    let mean = parse(&graph, "mean(x)").unwrap().result;
    let values = [("x", matrix(4, 3, &[2.0; 12]))];
    assert_eq!(graph.evaluate_matrices(&[mean], &values).unwrap()[0].numbers, [2.0]);
    assert_eq!(x.shape(), Shape::batch(3));
}

#[test]
fn names_may_be_bound_to_values_of_the_graph() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::matrix(1, 2));
    let bound = parse_with(&graph, "sum(x) + y", &[("x", x * x)]).unwrap();
    let names: Vec<&str> = bound.variables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x", "y"]);
    let values = [("x", matrix(1, 2, &[1.0, 3.0])), ("y", Values::scalar(0.5))];
    assert_eq!(graph.evaluate_matrices(&[bound.result], &values).unwrap()[0].numbers, [10.5]);
    // A number that is no node yet is as good.
    let text = "u = n; u*2";
    let number = parse_only(&graph, text, &[("n", Symbol::constant(3.0))]).unwrap();
    assert_eq!(graph.evaluate(&[number.result], &[]).unwrap(), [6.0]);
    let error = parse_only(&graph, "a - b", &[("a", x), ("z", x)]).unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.position),
        ("there is no `b` here; there are: a, z", 4)
    );
    let error = parse_only(&graph, "x + 1", &[]).unwrap_err();
    assert_eq!(error.message, "there is no `x` here; no name has a value");
    let error = parse_only(&graph, "a = 2; a", &[("a", x)]).unwrap_err();
    assert!(error.message.contains("`a` is an input of the graph already"), "{error}");
}

#[test]
fn every_function_has_a_signature() {
    let all = signatures();
    for name in ["exp", "huber", "where", "sum", "concatenate", "log_sum_exp", "leaky_relu"] {
        assert_eq!(all.iter().filter(|it| it.name == name).count(), 1, "{name}");
    }
    let huber = all.iter().find(|it| it.name == "huber").unwrap();
    assert_eq!((&huber.values, &huber.numbers, huber.elementwise), (&(2..=2), &(0..=1), true));
}
