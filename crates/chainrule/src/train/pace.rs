//! All threads or one: whichever takes a step faster, by the clock.
//!
//! Whether a second thread pays depends on the step, on how long one processor takes to hear from
//! another, and on what else runs on the machine at the moment. None of that is guessed: a few steps
//! are taken each way, and again from time to time. The model's bits are the same either way.

use std::time::Duration;

/// Steps of a kind in a row.
const IN_A_ROW: u32 = 12;
/// How many of them do not count: the other processors wake, and their data must come to them.
const UNCOUNTED: u32 = 6;
/// Times that each kind has its turn in a trial.
const TURNS: u32 = 2;
/// Steps from one trial to the next.
const STEADY: u32 = 4096;
/// Counted steps of each kind in a trial.
const COUNTED: usize = (TURNS * (IN_A_ROW - UNCOUNTED)) as usize;
/// A step of all threads that takes this long has too much work for one.
const LONG: Duration = Duration::from_millis(20);

/// The choice for the step to come.
pub(super) struct Pace {
    /// Whether there is anything to choose.
    chooses: bool,
    alone: bool,
    /// Steps since the last trial began.
    step: u32,
    trying: bool,
    /// The counted steps of all threads, and of one.
    times: [[Duration; COUNTED]; 2],
}

impl Pace {
    /// For a team of so many threads; `always` takes all of them at every step.
    pub(super) fn new(threads: usize, always: bool) -> Pace {
        let chooses = threads > 1 && !always;
        let times = [[Duration::ZERO; COUNTED]; 2];
        Pace { chooses, alone: false, step: 0, trying: chooses, times }
    }

    /// Whether one thread takes the next step.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Whether [`Pace::took`] wants to know how long the next step takes.
    pub(super) fn is_trying(&self) -> bool {
        self.trying
    }

    /// Goes on after a step, which took so long if that was asked.
    pub(super) fn took(&mut self, time: Duration) {
        if !self.chooses {
            return;
        }
        let (turn, of_turn) = (self.step / IN_A_ROW / 2, self.step % IN_A_ROW);
        let counts = of_turn >= UNCOUNTED;
        self.step += 1;
        if self.trying {
            if counts {
                let place = (turn * (IN_A_ROW - UNCOUNTED) + of_turn - UNCOUNTED) as usize;
                self.times[usize::from(self.alone)][place] = time;
            }
            let is_long = !self.alone && time > LONG;
            if is_long || self.step == 2 * TURNS * IN_A_ROW {
                self.trying = false;
                let [all, one] = self.times.map(undisturbed);
                self.alone = !is_long && one <= all;
            } else {
                self.alone = (self.step / IN_A_ROW) % 2 == 1;
            }
        } else if self.step >= STEADY {
            *self = Pace { alone: false, step: 0, trying: true, ..*self };
        }
    }
}

/// The lower quartile: what a step takes when nothing else is in the way.
fn undisturbed(mut times: [Duration; COUNTED]) -> Duration {
    times.sort_unstable();
    times[COUNTED / 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is chosen for each of some steps that take so many microseconds on all threads and on one.
    fn choices(all: u64, one: u64, steps: usize) -> (Pace, Vec<bool>) {
        let mut pace = Pace::new(2, false);
        let mut choices = Vec::new();
        for _ in 0..steps {
            choices.push(pace.is_alone());
            let time = if pace.is_alone() { one } else { all };
            pace.took(Duration::from_micros(time));
        }
        (pace, choices)
    }

    #[test]
    fn the_faster_way_is_taken_after_a_trial_of_both() {
        let (pace, found) = choices(10, 4, 100);
        assert!(pace.is_alone() && found.contains(&false));
        let (pace, found) = choices(10, 15, 100);
        assert!(!pace.is_alone() && found.contains(&true));
        assert_eq!(found[48..], [false; 52]);
    }

    #[test]
    fn it_is_tried_again_from_time_to_time() {
        let (_, found) = choices(10, 4, 2 * STEADY as usize + 20);
        let others = found.iter().filter(|alone| !**alone).count();
        assert!((48..=72).contains(&others), "{others}");
    }

    #[test]
    fn long_steps_are_not_tried_alone() {
        let (pace, found) = choices(30_000, 25_000, 10);
        assert!(!pace.is_alone() && !found.contains(&true));
    }

    #[test]
    fn whoever_asks_for_all_threads_gets_them() {
        let mut pace = Pace::new(3, true);
        pace.took(Duration::ZERO);
        assert!(!pace.is_alone() && !pace.is_trying());
        assert!(!Pace::new(1, false).is_trying());
    }
}
