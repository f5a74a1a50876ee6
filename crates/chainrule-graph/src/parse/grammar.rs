//! Tokens to a program for a stack machine.

mod call;
mod facts;
mod names;

pub(super) use names::{Known, Meaning, Names};

use super::ParseError;
use super::composed::Composed;
use super::functions;
use super::matrix::Matrix;
use super::token::{self, Kind, Token, Tokens};
use crate::Op;
use crate::ops::{Binary, Function, Identity, Negate, Power};
use facts::Facts;
use std::collections::HashMap;

/// How deep brackets, signs and powers may nest.
const DEEPEST: usize = 200;

/// One instruction of the stack machine.
#[derive(Clone, Copy)]
pub(super) enum Instruction {
    Number(f64),
    /// Pushes what a name stands for.
    Name(usize),
    Function(Function),
    Binary(Binary),
    /// A function of so many values, and its number.
    Composed(&'static Composed, usize, f64),
    /// A function of so many matrices.
    Matrix(Matrix, usize),
    /// The derivative by what a name stands for.
    Derivative {
        by: usize,
        position: usize,
    },
}

/// A part of the program that leaves one value.
#[derive(Clone, Copy)]
struct Piece {
    /// Where it starts in the program.
    start: usize,
    /// Its value, if it does not depend on any name.
    constant: Option<f64>,
    facts: Facts,
}

/// One step, or the result.
pub(super) struct Statement {
    /// The step it gives a name to.
    pub(super) name: Option<usize>,
    /// Where its instructions end.
    pub(super) end: usize,
}

/// Reads a text.
pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Tokens<'t>,
    token: Token<'t>,
    pub(super) program: Vec<Instruction>,
    pub(super) statements: Vec<Statement>,
    pub(super) names: Vec<Known<'t>>,
    number_of: HashMap<&'t str, usize>,
    given: Names,
    depth: usize,
    brackets: usize,
    derivatives: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(given: Names, text: &'t str) -> Result<Parser<'t>, ParseError> {
        let mut parser = Parser {
            text,
            tokens: Tokens::new(text),
            token: Token { kind: Kind::Separator, position: 0 },
            program: Vec::new(),
            statements: Vec::new(),
            names: Vec::new(),
            number_of: HashMap::new(),
            given,
            depth: 0,
            brackets: 0,
            derivatives: 0,
        };
        parser.advance()?;
        Ok(parser)
    }

    /// What is wrong at a place.
    pub(super) fn error(&self, position: usize, message: impl Into<String>) -> ParseError {
        ParseError::new(self.text, position, message.into())
    }

    fn fail<T>(&self, position: usize, message: impl Into<String>) -> Result<T, ParseError> {
        Err(self.error(position, message))
    }

    /// Moves to the next token; within brackets a line break is as good as a space.
    fn advance(&mut self) -> Result<(), ParseError> {
        loop {
            match self.tokens.next() {
                Ok(token) if token.is_line_break() && self.brackets > 0 => {}
                Ok(token) => {
                    self.token = token;
                    return Ok(());
                }
                Err((position, message)) => return self.fail(position, message),
            }
        }
    }

    /// Everything.
    pub(super) fn statements(&mut self) -> Result<(), ParseError> {
        let mut unnamed = None;
        loop {
            while self.token.is_separator() {
                self.advance()?;
            }
            if self.token.kind == Kind::End {
                break;
            }
            if let Some(position) = unnamed {
                let message = "only the last statement may go without a name: write `name = ...`";
                return self.fail(position, message);
            }
            let start = self.token.position;
            let name = self.statement()?;
            if name.is_none() {
                unnamed = Some(start);
            }
            self.statements.push(Statement { name, end: self.program.len() });
        }
        match self.statements.is_empty() {
            true => self.fail(self.text.len(), "expected an expression, found nothing"),
            false => Ok(()),
        }
    }

    /// `name = expression` or `expression`, up to its separator; the name's number.
    fn statement(&mut self) -> Result<Option<usize>, ParseError> {
        let first = self.token;
        let mut ahead = self.tokens.clone();
        let step = match (first.kind, ahead.next()) {
            (Kind::Name(name), Ok(Token { kind: Kind::Equals, .. })) => Some(name),
            _ => None,
        };
        if let Some(name) = step {
            self.may_name(name, first.position)?;
            self.advance()?;
            self.advance()?;
        }
        let piece = self.sum()?;
        match self.token.kind {
            Kind::Separator | Kind::LineBreak | Kind::End => {}
            Kind::Close => return self.fail(self.token.position, "`)` closes no bracket"),
            Kind::Equals => {
                let message = "expected one name before `=`, as in `u = x + 1`";
                return self.fail(self.token.position, message);
            }
            _ => {
                let message = format!("expected an operator, found {}{}", self.token, self.hint());
                return self.fail(self.token.position, message);
            }
        }
        let Some(name) = step else { return Ok(None) };
        // Its own expression may have used the name as an input.
        self.may_name(name, first.position)?;
        if piece.start + 1 == self.program.len()
            && let Some(Instruction::Name(_)) = self.program.last()
        {
            // Another name for the same value must not rename it.
            self.program.push(Instruction::Function(Identity.into()));
        }
        self.names.push(Known { name, meaning: Meaning::Step, facts: piece.facts });
        self.number_of.insert(name, self.names.len() - 1);
        Ok(Some(self.names.len() - 1))
    }

    /// Whether a step may have this name.
    fn may_name(&self, name: &str, position: usize) -> Result<(), ParseError> {
        let reason = if functions::find(name).is_some() {
            "is a function"
        } else if functions::number(name).is_some() {
            "is a number"
        } else if let Some(&number) = self.number_of.get(name) {
            match self.names[number].meaning {
                Meaning::Step => "is a step already",
                _ => "is used as an input already",
            }
        } else if self.given.find(name).is_some() {
            "is an input of the graph already"
        } else {
            return Ok(());
        };
        self.fail(
            position,
            format!("`{}` {reason}: give this step another name", token::shortened(name)),
        )
    }

    /// What to change where two values stand side by side.
    fn hint(&self) -> &'static str {
        match self.token.kind {
            Kind::Name(_) | Kind::Number(_) | Kind::Open => "; a product is written with `*`",
            _ => "",
        }
    }

