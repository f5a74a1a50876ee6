//! From a data set to a run that is ready to begin.

use super::output::output_layer;
use super::prepared::{Prepared, Rows};
use super::single::Single;
use super::split::{GivenRows, Source};
use super::stream::{FirstPass, StreamBudget};
use super::table::{Part, training_of};
use super::threshold::settle;
use super::warnings::{warn_missing, warn_missing_targets, warn_unseen};
use super::weights;
use super::{Kind, Recipe};
use crate::metrics::Threshold;
use crate::train::objective::{Mode, Objective, Weights};
use crate::train::{check_rows, symmetry};
use crate::{Activation, Error, Initializer, Loss, Model, Network, Normalization, Training};
use chainrule_data::{
    Dataset, Judgement, Preparation, PrepareOptions, Table, Unseen, judge_target,
};
use chainrule_graph::Graph;

/// More parameters than this do not fit an ordinary memory, with their gradients and the weights of
/// the best epoch.
const MOST_PARAMETERS: usize = 1 << 28;

/// What to know when a training goes on and rows are to judge it.
const SET_ASIDE_BY_NUMBER: &str = "rows are set aside by their number: unless these are the rows that the model was trained on, in the \
     same order, some of those that judge it now may be rows that it has learned from";

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
    /// let recipe = Recipe { kind: Kind::Softmax, alpha: Some(1.0), ..Recipe::default() };
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

    /// The columns to predict: those of the recipe, or the usual one of a data set that has a name.
    pub fn targets_of(&self, data: &Dataset) -> Vec<String> {
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
        Recipe { task: Some(judged.task), ..self.clone() }
            .prepare_judged(data, start, source, targets, judged)
    }

    /// The same, where the task is known.
    fn prepare_judged(
        &self,
        data: &Dataset,
        start: Option<&Model>,
        source: Source<'_>,
        targets: Vec<String>,
        judged: Judgement,
    ) -> Result<Prepared, Error> {
        let table = &data.table;
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
            None => self.fit_preparation(table, &targets, &split.training)?,
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
                warnings.push(SET_ASIDE_BY_NUMBER.to_string());
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
        let training =
            Training { loss: output.loss, class_weights, ..self.training(&network, &rows) };
        training.check(&network)?;
        check_rows(&network, rows.training, training.batch_size.min(rows.training))?;
        // What has no gradient is found out now, before anything is said or done.
        if self.kind != Kind::Perceptron {
            let graph = Graph::new();
            Objective::record(&graph, &network, &training, Mode::training(Weights::None))
                .request(&graph, &training, None)?;
        }
        let mut model: Model = match start {
            Some(model) => model.with_network(&network)?,
            None => network.build(self.seed)?,
        };
        warnings.extend(symmetry::warnings(&model));
        let resolved = Recipe {
            targets,
            scale: Some(preparation.scale()),
            ..self.resolved(&training, threshold)
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

    /// The preparation of a table, fitted to its training rows.
    fn fit_preparation(
        &self,
        table: &Table,
        targets: &[String],
        training: &[usize],
    ) -> Result<Preparation, Error> {
        let mut drop = self.drop.clone();
        drop.extend(self.sample_weights.clone().filter(|name| !self.drop.contains(name)));
        let options = PrepareOptions {
            scale: self.scale,
            task: self.task,
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
        Ok(Preparation::fit(table, targets, training, &options)?)
    }

    /// The same with every choice filled in that the training made.
    fn resolved(&self, training: &Training, threshold: Option<Threshold>) -> Recipe {
        let is_mlp = self.kind == Kind::Mlp;
        let is_in_batches = !training.optimizer.is_full_batch() && self.kind != Kind::Perceptron;
        let initializer = (self.kind != Kind::Perceptron).then_some(Initializer::Auto);
        Recipe {
            hidden: self.hidden_layers().to_vec(),
            loss: Some(training.loss),
            optimizer: Some(training.optimizer),
            batch_size: is_in_batches.then_some(training.batch_size),
            epochs: Some(training.epochs),
            schedule: Some(training.schedule),
            alpha: Some(training.alpha),
            label_smoothing: Some(training.label_smoothing),
            patience: training.patience,
            score: training.score,
            threshold,
            activations: given_or(&self.activations, is_mlp.then_some(Activation::Relu.into())),
            normalizations: given_or(&self.normalizations, is_mlp.then_some(Normalization::None)),
            initializers: given_or(&self.initializers, initializer),
            dropout: if is_mlp { self.usual_dropout() } else { Vec::new() },
            split_seed: Some(self.split_seed.unwrap_or(self.seed)),
            ..self.clone()
        }
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
