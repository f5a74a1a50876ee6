//! A network as it is drawn on a blackboard: units, and lines for their weights.

use crate::font::shortened;
use crate::legend::brief;
use crate::{Drawing, Error, Look, Picture, Stroke, Text, Theme, text_width};
use chainrule::{Model, Normalization};

/// Units of a layer that are drawn, at most.
const MOST_UNITS: usize = 9;
/// Layers that are drawn, at most; of more the middle ones are left out.
const MOST_LAYERS: usize = 8;
/// From one unit to the next below it.
const APART: f64 = 26.0;
const RADIUS: f64 = 7.0;
/// From one layer to the next.
const LAYERS: f64 = 118.0;
/// The longest name of an input or an output.
const NAME: f64 = 130.0;
const LETTERS: f64 = 11.0;
/// Room below for what the layers are.
const BELOW: f64 = 74.0;
/// Lines of more opaque weights are drawn above those of paler ones.
const OPACITIES: [f64; 4] = [0.12, 0.3, 0.55, 0.9];

/// The inputs or the units of a layer, as far as they are drawn.
struct Column {
    /// The layer, counted from 1, or 0 for the inputs.
    layer: usize,
    all: usize,
    /// The places of those drawn among all.
    shown: Vec<usize>,
    x: f64,
}

impl Column {
    /// The middle of the unit in this place from above.
    fn middle(&self, place: usize, height: f64) -> (f64, f64) {
        let lines = self.shown.len() + usize::from(self.is_cut());
        // Dots stand for the rest, before the last of those drawn.
        let line = place + usize::from(self.is_cut() && place + 1 == self.shown.len());
        (self.x, 20.0 + (height - APART * (lines as f64 - 1.0)) / 2.0 + APART * line as f64)
    }

    fn is_cut(&self) -> bool {
        self.shown.len() < self.all
    }
}

/// Draws the layers of a network from left to right with the weights between their units: blue ones
/// are negative, red ones positive, pale ones small beside the largest of their layer. Of many units
/// those with the longest weights are drawn, in order; `outputs` names the last layer's.
///
/// # Errors
/// A size out of range.
///
/// ```
/// use chainrule::{Activation, Model, Network};
/// use chainrule_draw::{Look, network};
/// let described = Network::new(2).dense(30, Activation::Relu).dense(1, Activation::Sigmoid);
/// let model: Model = described.build(1)?;
/// let picture = network(&model, &["chance of rain".to_string()], &Look::default())?;
/// assert!(picture.svg().contains("30 units") && picture.svg().contains("chance of rain"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network(model: &Model, outputs: &[String], look: &Look) -> Result<Picture, Error> {
    let theme = &look.theme;
    let described = model.network();
    let layers = described.layers().len();
    let inputs = input_names(model);
    let mut columns = vec![Column {
        layer: 0,
        all: described.inputs(),
        shown: longest(described.inputs(), |input| length(model.weights(0).row(input))),
        x: 0.0,
    }];
    let drawn = |layer: &usize| {
        layers <= MOST_LAYERS || *layer < MOST_LAYERS / 2 || layer + MOST_LAYERS / 2 >= layers
    };
    for layer in (0..layers).filter(drawn) {
        let weights = model.weights(layer);
        let all = described.layers()[layer].units;
        let shown = longest(all, |unit| length(weights.column(unit)));
        columns.push(Column { layer: layer + 1, all, shown, x: 0.0 });
    }
    let name_of = |names: &[String], unit: usize| {
        names.get(unit).map_or(String::new(), |name| shortened(name, LETTERS, NAME))
    };
    let widest = |names: &[String], column: &Column| {
        let names = column.shown.iter().map(|&unit| text_width(&name_of(names, unit), LETTERS));
        names.fold(30.0, f64::max)
    };
    let (first, last) = (&columns[0], &columns[columns.len() - 1]);
    let (before, behind) = (widest(&inputs, first) + 28.0, widest(outputs, last) + 28.0);
    let tallest = columns.iter().map(|it| it.shown.len() + usize::from(it.is_cut())).max();
    let inner = APART * (tallest.unwrap_or(1) as f64 - 1.0);
    let usual = (before + LAYERS * (columns.len() as f64 - 1.0) + behind, 40.0 + inner + BELOW);
    let (width, height) = look.size(usual)?;
    let apart = (width - before - behind) / (columns.len() as f64 - 1.0).max(1.0);
    for (index, column) in columns.iter_mut().enumerate() {
        column.x = before + apart * index as f64;
    }
    let inner = height - 40.0 - BELOW;
    let mut drawing = Drawing::new(width, height, theme);
    for pair in columns.windows(2) {
        let (from, to) = (&pair[0], &pair[1]);
        match to.layer == from.layer + 1 {
            true => weights_between(&mut drawing, theme, model, (from, to), inner),
            false => {
                let style = Text::new(theme.muted, 16.0).middle();
                let left_out = format!("… {} layers …", to.layer - from.layer - 1);
                let middle = ((from.x + to.x) / 2.0, 20.0 + inner / 2.0);
                drawing.text(middle, &left_out, &style);
            }
        }
    }
    for (index, column) in columns.iter().enumerate() {
        let names = match index {
            0 => Some((&inputs[..], -1.0)),
            _ if index + 1 == columns.len() => Some((outputs, 1.0)),
            _ => None,
        };
        units(&mut drawing, theme, column, inner, &|unit| {
            names.map(|(names, side)| (name_of(names, unit), side))
        });
        caption(&mut drawing, theme, model, column, (apart - 8.0, height - BELOW + 16.0));
    }
    Ok(drawing.finish())
}