    /// product (+ product)*
    fn sum(&mut self) -> Result<Piece, ParseError> {
        let mut left = self.product()?;
        while let Some(binary) = match self.token.kind {
            Kind::Plus => Some(Binary::Add),
            Kind::Minus => Some(Binary::Subtract),
            _ => None,
        } {
            let position = self.token.position;
            self.advance()?;
            let right = self.product()?;
            left = self.join(binary, left, right, position)?;
        }
        Ok(left)
    }

    /// signed (* signed)*
    fn product(&mut self) -> Result<Piece, ParseError> {
        let mut left = self.signed()?;
        while let Some(binary) = match self.token.kind {
            Kind::Times => Some(Binary::Multiply),
            Kind::Over => Some(Binary::Divide),
            _ => None,
        } {
            let position = self.token.position;
            self.advance()?;
            let right = self.signed()?;
            left = self.join(binary, left, right, position)?;
        }
        Ok(left)
    }

    /// Goes one level deeper for as long as `inner` takes.
    fn deeper(
        &mut self,
        inner: fn(&mut Self) -> Result<Piece, ParseError>,
    ) -> Result<Piece, ParseError> {
        if self.depth == DEEPEST {
            let message = format!(
                "nested deeper than {DEEPEST} levels: give an inner part a name of its own, as in \
                 `u = x + 1; u^2`"
            );
            return self.fail(self.token.position, message);
        }
        self.depth += 1;
        let piece = inner(self)?;
        self.depth -= 1;
        Ok(piece)
    }

    /// - signed | + signed | power
    fn signed(&mut self) -> Result<Piece, ParseError> {
        match self.token.kind {
            Kind::Plus => {
                self.advance()?;
                self.deeper(Self::signed)
            }
            Kind::Minus => {
                self.advance()?;
                let piece = self.deeper(Self::signed)?;
                Ok(self.apply(Negate.into(), piece))
            }
            _ => self.power(),
        }
    }

    /// operand (^ signed)?
    fn power(&mut self) -> Result<Piece, ParseError> {
        let base = self.operand()?;
        if self.token.kind != Kind::Power {
            return Ok(base);
        }
        self.advance()?;
        let position = self.token.position;
        let exponent = self.deeper(Self::signed)?;
        self.raise(base, exponent, position)
    }

