//! A folder of its own for each test, and the program run in it.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(crate) struct Folder(tempfile::TempDir);

/// What a run returned and printed.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// A table with the columns `a`, `b` and `kind`, which is `low` or `high`.
    pub(crate) fn write_table(&self, name: &str, rows: usize) {
        let line = |row: usize| {
            let kind = if row % 5 < 2 { "low" } else { "high" };
            format!("{}.5,{},{kind}\n", row % 5, (row * 7) % 11)
        };
        self.write(name, format!("a,b,kind\n{}", (0..rows).map(line).collect::<String>()));
    }

    /// The names of all files, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chainrule"));
        command.args(words).current_dir(self.0.path()).stdin(Stdio::null());
        command.env_remove("CHAINRULE_DATA");
        command
    }

    pub(crate) fn run_words(&self, words: &[&str]) -> Outcome {
        let output = self.command(words).output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the program with arguments that have no blanks.
    pub(crate) fn run(&self, arguments: &str) -> Outcome {
        self.run_words(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs what must go well.
    pub(crate) fn succeed(&self, arguments: &str) -> Outcome {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, 0, "chainrule {arguments}\n{}", outcome.err);
        outcome
    }

    /// Runs what must go well and print a single JSON document.
    pub(crate) fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.succeed(arguments).out).expect("one JSON document")
    }
}
