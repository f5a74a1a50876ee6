//! Judging a network on examples.

use super::{MOST_ROWS_AT_ONCE, Reading};
use crate::examples::{Examples, Fitted, Targets};
use crate::metrics::{self, Evaluation};
use crate::train::Measure;
use crate::workers::{Pace, Workers};
use crate::{Error, Loss, Network};
use chainrule_graph::{Graph, Number, Plan, Request, Shape, Turn};
use chainrule_math::InstructionSet;
use chainrule_math::machine::{Parameters, Run};

/// A planned forward pass with its loss.
pub(crate) struct Evaluator<E: Number> {
    plan: Plan<E>,
    pace: Pace,
    outputs: usize,
    /// What tells labels from numbers.
    loss: Loss,
    buffer: Vec<E>,
}

impl<E: Number> Evaluator<E> {
    /// Of the outputs at a temperature, 1 for the network's own.
    pub(crate) fn new<'m>(
        network: &Network,
        measure: impl Into<Measure<'m>>,
        temperature: f64,
        rows: usize,
    ) -> Result<Self, Error> {
        let measure = measure.into();
        let graph = Graph::new();
        let x = network.input(&graph);
        let y = graph.input("y", Shape::batch(network.outputs()));
        let recorded = network.record(&graph, x, false);
        let logits = network.tempered(&recorded, temperature);
        let output = network.read(&recorded, Reading::at(temperature));
        let total = measure.record(logits, output, y).sum();
        let request = Request {
            outputs: vec![output.id(), total.id()],
            capacity: rows.clamp(1, MOST_ROWS_AT_ONCE),
            fuse: true,
            ..Request::default()
        };
        let plan = Plan::new(&graph, &request)?;
        Ok(Evaluator {
            plan,
            pace: Pace::new(false),
            outputs: network.outputs(),
            loss: measure.named,
            buffer: Vec::new(),
        })
    }

    pub(crate) fn evaluate(
        &mut self,
        workers: &mut Workers,
        set: InstructionSet,
        parameters: &[E],
        examples: &Examples<'_, E>,
        fitted: &Fitted<'_, E>,
    ) -> Result<Evaluation, Error> {
        let (rows, capacity) = (examples.rows(), self.plan.capacity());
        let mut loss = 0.0;
        self.buffer.clear();
        for first in (0..rows).step_by(capacity) {
            let count = (rows - first).min(capacity);
            let run = Run {
                set,
                turn: Turn { rows: count, ..Turn::default() },
                sources: &fitted.sources(first, None),
                upcoming: &[],
                parameters: Parameters::Fixed(parameters),
            };
            let (plan, share) = (&mut self.plan, count as f64 / capacity as f64);
            workers.run(&mut self.pace, share, |team| plan.run(team, run));
            self.plan.read_output(0, count, &mut self.buffer);
            loss += self.plan.number(1).to_f64();
        }
        let predicted: Vec<f64> = self.buffer.iter().map(|number| number.to_f64()).collect();
        let mut evaluation =
            Evaluation { rows, loss: loss / rows as f64, accuracy: None, regression: None };
        match examples.targets() {
            Targets::Classes(classes) => {
                let right = predicted
                    .chunks_exact(self.outputs)
                    .zip(classes.iter())
                    .filter(|(output, class)| metrics::predicted_class(output) == **class)
                    .count();
                evaluation.accuracy = Some(right as f64 / rows as f64);
            }
            Targets::Values(values) => {
                let truth: Vec<f64> = values.iter().map(|number| number.to_f64()).collect();
                if self.loss == Loss::BinaryCrossEntropy {
                    let label = |number: &f64| *number >= 0.5;
                    let right = predicted
                        .chunks_exact(self.outputs)
                        .zip(truth.chunks_exact(self.outputs))
                        .filter(|(p, y)| p.iter().map(label).eq(y.iter().map(label)))
                        .count();
                    evaluation.accuracy = Some(right as f64 / rows as f64);
                } else {
                    let scale = |values: Vec<f64>| match examples.units() {
                        [] => values,
                        units => {
                            values.iter().zip(units.iter().cycle()).map(|(x, u)| x * u).collect()
                        }
                    };
                    let (predicted, truth) = (scale(predicted), scale(truth));
                    let measures = metrics::regression(&predicted, &truth, self.outputs);
                    evaluation.regression = Some(measures);
                }
            }
        }
        Ok(evaluation)
    }
}
