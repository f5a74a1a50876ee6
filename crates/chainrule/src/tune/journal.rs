//! The file of a search: a line of JSON that says which search it is, and one for each run that has
//! ended. Each line is on the disk before the search goes on, so that whatever ends the program, no
//! more is lost than the runs under way.

use super::Run;
use crate::Error;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The layout of the file.
const VERSION: u32 = 1;

/// A file of a search is no larger: millions of runs. Stops a file of something else before it is read.
const LARGEST_FILE: u64 = 1 << 30;

/// With what a file of a search begins.
const BEGINNING: &[u8] = b"{\"chainrule_tune\":";

/// Which search it is. With the same header the same trials have the same results.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Header {
    /// The layout of the file.
    pub(super) chainrule_tune: u32,
    /// The sum of the data that are searched on.
    pub(super) data: String,
    /// All settings that are not searched.
    pub(super) recipe: serde_json::Value,
    /// The values of each knob.
    pub(super) space: BTreeMap<String, String>,
    pub(super) strategy: String,
    pub(super) judging: String,
    /// How many times more epochs a rung has than the one below.
    pub(super) reduction: usize,
    /// It follows from the trials that were wanted at first, and stays when more are.
    pub(super) rungs: usize,
}

impl Header {
    pub(super) const VERSION: u32 = VERSION;

    /// In what a search that has this header is another than `wanted`, as words.
    fn differences(&self, wanted: &Header) -> Vec<String> {
        let mut words = Vec::new();
        let mut add = |is_other: bool, what: String| words.extend(is_other.then_some(what));
        add(self.data != wanted.data, "the data".to_string());
        for (key, value) in wanted.recipe.as_object().into_iter().flatten() {
            let found = &self.recipe[key];
            add(found != value, format!("{key} ({found}, now {value})"));
        }
        let all = self
            .space
            .keys()
            .chain(wanted.space.keys().filter(|key| !self.space.contains_key(*key)));
        for knob in all {
            let of = |header: &Header| {
                header.space.get(knob).map_or("not given".to_string(), String::clone)
            };
            let (found, now) = (of(self), of(wanted));
            add(found != now, format!("the values of {knob} ({found}, now {now})"));
        }
        for (what, found, now) in [
            ("the strategy", &self.strategy, &wanted.strategy),
            ("the rows that judge", &self.judging, &wanted.judging),
        ] {
            add(found != now, format!("{what} ({found}, now {now})"));
        }
        let (found, now) = (self.reduction, wanted.reduction);
        add(found != now, format!("the reduction ({found}, now {now})"));
        words
    }
}

/// The file, open for writing and locked against another search.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the file of a search, or begins it; also the header and the runs that it has. What a
    /// search that was killed has written of a last line is taken away.
    ///
    /// # Errors
    /// When the file cannot be read or written, another search is writing it, it is the file of another
    /// search or of something else, or a line within it is damaged.
    pub(super) fn open(path: &Path, wanted: &Header) -> Result<(Journal, Header, Vec<Run>), Error> {
        let fail = |action| move |source| Error::File { action, path: path.into(), source };
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(fail("cannot open the search's file"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(refuse(
                    path,
                    "another search is writing this file; wait for it, or name another file",
                ));
            }
            // Some network drives have no locks; a search is not refused for it.
            Err(TryLockError::Error(_)) => {}
        }
        let mut bytes = Vec::new();
        let read = Read::by_ref(&mut file).take(LARGEST_FILE + 1).read_to_end(&mut bytes);
        if read.map_err(fail("cannot read the search's file"))? as u64 > LARGEST_FILE {
            return Err(refuse(path, "expected the file of a search, found more than 1 GiB"));
        }
        let (header, runs, length) = read_lines(path, &bytes)?;
        let mut journal = Journal { path: path.to_path_buf(), file };
        journal.file.set_len(length as u64).map_err(fail("cannot write"))?;
        journal.file.seek(SeekFrom::End(0)).map_err(fail("cannot write"))?;
        let Some(header) = header else {
            journal.line(wanted)?;
            return Ok((journal, wanted.clone(), Vec::new()));
        };
        let differences = header.differences(wanted);
        if !differences.is_empty() {
            return Err(refuse(
                path,
                &format!(
                    "holds another search, which differs in {}; name another file for this one, or \
                     delete the file to begin anew",
                    differences.join(", ")
                ),
            ));
        }
        Ok((journal, header, runs))
    }

    /// Adds a run; it is on the disk afterwards.
    pub(super) fn add(&mut self, run: &Run) -> Result<(), Error> {
        self.line(run)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let mut line = serde_json::to_vec(value).expect("a line is plain data");
        line.push(b'\n');
        // In one piece, so that a line is torn by nothing but the end of the system.
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|source| Error::File {
            action: "cannot write",
            path: self.path.clone(),
            source,
        })
    }
}

