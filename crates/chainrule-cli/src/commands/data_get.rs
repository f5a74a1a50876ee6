//! `chainrule data get`: a data set from the network into the data folder.

use super::data::size;
use super::data_progress::Progress;
use super::train_report::quoted;
use crate::failure::Failure;
use crate::render::{count, document, say};
use chainrule::data::data_folder;
use chainrule::data::fetch::{Entry, FetchError, FetchOptions, Fetched, entry, fetch};
use clap::value_parser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Fetches a data set into the data folder, and checks every byte of it
#[derive(clap::Args)]
#[command(after_help = "\
What breaks off, or is ended with Ctrl-C, is gone on with the next time. Files that are there with
the right SHA-256 sum are left alone.

Examples:
  chainrule data get mnist
  chainrule data get mnist --data-dir data
  chainrule data get mnist --mirror http://localhost:8000/mnist/")]
pub(super) struct Arguments {
    /// mnist or fashion-mnist
    name: String,
    /// The folder of mnist and fashion-mnist [default: $CHAINRULE_DATA, else the cache folder]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Fetch from this address, directly below which the files lie, instead of the known ones;
    /// several are tried in turn. http:// will do, since the sums are checked
    #[arg(long, value_name = "URL")]
    mirror: Vec<String>,
    /// Replace files that are there with other contents
    #[arg(long)]
    force: bool,
    /// Give a source up when nothing comes for this long
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    #[arg(value_parser = value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let entry = entry(&arguments.name).map_err(failure)?;
    let folder = data_folder(arguments.data_dir.as_deref()).join(entry.name);
    let fetched = arguments.fetch(entry, &folder).map_err(failure)?;
    match (arguments.json, fetched.is_empty()) {
        (true, _) => document(&json!({
            "name": entry.name,
            "folder": (!fetched.is_empty()).then_some(&folder),
            "files": fetched.iter().map(listed).collect::<Vec<_>>(),
        }))?,
        (false, true) => say(format_args!(
            "{} comes with the program: there is nothing to fetch.\nNext: chainrule train {}",
            entry.name, entry.name
        ))?,
        (false, false) => arguments.report(entry, &folder, &fetched)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn fetch(&self, entry: &Entry, folder: &Path) -> Result<Vec<Fetched>, FetchError> {
        let stall_timeout = Duration::from_secs(self.timeout);
        let options =
            FetchOptions { replace: self.force, stall_timeout, ..FetchOptions::default() };
        let mirrors: Vec<&str> = match self.mirror.is_empty() {
            true => entry.mirrors().to_vec(),
            false => self.mirror.iter().map(String::as_str).collect(),
        };
        let mut progress = Progress::new(entry.bytes());
        let fetched =
            fetch(entry.files(), &mirrors, folder, &options, &mut |event| progress.hear(&event));
        progress.finish();
        fetched
    }

    fn report(&self, entry: &Entry, folder: &Path, fetched: &[Fetched]) -> Result<(), Failure> {
        let come: Vec<&Fetched> = fetched.iter().filter(|file| file.from.is_some()).collect();
        let bytes = come.iter().map(|file| file.bytes - file.kept).sum();
        let there = fetched.len() - come.len();
        let done = match (come.len(), there) {
            (0, _) => "all files were already there".to_string(),
            (come, 0) => format!("{} fetched, {}", count(come, "file"), size(bytes)),
            (come, there) => {
                format!("{} fetched, {}; {there} already there", count(come, "file"), size(bytes))
            }
        };
        let folder_option = match &self.data_dir {
            Some(folder) => format!(" --data-dir {}", quoted(&folder.display().to_string())),
            None => String::new(),
        };
        say(format_args!(
            "{} is in {}: {done}; the sums are right.\nNext: chainrule train {}{folder_option}",
            entry.name,
            folder.display(),
            entry.name
        ))
    }
}

fn listed(file: &Fetched) -> Value {
    json!({
        "name": file.name,
        "path": file.path,
        "bytes": file.bytes,
        "from": file.from,
        "kept": file.kept,
    })
}

/// The error and the flag that helps. A source that fails is nothing that the user did.
fn failure(error: FetchError) -> Failure {
    match error {
        FetchError::Differs { .. } => Failure::input(format!("{error}\n  --force replaces it")),
        FetchError::File { .. } => {
            Failure::input(format!("{error}\n  --data-dir FOLDER names another data folder"))
        }
        _ if error.is_of_source() => {
            Failure::check(format!("{error}\n  --mirror URL names another source"))
        }
        _ => Failure::input(error),
    }
}
