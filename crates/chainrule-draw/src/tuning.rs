//! What a search for settings has found: the score against each knob.

use crate::font::text_width;
use crate::frame::{Axis, BELOW, Frame, LEFT, SMALL, range_of};
use crate::legend::{brief, heading, point};
use crate::{Color, Drawing, Error, Look, Picture, Stroke, Text, Theme};
use chainrule::tune::{Knob, Run, Space, Values, ranking};

/// Pictures beside each other.
const ACROSS: usize = 4;
/// Between two of them.
const GAP: f64 = 18.0;
/// Pixels of a picture upwards.
const PANEL: f64 = 170.0;
/// Values of a list that are told apart, each at its own place.
const MOST_PLACES: usize = 12;

/// Draws the score of every run against each knob that was turned, each in a picture of its own:
/// numbers from a list and names at places of their own, ranges along an axis, which is logarithmic
/// where they are drawn from so. The colour tells the epochs of a run, the ring the best one. Runs far
/// below the others lie on the lower edge, and so do crosses for those that failed.
///
/// # Errors
/// No run that was judged; a size out of range.
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::tune::{Measure, Outcome, Run, Space};
/// use chainrule_draw::{Look, tuning};
/// let space = Space::usual(&Recipe::default(), 100);
/// let run = |trial: usize| Run {
///     trial,
///     rung: 0,
///     epochs: 9,
///     settings: space.draw(1, trial),
///     outcome: Outcome::Judged {
///         measure: Measure::Accuracy,
///         score: 0.9 - trial as f64 / 100.0,
///         spread: None,
///         loss: 0.3,
///     },
///     seconds: 0.5,
/// };
/// let runs: Vec<Run> = (0..20).map(run).collect();
/// let picture = tuning(&runs, &space, "flowers", &Look::default())?;
/// assert!(picture.svg().contains("learning rate"));
/// # Ok::<(), chainrule_draw::Error>(())
/// ```
pub fn tuning(runs: &[Run], space: &Space, name: &str, look: &Look) -> Result<Picture, Error> {
    let ranked = ranking(runs);
    let Some((best, measure)) = ranked.first().and_then(|&best| Some((best, best.measure()?)))
    else {
        return Err(Error::picture("the search", "expected a run that was judged, found none"));
    };
    let sides: Vec<Side> =
        Knob::ALL.into_iter().filter_map(|knob| Side::new(knob, runs, space)).collect();
    let columns = sides.len().clamp(1, ACROSS);
    let rows = sides.len().div_ceil(columns).max(1);
    let theme = &look.theme;
    let usual_height = 96.0 + rows as f64 * (PANEL + BELOW) + 8.0;
    let (width, height) = look.size((1040.0, usual_height))?;
    let mut drawing = Drawing::new(width, height, theme);

    let trials = runs.iter().filter(|run| run.rung == 0).count();
    let direction = if measure.is_better_larger() { "" } else { ", less is better" };
    let title = format!("{name}: {} of {trials} trials{direction}", measure.name());
    let failed = runs.iter().filter(|run| run.score().is_none()).count();
    let failed = if failed > 0 { format!("; {failed} failed") } else { String::new() };
    let score = best.score().unwrap_or(f64::NAN);
    let subtitle = format!("best: trial {} with {}{failed}", best.trial, brief(score));
    let top = heading(&mut drawing, theme, width, &title, &subtitle);
    let rungs = runs.iter().map(|run| run.rung).max().unwrap_or(0) + 1;
    let bottom = rung_legend(&mut drawing, theme, (16.0, top + 2.0), runs, rungs);

    let y = score_axis(runs, measure.name(), measure.is_better_larger());
    let left = LEFT + 8.0;
    let cell = (width - left - 20.0 + GAP) / columns as f64;
    let panel = ((height - bottom - 8.0) / rows as f64 - BELOW).max(30.0);
    for (index, side) in sides.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        let corner = (left + column as f64 * cell, bottom + row as f64 * (panel + BELOW) + 4.0);
        let end = (corner.0 + cell - GAP, corner.1 + panel - 4.0);
        let y = Axis { is_labelled: column == 0, ..y.clone() };
        let frame = Frame::new(corner, end, side.axis.clone(), y);
        frame.draw(&mut drawing, theme)?;
        // The longest runs above the others, and the best above all.
        let mut order: Vec<&Run> = runs.iter().collect();
        order.sort_by_key(|run| (run.rung, run.job() == best.job()));
        for run in order {
            let Some(x) = side.place(run) else { continue };
            let Some(score) = run.score() else {
                cross(
                    &mut drawing,
                    theme,
                    frame.place((x, worst(&frame.y, measure.is_better_larger()))),
                );
                continue;
            };
            let middle = frame.place((x, score.clamp(frame.y.from, frame.y.to)));
            let radius = if run.rung + 1 == rungs { 4.0 } else { 3.0 };
            point(&mut drawing, theme, middle, radius, color(theme, run.rung, rungs));
            if run.job() == best.job() {
                drawing.circle(middle, 8.0, None, Some(&Stroke::new(theme.categories[2], 2.0)));
            }
        }
    }
    Ok(drawing.finish())
}

