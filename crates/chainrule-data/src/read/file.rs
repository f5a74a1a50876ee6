//! Opening files, plain or packed with gzip or zstd, with a bound on what is read into memory.

use crate::error::{DataError, shown};
use crate::message;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The most bytes of one file that are read into memory, once unpacked. A packed file can unpack to a
/// thousand times its size; no file should fill the machine.
pub(crate) const MOST_BYTES: u64 = 8 << 30;

/// A zstd file says how much of what came before must be remembered: at most 2 to this many bytes, as
/// the program `zstd` has it.
const WINDOW_LOG: u32 = 27;

/// The name of standard input as data, and what messages call it.
pub(crate) const STANDARD_INPUT: (&str, &str) = ("-", "standard input");

/// Bytes at the beginning of a file by which its format is known. Text may begin with pages of comment.
const BEGINNING: usize = 1 << 16;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// By the first bytes of a file.
    fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }
}

/// What can be opened again and again.
#[derive(Clone)]
pub(crate) enum Origin<'a> {
    /// A regular file.
    Path(PathBuf),
    /// A name and contents, plain or packed.
    Bytes(String, &'a [u8]),
}

impl<'a> Origin<'a> {
    /// The contents from the beginning.
    pub(crate) fn open(&self) -> Result<Opened<'a>, DataError> {
        match self {
            Origin::Path(path) => Opened::open(path),
            Origin::Bytes(name, bytes) => Opened::bytes(name, bytes),
        }
    }

    /// As messages have it.
    pub(crate) fn name(&self) -> String {
        match self {
            Origin::Path(path) => shown(path),
            Origin::Bytes(name, _) => name.clone(),
        }
    }

    /// The error for contents that are not what they were.
    pub(crate) fn changed(&self) -> DataError {
        DataError::Changed { path: self.name().into() }
    }
}

/// A file whose contents can be looked at before they are read.
pub(crate) struct Opened<'a> {
    path: PathBuf,
    /// The first bytes, once unpacked; they stay to be read.
    beginning: Vec<u8>,
    reader: Box<dyn Read + Send + 'a>,
    packing: Option<Packing>,
    /// Bytes of a regular file that is not packed; unknown for packed ones, pipes and devices.
    pub(crate) length: Option<u64>,
    /// From where it can be opened again, unless it is a pipe or a device.
    pub(crate) origin: Option<Origin<'a>>,
}

impl<'a> Opened<'a> {
    /// Opens `path`, unpacking it when it begins as gzip or zstd does, whatever its name.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let metadata = std::fs::metadata(path).map_err(|error| failure(path, None, error))?;
        if metadata.is_dir() {
            return Err(DataError::Folder { path: path.to_owned() });
        }
        let file = File::open(path).map_err(|error| failure(path, None, error))?;
        let origin = metadata.is_file().then(|| Origin::Path(path.to_owned()));
        Self::of(path, file, metadata.len(), origin)
    }

    /// What comes from standard input, unpacked like a file.
    pub(crate) fn standard_input() -> Result<Self, DataError> {
        Self::of(Path::new(STANDARD_INPUT.1), io::stdin(), 0, None)
    }

    /// A file whose contents are `bytes`, called `name` in messages; unpacked like any other.
    pub(crate) fn bytes(name: &str, bytes: &'a [u8]) -> Result<Self, DataError> {
        let origin = Origin::Bytes(name.to_owned(), bytes);
        Self::of(Path::new(name), bytes, bytes.len() as u64, Some(origin))
    }

    fn of(
        path: &Path,
        plain: impl Read + Send + 'a,
        length: u64,
        origin: Option<Origin<'a>>,
    ) -> Result<Self, DataError> {
        let (start, plain) =
            with_beginning(plain, 4).map_err(|error| failure(path, None, error))?;
        let packing = Packing::of(&start);
        let fail = |error| failure(path, packing, error);
        let reader: Box<dyn Read + Send + 'a> = match packing {
            None => Box::new(plain),
            Some(Packing::Gzip) => Box::new(MultiGzDecoder::new(BufReader::new(plain))),
            Some(Packing::Zstd) => {
                let mut decoder = zstd::Decoder::new(plain).map_err(fail)?;
                decoder.window_log_max(WINDOW_LOG).map_err(fail)?;
                Box::new(decoder)
            }
        };
        let (beginning, reader) = with_beginning(reader, BEGINNING).map_err(fail)?;
        Ok(Opened {
            path: path.to_owned(),
            beginning,
            reader: Box::new(reader),
            packing,
            length: (packing.is_none() && origin.is_some()).then_some(length),
            origin,
        })
    }

    /// What `reader` gives, called `name` in messages, as it is.
    pub(crate) fn stream(name: &str, reader: impl Read + Send + 'a) -> Self {
        Opened {
            path: name.into(),
            beginning: Vec::new(),
            reader: Box::new(reader),
            packing: None,
            length: None,
            origin: None,
        }
    }

    /// As messages have it.
    pub(crate) fn name(&self) -> String {
        shown(&self.path)
    }

    /// The file's path, if it is a regular file.
    pub(crate) fn path_again(&self) -> Option<Origin<'static>> {
        match &self.origin {
            Some(Origin::Path(path)) => Some(Origin::Path(path.clone())),
            _ => None,
        }
    }

    /// What is left to be read.
    pub(crate) fn reader(&mut self) -> &mut (dyn Read + Send + 'a) {
        &mut *self.reader
    }

    /// The path as the user gave it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The first bytes, which stay to be read.
    pub(crate) fn peek(&self) -> &[u8] {
        &self.beginning
    }

    /// The file itself, to be read at any place, if it can be.
    pub(crate) fn random_access(&self) -> Option<File> {
        match (&self.origin, self.packing) {
            (Some(Origin::Path(path)), None) => File::open(path).ok(),
            _ => None,
        }
    }

    /// At most `most` of the bytes that are left. Memory grows with what is really there.
    pub(crate) fn read_at_most(&mut self, most: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        self.read_on(most, &mut bytes)?;
        Ok(bytes)
    }

    /// Appends at most `most` of the bytes that are left to `bytes`, and tells how many.
    pub(crate) fn read_on(&mut self, most: u64, bytes: &mut Vec<u8>) -> Result<usize, DataError> {
        let read = (&mut self.reader).take(most).read_to_end(bytes);
        read.map_err(|error| failure(&self.path, self.packing, error))
    }

    /// All the bytes that are left.
    ///
    /// # Errors
    /// [`DataError::TooLarge`] above [`MOST_BYTES`].
    pub(crate) fn read_all(&mut self) -> Result<Vec<u8>, DataError> {
        let bytes = self.read_at_most(MOST_BYTES + 1)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(self.too_large());
        }
        Ok(bytes)
    }

    /// The error for a file above [`MOST_BYTES`].
    pub(crate) fn too_large(&self) -> DataError {
        DataError::TooLarge { path: self.path.clone(), limit: MOST_BYTES }
    }
}

