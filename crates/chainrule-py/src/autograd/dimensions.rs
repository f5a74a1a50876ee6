//! How many dimensions numpy would give a value. In the graph everything is a matrix.

use super::Given;
use chainrule::graph::{Graph, Op, Shape, Values};

/// Those of every node. What is made of single numbers has none, and neither has what a sum leaves of
/// a whole matrix; a row made of rows of one dimension has one.
pub(super) fn of(graph: &Graph, given: &[Given]) -> Vec<usize> {
    let mut ranks: Vec<usize> = Vec::with_capacity(graph.len());
    for node in graph.nodes().iter() {
        let inputs = node.inputs.iter().map(|input| ranks[input.index()]);
        let most = inputs.max().unwrap_or(0);
        let is_number = node.shape == Shape::SCALAR;
        let rank = match node.op {
            Op::Input => {
                let own = given.iter().find(|it| Some(&it.name) == node.name.as_ref());
                own.map_or(0, |it| it.shape.len())
            }
            Op::SumRows | Op::SumColumns | Op::LogSumExp | Op::Product(_) if is_number => 0,
            Op::Product(_) => ranks[node.inputs[0].index()].min(most).max(1),
            Op::Transpose if !is_number => 2,
            Op::Concatenate => most.max(1),
            _ => most,
        };
        let is_row = node.shape.rows.rows(1) == 1;
        ranks.push(if is_row { rank } else { 2 });
    }
    ranks
}

/// The shape of a value in so many dimensions.
pub(super) fn shape(rank: usize, values: &Values) -> Vec<usize> {
    match (rank, values.rows, values.columns) {
        (0, 1, 1) => vec![],
        (0 | 1, 1, columns) => vec![columns],
        (1, rows, 1) => vec![rows],
        (_, rows, columns) => vec![rows, columns],
    }
}
