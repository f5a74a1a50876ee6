//! What a training step makes small, as a graph.

use crate::{Error, Network, Training};
use chainrule_graph::{Graph, Request, Shape, Symbol, ops};
use chainrule_math::Algebra;

/// A network recorded with its loss: inputs `x` and `y`, parameters as [`Network::record`] names
/// them.
pub(crate) struct Objective<'g> {
    /// The mean loss of the rows.
    pub(crate) loss: Symbol<'g>,
    /// The loss with the penalty: what is differentiated.
    pub(crate) penalized: Symbol<'g>,
    /// Every parameter, in the order of the flat buffer.
    pub(crate) parameters: Vec<Symbol<'g>>,
}

impl<'g> Objective<'g> {
    pub(crate) fn record(graph: &'g Graph, network: &Network, training: &Training) -> Self {
        let x = network.input(graph);
        let y = graph.input("y", Shape::batch(network.outputs()));
        let recorded = network.record(graph, x, true);
        graph.scope("loss");
        let loss = training.loss.record(recorded.logits, recorded.output, y).mean();
        let mut penalized = loss;
        if training.alpha > 0.0 {
            let square = ops::Power { exponent: 2.0 };
            let penalties = recorded.weights.iter().map(|weight| weight.apply(square).sum());
            let sum = penalties.reduce(|sum, penalty| sum + penalty).unwrap_or(Symbol::ZERO);
            penalized = penalized + sum * Symbol::constant(training.alpha / 2.0) / x.count_rows();
        }
        graph.scope("");
        Objective { loss, penalized, parameters: recorded.parameters }
    }

    /// The loss and the gradients of one step. The penalty is differentiated with the loss, but its
    /// own value is never computed.
    pub(crate) fn request(&self, graph: &'g Graph, training: &Training) -> Result<Request, Error> {
        graph.scope("loss");
        let gradients = graph.gradient(self.penalized, &self.parameters)?;
        graph.scope("");
        let gradients = self.parameters.iter().zip(gradients);
        Ok(Request {
            outputs: vec![self.loss.id()],
            gradients: gradients.map(|(parameter, by)| (parameter.id(), by.id())).collect(),
            capacity: training.batch_size,
            fuse: true,
        })
    }
}