/// A reader from its beginning, of which the first bytes were read.
type Rewound<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// The first bytes of a reader, at most `most`, and a reader of all of it.
fn with_beginning<R: Read>(mut reader: R, most: usize) -> io::Result<(Vec<u8>, Rewound<R>)> {
    let mut beginning = Vec::new();
    (&mut reader).take(most as u64).read_to_end(&mut beginning)?;
    Ok((beginning.clone(), io::Cursor::new(beginning).chain(reader)))
}

fn failure(path: &Path, packing: Option<Packing>, error: io::Error) -> DataError {
    let path = path.to_owned();
    match (error.kind(), packing) {
        (ErrorKind::NotFound, _) => DataError::NoSuchFile { nearest: neighbour(&path), path },
        // The decompressors report bad data in these ways; a plain file never does.
        (
            ErrorKind::InvalidInput
            | ErrorKind::InvalidData
            | ErrorKind::UnexpectedEof
            | ErrorKind::Other,
            Some(packing),
        ) => DataError::Damaged { path, packing: packing.name(), reason: error.to_string() },
        _ => DataError::Unreadable { path, source: error },
    }
}

/// The path of a file beside `path` that has a similar name.
fn neighbour(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let files = entries
        .take(1000)
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok());
    let nearest = message::nearest(name, files)?;
    Some(path.with_file_name(nearest).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn packed_with_zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    #[test]
    fn packing_is_known_by_the_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain-name");
        for pack in [packed, packed_with_zstd] {
            let two_members = [pack(b"hello "), pack(b"world")].concat();
            std::fs::write(&path, two_members).unwrap();
            let mut opened = Opened::open(&path).unwrap();
            assert!(opened.length.is_none() && opened.origin.is_some());
            assert!(opened.peek().starts_with(b"hello"));
            assert_eq!(opened.read_all().unwrap(), b"hello world");
        }
    }

    #[test]
    fn damaged_packing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.csv.gz");
        let noise: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        for (name, whole) in [("gzip", packed(&noise)), ("zstd", packed_with_zstd(&noise))] {
            for bytes in [&whole[..whole.len() - 5], &whole[..whole.len() / 2], &whole[..5]] {
                std::fs::write(&path, bytes).unwrap();
                let read = Opened::open(&path).and_then(|mut it| Ok(it.read_all()?.len()));
                let error = read.unwrap_err();
                assert!(matches!(error, DataError::Damaged { .. }), "{error:?}");
                let message = error.to_string();
                assert!(
                    message.contains("cut.csv.gz: the ") && message.contains(name),
                    "{message}"
                );
            }
        }
    }

    #[test]
    fn a_packed_file_is_unpacked_no_further_than_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.gz");
        std::fs::write(&path, packed(&vec![0; 10_000_000])).unwrap();
        let mut opened = Opened::open(&path).unwrap();
        assert_eq!(opened.read_at_most(1000).unwrap().len(), 1000);
        // A window of 2 GiB, by the header of a frame.
        std::fs::write(&path, [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0]).unwrap();
        let error = Opened::open(&path).err().unwrap().to_string();
        assert!(error.contains("zstd data"), "{error}");
    }

    #[test]
    fn a_misspelt_path_is_suggested() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("flowers.csv"), "x").unwrap();
        let error = Opened::open(&folder.path().join("flower.csv")).err().unwrap().to_string();
        assert!(error.contains("no such file") && error.contains("flowers.csv`?"), "{error}");
        let error = Opened::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("found a folder"), "{error}");
    }
}
