//! Learning within the steps: which parameters change as soon as a block of their gradient is there.
//!
//! A parameter's gradient that is a product (with elementwise work after it, like a penalty) need not
//! be written to memory: each block goes to the optimiser while it is in the nearest cache. Whoever
//! still reads the old parameter comes first, so such a group moves behind the last of them.

use crate::fuse::{Group, read_by};
use crate::{Node, NodeId, Op};

/// The groups, those that learn marked and moved behind all that read their parameter.
pub(crate) fn learning(
    nodes: &[Node],
    groups: Vec<Group>,
    gradients: &[(NodeId, NodeId)],
) -> Vec<Group> {
    let reads = |group: &Group, id: NodeId| {
        group.nodes().any(|member| read_by(&nodes[member.index()]).contains(&id))
    };
    let mut coming: Vec<Group> = groups
        .into_iter()
        .map(|group| Group { learns: learns(nodes, &group, gradients), ..group })
        .rev()
        .collect();
    let (mut ordered, mut waiting) = (Vec::with_capacity(coming.len()), Vec::<Group>::new());
    while let Some(group) = coming.pop() {
        match group.learns {
            Some(_) => waiting.push(group),
            None => ordered.push(group),
        }
        let mut index = 0;
        while index < waiting.len() {
            let parameter = waiting[index].learns.expect("only those that learn wait");
            let others = waiting.iter().enumerate().filter(|(other, _)| *other != index);
            let mut readers = coming.iter().chain(others.map(|(_, group)| group));
            match readers.any(|group| reads(group, parameter)) {
                true => index += 1,
                false => ordered.push(waiting.remove(index)),
            }
        }
    }
    // Two that read each other's parameters learn when all is done.
    ordered.extend(waiting.into_iter().map(|group| Group { learns: None, ..group }));
    ordered
}

/// The parameter whose gradient the group ends in, if it can learn block by block.
fn learns(nodes: &[Node], group: &Group, gradients: &[(NodeId, NodeId)]) -> Option<NodeId> {
    let anchor = &nodes[group.anchor?.index()];
    let is_product = matches!(anchor.op, Op::Product(_));
    let last = group.nodes().last()?;
    let of_group = |(_, gradient): &&(NodeId, NodeId)| group.nodes().any(|id| id == *gradient);
    let mut own = gradients.iter().filter(of_group);
    let (parameter, gradient) = *own.next()?;
    // Behind the readers of its parameter the group would come too late for whoever reads from it.
    let member = |id: &NodeId| group.nodes().any(|own| own == *id);
    let is_read = nodes
        .iter()
        .enumerate()
        .any(|(index, node)| !member(&NodeId(index as u32)) && read_by(node).iter().any(member));
    let alone = own.next().is_none() && gradient == last && !is_read;
    (is_product && alone && !anchor.inputs.contains(&parameter)).then_some(parameter)
}
