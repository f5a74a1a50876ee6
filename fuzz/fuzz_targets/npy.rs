//! NumPy arrays (.npy) and archives of them (.npz).

#![no_main]

use chainrule::data::{SourceOptions, parse};
use chainrule_fuzz::{bounded, unpacked_length};
use libfuzzer_sys::fuzz_target;

/// Bytes that reading a file of `length` may take, unpacked: for every byte of an array a column, and
/// blocks of a megabyte for each array of an archive.
fn reading(length: usize) -> usize {
    (1 << 24) + 600 * length
}

/// Unpacked, an archive may hold a thousand times its length.
const MOST_PACKING: usize = 1100;

fuzz_target!(|input: &[u8]| {
    let packing = if input.starts_with(b"PK") { MOST_PACKING } else { 1 };
    let read = || parse("fuzz.npy", input, &SourceOptions::default());
    match bounded("reading", reading(unpacked_length(input) * packing), read) {
        Ok(data) => assert!(data.table.rows() > 0),
        Err(error) => assert!(error.to_string().starts_with("fuzz"), "the file is named: {error}"),
    }
});
