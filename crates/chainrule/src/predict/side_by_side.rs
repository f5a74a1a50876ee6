//! Many rows: each thread predicts a part of them by a plan of its own, and none waits for another.

use super::Reading;
use super::forward::{Lent, Start};
use crate::examples::{all_finite, require_finite, row_major, slice};
use crate::workers::Pace;
use crate::{Error, Model};
use chainrule_graph::Number;
use ndarray::{Array2, ArrayView2};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// Rows that a thread looks through before it predicts them, while they are in its nearest cache.
const ROWS_LOOKED_AT: usize = 256;

/// The outputs for rows that are the inputs of the model's network. Those that are not known to be finite
/// are looked at.
pub(super) fn predict<E: Number>(
    model: &Model<E>,
    reading: Reading,
    lent: &mut Lent<E>,
    inputs: ArrayView2<'_, E>,
    is_known: bool,
) -> Result<Array2<E>, Error> {
    let rows = row_major(inputs);
    let (rows, count) = (slice(&rows), inputs.nrows());
    let (columns, width) = (inputs.ncols(), model.network().outputs());
    let kept = model.kept_plans();
    let take = |_| kept.take(model.network(), Start::Inputs, reading, count);
    let mut others: Vec<Lent<E>> =
        (1..lent.workers.threads()).map(take).collect::<Result<_, _>>()?;
    let mut outputs = vec![E::ZERO; count * width];
    let is_finite = AtomicBool::new(true);
    let Lent { forward, workers, .. } = lent;
    let mut pace = std::mem::replace(&mut forward.pace_of_many, Pace::new(false));
    let forwards =
        std::iter::once(&mut *forward).chain(others.iter_mut().map(|lent| &mut lent.forward));
    workers.run(&mut pace, 1.0, |team| {
        let part = count.div_ceil(team.size());
        let parts = rows.chunks(part * columns).zip(outputs.chunks_mut(part * width));
        let parts: Vec<_> = parts.zip(forwards).map(Mutex::new).collect();
        team.run(&|member| {
            let Some(part) = parts.get(member.index) else { return };
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            let ((rows, outputs), forward) = &mut *part;
            let some = rows.chunks(ROWS_LOOKED_AT * columns);
            for (rows, outputs) in some.zip(outputs.chunks_mut(ROWS_LOOKED_AT * width)) {
                if !is_known && !all_finite(rows) {
                    is_finite.store(false, Relaxed);
                    return;
                }
                forward.fill(model, rows, outputs);
            }
        });
    });
    forward.pace_of_many = pace;
    others.into_iter().for_each(|lent| kept.put(lent));
    if !is_finite.into_inner() {
        // Which finds where again.
        require_finite("inputs", inputs)?;
    }
    Ok(Array2::from_shape_vec((count, width), outputs)
        .expect("a row of outputs for each row of inputs"))
}
