//! Layers whose units begin equal, and would stay so.

use crate::{Activation, LayerActivation, Model};
use chainrule_graph::Number;
use ndarray::Axis;

/// A warning for each hidden layer whose units begin equal and will stay equal for ever: their
/// incoming weights, biases and activations are the same, and so are their outgoing weights, so
/// each gets the same gradient in every step.
pub(crate) fn warnings<E: Number>(model: &Model<E>) -> Vec<String> {
    let layers = model.network().layers();
    let hidden = layers.len().saturating_sub(1);
    let stuck = (0..hidden).filter(|&layer| is_stuck(model, layer));
    stuck
        .map(|layer| {
            format!(
                "layer {}: its {} units begin equal (as drawn by {}, or set so) and will stay equal \
                 for ever, since each gets the same gradient; the layer can learn no more than one \
                 unit can. Draw the weights at random, such as with the initialiser auto",
                layer + 1,
                layers[layer].units,
                layers[layer].initializer,
            )
        })
        .collect()
}

fn is_stuck<E: Number>(model: &Model<E>, layer: usize) -> bool {
    let layers = model.network().layers();
    let described = &layers[layer];
    // What treats units differently: groups, values that are added from elsewhere.
    let alike = described.units > 1
        && matches!(described.activation, LayerActivation::Whole(activation)
            if !matches!(activation, Activation::Softmax | Activation::LogSoftmax))
        && described.skip.is_none()
        && layers.iter().all(|other| other.skip != Some(layer + 1));
    let incoming = model.weights(layer);
    let first = incoming.column(0);
    let outgoing = model.weights(layer + 1);
    let row = outgoing.row(0);
    let biases = model.biases(layer);
    // Masks treat units differently, unless there is nothing for them to hide.
    let is_zero = |weight: &E| *weight == E::ZERO;
    let is_silent = incoming.iter().chain(&biases).chain(&outgoing).all(is_zero)
        && !matches!(
            described.activation.single(),
            Some(Activation::Sigmoid | Activation::Softplus | Activation::Exponential)
        );
    (described.dropout == 0.0 || is_silent)
        && alike
        && incoming.axis_iter(Axis(1)).all(|column| column == first)
        && outgoing.axis_iter(Axis(0)).all(|other| other == row)
        && biases.iter().all(|bias| *bias == biases[0])
}
