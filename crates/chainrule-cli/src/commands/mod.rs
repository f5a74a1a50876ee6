//! One file for each command.

pub(crate) mod build;
pub(crate) mod check;
mod check_expression;
mod check_model;
pub(crate) mod compare;
mod compare_report;
pub(crate) mod data;
mod data_get;
mod data_list;
mod data_progress;
pub(crate) mod doctor;
pub(crate) mod evaluate;
mod evaluate_page;
mod evaluate_report;
pub(crate) mod explain;
mod expression;
pub(crate) mod inspect;
mod neuron;
pub(crate) mod plot;
mod plot_boundary;
mod plot_output;
pub(crate) mod predict;
pub(crate) mod trace;
mod trace_expression;
mod trace_model;
pub(crate) mod train;
mod train_config;
mod train_report;
pub(crate) mod tune;
mod tune_report;

use crate::arguments::Command;
use crate::failure::Failure;
use std::process::ExitCode;

pub(crate) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Train(arguments) => train::run(arguments),
        Command::Tune(arguments) => tune::run(arguments),
        Command::Build(arguments) => build::run(arguments),
        Command::Predict(arguments) => predict::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Trace(arguments) => trace::run(arguments),
        Command::Plot(arguments) => plot::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Data(arguments) => data::run(arguments),
    }
}
