//! Arrays, tables of other formats: the files that the tests of `chainrule-data` read, right and wrong.

use crate::Seed;
use std::path::Path;

/// The files whose names end so, without the endings of packing.
pub(crate) fn seeds(endings: &[&str]) -> Vec<Seed> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/chainrule-data/tests/corpus");
    let entries = std::fs::read_dir(Path::new(folder)).expect("the corpus is there");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let mut seeds: Vec<Seed> = paths
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            let is_wanted = endings.iter().any(|ending| name.ends_with(ending));
            // Seeds live as long as the program.
            is_wanted.then(|| (&*name.leak(), std::fs::read(&path).expect("a readable file")))
        })
        .collect();
    seeds.sort();
    seeds
}

/// The same without the line that `fuzz_targets/arff.rs` puts before every input.
pub(crate) fn arff() -> Vec<Seed> {
    let mut seeds = seeds(&[".arff"]);
    for (_, bytes) in &mut seeds {
        if bytes.starts_with(b"@relation") {
            bytes.drain(..=bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0));
        }
    }
    seeds
}
