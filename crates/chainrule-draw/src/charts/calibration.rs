//! How often what was predicted with some probability came true.

use super::{USUAL, key};
use crate::frame::{Axis, BELOW, Frame, LEFT};
use crate::legend::{Mark, point};
use crate::{Drawing, Error, Look, Picture, Stroke};

/// Some rows with about the same predicted probability.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CalibrationPoint {
    /// Their mean predicted probability.
    pub predicted: f64,
    /// The share of them for which it came true.
    pub observed: f64,
    /// Where that share lies beyond chance.
    pub interval: (f64, f64),
    /// How many they are.
    pub rows: usize,
}

/// Draws the observed share over the predicted probability, with intervals and the line on which both
/// are equal, and below it how many rows each point stands for. `titles` name the predicted and the
/// observed.
///
/// # Errors
/// A size out of range.
///
/// ```
/// use chainrule_draw::{CalibrationPoint, Look, calibration};
/// let point = CalibrationPoint { predicted: 0.7, observed: 0.6, interval: (0.4, 0.8), rows: 20 };
/// let picture = calibration(&[point], ("predicted", "observed"), &Look::default())?;
/// assert!(picture.svg().contains("20 rows: predicted 0.7, observed 0.6"));
/// # Ok::<(), chainrule_draw::Error>(())
/// ```
pub fn calibration(
    points: &[CalibrationPoint],
    titles: (&str, &str),
    look: &Look,
) -> Result<Picture, Error> {
    let (width, height) = look.size((USUAL.0, USUAL.1 + 60.0))?;
    let theme = &look.theme;
    let mut drawing = Drawing::new(width, height, theme);
    let color = theme.category(0);
    let guide = Stroke::new(theme.muted, 1.2).dashed(4.0, 3.0);
    let whisker = Stroke::new(color, 1.4);
    let entries = [
        (Mark::Point(color), "with 95 % interval".to_string()),
        (Mark::Line(guide), "predicted = observed".to_string()),
    ];
    let top = 12.0 + key(&mut drawing, theme, (LEFT + 4.0, 4.0), width - LEFT - 16.0, &entries);
    let below = ((height - top - BELOW) * 0.2).max(36.0);
    let range = (0.0, 1.0);
    let hidden = Axis { is_labelled: false, ..Axis::new("", range) };
    let upper = Frame::new(
        (LEFT + 4.0, top),
        (width - 16.0, height - BELOW - below - 18.0),
        hidden,
        Axis::new(titles.1, range),
    );
    upper.draw(&mut drawing, theme)?;
    let most = points.iter().map(|it| it.rows).max().unwrap_or(1).max(1) as f64;
    let lower = Frame::new(
        (LEFT + 4.0, height - BELOW - below),
        (width - 16.0, height - BELOW),
        Axis::new(titles.0, range),
        Axis { is_whole: true, ..Axis::new("rows", (0.0, most * 1.08)) },
    );
    lower.draw(&mut drawing, theme)?;
    drawing.line(upper.place((0.0, 0.0)), upper.place((1.0, 1.0)), &guide);
    let places: Vec<(f64, f64)> =
        points.iter().map(|it| upper.place((it.predicted, it.observed))).collect();
    if places.len() > 1 {
        drawing.polyline(&places, &Stroke::new(color, 1.4));
    }
    for (found, &place) in points.iter().zip(&places) {
        let written = |share: f64| crate::legend::brief(share);
        let (predicted, observed) = (written(found.predicted), written(found.observed));
        drawing.begin(&format!("{} rows: predicted {predicted}, observed {observed}", found.rows));
        let end = |share: f64| upper.place((found.predicted, share.clamp(0.0, 1.0)));
        let (low, high) = (end(found.interval.0), end(found.interval.1));
        drawing.line(low, high, &whisker);
        for (x, y) in [low, high] {
            drawing.line((x - 3.0, y), (x + 3.0, y), &whisker);
        }
        point(&mut drawing, theme, place, 4.5, color);
        let corner = lower.place((found.predicted, found.rows as f64));
        let base = lower.top + lower.height;
        drawing.rectangle((corner.0 - 5.0, corner.1), (10.0, base - corner.1), Some(color), None);
        drawing.end();
    }
    Ok(drawing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_points_and_all_in_one_are_pictures() {
        let one = CalibrationPoint { predicted: 0.0, observed: 1.0, interval: (1.0, 1.0), rows: 1 };
        for points in [&[][..], &[one]] {
            let picture = calibration(points, ("p", "o"), &Look::default()).unwrap();
            assert!(picture.png(1.0).is_ok());
        }
    }
}
