//! The rows of a run as matrices, its network, and the run itself.

use super::output::output_layer;
use super::single::{ClosedForm, Single};
use super::stream::{FirstPass, Stream, StreamBudget};
use super::table::{Part, judge, training_of};
use super::threshold::{settle, threshold_of};
use super::warnings::{warn_missing, warn_missing_targets, warn_small, warn_unseen};
use super::weights;
use super::{Kind, Recipe};
use crate::confidence::{CalibrationMethod, ProbabilityScores};
use crate::doctor::{self, Finding};
use crate::metrics::BestThreshold;
use crate::neuron::Verdict;
use crate::optim::Adam;
use crate::train::objective::{Mode, Objective};
use crate::train::{Listener, Report, Schedule, check_rows, symmetry};
use crate::{
    Activation, Error, Evaluation, Initializer, Loss, Model, Network, Normalization, Training,
};
use chainrule_data::{
    Dataset, FEWEST_ROWS_TO_SPLIT, Judgement, Preparation, PrepareOptions, Table, Task, Unseen,
    judge_target, rows_with_targets, stratified_split,
};
use chainrule_graph::Graph;
use chainrule_math::random::Stream as Random;
use serde::Serialize;
use std::collections::HashSet;

/// More parameters than this do not fit an ordinary memory, with their gradients and the weights of
/// the best epoch.
const MOST_PARAMETERS: usize = 1 << 28;

/// Passes over a table that is too small to be split: each is a step or two, and takes no time.
const TINY_EPOCHS: usize = 4_000;

/// Passes over the rows where an optimiser takes them all.
const FULL_BATCH_EPOCHS: usize = 300;

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

/// The rows of each part, by their place in the table.
#[derive(Clone)]
pub(super) struct Split {
    pub(super) training: Vec<usize>,
    pub(super) validation: Vec<usize>,
    pub(super) test: Vec<usize>,
}

/// Rows that were divided before, as in a cross-validation.
#[derive(Clone, Copy)]
struct GivenRows<'a> {
    training: &'a [usize],
    test: &'a [usize],
}

/// Where the rows of each part come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// The data, which are divided here.
    Whole,
    /// These rows of the data.
    Given(GivenRows<'a>),
    /// A file of which the data are a sample.
    Sample(&'a FirstPass, &'a StreamBudget),
}

impl GivenRows<'_> {
    /// Checks that the rows are there, and that none judges what has learned from it.
    fn check(self, rows: usize) -> Result<Self, Error> {
        let mut is_learned = vec![false; rows];
        let outside = || self.training.iter().chain(self.test).find(|&&row| row >= rows);
        if let Some(row) = outside() {
            let expected = format!("below {rows}, the rows of the table, counted from 0");
            return Err(Error::setting("a row of the fold", row, &expected));
        }
        self.training.iter().for_each(|&row| is_learned[row] = true);
        match self.test.iter().find(|&&row| is_learned[row]) {
            _ if self.training.is_empty() => {
                Err(Error::setting("the number of training rows", 0, "at least 1"))
            }
            Some(row) => {
                let expected = "among the training rows or the test rows, not both";
                Err(Error::setting("a row of the fold", row, expected))
            }
            None => Ok(self),
        }
    }
}

impl Recipe {
    /// Judges the target, sets rows aside, fits the preparation to the training rows alone, and
    /// draws the initial weights.
    ///
    /// # Errors
    /// Settings out of range or unsuited to each other, and whatever is wrong with the data.
    pub fn prepare(&self, data: &Dataset) -> Result<Prepared, Error> {
        self.prepare_with(data, None, Source::Whole)
    }

    /// The same for given rows of the data's table, as a fold of a cross-validation has them: `test`
    /// judges in the end, and [`Recipe::validation`] is a share of `training`. The share of test rows
    /// and test rows of the data's own are not used.
    ///
    /// ```
    /// use chainrule::data::{FoldOptions, SourceOptions, judge_target, open};
    /// use chainrule::{Kind, Recipe};
    /// let iris = open("iris", &SourceOptions::default())?;
    /// let targets = ["species".to_string()];
    /// let judged = judge_target(&iris.table, &targets, None)?;
    /// let folds = FoldOptions::default().divide(&iris.table, &targets, &judged)?;
    /// let recipe = Recipe { kind: Kind::Softmax, alpha: 1.0, ..Recipe::default() };
    /// for fold in folds.folds() {
    ///     let trained =
    ///         recipe.prepare_rows(&iris, &fold.training, &fold.test)?.train(&mut [])?;
    ///     assert!(trained.test.unwrap().accuracy.unwrap() > 0.85);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Recipe::prepare`]; rows that the table does not have or that are in both parts, none to
    /// learn from, and classes that only test rows have.
    pub fn prepare_rows(
        &self,
        data: &Dataset,
        training: &[usize],
        test: &[usize],
    ) -> Result<Prepared, Error> {
        self.prepare_with(data, None, Source::Given(GivenRows { training, test }))
    }

