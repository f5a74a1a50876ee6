//! The gradient of an output along the straight line from one row of inputs to another.

use super::Quantity;
use super::quadrature::{POINTS, integral, points};
use crate::workers::{Pace, Workers};
use crate::{Activation, Error, LayerActivation, Model};
use chainrule_graph::{Graph, Plan, Request, Shape, Source, Symbol, Turn};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{Algebra, InstructionSet};
use std::rc::Rc;

/// Rows of a plan.
const CAPACITY: usize = 256;
/// Points of a line at which the gradient is computed at most: lines of usual networks need a hundredth.
const MOST_POINTS: usize = 400_000;
/// The error allowed, as a share of the difference to be explained.
const TOLERANCE: f64 = 1e-9;
/// The difference to be explained counts as at least this share of the values that it is between.
const LEAST_DIFFERENCE: f64 = 1e-3;
/// What rounding leaves of a sum, as a share of its terms.
const ROUNDING: f64 = 1e-13;
/// Pieces as short as this are not divided any more.
const SHORTEST: f64 = 1e-11;

/// A network with one of its outputs, or a weighted sum of them, as a function of the inputs.
///
/// Where a unit of a ReLU network turns on or off the gradient jumps, and no rule of quadrature converges
/// well. So a line is cut at these places, which are known once the pre-activations at two points are:
/// between them those of the first layer go straight, those of the second bend only where a unit of the
/// first turns, and so on. What lies between the cuts is smooth.
pub(super) struct Function {
    /// The value, and the pre-activations of the units with a bend, layer by layer.
    values: Plan<f64>,
    /// The gradient by the inputs.
    slopes: Plan<f64>,
    /// The units with a bend, of each layer that has some.
    bent: Vec<Vec<usize>>,
    /// The units of these layers.
    widths: Vec<usize>,
    inputs: usize,
    outputs: usize,
    model: Model<f64>,
    workers: Workers,
    paces: [Pace; 2],
}

/// What a line contributes.
pub(super) struct Integral {
    /// For each input, its difference times the mean of the gradient along the line.
    pub(super) contributions: Vec<f64>,
    /// The function at the beginning of the line.
    pub(super) from: f64,
    /// The function at its end.
    pub(super) to: f64,
}

/// A line: (1 - t) from + t to, and how much each output counts.
struct Line<'a> {
    from: &'a [f64],
    to: &'a [f64],
    weights: &'a [f64],
}

/// A point of a line, between two pieces of it.
struct Joint {
    t: f64,
    value: f64,
    /// The pre-activations of the units with a bend, those of all layers.
    z: Vec<f64>,
}

impl Function {
    /// Plans the outputs of a model, its last pre-activations divided by `temperature`.
    pub(super) fn new(
        model: Model<f64>,
        quantity: Quantity,
        temperature: f64,
        threads: Option<usize>,
    ) -> Result<Function, Error> {
        let network = model.network();
        let graph = Graph::new();
        let x = network.input(&graph);
        let recorded = network.record(&graph, x, false);
        let weights = graph.input("weights", Shape::batch(network.outputs()));
        let last = network.layers().last().expect("a checked network has layers");
        let logits = match temperature == 1.0 {
            true => recorded.logits,
            false => recorded.logits * Symbol::constant(1.0 / temperature),
        };
        let outputs = match quantity {
            Quantity::Logit => logits,
            Quantity::Output if temperature == 1.0 => recorded.output,
            Quantity::Output => last.activation.record(logits),
        };
        let value = (outputs * weights).sum_columns();
        let gradient = graph.gradient(value.sum(), &[x])?[0];
        let mut wanted = vec![value.id()];
        let (mut bent, mut widths) = (Vec::new(), Vec::new());
        let is_seen =
            |layer: usize| layer + 1 < network.layers().len() || quantity == Quantity::Output;
        for (index, (layer, (z, _))) in network.layers().iter().zip(&recorded.layers).enumerate() {
            let units = bent_units(&layer.activation, layer.units);
            if !units.is_empty() && is_seen(index) {
                wanted.push(z.id());
                bent.push(units);
                widths.push(layer.units);
            }
        }
        let plan = |outputs| {
            let request = Request { outputs, capacity: CAPACITY, fuse: true, ..Request::default() };
            Plan::new(&graph, &request)
        };
        Ok(Function {
            values: plan(wanted)?,
            slopes: plan(vec![gradient.id()])?,
            bent,
            widths,
            inputs: network.inputs(),
            outputs: network.outputs(),
            model,
            workers: Workers::new(threads),
            paces: [Pace::new(false), Pace::new(false)],
        })
    }

