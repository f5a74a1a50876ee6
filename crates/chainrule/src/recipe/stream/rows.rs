//! The training rows of a file, epoch by epoch: read, prepared, shuffled in a buffer.

use super::super::prepared::Prepared;
use super::super::{Recipe, weights};
use super::Stream;
use super::first_pass::Role;
use crate::examples::Targets as Wanted;
use crate::train::{Feed, Turn};
use crate::{Error, Examples, Network, Training};
use chainrule_data::{Preparation, Targets};
use chainrule_math::random::Stream as Random;
use ndarray::{ArrayView2, CowArray};
use std::borrow::Cow;
use std::sync::mpsc::sync_channel;

/// Prepared training rows.
struct Part {
    inputs: Vec<f32>,
    targets: Targets,
    /// The rows' own weights, if they have any.
    weights: Vec<f64>,
    rows: usize,
}

impl Stream {
    /// The training rows from the beginning of the file, chunk by chunk.
    fn parts<'a>(
        &'a self,
        preparation: &'a Preparation,
    ) -> Result<impl Iterator<Item = Result<Part, Error>> + 'a, Error> {
        let mut draws = self.roles.draws();
        Ok(self.chunks.pass()?.map(move |table| {
            let table = table?;
            let names = preparation.target_names();
            let targets: Vec<_> =
                names.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
            let is_learned = |row: &usize| {
                let role = draws.next().expect("draws never end");
                role == Role::Training && !targets.iter().any(|target| target.is_missing(*row))
            };
            let rows: Vec<usize> = (0..table.rows()).filter(is_learned).collect();
            Ok(Part {
                inputs: preparation.features(&table, &rows)?,
                targets: preparation.targets(&table, &rows)?,
                weights: match &self.weights {
                    Some(name) => weights::of_column(&table, name, &rows)?,
                    None => Vec::new(),
                },
                rows: rows.len(),
            })
        }))
    }

    /// Settles the weights of classes and the mean weight of all training rows, in one more pass.
    pub(super) fn weigh(&mut self, recipe: &Recipe, prepared: &mut Prepared) -> Result<(), Error> {
        let preparation = prepared.preparation();
        let classes = preparation.class_names().len().max(1);
        let (mut counts, mut sums) = (vec![0.0; classes], vec![0.0; classes]);
        for part in self.parts(preparation)? {
            let part = part?;
            for row in 0..part.rows {
                let class = match &part.targets {
                    Targets::Classes(classes) => classes[row] as usize,
                    Targets::Values { .. } => 0,
                };
                counts[class] += 1.0;
                sums[class] += part.weights.get(row).copied().unwrap_or(1.0);
            }
        }
        let weights = match &recipe.class_weights {
            Some(weights) => weights.of_counts(preparation, &counts)?,
            None => Vec::new(),
        };
        let weight = |class: usize| weights.get(class).copied().unwrap_or(1.0);
        let total: f64 = sums.iter().enumerate().map(|(class, sum)| weight(class) * sum).sum();
        if total == 0.0 {
            let expected = "above 0 for a training row at least";
            return Err(Error::setting("the weight of every row", 0, expected));
        }
        self.mean_weight = Some(total / counts.iter().sum::<f64>());
        prepared.training.class_weights = weights;
        Ok(())
    }
}

/// The training rows of a run, of which a buffer is in memory.
pub(in super::super) struct StreamedRows<'a> {
    stream: &'a Stream,
    preparation: Preparation,
    network: Network,
    training: &'a Training,
    rows: usize,
    shuffle: Random,
    inputs: Vec<f32>,
    targets: Targets,
    weights: Vec<f64>,
    /// Whether the buffer holds all rows, so that none need be read again.
    is_whole: bool,
}

