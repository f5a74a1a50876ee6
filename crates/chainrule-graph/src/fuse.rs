//! Fusion: which operations run in one loop.
//!
//! Every step of a plan is a group: at most one anchor (a product, a reduction, a move), and
//! elementwise operations done block by block right after it, while the block is in the nearest
//! cache. Fusion merges loops and never changes formulas, so the fused plan gives the same bits as
//! the plain one. Two rewrites and one rule do it:
//!
//! 1. **Join.** An elementwise operation joins the group of the latest of its inputs, if that group
//!    is a product or a loop of the same shape: product + bias + activation + dropout becomes one
//!    step, and so does the product of the backward pass with the slope.
//! 2. **Sink.** An elementwise operation moves down into the one later group that uses it, if what
//!    it reads is kept for others anyway: the slope of an activation is computed where the backward
//!    pass needs it, from the output that the next layer keeps anyway (see `Keep`).
//! 3. What reads nothing (a dropout mask is a pure function of its place) is computed again
//!    wherever it is used.

use crate::{Graph, Node, NodeId, Op, Shape};

/// Operations that run as one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// What the step begins with, unless it is a plain loop.
    pub anchor: Option<NodeId>,
    /// The elementwise operations, in order.
    pub elementwise: Vec<NodeId>,
    /// Those of them that are computed again in each group that uses them, and never kept.
    pub repeated: Vec<NodeId>,
    /// The parameter that learns from the last of them, block by block.
    pub learns: Option<NodeId>,
}

impl Group {
    /// All operations.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.anchor.into_iter().chain(self.elementwise.iter().copied())
    }
}

/// What a node really reads: a mask only takes its shape from its input.
pub(crate) fn read_by(node: &Node) -> &[NodeId] {
    match node.op {
        Op::DropoutMask { .. } => &[],
        _ => &node.inputs,
    }
}

/// The nodes that the outputs need.
pub(crate) fn needed(nodes: &[Node], outputs: &[NodeId]) -> Vec<bool> {
    let mut needed = vec![false; nodes.len()];
    for output in outputs {
        needed[output.index()] = true;
    }
    for index in (0..nodes.len()).rev() {
        if needed[index] {
            for input in read_by(&nodes[index]) {
                needed[input.index()] = true;
            }
        }
    }
    needed
}

/// One group for each operation: the plan as written.
pub(crate) fn plain(graph: &Graph, outputs: &[NodeId]) -> Vec<Group> {
    let nodes = graph.nodes();
    let needed = needed(&nodes, outputs);
    (0..nodes.len())
        .filter(|&index| needed[index] && !nodes[index].op.is_leaf())
        .map(|index| {
            let id = NodeId(index as u32);
            match nodes[index].op.is_elementwise() {
                true => Group { elementwise: vec![id], ..Group::default() },
                false => Group { anchor: Some(id), ..Group::default() },
            }
        })
        .collect()
}

/// The groups after fusion.
pub(crate) fn fused(graph: &Graph, outputs: &[NodeId]) -> Vec<Group> {
    let nodes = graph.nodes();
    let mut fusion = Fusion::new(&nodes, outputs);
    fusion.join();
    fusion.sink();
    fusion.finish()
}

struct Fusion<'a> {
    nodes: &'a [Node],
    needed: Vec<bool>,
    is_output: Vec<bool>,
    /// The needed nodes that read each node.
    readers: Vec<Vec<usize>>,
    group_of: Vec<Option<usize>>,
    /// Anchor and shape of each group.
    groups: Vec<(Option<NodeId>, Shape)>,
}

impl<'a> Fusion<'a> {
    fn new(nodes: &'a [Node], outputs: &[NodeId]) -> Self {
        let needed = needed(nodes, outputs);
        let mut is_output = vec![false; nodes.len()];
        for output in outputs {
            is_output[output.index()] = true;
        }
        let mut readers = vec![Vec::new(); nodes.len()];
        for (index, node) in nodes.iter().enumerate().filter(|(index, _)| needed[*index]) {
            for input in read_by(node) {
                readers[input.index()].push(index);
            }
        }
        let group_of = vec![None; nodes.len()];
        Fusion { nodes, needed, is_output, readers, group_of, groups: Vec::new() }
    }

    /// Whether the node is computed again by each reader instead of being kept.
    fn is_repeated(&self, index: usize) -> bool {
        self.nodes[index].op.is_generated()
            && !self.is_output[index]
            && self.readers[index].iter().all(|&reader| {
                self.nodes[reader].op.is_elementwise()
                    && self.nodes[reader].shape == self.nodes[index].shape
            })
    }

    fn join(&mut self) {
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            if !self.needed[index] || node.op.is_leaf() || self.is_repeated(index) {
                continue;
            }
            let latest =
                read_by(node).iter().filter_map(|input| self.group_of[input.index()]).max();
            let joined = latest.filter(|&group| {
                let (anchor, shape) = self.groups[group];
                let takes_more = anchor
                    .is_none_or(|anchor| matches!(self.nodes[anchor.index()].op, Op::Product(_)));
                node.op.is_elementwise() && takes_more && shape == node.shape
            });
            self.group_of[index] = Some(joined.unwrap_or_else(|| {
                let anchor = (!node.op.is_elementwise()).then_some(NodeId(index as u32));
                self.groups.push((anchor, node.shape));
                self.groups.len() - 1
            }));
        }
    }

    /// Whether a node's value is kept in memory anyway: for another group, or as an output.
    fn is_kept(&self, index: usize) -> bool {
        self.nodes[index].op.is_leaf()
            || self.is_output[index]
            || self.readers[index]
                .iter()
                .any(|&reader| self.group_of[reader] != self.group_of[index])
    }

    fn sink(&mut self) {
        for index in (0..self.nodes.len()).rev() {
            let node = &self.nodes[index];
            let Some(home) = self.group_of[index] else { continue };
            if !node.op.is_elementwise() || self.is_output[index] || self.readers[index].is_empty()
            {
                continue;
            }
            let user = self.group_of[self.readers[index][0]];
            let one_user = self.readers[index].iter().all(|&reader| {
                self.group_of[reader] == user
                    && self.nodes[reader].op.is_elementwise()
                    && self.nodes[reader].shape == node.shape
            });
            let unkept = read_by(node)
                .iter()
                .filter(|input| self.group_of[input.index()] == Some(home))
                .filter(|input| !self.is_kept(input.index()))
                .count();
            // One unkept input costs no more to keep than this node's own value would.
            if let (true, Some(user)) = (one_user && unkept <= 1, user)
                && user > home
            {
                self.group_of[index] = Some(user);
            }
        }
    }

    fn finish(self) -> Vec<Group> {
        let mut groups: Vec<Group> =
            self.groups.iter().map(|&(anchor, _)| Group { anchor, ..Group::default() }).collect();
        for (index, node) in self.nodes.iter().enumerate() {
            let Some(group) = self.group_of[index] else { continue };
            if !node.op.is_elementwise() {
                continue;
            }
            let Group { elementwise: members, repeated, .. } = &mut groups[group];
            for input in read_by(node) {
                if self.is_repeated(input.index()) && !members.contains(input) {
                    members.push(*input);
                    repeated.push(*input);
                }
            }
            members.push(NodeId(index as u32));
        }
        groups.retain(|group| group.nodes().next().is_some());
        groups
    }
}
