//! `chainrule tune`: the best settings for data, and a model with them.

use super::plot::name_of;
use super::train::{self, default_path};
use super::train_config;
use super::tune_report::{report, write_picture};
use crate::arguments::{Command, parse_words};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::numbers;
use crate::output;
use crate::render::{SearchProgress, complain, note};
use chainrule::data::judge_target;
use chainrule::train::HistoryFile;
use chainrule::tune::{Found, Judging, Knob, Search, SearchStop, Space, Strategy};
use chainrule::{Error, write_whole};
use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, FromArgMatches};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Searches for good settings, and trains a model with the best
#[derive(clap::Args)]
#[command(after_help = "\
The test rows are set aside first, as in chainrule train, and are used once, for the model with the
best settings. Trials are judged by folds of the other rows, or by a part of them that is held out;
they run side by side, one on each processor. VALUES are a list, as in 16,64, or a range with both
ends, as in 1e-4..1e-1; widths, penalties, learning rates and batch sizes are drawn from a range
uniformly in the logarithm. Trial 0 has the usual settings, as near as the values allow, for
comparison (not in a grid).

Every run that has ended is written to NAME.tune.jsonl at once: give the same command again to go on
with a search that was killed or interrupted, or with more trials. Beside the model there are also
NAME.tune.toml, with which chainrule train --config makes the same model, and NAME.tune.svg, the score
against each setting. With one thread equal settings give equal searches; with more the trials are the
same, but which of them are trained longer may depend on which end first.

Examples:
  chainrule tune flowers.csv --target species
  chainrule tune houses.csv --target price --trials 200 --score rmse
  chainrule tune houses.csv --target price --minutes 30 --folds 5
  chainrule tune digits --learning-rate 1e-4..1e-1 --width 16,32,64,128 --depth 1..3
  chainrule tune wine.csv --target quality --strategy grid --alpha 1e-6..1e-1 --width 32,128
  chainrule tune adult.csv --target class --dropout 0 --activation relu,tanh --optimizer adamw")]
pub(crate) struct Arguments {
    #[command(flatten)]
    base: TrainFlags,
    /// halving (asha: most trials get few epochs, the best more), random (all epochs each) or grid
    /// (every combination of the values that are given; settings without values stay as they are
    /// usual)
    #[arg(long, value_name = "NAME", default_value = "halving", help_heading = "The search")]
    strategy: Strategy,
    /// Trials at most [default: 64, without a limit with --minutes, and all of a grid]
    #[arg(long, value_parser = numbers::at_least_one, allow_negative_numbers = true)]
    #[arg(help_heading = "The search")]
    trials: Option<usize>,
    /// Minutes after which trials are broken off; the training of the model comes after them
    #[arg(long, value_parser = numbers::positive, allow_negative_numbers = true)]
    #[arg(help_heading = "The search")]
    minutes: Option<f64>,
    /// With halving, how many times more epochs and fewer trials each rung has than the one below
    #[arg(long, value_name = "TIMES", value_parser = reduction, allow_negative_numbers = true)]
    #[arg(help_heading = "The search", default_value_t = 3)]
    reduction: usize,
    /// Judge each trial on all rows, in so many folds [default: 5 for fewer than 2000 rows]
    #[arg(long, value_name = "NUMBER", value_parser = folds, allow_negative_numbers = true)]
    #[arg(help_heading = "The search", conflicts_with = "hold_out")]
    folds: Option<usize>,
    /// Judge each trial on this share of the rows, from which no trial learns [default: 0.2 for 2000
    /// rows and more]
    #[arg(long, value_name = "SHARE", value_parser = numbers::inside, allow_negative_numbers = true)]
    #[arg(help_heading = "The search")]
    hold_out: Option<f64>,
    /// The file of the search, from which it goes on [default: the model's name, ending in .tune.jsonl]
    #[arg(long, value_name = "FILE", help_heading = "The search")]
    journal: Option<PathBuf>,
    /// Numbers of hidden layers [default: 1,2,3]
    #[arg(long, value_name = "VALUES", value_parser = |text: &str| values(Knob::Depth, text))]
    #[arg(help_heading = "What is searched", allow_hyphen_values = true)]
    depth: Option<String>,
    /// Units of each hidden layer [default: 16,32,64,128,256]
    #[arg(long, value_name = "VALUES", value_parser = |text: &str| values(Knob::Width, text))]
    #[arg(help_heading = "What is searched", allow_hyphen_values = true)]
    width: Option<String>,
    /// Activations of the hidden layers [default: relu,tanh,silu]
    #[arg(long, value_name = "NAMES", value_parser = |text: &str| values(Knob::Activation, text))]
    #[arg(help_heading = "What is searched")]
    activation: Option<String>,
    /// L2 penalties [default: 1e-6..1]
    #[arg(long, value_name = "VALUES", value_parser = |text: &str| values(Knob::Alpha, text))]
    #[arg(help_heading = "What is searched", allow_hyphen_values = true)]
    alpha: Option<String>,
    /// Learning rates [default: from a tenth of the optimiser's usual one to thirty times it]
    #[arg(long, value_name = "VALUES", value_parser = |text: &str| values(Knob::LearningRate, text))]
    #[arg(help_heading = "What is searched", allow_hyphen_values = true)]
    learning_rate: Option<String>,
    /// Rows of a step [default: from half of those that are usual for the rows to four times as many]
    #[arg(long, value_name = "VALUES", value_parser = |text: &str| values(Knob::BatchSize, text))]
    #[arg(help_heading = "What is searched", allow_hyphen_values = true)]
    batch_size: Option<String>,
    /// Shares of hidden units dropped in each step [default: 0,0.1,0.2,0.3,0.4,0.5]
    #[arg(long, value_name = "VALUES", value_parser = |text: &str| values(Knob::Dropout, text))]
    #[arg(help_heading = "What is searched", allow_hyphen_values = true)]
    dropout: Option<String>,
    /// The model file [default: the name of the data, in the current folder]
    #[arg(long, short, value_name = "MODEL", help_heading = "Results")]
    output: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, help_heading = "Results")]
    json: bool,
}

