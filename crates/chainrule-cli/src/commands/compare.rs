//! `chainrule compare`: a network beside other models, on the same folds.

use super::compare_report::{report, report_json};
use crate::arguments::ReadingArguments;
use crate::failure::Failure;
use crate::lists::{List, flat};
use crate::numbers::{self, Hidden};
use crate::output;
use crate::render::{note, short};
use chainrule::data::{
    ColumnChoice, Dataset, FoldOptions, Folds, Scale, SourceOptions, Task, open,
};
use chainrule::{ClassWeights, Recipe, write_whole};
use chainrule_compare::{Comparison, Contender, Done};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Compares the network with other models by cross-validation
#[derive(clap::Args)]
#[command(after_help = "\
The rows are divided into folds; each fold is predicted by models that learned from the others, all of
them from the same rows, prepared alike (numbers scaled, categories as ones and zeros) by what these rows
hold. With classes the folds are stratified, with several labels too (rarest label first).

Models:
  network  the network of chainrule train, with its defaults
  dummy    the most frequent class, or the mean: what any model must beat
  linear   logistic or softmax regression (C 1), ridge regression (alpha 1)
  svm      support vector machine (RBF kernel, C 1, gamma scale), of at most 5000 rows of each fold
  forest   random forest of 100 trees

The seconds are those of fitting and of predicting prepared rows on one thread, while as many trainings
run as there are processors; --threads 1 lets each run alone. The corrected resampled t-test (Nadeau and
Bengio, 2003) says whether a difference is more than noise.

Examples:
  chainrule compare iris
  chainrule compare houses.csv --target price --folds 10 --models network,linear,forest
  chainrule compare visits.csv --target ill --group patient
  chainrule compare prices.csv --target price --time date
  chainrule compare flowers.csv --target species --repeats 3 --save-folds folds.csv
  chainrule compare flowers.csv --target species --folds-file folds.csv --json")]