    /// The same, to go on training a model: its network, weights and preparation are taken as they
    /// are, and what the recipe says of them is not used.
    ///
    /// # Errors
    /// As for [`Recipe::prepare`]; a model that was not trained on a table, or has other targets.
    pub fn prepare_from(&self, data: &Dataset, model: &Model) -> Result<Prepared, Error> {
        let Some(preparation) = &model.preparation else {
            return Err(Error::Examples {
                what: "the model to go on with",
                expected: "one that was trained on a table and says how to prepare it".to_string(),
                found: "one without; train from matrices in the library, or anew".to_string(),
            });
        };
        let names = preparation.target_names();
        if !self.targets.is_empty() && self.targets != names {
            let expected = format!("{}, which the model predicts", names.join(", "));
            return Err(Error::setting("the target", self.targets.join(", "), &expected));
        }
        let mut kept = Recipe {
            targets: names.to_vec(),
            task: Some(preparation.task()),
            loss: self.loss.or(Some(training_of(model).loss)),
            ..self.clone()
        };
        // The same rows are set aside, so that none that was learned from judges.
        if let Ok(earlier) = serde_json::from_value::<Recipe>(model.settings.clone()) {
            kept.kind = earlier.kind;
            if kept.kind == Kind::Perceptron {
                let expected = "one whose training can go on; a perceptron begins at zero, so train \
                                it anew, with more epochs";
                return Err(Error::setting("the model to go on with", "a perceptron", expected));
            }
            kept.split_seed = Some(earlier.split_seed.unwrap_or(earlier.seed));
            kept.threshold = self.threshold.or(earlier.threshold);
            (kept.validation, kept.test) = (earlier.validation, earlier.test);
        }
        kept.prepare_with(data, Some(model), Source::Whole)
    }

    /// The rows of the data's table that are not set aside for the test, in order: all that may be
    /// looked at before the model is judged.
    ///
    /// ```
    /// use chainrule::Recipe;
    /// use chainrule::data::{SourceOptions, open};
    /// let iris = open("iris", &SourceOptions::default())?;
    /// assert_eq!(Recipe::default().rows_before_test(&iris)?.len(), 120);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Shares out of range, and a target that is not there or cannot be predicted.
    pub fn rows_before_test(&self, data: &Dataset) -> Result<Vec<usize>, Error> {
        self.check()?;
        let targets = self.targets_of(data);
        let judged = judge_target(&data.table, &targets, self.task)?;
        let split = self.split(data, Source::Whole, &judged, &targets, &mut Vec::new())?;
        let mut rows = [split.training, split.validation].concat();
        rows.sort_unstable();
        Ok(rows)
    }

    /// The columns to predict.
    pub(crate) fn targets_of(&self, data: &Dataset) -> Vec<String> {
        match self.targets.is_empty() {
            true => data.target.iter().cloned().collect(),
            false => self.targets.clone(),
        }
    }

    /// The same on a sample of a file, of whose rows more is known than those of the sample say.
    pub(super) fn prepare_sample(
        &self,
        data: &Dataset,
        first: &FirstPass,
        budget: &StreamBudget,
    ) -> Result<Prepared, Error> {
        self.prepare_with(data, None, Source::Sample(first, budget))
    }

