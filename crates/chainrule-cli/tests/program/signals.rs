//! Ctrl-C.

use crate::folder::Folder;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

fn start(folder: &Folder, arguments: &str) -> (Child, BufReader<ChildStderr>) {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let mut command = folder.command(&words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let progress = BufReader::new(child.stderr.take().unwrap());
    (child, progress)
}

fn wait_for(progress: &mut BufReader<ChildStderr>, beginning: &str) {
    let mut line = String::new();
    while !line.starts_with(beginning) {
        line.clear();
        assert!(progress.read_line(&mut line).unwrap() > 0, "no line begins with {beginning:?}");
    }
}

fn interrupt(child: &Child) {
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn once_finishes_the_epoch_and_saves() {
    let folder = Folder::new();
    let endless = "train digits --hidden 8 --epochs 100000000 --threads 1";
    let (child, mut progress) = start(&folder, endless);
    wait_for(&mut progress, "epoch");
    interrupt(&child);
    let mut said = String::new();
    progress.read_to_string(&mut said).unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("stopping after this epoch; press Ctrl-C again"), "{said}");
    assert!(out.contains("interrupted") && out.contains("Saved to digits.safetensors"), "{out}");
    folder.succeed("evaluate digits.safetensors digits");
    assert_eq!(folder.names(), ["digits.history.jsonl", "digits.safetensors"]);
}

#[test]
fn twice_leaves_at_once_with_nothing_written() {
    let folder = Folder::new();
    let slow =
        "train digits --hidden 2000,2000 --batch-size 1 --epochs 3 --threads 1 --kernel scalar";
    let (child, mut progress) = start(&folder, slow);
    wait_for(&mut progress, "training on");
    interrupt(&child);
    wait_for(&mut progress, "stopping after this epoch");
    std::thread::sleep(Duration::from_millis(50));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(folder.names().is_empty());
}
