//! What a person reads when shapes do not go together: where, which operation, which shapes, and
//! what to change.

use chainrule_graph::{Graph, GraphError, Shape, Symbol, Values};
use chainrule_math::Form;

/// The message of what is recorded in `layer 2`.
fn message(record: impl for<'g> Fn(&'g Graph)) -> String {
    let graph = Graph::new();
    graph.scope("layer 2");
    record(&graph);
    let error = graph.check().expect_err("a misfit");
    assert!(matches!(error, GraphError::Shape { .. }));
    // Whoever uses the graph is told.
    let number = graph.constant(1.0);
    assert_eq!(graph.gradient(number, &[number]).unwrap_err(), error);
    assert_eq!(graph.evaluate(&[number], &[]).unwrap_err(), error);
    error.to_string()
}

fn input<'g>(graph: &'g Graph, name: &str, shape: Shape) -> Symbol<'g> {
    graph.input(name, shape)
}

#[test]
fn a_product_of_a_layer_with_the_wrong_number_of_inputs() {
    assert_eq!(
        message(|graph| {
            graph.input("x", Shape::batch(784)).product(graph.parameter("w", 512, 10));
        }),
        "layer 2: product of batch x 784 and 512 x 10: the columns of the left factor must be as \
         many as the rows of the right one; give the layer as many inputs as the one before it \
         has units"
    );
}

#[test]
fn every_operation_names_scope_operation_shapes_and_remedy() {
    let matrix = Shape::matrix;
    let check = |found: String, operation: &str, shapes: &str, remedy: &str| {
        let start = format!("layer 2: {operation} of {shapes}: ");
        assert!(found.starts_with(&start), "{found}\nshould start with\n{start}");
        assert!(found.contains(remedy), "{found}\nshould advise\n{remedy}");
    };
    let pair = |a: Shape, b: Shape, record: for<'g> fn(Symbol<'g>, Symbol<'g>)| {
        message(move |graph| record(input(graph, "a", a), input(graph, "b", b)))
    };
    let add = pair(matrix(2, 3), matrix(2, 4), |a, b| {
        let _ = a + b;
    });
    check(add, "add", "2 x 3 and 2 x 4", "rows or columns of 1, which are repeated");
    let subtract = pair(Shape::batch(3), matrix(5, 3), |a, b| {
        let _ = a - b;
    });
    check(subtract, "subtract", "batch x 3 and 5 x 3", "transpose or slice");
    let select = message(|graph| {
        let [mask, yes, no] =
            [("m", 3), ("y", 1), ("n", 4)].map(|(name, n)| input(graph, name, Shape::batch(n)));
        mask.choose(yes, no);
    });
    check(select, "select", "batch x 3 and batch x 1 and batch x 4", "rows or columns of 1");
    let left = pair(Shape::batch(3), matrix(5, 3), |a, b| {
        a.product_as(Form::TransposedLeft, b);
    });
    check(left, "product (left transposed)", "batch x 3 and 5 x 3", "as many");
    let right = pair(Shape::batch(3), matrix(5, 4), |a, b| {
        a.product_as(Form::TransposedRight, b);
    });
    check(right, "product (right transposed)", "batch x 3 and 5 x 4", "as many");
    let columns = pair(Shape::batch(3), Shape::batch(3), |a, b| {
        a.product_as(Form::TransposedRight, b);
    });
    let shapes = "batch x 3 and batch x 3";
    check(columns, "product (right transposed)", shapes, "exchange the two factors");
    let transpose = message(|graph| {
        let _ = input(graph, "x", Shape::batch(3)).transpose();
    });
    check(transpose, "transpose", "batch x 3", "use a product with a transposed factor");
    let concatenate = pair(Shape::batch(3), matrix(4, 3), |a, b| {
        let _ = a.concatenate(b);
    });
    check(concatenate, "concatenate", "batch x 3 and 4 x 3", "as many rows");
    let gather = pair(Shape::batch(3), Shape::batch(1), |a, b| {
        let _ = a.gather_rows(b);
    });
    check(gather, "gather rows", "batch x 3 and batch x 1", "a table of fixed rows");
    let scatter = pair(Shape::batch(3), Shape::batch(2), |a, b| {
        let _ = a.scatter_add_rows(b, 7);
    });
    check(scatter, "scatter-add", "batch x 3 and batch x 2", "an index of one column");
    let slice = message(|graph| {
        let _ = input(graph, "x", Shape::batch(3)).slice_columns(2, 2);
    });
    check(slice, "slice", "batch x 3", "columns 2 to 4 do not lie within it");
    let pad = message(|graph| {
        let _ = input(graph, "x", Shape::batch(3)).pad_columns(2, 4);
    });
    check(pad, "pad", "batch x 3", "does not fit 4 columns from column 2");
    let broadcast = message(|graph| {
        let _ = input(graph, "x", matrix(2, 3)).broadcast_to(matrix(4, 3));
    });
    check(broadcast, "broadcast", "2 x 3 and 4 x 3", "only dimensions of size 1");
}

