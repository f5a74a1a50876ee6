//! Model files that are cut, changed or made up: an error, never a panic or a large allocation.

use crate::folder::Folder;
use serde_json::{Value, json};

/// A model file that may be anything but must not bring the program down.
fn inspect(folder: &Folder, bytes: &[u8], what: &str) -> i32 {
    folder.write("hostile.safetensors", bytes);
    let outcome = folder.run("inspect hostile.safetensors");
    assert!([0, 2].contains(&outcome.code), "{what}: {}\n{}", outcome.code, outcome.err);
    if outcome.code == 2 {
        assert!(outcome.err.starts_with("error: hostile.safetensors: "), "{what}: {}", outcome.err);
    }
    outcome.code
}

fn model() -> (Folder, Vec<u8>) {
    let folder = Folder::new();
    folder.succeed("train iris --epochs 1 --hidden 4");
    let bytes = folder.read("iris.safetensors");
    (folder, bytes)
}

/// The header as JSON, and the bytes after it.
fn split(bytes: &[u8]) -> (Value, &[u8]) {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (serde_json::from_slice(&bytes[8..8 + length]).unwrap(), &bytes[8 + length..])
}

fn join(header: &Value, data: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn cut_files_are_refused() {
    let (folder, bytes) = model();
    assert_eq!(inspect(&folder, &bytes, "whole"), 0);
    let mut lengths: Vec<usize> = (0..40).map(|part| part * bytes.len() / 40).collect();
    lengths.extend([1, 7, 8, 9, bytes.len() - 1]);
    for length in lengths {
        assert_eq!(inspect(&folder, &bytes[..length], &format!("{length} bytes")), 2);
    }
    assert_eq!(inspect(&folder, &[&bytes[..], &[0; 4]].concat(), "4 bytes more"), 2);
}

#[test]
fn changed_bytes_are_no_danger() {
    let (folder, bytes) = model();
    let mut state = 12345_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for round in 0..60 {
        let mut changed = bytes.clone();
        for _ in 0..=random(4) {
            let place = random(changed.len());
            changed[place] = random(256) as u8;
        }
        inspect(&folder, &changed, &format!("round {round}"));
    }
    for length in [8, 100, 5000] {
        let noise: Vec<u8> = (0..length).map(|_| random(256) as u8).collect();
        assert_eq!(inspect(&folder, &noise, "noise"), 2);
    }
}

#[test]
fn lies_about_sizes_and_versions_are_refused() {
    let (folder, bytes) = model();
    let (header, data) = split(&bytes);
    let huge = json!([4_000_000_000_u64, 4_000_000_000_u64]);
    let mut lie = header.clone();
    lie["layers.0.weight"]["shape"] = huge.clone();
    assert_eq!(inspect(&folder, &join(&lie, data), "a huge tensor"), 2);
    lie["layers.0.weight"]["data_offsets"] = json!([0, u64::MAX]);
    assert_eq!(inspect(&folder, &join(&lie, data), "a huge tensor with its bytes"), 2);
    let mut long = bytes.clone();
    long[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(inspect(&folder, &long, "a huge header"), 2);

    let description = header["__metadata__"]["chainrule"].as_str().unwrap();
    let description: Value = serde_json::from_str(description).unwrap();
    let described = |change: &dyn Fn(&mut Value)| {
        let mut description = description.clone();
        change(&mut description);
        let mut header = header.clone();
        header["__metadata__"]["chainrule"] = json!(description.to_string());
        join(&header, data)
    };
    assert_eq!(inspect(&folder, &described(&|_| ()), "unchanged"), 0);
    for (what, change) in [
        (
            "units",
            &(|it: &mut Value| it["network"]["layers"][0]["units"] = json!(1_u64 << 60))
                as &dyn Fn(&mut Value),
        ),
        ("inputs", &|it| it["network"]["inputs"] = json!(u64::MAX)),
        ("no layers", &|it| it["network"]["layers"] = json!([])),
        ("no units", &|it| it["network"]["layers"][0]["units"] = json!(0)),
        ("dropout", &|it| it["network"]["layers"][0]["dropout"] = json!(1.5)),
        ("activation", &|it| it["network"]["layers"][0]["activation"] = json!("rleu")),
        ("no version", &|it| it["version"] = Value::Null),
        ("no network", &|it| it["network"] = json!(3)),
        ("features", &|it| it["preparation"]["features"] = json!([])),
        ("classes", &|it| it["preparation"]["target"]["classes"] = json!(["a"])),
    ] {
        assert_eq!(inspect(&folder, &described(change), what), 2, "{what}");
    }
    folder.write("new.safetensors", described(&|it| it["version"] = json!(999)));
    let outcome = folder.run("predict new.safetensors iris");
    assert_eq!(outcome.code, 2);
    for part in ["new.safetensors", "version 999", "newer chainrule"] {
        assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
    }
    // Settings are for people; whatever they say, the model can be used.
    let odd = described(&|it| {
        it["settings"] = json!({ "batch_size": 1_u64 << 62, "loss": "cross_entropy" })
    });
    assert_eq!(inspect(&folder, &odd, "settings"), 0);
    let odd = described(&|it| it["settings"] = json!([1, 2]));
    assert_eq!(inspect(&folder, &odd, "settings"), 0);
}

/// Whatever names a file holds or has, they cannot steer the terminal or forge a line.
#[test]
fn control_characters_are_spelled_out() {
    let folder = Folder::new();
    folder.write_table("t.csv", 60);
    folder.succeed("train t.csv --target kind --epochs 1 --hidden 2");
    let bytes = folder.read("t.safetensors");
    let (mut header, data) = split(&bytes);
    let description = header["__metadata__"]["chainrule"].as_str().unwrap();
    let mut description: Value = serde_json::from_str(description).unwrap();
    let name = "a\u{1b}[2J\nerror: forged\u{9b}\u{7f}";
    description["preparation"]["target"]["classes"] = json!([name, "low"]);
    description["preparation"]["features"][0]["name"] = json!(name);
    header["__metadata__"]["chainrule"] = json!(description.to_string());
    folder.write("odd.safetensors", join(&header, data));
    let is_clean = |text: &str| text.chars().all(|it| it == '\n' || !it.is_control());

    let shown = folder.succeed("inspect odd.safetensors").out;
    assert!(is_clean(&shown), "{shown:?}");
    assert_eq!(shown.matches(r"a\u{1b}[2J\nerror: forged\u{9b}\u{7f}").count(), 2, "{shown}");
    let document = folder.succeed("inspect odd.safetensors --json").out;
    assert!(is_clean(&document), "{document:?}");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["preparation"]["target"]["classes"][0], name);
    for words in [
        &["predict", "odd.safetensors", "t.csv"],
        &["evaluate", "odd.safetensors", "a\u{1b}[1m\nerror: forged.csv"],
        &["evaluate", "a\u{1b}[1m\nerror: forged.safetensors", "t.csv"],
    ] {
        let outcome = folder.run_words(words);
        assert_eq!(outcome.code, 2, "{}", outcome.err);
        assert!(is_clean(&outcome.err), "{:?}", outcome.err);
        let forged = outcome.err.lines().skip(1).any(|line| line.starts_with("error"));
        assert!(!forged, "{}", outcome.err);
    }
}

#[test]
fn files_of_other_kinds_are_refused() {
    let folder = Folder::new();
    for (what, bytes) in [
        ("empty", &b""[..]),
        ("text", b"a,b\n1,2\n"),
        ("another program's", b"\x02\0\0\0\0\0\0\0{}"),
        ("nested", &[b"\x00\x10\0\0\0\0\0\0".as_slice(), &[b'['; 4096]].concat()),
    ] {
        assert_eq!(inspect(&folder, bytes, what), 2);
    }
}
