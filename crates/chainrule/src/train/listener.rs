//! Who hears what a run tells.

use super::{Epoch, Event};
use crate::{Error, write_whole};
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A history is no larger: millions of epochs. Stops a file of something else before it is read.
const LARGEST_FILE: u64 = 1 << 30;

/// Hears every event of a run, and may break it off: the run then ends with the epoch under way.
///
/// Any closure from `&Event` to [`ControlFlow`] is one.
///
/// ```
/// use chainrule::train::{Event, Listener};
/// use chainrule::{Activation, Examples, Model, Network, Training};
/// use ndarray::array;
/// use std::ops::ControlFlow;
///
/// let inputs = array![[0.0_f32], [1.0]];
/// let examples = Examples::values(inputs.view(), inputs.view())?;
/// let network = Network::new(1).dense(1, Activation::Identity);
/// let mut model: Model = network.build(1)?;
/// let mut losses = Vec::new();
/// let mut note = |event: &Event<'_>| {
///     if let Event::Epoch(epoch) = event {
///         losses.push(epoch.loss);
///     }
///     ControlFlow::Continue(())
/// };
/// let mut until_small = |event: &Event<'_>| match event {
///     Event::Epoch(epoch) if epoch.loss < 1e-3 => ControlFlow::Break(()),
///     _ => ControlFlow::Continue(()),
/// };
/// let mut listeners: [&mut dyn Listener; 2] = [&mut note, &mut until_small];
/// Training::new(&network).epochs(9).fit_with(&mut model, &examples, None, &mut listeners)?;
/// assert!(!losses.is_empty());
/// # Ok::<(), chainrule::Error>(())
/// ```
pub trait Listener {
    /// Hears an event; `Break` asks the run to stop.
    fn hear(&mut self, event: &Event<'_>) -> ControlFlow<()>;
}

impl<F: FnMut(&Event<'_>) -> ControlFlow<()>> Listener for F {
    fn hear(&mut self, event: &Event<'_>) -> ControlFlow<()> {
        self(event)
    }
}

/// Tells all of them; whether one asks to stop.
pub(crate) fn tell(listeners: &mut [&mut dyn Listener], event: &Event<'_>) -> bool {
    let mut stop = false;
    for listener in listeners {
        // Every one hears every event, whatever another answers.
        stop |= listener.hear(event).is_break();
    }
    stop
}

/// Listens for the epochs of a run, to be written as a file of JSON lines, one for each.
#[derive(Clone, Debug)]
pub struct HistoryFile {
    path: PathBuf,
    lines: Vec<u8>,
}

impl HistoryFile {
    /// For the file of this name, which [`HistoryFile::save`] writes.
    pub fn new(path: impl Into<PathBuf>) -> HistoryFile {
        HistoryFile { path: path.into(), lines: Vec::new() }
    }

    /// The name of the file that stands beside a model: `digits.history.jsonl` for
    /// `digits.safetensors`.
    pub fn beside(model: &Path) -> PathBuf {
        model.with_extension("history.jsonl")
    }

    /// The file's name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the epochs of such a file.
    ///
    /// ```
    /// use chainrule::train::{Epoch, Event, HistoryFile, Listener};
    /// # let path = std::env::temp_dir().join(format!("chainrule-{}.jsonl", std::process::id()));
    /// let epoch = Epoch {
    ///     epoch: 1,
    ///     loss: 0.5,
    ///     validation: None,
    ///     learning_rate: 0.001,
    ///     gradient_norm: 1.0,
    ///     seconds: 0.1,
    ///     rows_per_second: 1e4,
    /// };
    /// let mut history = HistoryFile::new(&path);
    /// let _ = history.hear(&Event::Epoch(&epoch));
    /// history.save()?;
    /// assert_eq!(HistoryFile::read(&path)?, [epoch]);
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it cannot be read, is larger than 1 GiB, or a line of it is not an epoch after the one
    /// before it.
    pub fn read(path: impl AsRef<Path>) -> Result<Vec<Epoch>, Error> {
        let path = path.as_ref();
        let unreadable = |source| Error::File {
            action: "cannot read the history",
            path: path.to_path_buf(),
            source,
        };
        let wrong = |problem: String| Error::ModelFile { path: path.to_path_buf(), problem };
        let mut text = String::new();
        let file = File::open(path).map_err(unreadable)?;
        let size = file.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(unreadable)?;
        if size as u64 > LARGEST_FILE {
            let found = "expected the history of a run, found more than 1 GiB".to_string();
            return Err(wrong(found));
        }
        let mut epochs: Vec<Epoch> = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let epoch: Epoch = serde_json::from_str(line).map_err(|error| {
                let advice = "give the file that chainrule train writes beside its model";
                wrong(format!(
                    "line {number}: expected an epoch of a run as JSON, but {error}; {advice}"
                ))
            })?;
            let before = epochs.last().map_or(0, |last| last.epoch);
            if epoch.epoch <= before {
                return Err(wrong(format!(
                    "line {number}: expected an epoch after {before}, found {}",
                    epoch.epoch
                )));
            }
            epochs.push(epoch);
        }
        Ok(epochs)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self) -> Result<(), Error> {
        write_whole(&self.path, &self.lines)
    }

    fn add(&mut self, epoch: &Epoch) {
        serde_json::to_writer(&mut self.lines, epoch).expect("an epoch is plain data");
        self.lines.push(b'\n');
    }
}

impl Listener for HistoryFile {
    fn hear(&mut self, event: &Event<'_>) -> ControlFlow<()> {
        if let Event::Epoch(epoch) = event {
            self.add(epoch);
        }
        ControlFlow::Continue(())
    }
}
