//! The numbers of the lectures: sections 1, 4 and 5 of the specification.

use chainrule_graph::ops::{Function, Heaviside, Sigmoid, Tanh, Threshold};
use chainrule_graph::{Graph, Shape, Symbol, Values, parse};
use chainrule_math::Algebra;
use chainrule_math::random::Stream;

fn matrix(rows: usize, columns: usize, numbers: &[f64]) -> Values {
    assert_eq!(numbers.len(), rows * columns);
    Values { rows, columns, numbers: numbers.to_vec() }
}

fn random(rows: usize, columns: usize, stream: &mut Stream) -> Values {
    let numbers = (0..rows * columns).map(|_| stream.normal()).collect();
    Values { rows, columns, numbers }
}

fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{found:?}, not {expected:?}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() <= tolerance, "{found:?}, not {expected:?}");
    }
}

/// An expression's steps and result, and the derivatives of the result by steps or variables.
fn follow(text: &str, point: &[(&str, f64)], by: &[&str]) -> (Vec<f64>, Vec<f64>) {
    let graph = Graph::new();
    let parsed = parse(&graph, text).unwrap();
    let all: Vec<&(String, Symbol<'_>)> = parsed.steps.iter().chain(&parsed.variables).collect();
    let named = |name: &str| all.iter().find(|(known, _)| known == name).unwrap().1;
    let mut values: Vec<Symbol<'_>> = parsed.steps.iter().map(|&(_, symbol)| symbol).collect();
    if parsed.steps.last().is_none_or(|(_, last)| last.id() != parsed.result.id()) {
        values.push(parsed.result);
    }
    let by: Vec<Symbol<'_>> = by.iter().map(|name| named(name)).collect();
    let slopes = graph.gradient(parsed.result, &by).unwrap();
    (graph.evaluate(&values, point).unwrap(), graph.evaluate(&slopes, point).unwrap())
}

#[test]
fn x_squared_times_y_over_z() {
    let point = [("x", 3.0), ("y", 4.0), ("z", 2.0)];
    let (values, slopes) = follow("v = x^2; u = v*y; f = u/z", &point, &["x", "y", "z"]);
    assert_eq!(values, [9.0, 36.0, 18.0]);
    assert_eq!(slopes, [12.0, 4.5, -9.0]);
    // Through the steps: df/du = 1/z, df/dv = y/z.
    let (_, slopes) = follow("v = x^2; u = v*y; f = u/z", &point, &["f", "u", "v"]);
    assert_eq!(slopes, [1.0, 0.5, 2.0]);
    assert_eq!(follow("x^2*y/z", &point, &["x", "y", "z"]).1, [12.0, 4.5, -9.0]);
}

#[test]
fn logistic_regression_of_one_example() {
    let text = "u = w*x; z = u + b; a = sigmoid(z); L = -(y*ln(a) + (1-y)*ln(1-a))";
    let point = [("w", 2.0), ("b", 0.0), ("x", 1.0), ("y", 1.0)];
    let (values, slopes) = follow(text, &point, &["a", "z", "w", "b"]);
    near(&values, &[2.0, 2.0, 0.880797, 0.126928], 5e-7);
    near(&slopes, &[-1.135335, -0.119203, -0.119203, -0.119203], 5e-7);
    let (_, local) = follow("u = w*x; z = u + b; a = sigmoid(z)", &point[..3], &["z"]);
    near(&local, &[0.104994], 5e-7);
    // The rule that both follow: dL/dz = a - y.
    near(&slopes[1..], &[values[2] - 1.0; 3], 1e-15);
}

#[test]
fn one_input_along_three_paths() {
    let point = [("x", 2.0)];
    let (values, slopes) = follow("x^2 + (3*x)^2 + 1/(x+1)", &point, &["x"]);
    near(&values, &[4.0 + 36.0 + 1.0 / 3.0], 1e-14);
    near(&slopes, &[39.888889], 5e-7);
    // The sum of the three paths.
    let text = "p = x^2; q = (3*x)^2; r = 1/(x+1)";
    let path = |name: &str| follow(&format!("{text}; {name} + 0"), &point, &["x"]).1[0];
    let paths = [path("p"), path("q"), path("r")];
    near(&paths, &[4.0, 36.0, -1.0 / 9.0], 1e-15);
    near(&slopes, &[paths.iter().sum()], 1e-14);
}

#[test]
fn a_reused_value_counts_once_per_use() {
    let (values, slopes) = follow("b = a + a; c = b + b", &[("a", 3.0)], &["b", "a"]);
    assert_eq!((values, slopes), (vec![6.0, 12.0], vec![2.0, 4.0]));
    let (values, slopes) = follow("c = a*a", &[("a", 3.0)], &["a"]);
    assert_eq!((values, slopes), (vec![9.0], vec![6.0]));
    let (_, slopes) = follow("b = a*a; c = b*b; c*a", &[("a", 2.0)], &["a"]);
    assert_eq!(slopes, [5.0 * 16.0]); // a^5
}

#[test]
fn a_reused_value_is_visited_once() {
    // 2^60 paths lead from a to the result.
    let graph = Graph::new();
    let a = graph.scalar("a");
    let result = (0..60).fold(a, |sum, _| sum + sum);
    let slope = graph.gradient(result, &[a]).unwrap();
    assert_eq!(graph.evaluate(&slope, &[("a", 1.0)]).unwrap(), [2f64.powi(60)]);
    assert!(graph.len() < 200);
}

#[test]
fn rows_are_repeated_along_dimensions_of_one() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(2));
    let row = graph.parameter("row", 1, 2);
    let sum = x + row;
    let slopes = graph.gradient((sum * sum).sum(), &[x, row]).unwrap();
    let values = [("x", matrix(2, 2, &[2.0, 3.0, 4.0, 5.0])), ("row", matrix(1, 2, &[-4.0, 2.0]))];
    let found = graph.evaluate_matrices(&[sum, slopes[0], slopes[1]], &values).unwrap();
    assert_eq!(found[0], matrix(2, 2, &[-2.0, 5.0, 0.0, 7.0]));
    assert_eq!(found[1], matrix(2, 2, &[-4.0, 10.0, 0.0, 14.0]));
    assert_eq!(found[2], matrix(1, 2, &[-4.0, 24.0]));
}

