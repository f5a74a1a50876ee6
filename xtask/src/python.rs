//! The Python package: its wheel, built and installed into an environment of its own, and its tests.
//!
//! The environment lies in `target/python` and holds what `requirements.txt` pins. It is made once, and
//! again when that file or the Python changes; the wheel is built when a source has changed.

use crate::bench::build;
use crate::folders::{root, target};
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TESTS: &str = "crates/chainrule-py/tests";

/// The oldest Python that the pinned packages install on. The package itself runs on 3.10.
const OLDEST: (u32, u32) = (3, 11);

/// Folders whose files are no part of the wheel.
const OUTSIDE: [&str; 4] = ["tests", "examples", "benches", "__pycache__"];

/// What is built beside the sources of Python where the package is installed from its folder.
const BUILT: [&str; 2] = [".so", ".pyd"];

/// `cargo xtask python [-- ARGUMENTS OF PYTEST]`.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    let arguments = match arguments {
        [] => &[],
        ["--", rest @ ..] => rest,
        [other, ..] => return Err(format!("unknown argument {other}: -- ARGUMENTS OF PYTEST")),
    };
    if let Some(why) = missing() {
        println!("SKIPPED the Python package: {why}");
        return Ok(());
    }
    test(arguments, &build::program()?)
}

/// Builds and installs the wheel and runs pytest, which runs all else: scikit-learn's own tests and
/// checks, the examples in docstrings, the book's page and the notebook. The program of the command line
/// reads the model files of the package, and the other way round.
pub(crate) fn test(arguments: &[&str], program: &Path) -> Result<(), String> {
    install()?;
    let mut command = Command::new(python());
    command.args(["-m", "pytest", "--quiet"]);
    match arguments {
        [] => command.args(["--exitfirst", TESTS]),
        // Paths among the arguments replace the folder.
        _ if arguments.iter().any(|it| it.starts_with(TESTS)) => command.args(arguments),
        _ => command.args(arguments).arg(TESTS),
    };
    command.env("CHAINRULE_PROGRAM", program).current_dir(root());
    let status = command.status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err("the tests of the Python package failed".to_string()),
    }
}

/// Why the package cannot be tested here, if so. Makes the environment if it is not there yet.
pub(crate) fn missing() -> Option<String> {
    make_environment().err()
}

/// The environment's Python.
pub(crate) fn python() -> PathBuf {
    let program = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    folder().join(program)
}

/// Builds the wheel and installs it, if a source has changed since.
pub(crate) fn install() -> Result<(), String> {
    let stamp = folder().join("wheel.stamp");
    let digest = digest_of_sources()?;
    if std::fs::read_to_string(&stamp).is_ok_and(|known| known == digest) {
        return Ok(());
    }
    println!("building the wheel (the first time it takes minutes)");
    let wheels = folder().join("wheels");
    // Wheels of earlier versions would be installed as well.
    let _ = std::fs::remove_dir_all(&wheels);
    let mut command = Command::new(python());
    command.args(["-m", "maturin", "build", "--release", "--quiet", "--out"]).arg(&wheels);
    command.arg("--interpreter").arg(python());
    command.current_dir(root()).env("CARGO_TARGET_DIR", target());
    // What cargo tells this program of its own package, build scripts of others take for a change.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|it| text.starts_with(it)) {
            command.env_remove(&name);
        }
    }
    if !command.status().is_ok_and(|status| status.success()) {
        return Err("the wheel of the Python package does not build".to_string());
    }
    let built = std::fs::read_dir(&wheels).map_err(|error| error.to_string())?;
    let wheel = built.filter_map(|entry| Some(entry.ok()?.path())).next();
    let wheel = wheel.ok_or("maturin made no wheel")?;
    pip(&["--force-reinstall".as_ref(), "--no-deps".as_ref(), wheel.as_os_str()])?;
    std::fs::write(&stamp, digest).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn folder() -> PathBuf {
    target().join("python")
}

