//! Planning: where every value lies, and the schedule of steps.

use crate::fuse::{self, Group, read_by};
use crate::learn;
use crate::ops::Binary;
use crate::work::Work;
use crate::{Graph, GraphError, Node, NodeId, Number, Op, ParameterLayout, Shape};
use chainrule_math::machine::*;
use chainrule_math::{Element, Extent, Region, Space};

/// What a plan is to compute, and how.
#[derive(Clone, Default, Debug)]
pub struct Request {
    /// Values that can be read after a run.
    pub outputs: Vec<NodeId>,
    /// Parameters and their derivatives; those go to the flat gradient buffer.
    pub gradients: Vec<(NodeId, NodeId)>,
    /// States and their next values, which [`Plan::carry_states`] puts in their places.
    pub states: Vec<(NodeId, NodeId)>,
    /// Rows of the largest batch.
    pub capacity: usize,
    /// Merge loops; otherwise every operation is a step of its own.
    pub fuse: bool,
    /// Let parameters learn within the steps that compute their gradients, where that can be: those
    /// gradients are then never there as a whole, and a run needs a rule that can do without.
    pub learn: bool,
}

/// A planned computation: its steps, its memory, and where its inputs and outputs lie.
pub struct Plan<E: Number> {
    pub(crate) schedule: Schedule<E, Work>,
    pub(crate) memory: Memory<E>,
    pub(crate) inputs: Vec<(String, Shape)>,
    pub(crate) outputs: Vec<Region>,
    /// Where each state lies among the parameters, and its next value in the arena.
    pub(crate) states: Vec<(Region, Region)>,
    pub(crate) capacity: usize,
    pub(crate) parameters: ParameterLayout,
    groups: Vec<Group>,
}

impl<E: Number> Plan<E> {
    /// Plans the computation of `request` in `graph`.
    ///
    /// # Errors
    /// When recording the graph had failed.
    pub fn new(graph: &Graph, request: &Request) -> Result<Plan<E>, GraphError> {
        graph.check()?;
        let gradients = own_nodes(graph, request);
        for &(state, next) in &request.states {
            let (from, to) = (graph.shape(next), graph.shape(state));
            if graph.nodes()[state.index()].op != Op::State || from != to {
                let expected = "a state and a next value of its shape; record it with Graph::state";
                let operation = "carry".to_string();
                return Err(GraphError::Shape {
                    place: String::new(),
                    operation,
                    found: format!("{from} to {} of {to}", graph.label(state)),
                    expected: expected.to_string(),
                });
            }
        }
        let results = own_outputs(graph, &request.outputs);
        let next: Vec<NodeId> = request.states.iter().map(|&(_, next)| next).collect();
        let next = own_outputs(graph, &next);
        let mut outputs = results.clone();
        outputs.extend(&next);
        outputs.extend(gradients.iter().map(|&(_, gradient)| gradient));
        let groups = match request.fuse {
            true => fuse::fused(graph, &outputs),
            false => fuse::plain(graph, &outputs),
        };
        let nodes = graph.nodes();
        let groups = match request.learn {
            true => learn::learning(&nodes, groups, &gradients),
            false => groups,
        };
        let layout = ParameterLayout::new::<E>(&nodes);
        let mut planner = Planner {
            nodes: &nodes,
            capacity: request.capacity,
            regions: vec![None; nodes.len()],
            last_use: last_uses(&nodes, &groups, &outputs),
            arena: Arena::default(),
            steps: Vec::new(),
        };
        for place in layout.places() {
            planner.regions[place.node.index()] = Some(place.region);
        }
        let learns = |&parameter: &NodeId| {
            groups.iter().any(|group: &Group| group.learns == Some(parameter))
        };
        for &(parameter, gradient) in gradients.iter().filter(|(parameter, _)| !learns(parameter)) {
            let region = layout.region(parameter);
            planner.regions[gradient.index()] = Some(Region { space: Space::Gradients, ..region });
        }
        let needed = fuse::needed(&nodes, &outputs);
        let inputs = planner.leaves::<E>(&needed);
        for (number, group) in groups.iter().enumerate() {
            planner.group::<E>(number, group);
        }
        let regions = planner.regions;
        let gradient_length = if gradients.is_empty() { 0 } else { layout.learned() };
        let mut memory = Memory::new(planner.arena.length, gradient_length);
        for (node, region) in nodes.iter().zip(&regions) {
            if let (Op::Constant(value), Some(region)) = (node.op, region) {
                memory.arena[region.offset] = E::from_f64(value);
            }
        }
        let stretches = match gradients.is_empty() {
            true => Vec::new(),
            false => layout.stretches::<E>(|parameter| !learns(&parameter)),
        };
        let parameters = layout.length();
        let schedule =
            Schedule::new(planner.steps, stretches, &memory, parameters, request.capacity)
                .unwrap_or_else(|fault| unreachable!("the planner made an unsound plan: {fault}"));
        let kept = |id: &NodeId| regions[id.index()].expect("outputs are kept");
        let states = request.states.iter().map(|&(state, _)| layout.region(state));
        Ok(Plan {
            schedule,
            memory,
            inputs,
            outputs: results.iter().map(kept).collect(),
            states: states.zip(next.iter().map(kept)).collect(),
            capacity: request.capacity,
            parameters: layout,
            groups,
        })
    }

