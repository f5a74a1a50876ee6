//! Points over one pair of axes, and a line to compare them with.

use super::USUAL;
use crate::frame::{Axis, BELOW, Frame, LEFT, range_of};
use crate::{Drawing, Error, Look, Picture, Stroke};

/// What a chart of points shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Scatter {
    /// The title of the axis to the right, and of the one upwards.
    pub titles: (String, String),
    /// The points.
    pub points: Vec<(f64, f64)>,
    /// The line y = slope * x + offset to compare them with: slope and offset.
    pub line: (f64, f64),
    /// Whether both axes have the same ends.
    pub is_square: bool,
}

/// Draws points, which darken where many lie on one another, and a line.
///
/// # Errors
/// A size out of range.
///
/// ```
/// use chainrule_draw::{Look, Scatter, scatter};
/// let chart = Scatter {
///     titles: ("true".into(), "predicted".into()),
///     points: vec![(1.0, 1.1), (2.0, 1.8)],
///     line: (1.0, 0.0),
///     is_square: true,
/// };
/// assert_eq!(scatter(&chart, &Look::default())?.svg().matches("<circle").count(), 2);
/// # Ok::<(), chainrule_draw::Error>(())
/// ```
pub fn scatter(chart: &Scatter, look: &Look) -> Result<Picture, Error> {
    let (width, height) = look.size(USUAL)?;
    let theme = &look.theme;
    let mut drawing = Drawing::new(width, height, theme);
    let numbers: Vec<(f64, f64)> =
        chart.points.iter().copied().filter(|it| it.0.is_finite() && it.1.is_finite()).collect();
    let xs = || numbers.iter().map(|it| it.0);
    let ys = || numbers.iter().map(|it| it.1);
    let (x_range, y_range) = match chart.is_square {
        true => (range_of(xs().chain(ys()), 0.03), range_of(xs().chain(ys()), 0.03)),
        false => {
            // The line belongs to the picture where it is level.
            let offset = (chart.line.0 == 0.0).then_some(chart.line.1);
            (range_of(xs(), 0.03), range_of(ys().chain(offset), 0.05))
        }
    };
    let frame = Frame::new(
        (LEFT + 4.0, 14.0),
        (width - 16.0, height - BELOW),
        Axis::new(&chart.titles.0, x_range),
        Axis::new(&chart.titles.1, y_range),
    );
    frame.draw(&mut drawing, theme)?;
    let places: Vec<(f64, f64)> = numbers.iter().map(|&point| frame.place(point)).collect();
    let opacity = match places.len() {
        0..=200 => 0.75,
        201..=600 => 0.5,
        _ => 0.35,
    };
    drawing.points(&places, 2.6, theme.category(0), opacity);
    let (slope, offset) = chart.line;
    let at = |x: f64| (x, (slope * x + offset).clamp(y_range.0, y_range.1));
    let stroke = Stroke::new(theme.text, 1.2).dashed(4.0, 3.0);
    drawing.line(frame.place(at(x_range.0)), frame.place(at(x_range.1)), &stroke);
    Ok(drawing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_points_and_equal_ones_are_pictures() {
        for points in [Vec::new(), vec![(2.0, 2.0); 3], vec![(f64::NAN, 1.0)]] {
            let titles = ("x".to_string(), "y".to_string());
            for is_square in [false, true] {
                let (titles, points) = (titles.clone(), points.clone());
                let chart = Scatter { titles, points, line: (0.0, 0.0), is_square };
                assert!(scatter(&chart, &Look::default()).unwrap().png(1.0).is_ok());
            }
        }
    }
}
