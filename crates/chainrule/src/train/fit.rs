//! Epochs: shuffle, step through the batches, judge, keep the best.

use super::batches::Batches;
use super::feed::{Feed, InMemory};
use super::listener::tell;
use super::objective::{Mode, Weights};
use super::schedule::{Planned, Schedule, ScheduleRun};
use super::trainer::check_rows;
use super::{Divergence, Epoch, Event, Listener, Report, Stop, Trainer, Training, symmetry};
use crate::examples::Fitted;
use crate::predict::Evaluator;
use crate::{Error, Evaluation, Examples, Model, Score};
use chainrule_graph::Number;
use std::ops::ControlFlow;
use std::time::Instant;

impl Training {
    /// Trains the model on the examples, from the weights that it has. What an optimiser remembers
    /// begins anew, and so do the order of the rows and the masks: give another seed to go on.
    ///
    /// # Errors
    /// Settings out of range, examples that do not fit the network, or divergence: then the model
    /// has the weights of the last good epoch, with validation rows those of the best.
    pub fn fit<E: Number>(
        &self,
        model: &mut Model<E>,
        examples: &Examples<'_, E>,
    ) -> Result<Report, Error> {
        self.fit_with(model, examples, None, &mut [])
    }

    /// Trains the model, judging it on validation rows after each epoch; in the end it has the
    /// weights of the best epoch. Every listener hears every event and may break the run off, which
    /// then ends with the epoch under way.
    ///
    /// # Errors
    /// As for [`Training::fit`].
    pub fn fit_with<E: Number>(
        &self,
        model: &mut Model<E>,
        examples: &Examples<'_, E>,
        validation: Option<&Examples<'_, E>>,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<Report, Error> {
        let mut rows = InMemory::new(self, model.network(), examples)?;
        self.fit_feed(model, &mut rows, validation, listeners)
    }

    /// The same for rows that may come from elsewhere than memory.
    pub(crate) fn fit_feed<E: Number>(
        &self,
        model: &mut Model<E>,
        feed: &mut dyn Feed<E>,
        validation: Option<&Examples<'_, E>>,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<Report, Error> {
        let result = Fitting::new(self, model, feed, validation)?.run(model, listeners);
        match &result {
            Ok(report) => tell(listeners, &Event::Ended(report)),
            Err(Error::Diverged(divergence)) => tell(listeners, &Event::Diverged(divergence)),
            Err(_) => false,
        };
        result
    }
}

/// A run under way.
struct Fitting<'a, 'f, 'v, E: Number> {
    training: &'a Training,
    feed: &'f mut dyn Feed<E>,
    batch_size: usize,
    trainer: Trainer<E>,
    schedule: ScheduleRun,
    judge: Option<Judge<'a, 'v, E>>,
    history: Vec<Epoch>,
    kept: Kept<E>,
    /// Where the last weights are kept since the learning rate falls: the best, for a run that is broken
    /// off before it has fallen.
    spare: Option<Kept<E>>,
    progress: Progress,
    warnings: Vec<String>,
}

impl<'a, 'f, 'v, E: Number> Fitting<'a, 'f, 'v, E> {
    fn new(
        training: &'a Training,
        model: &Model<E>,
        feed: &'f mut dyn Feed<E>,
        validation: Option<&'a Examples<'v, E>>,
    ) -> Result<Self, Error> {
        let (rows, network) = (feed.rows(), model.network());
        let mut warnings = symmetry::warnings(model);
        let mut settings = training.clone();
        if training.optimizer.is_full_batch() {
            settings.batch_size = rows;
        } else if training.batch_size > rows {
            settings.batch_size = rows;
            warnings.push(format!(
                "the batch size {} is larger than the {rows} training rows and was set to {rows}",
                training.batch_size
            ));
        }
        if training.warm_up >= training.epochs as f64 {
            warnings.push(format!(
                "the warm-up of {} epochs is not over when the {} epochs are, so the learning rate is \
                 never reached",
                training.warm_up, training.epochs
            ));
        }
        if training.patience.is_some() && validation.is_none() {
            let expected = "left out without validation rows to be patient about";
            return Err(Error::setting("the patience", training.patience.unwrap_or(0), expected));
        }
        if let Some(rows) = validation {
            training.loss.check_targets(rows.targets())?;
        }
        settings.check(network)?;
        let trainer = Trainer::planned(
            network,
            settings.clone(),
            Mode::training(Weights::of_mean_one(feed.is_weighted())),
            false,
        )?;
        check_rows(network, rows, settings.batch_size)?;
        let planned = Planned {
            steps_per_epoch: rows.div_ceil(settings.batch_size),
            epochs: training.epochs,
            rows,
        };
        let rate = training.optimizer.learning_rate();
        let initial = || Kept { epoch: 0, evaluation: None, weights: model.parameters().to_vec() };
        let falls = training.score == Score::Last && training.schedule != Schedule::Constant;
        Ok(Fitting {
            training,
            feed,
            batch_size: settings.batch_size,
            trainer,
            schedule: ScheduleRun::new(training.schedule, training.warm_up, rate, planned),
            judge: validation.map(|rows| Judge::new(training, model, rows)).transpose()?,
            history: Vec::with_capacity(training.epochs.min(1 << 16)),
            kept: initial(),
            spare: (falls && validation.is_some()).then(initial),
            progress: Progress { best: f64::INFINITY, without: 0 },
            warnings,
        })
    }

