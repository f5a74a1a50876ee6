//! How far fetching has come: a bar on a terminal, a few lines elsewhere.

use super::data::size;
use crate::render::{complain, note};
use chainrule::data::fetch::FetchEvent;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// Listens to the fetching of a data set and shows how it goes, on stderr.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    /// Bytes of the files that are done.
    done: u64,
}

impl Progress {
    /// For files of so many bytes together.
    pub(super) fn new(bytes: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let coloured = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            let bar = if coloured { "{bar:12.cyan}" } else { "{bar:12}" };
            let style = ProgressStyle::with_template(&format!(
                "{bar} {{decimal_bytes}} of {{decimal_total_bytes}}, {{decimal_bytes_per_sec}}, \
                 {{eta}} left  {{wide_msg}}"
            ));
            ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr())
                .with_style(style.expect("the template is right").progress_chars("=> "))
        });
        Progress { bar, done: 0 }
    }

    pub(super) fn hear(&mut self, event: &FetchEvent<'_>) {
        match event {
            FetchEvent::AlreadyThere { file } => {
                self.done += file.bytes;
                match &self.bar {
                    Some(_) => self.skip_to(self.done),
                    None => note(format_args!("{}: already there", file.name)),
                }
            }
            FetchEvent::Answered { file, url, kept } => match &self.bar {
                Some(bar) => {
                    self.skip_to(self.done + kept);
                    bar.set_message(file.name);
                    bar.enable_steady_tick(Duration::from_millis(200));
                }
                None => note(format_args!(
                    "{}: {}{} from {url}",
                    file.name,
                    size(file.bytes - kept),
                    if *kept > 0 { format!(" after {}", size(*kept)) } else { String::new() },
                )),
            },
            FetchEvent::Received { so_far, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(self.done + so_far);
                }
            }
            FetchEvent::SourceFailed { error, next, .. } => {
                self.interject(|| complain("warning", &format!("{error}\n  trying {next}")));
            }
            FetchEvent::Finished { file } => self.done += file.bytes,
        }
    }

    /// Ends the showing.
    pub(super) fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Moves on without counting it as speed.
    fn skip_to(&self, position: u64) {
        if let Some(bar) = self.bar.as_ref().filter(|bar| bar.position() != position) {
            bar.set_position(position);
            bar.reset_eta();
        }
    }

    /// Says something in between.
    fn interject(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}
