//! Settings from a file: every flag of `chainrule train` is also a key in TOML, `--batch-size 64`
//! being `batch_size = 64`. Flags win over the file, and over keys that they leave without meaning.
//!
//! The file is turned into flags, so that names, values and ranges are checked in one place.

pub(crate) mod write;

use crate::arguments::Program;
use crate::lists::item;
use chainrule::{Kind, Optimizer};
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory};
use std::error::Error as _;
use std::ffi::OsString;
use toml::de::{DeTable, DeValue};

/// The command whose settings a file may hold.
const COMMAND: &str = "train";
/// The key of the data, which have no flag.
pub(crate) const DATA: &str = "data";
/// Flags that make no sense in a file.
const NOT_IN_FILES: [&str; 4] = ["config", "print-config", "help", "version"];

/// One key of a file.
#[derive(Debug)]
struct Entry {
    key: String,
    /// As one would write it after the flag; a switch has none.
    value: Option<String>,
    line: usize,
}

/// The arguments that a configuration file stands for; `name` is the file's, for messages.
///
/// # Errors
/// What is wrong with the file: where, what was expected, what was found.
pub fn read(name: &str, text: &str) -> Result<Vec<String>, String> {
    let command = command();
    let entries = entries(name, text, &command)?;
    entries.iter().try_for_each(|entry| check(name, entry, &command))?;
    Ok(entries.iter().flat_map(argument).collect())
}

/// The arguments of the file that the given ones leave open.
pub(crate) fn merge(name: &str, text: &str, given: &ArgMatches) -> Result<Vec<OsString>, String> {
    let command = command();
    let entries = entries(name, text, &command)?;
    entries.iter().try_for_each(|entry| check(name, entry, &command))?;
    let is_open = |entry: &&Entry| {
        let argument = find(&command, &entry.key).expect("entries have flags");
        let mut given_ones =
            command.get_arguments().filter(|other| is_given(given, other.get_id().as_str()));
        !given_ones.any(|other| excludes(&command, other, argument)) && !is_superseded(entry, given)
    };
    Ok(entries.iter().filter(is_open).flat_map(argument).map(OsString::from).collect())
}

/// Whether a flag was typed, rather than having its usual value.
fn is_given(given: &ArgMatches, id: &str) -> bool {
    given.value_source(id) == Some(ValueSource::CommandLine)
}

/// Whether two flags are the same, or cannot stand beside each other.
fn excludes(command: &Command, one: &Arg, other: &Arg) -> bool {
    let conflicts = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|it| it.get_id() == other.get_id())
    };
    one.get_id() == other.get_id() || conflicts(one, other) || conflicts(other, one)
}

/// Whether a flag that is given leaves a key of the file without meaning.
fn is_superseded(entry: &Entry, given: &ArgMatches) -> bool {
    let optimizer =
        given.get_one::<Optimizer>("optimizer").filter(|_| is_given(given, "optimizer"));
    let no_validation =
        is_given(given, "validation") && given.get_one::<f64>("validation") == Some(&0.0);
    let kind = given.get_one::<Kind>("kind").filter(|_| is_given(given, "kind"));
    let is_of_another_kind = match entry.key.as_str() {
        "hidden" | "activation" | "normalization" | "skip" | "dropout" => {
            kind.is_some_and(|kind| *kind != Kind::Mlp)
        }
        // Its own is chosen by the kind.
        "loss" => kind.is_some(),
        "optimizer" | "schedule" | "warm_up" | "batch_size" | "init" | "input_dropout"
        | "score" | "patience" | "no_improvement" | "alpha" | "l1" | "label_smoothing"
        | "clip_norm" | "clip_value" | "sample_weight" | "class_weights" => {
            kind == Some(&Kind::Perceptron)
        }
        _ => false,
    };
    if is_of_another_kind {
        return true;
    }
    match entry.key.as_str() {
        // They are settings of the optimiser that the file names.
        "learning_rate" | "momentum" => optimizer.is_some(),
        "batch_size" | "dropout" | "clip_norm" | "clip_value" => {
            optimizer.is_some_and(Optimizer::is_full_batch)
        }
        "patience" => no_validation,
        _ => false,
    }
}

