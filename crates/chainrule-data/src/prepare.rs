//! Tables to matrices, in a way that is learned from the training rows and saved with the model.

pub(crate) mod date;
pub(crate) mod encode;
pub(crate) mod feature;
mod fill;
pub(crate) mod fit;
mod judge;
pub(crate) mod kind;
pub(crate) mod scale;
pub(crate) mod stated;

use crate::DataError;
use crate::column::Column;
use crate::distinct::distinct;
use crate::message;
use crate::prepare::encode::Lookup;
use crate::prepare::feature::{Encoding, Feature, LeftOut};
use crate::prepare::fill::{Filler, fill};
use crate::prepare::fit::{Fill, Fitting};
use crate::prepare::kind::StatedKind;
use crate::prepare::scale::Scale;
use crate::statistics::Statistics;
use crate::table::{ImageShape, Table};
use crate::target::{TargetEncoding, Targets};
use crate::task::{Task, rows_with_targets};
use std::collections::{HashMap, HashSet};

/// The most inputs that a stored preparation may ask for.
const MOST_INPUTS: usize = 1 << 24;

/// The most numbers that an embedding may have for each level.
const MOST_WIDTH: usize = 4096;

/// Categories of more levels than this are embedded when nothing else is said.
const EMBED_ABOVE: usize = 50;

/// Categories of fewer training rows than this are rare, in tables of some size.
const RARE: usize = 3;

/// What becomes of a category that the training rows did not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unseen {
    /// An error that names the cell.
    #[default]
    Refuse,
    /// All inputs of the feature are 0, as if it had none of the known categories.
    Zeros,
}

/// How to prepare a table.
#[derive(Clone, Debug)]
pub struct PrepareOptions {
    /// How to scale numeric columns; [`Scale::Unit`] for images and [`Scale::Standard`] for other
    /// tables when not given.
    pub scale: Option<Scale>,
    /// The task; inferred from the target in the training rows when not given.
    pub task: Option<Task>,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// Kinds of columns that are stated; those of others are told from their values.
    pub kinds: Vec<StatedKind>,
    /// What stands for a missing number; for a missing category the most frequent does. One more input
    /// says that the value is missing, where some are in the training rows.
    pub fill: Fill,
    /// Categories of fewer training rows than this count as one; when not given 3, or fewer in tables of
    /// fewer than 300 rows.
    pub rare: Option<usize>,
    /// Categories of more levels than this become an embedding; when not given 50.
    pub embed_above: Option<usize>,
    /// Whether regression learns targets of mean 0 and standard deviation 1.
    pub scale_target: bool,
    /// What becomes of categories that the training rows did not have.
    pub unseen: Unseen,
}

impl Default for PrepareOptions {
    fn default() -> Self {
        PrepareOptions {
            scale: None,
            task: None,
            drop: Vec::new(),
            kinds: Vec::new(),
            fill: Fill::default(),
            rare: None,
            embed_above: None,
            scale_target: true,
            unseen: Unseen::default(),
        }
    }
}

/// How the columns of a table become the inputs and targets of a network.
///
/// It is fitted on training rows, and then applies to any table with the same columns, in any
/// order. It serialises to JSON for the model file; one that was read from a file must pass
/// [`Preparation::validate`] before it is used.
///
/// ```
/// use chainrule_data::{PrepareOptions, Preparation, SourceOptions, Targets, open};
/// let iris = open("iris", &SourceOptions::default())?.table;
/// let rows: Vec<usize> = (0..150).collect();
/// let preparation =
///     Preparation::fit(&iris, &["species".into()], &rows, &PrepareOptions::default())?;
/// assert_eq!((preparation.inputs(), preparation.outputs()), (4, 3));
/// let inputs = preparation.features(&iris, &rows)?;
/// assert_eq!(inputs.len(), 150 * 4);
/// let Targets::Classes(classes) = preparation.targets(&iris, &rows)? else { panic!() };
/// assert_eq!(preparation.class_names()[classes[149] as usize], "virginica");
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    features: Vec<Feature>,
    /// Columns of the table that are not predicted from since they would say nothing.
    left_out: Vec<LeftOut>,
    scale: Scale,
    image: Option<ImageShape>,
    unseen: Unseen,
    target: TargetEncoding,
}

