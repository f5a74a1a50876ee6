//! The weights of a model's first layer.

use crate::font::shortened;
use crate::legend::{brief, color_bar, heading};
use crate::pixels::image;
use crate::{Drawing, Error, Look, Picture, Stroke, Text, Theme};
use chainrule::Model;
use chainrule::data::ImageShape;
use std::collections::HashMap;

/// The most inputs of which a heat map has a row each.
const MOST_INPUTS: usize = 60;
/// Room at the right for the bar of colours.
const BAR: f64 = 84.0;

/// Units or inputs by the length of their weights, the longest first, equal ones in order; their
/// places and lengths.
fn by_length(lengths: impl Iterator<Item = f64>) -> Vec<(usize, f64)> {
    let mut sorted: Vec<(usize, f64)> = lengths.enumerate().collect();
    sorted.sort_by(|one, two| two.1.total_cmp(&one.1));
    sorted
}

/// Draws the weights of the first layer: for a model of images an image for each unit, else a heat
/// map with a row for each input and a column for each unit. Blue is negative, red positive, and
/// the middle of the scale 0. Of many units the `most` with the longest weights (by the root of the
/// sum of squares) are drawn, the longest first.
///
/// # Errors
/// A size out of range, or too small for what is to be drawn.
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::data::{SourceOptions, open};
/// use chainrule_draw::{Look, weights};
/// let digits = open("digits", &SourceOptions::default())?;
/// let trained = Recipe { epochs: Some(1), hidden: vec![9], ..Recipe::default() }.train(&digits)?;
/// let picture = weights(&trained.model, "digits", 9, &Look::default())?;
/// assert!(picture.svg().contains("unit 9"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn weights(model: &Model, title: &str, most: usize, look: &Look) -> Result<Picture, Error> {
    let weights = model.weights(0);
    let length = |values: ndarray::ArrayView1<'_, f32>| {
        values.iter().map(|&it| f64::from(it).powi(2)).sum::<f64>().sqrt()
    };
    let mut units = by_length(weights.columns().into_iter().map(length));
    let all = units.len();
    units.truncate(most.max(1));
    let names: Vec<String> = match &model.preparation {
        Some(preparation) => preparation.feature_names(),
        None => (1..=weights.nrows()).map(|input| format!("input {input}")).collect(),
    };
    let shape = model.preparation.as_ref().and_then(|it| it.image());
    let shape = shape.filter(|it| it.pixels() == names.len());
    let weights = First { weights: &weights, units, names };
    match shape {
        Some(shape) => weights.images(title, all, shape, look),
        None => weights.heat_map(title, all, look),
    }
}

struct First<'a> {
    weights: &'a ndarray::Array2<f32>,
    /// The units that are drawn, with the length of their weights.
    units: Vec<(usize, f64)>,
    names: Vec<String>,
}