fn refuse(path: &Path, problem: &str) -> Error {
    Error::ModelFile { path: path.to_path_buf(), problem: problem.to_string() }
}

/// The header, the runs, and how many bytes hold them: not those of a last line that is torn.
fn read_lines(path: &Path, bytes: &[u8]) -> Result<(Option<Header>, Vec<Run>, usize), Error> {
    let torn = |rest: &[u8]| !rest.ends_with(b"\n");
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let Some((&first, rest)) = lines.split_first() else { return Ok((None, Vec::new(), 0)) };
    let length = first.len().min(BEGINNING.len());
    if first[..length] != BEGINNING[..length] {
        return Err(refuse(
            path,
            "expected the file of a search, which chainrule tune writes, found something else; name \
             another file",
        ));
    }
    if torn(first) {
        return Ok((None, Vec::new(), 0));
    }
    let wrong = |number: usize, error: &dyn std::fmt::Display| {
        refuse(
            path,
            &format!(
                "line {number}: expected a line of a search as JSON, but {error}; restore the file \
                 from a copy, or delete it to begin anew"
            ),
        )
    };
    let header: Header = serde_json::from_slice(first).map_err(|error| wrong(1, &error))?;
    if header.chainrule_tune != VERSION {
        return Err(refuse(
            path,
            &format!(
                "written in version {} of the file of a search, but this program reads version \
                 {VERSION}; delete the file to begin anew",
                header.chainrule_tune
            ),
        ));
    }
    let (mut runs, mut jobs) = (Vec::new(), BTreeSet::new());
    let mut length = first.len();
    for (index, &line) in rest.iter().enumerate() {
        match serde_json::from_slice::<Run>(line) {
            Ok(run) if !torn(line) => {
                if !jobs.insert(run.job()) {
                    let twice = format!("trial {} ends twice on rung {}", run.trial, run.rung);
                    return Err(wrong(index + 2, &twice));
                }
                runs.push(run);
                length += line.len();
            }
            // Only the last can be torn.
            _ if index + 1 == rest.len() => {}
            Ok(_) => unreachable!("only the last line has no end"),
            Err(error) => return Err(wrong(index + 2, &error)),
        }
    }
    Ok((Some(header), runs, length))
}

#[cfg(test)]
mod tests {
    use super::super::{Measure, Outcome, Space};
    use super::*;
    use crate::Recipe;

    fn header() -> Header {
        let space = Space::usual(&Recipe::default(), 100);
        Header {
            chainrule_tune: VERSION,
            data: "abc".to_string(),
            recipe: serde_json::to_value(Recipe::default()).unwrap(),
            space: space.texts(),
            strategy: "random".to_string(),
            judging: "5 folds".to_string(),
            reduction: 3,
            rungs: 1,
        }
    }

    fn run(trial: usize) -> Run {
        let outcome = match trial % 2 {
            0 => Outcome::Judged {
                measure: Measure::Loss,
                score: 0.1 + 0.2,
                spread: Some(1.0 / 3.0),
                loss: 1e-300,
            },
            _ => Outcome::Failed("it \"diverged\"\n".to_string()),
        };
        let settings = Space::usual(&Recipe::default(), 100).draw(1, trial);
        Run { trial, rung: 0, epochs: 7, settings, outcome, seconds: 0.25 }
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tune.jsonl");
        (folder, path)
    }

