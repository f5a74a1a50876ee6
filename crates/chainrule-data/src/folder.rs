//! The folder of data sets that are too large to come inside the program.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The data folder: `given` if there is one, else the environment variable `CHAINRULE_DATA`, else
/// `chainrule` in the platform's folder for caches.
pub fn data_folder(given: Option<&Path>) -> PathBuf {
    given.map_or_else(|| default_folder(set), Path::to_owned)
}

/// A variable of the environment that is set to something.
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn default_folder(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    if let Some(folder) = variable("CHAINRULE_DATA") {
        return folder.into();
    }
    let home = |below: &str| variable("HOME").map(|home| Path::new(&home).join(below));
    let caches = if cfg!(target_os = "windows") {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home("Library/Caches")
    } else {
        variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| home(".cache"))
    };
    // Without a home the current folder is as good as any, and the message will name it.
    caches.unwrap_or_else(|| PathBuf::from(".")).join("chainrule")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> PathBuf {
        default_folder(|name| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_environment_comes_before_the_cache() {
        assert_eq!(with(&[("CHAINRULE_DATA", "/data"), ("HOME", "/me")]), Path::new("/data"));
        assert_eq!(data_folder(Some(Path::new("here"))), Path::new("here"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_cache_folder_is_that_of_the_platform() {
        assert_eq!(with(&[("HOME", "/me")]), Path::new("/me/.cache/chainrule"));
        let both = [("HOME", "/me"), ("XDG_CACHE_HOME", "/cache")];
        assert_eq!(with(&both), Path::new("/cache/chainrule"));
        assert_eq!(with(&[]), Path::new("./chainrule"));
    }
}
