//! The gradient of an expression that was typed.

use super::check::Arguments;
use super::expression;
use crate::failure::Failure;
use crate::render::{Table, print, say};
use chainrule::graph::{CheckOptions, Graph, Trace, Values, check_gradient, parse};
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.data.is_some() {
        return Err(Failure::input(format!(
            "--data gives the rows for checking a model, but `{}` is read as an expression, since \
             there is no such file; leave --data out, or name the model file",
            arguments.subject
        )));
    }
    let graph = Graph::new();
    let parsed = parse(&graph, &expression::text(&arguments.subject)?)?;
    let given = expression::point(&parsed, &arguments.values)?;
    let point: Vec<(&str, f64)> =
        given.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let mut wanted = vec![parsed.result];
    wanted.extend(parsed.steps.iter().map(|(_, symbol)| *symbol));
    let found = graph.evaluate(&wanted, &point)?;
    if !found[0].is_finite() {
        let trouble = Trace::new(&graph, parsed.result, &point)?.trouble();
        let reason = trouble.map_or(String::new(), |it| format!(": {}", it.message));
        return Err(Failure::input(format!(
            "the value of the expression is {} here, where it has no derivative{reason}; choose other \
             values",
            found[0]
        )));
    }
    let mut table = Table::new(2);
    for ((name, _), value) in parsed.steps.iter().zip(&found[1..]) {
        table.line([name.clone(), format!("= {value}")]);
    }
    table.line(["result".to_string(), format!("= {}", found[0])]);
    print(table)?;
    if given.is_empty() {
        say("\nThe expression has no names, so there is nothing to differentiate by.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let by: Vec<_> = parsed.variables.iter().map(|(_, symbol)| *symbol).collect();
    let values: Vec<(&str, Values)> =
        point.iter().map(|(name, value)| (*name, Values::scalar(*value))).collect();
    let report = check_gradient(&graph, parsed.result, &by, &values, &CheckOptions::default())?;
    expression::show_differences(&report, &given, arguments.tolerance)?;
    match report.passes(arguments.tolerance) {
        true => {
            say(format_args!("\nThe gradients agree within {:e}.", arguments.tolerance))?;
            Ok(ExitCode::SUCCESS)
        }
        false => Err(Failure::check(format!(
            "a gradient differs from its differences by more than --tolerance {:e}",
            arguments.tolerance
        ))),
    }
}
