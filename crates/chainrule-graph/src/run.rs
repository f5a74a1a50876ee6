//! Running a plan, and the short way to evaluate an expression.

use crate::{Graph, GraphError, NodeId, Number, Plan, Request, Shape, Symbol};
use chainrule_math::machine::{Parameters, Run};
use chainrule_math::{InstructionSet, Team};

pub use chainrule_math::machine::{Source, Turn};

impl<E: Number> Plan<E> {
    /// Runs the plan. Sources come in the order of [`Plan::inputs`]. Allocates nothing after the
    /// first run with a team of the same size.
    ///
    /// # Panics
    /// When the batch is larger than the capacity, a source does not hold it, or the parameters are
    /// not as long as the layout says.
    pub fn run(&mut self, team: &mut Team, run: Run<'_, E>) {
        self.schedule.run(team, &mut self.memory, run);
    }

    /// Output number `index`, the first `rows` rows, row by row.
    pub fn output(&self, index: usize, rows: usize) -> Vec<E> {
        let mut values = Vec::new();
        self.read_output(index, rows, &mut values);
        values
    }

    /// Appends the first `rows` rows of output number `index` to `values`.
    pub fn read_output(&self, index: usize, rows: usize, values: &mut Vec<E>) {
        let region = &self.outputs[index];
        let rows = region.rows.rows(rows).min(region.capacity);
        for row in 0..rows {
            for column in (0..region.columns).step_by(E::PANEL) {
                let start = region.index::<E>(row, column);
                let width = (region.columns - column).min(E::PANEL);
                values.extend_from_slice(&self.memory.arena[start..start + width]);
            }
        }
    }

    /// How many outputs there are.
    pub fn output_count(&self) -> usize {
        self.outputs.len()
    }

    /// Output number `index`, a single number.
    pub fn number(&self, index: usize) -> E {
        self.memory.arena[self.outputs[index].offset]
    }

    /// Whether it has states to carry.
    pub fn has_states(&self) -> bool {
        !self.states.is_empty()
    }

    /// Writes the next values of the states, as the last run found them, to their places among the
    /// parameters.
    ///
    /// # Panics
    /// When the parameters are not as long as the layout says.
    pub fn carry_states(&self, parameters: &mut [E]) {
        assert_eq!(parameters.len(), self.parameters.length(), "the plan's own parameters");
        for (state, next) in &self.states {
            for row in 0..state.capacity {
                for column in 0..state.columns {
                    parameters[state.index::<E>(row, column)] =
                        self.memory.arena[next.index::<E>(row, column)];
                }
            }
        }
    }

    /// The flat buffer of gradients, laid out as the learned part of the parameters is.
    pub fn gradients(&self) -> &[E] {
        &self.memory.gradients
    }
}

/// A matrix of values, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// The numbers.
    pub numbers: Vec<f64>,
}

impl Values {
    /// A single number.
    pub fn scalar(number: f64) -> Values {
        Values { rows: 1, columns: 1, numbers: vec![number] }
    }
}

/// A plan with the values it runs on, which can be changed between runs: f64, the plan as written.
pub(crate) struct Evaluator {
    plan: Plan<f64>,
    team: Team,
    /// In the order of the plan's inputs.
    inputs: Vec<Values>,
    parameters: Vec<f64>,
    shapes: Vec<Shape>,
    batch: usize,
}

