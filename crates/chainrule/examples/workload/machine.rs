//! What only a running program can tell about the machine.

use chainrule::math::InstructionSet;
use serde_json::{Value, json};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::time::{Duration, Instant};

/// Hand-overs between two looks at the clock.
const TURNS: usize = 1000;
/// Looks at the clock, of which the middle one counts.
const LOOKS: usize = 51;
/// When to give up on a machine whose processors do other things.
const LONGEST: Duration = Duration::from_millis(500);

/// Instruction sets, and how long two spinning threads take to hand over.
pub(crate) fn describe() -> Value {
    let sets: Vec<&str> = InstructionSet::available().into_iter().map(|set| set.name()).collect();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    json!({
        "instruction_sets": sets,
        "kernel": InstructionSet::best().name(),
        "processors": processors,
        "hand_over_ns": (processors > 1).then(hand_over),
    })
}

/// Nanoseconds from one thread's store to the other's seeing it.
fn hand_over() -> f64 {
    let (ball, is_over) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut looks = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Odd numbers are this thread's to answer.
            while is_over.load(Relaxed) == 0 {
                let seen = ball.load(Acquire);
                match seen % 2 {
                    1 => ball.store(seen + 1, Release),
                    _ => spin_loop(),
                }
            }
        });
        let begin = Instant::now();
        while looks.len() < LOOKS && (looks.is_empty() || begin.elapsed() < LONGEST) {
            let look = Instant::now();
            for _ in 0..TURNS {
                let next = ball.load(Relaxed) + 1;
                ball.store(next, Release);
                while ball.load(Acquire) == next {
                    spin_loop();
                }
            }
            looks.push(look.elapsed().as_nanos() as f64 / (2 * TURNS) as f64);
        }
        is_over.store(1, Relaxed);
    });
    looks.sort_by(f64::total_cmp);
    looks[looks.len() / 2]
}
