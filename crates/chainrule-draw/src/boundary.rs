//! Decision regions of a model, with its data.

use crate::contour::zero_lines;
use crate::frame::{Axis, BELOW, Frame, LEFT, range_of};
use crate::legend::{Mark, color_bar, heading, legend, point};
use crate::pixels::image;
use crate::regions::{Choice, Plane, Shown, largest, preparation_of};
use crate::{Color, Drawing, Error, Look, Picture, Stroke, Text, Theme};
use chainrule::Model;
use chainrule::data::Table;

/// Pixels from one point at which the model is asked to the next.
const GRID: f64 = 4.0;
/// The most points of the data that are drawn.
const MOST_POINTS: usize = 2000;
/// Steps of shade between an undecided and a sure prediction; bands show where it turns.
const SHADES: f64 = 10.0;
/// Room at the right for names.
const LEGEND: f64 = 168.0;

/// Draws where a model predicts what, over two columns of its data in their own units.
///
/// With classes the regions have their colours, paler where the probability is lower, with lines
/// where they meet; rows that are predicted wrongly have a ring. A regression is shown on a scale
/// of colours. With more than two columns the others are held at their medians in the table
/// (categories at the most frequent), which is said below the title.
///
/// # Errors
/// A model without preparation or with fewer than two columns of numbers; columns that are not
/// there; a table without the model's columns or targets; a size out of range.
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::data::{SourceOptions, open};
/// use chainrule_draw::{Choice, Look, boundary};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe { epochs: Some(5), ..Recipe::default() }.train(&iris)?;
/// let choice = Choice { x: Some("petal_length".into()), ..Choice::default() };
/// let picture = boundary(&trained.model, &iris.table, "iris", &choice, &Look::default())?;
/// assert!(picture.svg().contains("petal_length"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn boundary(
    model: &Model,
    table: &Table,
    title: &str,
    choice: &Choice,
    look: &Look,
) -> Result<Picture, Error> {
    boundaries(&[(String::new(), model)], table, title, choice, look)
}

/// Draws the same for several models of the same columns and targets, side by side on the same
/// axes, each below its name.
///
/// # Errors
/// As [`boundary`]; no model at all; models that do not predict the same.
pub fn boundaries(
    models: &[(String, &Model)],
    table: &Table,
    title: &str,
    choice: &Choice,
    look: &Look,
) -> Result<Picture, Error> {
    let Some((_, first)) = models.first() else {
        return Err(Error::picture(
            "the row of pictures",
            "expected one model at least, found none",
        ));
    };
    let count = models.len() as f64;
    let usual =
        if models.len() == 1 { (760.0, 520.0) } else { (LEFT + LEGEND + 250.0 * count, 400.0) };
    let (width, height) = look.size(usual)?;
    let plane = Plane::new(first, table, choice)?;
    for (name, model) in models {
        let other = Plane::new(model, table, choice)?;
        if other != plane {
            return Err(Error::picture(
                name.clone(),
                "expected a model of the same columns and targets as the others, found another",
            ));
        }
    }
    let theme = &look.theme;
    let points = Points::of(&plane, first, table)?;
    let mut drawing = Drawing::new(width, height, theme);
    let mut subtitle = plane.held_text();
    if points.left_out > 0 {
        let said = format!("{} of {} rows are drawn", points.rows.len(), table.rows());
        subtitle = if subtitle.is_empty() { said } else { format!("{said}; {subtitle}") };
    }
    let mut top = heading(&mut drawing, theme, width, title, &subtitle);
    let named = models.iter().any(|(name, _)| !name.is_empty());
    if named {
        top += 20.0;
    }
    let gap = 14.0;
    let room = width - LEFT - 8.0 - LEGEND - gap * (count - 1.0);
    let each = room / count;
    if each < 60.0 {
        return Err(Error::picture(
            format!("the width {width}"),
            format!(
                "leaves no room for {} pictures side by side; choose a larger one",
                models.len()
            ),
        ));
    }
    let mut panels = Vec::with_capacity(models.len());
    for (index, (name, model)) in models.iter().enumerate() {
        let left = LEFT + 8.0 + (each + gap) * index as f64;
        let mut y = Axis::new(&plane.y, points.y_range);
        y.is_labelled = index == 0;
        let x = Axis::new(&plane.x, points.x_range);
        let mut frame = Frame::new((left, top), (left + each, height - BELOW), x, y);
        frame.has_grid = false;
        panels.push(Panel::new(name, model, &plane, table, frame)?);
    }
    let scale = Scale::new(&plane, &panels, &points);
    for panel in &panels {
        panel.draw(&mut drawing, &plane, &scale, &points, theme)?;
    }
    let corner = (width - LEGEND + 10.0, top);
    let size = (LEGEND - 18.0, height - BELOW - top);
    match &plane.shown {
        Shown::Number(_, name) => {
            drawing.text((corner.0, top + 4.0), name, &Text::new(theme.text, 12.0));
            let bar = (size.1 - 16.0).min(260.0);
            let color = |share| theme.level(share);
            color_bar(&mut drawing, theme, (corner.0, top + 20.0), bar, scale.range, color)?;
        }
        shown => {
            let names = shown.classes().iter().enumerate();
            let mut entries: Vec<(Mark, String)> = names
                .map(|(class, name)| (Mark::Point(theme.category(class)), name.clone()))
                .collect();
            if panels.iter().any(|panel| panel.wrong.contains(&true)) {
                entries.push((Mark::Ring(theme.text), "predicted wrongly".to_string()));
            }
            legend(&mut drawing, theme, corner, size, &entries);
        }
    }
    Ok(drawing.finish())
}

