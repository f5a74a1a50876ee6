//! Seconds per epoch.

use crate::Asked;
use crate::data;
use chainrule::optim::Adam;
use chainrule::{Examples, Report, Training};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Instant;

/// Whole trainings from the same initial weights, of N epochs and of 3 N: their difference is 2 N
/// epochs, without what comes before the first. The middle of several differences counts.
pub(crate) fn measure(asked: &Asked) -> Result<Value, Box<dyn Error>> {
    let shape = &asked.shape;
    let (rows, classes) = data::rows(shape, asked.data.as_deref())?;
    let examples = Examples::classes(rows.view(), &classes)?;
    let initial = data::initial(shape)?;
    let training = Training {
        batch_size: shape.batch,
        threads: asked.threads,
        instruction_set: asked.set,
        ..Training::new(initial.network())
    }
    .optimizer(Adam { learning_rate: shape.learning_rate, ..Adam::default() });
    let run = |epochs: usize| -> Result<(f64, Report), Box<dyn Error>> {
        let begin = Instant::now();
        let mut model = initial.clone();
        let report = training.clone().epochs(epochs).fit(&mut model, &examples)?;
        Ok((begin.elapsed().as_secs_f64(), report))
    };
    let (_, mut report) = run(1)?;
    let mut seconds = Vec::new();
    for _ in 0..shape.repeats {
        let (few, _) = run(shape.epochs)?;
        let many;
        (many, report) = run(3 * shape.epochs)?;
        seconds.push((many - few) / (2 * shape.epochs) as f64);
    }
    seconds.sort_by(f64::total_cmp);
    Ok(json!({
        "seconds_per_epoch": seconds[seconds.len() / 2],
        "final_loss": report.chosen().loss,
        "kernel": report.kernel,
        "threads_used": report.threads_used,
        "parameters": initial.network().parameter_count(),
        "rows": shape.rows,
    }))
}
