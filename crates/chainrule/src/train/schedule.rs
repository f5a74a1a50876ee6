//! How the learning rate changes while training goes on.

use crate::named::choices;
use std::f64::consts::PI;

/// Once the learning rate is at most this, a schedule that lowers it step by step ends the run
/// instead (scikit-learn).
const LEAST_RATE: f64 = 1e-6;
/// A plateau lowers the learning rate by more than this or not at all (PyTorch).
const LEAST_CHANGE: f64 = 1e-8;

choices! {
    /// The learning rate over a run, as a share of the one the optimiser was given.
    ///
    /// t is the step, counted from 0, of T planned in all; e the epoch, counted from 0.
    #[derive(Default)]
    pub enum Schedule: "schedule" {
        /// Always the same.
        #[default]
        Constant = "constant",
        /// Half a cosine from 1 to 0 over all planned steps: (1 + cos(pi t / T)) / 2 (Loshchilov and
        /// Hutter, 2017, equation 5, without restarts).
        Cosine = "cosine",
        /// 1 / (r + 1)^power, r being the rows seen in the epochs before (Robbins and Monro, 1951;
        /// scikit-learn's `invscaling`).
        InverseScaling {
            /// How fast it falls.
            power: f64 = 0.5, Positive;
        } = "inverse_scaling" | "invscaling",
        /// factor^floor(e / every).
        Step {
            /// Epochs from one step down to the next.
            every: usize = 10.0, Count;
            /// What is left after it.
            factor: f64 = 0.1, Positive;
        } = "step",
        /// factor^e.
        Exponential {
            /// What is left after each epoch.
            factor: f64 = 0.95, Positive;
        } = "exponential",
        /// Half a cosine up from 1 / `start_divisor` to 1 and another down to 1 / (`start_divisor` `end_divisor`), over all
        /// planned steps (Smith and Topin, 2018; as in PyTorch, whose momentum is left alone here).
        OneCycle {
            /// The share of the steps that go up.
            warm_share: f64 = 0.3, Inside;
            /// How much lower than 1 it begins.
            start_divisor: f64 = 25.0, Positive;
            /// How much lower than it began it ends.
            end_divisor: f64 = 1e4, Positive;
        } = "one_cycle",
        /// Multiplied by `factor` after more than `patience` epochs in a row without a loss below the
        /// best by the share `threshold`: the loss on the validation rows, without such rows the
        /// training loss (PyTorch's `ReduceLROnPlateau`; changes of at most 1e-8 are not made).
        Plateau {
            /// What is left after it.
            factor: f64 = 0.1, Inside;
            /// Epochs that it waits.
            patience: usize = 10.0, Count;
            /// What counts as an improvement, as a share of the loss.
            threshold: f64 = 1e-4, NotNegative;
        } = "plateau",
        /// Multiplied by `factor` after more than `patience` epochs in a row without a training loss
        /// below the best by more than `tolerance`; once the learning rate is at most 1e-6 the run
        /// ends instead (scikit-learn's `adaptive`).
        Adaptive {
            /// Epochs that it waits.
            patience: usize = 10.0, Count;
            /// What counts as an improvement.
            tolerance: f64 = 1e-4, NotNegative;
            /// What is left after it.
            factor: f64 = 0.2, Inside;
        } = "adaptive",
    }
}

/// What is known of a run when it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    pub(crate) steps_per_epoch: usize,
    pub(crate) epochs: usize,
    /// Rows of an epoch.
    pub(crate) rows: usize,
}

/// A schedule at work in a run.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleRun {
    schedule: Schedule,
    planned: Planned,
    /// Steps of the warm-up.
    warm_up: u64,
    learning_rate: f64,
    /// What the losses so far have left of the learning rate.
    left: f64,
    /// The lowest loss so far.
    best: f64,
    /// Epochs in a row without an improvement.
    waited: usize,
}

impl ScheduleRun {
    /// The schedule for a run with this learning rate; in the first `warm_up` epochs (W steps) the
    /// share is multiplied by (t + 1) / W.
    pub(crate) fn new(
        schedule: Schedule,
        warm_up: f64,
        learning_rate: f64,
        planned: Planned,
    ) -> ScheduleRun {
        let warm_up = (warm_up * planned.steps_per_epoch as f64).round() as u64;
        let (left, best) = (1.0, f64::INFINITY);
        ScheduleRun { schedule, planned, warm_up, learning_rate, left, best, waited: 0 }
    }

