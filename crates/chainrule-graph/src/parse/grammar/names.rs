//! What names stand for before a text is read.

use super::facts::Facts;
use crate::parse::token::shortened;
use crate::{Graph, NodeId, Op, Shape, Symbol};
use std::collections::HashMap;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(in crate::parse) enum Meaning {
    /// An input that will be recorded.
    New,
    /// A value that the graph has.
    Known(NodeId),
    /// A step above.
    Step,
}

/// A name of the text.
#[derive(Clone, Copy, Debug)]
pub(in crate::parse) struct Known<'t> {
    pub(in crate::parse) name: &'t str,
    pub(in crate::parse) meaning: Meaning,
    pub(super) facts: Facts,
}

/// The names that are given with a text.
pub(in crate::parse) struct Names {
    known: HashMap<String, (NodeId, Shape)>,
    /// Whether there are no others.
    closed: bool,
}

impl Names {
    /// The inputs and parameters of the graph, and before them these.
    pub(in crate::parse) fn more(graph: &Graph, names: &[(&str, Symbol<'_>)]) -> Names {
        let mut given = Names::only(graph, names);
        given.closed = false;
        for (index, node) in graph.nodes().iter().enumerate() {
            if let (Op::Input | Op::Parameter, Some(name)) = (node.op, &node.name) {
                let id = NodeId(index as u32);
                given.known.entry(name.clone()).or_insert((id, node.shape));
            }
        }
        given
    }

    /// Only these.
    pub(in crate::parse) fn only(graph: &Graph, names: &[(&str, Symbol<'_>)]) -> Names {
        let known = names.iter().map(|&(name, symbol)| {
            let id = graph.node_of(symbol);
            (name.to_string(), (id, graph.shape(id)))
        });
        Names { known: known.collect(), closed: true }
    }

    pub(super) fn find(&self, name: &str) -> Option<(NodeId, Shape)> {
        self.known.get(name).copied()
    }

    /// The meaning of a name that is met for the first time, or why it has none.
    pub(super) fn known<'t>(&self, name: &'t str) -> Result<Known<'t>, String> {
        let (meaning, shape) = match self.find(name) {
            Some((id, shape)) => (Meaning::Known(id), shape),
            None if self.closed => {
                let mut known: Vec<&str> = self.known.keys().map(String::as_str).collect();
                known.sort_unstable();
                let known = match known.is_empty() {
                    true => "no name has a value".to_string(),
                    false => format!("there are: {}", known.join(", ")),
                };
                return Err(format!("there is no `{}` here; {known}", shortened(name)));
            }
            None => (Meaning::New, Shape::SCALAR),
        };
        Ok(Known { name, meaning, facts: Facts::of(shape) })
    }
}
