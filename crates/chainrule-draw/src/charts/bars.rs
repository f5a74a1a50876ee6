//! Small pictures that stand in the cell of a table.

use crate::{Drawing, Picture, Stroke, Theme};

/// Width and height of the pictures of cells.
const SIZE: (f64, f64) = (170.0, 20.0);
/// Width and height of a histogram in a cell.
const SPARKLINE: (f64, f64) = (110.0, 26.0);

/// A number with its interval among others.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct IntervalBar {
    /// The number.
    pub value: f64,
    /// Where it lies beyond chance.
    pub interval: Option<(f64, f64)>,
    /// The ends of the scale that all bars of the table share; they lie apart.
    pub scale: (f64, f64),
    /// A number to compare it with, such as that of all rows.
    pub mark: Option<f64>,
    /// Whether it stands out.
    pub stands_out: bool,
}

/// Draws a bar from 0 to the number with its interval, and a line at the number to compare it with.
///
/// ```
/// use chainrule_draw::{IntervalBar, Theme, interval_bar};
/// let bar = IntervalBar {
///     value: 0.3,
///     interval: Some((0.2, 0.5)),
///     scale: (0.0, 1.0),
///     mark: Some(0.25),
///     stands_out: false,
/// };
/// assert!(interval_bar(&bar, &Theme::LIGHT).svg().contains("<rect"));
/// ```
pub fn interval_bar(bar: &IntervalBar, theme: &Theme) -> Picture {
    let (width, height) = SIZE;
    let mut drawing = Drawing::new(width, height, theme);
    let (from, to) = bar.scale;
    let inner = width - 4.0;
    let place = |value: f64| {
        let share = if to > from { (value - from) / (to - from) } else { 0.0 };
        2.0 + inner * if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    };
    let color = theme.category(if bar.stands_out { 2 } else { 0 });
    let (zero, end) = (place(0.0), place(bar.value));
    let size = ((end - zero).abs().max(1.0), height - 8.0);
    drawing.rectangle((zero.min(end), 4.0), size, Some(color), None);
    if let Some((low, high)) = bar.interval {
        let (interval, middle) = ([low, high], height / 2.0);
        let whisker = Stroke::new(theme.text, 1.4);
        drawing.line((place(low), middle), (place(high), middle), &whisker);
        // An end that lies outside of the scale has no stop.
        for end in interval.into_iter().filter(|end| (from..=to).contains(end)) {
            let x = place(end);
            drawing.line((x, middle - 4.0), (x, middle + 4.0), &whisker);
        }
    }
    if from < 0.0 {
        drawing.line((zero, 0.0), (zero, height), &Stroke::new(theme.axis, 1.0));
    }
    if let Some(mark) = bar.mark {
        let x = place(mark);
        drawing.line((x, 0.0), (x, height), &Stroke::new(theme.muted, 1.2).dashed(3.0, 2.0));
    }
    drawing.finish()
}

/// Draws counts as bars side by side, the largest as high as the cell.
///
/// ```
/// use chainrule_draw::{Theme, sparkline};
/// assert_eq!(sparkline(&[3, 0, 6], &Theme::LIGHT).svg().matches("<rect").count(), 3);
/// ```
pub fn sparkline(counts: &[usize], theme: &Theme) -> Picture {
    let (width, height) = SPARKLINE;
    let mut drawing = Drawing::new(width, height, theme);
    let most = counts.iter().max().copied().unwrap_or(0).max(1) as f64;
    let step = width / counts.len().max(1) as f64;
    let gap = if step > 3.0 { 1.0 } else { 0.0 };
    for (index, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        // What occurs is seen, however rare.
        let size = ((height - 2.0) * count as f64 / most).max(1.0);
        let corner = (step * index as f64, height - size);
        drawing.rectangle(corner, (step - gap, size), Some(theme.category(0)), None);
    }
    drawing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_stays_in_its_cell() {
        for (value, interval) in [(5.0, (f64::NEG_INFINITY, f64::INFINITY)), (f64::NAN, (0.0, 0.0))]
        {
            let bar = IntervalBar {
                value,
                interval: Some(interval),
                scale: (-1.0, 1.0),
                mark: Some(9.0),
                stands_out: true,
            };
            let picture = interval_bar(&bar, &Theme::DARK);
            let numbers = picture.svg().split('"').filter_map(|part| part.parse::<f64>().ok());
            assert!(numbers.into_iter().all(|it| it.abs() <= SIZE.0));
            assert!(picture.png(1.0).is_ok());
        }
        assert!(sparkline(&[], &Theme::LIGHT).png(1.0).is_ok());
    }
}
