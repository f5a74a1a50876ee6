//! How far a search has come: a table on a terminal, a few lines elsewhere.

use super::{Table, count, digits, duration, note};
use crate::interrupt::Interrupt;
use chainrule::tune::{Event, Job, Listener, Outcome, Run, Settings, ranking};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Trials of the table.
const SHOWN: usize = 5;
/// Running trials that are shown.
const RUNNING: usize = 8;
/// Lines written where there is no terminal, besides those of a new best.
const LINES: usize = 20;
/// No table is drawn sooner after another: what changes faster cannot be read.
const APART: Duration = Duration::from_millis(100);

/// Hidden layers, activation, learning rate, penalty, rows of a step and dropout, in a few letters.
pub(crate) fn settings_in_words(settings: &Settings) -> [String; 6] {
    let units: Vec<String> = settings.hidden.iter().map(usize::to_string).collect();
    let (hidden, activation, dropout) = match units.is_empty() {
        true => ("none".to_string(), "-".to_string(), "-".to_string()),
        false => {
            let dropout = digits(settings.dropout, 3);
            (units.join(","), settings.activation.to_string(), dropout)
        }
    };
    [
        hidden,
        activation,
        digits(settings.learning_rate, 3),
        digits(settings.alpha, 3),
        settings.batch_size.to_string(),
        dropout,
    ]
}

struct Running {
    settings: Settings,
    fold: usize,
    folds: usize,
    epoch: usize,
    epochs: usize,
}

/// Listens to a search and shows how it goes, on stderr; stops it on Ctrl-C.
pub(crate) struct SearchProgress {
    interrupt: Interrupt,
    is_told: bool,
    bar: Option<ProgressBar>,
    begin: Instant,
    drawn: Option<Instant>,
    time: Option<Duration>,
    trials: Option<usize>,
    rungs: usize,
    reduction: usize,
    runs: Vec<Run>,
    resumed: usize,
    running: BTreeMap<Job, Running>,
}

