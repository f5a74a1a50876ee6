//! A pair of axes, and where their numbers lie in the picture.

use crate::backend::Backend;
use crate::font::{shortened, text_width};
use crate::{Color, Drawing, Error, Stroke, Text, Theme};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// The size of the numbers at the ticks and of axis titles, in pixels.
pub(crate) const SMALL: f64 = 12.0;
/// Room for the numbers and the title beside an axis: left and below.
pub(crate) const LEFT: f64 = 68.0;
pub(crate) const BELOW: f64 = 46.0;

/// The numbers along one side.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Axis {
    pub(crate) title: String,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) is_log: bool,
    /// Whether only whole numbers are written at it.
    pub(crate) is_whole: bool,
    /// Whether numbers and title are written at it.
    pub(crate) is_labelled: bool,
    /// Of an axis to the right: texts at these places, instead of numbers.
    pub(crate) marks: Vec<(f64, String)>,
}

impl Axis {
    /// From `from` to `to`, which are finite and different.
    pub(crate) fn new(title: impl Into<String>, (from, to): (f64, f64)) -> Axis {
        let title = title.into();
        let marks = Vec::new();
        Axis { title, from, to, is_log: false, is_whole: false, is_labelled: true, marks }
    }

    /// The share of the way from the beginning at which a number lies.
    pub(crate) fn share(&self, value: f64) -> f64 {
        match self.is_log {
            false => (value - self.from) / (self.to - self.from),
            true => (value / self.from).ln() / (self.to / self.from).ln(),
        }
    }

    /// The most numbers of which each has `room` pixels, by its text, along `length` pixels; and
    /// their decimals.
    fn ticks(&self, length: f64, room: impl Fn(&str) -> f64) -> (usize, usize) {
        let fits = |count: usize| {
            let points = RangedCoordf64::from(self.from..self.to).key_points(BoldPoints(count));
            let decimals = decimals(&points);
            let apart = match points.as_slice() {
                [first, second, ..] => length * (self.share(*second) - self.share(*first)),
                _ => f64::INFINITY,
            };
            let needed = points.iter().map(|point| room(&tick(*point, Some(decimals))));
            (needed.fold(0.0, f64::max) <= apart).then_some((count, decimals))
        };
        (2..=((length / 24.0) as usize).clamp(2, 12)).rev().find_map(fits).unwrap_or((2, 6))
    }

    /// The numbers at a logarithmic axis: powers of ten, with 2 and 5 times them where there are
    /// few.
    fn powers(&self, length: f64) -> Vec<f64> {
        let (from, to) = (self.from.log10().floor() as i32, self.to.log10().ceil() as i32);
        let steps: &[f64] = if to - from <= 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let every = (f64::from(to - from) * 28.0 / length).ceil().max(1.0) as usize;
        let powers = (from..=to).step_by(every);
        let numbers = powers.flat_map(|it| steps.iter().map(move |step| step * 10_f64.powi(it)));
        numbers.filter(|it| (self.from..=self.to).contains(it)).collect()
    }
}

/// The smallest range that holds all `values`, and a share of it more on each side. One value alone
/// has some room around it; none at all is 0 to 1.
pub(crate) fn range_of(values: impl Iterator<Item = f64>, more: f64) -> (f64, f64) {
    let (least, most) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
            (least.min(value), most.max(value))
        });
    if least > most {
        return (0.0, 1.0);
    }
    let room = match most - least {
        // Less than this is not told apart by the numbers at the ticks.
        width if width > 1e-9 * least.abs().max(most.abs()) => width * more,
        _ if least == 0.0 => 1.0,
        _ => least.abs() * 0.5,
    };
    (least - room, most + room)
}

/// A rectangle of whole pixels with axes at its left and lower side.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// Whether lines are drawn from the ticks.
    pub(crate) has_grid: bool,
}

impl Frame {
    /// The rectangle between these, made of whole pixels and of some size.
    pub(crate) fn new(
        (left, top): (f64, f64),
        (right, bottom): (f64, f64),
        x: Axis,
        y: Axis,
    ) -> Frame {
        let (left, top) = (left.round(), top.round());
        let (width, height) = ((right - left).floor().max(20.0), (bottom - top).floor().max(20.0));
        Frame { left, top, width, height, x, y, has_grid: true }
    }