    /// The integral of the gradient from one row to another, of the sum of the outputs times `weights`.
    pub(super) fn integrate(&mut self, from: &[f64], to: &[f64], weights: &[f64]) -> Integral {
        let line = Line { from, to, weights };
        let mut ends = self.joints(&line, &[0.0, 1.0]).into_iter();
        let (Some(first), Some(last)) = (ends.next(), ends.next()) else {
            unreachable!("two points have two values");
        };
        let (from_value, to_value) = (first.value, last.value);
        let difference = (to_value - from_value).abs();
        let allowed =
            TOLERANCE * difference.max(LEAST_DIFFERENCE * (to_value.abs() + from_value.abs()));
        let mut sums = vec![0.0; self.inputs];
        let mut pieces = vec![(first, last)];
        let mut used = 0;
        while !pieces.is_empty() {
            pieces = self.cut(&line, pieces);
            let mut halves = Vec::new();
            for some in pieces.chunks(CAPACITY / POINTS) {
                let places: Vec<f64> =
                    some.iter().flat_map(|(left, right)| points(left.t, right.t)).collect();
                used += places.len();
                let slopes = self.slopes(&line, &places);
                for (piece, slopes) in some.iter().zip(slopes.chunks_exact(POINTS * self.inputs)) {
                    let (left, right) = piece;
                    let width = right.t - left.t;
                    let found: Vec<(f64, f64)> = (0..self.inputs)
                        .map(|input| {
                            let step = to[input] - from[input];
                            integral(width, |point| step * slopes[point * self.inputs + input])
                        })
                        .collect();
                    let is_last_chance = width <= SHORTEST || used >= MOST_POINTS;
                    if is_last_chance || is_accurate(piece, &found, allowed * width) {
                        sums.iter_mut().zip(&found).for_each(|(sum, (more, _))| *sum += more);
                    } else {
                        halves.push((left.clone(), right.clone()));
                    }
                }
            }
            let middles: Vec<f64> =
                halves.iter().map(|(left, right)| 0.5 * (left.t + right.t)).collect();
            let middles = self.joints(&line, &middles);
            pieces = halves
                .into_iter()
                .zip(middles)
                .flat_map(|((left, right), middle)| [(left, middle.clone()), (middle, right)])
                .collect();
        }
        Integral { contributions: sums, from: from_value, to: to_value }
    }

    /// Cuts pieces wherever a unit turns.
    fn cut(
        &mut self,
        line: &Line<'_>,
        mut pieces: Vec<(Rc<Joint>, Rc<Joint>)>,
    ) -> Vec<(Rc<Joint>, Rc<Joint>)> {
        let mut smooth = Vec::new();
        while !pieces.is_empty() {
            let mut cuts: Vec<(usize, f64)> = Vec::new();
            let mut bent = Vec::new();
            for piece in pieces {
                let turns = self.turns(&piece);
                match turns.is_empty() {
                    true => smooth.push(piece),
                    false => {
                        cuts.extend(turns.into_iter().map(|t| (bent.len(), t)));
                        bent.push(piece);
                    }
                }
            }
            let places: Vec<f64> = cuts.iter().map(|(_, t)| *t).collect();
            let mut joints = cuts.iter().map(|(piece, _)| *piece).zip(self.joints(line, &places));
            let mut next = joints.next();
            pieces = Vec::new();
            for (index, (mut left, right)) in bent.into_iter().enumerate() {
                while let Some((_, joint)) = next.take_if(|(piece, _)| *piece == index) {
                    pieces.push((left, joint.clone()));
                    left = joint;
                    next = joints.next();
                }
                pieces.push((left, right));
            }
        }
        smooth
    }

    /// Where within a piece units turn, in order: those of the first layer in which any do, found as if
    /// their pre-activations went straight.
    fn turns(&self, (left, right): &(Rc<Joint>, Rc<Joint>)) -> Vec<f64> {
        let width = right.t - left.t;
        let mut start = 0;
        for units in &self.bent {
            let of_layer = start..start + units.len();
            start = of_layer.end;
            let mut turns: Vec<f64> = left.z[of_layer.clone()]
                .iter()
                .zip(&right.z[of_layer])
                .filter(|(a, b)| **a * **b < 0.0)
                .map(|(a, b)| left.t + width * (a / (a - b)))
                // Rounding leaves a unit that has just been cut at on either side of zero.
                .filter(|t| t - left.t > SHORTEST && right.t - t > SHORTEST)
                .collect();
            turns.sort_by(f64::total_cmp);
            turns.dedup_by(|a, b| *a - *b <= SHORTEST);
            if !turns.is_empty() {
                return turns;
            }
        }
        Vec::new()
    }

