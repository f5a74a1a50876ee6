//! The header of a NumPy array file, and how its elements lie in bytes.
//!
//! A file is `\x93NUMPY`, two bytes of version, the length of the header, the header (a dictionary as
//! Python writes it: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }`), the elements.
//! (numpy.lib.format, versions 1.0 to 3.0.)

use crate::error::DataError;
use crate::message::quoted;
use crate::read::file::Opened;
use std::io::Read;

/// The first bytes of every array file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read. NumPy itself refuses those above 10000 bytes.
const LONGEST_HEADER: u32 = 1 << 16;

/// What the elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Bool,
    Unsigned,
    Signed,
    Float,
    /// So many characters of four bytes.
    Characters(usize),
    /// So many bytes of text.
    Letters(usize),
    /// Seconds are this count times a power of ten: 10^-9 for nanoseconds; or days.
    Time(Unit),
}

/// In what a point in time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Days,
    /// A second is so many of it.
    PerSecond(u32),
}

/// An array's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) element: Element,
    /// Bytes of an element, at least one.
    pub(crate) size: usize,
    pub(crate) big_endian: bool,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<usize>,
}

/// The error for an array that is not as it should be. `file` may name a part of an archive.
pub(crate) fn malformed(file: &str, expected: &str, found: &str) -> DataError {
    DataError::Malformed {
        place: file.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
        remedy: "save a plain array of numbers with numpy.save",
    }
}

impl Header {
    /// Reads the header, after which the elements begin. Also gives its length in bytes.
    pub(crate) fn read(file: &str, reader: &mut impl Read) -> Result<(Header, u64), DataError> {
        let cut = || malformed(file, "the header of a NumPy array", "the end of the file");
        let mut start = [0; 8];
        reader.read_exact(&mut start).map_err(|_| cut())?;
        if !start.starts_with(MAGIC) {
            return Err(malformed(file, "a NumPy array", "other bytes"));
        }
        let (length, before) = match start[6] {
            1 => {
                let mut length = [0; 2];
                reader.read_exact(&mut length).map_err(|_| cut())?;
                (u32::from(u16::from_le_bytes(length)), 10)
            }
            2 | 3 => {
                let mut length = [0; 4];
                reader.read_exact(&mut length).map_err(|_| cut())?;
                (u32::from_le_bytes(length), 12)
            }
            other => {
                let found = format!("version {other}");
                return Err(malformed(file, "version 1, 2 or 3 of the array format", &found));
            }
        };
        if length > LONGEST_HEADER {
            let expected = format!("a header of at most {LONGEST_HEADER} bytes");
            return Err(malformed(file, &expected, &length.to_string()));
        }
        let mut text = vec![0; length as usize];
        reader.read_exact(&mut text).map_err(|_| cut())?;
        let text = String::from_utf8_lossy(&text);
        let header = Header::parse(file, text.trim())?;
        Ok((header, before + u64::from(length)))
    }

    fn parse(file: &str, text: &str) -> Result<Header, DataError> {
        let not_understood =
            || malformed(file, "a header that says descr, fortran_order and shape", &quoted(text));
        let descr = value(text, "descr").ok_or_else(not_understood)?;
        let order = value(text, "fortran_order").ok_or_else(not_understood)?;
        let shape = value(text, "shape").ok_or_else(not_understood)?;
        let fortran_order = match () {
            () if order.starts_with("True") => true,
            () if order.starts_with("False") => false,
            () => return Err(not_understood()),
        };
        let shape = shape.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let (shape, _) = shape.ok_or_else(not_understood)?;
        let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
        // Python 2 wrote long numbers with an L.
        let sizes = sizes.map(|size| size.trim_end_matches('L').parse::<usize>().ok());
        let shape = sizes.collect::<Option<Vec<usize>>>().ok_or_else(not_understood)?;
        let (element, size, big_endian) = match text_in_quotes(descr).map(element) {
            Some(Some(found)) => found,
            _ => {
                let descr = descr.split_once(", 'fortran_order'").map_or(descr, |(descr, _)| descr);
                let expected = "elements that are integers, floats, booleans, texts or dates";
                return Err(malformed(file, expected, &quoted(descr)));
            }
        };
        Ok(Header { element, size, big_endian, fortran_order, shape })
    }

    /// How many elements there are, if so many can be counted.
    pub(crate) fn count(&self) -> Option<usize> {
        let count = self.shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
        count.filter(|count| count.checked_mul(self.size).is_some())
    }

    /// The number in the bytes of an element, which is no text.
    #[inline(always)]
    pub(crate) fn number(&self, bytes: &[u8]) -> f64 {
        let mut number = [0; 8];
        for (to, &from) in number.iter_mut().zip(bytes) {
            *to = from;
        }
        if self.big_endian {
            number[..self.size].reverse();
        }
        let unsigned = u64::from_le_bytes(number);
        // The sign's bit moves to the highest place and back.
        let shift = 64 - 8 * self.size as u32;
        let signed = || ((unsigned << shift) as i64) >> shift;
        match (self.element, self.size) {
            (Element::Bool, _) => f64::from(u8::from(unsigned != 0)),
            (Element::Unsigned, _) => unsigned as f64,
            (Element::Float, 2) => half(unsigned as u16),
            (Element::Float, 4) => f64::from(f32::from_bits(unsigned as u32)),
            (Element::Float, _) => f64::from_bits(unsigned),
            // Not a time.
            (Element::Time(_), _) if signed() == i64::MIN => f64::NAN,
            (Element::Time(Unit::Days), _) => signed() as f64 * 86_400.0,
            (Element::Time(Unit::PerSecond(count)), _) => signed() as f64 / f64::from(count),
            _ => signed() as f64,
        }
    }

