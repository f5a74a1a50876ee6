//! Work on several threads at once.

use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

/// Threads that this machine runs at once.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does `work` on each of `items`, and gives the results in their order.
pub(crate) fn side_by_side<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let threads = threads().min(items.len());
    if threads <= 1 {
        return items.into_iter().map(work).collect();
    }
    let items = Mutex::new(items.into_iter().enumerate());
    let run = || {
        let mut results = Vec::new();
        loop {
            // The lock is let go before the work begins.
            let next = items.lock().expect("taking an item does not panic").next();
            let Some((index, item)) = next else { return results };
            results.push((index, work(item)));
        }
    };
    let mut results = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut results = run();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let squares: Vec<u64> = (0..1000).map(|i| i * i).collect();
        assert_eq!(side_by_side((0..1000).collect(), |i: u64| i * i), squares);
        assert!(side_by_side(Vec::<u8>::new(), |byte| byte).is_empty());
    }
}
