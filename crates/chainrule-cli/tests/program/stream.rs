//! Files larger than the memory for their rows.

use crate::folder::Folder;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

/// The limit, and a file that is four times as large.
const LIMIT_MIB: usize = 24;

/// What the program takes besides rows: itself, the model, and blocks of text for each of two threads.
const BESIDES_MIB: usize = 64;

fn noise(row: usize, column: usize) -> f64 {
    let mixed = (row as u64 * 16 + column as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

/// Writes rows of 12 numbers and whether the first three together are large; the file's bytes.
fn write_numbers(folder: &Folder, name: &str, least_bytes: usize) -> usize {
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.path(name)).unwrap());
    let (mut written, mut row, mut line) = (0, 0, String::new());
    let columns: Vec<String> = (0..12).map(|column| format!("x{column}")).collect();
    line += &format!("{},y\n", columns.join(","));
    while written < least_bytes {
        file.write_all(line.as_bytes()).unwrap();
        written += line.len();
        line.clear();
        let mut sum = 0.0;
        for column in 0..12 {
            let number = noise(row, column);
            sum += if column < 3 { number } else { 0.0 };
            write!(line, "{number:.5},").unwrap();
        }
        line += if sum > 1.5 { "1\n" } else { "0\n" };
        row += 1;
    }
    file.flush().unwrap();
    written
}

/// The most memory that a process has had, in MiB, as Linux tells it.
fn peak_mib(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? / 1024)
}

#[test]
fn a_file_four_times_the_memory_is_learned_from_within_it() {
    if peak_mib(std::process::id()).is_none() {
        eprintln!("SKIPPED: this system does not tell how much memory a process takes");
        return;
    }
    let folder = Folder::new();
    let bytes = write_numbers(&folder, "large.csv", (4 * LIMIT_MIB) << 20);
    assert!(bytes >= (4 * LIMIT_MIB) << 20);
    let memory = format!("{LIMIT_MIB}MiB");
    let words = format!(
        "train large.csv --target y --stream --memory {memory} --hidden 8 --epochs 1 --threads 2"
    );
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut command = folder.command(&words);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_mib(child.id()).unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(peak > 4, "nothing was measured");
    assert!(peak < LIMIT_MIB + BESIDES_MIB, "{peak} MiB for a limit of {memory}");
    // What was learned in this memory is good.
    let found = folder.json("evaluate large.safetensors large.csv --stream --json");
    assert!(found["judgement"]["accuracy"].as_f64().unwrap() > 0.9, "{}", found["judgement"]);
}

#[test]
fn predictions_and_judgements_of_a_stream_are_those_of_a_table() {
    let folder = Folder::new();
    write_numbers(&folder, "t.csv", 6 << 20);
    folder.succeed("train t.csv --target y --stream --memory 1MiB --hidden 4 --epochs 1");
    for flags in ["", "--proba", "--coverage 0.9", "--threshold 0.3"] {
        let plain = folder.succeed(&format!("predict t.safetensors t.csv {flags}")).out;
        let streamed = folder.succeed(&format!("predict t.safetensors t.csv --stream {flags}")).out;
        assert!(plain == streamed, "{flags}");
    }
    folder.succeed("predict t.safetensors t.csv --stream --output p.csv");
    let plain = folder.succeed("predict t.safetensors t.csv").out;
    assert!(folder.read("p.csv") == plain.as_bytes());
    let plain = folder.json("evaluate t.safetensors t.csv --json");
    let streamed = folder.json("evaluate t.safetensors t.csv --json --stream");
    assert_eq!(plain["judgement"], streamed["judgement"]);
}

#[test]
fn a_run_on_a_stream_is_shown_and_repeated_from_its_settings() {
    let folder = Folder::new();
    write_numbers(&folder, "t.csv", 1 << 20);
    let words = "train t.csv --target y --stream --memory 768KiB --hidden 4 --epochs 2";
    let outcome = folder.succeed(&format!("{words} --output one.safetensors"));
    assert!(outcome.out.contains("stream    768KiB for rows"), "{}", outcome.out);
    assert!(outcome.err.contains("test rows a sample of"), "{}", outcome.err);
    let config = folder.succeed(&format!("{words} --print-config")).out;
    assert!(config.contains("stream = true") && config.contains("memory = \"768KiB\""), "{config}");
    folder.write("t.toml", config);
    folder.succeed("train --config t.toml --output two.safetensors --threads 1");
    assert!(folder.read("one.safetensors") == folder.read("two.safetensors"));
}

#[test]
fn what_a_stream_cannot_do_is_said() {
    let folder = Folder::new();
    folder.write_table("t.csv", 500);
    let refused = |arguments: &str| {
        let outcome = folder.run(arguments);
        assert_eq!(outcome.code, 2, "{}", outcome.err);
        outcome.err
    };
    assert!(refused("train t.csv --target kind --memory 1MiB").contains("--stream"));
    let message = refused("train t.csv --target kind --stream --memory many");
    assert!(message.contains("such as 512MiB or 2GB"), "{message}");
    let message = refused("train t.csv --target kind --stream --memory 1KiB");
    assert!(message.contains("at least 1MiB"), "{message}");
    let message = refused("train digits --target label --stream");
    assert!(message.contains("digits"), "{message}");
    let message = refused("train t.csv --target kind --stream --optimizer lbfgs");
    assert!(message.contains("adam"), "{message}");
}
