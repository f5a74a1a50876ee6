//! Differentiation: the chain rule, applied again and again.
//!
//! The backward pass is recorded as more nodes of the same graph. It can therefore be drawn, fused,
//! planned and differentiated again like any other computation. Nodes are visited once each, in the
//! reverse of their creation; a node that was used several times sums over its uses.

use crate::ops::Keep;
use crate::{Graph, GraphError, NodeId, Op, Shape, Symbol};
use chainrule_math::{Algebra, Extent, Form};

/// A value used by a node, on the way back.
pub(crate) struct Use<'g> {
    /// The node that uses it.
    pub(crate) node: NodeId,
    /// As which of its inputs.
    pub(crate) argument: usize,
    /// The derivative of the output by the node.
    pub(crate) incoming: Symbol<'g>,
    /// What this use contributes to the derivative of the output by the value.
    pub(crate) product: Symbol<'g>,
}

impl Graph {
    /// The derivative of `output` (1 x 1) by each of `by`, in their shapes.
    ///
    /// # Errors
    /// When recording had failed, the output is not a single number, or a heaviside step lies
    /// between it and one of `by`.
    pub fn gradient<'g>(
        &'g self,
        output: Symbol<'g>,
        by: &[Symbol<'g>],
    ) -> Result<Vec<Symbol<'g>>, GraphError> {
        self.check()?;
        let output = self.node_of(output);
        if self.shape(output) != Shape::SCALAR {
            let (name, shape) = (self.label(output), self.shape(output));
            return Err(GraphError::NotANumber { name, shape });
        }
        let targets: Vec<NodeId> = by.iter().map(|&symbol| self.node_of(symbol)).collect();
        let derivatives = self.backward(output, &targets, &mut |_| {})?;
        Ok(targets
            .iter()
            .map(|&target| {
                let derivative = derivatives[target.index()].unwrap_or(Symbol::ZERO);
                self.full(derivative, self.shape(target))
            })
            .collect())
    }

    /// The second derivatives of `output` (1 x 1) by each pair of `by`, which are 1 x 1 too: the
    /// gradient of each derivative.
    ///
    /// # Errors
    /// As for [`Graph::gradient`].
    pub fn second_derivatives<'g>(
        &'g self,
        output: Symbol<'g>,
        by: &[Symbol<'g>],
    ) -> Result<Vec<Vec<Symbol<'g>>>, GraphError> {
        let first = self.gradient(output, by)?;
        first.into_iter().map(|derivative| self.gradient(derivative, by)).collect()
    }

    /// The backward pass: the derivative of `output` by each node that depends on one of the targets.
    /// It may be smaller than the node where it is the same along a dimension. `visit` hears of each
    /// use of a value.
    pub(crate) fn backward<'g>(
        &'g self,
        output: NodeId,
        targets: &[NodeId],
        visit: &mut dyn FnMut(Use<'g>),
    ) -> Result<Vec<Option<Symbol<'g>>>, GraphError> {
        let count = self.len();
        let scope = self.current_scope();

        // Which nodes depend on one of the targets: only they are visited.
        let mut depends = vec![false; count];
        targets.iter().for_each(|target| depends[target.index()] = true);
        for index in 0..count {
            depends[index] |= self.nodes()[index].inputs.iter().any(|input| depends[input.index()]);
        }
        let first_target = targets.iter().min();

        let mut derivatives: Vec<Option<Symbol<'g>>> = vec![None; count];
        derivatives[output.index()] = Some(Symbol::ONE);
        for index in (0..=output.index()).rev() {
            let id = NodeId(index as u32);
            let Some(incoming) = derivatives[index] else { continue };
            if !depends[index] || first_target.is_none_or(|first| *first > id) {
                continue;
            }
            let node = self.nodes()[index].clone();
            let needed: Vec<bool> =
                node.inputs.iter().map(|input| depends[input.index()]).collect();
            if !needed.contains(&true) {
                continue;
            }
            self.scope(node.scope.as_deref().unwrap_or(""));
            let contributions = self.pull_back(id, incoming, &needed)?;
            for (argument, contribution) in contributions.into_iter().enumerate() {
                let Some(contribution) = contribution else { continue };
                let input = node.inputs[argument];
                let product = match node.op.is_elementwise() {
                    true => self.fit(contribution, node.shape, self.shape(input)),
                    false => contribution,
                };
                visit(Use { node: id, argument, incoming, product });
                let sum = &mut derivatives[input.index()];
                *sum = Some(match *sum {
                    Some(earlier) => earlier + product,
                    None => product,
                });
            }
        }
        self.scope(&scope);
        Ok(derivatives)
    }

    /// The derivatives of a node by its inputs, those that are needed: what [`Graph::backward`]
    /// multiplies by the derivative of the output by the node.
    pub(crate) fn local<'g>(
        &'g self,
        id: NodeId,
        needed: &[bool],
    ) -> Result<Vec<Option<Symbol<'g>>>, GraphError> {
        self.pull_back(id, Symbol::ONE, needed)
    }

    /// The derivative as a node of exactly this shape.
    fn full<'g>(&'g self, derivative: Symbol<'g>, shape: Shape) -> Symbol<'g> {
        self.symbol(self.node_of(derivative)).broadcast_to(shape)
    }

    /// Sums a contribution over the dimensions along which an elementwise operation repeated its
    /// input.
    fn fit<'g>(&'g self, contribution: Symbol<'g>, from: Shape, to: Shape) -> Symbol<'g> {
        let one = Extent::Fixed(1);
        let mut sum = contribution;
        if to.columns == 1 && from.columns != 1 {
            // Repeated along the columns: bring those to full width, then add them up.
            let rows = sum.shape().rows;
            sum = self.full(sum, Shape { rows, columns: from.columns }).sum_columns();
        }
        if to.rows == one && from.rows != one {
            let columns = sum.shape().columns;
            sum = self.full(sum, Shape { rows: from.rows, columns }).sum_rows();
        }
        sum
    }

    /// The chain rule at one node: from the derivative by its value to the derivatives by its
    /// inputs, those that are needed.
    fn pull_back<'g>(
        &'g self,
        id: NodeId,
        incoming: Symbol<'g>,
        needed: &[bool],
    ) -> Result<Vec<Option<Symbol<'g>>>, GraphError> {
        let node = self.nodes()[id.index()].clone();
        let y = self.symbol(id);
        let x: Vec<Symbol<'g>> = node.inputs.iter().map(|&input| self.symbol(input)).collect();
        let full = || self.full(incoming, node.shape);
        let only = |contribution| Ok(vec![Some(contribution)]);
        match node.op {
            Op::Input | Op::Parameter | Op::State | Op::Constant(_) => Ok(vec![]),
            Op::Function(function) => {
                let kept = match function.keeps() {
                    Keep::Input => x[0],
                    Keep::Output => y,
                    Keep::Nothing => return only(incoming * function.slope(Symbol::ZERO)),
                    Keep::NoSlope => {
                        return Err(GraphError::NotDifferentiable {
                            place: self.place(),
                            operation: function.name(),
                            remedy: "use sigmoid or relu where a gradient is needed",
                        });
                    }
                };
                only(incoming * self.record(Op::Slope(function), &[kept]))
            }
            Op::Slope(function) => {
                // Written out over symbols, the slope is a small graph of x[0] alone, which can be
                // differentiated like any other: here elementwise, so its sum has the derivative
                // of each element.
                let written = self.full(function.slope(x[0]), node.shape);
                let start = match written.shape() {
                    Shape::SCALAR => written,
                    _ => written.sum(),
                };
                let second = self.gradient(start, &[x[0]])?;
                only(incoming * second[0])
            }
            Op::Binary(binary) => {
                let [by_first, by_second] =
                    [needed[0], needed[1]].map(|it| it && !binary.is_flat());
                Ok(vec![
                    by_first.then(|| incoming * binary.slope_by_first(x[0], x[1], y)),
                    by_second.then(|| incoming * binary.slope_by_second(x[0], x[1], y)),
                ])
            }
            Op::Select => {
                let zero = Symbol::ZERO;
                Ok(vec![
                    None,
                    needed[1].then(|| x[0].choose(incoming, zero)),
                    needed[2].then(|| x[0].choose(zero, incoming)),
                ])
            }
            Op::Broadcast => only(incoming),
            Op::DropoutMask { .. } | Op::BatchRows => Ok(vec![None]),
            Op::Product(form) => {
                let incoming = full();
                let (by_left, by_right): (Symbol<'g>, Symbol<'g>);
                match form {
                    Form::Plain => {
                        // The gradient of the weights first: what it needs is then free earlier.
                        by_right =
                            gated(needed[1], || x[0].product_as(Form::TransposedLeft, incoming));
                        by_left =
                            gated(needed[0], || incoming.product_as(Form::TransposedRight, x[1]));
                    }
                    Form::TransposedLeft => {
                        by_left =
                            gated(needed[0], || x[1].product_as(Form::TransposedRight, incoming));
                        by_right = gated(needed[1], || x[0].product(incoming));
                    }
                    Form::TransposedRight => {
                        by_left = gated(needed[0], || incoming.product(x[1]));
                        by_right =
                            gated(needed[1], || incoming.product_as(Form::TransposedLeft, x[0]));
                    }
                }
                Ok(vec![needed[0].then_some(by_left), needed[1].then_some(by_right)])
            }
            Op::Transpose => only(full().transpose()),
            // The same for every summed element: left for the reader to repeat.
            Op::SumRows | Op::SumColumns => only(incoming),
            Op::LogSumExp => only(incoming * (x[0] - y).exp()),
            Op::Softmax => only(y * (incoming - (incoming * y).sum_columns())),
            Op::LogSoftmax => {
                let incoming = full();
                only(incoming - y.exp() * incoming.sum_columns())
            }
            Op::SliceColumns { start } => only(full().pad_columns(start, x[0].shape().columns)),
            Op::PadColumns { start } => only(full().slice_columns(start, x[0].shape().columns)),
            Op::Concatenate => {
                let (incoming, first) = (full(), x[0].shape().columns);
                let second = x[1].shape().columns;
                Ok(vec![
                    needed[0].then(|| incoming.slice_columns(0, first)),
                    needed[1].then(|| incoming.slice_columns(first, second)),
                ])
            }
            Op::GatherRows => {
                let Extent::Fixed(rows) = x[0].shape().rows else {
                    unreachable!("a table has fixed rows")
                };
                Ok(vec![needed[0].then(|| full().scatter_add_rows(x[1], rows)), None])
            }
            Op::ScatterAddRows => Ok(vec![needed[0].then(|| full().gather_rows(x[1])), None]),
        }
    }
}

/// The symbol if it is needed; else a number that nobody uses.
fn gated<'g>(needed: bool, symbol: impl FnOnce() -> Symbol<'g>) -> Symbol<'g> {
    if needed { symbol() } else { Symbol::ZERO }
}
