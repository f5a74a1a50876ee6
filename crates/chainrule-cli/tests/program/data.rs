//! `chainrule data`: what there is, and fetching it from a server on this machine.

use crate::folder::{Folder, Outcome};
use crate::server::{Answer, Request, Server};
use serde_json::Value;
use std::path::PathBuf;

/// The first file of MNIST that is asked for, and its length.
const FIRST: &str = "train-images-idx3-ubyte.gz";
const LENGTH: usize = 9_912_422;

/// The folder of MNIST, or a note that the test was not run.
fn real() -> Option<PathBuf> {
    let folder = std::env::var_os("CHAINRULE_DATA").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        println!("SKIPPED: CHAINRULE_DATA is not set");
    }
    folder.map(|folder| PathBuf::from(folder).join("mnist"))
}

/// The files of MNIST, as a good server gives them.
fn give(folder: PathBuf) -> impl Fn(&Request) -> Answer {
    move |request| {
        let bytes = std::fs::read(folder.join(request.path.trim_start_matches('/'))).unwrap();
        Answer::file(&bytes, request)
    }
}

fn always(answer: Answer) -> Server {
    Server::start(move |_| answer.clone())
}

fn get(folder: &Folder, server: &Server, more: &str) -> Outcome {
    folder.run(&format!("data get mnist --data-dir . --mirror {} {more}", server.url()))
}

/// The names in the folder of MNIST, sorted.
fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path("mnist")).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Fetches what cannot be fetched, checks the code and the parts of the message, and how much of the
/// first file is kept.
fn fail(folder: &Folder, server: &Server, more: &str, parts: &[&str], kept: usize) {
    let outcome = get(folder, server, more);
    let shown = format!("{}{}", outcome.out, outcome.err);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""), "{shown}");
    let url = server.url();
    let common = [FIRST, &url, "--mirror URL names another source"];
    for part in parts.iter().chain(&common) {
        assert!(outcome.err.contains(part), "{part:?} is not in\n{shown}");
    }
    match kept {
        0 => assert!(names(folder).is_empty(), "{:?}", names(folder)),
        _ => {
            assert_eq!(names(folder), [format!("{FIRST}.part")]);
            assert_eq!(folder.read(&format!("mnist/{FIRST}.part")).len(), kept);
        }
    }
}

#[test]
fn data_sets_are_listed() {
    let folder = Folder::new();
    let empty = folder.succeed("data list --data-dir .").out;
    for part in ["digits", "1797", "comes with the program", "60000 + 10000", "11.6 MB", "MIT"] {
        assert!(empty.contains(part), "{part:?} is not in\n{empty}");
    }
    assert_eq!(empty.matches("  no\n").count(), 2, "{empty}");
    assert!(empty.ends_with("Fetch one with: chainrule data get NAME\n"), "{empty}");

    // By their lengths: two files as they should be, then one that is not.
    std::fs::create_dir(folder.path("mnist")).unwrap();
    folder.write("mnist/t10k-labels-idx1-ubyte.gz", vec![0; 4542]);
    folder.write("mnist/train-labels-idx1-ubyte.gz", vec![0; 28881]);
    let some = folder.succeed("data list --data-dir .").out;
    assert!(some.contains("2 of 4 files in ./mnist"), "{some}");
    folder.write(&format!("mnist/{FIRST}"), "another file");
    let some = folder.succeed("data list --data-dir .").out;
    assert!(some.contains("other files in ./mnist"), "{some}");

    let Value::Array(entries) = folder.json("data list --json --data-dir .") else { panic!() };
    let names: Vec<&Value> = entries.iter().map(|entry| &entry["name"]).collect();
    assert_eq!(names, chainrule::data::DATA_SETS);
    let [xor, mnist] = ["xor", "mnist"].map(|name| {
        entries.iter().find(|entry| entry["name"] == name).expect("every name has an entry")
    });
    assert_eq!((&xor["rows"], &xor["inside"]), (&4.into(), &true.into()));
    assert_eq!((&entries[0]["here"], &mnist["here"]), (&true.into(), &false.into()));
    assert_eq!((&mnist["rows"], &mnist["test_rows"]), (&60000.into(), &10000.into()));
    assert_eq!(mnist["wrong"], Value::from(vec![FIRST]));
    assert_eq!(mnist["missing"], Value::from(vec!["t10k-images-idx3-ubyte.gz"]));
}

