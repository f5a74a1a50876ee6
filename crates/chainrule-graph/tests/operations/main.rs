//! Every operation: its value against its definition, its gradient and the gradient of its
//! gradient against differences.

mod cases;
mod naive;

use cases::{BINARIES, Case, Domain, all, draw, functions};
use chainrule_graph::ops::{Binary, Function};
use chainrule_graph::{
    CheckOptions, Graph, GraphError, Number, Op, Plan, Request, Source, Symbol, Turn, Values,
    check_gradient,
};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::random::Stream;
use chainrule_math::{Extent, Form, InstructionSet, Team};
use std::collections::BTreeSet;

/// A number for each operation. A new operation does not compile before it is listed here, and
/// `every_operation_is_checked` fails before there is a case for it.
fn number(op: Op) -> usize {
    let function = |function: Function| match function {
        Function::Identity(_) => 0,
        Function::Negate(_) => 1,
        Function::Exp(_) => 2,
        Function::Ln(_) => 3,
        Function::Expm1(_) => 4,
        Function::Log1p(_) => 5,
        Function::Sqrt(_) => 6,
        Function::Abs(_) => 7,
        Function::Sin(_) => 8,
        Function::Cos(_) => 9,
        Function::Erf(_) => 10,
        Function::Power(_) => 11,
        Function::Heaviside(_) => 12,
        Function::Sigmoid(_) => 13,
        Function::Tanh(_) => 14,
        Function::Relu(_) => 15,
        Function::LeakyRelu(_) => 16,
        Function::Elu(_) => 17,
        Function::Selu(_) => 18,
        Function::Gelu(_) => 19,
        Function::GeluTanh(_) => 20,
        Function::Mish(_) => 21,
        Function::Silu(_) => 22,
        Function::Softplus(_) => 23,
        Function::Threshold(_) => 24,
    };
    let binary = |binary: Binary| match binary {
        Binary::Add => 0,
        Binary::Subtract => 1,
        Binary::Multiply => 2,
        Binary::Divide => 3,
        Binary::Power => 4,
        Binary::Maximum => 5,
        Binary::Minimum => 6,
        Binary::Greater => 7,
        Binary::LogAddExp => 8,
    };
    match op {
        Op::Input => 0,
        Op::Parameter => 1,
        Op::Constant(_) => 2,
        Op::Select => 3,
        Op::Broadcast => 4,
        Op::BatchRows => 5,
        Op::DropoutMask { .. } => 6,
        Op::Product(Form::Plain) => 7,
        Op::Product(Form::TransposedLeft) => 8,
        Op::Product(Form::TransposedRight) => 9,
        Op::Transpose => 10,
        Op::SumRows => 11,
        Op::SumColumns => 12,
        Op::LogSumExp => 13,
        Op::Softmax => 14,
        Op::LogSoftmax => 15,
        Op::SliceColumns { .. } => 16,
        Op::PadColumns { .. } => 17,
        Op::Concatenate => 18,
        Op::GatherRows => 19,
        Op::ScatterAddRows => 20,
        Op::Binary(it) => 21 + binary(it),
        Op::Function(it) => 30 + function(it),
        Op::Slope(it) => 55 + function(it),
        Op::State => 80,
    }
}
const NUMBERS: usize = 81;
/// Operations that no graph has: the slope of what has none, or the same everywhere.
const NEVER: [usize; 4] = [55, 56, 67, 79];

/// The sum of a value's elements, each times a random number that is an input of its own: no error
/// of one element can hide behind that of another.
fn weighed<'g>(
    graph: &'g Graph,
    value: Symbol<'g>,
    rows: usize,
    values: &mut Vec<(String, Values)>,
    stream: &mut Stream,
) -> Symbol<'g> {
    let name = format!("weights {}", values.len());
    let weights = graph.input(&name, value.shape());
    values.push((name, draw(value.shape(), Domain::Any, rows, stream)));
    (value * weights).sum()
}

/// Whether there is no derivative, which is then a clear error.
fn is_refused(case: &Case, result: &Result<Vec<Symbol<'_>>, GraphError>) -> bool {
    for name in ["Heaviside", "Threshold"] {
        if case.name.starts_with(name) {
            let message = result.as_ref().unwrap_err().to_string();
            let expected = "has no derivative: use sigmoid or relu where a gradient is needed";
            assert_eq!(message, format!("{} {expected}", name.to_lowercase()));
            return true;
        }
    }
    false
}

fn borrowed(values: &[(String, Values)]) -> Vec<(&str, Values)> {
    values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
}

