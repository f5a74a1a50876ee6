//! `chainrule data`: the data sets that have a name.

use super::{data_get, data_list};
use crate::failure::Failure;
use clap::Subcommand;
use std::process::ExitCode;

/// Lists the data sets that have a name, or fetches one
#[derive(clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(data_list::Arguments),
    Get(data_get::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::List(arguments) => data_list::run(arguments),
        Command::Get(arguments) => data_get::run(arguments),
    }
}

/// A number of bytes as people say it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let sizes = [0, 999, 4_542, 999_499, 9_912_422].map(size);
        assert_eq!(sizes, ["0 bytes", "999 bytes", "5 kB", "999 kB", "9.9 MB"]);
    }
}
