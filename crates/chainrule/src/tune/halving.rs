//! Which trial runs next, and with how many epochs.

use super::Merit;
use std::collections::{BTreeMap, BTreeSet};

/// A trial on a rung: its settings trained for the rung's share of the epochs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Job {
    /// The trial, counted from 0; it fixes the settings.
    pub trial: usize,
    /// The rung, counted from 0, where the shortest runs are.
    pub rung: usize,
}

/// What a free thread is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// To run this.
    Run(Job),
    /// To wait for the runs under way: they decide.
    Wait,
    /// That there is nothing more to do.
    Done,
}

/// Asynchronous successive halving (Li et al., "A System for Massively Parallel Hyperparameter
/// Tuning", MLSys 2020, algorithm 2): every trial begins on the lowest rung, with few epochs; as soon
/// as a trial is among the best 1/eta that have ended on its rung, it runs on the next, with eta times
/// as many epochs. Nobody waits for a rung to fill. With a single rung every trial has all epochs,
/// which is plain random or grid search.
///
/// In the end, when nothing else is left to do, the first trial, which has the usual settings, runs with
/// all epochs if it has not: so the best is none that is worse than what is usual.
///
/// All decisions follow from the runs that have ended and those under way, so a search that is read
/// from its file goes on as if it had never stopped.
pub(super) struct Halving {
    reduction: usize,
    /// Trials at most.
    trials: usize,
    /// For each rung the merit of the trials that have ended there; none for one that failed.
    rungs: Vec<BTreeMap<usize, Option<Merit>>>,
    running: BTreeSet<Job>,
    is_closed: bool,
}

impl Halving {
    pub(super) fn new(rungs: usize, reduction: usize, trials: usize) -> Halving {
        Halving {
            reduction,
            trials,
            rungs: vec![BTreeMap::new(); rungs],
            running: BTreeSet::new(),
            is_closed: false,
        }
    }

    /// The rungs that are of use for so many trials, at most `most`: with fewer than eta trials on a
    /// rung none would reach the next.
    pub(super) fn rungs_for(trials: usize, reduction: usize, most: usize) -> usize {
        let mut rungs = 1;
        let mut left = trials / reduction;
        while rungs < most && left > 0 {
            rungs += 1;
            left /= reduction;
        }
        rungs
    }

    /// What to do next; a run is under way from now on.
    pub(super) fn next(&mut self) -> Next {
        let job = match self.is_closed {
            true => None,
            false => self.promotion().or_else(|| self.beginner()).or_else(|| self.comparison()),
        };
        match job {
            Some(job) => {
                self.running.insert(job);
                Next::Run(job)
            }
            None if self.running.is_empty() => Next::Done,
            None => Next::Wait,
        }
    }

    /// A run has ended, or is known to have.
    pub(super) fn ended(&mut self, job: Job, merit: Option<Merit>) {
        self.running.remove(&job);
        self.rungs[job.rung].insert(job.trial, merit);
    }

    /// A run was broken off, and counts for nothing.
    pub(super) fn broken_off(&mut self, job: Job) {
        self.running.remove(&job);
    }

    /// Nothing more begins.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// From the highest rung down, the best trial that may rise and has not.
    fn promotion(&self) -> Option<Job> {
        (0..self.rungs.len() - 1).rev().find_map(|rung| {
            let above = rung + 1;
            let has_risen = |trial: &usize| {
                self.rungs[above].contains_key(trial)
                    || self.running.contains(&Job { trial: *trial, rung: above })
            };
            let quota = self.rungs[rung].len() / self.reduction;
            let best = self.ranking(rung).into_iter().take(quota);
            best.map(|(trial, _)| trial)
                .find(|trial| !has_risen(trial))
                .map(|trial| Job { trial, rung: above })
        })
    }

    /// The first trial that has not begun.
    fn beginner(&self) -> Option<Job> {
        let has_begun =
            |job: &Job| self.rungs[0].contains_key(&job.trial) || self.running.contains(job);
        (0..self.trials).map(|trial| Job { trial, rung: 0 }).find(|job| !has_begun(job))
    }

    /// The first trial on the highest rung, unless it failed or is on its way there.
    fn comparison(&self) -> Option<Job> {
        let job = Job { trial: 0, rung: self.rungs.len() - 1 };
        let has_failed = self.rungs.iter().any(|rung| rung.get(&0) == Some(&None));
        let is_there = self.rungs[job.rung].contains_key(&0);
        let is_running = self.running.iter().any(|running| running.trial == 0);
        (!has_failed && !is_there && !is_running).then_some(job)
    }

    /// The trials that ended well on a rung, the best first; equals by their number.
    fn ranking(&self, rung: usize) -> Vec<(usize, Merit)> {
        let mut ranking: Vec<(usize, Merit)> = self.rungs[rung]
            .iter()
            .filter_map(|(&trial, merit)| Some((trial, (*merit)?)))
            .collect();
        ranking.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        ranking
    }

