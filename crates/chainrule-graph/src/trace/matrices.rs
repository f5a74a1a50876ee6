//! A computation of matrices laid open: every value, every gradient, every path back.

use super::{Origin, Uses, backward, names, slope};
use crate::{Graph, GraphError, NodeId, Op, Shape, Symbol, Values};

/// Every value of a computation of matrices, and every step of its backward pass.
///
/// ```
/// use chainrule_graph::{Graph, MatrixTrace, Shape, Values, parse};
/// let graph = Graph::new();
/// graph.input("x", Shape::matrix(1, 2));
/// graph.input("w", Shape::matrix(2, 1));
/// let parsed = parse(&graph, "z = matmul(x, w); z^2")?;
/// let matrix = |rows, columns, numbers: &[f64]| Values { rows, columns, numbers: numbers.to_vec() };
/// let point = [("x", matrix(1, 2, &[1.0, 2.0])), ("w", matrix(2, 1, &[3.0, 4.0]))];
/// let trace = MatrixTrace::new(&graph, parsed.result, &point)?;
/// let w = trace.steps.iter().find(|step| step.name == "w").unwrap();
/// assert_eq!(w.gradient, Some(matrix(2, 1, &[22.0, 44.0])));
/// assert_eq!(w.paths[0].local_formula, "matmul(transpose(x), df/dz)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixTrace {
    /// Every value: inputs and numbers where they are first used, what is computed in order.
    pub steps: Vec<MatrixStep>,
    /// The place of the result among them.
    pub result: usize,
    /// Why there is no backward pass, if there is none: a result that is no single number, or a step
    /// without slope.
    pub refused: Option<GraphError>,
}

/// A value, how it came about, and what the result owes to it.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixStep {
    /// As in [`crate::TracedStep`].
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
    pub value: Values,
    /// The derivative of the result by it, in its shape: the sum of the products of its paths.
    pub gradient: Option<Values>,
    /// Its uses, in the order in which the backward pass comes through them.
    pub paths: Vec<MatrixPath>,
}

/// One use of a value on the way back: the chain rule once.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixPath {
    /// The place of the step that uses it.
    pub through: usize,
    /// As which of the inputs of that step.
    pub argument: usize,
    /// The derivative of each element of that step by the element of this value that it comes from,
    /// where each comes from one.
    pub local: Option<Values>,
    /// The same as a formula; without such elements, how this path's part is computed from the
    /// derivative by the step.
    pub local_formula: String,
    /// What this path contributes, in the shape of the value.
    pub product: Values,
}

impl MatrixTrace {
    /// Follows `result` at these values of the inputs, in f64. Nodes that the backward pass needs are
    /// added to the graph.
    ///
    /// # Errors
    /// When recording had failed, or the values do not fit.
    pub fn new<'g>(
        graph: &'g Graph,
        result: Symbol<'g>,
        point: &[(&str, Values)],
    ) -> Result<MatrixTrace, GraphError> {
        graph.check()?;
        let result = graph.node_of(result);
        let count = graph.len();
        let ids: Vec<NodeId> = (0..count as u32).map(NodeId).collect();
        let (derivatives, uses, refused) = match start(graph, result, &ids) {
            Ok((derivatives, uses)) => (derivatives, uses, None),
            Err(error) => (vec![None; count], Vec::new(), Some(error)),
        };
        let nodes = graph.nodes()[..count].to_vec();
        // In full shape, and values that only hold for elements left out.
        let full = |symbol: Symbol<'g>, shape: Shape| {
            graph.symbol(graph.node_of(symbol)).broadcast_to(shape)
        };
        let mut wanted: Vec<Symbol<'g>> = ids.iter().map(|&id| graph.symbol(id)).collect();
        let gradients = derivatives.iter().zip(&nodes);
        wanted.extend(gradients.filter_map(|(it, node)| it.map(|it| full(it, node.shape))));
        for (at, local) in &uses {
            let node = &nodes[at.node.index()];
            wanted.push(full(at.product, nodes[node.inputs[at.argument].index()].shape));
            if node.op.is_elementwise() {
                wanted.push(full(*local, local.shape()));
            }
        }
        let values = graph.evaluate_matrices(&wanted, point)?;
        let (values, mut more) = (&values[..count], values[count..].iter().cloned());
        let mut next = || more.next().expect("a value for each symbol");

        let names = names(graph, result, count);
        let mut steps: Vec<MatrixStep> = Vec::with_capacity(count);
        for (index, node) in nodes.iter().enumerate() {
            let inputs: Vec<usize> = node.inputs.iter().map(|input| input.index()).collect();
            let arguments: Vec<&str> = inputs.iter().map(|&it| names[it].as_str()).collect();
            let gradient = derivatives[index].map(|_| next());
            steps.push(MatrixStep {
                name: names[index].clone(),
                op: node.op,
                formula: formula(node.op, &arguments, node.shape),
                origin: Origin::of(node.op),
                inputs,
                value: values[index].clone(),
                gradient: gradient.filter(|_| node.op.is_given() || !node.inputs.is_empty()),
                paths: Vec::new(),
            });
        }
        let result = result.index();
        for (at, _) in &uses {
            let node = &nodes[at.node.index()];
            let arguments: Vec<&str> =
                node.inputs.iter().map(|input| names[input.index()].as_str()).collect();
            let name = &names[at.node.index()];
            let product = next();
            let (local, local_formula) = match node.op.is_elementwise() {
                true => (Some(next()), slope(node.op, &arguments, name, at.argument)),
                false => {
                    let incoming = match at.node.index() == result {
                        true => "1".to_string(),
                        false => format!("d{}/d{name}", names[result]),
                    };
                    (None, back(node.op, &arguments, name, &incoming, at.argument))
                }
            };
            steps[node.inputs[at.argument].index()].paths.push(MatrixPath {
                through: at.node.index(),
                argument: at.argument,
                local,
                local_formula,
                product,
            });
        }
        Ok(MatrixTrace { steps, result, refused })
    }

    /// For each step and each of its inputs which of the paths of that input leads through it.
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
}