fn command() -> Command {
    let mut program = Program::command();
    program.build();
    program.find_subcommand(COMMAND).expect("the program has the command").clone()
}

/// The flag of a key.
fn find<'c>(command: &'c Command, key: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|argument| key_of(argument).as_deref() == Some(key))
}

/// The key of a flag.
pub(crate) fn key_of(argument: &Arg) -> Option<String> {
    match argument.get_long() {
        Some(flag) if NOT_IN_FILES.contains(&flag) => None,
        Some(flag) => Some(flag.replace('-', "_")),
        None => Some(argument.get_id().to_string()),
    }
}

fn entries(name: &str, text: &str, command: &Command) -> Result<Vec<Entry>, String> {
    let place = |offset: usize| {
        let offset = offset.min(text.len());
        1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count()
    };
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| place(span.start));
        format!("{name}, line {line}: expected TOML, but {}", error.message())
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        let line = place(key.span().start);
        let key = key.get_ref();
        let Some(argument) = find(command, key) else {
            return Err(unknown(name, line, key, command));
        };
        let refuse = |expected: &str| {
            let found = value.get_ref().type_str();
            Err(format!("{name}, line {line}: {key} is a TOML {found}, but must be {expected}"))
        };
        let is_switch = !argument.get_action().takes_values();
        let value = match (is_switch, value.get_ref()) {
            (true, DeValue::Boolean(true)) => None,
            (true, DeValue::Boolean(false)) => continue,
            (true, _) => return refuse("true or false"),
            (false, DeValue::Array(items)) => {
                let items: Option<Vec<String>> =
                    items.iter().map(|item| single(item.get_ref())).collect();
                match items {
                    Some(items) if argument.get_id() == "hidden" && items.is_empty() => {
                        Some("none".to_string())
                    }
                    // An empty list is what there is without the flag.
                    Some(items) if items.is_empty() => continue,
                    Some(items) => {
                        let items: Vec<String> = items.iter().map(|it| item(it)).collect();
                        Some(items.join(","))
                    }
                    None => return refuse("a list of numbers or texts"),
                }
            }
            (false, value) => match single(value) {
                Some(value) => Some(value),
                None => return refuse("a number, a text, or a list of them"),
            },
        };
        entries.push(Entry { key: key.to_string(), value, line });
    }
    Ok(entries)
}

/// A number or text as one would write it after a flag.
fn single(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_string()),
        DeValue::Float(number) => Some(number.as_str().to_string()),
        _ => None,
    }
}

fn unknown(name: &str, line: usize, key: &str, command: &Command) -> String {
    let known =
        command.get_arguments().filter(|argument| !argument.is_hide_set()).filter_map(key_of);
    let mut known: Vec<String> = known.collect();
    known.sort();
    let nearest = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&key.replace('-', "_"), known), known))
        .filter(|(distance, known)| *distance <= known.len().max(3) / 2)
        .min();
    match nearest {
        Some((_, nearest)) => {
            format!("{name}, line {line}: there is no key {key:?}; did you mean {nearest:?}?")
        }
        None => {
            format!("{name}, line {line}: there is no key {key:?}; there are: {}", known.join(", "))
        }
    }
}

/// The entry as arguments.
fn argument(entry: &Entry) -> Option<String> {
    let flag = entry.key.replace('_', "-");
    match &entry.value {
        Some(value) if entry.key == DATA => Some(value.clone()),
        Some(value) => Some(format!("--{flag}={value}")),
        None => Some(format!("--{flag}")),
    }
}

