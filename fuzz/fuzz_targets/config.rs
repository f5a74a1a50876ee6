//! Configuration files in TOML: read as flags, or refused with the line.

#![no_main]

use chainrule_cli::config;
use chainrule_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// Bytes that reading a file of `length` may take: the flags of the program with their help, which are
/// built once for the file and once for each key, and for each character the parts of a table.
/// (Found: see the closing figures of a run.)
fn reading(length: usize) -> usize {
    (4 << 20) + 2000 * length
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match bounded("reading", reading(text.len()), || config::read("run.toml", text)) {
        // What was read is nothing but flags, and the data.
        Ok(arguments) => {
            let data = arguments.iter().filter(|argument| !argument.starts_with("--")).count();
            assert!(data <= 1, "{arguments:?}");
        }
        Err(message) => assert!(message.starts_with("run.toml, line "), "{message}"),
    }
});
