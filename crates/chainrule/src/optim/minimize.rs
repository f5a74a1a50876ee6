//! The minimum of any graph's value.

use super::{LbfgsRun, Optimizer};
use crate::Error;
use chainrule_graph::{Graph, Op, Plan, Request, Source, Symbol, Turn, Values};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{Extent, InstructionSet, Team};
use std::collections::BTreeMap;

/// Where [`minimize`] came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Minimum {
    /// The parameters in the end, by name.
    pub parameters: BTreeMap<String, Values>,
    /// The objective before each step that was taken, and after the last.
    pub objective: Vec<f64>,
    /// Why it took no more steps.
    pub outcome: Outcome,
}

/// Why a minimisation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// All steps were taken.
    AllSteps,
    /// The gradient is within the tolerance of [`Lbfgs`](super::Lbfgs).
    Converged,
    /// [`Lbfgs`](super::Lbfgs) found no smaller objective.
    NoneSmaller,
    /// The objective or its gradient is infinite or not a number.
    NotFinite,
}

/// Makes a graph's number small by changing its parameters, all of them, for at most so many steps.
/// `values` has the initial value of each parameter and the fixed value of each input, by name.
///
/// ```
/// use chainrule::graph::{Graph, Symbol, Values};
/// use chainrule::math::Algebra;
/// use chainrule::optim::{Lbfgs, Outcome, minimize};
/// // (1 - x)^2 + 100 (y - x^2)^2, the function of Rosenbrock (1960).
/// let graph = Graph::new();
/// let (x, y) = (graph.parameter("x", 1, 1), graph.parameter("y", 1, 1));
/// let (along, across) = (Symbol::ONE - x, y - x * x);
/// let valley = along * along + Symbol::constant(100.0) * across * across;
/// let start = [("x", Values::scalar(-1.2)), ("y", Values::scalar(1.0))];
/// let minimum = minimize(&graph, valley, &start, Lbfgs::default(), 100)?;
/// assert_eq!(minimum.outcome, Outcome::Converged);
/// assert!((minimum.parameters["x"].numbers[0] - 1.0).abs() < 1e-6);
/// assert!((minimum.parameters["y"].numbers[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// Settings out of range; an objective that is not a single number or has no derivative; a parameter
/// or input without a value, or with one that does not fit it.
///
/// # Panics
/// When the objective is a bare number or belongs to another graph.
pub fn minimize<'g>(
    graph: &'g Graph,
    objective: Symbol<'g>,
    values: &[(&str, Values)],
    optimizer: impl Into<Optimizer>,
    steps: usize,
) -> Result<Minimum, Error> {
    let optimizer = optimizer.into();
    optimizer.check()?;
    // Finds whatever does not fit.
    graph.evaluate_matrices(&[objective], values)?;
    let mut descent = Descent::new(graph, objective, values)?;
    let (outcome, mut losses) = match optimizer {
        Optimizer::Lbfgs(settings) => descent.search(LbfgsRun::new(settings), steps),
        _ => descent.follow(optimizer, steps),
    };
    if outcome == Outcome::AllSteps {
        losses.push(descent.run());
    }
    Ok(Minimum { parameters: descent.named(), objective: losses, outcome })
}

/// A plan with its parameters on their way down.
struct Descent<'a> {
    plan: Plan<f64>,
    team: Team,
    parameters: Vec<f64>,
    sources: Vec<Source<'a, f64>>,
    turn: Turn,
}

