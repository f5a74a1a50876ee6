//! What is wrong with a model, its training or its data: each with the evidence, and one flag of
//! `chainrule train` to try.
//!
//! ```text
//! the network on some rows   units, gradients                    (probe, units, gradients)
//! the rows                   inputs, leaks, classes, answers     (inputs, leaks, answers)
//! the losses of the epochs   learning rate, epochs, overfitting  (curves)
//! ```
//!
//! Illnesses are told from health by thresholds, which are constants with their reasons beside them.

mod answers;
mod columns;
mod curves;
mod finding;
mod gradients;
mod inputs;
mod leaks;
mod probe;
mod units;

pub use curves::examine_history;
pub use finding::{Finding, Kind, Place, Severity, Subject};

use crate::train::Epoch;
use crate::{Error, Examples, Model, Network, Training};
use chainrule_graph::Number;
use columns::Column;
use probe::{Probe, spread};
use std::cmp::Reverse;

/// Rows that are looked at, from all over those given: enough that a unit which fires on one row in
/// a hundred is seen, and few enough to cost milliseconds (an epoch or two of a small table). What is found in columns is
/// confirmed on all rows.
pub const ROWS: usize = 512;

/// Looks at a model, as it answers on some rows, and at these rows.
///
/// `training` says what was made small, and what flags would change.
///
/// ```
/// use chainrule::doctor::{Kind, Place, examine_rows};
/// use chainrule::{Activation, Examples, Model, Network, Training};
/// use ndarray::{Array1, Array2};
///
/// let network = Network::new(1).dense(4, Activation::Relu).dense(1, Activation::Identity);
/// let mut model: Model<f64> = network.build(1)?;
/// let weights = model.weights(0);
/// model.set_layer(0, weights.view(), Array1::from_elem(4, -100.0).view())?; // never above 0
/// let inputs = Array2::from_shape_fn((60, 1), |(row, _)| row as f64 / 60.0);
/// let rows = Examples::values(inputs.view(), inputs.view())?;
/// let findings = examine_rows(&model, &Training::new(&network), &rows)?;
/// assert_eq!((findings[0].kind, &findings[0].place), (Kind::DeadUnits, &Place::Layer(1)));
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Rows that do not fit the network.
pub fn examine_rows<E: Number>(
    model: &Model<E>,
    training: &Training,
    rows: &Examples<'_, E>,
) -> Result<Vec<Finding>, Error> {
    let network = model.network();
    let preparation = model.preparation.as_ref();
    let sample = spread(rows, ROWS);
    let probe = Probe::run(model, training.measure(), &sample)?;
    let columns = Column::all(preparation, network.inputs());
    let unscaled = inputs::unscaled(preparation, &columns, &sample);
    let is_unscaled = unscaled.as_ref().is_some_and(|finding| finding.flag.is_some());
    let mut findings = units::findings(network.layers(), &probe, is_unscaled);
    findings.extend(gradients::findings(network.layers(), &probe, is_unscaled));
    findings.extend(unscaled);
    findings.extend(inputs::constant(preparation, &columns, &sample, rows));
    findings.extend(leaks::findings(preparation, &columns, &sample, rows));
    findings.extend(answers::findings(preparation, network, training, &sample, &probe));
    Ok(findings)
}

/// The findings of the rows, and those of the history, together: those of each subject, the serious
/// ones first, without such as only follow from others. An empty history says nothing.
pub fn together(
    network: &Network,
    training: &Training,
    rows: Vec<Finding>,
    history: &[Epoch],
) -> Vec<Finding> {
    let mut findings = rows;
    let is_serious = |finding: &Finding| finding.severity == Severity::Serious;
    // Through a network that is broken no rate is right. Dead units alone do not excuse it: steps too large
    // make them.
    let is_at_fault = findings.iter().any(|finding| {
        let is_of_network = finding.kind.subject() == Subject::Network;
        is_serious(finding) && is_of_network && finding.kind != Kind::DeadUnits
    });
    let of_curves = examine_history(network, training, history).into_iter().filter(|finding| {
        let blames_rate = match finding.kind {
            Kind::LearningRateTooHigh => !is_serious(finding),
            Kind::LearningRateTooLow | Kind::TooFewEpochs => true,
            _ => false,
        };
        !(is_at_fault && blames_rate)
    });
    findings.extend(of_curves);
    let has_rate = findings.iter().any(|finding| {
        matches!(finding.kind, Kind::LearningRateTooHigh | Kind::LearningRateTooLow)
    });
    let is_broken =
        |finding: &Finding| is_serious(finding) && finding.kind.subject() == Subject::Network;
    let knows_little = |finding: &Finding| {
        let kinds = [Kind::Underfitting, Kind::ClassNeverPredicted];
        is_serious(finding) && kinds.contains(&finding.kind)
    };
    if !has_rate && findings.iter().any(knows_little) {
        let is_broken = findings.iter().any(is_broken);
        findings.extend(curves::stuck(training, history, is_broken));
    }
    // A network that cannot learn for a known reason has learned nothing, of course.
    let is_reason = |finding: &Finding| match finding.kind {
        Kind::Overfitting => false,
        Kind::UnscaledInputs => true,
        kind => kind.subject() != Subject::Data,
    };
    let is_explained = findings.iter().any(|finding| is_serious(finding) && is_reason(finding));
    findings.retain(|finding| !(is_explained && knows_little(finding)));
    // What shrinks on its way back has mostly shrunk on its way through, layer after layer.
    let vanish = findings.iter().any(|finding| finding.kind == Kind::VanishingGradients);
    findings.retain(|finding| !(vanish && finding.kind == Kind::ConstantUnits));
    // Steps too large throw units where they are dead, and then no other activation helps.
    let rate = findings
        .iter()
        .find(|it| is_serious(it) && it.kind == Kind::LearningRateTooHigh)
        .and_then(|it| it.flag.clone());
    if let Some(rate) = rate {
        let dead = findings.iter_mut().filter(|finding| finding.kind == Kind::DeadUnits);
        dead.for_each(|finding| finding.flag = Some(rate.clone()));
    }
    findings.sort_by_key(|finding| {
        let subject = Subject::ALL.iter().position(|it| *it == finding.kind.subject());
        (subject, Reverse(finding.severity))
    });
    findings
}
