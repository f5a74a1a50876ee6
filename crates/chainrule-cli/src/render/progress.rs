//! How far training has come: a bar on a terminal, a few lines elsewhere.

use super::{count, duration, note, percent, short};
use chainrule::train::{Epoch, Event, Listener};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::time::Duration;

/// Lines written where there is no terminal, the last one not counted.
const LINES: usize = 20;

/// Listens to a run and shows how it goes, on stderr.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    epochs: usize,
    steps: usize,
    last_shown: usize,
    last: Option<Epoch>,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let coloured = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            let bar = if coloured { "{bar:12.cyan}" } else { "{bar:12}" };
            let style =
                ProgressStyle::with_template(&format!("{bar} {{eta:>4}} left  {{wide_msg}}"));
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(style.expect("the template is right").progress_chars("=> "))
        });
        Progress { bar, epochs: 0, steps: 0, last_shown: 0, last: None }
    }

    fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { threads, steps_per_epoch, epochs } => {
                self.epochs = *epochs;
                self.steps = *steps_per_epoch;
                match &self.bar {
                    Some(bar) => {
                        bar.set_length((steps_per_epoch * epochs) as u64);
                        bar.set_message(format!("epoch 1/{epochs}"));
                        bar.enable_steady_tick(Duration::from_millis(200));
                    }
                    None => note(format_args!(
                        "training on {}{} with {} an epoch",
                        if *threads > 1 { "up to " } else { "" },
                        count(*threads, "thread"),
                        count(*steps_per_epoch, "step")
                    )),
                }
            }
            Event::Step { .. } => {
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
            }
            Event::Epoch(epoch) => {
                self.last = Some(**epoch);
                match &self.bar {
                    Some(bar) => {
                        // A rule without gradients tells of no steps.
                        bar.set_position((self.steps * epoch.epoch) as u64);
                        bar.set_message(self.describe(epoch));
                    }
                    None => {
                        let every = self.epochs.div_ceil(LINES);
                        if epoch.epoch % every == 0 || epoch.epoch == 1 {
                            self.line(epoch);
                        }
                    }
                }
            }
            Event::Ended(_) | Event::Diverged(_) => {}
        }
    }

    /// Says something in between.
    pub(crate) fn notes(&self) -> impl Fn(&str) + use<> {
        let bar = self.bar.clone();
        move |text| match &bar {
            Some(bar) => bar.println(text),
            None => note(text),
        }
    }

    /// Ends the showing; the last epoch is always seen.
    pub(crate) fn finish(mut self) {
        let last = self.last.take();
        match (&self.bar, last) {
            (Some(bar), _) => bar.finish_and_clear(),
            (None, Some(epoch)) if epoch.epoch != self.last_shown => self.line(&epoch),
            _ => {}
        }
    }

    fn line(&mut self, epoch: &Epoch) {
        self.last_shown = epoch.epoch;
        let left = (self.epochs - epoch.epoch) as f64 * epoch.seconds;
        let left = if epoch.epoch == self.epochs {
            String::new()
        } else {
            format!(", {} left", duration(left))
        };
        note(format_args!("{}{left}", self.describe(epoch)));
    }

    fn describe(&self, epoch: &Epoch) -> String {
        let Epoch { epoch, loss, validation, rows_per_second, .. } = epoch;
        let width = self.epochs.to_string().len();
        let mut text = format!("epoch {epoch:width$}/{}, loss {}", self.epochs, short(*loss));
        if let Some(validation) = validation {
            let score = match (validation.accuracy, validation.regression) {
                (Some(accuracy), _) => percent(accuracy),
                (None, Some(regression)) => format!("R2 {}", short(regression.r2)),
                (None, None) => format!("loss {}", short(validation.loss)),
            };
            text += &format!(", validation {score}");
        }
        text + &format!(", {rows_per_second:.0} rows/s")
    }
}

impl Listener for Progress {
    fn hear(&mut self, event: &Event<'_>) -> ControlFlow<()> {
        self.show(event);
        ControlFlow::Continue(())
    }
}
