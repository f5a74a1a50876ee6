//! `chainrule evaluate --report`: what the page needs to know beside the numbers.

use super::evaluate::Arguments;
use super::train_config;
use super::train_report::quoted;
use crate::failure::Failure;
use chainrule::data::Table;
use chainrule::train::{Epoch, HistoryFile};
use chainrule::{Error, Kind, Model, Recipe};
use chainrule_report::{Options, Report, Settings};
use std::io::ErrorKind;
use std::path::Path;

/// The report on a model and these rows; `remark` says on which rows it was judged.
pub(super) fn of(
    arguments: &Arguments,
    model: &Model,
    table: &Table,
    remark: &str,
) -> Result<Report, Failure> {
    let options = Options {
        model: name_of(&arguments.model),
        data: name_of(Path::new(&arguments.data.data)),
        threshold: arguments.threshold,
        history: history(&arguments.model, model)?,
        remarks: vec![sentence(remark)],
        settings: settings(arguments, model),
    };
    Ok(Report::of(model, table, options)?)
}

/// A file without its folders, which say more of the machine than of the model.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |it| it.to_string_lossy().into())
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str() + "."
}

/// The epochs of the file beside the model, none if there is no such file.
fn history(path: &Path, model: &Model) -> Result<Vec<Epoch>, Failure> {
    let recipe = serde_json::from_value::<Recipe>(model.settings.clone());
    if recipe.is_ok_and(|recipe| recipe.kind == Kind::Perceptron) {
        // Rosenblatt's rule follows no loss: its mistakes go up and down by nature.
        return Ok(Vec::new());
    }
    match HistoryFile::read(HistoryFile::beside(path)) {
        Err(Error::File { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        result => Ok(result?),
    }
}

fn settings(arguments: &Arguments, model: &Model) -> Settings {
    let data = &arguments.data;
    match train_config::file_of(model, &data.reading, &name_of(Path::new(&data.data))) {
        Some(toml) => {
            let file = quoted(&name_of(&arguments.model.with_extension("toml")));
            let output = quoted(&name_of(&arguments.model));
            Settings { command: format!("chainrule train --config {file} --output {output}"), toml }
        }
        None => Settings::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_becomes_a_sentence() {
        assert_eq!(sentence("judged on all"), "Judged on all.");
        assert_eq!(sentence(""), ".");
    }
}