/// The names of the inputs, as far as they are known.
fn input_names(model: &Model) -> Vec<String> {
    model.preparation.as_ref().map(|it| it.feature_names()).unwrap_or_default()
}

fn length(weights: ndarray::ArrayView1<'_, f32>) -> f64 {
    weights.iter().map(|&weight| f64::from(weight).powi(2)).sum::<f64>().sqrt()
}

/// Those with the longest weights, in order.
fn longest(all: usize, length: impl Fn(usize) -> f64) -> Vec<usize> {
    if all <= MOST_UNITS {
        return (0..all).collect();
    }
    let mut sorted: Vec<(usize, f64)> = (0..all).map(|unit| (unit, length(unit))).collect();
    sorted.sort_by(|one, two| two.1.total_cmp(&one.1));
    let mut shown: Vec<usize> = sorted.iter().take(MOST_UNITS - 1).map(|it| it.0).collect();
    shown.sort_unstable();
    shown
}

fn weights_between(
    drawing: &mut Drawing,
    theme: &Theme,
    model: &Model,
    (from, to): (&Column, &Column),
    inner: f64,
) {
    let weights = model.weights(to.layer - 1);
    let mut all = Vec::new();
    for (left, &input) in from.shown.iter().enumerate() {
        for (right, &unit) in to.shown.iter().enumerate() {
            let (x1, y1) = from.middle(left, inner);
            let (x2, y2) = to.middle(right, inner);
            all.push((f64::from(weights[[input, unit]]), [(x1 + RADIUS, y1), (x2 - RADIUS, y2)]));
        }
    }
    let largest = all.iter().map(|(weight, _)| weight.abs()).fold(0.0, f64::max);
    for (level, opacity) in OPACITIES.iter().enumerate() {
        for (sign, color) in [(-1.0, theme.diverging[0]), (1.0, theme.diverging[2])] {
            let is_here = |weight: f64| {
                let share = sign * weight / largest;
                let own = (share * OPACITIES.len() as f64).ceil() as usize;
                share > 0.0 && own == level + 1
            };
            let here: Vec<_> = all.iter().filter(|it| is_here(it.0)).map(|it| it.1).collect();
            if !here.is_empty() {
                drawing.stretches(&here, &Stroke::new(color, 1.3), *opacity);
            }
        }
    }
}