pub(crate) struct Arguments {
    /// A file (CSV, Parquet, Arrow, ARFF, .npy, .npz, IDX images), `-` for standard input, or a name:
    /// digits, iris, and, or, and-not, xor, moons, circles, spiral, blobs, plane, gaussians,
    /// mnist, fashion-mnist
    data: String,
    #[command(flatten)]
    reading: ReadingArguments,
    /// The column to predict, or several
    #[arg(long, value_name = "COLUMNS", help_heading = "What to predict")]
    target: Vec<List<String>>,
    /// regression, binary, multi-class or multi-label [default: told from the target]
    #[arg(long, help_heading = "What to predict")]
    task: Option<Task>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", help_heading = "What to predict")]
    drop: Vec<List<String>>,
    /// none, unit (0 to 1), symmetric (-1 to 1) or standard (mean 0, deviation 1) [default: unit
    /// for images, else standard]
    #[arg(long, help_heading = "What to predict")]
    scale: Option<Scale>,
    /// How much rows of each class count in training the network and the linear model: balanced, or as in
    /// yes=3,no=1
    #[arg(long, value_name = "WEIGHTS", help_heading = "What to predict")]
    class_weights: Option<ClassWeights>,
    /// Folds
    #[arg(long, default_value_t = 5, value_parser = numbers::at_least_one, help_heading = "Folds")]
    #[arg(allow_negative_numbers = true)]
    folds: usize,
    /// How often the rows are divided anew
    #[arg(long, default_value_t = 1, value_parser = numbers::at_least_one, help_heading = "Folds")]
    #[arg(allow_negative_numbers = true)]
    repeats: usize,
    /// The column whose equal values keep rows in one fold; it is not learned from
    #[arg(long, value_name = "COLUMN", help_heading = "Folds", conflicts_with = "time")]
    group: Option<String>,
    /// The column of dates or numbers that orders the rows: each fold is predicted by what is earlier.
    /// It is not learned from
    #[arg(long, value_name = "COLUMN", help_heading = "Folds", conflicts_with = "repeats")]
    time: Option<String>,
    /// Take the folds from a file: CSV with the columns row and fold, both counted from 1
    #[arg(long, value_name = "FILE", help_heading = "Folds")]
    #[arg(conflicts_with_all = ["folds", "repeats", "group", "time"])]
    folds_file: Option<PathBuf>,
    /// Write the folds to such a file, for others to judge on the same rows
    #[arg(long, value_name = "FILE", help_heading = "Folds")]
    save_folds: Option<PathBuf>,
    /// The models to compare [default: network,dummy,linear,svm,forest]
    #[arg(long, value_name = "NAMES", help_heading = "Models")]
    models: Vec<List<Contender>>,
    /// Units of each hidden layer of the network, or none [default: 256,128]
    #[arg(long, value_name = "UNITS", help_heading = "Models", allow_negative_numbers = true)]
    hidden: Option<Hidden>,
    /// Passes of the network over the rows, at most [default: as chainrule train has it]
    #[arg(long, value_parser = numbers::epochs, help_heading = "Models")]
    #[arg(allow_negative_numbers = true)]
    epochs: Option<usize>,
    /// L2 penalty of the network [default: as chainrule train has it]
    #[arg(long, value_parser = numbers::not_negative)]
    #[arg(help_heading = "Models", allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// Fixes everything random
    #[arg(long, default_value_t = 1, help_heading = "Models", allow_negative_numbers = true)]
    seed: u64,
    /// Trainings at the same time, each on one thread [default: one for each processor]
    #[arg(long, value_parser = numbers::threads, help_heading = "Models")]
    #[arg(allow_negative_numbers = true)]
    threads: Option<usize>,
    /// Print one JSON document instead of text, with the scores of every fold
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.save_folds {
        let labels = arguments.reading.labels.as_deref();
        let inputs: Vec<&Path> = [labels, arguments.folds_file.as_deref()]
            .into_iter()
            .flatten()
            .chain([Path::new(&arguments.data)])
            .collect();
        output::check(path, &inputs, "name another file with --save-folds FILE")?;
    }
    let (targets, drop) = (flat(&arguments.target), flat(&arguments.drop));
    if let Some(column) = targets.iter().find(|target| drop.contains(target)) {
        return Err(Failure::input(format!(
            "--drop leaves out the column `{column}`, which --target is to predict; name it only once"
        )));
    }
    let data = arguments.open(&drop)?;
    let comparison = arguments.comparison(&data, targets, drop)?;
    let ended = AtomicUsize::new(0);
    let found = comparison.run(&data, &|done: Done| {
        let ended = ended.fetch_add(1, Relaxed) + 1;
        let score = done.score.map_or(String::new(), |score| format!(": {}", short(score)));
        note(format_args!("{ended}/{} {} on fold {}{score}", done.of, done.model, done.fold + 1));
    })?;
    if let Some(path) = &arguments.save_folds {
        write_whole(path, found.folds.to_csv().as_bytes())?;
    }
    match arguments.json {
        true => report_json(&found, &arguments.data, &data, arguments.seed)?,
        false => report(&found, &arguments.data, &data)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn open(&self, drop: &[String]) -> Result<Dataset, Failure> {
        // The columns that make the folds are read, whatever is learned from.
        let is_needed = |column: &&String| {
            self.group.as_ref() != Some(*column) && self.time.as_ref() != Some(*column)
        };
        let left_out: Vec<String> = drop.iter().filter(is_needed).cloned().collect();
        let columns = match left_out.is_empty() {
            true => ColumnChoice::All,
            false => ColumnChoice::Except(left_out),
        };
        Ok(open(&self.data, &SourceOptions { columns, ..self.reading.options() })?)
    }

    fn comparison(
        &self,
        data: &Dataset,
        targets: Vec<String>,
        drop: Vec<String>,
    ) -> Result<Comparison, Failure> {
        let usual = Recipe::default();
        let models = flat(&self.models);
        let given = match &self.folds_file {
            Some(path) => Some(Folds::read_csv(path, data.table.rows())?),
            None => None,
        };
        Ok(Comparison {
            recipe: Recipe {
                targets,
                drop,
                task: self.task,
                scale: self.scale,
                class_weights: self.class_weights.clone(),
                hidden: self.hidden.as_ref().map_or(usual.hidden, |Hidden(units)| units.clone()),
                epochs: self.epochs,
                alpha: self.alpha,
                seed: self.seed,
                ..Recipe::default()
            },
            models: if models.is_empty() { Contender::ALL.to_vec() } else { models },
            folds: FoldOptions {
                folds: self.folds,
                repeats: self.repeats,
                seed: self.seed,
                group: self.group.clone(),
                time: self.time.clone(),
            },
            given,
            side_by_side: self.threads,
        })
    }
}
