//! A computation laid open: every value, every local gradient, every path back.
//!
//! Nothing is computed in another way than in training: the graph is differentiated by
//! [`Graph::gradient`]'s own backward pass, which tells of each use of a value, and one plan runs the
//! values, the local gradients and the products together.

mod matrices;
#[cfg(test)]
mod matrix_tests;

use crate::ops::{Binary, Function};
use crate::{Graph, GraphError, NodeId, Op, Symbol};
pub use matrices::{MatrixPath, MatrixStep, MatrixTrace};
use std::collections::HashSet;

/// Every value of a scalar computation, and every step of its backward pass.
///
/// ```
/// use chainrule_graph::{Graph, Trace, parse};
/// let graph = Graph::new();
/// let parsed = parse(&graph, "x^2*y/z")?;
/// let trace = Trace::new(&graph, parsed.result, &[("x", 3.0), ("y", 4.0), ("z", 2.0)])?;
/// let values: Vec<f64> = trace.computed().map(|step| step.value).collect();
/// assert_eq!(values, [9.0, 36.0, 18.0]);
/// let x = trace.step("x").unwrap();
/// assert_eq!(x.gradient, Some(12.0));
/// assert_eq!((x.paths[0].incoming, x.paths[0].local), (2.0, 6.0)); // dv1/dx = 2 x
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Every value: inputs and numbers where they are first used, what is computed in order.
    pub steps: Vec<TracedStep>,
    /// The place of the result among them.
    pub result: usize,
    /// Why there is no backward pass, if there is none.
    pub refused: Option<GraphError>,
}

/// A value, how it came about, and what the result owes to it.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedStep {
    /// Its own name, or else `v1`, `v2` and so on; the result without a name is `f`.
    pub name: String,
    /// The operation.
    pub op: Op,
    /// How it is computed, in the names of its inputs; empty for inputs and numbers.
    pub formula: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The places of its inputs.
    pub inputs: Vec<usize>,
    /// Its value.
    pub value: f64,
    /// The derivative of the result by it: the sum of the products of its paths, 1 for the result
    /// itself. Nothing if the result does not depend on it, or it depends on no input.
    pub gradient: Option<f64>,
    /// Its uses, in the order in which the backward pass comes through them.
    pub paths: Vec<TracedPath>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is given by name.
    Given,
    /// It is a number of the expression.
    Number,
    /// It is computed.
    Computed,
}

impl Origin {
    fn of(op: Op) -> Origin {
        match op {
            Op::Constant(_) => Origin::Number,
            op if op.is_given() => Origin::Given,
            _ => Origin::Computed,
        }
    }
}

/// One use of a value on the way back: the chain rule once.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedPath {
    /// The place of the step that uses it.
    pub through: usize,
    /// As which of the inputs of that step.
    pub argument: usize,
    /// The derivative of the result by that step.
    pub incoming: f64,
    /// The derivative of that step by this value.
    pub local: f64,
    /// The same as a formula.
    pub local_formula: String,
    /// Their product: what this path contributes.
    pub product: f64,
}

/// The first value or slope that is no finite number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The place of the step.
    pub step: usize,
    /// Where it is and what happened, such as `v1 = x / y is inf: division by y = 0`.
    pub message: String,
}