#[test]
fn what_is_inside_needs_no_fetching() {
    let folder = Folder::new();
    let outcome = folder.succeed("data get digits");
    assert!(outcome.out.contains("comes with the program"), "{}", outcome.out);
    assert_eq!(folder.json("data get iris --json")["files"], Value::Array(Vec::new()));
}

#[test]
fn names_and_addresses_that_are_none() {
    let folder = Folder::new();
    for (arguments, parts) in [
        ("data get mnits", &["`mnits`", "did you mean `mnist`?", "`fashion-mnist`"][..]),
        ("data get fashion", &["did you mean `fashion-mnist`?"]),
        ("data get mnist --mirror here/mnist", &["`here/mnist`", "https://HOST/FOLDER/"]),
        ("data get mnist --mirror ftp://host/", &["`ftp://host/`", "another kind"]),
        ("data get mnist --mirror http://host/?f=", &["https://HOST/FOLDER/"]),
        ("data get mnist --timeout 0", &["--timeout", "1..=3600"]),
        ("data get", &["<NAME>"]),
        ("data lst", &["lst", "list"]),
    ] {
        let outcome = folder.run(&format!("{arguments} --data-dir ."));
        let shown = format!("{arguments}\n{}{}", outcome.out, outcome.err);
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{shown}");
        for part in parts {
            assert!(outcome.err.contains(part), "{part:?} is not in\n{shown}");
        }
        assert!(folder.names().is_empty(), "{shown}");
    }
}

#[test]
fn answers_that_are_not_the_file() {
    let folder = Folder::new();
    let is_sum = ["SHA-256", "440fcabf73cc546f", "removed", "try again"];
    fail(&folder, &always(Answer::whole(vec![0; LENGTH])), "", &is_sum, 0);
    let is_long = ["9912422 bytes", "found one of 9912423"];
    fail(&folder, &always(Answer::whole(vec![0; LENGTH + 1])), "", &is_long, 0);
    let endless = Answer::whole(vec![0; LENGTH + 1]).without_length();
    fail(&folder, &always(endless), "", &["9912422 bytes", "found more"], 0);
    fail(&folder, &always(Answer::status(404)), "", &["404 (not found)", "directly below"], 0);
    fail(&folder, &always(Answer::status(503)), "", &["503", "try again later"], 0);
    let around = Answer::redirect(&format!("/{FIRST}"));
    fail(&folder, &always(around), "", &["more than 5 redirections"], 0);
    fail(&folder, &always(Answer::raw(b"not HTTP\r\n\r\n")), "", &["cannot be reached"], 0);
    let silent = Answer::raw(b"").stalling();
    fail(&folder, &always(silent), "--timeout 1", &["found 0 and then nothing for 1.0 s"], 0);
    // Each of two sources is named.
    let (missing, other) = (always(Answer::status(404)), always(Answer::status(500)));
    let second = format!("--mirror {}", other.url());
    let parts = ["warning: ", "\n  trying ", "none of the 2 sources", "404", "500", &other.url()];
    fail(&folder, &missing, &second, &parts, 0);
}

#[test]
fn an_answer_cut_short_is_gone_on_with() {
    let folder = Folder::new();
    let cut = |length: usize| Answer::whole(vec![0; length]).announcing(LENGTH);
    let parts = ["expected 9912422 bytes, found 70000", "fetch again to go on from there"];
    fail(&folder, &always(cut(70_000)), "", &parts, 70_000);
    // The next run asks for the rest alone; since the sum is wrong in the end, once more for all.
    let server = Server::start(|request| Answer::file(&[0; LENGTH], request));
    fail(&folder, &server, "", &["SHA-256", "after 70 kB"], 0);
    let ranges: Vec<Option<usize>> = server.requests().iter().map(|it| it.range).collect();
    assert_eq!(ranges, [Some(70_000), None]);
}