/// Whether the flag takes the value.
fn check(name: &str, entry: &Entry, command: &Command) -> Result<(), String> {
    let is_data = entry.key == DATA;
    let line = argument(entry);
    if is_data && line.as_deref().is_some_and(|data| data.starts_with('-')) {
        let line = entry.line;
        return Err(format!(
            "{name}, line {line}: data cannot begin with a dash; write ./ before it"
        ));
    }
    let words = [COMMAND.to_string()].into_iter().chain((!is_data).then(|| DATA.to_string()));
    let result = command.clone().try_get_matches_from(words.chain(line));
    let Err(error) = result else { return Ok(()) };
    let place = format!("{name}, line {}", entry.line);
    let found = entry.value.as_deref().unwrap_or("true");
    // What the flag's own reader says, or else clap.
    if let Some(reason) = error.source() {
        return Err(format!("{place}: {} is {found:?}: {reason}", entry.key));
    }
    if let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidValue)
        && !known.is_empty()
    {
        let nearest = known.iter().min_by_key(|known| strsim::damerau_levenshtein(found, known));
        let nearest = nearest.map_or(String::new(), |it| format!(" (did you mean {it:?}?)"));
        let known = known.join(", ");
        return Err(format!(
            "{place}: {} is {found:?}{nearest}, but must be one of {known}",
            entry.key
        ));
    }
    // Flags that need others are judged when all are together.
    use clap::error::ErrorKind::{ArgumentConflict, MissingRequiredArgument};
    if matches!(error.kind(), ArgumentConflict | MissingRequiredArgument) {
        return Ok(());
    }
    let text: StyledStr = error.render();
    let text = text.to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_string();
    Err(format!("{place}: {first}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_flags() {
        let text = "data = \"digits\"\nbatch_size = 64\nalpha = 1e-4\nhidden = [64, 32]\njson = true\n\
                    activation = [\"elu(0.5)\", \"tanh:8+relu:24\"]\ndrop = [\"a,b\", \"c\"]\n\
                    normalization = [\"batch(momentum=0.2, epsilon=1e-5)\", \"none\"]";
        let mut found = read("c.toml", text).unwrap();
        found.sort();
        assert_eq!(
            found,
            [
                "--activation=elu(0.5),tanh:8+relu:24",
                "--alpha=1e-4",
                "--batch-size=64",
                "--drop=\"a,b\",c",
                "--hidden=64,32",
                "--json",
                "--normalization=batch(momentum=0.2, epsilon=1e-5),none",
                "digits",
            ]
        );
        assert!(read("c.toml", "hidden = []").unwrap() == ["--hidden=none"]);
        assert!(read("c.toml", "json = false\ntarget = []").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_names_the_line_and_the_nearest_right_one() {
        let message = |text: &str| read("c.toml", text).unwrap_err();
        assert_eq!(
            message("data = \"iris\"\nbatchsize = 3"),
            "c.toml, line 2: there is no key \"batchsize\"; did you mean \"batch_size\"?"
        );
        let found = message("\n\noptimizer = \"adma\"");
        assert!(found.starts_with("c.toml, line 3: optimizer is \"adma\""), "{found}");
        assert!(found.contains("did you mean \"adam\"?"), "{found}");
        let found = message("header = \"presnt\"");
        assert!(found.contains("did you mean \"present\"?"), "{found}");
        let found = message("learning_rate = -1");
        assert!(
            found.contains("line 1: learning_rate is \"-1\": expected a number above 0"),
            "{found}"
        );
        let found = message("epochs = [[1]]");
        assert!(found.contains("list of numbers or texts"), "{found}");
        let found = message("json = 3");
        assert!(found.contains("must be true or false"), "{found}");
        let found = message("epochs = 3\nalpha = = 2");
        assert!(found.starts_with("c.toml, line 2: expected TOML"), "{found}");
        assert!(message("config = \"other.toml\"").contains("there is no key"));
        assert!(message("[optimizer]\nname = \"adam\"").contains("optimizer is a TOML table"));
    }
}
