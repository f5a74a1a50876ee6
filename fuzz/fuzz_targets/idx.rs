//! IDX files, plain and gzipped: images and labels read, then prepared for training.
//!
//! The first bytes of an input are choices; see `examples/seeds/idx.rs`. Then comes the labels file, as
//! long as one of those bytes says, and then the images file.

#![no_main]

use chainrule::data::parse_idx;
use chainrule_fuzz::{Draws, Preparing, bounded, pack, unpacked_length};
use libfuzzer_sys::fuzz_target;
use std::borrow::Cow;

/// Bytes that reading files of `length` together may take, unpacked: what unpacks them, and for every
/// byte what a column takes, since a single image has a column for each. (Found: 170 for a byte of
/// one image, 3 for many.)
fn reading(length: usize) -> usize {
    (1 << 18) + 250 * length
}

/// Longer images are passed over: a few packed bytes can hold millions of pixels, which take seconds
/// and show nothing new.
const LONGEST: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let mut draws = Draws::new(input);
    let (pack_images, pack_labels) = (draws.yes(), draws.yes());
    let length_of_labels = usize::from(draws.byte());
    let preparing = Preparing::drawn(&mut draws);
    let rest = draws.rest();
    let (labels, images) = rest.split_at(length_of_labels.min(rest.len()));
    let as_file =
        |bytes, packed| if packed { Cow::Owned(pack(bytes)) } else { Cow::Borrowed(bytes) };
    let images = as_file(images, pack_images);
    let labels = (!labels.is_empty()).then(|| as_file(labels, pack_labels));
    let length = unpacked_length(&images) + labels.as_deref().map_or(0, unpacked_length);
    if length > LONGEST {
        return;
    }
    let read = || parse_idx("fuzz-images", &images, labels.as_deref());
    match bounded("reading", reading(length), read) {
        Ok(table) => {
            let shape = table.image().expect("every pixel is a column");
            let pixels = shape.pixels() + usize::from(labels.is_some());
            assert_eq!(table.columns().len(), pixels);
            preparing.run(&table, length);
        }
        Err(error) => assert!(error.to_string().starts_with("fuzz"), "the file is named: {error}"),
    }
});
