//! Epochs: shuffle, step through the batches, judge, keep the best.

use super::{Divergence, Epoch, Event, Report, Stop, Trainer, Training};
use crate::predict::Evaluator;
use crate::{Error, Evaluation, Examples, Model};
use chainrule_graph::Number;
use chainrule_math::Element;
use chainrule_math::random::Stream;
use std::ops::ControlFlow;
use std::time::Instant;

impl Training {
    /// Trains the model on the examples.
    ///
    /// # Errors
    /// Settings out of range, examples that do not fit the network, or divergence: then the model
    /// has the weights of the last good epoch, with validation rows those of the best.
    pub fn fit<E: Number>(
        &self,
        model: &mut Model<E>,
        examples: &Examples<'_, E>,
    ) -> Result<Report, Error> {
        self.fit_with(model, examples, None, &mut |_| ControlFlow::Continue(()))
    }

    /// Trains the model, judging it on validation rows after each epoch; in the end it has the
    /// weights of the best epoch. `listen` hears every event and may break the run off, which then
    /// ends with the epoch under way.
    ///
    /// # Errors
    /// As for [`Training::fit`].
    pub fn fit_with<E: Number>(
        &self,
        model: &mut Model<E>,
        examples: &Examples<'_, E>,
        validation: Option<&Examples<'_, E>>,
        listen: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        let rows = examples.rows();
        let mut warnings = Vec::new();
        let mut settings = self.clone();
        if self.batch_size > rows {
            settings.batch_size = rows;
            warnings.push(format!(
                "the batch size {} is larger than the {rows} training rows and was set to {rows}",
                self.batch_size
            ));
        }
        if self.patience.is_some() && validation.is_none() {
            let expected = "left out without validation rows to be patient about";
            return Err(Error::setting("the patience", self.patience.unwrap_or(0), expected));
        }
        let network = model.network().clone();
        self.loss.check_targets(examples.targets())?;
        let mut trainer = Trainer::<E>::new(&network, &settings)?;
        let fitted = examples.fit_to(&network)?;
        let mut judge = match validation {
            Some(rows) => Some((
                rows,
                rows.fit_to(&network)?,
                Evaluator::<E>::new(&network, self.loss, rows.rows())?,
            )),
            None => None,
        };

        let mut order: Vec<u32> = (0..rows as u32).collect();
        let mut shuffle = Stream::new(self.seed, "shuffle");
        let mut history: Vec<Epoch> = Vec::with_capacity(self.epochs.min(1 << 16));
        let mut kept = Kept { epoch: 0, evaluation: None, weights: model.parameters().to_vec() };
        let mut stop = Stop::Finished;
        let steps_per_epoch = rows.div_ceil(settings.batch_size);
        let planned = self.epochs.saturating_mul(steps_per_epoch);
        let mut interrupted = listen(Event::Started {
            threads: trainer.threads(),
            steps_per_epoch,
            epochs: self.epochs,
        })
        .is_break();
        let begin = Instant::now();
        for epoch in 1..=self.epochs {
            let start = Instant::now();
            shuffle.shuffle(&mut order);
            let mut total = 0.0;
            for (index, batch) in order.chunks(settings.batch_size).enumerate() {
                let done = (epoch - 1) * steps_per_epoch + index;
                let share = self.schedule.share(done as u64, planned as u64);
                trainer.scale_learning_rate(share);
                let parameters = model.parameters_mut();
                let loss = trainer.step_on(parameters, &fitted, Some(batch), batch.len()).to_f64();
                if !loss.is_finite() {
                    model.parameters_mut().copy_from_slice(&kept.weights);
                    let place = (epoch, index + 1, loss);
                    return Err(self.diverged(place, kept.epoch, examples, history));
                }
                total += loss * batch.len() as f64;
                interrupted |= listen(Event::Step { epoch, step: index + 1, loss }).is_break();
            }
            let seconds = start.elapsed().as_secs_f64();
            let evaluation = match &mut judge {
                Some((rows, fitted, evaluator)) => Some(evaluator.evaluate(
                    &mut trainer.team,
                    trainer.set,
                    model.parameters(),
                    rows,
                    fitted,
                )?),
                None => None,
            };
            let finite = evaluation.is_none_or(|evaluation| evaluation.loss.is_finite())
                && model.layout().places().iter().all(|place| {
                    place.read(model.parameters()).iter().all(|weight| Element::is_finite(*weight))
                });
            if !finite {
                model.parameters_mut().copy_from_slice(&kept.weights);
                let place = (epoch, steps_per_epoch, f64::NAN);
                return Err(self.diverged(place, kept.epoch, examples, history));
            }
            history.push(Epoch {
                epoch,
                loss: total / rows as f64,
                validation: evaluation,
                learning_rate: trainer.learning_rate(),
                seconds,
                rows_per_second: rows as f64 / seconds.max(1e-9),
            });
            if kept.is_beaten_by(evaluation) {
                kept.epoch = epoch;
                kept.evaluation = evaluation;
                kept.weights.copy_from_slice(model.parameters());
            }
            interrupted |= listen(Event::Epoch(&history[epoch - 1])).is_break();
            if interrupted {
                stop = Stop::Interrupted;
                break;
            }
            if self.patience.is_some_and(|patience| epoch - kept.epoch >= patience) {
                stop = Stop::Patience;
                break;
            }
        }
        model.parameters_mut().copy_from_slice(&kept.weights);
        Ok(Report {
            history,
            chosen_epoch: kept.epoch,
            stop,
            seconds: begin.elapsed().as_secs_f64(),
            threads_used: trainer.threads(),
            kernel: trainer.set.name(),
            warnings,
        })
    }

    fn diverged<E: Number>(
        &self,
        (epoch, step, loss): (usize, usize, f64),
        kept_epoch: usize,
        examples: &Examples<'_, E>,
        history: Vec<Epoch>,
    ) -> Error {
        let largest_input =
            examples.inputs().iter().fold(0.0_f64, |most, number| most.max(number.to_f64().abs()));
        let learning_rate = self.optimizer.learning_rate();
        Error::Diverged(Box::new(Divergence {
            epoch,
            step,
            loss,
            learning_rate,
            largest_input,
            kept_epoch,
            history,
        }))
    }
}

/// The weights that the model will have when the run ends, however it ends: those of the best epoch
/// on the validation rows, without such rows the last, before the first epoch the initial ones.
struct Kept<E> {
    epoch: usize,
    evaluation: Option<Evaluation>,
    weights: Vec<E>,
}

impl<E> Kept<E> {
    fn is_beaten_by(&self, evaluation: Option<Evaluation>) -> bool {
        match (evaluation, &self.evaluation) {
            (Some(new), Some(known)) => new.is_better_than(known),
            _ => true,
        }
    }
}