fn named(values: Vec<Values>) -> Vec<(String, Values)> {
    values.into_iter().enumerate().map(|(number, value)| (format!("x{number}"), value)).collect()
}

#[test]
fn gradients_of_every_operation_agree_with_differences() {
    let options = CheckOptions { most: 7 };
    for (seed, case) in all().iter().enumerate() {
        for rows in [6, 1] {
            let mut stream = Stream::new(seed as u64, "gradients");
            let graph = Graph::new();
            let (inputs, output) = case.record(&graph);
            let mut values = named(case.draw(rows, &mut stream));
            let loss = weighed(&graph, output, rows, &mut values, &mut stream);
            let by = case.by(&inputs);
            if is_refused(case, &graph.gradient(loss, &by)) {
                continue;
            }
            let report = check_gradient(&graph, loss, &by, &borrowed(&values), &options).unwrap();
            assert!(!report.elements.is_empty());
            let worst = report.worst().unwrap();
            assert!(report.passes(1e-6), "{}: {worst}", case.name);
            let kinks = report.elements.iter().filter(|element| element.kink).count();
            assert_eq!(kinks, 0, "{} was not checked: {worst}", case.name);
        }
    }
}

#[test]
fn gradients_of_gradients_agree_with_differences_of_the_gradient() {
    let options = CheckOptions { most: 4 };
    for (seed, case) in all().iter().enumerate() {
        let rows = 5;
        let mut stream = Stream::new(seed as u64, "gradients of gradients");
        let graph = Graph::new();
        let (inputs, output) = case.record(&graph);
        let mut values = named(case.draw(rows, &mut stream));
        let loss = weighed(&graph, output, rows, &mut values, &mut stream);
        let by = case.by(&inputs);
        let first = graph.gradient(loss, &by);
        if is_refused(case, &first) {
            continue;
        }
        let slope = first
            .unwrap()
            .into_iter()
            .map(|slope| weighed(&graph, slope, rows, &mut values, &mut stream))
            .reduce(|sum, slope| sum + slope)
            .unwrap();
        let report = check_gradient(&graph, slope, &by, &borrowed(&values), &options).unwrap();
        for element in &report.elements {
            let error = (element.analytic - element.numeric).abs();
            let allowed = 1e-6 * element.numeric.abs().max(1.0);
            assert!(error <= allowed, "{}: {element}", case.name);
        }
    }
}

#[test]
fn every_operation_is_checked() {
    let mut seen = BTreeSet::new();
    for case in all() {
        let graph = Graph::new();
        let (inputs, output) = case.record(&graph);
        // The gradient of an operation may hold no operation that is not checked itself.
        let _ = graph.gradient(output.sum(), &case.by(&inputs));
        seen.extend(graph.nodes().iter().map(|node| number(node.op)));
    }
    let missing: Vec<usize> =
        (0..NUMBERS).filter(|it| !seen.contains(it) && !NEVER.contains(it)).collect();
    assert!(missing.is_empty(), "no case for the operations numbered {missing:?}");
    assert!(seen.last() < Some(&NUMBERS));
    assert!(functions().len() >= 25 && BINARIES.len() == 9);
}

/// The output of a case by a plan for larger batches, which has been used for other numbers before.
fn run<E: Number>(
    case: &Case,
    fuse: bool,
    set: InstructionSet,
    threads: usize,
    batches: &[(usize, Vec<Values>)],
) -> Vec<E> {
    let graph = Graph::new();
    let (_, output) = case.record(&graph);
    let capacity = batches.iter().map(|(rows, _)| *rows).max().unwrap();
    let request = Request { outputs: vec![output.id()], capacity, fuse, ..Request::default() };
    let mut plan = Plan::<E>::new(&graph, &request).unwrap();
    let mut team = Team::new(threads);
    let mut result = Vec::new();
    for (rows, values) in batches {
        let numbers: Vec<Vec<E>> = values
            .iter()
            .map(|value| value.numbers.iter().map(|&x| E::from_f64(x)).collect())
            .collect();
        let number_of = |name: &str| name[1..].parse::<usize>().unwrap();
        // Padding may hold anything.
        let mut parameters = vec![E::from_f64(f64::NAN); plan.parameters().length()];
        for place in plan.parameters().places() {
            place.write(&mut parameters, &numbers[number_of(&place.name)]);
        }
        let sources: Vec<Source<'_, E>> = plan
            .inputs()
            .iter()
            .map(|(name, shape)| Source::Rows {
                values: &numbers[number_of(name)],
                columns: shape.columns,
                chosen: None,
            })
            .collect();
        plan.run(
            &mut team,
            Run {
                set,
                turn: Turn { rows: *rows, ..Turn::default() },
                sources: &sources,
                upcoming: &[],
                parameters: Parameters::Fixed(&parameters),
            },
        );
        result = plan.output(0, *rows);
    }
    result
}

