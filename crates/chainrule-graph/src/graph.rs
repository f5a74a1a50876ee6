//! The graph: an append-only list of operations.
//!
//! A node can only use nodes made before it, so the order of creation is already an order in which
//! everything can be computed: no sorting, no recursion, no reference counting.

use crate::{GraphError, Op, Shape, Symbol};
use chainrule_math::Extent;
use std::cell::{Ref, RefCell};
use std::collections::HashMap;

/// The number of a node in its graph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// Its position in [`Graph::nodes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One operation and what it is applied to.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Its inputs, made earlier.
    pub inputs: Vec<NodeId>,
    /// The shape of its value.
    pub shape: Shape,
    /// What a person calls it.
    pub name: Option<String>,
    /// The scope in which it was recorded, such as `layer 2`.
    pub scope: Option<std::rc::Rc<str>>,
}

/// A computation, recorded once.
///
/// ```
/// use chainrule_graph::Graph;
/// let graph = Graph::new();
/// let (x, y, z) = (graph.scalar("x"), graph.scalar("y"), graph.scalar("z"));
/// let f = x * x * y / z;
/// let gradient = graph.gradient(f, &[x, y, z])?;
/// let values = graph.evaluate(&gradient, &[("x", 3.0), ("y", 4.0), ("z", 2.0)])?;
/// assert_eq!(values, [12.0, 4.5, -9.0]);
/// # Ok::<(), chainrule_graph::GraphError>(())
/// ```
#[derive(Default, Debug)]
pub struct Graph {
    nodes: RefCell<Vec<Node>>,
    /// The nodes of bare numbers, by their bits: each number is one node.
    numbers: RefCell<HashMap<u64, NodeId>>,
    /// The inputs, parameters and states by name.
    given: RefCell<HashMap<String, NodeId>>,
    scope: RefCell<Option<std::rc::Rc<str>>>,
    /// Operators cannot return errors, so the first one waits here for whoever uses the graph.
    error: RefCell<Option<GraphError>>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Graph {
        Graph::default()
    }

