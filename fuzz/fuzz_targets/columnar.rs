//! Parquet files, and Arrow's files and streams.
//!
//! Their readers, which are not ours, panic on some damaged files; the library makes an error of it, so
//! the message of such a panic is not printed here and does not count.

#![no_main]

use chainrule::data::{SourceOptions, parse};
use libfuzzer_sys::fuzz_target;
use std::sync::Once;

static QUIET: Once = Once::new();

fuzz_target!(|input: &[u8]| {
    // libFuzzer's own hook would take a panic that is caught for one that is not.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    match parse("fuzz.parquet", input, &SourceOptions::default()) {
        Ok(data) => assert!(data.table.rows() > 0),
        Err(error) => {
            let message = error.to_string();
            if !message.starts_with("fuzz") {
                eprintln!("the file is not named: {message}");
                std::process::abort();
            }
        }
    }
});
