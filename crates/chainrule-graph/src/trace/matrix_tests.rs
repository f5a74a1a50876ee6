//! Traces of matrices.

use super::*;
use crate::{Shape, Values, parse};

fn matrix(rows: usize, columns: usize, numbers: &[f64]) -> Values {
    Values { rows, columns, numbers: numbers.to_vec() }
}

/// The trace of a text with x = [[1, 2], [3, 4]] and w = [[1], [-1]].
fn traced(text: &str) -> MatrixTrace {
    let graph = Graph::new();
    graph.input("x", Shape::matrix(2, 2));
    graph.input("w", Shape::matrix(2, 1));
    let parsed = parse(&graph, text).unwrap_or_else(|error| panic!("{error}"));
    let point = [("x", matrix(2, 2, &[1.0, 2.0, 3.0, 4.0])), ("w", matrix(2, 1, &[1.0, -1.0]))];
    MatrixTrace::new(&graph, parsed.result, &point).unwrap()
}

fn step<'t>(trace: &'t MatrixTrace, name: &str) -> &'t MatrixStep {
    trace.steps.iter().find(|step| step.name == name).unwrap()
}

#[test]
fn values_gradients_and_paths_have_the_shapes_of_their_values() {
    let trace = traced("z = matmul(x, w); a = z^2; sum(a) + sum(z)");
    assert_eq!(step(&trace, "z").value, matrix(2, 1, &[-1.0, -1.0]));
    assert_eq!(step(&trace, "z").formula, "matmul(x, w)");
    // d/dz (z^2 + z) = 2 z + 1
    let z = step(&trace, "z");
    assert_eq!(z.gradient, Some(matrix(2, 1, &[-1.0, -1.0])));
    assert_eq!(z.paths.len(), 2);
    let square = z.paths.iter().find(|path| path.local.is_some()).unwrap();
    assert_eq!(square.local, Some(matrix(2, 1, &[-2.0, -2.0])));
    assert_eq!(square.local_formula, "2 z");
    assert_eq!(square.product, matrix(2, 1, &[-2.0, -2.0]));
    let w = step(&trace, "w");
    assert_eq!(w.gradient, Some(matrix(2, 1, &[-4.0, -6.0])));
    assert_eq!(w.paths[0].local_formula, "matmul(transpose(x), df/dz)");
    let x = step(&trace, "x");
    assert_eq!(x.gradient, Some(matrix(2, 2, &[-1.0, 1.0, -1.0, 1.0])));
    for step in &trace.steps {
        let shape = |values: &Values| (values.rows, values.columns);
        let sum = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
        let Some(gradient) = &step.gradient else { continue };
        assert_eq!(shape(gradient), shape(&step.value), "{}", step.name);
        if !step.paths.is_empty() {
            let products = step.paths.iter().flat_map(|path| path.product.numbers.clone());
            let total = sum(&mut products.into_iter());
            assert_eq!(total, sum(&mut gradient.numbers.iter().copied()), "{}", step.name);
        }
    }
}

#[test]
fn every_operation_on_whole_matrices_says_how_it_goes_back() {
    let trace = traced(
        "p = softmax(x); q = log_softmax(x); s = log_sum_exp(x); c = concatenate(x, w); \
         t = transpose(columns(c, 1, 2)); g = gather_rows(w, select(greater(w, 0), 1, 0)); \
         h = scatter_add_rows(x, select(greater(w, 0), 1, 0), 3); \
         sum(p*q) + sum(s) + sum(t) + sum(g) + sum(h) + sum(sum_rows(x)) + sum(sum_columns(x))",
    );
    assert!(trace.refused.is_none());
    for step in &trace.steps {
        for path in &step.paths {
            assert!(!path.local_formula.contains("through"), "{}", path.local_formula);
        }
    }
}

#[test]
fn a_result_of_several_numbers_has_values_but_no_gradients() {
    let trace = traced("tanh(x)");
    let refused = trace.refused.unwrap().to_string();
    assert!(refused.contains("the result is 2 x 2: take its sum or mean first"), "{refused}");
    assert!(trace.steps.iter().all(|step| step.gradient.is_none()));
}
