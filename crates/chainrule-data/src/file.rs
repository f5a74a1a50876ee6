//! Opening files, plain or gzipped, with a bound on what is read into memory.

use crate::error::{DataError, shown};
use crate::message;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The most bytes of one file that are read into memory, once unpacked. A gzip file can unpack to a
/// thousand times its size; no file should fill the machine.
pub(crate) const MOST_BYTES: u64 = 8 << 30;

/// The first two bytes of every gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What can be opened again and again.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// A regular file.
    Path(&'a Path),
    /// A name and contents, plain or packed.
    Bytes(&'a str, &'a [u8]),
}

impl<'a> Origin<'a> {
    /// The contents from the beginning.
    pub(crate) fn open(self) -> Result<Opened<'a>, DataError> {
        match self {
            Origin::Path(path) => Opened::open(path),
            Origin::Bytes(name, bytes) => Opened::bytes(name, bytes),
        }
    }

    /// As messages have it.
    pub(crate) fn name(self) -> String {
        match self {
            Origin::Path(path) => shown(path),
            Origin::Bytes(name, _) => name.to_owned(),
        }
    }

    /// The error for contents that are not what they were.
    pub(crate) fn changed(self) -> DataError {
        DataError::Changed { path: self.name().into() }
    }
}

/// A file whose contents can be looked at before they are read.
pub(crate) struct Opened<'a> {
    path: PathBuf,
    reader: Box<dyn BufRead + Send + 'a>,
    /// Bytes of a regular file that is not packed; unknown for gzip, pipes and devices.
    pub(crate) length: Option<u64>,
    /// It can be opened again: neither a pipe nor a device.
    pub(crate) is_regular: bool,
}

impl<'a> Opened<'a> {
    /// Opens `path`, unpacking it when it begins as gzip does, whatever its name.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let metadata = std::fs::metadata(path).map_err(|error| failure(path, error))?;
        if metadata.is_dir() {
            return Err(DataError::Folder { path: path.to_owned() });
        }
        let file = File::open(path).map_err(|error| failure(path, error))?;
        let length = metadata.is_file().then_some(metadata.len());
        Self::of(path, BufReader::with_capacity(1 << 16, file), length)
    }

    /// A file whose contents are `bytes`, called `name` in messages; unpacked like any other.
    pub(crate) fn bytes(name: &str, bytes: &'a [u8]) -> Result<Self, DataError> {
        Self::of(Path::new(name), bytes, Some(bytes.len() as u64))
    }

    fn of(
        path: &Path,
        mut plain: impl BufRead + Send + 'a,
        length: Option<u64>,
    ) -> Result<Self, DataError> {
        let start = plain.fill_buf().map_err(|error| failure(path, error))?;
        let is_regular = length.is_some();
        let packed = start.starts_with(&GZIP);
        let length = length.filter(|_| !packed);
        let reader: Box<dyn BufRead + Send + 'a> = if packed {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        Ok(Opened { path: path.to_owned(), reader, length, is_regular })
    }

    /// The path as the user gave it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The first bytes, which stay to be read.
    pub(crate) fn peek(&mut self) -> Result<&[u8], DataError> {
        let path = &self.path;
        self.reader.fill_buf().map_err(|error| failure(path, error))
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
        read.map_err(|error| failure(&self.path, error))
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

fn failure(path: &Path, error: io::Error) -> DataError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => DataError::NoSuchFile { nearest: neighbour(&path), path },
        // The decompressor reports bad data in these three ways; a plain file never does.
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            DataError::Damaged { path, reason: error.to_string() }
        }
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

    #[test]
    fn gzip_is_known_by_its_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain-name");
        let mut two_members = packed(b"hello ");
        two_members.extend(packed(b"world"));
        std::fs::write(&path, two_members).unwrap();
        let mut opened = Opened::open(&path).unwrap();
        assert_eq!(opened.length, None);
        assert!(opened.peek().unwrap().starts_with(b"hello"));
        assert_eq!(opened.read_all().unwrap(), b"hello world");
    }

    #[test]
    fn damaged_gzip_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.csv.gz");
        let whole = packed(&[7u8; 5000]);
        for bytes in [&whole[..whole.len() - 5], &whole[..5], &GZIP[..]] {
            std::fs::write(&path, bytes).unwrap();
            let error = Opened::open(&path).unwrap().read_all().unwrap_err();
            assert!(matches!(error, DataError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("cut.csv.gz"));
        }
    }

    #[test]
    fn a_packed_file_is_unpacked_no_further_than_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.gz");
        std::fs::write(&path, packed(&vec![0; 10_000_000])).unwrap();
        let mut opened = Opened::open(&path).unwrap();
        assert_eq!(opened.read_at_most(1000).unwrap().len(), 1000);
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