    fn prepare_with(
        &self,
        data: &Dataset,
        start: Option<&Model>,
        source: Source<'_>,
    ) -> Result<Prepared, Error> {
        self.check()?;
        let table = &data.table;
        let targets = self.targets_of(data);
        let judged = judge_target(table, &targets, self.task)?;
        self.kind.check_task(judged.task)?;
        let mut warnings = Vec::new();
        let split = match source {
            Source::Sample(first, _) => first.split(self, &mut warnings)?,
            _ => {
                warn_missing_targets(table, &judged, &mut warnings);
                self.split(data, source, &judged, &targets, &mut warnings)?
            }
        };
        let preparation = match start.and_then(|model| model.preparation.clone()) {
            Some(preparation) => preparation,
            None => {
                let mut drop = self.drop.clone();
                drop.extend(self.sample_weights.clone().filter(|name| !self.drop.contains(name)));
                let options = PrepareOptions {
                    scale: self.scale,
                    task: Some(judged.task),
                    drop,
                    kinds: self.kinds.clone(),
                    fill: self.fill,
                    rare: self.rare,
                    // One layer on one-hot inputs is what an embedding is.
                    embed_above: match self.hidden_layers() {
                        [] => Some(usize::MAX),
                        _ => self.embed_above,
                    },
                    // Counts have the unit 1.
                    scale_target: self.loss != Some(Loss::Poisson),
                    // A category that only rows set aside have is no reason to give up.
                    unseen: Unseen::Zeros,
                };
                Preparation::fit(table, &targets, &split.training, &options)?
            }
        };
        let (preparation, split) = match source {
            Source::Sample(first, budget) => {
                let preparation = preparation.with_statistics(&first.statistics, table.name())?;
                let split = first.held(split, &preparation, budget);
                (preparation, split)
            }
            _ => (preparation, split),
        };
        let is_whole = matches!(source, Source::Whole);
        let test_table = data.test.as_ref().filter(|_| is_whole).unwrap_or(table);
        let part = |table: &Table, rows: &[usize]| match rows.is_empty() {
            true => Ok(None),
            false => Part::new(&preparation, table, rows).map(Some),
        };
        if start.is_some() {
            warn_unseen(&preparation, table, &split.training, " training", &mut warnings)?;
            if data.test.is_none() && !split.test.is_empty() {
                warnings.push(
                    "rows are set aside by their number: unless these are the rows that the model was \
                     trained on, in the same order, some of those that judge it now may be rows that it \
                     has learned from"
                        .to_string(),
                );
            }
        }
        warn_unseen(&preparation, table, &split.validation, " validation", &mut warnings)?;
        warn_unseen(&preparation, test_table, &split.test, " test", &mut warnings)?;
        warn_missing(&preparation, test_table, &split.test, " test", &mut warnings)?;

        self.score.check_task(preparation.task())?;
        let output = output_layer(self.kind, &preparation, self.loss)?;
        let threshold = settle(self.threshold, preparation.task(), output.activation)?;
        if self.loss == Some(Loss::Poisson) {
            check_counts(&preparation, table, &judged.rows)?;
        }
        let network = match start {
            Some(model) if self.dropout.is_empty() => model.network().clone(),
            Some(model) => model.network().clone().with_dropouts(&self.dropout)?,
            None => self.network(&preparation, &output)?,
        };
        check_size(&network)?;
        let mut learned = Part::new(&preparation, table, &split.training)?;
        if let Some(name) = &self.sample_weights {
            learned.weights = weights::of_column(table, name, &split.training)?;
        }
        let class_weights = match &self.class_weights {
            Some(weights) => weights.of_classes(&preparation, learned.targets())?,
            None => Vec::new(),
        };
        let rows = Rows {
            training: match source {
                Source::Sample(first, _) => first.rows.training,
                _ => split.training.len(),
            },
            validation: split.validation.len(),
            test: split.test.len(),
        };
        let (batch_size, epochs) = self.amounts(&network, rows.training);
        // Truth tables are gone through thousands of times, in small steps that none of them throws off.
        let is_tiny = rows.training < FEWEST_ROWS_TO_SPLIT && self.is_usual_training();
        let schedule = match (is_tiny, self.schedule) {
            (true, None) => Schedule::Constant,
            _ => self.usual_schedule(),
        };
        let patience = match self.epochs {
            // Before the learning rate has fallen the best epoch is not to be had.
            None if self.chooses_epoch()
                && self.kind != Kind::Perceptron
                && schedule == Schedule::Constant =>
            {
                self.patience.or(Some(epochs.div_ceil(5)))
            }
            _ => self.patience,
        };
        let optimizer = match is_tiny {
            true => Adam::default().into(),
            false => self.usual_optimizer(),
        };
        let training = Training {
            loss: output.loss,
            optimizer,
            schedule,
            warm_up: self.warm_up,
            batch_size,
            epochs,
            alpha: self.usual_alpha(batch_size, rows.training),
            l1: self.l1,
            label_smoothing: self.label_smoothing,
            class_weights,
            clip: self.clip,
            score: self.score,
            patience: patience.filter(|_| rows.validation > 0),
            no_improvement: self.no_improvement,
            tolerance: self.tolerance,
            seed: self.seed,
            threads: self.threads,
            always_all_threads: false,
            instruction_set: self.instruction_set,
        };
        training.check(&network)?;
        check_rows(&network, rows.training, batch_size.min(rows.training))?;
        // What has no gradient is found out now, before anything is said or done.
        if self.kind != Kind::Perceptron {
            let graph = Graph::new();
            Objective::record(&graph, &network, &training, Mode::Training { weighted: false })
                .request(&graph, &training)?;
        }
        let mut model: Model = match start {
            Some(model) => model.with_network(&network)?,
            None => network.build(self.seed)?,
        };
        warnings.extend(symmetry::warnings(&model));
        let is_mlp = self.kind == Kind::Mlp;
        let resolved = Recipe {
            hidden: self.hidden_layers().to_vec(),
            targets,
            task: Some(judged.task),
            scale: Some(preparation.scale()),
            loss: Some(output.loss),
            optimizer: Some(optimizer),
            batch_size: (!optimizer.is_full_batch() && self.kind != Kind::Perceptron)
                .then_some(batch_size),
            epochs: Some(epochs),
            schedule: Some(schedule),
            alpha: Some(training.alpha),
            patience: training.patience,
            threshold,
            activations: given_or(&self.activations, is_mlp.then_some(Activation::Relu.into())),
            normalizations: given_or(&self.normalizations, is_mlp.then_some(Normalization::None)),
            initializers: given_or(
                &self.initializers,
                (self.kind != Kind::Perceptron).then_some(Initializer::Auto),
            ),
            dropout: if is_mlp { self.usual_dropout() } else { Vec::new() },
            split_seed: Some(self.split_seed.unwrap_or(self.seed)),
            ..self.clone()
        };
        let resolved = match start.map(|model| serde_json::from_value(model.settings.clone())) {
            Some(Ok(earlier)) => resolved.with_network_of(earlier, !self.dropout.is_empty()),
            _ => resolved,
        };
        model.settings = serde_json::to_value(resolved).expect("a recipe is plain data");
        let validation = part(table, &split.validation)?;
        let test = part(test_table, &split.test)?;
        let single = Single::new(self, &preparation, table, &split.training)?;
        model.preparation = Some(preparation);
        Ok(Prepared {
            model,
            calibration: self.calibration,
            single,
            training,
            task: judged.task,
            task_reason: judged.reason,
            rows,
            warnings,
            stream: None,
            learned,
            validation,
            test,
        })
    }