fn units(
    drawing: &mut Drawing,
    theme: &Theme,
    column: &Column,
    inner: f64,
    name: &dyn Fn(usize) -> Option<(String, f64)>,
) {
    let outline = Stroke::new(theme.text, 1.2);
    for (place, &unit) in column.shown.iter().enumerate() {
        let (x, y) = column.middle(place, inner);
        drawing.circle((x, y), RADIUS, Some(theme.surface), Some(&outline));
        let Some((name, side)) = name(unit) else { continue };
        let style = Text::new(theme.text, LETTERS);
        let style = if side < 0.0 { style.end() } else { style };
        drawing.text((x + side * (RADIUS + 6.0), y + 4.0), &name, &style);
    }
    if column.is_cut() {
        // In the gap before the last.
        let (x, y) = column.middle(column.shown.len() - 1, inner);
        for dot in [-5.0, 0.0, 5.0] {
            drawing.circle((x, y - APART + dot), 1.4, Some(theme.muted), None);
        }
    }
}

fn caption(
    drawing: &mut Drawing,
    theme: &Theme,
    model: &Model,
    column: &Column,
    (room, top): (f64, f64),
) {
    let network = model.network();
    let named = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let mut lines = Vec::new();
    if column.layer == 0 {
        lines.push(named(column.all, "input"));
    } else {
        let layer = &network.layers()[column.layer - 1];
        lines.push(named(column.all, "unit"));
        lines.push(layer.activation.to_string());
        if layer.normalization != Normalization::None {
            lines.push(format!("{} norm", layer.normalization));
        }
        match layer.skip {
            Some(0) => lines.push("+ inputs".to_string()),
            Some(from) => lines.push(format!("+ layer {from}")),
            None => {}
        }
        if layer.dropout > 0.0 {
            lines.push(format!("dropout {}", brief(layer.dropout)));
        }
    }
    for (index, line) in lines.iter().enumerate() {
        let color = if index == 0 { theme.text } else { theme.muted };
        let style = Text::new(color, LETTERS).middle();
        let line = shortened(line, LETTERS, room);
        drawing.text((column.x, top + 14.0 * index as f64), &line, &style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainrule::{Activation, Network};

    fn drawn(network: &Network) -> Picture {
        let model: Model = network.build(1).unwrap();
        super::network(&model, &[], &Look::default()).unwrap()
    }

    #[test]
    fn every_unit_is_drawn_where_there_are_few() {
        let described = Network::new(3).dense(4, Activation::Tanh).dense(2, Activation::Identity);
        assert_eq!(drawn(&described).svg().matches("<circle").count(), 3 + 4 + 2);
    }

    #[test]
    fn of_many_units_those_with_the_longest_weights_are_drawn() {
        assert_eq!(longest(3, |_| 0.0), [0, 1, 2]);
        let found = longest(20, |unit| unit as f64);
        assert_eq!(found, (12..20).collect::<Vec<_>>());
        let described =
            Network::new(500).dense(64, Activation::Relu).dense(1, Activation::Identity);
        let circles = drawn(&described).svg().matches("<circle").count();
        assert_eq!(circles, 2 * (MOST_UNITS - 1 + 3) + 1);
    }

    #[test]
    fn deep_networks_and_weights_of_zero_are_pictures() {
        let mut deep = Network::new(2);
        for _ in 0..30 {
            deep = deep.dense(5, Activation::Relu);
        }
        let picture = drawn(&deep);
        assert!(picture.svg().contains("22 layers") && picture.png(1.0).is_ok());
        let mut model: Model = Network::new(2).dense(1, Activation::Identity).build(1).unwrap();
        let zero = model.weights(0).mapv(|_| 0.0);
        model.set_layer(0, zero.view(), model.biases(0).view()).unwrap();
        assert!(super::network(&model, &[], &Look::default()).unwrap().png(1.0).is_ok());
    }
}