    /// Names and shapes of the inputs, in the order in which a run takes them.
    pub fn inputs(&self) -> &[(String, Shape)] {
        &self.inputs
    }

    /// Where the parameters lie in their flat buffer.
    pub fn parameters(&self) -> &ParameterLayout {
        &self.parameters
    }

    /// Sums of squared gradients that a run which learns fills.
    pub fn squares(&self) -> usize {
        self.schedule.squares()
    }

    /// Rows of the largest batch.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The groups of operations that run as one step each.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Bytes of inputs and intermediate values.
    pub fn arena_bytes(&self) -> usize {
        size_of_val(&*self.memory.arena)
    }

    /// One line for each step: what it computes and its shape.
    pub fn describe(&self, graph: &Graph) -> Vec<String> {
        let nodes = graph.nodes();
        let describe = |group: &Group| {
            let names: Vec<String> = group.nodes().map(|id| name_of(&nodes[id.index()])).collect();
            let last = group.nodes().last().expect("groups are not empty");
            let node = &nodes[last.index()];
            let scope = node.scope.as_deref().map_or(String::new(), |scope| format!("{scope}: "));
            let learns = group.learns.map_or("", |_| " + update");
            format!("{scope}{}{learns} -> {}", names.join(" + "), node.shape)
        };
        self.groups.iter().map(describe).collect()
    }
}

/// The operation as a word, a slope with a prime.
fn name_of(node: &Node) -> String {
    match node.op {
        Op::Slope(function) => format!("{}'", function.name()),
        op => op.name().to_string(),
    }
}

/// Outputs as nodes that lie in the arena: parameters and states, which do not, are copied.
fn own_outputs(graph: &Graph, outputs: &[NodeId]) -> Vec<NodeId> {
    let own = |&output: &NodeId| {
        let op = graph.nodes()[output.index()].op;
        match op.is_stored() {
            true => {
                let shape = graph.shape(output);
                graph.record_as(Op::Broadcast, &[graph.symbol(output)], shape).id()
            }
            false => output,
        }
    };
    outputs.iter().map(own).collect()
}

/// Gradients as nodes that nothing else has claimed: a leaf, or a node that is two gradients at
/// once, is copied.
fn own_nodes(graph: &Graph, request: &Request) -> Vec<(NodeId, NodeId)> {
    let mut claimed: Vec<NodeId> = request.outputs.clone();
    claimed.extend(request.states.iter().map(|&(_, next)| next));
    request
        .gradients
        .iter()
        .map(|&(parameter, gradient)| {
            let is_leaf = graph.nodes()[gradient.index()].op.is_leaf();
            let own = if is_leaf || claimed.contains(&gradient) {
                let shape = graph.shape(gradient);
                graph.record_as(Op::Broadcast, &[graph.symbol(gradient)], shape).id()
            } else {
                gradient
            };
            claimed.push(own);
            (parameter, own)
        })
        .collect()
}

/// The last group that reads each node; outputs are read for ever.
fn last_uses(nodes: &[Node], groups: &[Group], outputs: &[NodeId]) -> Vec<Option<usize>> {
    let mut last = vec![None; nodes.len()];
    for (number, group) in groups.iter().enumerate() {
        for id in group.nodes() {
            for input in read_by(&nodes[id.index()]) {
                last[input.index()] = Some(number);
            }
        }
    }
    for output in outputs {
        last[output.index()] = Some(usize::MAX);
    }
    last
}

/// Elements of all memory together that is not used again: the second cache holds it all, and threads
/// must wait for each other before what one has read is overwritten by the next.
const FRESH: usize = 1 << 17;
/// Elements of one value in it.
const FRESH_VALUE: usize = 1 << 15;

