//! Threads that hand work to each other by spinning.
//!
//! A step of training lasts microseconds; waking a sleeping thread takes 15 to 50 of them, a
//! spinning hand-over a fifth of one. So the members of a team spin while work keeps coming and
//! for a moment after it, then sleep. They also sleep when they wait too long for each other: then
//! another program has taken a member's processor, and a sleeper leaves its own to that member,
//! while a spinner would hold it for nothing.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a member spins before it sleeps.
const SPIN: Duration = Duration::from_micros(100);

/// Turns of spinning, some microseconds, before a member offers its processor to others.
const PATIENT: u32 = 256;

/// A fixed number of threads, the caller's own among them.
pub struct Team {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// The process that has the threads: a fork copies the team, but none of them.
    process: u32,
}

/// One thread's place in its team while a task runs.
pub struct Member<'a> {
    shared: &'a Shared,
    /// 0 for the caller's own thread.
    pub index: usize,
}

type Task = *const (dyn Fn(Member<'_>) + Sync);

struct Shared {
    size: usize,
    /// More members than processors: give way at once instead of spinning.
    crowded: bool,
    task: UnsafeCell<Option<Task>>,
    /// Counts the tasks handed out.
    round: AtomicUsize,
    unfinished: AtomicUsize,
    arrived: AtomicUsize,
    barrier_round: AtomicUsize,
    stop: AtomicBool,
    failed: AtomicBool,
    failure: Mutex<Option<Box<dyn Any + Send>>>,
    /// Members asleep or about to be; whoever changes what they wait for looks here.
    sleepers: AtomicUsize,
    bed: Mutex<()>,
    alarm: Condvar,
}

// SAFETY: `task` is written only by the caller of `run` while every worker waits for `round` to
// change, and read by the workers only after it has changed.
unsafe impl Sync for Shared {}
// SAFETY: the pointer in `task` is used only while `run` keeps its target alive.
unsafe impl Send for Shared {}

impl Team {
    /// A team of `size` threads (at least one): `size - 1` are started.
    pub fn new(size: usize) -> Team {
        let size = size.max(1);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = Arc::new(Shared {
            size,
            crowded: size > processors,
            task: UnsafeCell::new(None),
            round: AtomicUsize::new(0),
            unfinished: AtomicUsize::new(0),
            arrived: AtomicUsize::new(0),
            barrier_round: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            failure: Mutex::new(None),
            sleepers: AtomicUsize::new(0),
            bed: Mutex::new(()),
            alarm: Condvar::new(),
        });
        let threads = (1..size)
            .map(|index| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new()
                    .name(format!("chainrule-{index}"))
                    .spawn(move || work(&shared, index))
                    .expect("the system refused to start a thread")
            })
            .collect();
        Team { shared, threads, process: std::process::id() }
    }

    /// Threads in the team.
    pub fn size(&self) -> usize {
        self.shared.size
    }

    /// Runs the task once on every thread and returns when all are done. A panic in any of them is
    /// raised again here.
    pub fn run(&mut self, task: &(dyn Fn(Member<'_>) + Sync)) {
        let shared = &*self.shared;
        if shared.size == 1 {
            return task(Member { shared, index: 0 });
        }
        if self.process != std::process::id() {
            // What is left of the old team waits for threads that are not here; dropping it would too.
            let size = shared.size;
            std::mem::forget(std::mem::replace(self, Team::new(size)));
        }
        let shared = &*self.shared;
        // SAFETY: only the lifetime is forgotten; this function does not return before every
        // worker is done with the task.
        let pointer =
            unsafe { std::mem::transmute::<*const (dyn Fn(Member<'_>) + Sync + '_), Task>(task) };
        // SAFETY: no task is running (`&mut self`), so every worker waits for the next round.
        unsafe { *shared.task.get() = Some(pointer) };
        shared.unfinished.store(shared.size - 1, Relaxed);
        shared.round.fetch_add(1, SeqCst);
        shared.wake();
        shared.attempt(task, 0);
        shared.wait_until(|| shared.unfinished.load(SeqCst) == 0);
        if shared.failed.swap(false, Relaxed) {
            shared.arrived.store(0, Relaxed);
            let failure = shared.failure.lock().unwrap_or_else(|poison| poison.into_inner()).take();
            resume_unwind(failure.unwrap_or_else(|| Box::new("a member of the team panicked")));
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // There is nobody to be waited for.
            return std::mem::forget(std::mem::take(&mut self.threads));
        }
        self.shared.stop.store(true, SeqCst);
        self.shared.round.fetch_add(1, SeqCst);
        self.shared.wake();
        for thread in self.threads.drain(..) {
            // A worker catches the panics of its tasks, so joining cannot fail.
            let _ = thread.join();
        }
    }
}

impl Member<'_> {
    /// Threads in the team.
    pub fn count(&self) -> usize {
        self.shared.size
    }

    /// Whether no member comes after this one.
    pub fn is_last(&self) -> bool {
        self.index + 1 == self.shared.size
    }

    /// This member's share of `total` units: near-equal, contiguous, in order of the members; the
    /// first ones have one more where they cannot be equal.
    pub fn share(&self, total: usize) -> std::ops::Range<usize> {
        let count = self.shared.size;
        let start = |index: usize| (total * index).div_ceil(count);
        start(self.index)..start(self.index + 1)
    }

    /// Waits until every member has come here.
    pub fn barrier(&self) {
        let shared = self.shared;
        if shared.size == 1 {
            return;
        }
        let round = shared.barrier_round.load(Relaxed);
        if shared.arrived.fetch_add(1, AcqRel) + 1 == shared.size {
            shared.arrived.store(0, Relaxed);
            shared.barrier_round.store(round.wrapping_add(1), SeqCst);
            shared.wake();
        } else {
            shared.wait_until(|| {
                shared.barrier_round.load(SeqCst) != round || shared.failed.load(SeqCst)
            });
            if shared.barrier_round.load(SeqCst) == round {
                resume_unwind(Box::new(Abandoned)); // without a second message
            }
        }
    }
}

/// Raised in members that wait for one that will never come; the first panic is the one reported.
struct Abandoned;

impl Shared {
    fn attempt(&self, task: &(dyn Fn(Member<'_>) + Sync), index: usize) {
        let member = Member { shared: self, index };
        if let Err(failure) = catch_unwind(AssertUnwindSafe(|| task(member))) {
            let mut first = self.failure.lock().unwrap_or_else(|poison| poison.into_inner());
            if first.is_none() && !failure.is::<Abandoned>() {
                *first = Some(failure);
            }
            drop(first);
            self.failed.store(true, SeqCst);
            self.wake();
        }
    }

    /// Spins for a while, then sleeps until `done`, which only a change followed by `wake` makes so.
    fn wait_until(&self, done: impl Fn() -> bool) {
        let mut turns = 0u32;
        let mut since = None;
        while !done() {
            turns += 1;
            // After some microseconds the one waited for may be waiting for this very processor.
            if self.crowded || (turns > PATIENT && turns.is_multiple_of(16)) {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
            // The clock costs more than a turn, so it is read now and then.
            if turns.is_multiple_of(64) && since.get_or_insert_with(Instant::now).elapsed() > SPIN {
                let mut bed = self.bed.lock().unwrap_or_else(|poison| poison.into_inner());
                // Counted before the last look at `done`: either that look sees the change, or the
                // one who made it sees the sleeper and rings.
                self.sleepers.fetch_add(1, SeqCst);
                while !done() {
                    bed = self.alarm.wait(bed).unwrap_or_else(|poison| poison.into_inner());
                }
                self.sleepers.fetch_sub(1, SeqCst);
                return;
            }
        }
    }

    /// Rings for whoever sleeps.
    fn wake(&self) {
        if self.sleepers.load(SeqCst) > 0 {
            let _bed = self.bed.lock().unwrap_or_else(|poison| poison.into_inner());
            self.alarm.notify_all();
        }
    }
}

fn work(shared: &Shared, index: usize) {
    let mut seen = 0;
    loop {
        shared.wait_until(|| shared.round.load(SeqCst) != seen);
        seen = seen.wrapping_add(1);
        if shared.stop.load(SeqCst) {
            return;
        }
        // SAFETY: the round has changed, so `run` has written the task and keeps it alive until
        // `unfinished` reaches zero.
        if let Some(task) = unsafe { *shared.task.get() } {
            // SAFETY: as above.
            shared.attempt(unsafe { &*task }, index);
        }
        if shared.unfinished.fetch_sub(1, SeqCst) == 1 {
            shared.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_runs_once_and_barriers_order_them() {
        for size in [1, 2, 3, 7] {
            let mut team = Team::new(size);
            for _ in 0..50 {
                let first = AtomicUsize::new(0);
                let second = AtomicUsize::new(0);
                team.run(&|member| {
                    first.fetch_add(1, SeqCst);
                    member.barrier();
                    assert_eq!(first.load(SeqCst), size);
                    second.fetch_add(1, SeqCst);
                    member.barrier();
                    assert_eq!(second.load(SeqCst), size);
                });
            }
        }
    }

    #[test]
    fn wakes_after_sleeping() {
        let mut team = Team::new(2);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(2));
            let count = AtomicUsize::new(0);
            team.run(&|_| {
                count.fetch_add(1, SeqCst);
            });
            assert_eq!(count.load(SeqCst), 2);
        }
    }

    #[test]
    fn shares_cover_everything_once() {
        let mut team = Team::new(3);
        let seen: Vec<AtomicUsize> = (0..10).map(|_| AtomicUsize::new(0)).collect();
        team.run(&|member| {
            for unit in member.share(10) {
                seen[unit].fetch_add(1, SeqCst);
            }
        });
        assert!(seen.iter().all(|count| count.load(SeqCst) == 1));
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_survives() {
        let mut team = Team::new(3);
        let result = catch_unwind(AssertUnwindSafe(|| {
            team.run(&|member| {
                if member.index == 2 {
                    panic!("told you");
                }
                member.barrier();
            });
        }));
        assert_eq!(result.unwrap_err().downcast_ref::<&str>(), Some(&"told you"));
        team.run(&|member| member.barrier());
    }
}