/// A knob, and where its values lie.
struct Side {
    knob: Knob,
    axis: Axis,
    /// The texts of values with places of their own.
    places: Vec<String>,
}

impl Side {
    /// Nothing for a knob that was not turned.
    fn new(knob: Knob, runs: &[Run], space: &Space) -> Option<Side> {
        let mut texts: Vec<(f64, String)> = Vec::new();
        for run in runs {
            if let Some(value) = value_of(knob, run)
                && !texts.contains(&value)
            {
                texts.push(value);
            }
        }
        if texts.len() < 2 {
            return None;
        }
        texts.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let title = knob.name().replace('_', " ");
        let is_range = matches!(space.values(knob), Values::Range { .. });
        let is_few = texts.len() <= MOST_PLACES && (knob.is_whole() || !is_range);
        if !is_few && knob != Knob::Activation {
            let (from, to) = match space.values(knob) {
                Values::Range { from, to } => (*from, *to),
                _ => range_of(texts.iter().map(|it| it.0), 0.05),
            };
            let is_log = knob.is_log() && from > 0.0;
            // Points at the ends are whole.
            let (from, to) = match is_log {
                true => (from / (to / from).powf(0.03), to * (to / from).powf(0.03)),
                false => (from - 0.03 * (to - from), to + 0.03 * (to - from)),
            };
            let axis = Axis { is_log, ..Axis::new(title, (from, to)) };
            return Some(Side { knob, axis, places: Vec::new() });
        }
        let places: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        let marks = places.iter().enumerate().map(|(place, text)| (place as f64, text.clone()));
        let end = places.len() as f64 - 0.5;
        let axis = Axis { marks: marks.collect(), ..Axis::new(title, (-0.5, end)) };
        Some(Side { knob, axis, places })
    }

    /// Where on the axis a run lies. Runs of the same place are shaken apart, each by an amount of its
    /// own that is the same in every picture.
    fn place(&self, run: &Run) -> Option<f64> {
        let (value, text) = value_of(self.knob, run)?;
        let Some(place) = self.places.iter().position(|it| *it == text) else {
            return Some(value);
        };
        // Multiples of the golden ratio are spread evenly, however many there are.
        let share = (run.trial as f64 * 0.618_033_988_749_894_9).fract();
        Some(place as f64 + (share - 0.5) * 0.6)
    }
}

/// The value of a knob and its text.
fn value_of(knob: Knob, run: &Run) -> Option<(f64, String)> {
    match (knob, run.settings.number(knob)) {
        (Knob::Activation, _) if run.settings.hidden.is_empty() => None,
        (Knob::Activation, _) => Some((0.0, run.settings.activation.to_string())),
        (_, number) => number.map(|number| (number, brief(number))),
    }
}

/// The scores, without those far below the others: a range that held them would press the good ones
/// together.
fn score_axis(runs: &[Run], title: &str, is_better_larger: bool) -> Axis {
    let sign = if is_better_larger { 1.0 } else { -1.0 };
    let mut scores: Vec<f64> = runs.iter().filter_map(|run| Some(sign * run.score()?)).collect();
    scores.sort_by(f64::total_cmp);
    let (best, middle) = (scores[scores.len() - 1], scores[scores.len() / 2]);
    let least = scores[0].max(best - 4.0 * (best - middle)).min(middle);
    let (from, to) = range_of([least, best].into_iter(), 0.08);
    let range = if is_better_larger { (from, to) } else { (-to, -from) };
    Axis::new(title, range)
}

/// The end of the axis where bad scores are.
fn worst(axis: &Axis, is_better_larger: bool) -> f64 {
    if is_better_larger { axis.from } else { axis.to }
}

/// Few epochs dark, all bright, without the palest.
fn color(theme: &Theme, rung: usize, rungs: usize) -> Color {
    let share = if rungs > 1 { rung as f64 / (rungs - 1) as f64 } else { 0.5 };
    theme.level(0.1 + 0.65 * share)
}

fn cross(drawing: &mut Drawing, theme: &Theme, (x, y): (f64, f64)) {
    let stroke = Stroke::new(theme.muted, 1.4);
    drawing.line((x - 3.0, y - 3.0), (x + 3.0, y + 3.0), &stroke);
    drawing.line((x - 3.0, y + 3.0), (x + 3.0, y - 3.0), &stroke);
}

