//! What the memory is divided among.

use super::super::Memory;
use crate::Error;
use chainrule_data::{Chunks, Preparation};

/// The memory is divided into so many parts, of which all that is in use at one time together takes fewer.
const PARTS: u64 = 32;

/// For the sample as it is read: to learn from, to choose the epoch, to judge the model.
const RAW: [u64; 3] = [4, 2, 2];
/// For the same rows once they are prepared.
const HELD: [u64; 3] = [2, 4, 4];
/// For the rows that are shuffled.
const BUFFER: u64 = 16;
/// For rows that were read and wait for the buffer.
const CHUNKS: u64 = 3;

/// A preparation that is fitted to fewer rows than this knows little.
const FEWEST_IN_SAMPLE: usize = 200;
/// Rows that judge every epoch: an accuracy is then known to 0.2 % (one standard error), and more would
/// take more time than they save.
const MOST_VALIDATION: usize = 100_000;
/// A buffer of fewer batches shuffles nothing.
const FEWEST_BATCHES: usize = 4;
/// More rows of a chunk do not make it faster.
const MOST_IN_CHUNK: usize = 1 << 14;
/// Chunks that exist at a time: one is read, one waits, one is taken from.
const CHUNKS_AT_A_TIME: usize = 3;

/// How many rows fit where.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Budget {
    memory: Memory,
    bytes_per_row: usize,
}

impl Budget {
    pub(super) fn new(memory: Memory, chunks: &Chunks) -> Budget {
        // With its number in the file.
        Budget { memory, bytes_per_row: chunks.bytes_per_row() + size_of::<usize>() }
    }

    fn rows(&self, parts: u64, bytes_per_row: usize) -> usize {
        let bytes =
            (u128::from(self.memory.bytes()) * u128::from(parts) / u128::from(PARTS)) as u64;
        usize::try_from(bytes / bytes_per_row as u64).unwrap_or(usize::MAX)
    }

    /// Rows of the sample: to learn from, to choose the epoch, to judge the model.
    pub(super) fn sample(&self) -> [usize; 3] {
        let [training, validation, test] = RAW.map(|parts| self.rows(parts, self.bytes_per_row));
        [training, validation.min(MOST_VALIDATION), test]
    }

    /// Refuses memory that holds hardly any of the file's rows.
    pub(super) fn check_sample(&self, rows: usize) -> Result<(), Error> {
        let wanted = rows.min(FEWEST_IN_SAMPLE);
        match self.sample()[0] >= wanted {
            true => Ok(()),
            false => Err(self.too_small(wanted, self.bytes_per_row, RAW[0], "sample")),
        }
    }

    fn too_small(&self, rows: usize, bytes_per_row: usize, parts: u64, what: &str) -> Error {
        let bytes = rows as u64 * bytes_per_row as u64 * PARTS / parts;
        let expected = format!(
            "at least {}, of which {rows} rows of {bytes_per_row} bytes take {parts} of {PARTS} parts: \
             so many rows the {what} has at least",
            Memory::in_whole_mebibytes(bytes)
        );
        Error::setting("the memory", self.memory, &expected)
    }

    /// Rows of a chunk that is only looked at.
    pub(super) fn raw_chunk(&self) -> usize {
        self.rows(CHUNKS - 1, self.bytes_per_row).clamp(1, MOST_IN_CHUNK)
    }

    /// Rows of a chunk that is prepared.
    pub(super) fn chunk(&self, preparation: &Preparation) -> usize {
        let bytes = self.bytes_per_row + CHUNKS_AT_A_TIME * prepared_row(preparation);
        self.rows(CHUNKS, bytes).clamp(1, MOST_IN_CHUNK)
    }

    /// Prepared rows that are held: to examine the model, to choose the epoch, to judge the model.
    pub(super) fn held(&self, preparation: &Preparation) -> [usize; 3] {
        HELD.map(|parts| self.rows(parts, prepared_row(preparation)).max(1))
    }

    /// Rows that are shuffled together: all if there is room, else an even number of batches.
    pub(super) fn buffer(
        &self,
        preparation: &Preparation,
        batch_size: usize,
        training_rows: usize,
    ) -> Result<usize, Error> {
        let bytes = prepared_row(preparation);
        let rows = self.rows(BUFFER, bytes);
        if rows >= training_rows {
            return Ok(training_rows);
        }
        let fewest = FEWEST_BATCHES * batch_size;
        match rows >= fewest {
            true => Ok(rows / (2 * batch_size) * (2 * batch_size)),
            false => Err(self.too_small(fewest, bytes, BUFFER, "shuffled buffer")),
        }
    }
}

/// Bytes of a row in the form in which the network meets it: inputs; targets as they are kept, compared
/// and judged; its weight; its place in the order.
fn prepared_row(preparation: &Preparation) -> usize {
    4 * preparation.inputs() + 24 * preparation.outputs() + 32
}
