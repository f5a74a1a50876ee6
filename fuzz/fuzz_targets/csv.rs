//! CSV files, plain and packed: read, then prepared for training.
//!
//! The first bytes of an input are choices: how to read the file, and what to do with it; see
//! `examples/seeds/csv.rs`. The rest is the file.

#![no_main]

use chainrule::data::{ColumnChoice, CsvOptions, Header, parse_csv};
use chainrule_fuzz::{Draws, Preparing, bounded, pack, unpacked_length};
use libfuzzer_sys::fuzz_target;
use std::borrow::Cow;

/// Bytes that reading a file of `length` may take, unpacked: what unpacks it, and for every byte what
/// a column takes, since a row of delimiters has a column for each. (Found: 350 for a byte of
/// these, 10 for numbers below each other. A row has at most 100000 cells.)
fn reading(length: usize) -> usize {
    (1 << 18) + 500 * length
}

fuzz_target!(|input: &[u8]| {
    let mut draws = Draws::new(input);
    let header = draws.one_of(&[Header::Auto, Header::Present, Header::Absent]);
    let delimiter = Some(draws.byte()).filter(|&byte| byte != 0);
    let named = vec!["a".to_owned(), "column2".to_owned()];
    let columns = draws.one_of(&[
        ColumnChoice::All,
        ColumnChoice::Only(named.clone()),
        ColumnChoice::Except(named.clone()),
    ]);
    let categories = if draws.yes() { named } else { Vec::new() };
    let packed = draws.yes();
    let preparing = Preparing::drawn(&mut draws);
    let file = draws.rest();
    let file = if packed { Cow::Owned(pack(file)) } else { Cow::Borrowed(file) };
    let length = unpacked_length(&file);
    let options = CsvOptions { delimiter, header, columns, categories, ..CsvOptions::default() };
    let read = || parse_csv("fuzz.csv", &file, &options);
    match bounded("reading", reading(length), read) {
        Ok(table) => preparing.run(&table, length),
        Err(error) => assert!(error.to_string().starts_with("fuzz"), "the file is named: {error}"),
    }
});
