//! Charts of how good a model is. They have no title of their own: the text around them has it.

mod bars;
mod calibration;
mod histogram;
mod lines;
mod scatter;

pub use bars::{IntervalBar, interval_bar, sparkline};
pub use calibration::{CalibrationPoint, calibration};
pub use histogram::{Histogram, histogram};
pub use lines::{Line, Lines, lines};
pub use scatter::{Scatter, scatter};

use crate::font::{shortened, text_width};
use crate::frame::SMALL;
use crate::legend::{Mark, point};
use crate::{Drawing, Stroke, Text, Theme};

/// The usual size of a chart: on a phone its letters can still be read.
const USUAL: (f64, f64) = (440.0, 330.0);
/// Pixels from one line of a key to the next.
const KEY_LINE: f64 = 20.0;
/// The longest name in a key.
const KEY_NAME: f64 = 170.0;

/// The order in which lines take the categories' colours: those that are seen best come first.
const LINE_COLORS: [usize; 10] = [0, 2, 4, 6, 5, 8, 7, 3, 1, 9];
/// Dashes and gaps, so that lines are told apart without colours too.
const DASHES: [Option<(f64, f64)>; 4] =
    [None, Some((8.0, 3.0)), Some((2.0, 3.0)), Some((12.0, 4.0))];

/// How the line of this number, from 0, is drawn.
fn stroke(theme: &Theme, index: usize) -> Stroke {
    let color = theme.category(LINE_COLORS[index % LINE_COLORS.len()]);
    Stroke { dash: DASHES[index % DASHES.len()], ..Stroke::new(color, 2.0) }
}

/// Draws names with their marks side by side, in as many lines as they need, from a corner; returns
/// how high they are.
fn key(
    drawing: &mut Drawing,
    theme: &Theme,
    (left, top): (f64, f64),
    width: f64,
    entries: &[(Mark, String)],
) -> f64 {
    let (mut x, mut y) = (left, top);
    for (mark, name) in entries {
        let name = shortened(name, SMALL, KEY_NAME.min(width - 30.0));
        let room = 26.0 + text_width(&name, SMALL) + 16.0;
        if x > left && x + room > left + width + 16.0 {
            x = left;
            y += KEY_LINE;
        }
        let middle = y + KEY_LINE / 2.0;
        match mark {
            Mark::Point(color) => point(drawing, theme, (x + 10.0, middle), 4.5, *color),
            Mark::Ring(color) => {
                drawing.circle((x + 10.0, middle), 5.0, None, Some(&Stroke::new(*color, 1.8)));
            }
            Mark::Line(stroke) => drawing.line((x, middle), (x + 20.0, middle), stroke),
        }
        drawing.text((x + 26.0, middle + 4.3), &name, &Text::new(theme.text, SMALL));
        x += room;
    }
    if entries.is_empty() { 0.0 } else { y + KEY_LINE - top }
}
