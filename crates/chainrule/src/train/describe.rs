//! A training step as people read it.

use super::objective::{Mode, Objective, Weights};
use crate::{Error, Network, Training};
use chainrule_graph::{Graph, Plan, Request};

/// The steps of one training step, a line each: as written, and after fusion.
///
/// ```
/// use chainrule::{Activation, Network, Training, train::describe_plans};
/// let network = Network::new(4).dense(8, Activation::Relu).dense(3, Activation::Softmax);
/// let (plain, fused) = describe_plans(&network, &Training::new(&network))?;
/// assert!(fused.len() < plain.len());
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Settings out of range or unsuited to the network.
pub fn describe_plans(
    network: &Network,
    training: &Training,
) -> Result<(Vec<String>, Vec<String>), Error> {
    training.check(network)?;
    let graph = Graph::new();
    let objective = Objective::record(&graph, network, training, Mode::training(Weights::None));
    // Shapes are the same for any number of rows, memory is not.
    let request = Request { capacity: 1, ..objective.request(&graph, training, None)? };
    let plain = Plan::<f32>::new(&graph, &Request { fuse: false, ..request.clone() })?;
    let fused = Plan::<f32>::new(&graph, &request)?;
    Ok((plain.describe(&graph), fused.describe(&graph)))
}