/// Hands out arena memory, first fit.
#[derive(Default)]
struct Arena {
    length: usize,
    /// Free ranges, sorted.
    free: Vec<(usize, usize)>,
    /// Where the values begin whose memory is not used again, sorted.
    fresh: Vec<usize>,
    /// Their elements.
    fresh_length: usize,
}

impl Arena {
    fn take(&mut self, length: usize) -> usize {
        if length <= FRESH_VALUE && self.fresh_length + length <= FRESH {
            self.fresh.push(self.length);
            self.fresh_length += length;
            self.length += length;
            return self.length - length;
        }
        if let Some(index) = self.free.iter().position(|&(_, available)| available >= length) {
            let (start, available) = self.free[index];
            if available == length {
                self.free.remove(index);
            } else {
                self.free[index] = (start + length, available - length);
            }
            return start;
        }
        let start = self.length;
        self.length += length;
        start
    }

    fn give_back(&mut self, start: usize, length: usize) {
        if self.fresh.binary_search(&start).is_ok() {
            return;
        }
        self.free.push((start, length));
        self.free.sort_unstable();
        self.free.dedup_by(|next, earlier| {
            let touches = earlier.0 + earlier.1 == next.0;
            if touches {
                earlier.1 += next.1;
            }
            touches
        });
    }
}

struct Planner<'a> {
    nodes: &'a [Node],
    capacity: usize,
    regions: Vec<Option<Region>>,
    last_use: Vec<Option<usize>>,
    arena: Arena,
    steps: Vec<Step<Work>>,
}

