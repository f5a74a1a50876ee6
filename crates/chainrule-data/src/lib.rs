//! From files to the matrices that a network reads: tables, and how their columns become numbers.
//!
//! ```text
//! open        a name or a path          -> Dataset of tables        (source, read/)
//! judge       the target                -> task, classes            (task)
//! split       rows, classes, a stream   -> training and test rows   (split)
//! fit         training rows             -> Preparation              (prepare/)
//! apply       Preparation, table, rows  -> features and targets     (prepare/fill, target)
//! ```
//!
//! ```
//! use chainrule_data::*;
//! use chainrule_math::random::Stream;
//!
//! let data = open("digits", &SourceOptions::default())?;
//! let target = vec![data.target.unwrap()];
//! let judged = judge_target(&data.table, &target, None)?;
//! let rows: Vec<usize> = (0..data.table.rows()).collect();
//! let (training, test) =
//!     stratified_split(judged.labels.as_deref(), &rows, 0.2, &mut Stream::new(1, "split.test"));
//!
//! let options = PrepareOptions { task: Some(judged.task), ..PrepareOptions::default() };
//! let preparation = Preparation::fit(&data.table, &target, &training, &options)?;
//! let inputs: Vec<f32> = preparation.features(&data.table, &training)?; // [training][64]
//! let classes: Targets = preparation.targets(&data.table, &training)?;
//! # assert_eq!((inputs.len(), test.len()), (1438 * 64, 359));
//! # assert!(matches!(classes, Targets::Classes(classes) if classes.len() == 1438));
//! # Ok::<(), DataError>(())
//! ```

#![forbid(unsafe_code)]

mod column;
mod describe;
mod distinct;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
mod folder;
mod folds;
mod message;
mod prepare;
mod read;
mod sample;
mod side_by_side;
mod source;
mod split;
mod statistics;
mod table;
mod target;
mod task;
mod time;
pub mod toys;

pub use column::{Column, MISSING, Values};
pub use describe::{ColumnSummary, NumberSummary};
pub use error::{DataError, Place};
pub use folder::data_folder;
pub use folds::{Fold, FoldOptions, FoldScheme, Folds};
pub use prepare::date::Cycle;
pub use prepare::feature::{
    CategoryEncoding, DateEncoding, Encoding, Feature, LeftOut, NumberEncoding,
};
pub use prepare::fit::Fill;
pub use prepare::kind::{ColumnKind, StatedKind};
pub use prepare::scale::{NumberScaling, Scale, Scaling};
pub use prepare::stated::StatedPreparation;
pub use prepare::{Preparation, PrepareOptions, Unseen};
pub use read::chunks::{ChunkColumn, ChunkKind, Chunks};
pub use read::csv::{CsvOptions, Header, parse_csv, read_csv};
pub use read::idx::{find_labels, parse_idx, read_idx};
pub use sample::{Reservoir, RowStore};
pub use source::{DATA_SETS, Dataset, SourceOptions, open, parse};
pub use split::{FEWEST_ROWS_TO_SPLIT, stratified_split};
pub use statistics::{ColumnStatistics, Statistics};
pub use table::{ColumnChoice, ImageShape, Table};
pub use target::Targets;
pub use task::{Judgement, Task, judge_target, rows_with_targets};