impl Preparation {
    /// Learns from `rows` of `table` how to prepare tables like it, for predicting `targets`.
    /// Nothing in the result depends on other rows.
    ///
    /// # Errors
    /// Targets, columns to leave out or of stated kinds that are not there, and values that are not of
    /// the stated kind; no column or row left; a target that does not fit the task; one class only; a
    /// class with a single row in the table; numbers too large to scale.
    pub fn fit(
        table: &Table,
        targets: &[String],
        rows: &[usize],
        options: &PrepareOptions,
    ) -> Result<Self, DataError> {
        table.check_rows(rows)?;
        let stated = options.kinds.iter().map(|stated| &stated.column);
        options.drop.iter().chain(stated).try_for_each(|name| table.check_known(name))?;
        let target = TargetEncoding::fit(table, targets, rows, options.task, options.scale_target)?;
        let left_out: HashSet<&String> = targets.iter().chain(&options.drop).collect();
        let columns: Vec<&Column> =
            table.columns().iter().filter(|column| !left_out.contains(&column.name)).collect();
        let no_features = || DataError::NoFeatures {
            file: table.name().to_owned(),
            columns: table.columns().len(),
        };
        if columns.is_empty() {
            return Err(no_features());
        }
        let default = if table.image().is_some() { Scale::Unit } else { Scale::Standard };
        let scale = options.scale.unwrap_or(default);
        let fitting = Fitting {
            table,
            rows,
            scale,
            stated: &options.kinds,
            fill: options.fill,
            rare: options.rare.unwrap_or(RARE.min(rows.len() / 100)),
            embed_above: options.embed_above.unwrap_or(EMBED_ABOVE),
        };
        let (features, left_out) = fitting.features(&columns)?;
        if features.is_empty() {
            return Err(match left_out.is_empty() {
                true => no_features(),
                false => DataError::NothingToLearnFrom {
                    file: table.name().to_owned(),
                    columns: left_out
                        .iter()
                        .map(|it| format!("`{}` ({}: {})", it.name, it.kind, it.reason))
                        .collect(),
                },
            });
        }
        let is_whole_image = |shape: &ImageShape| {
            let pixels: HashSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            (0..shape.pixels()).all(|i| pixels.contains(ImageShape::pixel_name(i).as_str()))
        };
        let image = table.image().filter(is_whole_image);
        Ok(Preparation { features, left_out, scale, image, unseen: options.unseen, target })
    }

    /// The same for all the rows that the statistics are of, the preparation having been fitted to a sample
    /// of them: scalings by mean and deviation or by the extremes, that of a target too, and whether a
    /// column is ever missing are then exact. What stands for a missing value, quantiles, dates and the
    /// categories stay as the sample has them.
    ///
    /// # Errors
    /// Numbers too large to scale.
    pub fn with_statistics(
        mut self,
        statistics: &Statistics,
        file: &str,
    ) -> Result<Self, DataError> {
        for feature in &mut self.features {
            let Some(found) = statistics.of(&feature.name) else { continue };
            feature.indicator |= found.missing > 0;
            let Encoding::Number(number) = &mut feature.encoding else { continue };
            let (false, Some(summary)) = (self.scale.needs_quantiles(), found.summary()) else {
                continue;
            };
            number.scaling = self.scale.fit(&summary).ok_or_else(|| DataError::Unscalable {
                file: file.to_owned(),
                column: feature.name.clone(),
                minimum: summary.minimum,
                maximum: summary.maximum,
            })?;
        }
        self.target.rescale(statistics, file)?;
        Ok(self)
    }

    pub(crate) fn from_parts(
        features: Vec<Feature>,
        scale: Scale,
        unseen: Unseen,
        target: TargetEncoding,
    ) -> Self {
        Preparation { features, left_out: Vec::new(), scale, image: None, unseen, target }
    }

    /// Whether a target of a regression, counted from 0, had whole numbers alone in the training rows.
    pub fn is_whole(&self, target: usize) -> bool {
        self.target.is_whole(target)
    }

    pub(crate) fn target_scalings(&self) -> Vec<(f64, f64)> {
        self.target.scalings()
    }

    /// The inputs of a network for `rows` of `table`: `[rows.len()][inputs()]`, row by row.
    ///
    /// Columns are found by name, in any order; further columns do not matter.
    ///
    /// # Errors
    /// A missing column, text in place of numbers, images of another size, an unseen category
    /// (unless these become zeros), a number that does not fit 32 bits once scaled.
    pub fn features(&self, table: &Table, rows: &[usize]) -> Result<Vec<f32>, DataError> {
        table.check_rows(rows)?;
        let width = self.inputs();
        let mut fillers = Vec::with_capacity(self.features.len());
        let mut start = 0;
        for (feature, column) in self.matching(table)? {
            fillers.push(Filler::new(table, column, feature, start, self.unseen)?);
            start += feature.inputs();
        }
        let mut matrix = vec![0.0; rows.len() * width];
        fill(&fillers, rows, width, &mut matrix)?;
        Ok(matrix)
    }