    fn run(
        mut self,
        model: &mut Model<E>,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<Report, Error> {
        let started = Event::Started {
            threads: self.trainer.threads(),
            steps_per_epoch: self.feed.rows().div_ceil(self.batch_size),
            epochs: self.training.epochs,
        };
        let mut interrupted = tell(listeners, &started);
        let mut stop = Stop::Finished;
        let begin = Instant::now();
        for epoch in 1..=self.training.epochs {
            interrupted |= self.epoch(epoch, model, listeners)?;
            let done = &self.history[epoch - 1];
            interrupted |= tell(listeners, &Event::Epoch(done));
            let loss = done.validation.map(|validation| validation.loss);
            let too_low = self.schedule.epoch_ended(done.loss, loss);
            let stuck = self.progress.is_stuck(self.training, done.loss);
            let patience = self.training.patience;
            let reason = [
                (interrupted, Stop::Interrupted),
                (self.trainer.has_converged(), Stop::Converged),
                (
                    patience.is_some_and(|patience| epoch - self.kept.epoch >= patience),
                    Stop::Patience,
                ),
                (too_low || stuck, Stop::NoImprovement),
            ];
            if let Some((_, reason)) = reason.into_iter().find(|(applies, _)| *applies) {
                stop = reason;
                break;
            }
        }
        if let (Stop::Interrupted, Some(best)) = (stop, self.spare.take()) {
            self.kept = best;
        }
        model.parameters_mut().copy_from_slice(&self.kept.weights);
        Ok(Report {
            history: self.history,
            chosen_epoch: self.kept.epoch,
            stop,
            seconds: begin.elapsed().as_secs_f64(),
            threads_used: self.trainer.threads(),
            kernel: self.trainer.set.name(),
            warnings: self.warnings,
        })
    }

    /// One pass over the rows, and the judgement after it; whether a listener asks to stop.
    fn epoch(
        &mut self,
        epoch: usize,
        model: &mut Model<E>,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<bool, Error> {
        let start = Instant::now();
        let (rows, batch_size) = (self.feed.rows(), self.batch_size);
        let steps = rows.div_ceil(batch_size);
        let (mut loss_sum, mut norm_sum, mut step) = (0.0, 0.0, 0);
        let mut interrupted = false;
        let mut bad_loss = None;
        let Fitting { feed, trainer, schedule, .. } = self;
        feed.pass(&mut |fitted, order| {
            for (batch, upcoming) in Batches::of(batch_size).iter(order) {
                let done = (epoch - 1) * steps + step;
                step += 1;
                trainer.scale_learning_rate(schedule.share(done as u64));
                let parameters = model.parameters_mut();
                let loss = trainer.step_on(parameters, fitted, Some(batch), batch.len(), upcoming);
                let loss = loss.to_f64();
                if !loss.is_finite() {
                    bad_loss = Some(loss);
                    return ControlFlow::Break(());
                }
                loss_sum += loss * batch.len() as f64;
                norm_sum += trainer.gradient_norm();
                let event = Event::Step {
                    epoch,
                    step,
                    rows: batch.len(),
                    loss,
                    learning_rate: trainer.learning_rate(),
                    gradient_norm: trainer.gradient_norm(),
                };
                interrupted |= tell(listeners, &event);
            }
            ControlFlow::Continue(())
        })?;
        if let Some(loss) = bad_loss {
            return Err(self.diverged((epoch, step, loss), model));
        }
        let seconds = start.elapsed().as_secs_f64();
        let evaluation = match &mut self.judge {
            Some(judge) => Some(judge.judge(&mut self.trainer, model)?),
            None => None,
        };
        let finite = evaluation.is_none_or(|evaluation| evaluation.loss.is_finite())
            && model.layout().places().iter().all(|place| place.is_finite(model.parameters()));
        if !finite {
            return Err(self.diverged((epoch, steps, f64::NAN), model));
        }
        self.history.push(Epoch {
            epoch,
            loss: loss_sum / rows as f64,
            validation: evaluation,
            learning_rate: self.trainer.learning_rate(),
            gradient_norm: norm_sum / steps as f64,
            seconds,
            rows_per_second: rows as f64 / seconds.max(1e-9),
        });
        if let Some(evaluation) = &evaluation {
            self.training.score.check(evaluation)?;
        }
        self.kept.meet(epoch, evaluation, self.training.score, model);
        if let Some(best) = &mut self.spare {
            best.meet(epoch, evaluation, Score::Auto, model);
        }
        Ok(interrupted)
    }

    /// Gives the model the weights that were kept, and says what happened.
    fn diverged(
        &mut self,
        (epoch, step, loss): (usize, usize, f64),
        model: &mut Model<E>,
    ) -> Error {
        model.parameters_mut().copy_from_slice(&self.kept.weights);
        Error::Diverged(Box::new(Divergence {
            epoch,
            step,
            loss,
            learning_rate: self.trainer.learning_rate(),
            largest_input: self.feed.largest_input(),
            kept_epoch: self.kept.epoch,
            history: std::mem::take(&mut self.history),
        }))
    }
}

/// The validation rows and the plan that judges a model on them.
struct Judge<'a, 'v, E: Number> {
    rows: &'a Examples<'v, E>,
    fitted: Fitted<'a, E>,
    evaluator: Evaluator<E>,
}

impl<'a, 'v, E: Number> Judge<'a, 'v, E> {
    fn new(
        training: &Training,
        model: &Model<E>,
        rows: &'a Examples<'v, E>,
    ) -> Result<Self, Error> {
        let network = model.network();
        let evaluator = Evaluator::new(network, training.measure(), 1.0, rows.rows())?;
        Ok(Judge { rows, fitted: rows.fit_to(network)?, evaluator })
    }

    fn judge(&mut self, trainer: &mut Trainer<E>, model: &Model<E>) -> Result<Evaluation, Error> {
        let (set, workers) = (trainer.set, &mut trainer.workers);
        self.evaluator.evaluate(workers, set, model.parameters(), self.rows, &self.fitted)
    }
}

/// The weights that the model will have when the run ends, however it ends: those of the best epoch
/// on the validation rows, without such rows the last, before the first epoch the initial ones.
struct Kept<E> {
    epoch: usize,
    evaluation: Option<Evaluation>,
    weights: Vec<E>,
}

impl<E: Number> Kept<E> {
    /// Keeps the model's weights if they are better.
    fn meet(
        &mut self,
        epoch: usize,
        evaluation: Option<Evaluation>,
        score: Score,
        model: &Model<E>,
    ) {
        if self.is_beaten_by(evaluation, score) {
            self.epoch = epoch;
            self.evaluation = evaluation;
            self.weights.copy_from_slice(model.parameters());
        }
    }

    fn is_beaten_by(&self, evaluation: Option<Evaluation>, score: Score) -> bool {
        match (evaluation, &self.evaluation) {
            (Some(new), Some(known)) => score.prefers(&new, known),
            _ => true,
        }
    }
}

/// How the training loss gets on.
struct Progress {
    best: f64,
    /// Epochs in a row that did not improve on it.
    without: usize,
}

impl Progress {
    /// Takes note of an epoch's loss; whether it has been stuck for as long as is allowed.
    fn is_stuck(&mut self, training: &Training, loss: f64) -> bool {
        match loss > self.best - training.tolerance {
            true => self.without += 1,
            false => self.without = 0,
        }
        self.best = self.best.min(loss);
        training.no_improvement.is_some_and(|most| self.without >= most)
    }
}
