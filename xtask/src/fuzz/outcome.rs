//! What a run of a target came to, from what libFuzzer wrote.

use std::fmt;
use std::path::{Path, PathBuf};

/// The end of a run.
pub(super) struct Outcome {
    pub(super) passed: bool,
    program: PathBuf,
    log: PathBuf,
    text: String,
}

impl Outcome {
    pub(super) fn read(program: &Path, passed: bool, log: &Path) -> Outcome {
        let text = std::fs::read(log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        Outcome { passed, program: program.to_path_buf(), log: log.to_path_buf(), text }
    }

    /// The word after the last `key`, as libFuzzer writes its numbers.
    fn last(&self, key: &str) -> &str {
        let after = self.text.rsplit_once(key).map_or("", |(_, after)| after);
        after.split_whitespace().next().unwrap_or("unknown")
    }

    /// What went wrong, as a panic or libFuzzer itself said it.
    fn reason(&self) -> String {
        let mut lines = self.text.lines();
        let panic = lines.by_ref().find(|line| line.contains("panicked at"));
        let message = lines.next().unwrap_or_default();
        let error = self.text.lines().find(|line| line.contains("ERROR: libFuzzer"));
        match (panic, error) {
            (Some(panic), _) => format!("{panic}\n  {message}"),
            (None, Some(error)) => error.to_string(),
            (None, None) => "it ended before its time".to_string(),
        }
    }
}

impl fmt::Display for Outcome {
    /// The numbers on one line; then, if it failed, why, and how to see it again.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "  {} executions ({}/s), coverage {}, peak memory {} MB, corpus {} inputs",
            self.last("stat::number_of_executed_units:"),
            self.last("stat::average_exec_per_sec:"),
            self.last(" cov: "),
            self.last("stat::peak_rss_mb:"),
            self.last(" corp: ").split('/').next().unwrap_or_default(),
        )?;
        if self.passed {
            return Ok(());
        }
        write!(formatter, "\n  {}\n  log: {}", self.reason(), self.log.display())?;
        match self.text.rsplit_once("Test unit written to ") {
            Some((_, rest)) => {
                let input = rest.lines().next().unwrap_or_default();
                write!(formatter, "\n  again: {} {input}", self.program.display())
            }
            None => write!(formatter, "\n  it left no input behind"),
        }
    }
}
