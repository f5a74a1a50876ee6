//! An expression, step by step and back.

use super::expression;
use super::trace::Arguments;
use crate::failure::Failure;
use crate::output;
use crate::render::{Table, digits, document, print, say};
use chainrule::graph::{
    CheckOptions, CheckReport, Graph, Origin, Parsed, Trace, TracedStep, Values, check_gradient,
    parse,
};
use chainrule_draw::{Format, computation};
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Significant digits of a number in the text.
const DIGITS: usize = 8;

/// Products that a sum lists before the rest is only hinted at.
const SUMMANDS: usize = 12;

/// What was asked for beside the trace.
#[derive(Default)]
struct More {
    /// The second derivatives by each pair of names.
    second: Vec<Vec<f64>>,
    /// The derivatives compared with differences, then each of their own derivatives.
    checks: Vec<(String, CheckReport)>,
}

pub(super) fn run(arguments: &Arguments, subject: &str) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.svg {
        let advice = "name another file with --svg FILE";
        Format::of(path).map_err(Failure::input)?;
        output::check(path, &[], advice)?;
        output::check_picture_replaced(path, advice)?;
    }
    let graph = Graph::new();
    let parsed = parse(&graph, &expression::text(subject)?)?;
    let given = expression::point(&parsed, &arguments.values)?;
    let point: Vec<(&str, f64)> =
        given.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let trace = Trace::new(&graph, parsed.result, &point)?;
    let failure = failure(&trace);
    if let Some(path) = &arguments.svg {
        let picture = computation(&trace, &arguments.theme.theme()).map_err(Failure::input)?;
        picture.save(path).map_err(Failure::input)?;
    }
    let more = match failure {
        None => more(arguments, &graph, &parsed, &point)?,
        Some(_) => More::default(),
    };
    if arguments.json {
        document(&json_of(&trace, &more))?;
    } else if arguments.dot {
        print(dot(&trace))?;
    } else {
        forward(&trace)?;
        if trace.refused.is_none() && trace.outcome().value.is_finite() {
            backward(&trace)?;
            results(&trace, &more)?;
        }
        for (what, report) in &more.checks {
            say(format_args!("\n{what} against central differences"))?;
            expression::show_differences(report, &given, arguments.tolerance)?;
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let names = || point.iter().map(|(name, _)| *name);
    let pairs = names().flat_map(|first| names().map(move |second| (first, second)));
    let broken = pairs.zip(more.second.iter().flatten()).find(|(_, value)| !value.is_finite());
    if let Some(((first, second), value)) = broken {
        return Err(Failure::input(format!(
            "the second derivative by {first} and {second} is {value} here; choose other values"
        )));
    }
    match more.checks.iter().find(|(_, report)| !report.passes(arguments.tolerance)) {
        None => Ok(ExitCode::SUCCESS),
        Some((what, _)) => Err(Failure::check(format!(
            "{} differ from their differences by more than --tolerance {:e}",
            what.to_lowercase(),
            arguments.tolerance
        ))),
    }
}

/// Why there is no value or no gradient, if there is none.
fn failure(trace: &Trace) -> Option<Failure> {
    if let Some(trouble) = trace.trouble() {
        return Some(Failure::input(format!("{}; choose other values", trouble.message)));
    }
    trace.refused.as_ref().map(Failure::input)
}

fn more(
    arguments: &Arguments,
    graph: &Graph,
    parsed: &Parsed<'_>,
    point: &[(&str, f64)],
) -> Result<More, Failure> {
    let mut more = More::default();
    let by: Vec<_> = parsed.variables.iter().map(|(_, symbol)| graph.symbol(symbol.id())).collect();
    let result = graph.symbol(parsed.result.id());
    if arguments.second {
        for row in graph.second_derivatives(result, &by)? {
            more.second.push(graph.evaluate(&row, point)?);
        }
    }
    if arguments.check && !by.is_empty() {
        let values: Vec<(&str, Values)> =
            point.iter().map(|(name, value)| (*name, Values::scalar(*value))).collect();
        let options = CheckOptions::default();
        let compare = |of| check_gradient(graph, of, &by, &values, &options);
        more.checks.push(("Derivatives".to_string(), compare(result)?));
        if arguments.second {
            for (derivative, (name, _)) in graph.gradient(result, &by)?.into_iter().zip(point) {
                let what = format!("Derivatives of the derivative by {name}");
                more.checks.push((what, compare(derivative)?));
            }
        }
    }
    Ok(more)
}

fn number(number: f64) -> String {
    digits(number, DIGITS)
}

fn forward(trace: &Trace) -> Result<(), Failure> {
    say("Forward")?;
    let mut table = Table::new(3);
    for step in trace.given().chain(trace.computed()) {
        let formula = match step.origin {
            Origin::Computed => format!("= {}", step.formula),
            _ => String::new(),
        };
        table.line([step.name.clone(), formula, format!("= {}", number(step.value))]);
    }
    print(table)
}

/// The derivative of one step by another.
fn derivative(of: &TracedStep, by: &TracedStep) -> String {
    format!("d{}/d{}", of.name, by.name)
}

/// Every step back from the result: what comes in, the local gradients, their products, and the sum
/// where a value was used several times.
fn backward(trace: &Trace) -> Result<(), Failure> {
    let result = trace.outcome();
    if !trace.given().any(|step| step.gradient.is_some()) {
        return Ok(());
    }
    say(format_args!("\nBackward, from {} = 1", derivative(result, result)))?;
    let mut table = Table::new(4);
    table.line(["step", "incoming gradient", "local gradient", "product"]);
    for (step, passes) in trace.steps.iter().zip(trace.passes()).rev() {
        let Some(gradient) = step.gradient else { continue };
        let name = derivative(result, step);
        if step.paths.len() > 1 {
            let count = step.paths.len();
            let shown = step.paths.iter().take(SUMMANDS);
            let mut products: Vec<String> = shown.map(|it| number(it.product)).collect();
            if count > SUMMANDS {
                products.push("...".to_string());
            }
            let sum = products.join(" + ").replace("+ -", "- ");
            table.line([
                step.name.clone(),
                format!("sum over {count} paths"),
                String::new(),
                format!("{name} = {sum} = {}", number(gradient)),
            ]);
        }
        let mut title = format!("{} = {}", step.name, step.formula);
        let mut incoming = format!("{name} = {}", number(gradient));
        for (&input, index) in step.inputs.iter().zip(passes) {
            let Some(index) = index else { continue };
            let value = &trace.steps[input];
            let path = &value.paths[index];
            let local = match number(path.local) {
                local if local == path.local_formula => local,
                local => format!("{} = {local}", path.local_formula),
            };
            let paths = match value.paths.len() {
                1 => String::new(),
                count => format!(", path {} of {count}", index + 1),
            };
            table.line([
                std::mem::take(&mut title),
                std::mem::take(&mut incoming),
                format!("{} = {local}", derivative(step, value)),
                format!(
                    "{}{paths} = {} * {} = {}",
                    derivative(result, value),
                    number(path.incoming),
                    bracketed(path.local),
                    number(path.product)
                ),
            ]);
        }
    }
    print(table)
}

/// A factor: in brackets if it has a sign.
fn bracketed(factor: f64) -> String {
    match number(factor) {
        text if text.starts_with('-') => format!("({text})"),
        text => text,
    }
}

fn results(trace: &Trace, more: &More) -> Result<(), Failure> {
    let result = trace.outcome();
    say("\nResult")?;
    let mut table = Table::new(2);
    let mut line = |name: String, value: f64| table.line([name, format!("= {}", number(value))]);
    line(result.name.clone(), result.value);
    let given: Vec<&TracedStep> = trace.given().collect();
    for step in &given {
        line(derivative(result, step), step.gradient.unwrap_or(0.0));
    }
    for (first, row) in given.iter().zip(&more.second) {
        for (second, &value) in given.iter().zip(row) {
            let name = match first.name == second.name {
                true => format!("d2{}/d{}2", result.name, first.name),
                false => format!("d2{}/d{}d{}", result.name, first.name, second.name),
            };
            line(name, value);
        }
    }
    print(table)
}

fn json_of(trace: &Trace, more: &More) -> Value {
    let name = |place: usize| trace.steps[place].name.as_str();
    let steps: Vec<Value> = trace
        .steps
        .iter()
        .map(|step| {
            let paths: Vec<Value> = step
                .paths
                .iter()
                .map(|path| {
                    json!({
                        "through": name(path.through),
                        "argument": path.argument + 1,
                        "incoming": path.incoming,
                        "local": path.local,
                        "local_formula": path.local_formula,
                        "product": path.product,
                    })
                })
                .collect();
            json!({
                "name": step.name,
                "operation": step.op.name(),
                "formula": step.formula,
                "inputs": step.inputs.iter().map(|&it| name(it)).collect::<Vec<_>>(),
                "value": step.value,
                "gradient": step.gradient,
                "paths": paths,
            })
        })
        .collect();
    let given: Vec<&TracedStep> = trace.given().collect();
    let gradient =
        given.iter().map(|step| (step.name.clone(), json!(step.gradient.unwrap_or(0.0))));
    let mut document = json!({
        "result": trace.outcome().name,
        "value": trace.outcome().value,
        "gradient": gradient.collect::<Map<String, Value>>(),
        "steps": steps,
    });
    if !more.second.is_empty() {
        let rows = given.iter().zip(&more.second).map(|(first, row)| {
            let row =
                given.iter().zip(row).map(|(second, value)| (second.name.clone(), json!(value)));
            (first.name.clone(), Value::Object(row.collect()))
        });
        document["second"] = Value::Object(rows.collect());
    }
    if !more.checks.is_empty() {
        let checks = more.checks.iter().map(|(what, report)| {
            let elements: Vec<Value> = report
                .elements
                .iter()
                .map(|it| {
                    json!({
                        "by": it.name,
                        "gradient": it.analytic,
                        "differences": it.numeric,
                        "relative_error": it.relative_error,
                        "kink": it.kink,
                    })
                })
                .collect();
            json!({ "what": what, "by": elements })
        });
        document["check"] = checks.collect();
    }
    document
}

/// The graph for Graphviz: values and gradients at the arrows.
fn dot(trace: &Trace) -> String {
    let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text =
        "digraph trace {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n".to_string();
    for (place, step) in trace.steps.iter().enumerate() {
        let label = match step.origin {
            Origin::Computed => format!("{} = {}", step.name, step.formula),
            _ => step.name.clone(),
        };
        text += &format!("  n{place} [label={}];\n", quote(&label));
    }
    for ((place, step), passes) in trace.steps.iter().enumerate().zip(trace.passes()) {
        for (&input, index) in step.inputs.iter().zip(passes) {
            let value = &trace.steps[input];
            let mut label = number(value.value);
            if let Some(index) = index {
                label += &format!("\n{}", number(value.paths[index].product));
            }
            let label = quote(&label).replace('\n', "\\n");
            text += &format!("  n{input} -> n{place} [label={label}];\n");
        }
    }
    text + "}\n"
}
