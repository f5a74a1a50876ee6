//! `chainrule train`: from data to a model file.

use super::train_config;
use super::train_report::{describe, quoted, report, report_json};
use crate::arguments::{ReadingArguments, load};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::lists::{List, flat, item};
use crate::numbers::{self, Hidden, Share};
use crate::output;
use crate::render::{Progress, complain, note, say};
use chainrule::data::{
    ColumnChoice, DataError, Dataset, Fill, Scale, SourceOptions, StatedKind, Task, open,
};
use chainrule::doctor::Severity;
use chainrule::math::InstructionSet;
use chainrule::metrics::Threshold;
use chainrule::optim::{Adam, Sgd};
use chainrule::train::{Clip, Event, HistoryFile, Schedule};
use chainrule::{
    CalibrationMethod, ClassWeights, Error, Initializer, Kind, LayerActivation, Loss, Memory,
    Normalization, Optimizer, Prepared, Recipe, Score, Skip, Trained,
};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Trains a network on a data set and saves it
#[derive(clap::Args)]
#[command(after_help = "\
Rows are set aside for testing first, then others for validation, which say how sure the model may
be and, with --patience, --score or an optimiser other than Adam, choose the epoch whose weights are
kept; the test rows are used once, at the end. Fewer than 10 rows are all learned from.
Equal settings give equal models.

Examples:
  chainrule train digits
  chainrule train xor --hidden 4 --activation tanh
  chainrule train flowers.csv --target species
  chainrule train houses.csv --target price --hidden 256,256 --epochs 200
  chainrule train gate.csv --target y --kind perceptron --test 0 --validation 0
  chainrule train houses.csv --target price --kind linear
  chainrule train houses.csv --target price --kind linear --loss half_sum_of_squares \\
      --optimizer sgd --learning-rate 0.001        (the delta rule)
  chainrule train digits --print-config > digits.toml; chainrule train --config digits.toml
  chainrule train mnist --hidden 30 --activation sigmoid --loss quadratic --optimizer sgd \\
      --learning-rate 3 --batch-size 10 --epochs 30")]
