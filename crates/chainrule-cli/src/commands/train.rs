//! `chainrule train`: from data to a model file.

use super::train_report::{describe, quoted, report, report_json};
use crate::arguments::DataArguments;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::numbers::{self, Hidden};
use crate::output;
use crate::render::{Progress, complain};
use chainrule::data::{ColumnChoice, DataError, Dataset, Scale, SourceOptions, Task, open};
use chainrule::math::InstructionSet;
use chainrule::train::{Epoch, Event, Schedule};
use chainrule::{Activation, Error, Initializer, Loss, Optimizer, Prepared, Recipe, Trained};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Trains a network on a data set and saves it
#[derive(clap::Args)]
#[command(after_help = "\
Rows are set aside for testing first, then others for validation, which choose the epoch whose
weights are kept; the test rows are used once, at the end. Equal settings give equal models.

Examples:
  chainrule train digits
  chainrule train flowers.csv --target species
  chainrule train houses.csv --target price --hidden 256,256 --epochs 200
  chainrule train mnist --hidden 30 --activation sigmoid --loss quadratic --optimizer sgd \\
      --learning-rate 3 --batch-size 10 --epochs 30")]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: DataArguments,
    /// The column to predict, or several
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', help_heading = "What to predict")]
    target: Vec<String>,
    /// regression, binary, multi-class or multi-label [default: told from the target]
    #[arg(long, help_heading = "What to predict")]
    task: Option<Task>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', help_heading = "What to predict")]
    drop: Vec<String>,
    /// none, unit (0 to 1), symmetric (-1 to 1) or standard (mean 0, deviation 1) [default: unit
    /// for images, else standard]
    #[arg(long, help_heading = "What to predict")]
    scale: Option<Scale>,
    /// Units of each hidden layer, or none [default: 256,128]
    #[arg(long, value_name = "UNITS", help_heading = "The network", allow_negative_numbers = true)]
    hidden: Option<Hidden>,
    /// The activation of the hidden layers, or one for each [default: relu]
    #[arg(long, value_delimiter = ',', help_heading = "The network")]
    activation: Vec<Activation>,
    /// How weights are drawn, such as glorot_uniform or normal(0.1)
    #[arg(long, default_value = "auto", help_heading = "The network")]
    init: Initializer,
    /// Share of hidden units dropped in each step [default: 0.1 for the default network, 0 with
    /// --hidden]
    #[arg(long, value_name = "SHARE", value_parser = numbers::share, allow_negative_numbers = true)]
    #[arg(help_heading = "The network")]
    dropout: Option<f64>,
    /// cross_entropy, binary_cross_entropy, mean_squared_error or quadratic [default: by the task]
    #[arg(long, help_heading = "Training")]
    loss: Option<Loss>,
    /// sgd, momentum, momentum_average, momentum_classic, nesterov or adam
    #[arg(long, default_value = "adam", value_parser = Optimizer::named, help_heading = "Training")]
    optimizer: Optimizer,
    /// The size of the steps [default: 0.001 for adam, 0.1 for sgd, else 0.01]
    #[arg(long, value_name = "RATE", value_parser = numbers::positive, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    learning_rate: Option<f64>,
    /// How the learning rate changes: constant or cosine
    #[arg(long, default_value = "constant", help_heading = "Training")]
    schedule: Schedule,
    /// The memory of the optimiser [default: 0.9]
    #[arg(long, value_parser = numbers::share, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    momentum: Option<f64>,
    /// Rows of a step [default: 32, more for more rows]
    #[arg(long, value_name = "ROWS", value_parser = numbers::at_least_one)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    batch_size: Option<usize>,
    /// Passes over the training rows, at most [default: enough for some 4000 steps, 30 to 1000]
    #[arg(long, value_parser = numbers::epochs, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    epochs: Option<usize>,
    /// L2 penalty: alpha / (2 rows) times the sum of the squared weights
    #[arg(long, default_value_t = 0.0, value_parser = numbers::not_negative)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    alpha: f64,
    /// Stop after this many epochs without a better validation score [default: a fifth of the
    /// default epochs; never with --epochs]
    #[arg(long, value_name = "EPOCHS", value_parser = numbers::at_least_one)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    patience: Option<usize>,
    /// Share of the training rows that chooses the epoch
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = numbers::share)]
    #[arg(help_heading = "Training", allow_negative_numbers = true)]
    validation: f64,
    /// Share of all rows that judges the model in the end [default: the data's own test rows, else
    /// 0.2]
    #[arg(long, value_name = "SHARE", value_parser = numbers::share, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    test: Option<f64>,
    /// Fixes everything random
    #[arg(long, default_value_t = 1, help_heading = "Training", allow_negative_numbers = true)]
    seed: u64,
    /// Threads; the result does not depend on it [default: by the work of a step]
    #[arg(long, value_parser = numbers::threads, allow_negative_numbers = true)]
    #[arg(help_heading = "Training")]
    threads: Option<usize>,
    #[arg(long, hide = true, value_parser = numbers::kernel)]
    kernel: Option<InstructionSet>,
    /// The model file [default: the name of the data, in the current folder]
    #[arg(long, short, value_name = "MODEL")]
    output: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let recipe = arguments.recipe()?;
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => default_path(&arguments.data.data)?,
    };
    let history_path = path.with_extension("history.jsonl");
    let advice = "name another file with --output MODEL";
    output::check(&path, &arguments.data.files(), advice)?;
    output::check(&history_path, &arguments.data.files(), advice)?;
    output::check_replaced(&path, advice)?;

    let data = arguments.open()?;
    let mut prepared = recipe.prepare(&data)?;
    if data.test.is_some() && arguments.test.is_some() {
        let name = &arguments.data.data;
        prepared.warnings.push(format!("{name} has test rows of its own, so --test is not used"));
    }
    if !arguments.json {
        describe(&prepared, &data, &arguments.data.data)?;
    }
    prepared.warnings.iter().for_each(|warning| complain("warning", warning));
    let trained = match train(&mut prepared) {
        Err(Error::Diverged(divergence)) => {
            let message = divergence.to_string();
            if divergence.history.is_empty() {
                return Err(Failure::check(format!("{message}. Nothing was saved")));
            }
            prepared.model.save(&path)?;
            save_history(&history_path, &divergence.history)?;
            let shown = path.display();
            return Err(Failure::check(format!("{message} and was saved with them to {shown}")));
        }
        result => result?,
    };
    trained.model.save(&path)?;
    save_history(&history_path, &trained.report.history)?;
    for warning in &trained.report.warnings {
        complain("warning", warning);
    }
    match arguments.json {
        true => report_json(&trained, &path)?,
        false => report(&trained, &path, &history_path, &arguments.data.data)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn recipe(&self) -> Result<Recipe, Failure> {
        let usual = Recipe::default();
        let mut optimizer = self.optimizer;
        if let Some(learning_rate) = self.learning_rate {
            optimizer = optimizer.with_learning_rate(learning_rate);
        }
        if let Some(momentum) = self.momentum {
            optimizer = optimizer
                .with_momentum(momentum)
                .map_err(|error| Failure::input(format!("--momentum: {error}")))?;
        }
        if self.validation == 0.0 && self.patience.is_some() {
            return Err(Failure::input(
                "--patience waits for a better score on validation rows, but --validation 0 leaves \
                 none; give a share of the rows, such as --validation 0.1, or leave --patience out",
            ));
        }
        if let Some(column) = self.target.iter().find(|target| self.drop.contains(target)) {
            return Err(Failure::input(format!(
                "--drop leaves out the column `{column}`, which --target is to predict; name it \
                 only once"
            )));
        }
        let hidden = self.hidden.as_ref().map(|Hidden(units)| units.clone());
        let layers = hidden.as_ref().unwrap_or(&usual.hidden).len();
        if self.activation.len() > 1 && self.activation.len() != layers {
            return Err(Failure::input(format!(
                "--activation: expected one for all hidden layers or one for each of the {layers} \
                 of --hidden, found {}",
                self.activation.len()
            )));
        }
        Ok(Recipe {
            targets: self.target.clone(),
            drop: self.drop.clone(),
            task: self.task,
            scale: self.scale,
            dropout: self.dropout.unwrap_or(if hidden.is_some() { 0.0 } else { usual.dropout }),
            hidden: hidden.unwrap_or(usual.hidden),
            activations: match self.activation.is_empty() {
                true => usual.activations,
                false => self.activation.clone(),
            },
            initializer: self.init,
            loss: self.loss,
            optimizer,
            schedule: self.schedule,
            batch_size: self.batch_size,
            epochs: self.epochs,
            patience: self.patience,
            alpha: self.alpha,
            validation: self.validation,
            test: self.test.unwrap_or(usual.test),
            seed: self.seed,
            threads: self.threads,
            instruction_set: self.kernel,
        })
    }

    /// What is wrong with the data, with the flag that leaves the column out where that helps: a
    /// column to predict is needed.
    fn advise(&self, error: DataError) -> Failure {
        match &error {
            // Several names are divided by commas, so one that has a comma cannot be given.
            DataError::EmptyCell { place, .. }
                if !self.target.contains(&place.column) && !place.column.contains(',') =>
            {
                let column = quoted(&place.column);
                Failure::input(format!("{error}; --drop {column} leaves the column out"))
            }
            _ => error.into(),
        }
    }

    /// Opens the data; without a target the message shows the command that names one.
    fn open(&self) -> Result<Dataset, Failure> {
        let columns = match self.drop.is_empty() {
            true => ColumnChoice::All,
            false => ColumnChoice::Except(self.drop.clone()),
        };
        let options = SourceOptions { columns, ..self.data.reading.options() };
        let data = open(&self.data.data, &options).map_err(|error| self.advise(error))?;
        if self.target.is_empty() && data.target.is_none() {
            let columns = data.table.column_names();
            let last = quoted(columns.last().map_or("COLUMN", String::as_str));
            let file = quoted(&self.data.data);
            let missing = DataError::NoTarget { file: data.table.name().to_owned(), columns };
            return Err(Failure::input(format!(
                "{missing}\n  For example: chainrule train {file} --target {last}"
            )));
        }
        Ok(data)
    }
}

