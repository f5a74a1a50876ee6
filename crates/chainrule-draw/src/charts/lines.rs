//! Several lines over one pair of axes.

use super::{USUAL, key, stroke};
use crate::frame::{Axis, BELOW, Frame, LEFT, range_of};
use crate::legend::Mark;
use crate::{Drawing, Error, Look, Picture, Stroke};

/// More points than this of one line are thinned: a chart has some 400 pixels.
const MOST_POINTS: usize = 400;

/// A line through points.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its points, from the first to the last.
    pub points: Vec<(f64, f64)>,
}

/// What a chart of lines shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Lines {
    /// The title of the axis to the right, and of the one upwards.
    pub titles: (String, String),
    /// The ends of the axis to the right; by the points when not given.
    pub x_range: Option<(f64, f64)>,
    /// The ends of the axis upwards; by the points when not given.
    pub y_range: Option<(f64, f64)>,
    /// Whether only whole numbers are written at the axis to the right.
    pub is_whole: bool,
    /// The lines.
    pub lines: Vec<Line>,
    /// What to compare them with: a thin dashed line with its name.
    pub guides: Vec<Line>,
    /// A place on the axis to the right that is marked from below to above, with its name.
    pub mark: Option<(f64, String)>,
}

/// Draws lines over one pair of axes, told apart by colour and dashes. Points that are no numbers are
/// left out, and of very many points of a line those that its shape needs are kept.
///
/// # Errors
/// A size out of range.
///
/// ```
/// use chainrule_draw::{Line, Lines, Look, lines};
/// let line = |name: &str, points: &[(f64, f64)]| Line { name: name.into(), points: points.into() };
/// let roc = Lines {
///     titles: ("false positive rate".into(), "true positive rate".into()),
///     x_range: Some((0.0, 1.0)),
///     y_range: Some((0.0, 1.0)),
///     is_whole: false,
///     lines: vec![line("model", &[(0.0, 0.0), (0.1, 0.8), (1.0, 1.0)])],
///     guides: vec![line("by chance", &[(0.0, 0.0), (1.0, 1.0)])],
///     mark: None,
/// };
/// assert!(lines(&roc, &Look::default())?.svg().contains("by chance"));
/// # Ok::<(), chainrule_draw::Error>(())
/// ```
pub fn lines(chart: &Lines, look: &Look) -> Result<Picture, Error> {
    let (width, height) = look.size(USUAL)?;
    let theme = &look.theme;
    let mut drawing = Drawing::new(width, height, theme);
    let of_guide = Stroke::new(theme.muted, 1.2).dashed(4.0, 3.0);
    let of_line = |index: usize| match chart.lines.len() {
        // One line needs no dashes to be told apart.
        1 => Stroke { dash: None, ..stroke(theme, 0) },
        _ => stroke(theme, index),
    };
    let mut entries: Vec<(Mark, String)> = Vec::new();
    for (index, line) in chart.lines.iter().enumerate() {
        entries.push((Mark::Line(of_line(index)), line.name.clone()));
    }
    let named = chart.guides.iter().map(|guide| &guide.name);
    let named = named.chain(chart.mark.iter().map(|(_, name)| name));
    entries.extend(named.filter(|it| !it.is_empty()).map(|it| (Mark::Line(of_guide), it.clone())));
    let top = 8.0 + key(&mut drawing, theme, (LEFT + 4.0, 4.0), width - LEFT - 16.0, &entries);

    let all = || chart.lines.iter().flat_map(|line| line.points.iter());
    let x_range = chart.x_range.unwrap_or_else(|| range_of(all().map(|it| it.0), 0.0));
    let y_range = chart.y_range.unwrap_or_else(|| range_of(all().map(|it| it.1), 0.05));
    let x = Axis { is_whole: chart.is_whole, ..Axis::new(&chart.titles.0, x_range) };
    let y = Axis::new(&chart.titles.1, y_range);
    let frame = Frame::new((LEFT + 4.0, top + 4.0), (width - 16.0, height - BELOW), x, y);
    frame.draw(&mut drawing, theme)?;
    if let Some((place, _)) = &chart.mark {
        let x = frame.place((*place, frame.y.to)).0;
        drawing.line((x, frame.top), (x, frame.top + frame.height), &of_guide);
    }
    for guide in &chart.guides {
        course(&mut drawing, &frame, &guide.points, &of_guide);
    }
    for (index, line) in chart.lines.iter().enumerate() {
        drawing.begin(&line.name);
        course(&mut drawing, &frame, &line.points, &of_line(index));
        drawing.end();
    }
    Ok(drawing.finish())
}

