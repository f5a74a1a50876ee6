//! The gradient of an expression that was typed.

use super::check::Arguments;
use crate::failure::Failure;
use crate::render::{Table, print, say};
use chainrule::graph::{CheckOptions, Graph, Values, check_gradient, parse};
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
    let parsed = parse(&graph, &arguments.subject)?;
    let names: Vec<&str> = parsed.variables.iter().map(|(name, _)| name.as_str()).collect();
    let given = values(&arguments.values, &names)?;
    let missing: Vec<&str> =
        names.iter().copied().filter(|name| given.iter().all(|(known, _)| known != name)).collect();
    if !missing.is_empty() {
        let example: Vec<String> = missing.iter().map(|name| format!("{name}=1")).collect();
        return Err(Failure::input(format!(
            "expected a value for each name of the expression, found none for {}; add {}",
            missing.join(", "),
            example.join(" ")
        )));
    }
    let mut wanted = vec![parsed.result];
    wanted.extend(parsed.steps.iter().map(|(_, symbol)| *symbol));
    let point: Vec<(&str, f64)> =
        given.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let found = graph.evaluate(&wanted, &point)?;
    if !found[0].is_finite() {
        return Err(Failure::input(format!(
            "the value of the expression is {} here, where it has no derivative; choose other values",
            found[0]
        )));
    }
    let mut table = Table::new(2);
    for ((name, _), value) in parsed.steps.iter().zip(&found[1..]) {
        table.line([name.clone(), format!("= {value}")]);
    }
    table.line(["result".to_string(), format!("= {}", found[0])]);
    print(table)?;
    if names.is_empty() {
        say("\nThe expression has no names, so there is nothing to differentiate by.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let by: Vec<_> = parsed.variables.iter().map(|(_, symbol)| *symbol).collect();
    let point: Vec<(&str, Values)> =
        point.iter().map(|(name, value)| (*name, Values::scalar(*value))).collect();
    let report = check_gradient(&graph, parsed.result, &by, &point, &CheckOptions::default())?;
    let mut table = Table::new(1);
    table.line(["by", "at", "gradient", "differences", "relative error", ""]);
    for element in &report.elements {
        let at = given.iter().find(|(name, _)| *name == element.name).map_or(0.0, |(_, at)| *at);
        let remark = match (element.relative_error <= arguments.tolerance, element.kink) {
            (false, _) => "differs",
            (true, true) => "a kink: a convention",
            (true, false) => "",
        };
        table.line([
            element.name.clone(),
            at.to_string(),
            format!("{:.10}", element.analytic),
            format!("{:.10}", element.numeric),
            format!("{:.1e}", element.relative_error),
            remark.to_string(),
        ]);
    }
    say("")?;
    print(table)?;
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

/// The values given as `name=value`.
fn values(given: &[String], names: &[&str]) -> Result<Vec<(String, f64)>, Failure> {
    let mut values: Vec<(String, f64)> = Vec::new();
    for text in given {
        let fail = |problem: String| Err(Failure::input(format!("`{text}`: {problem}")));
        let Some((name, number)) = text.split_once('=') else {
            return fail("expected NAME=VALUE, such as x=3".to_string());
        };
        let name = name.trim();
        match number.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => {
                if !names.contains(&name) {
                    let known =
                        if names.is_empty() { "none".to_string() } else { names.join(", ") };
                    return fail(format!(
                        "the expression does not read the name `{name}`; its names are: {known}"
                    ));
                }
                if values.iter().any(|(known, _)| known == name) {
                    return fail(format!("`{name}` is given twice; give it once"));
                }
                values.push((name.to_string(), number));
            }
            _ => return fail(format!("expected a number after =, found `{number}`")),
        }
    }
    Ok(values)
}