impl Planner<'_> {
    /// The region that a value of this shape would have, at no place yet.
    fn blank(&self, shape: Shape) -> Region {
        let capacity = shape.rows.rows(self.capacity);
        Region {
            space: Space::Arena,
            offset: 0,
            rows: shape.rows,
            capacity,
            columns: shape.columns,
        }
    }

    fn place<E: Element>(&mut self, id: NodeId) -> Region {
        if let Some(region) = self.regions[id.index()] {
            return region;
        }
        let mut region = self.blank(self.nodes[id.index()].shape);
        region.offset = self.arena.take(region.length::<E>());
        self.regions[id.index()] = Some(region);
        region
    }

    /// Places constants and inputs, and loads the inputs.
    fn leaves<E: Element>(&mut self, needed: &[bool]) -> Vec<(String, Shape)> {
        let mut inputs = Vec::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(index, _)| needed[*index]) {
            let id = NodeId(index as u32);
            match node.op {
                Op::Constant(_) => {
                    self.place::<E>(id);
                    self.last_use[index] = Some(usize::MAX); // written once, before the first run
                }
                Op::Input => {
                    let output = self.place::<E>(id);
                    self.steps.push(Step::Load(Load { source: inputs.len(), output }));
                    inputs.push((node.name.clone().unwrap_or_default(), node.shape));
                }
                _ => {}
            }
        }
        inputs
    }

    /// Whether a member's value must outlive its group.
    fn outlives(&self, id: NodeId, number: usize) -> bool {
        self.last_use[id.index()].is_some_and(|last| last > number)
    }

    fn group<E: Element>(&mut self, number: usize, group: &Group) {
        let region_of = |planner: &Self, id: NodeId| {
            planner.regions[id.index()].expect("inputs are computed before their readers")
        };
        // Everything written is placed before anything read is freed, so that no step overwrites
        // its own operands.
        for id in group.nodes() {
            let learnt_from = group.learns.is_some() && group.nodes().last() == Some(id);
            if self.outlives(id, number) && !group.repeated.contains(&id) && !learnt_from {
                self.place::<E>(id);
            }
        }
        let step = match group.anchor {
            None => {
                let last = group.elementwise.last().expect("groups are not empty");
                let shape = self.blank(self.nodes[last.index()].shape);
                Step::Loop { shape, program: self.program(group) }
            }
            Some(anchor) => {
                let node = &self.nodes[anchor.index()];
                let inputs: Vec<Region> =
                    read_by(node).iter().map(|&input| region_of(self, input)).collect();
                match node.op {
                    Op::Product(form) => {
                        let kept = self.regions[anchor.index()];
                        let epilogue = self.program(group);
                        let learning = group.learns.map(|parameter| {
                            Box::new(Learning {
                                parameter: region_of(self, parameter),
                                gradient: match epilogue.lines.last().map(|line| line.target) {
                                    Some(Target::Slot(slot)) => Operand::Slot(slot),
                                    _ => Operand::Product,
                                },
                            })
                        });
                        Step::Product(Product {
                            form,
                            left: inputs[0],
                            right: inputs[1],
                            output: kept.unwrap_or_else(|| self.blank(node.shape)),
                            target: match kept {
                                Some(_) => ProductTarget::Output,
                                None => ProductTarget::Epilogue,
                            },
                            epilogue,
                            learning,
                        })
                    }
                    op => Step::Apply {
                        instruction: Work::Op(op),
                        inputs,
                        output: self.place::<E>(anchor),
                        split: op.split(),
                    },
                }
            }
        };
        self.steps.push(step);
        // A value dies where it is read for the last time; a group may read it more than once.
        let read = group.nodes().flat_map(|id| read_by(&self.nodes[id.index()]));
        let mut dying: Vec<usize> = read.map(|input| input.index()).collect();
        dying.sort_unstable();
        dying.dedup();
        for index in dying {
            if self.last_use[index] == Some(number)
                && let Some(region) = self.regions[index]
                && region.space == Space::Arena
            {
                self.arena.give_back(region.offset, region.length::<E>());
            }
        }
    }

    /// The elementwise part of a group as a program. A value that stays within the group lives in a
    /// slot, which is used again once nobody reads it any more.
    fn program(&self, group: &Group) -> Program<Work> {
        let members = self.works(group);
        let mut slots: Vec<(NodeId, usize)> = Vec::new();
        let mut free: Vec<usize> = Vec::new();
        let mut count = 0;
        let mut lines = Vec::with_capacity(members.len());
        for (position, &(id, work, ref inputs)) in members.iter().enumerate() {
            let node = &self.nodes[id.index()];
            let operands: Vec<Operand> = inputs
                .iter()
                .map(|&input| {
                    if let Some(&(_, slot)) = slots.iter().find(|(held, _)| *held == input) {
                        return Operand::Slot(slot);
                    }
                    match self.regions[input.index()] {
                        None => Operand::Product,
                        Some(region) => operand(region, node.shape),
                    }
                })
                .collect();
            let target = match self.regions[id.index()] {
                Some(region) if !group.repeated.contains(&id) => Target::Block(region),
                _ => {
                    let slot = free.pop().unwrap_or_else(|| {
                        count += 1;
                        count - 1
                    });
                    slots.push((id, slot));
                    Target::Slot(slot)
                }
            };
            lines.push(Line { instruction: work, operands, target });
            slots.retain(|&(held, slot)| {
                let read_later =
                    members[position + 1..].iter().any(|(_, _, inputs)| inputs.contains(&held));
                if !read_later {
                    free.push(slot);
                }
                read_later
            });
        }
        Program { lines }
    }

    /// The elementwise operations of a group in order, each with what it reads. Where only the next one
    /// reads a sum or a slope, and takes a function of the one or multiplies the other, both are one
    /// pass over memory. The order of a sum or a product of two does not matter to its bits.
    fn works(&self, group: &Group) -> Vec<(NodeId, Work, Vec<NodeId>)> {
        let members = &group.elementwise;
        let mut works: Vec<(NodeId, Work, Vec<NodeId>)> = Vec::with_capacity(members.len());
        for (position, &id) in members.iter().enumerate() {
            let node = &self.nodes[id.index()];
            let inputs = read_by(node);
            if let Some((before, work, read)) = works.last_mut() {
                let reads = inputs.iter().filter(|input| **input == *before).count();
                let read_later = members[position + 1..]
                    .iter()
                    .any(|later| read_by(&self.nodes[later.index()]).contains(before));
                let passes = reads == 1
                    && !read_later
                    && self.regions[before.index()].is_none()
                    && self.nodes[before.index()].shape == node.shape;
                let both = match (*work, node.op) {
                    (Work::Op(Op::Binary(Binary::Add)), Op::Function(function)) => {
                        Some(Work::OfSum(function))
                    }
                    (Work::Op(Op::Slope(function)), Op::Binary(Binary::Multiply)) => {
                        Some(Work::TimesSlope(function))
                    }
                    _ => None,
                };
                if let (true, Some(both)) = (passes, both) {
                    read.extend(inputs.iter().filter(|input| **input != *before));
                    (*before, *work) = (id, both);
                    continue;
                }
            }
            works.push((id, Work::Op(node.op), inputs.to_vec()));
        }
        works
    }
}

/// How a program of shape `shape` reads a matrix.
fn operand(region: Region, shape: Shape) -> Operand {
    let one_row = region.rows == Extent::Fixed(1);
    if region.rows == shape.rows && region.columns == shape.columns {
        Operand::Block(region)
    } else if one_row && region.columns == 1 {
        Operand::Scalar(region)
    } else if one_row {
        Operand::Row(region)
    } else {
        Operand::Column(region)
    }
}
