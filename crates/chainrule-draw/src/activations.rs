//! Activations and their slopes.

use crate::font::shortened;
use crate::frame::{Axis, BELOW, Frame, range_of};
use crate::legend::{Mark, heading, legend};
use crate::{Drawing, Error, Look, Picture, Stroke, Text};
use chainrule::Activation;
use chainrule::graph::ops::{self, Function};
use chainrule::graph::{Graph, Shape, Values};

/// Points at which each is evaluated.
const POINTS: usize = 241;
/// From here to the same above 0.
const FROM: f64 = -4.0;
/// Larger values are beyond the picture.
const MOST: f64 = 4.0;

/// The operation of an activation that works number by number.
fn function(activation: Activation) -> Result<Function, Error> {
    activation.function().ok_or_else(|| {
        Error::picture(
            activation.to_string(),
            "expected an activation of one number, but this one is of a whole row, so that it is no \
             curve; choose others",
        )
    })
}

fn is_step(function: Function) -> bool {
    matches!(function.keeps(), ops::Keep::NoSlope)
}

/// Every activation that can be drawn, with the usual numbers.
pub fn all_activations() -> Vec<Activation> {
    let named = Activation::NAMES.iter().filter_map(|name| name.parse().ok());
    named.filter(|activation| function(*activation).is_ok()).collect()
}

/// The value of an activation and its slope at `x`, from the graph that trains. A step has slope 0.
///
/// # Errors
/// An activation of whole rows, such as softmax.
///
/// ```
/// use chainrule::Activation;
/// use chainrule_draw::value_and_slope;
/// assert_eq!(value_and_slope(Activation::Sigmoid, &[0.0])?, [(0.5, 0.25)]);
/// # Ok::<(), chainrule_draw::Error>(())
/// ```
pub fn value_and_slope(activation: Activation, x: &[f64]) -> Result<Vec<(f64, f64)>, Error> {
    let function = function(activation)?;
    let graph = Graph::new();
    let input = graph.input("x", Shape::batch(1));
    let value = input.apply(function);
    let mut wanted = vec![value];
    // A step refuses to be differentiated, since nothing can be learned from its slope.
    if !is_step(function) {
        wanted.extend(graph.gradient(value.sum(), &[input])?);
    }
    let numbers = Values { rows: x.len(), columns: 1, numbers: x.to_vec() };
    let found = graph.evaluate_matrices(&wanted, &[("x", numbers)])?;
    let slope = |row: usize| found.get(1).map_or(0.0, |slopes| slopes.numbers[row]);
    let values = found[0].numbers.iter().enumerate();
    Ok(values.map(|(row, &value)| (value, slope(row))).collect())
}

/// Draws each activation and its slope from -4 to 4 side by side, with their formulas.
///
/// # Errors
/// No activations; one of whole rows; a size out of range.
///
/// ```
/// use chainrule::Activation;
/// use chainrule_draw::{Look, activations};
/// let picture = activations(&[Activation::Relu, Activation::Tanh], &Look::default())?;
/// assert!(picture.svg().contains("tanh x"));
/// # Ok::<(), chainrule_draw::Error>(())
/// ```
pub fn activations(activations: &[Activation], look: &Look) -> Result<Picture, Error> {
    let count = activations.len();
    if count == 0 {
        return Err(Error::picture("the activations", "expected one at least, found none"));
    }
    let across = match count {
        1..=4 => count.min(2),
        5..=9 => 3,
        _ => 4,
    };
    let down = count.div_ceil(across);
    let usual = ((270.0 * across as f64).max(400.0), 70.0 + 236.0 * down as f64);
    let (width, height) = look.size(usual)?;
    let theme = &look.theme;
    let mut drawing = Drawing::new(width, height, theme);
    let top = heading(&mut drawing, theme, width, "Activations and their slopes", "") + 4.0;
    let line = |index: usize| Stroke::new(theme.category(index), 2.0);
    let dashed = line(6).dashed(6.0, 3.0);
    let entries = [(Mark::Line(line(0)), "y".into()), (Mark::Line(dashed), "slope dy/dx".into())];
    let (first, second) = entries.split_at(1);
    let right = (width - 190.0).max(260.0);
    legend(&mut drawing, theme, (right, 12.0), (70.0, 20.0), first);
    legend(&mut drawing, theme, (right + 50.0, 12.0), (140.0, 20.0), second);

    let xs: Vec<f64> = (0..POINTS)
        .map(|index| FROM + (MOST - FROM) * index as f64 / (POINTS - 1) as f64)
        .collect();
    let cell = (width / across as f64, (height - top - 8.0) / down as f64);
    if cell.0 < 120.0 || cell.1 < 120.0 {
        return Err(Error::picture(
            "the size",
            format!("leaves no room for {count} activations; choose a larger one or fewer of them"),
        ));
    }
    for (index, activation) in activations.iter().enumerate() {
        let left = cell.0 * (index % across) as f64;
        let upper = top + cell.1 * (index / across) as f64;
        let function = function(*activation)?;
        let slope = match is_step(function) {
            true => "0, and none at the step",
            false => function.slope_formula(),
        };
        let formula = function.formula();
        let name = activation.to_string();
        let room = cell.0 - 52.0;
        let start = left + 42.0;
        let title = |text: &str, size: f64| shortened(text, size, room);
        drawing.text((start, upper + 12.0), &title(&name, 13.0), &Text::new(theme.text, 13.0));
        let formulas = [format!("y = {}", pretty(formula)), format!("y′ = {}", pretty(slope))];
        for (line, (formula, color)) in formulas.iter().zip([0, 6]).enumerate() {
            let size = fitting(formula, room);
            let paint = theme.category(color).mix(theme.text, 0.35);
            let place = (start, upper + 27.0 + 13.0 * line as f64);
            drawing.text(place, &title(formula, size), &Text::new(paint, size));
        }
        let points = value_and_slope(*activation, &xs)?;
        let both = points.iter().flat_map(|(value, slope)| [*value, *slope]);
        let both = both.map(|it| it.clamp(-MOST, MOST));
        let (least, most) = range_of(both, 0.08);
        let (least, most) = (least.clamp(-MOST - 0.3, -0.4), most.clamp(1.2, MOST + 0.3));
        let mut x = Axis::new("x", (FROM, MOST));
        x.title = String::new();
        let y = Axis { title: String::new(), ..Axis::new("", (least, most)) };
        let frame = Frame::new(
            (start, upper + 48.0),
            (left + cell.0 - 10.0, upper + cell.1 - BELOW + 18.0),
            x,
            y,
        );
        frame.draw(&mut drawing, theme)?;
        let zero = Stroke::new(theme.muted, 0.8);
        drawing.line(frame.place((FROM, 0.0)), frame.place((MOST, 0.0)), &zero);
        drawing.line(frame.place((0.0, least)), frame.place((0.0, most)), &zero);
        drawing.begin_clipped(frame.corner(), frame.size());
        let curves: [(Vec<f64>, Stroke); 2] = [
            (points.iter().map(|it| it.0).collect(), line(0)),
            (points.iter().map(|it| it.1).collect(), dashed),
        ];
        for (values, stroke) in curves {
            for part in continuous(&xs, &values) {
                let places: Vec<(f64, f64)> =
                    part.iter().map(|&point| frame.place(point)).collect();
                drawing.polyline(&places, &stroke);
            }
        }
        drawing.end();
    }
    Ok(drawing.finish())
}

