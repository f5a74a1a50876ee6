//! The program `chainrule`: arguments in, library calls, results on stdout.

#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod failure;
mod interrupt;
mod numbers;
mod output;
mod render;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    failure::report_panics();
    let program = arguments::Program::parse();
    match commands::run(&program.command) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
