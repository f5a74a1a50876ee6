//! What the colours of a picture mean.

use crate::font::shortened;
use crate::frame::{SMALL, tick};
use crate::pixels::image;
use crate::{Color, Drawing, Error, Stroke, Text, Theme};

/// Pixels from one line of a legend to the next.
const LINE: f64 = 20.0;

/// How a thing of the legend is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Mark {
    /// A point with an outline.
    Point(Color),
    /// A ring around a point.
    Ring(Color),
    /// A line.
    Line(Stroke),
}

/// Draws names with their marks, one below the other from a corner, as many as find room.
pub(crate) fn legend(
    drawing: &mut Drawing,
    theme: &Theme,
    (left, top): (f64, f64),
    (width, height): (f64, f64),
    entries: &[(Mark, String)],
) {
    let room = ((height / LINE) as usize).max(2);
    let shown = if entries.len() > room { room - 1 } else { entries.len() };
    for (index, (mark, name)) in entries[..shown].iter().enumerate() {
        let y = top + LINE * (index as f64 + 0.5);
        match mark {
            Mark::Point(color) => point(drawing, theme, (left + 8.0, y), 4.5, *color),
            Mark::Ring(color) => {
                drawing.circle((left + 8.0, y), 6.0, None, Some(&Stroke::new(*color, 1.8)));
            }
            Mark::Line(stroke) => drawing.line((left, y), (left + 18.0, y), stroke),
        }
        let name = shortened(name, SMALL, width - 26.0);
        drawing.text((left + 26.0, y + 4.3), &name, &Text::new(theme.text, SMALL));
    }
    if shown < entries.len() {
        let text = format!("and {} more", entries.len() - shown);
        let y = top + LINE * (shown as f64 + 0.5);
        drawing.text((left + 26.0, y + 4.3), &text, &Text::new(theme.muted, SMALL));
    }
}

/// A point of the data, with an outline that parts it from what it lies on.
pub(crate) fn point(
    drawing: &mut Drawing,
    theme: &Theme,
    middle: (f64, f64),
    radius: f64,
    color: Color,
) {
    drawing.circle(middle, radius, Some(color), Some(&Stroke::new(theme.background, 1.0)));
}

/// A bar of the colours from `from` (below) to `to`, with numbers beside it.
pub(crate) fn color_bar(
    drawing: &mut Drawing,
    theme: &Theme,
    (left, top): (f64, f64),
    height: f64,
    (from, to): (f64, f64),
    color: impl Fn(f64) -> Color,
) -> Result<(), Error> {
    let rows = 128;
    let bar = image(1, rows, |_, row| color(1.0 - row as f64 / (rows - 1) as f64))?;
    drawing.image((left, top), (14.0, height), &bar, false);
    let outline = Stroke::new(theme.axis, 1.0);
    drawing.rectangle((left, top), (14.0, height), None, Some(&outline));
    let style = Text::new(theme.muted, SMALL - 1.0);
    let parts = if height > 120.0 { 4 } else { 2 };
    for part in 0..=parts {
        let share = f64::from(part) / f64::from(parts);
        let y = top + height * (1.0 - share);
        drawing.line((left + 14.0, y), (left + 18.0, y), &outline);
        drawing.text((left + 22.0, y + 4.0), &brief(from + (to - from) * share), &style);
    }
    Ok(())
}

/// A number in three digits.
pub(crate) fn brief(value: f64) -> String {
    match value.abs() {
        size if size < 1e-12 => "0".to_string(),
        size if (1e-3..1e5).contains(&size) => {
            let decimals = (2 - size.log10().floor() as i32).max(0) as usize;
            let text = format!("{value:.decimals$}");
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
                false => text,
            }
        }
        _ => tick(value, None),
    }
}

/// The title of a picture and what is said below it; returns how much room they take.
pub(crate) fn heading(
    drawing: &mut Drawing,
    theme: &Theme,
    width: f64,
    title: &str,
    subtitle: &str,
) -> f64 {
    let room = width - 32.0;
    let title = shortened(title, 16.0, room);
    drawing.text((16.0, 28.0), &title, &Text::new(theme.text, 16.0));
    if subtitle.is_empty() {
        return 44.0;
    }
    drawing.text((16.0, 48.0), &shortened(subtitle, SMALL, room), &Text::new(theme.muted, SMALL));
    64.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_brief() {
        let numbers = [0.0, 0.123456, 12.0, 1234.5, -0.5, 1e-9, 0.30000000000000004];
        let expected = ["0", "0.123", "12", "1234", "-0.5", "1e-9", "0.3"];
        assert_eq!(numbers.map(brief), expected);
    }
}
