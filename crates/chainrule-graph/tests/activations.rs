//! Section 2 of the specification: every activation and its slope, against tables made with 400
//! digits, by its conventions, and far from 0.

use chainrule_graph::ops::*;
use chainrule_graph::{Graph, Op, Plan, Request, Shape, Source, Symbol, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{Algebra, Element, InstructionSet, Team};
use serde_json::Value;

/// The activations, by the names of the table.
fn activations() -> Vec<(&'static str, Function)> {
    vec![
        ("identity", Identity.into()),
        ("sigmoid", Sigmoid.into()),
        ("tanh", Tanh.into()),
        ("relu", Relu.into()),
        ("leaky_relu", LeakyRelu { leak: 0.01 }.into()),
        ("elu", Elu { alpha: 1.0 }.into()),
        ("selu", Selu.into()),
        ("gelu", Gelu.into()),
        ("gelu_tanh", GeluTanh.into()),
        ("mish", Mish.into()),
        ("silu", Silu.into()),
        ("softplus", Softplus.into()),
    ]
}

/// Outputs at the numbers x, through a fused plan.
fn run<E: Element>(
    set: InstructionSet,
    x: &[f64],
    columns: usize,
    record: impl for<'g> Fn(&'g Graph, Symbol<'g>) -> Vec<Symbol<'g>>,
) -> Vec<Vec<E>> {
    assert_eq!(x.len() % columns, 0);
    let rows = x.len() / columns;
    let graph = Graph::new();
    let input = graph.input("x", Shape::batch(columns));
    let outputs: Vec<_> = record(&graph, input).into_iter().map(Symbol::id).collect();
    let count = outputs.len();
    let request = Request { outputs, gradients: vec![], capacity: rows, fuse: true };
    let mut plan = Plan::<E>::new(&graph, &request).unwrap();
    let values: Vec<E> = x.iter().map(|&x| E::from_f64(x)).collect();
    plan.run(
        &mut Team::new(1),
        Run {
            set,
            turn: Turn { rows, ..Turn::default() },
            sources: &[Source::Rows { values: &values, columns, chosen: None }],
            parameters: Parameters::Fixed(&[]),
        },
    );
    (0..count).map(|output| plan.output(output, rows)).collect()
}

/// A function, its slope, the slope of that, and so on `order` times.
fn with_slopes<'g>(
    graph: &'g Graph,
    x: Symbol<'g>,
    function: Function,
    order: usize,
) -> Vec<Symbol<'g>> {
    let mut list = vec![x.apply(function)];
    for _ in 0..order {
        let last = list[list.len() - 1];
        list.push(graph.gradient(last.sum(), &[x]).unwrap()[0]);
    }
    list
}

fn table() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/activations.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect(path)).unwrap()
}

fn column(table: &Value, name: &str, column: &str) -> Vec<f64> {
    let numbers = table[name][column].as_array().unwrap_or_else(|| panic!("{name}: {column}"));
    numbers.iter().map(|number| number.as_f64().unwrap()).collect()
}

fn agrees_with_the_table<E: Element>(unit: f64) {
    let table = table();
    assert_eq!(table.as_object().unwrap().len(), activations().len());
    let mut worst: std::collections::BTreeMap<(&str, &str), [f64; 2]> = Default::default();
    for (name, function) in activations() {
        let x = column(&table, name, "x");
        for set in InstructionSet::available() {
            let found = run::<E>(set, &x, 7, |graph, x| with_slopes(graph, x, function, 1));
            for (what, found) in ["value", "slope"].into_iter().zip(&found) {
                let expected = column(&table, name, what);
                assert_eq!(found.len(), expected.len());
                for ((x, found), expected) in x.iter().zip(found).zip(expected) {
                    let error = (found.to_f64() - expected).abs();
                    let w = worst.entry((name, what)).or_default();
                    w[0] = w[0].max(error / unit / expected.abs().max(x.abs()).max(1.0));
                    if expected != 0.0 { w[1] = w[1].max(error / unit / expected.abs()); }
                }
            }
        }
    }
    println!("{worst:#?}");
}

#[test]
fn t() { agrees_with_the_table::<f64>(f64::EPSILON); agrees_with_the_table::<f32>(f64::from(f32::EPSILON)); }
