//! The program `chainrule`: arguments in, library calls, results on stdout.
//!
//! It is a library too so that fuzzing and tests reach the reader of configuration files.

#![forbid(unsafe_code)]

mod arguments;
mod commands;
pub mod config;
mod failure;
mod interrupt;
mod lists;
mod numbers;
mod output;
mod render;

use std::process::ExitCode;

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    failure::report_panics();
    let result = arguments::parse().and_then(|program| commands::run(&program.command));
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
