//! What a training step makes small, as a graph.

use crate::{Error, Loss, Network, Training};
use chainrule_graph::{Graph, NodeId, Request, Shape, Symbol, ops};
use chainrule_math::Algebra;

/// A network recorded with its loss: inputs `x` and `y`, and `weights` if rows are weighted;
/// parameters as [`Network::record`] names them.
pub(crate) struct Objective<'g> {
    /// The mean loss of the rows.
    pub(crate) loss: Symbol<'g>,
    /// What is differentiated: the loss, or its sum, with the penalties.
    pub(crate) penalized: Symbol<'g>,
    /// Every parameter, in the order of the flat buffer.
    pub(crate) parameters: Vec<Symbol<'g>>,
    /// The pre-activations and activations of every layer.
    pub(crate) layers: Vec<(Symbol<'g>, Symbol<'g>)>,
    states: Vec<(NodeId, NodeId)>,
}

/// What the objective is recorded for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Steps of a training: units are dropped, statistics are the batch's, rows may have weights.
    Training { weighted: bool },
    /// The network as it predicts.
    Predicting,
}

impl<'g> Objective<'g> {
    pub(crate) fn record(
        graph: &'g Graph,
        network: &Network,
        training: &Training,
        mode: Mode,
    ) -> Self {
        let x = network.input(graph);
        let y = graph.input("y", Shape::batch(network.outputs()));
        let recorded = network.record(graph, x, mode != Mode::Predicting);
        graph.scope("loss");
        let y = smoothed(y, training, network.outputs());
        let of_rows = training.measure().record(recorded.logits, recorded.output, y);
        // The weights are 1 on average over all rows. A batch is divided by its rows and not by its
        // weights, which would cancel in a batch of one.
        let total = match mode {
            Mode::Training { weighted: false } | Mode::Predicting => of_rows.sum(),
            Mode::Training { weighted: true } => {
                (of_rows * graph.input("weights", Shape::batch(1))).sum()
            }
        };
        let count = x.count_rows();
        let loss = total / count;
        let penalty = penalty(&recorded.weights, training);
        let penalized = match (training.loss.is_summed(), penalty) {
            (false, None) => loss,
            (false, Some(penalty)) => loss + penalty / count,
            (true, None) => total,
            (true, Some(penalty)) => total + penalty,
        };
        graph.scope("");
        let states = recorded.states.iter().map(|(state, next)| (state.id(), next.id()));
        Objective {
            loss,
            penalized,
            parameters: recorded.parameters,
            layers: recorded.layers,
            states: states.collect(),
        }
    }

    /// The loss and the gradients of one step. The penalty is differentiated with the loss, but its
    /// own value is computed only for an optimiser that compares values: output 1 then.
    pub(crate) fn request(&self, graph: &'g Graph, training: &Training) -> Result<Request, Error> {
        graph.scope("loss");
        let gradients = graph.gradient(self.penalized, &self.parameters)?;
        graph.scope("");
        let gradients = self.parameters.iter().zip(gradients);
        let mut outputs = vec![self.loss.id()];
        if training.optimizer.is_full_batch() {
            outputs.push(self.penalized.id());
        }
        Ok(Request {
            outputs,
            gradients: gradients.map(|(parameter, by)| (parameter.id(), by.id())).collect(),
            states: self.states.clone(),
            capacity: training.batch_size,
            fuse: true,
            // A line search compares whole gradients, and a norm to clip by is known when all are there.
            learn: !training.optimizer.is_full_batch() && training.clip.norm.is_none(),
        })
    }
}

/// (1 - s) y + s / K: the share s of the certainty is divided among all K classes (Szegedy et al.,
/// 2016, section 7), of which a label has two.
fn smoothed<'g>(y: Symbol<'g>, training: &Training, outputs: usize) -> Symbol<'g> {
    let share = training.label_smoothing;
    if share == 0.0 {
        return y;
    }
    let classes = match training.loss {
        Loss::CrossEntropy => outputs as f64,
        _ => 2.0,
    };
    y * Symbol::constant(1.0 - share) + Symbol::constant(share / classes)
}

/// alpha / 2 ||W||^2 + l1 sum |W|, over the weights alone.
fn penalty<'g>(weights: &[Symbol<'g>], training: &Training) -> Option<Symbol<'g>> {
    let square = ops::Power { exponent: 2.0 };
    let squares = weights.iter().map(|weight| weight.apply(square).sum());
    let sizes = weights.iter().map(|weight| weight.abs().sum());
    let squares = squares.reduce(|sum, more| sum + more).filter(|_| training.alpha > 0.0);
    let sizes = sizes.reduce(|sum, more| sum + more).filter(|_| training.l1 > 0.0);
    let squares = squares.map(|sum| sum * Symbol::constant(training.alpha / 2.0));
    let sizes = sizes.map(|sum| sum * Symbol::constant(training.l1));
    match (squares, sizes) {
        (Some(squares), Some(sizes)) => Some(squares + sizes),
        (squares, sizes) => squares.or(sizes),
    }
}