    /// The value and the pre-activations at these places.
    fn joints(&mut self, line: &Line<'_>, places: &[f64]) -> Vec<Rc<Joint>> {
        let mut joints = Vec::with_capacity(places.len());
        let mut buffer = Vec::new();
        for some in places.chunks(CAPACITY) {
            self.run(line, some, true);
            let rows = some.len();
            let mut z = vec![Vec::new(); rows];
            for (index, units) in self.bent.iter().enumerate() {
                buffer.clear();
                self.values.read_output(index + 1, rows, &mut buffer);
                for (row, all) in z.iter_mut().zip(buffer.chunks_exact(self.widths[index])) {
                    row.extend(units.iter().map(|&unit| all[unit]));
                }
            }
            let values = self.values.output(0, rows);
            let joined = some.iter().zip(values).zip(z);
            joints.extend(joined.map(|((&t, value), z)| Rc::new(Joint { t, value, z })));
        }
        joints
    }

    /// The gradients at these places, at most [`CAPACITY`] of them.
    fn slopes(&mut self, line: &Line<'_>, places: &[f64]) -> Vec<f64> {
        self.run(line, places, false);
        self.slopes.output(0, places.len())
    }

    fn run(&mut self, line: &Line<'_>, places: &[f64], values: bool) {
        let between = |t: f64| {
            let ends = line.from.iter().zip(line.to);
            ends.map(move |(from, to)| (1.0 - t) * from + t * to)
        };
        let x: Vec<f64> = places.iter().flat_map(|&t| between(t)).collect();
        let weights = line.weights.repeat(places.len());
        let plan = if values { &mut self.values } else { &mut self.slopes };
        let rows = |name: &str| match name {
            "x" => Source::Rows { values: &x, columns: self.inputs, chosen: None },
            _ => Source::Rows { values: &weights, columns: self.outputs, chosen: None },
        };
        let sources: Vec<Source<'_, f64>> =
            plan.inputs().iter().map(|(name, _)| rows(name)).collect();
        let run = Run {
            set: InstructionSet::best(),
            turn: Turn { rows: places.len(), ..Turn::default() },
            sources: &sources,
            upcoming: &[],
            parameters: Parameters::Fixed(self.model.parameters()),
        };
        let share = places.len() as f64 / CAPACITY as f64;
        self.workers.run(&mut self.paces[usize::from(values)], share, |team| plan.run(team, run));
    }
}

/// Whether the integrals over a piece are as good as allowed: they add up to the difference of the
/// function, and the rule of three points came near to that of seven.
fn is_accurate((left, right): &(Rc<Joint>, Rc<Joint>), found: &[(f64, f64)], allowed: f64) -> bool {
    let sum: f64 = found.iter().map(|(integral, _)| integral).sum();
    let size: f64 = found.iter().map(|(integral, _)| integral.abs()).sum();
    let difference: f64 = found.iter().map(|(_, difference)| difference).sum();
    let rounding = ROUNDING * (size + left.value.abs() + right.value.abs());
    // As QUADPACK has it: the rule with the more points is better by a power of the difference.
    let estimate = match size > 0.0 {
        true => size * (200.0 * difference / size).powf(1.5),
        false => 0.0,
    };
    let missing = (sum - (right.value - left.value)).abs();
    missing <= allowed + rounding && estimate <= allowed + rounding
}

/// The units whose activation has a bend at 0.
fn bent_units(activation: &LayerActivation, units: usize) -> Vec<usize> {
    let is_bent = |activation: &Activation| {
        matches!(
            activation,
            Activation::Relu
                | Activation::LeakyRelu { .. }
                | Activation::Elu { .. }
                | Activation::Selu
        )
    };
    match activation {
        LayerActivation::Whole(activation) if is_bent(activation) => (0..units).collect(),
        LayerActivation::Whole(_) => Vec::new(),
        LayerActivation::Groups(groups) => {
            let each =
                groups.iter().flat_map(|&(count, it)| std::iter::repeat_n(is_bent(&it), count));
            each.enumerate().filter(|(_, bent)| *bent).map(|(unit, _)| unit).collect()
        }
    }
}