    /// The text in the bytes of an element.
    pub(crate) fn text(&self, bytes: &[u8]) -> String {
        let text: String = match self.element {
            Element::Characters(_) => bytes
                .chunks_exact(4)
                .map(|it| {
                    let it = [it[0], it[1], it[2], it[3]];
                    let code = if self.big_endian {
                        u32::from_be_bytes(it)
                    } else {
                        u32::from_le_bytes(it)
                    };
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                })
                .collect(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        };
        text.trim_end_matches('\0').trim().to_owned()
    }
}

/// What stands behind a key of a dictionary.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let keys = [format!("'{key}':"), format!("\"{key}\":")];
    let at = keys.iter().find_map(|key| text.find(key.as_str()).map(|at| at + key.len()))?;
    Some(text[at..].trim_start())
}

fn text_in_quotes(text: &str) -> Option<&str> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '\'' | '"'))?;
    text[1..].split_once(mark).map(|(inside, _)| inside)
}

/// An element such as `<f8`: what it is, its size in bytes, whether the highest byte comes first.
fn element(descr: &str) -> Option<(Element, usize, bool)> {
    let big_endian = descr.starts_with('>');
    let descr = descr.trim_start_matches(['<', '>', '|', '=']);
    let kind = descr.chars().next()?;
    let rest = &descr[kind.len_utf8()..];
    let (digits, unit) =
        rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let size: usize = digits.parse().ok()?;
    let (element, size) = match (kind, size, unit) {
        ('b', 1, "") => (Element::Bool, 1),
        ('u', 1 | 2 | 4 | 8, "") => (Element::Unsigned, size),
        ('i', 1 | 2 | 4 | 8, "") => (Element::Signed, size),
        ('f', 2 | 4 | 8, "") => (Element::Float, size),
        ('U', 1..=4096, "") => (Element::Characters(size), 4 * size),
        ('S' | 'a', 1..=16384, "") => (Element::Letters(size), size),
        ('M', 8, "[D]") => (Element::Time(Unit::Days), 8),
        ('M', 8, "[s]") => (Element::Time(Unit::PerSecond(1)), 8),
        ('M', 8, "[ms]") => (Element::Time(Unit::PerSecond(1_000)), 8),
        ('M', 8, "[us]") => (Element::Time(Unit::PerSecond(1_000_000)), 8),
        ('M', 8, "[ns]") => (Element::Time(Unit::PerSecond(1_000_000_000)), 8),
        _ => return None,
    };
    Some((element, size, big_endian))
}

/// A number of 16 bits: one of sign, five of exponent, ten of mantissa.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let mantissa = f64::from(bits & 0x3ff);
    sign * match (bits >> 10) & 0x1f {
        0 => mantissa * (-24_f64).exp2(),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + mantissa) * (f64::from(exponent) - 25.0).exp2(),
    }
}

/// Fills `bytes` with whole elements as far as there are some, and tells how many bytes.
pub(crate) fn read_fully(
    opened: &mut Opened<'_>,
    bytes: &mut Vec<u8>,
    most: usize,
) -> Result<usize, DataError> {
    bytes.clear();
    opened.read_on(most as u64, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_parsed() {
        let parse = |text: &str| Header::parse("a.npy", text);
        let header = parse("{'descr': '>f4', 'fortran_order': True, 'shape': (3L, 2), }").unwrap();
        let expected = Header {
            element: Element::Float,
            size: 4,
            big_endian: true,
            fortran_order: true,
            shape: vec![3, 2],
        };
        assert_eq!(header, expected);
        assert_eq!(
            parse("{\"shape\":(),\"descr\":\"|b1\",\"fortran_order\":False}").unwrap().count(),
            Some(1)
        );
        let huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 9)}";
        assert_eq!(parse(huge).unwrap().count(), None);
        for wrong in [
            "",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'fortran_order': 1, 'shape': (3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
            "{'descr': '|O', 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '<c16', 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '<f', 'fortran_order': False, 'shape': (3,)}",
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,)}",
        ] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.starts_with("a.npy: expected"), "{message}");
        }
    }

    #[test]
    fn elements_are_read_in_both_orders_of_bytes() {
        let number = |descr: &str, bytes: &[u8]| {
            let (element, size, big_endian) = element(descr).unwrap();
            let header = Header { element, size, big_endian, fortran_order: false, shape: vec![] };
            header.number(bytes)
        };
        assert_eq!(number("<f8", &(-1.5_f64).to_le_bytes()), -1.5);
        assert_eq!(number(">f8", &(-1.5_f64).to_be_bytes()), -1.5);
        assert_eq!(number(">f4", &2.5_f32.to_be_bytes()), 2.5);
        assert_eq!(number("<i2", &(-300_i16).to_le_bytes()), -300.0);
        assert_eq!(number(">i8", &i64::MIN.to_be_bytes()), i64::MIN as f64);
        assert_eq!(number("|i1", &[0xff]), -1.0);
        assert_eq!(number("|u1", &[0xff]), 255.0);
        assert_eq!(number("<u8", &u64::MAX.to_le_bytes()), u64::MAX as f64);
        assert_eq!(number("|b1", &[1]), 1.0);
        assert_eq!(number("<M8[ns]", &1_500_000_000_i64.to_le_bytes()), 1.5);
        assert_eq!(number("<M8[D]", &2_i64.to_le_bytes()), 172_800.0);
        assert!(number("<M8[s]", &i64::MIN.to_le_bytes()).is_nan());
        // As numpy.float16 has them.
        for (bits, expected) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960464477539063e-08),
            (0x3555, 0.333251953125),
        ] {
            assert_eq!(number("<f2", &u16::to_le_bytes(bits)), expected);
        }
        assert!(number("<f2", &[0, 0x7e]).is_nan() && number("<f2", &[0, 0x7c]).is_infinite());
    }
}
