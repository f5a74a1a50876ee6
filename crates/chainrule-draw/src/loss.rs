//! The course of a training run, from its history.

use crate::frame::{Axis, BELOW, Frame, LEFT, range_of};
use crate::legend::{Mark, brief, heading, legend};
use crate::{Drawing, Error, Look, Picture, Stroke, Text};
use chainrule::Score;
use chainrule::train::Epoch;

/// Room at the right for names.
const LEGEND: f64 = 176.0;
/// The least share of the largest loss that a logarithmic axis shows.
const LEAST: f64 = 1e-12;

/// What is drawn of a run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Course {
    /// Whether losses are on a logarithmic axis.
    pub is_log: bool,
    /// By which measure the epoch was chosen.
    pub score: Score,
}

/// What the smaller picture below shows.
fn second(history: &[Epoch]) -> (&'static str, Vec<(f64, f64)>) {
    let points = |value: &dyn Fn(&Epoch) -> Option<f64>| -> Vec<(f64, f64)> {
        let point = |it: &Epoch| value(it).map(|value| (it.epoch as f64, value));
        history.iter().filter_map(point).filter(|(_, value)| value.is_finite()).collect()
    };
    let accuracy = points(&|it| it.validation.and_then(|it| it.accuracy));
    if !accuracy.is_empty() {
        return ("accuracy", accuracy);
    }
    let explained = points(&|it| it.validation.and_then(|it| it.regression).map(|it| it.r2));
    if !explained.is_empty() {
        return ("R²", explained);
    }
    ("learning rate", points(&|it| Some(it.learning_rate)))
}

/// Draws the loss of the training and validation rows over the epochs, with the epoch whose weights
/// the model has; below it the validation rows' accuracy or R², or without such rows the learning
/// rate.
///
/// # Errors
/// An empty history; no loss above 0 for a logarithmic axis; a size out of range.
///
/// ```
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::Recipe;
/// use chainrule_draw::{Course, Look, loss};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe { epochs: Some(5), ..Recipe::default() }.train(&iris)?;
/// let picture = loss(&trained.report.history, "iris", &Course::default(), &Look::default())?;
/// assert!(picture.svg().contains("validation"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn loss(
    history: &[Epoch],
    title: &str,
    course: &Course,
    look: &Look,
) -> Result<Picture, Error> {
    if history.is_empty() {
        return Err(Error::picture("the history", "expected an epoch at least, found none"));
    }
    let (width, height) = look.size((820.0, 520.0))?;
    let theme = &look.theme;
    let mut drawing = Drawing::new(width, height, theme);
    let Some(place) = course.score.chosen(history) else {
        return Err(Error::picture("the history", "expected an epoch at least, found none"));
    };
    let epoch = &history[place];
    let judged = epoch.validation.map(|it| it.loss);
    let subtitle = match judged {
        Some(loss) => format!(
            "chosen: epoch {} of {}, training loss {}, validation loss {}",
            epoch.epoch,
            history.len(),
            brief(epoch.loss),
            brief(loss)
        ),
        None => format!("{} epochs, last training loss {}", history.len(), brief(epoch.loss)),
    };
    let top = heading(&mut drawing, theme, width, title, &subtitle);

    let is_shown = |value: &f64| value.is_finite() && (!course.is_log || *value > 0.0);
    let point = |it: &Epoch, loss: f64| (it.epoch as f64, loss);
    let training: Vec<(f64, f64)> =
        history.iter().map(|it| point(it, it.loss)).filter(|(_, it)| is_shown(it)).collect();
    let validation: Vec<(f64, f64)> = history
        .iter()
        .filter_map(|it| it.validation.map(|found| point(it, found.loss)))
        .filter(|(_, it)| is_shown(it))
        .collect();
    let losses = || training.iter().chain(&validation).map(|(_, loss)| *loss);
    let y_range = match course.is_log {
        false => {
            let (from, to) = range_of(losses(), 0.05);
            // A loss is rarely below 0, and then neither is its axis.
            (if losses().all(|it| it >= 0.0) { 0.0 } else { from }, to)
        }
        true => {
            let most = losses().fold(0.0, f64::max);
            let least = losses().fold(f64::INFINITY, f64::min).max(most * LEAST);
            if most <= 0.0 {
                return Err(Error::picture(
                    "the logarithmic axis",
                    "expected a loss above 0 at least, found none; draw it without",
                ));
            }
            (least / 1.3, most * 1.3)
        }
    };
    let first = history.iter().map(|it| it.epoch as f64).fold(f64::INFINITY, f64::min);
    let last = history.iter().map(|it| it.epoch as f64).fold(1.0, f64::max);
    let x_range = if first < last { (first, last) } else { (first - 1.0, first + 1.0) };
    let x = Axis { is_whole: true, ..Axis::new("epoch", x_range) };
    let right = width - LEGEND;
    // The smaller picture has a quarter of what both have.
    let below = ((height - top - BELOW) * 0.25).max(40.0);
    let bottom = height - BELOW - below - 26.0;
    let y = Axis { is_log: course.is_log, ..Axis::new("loss", y_range) };
    let hidden = Axis { is_labelled: false, ..x.clone() };
    let upper = Frame::new((LEFT + 8.0, top), (right, bottom), hidden, y);
    upper.draw(&mut drawing, theme)?;

    let (name, values) = second(history);
    let y_range = match name {
        "learning rate" => (0.0, values.iter().map(|it| it.1).fold(1e-12, f64::max) * 1.1),
        _ => range_of(values.iter().map(|it| it.1), 0.12),
    };
    let lower = Frame::new(
        (LEFT + 8.0, height - BELOW - below),
        (right, height - BELOW),
        x,
        Axis::new(name, y_range),
    );
    lower.draw(&mut drawing, theme)?;

    let line = |index: usize| Stroke::new(theme.category(index), 2.0);
    let mark = Stroke::new(theme.muted, 1.2).dashed(4.0, 3.0);
    let mut entries = vec![(Mark::Line(line(0)), "training".to_string())];
    curve(&mut drawing, &upper, &training, &line(0));
    if !validation.is_empty() {
        entries.push((Mark::Line(line(1)), "validation".to_string()));
        curve(&mut drawing, &upper, &validation, &line(1));
    }
    let (second_line, second_name) = match name {
        "learning rate" => (line(4), name.to_string()),
        _ => (Stroke::new(theme.category(1), 2.0), format!("{name}, validation")),
    };
    curve(&mut drawing, &lower, &values, &second_line);
    if judged.is_some() {
        for frame in [&upper, &lower] {
            let x = frame.place((epoch.epoch as f64, frame.y.to)).0;
            drawing.line((x, frame.top), (x, frame.top + frame.height), &mark);
        }
        let marked = judged.filter(is_shown).map(|loss| upper.place(point(epoch, loss)));
        if let Some(middle) = marked {
            let ring = Stroke::new(theme.background, 1.5);
            drawing.circle(middle, 5.0, Some(theme.category(1)), Some(&ring));
        }
        entries.push((Mark::Line(mark), format!("epoch {}, chosen", epoch.epoch)));
    }
    let room = (LEGEND - 26.0, upper.height);
    legend(&mut drawing, theme, (right + 18.0, upper.top), room, &entries);
    let entry = [(Mark::Line(second_line), second_name)];
    legend(&mut drawing, theme, (right + 18.0, lower.top), room, &entry);
    if course.is_log {
        let style = Text::new(theme.muted, 11.0).end();
        drawing.text((right, upper.top - 4.0), "logarithmic", &style);
    }
    Ok(drawing.finish())
}

