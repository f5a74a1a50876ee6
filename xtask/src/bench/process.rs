//! A program that is run for a limited time.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A program with its arguments and environment.
#[derive(Clone)]
pub(super) struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, String)>,
}

/// A program without arguments.
pub(super) fn command(program: &Path) -> Command {
    Command { program: program.into(), arguments: Vec::new(), environment: Vec::new() }
}

impl Command {
    /// Adds an argument.
    pub(super) fn push(&mut self, argument: impl AsRef<OsStr>) -> &mut Command {
        self.arguments.push(argument.as_ref().into());
        self
    }

    /// Sets a variable of the environment.
    pub(super) fn set(&mut self, name: &'static str, value: &str) -> &mut Command {
        self.environment.push((name, value.to_string()));
        self
    }

    /// Runs the program and returns what it printed. When the time is over it is ended.
    ///
    /// # Errors
    /// Why there is no output: in its own last words, if it has any.
    pub(super) fn run(&self, limit: Duration) -> Result<String, String> {
        let mut child = std::process::Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        let (mut output, mut errors) = (child.stdout.take(), child.stderr.take());
        // Both are read all the time, since a full pipe would stop the program.
        std::thread::scope(|scope| {
            let output = scope.spawn(move || text_of(output.as_mut()));
            let errors = scope.spawn(move || text_of(errors.as_mut()));
            let success = wait(&mut child, limit);
            let join = |reader: std::thread::ScopedJoinHandle<'_, String>| {
                reader.join().expect("reading does not panic")
            };
            let (output, errors) = (join(output), join(errors));
            match success? {
                true => Ok(output),
                false => Err(last_words(&errors)),
            }
        })
    }
}

fn text_of(pipe: Option<&mut impl Read>) -> String {
    let mut bytes = Vec::new();
    // What was read before a fault is as good as can be had.
    let _ = pipe.map(|pipe| pipe.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the program succeeded; it is ended when it takes too long.
fn wait(child: &mut Child, limit: Duration) -> Result<bool, String> {
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if begin.elapsed() < limit => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let ended = child.kill().and_then(|()| child.wait());
                ended.map_err(|error| format!("it cannot be ended: {error}"))?;
                return Err(format!("it took more than {} s", limit.as_secs_f64()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn last_words(errors: &str) -> String {
    let mut lines = errors.lines().rev().filter(|line| !line.trim().is_empty());
    lines.next().unwrap_or("it failed without a word").trim().to_string()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = command(Path::new("sh"));
        command.push("-c").push(script);
        command
    }

    #[test]
    fn output_errors_and_the_limit_are_told_apart() {
        let second = Duration::from_secs(10);
        assert_eq!(shell("echo one; echo two >&2").run(second).unwrap(), "one\n");
        assert_eq!(shell("echo why >&2; exit 3").run(second).unwrap_err(), "why");
        // More than a pipe holds.
        let long = shell("head -c 300000 /dev/zero >&2; echo end").run(second);
        assert_eq!(long.unwrap(), "end\n");
        let begin = Instant::now();
        let late = shell("exec sleep 20").run(Duration::from_millis(100)).unwrap_err();
        assert!(late.contains("more than 0.1 s"), "{late}");
        assert!(begin.elapsed() < second);
        let missing = command(Path::new("no such program")).run(second);
        assert!(missing.unwrap_err().contains("no such program"));
    }
}