/// The rows of the data that are drawn.
struct Points {
    rows: Vec<usize>,
    left_out: usize,
    places: Vec<(f64, f64)>,
    truth: Vec<f64>,
    x_range: (f64, f64),
    y_range: (f64, f64),
}

impl Points {
    fn of(plane: &Plane, model: &Model, table: &Table) -> Result<Points, Error> {
        let numbers = |name: &str| -> Result<Vec<f64>, Error> {
            let column = table.column(name)?;
            let missing = || {
                Error::picture(
                    format!("the column {name:?}"),
                    "expected numbers, as the model was trained on, found text",
                )
            };
            (0..table.rows()).map(|row| column.number(row).ok_or_else(missing)).collect()
        };
        let (xs, ys) = (numbers(&plane.x)?, numbers(&plane.y)?);
        let range = |name: &str, values: &[f64]| {
            let (from, to) = range_of(values.iter().copied(), 0.06);
            match (to - from).is_finite() {
                true => Ok((from, to)),
                false => Err(Error::picture(
                    format!("the column {name:?}"),
                    "its numbers are too far apart to be drawn on one axis; scale them",
                )),
            }
        };
        let (x_range, y_range) = (range(&plane.x, &xs)?, range(&plane.y, &ys)?);
        // Evenly out of all rows, so that files sorted by class show every class.
        let count = table.rows().min(MOST_POINTS);
        let rows: Vec<usize> = (0..count).map(|index| index * table.rows() / count).collect();
        let truth = plane.shown.truth(preparation_of(model)?, table)?;
        Ok(Points {
            left_out: table.rows() - count,
            places: rows.iter().map(|&row| (xs[row], ys[row])).collect(),
            truth: rows.iter().map(|&row| truth[row]).collect(),
            rows,
            x_range,
            y_range,
        })
    }
}

/// What the colours of a regression stand for.
struct Scale {
    range: (f64, f64),
}

impl Scale {
    fn new(plane: &Plane, panels: &[Panel], points: &Points) -> Scale {
        let range = match plane.shown {
            Shown::Number(..) => {
                let predicted = panels.iter().flat_map(|panel| panel.outputs.iter().copied());
                range_of(predicted.chain(points.truth.iter().copied()), 0.0)
            }
            _ => (0.0, 1.0),
        };
        Scale { range }
    }

    fn color(&self, theme: &Theme, value: f64) -> Color {
        theme.level((value - self.range.0) / (self.range.1 - self.range.0))
    }
}

/// One model's picture.
struct Panel {
    name: String,
    frame: Frame,
    columns: usize,
    rows: usize,
    /// At the points of the grid, from the upper left corner row by row.
    outputs: Vec<f64>,
    /// For each row of the data whether it is predicted wrongly.
    wrong: Vec<bool>,
}

impl Panel {
    fn new(
        name: &str,
        model: &Model,
        plane: &Plane,
        table: &Table,
        frame: Frame,
    ) -> Result<Panel, Error> {
        let steps = |length: f64| ((length / GRID).ceil() as usize).max(2);
        let (columns, rows) = (steps(frame.width) + 1, steps(frame.height) + 1);
        let between = |from: f64, to: f64, index: usize, count: usize| {
            from + (to - from) * (index as f64 / (count - 1) as f64)
        };
        let (x, y) = (&frame.x, &frame.y);
        let xs: Vec<f64> = (0..columns).map(|it| between(x.from, x.to, it, columns)).collect();
        let ys: Vec<f64> = (0..rows).map(|it| between(y.to, y.from, it, rows)).collect();
        let outputs = plane.predict(model, &xs, &ys)?;
        let wrong = match plane.shown.classes() {
            [] => vec![false; table.rows()],
            _ => {
                let truth = plane.shown.truth(preparation_of(model)?, table)?;
                let predicted = plane.predict_rows(model, table)?.into_iter();
                predicted.zip(truth).map(|(predicted, truth)| predicted != truth).collect()
            }
        };
        Ok(Panel { name: name.to_string(), frame, columns, rows, outputs, wrong })
    }

