//! A function with its arguments.

use super::{Instruction, Parser, Piece};
use crate::ops::Function;
use crate::parse::ParseError;
use crate::parse::composed::Composed;
use crate::parse::functions::Callable;
use crate::parse::token::Kind;

impl Parser<'_> {
    /// ( sum, ... ) after a function's name.
    pub(super) fn call(
        &mut self,
        name: &str,
        callable: Callable,
        position: usize,
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
                        *all = self.join(binary, *all, argument)
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
        if !callable.arguments().contains(&count) {
            let found = if count == 0 { "none".to_string() } else { count.to_string() };
            let message = format!("`{name}` takes {}, found {found}", callable.usage());
            return self.fail(position, message);
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
            Callable::Composed(composed) => self.compose(name, composed, &arguments),
        }
    }

    /// The number behind the values of a function, if it is given; its instructions are taken back.
    fn setting(
        &mut self,
        name: &str,
        argument: Option<&(Piece, usize)>,
    ) -> Result<Option<f64>, ParseError> {
        match argument {
            None => Ok(None),
            Some((Piece { start, constant: Some(setting) }, _)) => {
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
        self.program.push(Instruction::Composed(composed, values, number));
        Ok(Piece { start: arguments[0].0.start, constant: None })
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