#[test]
fn the_first_misfit_is_the_one_reported() {
    let found = message(|graph| {
        let x = input(graph, "x", Shape::batch(3));
        let wrong = x.product(graph.parameter("w", 4, 2));
        graph.scope("layer 3");
        let _ = wrong.product(graph.parameter("v", 9, 2)) + x;
    });
    assert!(found.starts_with("layer 2: product of batch x 3 and 4 x 2"), "{found}");
}

#[test]
fn outside_of_any_scope_the_message_starts_with_the_operation() {
    let graph = Graph::new();
    let _ = graph.input("a", Shape::matrix(1, 2)) * graph.input("b", Shape::matrix(1, 3));
    let found = graph.check().unwrap_err().to_string();
    assert!(found.starts_with("multiply of 1 x 2 and 1 x 3: "), "{found}");
}

#[test]
fn a_derivative_of_many_numbers_asks_for_their_sum() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(3));
    let y = x * x;
    graph.name(y, "squares");
    assert_eq!(
        graph.gradient(y, &[x]).unwrap_err().to_string(),
        "the derivative needs a single number to start from, but squares is batch x 3: take its \
         sum or mean first"
    );
}

#[test]
fn values_that_do_not_fit_name_the_input_and_both_shapes() {
    let graph = Graph::new();
    let x = graph.input("x", Shape::batch(3));
    let w = graph.parameter("w", 3, 1);
    let y = x.product(w).sum();
    let values =
        |rows: usize, columns: usize| Values { rows, columns, numbers: vec![1.0; rows * columns] };
    let error =
        |given: &[(&str, Values)]| graph.evaluate_matrices(&[y], given).unwrap_err().to_string();
    let recorded = "but the graph was recorded for";
    assert_eq!(
        error(&[("x", values(4, 2)), ("w", values(3, 1))]),
        format!("the value of \"x\" is 8 numbers as 4 x 2, {recorded} batch x 3")
    );
    assert_eq!(
        error(&[("x", values(4, 3)), ("w", values(1, 3))]),
        format!("the value of \"w\" is 3 numbers as 1 x 3, {recorded} 3 x 1")
    );
    assert_eq!(
        error(&[("x", values(4, 3))]),
        format!("the value of \"w\" is missing, {recorded} 3 x 1")
    );
    assert_eq!(
        error(&[("x", values(4, 3)), ("v", values(1, 3))]),
        "there is no input or parameter called \"v\"; there are: x, w"
    );
}

#[test]
fn a_name_taken_twice_is_an_error() {
    let graph = Graph::new();
    graph.scope("layer 1");
    let sum = graph.scalar("x") + graph.scalar("x");
    let error = graph.evaluate(&[sum], &[("x", 1.0)]).unwrap_err().to_string();
    assert!(error.contains("layer 1: there is already") && error.contains("\"x\""), "{error}");
}

#[test]
fn the_callers_scope_outlives_a_gradient() {
    let graph = Graph::new();
    let x = graph.scalar("x");
    graph.scope("later");
    graph.gradient(x * x, &[x]).unwrap();
    let sum = x + graph.scalar("y");
    assert_eq!(graph.nodes()[sum.id().index()].scope.as_deref(), Some("later"));
}
