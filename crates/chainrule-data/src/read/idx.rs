//! Reading IDX files, the format of MNIST: images of unsigned bytes and their labels.
//!
//! An images file is the number 0x00000803, then the number of images, rows and columns (all four
//! as 32-bit numbers, highest byte first), then the pixels. A labels file is 0x00000801, the number
//! of labels, the labels. (Y. LeCun, C. Cortes, C. Burges, "The MNIST database".)

use crate::column::Column;
use crate::error::{DataError, shown};
use crate::read::file::{MOST_BYTES, Opened};
use crate::table::{ImageShape, Table};
use std::path::{Path, PathBuf};

/// First four bytes of an images file: unsigned bytes in three dimensions.
pub(crate) const IMAGES: [u8; 4] = [0, 0, 8, 3];

/// First four bytes of a labels file: unsigned bytes in one dimension.
const LABELS: [u8; 4] = [0, 0, 8, 1];

/// The column of the labels.
pub(crate) const LABEL: &str = "label";

/// The most pixels of one image. Every pixel is a column with a name of its own, so a header may
/// not ask for any number of them.
const MOST_PIXELS: usize = 1 << 22;

/// Reads the images at `images`, plain or gzipped, and their labels.
///
/// The table has a column of bytes for each pixel, `pixel1`, `pixel2`, ..., along the rows of the
/// image, and, when `labels` names a file, a column `label`.
///
/// # Errors
/// Files that cannot be read, are not IDX, are shorter or longer than their header says, or do not
/// belong together.
pub fn read_idx(images: &Path, labels: Option<&Path>) -> Result<Table, DataError> {
    read_opened(Opened::open(images)?, labels)
}

/// Reads the images file whose contents are `images`, called `name` in messages, and the contents
/// of their labels file; each plain or gzipped. See [`read_idx`].
///
/// ```
/// use chainrule_data::parse_idx;
/// // Two images of 1 x 2 pixels, and their labels.
/// let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40];
/// let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
/// let table = parse_idx("pairs", &images, Some(&labels))?;
/// assert_eq!(table.column_names(), ["pixel1", "pixel2", "label"]);
/// assert_eq!(table.columns()[1].number(0), Some(20.0));
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
///
/// # Errors
/// As [`read_idx`].
pub fn parse_idx(name: &str, images: &[u8], labels: Option<&[u8]>) -> Result<Table, DataError> {
    let images = Images::read(Opened::bytes(name, images)?)?;
    let name_of_labels = format!("{name} (labels)");
    images.table(labels.map(|labels| Opened::bytes(&name_of_labels, labels)).transpose()?)
}

/// As [`read_idx`], from an images file that is open already.
pub(crate) fn read_opened(images: Opened<'_>, labels: Option<&Path>) -> Result<Table, DataError> {
    let images = Images::read(images)?;
    images.table(labels.map(Opened::open).transpose()?)
}

/// What an images file holds.
struct Images {
    path: PathBuf,
    shape: ImageShape,
    /// One for each pixel.
    columns: Vec<Column>,
}

impl Images {
    fn read(mut opened: Opened<'_>) -> Result<Self, DataError> {
        let (header, pixels) = read(&mut opened, IMAGES)?;
        let shape = ImageShape { height: header[1] as usize, width: header[2] as usize };
        let columns = transpose(&pixels, shape.pixels())
            .into_iter()
            .enumerate()
            .map(|(index, values)| Column::bytes(ImageShape::pixel_name(index), values))
            .collect();
        Ok(Images { path: opened.path().to_owned(), shape, columns })
    }

    /// The images with the labels of an open file, if there is one.
    fn table(mut self, labels: Option<Opened<'_>>) -> Result<Table, DataError> {
        if let Some(mut opened) = labels {
            let labels = read(&mut opened, LABELS)?.1;
            let images = self.columns[0].len();
            if labels.len() != images {
                return Err(DataError::LabelCount {
                    images_file: self.path,
                    labels_file: opened.path().to_owned(),
                    images,
                    labels: labels.len(),
                });
            }
            self.columns.push(Column::bytes(LABEL, labels));
        }
        Ok(Table::new(shown(&self.path), self.columns)?.with_image(self.shape))
    }
}

/// The labels file that belongs to the images file `images`, by its name: `images-idx3` becomes
/// `labels-idx1` (likewise with dots), with or without `.gz`.
///
/// # Errors
/// [`DataError::LabelsNotFound`], with the names that were tried.
pub fn find_labels(images: &Path) -> Result<PathBuf, DataError> {
    let name = images.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    let mut tried = Vec::new();
    if stem.contains("images") {
        let plain = stem.replace("images", "labels").replace("idx3", "idx1");
        let packed = format!("{plain}.gz");
        // The same packing as the images first.
        tried = if stem == name { vec![plain, packed] } else { vec![packed, plain] };
    } else {
        tried.push(format!("{stem}-labels-idx1-ubyte"));
    }
    let paths: Vec<PathBuf> = tried.iter().map(|name| images.with_file_name(name)).collect();
    paths.iter().find(|path| path.is_file()).cloned().ok_or_else(|| DataError::LabelsNotFound {
        images: images.to_owned(),
        tried: paths.iter().map(|path| path.display().to_string()).collect(),
    })
}

