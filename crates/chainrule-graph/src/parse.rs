//! Expressions as people type them.
//!
//! A text is read once from left to right into a program for a stack machine, which is then
//! recorded: nothing reaches the graph before all of the text is known to be right. The program is
//! flat rather than a tree, so a sum of a million terms needs no deep recursion; only brackets,
//! signs and powers nest, and how deep is limited.

mod functions;
mod token;

use crate::ops::{Binary, Function, Identity, Negate, Power};
use crate::{Graph, NodeId, Op, Symbol};
use functions::Callable;
use std::collections::HashMap;
use std::fmt;
use thiserror::Error;
use token::{Kind, Token, Tokens};

/// How deep brackets, signs and powers may nest.
const DEEPEST: usize = 200;
/// How much of a long line an error shows.
const SHOWN: usize = 72;

/// What was typed, recorded in a graph.
#[derive(Clone, Debug)]
pub struct Parsed<'g> {
    /// The value of the last statement.
    pub result: Symbol<'g>,
    /// The inputs it reads, in the order in which their names appear.
    pub variables: Vec<(String, Symbol<'g>)>,
    /// The named steps, in order.
    pub steps: Vec<(String, Symbol<'g>)>,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct ParseError {
    /// What was expected, what was found, and what to do.
    pub message: String,
    /// Where in the text, in bytes.
    pub position: usize,
    /// The line of the text that holds the position.
    pub line: String,
    /// Characters of the line before the position.
    pub column: usize,
}

impl ParseError {
    fn new(text: &str, position: usize, message: String) -> ParseError {
        let start = text[..position].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[position..].find('\n').map_or(text.len(), |length| position + length);
        let line = text[start..end].trim_end_matches('\r').to_string();
        ParseError { message, position, line, column: text[start..position].chars().count() }
    }
}

impl fmt::Display for ParseError {
    /// The message, the line (as much of it as fits) and a caret under the place.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.column.saturating_sub(SHOWN / 2);
        let mut rest = self.line.chars().skip(first);
        // A tab or a control character would move the caret away from what it points at.
        let shown: String =
            rest.by_ref().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let (before, after) =
            (if first > 0 { "..." } else { "" }, if rest.next().is_some() { "..." } else { "" });
        let indent = before.len() + self.column - first;
        write!(formatter, "{}\n  {before}{shown}{after}\n  {:indent$}^", self.message, "")
    }
}

/// Records an expression such as `x^2*y/z`, or several steps and a result:
///
/// ```
/// use chainrule_graph::{Graph, parse};
/// let graph = Graph::new();
/// let parsed = parse(&graph, "u = w*x; z = u + b; a = sigmoid(z); -(y*ln(a) + (1-y)*ln(1-a))")?;
/// let names: Vec<&str> = parsed.variables.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["w", "x", "b", "y"]);
/// let point = [("w", 2.0), ("x", 1.0), ("b", 0.0), ("y", 1.0)];
/// let loss = graph.evaluate(&[parsed.result], &point)?[0];
/// assert!((loss - 0.126928).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Statements end at a line break or `;`. All but the last give a step its name; the last is the
/// result, with or without one. Operators are + - * / and ^, which binds from the right and before
/// a sign: -x^2 is -(x^2). A name that was never given becomes an input of a single number, unless
/// the graph has an input or a parameter so called. `pi` is a number. A power whose exponent is a
/// number, such as x^-2 or x^(1/3), is [`Power`], which knows negative bases; any other exponent is
/// that of [`Binary::Power`]. The functions are those of [`Function`] under their names, `log`
/// (= ln), `swish` (= silu), `leaky_relu(x, leak)`, `elu(x, alpha)`, and `max`, `min`, `pow` of two
/// values. Numbers are recorded as they are typed and nothing is simplified.
///
/// # Errors
/// When the text is none of this; the graph is then as it was.
pub fn parse<'g>(graph: &'g Graph, text: &str) -> Result<Parsed<'g>, ParseError> {
    let mut parser = Parser::new(graph, text)?;
    parser.statements()?;
    Ok(record(graph, parser))
}

/// One instruction of the stack machine.
#[derive(Clone, Copy, Debug)]
enum Instruction {
    Number(f64),
    /// Pushes what a name stands for.
    Name(usize),
    Function(Function),
    Binary(Binary),
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    /// An input that will be recorded.
    New,
    /// An input or parameter that the graph has.
    Known(NodeId),
    /// A step above.
    Step,
}

/// A part of the program that leaves one value.
#[derive(Clone, Copy)]
struct Piece {
    /// Where it starts in the program.
    start: usize,
    /// Its value, if it does not depend on any name.
    constant: Option<f64>,
}

struct Statement {
    /// The step it gives a name to.
    name: Option<usize>,
    /// Where its instructions end.
    end: usize,
}

struct Parser<'t> {
    text: &'t str,
    tokens: Tokens<'t>,
    token: Token<'t>,
    program: Vec<Instruction>,
    statements: Vec<Statement>,
    names: Vec<(&'t str, Meaning)>,
    number_of: HashMap<&'t str, usize>,
    known: HashMap<String, NodeId>,
    depth: usize,
    brackets: usize,
}

