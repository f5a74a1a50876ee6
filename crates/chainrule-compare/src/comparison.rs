//! Every model on every fold.

use crate::fold::{Fold, Outputs};
use crate::paired::{Pair, PairedTest};
use crate::{Contender, Measure};
use chainrule::data::{Dataset, FoldOptions, Folds, Preparation, Task, judge_target};
use chainrule::metrics::{Judgement, Truths, roc_auc};
use chainrule::train::side_by_side;
use chainrule::{Error, Predictions, Recipe};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// Columns that a note names.
const LISTED: usize = 10;

/// What is compared, and how.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The settings of the network; targets, task, columns to leave out, scaling, weights and seed hold
    /// for all models. Its share of test rows is not used.
    pub recipe: Recipe,
    /// The models.
    pub models: Vec<Contender>,
    /// How the rows are divided, unless [`Comparison::given`] says so. The columns of groups and of time
    /// are not learned from.
    pub folds: FoldOptions,
    /// Folds that were made before.
    pub given: Option<Folds>,
    /// Trainings at the same time, each on one thread; as many as there are processors when not given.
    pub side_by_side: Option<usize>,
}

impl Default for Comparison {
    fn default() -> Self {
        Comparison {
            recipe: Recipe::default(),
            models: Contender::ALL.to_vec(),
            folds: FoldOptions::default(),
            given: None,
            side_by_side: None,
        }
    }
}

/// A model has judged a fold: for whoever shows how far things have come.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// The model.
    pub model: Contender,
    /// The fold, counted from 0 over all repetitions.
    pub fold: usize,
    /// Its main score.
    pub score: Option<f64>,
    /// Trainings there are in all.
    pub of: usize,
}

/// What a model scored on a fold.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FoldScores {
    /// Rows learned from.
    pub training_rows: usize,
    /// Rows judged.
    pub test_rows: usize,
    /// Every measure that the model has.
    pub scores: BTreeMap<Measure, f64>,
    /// To learn from the prepared training rows, on one thread.
    pub fit_seconds: f64,
    /// To predict the prepared test rows, on one thread.
    pub predict_seconds: f64,
    /// How wrong each test row is: 0 or 1 for classes, the wrong labels, the squared error.
    #[serde(skip)]
    errors: Vec<f64>,
}

/// What a model scored.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ModelScores {
    /// The model.
    pub model: Contender,
    /// What it is.
    pub about: &'static str,
    /// The mean over the folds of each measure.
    pub means: BTreeMap<Measure, f64>,
    /// The standard deviation over the folds of each measure (of a sample, with n - 1).
    pub deviations: BTreeMap<Measure, f64>,
    /// The mean over the folds.
    pub fit_seconds: f64,
    /// The mean over the folds.
    pub predict_seconds: f64,
    /// Each fold, those of one repetition after the other.
    pub folds: Vec<FoldScores>,
}

/// The result of a comparison.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Found {
    /// What is predicted.
    pub task: Task,
    /// Why, as a sentence without a full stop.
    pub task_reason: String,
    /// What is compared by.
    pub main: Measure,
    /// The folds.
    #[serde(skip)]
    pub folds: Folds,
    /// The models that were asked for, each once, in the order of [`Contender::ALL`].
    pub models: Vec<ModelScores>,
    /// The network (without one the best model) beside every other, the best other first.
    pub tests: Vec<PairedTest>,
    /// What should be known, for people to read.
    pub notes: Vec<String>,
}

impl ModelScores {
    /// The mean over the folds of a measure, if the model has it.
    pub fn mean(&self, measure: Measure) -> Option<f64> {
        self.means.get(&measure).copied()
    }
}

