//! The book: every command of every chapter prints what the text says it prints.
//!
//! A chapter of `docs/src` is read from top to bottom, in a folder of its own that is empty at first:
//!
//! - a block such as ` ```toml,file:xor.toml ` is written into the folder under that name;
//! - a block ` ```console ` holds lines `$ command`, each followed by what it prints. A command is
//!   given to `sh`, which finds `chainrule`; `cargo run --example NAME` runs that example.
//!
//! What is printed is the standard output, and after it what the standard error says in warnings and
//! errors. Progress, and notes such as what rows were judged, are left out of the text. Times such as
//! `0.2 s` count as equal, whatever they are.
//!
//! `CHAINRULE_BOOK=write cargo test -p chainrule-cli --test book` writes what was printed into the
//! chapters instead of comparing it.

#![cfg(unix)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A difference is shown with so many lines that are equal before it.
const CONTEXT: usize = 2;

#[test]
fn every_command_prints_what_the_book_says() {
    let folder = root().join("docs/src");
    let mut chapters: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_some_and(|it| it == "md") && !path.ends_with("SUMMARY.md")
        })
        .collect();
    chapters.sort();
    assert!(!chapters.is_empty(), "there are no chapters in {}", folder.display());
    let is_writing = std::env::var("CHAINRULE_BOOK").is_ok_and(|it| it == "write");
    let mut differences = String::new();
    for path in chapters {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let printed = run_chapter(&name, &text);
        if is_writing {
            if printed != text {
                std::fs::write(&path, printed).unwrap();
            }
        } else {
            differences += &difference(&name, &text, &printed);
        }
    }
    assert!(
        differences.is_empty(),
        "{differences}\nIf what is printed is right, CHAINRULE_BOOK=write puts it into the text."
    );
}

#[test]
fn every_chapter_is_in_the_summary_and_links_lead_somewhere() {
    let folder = root().join("docs/src");
    let summary = std::fs::read_to_string(folder.join("SUMMARY.md")).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_chapter = name.ends_with(".md") && name != "SUMMARY.md";
        assert!(
            !is_chapter || summary.contains(&format!("({name})")),
            "{name} is not in SUMMARY.md"
        );
    }
    for link in summary.split("](").skip(1) {
        let (name, _) = link.split_once(')').unwrap();
        assert!(folder.join(name).is_file(), "SUMMARY.md: there is no {name}");
    }
}

#[test]
fn only_times_may_differ() {
    assert_eq!(difference("a", "Trained in 0.2 s;", "Trained in 12.5 s;"), "");
    assert_eq!(difference("a", "1 min 02 s", "3 min 59 s"), "");
    assert!(difference("a", "loss 0.2", "loss 0.3").contains("- loss 0.2\n    + loss 0.3"));
    assert!(!difference("a", "2 rows", "3 rows").is_empty());
    assert!(!difference("a", "a  b", "a b").is_empty());
    assert!(difference("a", "one\ntwo", "one").contains("- two"));
}

#[test]
fn blocks_are_files_and_commands() {
    let chapter = "Text\n```text,file:a.txt\none\n```\n```console\n$ cat a.txt\nwrong\n\n$ cat a.txt \
                   | wc -l\n```\n```sh\n$ false\n```\nEnd\n";
    let printed = run_chapter("made up", chapter);
    let lines: Vec<&str> = printed.lines().map(str::trim).collect();
    let expected = "Text\n```text,file:a.txt\none\n```\n```console\n$ cat a.txt\none\n\n$ cat a.txt | \
                    wc -l\n1\n```\n```sh\n$ false\n```\nEnd";
    assert_eq!(lines, expected.lines().collect::<Vec<_>>());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The chapter with what its commands print now.
fn run_chapter(name: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut printed = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        printed += &format!("{line}\n");
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let mut block = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("```")) {
            block.push(line);
        }
        let file = info.split(',').find_map(|part| part.trim().strip_prefix("file:"));
        if let Some(file) = file {
            let is_plain = !file.contains('/') && !file.starts_with('.');
            assert!(is_plain, "{name}: expected the name of a file in the folder, found {file}");
            std::fs::write(folder.path().join(file), block.join("\n") + "\n").unwrap();
        }
        match info == "console" {
            true => printed += &run_block(name, &block, folder.path()),
            false => block.iter().for_each(|line| printed += &format!("{line}\n")),
        }
        if let Some(end) = lines.next() {
            printed += &format!("{end}\n");
        }
    }
    printed
}

