//! Images and labels: the bytes that `fuzz_targets/idx.rs` draws, then the labels, then the images.

use crate::Seed;
use chainrule_fuzz::pack;

const IMAGES: u32 = 0x803;
const LABELS: u32 = 0x801;

pub(crate) fn seeds() -> Vec<Seed> {
    let pixels: Vec<u8> = (0..10 * 9).map(|i| (i * 37 % 256) as u8).collect();
    let images = idx(IMAGES, &[10, 3, 3], &pixels);
    let labels = idx(LABELS, &[10], &[0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    let alone = |images: &[u8]| seed([0, 0], &[], images);
    vec![
        ("images", alone(&images)),
        ("images_and_labels", seed([0, 0], &labels, &images)),
        ("packed", seed([1, 1], &labels, &images)),
        ("gzip", seed([0, 0], &pack(&labels), &pack(&images))),
        ("gzip_cut", alone(&pack(&images)[..30])),
        ("gzip_two_members", alone(&[pack(&images[..50]), pack(&images[50..])].concat())),
        ("gzip_bomb", alone(&pack(&idx(IMAGES, &[5, 100, 100], &[0; 50_000])))),
        ("gzip_bomb_of_one_image", alone(&pack(&idx(IMAGES, &[1, 300, 200], &[0; 60_000])))),
        ("gzip_announces_gigabytes", alone(&pack(&idx(IMAGES, &[1 << 20, 64, 64], &[0; 100])))),
        ("too_many_images", alone(&idx(IMAGES, &[u32::MAX, 28, 28], &[0; 20]))),
        ("too_many_pixels", alone(&idx(IMAGES, &[1, 4096, 4096], &[0; 20]))),
        ("sizes_that_wrap", alone(&idx(IMAGES, &[1 << 31, 1 << 31, 4], &[0; 20]))),
        ("no_images", alone(&idx(IMAGES, &[0, 3, 3], &[]))),
        ("no_pixels", alone(&idx(IMAGES, &[3, 0, 3], &[]))),
        ("fewer_labels", seed([0, 0], &idx(LABELS, &[3], &[1, 2, 3]), &images)),
        ("labels_of_labels", seed([0, 0], &images, &labels)),
        ("short_header", alone(&images[..10])),
        ("another_type", alone(&idx(0xd03, &[1, 1, 1], &[0; 4]))),
    ]
}

fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let header = std::iter::once(magic).chain(sizes.iter().copied());
    header.flat_map(u32::to_be_bytes).chain(values.iter().copied()).collect()
}

/// Both files, packed where `packed` says so; the target is the last column that a byte can name.
fn seed(packed: [u8; 2], labels: &[u8], images: &[u8]) -> Vec<u8> {
    let length = u8::try_from(labels.len()).expect("short labels");
    let mut bytes = vec![packed[0], packed[1], length, 9, 0, 0, 0];
    bytes.extend(labels);
    bytes.extend(images);
    bytes
}