/// A line through the points, or a point where there is only one.
fn curve(drawing: &mut Drawing, frame: &Frame, points: &[(f64, f64)], stroke: &Stroke) {
    let places: Vec<(f64, f64)> = points.iter().map(|&point| frame.place(point)).collect();
    match places.as_slice() {
        [only] => drawing.circle(*only, 3.0, Some(stroke.color), None),
        places => {
            drawing.begin_clipped(
                (frame.left, frame.top - 3.0),
                (frame.width + 3.0, frame.height + 6.0),
            );
            drawing.polyline(places, stroke);
            drawing.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainrule::Evaluation;

    fn history(losses: &[(f64, f64, f64)]) -> Vec<Epoch> {
        let epoch = |(index, &(loss, judged, accuracy)): (usize, &(f64, f64, f64))| Epoch {
            epoch: index + 1,
            loss,
            validation: Some(Evaluation {
                rows: 10,
                loss: judged,
                accuracy: Some(accuracy),
                regression: None,
            }),
            learning_rate: 0.01,
            gradient_norm: 1.0,
            seconds: 0.1,
            rows_per_second: 100.0,
        };
        losses.iter().enumerate().map(epoch).collect()
    }

    #[test]
    fn the_chosen_epoch_is_the_first_of_the_best_by_the_score() {
        let run = history(&[(1.0, 0.9, 0.5), (0.8, 0.5, 0.8), (0.7, 0.6, 0.9), (0.6, 0.7, 0.9)]);
        assert_eq!(Score::Auto.chosen(&run), Some(2));
        assert_eq!(Score::Accuracy.chosen(&run), Some(2));
        assert_eq!(Score::Loss.chosen(&run), Some(1));
        let without: Vec<Epoch> =
            run.into_iter().map(|it| Epoch { validation: None, ..it }).collect();
        assert_eq!(Score::Auto.chosen(&without), Some(3));
    }

    #[test]
    fn every_epoch_is_a_point_of_each_line() {
        let run = history(&[(1.0, 0.9, 0.5), (0.8, 0.5, 0.8), (0.7, 0.6, 0.9), (0.1, 0.7, 0.9)]);
        for is_log in [false, true] {
            let course = Course { is_log, ..Course::default() };
            let picture = loss(&run, "a run", &course, &Look::default()).unwrap();
            let lines: Vec<&str> = picture
                .svg()
                .lines()
                .filter(|line| line.starts_with("<polyline") && line.contains("stroke-width=\"2\""))
                .collect();
            // Training and validation loss, and the accuracy.
            assert_eq!(lines.len(), 3);
            for line in lines {
                let points = line.split('"').nth(1).unwrap();
                assert_eq!(points.split(' ').count(), 4, "{line}");
            }
        }
    }

    #[test]
    fn equal_steps_of_a_logarithm_are_equal_on_its_axis() {
        let run = history(&[(1.0, 1.0, 0.5), (0.1, 1.0, 0.5), (0.01, 1.0, 0.5)]);
        let course = Course { is_log: true, ..Course::default() };
        let picture = loss(&run, "a run", &course, &Look::default()).unwrap();
        let line = picture
            .svg()
            .lines()
            .find(|line| line.starts_with("<polyline") && line.contains("stroke-width=\"2\""))
            .unwrap();
        let heights: Vec<f64> = line
            .split('"')
            .nth(1)
            .unwrap()
            .split(' ')
            .map(|point| point.split(',').nth(1).unwrap().parse().unwrap())
            .collect();
        let (first, second) = (heights[1] - heights[0], heights[2] - heights[1]);
        assert!((first - second).abs() < 0.03 && first > 20.0, "{heights:?}");
    }
}