    /// Rows of a step and passes over the rows, as given or usual.
    fn amounts(&self, network: &Network, rows: usize) -> (usize, usize) {
        if self.kind == Kind::Perceptron {
            return (1, self.epochs.unwrap_or_else(|| Single::usual_epochs(network, rows)));
        }
        let is_full_batch = self.usual_optimizer().is_full_batch();
        let batch_size = match (self.batch_size, is_full_batch) {
            (_, true) => rows,
            (Some(batch_size), false) => batch_size,
            (None, false) => {
                let usual = Recipe::usual_batch_size(rows).min(rows);
                let suits = |size: &usize| check_rows(network, rows, *size).is_ok();
                (usual..=rows).find(suits).unwrap_or(usual)
            }
        };
        let usual = match is_full_batch {
            true => FULL_BATCH_EPOCHS,
            false if rows < FEWEST_ROWS_TO_SPLIT => TINY_EPOCHS,
            false => Recipe::usual_epochs(rows, rows.div_ceil(batch_size.max(1))),
        };
        (batch_size, self.epochs.unwrap_or(usual))
    }

    /// These settings, with what describes the network and its inputs as `earlier` has it.
    fn with_network_of(self, earlier: Recipe, keeps_dropout: bool) -> Recipe {
        Recipe {
            kind: earlier.kind,
            drop: earlier.drop,
            kinds: earlier.kinds,
            fill: earlier.fill,
            rare: earlier.rare,
            embed_above: earlier.embed_above,
            hidden: earlier.hidden,
            activations: earlier.activations,
            normalizations: earlier.normalizations,
            skips: earlier.skips,
            initializers: earlier.initializers,
            dropout: if keeps_dropout { self.dropout } else { earlier.dropout },
            input_dropout: earlier.input_dropout,
            ..self
        }
    }