    /// Every feature with its column.
    fn matching<'a>(
        &'a self,
        table: &'a Table,
    ) -> Result<Vec<(&'a Feature, &'a Column)>, DataError> {
        // Not the size of whole images only: of larger images just the needed pixels are read.
        if let (Some(expected), Some(found)) = (self.image, table.taken_from())
            && expected != found
        {
            let file = table.name().to_owned();
            return Err(DataError::ImageSize { file, expected, found });
        }
        let columns: HashMap<&str, &Column> =
            table.columns().iter().map(|column| (column.name.as_str(), column)).collect();
        let pair = |feature: &'a Feature| match columns.get(feature.name.as_str()) {
            Some(column) => Ok((feature, *column)),
            None => Err(DataError::MissingFeature {
                file: table.name().to_owned(),
                column: feature.name.clone(),
                nearest: message::several_nearest(&feature.name, table.all_names(), 3),
                columns: table.all_names(),
            }),
        };
        self.features.iter().map(pair).collect()
    }

    /// The rows of `table` in which no target is missing: those that a model can be judged on.
    ///
    /// # Errors
    /// A target that is not there, or that is missing in every row.
    pub fn rows_with_targets(&self, table: &Table) -> Result<Vec<usize>, DataError> {
        rows_with_targets(table, &self.target.names)
    }

    /// What a network is to learn for `rows` of `table`: classes for the tasks binary and
    /// multi-class, numbers `[rows.len()][outputs()]` for multi-label and regression, those of
    /// regression scaled.
    ///
    /// # Errors
    /// A missing target, a class that the training rows did not have, a label that is not 0 or 1,
    /// text where numbers are predicted.
    pub fn targets(&self, table: &Table, rows: &[usize]) -> Result<Targets, DataError> {
        self.target.encode(table, rows)
    }

    /// The targets of regression or multi-label as the table has them, not scaled:
    /// `[rows.len()][outputs()]`, row by row.
    ///
    /// # Errors
    /// As [`Preparation::targets`]; also for tasks with classes of text.
    pub fn target_values(&self, table: &Table, rows: &[usize]) -> Result<Vec<f64>, DataError> {
        self.target.numbers(table, rows)
    }

    /// Predictions of regression, `[rows][outputs()]`, in the units of the targets. Those of other
    /// tasks as they are.
    pub fn unscale(&self, outputs: &[f32]) -> Vec<f64> {
        self.target.unscale(outputs)
    }

    /// Categories in `rows` of `table` that the training rows did not have: column, category, rows.
    ///
    /// # Errors
    /// A missing column.
    pub fn unseen_categories(
        &self,
        table: &Table,
        rows: &[usize],
    ) -> Result<Vec<(String, String, usize)>, DataError> {
        table.check_rows(rows)?;
        let mut unseen = Vec::new();
        for (feature, column) in self.matching(table)? {
            if let Encoding::Category(category) = &feature.encoding {
                let lookup = Lookup::new(column, &category.levels);
                let unknown = distinct(column, rows)
                    .into_iter()
                    .filter(|occurrence| lookup.code(occurrence.first_row).is_none());
                unseen.extend(unknown.map(|occurrence| {
                    (column.name.clone(), occurrence.value.name(), occurrence.count)
                }));
            }
        }
        Ok(unseen)
    }

    /// Columns with missing values in `rows` of `table` that had none in the training rows, so that the
    /// network was not told of what stands for them: column, rows.
    ///
    /// # Errors
    /// A missing column.
    pub fn unexpected_missing(
        &self,
        table: &Table,
        rows: &[usize],
    ) -> Result<Vec<(String, usize)>, DataError> {
        table.check_rows(rows)?;
        let missing = |(feature, column): (&Feature, &Column)| {
            let count = rows.iter().filter(|&&row| column.is_missing(row)).count();
            (count > 0 && !feature.indicator).then(|| (feature.name.clone(), count))
        };
        Ok(self.matching(table)?.into_iter().filter_map(missing).collect())
    }

    /// Inputs that hold the number of a level, which a network embeds: the input's place, the levels,
    /// and the numbers to learn for each.
    pub fn embeddings(&self) -> Vec<(usize, usize, usize)> {
        let mut start = 0;
        let mut embeddings = Vec::new();
        for feature in &self.features {
            if let Encoding::Category(category) = &feature.encoding
                && let Some(width) = category.embedding
            {
                embeddings.push((start, category.sizes(), width));
            }
            start += feature.inputs();
        }
        embeddings
    }

    /// Columns that are not predicted from since they would say nothing.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Inputs of a network: one for each number, one for each level of each category, one for each
    /// embedding, several for a date, and one more for a column that may be missing.
    pub fn inputs(&self) -> usize {
        self.features.iter().map(Feature::inputs).sum()
    }

    /// Outputs of a network: one for the task binary, one for each class of multi-class, one for
    /// each target otherwise.
    pub fn outputs(&self) -> usize {
        self.target.outputs()
    }

    /// What is predicted.
    pub fn task(&self) -> Task {
        self.target.task
    }

    /// Why the task is what it is, or `stated`.
    pub fn task_reason(&self) -> &str {
        &self.target.reason
    }

    /// The target columns.
    pub fn target_names(&self) -> &[String] {
        &self.target.names
    }

    /// The classes of the tasks binary and multi-class, sorted; none for other tasks.
    pub fn class_names(&self) -> &[String] {
        &self.target.classes
    }

    /// The columns that are predicted from.
    pub fn columns(&self) -> &[Feature] {
        &self.features
    }

    /// A name for each input: see [`Feature::input_names`].
    pub fn feature_names(&self) -> Vec<String> {
        self.features.iter().flat_map(Feature::input_names).collect()
    }

    /// The columns that hold categories of text, with the target when `targets` is true and its
    /// classes are text.
    pub fn category_names(&self, targets: bool) -> Vec<String> {
        let is_category = |it: &&Feature| matches!(it.encoding, Encoding::Category(_));
        let categories = self.features.iter().filter(is_category).map(|feature| &feature.name);
        let has_text = self.target.classes.iter().any(|class| class.parse::<f64>().is_err());
        let target = if targets && has_text { &self.target.names[..] } else { &[] };
        categories.chain(target).cloned().collect()
    }

    /// The columns that hold numbers.
    pub fn number_names(&self) -> Vec<String> {
        let numbers = self.features.iter().filter(|it| matches!(it.encoding, Encoding::Number(_)));
        numbers.map(|feature| feature.name.clone()).collect()
    }

    /// How numeric columns are scaled.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The size of the images that the rows are, if they are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }

    /// Checks a preparation that comes from a file: that every count and number in it is one that
    /// [`Preparation::fit`] could have made.
    ///
    /// # Errors
    /// [`DataError::Preparation`], saying what is wrong.
    pub fn validate(&self) -> Result<(), DataError> {
        match self.fault().or_else(|| self.target.fault()) {
            None => Ok(()),
            Some(what) => Err(DataError::Preparation { what }),
        }
    }

    fn fault(&self) -> Option<String> {
        if self.features.is_empty() {
            return Some("expected at least one column, found none".into());
        }
        let mut names: HashSet<&str> = self.target.names.iter().map(String::as_str).collect();
        let mut inputs = 0usize;
        for feature in &self.features {
            let name = message::quoted(&feature.name);
            if !names.insert(&feature.name) {
                return Some(format!("the column {name} occurs twice"));
            }
            if let Some(fault) = fault_of(&feature.encoding) {
                return Some(format!("expected {fault} for the column {name}"));
            }
            if feature.kind.is_left_out() {
                return Some(format!(
                    "the column {name} is {}, which is not learned from",
                    feature.kind
                ));
            }
            inputs += feature.inputs();
        }
        let wrong = self.left_out.iter().find(|it| !names.insert(&it.name));
        if let Some(twice) = wrong {
            return Some(format!("the column {} occurs twice", message::quoted(&twice.name)));
        }
        if inputs > MOST_INPUTS {
            return Some(format!("expected at most {MOST_INPUTS} inputs, found {inputs}"));
        }
        let image = self.image?;
        let pixels = image.height.checked_mul(image.width).filter(|&pixels| pixels <= inputs);
        let is_whole = pixels.is_some_and(|pixels| {
            pixels > 0 && (0..pixels).all(|i| names.contains(ImageShape::pixel_name(i).as_str()))
        });
        (!is_whole).then(|| {
            format!("expected a column for each pixel of {} x {}", image.height, image.width)
        })
    }
}

/// What no fit can have made of a column, if anything.
fn fault_of(encoding: &Encoding) -> Option<&'static str> {
    match encoding {
        Encoding::Number(number) => {
            let is_sound = number.scaling.is_sound() && number.fill.is_finite();
            (!is_sound).then_some("a sound scaling")
        }
        Encoding::Date(date) => {
            let different: HashSet<&str> = date.cycles.iter().map(|cycle| cycle.name()).collect();
            let is_sound = date.scaling.is_sound() && date.fill.is_finite();
            (!is_sound || different.len() != date.cycles.len()).then_some("sound dates")
        }
        Encoding::Category(category) => {
            let different: HashSet<&String> = category.levels.iter().collect();
            let is_sound = different.len() == category.levels.len()
                && (category.fill as usize) < category.levels.len()
                && category.embedding.is_none_or(|width| (1..=MOST_WIDTH).contains(&width))
                && (category.other || category.embedding.is_none());
            (!is_sound).then_some("different categories, the most frequent among them,")
        }
    }
}
