//! Whether every test that docs/coverage.md names is there.

use std::path::Path;

/// The table.
const FILE: &str = "docs/coverage.md";

/// Looks for each `path name` in the file of that path below `crates`.
pub(crate) fn run() -> Result<(), String> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let text = read(Path::new(FILE))?;
    let mut found = 0;
    let mut missing = Vec::new();
    // What stands between two backquotes is every second piece.
    for piece in text.split('`').skip(1).step_by(2) {
        let Some((path, test)) = piece.split_once(char::is_whitespace) else { continue };
        let is_python = path.ends_with(".py");
        if !is_python && !path.ends_with(".rs") {
            continue;
        }
        let source = read(&Path::new("crates").join(path))?;
        let found_there = match is_python {
            true => source.lines().any(|line| line.starts_with(&format!("def {test}("))),
            false => is_there(&source, test),
        };
        match found_there {
            true => found += 1,
            false => missing.push(format!("{path} {test}")),
        }
    }
    match missing.is_empty() {
        true if found > 0 => {
            println!("{found} tests of {FILE} are there");
            Ok(())
        }
        true => Err(format!("{FILE} names no tests")),
        false => Err(format!("{FILE} names tests that are not there:\n  {}", missing.join("\n  "))),
    }
}

/// Whether a file has the test: a function under `#[test]`, a row of a macro that makes such
/// functions, or, for `name::`, a module that a macro makes of each name in a list.
fn is_there(source: &str, test: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    if let Some((module, _)) = test.split_once("::") {
        let is_of_list = |byte| matches!(byte, b'a'..=b'z' | b'_' | b',' | b' ');
        let lists = lines.iter().filter(|line| line.bytes().all(is_of_list));
        let mut names = lists.flat_map(|line| line.split([',', ' ']));
        return source.contains("mod $name {") && names.any(|name| name == module);
    }
    lines.iter().enumerate().any(|(number, line)| {
        if let Some(rest) = line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(test)) {
            let above = lines[..number].iter().rev();
            let mut above = above.take_while(|line| line.starts_with(['#', '/']));
            return rest.starts_with('(') && above.any(|line| *line == "#[test]");
        }
        let rest = line.strip_prefix(test).and_then(|rest| rest.strip_prefix(':'));
        source.contains("fn $name()") && rest.is_some_and(|rest| !rest.starts_with(':'))
    })
}