impl<'t> Parser<'t> {
    fn new(graph: &Graph, text: &'t str) -> Result<Parser<'t>, ParseError> {
        let mut known = HashMap::new();
        for (index, node) in graph.nodes().iter().enumerate() {
            if let (Op::Input | Op::Parameter, Some(name)) = (node.op, &node.name) {
                known.entry(name.clone()).or_insert(NodeId(index as u32));
            }
        }
        let mut parser = Parser {
            text,
            tokens: Tokens::new(text),
            token: Token { kind: Kind::Separator, position: 0 },
            program: Vec::new(),
            statements: Vec::new(),
            names: Vec::new(),
            number_of: HashMap::new(),
            known,
            depth: 0,
            brackets: 0,
        };
        parser.advance()?;
        Ok(parser)
    }

    fn fail<T>(&self, position: usize, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError::new(self.text, position, message.into()))
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

    fn statements(&mut self) -> Result<(), ParseError> {
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
        self.names.push((name, Meaning::Step));
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
            match self.names[number].1 {
                Meaning::Step => "is a step already",
                _ => "is used as an input already",
            }
        } else if self.known.contains_key(name) {
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
            self.advance()?;
            let right = self.product()?;
            left = self.join(binary, left, right);
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
            self.advance()?;
            let right = self.signed()?;
            left = self.join(binary, left, right);
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
                    (None, None) => Ok(self.push_name(name)),
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
        self.number_of.contains_key(name) || self.known.contains_key(name)
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

    /// ( sum, ... ) after a function's name.
    fn call(
        &mut self,
        name: &str,
        callable: Callable,
        position: usize,
    ) -> Result<Piece, ParseError> {
        let open = self.token.position;
        self.brackets += 1;
        self.advance()?;
        let mut arguments = Vec::new();
        let mut count = 0;
        let mut last = open;
        if self.token.kind != Kind::Close {
            loop {
                last = self.token.position;
                let argument = self.deeper(Self::sum)?;
                count += 1;
                // More than two are counted for the message and not kept.
                if arguments.len() < 2 {
                    arguments.push(argument);
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
        match callable {
            Callable::Plain(function) => Ok(self.apply(function, arguments[0])),
            Callable::WithSetting(make) => {
                let setting = match arguments.get(1) {
                    None => None,
                    Some(Piece { start, constant: Some(setting) }) => {
                        self.program.truncate(*start);
                        Some(*setting)
                    }
                    Some(_) => {
                        let message = format!("the second argument of `{name}` must be a number");
                        return self.fail(last, message);
                    }
                };
                match make(setting) {
                    Ok(function) => Ok(self.apply(function, arguments[0])),
                    Err(message) => self.fail(last, message),
                }
            }
            Callable::OfTwo(Binary::Power) => self.raise(arguments[0], arguments[1], last),
            Callable::OfTwo(binary) => Ok(self.join(binary, arguments[0], arguments[1])),
        }
    }

    fn push_number(&mut self, number: f64) -> Piece {
        self.program.push(Instruction::Number(number));
        Piece { start: self.program.len() - 1, constant: Some(number) }
    }

    fn push_name(&mut self, name: &'t str) -> Piece {
        let next = self.names.len();
        let number = *self.number_of.entry(name).or_insert(next);
        if number == next {
            let meaning = self.known.get(name).map_or(Meaning::New, |&id| Meaning::Known(id));
            self.names.push((name, meaning));
        }
        self.program.push(Instruction::Name(number));
        Piece { start: self.program.len() - 1, constant: None }
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
        Piece { start: argument.start, constant }
    }

    fn join(&mut self, binary: Binary, left: Piece, right: Piece) -> Piece {
        self.program.push(Instruction::Binary(binary));
        let both = left.constant.zip(right.constant);
        Piece { start: left.start, constant: both.map(|(a, b)| binary.value(a, b)) }
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
            None => Ok(self.join(Binary::Power, base, exponent)),
        }
    }
}

/// Records a program that is known to be right.
fn record<'g>(graph: &'g Graph, parser: Parser<'_>) -> Parsed<'g> {
    let mut symbols: Vec<Option<Symbol<'g>>> = vec![None; parser.names.len()];
    let mut variables = Vec::new();
    for (symbol, (name, meaning)) in symbols.iter_mut().zip(&parser.names) {
        let variable = match *meaning {
            Meaning::Step => continue,
            Meaning::New => graph.scalar(name),
            Meaning::Known(id) => graph.symbol(id),
        };
        *symbol = Some(variable);
        variables.push((name.to_string(), variable));
    }
    let mut steps = Vec::new();
    let mut stack: Vec<Symbol<'g>> = Vec::new();
    let pop = |stack: &mut Vec<Symbol<'g>>| stack.pop().expect("a program is complete");
    let mut next = 0;
    for statement in &parser.statements {
        for instruction in &parser.program[next..statement.end] {
            let value = match *instruction {
                Instruction::Number(number) => graph.constant(number),
                Instruction::Name(number) => symbols[number].expect("steps stand above their use"),
                Instruction::Function(function) => pop(&mut stack).apply(function),
                Instruction::Binary(binary) => {
                    let (right, left) = (pop(&mut stack), pop(&mut stack));
                    left.binary(binary, right)
                }
            };
            stack.push(value);
        }
        next = statement.end;
        if let Some(number) = statement.name {
            let (name, value) = (parser.names[number].0, stack[stack.len() - 1]);
            graph.name(value, name);
            symbols[number] = Some(value);
            steps.push((name.to_string(), value));
            if next != parser.program.len() {
                stack.pop();
            }
        }
    }
    Parsed { result: pop(&mut stack), variables, steps }
}

#[cfg(test)]
mod tests;
