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
/// Pieces from the first trial to the second: other programs, or another library's threads that spin on
/// after their work, may have been in the way of the first.
const SOON: u32 = 256;
/// Pieces from one trial to the next at the most; the trials become ever rarer.
const STEADY: u32 = 4096;
/// Counted pieces of each kind in a trial.
const COUNTED: usize = (TURNS * (IN_A_ROW - UNCOUNTED)) as usize;
/// A piece that takes one thread less is done before another has heard of it and been waited for.
const SHORT: Duration = Duration::from_micros(6);
/// Pieces that take one thread this long have enough work for all. Two must, since another program may
/// have had the processor meanwhile.
const LONG: Duration = Duration::from_millis(20);
/// No other program has it for so long: one such piece is enough.
const VERY_LONG: Duration = Duration::from_millis(200);

/// The choice for the piece of work to come.
pub(crate) struct Pace {
    /// Whether all threads do everything.
    always: bool,
    alone: bool,
    /// Pieces since the last trial began.
    done: u32,
    trying: bool,
    /// Pieces from the beginning of this trial to the next one.
    until_next: u32,
    /// Whether pieces were found long, which is not tried again.
    is_long: bool,
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
            until_next: SOON,
            is_long: false,
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

    /// Goes on after a piece that was `share`, in (0, 1], of the most that is done at once, and took so
    /// long if that was asked.
    pub(super) fn took(&mut self, elapsed: Duration, share: f64) {
        debug_assert!(share > 0.0 && share <= 1.0, "a share of the work: {share}");
        if self.always || self.is_long {
            return;
        }
        let time = elapsed.div_f64(share);
        let (turn, of_turn) = (self.done / IN_A_ROW / 2, self.done % IN_A_ROW);
        self.done += 1;
        if !self.trying {
            if self.done >= self.until_next {
                let until_next = (2 * self.until_next).min(STEADY);
                *self = Pace { until_next, ..Pace::new(false) };
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
        self.is_long =
            self.alone && (elapsed > VERY_LONG || (self.done > 1 && self.quickest > LONG));
        let is_short = self.done == UNCOUNTED && self.quickest < SHORT;
        if self.is_long || is_short {
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
            pace.took(Duration::from_micros(time), 1.0);
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
        let (_, found) = choices(20, 10, 256 + 512 + 1024 + 2048 + 4096 + 4096);
        let trials: Vec<usize> =
            (1..found.len()).filter(|&piece| found[piece - 1] && !found[piece]).collect();
        // Each trial takes all threads twice, the first time after twelve pieces of one.
        let begins: Vec<usize> = trials.iter().step_by(2).map(|piece| piece - 12).collect();
        assert_eq!(begins, [0, 256, 768, 1792, 3840, 7936]);
    }

    #[test]
    fn long_work_is_tried_alone_twice_and_never_again() {
        let (pace, found) = choices(30_000, 25_000, 3 * STEADY as usize);
        assert!(!pace.is_alone() && found[..2] == [true; 2] && !found[2..].contains(&true));
        let (_, found) = choices(300_000, 250_000, 10);
        assert!(found[0] && !found[1..].contains(&true), "once is enough where it is very long");
    }

    #[test]
    fn a_piece_that_was_held_up_decides_nothing() {
        let mut pace = Pace::new(false);
        pace.took(Duration::from_millis(30), 1.0);
        for _ in 0..UNCOUNTED {
            assert!(pace.is_alone());
            pace.took(Duration::from_micros(1), 1.0);
        }
        assert!(pace.is_alone() && !pace.is_trying());
        // Nor does a small part of the work, which would take long as a whole.
        let mut pace = Pace::new(false);
        pace.took(Duration::from_millis(1), 1.0 / 256.0);
        assert!(pace.is_alone() && pace.is_trying());
    }

    #[test]
    fn brief_work_is_never_shared() {
        let (pace, found) = choices(1, 2, 3 * STEADY as usize);
        assert!(pace.is_alone() && !found.contains(&false));
    }

    #[test]
    fn whoever_asks_for_all_threads_gets_them() {
        let mut pace = Pace::new(true);
        pace.took(Duration::ZERO, 1.0);
        assert!(!pace.is_alone() && !pace.is_trying());
    }
}
