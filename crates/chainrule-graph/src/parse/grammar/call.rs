//! A function with its arguments.

use super::facts::{self, Facts};
use super::{Instruction, Parser, Piece};
use crate::ops::Function;
use crate::parse::ParseError;
use crate::parse::composed::Composed;
use crate::parse::functions::Callable;
use crate::parse::matrix::{self, Matrix, bounded};
use crate::parse::token::Kind;
use crate::{Op, Shape};

/// How often a value may be differentiated: each time its graph becomes several times as large.
const HIGHEST_ORDER: u8 = 4;

/// How many derivatives a text may ask for: each walks back over all that stands before it.
const MOST_DERIVATIVES: usize = 1000;

impl Parser<'_> {
    /// ( sum, ... ) after a function's name.
    pub(super) fn call(
        &mut self,
        name: &str,
        callable: Callable,
        name_position: usize,
    ) -> Result<Piece, ParseError> {
        let open = self.token.position;
        self.brackets += 1;
        self.advance()?;
        let mut arguments: Vec<(Piece, usize)> = Vec::new();
        let mut count = 0;
        if self.token.kind != Kind::Close {
            loop {
                let position = self.token.position;
                let argument = self.deeper(Self::sum)?;
                count += 1;
                match (callable, arguments.as_mut_slice()) {
                    (Callable::Many(binary), [(all, _)]) => {
                        *all = self.join(binary, *all, argument, name_position)?
                    }
                    _ => arguments.push((argument, position)),
                }
                if self.token.kind != Kind::Comma {
                    break;
                }
                self.advance()?;
            }
        }
        self.close(open)?;
        if count == 1
            && let Some(matrix) = matrix::of_one(name)
        {
            return self.push_matrix(name, matrix, &arguments, name_position);
        }
        if !callable.arguments().contains(&count) {
            let found = if count == 0 { "none".to_string() } else { count.to_string() };
            let message = format!("`{name}` takes {}, found {found}", callable.usage());
            return self.fail(name_position, message);
        }
        let first = arguments[0].0;
        match callable {
            Callable::Plain(function) => Ok(self.apply(function, first)),
            Callable::Many(_) => Ok(first),
            Callable::Power => self.raise(first, arguments[1].0, arguments[1].1),
            Callable::WithSetting(make) => {
                let setting = self.setting(name, arguments.get(1))?;
                match make(setting) {
                    Ok(function) => Ok(self.apply(function, first)),
                    Err(message) => self.fail(arguments[arguments.len() - 1].1, message),
                }
            }
            Callable::Composed(composed) => self.compose(name, composed, &arguments, name_position),
            Callable::Matrix(function) => {
                let (values, numbers) = arguments.split_at(*function.values.end().min(&count));
                let numbers = self.numbers(name, numbers)?;
                let place = arguments[arguments.len() - 1].1;
                let matrix = (function.make)(&numbers).map_err(|it| self.error(place, it))?;
                self.push_matrix(name, matrix, values, name_position)
            }
            Callable::Derivative => self.derivative(&arguments, name_position),
        }
    }

    /// The numbers behind the values of a function; their instructions are taken back.
    fn numbers(
        &mut self,
        name: &str,
        arguments: &[(Piece, usize)],
    ) -> Result<Vec<f64>, ParseError> {
        let mut numbers = Vec::new();
        for (piece, position) in arguments {
            let Some(number) = piece.constant else {
                let message = format!("this argument of `{name}` must be a number");
                return self.fail(*position, message);
            };
            numbers.push(number);
        }
        if let Some((first, _)) = arguments.first() {
            self.program.truncate(first.start);
        }
        Ok(numbers)
    }

    fn push_matrix(
        &mut self,
        name: &str,
        matrix: Matrix,
        values: &[(Piece, usize)],
        position: usize,
    ) -> Result<Piece, ParseError> {
        let parts: Vec<Facts> = values.iter().map(|(piece, _)| piece.facts).collect();
        let shapes: Vec<Shape> = parts.iter().map(|it| it.shape).collect();
        match matrix.shape(&shapes).and_then(bounded) {
            Ok(shape) => {
                self.program.push(Instruction::Matrix(matrix, values.len()));
                let facts = Facts::all(shape, &parts);
                Ok(Piece { start: values[0].0.start, constant: None, facts })
            }
            Err(expected) => self.fail(position, facts::misfit(name, &shapes, &expected)),
        }
    }

    /// The derivative of the first argument by what the second, a name, stands for.
    fn derivative(
        &mut self,
        arguments: &[(Piece, usize)],
        position: usize,
    ) -> Result<Piece, ParseError> {
        let [(of, _), (by, place)] = arguments else { unreachable!("their number was checked") };
        let Some((start, Instruction::Name(number))) = self
            .program
            .last()
            .map(|&last| (self.program.len() - 1, last))
            .filter(|(start, _)| *start == by.start)
        else {
            let message = "expected the name of an input or of a step; give this a name above, as in \
                           `u = x + 1`";
            return self.fail(*place, message);
        };
        if of.facts.shape != Shape::SCALAR {
            let message = format!(
                "the derivative needs a single number to start from, but this is {}: take its sum or \
                 mean first",
                of.facts.shape
            );
            return self.fail(arguments[0].1, message);
        }
        if let Some(function) = of.facts.flat {
            let message = format!(
                "`{function}` has no derivative: use sigmoid or relu where a gradient is needed"
            );
            return self.fail(arguments[0].1, message);
        }
        if of.facts.order == HIGHEST_ORDER {
            let message = format!("found a derivative of more than order {HIGHEST_ORDER}");
            return self.fail(position, message);
        }
        self.derivatives += 1;
        if self.derivatives > MOST_DERIVATIVES {
            return self.fail(position, format!("found more than {MOST_DERIVATIVES} derivatives"));
        }
        self.program.truncate(start);
        self.program.push(Instruction::Derivative { by: number, position });
        let facts =
            Facts { shape: self.names[number].facts.shape, order: of.facts.order + 1, flat: None };
        Ok(Piece { start: of.start, constant: None, facts })
    }

    /// The number behind the values of a function, if it is given; its instructions are taken back.
    fn setting(
        &mut self,
        name: &str,
        argument: Option<&(Piece, usize)>,
    ) -> Result<Option<f64>, ParseError> {
        match argument {
            None => Ok(None),
            Some((Piece { start, constant: Some(setting), .. }, _)) => {
                self.program.truncate(*start);
                Ok(Some(*setting))
            }
            Some((_, position)) => {
                self.fail(*position, format!("the last argument of `{name}` must be a number"))
            }
        }
    }

    fn compose(
        &mut self,
        name: &str,
        composed: &'static Composed,
        arguments: &[(Piece, usize)],
        position: usize,
    ) -> Result<Piece, ParseError> {
        let values = arguments.len().min(*composed.values.end());
        if let Some(applied) = composed.applies {
            let mut ends = arguments[1..].iter().map(|(piece, _)| piece.start);
            let first = ends.next().unwrap_or(self.program.len());
            let ends = std::iter::once(first).chain(ends).chain([self.program.len()]);
            for ((_, position), end) in arguments.iter().zip(ends) {
                if self.comes_out_of(applied, end) {
                    let message = format!(
                        "`{name}` takes logits and applies `{applied}` itself: give it what stands in \
                         the brackets of `{applied}`"
                    );
                    return self.fail(*position, message);
                }
            }
        }
        let mut number = 0.0;
        if let Some(setting) = &composed.setting {
            let given = self.setting(name, arguments.get(values))?;
            number = given.unwrap_or(setting.usual);
            if !(setting.holds)(number) {
                let message = format!(
                    "the {} of `{name}` must be {}, found {number}",
                    setting.name, setting.expected
                );
                return self.fail(arguments[arguments.len() - 1].1, message);
            }
        }
        let mut parts: Vec<Facts> =
            arguments[..values].iter().map(|(piece, _)| piece.facts).collect();
        // Nothing flows back to what is only compared.
        for part in &mut parts[..composed.compared] {
            part.flat = None;
        }
        let facts = facts::joined(&Op::Select, name, &parts);
        let facts = facts.map_err(|message| self.error(position, message))?;
        self.program.push(Instruction::Composed(composed, values, number));
        Ok(Piece { start: arguments[0].0.start, constant: None, facts })
    }

    /// Whether the last instruction before `end` is the function of this name, or a step that is.
    fn comes_out_of(&self, function: &str, end: usize) -> bool {
        let mut last = end.checked_sub(1);
        while let Some(index) = last {
            last = match self.program[index] {
                // Another name for a step.
                Instruction::Function(Function::Identity(_)) => index.checked_sub(1),
                Instruction::Function(found) => return found.name() == function,
                Instruction::Composed(found, ..) => return found.names[0] == function,
                Instruction::Name(number) => {
                    // Names of steps are numbered in the order of the statements.
                    let step = self.statements.binary_search_by_key(&Some(number), |it| it.name);
                    step.ok().map(|step| self.statements[step].end - 1)
                }
                _ => None,
            };
        }
        false
    }
}