impl Comparison {
    /// Trains and judges every model on every fold. `on_done` hears of each training that has ended, from
    /// the thread that did it.
    ///
    /// Trainings run side by side, each on one thread, and their seconds are the clock's while others run
    /// beside them: alike for all models, but longer than they would be alone where processors share
    /// memory or power; with `side_by_side` 1 they run alone.
    ///
    /// # Errors
    /// Targets, settings and columns that do not fit the data, rows that cannot be divided so
    /// ([`FoldOptions::divide`]), and a network that diverges.
    pub fn run(&self, data: &Dataset, on_done: &(dyn Fn(Done) + Sync)) -> Result<Found, Error> {
        let mut models = self.models.clone();
        models.sort_unstable();
        models.dedup();
        if models.is_empty() {
            let names = Contender::ALL.map(Contender::name).join(", ");
            return Err(setting("the list of models", "empty".to_string(), &names));
        }
        let (recipe, folds, task, task_reason) = self.divide(data)?;
        let main = Measure::of_task(task)[0];
        // The models that take longest first, so that no processor waits for them in the end.
        let mut jobs: Vec<(Contender, usize)> = Vec::new();
        for &model in models.iter().rev().filter(|&&it| it != Contender::Network) {
            jobs.extend((0..folds.folds().len()).map(|fold| (model, fold)));
        }
        if models.contains(&Contender::Network) {
            jobs.splice(0..0, (0..folds.folds().len()).map(|fold| (Contender::Network, fold)));
        }
        let judge = |&(model, number): &(Contender, usize)| {
            let rows = &folds.folds()[number];
            let fold = Fold::new(data, &recipe, task, &rows.training, &rows.test)?;
            let (scores, mut notes) = judge(model, &fold, task)?;
            if (model, number) == (models[0], 0) {
                notes.extend(left_out(&fold.preparation));
            }
            let score = scores.scores.get(&main).copied();
            on_done(Done { model, fold: number, score, of: jobs.len() });
            Ok((scores, notes))
        };
        let mut found: BTreeMap<(Contender, usize), FoldScores> = BTreeMap::new();
        let mut notes: Vec<String> = Vec::new();
        for (job, (scores, more)) in jobs.iter().zip(side_by_side(&jobs, self.side_by_side, judge)?)
        {
            found.insert(*job, scores);
            // Folds differ in size by a row or so: one note for all of them.
            let is_new = !notes.iter().any(|note| note.starts_with(&format!("the {}", job.0)));
            notes.extend(more.into_iter().filter(|_| is_new));
        }
        let of_model = |model: Contender| {
            let folds = (0..folds.folds().len()).map(|fold| found[&(model, fold)].clone());
            summary(model, task, folds.collect())
        };
        let models: Vec<ModelScores> = models.into_iter().map(of_model).collect();
        if data.test.is_some() {
            notes.push("the data's own test rows were left alone".to_string());
        }
        let tests = tests(&models, main, folds.folds_per_repeat());
        Ok(Found { task, task_reason, main, folds, models, tests, notes })
    }

    /// The recipe with its choices made, and the folds.
    fn divide(&self, data: &Dataset) -> Result<(Recipe, Folds, Task, String), Error> {
        let table = &data.table;
        let mut recipe = Recipe { threads: Some(1), ..self.recipe.clone() };
        if recipe.targets.is_empty() {
            recipe.targets.extend(data.target.clone());
        }
        let judged = judge_target(table, &recipe.targets, recipe.task)?;
        recipe.task = Some(judged.task);
        for name in [&self.folds.group, &self.folds.time].into_iter().flatten() {
            table.column(name)?;
            if recipe.targets.contains(name) {
                let expected = "another column than the target";
                return Err(setting("the column that makes the folds", name.clone(), expected));
            }
            if !recipe.drop.contains(name) {
                recipe.drop.push(name.clone());
            }
        }
        let folds = match &self.given {
            Some(folds) => folds.clone().for_table(table, &judged)?,
            None => self.folds.divide(table, &recipe.targets, &judged)?,
        };
        Ok((recipe, folds, judged.task, judged.reason))
    }
}

/// Says which columns no model learns from.
fn left_out(preparation: &Preparation) -> Option<String> {
    let columns: Vec<String> =
        preparation.left_out().iter().map(|it| format!("`{}` ({})", it.name, it.kind)).collect();
    let more = columns.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let some = columns.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
    (!some.is_empty()).then(|| format!("left out by what they hold: {some}{rest}"))
}

fn setting(setting: &str, found: String, expected: &str) -> Error {
    Error::Setting { setting: setting.to_string(), found, expected: expected.to_string() }
}

/// One model on one fold.
fn judge(
    model: Contender,
    fold: &Fold<'_>,
    task: Task,
) -> Result<(FoldScores, Vec<String>), Error> {
    let fitted = model.fit(fold)?;
    let preparation = fitted.preparation.as_ref().unwrap_or(&fold.preparation);
    let inputs = fold.inputs(preparation, fold.test)?;
    let begin = Instant::now();
    let outputs = (fitted.predict)(&inputs)?;
    let predict_seconds = begin.elapsed().as_secs_f64();
    let predictions = fold.predictions(&outputs, preparation);
    let truths = fold.truths()?;
    let judgement = Judgement::of(&predictions, &truths)?;
    let mut scores: BTreeMap<Measure, f64> = Measure::of_task(task)
        .iter()
        .filter_map(|measure| measure.of(&judgement).map(|value| (*measure, value)))
        .collect();
    if let (Outputs::Classes { scores: decisions, .. }, Truths::Classes(classes)) =
        (&outputs, &truths)
        && !decisions.is_empty()
    {
        // A ranking needs no probabilities. Of test rows of one class there is none.
        let is_second: Vec<bool> = classes.iter().map(|class| *class == 1).collect();
        if let Ok(area) = roc_auc(decisions, &is_second, None) {
            scores.insert(Measure::RocAuc, area);
        }
    }
    let scores = FoldScores {
        training_rows: fold.training.len(),
        test_rows: fold.test.len(),
        scores,
        fit_seconds: fitted.seconds,
        predict_seconds,
        errors: errors(&predictions, &truths),
    };
    Ok((scores, fitted.notes))
}

