//! What can be typed.

use crate::commands::{
    build, check, compare, data, doctor, evaluate, explain, inspect, plot, predict, trace, train,
    tune,
};
use crate::config;
use crate::failure::Failure;
use crate::lists::{List, flat};
use crate::numbers;
use crate::render::count;
use chainrule::data::{DataError, Dataset, Header, SourceOptions, Table, open};
use chainrule::{Error, Model};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Columns that a message lists.
const SHOWN: usize = 10;

/// Feed-forward neural networks: train one on a table or on images, judge it, use it
#[derive(Parser)]
#[command(after_help = "Begin with: chainrule train digits")]
#[command(name = "chainrule", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Program {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Train(Box<train::Arguments>),
    Tune(Box<tune::Arguments>),
    Build(build::Arguments),
    Predict(predict::Arguments),
    Evaluate(evaluate::Arguments),
    Compare(Box<compare::Arguments>),
    Explain(explain::Arguments),
    Inspect(inspect::Arguments),
    Check(check::Arguments),
    Trace(Box<trace::Arguments>),
    Plot(plot::Arguments),
    Doctor(doctor::Arguments),
    Data(data::Arguments),
}

/// The arguments of the process, with those of a configuration file if they name one.
pub(crate) fn parse() -> Result<Program, Failure> {
    parse_words(std::env::args_os().collect())
}

/// The same for any words, the first of which is the program's name.
pub(crate) fn parse_words(words: Vec<OsString>) -> Result<Program, Failure> {
    let matches = Program::command().get_matches_from(&words);
    let given = matches.subcommand_matches("train");
    let path = given.and_then(|given| given.get_one::<PathBuf>("config"));
    let (Some(given), Some(path)) = (given, path) else {
        return Ok(program_of(&matches));
    };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::input(format!("{name}: expected a configuration file in TOML, but {error}"))
    })?;
    let more = config::merge(&name, &text, given).map_err(Failure::input)?;
    // Right after the command, before a `--` behind which nothing is a flag.
    let place = words.iter().position(|word| word == "train").map_or(words.len(), |it| it + 1);
    let (before, after) = words.split_at(place);
    let words = before.iter().cloned().chain(more).chain(after.iter().cloned());
    Ok(program_of(&Program::command().get_matches_from(words)))
}

fn program_of(matches: &clap::ArgMatches) -> Program {
    Program::from_arg_matches(matches).unwrap_or_else(|error| error.exit())
}

/// Which data, and how to read them.
#[derive(clap::Args)]
pub(crate) struct DataArguments {
    /// A file (CSV, Parquet, Arrow, ARFF, .npy, .npz, IDX images), `-` for standard input, or a name:
    /// digits, iris, and, or, and-not, xor, moons, circles, spiral, blobs, plane, gaussians,
    /// mnist, fashion-mnist
    pub(crate) data: String,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

/// How to read the data.
#[derive(clap::Args)]
pub(crate) struct ReadingArguments {
    /// The labels of an IDX images file [default: found by name]
    #[arg(long, value_name = "FILE", help_heading = "Reading the data")]
    pub(crate) labels: Option<PathBuf>,
    /// The folder of mnist and fashion-mnist [default: $CHAINRULE_DATA, else the cache folder]
    #[arg(long, value_name = "FOLDER", help_heading = "Reading the data")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The character between the cells of a CSV file, or `tab` [default: found out]
    #[arg(long, value_name = "CHARACTER", value_parser = numbers::delimiter, help_heading = "Reading the data")]
    pub(crate) delimiter: Option<u8>,
    /// Whether the first line of a CSV file names the columns
    #[arg(long, value_enum, default_value_t = HeaderChoice::Auto, help_heading = "Reading the data")]
    pub(crate) header: HeaderChoice,
    /// The texts that stand for a missing value in a text file, such as `?,-999` [default: ?, NA, nan,
    /// null and the like; an empty cell is always missing]
    #[arg(
        long,
        value_name = "TEXT,...",
        allow_hyphen_values = true,
        help_heading = "Reading the data"
    )]
    pub(crate) missing: Vec<List<String>>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum HeaderChoice {
    Auto,
    Present,
    Absent,
}

impl ReadingArguments {
    pub(crate) fn options(&self) -> SourceOptions {
        SourceOptions {
            labels: self.labels.clone(),
            data_directory: self.data_dir.clone(),
            delimiter: self.delimiter,
            header: match self.header {
                HeaderChoice::Auto => Header::Auto,
                HeaderChoice::Present => Header::Present,
                HeaderChoice::Absent => Header::Absent,
            },
            missing: (!self.missing.is_empty()).then(|| flat(&self.missing)),
            ..SourceOptions::default()
        }
    }
}

impl ReadingArguments {
    /// The data as the model needs them, with its targets or without.
    pub(crate) fn open_for(
        &self,
        data: &str,
        model: &Model,
        targets: bool,
    ) -> Result<Dataset, Failure> {
        let Some(preparation) = &model.preparation else {
            return Ok(open(data, &self.options())?);
        };
        let options = self.options().for_preparation(preparation, targets);
        match open(data, &options) {
            Err(DataError::NoFeatures { file, .. }) => {
                let columns =
                    preparation.columns().iter().map(|column| format!("`{}`", column.name));
                let some: Vec<String> = columns.take(SHOWN).collect();
                let more = match preparation.columns().len().saturating_sub(SHOWN) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                Err(Failure::input(format!(
                    "{file}: expected the columns that the model was trained on, {}{more}, found \
                     none of them; give data with these columns, or the model of these data",
                    some.join(", ")
                )))
            }
            result => Ok(result?),
        }
    }
}

/// Reads a model file, or a network that is written down in TOML.
pub(crate) fn load(path: &Path) -> Result<Model, Failure> {
    let shown = path.display();
    let read = match is_written(path) {
        true => Model::load_toml(path),
        false => Model::load(path),
    };
    match read {
        Err(Error::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Err(Failure::input(format!(
                "{shown}: expected a model file, found no file of this name; check the path, or make \
                 one with chainrule train or chainrule build"
            )))
        }
        Err(Error::File { .. }) if path.is_dir() => Err(Failure::input(format!(
            "{shown}: expected a model file, found a folder; name the file in it"
        ))),
        result => Ok(result?),
    }
}

/// Whether a file is a network in TOML, by its name.
pub(crate) fn is_written(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

impl DataArguments {
    /// The data as the model needs them.
    pub(crate) fn open_for(&self, model: &Model, targets: bool) -> Result<Dataset, Failure> {
        self.reading.open_for(&self.data, model, targets)
    }

    /// The files that are read, which must not be written over.
    pub(crate) fn files(&self) -> Vec<&Path> {
        let labels = self.reading.labels.as_deref();
        std::iter::once(Path::new(&self.data)).chain(labels).collect()
    }
}

/// The rows to judge or predict: those that the data set called `name` keeps for testing, else all;
/// and what they are called.
pub(crate) fn rows_of<'a>(data: &'a Dataset, name: &str) -> (&'a Table, String) {
    match &data.test {
        Some(test) => (test, format!("the {} of {name}", count(test.rows(), "test row"))),
        None => (&data.table, format!("the {} of {name}", count(data.table.rows(), "row"))),
    }
}