    /// A value given to each run.
    pub fn input(&self, name: &str, shape: Shape) -> Symbol<'_> {
        self.leaf(Op::Input, name, shape)
    }

    /// An input of a single number.
    pub fn scalar(&self, name: &str) -> Symbol<'_> {
        self.input(name, Shape::SCALAR)
    }

    /// A value that is learned, of fixed size.
    pub fn parameter(&self, name: &str, rows: usize, columns: usize) -> Symbol<'_> {
        self.leaf(Op::Parameter, name, Shape::matrix(rows, columns))
    }

    /// A value of fixed size that is carried from step to step; see
    /// [`Request::states`](crate::Request).
    pub fn state(&self, name: &str, rows: usize, columns: usize) -> Symbol<'_> {
        self.leaf(Op::State, name, Shape::matrix(rows, columns))
    }

    /// A named leaf. Values are given by name, so a name taken twice is an error.
    fn leaf(&self, op: Op, name: &str, shape: Shape) -> Symbol<'_> {
        let symbol = self.push(op, &[], shape);
        self.name(symbol, name);
        let earlier = self.given.borrow_mut().insert(name.to_string(), symbol.id());
        if earlier.is_some() {
            let error = GraphError::NameTaken { place: self.place(), name: name.to_string() };
            self.error.borrow_mut().get_or_insert(error);
        }
        symbol
    }

    /// A fixed number as a node of its own, which is shown and not folded away.
    pub fn constant(&self, value: f64) -> Symbol<'_> {
        self.push(Op::Constant(value), &[], Shape::SCALAR)
    }

    /// Everything recorded until the next call belongs to `scope`, which error messages name.
    pub fn scope(&self, scope: &str) {
        *self.scope.borrow_mut() = (!scope.is_empty()).then(|| scope.into());
    }

    /// Gives a node a name.
    pub fn name(&self, symbol: Symbol<'_>, name: &str) {
        let id = self.node_of(symbol).index();
        self.nodes.borrow_mut()[id].name = Some(name.to_string());
    }

    /// The input, parameter or state of this name.
    pub fn given(&self, name: &str) -> Option<NodeId> {
        self.given.borrow().get(name).copied()
    }

    /// The symbol of a node.
    pub fn symbol(&self, id: NodeId) -> Symbol<'_> {
        Symbol::of(self, id)
    }

    /// All nodes, in order of creation.
    pub fn nodes(&self) -> Ref<'_, [Node]> {
        Ref::map(self.nodes.borrow(), Vec::as_slice)
    }

    /// The shape of a node.
    pub fn shape(&self, id: NodeId) -> Shape {
        self.nodes.borrow()[id.index()].shape
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first error of recording, if there was one.
    pub fn check(&self) -> Result<(), GraphError> {
        match &*self.error.borrow() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// What a person calls the node, or else its operation and number.
    pub fn label(&self, id: NodeId) -> String {
        let nodes = self.nodes.borrow();
        let node = &nodes[id.index()];
        node.name.clone().unwrap_or_else(|| format!("{} #{}", node.op.name(), id.0))
    }

    /// The node of a symbol, which is made if the symbol is a bare number.
    pub(crate) fn node_of(&self, symbol: Symbol<'_>) -> NodeId {
        match symbol.node() {
            Some((graph, id)) => {
                assert!(std::ptr::eq(graph, self), "a symbol of another graph");
                id
            }
            None => {
                let value = symbol.number().expect("a symbol is a node or a number");
                if let Some(&known) = self.numbers.borrow().get(&value.to_bits()) {
                    return known;
                }
                let id = self.constant(value).id();
                self.numbers.borrow_mut().insert(value.to_bits(), id);
                id
            }
        }
    }

    /// Appends a node.
    pub(crate) fn push(&self, op: Op, inputs: &[NodeId], shape: Shape) -> Symbol<'_> {
        let mut nodes = self.nodes.borrow_mut();
        let id = NodeId(u32::try_from(nodes.len()).expect("fewer than 2^32 nodes"));
        let scope = self.scope.borrow().clone();
        nodes.push(Node { op, inputs: inputs.to_vec(), shape, name: None, scope });
        Symbol::of(self, id)
    }

    /// Appends an operation, finding its shape; a misfit is remembered as the graph's error.
    pub(crate) fn record(&self, op: Op, inputs: &[Symbol<'_>]) -> Symbol<'_> {
        let ids: Vec<NodeId> = inputs.iter().map(|&input| self.node_of(input)).collect();
        let shapes: Vec<Shape> = ids.iter().map(|&id| self.shape(id)).collect();
        let shape = shape_of(&op, &shapes).unwrap_or_else(|expected| {
            let operation = op.name().to_string();
            self.refuse(operation, &shapes, expected);
            shapes[0]
        });
        self.push(op, &ids, shape)
    }

    /// Appends an operation whose shape is not determined by its inputs.
    pub(crate) fn record_as(&self, op: Op, inputs: &[Symbol<'_>], shape: Shape) -> Symbol<'_> {
        let ids: Vec<NodeId> = inputs.iter().map(|&input| self.node_of(input)).collect();
        self.push(op, &ids, shape)
    }

    /// Remembers a misfit of shapes.
    pub(crate) fn refuse(&self, operation: String, shapes: &[Shape], expected: String) {
        let found: Vec<String> = shapes.iter().map(Shape::to_string).collect();
        let error = GraphError::Shape {
            place: self.place(),
            operation,
            found: found.join(" and "),
            expected,
        };
        self.error.borrow_mut().get_or_insert(error);
    }

    /// The scope set last, to be set again after a detour.
    pub(crate) fn current_scope(&self) -> String {
        self.scope.borrow().as_deref().unwrap_or("").to_string()
    }

    pub(crate) fn place(&self) -> String {
        self.scope.borrow().as_ref().map_or(String::new(), |scope| format!("{scope}: "))
    }
}

/// The shape of an operation's value, or what its inputs should have been.
pub(crate) fn shape_of(op: &Op, shapes: &[Shape]) -> Result<Shape, String> {
    use chainrule_math::Form;
    let first = shapes[0];
    let repeated = |shapes: &[Shape]| {
        shapes.iter().skip(1).try_fold(shapes[0], |all, &shape| all.broadcast(shape)).ok_or_else(
            || {
                "elementwise operations need equal shapes, or rows or columns of 1, which are \
                 repeated; transpose or slice one of them"
                    .to_string()
            },
        )
    };
    match op {
        Op::Function(_) | Op::Slope(_) | Op::DropoutMask { .. } | Op::Softmax | Op::LogSoftmax => {
            Ok(first)
        }
        Op::Binary(_) | Op::Select => repeated(shapes),
        Op::Product(form) => {
            let second = shapes[1];
            let (rows, terms) = match form {
                Form::TransposedLeft => (Extent::Fixed(first.columns), first.rows),
                _ => (first.rows, Extent::Fixed(first.columns)),
            };
            let (right_terms, columns) = match (form, second.rows) {
                (Form::TransposedRight, Extent::Fixed(columns)) => {
                    (Extent::Fixed(second.columns), columns)
                }
                (Form::TransposedRight, Extent::Batch) => {
                    return Err("a product cannot have a column for each row of the batch; \
                                exchange the two factors"
                        .to_string());
                }
                _ => (second.rows, second.columns),
            };
            if terms == right_terms {
                Ok(Shape { rows, columns })
            } else {
                Err("the columns of the left factor must be as many as the rows of the right \
                     one; give the layer as many inputs as the one before it has units"
                    .to_string())
            }
        }
        Op::Transpose => match first.rows {
            Extent::Fixed(rows) => Ok(Shape::matrix(first.columns, rows)),
            Extent::Batch => {
                Err("the batch cannot become columns; use a product with a transposed factor"
                    .to_string())
            }
        },
        Op::SumRows => Ok(Shape::matrix(1, first.columns)),
        Op::SumColumns | Op::LogSumExp => Ok(Shape { columns: 1, ..first }),
        Op::Concatenate => {
            if first.rows == shapes[1].rows {
                Ok(Shape { columns: first.columns + shapes[1].columns, ..first })
            } else {
                Err("both need as many rows".to_string())
            }
        }
        Op::GatherRows => match (first.rows, shapes[1].columns) {
            (Extent::Fixed(_), 1) => Ok(Shape { rows: shapes[1].rows, columns: first.columns }),
            _ => Err("a table of fixed rows and an index of one column are needed".to_string()),
        },
        Op::Input
        | Op::Parameter
        | Op::State
        | Op::Constant(_)
        | Op::Broadcast
        | Op::BatchRows
        | Op::SliceColumns { .. }
        | Op::PadColumns { .. }
        | Op::ScatterAddRows => unreachable!("{} is recorded with its shape", op.name()),
    }
}
