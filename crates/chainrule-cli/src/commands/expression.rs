//! What the commands on expressions share: the text, the values of its names, and the comparison of
//! its derivatives with differences.

use crate::failure::Failure;
use crate::render::{Table, print, say};
use chainrule::graph::{CheckReport, Graph, Parsed, parse};
use std::io::Read;

/// The expression of an argument, where `-` stands for the standard input.
pub(super) fn text(argument: &str) -> Result<String, Failure> {
    if argument != "-" {
        return Ok(argument.to_string());
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|error| {
        Failure::input(format!("cannot read the standard input, which `-` stands for: {error}"))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        Failure::input(format!(
            "the standard input: expected an expression as text in UTF-8, found another byte after {} \
             bytes of it",
            error.utf8_error().valid_up_to()
        ))
    })
}

/// The values given as `name=value`, in the order of the expression's names: each name has one.
pub(super) fn point(parsed: &Parsed<'_>, given: &[String]) -> Result<Vec<(String, f64)>, Failure> {
    let names: Vec<&str> = parsed.variables.iter().map(|(name, _)| name.as_str()).collect();
    let mut values: Vec<Option<f64>> = vec![None; names.len()];
    for text in given {
        let fail = |problem: String| Err(Failure::input(format!("`{text}`: {problem}")));
        let Some((name, number)) = text.split_once('=') else {
            return fail("expected NAME=VALUE, such as x=3".to_string());
        };
        let Some(place) = names.iter().position(|known| *known == name.trim()) else {
            let known = if names.is_empty() { "none".to_string() } else { names.join(", ") };
            return fail(format!(
                "the expression does not read the name `{}`; its names are: {known}",
                name.trim()
            ));
        };
        if values[place].is_some() {
            return fail(format!("`{}` is given twice; give it once", names[place]));
        }
        let Some(number) = number_of(number) else {
            return fail(format!("expected a number after =, found `{number}`"));
        };
        values[place] = Some(number);
    }
    let missing = names.iter().zip(&values).filter(|(_, value)| value.is_none());
    let missing: Vec<&str> = missing.map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let example: Vec<String> = missing.iter().map(|name| format!("{name}=1")).collect();
        return Err(Failure::input(format!(
            "expected a value for each name of the expression, found none for {}; add {}",
            missing.join(", "),
            example.join(" ")
        )));
    }
    Ok(names.iter().map(|name| name.to_string()).zip(values.into_iter().flatten()).collect())
}

/// A number as typed, or a formula of numbers such as pi/2.
fn number_of(text: &str) -> Option<f64> {
    let number = text.trim().parse::<f64>().ok().or_else(|| {
        let graph = Graph::new();
        let parsed = parse(&graph, text).ok().filter(|parsed| parsed.variables.is_empty())?;
        Some(graph.evaluate(&[parsed.result], &[]).ok()?[0])
    });
    number.filter(|number| number.is_finite())
}

/// A table of derivatives beside their differences; `at` gives the value of each name.
pub(super) fn show_differences(
    report: &CheckReport,
    at: &[(String, f64)],
    tolerance: f64,
) -> Result<(), Failure> {
    let mut table = Table::new(1);
    table.line(["by", "at", "gradient", "differences", "relative error", ""]);
    for element in &report.elements {
        let at = at.iter().find(|(name, _)| *name == element.name).map_or(0.0, |(_, at)| *at);
        let remark = match (element.relative_error <= tolerance, element.kink) {
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
    print(table)
}
