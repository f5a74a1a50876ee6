//! Gzip and zstd, which the readers of data unpack.

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

/// The bytes, gzipped.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory can be written to");
    encoder.finish().expect("memory can be written to")
}

/// The bytes that a file unpacks to, as far as it can be unpacked; its own where it is not packed.
///
/// This is the length that memory is measured against: a packed file of 8 KiB may hold 8 MiB, and
/// whoever reads it into a table has to hold them.
pub fn unpacked_length(file: &[u8]) -> usize {
    let mut decoder: Box<dyn Read> = match file {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => match zstd::Decoder::with_buffer(file) {
            Ok(decoder) => Box::new(decoder),
            Err(_) => return file.len(),
        },
        _ => return file.len(),
    };
    let mut block = [0; 1 << 12];
    let mut length = 0;
    while let Ok(read @ 1..) = decoder.read(&mut block) {
        length += read;
    }
    length
}
