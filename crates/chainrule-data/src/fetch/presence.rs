//! Which files of a data set are there, by their names and lengths. Their sums are checked when they
//! are fetched; to add them up again for a mere look would take as long as reading them.

use super::catalogue::Entry;
use std::path::{Path, PathBuf};

/// What there is of a data set in the data folder.
#[derive(Clone, Debug)]
pub struct Presence {
    /// The folder of its files.
    pub folder: PathBuf,
    /// Names of the files that are there, packed or unpacked.
    pub found: Vec<&'static str>,
    /// Names of the files that are there with another length than they should have.
    pub wrong: Vec<&'static str>,
    /// Names of the files that are not there.
    pub missing: Vec<&'static str>,
}

impl Entry {
    /// Which of its files are in `data_folder`; nothing for a data set inside the program.
    pub fn presence(&self, data_folder: &Path) -> Option<Presence> {
        if self.files().is_empty() {
            return None;
        }
        let folder = data_folder.join(self.name);
        let mut presence =
            Presence { folder, found: Vec::new(), wrong: Vec::new(), missing: Vec::new() };
        for file in self.files() {
            let packed = presence.folder.join(file.name);
            let list = match packed.metadata() {
                Ok(found) if found.is_file() && found.len() == file.bytes => &mut presence.found,
                Ok(_) => &mut presence.wrong,
                // `open` reads what has been unpacked too.
                Err(_) if packed.with_extension("").is_file() => &mut presence.found,
                Err(_) => &mut presence.missing,
            };
            list.push(file.name);
        }
        Some(presence)
    }
}

impl Presence {
    /// All files are there.
    pub fn is_whole(&self) -> bool {
        self.wrong.is_empty() && self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use crate::fetch::entry;
    use std::fs::{File, create_dir, write};

    #[test]
    fn files_are_found_packed_or_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        assert!(entry("iris").unwrap().presence(folder.path()).is_none());
        let mnist = entry("mnist").unwrap();
        let look = || mnist.presence(folder.path()).unwrap();
        assert_eq!((look().missing.len(), look().is_whole()), (4, false));

        create_dir(look().folder).unwrap();
        let at = |name| look().folder.join(name);
        let labels = File::create(at("train-labels-idx1-ubyte.gz")).unwrap();
        labels.set_len(mnist.files()[1].bytes).unwrap();
        write(at("t10k-labels-idx1-ubyte.gz"), "short").unwrap();
        write(at("t10k-images-idx3-ubyte"), "unpacked").unwrap();
        write(at("train-images-idx3-ubyte.gz.part"), "a beginning").unwrap();
        let there = look();
        assert_eq!(there.found, ["train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"]);
        assert_eq!(there.wrong, ["t10k-labels-idx1-ubyte.gz"]);
        assert_eq!(there.missing, ["train-images-idx3-ubyte.gz"]);
        assert!(!there.is_whole());
    }
}
