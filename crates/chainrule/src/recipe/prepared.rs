//! The rows of a run as matrices, its network, and the run itself.

use super::single::{ClosedForm, Single};
use super::stream::Stream;
use super::table::{Part, judge};
use super::threshold::threshold_of;
use crate::confidence::{CalibrationMethod, ProbabilityScores};
use crate::doctor::{self, Finding};
use crate::metrics::BestThreshold;
use crate::neuron::Verdict;
use crate::train::{Listener, Report, Stop};
use crate::{Error, Evaluation, Model, Score, Training};
use chainrule_data::Task;
use serde::Serialize;

/// How many rows serve what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Rows {
    /// To learn from.
    pub training: usize,
    /// To choose the epoch.
    pub validation: usize,
    /// To judge the model in the end.
    pub test: usize,
}

/// A run that is ready to begin.
pub struct Prepared {
    /// The model, at first with its initial weights. When the run diverges it has those of the last
    /// good epoch.
    pub model: Model,
    /// The settings of the training.
    pub training: Training,
    /// What is predicted.
    pub task: Task,
    /// Why, as a sentence without a full stop.
    pub task_reason: String,
    /// How many rows serve what.
    pub rows: Rows,
    /// What was changed or should be known, for people to read.
    pub warnings: Vec<String>,
    /// How the probabilities of a classifier are calibrated.
    pub(super) calibration: CalibrationMethod,
    /// What the kind of the model asks of its training.
    pub(super) single: Single,
    /// The file, where it is gone through in pieces.
    pub(super) stream: Option<Stream>,
    /// All training rows, or a sample of those of a stream.
    pub(super) learned: Part,
    pub(super) validation: Option<Part>,
    pub(super) test: Option<Part>,
}

/// A model, and how it came about.
#[derive(Debug)]
pub struct Trained {
    /// The model, with the preparation of its table and, as its settings, the recipe with every
    /// choice filled in.
    pub model: Model,
    /// The run.
    pub report: Report,
    /// The judgement of the model on the rows that it learned from, when there are no others.
    pub learned: Option<Evaluation>,
    /// The judgement of the model on the validation rows.
    pub validation: Option<Evaluation>,
    /// The judgement on the test rows, which nothing else has seen.
    pub test: Option<Evaluation>,
    /// The threshold that was chosen, if the recipe asked for it; the accuracies are by it.
    pub threshold: Option<BestThreshold>,
    /// What is predicted.
    pub task: Task,
    /// Why, as a sentence without a full stop.
    pub task_reason: String,
    /// Of a classifier that was calibrated, its probabilities for the test rows as the network gives them,
    /// and with the temperature.
    pub probabilities: Option<[ProbabilityScores; 2]>,
    /// For the kind perceptron, whether a line separates the classes of the training rows. Rows are
    /// those of the table.
    pub verdict: Option<Verdict>,
    /// For the kind linear without penalties and with a squared loss, how far its weights are from
    /// those in closed form, where the rows are not too many to tell.
    pub closed_form: Option<ClosedForm>,
    /// How many rows served what.
    pub rows: Rows,
    /// What was changed or should be known, for people to read.
    pub warnings: Vec<String>,
    /// What is wrong with the model, its training or its data, as far as the training rows and the
    /// history tell.
    pub findings: Vec<Finding>,
}

impl Prepared {
    /// Trains the model, and judges it on the validation rows and, once, on the test rows. Every
    /// listener hears every event and may break the run off, which then ends with the epoch under
    /// way.
    ///
    /// # Errors
    /// [`Error::Diverged`]: then [`Prepared::model`] has the weights of the last good epoch.
    pub fn train(&mut self, listeners: &mut [&mut dyn Listener]) -> Result<Trained, Error> {
        let (report, verdict) = self.fit(listeners)?;
        // A run that was broken off before its learning rate had fallen has kept its best weights.
        let is_cut = report.stop == Stop::Interrupted && report.chosen_epoch < report.history.len();
        if is_cut && self.training.score == Score::Last {
            self.training.score = Score::Auto;
            self.model.settings["score"] = Score::Auto.to_string().into();
        }
        self.model.confidence = self.confidence()?;
        let mut warnings = self.warnings.clone();
        let chosen = self.choose_threshold(&mut warnings)?;
        let threshold = threshold_of(&self.model);
        let judge = |part| {
            let Training { loss, threads, .. } = self.training;
            judge(&self.model, loss, self.task, part, threads, threshold)
        };
        let mut judged = [None, None];
        for (part, judged) in [&self.validation, &self.test].into_iter().zip(&mut judged) {
            if let Some(part) = part {
                *judged = Some(judge(part)?);
            }
        }
        let [validation, test] = judged;
        let judged_on_learned = match (&validation, &test) {
            (None, None) => Some(judge(&self.learned)?),
            _ => None,
        };
        warnings.extend(report.warnings.iter().filter(|it| !self.warnings.contains(it)).cloned());
        // What learned by a rule of its own has no gradients to look at.
        let findings = match verdict {
            Some(_) => Vec::new(),
            None => {
                let learned = self.learned.examples()?;
                let on_rows = doctor::examine_rows(&self.model, &self.training, &learned)?;
                let network = self.model.network();
                doctor::together(network, &self.training, on_rows, &report.history)
            }
        };
        Ok(Trained {
            findings,
            model: self.model.clone(),
            report,
            learned: judged_on_learned,
            validation,
            test,
            threshold: chosen,
            task: self.task,
            task_reason: self.task_reason.clone(),
            probabilities: self.probabilities()?,
            verdict,
            closed_form: self.closed_form()?,
            rows: self.rows,
            warnings,
        })
    }

    /// Trains the model as [`Prepared::train`] does, and judges it on the test rows alone: all that a
    /// search asks of a trial.
    pub(crate) fn fit_and_judge(
        &mut self,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<(Report, Evaluation), Error> {
        let (report, _) = self.fit(listeners)?;
        let Training { loss, threads, .. } = self.training;
        self.choose_threshold(&mut Vec::new())?;
        let threshold = threshold_of(&self.model);
        let test = self.test.as_ref().expect("there are rows to judge a trial by");
        let evaluation = judge(&self.model, loss, self.task, test, threads, threshold)?;
        Ok((report, evaluation))
    }
}
