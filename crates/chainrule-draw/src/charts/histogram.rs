//! How often numbers lie where.

use super::USUAL;
use crate::frame::{Axis, BELOW, Frame, LEFT};
use crate::legend::brief;
use crate::{Drawing, Error, Look, Picture, Stroke};

/// Counts in equal parts of a range.
#[derive(Clone, PartialEq, Debug)]
pub struct Histogram {
    /// The title of the axis to the right, and of the one upwards.
    pub titles: (String, String),
    /// The ends of the range.
    pub range: (f64, f64),
    /// How many lie in each part.
    pub counts: Vec<usize>,
    /// A place that is marked.
    pub mark: Option<f64>,
}

/// Draws a bar for each part of the range, as high as its count.
///
/// # Errors
/// A size out of range.
///
/// ```
/// use chainrule_draw::{Histogram, Look, histogram};
/// let residuals = Histogram {
///     titles: ("residual".into(), "rows".into()),
///     range: (-2.0, 2.0),
///     counts: vec![1, 5, 7, 2],
///     mark: Some(0.0),
/// };
/// assert!(histogram(&residuals, &Look::default())?.svg().contains("-1 to 0: 5"));
/// # Ok::<(), chainrule_draw::Error>(())
/// ```
pub fn histogram(chart: &Histogram, look: &Look) -> Result<Picture, Error> {
    let (width, height) = look.size(USUAL)?;
    let theme = &look.theme;
    let mut drawing = Drawing::new(width, height, theme);
    let (from, to) = match chart.range {
        (from, to) if from < to && (to - from).is_finite() => (from, to),
        (from, _) if from.is_finite() => (from - 0.5, from + 0.5),
        _ => (0.0, 1.0),
    };
    let most = chart.counts.iter().max().copied().unwrap_or(1).max(1) as f64;
    let frame = Frame::new(
        (LEFT + 4.0, 14.0),
        (width - 16.0, height - BELOW),
        Axis::new(&chart.titles.0, (from, to)),
        Axis { is_whole: true, ..Axis::new(&chart.titles.1, (0.0, most * 1.05)) },
    );
    frame.draw(&mut drawing, theme)?;
    let step = (to - from) / chart.counts.len().max(1) as f64;
    let edge = |part: usize| from + step * part as f64;
    for (part, &count) in chart.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (left, top) = frame.place((edge(part), count as f64));
        let right = frame.place((edge(part + 1), 0.0)).0;
        drawing.begin(&format!("{} to {}: {count}", brief(edge(part)), brief(edge(part + 1))));
        let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
        let size = ((right - left - gap).max(0.5), frame.top + frame.height - top);
        drawing.rectangle((left + gap / 2.0, top), size, Some(theme.category(0)), None);
        drawing.end();
    }
    if let Some(mark) = chart.mark.filter(|mark| (from..=to).contains(mark)) {
        let x = frame.place((mark, 0.0)).0;
        let stroke = Stroke::new(theme.text, 1.2).dashed(4.0, 3.0);
        drawing.line((x, frame.top), (x, frame.top + frame.height), &stroke);
    }
    Ok(drawing.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_counts() {
        let chart = Histogram {
            titles: ("x".to_string(), "rows".to_string()),
            range: (0.0, 2.0),
            counts: vec![10, 5],
            mark: None,
        };
        let picture = histogram(&chart, &Look::default()).unwrap();
        let heights: Vec<f64> = picture
            .svg()
            .lines()
            .filter(|it| it.starts_with("<rect") && it.contains("#3f90da"))
            .map(|it| it.split("height=\"").nth(1).unwrap().split('"').next().unwrap())
            .map(|it| it.parse().unwrap())
            .collect();
        assert_eq!(heights.len(), 2);
        assert!((heights[0] - 2.0 * heights[1]).abs() < 0.05, "{heights:?}");
    }

    #[test]
    fn equal_numbers_and_none_are_pictures() {
        for (range, counts) in [((3.0, 3.0), vec![4]), ((f64::NAN, 1.0), Vec::new())] {
            let titles = ("x".to_string(), "rows".to_string());
            let chart = Histogram { titles, range, counts, mark: Some(3.0) };
            assert!(histogram(&chart, &Look::default()).unwrap().png(1.0).is_ok());
        }
    }
}
