//! Training on a file of any size in memory of a given size.
//!
//! ```text
//! first pass: what each column holds, levels, rows
//! second pass: a sample of the rows, statistics of all training rows -> preparation, network
//! each epoch: chunk -> prepared rows -> buffer, shuffled -> batches
//! ```

mod budget;
mod first_pass;
mod judging;
mod rows;

use super::prepared::Prepared;
use super::split::Split;
use super::{Memory, Recipe};
use crate::Error;
use budget::Budget;
use chainrule_data::{
    ChunkKind, Chunks, Dataset, FEWEST_ROWS_TO_SPLIT, Preparation, SourceOptions,
};
pub(super) use first_pass::FirstPass;
use first_pass::Roles;
pub use judging::{judge_chunks, open_chunks};
pub(super) use rows::StreamedRows;
use serde::Serialize;

/// Rows of a chunk while nothing is known of them.
const FIRST_CHUNK: usize = 1 << 10;

/// Neighbouring rows whose targets correlate more than this make batches that are not like the whole.
const SORTED: f64 = 0.5;

/// What becomes of a column of texts that hardly recur.
const MANY_TEXTS: &str = "more different texts than can be categories, so it is left out";

/// How a file is gone through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct StreamPlan {
    /// What bounds the rows in memory.
    pub memory: Memory,
    /// Rows of the file.
    pub file_rows: usize,
    /// Training rows of the sample that the preparation is fitted to.
    pub sample: usize,
    /// Training rows that are in memory together, to be shuffled.
    pub buffer: usize,
    /// Validation rows of the file, of which those that are held are a sample.
    pub validation_rows: usize,
    /// Test rows of the file, of which those that are held are a sample.
    pub test_rows: usize,
}

/// What a run keeps of a file that is larger than its memory.
pub(super) struct Stream {
    pub(super) plan: StreamPlan,
    chunks: Chunks,
    roles: Roles,
    /// The column of the rows' own weights.
    weights: Option<String>,
    /// The mean weight of a training row, if they have any.
    mean_weight: Option<f64>,
}

