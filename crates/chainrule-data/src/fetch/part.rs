//! A file on its way: it stands under another name, `.part`, until all of it is there and right.

use super::error::FetchError;
use super::sum::{Sum, Summing};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The beginning of a file, which may have been left by an earlier run.
pub(super) struct Part {
    path: PathBuf,
    file: File,
    length: u64,
    summing: Summing,
}

impl Part {
    /// Opens or creates the part beside `target`. What is longer than `most` is no beginning of the
    /// file, and is thrown away.
    pub(super) fn open(target: &Path, most: u64) -> Result<Part, FetchError> {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let path = target.with_file_name(name);
        let fail = |source| FetchError::File { action: "written", path: path.clone(), source };
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(fail)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path }),
            // A file system without locks is no reason not to fetch.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let found = file.metadata().map_err(fail)?;
        if !found.is_file() {
            return Err(fail(io::Error::other("it is not a file")));
        }
        let mut part = Part { path: path.clone(), file, length: 0, summing: Summing::default() };
        if found.len() > most {
            part.restart()?;
        } else {
            part.length = part.summing.add_all(&mut part.file).map_err(fail)?;
        }
        Ok(part)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are there.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The sum of the bytes that are there.
    pub(super) fn sum(&self) -> Sum {
        self.summing.sum()
    }

    /// Throws away what is there.
    pub(super) fn restart(&mut self) -> Result<(), FetchError> {
        self.file.set_len(0).map_err(|source| self.unwritten(source))?;
        self.file.seek(SeekFrom::Start(0)).map_err(|source| self.unwritten(source))?;
        self.length = 0;
        self.summing = Summing::default();
        Ok(())
    }

    /// Adds `bytes` at the end. They are handed to the system at once, so that they are still there
    /// if the program is ended.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(bytes).map_err(|source| self.unwritten(source))?;
        self.summing.add(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Gives the file its name, once it is on the disk.
    pub(super) fn finish(self, target: &Path) -> Result<(), FetchError> {
        self.file.sync_all().map_err(|source| self.unwritten(source))?;
        let fail = |source| FetchError::File { action: "written", path: target.into(), source };
        fs::rename(&self.path, target).map_err(fail)?;
        #[cfg(unix)]
        if let Some(folder) = target.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
        }
        Ok(())
    }

    /// Leaves what there is for another time; an empty file is of no use to anyone.
    pub(super) fn leave(self) {
        if self.length == 0 {
            // That it cannot be removed is not what went wrong.
            let _ = fs::remove_file(&self.path);
        }
    }

    fn unwritten(&self, source: io::Error) -> FetchError {
        FetchError::File { action: "written", path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.gz");
        let mut part = Part::open(&target, 10).unwrap();
        assert_eq!(part.path(), folder.path().join("a.gz.part"));
        part.add(b"hello").unwrap();
        part.leave();

        let mut part = Part::open(&target, 10).unwrap();
        assert_eq!((part.length(), part.sum()), (5, Sum::of(b"hello")));
        part.add(b"world").unwrap();
        assert_eq!((part.length(), part.sum()), (10, Sum::of(b"helloworld")));
        part.finish(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"helloworld");
        assert!(!folder.path().join("a.gz.part").exists());
    }

    #[test]
    fn what_is_no_beginning_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.gz");
        fs::write(folder.path().join("a.gz.part"), "eleven byte").unwrap();
        let mut part = Part::open(&target, 10).unwrap();
        assert_eq!((part.length(), part.sum()), (0, Sum::of(b"")));
        part.add(b"again").unwrap();
        part.restart().unwrap();
        part.leave();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn two_do_not_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.gz");
        let first = Part::open(&target, 10).unwrap();
        let second = Part::open(&target, 10).err().unwrap();
        assert!(matches!(second, FetchError::Busy { .. }), "{second}");
        drop(first);
        assert!(Part::open(&target, 10).is_ok());
    }
}
