//! Expressions: parsed, evaluated, differentiated twice, and evaluated again by the fused plan.

#![no_main]

use chainrule::graph::{Graph, NodeId, Plan, Request, Source, Symbol, Turn, parse};
use chainrule::math::machine::{Parameters, Run};
use chainrule::math::{InstructionSet, Team};
use chainrule_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// Bytes that parsing a text of `length` may take: for each character an instruction, then a node.
/// (Found: 260.)
fn parsing(length: usize) -> usize {
    (1 << 14) + 500 * length
}

/// Bytes that differentiating a graph of so many nodes may take: a slope that is differentiated
/// again is written out in dozens of nodes. (Found: 2300.)
fn differentiating(nodes: usize) -> usize {
    (1 << 16) + 8000 * nodes
}

/// Bytes that planning and running a graph of so many nodes may take: for each a step, with its
/// regions and its part of the schedule. (Found: 1100.)
fn evaluating(nodes: usize) -> usize {
    (1 << 16) + 3000 * nodes
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let graph = Graph::new();
    let parsed = match bounded("parsing", parsing(text.len()), || parse(&graph, text)) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(text.is_char_boundary(error.position) && graph.is_empty());
            return drop(error.to_string());
        }
    };
    graph.check().expect("single numbers fit together");
    if graph.len() > LARGEST {
        return;
    }
    let inputs: Vec<Symbol<'_>> = parsed.variables.iter().map(|&(_, input)| input).collect();
    // Some of each sign, none of them special.
    let made_up = |index: usize| (index as f64 - 1.5) * 0.37;
    let names = parsed.variables.iter().map(|(name, _)| name.as_str());
    let values: Vec<(&str, f64)> =
        names.enumerate().map(|(index, name)| (name, made_up(index))).collect();
    let evaluate = |symbols: &[Symbol<'_>]| {
        let most = evaluating(graph.len());
        let plain = bounded("evaluating", most, || graph.evaluate(symbols, &values));
        let plain = plain.expect("every input has a value");
        let fused = bounded("evaluating, fused", most, || fused(&graph, symbols, &values));
        assert_eq!(bits(&plain), bits(&fused), "plain and fused differ: {plain:?}, {fused:?}");
    };
    evaluate(&[parsed.result]);
    // Refused where a step without a derivative lies between.
    let gradient = bounded("differentiating", differentiating(graph.len()), || {
        graph.gradient(parsed.result, &inputs)
    });
    let Ok(gradient) = gradient else { return };
    if graph.len() > LARGEST {
        return;
    }
    evaluate(&gradient);
    let Some(&first) = gradient.first() else { return };
    let second = bounded("differentiating twice", differentiating(graph.len()), || {
        graph.gradient(first, &inputs)
    });
    if let Ok(second) = second
        && graph.len() <= LARGEST
    {
        evaluate(&second);
    }
});

/// Larger graphs are not evaluated: what that takes is looked at where inputs are small, so that
/// there are many of them in a second.
const LARGEST: usize = 1000;

/// The values of single numbers by the plan that networks are run by.
fn fused(graph: &Graph, symbols: &[Symbol<'_>], values: &[(&str, f64)]) -> Vec<f64> {
    let outputs: Vec<NodeId> = symbols.iter().map(|symbol| symbol.id()).collect();
    let request = Request { outputs, capacity: 1, fuse: true, ..Request::default() };
    let mut plan = Plan::<f64>::new(graph, &request).expect("recording went well");
    let given: Vec<f64> = plan.inputs().iter().map(|(name, _)| value_of(name, values)).collect();
    let rows =
        |value| Source::Rows { values: std::slice::from_ref(value), columns: 1, chosen: None };
    let sources: Vec<Source<'_, f64>> = given.iter().map(rows).collect();
    plan.run(
        &mut Team::new(1),
        Run {
            set: InstructionSet::best(),
            turn: Turn { rows: 1, ..Turn::default() },
            sources: &sources,
            upcoming: &[],
            parameters: Parameters::Fixed(&[]),
        },
    );
    (0..symbols.len()).map(|index| plan.number(index)).collect()
}

fn value_of(name: &str, values: &[(&str, f64)]) -> f64 {
    let found = values.iter().find(|(known, _)| *known == name);
    found.expect("the plan reads what was typed").1
}

/// What tells numbers apart, all that are not numbers being one.
fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| if number.is_nan() { u64::MAX } else { number.to_bits() }).collect()
}
