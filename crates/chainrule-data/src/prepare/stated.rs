//! A preparation that is stated rather than learned, for networks that are written down.

use crate::DataError;
use crate::prepare::feature::{Encoding, Feature, NumberEncoding};
use crate::prepare::kind::ColumnKind;
use crate::prepare::scale::{NumberScaling, Scale, Scaling};
use crate::prepare::{Preparation, Unseen};
use crate::target::TargetEncoding;
use crate::task::Task;

/// What a network that is written down reads and predicts: columns of numbers, and its targets.
///
/// ```
/// use chainrule_data::{Scaling, StatedPreparation, Task};
/// let unscaled = Scaling { offset: 0.0, factor: 1.0 };
/// let stated = StatedPreparation {
///     columns: vec![("x1".into(), unscaled), ("x2".into(), unscaled)],
///     targets: vec!["y".into()],
///     task: Task::Binary,
///     classes: vec!["0".into(), "1".into()],
///     target_scalings: Vec::new(),
/// };
/// assert_eq!(stated.prepare()?.inputs(), 2);
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StatedPreparation {
    /// The columns in the order of the inputs, and how each is scaled.
    pub columns: Vec<(String, Scaling)>,
    /// The target columns.
    pub targets: Vec<String>,
    /// What is predicted.
    pub task: Task,
    /// The classes of the tasks binary and multi-class, in the order of the outputs; none for others.
    pub classes: Vec<String>,
    /// For a regression the mean and the deviation of each target: y = output * deviation + mean.
    /// Empty for targets that are not scaled.
    pub target_scalings: Vec<(f64, f64)>,
}

impl StatedPreparation {
    /// The preparation.
    ///
    /// # Errors
    /// [`DataError::Preparation`]: a column twice, numbers that are not finite, classes that do not
    /// fit the task.
    pub fn prepare(self) -> Result<Preparation, DataError> {
        let is_plain = |scaling: &Scaling| scaling.offset == 0.0 && scaling.factor == 1.0;
        let scale = match self.columns.iter().all(|(_, scaling)| is_plain(scaling)) {
            true => Scale::None,
            false => Scale::Standard,
        };
        let feature = |(name, scaling): (String, Scaling)| Feature {
            name,
            kind: ColumnKind::Numeric,
            reason: "stated".to_owned(),
            encoding: Encoding::Number(NumberEncoding {
                // A missing number is taken for the one that becomes zero.
                fill: scaling.offset,
                scaling: NumberScaling::Linear(scaling),
            }),
            indicator: false,
        };
        let features = self.columns.into_iter().map(feature).collect();
        let scalings = match self.target_scalings.is_empty() && self.task == Task::Regression {
            true => vec![(0.0, 1.0); self.targets.len()],
            false => self.target_scalings,
        };
        let target = TargetEncoding::stated(self.targets, self.task, self.classes, &scalings);
        let preparation = Preparation::from_parts(features, scale, Unseen::Refuse, target);
        preparation.validate()?;
        Ok(preparation)
    }
}

impl Preparation {
    /// The same as a statement, if its columns are numbers.
    pub fn stated(&self) -> Option<StatedPreparation> {
        let column = |feature: &Feature| match &feature.encoding {
            Encoding::Number(number) if !feature.indicator => {
                number.scaling.linear().map(|scaling| (feature.name.clone(), scaling))
            }
            _ => None,
        };
        Some(StatedPreparation {
            columns: self.columns().iter().map(column).collect::<Option<_>>()?,
            targets: self.target_names().to_vec(),
            task: self.task(),
            classes: self.class_names().to_vec(),
            target_scalings: self.target_scalings(),
        })
    }
}
