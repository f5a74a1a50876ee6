//! Exit codes, and what is said on the way out.

use crate::render::complain;
use chainrule::Error;
use chainrule::data::DataError;
use chainrule::graph::{GraphError, ParseError};
use std::fmt::Display;
use std::process::ExitCode;

/// A check failed, or a run diverged.
const CHECK_FAILED: u8 = 1;
/// Bad input or usage; clap uses the same.
const BAD_INPUT: u8 = 2;
/// Our fault.
const BUG: u8 = 3;

/// Why the program ends early.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Something that the user can put right.
    pub(crate) fn input(message: impl Display) -> Failure {
        Failure { code: BAD_INPUT, message: message.to_string() }
    }

    /// Something that was asked for and found not to be so.
    pub(crate) fn check(message: impl Display) -> Failure {
        Failure { code: CHECK_FAILED, message: message.to_string() }
    }

    /// Says it on stderr.
    pub(crate) fn report(&self) -> ExitCode {
        complain("error", &self.message);
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Diverged(_) | Error::Search(_) => Failure::check(error),
            _ => Failure::input(error),
        }
    }
}

impl From<chainrule_draw::Error> for Failure {
    fn from(error: chainrule_draw::Error) -> Failure {
        match error {
            chainrule_draw::Error::Model(error) => (*error).into(),
            chainrule_draw::Error::Svg(_) => Failure { code: BUG, message: error.to_string() },
            _ => Failure::input(error),
        }
    }
}

impl From<chainrule_report::Error> for Failure {
    fn from(error: chainrule_report::Error) -> Failure {
        match error {
            chainrule_report::Error::Model(error) => error.into(),
            chainrule_report::Error::Picture(error) => error.into(),
            chainrule_report::Error::Template(_) => {
                Failure { code: BUG, message: error.to_string() }
            }
        }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Failure {
        Failure::input(error)
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Failure {
        Failure::input(error)
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Failure {
        Failure::input(error)
    }
}

/// A panic is a fault of the program, on whichever thread it happens: it is reported as such.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let version = env!("CARGO_PKG_VERSION");
        let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
        let message = format!(
            "this is a bug in chainrule, not a fault of your data. Please report it at {}/issues \
             with these lines and, if you can, the data:\n  {panic}\n  chainrule {version} on \
             {system} {machine}: chainrule {}",
            env!("CARGO_PKG_REPOSITORY"),
            arguments.join(" "),
        );
        complain("error", &message);
        std::process::exit(BUG.into());
    }));
}