#[test]
fn a_file_with_other_contents_is_kept_unless_forced() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("mnist")).unwrap();
    folder.write(&format!("mnist/{FIRST}"), "precious");
    let server = always(Answer::status(404));
    let outcome = get(&folder, &server, "");
    assert_eq!(outcome.code, 2, "{}", outcome.err);
    for part in ["9912422 bytes", "found 8 bytes", "left as it is", "--force replaces it"] {
        assert!(outcome.err.contains(part), "{part:?} is not in\n{}", outcome.err);
    }
    assert!(server.requests().is_empty());
    // With --force it is replaced by the right file, and until there is one by nothing.
    assert_eq!(get(&folder, &server, "--force").code, 1);
    assert_eq!(folder.read(&format!("mnist/{FIRST}")), b"precious");
    assert_eq!(names(&folder), [FIRST]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_what_has_come() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let folder = Folder::new();
    let server = always(Answer::whole(vec![0; 70_000]).announcing(LENGTH).stalling());
    let url = server.url();
    let words = ["data", "get", "mnist", "--data-dir", ".", "--mirror", &url];
    let mut child = folder.command(&words).stderr(Stdio::null()).spawn().unwrap();
    let part = folder.path(&format!("mnist/{FIRST}.part"));
    let begin = Instant::now();
    while std::fs::metadata(&part).map_or(0, |part| part.len()) < 70_000 {
        assert!(begin.elapsed() < Duration::from_secs(20), "nothing has come");
        std::thread::sleep(Duration::from_millis(10));
    }
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(done.success() && !child.wait().unwrap().success());
    assert_eq!(std::fs::metadata(&part).unwrap().len(), 70_000);
}

#[test]
fn mnist_is_fetched_resumed_and_left_alone() {
    let Some(real) = real() else { return };
    let folder = Folder::new();
    // The first connection breaks in the middle of the first file.
    let images = std::fs::read(real.join(FIRST)).unwrap();
    let cut = always(Answer::whole(&images[..5_000_000]).announcing(LENGTH));
    fail(&folder, &cut, "", &["found 5000000"], 5_000_000);
    let server = Server::start(give(real));
    let outcome = get(&folder, &server, "");
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.err.contains("4.9 MB after 5.0 MB from http://127.0.0.1"), "{}", outcome.err);
    let said = "mnist is in ./mnist: 4 files fetched, 6.6 MB; the sums are right.\n\
                Next: chainrule train mnist --data-dir .\n";
    assert_eq!(outcome.out, said);
    assert_eq!(names(&folder).len(), 4);
    assert_eq!(server.requests()[0].range, Some(5_000_000));

    let again = get(&folder, &server, "");
    assert!(again.out.contains("all files were already there"), "{}", again.out);
    assert_eq!(again.err.matches("already there").count(), 4, "{}", again.err);
    assert_eq!(server.requests().len(), 4);
    let listed = folder.succeed("data list --data-dir .").out;
    assert!(listed.contains("in ./mnist"), "{listed}");

    // One bit is enough to be another file; --force fetches that one alone.
    let labels = "mnist/t10k-labels-idx1-ubyte.gz";
    let mut damaged = folder.read(labels);
    damaged[1000] ^= 1;
    folder.write(labels, &damaged);
    let refused = get(&folder, &server, "");
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("SHA-256 sum f7ae60f9"), "{}", refused.err);
    let document = get(&folder, &server, "--force --json");
    let document: Value = serde_json::from_str(&document.out).unwrap();
    let fetched: Vec<bool> =
        (0..4).map(|index| document["files"][index]["from"].is_string()).collect();
    assert_eq!(fetched, [false, false, false, true]);
    assert!(folder.read(labels) != damaged);
}