/// The parts of a curve between its jumps: a step is no steep line.
fn continuous(xs: &[f64], values: &[f64]) -> Vec<Vec<(f64, f64)>> {
    let mut parts: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut last: Option<f64> = None;
    for (&x, &value) in xs.iter().zip(values) {
        let jumps = last.is_none_or(|last| (value - last).abs() > 0.3 * (1.0 + value.abs()));
        match parts.last_mut() {
            Some(part) if !jumps => part.push((x, value)),
            _ => parts.push(vec![(x, value)]),
        }
        last = Some(value);
    }
    parts
}

/// The size of letters, from 11.5 down to 8.5, at which a text finds room.
fn fitting(text: &str, room: f64) -> f64 {
    let wide = crate::text_width(text, 1.0).max(1e-9);
    (room / wide).clamp(8.5, 11.5)
}

/// A formula with the signs of print: powers raised, a minus instead of a hyphen.
fn pretty(formula: &str) -> String {
    let mut text = formula.replace("e^-x", "e⁻ˣ").replace("e^x", "eˣ");
    for (written, raised) in [("^2", "²"), ("^3", "³"), (">=", "≥"), ("u'", "u′"), ("alpha", "α")]
    {
        text = text.replace(written, raised);
    }
    text.replace("sqrt(2 / pi)", "√(2/π)")
        .replace("sqrt(2 pi)", "√(2π)")
        .replace("sqrt 2", "√2")
        .replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_slopes_are_those_of_the_formulas() {
        let at = |activation, x: f64| value_and_slope(activation, &[x]).unwrap()[0];
        let (value, slope) = at(Activation::Tanh, 0.5);
        assert!((value - 0.5_f64.tanh()).abs() < 1e-12);
        assert!((slope - (1.0 - 0.5_f64.tanh().powi(2))).abs() < 1e-12);
        assert_eq!(at(Activation::LeakyRelu { leak: 0.1 }, -2.0), (-0.2, 0.1));
        assert_eq!(at(Activation::Identity, 3.0), (3.0, 1.0));
        assert_eq!(at(Activation::Heaviside, 1.0), (1.0, 0.0));
    }

    #[test]
    fn every_activation_of_one_number_is_drawn_and_softmax_is_not() {
        let all = all_activations();
        assert_eq!(all.len(), Activation::NAMES.len() - 2);
        let picture = activations(&all, &Look::default()).unwrap();
        for activation in &all {
            assert!(picture.svg().contains(&activation.to_string()), "{activation}");
        }
        let refused = activations(&[Activation::Softmax], &Look::default()).unwrap_err();
        assert!(refused.to_string().contains("softmax: expected"), "{refused}");
    }

    #[test]
    fn steps_are_gaps() {
        let xs = [-1.0, -0.5, 0.0, 0.5];
        assert_eq!(continuous(&xs, &[0.0, 0.0, 1.0, 1.0]).len(), 2);
        assert_eq!(continuous(&xs, &[0.0, 0.1, 0.2, 0.3]).len(), 1);
    }
}
