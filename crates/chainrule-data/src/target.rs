//! Targets as numbers to learn, and predictions back in the target's own terms.

use crate::DataError;
use crate::column::{Column, Values};
use crate::distinct::distinct;
use crate::prepare::encode::Lookup;
use crate::prepare::scale::Summary;
use crate::statistics::Statistics;
use crate::table::Table;
use crate::task::{Task, check_lone_rows, infer};
use std::collections::HashSet;

/// What a network is to learn, for some rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// The class of each row, as its place among the class names.
    Classes(Vec<u32>),
    /// Numbers, row by row: labels that are 0 or 1, or what regression predicts.
    Values {
        /// Rows times columns of them.
        values: Vec<f32>,
        /// Numbers of each row.
        columns: usize,
    },
}

/// learned = (y - mean) / deviation.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetScaling {
    mean: f64,
    deviation: f64,
}

/// How the target columns become numbers.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetEncoding {
    pub(crate) names: Vec<String>,
    pub(crate) task: Task,
    pub(crate) reason: String,
    /// Names of the classes; empty for tasks without.
    pub(crate) classes: Vec<String>,
    /// One for each target of a regression; empty for other tasks.
    scalings: Vec<TargetScaling>,
    /// For each target of a regression whether only whole numbers were seen; empty where none is such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    whole: Vec<bool>,
}

impl TargetEncoding {
    /// Learns classes and scaling from `rows`.
    pub(crate) fn fit(
        table: &Table,
        targets: &[String],
        rows: &[usize],
        stated: Option<Task>,
        scale: bool,
    ) -> Result<Self, DataError> {
        let (task, reason) = infer(table, targets, rows, stated)?;
        for name in targets {
            let column = table.column(name)?;
            if let Some(&row) = rows.iter().find(|&&row| column.is_missing(row)) {
                return Err(DataError::MissingTarget { place: table.place(row, name) });
            }
        }
        let mut classes = Vec::new();
        let mut scalings = Vec::new();
        if task.has_classes() {
            let column = table.column(&targets[0])?;
            let found = distinct(column, rows);
            if found.iter().any(|class| class.count == 1) {
                // One row among these may be one of several in the table.
                let all: Vec<usize> = (0..table.rows()).collect();
                check_lone_rows(table, column, &distinct(column, &all))?;
            }
            classes = found.iter().map(|class| class.value.name()).collect();
        } else if task == Task::Regression {
            for name in targets {
                scalings.push(if scale {
                    TargetScaling::fit(table, table.column(name)?, rows)?
                } else {
                    TargetScaling { mean: 0.0, deviation: 1.0 }
                });
            }
        }
        let names = targets.to_vec();
        let mut target =
            TargetEncoding { names, task, reason, classes, scalings, whole: Vec::new() };
        if task == Task::Regression {
            target.whole = target.only_whole(table, rows)?;
        }
        Ok(target)
    }

    /// What was not learned but stated; `scalings` are means and deviations.
    pub(crate) fn stated(
        names: Vec<String>,
        task: Task,
        classes: Vec<String>,
        scalings: &[(f64, f64)],
    ) -> Self {
        let scaling = |&(mean, deviation): &(f64, f64)| TargetScaling { mean, deviation };
        let scalings = scalings.iter().map(scaling).collect();
        let (reason, whole) = ("stated".to_owned(), Vec::new());
        TargetEncoding { names, task, reason, classes, scalings, whole }
    }

    /// For each target whether it holds whole numbers alone; empty if none does.
    fn only_whole(&self, table: &Table, rows: &[usize]) -> Result<Vec<bool>, DataError> {
        let mut whole = vec![true; self.names.len()];
        for line in self.numbers(table, rows)?.chunks(self.names.len()) {
            whole.iter_mut().zip(line).for_each(|(whole, y)| *whole &= y.fract() == 0.0);
        }
        Ok(if whole.contains(&true) { whole } else { Vec::new() })
    }

    /// Whether all values of a target were whole numbers.
    pub(crate) fn is_whole(&self, target: usize) -> bool {
        self.whole.get(target) == Some(&true)
    }

    pub(crate) fn scalings(&self) -> Vec<(f64, f64)> {
        self.scalings.iter().map(|scaling| (scaling.mean, scaling.deviation)).collect()
    }

    /// Scales targets that were scaled by what is known of more rows.
    pub(crate) fn rescale(&mut self, statistics: &Statistics, file: &str) -> Result<(), DataError> {
        let plain = TargetScaling { mean: 0.0, deviation: 1.0 };
        for (scaling, name) in self.scalings.iter_mut().zip(&self.names) {
            let summary = statistics.of(name).and_then(|found| found.summary());
            if let (true, Some(summary)) = (*scaling != plain, summary) {
                *scaling = TargetScaling::of(&summary, file, name)?;
            }
        }
        Ok(())
    }

    /// Numbers that a network puts out for one row.
    pub(crate) fn outputs(&self) -> usize {
        match self.task {
            Task::Binary => 1,
            Task::MultiClass => self.classes.len(),
            Task::MultiLabel | Task::Regression => self.names.len(),
        }
    }