/// The name of the data with the ending of a model, in the current folder.
fn default_path(data: &str) -> Result<PathBuf, Failure> {
    let name = Path::new(data).file_name().ok_or_else(|| {
        Failure::input(format!("{data}: expected a file or the name of a data set, found a folder"))
    })?;
    let name = Path::new(name);
    let name = match name.extension().is_some_and(|ending| ending == "gz") {
        true => name.with_extension(""),
        false => name.to_path_buf(),
    };
    Ok(name.with_extension("safetensors"))
}

/// Trains, showing how it goes, until the end or Ctrl-C.
fn train(prepared: &mut Prepared) -> Result<Trained, Error> {
    let interrupt = Interrupt::listen();
    let mut progress = Progress::new();
    let mut is_told = false;
    let mut listen = |event: Event<'_>| {
        progress.hear(&event);
        if !interrupt.is_asked() {
            return ControlFlow::Continue(());
        }
        if !std::mem::replace(&mut is_told, true) {
            progress.interject("stopping after this epoch; press Ctrl-C again to leave at once");
        }
        ControlFlow::Break(())
    };
    let trained = prepared.train(&mut listen);
    progress.finish();
    trained
}

fn save_history(path: &Path, history: &[Epoch]) -> Result<(), Error> {
    let mut lines = Vec::new();
    for epoch in history {
        serde_json::to_writer(&mut lines, epoch).expect("an epoch is plain data");
        lines.push(b'\n');
    }
    chainrule::write_whole(path, &lines)
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
