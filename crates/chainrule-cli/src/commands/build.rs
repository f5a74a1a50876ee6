//! `chainrule build`: from a network that is written down to a model file.

use super::train_report::quoted;
use crate::arguments::load;
use crate::failure::Failure;
use crate::output;
use crate::render::{count, document, say};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Makes a model file of a network that is written down with its weights
#[derive(clap::Args)]
#[command(after_help = "\
Such a file, here XOR by three threshold units:
  inputs = [\"x1\", \"x2\"]

  [[layer]]
  activation = \"threshold\"
  weights = [[1, 1], [1, 1]]   # a row for each unit
  biases = [-1.5, -0.5]

  [[layer]]
  activation = \"threshold\"
  weights = [[-1, 1]]
  biases = [-0.5]

outputs = [\"y\"] names what is predicted, classes = [\"no\", \"yes\"] its classes. Commands that read a
model read such a file too; chainrule inspect MODEL --toml writes one.

Examples:
  chainrule build xor.toml
  chainrule predict xor.toml xor")]
pub(crate) struct Arguments {
    /// The network, in TOML
    #[arg(value_name = "NETWORK")]
    network: PathBuf,
    /// The model file [default: the name of the network, in the current folder]
    #[arg(long, short, value_name = "MODEL")]
    output: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let path = match (&arguments.output, arguments.network.file_name()) {
        (Some(path), _) => path.clone(),
        (None, name) => PathBuf::from(name.unwrap_or_default()).with_extension("safetensors"),
    };
    let advice = "name another file with --output MODEL";
    let model = load(&arguments.network)?;
    output::check(&path, &[&arguments.network], advice)?;
    output::check_replaced(&path, advice)?;
    model.save(&path)?;
    let network = model.network();
    let shown = path.display().to_string();
    match arguments.json {
        true => document(&json!({
            "model": shown,
            "inputs": network.inputs(),
            "outputs": network.outputs(),
            "layers": network.layers().len(),
            "parameters": network.parameter_count(),
        }))?,
        false => say(format_args!(
            "Saved {} and {} to {shown}.\nNext: chainrule inspect {}",
            count(network.layers().len(), "layer"),
            count(network.parameter_count(), "parameter"),
            quoted(&shown)
        ))?,
    }
    Ok(ExitCode::SUCCESS)
}