    /// Divides the rows: the test rows first, then the validation rows out of the others.
    fn split(
        &self,
        data: &Dataset,
        source: Source<'_>,
        judged: &Judgement,
        targets: &[String],
        warnings: &mut Vec<String>,
    ) -> Result<Split, Error> {
        let seed = self.split_seed.unwrap_or(self.seed);
        let (labels, classes) = (judged.labels.as_deref(), judged.classes.len());
        let mut all = judged.rows.clone();
        let mut own_test = match &data.test {
            Some(test) => Some(rows_with_targets(test, targets)?),
            None => None,
        };
        if let Source::Given(given) = source {
            let known: HashSet<usize> = all.into_iter().collect();
            let kept = |rows: &[usize]| -> Vec<usize> {
                rows.iter().copied().filter(|row| known.contains(row)).collect()
            };
            let given = given.check(data.table.rows())?;
            (all, own_test) = (kept(given.training), Some(kept(given.test)));
        }
        if all.len() < FEWEST_ROWS_TO_SPLIT {
            let test = own_test.unwrap_or_default();
            if self.validation > 0.0 || self.test > 0.0 {
                warnings.push(format!(
                    "of {} rows none is set aside for validation or test, since they are fewer than \
                     {FEWEST_ROWS_TO_SPLIT}: the model learns from all of them",
                    all.len()
                ));
            }
            return Ok(Split { training: all, validation: Vec::new(), test });
        }
        let (rest, test) = match own_test {
            Some(test) => (all, test),
            None => {
                let mut stream = Random::new(seed, "split.test");
                let (rest, test) = stratified_split(labels, &all, self.test, &mut stream);
                if self.test > 0.0 {
                    warn_small(
                        "test",
                        "so the model is not tested",
                        labels,
                        &test,
                        classes,
                        warnings,
                    );
                }
                (rest, test)
            }
        };
        let mut stream = Random::new(seed, "split.validation");
        let (training, validation) = stratified_split(labels, &rest, self.validation, &mut stream);
        if self.validation > 0.0 {
            let consequence = "so the weights of the last epoch are kept";
            warn_small("validation", consequence, labels, &validation, classes, warnings);
        }
        if training.is_empty() {
            let found = format!("{} and {}", self.test, self.validation);
            return Err(Error::setting(
                "the pair of shares of test and validation rows",
                found,
                &format!(
                    "small enough to leave one of the {} rows to learn from",
                    data.table.rows()
                ),
            ));
        }
        Ok(Split { training, validation, test })
    }
}

/// A list of settings for layers, with the usual one where nothing is said.
fn given_or<T: Clone>(given: &[T], usual: Option<T>) -> Vec<T> {
    if given.is_empty() { usual.into_iter().collect() } else { given.to_vec() }
}

/// Refuses negative targets of any row, whichever part it is in, for a loss of counts.
fn check_counts(preparation: &Preparation, table: &Table, rows: &[usize]) -> Result<(), Error> {
    let counts = preparation.target_values(table, rows)?;
    match counts.iter().position(|&count| count < 0.0) {
        None => Ok(()),
        Some(place) => Err(Error::Examples {
            what: "targets",
            expected: "counts, 0 or above, which the loss poisson is made for".to_string(),
            found: format!(
                "{} in row {}; use mean_squared_error for other numbers",
                counts[place],
                rows[place / preparation.target_names().len()] + 1
            ),
        }),
    }
}

/// Refuses a network that would not fit the memory.
fn check_size(network: &Network) -> Result<(), Error> {
    let parameters = network.parameter_count();
    if parameters <= MOST_PARAMETERS {
        return Ok(());
    }
    let layers = network.shapes().zip(1..);
    let ((inputs, units), layer) = layers
        .max_by_key(|((inputs, units), _)| inputs.saturating_mul(*units))
        .expect("a network has layers");
    let problem = format!(
        "{inputs} inputs x {units} units bring the network to {parameters} parameters, but at most \
         {MOST_PARAMETERS} can be trained; make the hidden layers smaller"
    );
    Err(Error::Network { layer, problem })
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
