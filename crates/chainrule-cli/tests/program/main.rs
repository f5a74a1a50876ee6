//! The program as people run it: what it prints, writes and returns.

mod bad_input;
mod check;
mod config;
mod data;
mod folder;
mod hostile;
mod neuron;
mod round_trip;
mod same_bytes;
#[path = "../../../chainrule-data/tests/server/mod.rs"]
mod server;
#[cfg(unix)]
mod signals;
mod train;