fn values_agree<E: Number>(unit: f64) {
    for (seed, case) in all().iter().enumerate() {
        let mut stream = Stream::new(seed as u64, "values");
        // More than a block of 48 rows, then fewer.
        let mut batches: Vec<(usize, Vec<Values>)> =
            [101, 1, 59].map(|rows| (rows, case.draw(rows, &mut stream))).into();
        // What the machine is given, so that the definition is judged on the same numbers.
        for value in batches.iter_mut().flat_map(|(_, values)| values) {
            value.numbers.iter_mut().for_each(|x| *x = E::from_f64(*x).to_f64());
        }
        let scalar = InstructionSet::named("scalar").unwrap();
        let plain = run::<E>(case, false, scalar, 1, &batches);
        if let Some(naive) = &case.naive {
            let expected = naive(&batches[2].1);
            assert_eq!(plain.len(), expected.numbers.len(), "{}", case.name);
            let largest = expected.numbers.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
            for (found, expected) in plain.iter().zip(&expected.numbers) {
                let error = (found.to_f64() - expected).abs();
                assert!(error <= unit * largest, "{}: {found}, not {expected}", case.name);
            }
        }
        for set in InstructionSet::available() {
            for (fuse, threads) in [(false, 1), (true, 1), (true, 3)] {
                let bits = |numbers: Vec<E>| -> Vec<u64> {
                    numbers.into_iter().map(|x| x.to_f64().to_bits()).collect()
                };
                let found = bits(run::<E>(case, fuse, set, threads, &batches));
                let context = format!("{} on {}, {threads} threads", case.name, set.name());
                assert_eq!(found, bits(plain.clone()), "{context}");
            }
        }
    }
}

// The tolerances are those of sums of up to 101 terms of size about 1, each off by one rounding.
#[test]
fn values_of_every_operation_follow_their_definition_in_f64() {
    values_agree::<f64>(1e-13);
}

#[test]
fn values_of_every_operation_follow_their_definition_in_f32() {
    values_agree::<f32>(3e-5);
}

#[test]
fn a_mask_drops_or_scales() {
    let case = all().into_iter().find(|case| case.name == "dropout of batch x 33").unwrap();
    let mut stream = Stream::new(1, "mask");
    let values = case.draw(500, &mut stream);
    let best = InstructionSet::best();
    let found = run::<f64>(&case, true, best, 1, &[(500, values.clone())]);
    let mut dropped = 0;
    for (found, x) in found.iter().zip(&values[0].numbers) {
        dropped += usize::from(*found == 0.0);
        assert!(*found == 0.0 || (found - x / 0.6).abs() <= 1e-15 * found.abs());
    }
    let share = dropped as f64 / found.len() as f64;
    assert!((share - 0.4).abs() < 0.02, "{share}");
}

#[test]
fn an_index_that_is_no_row_gathers_nan_and_scatters_nothing() {
    let graph = Graph::new();
    let table = graph.input("table", chainrule_graph::Shape::matrix(2, 3));
    let index = graph.input("index", chainrule_graph::Shape::matrix(5, 1));
    let rows = graph.input("rows", chainrule_graph::Shape::matrix(5, 1));
    let numbers = |rows: usize, numbers: &[f64]| Values {
        rows,
        columns: numbers.len() / rows,
        numbers: numbers.to_vec(),
    };
    let values = [
        ("table", numbers(2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        ("index", numbers(5, &[1.0, -1.0, 2.0, 0.5, f64::NAN])),
        ("rows", numbers(5, &[1.0, 2.0, 4.0, 8.0, 16.0])),
    ];
    let symbols = [table.gather_rows(index), rows.scatter_add_rows(index, 2)];
    let found = graph.evaluate_matrices(&symbols, &values).unwrap();
    assert_eq!(found[0].numbers[..3], [4.0, 5.0, 6.0]);
    assert!(found[0].numbers[3..].iter().all(|x| x.is_nan()));
    assert_eq!(found[1].numbers, [0.0, 1.0]);
}

#[test]
fn extents_of_the_cases_are_both_kinds() {
    let rows: Vec<Extent> =
        all().iter().flat_map(|case| case.inputs.iter().map(|(shape, _)| shape.rows)).collect();
    assert!(rows.contains(&Extent::Batch) && rows.contains(&Extent::Fixed(1)));
}
