//! Gradients that shrink or grow on their way back through the layers.

use super::probe::{Lengths, Probe};
use super::{Finding, Kind, Place, Severity};
use crate::{Activation, Dense, Initializer};

/// The gradient of a layer, as a share of its weights, may be this much smaller or larger than the
/// largest or smallest of the layers after it. Layers of networks that learn differ by less than 100;
/// beyond this, no single learning rate suits both, and 32 bits hold only 7 digits of their sum.
const RATIO: f64 = 1e4;

/// A gradient this many times as long as the weights: a step of a usual learning rate, 0.001, is as
/// long as they are.
const LONGEST: f64 = 1e3;

/// What is wrong with the gradients of the layers.
pub(super) fn findings(layers: &[Dense], probe: &Probe, unscaled: bool) -> Vec<Finding> {
    let Some(lengths) = &probe.lengths else { return Vec::new() };
    if let Some(layer) = lengths.iter().position(|it| !it.gradient.is_finite()) {
        return vec![Finding {
            kind: Kind::ExplodingGradients,
            severity: Severity::Serious,
            place: Place::Layer(layer + 1),
            evidence: format!(
                "the gradient of its weights is beyond all numbers on {} rows",
                probe.rows
            ),
            advice: "no step can be taken from here".to_string(),
            flag: Some(smaller(layers, unscaled)),
        }];
    }
    // A gradient of exactly 0 is not small: units are dead, or all answers are sure.
    let shares: Vec<Option<f64>> = lengths.iter().map(share).collect();
    let Some((last, at_last)) = shares
        .iter()
        .enumerate()
        .rev()
        .find_map(|(layer, share)| share.map(|share| (layer, share)))
    else {
        return Vec::new();
    };
    let known = || shares.iter().enumerate().filter_map(|(layer, share)| Some((layer, (*share)?)));
    let least = known().min_by(|a, b| a.1.total_cmp(&b.1)).filter(|it| at_last > RATIO * it.1);
    let most = known().max_by(|a, b| a.1.total_cmp(&b.1));
    let most = most.filter(|it| it.1 > RATIO * at_last || it.1 > LONGEST);
    let evidence = |(layer, share): (usize, f64)| {
        let own = format!(
            "on {} rows the gradient of its weights is {share:.1e} times as long as they are",
            probe.rows
        );
        match layer == last {
            true => own,
            false => format!("{own}, that of layer {} {at_last:.1e} times", last + 1),
        }
    };
    let vanishing = least.map(|least| Finding {
        kind: Kind::VanishingGradients,
        severity: Severity::Serious,
        place: Place::Layer(least.0 + 1),
        evidence: evidence(least),
        advice: "it hardly learns while the last layers do".to_string(),
        flag: Some(larger(layers, least.0)),
    });
    let exploding = most.map(|most| Finding {
        kind: Kind::ExplodingGradients,
        severity: Severity::Serious,
        place: Place::Layer(most.0 + 1),
        evidence: evidence(most),
        advice: "steps that suit other layers throw it about".to_string(),
        flag: Some(smaller(layers, unscaled)),
    });
    vanishing.into_iter().chain(exploding).collect()
}

/// The gradient as a share of the weights; nothing where one of them is 0.
fn share(lengths: &Lengths) -> Option<f64> {
    let share = lengths.gradient / lengths.weights;
    (share > 0.0 && share.is_finite()).then_some(share)
}

/// What makes gradients larger.
fn larger(layers: &[Dense], from: usize) -> String {
    let hidden = &layers[from..layers.len().saturating_sub(1).max(from)];
    let bends =
        |layer: &Dense| matches!(layer.activation.main(), Activation::Sigmoid | Activation::Tanh);
    match () {
        () if hidden.iter().any(bends) => "--activation relu",
        () if layers.iter().any(|layer| layer.initializer != Initializer::Auto) => "--init auto",
        () => "--normalization batch",
    }
    .to_string()
}

/// What makes gradients smaller.
fn smaller(layers: &[Dense], unscaled: bool) -> String {
    // A gradient is the product of all weights behind its layer, so any of them may be the cause.
    let is_auto = layers.iter().all(|layer| layer.initializer == Initializer::Auto);
    match (unscaled, is_auto) {
        (true, _) => "--scale standard",
        (false, false) => "--init auto",
        (false, true) => "--clip-norm 1",
    }
    .to_string()
}
