//! Section 2 of the specification: every activation and its slope, against tables made with 400
//! digits, by its conventions, and far from 0.

use chainrule_graph::ops::*;
use chainrule_graph::{Graph, Number, Op, Plan, Request, Shape, Source, Symbol, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{Algebra, InstructionSet, Team};
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
fn run<E: Number>(
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
    let request = Request { outputs, capacity: rows, fuse: true, ..Request::default() };
    let mut plan = Plan::<E>::new(&graph, &request).unwrap();
    let values: Vec<E> = x.iter().map(|&x| E::from_f64(x)).collect();
    plan.run(
        &mut Team::new(1),
        Run {
            set,
            turn: Turn { rows, ..Turn::default() },
            sources: &[Source::Rows { values: &values, columns, chosen: None }],
            upcoming: &[],
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

/// Activations whose value keeps its relative accuracy however small it gets, and then those whose
/// slope does: the others are differences, such as 1 - tanh^2, whose absolute error is small.
const FINE: [&[&str]; 2] = [
    &[
        "identity",
        "relu",
        "leaky_relu",
        "sigmoid",
        "tanh",
        "elu",
        "selu",
        "mish",
        "silu",
        "softplus",
    ],
    &["identity", "relu", "leaky_relu", "elu", "selu", "mish", "silu", "softplus"],
];

/// Compares the activation of this name with the table; `unit` is the distance from 1 to the next number.
///
/// Everything has to be within 2 units, which is the accuracy of the elementary functions, of
/// max(1, |x|, |true|); for a narrow type this leaves room for the rounding of x itself, which
/// moves a value by half a unit of x. What is fine has to be within 8 units of itself: a product of
/// up to four factors.
fn agrees_with_the_table<E: Number>(name: &str, unit: f64) {
    let table = table();
    let function = called(name);
    let x = column(&table, name, "x");
    assert!(x.contains(&0.0) && x.contains(&-1e4) && x.contains(&1e4));
    for set in InstructionSet::available() {
        // As one row of full panels, and as panels of a single column.
        for columns in [x.len(), 1] {
            let found = run::<E>(set, &x, columns, |graph, x| with_slopes(graph, x, function, 1));
            for ((what, found), fine) in ["value", "slope"].into_iter().zip(&found).zip(FINE) {
                let expected = column(&table, name, what);
                assert_eq!(found.len(), expected.len());
                for ((x, found), expected) in x.iter().zip(found).zip(expected) {
                    let found = found.to_f64();
                    let error = (found - expected).abs();
                    let context = format!(
                        "{what} of {name} at {x} on {}: {found}, not {expected}",
                        set.name()
                    );
                    let size = expected.abs().max(x.abs()).max(1.0);
                    assert!(error <= 2.0 * unit * size, "{context}");
                    if fine.contains(&name) {
                        assert!(error <= 8.0 * unit * expected.abs(), "{context}");
                    }
                }
            }
        }
    }
}

/// The tests of each activation: a module of its name.
macro_rules! each_activation {
    ($($name:ident),* $(,)?) => {
        $(
            mod $name {
                const NAME: &str = stringify!($name);

                #[test]
                fn value_and_slope_agree_with_the_table() {
                    super::agrees_with_the_table::<f64>(NAME, f64::EPSILON);
                    super::agrees_with_the_table::<f32>(NAME, f64::from(f32::EPSILON));
                }

                #[test]
                fn is_stable_for_magnitudes_up_to_ten_thousand() {
                    super::is_stable::<f32>(NAME);
                    super::is_stable::<f64>(NAME);
                }

                #[test]
                fn not_a_number_stays_so() {
                    super::not_a_number_stays_so(NAME);
                }
            }
        )*

        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}
each_activation!(
    identity, sigmoid, tanh, relu, leaky_relu, elu, selu, gelu, gelu_tanh, mish, silu, softplus,
);

fn called(name: &str) -> Function {
    let found = activations().into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no activation {name}")).1
}

#[test]
fn the_table_lists_every_activation_that_has_a_slope() {
    assert_eq!(TESTED.len(), activations().len());
    assert_eq!(table().as_object().unwrap().len(), activations().len());
    let names: Vec<&str> = activations().iter().map(|&(name, _)| name).collect();
    for (name, function) in activations() {
        assert_eq!(function.name(), name);
        assert_ne!(function.keeps(), Keep::NoSlope);
    }
    for name in table().as_object().unwrap().keys() {
        assert!(names.contains(&name.as_str()), "{name}");
    }
}

/// 0, powers of 2 and of 10, and their neighbourhood, up to 1e4 in magnitude.
fn far_and_near() -> Vec<f64> {
    let mut x: Vec<f64> = vec![0.0, -0.0];
    for magnitude in (-40..=13).map(|power| 2f64.powi(power)) {
        x.extend([magnitude, -magnitude, 0.9 * magnitude, -0.9 * magnitude]);
    }
    // Where e^x overflows and underflows.
    for magnitude in [1e4, 88.0, 88.7, 89.0, 103.0, 104.0, 709.0, 710.0, 745.0, 746.0] {
        x.extend([magnitude, -magnitude]);
    }
    x
}

fn is_stable<E: Number>(name: &str) {
    let (x, function) = (far_and_near(), called(name));
    for set in InstructionSet::available() {
        let found = run::<E>(set, &x, 2, |graph, x| with_slopes(graph, x, function, 2));
        for (index, &x) in x.iter().enumerate() {
            let [y, slope, second] = [0, 1, 2].map(|order| found[order][index].to_f64());
            let context = format!("{name} at {x} on {}: {y}, {slope}, {second}", set.name());
            // None of them grows faster than the scale of SELU, or falls below its left end.
            assert!(y.abs() <= 1.0508 * x.abs() + 1.76, "{context}");
            assert!(slope.abs() <= 1.76, "{context}");
            assert!(second.abs() <= 1.76, "{context}");
        }
    }
}

fn not_a_number_stays_so(name: &str) {
    let function = called(name);
    for set in InstructionSet::available() {
        let found = run::<f32>(set, &[f64::NAN], 1, |graph, x| with_slopes(graph, x, function, 0));
        assert!(found[0][0].is_nan(), "{name} on {}", set.name());
    }
}

#[test]
fn softmax_is_stable_along_a_row() {
    for set in InstructionSet::available() {
        let x = [1e4, -1e4, 0.0, -1e4, -1e4, -1e4, 1e4, 1e4, 1e4];
        let found = run::<f32>(set, &x, 3, |graph, x| {
            let weights = x.slice_columns(1, 2);
            let loss = -x.log_softmax().slice_columns(0, 1).sum() + weights.softmax().sum();
            let slopes = graph.gradient(loss, &[x]).unwrap();
            vec![x.softmax(), x.log_softmax(), x.log_sum_exp(), slopes[0]]
        });
        let ln3 = 3f32.ln();
        let third = 1.0 / 3.0;
        let near = |found: &[f32], expected: &[f32]| {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                let error = (found - expected).abs();
                assert!(error <= 1e-6 * expected.abs().max(1.0), "{found}, not {expected}");
            }
        };
        near(&found[0], &[1.0, 0.0, 0.0, third, third, third, third, third, third]);
        near(&found[1], &[0.0, -2e4, -1e4, -ln3, -ln3, -ln3, -ln3, -ln3, -ln3]);
        near(&found[2], &[1e4, -1e4 + ln3, 1e4 + ln3]);
        // Probability less one at the class in question; the sum of a softmax does not move.
        let row = [third - 1.0, third, third];
        near(&found[3], &[&[0.0; 3][..], &row, &row].concat());
    }
}

/// Value and slope at one number, the same on every instruction set and in both precisions.
fn at(function: impl Into<Function> + Copy, x: f64) -> (f64, f64) {
    let mut all = Vec::new();
    for set in InstructionSet::available() {
        let wide = run::<f64>(set, &[x], 1, |graph, x| with_slopes(graph, x, function.into(), 1));
        let narrow = run::<f32>(set, &[x], 1, |graph, x| with_slopes(graph, x, function.into(), 1));
        all.push((wide[0][0], wide[1][0]));
        all.push((f64::from(narrow[0][0]), f64::from(narrow[1][0])));
    }
    assert!(all.iter().all(|pair| *pair == all[0]), "{all:?}");
    all[0]
}

#[test]
fn slopes_at_kinks_follow_the_conventions() {
    for zero in [0.0, -0.0] {
        assert_eq!(at(Relu, zero), (0.0, 0.0));
        assert_eq!(at(Abs, zero), (0.0, 0.0));
        assert_eq!(at(LeakyRelu { leak: 0.25 }, zero), (0.0, 0.25));
        assert_eq!(at(Elu { alpha: 0.5 }, zero), (0.0, 0.5));
        assert_eq!(at(Power { exponent: 2.0 }, zero), (0.0, 0.0));
        assert_eq!(at(Power { exponent: 1.0 }, zero), (0.0, 1.0));
        assert_eq!(at(Power { exponent: 0.0 }, zero), (1.0, 0.0));
    }
    assert_eq!(at(Abs, -2.0), (2.0, -1.0));
    assert_eq!(at(Abs, 2.0), (2.0, 1.0));
    assert_eq!(at(Power { exponent: 2.0 }, -3.0), (9.0, -6.0));
    assert_eq!(at(Power { exponent: 3.0 }, -2.0), (-8.0, 12.0));
    assert_eq!(at(Power { exponent: -1.0 }, -2.0), (-0.5, -0.25));
}

#[test]
fn a_tie_of_max_or_min_shares_the_slope() {
    for maximum in [true, false] {
        let graph = Graph::new();
        let (a, b) = (graph.scalar("a"), graph.scalar("b"));
        let y = if maximum { a.maximum(b) } else { a.minimum(b) };
        let slopes = graph.gradient(y, &[a, b]).unwrap();
        let slopes_at = |a, b| graph.evaluate(&slopes, &[("a", a), ("b", b)]).unwrap();
        assert_eq!(slopes_at(1.5, 1.5), [0.5, 0.5]);
        assert_eq!(slopes_at(0.0, -0.0), [0.5, 0.5]);
        let (first, second) = if maximum { (1.0, 0.0) } else { (0.0, 1.0) };
        assert_eq!(slopes_at(2.0, 1.0), [first, second]);
        assert_eq!(slopes_at(1.0, 2.0), [second, first]);
    }
    // Of itself it is the identity.
    let graph = Graph::new();
    let x = graph.scalar("x");
    let slope = graph.gradient(x.maximum(x), &[x]).unwrap();
    assert_eq!(graph.evaluate(&slope, &[("x", 7.0)]).unwrap(), [1.0]);
}

#[test]
fn heaviside_is_one_at_zero_and_has_no_gradient() {
    for set in InstructionSet::available() {
        let x = [-1.0, -1e-30, -0.0, 0.0, 1e-30, 1.0, 1e4, -1e4];
        let found = run::<f32>(set, &x, 4, |_, x| vec![x.apply(Heaviside)]);
        assert_eq!(found[0], [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
    }
    let graph = Graph::new();
    let x = graph.scalar("x");
    graph.scope("layer 2");
    let y = x.apply(Heaviside);
    let error = graph.gradient(y * y, &[x]).unwrap_err().to_string();
    let remedy = "use sigmoid or relu where a gradient is needed";
    assert_eq!(error, format!("layer 2: heaviside has no derivative: {remedy}"));
    // Beside the way of the gradient it does no harm.
    let w = graph.scalar("w");
    assert!(graph.gradient(y * w, &[w]).is_ok());
}

#[test]
fn selu_has_its_constants_to_full_precision() {
    // (Klambauer et al., 2017), to more digits than f64 has.
    assert_eq!(SELU_SCALE, 1.050_700_987_355_480_5);
    assert_eq!(SELU_ALPHA, 1.673_263_242_354_377_2);
    assert_eq!(at(Identity, 3.0), (3.0, 1.0));
}

#[test]
fn slopes_are_computed_from_what_is_kept() {
    // The reason for `Keep`: after the forward pass, the input of these is needed no more.
    for (name, function) in activations() {
        let graph = Graph::new();
        let x = graph.scalar("x");
        let y = x.apply(function);
        graph.gradient(y, &[x]).unwrap();
        let nodes = graph.nodes();
        let slope = nodes.iter().find(|node| matches!(node.op, Op::Slope(_)));
        match function.keeps() {
            Keep::Output => assert_eq!(slope.unwrap().inputs, [y.id()], "{name}"),
            Keep::Input => assert_eq!(slope.unwrap().inputs, [x.id()], "{name}"),
            Keep::Nothing | Keep::NoSlope => assert!(slope.is_none(), "{name}"),
        }
    }
}
