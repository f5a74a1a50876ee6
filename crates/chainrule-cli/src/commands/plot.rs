//! `chainrule plot`: pictures of models and of how they learned.

use super::plot_boundary;
use super::plot_output::PictureArguments;
use crate::arguments::load;
use crate::failure::Failure;
use crate::lists::{List, flat};
use crate::numbers;
use chainrule::train::HistoryFile;
use chainrule::{Activation, training_of};
use chainrule_draw::{Course, activations, all_activations, loss, weights};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Draws a model's decision regions, weights or course of training, or the activations
#[derive(clap::Args)]
#[command(after_help = "\
Pictures are SVG or PNG by the ending of their file; no display is needed, and equal input gives
equal bytes.

Examples:
  chainrule plot boundary iris.safetensors iris --x petal_length --y petal_width
  chainrule plot boundaries moons.csv --target class --alphas 0,0.001,0.01,0.1
  chainrule plot loss digits.safetensors --log -o loss.png --theme dark
  chainrule plot weights digits.safetensors
  chainrule plot activations relu,gelu,silu")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    picture: Kind,
}

#[derive(clap::Subcommand)]
enum Kind {
    Boundary(plot_boundary::Arguments),
    Boundaries(Box<plot_boundary::RowArguments>),
    Loss(LossArguments),
    Weights(WeightsArguments),
    Activations(ActivationsArguments),
}

/// The loss of the training and validation rows over the epochs
#[derive(clap::Args)]
struct LossArguments {
    /// The model file; its history stands beside it
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// The history [default: the model's name, ending in .history.jsonl]
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Draw losses on a logarithmic axis
    #[arg(long)]
    log: bool,
    #[command(flatten)]
    picture: PictureArguments,
}

/// The weights of the first layer: images for a model of images, else a heat map
#[derive(clap::Args)]
struct WeightsArguments {
    /// The model file
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Units that are drawn at most, those with the longest weights
    #[arg(long, value_name = "UNITS", value_parser = numbers::at_least_one, default_value_t = 36)]
    #[arg(allow_negative_numbers = true)]
    most: usize,
    #[command(flatten)]
    picture: PictureArguments,
}

/// Activations and their slopes
#[derive(clap::Args)]
struct ActivationsArguments {
    /// Names with commas between, such as relu,elu(0.5) [default: all]
    #[arg(value_name = "NAMES")]
    names: Vec<List<Activation>>,
    #[command(flatten)]
    picture: PictureArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.picture {
        Kind::Boundary(arguments) => plot_boundary::run(arguments)?,
        Kind::Boundaries(arguments) => plot_boundary::run_row(arguments)?,
        Kind::Loss(arguments) => draw_loss(arguments)?,
        Kind::Weights(arguments) => draw_weights(arguments)?,
        Kind::Activations(arguments) => draw_activations(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A model's file without its folder and ending: what its picture is called.
pub(super) fn name_of(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |it| it.to_string_lossy().into())
}

fn draw_loss(arguments: &LossArguments) -> Result<(), Failure> {
    let LossArguments { model, picture, .. } = arguments;
    let history = match &arguments.history {
        Some(path) => path.clone(),
        None => HistoryFile::beside(model),
    };
    let path = picture.path(&name_of(model), "loss", &[model, &history])?;
    let training = training_of(&load(model)?);
    if arguments.history.is_none() && !history.exists() {
        return Err(Failure::input(format!(
            "{}: there is no history of this name beside the model; it is written by chainrule train, \
             so train again, or name it with --history FILE",
            history.display()
        )));
    }
    let epochs = HistoryFile::read(&history)?;
    let course = Course { is_log: arguments.log, score: training.score };
    let title = format!("{}: {} while training", name_of(model), training.loss);
    picture.write(&loss(&epochs, &title, &course, &picture.look())?, &path)
}

fn draw_weights(arguments: &WeightsArguments) -> Result<(), Failure> {
    let WeightsArguments { model, most, picture } = arguments;
    let path = picture.path(&name_of(model), "weights", &[model])?;
    let title = format!("{}: weights", name_of(model));
    picture.write(&weights(&load(model)?, &title, *most, &picture.look())?, &path)
}

fn draw_activations(arguments: &ActivationsArguments) -> Result<(), Failure> {
    let picture = &arguments.picture;
    let path = picture.path("", "activations", &[])?;
    let chosen = match flat(&arguments.names) {
        names if names.is_empty() => all_activations(),
        names => names,
    };
    picture.write(&activations(&chosen, &picture.look())?, &path)
}
