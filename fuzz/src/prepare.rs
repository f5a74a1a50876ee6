//! From a table to the inputs of a network, by the road that training takes.

use crate::{Draws, bounded};
use chainrule::data::*;
use chainrule::math::random::Stream;

/// How to prepare a table that is not read yet.
pub struct Preparing {
    target: u8,
    options: PrepareOptions,
}

impl Preparing {
    /// Draws the target column and the options.
    pub fn drawn(draws: &mut Draws<'_>) -> Self {
        let target = draws.byte();
        let scale = draws.one_of(&[
            None,
            Some(Scale::None),
            Some(Scale::Unit),
            Some(Scale::Symmetric),
            Some(Scale::Standard),
        ]);
        let unseen = draws.one_of(&[Unseen::Refuse, Unseen::Zeros]);
        let scale_target = draws.yes();
        let options = PrepareOptions { scale, unseen, scale_target, ..PrepareOptions::default() };
        Preparing { target, options }
    }

    /// Judges a column as the target, fits a preparation to some of the rows, applies it to all of
    /// them, and writes and reads it. What cannot be prepared is refused with a message.
    ///
    /// `length` is that of the unpacked file; names, categories and the different values of a column
    /// are kept several times. For inputs a table of 256 numbers comes with every column of bytes,
    /// and the matrix itself, which may be far more than the file: a column of categories becomes
    /// one input for each, up to a thousand.
    pub fn run(self, table: &Table, length: usize) {
        if let Err(error) = self.prepare(table, length) {
            assert!(!error.to_string().is_empty());
        }
    }

    fn prepare(self, table: &Table, length: usize) -> Result<(), DataError> {
        let most = (1 << 16) + 200 * length;
        let names = table.column_names();
        let target = vec![names[usize::from(self.target) % names.len()].clone()];
        let all: Vec<usize> = (0..table.rows()).collect();

        let judged = bounded("judging", most, || judge_target(table, &target, None))?;
        let labels = judged.labels.as_deref();
        assert!(labels.is_none_or(|labels| labels.len() == all.len()));
        let mut stream = Stream::new(1, "split.test");
        let (training, others) = stratified_split(labels, &all, 0.5, &mut stream);
        assert_eq!(training.len() + others.len(), all.len());

        let options = PrepareOptions { task: Some(judged.task), ..self.options };
        let fit = || Preparation::fit(table, &target, &training, &options);
        let preparation = bounded("fitting", most, fit)?;
        preparation.validate().expect("what was fitted is sound");
        let written = serde_json::to_string(&preparation).expect("a preparation can be written");
        let read: Preparation = serde_json::from_str(&written).expect("it was just written");
        assert_eq!(read, preparation, "read again, the preparation is another");

        match bounded("the targets", most, || preparation.targets(table, &all))? {
            Targets::Classes(classes) => {
                let count = preparation.class_names().len();
                assert!(classes.iter().all(|&class| (class as usize) < count));
            }
            Targets::Values { values, columns } => {
                assert_eq!(values.len(), all.len() * columns);
                assert!(values.iter().all(|value| value.is_finite()));
                assert_eq!(preparation.unscale(&values).len(), values.len());
            }
        }
        let size = all.len() * preparation.inputs();
        let most = (1 << 16) + 600 * length + 4 * size;
        let inputs = bounded("the inputs", most, || preparation.features(table, &all))?;
        assert_eq!(inputs.len(), size);
        assert!(inputs.iter().all(|input| input.is_finite()));
        Ok(())
    }
}
