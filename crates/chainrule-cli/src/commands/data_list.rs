//! `chainrule data list`: what there is, and what of it is here.

use super::data::size;
use crate::failure::Failure;
use crate::render::{Table, document, print, say};
use chainrule::data::data_folder;
use chainrule::data::fetch::{CATALOGUE, Entry, Presence, Supply};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lists the data sets that have a name: what they are, whose they are, and whether they are here
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The folder of mnist and fashion-mnist [default: $CHAINRULE_DATA, else the cache folder]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let folder = data_folder(arguments.data_dir.as_deref());
    match arguments.json {
        true => document(&listed(&folder))?,
        false => list(&folder)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(folder: &Path) -> Result<(), Failure> {
    // The last column is the only one whose width is not known beforehand, so that all are aligned
    // left; numbers are moved to the right by hand.
    let mut table = Table::new(7);
    let line = |rows: &str, size: &str| (format!("{rows:>13}"), format!("{size:>7}"));
    let (rows, bytes) = line("rows", "size");
    table.line(["name", &rows, "what", &bytes, "licence", "origin", "here"]);
    let mut is_missing = false;
    for entry in &CATALOGUE {
        let presence = entry.presence(folder);
        is_missing |= presence.as_ref().is_some_and(|presence| !presence.is_whole());
        let (rows, bytes) = line(&rows_of(entry), &entry_size(entry));
        let here = here(presence.as_ref());
        table.line([entry.name, &rows, entry.what, &bytes, entry.licence, entry.origin, &here]);
    }
    print(table)?;
    if is_missing {
        say("\nFetch one with: chainrule data get NAME")?;
    }
    Ok(())
}

fn rows_of(entry: &Entry) -> String {
    match entry.test_rows {
        0 => entry.rows.to_string(),
        test => format!("{} + {test}", entry.rows),
    }
}

fn entry_size(entry: &Entry) -> String {
    match entry.supply {
        Supply::Computed => "none".to_string(),
        _ => size(entry.bytes()),
    }
}

/// Whether a data set is here, and where.
fn here(presence: Option<&Presence>) -> String {
    let Some(presence) = presence else { return "comes with the program".to_string() };
    let Presence { folder, found, wrong, missing } = presence;
    let folder = folder.display();
    match (found.len(), wrong.len(), missing.len()) {
        (_, 0, 0) => format!("in {folder}"),
        (0, 0, _) => "no".to_string(),
        (found, 0, missing) => format!("{found} of {} files in {folder}", found + missing),
        (..) => format!("other files in {folder}"),
    }
}

fn listed(folder: &Path) -> Value {
    let entry = |entry: &Entry| {
        let presence = entry.presence(folder);
        json!({
            "name": entry.name,
            "what": entry.what,
            "rows": entry.rows,
            "test_rows": entry.test_rows,
            "bytes": entry.bytes(),
            "licence": entry.licence,
            "origin": entry.origin,
            "here": presence.as_ref().is_none_or(Presence::is_whole),
            "inside": presence.is_none(),
            "folder": presence.as_ref().map(|presence| &presence.folder),
            "missing": presence.as_ref().map(|presence| &presence.missing),
            "wrong": presence.as_ref().map(|presence| &presence.wrong),
            "mirrors": entry.mirrors(),
        })
    };
    CATALOGUE.iter().map(entry).collect()
}
