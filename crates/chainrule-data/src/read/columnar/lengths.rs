//! Whether the parts of an Arrow file can be as long as they say.
//!
//! Arrow's reader allocates what a part announces before it reads or unpacks it. In a damaged file that may be
//! more than any machine has, and an allocation that fails ends the program, which no guard can stop.

use crate::read::file::MOST_BYTES;
use arrow_ipc::{CompressionType, Message, RecordBatch, root_as_footer, root_as_message};
use std::error::Error;
use std::io::{Read, Seek, SeekFrom};

/// What marks the beginning of a message.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Bytes before the first message of a file, and of its end: the footer's length and a mark.
const TRAILER: i64 = 10;

/// Why a file or stream cannot be as it says, if it cannot.
pub(super) fn fault(input: &mut (impl Read + Seek + ?Sized), is_file: bool) -> Option<String> {
    let found = if is_file { of_file(input) } else { of_stream(input) };
    found.err().map(|fault| fault.to_string())
}

type Fault = Box<dyn Error>;

/// The messages that the footer of a file names.
fn of_file(input: &mut (impl Read + Seek + ?Sized)) -> Result<(), Fault> {
    let end = input.seek(SeekFrom::End(-TRAILER))?;
    let length = u64::from(u32::from_le_bytes(bytes(input)?));
    input.seek(SeekFrom::Start(end.checked_sub(length).ok_or("its footer is too long")?))?;
    let footer = some(input, length)?;
    let footer = root_as_footer(&footer).map_err(|error| error.to_string())?;
    let lists = [footer.dictionaries(), footer.recordBatches()];
    for block in lists.into_iter().flatten().flat_map(|blocks| blocks.iter()) {
        let start = u64::try_from(block.offset())?;
        let length = u64::try_from(block.metaDataLength())?;
        let body = u64::try_from(block.bodyLength())?;
        let after = start.checked_add(length).and_then(|it| it.checked_add(body));
        if after.is_none_or(|after| after > end) {
            let fault = format!("a batch of {body} bytes begins at byte {start} of {end}");
            return Err(fault.into());
        }
        input.seek(SeekFrom::Start(start))?;
        let metadata = some(input, length)?;
        let head = if metadata.starts_with(&CONTINUATION) { 8 } else { 4 };
        let message = message(metadata.get(head..).ok_or("a message is cut short")?)?;
        check(input, message, start + length)?;
    }
    Ok(())
}

/// The messages one after the other, up to an empty one or the end of the bytes.
fn of_stream(input: &mut (impl Read + Seek + ?Sized)) -> Result<(), Fault> {
    let end = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    let mut place = 0;
    while place < end {
        let length = match bytes(input)? {
            CONTINUATION => u32::from_le_bytes(bytes(input)?),
            length => u32::from_le_bytes(length),
        };
        if length == 0 {
            break;
        }
        let metadata = some(input, u64::from(length))?;
        let message = message(&metadata)?;
        let body = input.stream_position()?;
        check(input, message, body)?;
        let length = u64::try_from(message.bodyLength())?;
        place = body.checked_add(length).ok_or("a batch is too long")?;
        input.seek(SeekFrom::Start(place))?;
    }
    Ok(())
}

fn message(metadata: &[u8]) -> Result<Message<'_>, Fault> {
    Ok(root_as_message(metadata).map_err(|error| error.to_string())?)
}

/// Checks the parts of a message whose body begins at this byte.
fn check(
    input: &mut (impl Read + Seek + ?Sized),
    message: Message<'_>,
    body: u64,
) -> Result<(), Fault> {
    let dictionary = || message.header_as_dictionary_batch()?.data();
    let batch: Option<RecordBatch<'_>> = message.header_as_record_batch().or_else(dictionary);
    let Some((batch, compression)) = batch.and_then(|it| Some((it, it.compression()?))) else {
        return Ok(());
    };
    // Bytes that a packed byte can stand for: of LZ4 255, of Zstandard 128 KiB for a block of 4 bytes.
    let most = if compression.codec() == CompressionType::LZ4_FRAME { 255 } else { 1 << 15 };
    for part in batch.buffers().into_iter().flatten() {
        let (offset, packed) = (part.offset(), part.length());
        let (Ok(offset), Ok(packed @ 8..)) = (u64::try_from(offset), u64::try_from(packed)) else {
            continue;
        };
        input.seek(SeekFrom::Start(body.checked_add(offset).ok_or("a part is too far away")?))?;
        let announced = i64::from_le_bytes(bytes(input)?);
        // -1 stands for a part that is not packed.
        let most = packed.saturating_mul(most).min(MOST_BYTES);
        if announced < -1 || u64::try_from(announced).is_ok_and(|announced| announced > most) {
            let fault =
                format!("a part of {packed} packed bytes announces {announced} unpacked ones");
            return Err(fault.into());
        }
    }
    Ok(())
}

fn bytes<const N: usize>(input: &mut (impl Read + ?Sized)) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// So many bytes, without taking the file's word for the memory.
fn some(input: &mut (impl Read + ?Sized), length: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = input.take(length).read_to_end(&mut bytes)? as u64;
    if read < length {
        return Err(format!("of {length} bytes that it announces there are {read}").into());
    }
    Ok(bytes)
}