impl<'a> StreamedRows<'a> {
    pub(in super::super) fn new(
        stream: &'a Stream,
        preparation: Preparation,
        network: Network,
        training: &'a Training,
        rows: usize,
    ) -> StreamedRows<'a> {
        let targets = match preparation.task().has_classes() {
            true => Targets::Classes(Vec::new()),
            false => Targets::Values { values: Vec::new(), columns: preparation.outputs() },
        };
        StreamedRows {
            stream,
            preparation,
            network,
            training,
            rows,
            shuffle: Random::new(training.seed, "shuffle"),
            inputs: Vec::new(),
            targets,
            weights: Vec::new(),
            is_whole: false,
        }
    }

    /// Copies a row of a part into the buffer: to a place that is no longer needed, or a new one behind
    /// the others.
    fn take(&mut self, part: &Part, row: usize, place: usize) {
        fn put<T: Copy>(all: &mut Vec<T>, place: usize, numbers: &[T]) {
            let start = place * numbers.len();
            match all.get_mut(start..start + numbers.len()) {
                Some(old) => old.copy_from_slice(numbers),
                None => all.extend_from_slice(numbers),
            }
        }
        let width = self.preparation.inputs();
        put(&mut self.inputs, place, &part.inputs[row * width..][..width]);
        let mut weight = part.weights.get(row).copied().unwrap_or(1.0);
        match (&mut self.targets, &part.targets) {
            (Targets::Classes(all), Targets::Classes(classes)) => {
                put(all, place, &classes[row..=row]);
                let of_class = self.training.class_weights.get(classes[row] as usize);
                weight *= of_class.copied().unwrap_or(1.0);
            }
            (Targets::Values { values, columns }, Targets::Values { values: given, .. }) => {
                put(values, place, &given[row * *columns..][..*columns]);
            }
            _ => unreachable!("a preparation makes one kind of targets"),
        }
        if let Some(mean) = self.stream.mean_weight {
            put(&mut self.weights, place, &[weight / mean]);
        }
    }

    /// Learns from the rows at these places of the buffer.
    fn learn(&self, order: &[u32], turn: &mut Turn<'_, f32>) -> Result<bool, Error> {
        let width = self.preparation.inputs();
        let rows = self.inputs.len() / width;
        let inputs = ArrayView2::from_shape((rows, width), &self.inputs).expect("whole rows");
        let targets = match &self.targets {
            Targets::Classes(classes) => Wanted::Classes(Cow::Borrowed(classes)),
            Targets::Values { values, columns } => {
                let values = ArrayView2::from_shape((rows, *columns), values);
                Wanted::Values(CowArray::from(values.expect("as many rows of values")))
            }
        };
        let examples = Examples::new(inputs, targets)?;
        self.training.loss.check_targets(examples.targets())?;
        let weights = self.stream.mean_weight.map(|_| self.weights.clone());
        let fitted = examples.fit_to(&self.network)?.weighted(weights);
        Ok(turn(&fitted, order).is_continue())
    }

    /// Reads all rows through the buffer.
    fn read(&mut self, turn: &mut Turn<'_, f32>) -> Result<(), Error> {
        let (stream, preparation) = (self.stream, self.preparation.clone());
        let capacity = stream.plan.buffer;
        let batch_size = self.training.batch_size.min(self.rows);
        let half = (capacity / 2 / batch_size * batch_size).max(batch_size).min(capacity);
        if self.inputs.capacity() == 0 {
            self.reserve(capacity);
        }
        // The next rows are read while the network learns from those that are here. Whether or not it is
        // done with them, the reader ends when the receiver is gone.
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(1);
            scope.spawn(move || match stream.parts(&preparation) {
                Ok(mut parts) => {
                    while parts.next().is_some_and(|part| sender.send(part).is_ok()) {}
                }
                Err(error) => {
                    let _ = sender.send(Err(error));
                }
            });
            // Places in the buffer: those that hold rows, those that are free, the last first.
            let mut order: Vec<u32> = Vec::with_capacity(capacity);
            let mut free: Vec<u32> = (0..capacity as u32).rev().collect();
            let mut waiting: Option<(Part, usize)> = None;
            let mut seen = 0;
            loop {
                let mut has_ended = false;
                while let Some(&place) = free.last() {
                    let Some((part, row)) = waiting.as_mut().filter(|(part, row)| *row < part.rows)
                    else {
                        match receiver.recv() {
                            Ok(part) => waiting = Some((part?, 0)),
                            Err(_) => {
                                has_ended = true;
                                break;
                            }
                        }
                        continue;
                    };
                    self.take(part, *row, place as usize);
                    *row += 1;
                    seen += 1;
                    free.pop();
                    order.push(place);
                }
                if order.is_empty() {
                    return Ok(());
                }
                self.is_whole = seen == self.rows && order.len() == seen;
                self.shuffle.shuffle(&mut order);
                let learned = if has_ended || self.is_whole { order.len() } else { half };
                if !self.learn(&order[..learned], turn)? || self.is_whole {
                    return Ok(());
                }
                free.extend(order.drain(..learned).rev());
            }
        })
    }

    /// Takes the memory of the buffer at once: growing would take it twice for a moment.
    fn reserve(&mut self, capacity: usize) {
        self.inputs.reserve_exact(capacity * self.preparation.inputs());
        match &mut self.targets {
            Targets::Classes(classes) => classes.reserve_exact(capacity),
            Targets::Values { values, columns } => values.reserve_exact(capacity * *columns),
        }
        if self.stream.mean_weight.is_some() {
            self.weights.reserve_exact(capacity);
        }
    }
}

