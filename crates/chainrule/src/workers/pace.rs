//! All threads or one: whichever does a piece of work faster, by the clock.
//!
//! Whether a second thread pays depends on the work, on how long one processor takes to hear from
//! another, and on what else runs on the machine at the moment. None of that is guessed: a few pieces
//! are done each way, and again from time to time. The results have the same bits either way.

use std::time::Duration;

/// Pieces of a kind in a row.
const IN_A_ROW: u32 = 12;
/// How many of them do not count: the other processors wake, and their data must come to them.
const UNCOUNTED: u32 = 6;
/// Times that each kind has its turn in a trial.
const TURNS: u32 = 2;
/// Pieces from one trial to the next.
const STEADY: u32 = 4096;
/// Counted pieces of each kind in a trial.
const COUNTED: usize = (TURNS * (IN_A_ROW - UNCOUNTED)) as usize;
/// A piece that takes one thread less is done before another has heard of it and been waited for.
const SHORT: Duration = Duration::from_micros(6);
/// A piece that takes one thread this long has enough work for all.
const LONG: Duration = Duration::from_millis(20);

/// The choice for the piece of work to come.
pub(crate) struct Pace {
    /// Whether all threads do everything.
    always: bool,
    alone: bool,
    /// Pieces since the last trial began.
    done: u32,
    trying: bool,
    /// The quickest piece of one thread in the trial.
    quickest: Duration,
    /// The counted pieces of all threads, and of one.
    times: [[Duration; COUNTED]; 2],
}

impl Pace {
    /// Before the first piece; `always` takes all threads for each.
    pub(crate) fn new(always: bool) -> Pace {
        Pace {
            always,
            alone: !always,
            done: 0,
            trying: !always,
            quickest: Duration::MAX,
            times: [[Duration::ZERO; COUNTED]; 2],
        }
    }

    /// Whether one thread does the next piece.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Whether [`Pace::took`] wants to know how long the next piece takes.
    pub(super) fn is_trying(&self) -> bool {
        self.trying
    }

    /// Goes on after a piece, which took so long if that was asked.
    pub(super) fn took(&mut self, time: Duration) {
        if self.always {
            return;
        }
        let (turn, of_turn) = (self.done / IN_A_ROW / 2, self.done % IN_A_ROW);
        self.done += 1;
        if !self.trying {
            if self.done >= STEADY {
                *self = Pace::new(false);
            }
            return;
        }
        if of_turn >= UNCOUNTED {
            let place = (turn * (IN_A_ROW - UNCOUNTED) + of_turn - UNCOUNTED) as usize;
            self.times[usize::from(self.alone)][place] = time;
        }
        if self.alone {
            self.quickest = self.quickest.min(time);
        }
        let is_long = self.alone && time > LONG;
        let is_short = self.done == UNCOUNTED && self.quickest < SHORT;
        if is_long || is_short {
            (self.trying, self.alone) = (false, is_short);
        } else if self.done == 2 * TURNS * IN_A_ROW {
            let [all, one] = self.times.map(undisturbed);
            (self.trying, self.alone) = (false, one <= all);
        } else {
            self.alone = (self.done / IN_A_ROW).is_multiple_of(2);
        }
    }
}

/// The lower quartile: what a piece takes when nothing else is in the way.
fn undisturbed(mut times: [Duration; COUNTED]) -> Duration {
    times.sort_unstable();
    times[COUNTED / 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is chosen for each of some pieces that take so many microseconds on all threads and on one.
    fn choices(all: u64, one: u64, pieces: usize) -> (Pace, Vec<bool>) {
        let mut pace = Pace::new(false);
        let mut choices = Vec::new();
        for _ in 0..pieces {
            choices.push(pace.is_alone());
            let time = if pace.is_alone() { one } else { all };
            pace.took(Duration::from_micros(time));
        }
        (pace, choices)
    }

    #[test]
    fn the_faster_way_is_taken_after_a_trial_of_both() {
        let (pace, found) = choices(20, 10, 100);
        assert!(pace.is_alone() && found.contains(&false));
        let (pace, found) = choices(10, 15, 100);
        assert!(!pace.is_alone() && found.contains(&true));
        assert_eq!(found[48..], [false; 52]);
    }

    #[test]
    fn it_is_tried_again_from_time_to_time() {
        let (_, found) = choices(20, 10, 2 * STEADY as usize + 20);
        let others = found.iter().filter(|alone| !**alone).count();
        assert!((48..=72).contains(&others), "{others}");
    }

    #[test]
    fn long_work_is_done_alone_once() {
        let (pace, found) = choices(30_000, 25_000, 10);
        assert!(!pace.is_alone() && found[0] && !found[1..].contains(&true));
    }

    #[test]
    fn brief_work_is_never_shared() {
        let (pace, found) = choices(1, 2, 3 * STEADY as usize);
        assert!(pace.is_alone() && !found.contains(&false));
    }

    #[test]
    fn whoever_asks_for_all_threads_gets_them() {
        let mut pace = Pace::new(true);
        pace.took(Duration::ZERO);
        assert!(!pace.is_alone() && !pace.is_trying());
    }
}