/// The values of a knob, checked and as they were written.
fn values(knob: Knob, text: &str) -> Result<String, String> {
    knob.read(text).map(|_| text.to_string()).map_err(|error| error.to_string())
}

fn reduction(text: &str) -> Result<usize, String> {
    let expected = "expected a whole number from 2 to 100";
    numbers::at_least_one(text).ok().filter(|it| (2..=100).contains(it)).ok_or(expected.to_string())
}

fn folds(text: &str) -> Result<usize, String> {
    let expected = "expected a whole number of at least 2";
    numbers::at_least_one(text).ok().filter(|&it| it >= 2).ok_or(expected.to_string())
}

/// The flags of `chainrule train` that a search does not choose itself, as they were typed. They are
/// those of the command itself, so that a new one is known here at once.
struct TrainFlags {
    words: Vec<OsString>,
}

/// The flags of `chainrule train` that a search has in another form, or cannot have.
const NOT_TAKEN: [&str; 11] = [
    "hidden",
    "activation",
    "dropout",
    "alpha",
    "learning_rate",
    "batch_size",
    "kind",
    "warm_start",
    "output",
    "json",
    "print_config",
];

fn taken() -> Vec<Arg> {
    let command = train::Arguments::augment_args(clap::Command::new("train"));
    let is_taken = |argument: &&Arg| !NOT_TAKEN.contains(&argument.get_id().as_str());
    // Some exclude flags that are not here.
    let arguments = command.get_arguments().filter(is_taken);
    arguments.map(|argument| argument.clone().conflicts_with(Resettable::Reset)).collect()
}

impl Args for TrainFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.args(taken())
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TrainFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (mut words, mut last) = (Vec::new(), Vec::new());
        for argument in taken() {
            let id = argument.get_id().as_str();
            if matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            let Some(flag) = argument.get_long() else {
                last.extend(matches.get_raw(id).into_iter().flatten().map(OsString::from));
                continue;
            };
            if !argument.get_action().takes_values() {
                words.push(format!("--{flag}").into());
                continue;
            }
            for value in matches.get_raw(id).into_iter().flatten() {
                let mut word = OsString::from(format!("--{flag}="));
                word.push(value);
                words.push(word);
            }
        }
        // Behind the dashes nothing is a flag.
        if !last.is_empty() {
            words.push("--".into());
            words.extend(last);
        }
        Ok(TrainFlags { words })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl TrainFlags {
    /// What `chainrule train` makes of them, with a configuration file if they name one.
    fn train(&self) -> Result<Box<train::Arguments>, Failure> {
        let words = ["chainrule", "train"].map(OsString::from).into_iter();
        let program = parse_words(words.chain(self.words.iter().cloned()).collect())?;
        match program.command {
            Command::Train(arguments) => Ok(arguments),
            _ => unreachable!("the words are those of train"),
        }
    }
}

/// The files of a search.
pub(super) struct Files {
    pub(super) model: PathBuf,
    pub(super) journal: PathBuf,
    pub(super) config: PathBuf,
    pub(super) picture: PathBuf,
}

impl Files {
    fn new(arguments: &Arguments, name: &str) -> Result<Files, Failure> {
        let model = match &arguments.output {
            Some(path) => path.clone(),
            None => default_path(name)?,
        };
        let beside = |ending: &str| model.with_extension(ending);
        Ok(Files {
            journal: arguments.journal.clone().unwrap_or_else(|| beside("tune.jsonl")),
            config: beside("tune.toml"),
            picture: beside("tune.svg"),
            model,
        })
    }

