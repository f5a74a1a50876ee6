//! `chainrule check`: gradients against central differences.

use super::{check_expression, check_model};
use crate::arguments::ReadingArguments;
use crate::failure::Failure;
use crate::numbers;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compares gradients with central differences in 64 bits: of an expression, or of a model
#[derive(clap::Args)]
#[command(after_help = "\
The exit status is 0 when they agree and 1 when they do not.

Examples:
  chainrule check 'x^2*y/z' x=3 y=4 z=2
  chainrule check 'z = w*x + b; a = sigmoid(z); -ln(a)' w=2 x=1 b=0
  chainrule check digits.safetensors --data digits")]
pub(crate) struct Arguments {
    /// A model file, or an expression
    #[arg(value_name = "MODEL|EXPRESSION")]
    pub(crate) subject: String,
    /// A value for each name of the expression
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) values: Vec<String>,
    /// The largest relative error that is accepted
    #[arg(long, default_value_t = 1e-6, value_parser = numbers::positive)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) tolerance: f64,
    /// Check a model on rows of these data instead of made-up ones
    #[arg(long)]
    pub(crate) data: Option<String>,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let path = PathBuf::from(&arguments.subject);
    let names_a_model =
        |path: &Path| path.extension().is_some_and(|it| it == "safetensors" || it == "toml");
    if !names_a_model(&path) && !path.is_file() {
        return check_expression::run(arguments);
    }
    if let Some(value) = arguments.values.first() {
        return Err(Failure::input(format!(
            "expected only options after a model, found `{value}`; values belong to expressions"
        )));
    }
    check_model::run(arguments, &path)
}