impl SearchProgress {
    /// For a search that ends after so much time, if by the clock.
    pub(crate) fn new(interrupt: Interrupt, time: Option<Duration>) -> SearchProgress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let coloured = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            let bar = if coloured { "{bar:12.cyan}" } else { "{bar:12}" };
            let style = ProgressStyle::with_template(&format!("{bar} {{msg}}"));
            ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr())
                .with_style(style.expect("the template is right").progress_chars("=> "))
        });
        SearchProgress {
            interrupt,
            is_told: false,
            bar,
            begin: Instant::now(),
            drawn: None,
            time,
            trials: None,
            rungs: 1,
            reduction: 1,
            runs: Vec::new(),
            resumed: 0,
            running: BTreeMap::new(),
        }
    }

    /// Ends the showing.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    /// The share of all epochs that a rung has.
    fn share(&self, rung: usize) -> f64 {
        (self.reduction as f64).powi(rung as i32 + 1 - self.rungs as i32)
    }

    /// The share of the search that is done, and the seconds that are left; nothing known before a run
    /// has ended.
    fn done(&self) -> (f64, Option<f64>) {
        let elapsed = self.begin.elapsed().as_secs_f64();
        if let Some(time) = self.time.map(|time| time.as_secs_f64()) {
            return ((elapsed / time).min(1.0), Some((time - elapsed).max(0.0)));
        }
        let trials = self.trials.unwrap_or(usize::MAX);
        // Each run as much as its share of the epochs; a few more rise than the best of the end.
        let on_rung = |rung: usize| (trials / self.reduction.pow(rung as u32)) as f64;
        let rungs: f64 = (0..self.rungs).map(|rung| on_rung(rung) * self.share(rung)).sum();
        // With several rungs the usual settings have all epochs in the end.
        let all = if self.rungs > 1 { rungs + 1.0 } else { rungs };
        let work = |runs: &[Run]| runs.iter().map(|run| self.share(run.rung)).sum::<f64>();
        let (done, new) = (work(&self.runs), work(&self.runs[self.resumed..]));
        let left = (new > 0.0).then(|| elapsed / new * (all - done).max(0.0));
        ((done / all).min(1.0), left)
    }

    fn headline(&self) -> String {
        let begun = self.runs.iter().filter(|run| run.rung == 0).count();
        let of = self.trials.map_or(String::new(), |trials| format!(" of {trials}"));
        let new = (self.runs.len() - self.resumed) as f64;
        let per_minute = new / self.begin.elapsed().as_secs_f64().max(1e-3) * 60.0;
        let left = self.done().1.map_or(String::new(), |it| format!(", {} left", duration(it)));
        format!("{begun}{of} trials, {per_minute:.0} runs/min{left}")
    }

    /// The best trials and those under way.
    fn table(&self) -> String {
        let mut table = Table::new(1);
        let ranking = ranking(&self.runs);
        let measure = ranking.first().and_then(|run| run.measure());
        let measure = measure.map_or("score", |measure| measure.name());
        table.line([
            "",
            measure,
            "epochs",
            "hidden",
            "activation",
            "rate",
            "alpha",
            "batch",
            "dropout",
        ]);
        for run in ranking.iter().take(SHOWN) {
            let trial = format!("trial {}", run.trial);
            let score = run.score().map_or(String::new(), |score| format!("{score:.4}"));
            let words = settings_in_words(&run.settings);
            table.line([trial, score, run.epochs.to_string()].into_iter().chain(words));
        }
        for (job, running) in self.running.iter().take(RUNNING) {
            let Running { settings, fold, folds, epoch, epochs } = running;
            let fold = if *folds > 1 { format!("{}/{folds} ", fold + 1) } else { String::new() };
            let at = format!("{fold}{epoch}/{epochs}");
            let name = format!("trial {} ...", job.trial);
            let words = settings_in_words(settings);
            table.line([name, String::new(), at].into_iter().chain(words));
        }
        table.to_string()
    }

    fn draw(&mut self, is_due: bool) {
        let Some(bar) = &self.bar else { return };
        if !is_due && self.drawn.is_some_and(|drawn| drawn.elapsed() < APART) {
            return;
        }
        bar.set_position((self.done().0 * 1000.0) as u64);
        bar.set_message(format!("{}\n{}", self.headline(), self.table().trim_end()));
        self.drawn = Some(Instant::now());
    }

    /// A line for a run, where there is no terminal.
    fn line(&self, run: &Run) {
        let is_best = ranking(&self.runs).first().is_some_and(|best| best.job() == run.job());
        let all = self.trials.unwrap_or(0) * 3 / 2;
        let is_due = self.runs.len().is_multiple_of(all.div_ceil(LINES).max(1));
        if !is_best && !is_due {
            return;
        }
        let [hidden, activation, rate, alpha, batch, dropout] = settings_in_words(&run.settings);
        let outcome = match &run.outcome {
            Outcome::Judged { measure, score, .. } => {
                let best = if is_best { ", the best so far" } else { "" };
                format!("{} {score:.4}{best}", measure.name())
            }
            Outcome::Failed(_) => "failed".to_string(),
        };
        let (trial, epochs) = (run.trial, count(run.epochs, "epoch"));
        let left = self.done().1.map_or(String::new(), |it| format!("; {} left", duration(it)));
        note(format_args!(
            "trial {trial}, {epochs}: {outcome} (hidden {hidden}, {activation}, learning rate {rate}, \
             alpha {alpha}, batch {batch}, dropout {dropout}){left}"
        ));
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => note(text),
        }
    }
}

impl Listener for SearchProgress {
    fn hear(&mut self, event: &Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Started { trials, rungs, reduction, threads, judging, runs } => {
                self.begin = Instant::now();
                (self.trials, self.rungs, self.reduction) = (*trials, *rungs, *reduction);
                self.runs = runs.to_vec();
                self.resumed = runs.len();
                let resumed = match self.resumed {
                    0 => String::new(),
                    runs => format!(", going on after {}", count(runs, "run")),
                };
                self.say(&format!(
                    "searching with {} at a time, judged by {judging}{resumed}",
                    count(*threads, "trial")
                ));
            }
            Event::Begun { job, settings } => {
                let settings = (*settings).clone();
                let running = Running { settings, fold: 0, folds: 1, epoch: 0, epochs: 0 };
                self.running.insert(*job, running);
                self.draw(false);
            }
            Event::Epoch { job, fold, folds, epoch, epochs } => {
                if let Some(running) = self.running.get_mut(job) {
                    (running.fold, running.folds) = (*fold, *folds);
                    (running.epoch, running.epochs) = (*epoch, *epochs);
                }
                self.draw(false);
            }
            Event::Ended(run) => {
                self.running.remove(&run.job());
                self.runs.push((*run).clone());
                match self.bar {
                    Some(_) => self.draw(true),
                    None => self.line(run),
                }
            }
            Event::BrokenOff(job) => {
                self.running.remove(job);
            }
        }
        if !self.interrupt.is_asked() {
            return ControlFlow::Continue(());
        }
        if !std::mem::replace(&mut self.is_told, true) {
            self.say("stopping after the trials under way; press Ctrl-C again to leave at once");
        }
        ControlFlow::Break(())
    }
}
