//! Sets and intervals for the rows of a table.

use super::Conformal;
use super::answers::Form;
use crate::recipe::{inputs, preparation_of};
use crate::{Error, Model};
use chainrule_data::{Preparation, Table, Targets, Task};
use serde::Serialize;

/// For each row of a table what it may be: sets of classes or answers, or intervals.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Regions {
    /// What is predicted.
    pub task: Task,
    /// How often the truth is to be within.
    pub coverage: f64,
    /// The columns that are predicted.
    pub targets: Vec<String>,
    /// The classes of the tasks binary and multi-class; of multi-label the answers 0 and 1; else none.
    pub classes: Vec<String>,
    /// Rows.
    pub rows: usize,
    /// Whether each class is in the set: rows x classes, of multi-label rows x labels x 2. Nothing for a
    /// regression.
    pub sets: Vec<bool>,
    /// The lower and the upper end for each target of a regression: rows x targets. Nothing for others. Of
    /// a target that had whole numbers alone the ends are such, unless there is none between them.
    pub intervals: Vec<[f64; 2]>,
}

/// How often the truth was within the regions, and how large they were.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Observed {
    /// Rows.
    pub rows: usize,
    /// For each target or label, or for the class, the share of the rows whose truth was within.
    pub coverage: Vec<f64>,
    /// For each the mean number of classes or answers in the set, or the width of the interval in units
    /// of the target.
    pub size: Vec<f64>,
}

impl Regions {
    /// The columns that [`Regions::line`] fills: the target's name with `_set`, or with `_lower` and
    /// `_upper`.
    pub fn header(&self) -> Vec<String> {
        let endings: &[&str] = match self.task {
            Task::Regression => &["lower", "upper"],
            _ => &["set"],
        };
        let names = |target: &String| {
            let target = target.clone();
            endings.iter().map(move |ending| format!("{target}_{ending}"))
        };
        self.targets.iter().flat_map(names).collect()
    }

    /// A row as text: sets as `setosa|versicolor`, an empty one as nothing; ends of intervals as numbers.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn line(&self, row: usize) -> Vec<String> {
        let targets = self.targets.len();
        match self.task {
            Task::Regression => self.intervals[row * targets..][..targets]
                .iter()
                .flatten()
                .map(f64::to_string)
                .collect(),
            _ => (0..targets).map(|target| self.set(row, target).join("|")).collect(),
        }
    }

    /// The classes, or of a label the answers, that a row's set holds.
    ///
    /// # Panics
    /// When there is no such row or target.
    pub fn set(&self, row: usize, target: usize) -> Vec<&str> {
        let width = self.classes.len();
        let held = &self.sets[(row * self.targets.len() + target) * width..][..width];
        let classes = self.classes.iter().zip(held);
        classes.filter(|(_, held)| **held).map(|(class, _)| class.as_str()).collect()
    }
}

/// Predicts for each row of a table a set of classes, or an interval for each number, that holds the
/// truth with probability `coverage`, by the scores in the model: see [`Conformal`].
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::confidence::predict_regions;
/// use chainrule::data::{SourceOptions, open};
/// let iris = open("iris", &SourceOptions::default())?;
/// let trained = Recipe { validation: 0.2, ..Recipe::default() }.train(&iris)?;
/// let regions = predict_regions(&trained.model, &iris.table, 0.9)?;
/// assert_eq!(regions.header(), ["species_set"]);
/// assert_eq!(regions.line(0), ["setosa"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A coverage outside of (0, 1), or above what there were rows for; a model without scores; whatever does
/// not fit in the table.
pub fn predict_regions(model: &Model, table: &Table, coverage: f64) -> Result<Regions, Error> {
    let preparation = preparation_of(model)?;
    let thresholds = thresholds(model, coverage)?;
    let rows: Vec<usize> = (0..table.rows()).collect();
    let inputs = inputs(preparation, table, &rows)?;
    let task = preparation.task();
    let mut regions = Regions {
        task,
        coverage,
        targets: preparation.target_names().to_vec(),
        classes: match task {
            Task::MultiLabel => vec!["0".to_string(), "1".to_string()],
            _ => preparation.class_names().to_vec(),
        },
        rows: rows.len(),
        sets: Vec::new(),
        intervals: Vec::new(),
    };
    if task == Task::Regression {
        let outputs = model.predict(inputs.view())?;
        let values = preparation.unscale(&outputs.into_iter().collect::<Vec<f32>>());
        let targets = thresholds.iter().enumerate().cycle();
        let interval = |(value, (target, q)): (&f64, (usize, &f64))| {
            let (lower, upper) = (value - q, value + q);
            // A target of whole numbers is nowhere between two of them.
            match preparation.is_whole(target) && lower.ceil() <= upper.floor() {
                true => [lower.ceil(), upper.floor()],
                false => [lower, upper],
            }
        };
        regions.intervals = values.iter().zip(targets).map(interval).collect();
        return Ok(regions);
    }
    let form = Form::of(model).expect("a model with scores of classes gives probabilities");
    let temperature = model.confidence.temperature();
    for logits in model.logits(inputs.view())?.rows() {
        let logits: Vec<f64> = logits.iter().map(|&z| f64::from(z) / temperature).collect();
        let surprises = surprises(form, task, &logits);
        let of_target = surprises.chunks(regions.classes.len()).zip(&thresholds);
        regions.sets.extend(of_target.flat_map(|(some, q)| some.iter().map(move |it| it <= q)));
    }
    Ok(regions)
}

