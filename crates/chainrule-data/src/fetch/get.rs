//! From a list of files and sources to files with the right sums.

use super::address::Address;
use super::catalogue::Remote;
use super::download::{Download, Heard};
use super::error::{Contents, FetchError};
use super::options::FetchOptions;
use super::part::Part;
use super::sum::Summing;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What happens while files are fetched.
#[derive(Debug)]
pub enum FetchEvent<'a> {
    /// The file is there with the right sum, and is left alone.
    AlreadyThere {
        /// The file.
        file: &'a Remote,
    },
    /// A source answers, and the bytes begin to come.
    Answered {
        /// The file.
        file: &'a Remote,
        /// The address that was asked.
        url: &'a str,
        /// Bytes of an earlier run that are kept; the source gives what follows them.
        kept: u64,
    },
    /// More bytes are there.
    Received {
        /// The file.
        file: &'a Remote,
        /// All that are there by now, of the [`Remote::bytes`] that will be.
        so_far: u64,
    },
    /// A source failed, and the next one is asked.
    SourceFailed {
        /// The file.
        file: &'a Remote,
        /// What was wrong.
        error: &'a FetchError,
        /// The address that is asked now.
        next: &'a str,
    },
    /// The file has its name.
    Finished {
        /// The file.
        file: &'a Remote,
    },
}

/// How a file came to be there.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// The address that gave it; none of a file that was there, in whole or as a part.
    pub from: Option<String>,
    /// Bytes that an earlier run had left.
    pub kept: u64,
}

/// Fetches `files` into `folder`, which is made if it is not there. A file that is there with the
/// right sum is left alone; what an earlier run left of one is gone on with. Each file is asked of
/// one mirror after the other until one gives it, beginning with the one that gave the last. A file
/// has its name only when it is whole and its sum is right. Progress goes to `listen`.
///
/// # Errors
/// A mirror that is no address, a file that is there with other contents, a folder that cannot be
/// written, and for each source what was wrong with it.
pub fn fetch(
    files: &[Remote],
    mirrors: &[impl AsRef<str>],
    folder: &Path,
    options: &FetchOptions,
    listen: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<Vec<Fetched>, FetchError> {
    let sources: Result<_, _> =
        mirrors.iter().map(|mirror| Address::parse(mirror.as_ref())).collect();
    let mut fetching = Fetching { sources: sources?, first: 0, folder, options };
    files.iter().map(|file| fetching.file(file, listen)).collect()
}

struct Fetching<'a> {
    sources: Vec<Address>,
    /// The source to ask first.
    first: usize,
    folder: &'a Path,
    options: &'a FetchOptions,
}

impl Fetching<'_> {
    fn file(
        &mut self,
        file: &Remote,
        listen: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<Fetched, FetchError> {
        let path = self.folder.join(file.name);
        let done =
            |from, kept, path| Fetched { name: file.name, path, bytes: file.bytes, from, kept };
        if self.is_there(file, &path)? {
            listen(FetchEvent::AlreadyThere { file });
            return Ok(done(None, file.bytes, path));
        }
        fs::create_dir_all(self.folder).map_err(|source| FetchError::File {
            action: "made",
            path: self.folder.to_owned(),
            source,
        })?;
        let mut part = Part::open(&path, file.bytes)?;
        // Another program may have finished it until we had the part to ourselves.
        if self.is_there(file, &path)? {
            part.leave();
            listen(FetchEvent::AlreadyThere { file });
            return Ok(done(None, file.bytes, path));
        }
        let kept = part.length();
        match self.complete(file, &mut part, listen) {
            Ok(from) => {
                part.finish(&path)?;
                listen(FetchEvent::Finished { file });
                Ok(done(from, kept, path))
            }
            Err(error) => {
                part.leave();
                Err(error)
            }
        }
    }

    /// Whether the file is there with the right contents.
    fn is_there(&self, file: &Remote, path: &Path) -> Result<bool, FetchError> {
        let unread = |source| FetchError::File { action: "read", path: path.to_owned(), source };
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(unread(error)),
        };
        let (expected, found) = if !metadata.is_file() {
            (Contents::Bytes(file.bytes), Contents::NoFile)
        } else if metadata.len() != file.bytes {
            (Contents::Bytes(file.bytes), Contents::Bytes(metadata.len()))
        } else {
            let mut summing = Summing::default();
            File::open(path).and_then(|mut file| summing.add_all(&mut file)).map_err(unread)?;
            (Contents::Sum(file.sha256), Contents::Sum(summing.sum()))
        };
        match expected == found {
            true => Ok(true),
            false if self.options.replace => Ok(false),
            false => Err(FetchError::Differs { path: path.to_owned(), expected, found }),
        }
    }

    /// Makes the part whole and right, from whichever source can; says which one did.
    fn complete(
        &mut self,
        file: &Remote,
        part: &mut Part,
        listen: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<Option<String>, FetchError> {
        if part.length() == file.bytes {
            if part.sum() == file.sha256 {
                return Ok(None);
            }
            part.restart()?;
        }
        let mut causes = Vec::new();
        let count = self.sources.len();
        for turn in 0..count {
            let index = (self.first + turn) % count;
            let source = &self.sources[index];
            let error = match self.from(source, file, part, listen) {
                Ok(()) => {
                    let url = source.of(file.name);
                    self.first = index;
                    return Ok(Some(url));
                }
                Err(error) if error.is_of_source() => error,
                Err(error) => return Err(error),
            };
            if turn + 1 < count {
                let next = self.sources[(index + 1) % count].of(file.name);
                listen(FetchEvent::SourceFailed { file, error: &error, next: &next });
            }
            causes.push(error);
        }
        match causes.len() {
            1 => Err(causes.remove(0)),
            _ => Err(FetchError::AllFailed { name: file.name, causes }),
        }
    }

    /// Makes the part whole and right from one source.
    fn from(
        &self,
        source: &Address,
        file: &Remote,
        part: &mut Part,
        listen: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<(), FetchError> {
        let url = source.of(file.name);
        let download = Download { file, source, options: self.options };
        loop {
            let mut kept = 0;
            download.run(part, &mut |heard| match heard {
                Heard::Answered(bytes) => {
                    kept = bytes;
                    listen(FetchEvent::Answered { file, url: &url, kept });
                }
                Heard::Received(so_far) => listen(FetchEvent::Received { file, so_far }),
            })?;
            let found = part.sum();
            if found == file.sha256 {
                return Ok(());
            }
            part.restart()?;
            // What was kept may have been at fault, so the source is asked once more, for all of it.
            if kept == 0 {
                return Err(FetchError::WrongSum { url, expected: file.sha256, found });
            }
        }
    }
}
