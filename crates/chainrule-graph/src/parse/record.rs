//! A program becomes nodes of the graph.

use super::grammar::{Instruction, Meaning, Parser};
use super::{ParseError, Parsed};
use crate::ops::Identity;
use crate::{Graph, Symbol};

/// Records a program that is known to be right.
pub(super) fn record<'g>(graph: &'g Graph, parser: &Parser<'_>) -> Result<Parsed<'g>, ParseError> {
    let mut symbols: Vec<Option<Symbol<'g>>> = vec![None; parser.names.len()];
    let mut variables = Vec::new();
    for (symbol, known) in symbols.iter_mut().zip(&parser.names) {
        let variable = match known.meaning {
            Meaning::Step => continue,
            Meaning::New => graph.scalar(known.name),
            Meaning::Known(id) => graph.symbol(id),
        };
        *symbol = Some(variable);
        variables.push((known.name.to_string(), variable));
    }
    let mut steps = Vec::new();
    let mut stack: Vec<Symbol<'g>> = Vec::new();
    let pop = |stack: &mut Vec<Symbol<'g>>| stack.pop().expect("a program is complete");
    let mut next = 0;
    for statement in &parser.statements {
        let before = graph.len();
        for instruction in &parser.program[next..statement.end] {
            let named = |number: usize| symbols[number].expect("steps stand above their use");
            let value = match *instruction {
                Instruction::Number(number) => graph.constant(number),
                Instruction::Name(number) => named(number),
                Instruction::Function(function) => pop(&mut stack).apply(function),
                Instruction::Binary(binary) => {
                    let (right, left) = (pop(&mut stack), pop(&mut stack));
                    left.binary(binary, right)
                }
                Instruction::Composed(composed, values, number) => {
                    let values = stack.split_off(stack.len() - values);
                    (composed.record)(&values, number)
                }
                Instruction::Matrix(matrix, values) => {
                    matrix.record(&stack.split_off(stack.len() - values))
                }
                Instruction::Derivative { by, position } => {
                    let derivative = graph.gradient(pop(&mut stack), &[named(by)]);
                    // What the text says was checked; what a name stands for may have no derivative.
                    derivative.map_err(|error| parser.error(position, error.to_string()))?[0]
                }
            };
            stack.push(value);
        }
        next = statement.end;
        if let Some(number) = statement.name {
            let (name, mut value) = (parser.names[number].name, stack[stack.len() - 1]);
            // The sum of a single number is that number: another name for it must not rename it.
            if value.id().index() < before {
                value = value.apply(Identity);
                *stack.last_mut().expect("it was read above") = value;
            }
            graph.name(value, name);
            symbols[number] = Some(value);
            steps.push((name.to_string(), value));
            if next != parser.program.len() {
                stack.pop();
            }
        }
    }
    Ok(Parsed { result: pop(&mut stack), variables, steps })
}