impl Trace {
    /// Follows `result` (1 x 1) at these values of the inputs, in f64. All of the graph so far must be
    /// scalar; nodes that the backward pass needs are added to it.
    ///
    /// # Errors
    /// When recording had failed, something is not a single number, or an input has no value. A
    /// result that cannot be differentiated is no error, but [`Trace::refused`].
    pub fn new<'g>(
        graph: &'g Graph,
        result: Symbol<'g>,
        point: &[(&str, f64)],
    ) -> Result<Trace, GraphError> {
        graph.check()?;
        let result = graph.node_of(result);
        let count = graph.len();
        let ids: Vec<NodeId> = (0..count as u32).map(NodeId).collect();
        let mut wanted: Vec<Symbol<'g>> = ids.iter().map(|&id| graph.symbol(id)).collect();
        let (derivatives, uses, refused) = match backward(graph, result, &ids) {
            Ok((derivatives, uses)) => (derivatives, uses, None),
            Err(error) => (vec![None; count], Vec::new(), Some(error)),
        };
        wanted.extend(derivatives.iter().flatten());
        wanted.extend(uses.iter().flat_map(|(at, local)| [at.incoming, *local, at.product]));
        let values = graph.evaluate(&wanted, point)?;
        let (values, mut more) = (&values[..count], values[count..].iter().copied());
        let mut next = || more.next().expect("a value for each symbol");

        let nodes = graph.nodes()[..count].to_vec();
        let names = names(graph, result, count);
        let mut steps: Vec<TracedStep> = Vec::with_capacity(count);
        for (index, node) in nodes.iter().enumerate() {
            let inputs: Vec<usize> = node.inputs.iter().map(|input| input.index()).collect();
            let arguments: Vec<&str> = inputs.iter().map(|&it| names[it].as_str()).collect();
            let gradient = derivatives[index].map(|_| next());
            steps.push(TracedStep {
                name: names[index].clone(),
                op: node.op,
                formula: formula(node.op, &arguments),
                origin: Origin::of(node.op),
                inputs,
                value: values[index],
                gradient: gradient.filter(|_| node.op.is_given() || !node.inputs.is_empty()),
                paths: Vec::new(),
            });
        }
        for (at, _) in &uses {
            let node = &nodes[at.node.index()];
            let arguments: Vec<&str> =
                node.inputs.iter().map(|input| names[input.index()].as_str()).collect();
            let path = TracedPath {
                through: at.node.index(),
                argument: at.argument,
                incoming: next(),
                local: next(),
                local_formula: slope(node.op, &arguments, &names[at.node.index()], at.argument),
                product: next(),
            };
            steps[node.inputs[at.argument].index()].paths.push(path);
        }
        Ok(Trace { steps, result: result.index(), refused })
    }

    /// The result.
    pub fn outcome(&self) -> &TracedStep {
        &self.steps[self.result]
    }

    /// What is given by name, in the order in which it is met.
    pub fn given(&self) -> impl Iterator<Item = &TracedStep> {
        self.steps.iter().filter(|step| step.origin == Origin::Given)
    }

    /// What is computed, in order.
    pub fn computed(&self) -> impl Iterator<Item = &TracedStep> {
        self.steps.iter().filter(|step| step.origin == Origin::Computed)
    }

    /// The step of this name.
    pub fn step(&self, name: &str) -> Option<&TracedStep> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// For each step and each of its inputs which of the paths of that input leads through it, if the
    /// step passes anything back to it.
    pub fn passes(&self) -> Vec<Vec<Option<usize>>> {
        let mut passes: Vec<Vec<Option<usize>>> =
            self.steps.iter().map(|step| vec![None; step.inputs.len()]).collect();
        for step in &self.steps {
            for (index, path) in step.paths.iter().enumerate() {
                passes[path.through][path.argument] = Some(index);
            }
        }
        passes
    }

    /// Why the result or one of its derivatives is no finite number: the first step that makes one
    /// out of finite ones.
    pub fn trouble(&self) -> Option<Trouble> {
        if !self.outcome().value.is_finite() {
            return self.broken_value();
        }
        let is_broken =
            |step: &TracedStep| step.gradient.is_some_and(|gradient| !gradient.is_finite());
        if !self.steps.iter().any(is_broken) {
            return None;
        }
        let paths = self.steps.iter().enumerate().rev();
        let mut paths = paths.flat_map(|(step, it)| it.paths.iter().map(move |path| (step, path)));
        let broken = paths.find(|(_, path)| path.incoming.is_finite() && !path.product.is_finite());
        let slope = broken.map(|(step, path)| {
            let (value, through) = (&self.steps[step], &self.steps[path.through]);
            let message = format!(
                "d{}/d{} = {} is {} at {} = {}",
                through.name,
                value.name,
                path.local_formula,
                path.local,
                value.name,
                short(value.value)
            );
            Trouble { step: path.through, message }
        });
        // An infinity on the way may have left the result finite.
        self.broken_value().or(slope)
    }

    fn broken_value(&self) -> Option<Trouble> {
        let broken = |(_, step): &(usize, &TracedStep)| {
            !step.value.is_finite()
                && step.inputs.iter().all(|&it| self.steps[it].value.is_finite())
        };
        let (place, step) = self.steps.iter().enumerate().find(broken)?;
        let inputs: Vec<&TracedStep> = step.inputs.iter().map(|&it| &self.steps[it]).collect();
        let reason = reason(step.op, step.value, &inputs);
        let message = format!("{} = {} is {}: {reason}", step.name, step.formula, step.value);
        Some(Trouble { step: place, message })
    }
}

type Uses<'g> = Vec<(crate::gradient::Use<'g>, Symbol<'g>)>;

