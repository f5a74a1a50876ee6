//! Bad input: each message names the file, the row, the column and the remedy, and nothing panics.

use chainrule_data::*;
use chainrule_math::random::Stream;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::PathBuf;

/// A folder with files to be misread.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Files(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// What is said about a file with these contents, which must begin with its path.
    fn complaint(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.put(name, contents);
        let path = path.to_str().unwrap();
        let message = open(path, &SourceOptions::default()).unwrap_err().to_string();
        let rest = message.strip_prefix(path);
        rest.unwrap_or_else(|| panic!("the path is not named as it was given: {message}"))
            .to_owned()
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "expected {part:?} in: {message}");
    }
}

#[test]
fn missing_file() {
    let files = Files::new();
    files.put("flowers.csv", "a,b\n1,2\n");
    let path = files.0.path().join("flower.csv");
    let message = open(path.to_str().unwrap(), &SourceOptions::default()).unwrap_err().to_string();
    says(&message, &["flower.csv: no such file", "did you mean", "flowers.csv", "check the path"]);
    let folder = files.0.path().to_str().unwrap();
    let message = open(folder, &SourceOptions::default()).unwrap_err().to_string();
    says(&message, &[folder, "expected a file, found a folder"]);
}

#[test]
fn empty_file() {
    let files = Files::new();
    for contents in ["", "\n\n", "  \r\n", "\u{feff}"] {
        says(&files.complaint("e.csv", contents), &["found an empty file", "check that"]);
    }
    says(&files.complaint("e.csv.gz", packed(b"")), &["found an empty file"]);
}

#[test]
fn header_only() {
    let complaint = Files::new().complaint("h.csv", "\na,b,c\n");
    says(&complaint, &["header in line 2", "found none", "add rows"]);
}

#[test]
fn ragged_row() {
    let files = Files::new();
    let complaint = files.complaint("r.csv", "a,b\n1,2\n\n3,4,5\n6,7\n");
    says(&complaint, &["line 4", "expected 2 cells", "found 3", "correct this row"]);
    let complaint = files.complaint("r.csv", "a,b\r\n1,2\r\n3\r\n");
    says(&complaint, &["line 3", "expected 2 cells", "found 1"]);
    let complaint = files.complaint("r.csv", "a,b,c\n1,2,x\n2,\"y\n3,z\n4,\"w,5,6\n");
    says(&complaint, &["line 3", "close its quotation mark"]);
    let complaint = files.complaint("r.csv", "a,b\n1,x\n2,\"y\n3,z\n4,w\n");
    says(&complaint, &["line 3", "expected a closing quotation mark", "end of the file"]);
}

#[test]
fn text_in_a_numeric_column() {
    let files = Files::new();
    let complaint = files.complaint("t.csv", "length,kind\n1,a\n2,b\nlong,a\n4,b\n");
    says(&complaint, &["line 4 (data row 3)", "column `length`", "3 of the 4 cells", "`long`"]);
    says(&complaint, &["correct the cell or leave it empty", "--missing"]);
}

#[test]
fn decimal_comma() {
    let complaint = Files::new().complaint("d.csv", "a;b\n1,5;2\n2,5;3\n");
    says(&complaint, &["line 2 (data row 1)", "column `a`", "`1,5`", "write `1.5` instead"]);
}

#[test]
fn infinite_number() {
    let files = Files::new();
    for cell in ["inf", "-Infinity", "1e999"] {
        let complaint = files.complaint("i.csv", format!("a,b\n1,2\n3,{cell}\n"));
        says(&complaint, &["line 3 (data row 2)", "column `b`", cell, "finite number", "correct"]);
        says(&complaint, &["--missing"]);
    }
}

#[test]
fn header_without_names_or_with_one_twice() {
    let files = Files::new();
    let complaint = files.complaint("n.csv", "a,b,a\n1,2,3\n");
    says(&complaint, &["`a` as the name of columns 1 and 3", "rename"]);
    let complaint = files.complaint("n.csv", ",b,c\n1,2,3\n");
    says(&complaint, &["line 1", "a name for column 1", "name the column, or remove it"]);
}

