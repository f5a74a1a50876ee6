//! One run of a network on some rows, forward and back, and what its units and gradients did.

use crate::train::Measure;
use crate::{Activation, Error, Examples, LayerActivation, Model, Network};
use chainrule_graph::{Graph, Number, Plan, Request, Shape, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{InstructionSet, Team};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// What a unit did on all rows.
pub(super) struct Unit {
    pub(super) activation: Activation,
    /// Its least activation.
    pub(super) least: f64,
    /// Its greatest.
    pub(super) greatest: f64,
    /// Rows on which a sigmoid or tanh is flat.
    pub(super) flat: usize,
    /// Stands for all its activations: equal for units that are equal on every row.
    pub(super) print: u64,
}

/// The lengths of a layer's weights and of their gradient.
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    pub(super) weights: f64,
    pub(super) gradient: f64,
}

/// What was seen.
pub(super) struct Probe {
    pub(super) rows: usize,
    /// Of each layer its units.
    pub(super) layers: Vec<Vec<Unit>>,
    /// Of each layer the lengths; nothing where the network or the loss has no gradient.
    pub(super) lengths: Option<Vec<Lengths>>,
    /// The outputs, row by row.
    pub(super) outputs: Vec<f64>,
}

impl Probe {
    /// Runs the model on all of the rows at once: as it predicts, with nothing dropped.
    pub(super) fn run<E: Number>(
        model: &Model<E>,
        loss: Measure<'_>,
        examples: &Examples<'_, E>,
    ) -> Result<Probe, Error> {
        let network = model.network();
        let rows = examples.rows();
        let fitted = examples.fit_to(network)?;
        let differentiable = loss.named.check_targets(examples.targets()).is_ok();
        // A threshold unit has no gradient, but its units can be looked at all the same.
        let (mut plan, has_gradient) = match plan(network, Some(loss), rows) {
            Ok(plan) if differentiable => (plan, true),
            _ => (plan(network, None, rows)?, false),
        };
        plan.run(
            &mut Team::new(1),
            Run {
                set: InstructionSet::best(),
                turn: Turn { rows, ..Turn::default() },
                sources: &fitted.sources(0, None),
                upcoming: &[],
                parameters: Parameters::Fixed(model.parameters()),
            },
        );
        let layers = network.layers().iter().enumerate();
        let layers = layers
            .map(|(index, layer)| units(&plan.output(index, rows), &layer.activation, layer.units))
            .collect();
        let lengths = has_gradient.then(|| {
            let places = plan.parameters().learned_places();
            let weights = places.filter(|place| place.name.ends_with(".weight"));
            let length = |numbers: Vec<E>| {
                numbers.iter().map(|number| number.to_f64().powi(2)).sum::<f64>().sqrt()
            };
            weights
                .map(|place| Lengths {
                    weights: length(place.read(model.parameters())),
                    gradient: length(place.read(plan.gradients())),
                })
                .collect()
        });
        let outputs = plan.output(network.layers().len() - 1, rows);
        let outputs = outputs.iter().map(|number| number.to_f64()).collect();
        Ok(Probe { rows, layers, lengths, outputs })
    }
}

/// A plan whose outputs are the activations of every layer, with the gradient of the mean loss if
/// one is given.
fn plan<E: Number>(
    network: &Network,
    loss: Option<Measure<'_>>,
    rows: usize,
) -> Result<Plan<E>, Error> {
    let graph = Graph::new();
    let x = network.input(&graph);
    let recorded = network.record(&graph, x, false);
    let mut request = Request {
        outputs: recorded.layers.iter().map(|(_, a)| a.id()).collect(),
        capacity: rows,
        fuse: true,
        ..Request::default()
    };
    if let Some(loss) = loss {
        let y = graph.input("y", Shape::batch(network.outputs()));
        let of_rows = loss.record(recorded.logits, recorded.output, y);
        let mean = of_rows.sum() / x.count_rows();
        // Of all parameters, in the order of the flat buffer, so that the layout is the model's.
        let gradients = graph.gradient(mean, &recorded.parameters)?;
        let pairs = recorded.parameters.iter().zip(gradients);
        request.gradients = pairs.map(|(parameter, by)| (parameter.id(), by.id())).collect();
    }
    Ok(Plan::new(&graph, &request)?)
}

/// The units of a layer, from their activations row by row.
fn units<E: Number>(numbers: &[E], activation: &LayerActivation, count: usize) -> Vec<Unit> {
    let activations: Vec<Activation> = match activation {
        LayerActivation::Whole(activation) => vec![*activation; count],
        LayerActivation::Groups(groups) => {
            groups.iter().flat_map(|&(units, it)| std::iter::repeat_n(it, units)).collect()
        }
    };
    let of_unit = |(unit, activation): (usize, Activation)| {
        let mut seen = Unit {
            activation,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            flat: 0,
            print: 0,
        };
        let mut print = DefaultHasher::new();
        for number in numbers.iter().skip(unit).step_by(count) {
            let a = number.to_f64();
            seen.least = seen.least.min(a);
            seen.greatest = seen.greatest.max(a);
            seen.flat += usize::from(activation.is_saturated(a));
            a.to_bits().hash(&mut print);
        }
        seen.print = print.finish();
        seen
    };
    activations.into_iter().enumerate().map(of_unit).collect()
}

/// At most `most` rows of the examples, from all over them.
pub(super) fn spread<'a, E: Number>(examples: &Examples<'a, E>, most: usize) -> Examples<'a, E> {
    let all = examples.rows();
    let count = all.min(most);
    if count == all {
        return examples.clone();
    }
    let chosen: Vec<usize> = (0..count).map(|number| number * all / count).collect();
    examples.choose(&chosen)
}