    /// The share of the learning rate for a step, counted from 0. The elementary functions are
    /// libm's, which have the same bits on every platform.
    pub(crate) fn share(&self, step: u64) -> f64 {
        let Planned { steps_per_epoch, epochs, rows } = self.planned;
        let steps = (steps_per_epoch as f64 * epochs as f64).max(1.0);
        // Whoever goes on after the planned steps stays at the last rate.
        let (t, epoch) = ((step as f64).min(steps - 1.0), step / steps_per_epoch.max(1) as u64);
        let share = match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::Cosine => between(1.0, 0.0, t / steps),
            Schedule::InverseScaling { power } => {
                libm::pow(epoch as f64 * rows as f64 + 1.0, -power)
            }
            Schedule::Step { every, factor } => {
                libm::pow(factor, (epoch / every.max(1) as u64) as f64)
            }
            Schedule::Exponential { factor } => libm::pow(factor, epoch as f64),
            Schedule::OneCycle { warm_share, start_divisor: start, end_divisor: end } => {
                let (low, top, last) = (1.0 / start, warm_share * steps - 1.0, steps - 1.0);
                match t < top {
                    true => between(low, 1.0, t / top),
                    false => between(1.0, low / end, (t - top) / (last - top)),
                }
            }
            Schedule::Plateau { .. } | Schedule::Adaptive { .. } => self.left,
        };
        match step + 1 < self.warm_up {
            true => share * ((t + 1.0) / self.warm_up as f64),
            false => share,
        }
    }

    /// Takes note of the losses of an epoch; whether the run is to end.
    pub(crate) fn epoch_ended(&mut self, training: f64, validation: Option<f64>) -> bool {
        let rate = self.learning_rate * self.left;
        match self.schedule {
            Schedule::Plateau { factor, patience, threshold } => {
                let loss = validation.unwrap_or(training);
                let limit = self.best - threshold * self.best.abs();
                // At first the best is infinite, and the limit not a number.
                let improved = self.best.is_infinite() || loss < limit;
                if improved {
                    self.best = loss;
                }
                if self.has_waited(improved, patience) && rate - rate * factor > LEAST_CHANGE {
                    self.left *= factor;
                }
                false
            }
            Schedule::Adaptive { patience, tolerance, factor } => {
                let improved = training <= self.best - tolerance;
                self.best = self.best.min(training);
                let has_waited = self.has_waited(improved, patience);
                if has_waited && rate > LEAST_RATE {
                    self.left *= factor;
                }
                has_waited && rate <= LEAST_RATE
            }
            _ => false,
        }
    }

    /// Counts an epoch; whether too many were without an improvement, which begins a new count.
    fn has_waited(&mut self, improved: bool, patience: usize) -> bool {
        self.waited = if improved { 0 } else { self.waited + 1 };
        let has_waited = self.waited > patience;
        if has_waited {
            self.waited = 0;
        }
        has_waited
    }
}