    /// Checks before the work that all of them can be written.
    fn check(&self, history: &Path, inputs: &[&Path]) -> Result<(), Failure> {
        let advice = "name another file with --output MODEL";
        for path in [&self.model, &self.config, &self.picture] {
            output::check(path, inputs, advice)?;
        }
        output::check(history, inputs, advice)?;
        output::check(&self.journal, inputs, "name another file with --journal FILE")?;
        output::check_replaced(&self.model, advice)?;
        output::check_picture_replaced(&self.picture, advice)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut base = arguments.base.train()?;
    let recipe = base.recipe()?;
    let name = base.data()?.to_string();
    if arguments.output.is_some() {
        base.output.clone_from(&arguments.output);
    }
    let files = Files::new(arguments, &name)?;
    let mut history = HistoryFile::new(HistoryFile::beside(&files.model));
    let inputs = base.files(&name);
    files.check(history.path(), &inputs)?;

    let data = base.open(&name, "tune")?;
    let rows = recipe.rows_before_test(&data)?.len();
    let judged = judge_target(&data.table, &recipe.targets_of(&data), recipe.task)?;
    // What is usual depends on the task.
    let of_task = chainrule::Recipe { task: Some(judged.task), ..recipe.clone() };
    let space = arguments.space(&of_task, rows)?;
    let search = Search {
        strategy: arguments.strategy(),
        trials: arguments.trials,
        time: arguments.minutes.map(|minutes| Duration::from_secs_f64(60.0 * minutes)),
        judging: arguments.judging(),
        threads: recipe.threads,
        ..Search::new(recipe, space)
    };
    let interrupt = Interrupt::listen();
    let mut progress = SearchProgress::new(interrupt.clone(), search.time);
    let result = search.run(&data, Some(&files.journal), &mut progress);
    progress.finish();
    let found = result.map_err(|error| arguments.advise(error))?;

    let mut prepared = found.recipe.prepare(&data)?;
    let config = train_config::file(&base, &name, &prepared, data.test.is_some());
    write_whole(&files.config, (heading(&found) + &config).as_bytes())?;
    write_picture(&found, &search.space, &name_of(Path::new(&name)), &files.picture)?;
    if found.stop == SearchStop::Interrupted {
        let config = files.config.display();
        note(format_args!(
            "The search was interrupted, so no model was trained. Give the same command to go on with \
             it, or train with the best settings so far: chainrule train --config {config}"
        ));
        report(&found, None, &files, history.path(), &name, arguments.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    prepared.warnings.iter().for_each(|warning| complain("warning", warning));
    let trained = train::train(&mut prepared, &mut history, &interrupt)?;
    trained.model.save(&files.model)?;
    history.save()?;
    report(&found, Some(&trained), &files, history.path(), &name, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Where the settings of a file come from, as its first lines.
fn heading(found: &Found) -> String {
    let measure = found.best.measure().map_or("score", |measure| measure.name());
    format!(
        "# Found by chainrule tune: trial {} of {}, {measure} {:.4}, judged by {}.\n",
        found.best.trial,
        found.runs.iter().filter(|run| run.rung == 0).count(),
        found.best.score().unwrap_or(f64::NAN),
        found.judging,
    )
}

impl Arguments {
    fn strategy(&self) -> Strategy {
        match self.strategy {
            Strategy::Halving { .. } => Strategy::Halving { reduction: self.reduction },
            other => other,
        }
    }

    fn judging(&self) -> Option<Judging> {
        self.folds.map(Judging::Folds).or(self.hold_out.map(Judging::HoldOut))
    }

    fn given(&self) -> impl Iterator<Item = (Knob, &String)> {
        let given = |knob: Knob| match knob {
            Knob::Depth => &self.depth,
            Knob::Width => &self.width,
            Knob::Activation => &self.activation,
            Knob::Alpha => &self.alpha,
            Knob::LearningRate => &self.learning_rate,
            Knob::BatchSize => &self.batch_size,
            Knob::Dropout => &self.dropout,
        };
        Knob::ALL.into_iter().filter_map(move |knob| Some((knob, given(knob).as_ref()?)))
    }

    fn space(&self, recipe: &chainrule::Recipe, rows: usize) -> Result<Space, Failure> {
        let mut space = match self.strategy {
            Strategy::Grid if self.given().next().is_none() => {
                return Err(Failure::input(
                    "--strategy grid tries every combination of the values that are given, but none \
                     are; give some, such as --alpha 1e-6..1e-1 --width 32,128",
                ));
            }
            Strategy::Grid => Space::fixed(recipe, rows),
            _ => Space::usual(recipe, rows),
        };
        for (knob, values) in self.given() {
            space.set(knob, values)?;
        }
        Ok(space)
    }

    /// The flags that put right what the library finds wrong.
    fn advise(&self, error: Error) -> Failure {
        let text = error.to_string();
        match &error {
            Error::ModelFile { .. } if self.journal.is_none() => Failure::input(format!(
                "{text} (--journal FILE names another file for the search, --output MODEL for all)"
            )),
            _ => error.into(),
        }
    }
}
