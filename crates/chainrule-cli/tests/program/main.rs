//! The program as people run it: what it prints, writes and returns.

mod bad_input;
mod check;
mod folder;
mod hostile;
mod round_trip;
mod same_bytes;
#[cfg(unix)]
mod signals;
mod train;
