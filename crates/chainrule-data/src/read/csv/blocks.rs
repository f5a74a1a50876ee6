//! A CSV file block by block: a megabyte at a time, each ending where a row ends.
//!
//! So a file of any size can be gone through in little memory, and by several threads.

use crate::error::DataError;
use crate::read::file::{MOST_BYTES, Opened};

/// Bytes of a block, but for a row that is longer.
pub(crate) const BLOCK: usize = 1 << 20;

/// The longest row, in bytes. A quotation mark that nothing closes makes a row of the rest of the file.
const LONGEST_ROW: usize = 1 << 28;

/// The mark that some programs put at the beginning of a text.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Some whole rows.
#[derive(Default)]
pub(crate) struct Block {
    /// Which block of the file it is, counted from 0.
    pub(crate) index: usize,
    /// The line on which it begins, counted from 1.
    pub(crate) line: u32,
    pub(crate) bytes: Vec<u8>,
    /// No block follows.
    pub(crate) is_last: bool,
}

/// The blocks of a file in order.
pub(crate) struct Blocks<'a> {
    file: String,
    opened: Opened<'a>,
    delimiter: u8,
    /// What was read and belongs to the next block.
    rest: Vec<u8>,
    next_index: usize,
    next_line: u32,
    ended: bool,
    /// Bytes read so far, and how many may be.
    read: u64,
    most: u64,
}

impl<'a> Blocks<'a> {
    /// The blocks of an open file, called `file` in messages, and its first bytes: a block's worth.
    ///
    /// # Errors
    /// Besides a file that cannot be read, one that is UTF-16.
    pub(crate) fn of(file: &str, mut opened: Opened<'a>) -> Result<Self, DataError> {
        // One byte more than the file has, so that its end is seen at once.
        let known = opened.length.map_or(BLOCK as u64, |length| length.saturating_add(1));
        let mut rest = opened.read_at_most(known.min(BLOCK as u64))?;
        if rest.starts_with(&[0xff, 0xfe]) || rest.starts_with(&[0xfe, 0xff]) {
            return Err(DataError::NotUtf8 {
                file: file.to_owned(),
                line: 1,
                found: "a UTF-16 byte order mark".to_owned(),
                encoding: "UTF-16",
            });
        }
        let read = rest.len() as u64;
        if rest.starts_with(&BYTE_ORDER_MARK) {
            rest.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Blocks {
            file: file.to_owned(),
            opened,
            delimiter: b',',
            rest,
            next_index: 0,
            next_line: 1,
            ended: false,
            read,
            most: MOST_BYTES,
        })
    }

    /// The first bytes of the file, before any block was taken.
    pub(crate) fn beginning(&self) -> &[u8] {
        &self.rest
    }

    /// Tells where cells end, and so where quotation marks count.
    pub(crate) fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// Lets a file have any size: whoever goes through it keeps little of it.
    pub(crate) fn set_unlimited(&mut self) {
        self.most = u64::MAX;
    }

    /// Bytes of the file, where they are known before it is read.
    pub(crate) fn length(&self) -> Option<u64> {
        self.opened.length
    }

    /// The error for a file that is too large to be kept.
    pub(crate) fn too_large(&self) -> DataError {
        self.opened.too_large()
    }

    /// Reads the next block into `block`, whose memory is used again. False at the end of the file.
    pub(crate) fn next(&mut self, block: &mut Block) -> Result<bool, DataError> {
        let Block { bytes, .. } = block;
        bytes.clear();
        bytes.append(&mut self.rest);
        let cut = loop {
            // Of the first block enough may be there already.
            let is_filled = bytes.len() >= BLOCK || self.ended;
            if is_filled && let Some(cut) = self.cut(bytes)? {
                break cut;
            }
            self.fill(bytes)?;
        };
        self.rest.extend_from_slice(&bytes[cut..]);
        bytes.truncate(cut);
        block.index = self.next_index;
        block.line = self.next_line;
        block.is_last = self.ended;
        self.next_index += 1;
        self.next_line += line_ends(&block.bytes);
        Ok(!block.bytes.is_empty())
    }

    /// Where the last whole row ends, if there is one.
    fn cut(&self, bytes: &[u8]) -> Result<Option<usize>, DataError> {
        if self.ended {
            return Ok(Some(bytes.len()));
        }
        let cut = last_row_end(bytes, self.delimiter);
        if cut.is_none() && bytes.len() >= LONGEST_ROW {
            let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            return Err(DataError::LongRow {
                file: self.file.clone(),
                line: self.next_line + line_ends(&bytes[..blank]),
                limit: LONGEST_ROW,
            });
        }
        Ok(cut)
    }