    pub(crate) fn encode(&self, table: &Table, rows: &[usize]) -> Result<Targets, DataError> {
        table.check_rows(rows)?;
        if self.task.has_classes() {
            return self.encode_classes(table, rows).map(Targets::Classes);
        }
        let columns = self.names.len();
        let mut values = vec![0.0; rows.len() * columns];
        for (index, name) in self.names.iter().enumerate() {
            let column = table.column(name)?;
            for (line, &row) in values.chunks_exact_mut(columns).zip(rows) {
                let value = self.number(table, column, row)?;
                let learned = match self.scalings.get(index) {
                    Some(scaling) => ((value - scaling.mean) / scaling.deviation) as f32,
                    None => value as f32,
                };
                if !learned.is_finite() {
                    let place = table.place(row, name);
                    return Err(DataError::BeyondRange { place, value });
                }
                line[index] = learned;
            }
        }
        Ok(Targets::Values { values, columns })
    }

    fn encode_classes(&self, table: &Table, rows: &[usize]) -> Result<Vec<u32>, DataError> {
        let column = table.column(&self.names[0])?;
        let lookup = Lookup::new(column, &self.classes);
        let code = |&row: &usize| {
            if column.is_missing(row) {
                return Err(DataError::MissingTarget { place: table.place(row, &column.name) });
            }
            lookup.code(row).ok_or_else(|| DataError::UnseenClass {
                place: table.place(row, &column.name),
                value: column.cell(row),
                classes: self.classes.clone(),
            })
        };
        rows.iter().map(code).collect()
    }

    /// The value of a target that is a number.
    fn number(&self, table: &Table, column: &Column, row: usize) -> Result<f64, DataError> {
        let place = || table.place(row, &column.name);
        match column.number(row) {
            None if column.is_missing(row) => Err(DataError::MissingTarget { place: place() }),
            None => Err(DataError::TextTarget {
                place: place(),
                task: self.task,
                value: column.cell(row),
            }),
            Some(number) if self.task == Task::MultiLabel && number != 0.0 && number != 1.0 => {
                Err(DataError::NotZeroOne { place: place(), value: column.cell(row) })
            }
            Some(number) => Ok(number),
        }
    }

    /// The targets that are numbers as the table has them, row by row.
    pub(crate) fn numbers(&self, table: &Table, rows: &[usize]) -> Result<Vec<f64>, DataError> {
        table.check_rows(rows)?;
        let columns: Vec<&Column> =
            self.names.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
        let cells = rows.iter().flat_map(|&row| columns.iter().map(move |column| (*column, row)));
        cells.map(|(column, row)| self.number(table, column, row)).collect()
    }

    pub(crate) fn unscale(&self, outputs: &[f32]) -> Vec<f64> {
        if self.scalings.is_empty() {
            return outputs.iter().map(|&output| output.into()).collect();
        }
        let scalings = self.scalings.iter().cycle();
        let unscale = |(&output, scaling): (&f32, &TargetScaling)| {
            f64::from(output) * scaling.deviation + scaling.mean
        };
        outputs.iter().zip(scalings).map(unscale).collect()
    }

    /// What no fit can have made, if anything.
    pub(crate) fn fault(&self) -> Option<String> {
        let names: HashSet<&String> = self.names.iter().collect();
        if names.is_empty() || names.len() != self.names.len() {
            return Some("expected one target or several with different names".into());
        }
        let classes: HashSet<&String> = self.classes.iter().collect();
        let count = self.classes.len();
        let right_count = match self.task {
            Task::Binary => count == 2,
            Task::MultiClass => count >= 2,
            Task::Regression | Task::MultiLabel => count == 0,
        };
        if !right_count || classes.len() != count {
            return Some(format!(
                "found {count} classes, {} of them different, for the task {}",
                classes.len(),
                self.task
            ));
        }
        if self.task.has_classes() && names.len() != 1 {
            return Some(format!("found {} targets for the task {}", names.len(), self.task));
        }
        let scalings = if self.task == Task::Regression { self.names.len() } else { 0 };
        if self.scalings.len() != scalings {
            return Some(format!(
                "expected {scalings} target scalings, found {}",
                self.scalings.len()
            ));
        }
        if !self.whole.is_empty() && self.whole.len() != scalings {
            return Some(format!("expected {scalings} targets, found {}", self.whole.len()));
        }
        let is_sound = |scaling: &TargetScaling| {
            scaling.mean.is_finite() && scaling.deviation.is_finite() && scaling.deviation > 0.0
        };
        if !self.scalings.iter().all(is_sound) {
            return Some("expected finite target scalings with a deviation above 0".into());
        }
        None
    }
}

impl TargetScaling {
    /// Mean and standard deviation in `rows`; a target that is constant there keeps its size.
    fn fit(table: &Table, column: &Column, rows: &[usize]) -> Result<Self, DataError> {
        let summary = match &column.values {
            Values::Numbers(values) | Values::Times(values) => {
                Summary::of(rows.iter().map(|&row| values[row]))
            }
            Values::Bytes(values) => Summary::of(rows.iter().map(|&row| values[row].into())),
            // Refused when the task was inferred.
            Values::Text { .. } => unreachable!("regression has numeric targets"),
        };
        TargetScaling::of(&summary, table.name(), &column.name)
    }

    fn of(summary: &Summary, file: &str, column: &str) -> Result<Self, DataError> {
        if summary.minimum == summary.maximum {
            return Ok(TargetScaling { mean: summary.minimum, deviation: 1.0 });
        }
        let Summary { mean, deviation, .. } = *summary;
        if !mean.is_finite() || !deviation.is_finite() || deviation <= 0.0 {
            return Err(DataError::Unscalable {
                file: file.to_owned(),
                column: column.to_owned(),
                minimum: summary.minimum,
                maximum: summary.maximum,
            });
        }
        Ok(TargetScaling { mean, deviation })
    }
}
