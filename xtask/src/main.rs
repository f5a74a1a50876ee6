//! Tasks of the project. `cargo xtask test` is everything that must hold; `cargo xtask bench`
//! measures against other systems.

mod bench;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage:
  cargo xtask test [--require-all]   format, lints, documentation, unit, integration and doc tests;
                                     what needs a data folder (CHAINRULE_DATA) is skipped without
                                     one, or with --require-all fails
  cargo xtask bench [W1 .. W5] [--threads N] [--rounds N]
                                     seconds per epoch against the peers that are installed,
                                     interleaved (Python from CHAINRULE_PYTHON, else python3)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.split_first() {
        Some((&"test", [])) => test::run(false),
        Some((&"test", ["--require-all"])) => test::run(true),
        Some((&"bench", rest)) => bench::run(rest),
        _ => Err(USAGE.to_string()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
