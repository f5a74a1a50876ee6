//! Files gone through in pieces: together the pieces are the table that is read whole.

use chainrule_data::*;
use std::path::{Path, PathBuf};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

/// All pieces of `rows` put together say the same as the table read whole, in every pass.
fn same(path: &Path, options: &SourceOptions, rows: usize) -> Chunks {
    let path = path.to_str().unwrap();
    let whole = open(path, options).unwrap().table;
    let chunks = Chunks::open(path, options, rows).unwrap();
    assert_eq!(chunks.rows(), whole.rows());
    for _ in 0..2 {
        let mut row = 0;
        for table in chunks.pass().unwrap() {
            let table = table.unwrap();
            assert!(table.rows() == rows || row + table.rows() == whole.rows());
            for (found, expected) in table.columns().iter().zip(whole.columns()) {
                assert_eq!(found.name, expected.name);
                if let (Values::Text { levels, .. }, Values::Text { levels: all, .. }) =
                    (&found.values, &expected.values)
                {
                    assert_eq!(levels, all);
                }
                for at in 0..table.rows() {
                    assert_eq!(found.cell(at), expected.cell(row + at), "{path}, {}", found.name);
                }
            }
            assert_eq!(table.columns().len(), whole.columns().len());
            assert_eq!(table.place(0, "x").line, whole.place(row, "x").line);
            row += table.rows();
        }
        assert_eq!(row, whole.rows());
    }
    let missing: Vec<usize> = chunks.columns().iter().map(|column| column.missing).collect();
    let expected: Vec<usize> = whole.columns().iter().map(Column::missing).collect();
    assert_eq!(missing, expected);
    chunks
}

/// Ten megabytes: several blocks.
fn large_table() -> String {
    let mut text = "n,kind,zip,late,note\n".to_owned();
    for row in 0..400_000_usize {
        let kind = ["red", "green", "", "blue"][row % 4];
        // A column that turns into texts only behind the first block.
        let late = if row < 200_000 { "7" } else { "seven" };
        text += &format!("{}.25,{kind},{:05},{late},note {row}\n", row % 977, row % 1000);
    }
    text
}

#[test]
fn a_csv_file_in_pieces_is_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.csv");
    std::fs::write(&path, large_table()).unwrap();
    let but_note = ColumnChoice::Except(vec!["note".into()]);
    let options = SourceOptions { columns: but_note, ..SourceOptions::default() };
    let chunks = same(&path, &options, 50_000);
    let kinds: Vec<&ChunkKind> = chunks.columns().iter().map(|column| &column.kind).collect();
    assert_eq!(kinds[0], &ChunkKind::Numbers);
    assert_eq!(kinds[1], &ChunkKind::Texts(vec!["blue".into(), "green".into(), "red".into()]));
    assert!(matches!(kinds[2], ChunkKind::Texts(levels) if levels.len() == 1000));
    assert_eq!(kinds[3], &ChunkKind::Texts(vec!["7".into(), "seven".into()]));

    // More notes than there are categories: left out, and said so.
    let all = SourceOptions::default();
    let chunks = Chunks::open(path.to_str().unwrap(), &all, 1000).unwrap();
    assert_eq!(chunks.columns()[4].kind, ChunkKind::ManyTexts);
    let first = chunks.pass().unwrap().next().unwrap().unwrap();
    assert_eq!(first.column_names(), ["n", "kind", "zip", "late"]);
    assert!(first.column("note").unwrap_err().to_string().contains("left out"));
}

#[test]
fn small_and_packed_files_in_pieces() {
    let all = SourceOptions::default();
    for name in ["packed.csv.gz", "packed.csv.zst", "missing_markers.csv", "quoted_lines.csv"] {
        same(&corpus(name), &all, 1);
        same(&corpus(name), &all, 100);
    }
}

#[test]
#[cfg(feature = "parquet")]
fn columnar_files_in_pieces() {
    let all = SourceOptions::default();
    for name in ["zstd.parquet", "plain.parquet", "file.arrow", "stream.arrows", "stream.arrows.gz"]
    {
        for rows in [1, 2, 3, 10] {
            same(&corpus(name), &all, rows);
        }
    }
    let message = |name: &str| {
        Chunks::open(corpus(name).to_str().unwrap(), &all, 9).err().unwrap().to_string()
    };
    assert!(message("infinite.parquet").contains("row 2, column `a`"));
    assert!(message("no_rows.parquet").contains("at least one row"));
}

#[test]
fn what_is_wrong_is_said_when_the_file_is_opened() {
    let all = SourceOptions::default();
    let message = |name: &str| {
        Chunks::open(corpus(name).to_str().unwrap(), &all, 9).err().unwrap().to_string()
    };
    assert!(message("infinite.csv").contains("line 3 (data row 2), column `a`"));
    assert!(message("long_row.csv").contains("line 4"));
    assert!(message("dense.arff").contains("found an ARFF file"));
    assert!(message("vector.npy").contains("found a NumPy array"));
    assert!(message("workbook.csv").contains("Excel"));
}

#[test]
fn a_file_that_changes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let all = SourceOptions::default();
    for changed in ["a,b\n1,x\n", "a,b\n1,x\n2,z\n", "a,b\n1,x\ntwo,y\n", "a,b\n1,x\n2,y\n3,x\n"] {
        std::fs::write(&path, "a,b\n1,x\n2,y\n").unwrap();
        let chunks = Chunks::open(path.to_str().unwrap(), &all, 1).unwrap();
        std::fs::write(&path, changed).unwrap();
        let results: Vec<_> = chunks.pass().unwrap().collect();
        let error = results.last().unwrap().as_ref().unwrap_err().to_string();
        assert!(error.contains("was changed while it was read"), "{changed}: {error}");
    }
}
