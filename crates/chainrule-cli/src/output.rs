//! Files that are written, checked before the work that fills them.

use crate::failure::Failure;
use chainrule_report::is_page;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Checks that `path` can be written and is none of the files that are read. `advice` says how to
/// name another.
pub(crate) fn check(path: &Path, inputs: &[&Path], advice: &str) -> Result<(), Failure> {
    let shown = path.display();
    let refuse = |problem: String| Err(Failure::input(format!("{shown}: {problem}; {advice}")));
    if path.is_dir() || path.file_name().is_none() {
        return refuse("expected the name of a file to write, found a folder".to_string());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let folder = folder.display();
        return refuse(format!("cannot be written, since there is no folder {folder}"));
    }
    if let Ok(same) = path.canonicalize()
        && let Some(input) = inputs.iter().find(|it| it.canonicalize().is_ok_and(|it| it == same))
    {
        return refuse(format!("would be written over {}, which is read", input.display()));
    }
    // Made and removed again at once: permissions alone do not tell, as on a full or read-only disk.
    match tempfile::Builder::new().prefix(".chainrule-").tempfile_in(folder) {
        Ok(_) => Ok(()),
        Err(error) => refuse(format!("cannot be written: {}", error.kind())),
    }
}

/// Checks that no file other than a model would be lost.
pub(crate) fn check_replaced(path: &Path, advice: &str) -> Result<(), Failure> {
    let mut start = [0; 9];
    let is_model = |start: &[u8; 9]| start[8] == b'{' && start[5..8] == [0; 3];
    match File::open(path).and_then(|mut file| file.read_exact(&mut start)) {
        Ok(()) if is_model(&start) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(Failure::input(format!(
            "{}: there is a file of this name that is not a model, and it would be lost; {advice}",
            path.display()
        ))),
    }
}

/// Checks that no file other than a picture would be lost.
pub(crate) fn check_picture_replaced(path: &Path, advice: &str) -> Result<(), Failure> {
    let mut start = [0; 4];
    match File::open(path).and_then(|mut file| file.read_exact(&mut start)) {
        Ok(()) if start == *b"<svg" || start == *b"\x89PNG" => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(Failure::input(format!(
            "{}: there is a file of this name that is not a picture of chainrule's, and it would be \
             lost; {advice}",
            path.display()
        ))),
    }
}

/// Checks that no file other than a page of ours would be lost.
pub(crate) fn check_report_replaced(path: &Path, advice: &str) -> Result<(), Failure> {
    let mut start = Vec::new();
    match File::open(path).and_then(|file| file.take(256).read_to_end(&mut start)) {
        Ok(_) if is_page(&start) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(Failure::input(format!(
            "{}: there is a file of this name that is not a report of chainrule's, and it would be \
             lost; {advice}",
            path.display()
        ))),
    }
}