/// A block of commands with what they print now, an empty line before each but the first.
fn run_block(name: &str, block: &[&str], folder: &Path) -> String {
    let commands: Vec<&str> = block.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(!commands.is_empty(), "{name}: a console block without a line that begins with `$ `");
    let run = |command: &&str| format!("$ {command}\n{}", run_command(name, command, folder));
    commands.iter().map(run).collect::<Vec<_>>().join("\n")
}

fn run_command(name: &str, command: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_chainrule"));
    let build = program.parent().unwrap();
    let shell = match command.strip_prefix("cargo run --example ") {
        Some(example) => example_path(build, example).display().to_string(),
        None => command.to_string(),
    };
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(build.to_path_buf()).chain(std::env::split_paths(&paths));
    let output = Command::new("sh")
        .args(["-c", &shell])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env_remove("CHAINRULE_DATA")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // 0 and 1 are answers, 2 is bad input, which a chapter may show. The rest is no lesson.
    let code = output.status.code();
    assert!(matches!(code, Some(0..=2)), "{name}: `{command}` ended with {code:?}\n{out}{err}");
    let mut printed = out.trim_end_matches('\n').to_string();
    let mut is_shown = false;
    for line in err.lines() {
        let begins = line.starts_with("warning: ") || line.starts_with("error: ");
        is_shown = begins || (is_shown && line.starts_with(' '));
        if is_shown {
            let separator = if printed.is_empty() { "" } else { "\n" };
            let _ = write!(printed, "{separator}{line}");
        }
    }
    assert!(code != Some(2) || is_error(&printed), "{name}: `{command}` failed\n{out}{err}");
    match printed.is_empty() {
        true => printed,
        false => printed + "\n",
    }
}

fn is_error(printed: &str) -> bool {
    printed.lines().any(|line| line.starts_with("error: "))
}

/// The program of an example, built as this test was.
fn example_path(build: &Path, example: &str) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    // Of the whole workspace, so that the features of its crates are those of the tests.
    cargo.args(["build", "--quiet", "--workspace", "--example", example]);
    if build.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.arg("--target-dir").arg(build.parent().unwrap()).current_dir(root());
    // What cargo tells a test of its package, build scripts of others would take for a change and
    // build everything again.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            cargo.env_remove(name);
        }
    }
    assert!(cargo.status().unwrap().success(), "the example {example} cannot be built");
    build.join("examples").join(example)
}

/// The lines that differ, with those before them; nothing where only times do.
fn difference(name: &str, text: &str, printed: &str) -> String {
    let (text, printed): (Vec<&str>, Vec<&str>) =
        (text.lines().collect(), printed.lines().collect());
    let pairs = || text.iter().zip(&printed);
    let alike = pairs().take_while(|(a, b)| timeless(a) == timeless(b)).count();
    if alike == text.len() && alike == printed.len() {
        return String::new();
    }
    let backwards = text[alike..].iter().rev().zip(printed[alike..].iter().rev());
    let after = backwards.take_while(|(a, b)| timeless(a) == timeless(b)).count();
    let mut shown = format!("{name}, line {}: the text (-), and what is printed (+)\n", alike + 1);
    for line in &text[alike.saturating_sub(CONTEXT)..alike] {
        let _ = writeln!(shown, "      {line}");
    }
    for line in &text[alike..text.len() - after] {
        let _ = writeln!(shown, "    - {line}");
    }
    for line in &printed[alike..printed.len() - after] {
        let _ = writeln!(shown, "    + {line}");
    }
    shown
}

/// The line with every time, such as `0.2 s` or `1 min`, replaced by one and the same.
fn timeless(line: &str) -> String {
    const UNITS: [&str; 6] = ["s", "ms", "us", "\u{b5}s", "min", "h"];
    let mut words: Vec<String> = line.split(' ').map(str::to_string).collect();
    for place in 1..words.len() {
        let unit = words[place].trim_end_matches([';', ',', '.', ')', ':']);
        if UNITS.contains(&unit) && words[place - 1].parse::<f64>().is_ok() {
            words[place - 1] = "#".to_string();
        }
    }
    words.join(" ")
}