/// A line, or a point where there is only one.
fn course(drawing: &mut Drawing, frame: &Frame, points: &[(f64, f64)], stroke: &Stroke) {
    let within = |(x, y): (f64, f64)| {
        let held = |value: f64, axis: &Axis| value.clamp(axis.from, axis.to);
        frame.place((held(x, &frame.x), held(y, &frame.y)))
    };
    let is_number = |it: &&(f64, f64)| it.0.is_finite() && it.1.is_finite();
    let places: Vec<(f64, f64)> =
        points.iter().filter(is_number).map(|&point| within(point)).collect();
    match thinned(&places).as_slice() {
        [only] => drawing.circle(*only, 3.0, Some(stroke.color), None),
        places => drawing.polyline(places, stroke),
    }
}

/// Points without those that lie within a fraction of a pixel of the line through their neighbours
/// (Douglas and Peucker, 1973), allowing more until few enough are left.
fn thinned(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if places.len() <= 2 {
        return places.to_vec();
    }
    let mut allowed = 0.1;
    loop {
        let mut keep = vec![false; places.len()];
        keep[0] = true;
        keep[places.len() - 1] = true;
        let mut parts = vec![(0, places.len() - 1)];
        while let Some((from, to)) = parts.pop() {
            let away = |at: usize| distance(places[at], places[from], places[to]);
            let farthest = (from + 1..to).max_by(|&one, &two| away(one).total_cmp(&away(two)));
            if let Some(at) = farthest.filter(|&at| away(at) > allowed) {
                keep[at] = true;
                parts.extend([(from, at), (at, to)]);
            }
        }
        let kept: Vec<(f64, f64)> =
            places.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(it, _)| *it).collect();
        if kept.len() <= MOST_POINTS {
            return kept;
        }
        allowed *= 2.0;
    }
}

/// How far a point is from the stretch between two others.
fn distance(point: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let (along, across) = ((to.0 - from.0), (to.1 - from.1));
    let length = along * along + across * across;
    let share = match length > 0.0 {
        true => {
            (((point.0 - from.0) * along + (point.1 - from.1) * across) / length).clamp(0.0, 1.0)
        }
        false => 0.0,
    };
    (point.0 - from.0 - share * along).hypot(point.1 - from.1 - share * across)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_shape_and_the_ends() {
        let straight: Vec<(f64, f64)> =
            (0..50).map(|i| (f64::from(i), 2.0 * f64::from(i))).collect();
        assert_eq!(thinned(&straight), [(0.0, 0.0), (49.0, 98.0)]);
        let steps = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 20.0)];
        assert_eq!(thinned(&steps), steps);
        let rough: Vec<(f64, f64)> =
            (0..5000).map(|i| (f64::from(i) / 10.0, f64::from(i * 37 % 101))).collect();
        assert!(thinned(&rough).len() <= MOST_POINTS);
        assert_eq!(thinned(&[(1.0, 1.0); 3]), [(1.0, 1.0); 2]);
    }

    fn of(lines_of: Vec<Line>) -> Lines {
        Lines {
            titles: ("x".to_string(), "y".to_string()),
            x_range: Some((0.0, 1.0)),
            y_range: Some((0.0, 1.0)),
            is_whole: false,
            lines: lines_of,
            guides: Vec::new(),
            mark: None,
        }
    }

    #[test]
    fn lines_are_told_apart_by_colour_or_dashes() {
        let line = |index: usize| Line {
            name: format!("a class with quite a long name {index}"),
            points: vec![(0.0, 0.0), (1.0, 1.0)],
        };
        let picture = lines(&of((0..10).map(line).collect()), &Look::default()).unwrap();
        let drawn: Vec<&str> = picture
            .svg()
            .lines()
            .filter(|it| it.starts_with("<polyline") && it.contains("stroke-width=\"2\""))
            .collect();
        assert_eq!(drawn.len(), 10);
        let looks: std::collections::HashSet<&str> =
            drawn.iter().map(|it| it.split_once("stroke=").unwrap().1).collect();
        assert_eq!(looks.len(), 10);
    }

    #[test]
    fn nothing_to_draw_and_no_numbers_are_a_picture_too() {
        let broken = Line { name: "n".to_string(), points: vec![(f64::NAN, 1.0), (0.5, 0.5)] };
        for chart in [of(Vec::new()), of(vec![broken])] {
            assert!(lines(&chart, &Look::default()).unwrap().png(1.0).is_ok());
        }
    }
}