    /// The place of a point in the picture.
    pub(crate) fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.left + self.width * self.x.share(x), self.top + self.height * (1.0 - self.y.share(y)))
    }

    pub(crate) fn corner(&self) -> (f64, f64) {
        (self.left, self.top)
    }

    pub(crate) fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// Draws the axes with numbers and titles, and the grid.
    pub(crate) fn draw(&self, drawing: &mut Drawing, theme: &Theme) -> Result<(), Error> {
        let room = (LEFT.min(self.left).floor(), 24.0);
        let size = drawing.size();
        let backend = Backend { drawing, size: (size.0.ceil() as u32, size.1.ceil() as u32) };
        let area = backend.into_drawing_area().shrink(
            ((self.left - room.0) as i32, self.top as i32),
            ((self.width + room.0) as i32, (self.height + room.1) as i32),
        );
        self.mesh(&area, theme, room).map_err(Error::Svg)?;
        drop(area);
        if self.y.is_log {
            self.draw_powers(drawing, theme);
        }
        self.draw_marks(drawing, theme);
        let style = Text::new(theme.text, SMALL).middle();
        if self.x.is_labelled {
            let middle = (self.left + self.width / 2.0, self.top + self.height + 38.0);
            drawing.text(middle, &shortened(&self.x.title, SMALL, self.width), &style);
        }
        if self.y.is_labelled {
            let place = (self.left - LEFT + 16.0, self.top + self.height / 2.0);
            let title = shortened(&self.y.title, SMALL, self.height.max(80.0));
            drawing.text(place, &title, &style.upright());
        }
        Ok(())
    }

    fn mesh(
        &self,
        area: &DrawingArea<Backend<'_>, Shift>,
        theme: &Theme,
        room: (f64, f64),
    ) -> Result<(), String> {
        let size = SMALL - 1.0;
        let (across, x_decimals) = match self.x.is_log || !self.x.marks.is_empty() {
            // They are drawn apart.
            true => (0, 0),
            false => self.x.ticks(self.width, |text| text_width(text, size) + 18.0),
        };
        let (up, y_decimals) = match self.y.is_log {
            // The chart library writes the whole powers of ten only, so these are drawn apart.
            true => (0, 0),
            false => self.y.ticks(self.height, |_| 30.0),
        };
        let write = |axis: &Axis, value: f64, decimals: usize| match axis.is_labelled {
            true if !axis.is_whole || value.fract().abs() < 1e-9 => tick(value, Some(decimals)),
            _ => String::new(),
        };
        let write_x = |value: &f64| write(&self.x, *value, x_decimals);
        let write_y = |value: &f64| write(&self.y, *value, y_decimals);
        let label = ("sans-serif", size).into_font().color(&rgb(theme.muted));
        let fail = |error: &dyn std::fmt::Display| error.to_string();
        let mut chart = ChartBuilder::on(area)
            .set_label_area_size(LabelAreaPosition::Left, room.0 as u32)
            .set_label_area_size(LabelAreaPosition::Bottom, room.1 as u32)
            .build_cartesian_2d(self.x.from..self.x.to, self.y.from..self.y.to)
            .map_err(|error| fail(&error))?;
        let mut mesh = chart.configure_mesh();
        mesh.x_labels(across)
            .y_labels(up)
            .max_light_lines(0)
            .bold_line_style(rgb(theme.grid))
            .axis_style(rgb(theme.axis))
            .label_style(label)
            .x_label_formatter(&write_x)
            .y_label_formatter(&write_y)
            .set_all_tick_mark_size(4);
        if !self.has_grid {
            mesh.disable_mesh();
        }
        mesh.draw().map_err(|error| fail(&error))
    }

    /// The texts at the places of the axis to the right, or the powers of a logarithmic one, with the
    /// lines from them.
    fn draw_marks(&self, drawing: &mut Drawing, theme: &Theme) {
        let powers = || self.x.powers(self.width).into_iter().map(|it| (it, tick(it, None)));
        let marks = match self.x.is_log && self.x.marks.is_empty() {
            true => powers().collect(),
            false => self.x.marks.clone(),
        };
        let style = Text::new(theme.muted, SMALL - 1.0).middle();
        let bottom = self.top + self.height;
        let room = self.width / marks.len().max(1) as f64 - 2.0;
        for (value, text) in marks {
            let x = self.place((value, self.y.from)).0.round() + 0.5;
            if self.has_grid {
                drawing.line((x, self.top), (x, bottom - 1.0), &Stroke::new(theme.grid, 1.0));
            }
            drawing.line((x, bottom), (x, bottom + 4.0), &Stroke::new(theme.axis, 1.0));
            if self.x.is_labelled {
                let text = shortened(&text, SMALL - 1.0, room.max(12.0));
                drawing.text((x, bottom + 17.0), &text, &style);
            }
        }
    }

    /// The numbers of a logarithmic axis upwards, with the lines from them.
    fn draw_powers(&self, drawing: &mut Drawing, theme: &Theme) {
        let style = Text::new(theme.muted, SMALL - 1.0).end();
        for value in self.y.powers(self.height) {
            let y = self.place((self.x.from, value)).1.round() + 0.5;
            if self.has_grid {
                let grid = Stroke::new(theme.grid, 1.0);
                drawing.line((self.left + 1.0, y), (self.left + self.width, y), &grid);
            }
            drawing.line((self.left - 4.0, y), (self.left, y), &Stroke::new(theme.axis, 1.0));
            if self.y.is_labelled {
                drawing.text((self.left - 8.0, y + 4.0), &tick(value, None), &style);
            }
        }
    }
}

