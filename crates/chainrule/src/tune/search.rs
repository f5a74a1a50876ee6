//! The search itself: trials side by side, each judged, written down, and the best of them.

use super::halving::{Halving, Next};
use super::journal::{Header, Journal};
use super::{Event, Job, Judging, Listener, Run, Settings, Space, trial};
use crate::{Error, Kind, Recipe};
use chainrule_data::{Dataset, Fold, judge_target};
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Trials where neither their number nor a time is given.
const USUAL_TRIALS: usize = 64;

/// Trials of a search that ends by the clock.
const MOST_TRIALS: usize = 1_000_000;

/// Combinations of a grid: they are all kept.
const LARGEST_GRID: usize = 100_000;

/// Rungs of successive halving at most: with a reduction of 3 the lowest has a 27th of the epochs, with
/// fewer a score says little.
const MOST_RUNGS: usize = 4;

/// How trials are chosen, and how many epochs each has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strategy {
    /// Every combination, with all epochs.
    Grid,
    /// Settings by chance, with all epochs (Bergstra and Bengio, 2012).
    Random,
    /// Settings by chance, most of which have few epochs: asynchronous successive halving (Li et al.,
    /// "A System for Massively Parallel Hyperparameter Tuning", 2020). After the others the first trial,
    /// whose settings are the usual ones, has all epochs too, for comparison.
    Halving {
        /// How many times more epochs, and fewer trials, a rung has than the one below (eta).
        reduction: usize,
    },
}

impl Default for Strategy {
    fn default() -> Self {
        Strategy::Halving { reduction: 3 }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Strategy::Grid => "grid",
            Strategy::Random => "random",
            Strategy::Halving { .. } => "halving",
        })
    }
}

impl FromStr for Strategy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Strategy, Error> {
        match text {
            "grid" => Ok(Strategy::Grid),
            "random" => Ok(Strategy::Random),
            "halving" | "asha" => Ok(Strategy::default()),
            _ => Err(Error::unknown("strategy", text, &["halving", "asha", "random", "grid"])),
        }
    }
}

/// A search for settings.
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::data::{SourceOptions, open};
/// use chainrule::tune::{Event, Knob, Search, Space, Strategy};
/// use std::ops::ControlFlow;
/// let iris = open("iris", &SourceOptions::default())?;
/// let recipe = Recipe { epochs: Some(40), ..Recipe::default() };
/// let mut space = Space::usual(&recipe, 120);
/// space.set(Knob::Width, "4..16")?;
/// let search = Search {
///     strategy: Strategy::Random,
///     trials: Some(3),
///     ..Search::new(recipe, space)
/// };
/// let mut listener = |_: &Event<'_>| ControlFlow::Continue(());
/// let found = search.run(&iris, None, &mut listener)?;
/// assert_eq!(found.runs.len(), 3);
/// assert!(found.best.score().unwrap() > 0.5);
/// let trained = found.recipe.train(&iris)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Search {
    /// All that is not searched, for a multilayer perceptron. Its seed fixes the trials too.
    pub recipe: Recipe,
    /// What may be chosen.
    pub space: Space,
    /// How it is chosen.
    pub strategy: Strategy,
    /// Trials at most; without them and a time 64, and of a grid all.
    pub trials: Option<usize>,
    /// No trial begins after this time, and those under way are broken off.
    pub time: Option<Duration>,
    /// Which rows judge; [`Judging::usual`] when not given.
    pub judging: Option<Judging>,
    /// Trials at the same time, each of which has a thread; one for each processor when not given. The
    /// settings of the trials do not depend on it. Which of them rise to a higher rung may, where there
    /// is more than one, since that is decided by those that have ended so far.
    pub threads: Option<usize>,
}

/// Why a search ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchStop {
    /// All trials have ended.
    Finished,
    /// The time was over.
    Time,
    /// The listener asked for it.
    Interrupted,
}

/// What a search has found.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// The best run: that with the best score among those with most epochs.
    pub best: Run,
    /// The recipe with the best settings, for a training on all rows that are not set aside for the
    /// test.
    pub recipe: Recipe,
    /// Every run, in the order in which they ended.
    pub runs: Vec<Run>,
    /// Runs of these that were read from the file.
    pub resumed: usize,
    /// Rungs.
    pub rungs: usize,
    /// The rows that judged.
    pub judging: Judging,
    /// Why it ended.
    pub stop: SearchStop,
    /// How long it took this time.
    pub seconds: f64,
}