impl Evaluator {
    pub(crate) fn new(
        graph: &Graph,
        symbols: &[Symbol<'_>],
        values: &[(&str, Values)],
    ) -> Result<Evaluator, GraphError> {
        let outputs: Vec<NodeId> = symbols.iter().map(|&symbol| graph.node_of(symbol)).collect();
        let rows = values.iter().map(|(_, value)| value.rows).max().unwrap_or(1);
        let batch = graph.batch_of(values)?.unwrap_or(rows);
        let shapes = outputs.iter().map(|&output| graph.shape(output)).collect();
        let request = Request { outputs, capacity: batch, ..Request::default() };
        let plan = Plan::<f64>::new(graph, &request)?;
        let named = |name: &str| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| value).ok_or_else(
                || GraphError::Value {
                    name: name.to_string(),
                    found: "missing".to_string(),
                    expected: graph.shape_named(name).unwrap_or(Shape::SCALAR),
                },
            )
        };
        let inputs = plan.inputs().iter().map(|(name, _)| named(name).cloned());
        let inputs = inputs.collect::<Result<_, _>>()?;
        let mut parameters = vec![0.0; plan.parameters().length()];
        for place in plan.parameters().places() {
            place.write(&mut parameters, &named(&place.name)?.numbers);
        }
        Ok(Evaluator { plan, team: Team::new(1), inputs, parameters, shapes, batch })
    }

    /// One number of the input or parameter of this name; nothing if the plan does not read it.
    pub(crate) fn number(&mut self, name: &str, row: usize, column: usize) -> Option<&mut f64> {
        let places = self.plan.parameters().places();
        if let Some(place) = places.iter().find(|place| place.name == name) {
            return Some(&mut self.parameters[place.index::<f64>(row, column)]);
        }
        let input = self.plan.inputs().iter().position(|(known, _)| known == name)?;
        let values = &mut self.inputs[input];
        Some(&mut values.numbers[row * values.columns + column])
    }

    pub(crate) fn run(&mut self) {
        let source = |values| {
            let Values { numbers, columns, .. }: &Values = values;
            Source::Rows { values: numbers, columns: *columns, chosen: None }
        };
        let sources: Vec<Source<'_, f64>> = self.inputs.iter().map(source).collect();
        self.plan.run(
            &mut self.team,
            Run {
                set: InstructionSet::best(),
                turn: Turn { rows: self.batch, ..Turn::default() },
                sources: &sources,
                upcoming: &[],
                parameters: Parameters::Fixed(&self.parameters),
            },
        );
    }

    /// The value of symbol number `index`.
    pub(crate) fn output(&self, index: usize) -> Values {
        let shape = self.shapes[index];
        Values {
            rows: shape.rows.rows(self.batch),
            columns: shape.columns,
            numbers: self.plan.output(index, self.batch),
        }
    }

    /// The value of symbol number `index`, a single number.
    pub(crate) fn scalar(&self, index: usize) -> f64 {
        self.plan.number(index)
    }
}

impl Graph {
    /// The values of scalar `symbols` with the scalar inputs and parameters given by name, in f64,
    /// by the plan as written.
    ///
    /// # Errors
    /// When an input has no value, a value has no input, or recording had failed.
    pub fn evaluate(
        &self,
        symbols: &[Symbol<'_>],
        values: &[(&str, f64)],
    ) -> Result<Vec<f64>, GraphError> {
        let values: Vec<(&str, Values)> =
            values.iter().map(|&(name, number)| (name, Values::scalar(number))).collect();
        let results = self.evaluate_matrices(symbols, &values)?;
        Ok(results.into_iter().map(|result| result.numbers[0]).collect())
    }

    /// The same for matrices.
    ///
    /// # Errors
    /// As for [`Graph::evaluate`], and when a value does not have the shape of its input.
    pub fn evaluate_matrices(
        &self,
        symbols: &[Symbol<'_>],
        values: &[(&str, Values)],
    ) -> Result<Vec<Values>, GraphError> {
        let mut evaluator = Evaluator::new(self, symbols, values)?;
        evaluator.run();
        Ok((0..symbols.len()).map(|index| evaluator.output(index)).collect())
    }

    pub(crate) fn shape_named(&self, name: &str) -> Option<Shape> {
        self.given(name).map(|id| self.shape(id))
    }

    /// Checks the values against the inputs; the number of rows of the batch, if one has it.
    fn batch_of(&self, values: &[(&str, Values)]) -> Result<Option<usize>, GraphError> {
        let mut batch = None;
        for (name, value) in values {
            let Some(shape) = self.shape_named(name) else {
                let nodes = self.nodes();
                let known: Vec<&str> = nodes
                    .iter()
                    .filter(|node| node.op.is_given())
                    .filter_map(|node| node.name.as_deref())
                    .collect();
                return Err(GraphError::UnknownName {
                    name: name.to_string(),
                    known: known.join(", "),
                });
            };
            let rows_fit = match shape.rows {
                chainrule_math::Extent::Fixed(rows) => rows == value.rows,
                chainrule_math::Extent::Batch => *batch.get_or_insert(value.rows) == value.rows,
            };
            let whole = value.rows * value.columns == value.numbers.len();
            if !rows_fit || shape.columns != value.columns || !whole {
                return Err(GraphError::Value {
                    name: name.to_string(),
                    found: format!(
                        "{} numbers as {} x {}",
                        value.numbers.len(),
                        value.rows,
                        value.columns
                    ),
                    expected: shape,
                });
            }
        }
        Ok(batch)
    }
}
