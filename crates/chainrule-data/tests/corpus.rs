//! Odd and malformed files, each with what reading it gives: a table, or a message.
//!
//! The files are in the folder `corpus`, written by `make.py` there, and what is expected in
//! `expected.txt`: `file: rows x columns; name kind, ...; row / row ...`, where a kind is n for numbers, b
//! for bytes, t for texts, @ for times and an empty cell is a missing value; or `file: ! message`. A line
//! that ends in `...` gives the beginning.

use chainrule_data::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What is read, or the message without the path before it.
fn outcome(name: &str) -> String {
    let path = folder().join(name);
    match open(path.to_str().unwrap(), &SourceOptions::default()) {
        Ok(data) => {
            let mut text = shown(&data.table);
            if let Some(target) = data.target {
                text += &format!("; target {target}");
            }
            if let Some(test) = data.test {
                text += &format!("; test {}", shown(&test));
            }
            text
        }
        Err(error) => {
            let message = error.to_string();
            let rest = message.strip_prefix(path.to_str().unwrap());
            format!("! {}", rest.unwrap_or_else(|| panic!("{name} is not named: {message}")))
        }
    }
}

fn shown(table: &Table) -> String {
    let kind = |column: &Column| match column.values {
        Values::Numbers(_) => 'n',
        Values::Bytes(_) => 'b',
        Values::Times(_) => '@',
        Values::Text { .. } => 't',
    };
    let few = |mut parts: Vec<String>, most: usize, between: &str| {
        let more = parts.len() > most;
        parts.truncate(most);
        parts.join(between) + if more { between } else { "" } + if more { "etc" } else { "" }
    };
    let columns = table.columns();
    let names = columns.iter().map(|column| format!("{} {}", column.name, kind(column))).collect();
    let row = |row: usize| {
        let cells = columns.iter().map(|column| column.cell(row).escape_debug().to_string());
        few(cells.collect(), 8, ", ")
    };
    let rows = (0..table.rows()).map(row).collect();
    let (names, rows) = (few(names, 8, ", "), few(rows, 6, " / "));
    format!("{} x {}; {names}; {rows}", table.rows(), columns.len())
}

fn needs_features(name: &str) -> bool {
    name.contains(".parquet") || name.contains(".arrow")
}

#[test]
fn every_file_gives_what_is_expected() {
    let expected = std::fs::read_to_string(folder().join("expected.txt")).unwrap();
    let mut expected: BTreeMap<&str, &str> =
        expected.lines().filter_map(|line| line.split_once(": ")).collect();
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "expected.txt" && name != "make.py")
        .collect();
    names.sort();
    assert!(names.len() >= 60);
    let mut wrong = Vec::new();
    for name in &names {
        let expected = expected.remove(name.as_str());
        if needs_features(name) && cfg!(not(feature = "parquet")) {
            continue;
        }
        let found = outcome(name);
        let agrees = match expected.map(|it| (it, it.strip_suffix("..."))) {
            None => false,
            Some((_, Some(beginning))) => found.starts_with(beginning),
            Some((whole, None)) => found == whole,
        };
        if !agrees {
            wrong.push(format!("{name}: {found}"));
        }
    }
    assert!(expected.is_empty(), "expected, but not there: {:?}", expected.keys());
    assert!(wrong.is_empty(), "found instead:\n{}\n", wrong.join("\n"));
}