/// Half a cosine from one number to another, as `progress` goes from 0 to 1.
fn between(from: f64, to: f64, progress: f64) -> f64 {
    to + (from - to) / 2.0 * (1.0 + libm::cos(PI * progress))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        schedule: String,
        warm_up: f64,
        learning_rate: f64,
        steps_per_epoch: usize,
        epochs: usize,
        rows: usize,
        training: Vec<f64>,
        validation: Option<Vec<f64>>,
        rates: Vec<f64>,
        stops: Option<usize>,
    }

    /// tests/golden/schedules.json, made by the script beside it.
    #[test]
    fn learning_rates_are_those_of_pytorch_and_scikit_learn_to_1e_12() {
        let text = include_str!("../../../../tests/golden/schedules.json");
        let golden: Golden = serde_json::from_str(text).unwrap();
        let mut judged = std::collections::BTreeSet::new();
        for case in &golden.cases {
            let schedule: Schedule = case.schedule.parse().unwrap();
            let Case { learning_rate, steps_per_epoch, epochs, rows, .. } = *case;
            let planned = Planned { steps_per_epoch, epochs, rows };
            let mut run = ScheduleRun::new(schedule, case.warm_up, learning_rate, planned);
            let mut stops = None;
            let mut rates = case.rates.iter();
            for epoch in 0..epochs {
                for step in epoch * steps_per_epoch..(epoch + 1) * steps_per_epoch {
                    let expected = rates.next().expect("a rate for each step");
                    let found = learning_rate * run.share(step as u64);
                    let error = ((found - expected) / expected).abs();
                    assert!(error < 1e-12, "{schedule}, step {step}: {found} for {expected}");
                }
                let validation = case.validation.as_ref().map(|losses| losses[epoch]);
                if run.epoch_ended(case.training[epoch], validation) {
                    stops = Some(epoch + 1);
                    break;
                }
            }
            assert_eq!((stops, rates.next()), (case.stops, None), "{schedule}");
            judged.insert(schedule.to_string().split('(').next().unwrap().to_string());
        }
        let all = Schedule::NAMES.iter().map(|name| name.to_string()).collect();
        assert_eq!(judged, all, "every schedule is judged");
    }

    fn planned(steps_per_epoch: usize, epochs: usize) -> Planned {
        Planned { steps_per_epoch, epochs, rows: 32 }
    }

    #[test]
    fn the_cosine_falls_from_one_over_a_half_to_zero() {
        let run = ScheduleRun::new(Schedule::Cosine, 0.0, 0.1, planned(10, 10));
        assert_eq!(run.share(0), 1.0);
        assert!((run.share(50) - 0.5).abs() < 1e-15);
        assert!((run.share(25) - (2.0 + 2f64.sqrt()) / 4.0).abs() < 1e-15);
        assert!(run.share(99) < 1e-3);
    }

    #[test]
    fn a_rate_that_has_fallen_does_not_rise_again() {
        for schedule in [Schedule::Cosine, "one_cycle".parse().unwrap()] {
            let run = ScheduleRun::new(schedule, 0.0, 0.1, planned(10, 10));
            assert!((100..300).all(|step| run.share(step) == run.share(99)), "{schedule}");
        }
    }

    #[test]
    fn the_warm_up_is_a_ramp_of_whole_steps() {
        let shares = |warm_up| {
            let run = ScheduleRun::new(Schedule::Constant, warm_up, 0.1, planned(4, 3));
            [0, 1, 2, 3].map(|step| run.share(step))
        };
        assert_eq!(shares(0.0), [1.0; 4]);
        assert_eq!(shares(0.12), [1.0; 4]);
        assert_eq!(shares(0.5), [0.5, 1.0, 1.0, 1.0]);
        assert_eq!(shares(1.0), [0.25, 0.5, 0.75, 1.0]);
    }

    #[test]
    fn shares_are_numbers_however_short_the_run() {
        for name in Schedule::NAMES {
            for planned in [planned(1, 1), planned(1, 2), planned(10, 1), planned(1, 3)] {
                let schedule = name.parse().unwrap();
                let run = ScheduleRun::new(schedule, 0.0, 0.1, planned);
                for step in 0..planned.steps_per_epoch * planned.epochs {
                    let share = run.share(step as u64);
                    assert!((0.0..=1.0).contains(&share), "{name}, {planned:?}: {share}");
                }
            }
        }
        // A warm share of one step: the top is the first step.
        let schedule =
            Schedule::OneCycle { warm_share: 0.1, start_divisor: 25.0, end_divisor: 1e4 };
        assert_eq!(ScheduleRun::new(schedule, 0.0, 0.1, planned(10, 1)).share(0), 1.0);
    }

    #[test]
    fn a_negative_loss_is_improved_by_a_lower_one_alone() {
        let schedule = Schedule::Plateau { factor: 0.5, patience: 1, threshold: 0.01 };
        let mut run = ScheduleRun::new(schedule, 0.0, 0.1, planned(1, 10));
        for loss in [-1.0, -0.995, -1.005] {
            run.epoch_ended(loss, None);
        }
        assert_eq!(run.share(3), 0.5, "neither is lower by a hundredth");
    }

    #[test]
    fn a_misspelt_name_suggests_the_nearest() {
        let message = "cosin".parse::<Schedule>().unwrap_err().to_string();
        assert!(message.contains("did you mean \"cosine\""), "{message}");
    }
}