/// The backward pass through the nodes `ids`: derivatives by them, and each use of a value with its
/// local gradient.
fn backward<'g>(
    graph: &'g Graph,
    result: NodeId,
    ids: &[NodeId],
) -> Result<(Vec<Option<Symbol<'g>>>, Uses<'g>), GraphError> {
    let given: Vec<NodeId> = {
        let nodes = graph.nodes();
        ids.iter().copied().filter(|id| nodes[id.index()].op.is_given()).collect()
    };
    let mut uses = Vec::new();
    let mut derivatives = graph.backward(result, &given, &mut |at| uses.push(at))?;
    derivatives.truncate(ids.len());
    let mut locals: Uses<'g> = Vec::with_capacity(uses.len());
    for at in uses {
        let inputs = graph.nodes()[at.node.index()].inputs.len();
        let needed: Vec<bool> = (0..inputs).map(|input| input == at.argument).collect();
        let local = graph.local(at.node, &needed)?[at.argument];
        let local = local.expect("what has a product has a slope");
        locals.push((at, local));
    }
    Ok((derivatives, locals))
}

/// A name for each of the first `count` nodes, no two alike but numbers.
fn names(graph: &Graph, result: NodeId, count: usize) -> Vec<String> {
    let nodes = graph.nodes();
    let nodes = &nodes[..count];
    let taken: HashSet<&str> = nodes.iter().filter_map(|node| node.name.as_deref()).collect();
    let is_free = |name: &String| !taken.contains(name.as_str());
    let mut numbered = (1..).map(|number| format!("v{number}")).filter(is_free);
    let candidates = ["f", "result", "value"].into_iter().map(str::to_string);
    let result_name = candidates.chain((1..).map(|number| format!("f{number}"))).find(is_free);
    let name = |(index, node): (usize, &crate::Node)| match (&node.name, node.op) {
        (Some(name), _) => name.clone(),
        (None, _) if index == result.index() && !node.inputs.is_empty() => {
            result_name.clone().expect("there are many names")
        }
        (None, Op::Constant(number)) if number < 0.0 => format!("({})", short(number)),
        (None, Op::Constant(number)) => short(number),
        (None, _) => numbered.next().expect("there are many numbers"),
    };
    nodes.iter().enumerate().map(name).collect()
}

/// An operation on inputs of these names.
fn formula(op: Op, names: &[&str]) -> String {
    match (op, names) {
        (Op::Function(function), [x]) => function.written(x),
        (Op::Binary(binary), [a, b]) => binary.written(a, b),
        (_, []) => String::new(),
        _ => format!("{}({})", op.name(), names.join(", ")),
    }
}

/// The slope of an operation called `y` by one of its inputs.
fn slope(op: Op, names: &[&str], y: &str, argument: usize) -> String {
    match (op, names) {
        (Op::Function(function), [x]) => function.slope_written(x, y),
        (Op::Binary(binary), [a, b]) => {
            let [first, second] = binary.slopes_written(a, b, y);
            if argument == 0 { first } else { second }
        }
        _ => format!("slope of {}", op.name()),
    }
}

/// Why an operation on finite numbers gives none.
fn reason(op: Op, value: f64, inputs: &[&TracedStep]) -> String {
    let shown = |step: &TracedStep| match step.origin {
        Origin::Number => step.name.clone(),
        _ => format!("{} = {}", step.name, short(step.value)),
    };
    let is_fractional_power = |x: &TracedStep| x.value < 0.0 && value.is_nan();
    match (op, inputs) {
        (Op::Binary(Binary::Divide), [_, divisor]) if divisor.value == 0.0 => {
            format!("division by {}", shown(divisor))
        }
        (Op::Function(Function::Ln(_)), [x]) if x.value <= 0.0 => {
            format!("there is no logarithm of {}", shown(x))
        }
        (Op::Function(Function::Log1p(_)), [x]) if x.value <= -1.0 => {
            format!("there is no logarithm of 1 + {}", short(x.value))
        }
        (Op::Function(Function::Sqrt(_)), [x]) if x.value < 0.0 => {
            format!("there is no square root of {}", shown(x))
        }
        (Op::Function(Function::Power(_)) | Op::Binary(Binary::Power), [x, ..])
            if x.value == 0.0 =>
        {
            "0 to a negative power".to_string()
        }
        (Op::Function(Function::Power(_)) | Op::Binary(Binary::Power), [x, ..])
            if is_fractional_power(x) =>
        {
            format!("{} is negative, and the exponent is no whole number", shown(x))
        }
        _ => "the number is too large for 64 bits".to_string(),
    }
}

/// A number as it is typed, with an exponent where it would have many zeros.
fn short(number: f64) -> String {
    match number.abs() {
        size if size > 0.0 && !(1e-5..1e15).contains(&size) => format!("{number:e}"),
        _ => number.to_string(),
    }
}