#[test]
fn not_utf8() {
    let files = Files::new();
    let complaint = files.complaint("l.csv", b"name,x\nAnn,1\nZo\xeb,2\n");
    says(&complaint, &["line 3", "the byte 0xeb", "save the file as UTF-8", "iconv"]);
    let complaint = files.complaint("u.csv", b"\xff\xfea\0,\0b\0");
    says(&complaint, &["line 1", "UTF-16", "save the file as UTF-8"]);
}

#[test]
fn damaged_gzip() {
    let whole = packed("a,b\n1,2\n".repeat(100).as_bytes());
    let complaint = Files::new().complaint("z.csv.gz", &whole[..whole.len() / 2]);
    says(&complaint, &["gzip data is damaged or cut short", "fetch the file again"]);
}

fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let header = std::iter::once(magic).chain(sizes.iter().copied());
    header.flat_map(u32::to_be_bytes).chain(values.iter().copied()).collect()
}

#[test]
fn wrong_idx_magic() {
    let files = Files::new();
    let labels = files.complaint("a-images-idx3-ubyte", idx(0x801, &[3], &[1, 2, 3]));
    says(&labels, &["0x00000803 (images", "found the magic number 0x00000801 (labels", "give the"]);
    let floats = files.complaint("b", idx(0xd03, &[1, 1, 1], &[0; 4]));
    says(&floats, &["0x00000d03", "another type", "unsigned bytes"]);
    let text = files.complaint("c-images-idx3-ubyte", "hello, world");
    says(&text, &["0x68656c6c (not an IDX file)"]);
}

#[test]
fn idx_shorter_or_longer_than_its_header_says() {
    let files = Files::new();
    let pixels = [0; 12];
    files.put("a-labels-idx1-ubyte", idx(0x801, &[3], &[0; 3]));
    for (name, contents) in [
        ("a-images-idx3-ubyte", idx(0x803, &[3, 2, 2], &pixels[..11])),
        ("a-images-idx3-ubyte.gz", packed(&idx(0x803, &[3, 2, 2], &pixels[..11]))),
    ] {
        let short = files.complaint(name, contents);
        says(&short, &["expected 28 bytes for 3 images of 2 x 2, found 27", "cut short"]);
    }
    let long = files.complaint("a-images-idx3-ubyte", idx(0x803, &[3, 1, 2], &pixels));
    says(&long, &["expected 22 bytes for 3 images of 1 x 2, found 28", "too long"]);
    let long = files.complaint("a-images-idx3-ubyte", packed(&idx(0x803, &[3, 1, 2], &pixels)));
    says(&long, &["expected 22 bytes", "found at least 23", "too long"]);
    let header = files.complaint("a-images-idx3-ubyte", &idx(0x803, &[3, 1, 2], &[])[..9]);
    says(&header, &["expected 16 bytes for the header, found 9"]);
}

#[test]
fn hostile_idx_header() {
    let files = Files::new();
    files.put("a-labels-idx1-ubyte", idx(0x801, &[3], &[0; 3]));
    let huge = idx(0x803, &[u32::MAX, 28, 28], &[0; 100]);
    let complaint = files.complaint("a-images-idx3-ubyte", &huge);
    says(&complaint, &["expected 3367254359296 bytes for 4294967295 images", "found 116"]);
    // Packed, the length is unknown: refused before anything is unpacked.
    let complaint = files.complaint("a-images-idx3-ubyte.gz", packed(&huge));
    says(&complaint, &["the most that chainrule reads"]);
    let all = idx(0x803, &[u32::MAX; 3], &[]);
    says(
        &files.complaint("a-images-idx3-ubyte", all),
        &["4294967295 x 4294967295", "check the file"],
    );
    let none = idx(0x803, &[0, 28, 28], &[]);
    says(&files.complaint("a-images-idx3-ubyte", none), &["at least one image"]);
}