/// The backward pass, if there is a single number for it to start from.
fn start<'g>(
    graph: &'g Graph,
    result: NodeId,
    ids: &[NodeId],
) -> Result<(Vec<Option<Symbol<'g>>>, Uses<'g>), GraphError> {
    match graph.shape(result) {
        Shape::SCALAR => backward(graph, result, ids),
        shape => Err(GraphError::NotANumber { name: "the result".to_string(), shape }),
    }
}

/// An operation on inputs of these names, as it is typed.
fn formula(op: Op, names: &[&str], shape: Shape) -> String {
    let list = names.join(", ");
    match op {
        Op::Product(_) => format!("matmul({list})"),
        Op::SumRows => format!("sum({list}, 0)"),
        Op::SumColumns => format!("sum({list}, 1)"),
        Op::LogSumExp => format!("log_sum_exp({list})"),
        Op::LogSoftmax => format!("log_softmax({list})"),
        Op::SliceColumns { start } => format!("columns({list}, {start}, {})", shape.columns),
        Op::GatherRows => format!("gather_rows({list})"),
        Op::ScatterAddRows => format!("scatter_add_rows({list}, {})", shape.rows.rows(1)),
        _ => super::formula(op, names),
    }
}

/// How the derivative by one input comes from `d`, that by the value `y` of a whole-matrix operation.
fn back(op: Op, names: &[&str], y: &str, d: &str, argument: usize) -> String {
    match (op, names, argument) {
        (Op::Product(chainrule_math::Form::Plain), [_, right], 0) => {
            format!("matmul({d}, transpose({right}))")
        }
        (Op::Product(chainrule_math::Form::Plain), [left, _], _) => {
            format!("matmul(transpose({left}), {d})")
        }
        (Op::Transpose, ..) => format!("transpose({d})"),
        (Op::SumRows, ..) => format!("{d}, for each row"),
        (Op::SumColumns, ..) => format!("{d}, for each column"),
        (Op::LogSumExp, [x], _) => format!("{d} * softmax({x})"),
        (Op::Softmax, ..) => format!("{y} * ({d} - sum({d} * {y}, 1))"),
        (Op::LogSoftmax, ..) => format!("{d} - exp({y}) * sum({d}, 1)"),
        (Op::SliceColumns { .. }, ..) => format!("{d}, and 0 for the other columns"),
        (Op::Concatenate, ..) => format!("its columns of {d}"),
        (Op::GatherRows, [_, index], _) => format!("the rows of {d} added up by {index}"),
        (Op::ScatterAddRows, [_, index], _) => format!("gather_rows({d}, {index})"),
        _ => format!("{d} through {}", op.name()),
    }
}
