//! `chainrule trace`: every value and every gradient of a computation.

use super::plot_output::ThemeChoice;
use super::{trace_expression, trace_model};
use crate::arguments::ReadingArguments;
use crate::failure::Failure;
use crate::numbers;
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows every value, every local gradient and every product of the chain rule: of an expression, or
/// of one row through a model
#[derive(clap::Args)]
#[command(after_help = "\
An expression has + - * / ^, names, numbers, pi, named steps (u = w*x; z = u + b; ...), and
  exp ln sqrt abs sin cos erf expm1 log1p, pow(x, y), max min log_sum_exp of several,
  sigmoid tanh relu leaky_relu elu selu gelu gelu_tanh mish silu softplus, heaviside threshold,
  softmax(z1, z2, ...) and log_softmax: the share of z1 among all,
  losses of a target y and an output a: mean_squared_error half_sum_of_squares mean_absolute_error
  huber quantile; of y and a logit z: binary_cross_entropy poisson; and cross_entropy(z1, z2, ...)
  of the logits, that of the right class first.
It is differentiated by the rules, and run by the engine, that train networks.

The exit status is 0; 1 if --check finds a difference; 2 if there is no value or no derivative.

Examples:
  chainrule trace 'x^2*y/z' x=3 y=4 z=2
  chainrule trace 'u = w*x; z = u + b; a = sigmoid(z); L = -(y*ln(a) + (1-y)*ln(1-a))' \\
      w=2 b=0 x=1 y=1 --svg logistic.svg
  echo 'x^2 + (3*x)^2 + 1/(x+1)' | chainrule trace - x=2 --second --check
  chainrule trace --model xor.safetensors --row 2 --data xor")]
pub(crate) struct Arguments {
    /// The expression, or - to read it from the standard input
    #[arg(required_unless_present = "model", conflicts_with = "model")]
    pub(super) expression: Option<String>,
    /// A value for each name of the expression
    #[arg(value_name = "NAME=VALUE", conflicts_with = "model")]
    pub(super) values: Vec<String>,
    /// Draw the computation: values above the arrows, gradients below (.svg or .png)
    #[arg(long, value_name = "FILE", help_heading = "An expression", conflicts_with = "model")]
    pub(super) svg: Option<PathBuf>,
    /// The colours of the drawing
    #[arg(long, value_enum, default_value_t = ThemeChoice::Light, help_heading = "An expression")]
    pub(super) theme: ThemeChoice,
    /// Print the graph in the language of Graphviz instead
    #[arg(long, help_heading = "An expression", conflicts_with_all = ["model", "json", "check", "second"])]
    pub(super) dot: bool,
    /// Show the second derivatives too
    #[arg(long, help_heading = "An expression", conflicts_with = "model")]
    pub(super) second: bool,
    /// Compare the derivatives with central differences
    #[arg(long, help_heading = "An expression", conflicts_with = "model")]
    pub(super) check: bool,
    /// The largest relative error that --check accepts
    #[arg(long, default_value_t = 1e-6, value_parser = numbers::positive)]
    #[arg(allow_negative_numbers = true, help_heading = "An expression", conflicts_with = "model")]
    pub(super) tolerance: f64,
    /// A model file, whose layers are shown on one row
    #[arg(long, value_name = "MODEL", help_heading = "A model", requires = "row")]
    pub(super) model: Option<PathBuf>,
    /// The row, counted from 1
    #[arg(long, value_name = "N", value_parser = numbers::at_least_one, help_heading = "A model")]
    #[arg(requires = "model")]
    pub(super) row: Option<usize>,
    /// The data that have the row [default: the built-in data set that the model is named after]
    #[arg(long, help_heading = "A model", requires = "model")]
    pub(super) data: Option<String>,
    #[command(flatten)]
    pub(super) reading: ReadingArguments,
    /// Print one JSON document instead of text
    #[arg(long)]
    pub(super) json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    // clap waives what a flag requires where it conflicts with something that is given.
    if arguments.model.is_none() && (arguments.row.is_some() || arguments.data.is_some()) {
        return Err(Failure::input(
            "--row and --data belong to a model, but this is an expression; give the model with \
             --model MODEL instead, or leave them out",
        ));
    }
    match (&arguments.expression, &arguments.model) {
        (Some(expression), _) => trace_expression::run(arguments, expression),
        (None, Some(model)) => trace_model::run(arguments, model),
        (None, None) => Err(Failure::input("expected an expression or --model MODEL")),
    }
}