#[test]
fn layers_without_a_nonlinearity_are_one_layer() {
    let mut stream = Stream::new(4, "linear layers");
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(6));
    // As stored: inputs x outputs, so the paper's W_2 W_1 is w1 w2 here.
    let (w1, b1) = (graph.parameter("w1", 6, 20), graph.parameter("b1", 1, 20));
    let (w2, b2) = (graph.parameter("w2", 20, 3), graph.parameter("b2", 1, 3));
    let two = (x.product(w1) + b1).product(w2) + b2;
    let one = x.product(w1.product(w2)) + (b1.product(w2) + b2);
    let values = [
        ("x", random(11, 6, &mut stream)),
        ("w1", random(6, 20, &mut stream)),
        ("b1", random(1, 20, &mut stream)),
        ("w2", random(20, 3, &mut stream)),
        ("b2", random(1, 3, &mut stream)),
    ];
    let by = [x, w1, b1, w2, b2];
    let mut symbols = vec![two];
    symbols.extend(graph.gradient((two * two).mean(), &by).unwrap());
    symbols.push(one);
    symbols.extend(graph.gradient((one * one).mean(), &by).unwrap());
    let found = graph.evaluate_matrices(&symbols, &values).unwrap();
    assert_eq!(found[0].rows, 11);
    for (two, one) in found[..6].iter().zip(&found[6..]) {
        let largest = one.numbers.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
        near(&two.numbers, &one.numbers, 1e-12 * largest);
    }
}

const CORNERS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];

/// 1 above the threshold, else 0: at exactly the threshold 0, unlike heaviside.
fn threshold_unit<'g>(total: Symbol<'g>) -> Symbol<'g> {
    total.apply(Threshold)
}