impl First<'_> {
    fn weight(&self, input: usize, unit: usize) -> f64 {
        f64::from(self.weights[[input, unit]])
    }

    /// The largest magnitude among what is drawn; above 0.
    fn largest(&self, inputs: &[usize]) -> f64 {
        let of = |unit: usize| inputs.iter().map(move |&input| self.weight(input, unit).abs());
        let largest = self.units.iter().flat_map(|(unit, _)| of(*unit)).fold(0.0, f64::max);
        if largest > 0.0 { largest } else { 1.0 }
    }

    fn subtitle(&self, all: usize, inputs: usize) -> String {
        let (units, of) = (self.units.len(), self.names.len());
        let units = match units == all {
            true => format!("all {all} units"),
            false => format!("the {units} of {all} units with the longest weights"),
        };
        match inputs == of {
            true => format!("first layer, {units}, longest weights first"),
            false => format!("first layer, {units}, and the {inputs} of {of} inputs likewise"),
        }
    }

    fn images(
        &self,
        title: &str,
        all: usize,
        shape: ImageShape,
        look: &Look,
    ) -> Result<Picture, Error> {
        // The columns of a table may be in any order.
        let places: HashMap<&str, usize> =
            self.names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
        let inputs: Vec<usize> = (0..shape.pixels())
            .map(|index| *places.get(ImageShape::pixel_name(index).as_str()).unwrap_or(&index))
            .collect();
        let count = self.units.len();
        let across = (count as f64).sqrt().ceil().max(3.0) as usize;
        let down = count.div_ceil(across);
        let (width, height) =
            look.size((16.0 + BAR + 100.0 * across as f64, 76.0 + 116.0 * down as f64))?;
        let theme = &look.theme;
        let mut drawing = Drawing::new(width, height, theme);
        let top = heading(&mut drawing, theme, width, title, &self.subtitle(all, inputs.len()));
        let cell = ((width - 16.0 - BAR) / across as f64, (height - top - 8.0) / down as f64);
        // As large as the cell allows, with its name below, in the image's own proportions.
        let room = (cell.0 - 8.0, cell.1 - 22.0);
        let pixel = (room.0 / shape.width as f64).min(room.1 / shape.height as f64);
        let size = (pixel * shape.width as f64, pixel * shape.height as f64);
        check_room(size.0.min(size.1), 8.0, count)?;
        let largest = self.largest(&inputs);
        let outline = Stroke::new(theme.grid, 1.0);
        for (index, (unit, length)) in self.units.iter().enumerate() {
            let left = 16.0 + cell.0 * (index % across) as f64 + (cell.0 - 8.0 - size.0) / 2.0;
            let corner = (left, top + cell.1 * (index / across) as f64);
            let pixels = image(shape.width, shape.height, |column, row| {
                let input = inputs[row * shape.width + column];
                theme.signed(self.weight(input, *unit) / largest)
            })?;
            let name = format!("unit {}", unit + 1);
            drawing.begin(&format!("{name}, length of the weights {}", brief(*length)));
            drawing.image(corner, size, &pixels, false);
            drawing.rectangle(corner, size, None, Some(&outline));
            drawing.end();
            let place = (left + size.0 / 2.0, corner.1 + size.1 + 13.0);
            let style = Text::new(theme.muted, 11.0).middle();
            drawing.text(place, &shortened(&name, 11.0, cell.0), &style);
        }
        let bar = (height - top - 24.0).min(240.0);
        bar_of(&mut drawing, theme, (width - BAR + 12.0, top), bar, largest)?;
        Ok(drawing.finish())
    }

    fn heat_map(&self, title: &str, all: usize, look: &Look) -> Result<Picture, Error> {
        let rows = by_length(
            self.weights
                .rows()
                .into_iter()
                .map(|row| row.iter().map(|&it| f64::from(it).powi(2)).sum::<f64>().sqrt()),
        );
        // In the order of the table, the ones with short weights left out.
        let mut inputs: Vec<usize> = rows.iter().take(MOST_INPUTS).map(|it| it.0).collect();
        inputs.sort_unstable();
        let named = |input: usize| shortened(&self.names[input], 12.0, 190.0);
        let left = 32.0
            + inputs
                .iter()
                .map(|&input| crate::text_width(&named(input), 12.0))
                .fold(20.0, f64::max);
        let count = self.units.len();
        let usual =
            ((left + BAR + 28.0 * count as f64).max(480.0), 124.0 + 24.0 * inputs.len() as f64);
        let (width, height) = look.size(usual)?;
        let theme = &look.theme;
        let mut drawing = Drawing::new(width, height, theme);
        let top = heading(&mut drawing, theme, width, title, &self.subtitle(all, inputs.len()));
        let size = (width - left - BAR, height - top - 46.0);
        let cell = (size.0 / count as f64, size.1 / inputs.len() as f64);
        check_room(cell.0.min(cell.1), 2.0, count)?;
        let largest = self.largest(&inputs);
        let pixels = image(count, inputs.len(), |column, row| {
            theme.signed(self.weight(inputs[row], self.units[column].0) / largest)
        })?;
        drawing.image((left, top), size, &pixels, false);
        drawing.rectangle((left, top), size, None, Some(&Stroke::new(theme.axis, 1.0)));
        let names = Text::new(theme.text, 12.0_f64.min(cell.1 + 1.0)).end();
        // Names that would lie on one another are left out.
        let step = (9.0 / cell.1).ceil().max(1.0) as usize;
        for (row, &input) in inputs.iter().enumerate().step_by(step) {
            let y = top + cell.1 * (row as f64 + 0.5) + 4.0;
            drawing.text((left - 8.0, y), &named(input), &names);
        }
        let numbers = Text::new(theme.muted, 11.0).middle();
        let step = (26.0 / cell.0).ceil().max(1.0) as usize;
        for (column, (unit, _)) in self.units.iter().enumerate().step_by(step) {
            let x = left + cell.0 * (column as f64 + 0.5);
            drawing.text((x, top + size.1 + 16.0), &(unit + 1).to_string(), &numbers);
        }
        let place = (left + size.0 / 2.0, top + size.1 + 36.0);
        drawing.text(place, "unit", &Text::new(theme.text, 12.0).middle());
        let bar = (size.1 - 20.0).clamp(40.0, 240.0);
        bar_of(&mut drawing, theme, (width - BAR + 12.0, top), bar, largest)?;
        Ok(drawing.finish())
    }
}

fn bar_of(
    drawing: &mut Drawing,
    theme: &Theme,
    (left, top): (f64, f64),
    height: f64,
    largest: f64,
) -> Result<(), Error> {
    drawing.text((left, top + 4.0), "weight", &Text::new(theme.text, 12.0));
    let color = |share: f64| theme.signed(share * 2.0 - 1.0);
    color_bar(drawing, theme, (left, top + 18.0), height - 18.0, (-largest, largest), color)
}

fn check_room(found: f64, least: f64, units: usize) -> Result<(), Error> {
    match found >= least {
        true => Ok(()),
        false => Err(Error::picture(
            "the size",
            format!("leaves no room for {units} units; choose a larger one or fewer units"),
        )),
    }
}