#[test]
fn idx_labels_that_are_missing_or_of_other_images() {
    let files = Files::new();
    let images = idx(0x803, &[3, 2, 2], &[0; 12]);
    let complaint = files.complaint("a-images-idx3-ubyte", &images);
    says(&complaint, &["a-labels-idx1-ubyte", "found no such file", "--labels"]);
    files.put("a-labels-idx1-ubyte", idx(0x801, &[2], &[0; 2]));
    let path = files.put("a-images-idx3-ubyte", &images);
    let message = open(path.to_str().unwrap(), &SourceOptions::default()).unwrap_err().to_string();
    says(&message, &["a-labels-idx1-ubyte: expected 3 labels", "found 2", "--labels"]);
    let labels = Some(files.put("other", "no labels"));
    let options = SourceOptions { labels, ..SourceOptions::default() };
    let message = open(path.to_str().unwrap(), &options).unwrap_err().to_string();
    says(&message, &["other: expected the magic number 0x00000801"]);
    // Labels are not needed to predict.
    let columns = ColumnChoice::Only(vec!["pixel1".into()]);
    let options = SourceOptions { columns, ..SourceOptions::default() };
    files.put("b-images-idx3-ubyte", &images);
    let path = files.0.path().join("b-images-idx3-ubyte");
    assert_eq!(open(path.to_str().unwrap(), &options).unwrap().table.rows(), 3);
}

fn fit(csv: &str, target: &str) -> Result<Preparation, DataError> {
    let table = parse_csv("t.csv", csv.as_bytes(), &CsvOptions::default())?;
    let targets = [target.to_owned()];
    let rows: Vec<usize> = (0..table.rows()).collect();
    judge_target(&table, &targets, None)?;
    Preparation::fit(&table, &targets, &rows, &PrepareOptions::default())
}

#[test]
fn target_column_misspelt() {
    let message = fit("length,species\n1,a\n2,b\n3,a\n4,b\n", "specie").unwrap_err().to_string();
    says(&message, &["t.csv: there is no column `specie`", "did you mean `species`?", "`length`"]);
}

#[test]
fn one_class_only() {
    let message = fit("x,y\n1,a\n2,a\n", "y").unwrap_err().to_string();
    says(&message, &["t.csv, column `y`", "one class only: `a` in all 2 rows", "add rows"]);
}

#[test]
fn a_number_that_never_changes() {
    let table = parse_csv("t.csv", b"x,y\n1,7\n2,7\n", &CsvOptions::default()).unwrap();
    let judged = judge_target(&table, &["y".to_owned()], Some(Task::Regression));
    let message = judged.unwrap_err().to_string();
    says(&message, &["t.csv, column `y`", "the same value in every row: `7` in all 2 rows"]);
    assert!(!message.contains("class"), "{message}");
    let message = fit("x,y\n1,0.5\n2,0.5\n", "y").unwrap_err().to_string();
    says(&message, &["the same value in every row: `0.5`", "check that"]);
}

#[test]
fn a_header_that_is_all_numbers() {
    let message = fit("2019,2020\n1,2\n3,4\n", "2020").unwrap_err().to_string();
    says(&message, &["no column `2020`", "`column1`, `column2`", "--header present"]);
    let message = fit("a,b\n1,2\n3,4\n", "2020").unwrap_err().to_string();
    assert!(!message.contains("--header"), "{message}");
}

/// A few packed bytes can hold a line that would take gigabytes once it is divided into cells.
#[test]
fn a_line_of_too_many_cells() {
    let files = Files::new();
    for delimiter in [",", ";", "\t"] {
        let wide = format!("\n\n{}\n", format!("1{delimiter}").repeat(100_001));
        let complaint = files.complaint("w.csv.gz", packed(wide.as_bytes()));
        says(&complaint, &["line 3", "at most 100000 cells", "found more", "--delimiter"]);
    }
}

#[test]
fn a_class_with_one_row() {
    let rows: String = (0..11).map(|row| format!("{row},a\n")).collect();
    let message = fit(&format!("x,y\n{rows}11,b\n"), "y").unwrap_err().to_string();
    says(&message, &["t.csv, line 13 (data row 12), column `y`", "class `b`", "remove the row"]);
    // Of so few rows that none is set aside, one may be alone in its class, as in the gate AND.
    assert!(fit("x,y\n1,a\n2,a\n3,b\n", "y").is_ok());
}

#[test]
fn a_column_of_identifiers() {
    let names: String = (0..30).map(|i| format!("name{i},{}\n", i % 2)).collect();
    let message = fit(&format!("name,y\n{names}"), "y").unwrap_err().to_string();
    says(
        &message,
        &[
            "t.csv: expected at least one",
            "`name` (identifier: 30 different texts",
            "--column-kind",
        ],
    );
}

