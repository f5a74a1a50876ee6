//! How long a prediction takes: one row, and many.

use crate::Asked;
use crate::data;
use chainrule::math::InstructionSet;
use chainrule::{Error, Predictor};
use ndarray::{ArrayView2, s};
use serde_json::{Value, json};
use std::time::Instant;

/// The middle and the slowest hundredth of single rows, and rows per second of all rows at once.
pub(crate) fn measure(asked: &Asked) -> Result<Value, Box<dyn std::error::Error>> {
    let (rows, _) = data::rows(&asked.shape, asked.data.as_deref())?;
    let model = data::initial(&asked.shape)?;
    let set = asked.set.unwrap_or_else(InstructionSet::best);
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let timed = |rows: ArrayView2<'_, f32>, warm_up, count| match (asked.threads, asked.set) {
        // Whoever names nothing asks the model itself.
        (None, None) => sorted(warm_up, count, || model.predict(rows).map(drop)),
        (threads, _) => {
            let threads = threads.unwrap_or_else(processors);
            let mut predictor = Predictor::new(&model, rows.nrows(), threads)?.on(set);
            sorted(warm_up, count, || predictor.predict(rows).map(drop))
        }
    };
    let one = timed(rows.slice(s![..1, ..]), 200, 5000)?;
    let many = timed(rows.view(), 20, 60)?;
    Ok(json!({
        "p50_us": one[one.len() / 2] * 1e6,
        "p99_us": one[one.len() * 99 / 100] * 1e6,
        "rows_per_s": rows.nrows() as f64 / many[many.len() / 2],
        "kernel": set.name(),
        "threads_used": asked.threads,
    }))
}

/// The seconds of each of `count` calls after some that warm up, the shortest first.
fn sorted(
    warm_up: usize,
    count: usize,
    mut call: impl FnMut() -> Result<(), Error>,
) -> Result<Vec<f64>, Error> {
    let mut seconds = Vec::with_capacity(count);
    for number in 0..warm_up + count {
        let begin = Instant::now();
        call()?;
        if number >= warm_up {
            seconds.push(begin.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds)
}
