//! SHA-256 sums: how a file is known to be the right one.

use sha2::{Digest, Sha256};
use std::fmt;
use std::io::{self, Read};

/// The SHA-256 sum of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sum([u8; 32]);

impl Sum {
    /// The sum of `bytes`.
    pub fn of(bytes: &[u8]) -> Sum {
        Sum(Sha256::digest(bytes).into())
    }

    /// The sum that 64 hexadecimal digits spell.
    ///
    /// ```
    /// use chainrule_data::fetch::Sum;
    /// let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    /// assert_eq!(Sum::parse(digits), Some(Sum::of(b"abc")));
    /// assert_eq!(Sum::of(b"abc").to_string(), digits);
    /// ```
    pub const fn parse(digits: &str) -> Option<Sum> {
        let digits = digits.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut sum = [0; 32];
        let mut at = 0;
        // A constant function may not use iterators.
        while at < 64 {
            let digit = match digits[at] {
                digit @ b'0'..=b'9' => digit - b'0',
                digit @ b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            sum[at / 2] = sum[at / 2] * 16 + digit;
            at += 1;
        }
        Some(Sum(sum))
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sum({self})")
    }
}

/// A sum under way.
#[derive(Clone, Default)]
pub(super) struct Summing(Sha256);

impl Summing {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds all that `reader` gives, and says how many bytes that was.
    pub(super) fn add_all(&mut self, reader: &mut dyn Read) -> io::Result<u64> {
        let mut buffer = vec![0; 1 << 16];
        let mut length = 0;
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(length),
                Ok(read) => {
                    self.add(&buffer[..read]);
                    length += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The sum of what was added so far.
    pub(super) fn sum(&self) -> Sum {
        Sum(self.0.clone().finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_digits_are_a_sum() {
        let digits = Sum::of(b"").to_string();
        assert_eq!(digits, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for wrong in [&digits[1..], &digits.replace('e', "g"), &digits.to_uppercase(), ""] {
            assert_eq!(Sum::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sum_grows_with_what_is_added() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        let mut summing = Summing::default();
        summing.add(&bytes[..70_000]);
        assert_eq!(summing.sum(), Sum::of(&bytes[..70_000]));
        assert_eq!(summing.add_all(&mut &bytes[70_000..]).unwrap(), 130_000);
        assert_eq!(summing.sum(), Sum::of(&bytes));
    }
}
