//! What a training step makes small, as a graph.

use crate::{Error, Loss, Network, Training};
use chainrule_graph::{Graph, NodeId, Request, Shape, Symbol, ops};
use chainrule_math::Algebra;

/// A network recorded with its loss: inputs `x` and `y`, and `weights` if rows are weighted;
/// parameters as [`Network::record`] names them.
pub(crate) struct Objective<'g> {
    /// The mean loss of the rows.
    pub(crate) loss: Symbol<'g>,
    /// The loss summed over the rows, each times its weight.
    pub(crate) total: Symbol<'g>,
    /// What the penalties add to what is made small, if there are any.
    pub(crate) penalty: Option<Symbol<'g>>,
    /// What is differentiated: the loss, or its sum, with the penalties.
    pub(crate) penalized: Symbol<'g>,
    /// Every parameter, in the order of the flat buffer.
    pub(crate) parameters: Vec<Symbol<'g>>,
    /// The pre-activations and activations of every layer.
    pub(crate) layers: Vec<(Symbol<'g>, Symbol<'g>)>,
    states: Vec<(NodeId, NodeId)>,
}

/// What the objective is recorded for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Mode {
    /// Whether units are dropped, and statistics are the batch's.
    is_training: bool,
    weights: Weights,
    /// How far from 0 and 1 probabilities are kept where the loss that is told is computed from them,
    /// as scikit-learn does, instead of from the logits. What is differentiated stays as it is.
    least: Option<f64>,
}

impl Mode {
    /// Steps of a training.
    pub(crate) fn training(weights: Weights) -> Mode {
        Mode { is_training: true, weights, least: None }
    }

    /// The network as it predicts.
    pub(crate) fn predicting(weights: Weights) -> Mode {
        Mode { is_training: false, weights, least: None }
    }

    /// Whether rows have weights.
    pub(crate) fn is_weighted(self) -> bool {
        self.weights != Weights::None
    }

    /// The same, but the loss that is told is that of the probabilities, kept so far from 0 and 1.
    pub(crate) fn told_from_probabilities(self, least: f64) -> Mode {
        Mode { least: Some(least), ..self }
    }
}

/// Whether rows have weights, and what a batch's loss and penalty are divided by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Weights {
    /// All rows count alike: by their number.
    None,
    /// The weights are 1 on average over all rows: by the number of rows, since the batch's own
    /// weights would cancel in a batch of one.
    OfMeanOne,
    /// By the sum of the batch's weights, as scikit-learn does.
    OfBatch,
}

impl Weights {
    /// Of rows that have weights of mean one, or none.
    pub(crate) fn of_mean_one(weighted: bool) -> Weights {
        if weighted { Weights::OfMeanOne } else { Weights::None }
    }
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
        let recorded = network.record(graph, x, mode.is_training);
        graph.scope("loss");
        let y = smoothed(y, training, network.outputs());
        let of_rows = training.measure().record(recorded.logits, recorded.output, y);
        let given =
            (mode.weights != Weights::None).then(|| graph.input("weights", Shape::batch(1)));
        let summed = |of_rows: Symbol<'g>| given.map_or(of_rows, |given| of_rows * given).sum();
        let count = match given.filter(|_| mode.weights == Weights::OfBatch) {
            Some(given) => given.sum(),
            None => x.count_rows(),
        };
        let learned = summed(of_rows);
        let told = mode
            .least
            .and_then(|least| training.measure().of_probabilities(least, recorded.output, y));
        let total = told.map_or(learned, summed);
        let penalty = penalty(&recorded.weights, training);
        let (data, penalty) = match training.loss.is_summed() {
            false => (learned / count, penalty.map(|penalty| penalty / count)),
            true => (learned, penalty),
        };
        let loss = if told.is_none() && !training.loss.is_summed() { data } else { total / count };
        let penalized = penalty.map_or(data, |penalty| data + penalty);
        graph.scope("");
        let states = recorded.states.iter().map(|(state, next)| (state.id(), next.id()));
        Objective {
            loss,
            total,
            penalty,
            penalized,
            parameters: recorded.parameters,
            layers: recorded.layers,
            states: states.collect(),
        }
    }

    /// The loss and the gradients of one step. The penalty is differentiated with the loss, but its
    /// own value is computed only for whoever asks for `more` (output 1).
    pub(crate) fn request(
        &self,
        graph: &'g Graph,
        training: &Training,
        more: Option<Symbol<'g>>,
    ) -> Result<Request, Error> {
        graph.scope("loss");
        let gradients = graph.gradient(self.penalized, &self.parameters)?;
        graph.scope("");
        let gradients = self.parameters.iter().zip(gradients);
        Ok(Request {
            outputs: std::iter::once(self.loss).chain(more).map(Symbol::id).collect(),
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
