//! Expressions as people type them.
//!
//! A text is read once from left to right into a program for a stack machine, which is then
//! recorded: nothing reaches the graph before all of the text is known to be right. The program is
//! flat rather than a tree, so a sum of a million terms needs no deep recursion; only brackets,
//! signs and powers nest, and how deep is limited.

mod composed;
mod functions;
mod grammar;
mod matrix;
mod record;
mod signature;
mod token;

use crate::{Graph, Symbol};
use grammar::{Names, Parser};
use record::record;
pub use signature::{Signature, signatures};
use std::fmt;
use thiserror::Error;

#[cfg(doc)]
use crate::ops::{Binary, Function, Power};

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
/// that of [`Binary::Power`]. The functions are
///
/// - those of [`Function`] under their names, `log` (= ln), `swish` (= silu), `leaky_relu(x, leak)`,
///   `elu(x, alpha)`, `pow(x, y)`;
/// - of any number of values `max`, `min`, `log_sum_exp`, and `softmax` and `log_softmax` for the
///   share of the first among all of them: softmax(z1, z2, z3) is that of z1;
/// - `greater(a, b)` and `less(a, b)`, 1 or 0, and `select(mask, yes, no)`, also called `where`, which
///   is `yes` where the mask is above 0;
/// - the losses of one output, the target first: `mean_squared_error(y, a)`, `half_sum_of_squares(y,
///   a)`, `mean_absolute_error(y, a)`, `huber(y, a, delta)`, `quantile(y, a, level)`; from the logit
///   z, `binary_cross_entropy(y, z)` and `poisson(y, z)`; and `cross_entropy(z1, z2, z3)` where the
///   class of z1 is the right one.
///
/// Inputs that the graph has may be matrices. Operators and the functions above work element by
/// element, dimensions of size 1 being repeated. Beside them there are
///
/// - `sum(x)` and `mean(x)` of all elements; `sum(x, 0)` = `sum_rows(x)` of each column and `sum(x, 1)`
///   = `sum_columns(x)` of each row, which stay matrices of one row or one column; `mean` likewise;
/// - `matmul(a, b)`, `transpose(x)`, `concatenate(a, b, c)` and `columns(x, start, count)` of columns;
///   `gather_rows(table, index)` and `scatter_add_rows(x, index, rows)`;
/// - `softmax(x)`, `log_softmax(x)` and `log_sum_exp(x)` of one value: along each of its rows;
/// - `derivative(f, x)`, f a single number and x the name of an input or of a step.
///
/// Numbers are recorded as they are typed and nothing is simplified.
///
/// # Errors
/// When the text is none of this, or shapes do not go together; the graph is then as it was.
pub fn parse<'g>(graph: &'g Graph, text: &str) -> Result<Parsed<'g>, ParseError> {
    parse_with(graph, text, &[])
}

/// The same, where each of these names stands for a value that the graph has already, whatever an
/// input of the graph may be called.
///
/// ```
/// use chainrule_graph::{Graph, Shape, Values, parse_with};
/// let graph = Graph::new();
/// let x = graph.input("inputs", Shape::matrix(2, 2));
/// let parsed = parse_with(&graph, "sum(matmul(x, transpose(x)))", &[("x", x * x)])?;
/// let point = [("inputs", Values { rows: 2, columns: 2, numbers: vec![1.0, 2.0, 3.0, 4.0] })];
/// let value = &graph.evaluate_matrices(&[parsed.result], &point)?[0];
/// assert_eq!(value.numbers, [500.0]); // (1 + 9)^2 + (4 + 16)^2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`parse`].
pub fn parse_with<'g>(
    graph: &'g Graph,
    text: &str,
    names: &[(&str, Symbol<'g>)],
) -> Result<Parsed<'g>, ParseError> {
    read(graph, Names::more(graph, names), text)
}

/// The same, where there are no names but these: any other is an error instead of a new input.
///
/// # Errors
/// As for [`parse`], and when the text reads another name.
pub fn parse_only<'g>(
    graph: &'g Graph,
    text: &str,
    names: &[(&str, Symbol<'g>)],
) -> Result<Parsed<'g>, ParseError> {
    read(graph, Names::only(graph, names), text)
}

fn read<'g>(graph: &'g Graph, names: Names, text: &str) -> Result<Parsed<'g>, ParseError> {
    let mut parser = Parser::new(names, text)?;
    parser.statements()?;
    record(graph, &parser)
}

#[cfg(test)]
mod matrix_tests;
#[cfg(test)]
mod tests;
