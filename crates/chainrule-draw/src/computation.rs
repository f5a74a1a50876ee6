//! A computation and its gradients, as it is drawn on a blackboard.

use crate::layers::{Node, Spacing, layout};
use crate::{Color, Drawing, Error, Picture, Stroke, Text, Theme, text_width};
use chainrule::graph::{Origin, Trace, TracedStep};

/// More boxes than this are no picture.
const MOST_STEPS: usize = 400;
const TITLE: f64 = 13.0;
const SMALL: f64 = 11.0;
const MARGIN: f64 = 24.0;
const LINE: f64 = 15.0;
/// Between the ends of two arrows at a box: their numbers stand above and below each.
const PORTS: f64 = 36.0;
/// Where an arrow bends.
const BEND: f64 = 46.0;
/// Room above for the legend.
const HEAD: f64 = 30.0;

/// Draws a trace from left to right: each value above the arrows that carry it on, and below each what
/// flows back along it. What a value's paths add up to stands in its box.
///
/// # Errors
/// More steps than can be read.
///
/// ```
/// use chainrule::graph::{Graph, Trace, parse};
/// use chainrule_draw::{Theme, computation};
/// let graph = Graph::new();
/// let parsed = parse(&graph, "x^2*y/z")?;
/// let trace = Trace::new(&graph, parsed.result, &[("x", 3.0), ("y", 4.0), ("z", 2.0)])?;
/// let picture = computation(&trace, &Theme::LIGHT)?;
/// assert!(picture.svg().contains("v1 = x^2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn computation(trace: &Trace, theme: &Theme) -> Result<Picture, Error> {
    if trace.steps.len() > MOST_STEPS {
        let problem = format!(
            "has {} values, but a drawing of more than {MOST_STEPS} cannot be read; draw a part of it",
            trace.steps.len()
        );
        return Err(Error::picture("the computation", problem));
    }
    let labels: Vec<Vec<String>> = trace.steps.iter().map(|step| lines(trace, step)).collect();
    let nodes: Vec<Node> = trace
        .steps
        .iter()
        .zip(&labels)
        .map(|(step, lines)| {
            let widths = lines
                .iter()
                .enumerate()
                .map(|(line, text)| text_width(text, if line == 0 { TITLE } else { SMALL }));
            let width = widths.fold(28.0, f64::max) + 20.0;
            let needed = 14.0 + LINE * lines.len() as f64;
            let height = needed.max(PORTS * step.inputs.len() as f64 - 8.0);
            Node { size: (width, height), inputs: step.inputs.clone() }
        })
        .collect();
    let numbers = trace
        .steps
        .iter()
        .flat_map(|step| step.paths.iter().map(|path| path.product).chain([step.value]));
    let widest = numbers.map(|it| text_width(&number(it), SMALL)).fold(20.0, f64::max);
    let spacing = Spacing { ports: PORTS, boxes: 14.0, layers: BEND + widest + 18.0 };
    let placed = layout(&nodes, spacing);

    let right = widest + 40.0;
    let width = (placed.size.0 + 2.0 * MARGIN + right).max(360.0);
    let height = placed.size.1 + 2.0 * MARGIN + HEAD;
    let mut drawing = Drawing::new(width, height, theme);
    legend(&mut drawing, theme);
    for (place, passes) in trace.passes().into_iter().enumerate() {
        for (argument, way) in placed.arrows[place].iter().enumerate() {
            let input = &trace.steps[trace.steps[place].inputs[argument]];
            let back = passes[argument].map(|index| input.paths[index].product);
            arrow(&mut drawing, theme, way, input.value, back, widest);
        }
    }
    let result = trace.outcome();
    let (x, y) = placed.places[trace.result];
    let start = (x + nodes[trace.result].size.0, y);
    let end = (start.0 + right, y);
    arrow(&mut drawing, theme, &[start, end], result.value, result.gradient, widest);
    for ((step, lines), (node, &place)) in
        trace.steps.iter().zip(&labels).zip(nodes.iter().zip(&placed.places))
    {
        boxed(&mut drawing, theme, step, lines, node, place);
    }
    Ok(drawing.finish())
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