#[test]
fn xor_by_hand_with_threshold_units() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(2));
    let (w1, b1) = (graph.parameter("w1", 2, 2), graph.parameter("b1", 1, 2));
    let (w2, b2) = (graph.parameter("w2", 2, 1), graph.parameter("b2", 1, 1));
    let hidden = threshold_unit(x.product(w1) + b1);
    let output = threshold_unit(hidden.product(w2) + b2);
    let values = [
        ("x", matrix(4, 2, CORNERS.as_flattened())),
        ("w1", matrix(2, 2, &[1.0; 4])),
        ("b1", matrix(1, 2, &[-1.5, -0.5])),
        ("w2", matrix(2, 1, &[-1.0, 1.0])),
        ("b2", matrix(1, 1, &[-0.5])),
    ];
    let found = graph.evaluate_matrices(&[hidden, output], &values).unwrap();
    assert_eq!(found[0].numbers, [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
    assert_eq!(found[1].numbers, [0.0, 1.0, 1.0, 0.0]);
    // No sum is exactly 0 here, so heaviside does as well.
    let hidden = (x.product(w1) + b1).apply(Heaviside);
    let output = (hidden.product(w2) + b2).apply(Heaviside);
    let found = graph.evaluate_matrices(&[output], &values).unwrap();
    assert_eq!(found[0].numbers, [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn xor_from_and_or_and_and_not_each_one_neuron() {
    let text = "left = heaviside(x1 - x2 - 0.5)
        right = heaviside(x2 - x1 - 0.5)
        xor = heaviside(left + right - 0.5)";
    for [x1, x2] in CORNERS {
        let graph = Graph::new();
        let parsed = parse(&graph, text).unwrap();
        let steps: Vec<Symbol<'_>> = parsed.steps.iter().map(|&(_, symbol)| symbol).collect();
        let found = graph.evaluate(&steps, &[("x1", x1), ("x2", x2)]).unwrap();
        let truth = |value: bool| f64::from(value);
        let (a, b) = (x1 == 1.0, x2 == 1.0);
        assert_eq!(found, [truth(a && !b), truth(!a && b), truth(a != b)]);
    }
}

#[test]
fn a_perceptron_decides_about_an_outing() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(3));
    let w = graph.parameter("w", 3, 1);
    let total = x.product(w);
    let by_threshold =
        [5.0, 3.0].map(|threshold| threshold_unit(total + Symbol::constant(-threshold)));
    let corners: Vec<f64> =
        (0..8).flat_map(|k| [k / 4 % 2, k / 2 % 2, k % 2]).map(f64::from).collect();
    let values = [("x", matrix(8, 3, &corners)), ("w", matrix(3, 1, &[6.0, 2.0, 2.0]))];
    let found = graph.evaluate_matrices(&by_threshold, &values).unwrap();
    for (row, corner) in corners.chunks(3).enumerate() {
        let [weather, friend, venue] = [0, 1, 2].map(|k| corner[k] == 1.0);
        assert_eq!(found[0].numbers[row], f64::from(weather));
        assert_eq!(found[1].numbers[row], f64::from(weather || (friend && venue)));
    }
}

#[test]
fn a_threshold_unit_is_off_at_its_threshold_and_heaviside_is_on() {
    let graph = Graph::new();
    let z = graph.scalar("z");
    let both = [threshold_unit(z), z.apply(Heaviside)];
    assert_eq!(graph.evaluate(&both, &[("z", 0.0)]).unwrap(), [0.0, 1.0]);
    assert_eq!(graph.evaluate(&both, &[("z", 1e-300)]).unwrap(), [1.0, 1.0]);
}

#[test]
fn a_bias_is_the_weight_of_an_input_that_is_one() {
    let mut stream = Stream::new(8, "bias");
    let (x, y) = (random(9, 4, &mut stream), random(9, 3, &mut stream));
    let (w, b) = (random(4, 3, &mut stream), random(1, 3, &mut stream));

    let graph = Graph::new();
    let (inputs, targets) = (graph.input("x", Shape::batch(4)), graph.input("y", Shape::batch(3)));
    let (weight, bias) = (graph.parameter("w", 4, 3), graph.parameter("b", 1, 3));
    let z = inputs.product(weight) + bias;
    let error = z.apply(Tanh) - targets;
    let slopes = graph.gradient((error * error).mean(), &[bias, weight, inputs]).unwrap();
    let point = [("x", x.clone()), ("y", y.clone()), ("w", w.clone()), ("b", b.clone())];
    let apart = graph.evaluate_matrices(&[z, slopes[0], slopes[1], slopes[2]], &point).unwrap();

    // x_0 = 1 before the others, and W of n + 1 rows (as stored) whose first is b.
    let graph = Graph::new();
    let (inputs, targets) = (graph.input("x", Shape::batch(4)), graph.input("y", Shape::batch(3)));
    let weight = graph.parameter("w", 5, 3);
    let one = graph.constant(1.0).broadcast_to(Shape::batch(1));
    let z = one.concatenate(inputs).product(weight);
    let error = z.apply(Tanh) - targets;
    let slopes = graph.gradient((error * error).mean(), &[weight, inputs]).unwrap();
    let joined = matrix(5, 3, &[b.numbers, w.numbers].concat());
    let point = [("x", x), ("y", y), ("w", joined)];
    let together = graph.evaluate_matrices(&[z, slopes[0], slopes[1]], &point).unwrap();

    near(&together[0].numbers, &apart[0].numbers, 1e-14);
    near(&together[1].numbers[..3], &apart[1].numbers, 1e-15);
    near(&together[1].numbers[3..], &apart[2].numbers, 1e-15);
    near(&together[2].numbers, &apart[3].numbers, 1e-15);
}

#[test]
fn the_gradient_of_logistic_regression_is_error_times_input_over_rows() {
    let mut stream = Stream::new(2, "logistic");
    let (rows, columns) = (12, 5);
    let x = random(rows, columns, &mut stream);
    let y: Vec<f64> = (0..rows).map(|_| f64::from(stream.below(2))).collect();
    let graph = Graph::new();
    let (inputs, targets) =
        (graph.input("x", Shape::batch(columns)), graph.input("y", Shape::batch(1)));
    let (w, b) = (graph.parameter("w", columns, 1), graph.parameter("b", 1, 1));
    let z = inputs.product(w) + b;
    let p = z.apply(Sigmoid);
    let one = Symbol::ONE;
    let loss = -(targets * p.ln() + (one - targets) * (one - p).ln()).mean();
    let slopes = graph.gradient(loss, &[w, b]).unwrap();
    let values = [
        ("x", x.clone()),
        ("y", matrix(rows, 1, &y)),
        ("w", random(columns, 1, &mut stream)),
        ("b", matrix(1, 1, &[0.3])),
    ];
    let found = graph.evaluate_matrices(&[p, slopes[0], slopes[1]], &values).unwrap();
    let error: Vec<f64> = found[0].numbers.iter().zip(&y).map(|(p, y)| p - y).collect();
    let expected: Vec<f64> = (0..columns)
        .map(|column| {
            let terms = (0..rows).map(|row| error[row] * x.numbers[row * columns + column]);
            terms.sum::<f64>() / rows as f64
        })
        .collect();
    near(&found[1].numbers, &expected, 1e-15);
    near(&found[2].numbers, &[error.iter().sum::<f64>() / rows as f64], 1e-15);
}

#[test]
fn the_gradient_of_softmax_regression_is_error_times_input_over_rows() {
    let mut stream = Stream::new(3, "softmax");
    let (rows, columns, classes) = (12, 5, 4);
    let x = random(rows, columns, &mut stream);
    let mut y = matrix(rows, classes, &vec![0.0; rows * classes]);
    for row in 0..rows {
        y.numbers[row * classes + stream.below(classes as u32) as usize] = 1.0;
    }
    let graph = Graph::new();
    let (inputs, targets) =
        (graph.input("x", Shape::batch(columns)), graph.input("y", Shape::batch(classes)));
    let (w, b) = (graph.parameter("w", columns, classes), graph.parameter("b", 1, classes));
    let logits = inputs.product(w) + b;
    let loss = -(targets * logits.log_softmax()).sum_columns().mean();
    let slopes = graph.gradient(loss, &[w, b]).unwrap();
    let values = [
        ("x", x.clone()),
        ("y", y.clone()),
        ("w", random(columns, classes, &mut stream)),
        ("b", random(1, classes, &mut stream)),
    ];
    let symbols = [logits.softmax(), slopes[0], slopes[1]];
    let found = graph.evaluate_matrices(&symbols, &values).unwrap();
    let error: Vec<f64> = found[0].numbers.iter().zip(&y.numbers).map(|(p, y)| p - y).collect();
    for class in 0..classes {
        let of_class = |row: usize| error[row * classes + class] / rows as f64;
        for column in 0..columns {
            let terms = (0..rows).map(|row| of_class(row) * x.numbers[row * columns + column]);
            near(&[found[1].numbers[column * classes + class]], &[terms.sum()], 1e-15);
        }
        near(&[found[2].numbers[class]], &[(0..rows).map(of_class).sum()], 1e-15);
    }
}

#[test]
fn softmax_of_two_classes_is_logistic_regression_with_the_difference_of_the_weights() {
    let mut stream = Stream::new(6, "two classes");
    let (rows, columns) = (10, 4);
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(columns));
    let y = graph.input("y", Shape::batch(1));
    let (w, b) = (graph.parameter("w", columns, 2), graph.parameter("b", 1, 2));
    let logits = x.product(w) + b;
    let both = logits.softmax();
    let one = Symbol::ONE;
    let targets = (one - y).concatenate(y);
    let cross_entropy = -(targets * logits.log_softmax()).sum_columns().mean();

    let [w_difference, b_difference] =
        [w, b].map(|of| of.slice_columns(1, 1) - of.slice_columns(0, 1));
    let p = (x.product(w_difference) + b_difference).apply(Sigmoid);
    let binary = -(y * p.ln() + (one - y) * (one - p).ln()).mean();

    let labels: Vec<f64> = (0..rows).map(|row| f64::from(row % 3 == 0)).collect();
    let values = [
        ("x", random(rows, columns, &mut stream)),
        ("y", matrix(rows, 1, &labels)),
        ("w", random(columns, 2, &mut stream)),
        ("b", random(1, 2, &mut stream)),
    ];
    let mut symbols = vec![both, p, cross_entropy, binary];
    symbols.extend(graph.gradient(cross_entropy, &[w, b, x]).unwrap());
    symbols.extend(graph.gradient(binary, &[w, b, x]).unwrap());
    let found = graph.evaluate_matrices(&symbols, &values).unwrap();
    for row in 0..rows {
        let p = found[1].numbers[row];
        near(&found[0].numbers[2 * row..][..2], &[1.0 - p, p], 1e-15);
    }
    near(&found[2].numbers, &found[3].numbers, 1e-14);
    for gradient in 0..3 {
        near(&found[4 + gradient].numbers, &found[7 + gradient].numbers, 1e-14);
    }
}

#[test]
fn a_gradient_of_a_gradient_is_a_second_derivative() {
    for (text, x, expected) in [
        ("x^3", 2.0, [12.0, 12.0, 6.0]),
        ("sin(x)", 1.0, [1f64.cos(), -1f64.sin(), -1f64.cos()]),
        ("exp(2*x)", 0.0, [2.0, 4.0, 8.0]),
        ("1/x", 2.0, [-0.25, 0.25, -0.375]),
        ("x^x", 1.0, [1.0, 2.0, 3.0]),
    ] {
        let graph = Graph::new();
        let parsed = parse(&graph, text).unwrap();
        let by = [parsed.variables[0].1];
        let mut slopes = vec![graph.gradient(parsed.result, &by).unwrap()[0]];
        for order in 0..2 {
            slopes.push(graph.gradient(slopes[order], &by).unwrap()[0]);
        }
        near(&graph.evaluate(&slopes, &[("x", x)]).unwrap(), &expected, 1e-14);
    }
}

#[test]
fn the_result_may_be_something_that_is_given() {
    // The derivative of w x by x is w itself, a parameter; by w it is the input; of x by x a number.
    let graph = Graph::new();
    let before = graph.parameter("before", 3, 9);
    let (x, w) = (graph.scalar("x"), graph.parameter("w", 1, 1));
    let slopes = graph.gradient(x * w, &[x, w]).unwrap();
    let one = graph.gradient(x, &[x]).unwrap()[0];
    let values = [
        ("x", Values::scalar(2.0)),
        ("w", Values::scalar(5.0)),
        ("before", matrix(3, 9, &(0..27).map(f64::from).collect::<Vec<f64>>())),
    ];
    let symbols = [slopes[0], slopes[1], one, w, x, before];
    let found = graph.evaluate_matrices(&symbols, &values).unwrap();
    let numbers: Vec<f64> = found[..5].iter().map(|value| value.numbers[0]).collect();
    assert_eq!(numbers, [5.0, 2.0, 1.0, 5.0, 2.0]);
    assert_eq!(found[5], values[2].1);
}

#[test]
fn a_small_change_of_a_weight_changes_a_sigmoid_by_slope_times_change() {
    let (values, slopes) = follow("sigmoid(w*x + b)", &POINT, &["w", "b"]);
    let error = |size: f64| {
        let moved = [("w", 0.4 + size), ("x", 1.5), ("b", -0.2 - 2.0 * size)];
        let after = follow("sigmoid(w*x + b)", &moved, &["w"]).0[0];
        (after - values[0] - (slopes[0] * size - 2.0 * slopes[1] * size)).abs()
    };
    // The error of the first order falls as the square: by 4 when the change is halved.
    for size in [1e-1, 1e-2, 1e-3] {
        let ratio = error(size) / error(size / 2.0);
        assert!((ratio - 4.0).abs() < 0.2, "{ratio}");
    }
    // A threshold unit jumps instead.
    let unit = Function::from(Heaviside);
    assert_eq!((unit.value(-1e-12), unit.value(1e-12)), (0.0, 1.0));
}
const POINT: [(&str, f64); 3] = [("w", 0.4), ("x", 1.5), ("b", -0.2)];
