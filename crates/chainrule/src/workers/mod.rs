//! Who does the work of a plan: the calling thread alone, or a team that is started when it first pays.

mod pace;

pub(crate) use pace::Pace;

use chainrule_math::Team;
use std::time::{Duration, Instant};

/// Threads at most, whoever asks.
pub(crate) const MOST: usize = 512;

/// The calling thread, and the others that may help it.
pub(crate) struct Workers {
    threads: usize,
    alone: Team,
    /// Started when first asked for.
    all: Option<Team>,
}

impl Workers {
    /// So many threads at most, or one for each processor; never more than [`MOST`].
    pub(crate) fn new(threads: Option<usize>) -> Workers {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or_else(processors).clamp(1, MOST);
        Workers { threads, alone: Team::new(1), all: None }
    }

    /// Threads at most.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Works with so many threads at most from here on. Those that were started stay, asleep.
    pub(crate) fn limit(&mut self, threads: usize) {
        self.threads = threads.clamp(1, MOST);
        if self.threads > 1 && self.all.as_ref().is_some_and(|team| team.size() != self.threads) {
            self.all = None;
        }
    }

    /// Every thread there is.
    pub(crate) fn all(&mut self) -> &mut Team {
        match self.threads {
            1 => &mut self.alone,
            threads => self.all.get_or_insert_with(|| Team::new(threads)),
        }
    }

    /// Has the work done by whoever the pace finds faster. The work is this share, in (0, 1], of the most
    /// that its plan does at once.
    pub(crate) fn run<T>(
        &mut self,
        pace: &mut Pace,
        share: f64,
        work: impl FnOnce(&mut Team) -> T,
    ) -> T {
        if self.threads == 1 {
            return work(&mut self.alone);
        }
        let start = pace.is_trying().then(Instant::now);
        let result = match pace.is_alone() {
            true => work(&mut self.alone),
            false => work(self.all()),
        };
        pace.took(start.map_or(Duration::ZERO, |start| start.elapsed()), share);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_started_only_for_work_that_takes_its_time() {
        let mut workers = Workers::new(Some(2));
        let (mut brief, mut long) = (Pace::new(false), Pace::new(false));
        for _ in 0..100 {
            assert_eq!(workers.run(&mut brief, 1.0, |team| team.size()), 1);
        }
        assert!(workers.all.is_none());
        let work = |team: &mut Team| {
            std::thread::sleep(Duration::from_micros(50));
            team.size()
        };
        let sizes: Vec<usize> = (0..20).map(|_| workers.run(&mut long, 1.0, work)).collect();
        assert!(sizes.contains(&2) && sizes[0] == 1, "{sizes:?}");
    }

    #[test]
    fn one_thread_is_never_more() {
        let mut workers = Workers::new(Some(1));
        let mut pace = Pace::new(true);
        assert_eq!(workers.run(&mut pace, 1.0, |team| team.size()), 1);
        assert_eq!(workers.all().size(), 1);
    }
}
