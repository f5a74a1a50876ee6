//! How far to go along a line.
//!
//! The trials are PyTorch's but for two rare things, in which it is left for the book: there zooming
//! may go on from an end of the bracket that is lower but has not fallen enough, beyond which no good
//! length need lie; and there a second trial that is not lower than the first does not end the
//! bracketing, as later ones do.

/// How much of the fall that the slope promises must come about: c1 of the first Wolfe condition.
const FALL: f64 = 1e-4;
/// How much of the slope may be left: c2 of the second.
const SLOPE: f64 = 0.9;
/// Trials after the first one.
const TRIALS: usize = 25;
/// How often a step into a region without finite losses is halved.
const HALVINGS: usize = 60;

/// phi(t) = f(w + t d), and the evaluations of it.
pub(super) struct Line<'a> {
    weights: &'a [f64],
    direction: &'a [f64],
    evaluate: &'a mut dyn FnMut(&[f64], &mut [f64]) -> f64,
    trial: Vec<f64>,
    gradient: Vec<f64>,
    /// Trials so far, without the first.
    trials: usize,
    /// The shortest t that is known to have no finite loss.
    wall: f64,
}

/// phi(t) and phi'(t).
#[derive(Clone, Copy, PartialEq, Debug)]
struct Point {
    length: f64,
    loss: f64,
    slope: f64,
}

/// What the first stage found.
enum Bracket {
    /// A point that satisfies both conditions.
    Found(Point),
    /// Two points with such a point between them, the first of them the one to begin with.
    Between(Point, Point),
    /// The best point of a stage that did not end.
    Best(Point),
}

impl<'a> Line<'a> {
    pub(super) fn new(
        weights: &'a [f64],
        direction: &'a [f64],
        evaluate: &'a mut dyn FnMut(&[f64], &mut [f64]) -> f64,
    ) -> Line<'a> {
        let (trial, gradient) = (weights.to_vec(), vec![0.0; weights.len()]);
        Line { weights, direction, evaluate, trial, gradient, trials: 0, wall: f64::INFINITY }
    }

    /// A length that satisfies the strong Wolfe conditions, or when the trials are used up the best
    /// one found; none if no trial has a smaller loss (Nocedal and Wright, 2006, algorithm 3.5).
    pub(super) fn search(&mut self, loss: f64, slope: f64, first: f64) -> Option<f64> {
        if slope >= 0.0 || !slope.is_finite() {
            return None;
        }
        let start = Point { length: 0.0, loss, slope };
        let end = match self.bracket(start, first) {
            Bracket::Found(point) | Bracket::Best(point) => point,
            Bracket::Between(low, high) => self.zoom(start, low, high),
        };
        (end.loss < loss).then_some(end.length)
    }

    /// Goes on until the loss rises or the conditions hold.
    fn bracket(&mut self, start: Point, first: f64) -> Bracket {
        let mut previous = start;
        let Some(mut point) = self.at(0.0, first) else { return Bracket::Best(start) };
        loop {
            if !start.falls_enough_to(point) || point.loss >= previous.loss {
                return Bracket::Between(previous, point);
            }
            if start.is_flattened_at(point) {
                return Bracket::Found(point);
            }
            if point.slope >= 0.0 {
                return Bracket::Between(point, previous);
            }
            let room = (point.length + self.wall) / 2.0;
            let most = (10.0 * point.length).min(room);
            let least = (point.length + 0.01 * (point.length - previous.length)).min(most);
            let length = interpolate(previous, point, least, most);
            let Some(next) = self.next(point.length, length) else { return Bracket::Best(point) };
            (previous, point) = (point, next);
            if self.trials == TRIALS {
                return Bracket::Best(if point.loss < previous.loss { point } else { previous });
            }
        }
    }

    /// Narrows the bracket around its end `low`, the lowest point so far of those that fall enough
    /// (algorithm 3.6).
    fn zoom(&mut self, start: Point, mut low: Point, mut high: Point) -> Point {
        let mut was_near_an_end = false;
        loop {
            let (left, right) = (low.length.min(high.length), low.length.max(high.length));
            let mut length = interpolate(low, high, left, right);
            // Twice in a row near an end, or at it: a tenth of the way in, so that the bracket shrinks.
            let margin = 0.1 * (right - left);
            let is_near_an_end = (right - length).min(length - left) < margin;
            let is_at_an_end = length >= right || length <= left;
            let is_moved = is_near_an_end && (was_near_an_end || is_at_an_end);
            if is_moved {
                let is_right = right - length < length - left;
                length = if is_right { right - margin } else { left + margin };
            }
            was_near_an_end = is_near_an_end && !is_moved;
            // A bracket as narrow as rounding has nothing between its ends.
            if self.trials >= TRIALS || length <= left || length >= right {
                return low;
            }
            let Some(point) = self.next(low.length, length) else { return low };
            if !start.falls_enough_to(point) || point.loss >= low.loss {
                high = point;
            } else {
                if start.is_flattened_at(point) {
                    return point;
                }
                if point.slope * (high.length - low.length) >= 0.0 {
                    high = low;
                }
                low = point;
            }
        }
    }

    /// One more trial.
    fn next(&mut self, from: f64, length: f64) -> Option<Point> {
        self.trials += 1;
        self.at(from, length)
    }

    /// The point at this length; where it has no finite loss and slope, the way to it from `from`,
    /// which has, is halved until it does.
    fn at(&mut self, from: f64, mut length: f64) -> Option<Point> {
        for _ in 0..HALVINGS {
            let places = self.weights.iter().zip(self.direction);
            for (trial, (weight, along)) in self.trial.iter_mut().zip(places) {
                *trial = weight + length * along;
            }
            let loss = (self.evaluate)(&self.trial, &mut self.gradient);
            let slope = super::dot(&self.gradient, self.direction);
            if loss.is_finite() && slope.is_finite() {
                return Some(Point { length, loss, slope });
            }
            self.wall = self.wall.min(length);
            length = from + (length - from) / 2.0;
        }
        None
    }
}