/// Reads a file that begins with `magic`: the sizes of its header, and what comes after.
///
/// The length that the header announces is compared with the file's before any memory is taken for
/// it. The length of a packed file is not known beforehand: it is unpacked into memory that grows
/// with what is really there, and no further than one byte past what was announced.
fn read(opened: &mut Opened<'_>, magic: [u8; 4]) -> Result<(Vec<u32>, Vec<u8>), DataError> {
    let dimensions = magic[3] as usize;
    let length = 4 + 4 * dimensions;
    let header = opened.read_at_most(length as u64)?;
    let path = opened.path().to_owned();
    if header.len() >= 4 && header[..4] != magic {
        return Err(wrong_magic(path, magic, [header[0], header[1], header[2], header[3]]));
    }
    let wrong = |what: String, expected: u128, found: u128, packed: bool| DataError::IdxLength {
        path: path.clone(),
        what,
        expected,
        found,
        packed,
    };
    if header.len() < length {
        let found = header.len() as u128;
        return Err(wrong("the header".to_owned(), length as u128, found, false));
    }
    let sizes: Vec<u32> = header[4..]
        .chunks_exact(4)
        .map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    // Below 2^96: three 32-bit sizes.
    let announced: u128 = sizes.iter().map(|&size| u128::from(size)).product();
    let expected = length as u128 + announced;
    let what = match sizes[..] {
        [images, height, width] => {
            let pixels = u64::from(height) * u64::from(width);
            if announced == 0 || pixels > MOST_PIXELS as u64 {
                let most = MOST_PIXELS;
                return Err(DataError::IdxShape { path, images, height, width, most });
            }
            format!("{images} images of {height} x {width}")
        }
        _ => format!("{} labels", sizes[0]),
    };
    if let Some(found) = opened.length
        && u128::from(found) != expected
    {
        return Err(wrong(what, expected, u128::from(found), false));
    }
    if expected > u128::from(MOST_BYTES) {
        return Err(opened.too_large());
    }
    let values = opened.read_at_most(announced as u64 + 1)?;
    if values.len() as u128 != announced {
        let found = length as u128 + values.len() as u128;
        return Err(wrong(what, expected, found, true));
    }
    Ok((sizes, values))
}

fn wrong_magic(path: PathBuf, expected: [u8; 4], found: [u8; 4]) -> DataError {
    let meaning = |magic: [u8; 4]| match magic {
        IMAGES => " (images of unsigned bytes)",
        LABELS => " (labels of unsigned bytes)",
        [0, 0, 8..=14, _] => " (an IDX file of another type or number of dimensions)",
        _ => " (not an IDX file)",
    };
    let number = |magic: [u8; 4]| {
        format!("the magic number 0x{:08x}{}", u32::from_be_bytes(magic), meaning(magic))
    };
    let remedy = match (expected, found) {
        (IMAGES, LABELS) => "give the images file; its labels file is found or named with --labels",
        (LABELS, IMAGES) => "give the labels file here, and the images file as the data",
        _ => "give an IDX file of unsigned bytes",
    };
    DataError::IdxMagic { path, expected: number(expected), found: number(found), remedy }
}

/// Columns from rows: `values[r * width + c]` becomes `columns[c][r]`.
fn transpose(values: &[u8], width: usize) -> Vec<Vec<u8>> {
    // 64 columns at a time: a row's part of them is one cache line.
    const TILE: usize = 64;
    let rows = values.len() / width;
    let mut columns = Vec::with_capacity(width);
    for start in (0..width).step_by(TILE) {
        let end = (start + TILE).min(width);
        let mut tile = vec![vec![0; rows]; end - start];
        for (row, values) in values.chunks_exact(width).enumerate() {
            for (column, &value) in tile.iter_mut().zip(&values[start..end]) {
                column[row] = value;
            }
        }
        columns.append(&mut tile);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposes_whatever_the_size() {
        for (rows, width) in [(1, 1), (3, 64), (5, 65), (2, 130)] {
            let values: Vec<u8> = (0..rows * width).map(|i| (i % 251) as u8).collect();
            let columns = transpose(&values, width);
            assert_eq!(columns.len(), width);
            for (i, &value) in values.iter().enumerate() {
                assert_eq!(columns[i % width][i / width], value);
            }
        }
    }

    #[test]
    fn bytes_are_read_as_files_are() {
        let images = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1][..], &[5, 6]].concat();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        std::io::Write::write_all(&mut encoder, &images).unwrap();
        let packed = encoder.finish().unwrap();
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 8];
        let read = |images: &[u8], labels: &[u8]| parse_idx("two", images, Some(labels));
        let table = read(&images, &labels).unwrap();
        assert_eq!((table.name(), table.image().unwrap().pixels()), ("two", 1));
        assert_eq!(table.columns()[1], Column::bytes(LABEL, vec![7, 8]));
        assert_eq!(read(&packed, &labels).unwrap(), table);
        let message = read(&images, &labels[..9]).unwrap_err().to_string();
        assert!(message.starts_with("two (labels): "), "{message}");
        let message = read(&images[..17], &labels).unwrap_err().to_string();
        assert!(message.starts_with("two: ") && message.contains("found 17"), "{message}");
    }

    #[test]
    fn labels_are_found_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (images, labels) in [
            ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
            ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
            ("a-images-idx3-ubyte", "a-labels-idx1-ubyte.gz"),
            ("b-images-idx3-ubyte.gz", "b-labels-idx1-ubyte"),
        ] {
            let error = find_labels(&at(images)).unwrap_err().to_string();
            assert!(error.contains(labels) && error.contains("--labels"), "{error}");
            std::fs::write(at(labels), []).unwrap();
            assert_eq!(find_labels(&at(images)).unwrap(), at(labels));
        }
        assert!(find_labels(&at("pictures")).is_err());
    }
}