fn rgb(Color(red, green, blue): Color) -> RGBColor {
    RGBColor(red, green, blue)
}

/// The decimals that tell all of these numbers apart.
fn decimals(points: &[f64]) -> usize {
    let steps = points.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let step = steps.filter(|step| *step > 0.0).fold(1.0, f64::min);
    let enough = |decimals: &usize| {
        let scale = 10_f64.powi(*decimals as i32);
        points
            .iter()
            .all(|point| ((point * scale).round() - point * scale).abs() < 1e-6 * scale * step)
    };
    (0..12).find(enough).unwrap_or(12)
}

/// A number at a tick; very large and very small ones by their power of ten.
pub(crate) fn tick(value: f64, decimals: Option<usize>) -> String {
    // A difference that should be 0.
    if value.abs() < 1e-300
        || decimals.is_some_and(|it| it < 12 && value.abs() < 0.1_f64.powi(it as i32) / 2.0)
    {
        return "0".to_string();
    }
    match (value.abs(), decimals) {
        (1e-4..1e6, Some(decimals)) => format!("{value:.decimals$}"),
        (size, decimals) => {
            // As many as tell it from its neighbours, which are apart by a unit of its last decimal.
            let own =
                decimals.map(|it| (size.log10().floor() + it as f64).clamp(2.0, 12.0) as usize);
            let digits = own.unwrap_or(if (1e-3..1e5).contains(&size) { 4 } else { 2 });
            let text = format!("{value:.digits$e}");
            let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
            let mantissa = if mantissa.contains('.') {
                mantissa.trim_end_matches('0').trim_end_matches('.')
            } else {
                mantissa
            };
            match (1e-3..1e5).contains(&size) {
                true => format!("{mantissa}e{power}").parse::<f64>().unwrap_or(value).to_string(),
                false => format!("{mantissa}e{power}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_where_their_share_of_the_axis_is() {
        let x = Axis::new("x", (10.0, 20.0));
        let y = Axis { is_log: true, ..Axis::new("y", (0.01, 100.0)) };
        let frame = Frame::new((100.0, 50.0), (300.0, 250.0), x, y);
        assert_eq!(frame.place((10.0, 0.01)), (100.0, 250.0));
        assert_eq!(frame.place((15.0, 1.0)), (200.0, 150.0));
        assert_eq!(frame.place((20.0, 100.0)), (300.0, 50.0));
    }

    #[test]
    fn ranges_hold_all_values_and_are_never_empty() {
        assert_eq!(range_of([3.0, 1.0, f64::NAN].into_iter(), 0.5), (0.0, 4.0));
        assert_eq!(range_of([4.0, 4.0].into_iter(), 0.1), (2.0, 6.0));
        assert_eq!(range_of([0.0].into_iter(), 0.1), (-1.0, 1.0));
        assert_eq!(range_of(std::iter::empty(), 0.1), (0.0, 1.0));
    }

    #[test]
    fn as_many_numbers_as_have_room_stand_at_an_axis() {
        let axis = Axis::new("x", (-4.0, 4.0));
        let points = |count| RangedCoordf64::from(-4.0..4.0).key_points(BoldPoints(count));
        assert_eq!(points(axis.ticks(230.0, |_| 40.0).0), [-4.0, -2.0, 0.0, 2.0, 4.0]);
        assert_eq!(points(axis.ticks(230.0, |_| 90.0).0), [0.0]);
        let powers = |from, to, length| Axis::new("y", (from, to)).powers(length);
        let found = powers(0.15, 6.0, 200.0);
        assert_eq!(
            found.iter().map(|it| tick(*it, None)).collect::<Vec<_>>(),
            ["0.2", "0.5", "1", "2", "5"]
        );
        // Eleven powers in 100 pixels, 28 for each: every fourth, from 1e-10 on.
        let found = powers(0.5e-9, 2.0, 100.0);
        assert_eq!(found.iter().map(|it| tick(*it, None)).collect::<Vec<_>>(), ["1e-6", "0.01"]);
    }

    #[test]
    fn ticks_are_written_alike_and_briefly() {
        let points = [0.0, 0.5, 1.0];
        let decimals = decimals(&points);
        assert_eq!(points.map(|point| tick(point, Some(decimals))), ["0", "0.5", "1.0"]);
        assert_eq!(tick(2e7, Some(0)), "2e7");
        assert_eq!([0.01, 1.0, 1e-7, 250.0].map(|it| tick(it, None)), ["0.01", "1", "1e-7", "250"]);
        assert_eq!(tick(-1e-17, Some(1)), "0");
    }
}