impl Recipe {
    /// Prepares a training on the CSV, Parquet or Arrow file at `path` that keeps few of its rows in
    /// memory: [`Recipe::stream`] says how many, 1 GiB of them when it does not. That bounds all that would
    /// grow with the file; the model, its optimiser and what reading takes (some blocks of 4 MiB for each
    /// thread, or a page of each column of Parquet) come on top.
    ///
    /// The file is gone through once to know what its columns hold, once more for a sample of its rows, and
    /// then in each epoch. Exact are the rows, the categories of text, classes, means, deviations, extremes
    /// and whether a column is ever missing in the training rows; the sample tells the kinds of columns,
    /// rare categories, medians and quantiles. Each row is for training, validation or test by a draw of
    /// its own, not stratified as [`Recipe::prepare`] does, but the first two rows of every class are
    /// training rows. Of more validation and test rows than fit, a sample is held.
    ///
    /// Rows are shuffled within a buffer: half of it is learned from, then replaced by the rows that come
    /// next in the file. A file that is sorted by its target is best shuffled first.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("line.csv");
    /// # let rows: Vec<String> = (0..3000).map(|i| format!("{},{}\n", i % 97, 3 * (i % 97))).collect();
    /// # std::fs::write(&path, format!("x,y\n{}", rows.concat())).unwrap();
    /// # let path = path.to_str().unwrap();
    /// use chainrule::Recipe;
    /// use chainrule::data::SourceOptions;
    /// let recipe = Recipe {
    ///     targets: vec!["y".to_string()],
    ///     hidden: vec![16],
    ///     stream: Some("8MiB".parse()?),
    ///     ..Recipe::default()
    /// };
    /// let trained = recipe.prepare_stream(path, &SourceOptions::default())?.train(&mut [])?;
    /// assert!(trained.test.unwrap().regression.unwrap().r2 > 0.99);
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Recipe::prepare`]; another kind of file, an optimiser that needs all rows at once, and
    /// memory in which there is no room to work.
    pub fn prepare_stream(&self, path: &str, options: &SourceOptions) -> Result<Prepared, Error> {
        let memory = self.stream.unwrap_or_default();
        let recipe = Recipe { stream: Some(memory), ..self.clone() };
        recipe.check_stream()?;
        let chunks = Chunks::open(path, options, FIRST_CHUNK)?;
        let budget = Budget::new(memory, &chunks);
        let chunks = chunks.with_rows_per_chunk(budget.raw_chunk());
        budget.check_sample(chunks.rows())?;
        let seed = recipe.split_seed.unwrap_or(recipe.seed);
        let shares = match chunks.rows() < FEWEST_ROWS_TO_SPLIT {
            true => [0.0, 0.0],
            false => [recipe.test, recipe.validation],
        };
        let mut first = FirstPass::through(&chunks, &recipe, Roles::new(seed, shares), &budget)?;
        let data = Dataset { table: first.take_table()?, test: None, target: None };
        let mut prepared = recipe.prepare_sample(&data, &first, &budget)?;
        drop(data);
        let buffer = {
            let preparation = prepared.preparation();
            budget.buffer(preparation, prepared.training.batch_size, first.rows.training)?
        };
        let chunks = chunks.with_rows_per_chunk(budget.chunk(prepared.preparation()));
        recipe.warn_stream(&chunks, &first, buffer, &mut prepared);
        let mut stream = Stream {
            plan: StreamPlan {
                memory,
                file_rows: chunks.rows(),
                sample: first.sample(),
                buffer,
                validation_rows: first.rows.validation,
                test_rows: first.rows.test,
            },
            chunks,
            roles: first.roles,
            weights: recipe.sample_weights.clone(),
            mean_weight: None,
        };
        if recipe.class_weights.is_some() || recipe.sample_weights.is_some() {
            stream.weigh(&recipe, &mut prepared)?;
        }
        prepared.stream = Some(stream);
        Ok(prepared)
    }

    fn check_stream(&self) -> Result<(), Error> {
        self.check()?;
        if self.kind == super::Kind::Perceptron {
            let expected = "another one for a file that is gone through in pieces, since Rosenblatt's \
                            rule and its verdict are about all rows";
            return Err(Error::setting("the kind", self.kind, expected));
        }
        let optimizer = self.usual_optimizer();
        if optimizer.is_full_batch() {
            let expected = "one that goes by batches, such as adam, for a file that is gone through in \
                            pieces";
            return Err(Error::setting("the optimiser", optimizer.name(), expected));
        }
        Ok(())
    }

    fn warn_stream(
        &self,
        chunks: &Chunks,
        first: &FirstPass,
        buffer: usize,
        prepared: &mut Prepared,
    ) {
        let many = chunks.columns().iter().filter(|it| it.kind == ChunkKind::ManyTexts);
        let left_out = many.map(|column| format!("column `{}` has {MANY_TEXTS}", column.name));
        prepared.warnings.extend(left_out);
        let drift = first.drift.correlation();
        if drift > SORTED && buffer < first.rows.training {
            prepared.warnings.push(format!(
                "neighbouring rows have like targets (their correlation is {drift:.2}), and of {} \
                 training rows only {buffer} are shuffled at a time, so batches are not like the whole; \
                 shuffle the file, or give more memory",
                first.rows.training
            ));
        }
        let rows = prepared.rows;
        for (part, held, all) in [
            ("validation", rows.validation, first.rows.validation),
            ("test", rows.test, first.rows.test),
        ] {
            if held < all {
                prepared.warnings.push(format!(
                    "of the {all} {part} rows a sample of {held} is held in memory, which stands for all"
                ));
            }
        }
    }
}

impl FirstPass {
    /// The rows of the sample that are learned from, and those that are held, as many as there is room
    /// for once they are prepared.
    pub(super) fn held(&self, split: Split, preparation: &Preparation, budget: &Budget) -> Split {
        let first = |mut rows: Vec<usize>, most: usize| {
            rows.truncate(most);
            rows
        };
        let [learned, validation, test] = budget.held(preparation);
        Split {
            training: first(split.training, learned),
            validation: first(split.validation, validation),
            test: first(split.test, test),
        }
    }
}

impl Prepared {
    /// How the file is gone through, where it is.
    pub fn stream(&self) -> Option<StreamPlan> {
        self.stream.as_ref().map(|stream| stream.plan)
    }

    pub(super) fn preparation(&self) -> &Preparation {
        self.model.preparation.as_ref().expect("it was prepared from a table")
    }
}

pub(super) use budget::Budget as StreamBudget;
