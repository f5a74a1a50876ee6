//! A computation and its gradients, as it is drawn on a blackboard.

mod sketch;

use crate::layers::{Node, Spacing, layout};
use crate::{Color, Drawing, Error, Picture, Stroke, Text, Theme, text_width};
use chainrule::graph::{MatrixTrace, Origin, Trace};
use sketch::{Sketch, SketchStep};

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
    drawn(&Sketch::of_numbers(trace), theme)
}

/// Draws a trace of matrices in the same way. Those of more than a few numbers are shown by their
/// rows and columns.
///
/// # Errors
/// More steps than can be read.
pub fn matrix_computation(trace: &MatrixTrace, theme: &Theme) -> Result<Picture, Error> {
    drawn(&Sketch::of_matrices(trace), theme)
}

fn drawn(sketch: &Sketch, theme: &Theme) -> Result<Picture, Error> {
    if sketch.steps.len() > MOST_STEPS {
        let problem = format!(
            "has {} values, but a drawing of more than {MOST_STEPS} cannot be read; draw a part of it",
            sketch.steps.len()
        );
        return Err(Error::picture("the computation", problem));
    }
    let nodes: Vec<Node> = sketch
        .steps
        .iter()
        .map(|step| {
            let lines = &step.lines;
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
    let numbers =
        sketch.steps.iter().flat_map(|step| step.back.iter().flatten().chain([&step.value]));
    let widest = numbers.map(|it| text_width(it, SMALL)).fold(20.0, f64::max);
    let spacing = Spacing { ports: PORTS, boxes: 14.0, layers: BEND + widest + 18.0 };
    let placed = layout(&nodes, spacing);

    let right = widest + 40.0;
    let width = (placed.size.0 + 2.0 * MARGIN + right).max(360.0);
    let height = placed.size.1 + 2.0 * MARGIN + HEAD;
    let mut drawing = Drawing::new(width, height, theme);
    legend(&mut drawing, theme);
    for (step, ways) in sketch.steps.iter().zip(&placed.arrows) {
        for ((way, &input), back) in ways.iter().zip(&step.inputs).zip(&step.back) {
            let value = &sketch.steps[input].value;
            arrow(&mut drawing, theme, way, value, back.as_deref(), widest);
        }
    }
    let (x, y) = placed.places[sketch.result];
    let start = (x + nodes[sketch.result].size.0, y);
    let end = (start.0 + right, y);
    let (value, gradient) = (&sketch.steps[sketch.result].value, sketch.gradient.as_deref());
    arrow(&mut drawing, theme, &[start, end], value, gradient, widest);
    for (step, (node, &place)) in sketch.steps.iter().zip(nodes.iter().zip(&placed.places)) {
        boxed(&mut drawing, theme, step, node, place);
    }
    Ok(drawing.finish())
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
    value: &str,
    back: Option<&str>,
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
    drawing.text((middle, y - 5.0), value, &style(VALUE));
    if let Some(back) = back {
        drawing.text((middle, y + 13.0), back, &style(GRADIENT));
    }
}

fn boxed(drawing: &mut Drawing, theme: &Theme, step: &SketchStep, node: &Node, (x, y): (f64, f64)) {
    let (x, y) = (x + MARGIN, y + MARGIN + HEAD);
    let (width, height) = node.size;
    let lines = &step.lines;
    drawing.begin(&step.title);
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