/// What stands in a box.
fn lines(trace: &Trace, step: &TracedStep) -> Vec<String> {
    let first = match step.origin {
        Origin::Computed => format!("{} = {}", step.name, step.formula),
        Origin::Given | Origin::Number => step.name.clone(),
    };
    let mut lines = vec![first];
    let result = &trace.outcome().name;
    if let Some(gradient) = step.gradient
        && (step.origin == Origin::Given || step.paths.len() > 1)
    {
        lines.push(format!("d{result}/d{} = {}", step.name, number(gradient)));
        if step.paths.len() > 1 {
            lines.push(format!("sum over {} paths", step.paths.len()));
        }
    }
    lines
}

fn legend(drawing: &mut Drawing, theme: &Theme) {
    let y = MARGIN;
    let value = "above an arrow: the value";
    let text = Text::new(ink(theme, VALUE), SMALL);
    drawing.text((MARGIN, y), value, &text);
    let text = Text::new(ink(theme, GRADIENT), SMALL);
    let x = MARGIN + text_width(value, SMALL) + 18.0;
    drawing.text((x, y), "below: the gradient that flows back", &text);
}

/// A colour of the palette, near enough to that of text to be read in small letters.
fn ink(theme: &Theme, category: usize) -> Color {
    theme.category(category).mix(theme.text, 0.3)
}

const VALUE: usize = 0;
const GRADIENT: usize = 6;

fn arrow(
    drawing: &mut Drawing,
    theme: &Theme,
    way: &[(f64, f64)],
    value: f64,
    back: Option<f64>,
    widest: f64,
) {
    let shift = |(x, y): (f64, f64)| (x + MARGIN, y + MARGIN + HEAD);
    let points: Vec<(f64, f64)> = way.iter().copied().map(shift).collect();
    let [first, .., last] = points.as_slice() else { return };
    let mut path = format!("M {:.1} {:.1}", first.0, first.1);
    let mut from = *first;
    for (index, &to) in points[1..].iter().enumerate() {
        // Each leg bends right behind its start and then runs straight, so that numbers have room.
        let is_leg = index % 2 == 0;
        if is_leg && from.1 != to.1 {
            let bend = (from.0 + BEND).min(to.0);
            let half = (from.0 + bend) / 2.0;
            path +=
                &format!(" C {half:.1} {:.1} {half:.1} {:.1} {bend:.1} {:.1}", from.1, to.1, to.1);
        }
        path += &format!(" L {:.1} {:.1}", to.0, to.1);
        from = to;
    }
    drawing.path(&path, None, Some(&Stroke::new(theme.axis, 1.3)));
    let (x, y) = *last;
    drawing.polygon(&[(x, y), (x - 8.0, y - 4.0), (x - 8.0, y + 4.0)], theme.axis);
    let middle = x - 12.0 - widest / 2.0;
    let style = |color: usize| Text::new(ink(theme, color), SMALL).middle();
    drawing.text((middle, y - 5.0), &number(value), &style(VALUE));
    if let Some(back) = back {
        drawing.text((middle, y + 13.0), &number(back), &style(GRADIENT));
    }
}

fn boxed(
    drawing: &mut Drawing,
    theme: &Theme,
    step: &TracedStep,
    lines: &[String],
    node: &Node,
    (x, y): (f64, f64),
) {
    let (x, y) = (x + MARGIN, y + MARGIN + HEAD);
    let (width, height) = node.size;
    drawing.begin(&format!("{}: {} = {}", step.op.name(), step.name, step.value));
    let stroke = match step.origin {
        Origin::Computed => Stroke::new(theme.axis, 1.2),
        Origin::Given => Stroke::new(theme.category(VALUE), 1.4),
        Origin::Number => Stroke::new(theme.grid, 1.2),
    };
    let corner = (x, y - height / 2.0);
    drawing.rounded(corner, node.size, 7.0, Some(theme.background), Some(&stroke));
    let middle = x + width / 2.0;
    let top = y - LINE * (lines.len() as f64 - 1.0) / 2.0 + 4.5;
    for (index, line) in lines.iter().enumerate() {
        let style = match index {
            0 => Text::new(theme.text, TITLE),
            1 => Text::new(ink(theme, GRADIENT), SMALL),
            _ => Text::new(theme.muted, SMALL),
        };
        drawing.text((middle, top + LINE * index as f64), line, &style.middle());
    }
    drawing.end();
}
