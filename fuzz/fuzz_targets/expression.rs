//! Expressions of numbers and of three matrices: parsed, evaluated, differentiated twice, and evaluated
//! again by the fused plan.

#![no_main]

use chainrule::graph::{Graph, NodeId, Plan, Request, Shape, Source, Symbol, Turn, Values, parse};
use chainrule::math::machine::{Parameters, Run};
use chainrule::math::{InstructionSet, Team};
use chainrule_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// Bytes that parsing a text of `length` may take: for each character an instruction, then a node.
/// (Found: 260.)
fn parsing(text: &str) -> usize {
    // A derivative asked for within the text makes a graph several times as large as the text's.
    let derivatives = text.matches("derivative").count();
    (1 << 14) + 500 * text.len() + (1 << 20) * derivatives.pow(2)
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
    // One within another makes it larger each time; that their number is limited has tests.
    if text.matches("derivative").count() > 2 && text.len() > 200 {
        return;
    }
    let graph = Graph::new();
    for (name, rows, columns) in MATRICES {
        graph.input(name, Shape::matrix(rows, columns));
    }
    let parsed = match bounded("parsing", parsing(text), || parse(&graph, text)) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(text.is_char_boundary(error.position) && graph.len() == MATRICES.len());
            return drop(error.to_string());
        }
    };
    graph.check().expect("shapes that do not fit are refused while reading");
    if too_large(&graph) {
        return;
    }
    let inputs: Vec<Symbol<'_>> = parsed.variables.iter().map(|&(_, input)| input).collect();
    // Some of each sign, none of them special.
    let made_up = |index: usize| (index as f64 - 1.5) * 0.37;
    let names = parsed.variables.iter().map(|(name, _)| name.as_str());
    let values: Vec<(&str, Values)> = names
        .enumerate()
        .map(|(index, name)| {
            let (rows, columns) = MATRICES
                .iter()
                .find(|(known, ..)| *known == name)
                .map_or((1, 1), |&(_, rows, columns)| (rows, columns));
            let numbers = (0..rows * columns).map(|more| made_up(index + more)).collect();
            (name, Values { rows, columns, numbers })
        })
        .collect();
    let evaluate = |symbols: &[Symbol<'_>]| {
        let most = evaluating(graph.len());
        let plain = bounded("evaluating", most, || graph.evaluate_matrices(symbols, &values));
        let plain = plain.expect("every input has a value");
        let plain: Vec<f64> = plain.into_iter().flat_map(|value| value.numbers).collect();
        let fused = bounded("evaluating, fused", most, || fused(&graph, symbols, &values));
        assert_eq!(bits(&plain), bits(&fused), "plain and fused differ: {plain:?}, {fused:?}");
    };
    evaluate(&[parsed.result]);
    // Refused where a step without a derivative lies between.
    let gradient = bounded("differentiating", differentiating(graph.len()), || {
        graph.gradient(parsed.result, &inputs)
    });
    let Ok(gradient) = gradient else { return };
    if too_large(&graph) {
        return;
    }
    evaluate(&gradient);
    let Some(&first) = gradient.first() else { return };
    let second = bounded("differentiating twice", differentiating(graph.len()), || {
        graph.gradient(first, &inputs)
    });
    if let Ok(second) = second
        && !too_large(&graph)
    {
        evaluate(&second);
    }
});

/// Larger graphs are not evaluated: what that takes is looked at where inputs are small, so that
/// there are many of them in a second.
const LARGEST: usize = 1000;

/// What can be typed beside single numbers: a name, rows and columns.
const MATRICES: [(&str, usize, usize); 3] = [("A", 2, 3), ("B", 3, 1), ("I", 2, 1)];

fn too_large(graph: &Graph) -> bool {
    let numbers = |shape: Shape| shape.rows.rows(1) * shape.columns;
    graph.len() > LARGEST || graph.nodes().iter().any(|node| numbers(node.shape) > LARGEST)
}

/// The values by the plan that networks are run by.
fn fused(graph: &Graph, symbols: &[Symbol<'_>], values: &[(&str, Values)]) -> Vec<f64> {
    let outputs: Vec<NodeId> = symbols.iter().map(|symbol| symbol.id()).collect();
    let request = Request { outputs, capacity: 1, fuse: true, ..Request::default() };
    let mut plan = Plan::<f64>::new(graph, &request).expect("recording went well");
    let given: Vec<&Values> =
        plan.inputs().iter().map(|(name, _)| value_of(name, values)).collect();
    let sources: Vec<Source<'_, f64>> = given
        .iter()
        .map(|value| Source::Rows { values: &value.numbers, columns: value.columns, chosen: None })
        .collect();
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
    (0..symbols.len()).flat_map(|index| plan.output(index, 1)).collect()
}

fn value_of<'v>(name: &str, values: &'v [(&str, Values)]) -> &'v Values {
    let found = values.iter().find(|(known, _)| *known == name);
    &found.expect("the plan reads what was typed").1
}

/// What tells numbers apart, all that are not numbers being one.
fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| if number.is_nan() { u64::MAX } else { number.to_bits() }).collect()
}
