//! What is written at the boxes and arrows of a computation, of numbers or of matrices.

use chainrule::graph::{MatrixTrace, Origin, Trace, Values};

/// Numbers of a matrix that are written out.
const MOST_NUMBERS: usize = 4;

/// A computation in words.
pub(super) struct Sketch {
    pub(super) steps: Vec<SketchStep>,
    /// The place of the result.
    pub(super) result: usize,
    /// The derivative of the result by itself.
    pub(super) gradient: Option<String>,
}

pub(super) struct SketchStep {
    /// What stands in its box.
    pub(super) lines: Vec<String>,
    /// What is read when the box is pointed at.
    pub(super) title: String,
    pub(super) origin: Origin,
    pub(super) inputs: Vec<usize>,
    pub(super) value: String,
    /// What flows back to each of its inputs.
    pub(super) back: Vec<Option<String>>,
}

impl Sketch {
    pub(super) fn of_numbers(trace: &Trace) -> Sketch {
        let result = trace.outcome();
        let steps = trace.steps.iter().zip(trace.passes()).map(|(step, passes)| {
            let back = passes.iter().zip(&step.inputs).map(|(pass, &input)| {
                pass.map(|index| number(trace.steps[input].paths[index].product))
            });
            SketchStep {
                lines: lines(
                    [&step.name, &step.formula, &result.name],
                    step.origin,
                    step.gradient.map(number),
                    step.paths.len(),
                ),
                title: format!("{}: {} = {}", step.op.name(), step.name, step.value),
                origin: step.origin,
                inputs: step.inputs.clone(),
                value: number(step.value),
                back: back.collect(),
            }
        });
        Sketch {
            steps: steps.collect(),
            result: trace.result,
            gradient: result.gradient.map(number),
        }
    }

    pub(super) fn of_matrices(trace: &MatrixTrace) -> Sketch {
        let result = &trace.steps[trace.result];
        let steps = trace.steps.iter().zip(trace.passes()).map(|(step, passes)| {
            let back = passes.iter().zip(&step.inputs).map(|(pass, &input)| {
                pass.map(|index| matrix(&trace.steps[input].paths[index].product))
            });
            let value = matrix(&step.value);
            SketchStep {
                lines: lines(
                    [&step.name, &step.formula, &result.name],
                    step.origin,
                    step.gradient.as_ref().map(matrix),
                    step.paths.len(),
                ),
                title: format!("{}: {} = {value}", step.op.name(), step.name),
                origin: step.origin,
                inputs: step.inputs.clone(),
                value,
                back: back.collect(),
            }
        });
        Sketch {
            steps: steps.collect(),
            result: trace.result,
            gradient: result.gradient.as_ref().map(matrix),
        }
    }
}

/// What stands in a box.
fn lines(
    [name, formula, result]: [&str; 3],
    origin: Origin,
    gradient: Option<String>,
    paths: usize,
) -> Vec<String> {
    let first = match origin {
        Origin::Computed => format!("{name} = {formula}"),
        Origin::Given | Origin::Number => name.to_string(),
    };
    let mut lines = vec![first];
    if let Some(gradient) = gradient
        && (origin == Origin::Given || paths > 1)
    {
        lines.push(format!("d{result}/d{name} = {gradient}"));
        if paths > 1 {
            lines.push(format!("sum over {paths} paths"));
        }
    }
    lines
}

/// A matrix as it is typed, or its rows and columns.
fn matrix(values: &Values) -> String {
    if let [single] = values.numbers[..] {
        return number(single);
    }
    if values.numbers.len() > MOST_NUMBERS {
        return format!("{} \u{d7} {}", values.rows, values.columns);
    }
    let row = |row: &[f64]| {
        let numbers: Vec<String> = row.iter().copied().map(number).collect();
        format!("[{}]", numbers.join(", "))
    };
    let rows: Vec<String> = values.numbers.chunks(values.columns).map(row).collect();
    format!("[{}]", rows.join(", "))
}

/// A number in a few digits.
fn number(number: f64) -> String {
    if !number.is_finite() || number == 0.0 {
        return if number == 0.0 { "0".to_string() } else { number.to_string() };
    }
    let text = match number.abs() {
        size if (1e-3..1e5).contains(&size) => {
            let whole = size.log10().floor().max(0.0) as usize;
            format!("{number:.*}", 4_usize.saturating_sub(whole))
        }
        _ => return format!("{number:.2e}").replace('-', "\u{2212}"),
    };
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    text.replace('-', "\u{2212}")
}