pub(crate) struct Arguments {
    /// A file (CSV, Parquet, Arrow, ARFF, .npy, .npz, IDX images), `-` for standard input, or a name:
    /// digits, iris, and, or, and-not, xor, moons, circles, spiral, blobs, plane, gaussians,
    /// mnist, fashion-mnist
    #[arg(required_unless_present = "config")]
    data: Option<String>,
    #[command(flatten)]
    pub(super) reading: ReadingArguments,
    /// The column to predict, or several
    #[arg(long, value_name = "COLUMNS", help_heading = "What to predict")]
    target: Vec<List<String>>,
    /// regression, binary, multi-class or multi-label [default: told from the target]
    #[arg(long, help_heading = "What to predict", conflicts_with = "warm_start")]
    task: Option<Task>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", help_heading = "What to predict")]
    drop: Vec<List<String>>,
    /// What columns hold: numeric, boolean, category, code, date, text, identifier or constant, as in
    /// zip=category or when=date(%d/%m/%Y); the last three are left out [default: told from the
    /// values]
    #[arg(long, value_name = "COLUMN=KIND", help_heading = "What to predict")]
    #[arg(conflicts_with = "warm_start")]
    column_kind: Vec<List<StatedKind>>,
    /// What stands for a missing number: median or most_frequent, of the training rows; one more input
    /// says that it is missing
    #[arg(long, default_value_t, help_heading = "What to predict", conflicts_with = "warm_start")]
    fill: Fill,
    /// Categories of fewer training rows than this count as one [default: 3, fewer for fewer than 300
    /// rows]
    #[arg(
        long,
        value_name = "ROWS",
        help_heading = "What to predict",
        conflicts_with = "warm_start"
    )]
    rare: Option<usize>,
    /// Columns of more categories than this become learned numbers instead of an input for each
    /// [default: 50]
    #[arg(long, value_name = "LEVELS", help_heading = "What to predict")]
    #[arg(conflicts_with = "warm_start")]
    embed_above: Option<usize>,
    /// none, unit (0 to 1), symmetric (-1 to 1), standard (mean 0, deviation 1), robust (median 0,
    /// quartiles 1 apart) or quantile (by the order alone) [default: unit for images, else standard]
    #[arg(long, help_heading = "What to predict", conflicts_with = "warm_start")]
    scale: Option<Scale>,
    /// The column that says how much each row counts in training
    #[arg(long, value_name = "COLUMN", help_heading = "What to predict")]
    sample_weight: Option<String>,
    /// How much rows of each class count in training: balanced, or as in yes=3,no=1
    #[arg(long, value_name = "WEIGHTS", help_heading = "What to predict")]
    class_weights: Option<ClassWeights>,
    /// Go on training this model: its network, weights, preparation and the rows it set aside are
    /// taken as they are
    #[arg(long, value_name = "MODEL", help_heading = "The network")]
    pub(super) warm_start: Option<PathBuf>,
    /// perceptron (Rosenblatt's rule), linear, logistic, softmax or multilabel regression, none of
    /// which has hidden layers, or mlp, a multilayer perceptron [default: mlp]
    #[arg(long, help_heading = "The network", conflicts_with = "warm_start")]
    kind: Option<Kind>,
    /// Units of each hidden layer, or none [default: 256,128]
    #[arg(long, value_name = "UNITS", help_heading = "The network", allow_negative_numbers = true)]
    #[arg(conflicts_with = "warm_start")]
    hidden: Option<Hidden>,
    /// The activation of the hidden layers, or one for each; groups of units as in tanh:8+relu:24
    /// [default: relu]
    #[arg(long, value_name = "NAMES", help_heading = "The network", conflicts_with = "warm_start")]
    activation: Vec<List<LayerActivation>>,
    /// none, batch or layer: the normalisation of the hidden layers, or one for each
    #[arg(long, value_name = "NAMES", help_heading = "The network", conflicts_with = "warm_start")]
    normalization: Vec<List<Normalization>>,
    /// Skip connections as from:to, such as 1:3 to add the values of layer 1 in layer 3; layer 0 is
    /// the inputs
    #[arg(
        long,
        value_name = "FROM:TO",
        help_heading = "The network",
        conflicts_with = "warm_start"
    )]
    skip: Vec<List<Skip>>,
    /// How weights are drawn, such as he_uniform, normal(0.1) or orthogonal, or one for each layer
    /// with the output [default: auto]
    #[arg(long, value_name = "NAMES", help_heading = "The network", conflicts_with = "warm_start")]
    init: Vec<List<Initializer>>,
    /// Share of hidden units dropped in each step, or one for each layer [default: 0.2 for the default
    /// network, 0.5 for two classes or labels, 0 with --hidden or an optimiser other than adam]
    #[arg(
        long,
        value_name = "SHARES",
        allow_negative_numbers = true,
        help_heading = "The network"
    )]
    pub(super) dropout: Vec<List<Share>>,
    /// Share of the inputs dropped in each step
    #[arg(long, value_name = "SHARE", value_parser = numbers::share, allow_negative_numbers = true)]
    #[arg(help_heading = "The network", conflicts_with = "warm_start")]
    input_dropout: Option<f64>,
    /// cross_entropy, binary_cross_entropy, mean_squared_error, quadratic, half_sum_of_squares,
    /// mean_absolute_error, huber(DELTA), quantile(LEVEL) or poisson [default: by the task]
    #[arg(long, help_heading = "Training")]
    loss: Option<Loss>,
    /// Share of the certainty of each class that is divided among all of them [default: 0.05 for several
    /// classes, 0 for others, with --hidden or an optimiser other than adam]
    #[arg(long, value_name = "SHARE", value_parser = numbers::share)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    label_smoothing: Option<f64>,
    /// sgd, momentum, momentum_average, momentum_classic, nesterov, adagrad, rmsprop, adam, adamw or
    /// lbfgs, with settings as in adamw(weight_decay=0.1) [default: adam(learning_rate=0.003); lbfgs for a --kind without
    /// hidden layers, unless a flag speaks of batches or of the size of steps]
    #[arg(long, value_name = "NAME", help_heading = "Training")]
    optimizer: Option<Optimizer>,
    /// The size of the steps [default: the optimiser's]
    #[arg(long, value_name = "RATE", value_parser = numbers::positive, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    learning_rate: Option<f64>,
    /// The memory of the optimiser [default: the optimiser's]
    #[arg(long, value_parser = numbers::share, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    momentum: Option<f64>,
    /// How the learning rate changes: constant, cosine, one_cycle, step(every=10, factor=0.1),
    /// exponential, inverse_scaling, plateau or adaptive [default: cosine for a multilayer perceptron by
    /// adam, else constant]
    #[arg(long, value_name = "NAME", help_heading = "Training")]
    schedule: Option<Schedule>,
    /// Epochs, or a share of one, over which the learning rate rises at first
    #[arg(long, value_name = "EPOCHS", default_value_t = 0.0, value_parser = numbers::not_negative)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    warm_up: f64,
    /// Rows of a step [default: 32, more for more rows]
    #[arg(long, value_name = "ROWS", value_parser = numbers::at_least_one)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    batch_size: Option<usize>,
    /// Passes over the training rows, at most [default: by the task and the rows, enough for up to
    /// 4000 steps, but 30 to 1000 epochs; 4000 for fewer than 10 rows]
    #[arg(long, value_parser = numbers::epochs, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    epochs: Option<usize>,
    /// L2 penalty: alpha / (2 rows) times the sum of the squared weights, rows being those of a step
    /// [default: twice rows of a step / training rows, for several classes once; 0 with --hidden or an
    /// optimiser other than adam]
    #[arg(long, value_parser = numbers::not_negative)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// L1 penalty: l1 / rows times the sum of the magnitudes of the weights
    #[arg(long, default_value_t = 0.0, value_parser = numbers::not_negative)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    l1: f64,
    /// Shorten the gradient of a step to this length
    #[arg(long, value_name = "LENGTH", value_parser = numbers::positive)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    clip_norm: Option<f64>,
    /// Bring each element of the gradient into [-LIMIT, LIMIT]
    #[arg(long, value_name = "LIMIT", value_parser = numbers::positive)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    clip_value: Option<f64>,
    /// What chooses the epoch on the validation rows: auto (last where the learning
    /// rate of adam falls along a cosine and no --patience is given, else the accuracy or the loss), loss, accuracy, r2, rmse, mae, or last, which
    /// keeps the last epoch's weights
    #[arg(long, default_value = "auto", help_heading = "Training")]
    score: Score,
    /// The probability from which on a label, or the second class of two, is predicted, or what it is
    /// chosen by on the validation rows: auto (the balanced accuracy, for labels F1), f1,
    /// balanced_accuracy, accuracy, youden, or a wanted recall or precision as in recall(0.9) [default:
    /// 0.5]
    #[arg(long, value_name = "NUMBER|NAME", help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    threshold: Option<Threshold>,
    /// Stop after this many epochs without a better validation score [default: a fifth of the
    /// default epochs; never with --epochs]
    #[arg(long, value_name = "EPOCHS", value_parser = numbers::at_least_one)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    patience: Option<usize>,
    /// Stop after this many epochs in a row without a training loss lower by --tolerance
    #[arg(long, value_name = "EPOCHS", value_parser = numbers::at_least_one)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    no_improvement: Option<usize>,
    /// What counts as a lower training loss
    #[arg(long, default_value_t = 1e-4, value_parser = numbers::not_negative)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    tolerance: f64,
    /// temperature or none: how the probabilities of a classifier are brought in line with the
    /// validation rows
    #[arg(long, value_name = "METHOD", default_value = "temperature", help_heading = "Training")]
    calibration: CalibrationMethod,
    /// Share of the training rows that is set aside for validation
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = numbers::share)]
    #[arg(help_heading = "Training", allow_negative_numbers = true, conflicts_with = "warm_start")]
    validation: f64,
    /// Share of all rows that judges the model in the end [default: the data's own test rows, else
    /// 0.2]
    #[arg(long, value_name = "SHARE", value_parser = numbers::share, allow_negative_numbers = true)]
    #[arg(help_heading = "Training", conflicts_with = "warm_start")]
    test: Option<f64>,
    /// Fixes everything random
    #[arg(long, default_value_t = 1, help_heading = "Training", allow_negative_numbers = true)]
    seed: u64,
    /// Fixes the rows set aside, apart from everything else [default: the seed]
    #[arg(long, value_name = "SEED", help_heading = "Training", allow_negative_numbers = true)]
    #[arg(conflicts_with = "warm_start")]
    split_seed: Option<u64>,
    /// Threads at most; a step takes all or one, whichever is faster, and the result does not depend
    /// on it [default: one for each processor]
    #[arg(long, value_parser = numbers::threads, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    pub(super) threads: Option<usize>,
    #[arg(long, hide = true, value_parser = numbers::kernel)]
    kernel: Option<InstructionSet>,
    /// Go through a CSV, Parquet or Arrow file of any size in pieces, in each epoch anew, instead of
    /// keeping all rows in memory; a file that is sorted by its target is best shuffled first
    #[arg(long, help_heading = "Large files", conflicts_with = "warm_start")]
    stream: bool,
    /// The memory that rows may take, such as 512MiB or 4GB: the more, the more rows are shuffled
    /// together [default: 1GiB]
    #[arg(long, value_name = "SIZE", help_heading = "Large files", requires = "stream")]
    memory: Option<Memory>,
    /// The model file [default: the name of the data, in the current folder]
    #[arg(long, short, value_name = "MODEL", help_heading = "Results")]
    pub(super) output: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, help_heading = "Results")]
    json: bool,
    /// Take settings from a file in TOML, where a flag such as --batch-size 64 is batch_size = 64;
    /// flags win over it
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    config: Option<PathBuf>,
    /// Print all settings as such a file, with every choice that the data make, and stop
    #[arg(long, help_heading = "Results", conflicts_with = "json")]
    print_config: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let recipe = arguments.recipe()?;
    let name = arguments.data()?;
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => default_path(name)?,
    };
    let mut history = HistoryFile::new(HistoryFile::beside(&path));
    if !arguments.print_config {
        let advice = "name another file with --output MODEL";
        let inputs = arguments.files(name);
        output::check(&path, &inputs, advice)?;
        output::check(history.path(), &inputs, advice)?;
        output::check_replaced(&path, advice)?;
    }

    let (mut prepared, rows, has_test_rows) = arguments.prepare(&recipe, name)?;
    if arguments.print_config {
        say(train_config::file(arguments, name, &prepared, has_test_rows).trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    if has_test_rows && arguments.test.is_some() {
        prepared.warnings.push(format!("{name} has test rows of its own, so --test is not used"));
    }
    if !arguments.json {
        describe(&prepared, rows, name)?;
    }
    prepared.warnings.iter().for_each(|warning| complain("warning", warning));
    let trained = match train(&mut prepared, &mut history, &Interrupt::listen()) {
        Err(Error::Diverged(divergence)) => {
            let message = divergence.to_string();
            if divergence.history.is_empty() {
                return Err(Failure::check(format!("{message}. Nothing was saved")));
            }
            prepared.model.save(&path)?;
            history.save()?;
            let shown = path.display();
            return Err(Failure::check(format!("{message} and was saved with them to {shown}")));
        }
        result => result?,
    };
    trained.model.save(&path)?;
    history.save()?;
    let is_new = |warning: &&String| !prepared.warnings.contains(warning);
    for warning in trained.report.warnings.iter().filter(is_new) {
        complain("warning", warning);
    }
    for finding in &trained.findings {
        let kind = match finding.severity {
            Severity::Serious => "warning",
            Severity::Note => "note",
        };
        complain(kind, &finding.to_string());
    }
    match arguments.json {
        true => report_json(&trained, &path)?,
        false => report(&trained, &path, history.path(), name)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// Prepares the run; the rows of the data, and whether they have test rows of their own.
    fn prepare(&self, recipe: &Recipe, name: &str) -> Result<(Prepared, usize, bool), Failure> {
        if self.stream {
            note("going through the file to see what it holds");
            let prepared = recipe.prepare_stream(name, &self.source_options())?;
            let rows = prepared.stream().map_or(0, |plan| plan.file_rows);
            return Ok((prepared, rows, false));
        }
        let data = self.open(name, "train")?;
        let prepared = match &self.warm_start {
            Some(path) => recipe.prepare_from(&data, &load(path)?)?,
            None => recipe.prepare(&data)?,
        };
        Ok((prepared, data.table.rows(), data.test.is_some()))
    }

    pub(super) fn data(&self) -> Result<&str, Failure> {
        self.data.as_deref().ok_or_else(|| {
            Failure::input(
                "no data are named; give a file or a name such as digits, or write data = \"digits\" in \
                 the file of --config",
            )
        })
    }

    /// The files that are read, which must not be written over. A warm start may replace its model.
    pub(super) fn files<'a>(&'a self, name: &'a str) -> Vec<&'a Path> {
        [&self.reading.labels, &self.config]
            .into_iter()
            .filter_map(Option::as_deref)
            .chain([Path::new(name)])
            .collect()
    }

    pub(super) fn recipe(&self) -> Result<Recipe, Failure> {
        let usual = Recipe::default();
        let kind = self.kind.unwrap_or_default();
        let optimizer = self.optimizer(kind)?;
        if self.validation == 0.0 && self.patience.is_some() {
            return Err(Failure::input(
                "--patience waits for a better score on validation rows, but --validation 0 leaves \
                 none; give a share of the rows, such as --validation 0.1, or leave --patience out",
            ));
        }
        let (targets, drop) = (flat(&self.target), flat(&self.drop));
        if let Some(column) = targets.iter().find(|target| drop.contains(target)) {
            return Err(Failure::input(format!(
                "--drop leaves out the column `{column}`, which --target is to predict; name it \
                 only once"
            )));
        }
        let hidden = self.hidden.as_ref().map(|Hidden(units)| units.clone());
        if kind != Kind::Mlp && hidden.as_ref().is_some_and(|units| !units.is_empty()) {
            return Err(Failure::input(format!(
                "--hidden gives the units of hidden layers, which the kind {kind} has none of; choose \
                 --kind mlp for them, or leave --hidden out"
            )));
        }
        let layers = hidden.as_ref().unwrap_or(&usual.hidden).len();
        let activations = flat(&self.activation);
        if kind == Kind::Mlp && activations.len() > 1 && activations.len() != layers {
            return Err(Failure::input(format!(
                "--activation: expected one for all hidden layers or one for each of the {layers} \
                 of --hidden, found {}",
                activations.len()
            )));
        }
        let dropout = flat(&self.dropout).into_iter().map(|Share(share)| share).collect();
        Ok(Recipe {
            targets,
            drop,
            kinds: flat(&self.column_kind),
            fill: self.fill,
            rare: self.rare,
            embed_above: self.embed_above,
            sample_weights: self.sample_weight.clone(),
            class_weights: self.class_weights.clone(),
            task: self.task,
            scale: self.scale,
            kind,
            hidden: hidden.unwrap_or(usual.hidden),
            activations,
            normalizations: flat(&self.normalization),
            skips: flat(&self.skip),
            initializers: flat(&self.init),
            dropout,
            input_dropout: self.input_dropout.unwrap_or(usual.input_dropout),
            loss: self.loss,
            label_smoothing: self.label_smoothing,
            optimizer,
            schedule: self.schedule,
            warm_up: self.warm_up,
            batch_size: self.batch_size,
            epochs: self.epochs,
            score: self.score,
            threshold: self.threshold,
            patience: self.patience,
            no_improvement: self.no_improvement,
            tolerance: self.tolerance,
            alpha: self.alpha,
            l1: self.l1,
            clip: Clip { norm: self.clip_norm, value: self.clip_value },
            calibration: self.calibration,
            validation: self.validation,
            test: self.test.unwrap_or(usual.test),
            seed: self.seed,
            split_seed: self.split_seed,
            stream: self.stream.then(|| self.memory.unwrap_or_default()),
            threads: self.threads,
            instruction_set: self.kernel,
        })
    }

    /// The optimiser, if one is named or its settings are.
    fn optimizer(&self, kind: Kind) -> Result<Option<Optimizer>, Failure> {
        let stepwise = match kind {
            Kind::Perceptron => Optimizer::from(Sgd { learning_rate: 1.0 }),
            _ => Optimizer::from(Adam::default()),
        };
        let is_set = self.learning_rate.is_some() || self.momentum.is_some();
        let Some(mut optimizer) = self.optimizer.or(is_set.then_some(stepwise)) else {
            return Ok(None);
        };
        if let Some(learning_rate) = self.learning_rate {
            optimizer = optimizer.with_learning_rate(learning_rate);
        }
        if let Some(momentum) = self.momentum {
            optimizer = optimizer
                .with_momentum(momentum)
                .map_err(|error| Failure::input(format!("--momentum: {error}")))?;
        }
        Ok(Some(optimizer))
    }

    /// How the data are read.
    fn source_options(&self) -> SourceOptions {
        // A column of weights is read even if it is not to be learned from.
        let mut left_out = flat(&self.drop);
        left_out.retain(|column| self.sample_weight.as_ref() != Some(column));
        let columns = match left_out.is_empty() {
            true => ColumnChoice::All,
            false => ColumnChoice::Except(left_out),
        };
        SourceOptions { columns, ..self.reading.options() }
    }

    /// Opens the data; without a target the message shows the command that names one.
    pub(super) fn open(&self, name: &str, command: &str) -> Result<Dataset, Failure> {
        let data = open(name, &self.source_options())?;
        if self.target.is_empty() && data.target.is_none() && self.warm_start.is_none() {
            let columns = data.table.column_names();
            let last = quoted(&columns.last().map_or("COLUMN".to_string(), |last| item(last)));
            let file = quoted(name);
            let missing = DataError::NoTarget { file: data.table.name().to_owned(), columns };
            return Err(Failure::input(format!(
                "{missing}\n  For example: chainrule {command} {file} --target {last}"
            )));
        }
        Ok(data)
    }
}

/// The name of the data with the ending of a model, in the current folder.
pub(super) fn default_path(data: &str) -> Result<PathBuf, Failure> {
    // What comes from standard input has no name.
    let data = if data == "-" { "model" } else { data };
    let name = Path::new(data).file_name().ok_or_else(|| {
        Failure::input(format!("{data}: expected a file or the name of a data set, found a folder"))
    })?;
    let name = Path::new(name);
    let name = match name.extension().is_some_and(|ending| ending == "gz" || ending == "zst") {
        true => name.with_extension(""),
        false => name.to_path_buf(),
    };
    Ok(name.with_extension("safetensors"))
}

/// Trains, showing how it goes, until the end or Ctrl-C.
pub(super) fn train(
    prepared: &mut Prepared,
    history: &mut HistoryFile,
    interrupt: &Interrupt,
) -> Result<Trained, Error> {
    let mut progress = Progress::new();
    let note = progress.notes();
    let mut is_told = false;
    let mut stop_when_asked = |_: &Event<'_>| {
        if !interrupt.is_asked() {
            return ControlFlow::Continue(());
        }
        if !std::mem::replace(&mut is_told, true) {
            note("stopping after this epoch; press Ctrl-C again to leave at once");
        }
        ControlFlow::Break(())
    };
    let trained = prepared.train(&mut [&mut progress, history, &mut stop_when_asked]);
    progress.finish();
    trained
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_after_their_data() {
        let name = |data: &str| default_path(data).unwrap().display().to_string();
        assert_eq!(name("digits"), "digits.safetensors");
        assert_eq!(name("some/flowers.csv"), "flowers.safetensors");
        assert_eq!(name("../flowers.csv.gz"), "flowers.safetensors");
        assert_eq!(name("train-images-idx3-ubyte.gz"), "train-images-idx3-ubyte.safetensors");
        assert!(default_path("..").is_err());
    }
}