    /// The best trial of the highest rung on which one ended well: with fewer epochs a merit says
    /// less.
    pub(super) fn best(&self) -> Option<Job> {
        (0..self.rungs.len()).rev().find_map(|rung| {
            let (trial, _) = *self.ranking(rung).first()?;
            Some(Job { trial, rung })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainrule_math::random::Stream;

    /// The score of a trial: a bowl whose bottom is near 0.3, seen the more clearly the higher the
    /// rung.
    fn point(trial: usize) -> f64 {
        Stream::new(5, &format!("point.{trial}")).uniform()
    }

    fn merit(job: Job) -> Merit {
        let noise = Stream::new(9, &format!("noise.{}.{}", job.trial, job.rung)).normal();
        let clear = -(point(job.trial) - 0.3).powi(2);
        Merit::new(clear + noise * 0.01 / 3_f64.powi(job.rung as i32 + 1), 0.0)
    }

    /// Runs all with so many at a time, of which the oldest ends first; the order of the jobs.
    fn run(
        halving: &mut Halving,
        at_once: usize,
        merit: impl Fn(Job) -> Option<Merit>,
    ) -> Vec<Job> {
        let mut order = Vec::new();
        let mut under_way = std::collections::VecDeque::new();
        loop {
            match halving.next() {
                Next::Run(job) => {
                    assert!(!order.contains(&job), "{job:?} runs twice");
                    order.push(job);
                    under_way.push_back(job);
                    if under_way.len() < at_once {
                        continue;
                    }
                }
                Next::Wait => {}
                Next::Done => return order,
            }
            let job = under_way.pop_front().expect("something is waited for");
            halving.ended(job, merit(job));
        }
    }

    fn on_rung(order: &[Job], rung: usize) -> Vec<usize> {
        order.iter().filter(|job| job.rung == rung).map(|job| job.trial).collect()
    }

    #[test]
    fn each_rung_has_a_share_of_the_one_below_and_the_best_is_found() {
        for at_once in [1, 4, 16] {
            let mut halving = Halving::new(4, 3, 81);
            let order = run(&mut halving, at_once, |job| Some(merit(job)));
            let counts: Vec<usize> = (0..4).map(|rung| on_rung(&order, rung).len()).collect();
            assert_eq!(counts[0], 81);
            for (rung, share) in [(1, 27), (2, 9), (3, 3)] {
                // Early on a trial may rise that later ones overtake: some sqrt(81), as the paper has it.
                assert!((share..=share + 9).contains(&counts[rung]), "{at_once}: {counts:?}");
                // All that are among the best third in the end have risen.
                let ranking = halving.ranking(rung - 1);
                let best = &ranking[..halving.rungs[rung - 1].len() / 3];
                let risen = on_rung(&order, rung);
                assert!(best.iter().all(|(trial, _)| risen.contains(trial)));
            }
            let best = halving.best().unwrap();
            assert_eq!(best.rung, 3);
            assert!((point(best.trial) - 0.3).abs() < 0.03, "{}", point(best.trial));
        }
    }

    /// Worked by hand: merits 5, 4, ... of trials 0, 1, ... in this order, eta 2. The first pair ends,
    /// its better rises; the second pair is worse than trial 0, but the better two of four are 0 and 1.
    #[test]
    fn promotions_are_those_of_the_paper() {
        let mut halving = Halving::new(3, 2, 4);
        let order = run(&mut halving, 1, |job| Some(Merit::new(5.0 - job.trial as f64, 0.0)));
        let found: Vec<(usize, usize)> = order.iter().map(|job| (job.trial, job.rung)).collect();
        assert_eq!(found, [(0, 0), (1, 0), (0, 1), (2, 0), (3, 0), (1, 1), (0, 2)]);
    }

    #[test]
    fn the_trials_that_begin_do_not_depend_on_how_many_run_at_once() {
        let begun = |at_once: usize| {
            let mut halving = Halving::new(3, 4, 50);
            on_rung(&run(&mut halving, at_once, |job| Some(merit(job))), 0)
        };
        assert_eq!(begun(1), begun(7));
    }

    #[test]
    fn a_search_goes_on_from_its_ended_runs_as_if_it_had_never_stopped() {
        let whole = run(&mut Halving::new(3, 3, 30), 1, |job| Some(merit(job)));
        for stop in 0..whole.len() {
            let mut halving = Halving::new(3, 3, 30);
            whole[..stop].iter().for_each(|&job| halving.ended(job, Some(merit(job))));
            let rest = run(&mut halving, 1, |job| Some(merit(job)));
            assert_eq!(rest, whole[stop..]);
        }
    }

    #[test]
    fn the_first_trial_has_all_epochs_in_the_end_however_it_began() {
        for at_once in [1, 3] {
            let mut halving = Halving::new(3, 3, 20);
            let worst_first = |job: Job| Some(Merit::new(job.trial as f64, 0.0));
            let order = run(&mut halving, at_once, worst_first);
            let first: Vec<Job> = order.iter().copied().filter(|job| job.trial == 0).collect();
            assert_eq!(first, [Job { trial: 0, rung: 0 }, Job { trial: 0, rung: 2 }]);
            // With several at a time some are still under way then.
            assert!(at_once > 1 || order.last() == Some(&first[1]), "{order:?}");
            assert_ne!(halving.best().unwrap().trial, 0);
        }
    }

    #[test]
    fn what_fails_never_rises_and_what_is_broken_off_runs_again() {
        let mut halving = Halving::new(2, 3, 12);
        let fails = |job: Job| (!job.trial.is_multiple_of(2)).then(|| merit(job));
        let order = run(&mut halving, 1, fails);
        assert!(on_rung(&order, 1).iter().all(|trial| trial % 2 == 1));
        let mut all_fail = Halving::new(2, 3, 12);
        let order = run(&mut all_fail, 1, |_| None);
        assert_eq!((order.len(), all_fail.best()), (12, None));

        let mut halving = Halving::new(1, 3, 2);
        let Next::Run(first) = halving.next() else { panic!("there is a job") };
        halving.broken_off(first);
        assert_eq!(halving.next(), Next::Run(first));
        halving.close();
        assert_eq!(halving.next(), Next::Wait);
        halving.ended(first, None);
        assert_eq!(halving.next(), Next::Done);
    }

    #[test]
    fn there_are_no_rungs_that_nobody_reaches() {
        let rungs = |trials| Halving::rungs_for(trials, 3, 4);
        assert_eq!([1, 2, 3, 8, 9, 27, 1_000].map(rungs), [1, 1, 2, 2, 3, 4, 4]);
    }
}
