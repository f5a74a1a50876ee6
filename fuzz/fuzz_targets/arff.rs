//! ARFF files, dense and sparse.

#![no_main]

use chainrule::data::{SourceOptions, parse};
use chainrule_fuzz::{bounded, unpacked_length};
use libfuzzer_sys::fuzz_target;

/// Bytes that reading a file of `length` may take, unpacked: for every byte what a column takes. A sparse
/// row has a value for every attribute, so the table's own size comes on top.
fn reading(length: usize) -> usize {
    let line = length / 2;
    (1 << 20) + 500 * length + 16 * line * (length / 14 + 1)
}

fuzz_target!(|input: &[u8]| {
    // Whatever comes behind it, the file is an ARFF file.
    let file = [b"@relation r\n", input].concat();
    let read = || parse("fuzz.arff", &file, &SourceOptions::default());
    match bounded("reading", reading(unpacked_length(&file)), read) {
        Ok(data) => assert!(data.table.rows() > 0),
        Err(error) => assert!(error.to_string().starts_with("fuzz"), "the file is named: {error}"),
    }
});
