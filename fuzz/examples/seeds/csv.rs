//! Tables: the bytes that `fuzz_targets/csv.rs` draws, then the file.

use crate::Seed;
use chainrule_fuzz::pack;

// The draws in order.
const HEADER: usize = 0;
const DELIMITER: usize = 1;
const COLUMNS: usize = 2;
const CATEGORIES: usize = 3;
const PACKED: usize = 4;
const TARGET: usize = 5;
const DRAWS: usize = 9;

pub(crate) fn seeds() -> Vec<Seed> {
    let classes: String = (0..30)
        .map(|i| {
            format!("{}.5,{},{}\n", i % 7, ["red", "blue", "green"][i % 3], ["no", "yes"][i % 2])
        })
        .collect();
    let classes = format!("size,colour,b\n{classes}");
    let labels: String = (0..12).map(|i| format!("{},{},{}\n", i, i % 2, i / 3)).collect();
    let plain = |text: &str| seed(&[], text.as_bytes());
    vec![
        ("classes", seed(&[(TARGET, 2)], classes.as_bytes())),
        ("classes_packed", seed(&[(TARGET, 2), (PACKED, 1)], classes.as_bytes())),
        ("gzip", seed(&[], &pack(classes.as_bytes()))),
        ("gzip_bomb", seed(&[], &pack(&[b','; 300_000]))),
        ("gzip_cut", seed(&[], &pack(classes.as_bytes())[..40])),
        ("labels", seed(&[(HEADER, 2), (TARGET, 1)], labels.as_bytes())),
        ("regression", plain("x;y\n1,5;2\n")),
        ("numbers", seed(&[(TARGET, 1)], b"x\ty\n1e3\t-2.5\n.5\t3\n7\t0.125\n8\t1e-9\n")),
        ("quotes", plain("\"a \"\"b\"\"\",\"c\nd\"\r\n\"x,y\",1\r\n\" z \",2\r\n")),
        ("open_quote", plain("a,b\n1,\"2\n3,4\n")),
        ("mark_and_blanks", plain("\u{feff}a , b\n\n 1 , 2 \n   \n3,4\n")),
        ("missing", plain("a,b\n1,NA\n?,2\n,inf\n")),
        ("ragged", plain("a,b\n1,2\n1,2,3\n")),
        ("same_names", plain("a,a\n1,2\n")),
        ("one_line", seed(&[(HEADER, 1)], b"a,b,c")),
        ("choice", seed(&[(COLUMNS, 2), (CATEGORIES, 1)], b"a,b,c\n01,2,3\n1,5,6\n01,8,9\n")),
        ("delimiter", seed(&[(DELIMITER, b'|')], b"a|b\n1|2\n3|4\n")),
        ("characters", seed(&[(DELIMITER, 0xc3)], "\u{e4}\u{f6},\u{fc}\n1,2\n".as_bytes())),
        ("not_utf8", seed(&[], b"a,b\n1,\xff\n")),
        ("many_columns", plain(&format!("{}\n", ",".repeat(400)).repeat(2))),
        ("carriage_returns", plain("a,b\r1,2\r3,4\r")),
        ("codes", seed(&[(TARGET, 1)], b"zip,y\n01234,1\n98765,2\n00000,\n")),
        ("missing_throughout", seed(&[(TARGET, 1)], b"a,b\n,x\n,y\nNA,\n")),
        ("zstd", seed(&[], &zstd::encode_all(classes.as_bytes(), 3).expect("memory"))),
    ]
}

/// A file behind draws that are zero but for these.
fn seed(draws: &[(usize, u8)], file: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; DRAWS];
    draws.iter().for_each(|&(place, draw)| bytes[place] = draw);
    bytes.extend(file);
    bytes
}
