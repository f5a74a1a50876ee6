//! The program as people run it: what it prints, writes and returns.

mod bad_input;
mod check;
mod compare;
mod confidence;
mod config;
mod data;
mod doctor;
mod explain;
mod folder;
mod gates;
mod hostile;
mod judging;
mod neuron;
mod plot;
mod report;
mod round_trip;
mod same_bytes;
#[path = "../../../chainrule-data/tests/server/mod.rs"]
mod server;
#[cfg(unix)]
mod signals;
mod stream;
mod tables;
mod trace;
mod train;
mod tune;
mod written;