/// What all threads know.
struct State<'a> {
    halving: Halving,
    runs: Vec<Run>,
    journal: Option<Journal>,
    listener: &'a mut dyn Listener,
    stop: SearchStop,
    failure: Option<Failure>,
}

/// Why a search cannot go on.
enum Failure {
    Error(Error),
    Panic(Box<dyn std::any::Any + Send>),
}

impl State<'_> {
    fn tell(&mut self, event: &Event<'_>) {
        if self.listener.hear(event).is_break() && self.stop == SearchStop::Finished {
            self.stop = SearchStop::Interrupted;
            self.halving.close();
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
        self.halving.close();
    }
}

/// What does not change while a search is under way.
struct Plan<'a> {
    search: &'a Search,
    /// That of the search, with what would be usual for it.
    recipe: &'a Recipe,
    data: &'a Dataset,
    folds: Vec<Fold>,
    grid: Vec<Settings>,
    nearest: Settings,
    rungs: usize,
    deadline: Option<Instant>,
}

impl Plan<'_> {
    /// The settings of a trial. The first are the usual ones, for comparison.
    fn settings(&self, trial: usize) -> Cow<'_, Settings> {
        match (self.search.strategy, trial) {
            (Strategy::Grid, trial) => Cow::Borrowed(&self.grid[trial]),
            (_, 0) => Cow::Borrowed(&self.nearest),
            (_, trial) => Cow::Owned(self.search.space.draw(self.search.recipe.seed, trial)),
        }
    }

    /// The share of all epochs that a rung has.
    fn share(&self, rung: usize) -> f64 {
        let above = self.rungs - 1 - rung;
        (self.search.reduction() as f64).powi(-(above as i32))
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

impl Search {
    /// Of a recipe in a space, otherwise as usual.
    pub fn new(recipe: Recipe, space: Space) -> Search {
        let strategy = Strategy::default();
        Search { recipe, space, strategy, trials: None, time: None, judging: None, threads: None }
    }

    fn reduction(&self) -> usize {
        match self.strategy {
            Strategy::Halving { reduction } => reduction,
            _ => 1,
        }
    }

    /// Trials at most.
    fn trial_count(&self, grid: usize) -> Result<usize, Error> {
        match (self.strategy, self.trials, self.time) {
            (_, Some(0), _) => Err(Error::setting("the number of trials", 0, "at least 1")),
            (Strategy::Grid, Some(trials), _) if trials < grid => {
                let expected = format!(
                    "at least {grid}, the combinations of the grid; give fewer values, or use the \
                     strategy random"
                );
                Err(Error::setting("the number of trials", trials, &expected))
            }
            (Strategy::Grid, ..) => Ok(grid),
            (_, Some(trials), _) => Ok(trials.min(MOST_TRIALS)),
            (_, None, Some(_)) => Ok(MOST_TRIALS),
            (_, None, None) => Ok(USUAL_TRIALS),
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.recipe.kind != Kind::Mlp {
            let expected = "mlp, a multilayer perceptron: the others have no settings to search";
            return Err(Error::setting("the kind", self.recipe.kind, expected));
        }
        if let Some(optimizer) = self.recipe.optimizer.filter(|it| it.is_full_batch()) {
            let expected = "one that goes by batches, such as adam, since batch size, learning rate \
                            and dropout are searched";
            return Err(Error::setting("the optimiser", optimizer.name(), expected));
        }
        if let Strategy::Halving { reduction } = self.strategy
            && !(2..=100).contains(&reduction)
        {
            return Err(Error::setting("the reduction", reduction, "from 2 to 100"));
        }
        Ok(())
    }

    /// Searches, and writes every run that has ended to `journal`, if one is named. If the file is there
    /// already, of the same search, its runs are not repeated: a search that was killed goes on. With one
    /// thread it then finds what it would have found without the kill.
    ///
    /// The listener hears every event, one at a time; when it answers `Break`, no more trials begin, and
    /// those under way are finished.
    ///
    /// # Errors
    /// Settings out of range, whatever is wrong with the data, a file that cannot be written or belongs
    /// to another search, and [`Error::Search`] if every trial failed.
    pub fn run(
        &self,
        data: &Dataset,
        journal: Option<&Path>,
        listener: &mut dyn Listener,
    ) -> Result<Found, Error> {
        let begin = Instant::now();
        self.check()?;
        // What is usual for the recipe is so for its trials, whatever their layers: their losses are compared.
        let judged = judge_target(&data.table, &self.recipe.targets_of(data), self.recipe.task)?;
        let recipe = Recipe { task: Some(judged.task), ..self.recipe.clone() };
        let label_smoothing = Some(recipe.usual_label_smoothing());
        let recipe = &Recipe { label_smoothing, ..recipe };
        let rows = recipe.rows_before_test(data)?;
        let judging = self.judging.unwrap_or(Judging::usual(rows.len()));
        judging.check()?;
        let grid = match self.strategy {
            Strategy::Grid if self.space.grid_size() > LARGEST_GRID => {
                let expected = format!("at most {LARGEST_GRID}; give fewer values");
                let found = self.space.grid_size();
                return Err(Error::setting("the combinations of the grid", found, &expected));
            }
            Strategy::Grid => self.space.grid(),
            _ => Vec::new(),
        };
        let trials = self.trial_count(grid.len())?;
        let reduction = self.reduction();
        let rungs = match self.strategy {
            Strategy::Halving { reduction } => Halving::rungs_for(trials, reduction, MOST_RUNGS),
            _ => 1,
        };
        let mut plan = Plan {
            search: self,
            recipe,
            data,
            folds: judging.folds(recipe, data, &rows)?,
            grid,
            nearest: self.space.nearest(recipe, rows.len()),
            rungs,
            deadline: self.time.map(|time| begin + time),
        };
        // What is wrong with the data or the recipe is found before any trial, not once in each.
        trial::prepare(recipe, &plan.settings(0), data, &plan.folds[0])?;

        let header = Header {
            chainrule_tune: Header::VERSION,
            data: Search::sum_of(data),
            recipe: serde_json::to_value(recipe).expect("a recipe is plain data"),
            space: self.space.texts(),
            strategy: self.strategy.to_string(),
            judging: judging.to_string(),
            reduction,
            rungs,
        };
        let (journal, runs) = match journal {
            Some(path) => {
                let (journal, header, runs) = Journal::open(path, &header)?;
                plan.rungs = header.rungs;
                check_runs(path, &plan, &runs, trials)?;
                (Some(journal), runs)
            }
            None => (None, Vec::new()),
        };
        let resumed = runs.len();
        let mut halving = Halving::new(plan.rungs, reduction, trials);
        runs.iter().for_each(|run| halving.ended(run.job(), run.merit()));
        let stop = SearchStop::Finished;
        let mut state = State { halving, runs, journal, listener, stop, failure: None };
        let threads = self.threads.unwrap_or_else(processors).clamp(1, trials.max(1));
        let known = std::mem::take(&mut state.runs);
        state.tell(&Event::Started {
            trials: (trials < MOST_TRIALS).then_some(trials),
            rungs: plan.rungs,
            reduction,
            threads,
            judging,
            runs: &known,
        });
        state.runs = known;
        let state = work(&plan, state, threads);
        match state.failure {
            Some(Failure::Error(error)) => return Err(error),
            Some(Failure::Panic(panic)) => resume_unwind(panic),
            None => {}
        }
        let Some(best) = state.halving.best() else {
            return Err(nothing_found(&state.runs, state.stop));
        };
        let run = state.runs.iter().find(|run| run.job() == best).expect("the best run has ended");
        Ok(Found {
            best: run.clone(),
            recipe: Recipe { task: self.recipe.task, ..run.settings.recipe(recipe) },
            runs: state.runs,
            resumed,
            rungs: plan.rungs,
            judging,
            stop: state.stop,
            seconds: begin.elapsed().as_secs_f64(),
        })
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Checks that the runs of a file are those that this search has.
fn check_runs(path: &Path, plan: &Plan<'_>, runs: &[Run], trials: usize) -> Result<(), Error> {
    for (run, line) in runs.iter().zip(2..) {
        let is_grid = plan.search.strategy == Strategy::Grid;
        let is_known = run.rung < plan.rungs
            && run.trial < if is_grid { trials } else { MOST_TRIALS }
            && *plan.settings(run.trial) == run.settings;
        if !is_known {
            return Err(Error::ModelFile {
                path: path.to_path_buf(),
                problem: format!(
                    "line {line}: expected a run of trial {} as this search has it, found other \
                     settings; the file was changed or written by another version, so delete it to \
                     begin anew",
                    run.trial
                ),
            });
        }
    }
    Ok(())
}

/// Why no settings were found.
fn nothing_found(runs: &[Run], stop: SearchStop) -> Error {
    let failures: Vec<&str> = runs
        .iter()
        .filter_map(|run| match &run.outcome {
            super::Outcome::Failed(why) => Some(why.as_str()),
            super::Outcome::Judged { .. } => None,
        })
        .collect();
    match (failures.as_slice(), stop) {
        ([], SearchStop::Time) => Error::Search(
            "no trial ended within the time; give more minutes, or fewer epochs".to_string(),
        ),
        ([], _) => Error::Search("no trial has ended, so nothing is known yet".to_string()),
        ([first, ..], _) => Error::Search(format!(
            "each of the {} trials that have ended failed, the first since {first}; give other values \
             to choose from, above all smaller learning rates",
            failures.len()
        )),
    }
}

/// Runs all jobs on so many threads; the state afterwards.
fn work<'s>(plan: &Plan<'_>, state: State<'s>, threads: usize) -> State<'s> {
    let state = Mutex::new(state);
    let has_changed = Condvar::new();
    let lock = || state.lock().expect("nothing panics while it is locked");
    let worker = || {
        let mut held = lock();
        loop {
            if plan.is_late() && held.stop == SearchStop::Finished {
                held.stop = SearchStop::Time;
                held.halving.close();
            }
            match held.halving.next() {
                Next::Done => break,
                Next::Wait => {
                    held = has_changed.wait(held).expect("nothing panics while it is locked");
                }
                Next::Run(job) => {
                    held = one(plan, job, held, &lock);
                    has_changed.notify_all();
                }
            }
        }
        has_changed.notify_all();
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(worker);
        }
        worker();
    });
    state.into_inner().expect("nothing panics while it is locked")
}

/// Runs a job, with the state unlocked meanwhile.
fn one<'l, 's>(
    plan: &Plan<'_>,
    job: Job,
    mut held: MutexGuard<'l, State<'s>>,
    lock: &(impl Fn() -> MutexGuard<'l, State<'s>> + Sync),
) -> MutexGuard<'l, State<'s>> {
    let settings = plan.settings(job.trial);
    held.tell(&Event::Begun { job, settings: &settings });
    drop(held);
    let mut epoch_ended = |fold: usize, epoch: usize, epochs: usize| {
        let folds = plan.folds.len();
        lock().tell(&Event::Epoch { job, fold, folds, epoch, epochs });
        // Whoever interrupts waits for what is under way; the clock does not.
        plan.is_late()
    };
    let run = || {
        let recipe = plan.recipe;
        trial::run(
            recipe,
            &settings,
            plan.data,
            &plan.folds,
            plan.share(job.rung),
            &mut epoch_ended,
        )
    };
    let begin = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(run));
    let mut held = lock();
    match result {
        Ok(Some((outcome, epochs))) => {
            let run = Run {
                trial: job.trial,
                rung: job.rung,
                epochs,
                settings: settings.into_owned(),
                outcome,
                seconds: begin.elapsed().as_secs_f64(),
            };
            held.halving.ended(job, run.merit());
            let written = held.journal.as_mut().map_or(Ok(()), |journal| journal.add(&run));
            if let Err(error) = written {
                held.fail(Failure::Error(error));
            }
            held.tell(&Event::Ended(&run));
            held.runs.push(run);
        }
        Ok(None) => {
            held.halving.broken_off(job);
            held.tell(&Event::BrokenOff(job));
        }
        Err(panic) => {
            held.halving.broken_off(job);
            held.fail(Failure::Panic(panic));
        }
    }
    held
}
