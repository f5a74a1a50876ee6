//! Units that do no work: dead, saturated, constant, equal.

use super::probe::{Probe, Unit};
use super::{Finding, Kind, Place, Severity};
use crate::{Activation, Dense, Initializer, Normalization};
use std::collections::HashSet;

/// Fewer rows say nothing of a unit that fires rarely.
const FEWEST_ROWS: usize = 20;

/// A smaller share of a layer can be spared: wide layers of healthy networks have some units that
/// rest.
const SHARE_NOTED: f64 = 0.25;

/// With this share of a layer, what is left is a narrow network.
const SHARE_SERIOUS: f64 = 0.5;

/// A unit is saturated when it is flat on at least this share of the rows: what still moves it then
/// are a few odd rows.
const SHARE_FLAT: f64 = 0.95;

/// A unit whose activations differ by less than this share of the largest is constant to 32 bits.
const SHARE_CONSTANT: f64 = 1e-6;

/// What is wrong with the units of each layer. `unscaled` says that the inputs are, which comes first.
pub(super) fn findings(layers: &[Dense], probe: &Probe, unscaled: bool) -> Vec<Finding> {
    if probe.rows < FEWEST_ROWS {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, (layer, units)) in layers.iter().zip(&probe.layers).enumerate() {
        let is_output = index + 1 == layers.len();
        findings.extend(dead(layer, index + 1, units, probe.rows, unscaled));
        // An output near 0 or 1 is a sure answer, and one that never changes is seen by its score.
        if !is_output {
            findings.extend(saturated(layer, index + 1, units, probe.rows, unscaled));
            findings.extend(constant(layer, index + 1, units, probe.rows));
            findings.extend(equal(index + 1, units, probe.rows));
        }
    }
    findings
}

fn is_dead(unit: &Unit) -> bool {
    unit.activation == Activation::Relu && unit.greatest <= 0.0
}

fn is_saturated(unit: &Unit, rows: usize) -> bool {
    unit.flat as f64 >= SHARE_FLAT * rows as f64
}

fn is_constant(unit: &Unit) -> bool {
    let size = unit.greatest.abs().max(unit.least.abs());
    unit.greatest - unit.least <= SHARE_CONSTANT * size
}

/// The severity of so many units of so many; nothing if they are few.
fn severity(count: usize, of: usize) -> Option<Severity> {
    match count as f64 / of.max(1) as f64 {
        share if share >= SHARE_SERIOUS => Some(Severity::Serious),
        share if share >= SHARE_NOTED => Some(Severity::Note),
        _ => None,
    }
}

fn dead(
    layer: &Dense,
    number: usize,
    units: &[Unit],
    rows: usize,
    unscaled: bool,
) -> Option<Finding> {
    let of = units.iter().filter(|unit| unit.activation == Activation::Relu).count();
    let dead = units.iter().filter(|unit| is_dead(unit)).count();
    let (cause, flag) = match (unscaled, layer.normalization) {
        (true, _) => ("inputs as large as these do this", "--scale standard"),
        (false, Normalization::None) => {
            ("a bias far below 0 or too large a learning rate does this", "--activation leaky_relu")
        }
        (false, _) => ("too large a learning rate does this", "--activation leaky_relu"),
    };
    Some(Finding {
        kind: Kind::DeadUnits,
        severity: severity(dead, of)?,
        place: Place::Layer(number),
        evidence: format!("{dead} of {of} ReLU units give 0 on all {rows} rows"),
        advice: format!("their slope is 0, so they learn nothing more; {cause}"),
        flag: Some(flag.to_string()),
    })
}

fn saturated(
    layer: &Dense,
    number: usize,
    units: &[Unit],
    rows: usize,
    unscaled: bool,
) -> Option<Finding> {
    let bends = |unit: &&Unit| matches!(unit.activation, Activation::Sigmoid | Activation::Tanh);
    let of = units.iter().filter(bends).count();
    let saturated = units.iter().filter(|unit| is_saturated(unit, rows)).count();
    let severity = severity(saturated, of)?;
    let (cause, flag) = match (unscaled, layer.initializer) {
        (true, _) => ("the inputs are too large for them", "--scale standard"),
        (false, Initializer::Auto) => {
            ("their weights have grown too large", "--normalization batch")
        }
        (false, _) => ("their weights are too large", "--init auto"),
    };
    Some(Finding {
        kind: Kind::SaturatedUnits,
        severity,
        place: Place::Layer(number),
        evidence: format!(
            "{saturated} of {of} units of {} have less than 1 % of their largest slope on at least \
             {:.0} % of {rows} rows",
            layer.activation,
            100.0 * SHARE_FLAT
        ),
        advice: format!("they hardly learn, since {cause}"),
        flag: Some(flag.to_string()),
    })
}

fn constant(layer: &Dense, number: usize, units: &[Unit], rows: usize) -> Option<Finding> {
    let is_new = |unit: &&Unit| is_constant(unit) && !is_dead(unit) && !is_saturated(unit, rows);
    let constant = units.iter().filter(is_new).count();
    let flag = match layer.initializer {
        Initializer::Auto => None,
        _ => Some("--init auto".to_string()),
    };
    Some(Finding {
        kind: Kind::ConstantUnits,
        severity: severity(constant, units.len())?,
        place: Place::Layer(number),
        evidence: format!("{constant} of {} units give the same on all {rows} rows", units.len()),
        advice:
            "they pass nothing on of their inputs, since the weights that lead to them are 0 or \
                 nearly so"
                .to_string(),
        flag,
    })
}

fn equal(number: usize, units: &[Unit], rows: usize) -> Option<Finding> {
    let live: Vec<&Unit> = units.iter().filter(|unit| !is_constant(unit)).collect();
    let different: HashSet<u64> = live.iter().map(|unit| unit.print).collect();
    let repeated = live.len() - different.len();
    Some(Finding {
        kind: Kind::EqualUnits,
        severity: severity(repeated, units.len())?,
        place: Place::Layer(number),
        evidence: format!(
            "{repeated} of {} units give exactly what another one gives on all {rows} rows",
            units.len()
        ),
        advice: "units with equal weights get equal gradients, so they add nothing; draw the \
                 weights at random"
            .to_string(),
        flag: Some("--init auto".to_string()),
    })
}