/// Makes the environment, or says why there can be none.
fn make_environment() -> Result<(), String> {
    let base = std::env::var("CHAINRULE_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let version = version_of(&base)?;
    let requirements = root().join(TESTS).join("requirements.txt");
    let pinned = std::fs::read_to_string(&requirements)
        .map_err(|error| format!("{}: {error}", requirements.display()))?;
    let wanted = format!("{version}\n{pinned}");
    let stamp = folder().join("requirements.stamp");
    if std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) && python().is_file() {
        return Ok(());
    }
    println!("making the environment {} (once; some minutes)", folder().display());
    let mut command = Command::new(&base);
    output(command.args(["-m", "venv", "--clear"]).arg(folder()))
        .map_err(|why| format!("{base} makes no virtual environment (python3-venv): {why}"))?;
    pip(&["--requirement".as_ref(), requirements.as_os_str()])?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Where a Python stands and what it calls itself, if it is new enough.
fn version_of(python: &str) -> Result<String, String> {
    let script = "import sys; print(*sys.version_info[:2], sys.base_prefix, sys.version)";
    let text = output(Command::new(python).args(["-c", script]))
        .map_err(|why| format!("no Python: `{python}` does not run ({why})"))?;
    let mut words = text.split(' ').map(|word| word.parse().unwrap_or(0));
    let found = (words.next().unwrap_or(0), words.next().unwrap_or(0));
    match found >= OLDEST {
        true => Ok(text),
        false => Err(format!(
            "{python} is Python {}.{}; the packages that the tests need begin with {}.{}",
            found.0, found.1, OLDEST.0, OLDEST.1
        )),
    }
}

fn pip(arguments: &[&OsStr]) -> Result<(), String> {
    let mut command = Command::new(python());
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    // Where there is no network, pip shall say so soon.
    command.args(["--retries", "2", "--timeout", "20", "--no-input"]).args(arguments);
    output(&mut command)
        .map(|_| ())
        .map_err(|why| format!("pip cannot install what is needed: {why}"))
}

/// What a command prints, or its last words if it fails.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => {
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            let last = text.lines().rev().find(|line| !line.trim().is_empty());
            Err(last.unwrap_or("it failed without a word").trim().to_string())
        }
    }
}

/// A number for all that the wheel is made of: another one where a file was changed, added or removed.
fn digest_of_sources() -> Result<String, String> {
    let mut files =
        ["Cargo.toml", "Cargo.lock", "pyproject.toml", "README.md"].map(String::from).to_vec();
    list(Path::new("crates"), &mut files).map_err(|error| format!("crates: {error}"))?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        // What is not there has no bytes.
        std::fs::read(root().join(&file)).unwrap_or_default().hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Adds the files below a folder, by their paths from the root.
fn list(folder: &Path, files: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root().join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(&name);
        match entry.file_type()?.is_dir() {
            true if OUTSIDE.contains(&name.as_str()) => {}
            true => list(&path, files)?,
            false if BUILT.iter().any(|end| name.ends_with(end)) => {}
            false => files.push(path.to_string_lossy().into_owned()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_the_wheel_are_found_and_its_tests_are_none() {
        let mut files = Vec::new();
        list(Path::new("crates"), &mut files).unwrap();
        let has = |file: &str| files.iter().any(|it| it == file);
        assert!(has("crates/chainrule-py/Cargo.toml"));
        assert!(has("crates/chainrule-math/src/lib.rs"));
        assert!(!files.iter().any(|file| file.contains("/tests/")));
        assert_eq!(digest_of_sources().unwrap(), digest_of_sources().unwrap());
    }

    #[test]
    fn a_python_that_is_not_there_is_named() {
        let why = version_of("no such python").unwrap_err();
        assert!(why.contains("`no such python` does not run"), "{why}");
    }

    #[cfg(unix)]
    #[test]
    fn the_last_words_of_what_fails_are_told() {
        let mut command = Command::new("sh");
        let why = output(command.args(["-c", "echo one; echo two >&2; echo; exit 1"])).unwrap_err();
        assert_eq!(why, "two");
    }
}