    /// number | name | function ( arguments ) | ( sum )
    fn operand(&mut self) -> Result<Piece, ParseError> {
        let Token { kind, position } = self.token;
        match kind {
            Kind::Number(number) => {
                self.advance()?;
                Ok(self.push_number(number))
            }
            Kind::Name(name) => {
                self.advance()?;
                let called = self.token.kind == Kind::Open;
                match (functions::find(name), functions::number(name)) {
                    (Some(callable), _) if called => self.call(name, callable, position),
                    (Some(_), _) => self.fail(
                        position,
                        format!("`{name}` is a function: write `{name}(...)` with its argument"),
                    ),
                    (None, Some(number)) => Ok(self.push_number(number)),
                    (None, None) if called && !self.is_known(name) => {
                        self.fail(position, functions::unknown(name))
                    }
                    (None, None) => self.push_name(name, position),
                }
            }
            Kind::Open => {
                self.brackets += 1;
                self.advance()?;
                let piece = self.deeper(Self::sum)?;
                self.close(position)?;
                Ok(piece)
            }
            _ => {
                let python = kind == Kind::Times && self.text[..position].ends_with('*');
                let hint = if python { "; a power is written with `^`" } else { "" };
                let message = format!("expected an operand, found {}{hint}", self.token);
                self.fail(position, message)
            }
        }
    }

    fn is_known(&self, name: &str) -> bool {
        self.number_of.contains_key(name) || self.given.find(name).is_some()
    }

    /// The closing bracket of the one at `open`.
    fn close(&mut self, open: usize) -> Result<(), ParseError> {
        match self.token.kind {
            Kind::Close => {
                self.brackets -= 1;
                self.advance()
            }
            Kind::End | Kind::Separator => self.fail(open, "this `(` is never closed"),
            _ => {
                let message =
                    format!("expected an operator or `)`, found {}{}", self.token, self.hint());
                self.fail(self.token.position, message)
            }
        }
    }

    fn push_number(&mut self, number: f64) -> Piece {
        self.program.push(Instruction::Number(number));
        Piece { start: self.program.len() - 1, constant: Some(number), facts: Facts::NUMBER }
    }

    fn push_name(&mut self, name: &'t str, position: usize) -> Result<Piece, ParseError> {
        let number = match self.number_of.get(name) {
            Some(&number) => number,
            None => {
                let known = self.given.known(name).map_err(|error| self.error(position, error))?;
                self.names.push(known);
                self.number_of.insert(name, self.names.len() - 1);
                self.names.len() - 1
            }
        };
        self.program.push(Instruction::Name(number));
        let facts = self.names[number].facts;
        Ok(Piece { start: self.program.len() - 1, constant: None, facts })
    }

    fn apply(&mut self, function: Function, argument: Piece) -> Piece {
        // A negative literal is one number, not an operation.
        match self.program[argument.start..] {
            [Instruction::Number(number)] if function == Function::Negate(Negate) => {
                self.program[argument.start] = Instruction::Number(-number);
            }
            _ => self.program.push(Instruction::Function(function)),
        }
        let constant = argument.constant.map(|value| function.value(value));
        let facts = match constant {
            Some(_) => argument.facts,
            None => argument.facts.through(function),
        };
        Piece { start: argument.start, constant, facts }
    }

    /// `position` is that of the operator or of the function's name.
    fn join(
        &mut self,
        binary: Binary,
        left: Piece,
        right: Piece,
        position: usize,
    ) -> Result<Piece, ParseError> {
        let facts = facts::joined(&Op::Binary(binary), binary.name(), &[left.facts, right.facts]);
        let facts = facts.map_err(|message| self.error(position, message))?;
        self.program.push(Instruction::Binary(binary));
        let both = left.constant.zip(right.constant);
        let constant = both.map(|(a, b)| binary.value(a, b));
        Ok(Piece { start: left.start, constant, facts })
    }

    /// A power; `position` is that of the exponent.
    fn raise(
        &mut self,
        base: Piece,
        exponent: Piece,
        position: usize,
    ) -> Result<Piece, ParseError> {
        match exponent.constant {
            Some(value) if value.is_finite() => {
                self.program.truncate(exponent.start);
                Ok(self.apply(Power { exponent: value }.into(), base))
            }
            Some(value) => {
                self.fail(position, format!("the exponent is {value}, no finite number"))
            }
            None => self.join(Binary::Power, base, exponent, position),
        }
    }
}