impl<'a> Descent<'a> {
    fn new<'g>(
        graph: &'g Graph,
        objective: Symbol<'g>,
        values: &'a [(&str, Values)],
    ) -> Result<Descent<'a>, Error> {
        let outputs = vec![objective.id()];
        let request = Request { outputs, capacity: rows(graph, values), ..Request::default() };
        let layout = Plan::<f64>::new(graph, &request)?.parameters().clone();
        let learned: Vec<Symbol<'g>> =
            layout.learned_places().map(|place| graph.symbol(place.node)).collect();
        let gradient = graph.gradient(objective, &learned)?;
        let gradients = learned.iter().zip(gradient).map(|(each, by)| (each.id(), by.id()));
        let request = Request { gradients: gradients.collect(), fuse: true, ..request };
        let plan = Plan::new(graph, &request)?;
        let mut parameters = vec![0.0; layout.length()];
        for place in layout.places() {
            place.write(&mut parameters, &value(values, &place.name).numbers);
        }
        let source = |(name, _): &(String, _)| {
            let Values { columns, numbers, .. } = value(values, name);
            Source::Rows { values: numbers, columns: *columns, chosen: None }
        };
        let sources = plan.inputs().iter().map(source).collect();
        let turn = Turn { rows: request.capacity, ..Turn::default() };
        Ok(Descent { plan, team: Team::new(1), parameters, sources, turn })
    }

    /// Steps of an optimiser that needs a gradient alone.
    fn follow(&mut self, optimizer: Optimizer, steps: usize) -> (Outcome, Vec<f64>) {
        let length = self.plan.parameters().learned();
        let [mut first, mut second] = [0, 1].map(|number| match optimizer.states() > number {
            true => vec![0.0; length],
            false => Vec::new(),
        });
        let mut losses = Vec::new();
        for step in 1..=steps as u64 {
            losses.push(self.run());
            if !self.is_finite() {
                return (Outcome::NotFinite, losses);
            }
            let (weights, gradients) = (&mut self.parameters[..length], self.plan.gradients());
            let states = [first.as_mut_slice(), second.as_mut_slice()];
            optimizer.at(step).apply(InstructionSet::best(), weights, gradients, states);
        }
        (Outcome::AllSteps, losses)
    }

    /// Steps of L-BFGS.
    fn search(&mut self, mut run: LbfgsRun, steps: usize) -> (Outcome, Vec<f64>) {
        let mut weights = self.learned(&self.parameters);
        let mut losses = Vec::new();
        for _ in 0..steps {
            let step = run.step(&mut weights, 1.0, &mut |weights, gradient| {
                self.set_learned(weights);
                let loss = self.run();
                gradient.copy_from_slice(&self.learned(self.plan.gradients()));
                loss
            });
            self.set_learned(&weights);
            losses.push(step.loss);
            if !step.moved {
                let is_finite = step.loss.is_finite() && step.gradient_norm.is_finite();
                let outcome = match (step.converged, is_finite) {
                    (true, _) => Outcome::Converged,
                    (false, true) => Outcome::NoneSmaller,
                    (false, false) => Outcome::NotFinite,
                };
                return (outcome, losses);
            }
        }
        (Outcome::AllSteps, losses)
    }

    /// The objective, and the gradients into their buffer.
    fn run(&mut self) -> f64 {
        let run = Run {
            set: InstructionSet::best(),
            turn: self.turn,
            sources: &self.sources,
            upcoming: &[],
            parameters: Parameters::Fixed(&self.parameters),
        };
        self.plan.run(&mut self.team, run);
        self.plan.number(0)
    }

    /// Whether the objective and the gradients of the last run are.
    fn is_finite(&self) -> bool {
        let gradients = self.learned(self.plan.gradients());
        self.plan.number(0).is_finite() && gradients.iter().all(|slope| slope.is_finite())
    }

    /// The numbers of a buffer laid out as the parameters are, without its padding.
    fn learned(&self, buffer: &[f64]) -> Vec<f64> {
        self.plan.parameters().gather(buffer)
    }

    /// Writes such numbers to their places.
    fn set_learned(&mut self, numbers: &[f64]) {
        self.plan.parameters().scatter(numbers, &mut self.parameters);
    }

    fn named(&self) -> BTreeMap<String, Values> {
        let places = self.plan.parameters().learned_places();
        let named = places.map(|place| {
            let numbers = place.read(&self.parameters);
            (place.name.clone(), Values { rows: place.rows, columns: place.columns, numbers })
        });
        named.collect()
    }
}

/// Rows of the batch, by the value of an input that has its rows.
fn rows(graph: &Graph, values: &[(&str, Values)]) -> usize {
    let nodes = graph.nodes();
    let is_batch = |name: &str| {
        let mut named = nodes.iter().filter(|node| node.name.as_deref() == Some(name));
        named.any(|node| node.op == Op::Input && node.shape.rows == Extent::Batch)
    };
    values.iter().find(|(name, _)| is_batch(name)).map_or(1, |(_, value)| value.rows)
}

fn value<'a>(values: &'a [(&str, Values)], name: &str) -> &'a Values {
    let known = values.iter().find(|(known, _)| *known == name);
    known.map(|(_, values)| values).expect("`evaluate_matrices` found a value for each name")
}
