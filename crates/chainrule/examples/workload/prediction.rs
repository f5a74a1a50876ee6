//! How long a prediction takes: one row, and many.

use crate::Asked;
use crate::data;
use chainrule::math::InstructionSet;
use chainrule::{Error, Predictor};
use ndarray::s;
use serde_json::{Value, json};
use std::time::Instant;

/// The middle and the slowest hundredth of single rows, and rows per second of all rows at once.
pub(crate) fn measure(asked: &Asked) -> Result<Value, Box<dyn std::error::Error>> {
    let (rows, _) = data::rows(&asked.shape, asked.data.as_deref())?;
    let model = data::initial(&asked.shape)?;
    let set = asked.set.unwrap_or_else(InstructionSet::best);
    let plan = |rows: usize| -> Result<Predictor<'_>, Error> {
        Ok(Predictor::new(&model, rows, asked.threads.unwrap_or(1))?.on(set))
    };
    let mut predictor = plan(1)?;
    let first = rows.slice(s![..1, ..]);
    let one = sorted(200, 5000, || predictor.predict(first).map(drop))?;
    let many = match asked.threads {
        Some(_) => {
            let mut predictor = plan(rows.nrows())?;
            sorted(5, 60, || predictor.predict(rows.view()).map(drop))?
        }
        // Whoever names no threads asks the model itself.
        None => sorted(5, 60, || model.predict(rows.view()).map(drop))?,
    };
    Ok(json!({
        "p50_us": one[one.len() / 2] * 1e6,
        "p99_us": one[one.len() * 99 / 100] * 1e6,
        "rows_per_s": rows.nrows() as f64 / many[many.len() / 2],
        "kernel": set.name(),
        "threads_used": asked.threads.unwrap_or(1),
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