    /// The outputs at a place between the points of the grid: straight between them.
    fn between(&self, x: f64, y: f64, width: usize) -> Vec<f64> {
        let (column, row) = ((x as usize).min(self.columns - 2), (y as usize).min(self.rows - 2));
        let (right, down) = (x - column as f64, y - row as f64);
        let at = |column: usize, row: usize, output: usize| {
            self.outputs[(row * self.columns + column) * width + output]
        };
        let mix = |from: f64, to: f64, share: f64| from + (to - from) * share;
        let value = |output| {
            let above = mix(at(column, row, output), at(column + 1, row, output), right);
            let below = mix(at(column, row + 1, output), at(column + 1, row + 1, output), right);
            mix(above, below, down)
        };
        (0..width).map(value).collect()
    }

    fn draw(
        &self,
        drawing: &mut Drawing,
        plane: &Plane,
        scale: &Scale,
        points: &Points,
        theme: &Theme,
    ) -> Result<(), Error> {
        let frame = &self.frame;
        let width = plane.shown.width();
        let classes = plane.shown.classes().len();
        // Two pixels of the image for each of the picture: sharp at the usual scale of PNG files.
        let (across, down) = (2 * frame.width as usize, 2 * frame.height as usize);
        let place = |index: usize, count: usize, steps: usize| {
            (index as f64 + 0.5) / count as f64 * (steps - 1) as f64
        };
        let color = |column: usize, row: usize| {
            let (x, y) = (place(column, across, self.columns), place(row, down, self.rows));
            let outputs = self.between(x, y, width);
            match classes {
                0 => scale.color(theme, outputs[0]),
                _ => shade(theme, &outputs),
            }
        };
        let pixels = image(across, down, color)?;
        drawing.image(frame.corner(), frame.size(), &pixels, false);
        drawing.begin_clipped(frame.corner(), frame.size());
        let line = self.lines(classes);
        if !line.is_empty() {
            drawing.path(&line, None, Some(&Stroke::new(theme.text, 1.2)));
        }
        drawing.end();
        for (index, &row) in points.rows.iter().enumerate() {
            let middle = frame.place(points.places[index]);
            let color = match classes {
                0 => scale.color(theme, points.truth[index]),
                _ => theme.category(points.truth[index] as usize),
            };
            let radius = if points.rows.len() > 500 { 2.6 } else { 3.6 };
            match classes {
                // Of the colour of what is below it when it is predicted well.
                0 => {
                    drawing.circle(middle, radius, Some(color), Some(&Stroke::new(theme.text, 0.8)))
                }
                _ => point(drawing, theme, middle, radius, color),
            }
            if self.wrong[row] {
                drawing.circle(middle, radius + 2.6, None, Some(&Stroke::new(theme.text, 1.8)));
            }
        }
        frame.draw(drawing, theme)?;
        if !self.name.is_empty() {
            let name = crate::font::shortened(&self.name, 12.0, frame.width);
            let place = (frame.left + frame.width / 2.0, frame.top - 8.0);
            drawing.text(place, &name, &Text::new(theme.text, 12.0).middle());
        }
        Ok(())
    }

    /// The lines between the regions, as a path.
    fn lines(&self, classes: usize) -> String {
        use std::fmt::Write;
        let frame = &self.frame;
        let step_x = frame.width / (self.columns - 1) as f64;
        let step_y = frame.height / (self.rows - 1) as f64;
        let mut path = String::new();
        // With two classes the line around one is the line around the other.
        for class in 0..if classes == 2 { 1 } else { classes } {
            let lead = |column: usize, row: usize| {
                let at = (row * self.columns + column) * classes;
                let outputs = &self.outputs[at..at + classes];
                let others = outputs.iter().enumerate().filter(|(other, _)| *other != class);
                let best = others.fold(f64::NEG_INFINITY, |best, (_, it)| best.max(*it));
                outputs[class] - best
            };
            for ((x, y), (to_x, to_y)) in zero_lines(self.columns, self.rows, lead) {
                let place = |x: f64, y: f64| (frame.left + x * step_x, frame.top + y * step_y);
                let ((x, y), (to_x, to_y)) = (place(x, y), place(to_x, to_y));
                let _ = write!(path, "M{x:.2} {y:.2}L{to_x:.2} {to_y:.2}");
            }
        }
        path
    }
}

/// The colour of the most probable class, the paler the less sure it is.
fn shade(theme: &Theme, probabilities: &[f64]) -> Color {
    let class = largest(probabilities);
    let chance = 1.0 / probabilities.len() as f64;
    let surety = ((probabilities[class] - chance) / (1.0 - chance)).clamp(0.0, 1.0);
    let surety = (surety * SHADES).round() / SHADES;
    theme.background.mix(theme.category(class), 0.12 + 0.38 * surety)
}