/// How wrong each row is.
fn errors(predictions: &Predictions, truths: &Truths) -> Vec<f64> {
    let columns = predictions.targets.len();
    match truths {
        Truths::Classes(classes) => {
            let pairs = predictions.predicted_classes.iter().zip(classes);
            pairs.map(|(found, class)| f64::from(found != class)).collect()
        }
        Truths::Labels(labels) => {
            let is_wrong = |(found, label): (&f32, &bool)| (*found >= 0.5) != *label;
            let rows = predictions.probabilities.chunks_exact(columns);
            let rows = rows.zip(labels.chunks_exact(columns));
            let wrong = |(found, labels): (&[f32], &[bool])| {
                found.iter().zip(labels).filter(|pair| is_wrong(*pair)).count() as f64
            };
            rows.map(wrong).collect()
        }
        Truths::Numbers(numbers) => {
            let rows = predictions.values.chunks_exact(columns);
            let rows = rows.zip(numbers.chunks_exact(columns));
            let squares = |(found, numbers): (&[f64], &[f64])| {
                found.iter().zip(numbers).map(|(a, b)| (a - b).powi(2)).sum()
            };
            rows.map(squares).collect()
        }
    }
}

fn summary(model: Contender, task: Task, folds: Vec<FoldScores>) -> ModelScores {
    let (mut means, mut deviations) = (BTreeMap::new(), BTreeMap::new());
    for measure in Measure::of_task(task) {
        let values: Vec<f64> =
            folds.iter().filter_map(|fold| fold.scores.get(measure).copied()).collect();
        // A mean over some of the folds cannot be compared with one over all.
        if values.len() < folds.len() {
            continue;
        }
        let mean = mean_of(&values);
        means.insert(*measure, mean);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        deviations.insert(*measure, (squares / (values.len().max(2) - 1) as f64).sqrt());
    }
    let seconds = |of: fn(&FoldScores) -> f64| mean_of(&folds.iter().map(of).collect::<Vec<_>>());
    ModelScores {
        model,
        about: model.describe(task),
        means,
        deviations,
        fit_seconds: seconds(|fold| fold.fit_seconds),
        predict_seconds: seconds(|fold| fold.predict_seconds),
        folds,
    }
}

fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The network, or else the best model, beside every other, the best of these first.
fn tests(models: &[ModelScores], main: Measure, folds_per_repeat: usize) -> Vec<PairedTest> {
    // R2 has no value where a fold tests a single row.
    let goodness = |model: &ModelScores| {
        let sign = if main.is_better_higher() { 1.0 } else { -1.0 };
        model.mean(main).map_or(f64::NEG_INFINITY, |mean| sign * mean)
    };
    let mut order: Vec<&ModelScores> =
        models.iter().filter(|model| model.mean(main).is_some()).collect();
    order.sort_by(|a, b| goodness(b).total_cmp(&goodness(a)));
    let network = order.iter().position(|model| model.model == Contender::Network);
    if order.is_empty() {
        return Vec::new();
    }
    let subject = order.remove(network.unwrap_or(0));
    let of_folds = |model: &ModelScores| -> Vec<f64> {
        model.folds.iter().map(|fold| fold.scores[&main]).collect()
    };
    let pooled = |model: &ModelScores| -> Vec<f64> {
        let folds = model.folds.iter().take(folds_per_repeat);
        folds.flat_map(|fold| fold.errors.iter().copied()).collect()
    };
    let ratios: Vec<f64> = subject
        .folds
        .iter()
        .map(|fold| fold.test_rows as f64 / fold.training_rows as f64)
        .collect();
    let test = |other: &ModelScores| {
        let pairs = of_folds(subject).into_iter().zip(of_folds(other));
        let differences: Vec<f64> = pairs.map(|(mine, theirs)| mine - theirs).collect();
        Pair {
            models: [subject.model, other.model],
            measure: main,
            differences: &differences,
            ratio: mean_of(&ratios),
            errors: [&pooled(subject), &pooled(other)],
        }
        .test()
    };
    order.into_iter().map(test).collect()
}