impl Feed<f32> for StreamedRows<'_> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn is_weighted(&self) -> bool {
        self.stream.mean_weight.is_some()
    }

    fn pass(&mut self, turn: &mut Turn<'_, f32>) -> Result<(), Error> {
        if !self.is_whole {
            return self.read(turn);
        }
        let mut order: Vec<u32> = (0..self.rows as u32).collect();
        self.shuffle.shuffle(&mut order);
        self.learn(&order, turn).map(|_| ())
    }

    fn largest_input(&self) -> f64 {
        self.inputs.iter().fold(0.0, |most, input| f64::from(input.abs()).max(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chainrule_data::SourceOptions;
    use chainrule_graph::Source;
    use std::ops::ControlFlow;

    /// Each row of the file is learned from once an epoch, in whole batches but for the last, far from its
    /// place in the file, and in another order each time.
    #[test]
    fn every_row_is_learned_from_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let lines = (0..5000).map(|row| format!("{row},{}\n", row * 7 % 5));
        std::fs::write(&path, format!("row,y\n{}", lines.collect::<String>())).unwrap();
        let recipe = Recipe {
            targets: vec!["y".to_string()],
            scale: Some(chainrule_data::Scale::None),
            batch_size: Some(32),
            test: 0.0,
            validation: 0.0,
            stream: Some("128KiB".parse().unwrap()),
            ..Recipe::default()
        };
        let options = SourceOptions::default();
        let prepared = recipe.prepare_stream(path.to_str().unwrap(), &options).unwrap();
        let stream = prepared.stream.as_ref().unwrap();
        let buffer = stream.plan.buffer;
        assert!(buffer < 2500 && buffer.is_multiple_of(64), "{buffer}");
        let (preparation, network) =
            (prepared.preparation().clone(), prepared.model.network().clone());
        let mut feed = StreamedRows::new(stream, preparation, network, &prepared.training, 5000);
        let mut pass = || {
            let mut turns: Vec<Vec<usize>> = Vec::new();
            let mut turn = |fitted: &crate::examples::Fitted<'_, f32>, order: &[u32]| {
                let [Source::Rows { values, columns: 1, .. }, ..] = fitted.sources(0, None) else {
                    panic!("the inputs are numbers");
                };
                turns.push(order.iter().map(|&place| values[place as usize] as usize).collect());
                ControlFlow::Continue(())
            };
            feed.pass(&mut turn).unwrap();
            turns
        };
        let (first, second) = (pass(), pass());
        for turns in [&first, &second] {
            let (_, whole) = turns.split_last().unwrap();
            assert!(whole.iter().all(|turn| turn.len() % 32 == 0));
            let mut rows = turns.concat();
            let moved: usize =
                rows.iter().enumerate().map(|(place, row)| place.abs_diff(*row)).sum();
            assert!(moved / 5000 > buffer / 8, "{moved}");
            rows.sort_unstable();
            assert!(rows.into_iter().eq(0..5000));
        }
        assert_ne!(first, second);
    }
}