    fn filled(path: &Path, runs: usize) -> Vec<Run> {
        let (mut journal, _, found) = Journal::open(path, &header()).unwrap();
        assert!(found.is_empty());
        let runs: Vec<Run> = (0..runs).map(run).collect();
        runs.iter().for_each(|run| journal.add(run).unwrap());
        runs
    }

    #[test]
    fn runs_are_read_as_they_were_written() {
        let (_folder, path) = file();
        let runs = filled(&path, 4);
        let more = Header { rungs: 3, ..header() };
        let (_, found_header, found) = Journal::open(&path, &more).unwrap();
        // Rungs stay as they were at first.
        assert_eq!((found_header, found), (header(), runs));
    }

    /// Wherever the file ends, the whole lines before are there, and it can be gone on with.
    #[test]
    fn a_torn_line_is_taken_away_wherever_it_is_torn() {
        let (_folder, path) = file();
        let runs = filled(&path, 3);
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = (0..whole.len())
            .filter(|&place| whole[place] == b'\n')
            .map(|place| place + 1)
            .collect();
        // Around every end of a line, and here and there within: each opening waits for the disk.
        let is_tried = |length: &usize| {
            length.is_multiple_of(41)
                || ends.iter().any(|end| end.abs_diff(*length) < 2)
                || *length < 3
        };
        for length in (0..=whole.len()).filter(is_tried) {
            std::fs::write(&path, &whole[..length]).unwrap();
            let kept = ends.iter().filter(|&&end| end <= length).count().saturating_sub(1);
            let (mut journal, _, found) = Journal::open(&path, &header()).unwrap();
            assert_eq!(found, runs[..kept], "{length}");
            runs[kept..].iter().for_each(|run| journal.add(run).unwrap());
            drop(journal);
            assert!(std::fs::read(&path).unwrap() == whole, "{length}");
        }
    }

    #[test]
    fn a_damaged_line_before_the_last_is_named() {
        let (_folder, path) = file();
        filled(&path, 3);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("\"trial\":1", "\"trail\":1", 1)).unwrap();
        let message = Journal::open(&path, &header()).unwrap_err().to_string();
        assert!(message.contains("line 3: expected a line of a search"), "{message}");
        std::fs::write(&path, text.replacen("\"trial\":1", "\"trial\":0", 1)).unwrap();
        let message = Journal::open(&path, &header()).unwrap_err().to_string();
        assert!(message.contains("line 3") && message.contains("ends twice"), "{message}");
    }

    #[test]
    fn the_file_of_another_search_or_of_something_else_is_left_alone() {
        let (_folder, path) = file();
        filled(&path, 2);
        let before = std::fs::read(&path).unwrap();
        let mut other = header();
        other.data = "def".to_string();
        other.recipe["seed"] = 2.into();
        other.space.insert("alpha".to_string(), "0,1".to_string());
        let message = Journal::open(&path, &other).unwrap_err().to_string();
        for part in ["the data", "seed (1, now 2)", "alpha (0.000001..1, now 0,1)", "to begin anew"]
        {
            assert!(message.contains(part), "{message}");
        }
        assert!(std::fs::read(&path).unwrap() == before);
        for text in ["a,b\n1,2\n", "{\"epoch\":1}\n", "x"] {
            std::fs::write(&path, text).unwrap();
            let message = Journal::open(&path, &header()).unwrap_err().to_string();
            assert!(message.contains("found something else"), "{message}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn two_searches_never_write_the_same_file() {
        let (_folder, path) = file();
        let first = Journal::open(&path, &header()).unwrap();
        let message = Journal::open(&path, &header()).unwrap_err().to_string();
        assert!(message.contains("another search is writing"), "{message}");
        drop(first);
        Journal::open(&path, &header()).unwrap();
    }
}
