//! How much memory the rows of a file may take.

use crate::Error;
use crate::named::serialize_as_text;
use std::fmt;
use std::str::FromStr;

/// Units of bytes.
const UNITS: [(&str, u64); 10] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1000),
    ("kB", 1000),
    ("B", 1),
];

/// An amount of memory in bytes, at least one. Written as text it has a unit: `512MiB`, `1.5GB`; a bare
/// number is bytes.
///
/// ```
/// use chainrule::Memory;
/// let memory: Memory = "512 MiB".parse()?;
/// assert_eq!((memory.bytes(), memory.to_string().as_str()), (1 << 29, "512MiB"));
/// assert_eq!("1.5GB".parse::<Memory>()?.bytes(), 1_500_000_000);
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Memory(u64);

impl Memory {
    /// So many bytes.
    ///
    /// # Errors
    /// 0 of them.
    pub fn new(bytes: u64) -> Result<Memory, Error> {
        match bytes {
            0 => Err(Error::setting("the memory", 0, "at least 1 byte")),
            _ => Ok(Memory(bytes)),
        }
    }

    /// How many.
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// A whole number of mebibytes that is no less.
    pub(super) fn in_whole_mebibytes(bytes: u64) -> Memory {
        Memory(bytes.div_ceil(1 << 20).max(1) << 20)
    }
}

impl Default for Memory {
    /// 1 GiB on every machine, so that equal commands give equal models.
    fn default() -> Memory {
        Memory(1 << 30)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().filter(|(_, size)| self.0.is_multiple_of(*size));
        let (name, size) = whole.max_by_key(|(_, size)| *size).expect("1 byte divides everything");
        write!(f, "{}{name}", self.0 / size)
    }
}

impl FromStr for Memory {
    type Err = Error;

    fn from_str(text: &str) -> Result<Memory, Error> {
        let wrong = || {
            let expected = "a number of bytes with its unit, such as 512MiB or 2GB";
            Error::setting("the memory", format!("{text:?}"), expected)
        };
        let given = text.trim();
        let end = given.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(given.len());
        let (number, unit) = (given[..end].trim(), given[end..].trim());
        let size = match unit {
            "" => 1,
            _ => {
                UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(wrong)?.1
            }
        };
        let bytes = number.parse::<f64>().map_err(|_| wrong())? * size as f64;
        match bytes >= 1.0 && bytes < (1u64 << 53) as f64 {
            true => Ok(Memory(bytes as u64)),
            false => Err(wrong()),
        }
    }
}

serialize_as_text!(Memory);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_alike() {
        for text in ["1B", "300MB", "512MiB", "1GiB", "7TB", "1025B", "24MiB"] {
            assert_eq!(text.parse::<Memory>().unwrap().to_string(), text);
        }
        assert_eq!("0.5 gib".parse::<Memory>().unwrap().to_string(), "512MiB");
        assert_eq!("4096".parse::<Memory>().unwrap().to_string(), "4KiB");
        for text in ["", "MiB", "0", "-1MB", "1e3 miles", "nan", "inf", "12MiBs", "1e30GB", "é"] {
            let message = text.parse::<Memory>().unwrap_err().to_string();
            assert!(message.contains("such as 512MiB"), "{message}");
        }
    }
}
