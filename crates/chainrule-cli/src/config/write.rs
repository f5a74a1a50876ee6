//! The settings of a run as a configuration file.

use super::key_of;
use clap::Command;
use std::collections::BTreeMap;

/// The value of a key, as TOML.
pub(crate) struct Toml(String);

impl Toml {
    /// A number or anything else that TOML writes as it is.
    pub(crate) fn plain(value: impl ToString) -> Toml {
        Toml(value.to_string())
    }

    /// A floating-point number: always with a point or an exponent.
    pub(crate) fn number(value: f64) -> Toml {
        Toml(format!("{value:?}"))
    }

    /// A text.
    pub(crate) fn text(value: impl ToString) -> Toml {
        // JSON's escapes are TOML's too, but for one character.
        let text = serde_json::Value::from(value.to_string()).to_string();
        Toml(text.replace('\u{7f}', "\\u007f"))
    }

    /// A list.
    pub(crate) fn list(values: impl IntoIterator<Item = Toml>) -> Toml {
        let values: Vec<String> = values.into_iter().map(|value| value.0).collect();
        Toml(format!("[{}]", values.join(", ")))
    }
}

/// Every key of the command with its help: those in `values` as they are, the others as comments.
pub(crate) fn file(command: &Command, values: &BTreeMap<&str, Toml>) -> String {
    let mut text = String::new();
    let mut heading = None;
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let Some(key) = key_of(argument) else { continue };
        let own = argument.get_help_heading();
        if own.is_some() && own != heading {
            heading = own;
            text += &format!("\n## {}\n\n", own.unwrap_or_default());
        }
        let help = argument.get_help().map(|help| help.to_string()).unwrap_or_default();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        text += &format!("# {help}\n");
        text += &match values.get(argument.get_id().as_str()) {
            Some(Toml(value)) => format!("{key} = {value}\n"),
            None => format!("# {key} =\n"),
        };
    }
    text
}
