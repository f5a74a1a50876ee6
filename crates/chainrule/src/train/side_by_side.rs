//! Independent trainings at the same time: a search, or the folds of a cross-validation.

use crate::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Does the jobs on up to `threads` threads (as many as there are processors where none are named),
/// and returns their results in the order of the jobs. Each thread takes the next job when it is
/// done with one, so jobs may take unequally long.
///
/// Give each training in a job `threads: Some(1)`: small networks use processors better side by side
/// than together, and a team inside every job would fight over them; so would [`Model::predict`](crate::Model::predict)
/// on many rows, for which a [`Predictor`](crate::Predictor) takes a number of threads. What is learned does not
/// depend on the threads.
///
/// # Errors
/// The error of the first job, in their order, that has one; jobs not yet begun then are left out.
///
/// # Panics
/// As the first job that panics, unless one before it has an error.
///
/// ```
/// use chainrule::train::side_by_side;
/// use chainrule::{Activation, Examples, Model, Network, Training};
/// use ndarray::array;
/// let inputs = array![[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Examples::classes(inputs.view(), &[0, 1, 1, 0])?;
/// let losses = side_by_side(&[1, 2, 8], None, |&units| {
///     let network = Network::new(2).dense(units, Activation::Tanh).dense(2, Activation::Softmax);
///     let mut model: Model = network.build(1)?;
///     let training = Training { epochs: 500, threads: Some(1), ..Training::new(&network) };
///     Ok(training.fit(&mut model, &xor)?.chosen().loss)
/// })?;
/// assert!(losses[2] < losses[0]); // one unit cannot learn it
/// # Ok::<(), chainrule::Error>(())
/// ```
pub fn side_by_side<J: Sync, T: Send>(
    jobs: &[J],
    threads: Option<usize>,
    run: impl Fn(&J) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or_else(processors).clamp(1, jobs.len().max(1));
    let next = AtomicUsize::new(0);
    let has_failed = AtomicBool::new(false);
    let results: Vec<Mutex<Option<_>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while !has_failed.load(Relaxed) {
            let number = next.fetch_add(1, Relaxed);
            let Some(job) = jobs.get(number) else { break };
            let result = catch_unwind(AssertUnwindSafe(|| run(job)));
            if !matches!(result, Ok(Ok(_))) {
                has_failed.store(true, Relaxed);
            }
            *results[number].lock().expect("nothing panics while it is locked") = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    // Jobs are begun in order and end once begun, so those without a result come after the failed.
    let results = results
        .into_iter()
        .map_while(|result| result.into_inner().expect("nothing panics while it is locked"));
    results.map(|result| result.unwrap_or_else(|panic| resume_unwind(panic))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Examples, Model, Network, Training};
    use ndarray::array;
    use std::time::Duration;

    fn wrong(job: usize) -> Error {
        Error::setting("the job", job, "another")
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs_each_done_once() {
        let jobs: Vec<usize> = (0..100).collect();
        for threads in [Some(1), Some(3), Some(200), None] {
            let done = AtomicUsize::new(0);
            let results = side_by_side(&jobs, threads, |&job| {
                // The first jobs end last.
                std::thread::sleep(Duration::from_micros(100 - job as u64));
                done.fetch_add(1, Relaxed);
                Ok(job * job)
            });
            assert_eq!(results.unwrap(), jobs.iter().map(|job| job * job).collect::<Vec<_>>());
            assert_eq!(done.into_inner(), 100);
        }
        assert!(side_by_side(&[], None, |&job: &usize| Ok(job)).unwrap().is_empty());
    }

    #[test]
    fn jobs_run_at_the_same_time() {
        // Each waits for the other, which a single thread would never do.
        let arrived = AtomicUsize::new(0);
        let both = |_: &usize| {
            arrived.fetch_add(1, Relaxed);
            while arrived.load(Relaxed) < 2 {
                std::thread::yield_now();
            }
            Ok(())
        };
        assert_eq!(side_by_side(&[0, 1], Some(2), both).unwrap().len(), 2);
    }

    #[test]
    fn the_first_error_in_order_reaches_the_caller_and_ends_the_rest() {
        let jobs: Vec<usize> = (0..1000).collect();
        for threads in [1, 2, 5] {
            let begun = AtomicUsize::new(0);
            let result = side_by_side(&jobs, Some(threads), |&job| {
                begun.fetch_add(1, Relaxed);
                match job {
                    // It fails after the next has failed, where there are several threads.
                    3 => {
                        std::thread::sleep(Duration::from_millis(20));
                        Err(wrong(3))
                    }
                    4 => Err(wrong(4)),
                    _ => Ok(()),
                }
            });
            assert_eq!(result.unwrap_err().to_string(), wrong(3).to_string());
            assert!(begun.into_inner() < 1000);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let caught = catch_unwind(|| {
            side_by_side(&[0, 1, 2, 3], Some(2), |&job| match job {
                2 => panic!("told you"),
                _ => Ok(job),
            })
        });
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"told you"));
    }

    #[test]
    fn models_are_those_of_one_after_the_other() {
        let inputs = array![[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
        let xor = Examples::classes(inputs.view(), &[0, 1, 1, 0]).unwrap();
        let learn = |&(seed, alpha): &(u64, f64)| {
            let network = Network::new(2).dense(4, Activation::Tanh).dense(2, Activation::Softmax);
            let mut model: Model = network.build(seed)?;
            let training =
                Training { epochs: 50, alpha, threads: Some(1), ..Training::new(&network) };
            training.fit(&mut model, &xor)?;
            Ok(model.to_bytes())
        };
        let jobs = [(1, 0.0), (2, 0.0), (1, 0.1), (2, 0.1), (3, 0.0)];
        let alone: Result<Vec<_>, Error> = jobs.iter().map(learn).collect();
        let alone = alone.unwrap();
        assert_eq!(side_by_side(&jobs, Some(3), learn).unwrap(), alone);
        assert_ne!(alone[0], alone[1]);
    }
}