/// What the colours mean, in a line; where it ends.
fn rung_legend(
    drawing: &mut Drawing,
    theme: &Theme,
    (left, top): (f64, f64),
    runs: &[Run],
    rungs: usize,
) -> f64 {
    let style = Text::new(theme.text, SMALL);
    let mut x = left;
    let mut entry = |drawing: &mut Drawing, text: &str, mark: &dyn Fn(&mut Drawing, (f64, f64))| {
        mark(drawing, (x + 8.0, top + 8.0));
        drawing.text((x + 22.0, top + 12.3), text, &style);
        x += 22.0 + text_width(text, SMALL) + 22.0;
    };
    for rung in 0..rungs {
        let epochs = || runs.iter().filter(|run| run.rung == rung).map(|run| run.epochs);
        let text = match (epochs().min(), epochs().max()) {
            (Some(1), Some(1)) => "1 epoch".to_string(),
            (Some(least), Some(most)) if least == most => format!("{most} epochs"),
            (Some(least), Some(most)) => format!("{least} to {most} epochs"),
            _ => continue,
        };
        entry(drawing, &text, &|drawing, place| {
            point(drawing, theme, place, 4.0, color(theme, rung, rungs));
        });
    }
    entry(drawing, "the best", &|drawing, place| {
        drawing.circle(place, 7.0, None, Some(&Stroke::new(theme.categories[2], 2.0)));
    });
    if runs.iter().any(|run| run.score().is_none()) {
        entry(drawing, "failed", &|drawing, place| cross(drawing, theme, place));
    }
    top + 26.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainrule::Recipe;
    use chainrule::tune::{Measure, Outcome};

    fn runs(space: &Space) -> Vec<Run> {
        let run = |(trial, rung): (usize, usize)| Run {
            trial,
            rung,
            epochs: [3, 9, 27][rung],
            settings: space.draw(1, trial),
            outcome: match trial {
                5 => Outcome::Failed("diverged".to_string()),
                trial => Outcome::Judged {
                    measure: Measure::Loss,
                    score: 0.1 + 0.01 * ((trial * 7) % 27) as f64 - 0.02 * rung as f64,
                    spread: None,
                    loss: 0.3,
                },
            },
            seconds: 0.1,
        };
        let jobs = (0..27).map(|it| (it, 0)).chain((0..9).map(|it| (it * 3, 1))).chain([(0, 2)]);
        jobs.map(run).collect()
    }

    fn count(picture: &Picture, element: &str) -> usize {
        picture.svg().matches(element).count()
    }

    #[test]
    fn every_run_is_a_point_of_each_knob_and_the_best_has_a_ring() {
        let space = Space::usual(&Recipe::default(), 100);
        let runs = runs(&space);
        let picture = tuning(&runs, &space, "some data", &Look::default()).unwrap();
        let judged = runs.iter().filter(|run| run.score().is_some()).count();
        // Seven knobs; three colours, and the best in the legend.
        assert_eq!(count(&picture, "<circle"), 7 * (judged + 1) + 3 + 1);
        assert_eq!(count(&picture, "r=\"8\""), 7);
        for title in ["depth", "width", "activation", "alpha", "learning rate", "batch size"] {
            assert!(picture.svg().contains(&format!(">{title}<")), "{title}");
        }
        for text in ["27 epochs", "the best", "failed", "less is better", "1 failed"] {
            assert!(picture.svg().contains(text), "{text}");
        }
    }

    #[test]
    fn knobs_that_were_not_turned_are_left_out() {
        let mut space = Space::fixed(&Recipe::default(), 100);
        space.set(Knob::Alpha, "1e-6..1e-1").unwrap();
        space.set(Knob::Activation, "relu,tanh").unwrap();
        let runs = runs(&space);
        let picture = tuning(&runs, &space, "some data", &Look::default()).unwrap();
        assert_eq!(count(&picture, "r=\"8\""), 2);
        assert!(!picture.svg().contains(">width<"));
        let failed: Vec<Run> = runs.into_iter().filter(|run| run.score().is_none()).collect();
        let message = tuning(&failed, &space, "x", &Look::default()).unwrap_err().to_string();
        assert!(message.contains("a run that was judged"), "{message}");
    }

    #[test]
    fn equal_ratios_of_a_logarithmic_knob_are_equally_far_apart() {
        let space = Space::usual(&Recipe::default(), 100);
        let side = Side::new(Knob::Alpha, &runs(&space), &space).unwrap();
        assert!(side.axis.is_log && side.axis.share(1e-6) > 0.02 && side.axis.share(1e-1) < 0.98);
        let share = |value| side.axis.share(value);
        assert!((share(1e-5) - share(1e-6) - (share(1e-1) - share(1e-2))).abs() < 1e-9);
    }

    #[test]
    fn one_very_bad_score_does_not_press_the_others_together() {
        let space = Space::usual(&Recipe::default(), 100);
        let mut runs = runs(&space);
        if let Outcome::Judged { score, .. } = &mut runs[3].outcome {
            *score = 1e9;
        }
        let axis = score_axis(&runs, "loss", false);
        assert!(axis.to < 1.0 && axis.from < 0.06, "{axis:?}");
    }
}