/// -ln p of every class, or of both answers to every label.
fn surprises(form: Form, task: Task, logits: &[f64]) -> Vec<f64> {
    let both = |output| [false, true].map(|holds| form.surprise(logits, output, holds));
    match (task, logits.len()) {
        (Task::MultiLabel, outputs) => (0..outputs).flat_map(both).collect(),
        (_, 1) => both(0).to_vec(),
        (_, outputs) => (0..outputs).map(|output| form.surprise(logits, output, true)).collect(),
    }
}

/// The largest score within, for each target.
fn thresholds(model: &Model, coverage: f64) -> Result<Vec<f64>, Error> {
    const NAME: &str = "the coverage";
    if !(coverage > 0.0 && coverage < 1.0) {
        return Err(Error::setting(NAME, coverage, "above 0 and below 1"));
    }
    let Some(conformal) = &model.confidence.conformal else {
        return Err(Error::Examples {
            what: "the model",
            expected:
                "one that was trained with validation rows, whose scores say how large sets and \
                       intervals must be"
                    .to_string(),
            found: "one without scores; train it again with a share of validation rows above 0"
                .to_string(),
        });
    };
    let found: Option<Vec<f64>> =
        (0..conformal.scores.len()).map(|target| conformal.threshold(target, coverage)).collect();
    found.ok_or_else(|| {
        let expected = format!(
            "at most {:.4} for a model with {} validation rows; train it with a larger share of them",
            conformal.most(),
            conformal.rows
        );
        Error::setting(NAME, coverage, &expected)
    })
}

/// How often the truth about the rows of a table is within what [`predict_regions`] says of them.
///
/// # Errors
/// As for [`predict_regions`]; targets that are missing or do not fit.
pub fn observe_regions(model: &Model, table: &Table, coverage: f64) -> Result<Observed, Error> {
    let regions = predict_regions(model, table, coverage)?;
    let preparation = preparation_of(model)?;
    let rows: Vec<usize> = (0..table.rows()).collect();
    let targets = regions.targets.len();
    let (mut held, mut size) = (vec![0.0; targets], vec![0.0; targets]);
    if regions.task == Task::Regression {
        let truth = preparation.target_values(table, &rows)?;
        for (place, ([lower, upper], y)) in regions.intervals.iter().zip(truth).enumerate() {
            held[place % targets] += f64::from(u8::from((*lower..=*upper).contains(&y)));
            size[place % targets] += upper - lower;
        }
    } else {
        let truth: Vec<usize> = match preparation.targets(table, &rows)? {
            Targets::Classes(classes) => classes.iter().map(|&class| class as usize).collect(),
            Targets::Values { values, .. } => {
                values.iter().map(|&label| usize::from(label >= 0.5)).collect()
            }
        };
        for (place, (set, y)) in regions.sets.chunks(regions.classes.len()).zip(truth).enumerate() {
            held[place % targets] += f64::from(u8::from(set[y]));
            size[place % targets] += set.iter().filter(|held| **held).count() as f64;
        }
    }
    let mean = |sum: f64| sum / rows.len() as f64;
    Ok(Observed {
        rows: rows.len(),
        coverage: held.into_iter().map(mean).collect(),
        size: size.into_iter().map(mean).collect(),
    })
}

impl Conformal {
    /// Of a model on rows that it has not learned from, given its outputs for a regression or its
    /// calibrated logits, and the targets as it meets them; nothing for a model of classes without
    /// probabilities.
    pub(crate) fn of_rows(
        model: &Model,
        preparation: &Preparation,
        answers: &ndarray::Array2<f64>,
        targets: &Targets,
        units: &[f64],
    ) -> Option<Conformal> {
        let task = preparation.task();
        let lists = match targets {
            Targets::Values { values, columns } if task == Task::Regression => {
                let mut lists = vec![Vec::new(); *columns];
                for (place, (output, &y)) in answers.iter().zip(values).enumerate() {
                    let unit = units[place % columns];
                    lists[place % columns].push((output - f64::from(y)).abs() * unit);
                }
                lists
            }
            Targets::Values { values, columns } => {
                let form = Form::of(model)?;
                let mut lists = vec![Vec::new(); *columns];
                for (logits, labels) in answers.rows().into_iter().zip(values.chunks(*columns)) {
                    let logits = logits.to_vec();
                    for (label, (&holds, list)) in labels.iter().zip(&mut lists).enumerate() {
                        list.push(form.surprise(&logits, label, holds >= 0.5));
                    }
                }
                lists
            }
            Targets::Classes(classes) => {
                let form = Form::of(model)?;
                let score = |(logits, &class): (ndarray::ArrayView1<'_, f64>, &u32)| {
                    surprises(form, task, &logits.to_vec())[class as usize]
                };
                vec![answers.rows().into_iter().zip(classes).map(score).collect()]
            }
        };
        Some(Conformal::new(lists))
    }
}
