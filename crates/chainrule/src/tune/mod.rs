//! Searching for settings: which layers, which learning rate, how much regularisation.
//!
//! A [`Search`] tries the settings of a [`Space`] by grid, by chance or by successive halving, and
//! judges each trial on rows that it has not learned from, but never on the test rows. Trials run side
//! by side; a trial's settings are a pure function of the seed and its number. Every run that has ended
//! is written to a file, from which a search that was killed goes on.

mod event;
mod halving;
mod journal;
mod judging;
mod knob;
mod merit;
mod run;
mod search;
mod space;
mod trial;

pub use event::{Event, Listener};
pub use halving::Job;
pub use judging::Judging;
pub use knob::{Knob, Values};
pub use merit::Measure;
use merit::Merit;
pub use run::{Outcome, Run, ranking};
pub use search::{Found, Search, SearchStop, Strategy};
pub use space::{Settings, Space};

#[cfg(test)]
mod tests;