#[test]
fn nothing_to_predict_from() {
    let message = fit("y\na\nb\na\nb\n", "y").unwrap_err().to_string();
    says(&message, &["t.csv: expected at least one column to predict from", "leave fewer"]);
}

#[test]
fn a_table_of_other_columns() {
    let preparation = fit("length,kind,y\n1,a,0\n2,b,1\n3,a,0\n4,b,1\n", "y").unwrap();
    let apply = |csv: &str| {
        let table = parse_csv("p.csv", csv.as_bytes(), &CsvOptions::default()).unwrap();
        let rows: Vec<usize> = (0..table.rows()).collect();
        preparation.features(&table, &rows)
    };
    let message = |csv| apply(csv).unwrap_err().to_string();
    assert!(apply("extra,kind,length\n9,b,1.5\n").is_ok());
    let missing = message("lenght,kind\n1,a\n");
    says(&missing, &["p.csv: expected a column `length`", "did you mean `lenght`?", "`kind`"]);
    let changed = message("length,kind\nlong,a\nshort,b\n");
    says(&changed, &["p.csv, line 2 (data row 1), column `length`", "expected a number", "`long`"]);
    let unseen = message("length,kind\n1,a\n2,c\n");
    says(
        &unseen,
        &["p.csv, line 3 (data row 2), column `kind`", "(`a`, `b`)", "found `c`", "train"],
    );
    let beyond = message("length,kind\n1,a\n1e300,b\n");
    says(&beyond, &["line 3 (data row 2), column `length`", "1e300", "32-bit"]);
}

#[test]
fn a_target_of_other_classes() {
    let preparation = fit("x,y\n1,a\n2,b\n3,a\n4,b\n", "y").unwrap();
    let table = parse_csv("p.csv", b"x,y\n1,a\n2,c\n", &CsvOptions::default()).unwrap();
    let message = preparation.targets(&table, &[0, 1]).unwrap_err().to_string();
    says(&message, &["p.csv, line 3 (data row 2), column `y`", "(`a`, `b`)", "found `c`"]);
    let message = preparation.targets(&table, &[7]).unwrap_err().to_string();
    says(&message, &["there is no row 7"]);
}

/// Files with bytes changed, cut or repeated at random are read or refused, never a panic.
#[test]
fn damaged_bytes_never_panic() {
    let mut stream = Stream::new(1, "test.damage");
    let csv = b"\"a b\",kind,y\r\n1.5,x,0\r\n-2e3,\"y,z\",1\r\n3,x,1\r\n4,x,0\n".to_vec();
    let images = idx(0x803, &[3, 2, 2], &[7; 12]);
    let files = Files::new();
    files.put("f-labels-idx1-ubyte", idx(0x801, &[3], &[0, 1, 0]));
    let mut read = 0;
    for round in 0..600 {
        let (name, source) = match round % 3 {
            0 => ("f-images-idx3-ubyte", images.clone()),
            1 => ("f.csv", csv.clone()),
            _ => ("f.csv.gz", packed(&csv)),
        };
        let mut bytes = source;
        for _ in 0..=stream.below(3) {
            let at = stream.below(bytes.len() as u32) as usize;
            match stream.below(3) {
                0 => bytes[at] = b"\",;\n\r\0\xff17x"[stream.below(9) as usize],
                1 => bytes.truncate(at.max(1)),
                _ => bytes.extend_from_within(at..),
            }
        }
        let path = files.put(name, bytes);
        let path = path.to_str().unwrap();
        match open(path, &SourceOptions::default()) {
            Err(error) => assert!(error.to_string().starts_with(files.0.path().to_str().unwrap())),
            Ok(data) => {
                read += 1;
                let rows: Vec<usize> = (0..data.table.rows()).collect();
                for target in data.table.column_names() {
                    let options = PrepareOptions::default();
                    if let Ok(fitted) = Preparation::fit(&data.table, &[target], &rows, &options) {
                        fitted.validate().unwrap();
                        let _ = fitted.features(&data.table, &rows);
                        let _ = fitted.targets(&data.table, &rows);
                    }
                }
            }
        }
    }
    assert!(read > 30, "{read} files were still readable");
}