impl Point {
    /// Whether the loss falls from here, the start, as the slope promises: the first condition
    /// (equation 3.7a).
    fn falls_enough_to(self, point: Point) -> bool {
        point.loss <= self.loss + FALL * point.length * self.slope
    }

    /// Whether little is left there of the slope here, at the start: the second condition (equation
    /// 3.7b).
    fn is_flattened_at(self, point: Point) -> bool {
        point.slope.abs() <= -SLOPE * self.slope
    }
}

/// The minimum of the cubic through two points and their slopes (equation 3.59), kept within bounds;
/// their middle where there is none.
fn interpolate(one: Point, other: Point, least: f64, most: f64) -> f64 {
    let (left, right) = if one.length <= other.length { (one, other) } else { (other, one) };
    let width = right.length - left.length;
    let first =
        left.slope + right.slope - 3.0 * (left.loss - right.loss) / (left.length - right.length);
    let second = (first * first - left.slope * right.slope).sqrt();
    let share = (right.slope + second - first) / (right.slope - left.slope + 2.0 * second);
    let length = right.length - width * share;
    match length.is_finite() {
        true => length.max(least).min(most),
        false => (least + most) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// Searches along phi from 0; the length found, and where phi was evaluated.
    fn search(phi: impl Fn(f64) -> (f64, f64), first: f64) -> (Option<f64>, Vec<f64>) {
        let mut tried = Vec::new();
        let mut evaluate = |weights: &[f64], gradient: &mut [f64]| {
            let (loss, slope) = phi(weights[0]);
            tried.push(weights[0]);
            gradient[0] = slope;
            loss
        };
        let (loss, slope) = phi(0.0);
        let found = Line::new(&[0.0], &[1.0], &mut evaluate).search(loss, slope, first);
        (found, tried)
    }

    #[derive(Deserialize)]
    struct Golden {
        searches: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        coefficients: Vec<f64>,
        first: f64,
        trials: Vec<f64>,
        found: f64,
    }

    /// tests/golden/line_searches.json, made by the script beside it.
    #[test]
    fn the_same_lengths_are_tried_as_by_pytorch() {
        let text = include_str!("../../../../../tests/golden/line_searches.json");
        let golden: Golden = serde_json::from_str(text).unwrap();
        for Case { coefficients, first, trials, found: expected } in golden.searches {
            let polynomial = |t: f64| {
                let powers = coefficients.iter().rev();
                powers.fold((0.0, 0.0), |(loss, slope), c| (loss * t + c, slope * t + loss))
            };
            let (found, tried) = search(polynomial, first);
            let lengths = tried.iter().zip(&trials).chain(found.iter().zip([&expected]));
            for (found, expected) in lengths {
                let error = ((found - expected) / expected).abs();
                assert!(error < 1e-9, "{coefficients:?}: {tried:?} for {trials:?}");
            }
            assert_eq!(tried.len(), trials.len(), "{coefficients:?}");
        }
    }

    fn assert_wolfe(phi: impl Fn(f64) -> (f64, f64), first: f64) {
        let (found, tried) = search(&phi, first);
        let length = found.unwrap_or_else(|| panic!("nothing found from {first}: {tried:?}"));
        let ((start, steep), (end, flat)) = (phi(0.0), phi(length));
        assert!(end <= start + 1e-4 * length * steep, "from {first}: {length}");
        assert!(flat.abs() <= 0.9 * steep.abs(), "from {first}: {length}");
        assert!(tried.len() <= 1 + TRIALS + HALVINGS);
        // And no trial that falls enough is lower.
        let falls = |t: &&f64| phi(**t).0 <= start + 1e-4 * **t * steep;
        assert!(tried.iter().filter(falls).all(|t| phi(*t).0 >= end), "from {first}: {tried:?}");
    }

    #[test]
    fn the_cubic_through_two_points_has_its_minimum_where_it_should() {
        // t^3 - 3 t has its minimum at 1, wherever it is looked at from.
        let point = |length: f64| Point {
            length,
            loss: length * length * length - 3.0 * length,
            slope: 3.0 * length * length - 3.0,
        };
        for (one, other) in [(0.0, 3.0), (3.0, 0.0), (0.5, 0.75), (1.5, 4.0)] {
            let found = interpolate(point(one), point(other), -10.0, 10.0);
            assert!((found - 1.0).abs() < 1e-12, "{one}, {other}: {found}");
        }
        assert_eq!(interpolate(point(0.0), point(3.0), 2.0, 3.0), 2.0);
        let line = |length| Point { length, loss: -length, slope: -1.0 };
        assert_eq!(interpolate(line(0.0), line(1.0), 2.0, 4.0), 3.0, "a line has none");
    }

    #[test]
    fn both_conditions_hold_from_any_first_trial() {
        for first in (-60..=60).map(|power| 10f64.powf(f64::from(power) / 10.0)) {
            assert_wolfe(|t| ((t - 2.0) * (t - 2.0), 2.0 * (t - 2.0)), first);
            assert_wolfe(
                |t| (-t / (t * t + 2.0), (t * t - 2.0) / ((t * t + 2.0) * (t * t + 2.0))),
                first,
            );
            // Several minima.
            assert_wolfe(|t| (0.05 * t * t - t.sin(), 0.1 * t - t.cos()), first);
            // Dip after dip, each a little lower than the last, and steep between them.
            assert_wolfe(
                |t| (-0.3 * (5.0 * t).sin() - 0.01 * t, -1.5 * (5.0 * t).cos() - 0.01),
                first,
            );
            // Steep, then nearly flat.
            assert_wolfe(|t| ((-t).exp() + 1e-3 * t, -(-t).exp() + 1e-3), first);
        }
    }

    /// Steep up to 1, flat and low up to 1.5, flat and higher beyond, where the second trial falls.
    #[test]
    fn a_trial_that_is_not_lower_than_the_one_before_is_not_taken() {
        let phi = |t: f64| match t {
            t if t <= 1.0 => (-0.5 * t, -0.95),
            t if t <= 1.5 => (-0.6, 0.0),
            _ => (-0.4, 0.0),
        };
        let (found, tried) = search(phi, 1.0);
        assert!(tried[1] > 1.5, "{tried:?}");
        assert!(found > Some(1.0) && found <= Some(1.5), "{tried:?}");
    }

    #[test]
    fn losses_that_are_not_finite_are_stepped_back_from() {
        // Not a number from 1 on, the minimum just before; infinite from 300 on.
        assert_wolfe(|t| (-t - 0.01 * (1.0 - t).ln(), -1.0 + 0.01 / (1.0 - t)), 5.0);
        assert_wolfe(|t| (-t - 0.01 * (1.0 - t).ln(), -1.0 + 0.01 / (1.0 - t)), 1e-3);
        assert_wolfe(|t| ((t * t * 1e-2).exp() - t, 2e-2 * t * (t * t * 1e-2).exp() - 1.0), 1e6);
        let (found, tried) = search(|t| (if t == 0.0 { 1.0 } else { f64::NAN }, -1.0), 1.0);
        assert_eq!((found, tried.len()), (None, HALVINGS));
    }

    /// A line that falls up to 1, where it ends: what has no loss is not tried again.
    #[test]
    fn a_wall_is_run_into_from_one_side_alone() {
        let (found, tried) = search(|t| (if t < 1.0 { -t } else { f64::NAN }, -1.0), 0.3);
        let beyond: Vec<f64> = tried.iter().copied().filter(|t| *t >= 1.0).collect();
        assert!(beyond.len() > 1 && beyond.windows(2).all(|pair| pair[1] < pair[0]), "{tried:?}");
        assert!(found > Some(0.999), "{tried:?}");
    }

    #[test]
    fn where_nothing_is_smaller_nothing_is_found() {
        assert_eq!(search(|t| (1.0 + t, -1.0), 1.0).0, None, "a slope that lies");
        assert_eq!(search(|t| (t * t, 2.0 * t), 1.0), (None, vec![]), "no slope");
        assert_eq!(search(|t| (1.0 + t, 1.0), 1.0), (None, vec![]), "upwards");
    }

    #[test]
    fn a_line_that_falls_for_ever_is_followed_as_far_as_the_trials_go() {
        let (found, tried) = search(|t| (-t, -1.0), 1.0);
        assert_eq!(tried.len(), 1 + TRIALS);
        assert_eq!(found, tried.last().copied());
        assert!(found > Some(1e15));
    }
}
