//! Numbers on the command line, checked against their range where they are read, so that the
//! message names the flag.

use std::str::FromStr;

/// Units of one layer.
const MOST_UNITS: usize = 1 << 20;
/// Each is a thread of the system.
const MOST_THREADS: usize = 512;
/// A count of steps stays within 64 bits.
const MOST_EPOCHS: usize = 1_000_000_000;

fn number<T: FromStr>(text: &str, wanted: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("expected {wanted}"))
}

fn within(text: &str, wanted: &str, range: impl Fn(f64) -> bool) -> Result<f64, String> {
    match number(text, wanted)? {
        value if range(value) => Ok(value),
        _ => Err(format!("expected {wanted}")),
    }
}

fn count(text: &str, wanted: &str, most: usize) -> Result<usize, String> {
    match number(text, wanted)? {
        value if (1..=most).contains(&value) => Ok(value),
        _ => Err(format!("expected {wanted}")),
    }
}

/// Above 0.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    within(text, "a number above 0", |value| value.is_finite() && value > 0.0)
}

/// 0 or above.
pub(crate) fn not_negative(text: &str) -> Result<f64, String> {
    within(text, "0 or a number above it", |value| value.is_finite() && value >= 0.0)
}

/// In [0, 1).
pub(crate) fn share(text: &str) -> Result<f64, String> {
    within(text, "a number of at least 0 and below 1", |value| (0.0..1.0).contains(&value))
}

/// In (0, 1).
pub(crate) fn inside(text: &str) -> Result<f64, String> {
    within(text, "a number above 0 and below 1", |value| value > 0.0 && value < 1.0)
}

/// At least 1.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    count(text, "a whole number of at least 1", usize::MAX)
}

/// Passes over the data.
pub(crate) fn epochs(text: &str) -> Result<usize, String> {
    count(text, "a whole number from 1 to 1000000000", MOST_EPOCHS)
}

/// Threads.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    count(text, "a whole number from 1 to 512", MOST_THREADS)
}

/// Pixels of one side of a picture.
pub(crate) fn side(text: &str) -> Result<u32, String> {
    use chainrule_draw::Look;
    match number::<u32>(text, "a whole number of pixels from 200 to 8192")? {
        value if (Look::LEAST..=Look::MOST).contains(&value) => Ok(value),
        _ => {
            Err(format!("expected a whole number of pixels from {} to {}", Look::LEAST, Look::MOST))
        }
    }
}

/// Units of each hidden layer.
#[derive(Clone, Debug)]
pub(crate) struct Hidden(pub(crate) Vec<usize>);

impl FromStr for Hidden {
    type Err = String;

    fn from_str(text: &str) -> Result<Hidden, String> {
        const WANTED: &str = "the units of each hidden layer, from 1 to 1048576, with commas between, such as \
             128,64, or none";
        if text.trim() == "none" {
            return Ok(Hidden(Vec::new()));
        }
        text.split(',')
            .map(|units| count(units, WANTED, MOST_UNITS))
            .collect::<Result<_, _>>()
            .map(Hidden)
    }
}

/// A share of the units of each layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share(pub(crate) f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Share, String> {
        share(text).map(Share)
    }
}

/// The character between the cells of a CSV file.
pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
            _ => Err("expected one ASCII character such as ; or |, or the word tab".to_string()),
        },
    }
}

/// A kernel of this machine.
pub(crate) fn kernel(text: &str) -> Result<chainrule::math::InstructionSet, String> {
    use chainrule::math::InstructionSet;
    InstructionSet::named(text).ok_or_else(|| {
        let available: Vec<&str> =
            InstructionSet::available().iter().map(|set| set.name()).collect();
        format!("expected one that this machine has: {}", available.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_kept() {
        assert_eq!(positive("3e-4"), Ok(3e-4));
        for text in ["0", "-1", "nan", "inf", "1e999", "x", ""] {
            assert!(positive(text).is_err(), "{text}");
        }
        assert_eq!((share("0"), not_negative("0")), (Ok(0.0), Ok(0.0)));
        assert!(share("1").is_err() && share("-0.1").is_err() && not_negative("-1").is_err());
        assert!(at_least_one("0").is_err() && at_least_one("-3").is_err());
        assert!(epochs("99999999999").is_err() && threads("100000").is_err());
    }

    #[test]
    fn layers_are_a_list_or_none() {
        assert_eq!("128, 64".parse::<Hidden>().unwrap().0, [128, 64]);
        assert!("none".parse::<Hidden>().unwrap().0.is_empty());
        for text in ["", "0", "128,", "64,-1", "1e3", "99999999999999999999"] {
            assert!(text.parse::<Hidden>().is_err(), "{text}");
        }
    }

    #[test]
    fn delimiters_are_single_bytes() {
        assert_eq!((delimiter(";"), delimiter("tab")), (Ok(b';'), Ok(b'\t')));
        assert!(delimiter(";;").is_err() && delimiter("").is_err() && delimiter("\"").is_err());
    }
}