    /// Reads on, the further the more there is already, so that a long row is not looked at too often.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<(), DataError> {
        let wanted = match bytes.len() < BLOCK {
            true => BLOCK - bytes.len(),
            false => bytes.len(),
        };
        let read = self.opened.read_on(wanted as u64, bytes)?;
        self.ended = read == 0;
        self.read += read as u64;
        match self.read > self.most {
            true => Err(self.opened.too_large()),
            false => Ok(()),
        }
    }
}

/// Ends of lines: line feeds, and carriage returns that no line feed follows.
pub(crate) fn line_ends(bytes: &[u8]) -> u32 {
    let feeds = memchr::memchr_iter(b'\n', bytes).count();
    let returns = memchr::memchr_iter(b'\r', bytes);
    let alone = returns.filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count();
    (feeds + alone) as u32
}

/// Where the last row that surely ends in `bytes` ends. They begin where a row begins.
fn last_row_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    // A carriage return at the very end may be half of a line's end.
    let ends = |at: usize| match bytes[at] {
        b'\n' => true,
        _ => bytes.get(at + 1).is_some_and(|&next| next != b'\n'),
    };
    if memchr::memchr(b'"', bytes).is_none() {
        return memchr::memrchr2_iter(b'\n', b'\r', bytes).find(|&at| ends(at)).map(|at| at + 1);
    }
    let (mut at, mut last) = (At::CellStart, None);
    for (place, &byte) in bytes.iter().enumerate() {
        at = at.after(byte, delimiter);
        if (byte == b'\n' || byte == b'\r') && at == At::CellStart && ends(place) {
            last = Some(place + 1);
        }
    }
    last
}

/// Where in a row a byte leaves the reader.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum At {
    CellStart,
    Plain,
    Quoted,
    /// After a mark inside a quoted cell: the cell's end, or the first of a doubled mark.
    Mark,
}

impl At {
    pub(crate) fn after(self, byte: u8, delimiter: u8) -> At {
        let ends_cell = byte == delimiter || byte == b'\n' || byte == b'\r';
        match (self, byte) {
            (At::Quoted, b'"') => At::Mark,
            (At::Quoted, _) | (At::CellStart | At::Mark, b'"') => At::Quoted,
            _ if ends_cell => At::CellStart,
            _ => At::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<(u32, usize)> {
        let opened = Opened::bytes("t.csv", text.as_bytes()).unwrap();
        let mut blocks = Blocks::of("t.csv", opened).unwrap();
        let (mut block, mut found, mut whole) = (Block::default(), Vec::new(), Vec::new());
        while blocks.next(&mut block).unwrap() {
            found.push((block.line, block.bytes.len()));
            whole.extend_from_slice(&block.bytes);
            assert!(!block.is_last || whole.len() == text.len());
        }
        assert_eq!(whole, text.as_bytes());
        found
    }

    #[test]
    fn blocks_end_where_rows_end() {
        assert_eq!(blocks("a,b\n1,2\n"), [(1, 8)]);
        let rows = "1,2,3\r\n".repeat(BLOCK / 4);
        let found = blocks(&rows);
        assert!(found.len() > 1 && found.iter().all(|(_, length)| length % 7 == 0), "{found:?}");
        assert_eq!(found[1].0 as usize, 1 + found[0].1 / 7);
        // A quoted cell over many lines, longer than a block.
        let quoted = format!("\"{}\",2\n3,4\n", "x\n".repeat(BLOCK));
        assert_eq!(blocks(&quoted), [(1, quoted.len())]);
        let rows = "\"1\n\",2\r".repeat(BLOCK / 4);
        assert!(blocks(&rows).iter().all(|(line, length)| length % 7 == 0 && line % 2 == 1));
    }

    #[test]
    fn lines_end_in_three_ways() {
        assert_eq!(line_ends(b"a\nb\r\nc\rd"), 3);
        assert_eq!(line_ends(b"\r\r\n\n\r"), 4);
    }

    #[test]
    fn rows_end_outside_quotation_marks() {
        let end = |text: &str| last_row_end(text.as_bytes(), b',');
        assert_eq!(
            [end("1,2"), end("1,2\n3"), end("1,2\r"), end("1,2\r\n")],
            [None, Some(4), None, Some(5)]
        );
        assert_eq!([end("1\r2\r"), end("\"1\n2"), end("\"1\n2\"\n\"")], [Some(2), None, Some(6)]);
    }
}
