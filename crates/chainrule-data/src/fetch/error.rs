//! What can go wrong on the way from a source to a file.

use super::sum::Sum;
use crate::error::shown;
use crate::message::{list, quoted, suggestion};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A data set cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    // What was asked for.
    /// No data set has this name.
    #[error(
        "{}: expected the name of a data set{}; the names are {}",
        quoted(given),
        suggestion(nearest),
        list(names)
    )]
    UnknownName {
        /// As the user gave it.
        given: String,
        /// The name most like it.
        nearest: Option<String>,
        /// All the names.
        names: Vec<String>,
    },
    /// No address of a source.
    #[error(
        "{}: expected an address below which the files lie, such as https://HOST/FOLDER/, found \
         {problem}; correct it",
        quoted(given)
    )]
    Address {
        /// As the user gave it.
        given: String,
        /// What was found.
        problem: &'static str,
    },

    // Files on this machine.
    /// There is a file of this name with other contents.
    #[error(
        "{}: expected {expected}, found {found}; it is left as it is: move it away, or have it \
         replaced",
        shown(path)
    )]
    Differs {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: Contents,
        /// What it holds.
        found: Contents,
    },
    /// The operating system refused to read or write.
    #[error(
        "{}: cannot be {action}: {source}; check the permissions and the room in its folder, or \
         name another folder",
        shown(path)
    )]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Another program writes the same file.
    #[error(
        "{}: another program is fetching this file; wait until it is done, or end it",
        shown(path)
    )]
    Busy {
        /// The file that is written.
        path: PathBuf,
    },

    // Sources.
    /// No connection, or one that broke before the answer.
    #[error(
        "{url}: cannot be reached: {reason}; check the connection and the address, or name another \
         source"
    )]
    Unreachable {
        /// The file's address.
        url: String,
        /// Why not.
        reason: String,
    },
    /// An answer that holds no file.
    #[error(
        "{url}: expected the file, found the answer {status}{}; {}",
        meaning(*status),
        match status {
            404 | 410 => "check the address, directly below which the files must lie",
            500.. => "try again later, or name another source",
            _ => "name another source",
        }
    )]
    Status {
        /// The file's address.
        url: String,
        /// The code of the answer.
        status: u16,
    },
    /// From one address to the next without end.
    #[error("{url}: expected the file, found more than {most} redirections; name another source")]
    Redirections {
        /// The address at the beginning.
        url: String,
        /// The most that are followed.
        most: u32,
    },
    /// A way that leaves HTTPS.
    #[error(
        "{url}: expected to stay on https, found a redirection to {}; name another source",
        quoted(to)
    )]
    Insecure {
        /// The address at the beginning.
        url: String,
        /// Where it was to go.
        to: String,
    },
    /// The file is not the one that is known.
    #[error(
        "{url}: expected a file of {expected} bytes, found {}; this is another file: check the \
         address, or name another source",
        match found {
            Some(found) => format!("one of {found}"),
            None => "more".to_owned(),
        }
    )]
    WrongLength {
        /// The file's address.
        url: String,
        /// The known length.
        expected: u64,
        /// The length that was announced; none for an answer that went on beyond the known length.
        found: Option<u64>,
    },
    /// The end came too early.
    #[error(
        "{url}: expected {expected} bytes, found {found} before the connection ended; {}",
        kept(part, *found)
    )]
    CutShort {
        /// The file's address.
        url: String,
        /// The known length.
        expected: u64,
        /// Bytes that are there by now.
        found: u64,
        /// The file that holds them.
        part: PathBuf,
    },
    /// Nothing came for too long.
    #[error(
        "{url}: expected {expected} bytes, found {found} and then nothing for {}; {}",
        seconds(*waited), kept(part, *found)
    )]
    Stalled {
        /// The file's address.
        url: String,
        /// The known length.
        expected: u64,
        /// Bytes that are there by now.
        found: u64,
        /// How long nothing came.
        waited: Duration,
        /// The file that holds them.
        part: PathBuf,
    },
    /// Too little came for too long.
    #[error(
        "{url}: expected {expected} bytes within {}, found {found}; {}",
        seconds(*limit), kept(part, *found)
    )]
    TooSlow {
        /// The file's address.
        url: String,
        /// The known length.
        expected: u64,
        /// Bytes that are there by now.
        found: u64,
        /// The time that was allowed.
        limit: Duration,
        /// The file that holds them.
        part: PathBuf,
    },
    /// All bytes came, and they are others.
    #[error(
        "{url}: expected the SHA-256 sum {expected}, found {found}; the file was damaged on the \
         way or is another one, and was removed: try again, or name another source"
    )]
    WrongSum {
        /// The file's address.
        url: String,
        /// The known sum.
        expected: Sum,
        /// The sum of what came.
        found: Sum,
    },
    /// One source after the other failed.
    #[error("{}", all(name, causes))]
    AllFailed {
        /// The file.
        name: &'static str,
        /// What was wrong with each source.
        causes: Vec<FetchError>,
    },
}

impl FetchError {
    /// Whether a source is at fault, so that another one, or the same at another time, may do
    /// better.
    pub fn is_of_source(&self) -> bool {
        !matches!(
            self,
            FetchError::UnknownName { .. }
                | FetchError::Address { .. }
                | FetchError::Differs { .. }
                | FetchError::File { .. }
                | FetchError::Busy { .. }
        )
    }
}

/// What a file holds, as far as it takes to tell it from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// So many bytes.
    Bytes(u64),
    /// Bytes of the known number, with this sum.
    Sum(Sum),
    /// It is a folder, a device or the like.
    NoFile,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contents::Bytes(bytes) => write!(f, "{bytes} bytes"),
            Contents::Sum(sum) => write!(f, "the SHA-256 sum {sum}"),
            Contents::NoFile => f.write_str("something that is not a file"),
        }
    }
}

/// What the commonest codes mean.
fn meaning(status: u16) -> &'static str {
    match status {
        401 | 403 => " (not allowed)",
        404 | 410 => " (not found)",
        429 => " (too many questions)",
        500.. => " (the server's fault)",
        _ => "",
    }
}

/// Where the beginning of a file waits.
fn kept(part: &std::path::Path, found: u64) -> String {
    match found {
        0 => "try again, or name another source".to_owned(),
        _ => format!("they are kept in {}: fetch again to go on from there", shown(part)),
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        long @ 10.0.. => format!("{long:.0} s"),
        short => format!("{short:.1} s"),
    }
}

fn all(name: &str, causes: &[FetchError]) -> String {
    let mut text = match causes.len() {
        0 => format!("{name}: expected a source to fetch the file from, found none; name one"),
        _ => format!("{name}: none of the {} sources gave the file", causes.len()),
    };
    for cause in causes {
        text += &format!("\n  {cause}");
    }
    text
}
