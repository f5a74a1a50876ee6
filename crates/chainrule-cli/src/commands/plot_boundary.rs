//! `chainrule plot boundary` and `plot boundaries`: decision regions, of a model or for several
//! penalties side by side.

use super::plot::name_of;
use super::plot_output::PictureArguments;
use crate::arguments::{DataArguments, load};
use crate::failure::Failure;
use crate::lists::{List, flat};
use crate::numbers::{self, Hidden};
use crate::render::{Table, complain, percent, print, short};
use chainrule::data::{ColumnChoice, SourceOptions, open};
use chainrule::{LayerActivation, Model, Recipe, Trained};
use chainrule_draw::{Choice, boundaries, boundary};
use std::path::{Path, PathBuf};

/// The regions in which a model predicts each class, with the data
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The model file
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    choice: ChoiceArguments,
    #[command(flatten)]
    picture: PictureArguments,
}

/// What spans the picture.
#[derive(clap::Args)]
struct ChoiceArguments {
    /// The column to the right [default: the first with numbers]
    #[arg(long, value_name = "COLUMN")]
    x: Option<String>,
    /// The column upwards [default: the next with numbers]; other columns are held at their medians
    #[arg(long, value_name = "COLUMN")]
    y: Option<String>,
    /// The label, or the target of a regression, where the model predicts several [default: the
    /// first]
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
}

impl ChoiceArguments {
    fn choice(&self) -> Choice {
        Choice { x: self.x.clone(), y: self.y.clone(), label: self.label.clone() }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { model: file, data, choice, picture } = arguments;
    let mut inputs = data.files();
    inputs.push(file);
    let path = picture.path(&name_of(file), "boundary", &inputs)?;
    let model = load(file)?;
    let table = data.open_for(&model, true)?.table;
    let title = format!("{}: what is predicted where", name_of(file));
    let drawn = boundary(&model, &table, &title, &choice.choice(), &picture.look())?;
    picture.write(&drawn, &path)
}

/// The same for several penalties: trains a model for each and draws them side by side
#[derive(clap::Args)]
#[command(after_help = "\
Other settings are those of chainrule train. The rows set aside for testing are the same for all.

Example:
  chainrule plot boundaries moons.csv --target class --alphas 0,0.01,0.1,1 --hidden 64,64")]
pub(crate) struct RowArguments {
    #[command(flatten)]
    data: DataArguments,
    /// L2 penalties, with commas between
    #[arg(long, value_name = "NUMBERS", required = true, allow_negative_numbers = true)]
    alphas: Vec<List<f64>>,
    #[command(flatten)]
    choice: ChoiceArguments,
    /// The column to predict, or several
    #[arg(long, value_name = "COLUMNS", help_heading = "Training")]
    target: Vec<List<String>>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", help_heading = "Training")]
    drop: Vec<List<String>>,
    /// Units of each hidden layer, or none [default: 256,128]
    #[arg(long, value_name = "UNITS", help_heading = "Training", allow_negative_numbers = true)]
    hidden: Option<Hidden>,
    /// The activation of the hidden layers, or one for each [default: relu]
    #[arg(long, value_name = "NAMES", help_heading = "Training")]
    activation: Vec<List<LayerActivation>>,
    /// Passes over the training rows at most [default: enough for some 4000 steps]
    #[arg(long, value_parser = numbers::epochs, help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    epochs: Option<usize>,
    /// The step size [default: the optimiser's]
    #[arg(long, value_name = "NUMBER", value_parser = numbers::positive, help_heading = "Training")]
    #[arg(allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// Fixes everything random
    #[arg(long, default_value_t = 1, help_heading = "Training", allow_negative_numbers = true)]
    seed: u64,
    #[command(flatten)]
    picture: PictureArguments,
}

pub(super) fn run_row(arguments: &RowArguments) -> Result<(), Failure> {
    let alphas = flat(&arguments.alphas);
    if let Some(alpha) = alphas.iter().find(|alpha| !alpha.is_finite() || **alpha < 0.0) {
        return Err(Failure::input(format!(
            "--alphas: expected 0 or numbers above it with commas between, found {alpha}"
        )));
    }
    let data = &arguments.data;
    let picture = &arguments.picture;
    // Ending and folder are those of a file or of nothing: a data set has only a name.
    let name = name_of(Path::new(&data.data));
    let path = picture.path(&name, "boundaries", &data.files())?;
    let drop = flat(&arguments.drop);
    let columns = match drop.is_empty() {
        true => ColumnChoice::All,
        false => ColumnChoice::Except(drop.clone()),
    };
    let opened = open(&data.data, &SourceOptions { columns, ..data.reading.options() })?;
    let usual = Recipe::default();
    let with_rate = |rate| usual.usual_optimizer().with_learning_rate(rate);
    let optimizer = arguments.learning_rate.map(with_rate);
    let hidden = arguments.hidden.as_ref().map(|Hidden(units)| units.clone());
    let recipe = Recipe {
        targets: flat(&arguments.target),
        drop,
        hidden: hidden.unwrap_or(usual.hidden),
        activations: flat(&arguments.activation),
        epochs: arguments.epochs,
        optimizer,
        seed: arguments.seed,
        ..Recipe::default()
    };
    let mut trained: Vec<(f64, Trained)> = Vec::with_capacity(alphas.len());
    let mut said: Vec<String> = Vec::new();
    for alpha in alphas {
        let found = Recipe { alpha: Some(alpha), ..recipe.clone() }.train(&opened)?;
        for warning in found.warnings.iter().chain(&found.report.warnings) {
            if !said.contains(warning) {
                complain("warning", warning);
                said.push(warning.clone());
            }
        }
        trained.push((alpha, found));
    }
    let models: Vec<(String, &Model)> =
        trained.iter().map(|(alpha, it)| (title(*alpha, it), &it.model)).collect();
    let heading = format!("{name}: what is predicted where, by L2 penalty");
    let choice = arguments.choice.choice();
    let drawn = boundaries(&models, &opened.table, &heading, &choice, &picture.look())?;
    let mut table = Table::new(0);
    table.line(["alpha", "epoch", "training loss", "score on test rows"]);
    for (alpha, found) in &trained {
        let score = score(found).map_or("none".to_string(), |(_, score)| score);
        let loss = short(found.report.chosen().loss);
        table.line([alpha.to_string(), found.report.chosen_epoch.to_string(), loss, score]);
    }
    print(table)?;
    picture.write(&drawn, &path)
}

/// The measure of the test rows: its name and value.
fn score(trained: &Trained) -> Option<(&'static str, String)> {
    let test = trained.test?;
    match (test.accuracy, test.regression) {
        (Some(accuracy), _) => Some(("accuracy", percent(accuracy))),
        (None, Some(regression)) => Some(("R²", short(regression.r2))),
        (None, None) => Some(("loss", short(test.loss))),
    }
}

fn title(alpha: f64, trained: &Trained) -> String {
    match score(trained) {
        Some((name, score)) => format!("alpha {alpha}: test {name} {score}"),
        None => format!("alpha {alpha}"),
    }
}
