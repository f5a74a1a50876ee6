//! Files of plain numbers: four bytes each, the lowest first.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

/// Writes numbers as they come.
pub(crate) fn write(
    path: &Path,
    numbers: impl Iterator<Item = [u8; 4]>,
) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in numbers {
        file.write_all(&number)?;
    }
    file.flush()?;
    Ok(())
}

/// Reads exactly `count` numbers, without the bytes beside them in memory.
pub(crate) fn read<T>(
    path: &Path,
    count: usize,
    number: impl Fn([u8; 4]) -> T,
) -> Result<Vec<T>, Box<dyn Error>> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(|error| fault(&error))?;
    let length = file.metadata()?.len();
    if length != 4 * count as u64 {
        return Err(fault(&format!("{length} bytes, but {count} numbers have 4 each")).into());
    }
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut numbers = Vec::with_capacity(count);
    let mut bytes = [0; 4];
    for _ in 0..count {
        file.read_exact(&mut bytes).map_err(|error| fault(&error))?;
        numbers.push(number(bytes));
    }
    Ok(numbers)
}
