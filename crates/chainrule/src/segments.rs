//! Where a model errs more than elsewhere: its error in groups of rows, column by column.
//!
//! Every column that is predicted from parts the rows into segments: its values or categories, or
//! fifths of its numbers. The fewer rows a segment has, the more its error owes to chance, so each
//! comes with an interval, and one is called worse only when so wide an interval that chance alone
//! would hardly put any of all segments outside still lies above the error of all rows.

use crate::recipe::{Predictions, preparation_of};
use crate::{Error, Model};
use chainrule_data::{Column, MISSING, Table, Targets, Task, Values};
use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF, Normal, StudentsT};
use std::collections::HashMap;

/// Segments of the numbers of a column that has more different ones than [`MOST_VALUES`].
const PARTS: usize = 5;
/// Different values that are segments of their own, at most; of more categories the rarer ones are
/// one segment together.
const MOST_VALUES: usize = 8;
/// How often chance may put the true error outside of an interval.
const OUTSIDE: f64 = 0.05;

/// What the error of a row is; the smaller, the better.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowError {
    /// 1 where the class is wrong, else 0. Their mean is 1 - accuracy.
    Wrong,
    /// The share of labels that are wrong. Their mean is the Hamming loss.
    WrongLabels,
    /// |y - p|, the mean over the targets, in their units. Their mean is the mean absolute error.
    Absolute,
}

impl RowError {
    /// The name of the mean over rows.
    pub fn mean_name(self) -> &'static str {
        match self {
            RowError::Wrong => "error rate",
            RowError::WrongLabels => "Hamming loss",
            RowError::Absolute => "mean absolute error",
        }
    }
}

/// The error of every row of a table.
#[derive(Clone, PartialEq, Debug)]
pub struct RowErrors {
    /// What it is.
    pub kind: RowError,
    /// One for each row.
    pub of_rows: Vec<f64>,
}

impl RowErrors {
    /// Compares predictions of all rows of a table with its targets.
    ///
    /// # Errors
    /// A model that was not trained on a table, and targets that do not fit it.
    pub fn of(model: &Model, table: &Table, predictions: &Predictions) -> Result<RowErrors, Error> {
        let preparation = preparation_of(model)?;
        let rows: Vec<usize> = (0..table.rows()).collect();
        let columns = predictions.targets.len();
        let (kind, of_rows) = match (predictions.task, preparation.targets(table, &rows)?) {
            (Task::Regression, _) => {
                let truth = preparation.target_values(table, &rows)?;
                let of_row = |(truth, predicted): (&[f64], &[f64])| {
                    let errors = truth.iter().zip(predicted).map(|(y, p)| (y - p).abs());
                    errors.sum::<f64>() / columns as f64
                };
                let lines = truth.chunks_exact(columns);
                let errors = lines.zip(predictions.values.chunks_exact(columns)).map(of_row);
                (RowError::Absolute, errors.collect())
            }
            (_, Targets::Classes(truth)) => {
                let pairs = truth.iter().zip(&predictions.predicted_classes);
                let errors =
                    pairs.map(|(truth, predicted)| f64::from(u8::from(truth != predicted)));
                (RowError::Wrong, errors.collect())
            }
            (_, Targets::Values { values, columns }) => {
                let of_row = |(truth, predicted): (&[f32], &[f32])| {
                    let is_wrong = |(truth, predicted): &(&f32, &f32)| {
                        (f64::from(**predicted) >= predictions.threshold) != (**truth >= 0.5)
                    };
                    truth.iter().zip(predicted).filter(is_wrong).count() as f64 / columns as f64
                };
                let lines = values.chunks_exact(columns);
                let errors = lines.zip(predictions.probabilities.chunks_exact(columns)).map(of_row);
                (RowError::WrongLabels, errors.collect())
            }
        };
        Ok(RowErrors { kind, of_rows })
    }

    /// The error of all rows: the mean of theirs.
    pub fn mean(&self) -> f64 {
        Moments::of(self.of_rows.iter().copied()).mean
    }
}

/// The error of a model in the segments of every column.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Segments {
    /// What the error of a row is.
    pub error: RowError,
    /// The mean error of all rows.
    pub mean: f64,
    /// Segments of all columns together.
    pub count: usize,
    /// The columns, the one that explains most first.
    pub columns: Vec<ColumnSegments>,
}

/// The error in the segments of one column.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ColumnSegments {
    /// The column.
    pub name: String,
    /// The share of the variance of the rows' errors that the segments explain, less what they would
    /// by chance: epsilon squared = (S_between - (k - 1) M_within) / S_all, at least 0, with the sums
    /// of squares S, the mean square M and k segments (Kelley, An unbiased correlation ratio
    /// measure, 1935).
    pub explained: f64,
    /// From the smallest numbers to the largest, or from the most frequent category on; rows without
    /// a value are the last.
    pub segments: Vec<Segment>,
}

/// Some rows that have something in common.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Segment {
    /// What they have in common.
    pub name: String,
    /// How many they are.
    pub rows: usize,
    /// Their mean error.
    pub mean: f64,
    /// Where the error of such rows lies with a confidence of 95 %: for classes by Wilson (Probable
    /// inference, 1927, equation 13), else by Student's t. Nothing where one row tells no spread.
    pub interval: Option<(f64, f64)>,
    /// Whether it is worse than all rows beyond chance: the lower end of an interval of confidence
    /// 1 - 0.05 / (number of all segments) lies above their mean (Bonferroni's correction). For
    /// classes the interval is the exact one (Clopper and Pearson, The use of confidence or fiducial
    /// limits, 1934), since Wilson's is too short where a few rows are mostly wrong.
    pub is_worse: bool,
}

/// Where the share of such rows lies that something holds for, with a confidence of 95 %, when it
/// holds for `share` of `rows` (Wilson, Probable inference, 1927, equation 13). Of no rows nothing is
/// known: 0 to 1.
///
/// ```
/// use chainrule::segments::share_interval;
/// let (low, high) = share_interval(0.3, 10);
/// assert!((low - 0.1078).abs() < 1e-4 && (high - 0.6032).abs() < 1e-4);
/// ```
pub fn share_interval(share: f64, rows: usize) -> (f64, f64) {
    wilson(share, rows, OUTSIDE)
}

fn wilson(share: f64, rows: usize, outside: f64) -> (f64, f64) {
    if rows == 0 {
        return (0.0, 1.0);
    }
    let rows = rows as f64;
    let z = Normal::standard().inverse_cdf(1.0 - outside / 2.0);
    let z2 = z * z / rows;
    let half = z * (share * (1.0 - share) / rows + z2 / (4.0 * rows)).sqrt();
    let end = |half: f64| ((share + z2 / 2.0 + half) / (1.0 + z2)).clamp(0.0, 1.0);
    (end(-half), end(half))
}

/// Parts the rows by every column in turn and finds the mean error in each segment.
///
/// ```
/// use chainrule::data::{Column, Table};
/// use chainrule::segments::{RowError, RowErrors, segments};
/// // Wrong on 30 of the 40 rows from the north, on none of the 60 from the south.
/// let side: Vec<&str> = (0..100).map(|row| if row < 40 { "north" } else { "south" }).collect();
/// let table = Table::new("made up", vec![Column::text("side", &side)])?;
/// let of_rows = (0..100).map(|row| if row < 30 { 1.0 } else { 0.0 }).collect();
/// let errors = RowErrors { kind: RowError::Wrong, of_rows };
/// let found = segments(&table, &["side"], &errors)?;
/// let (south, north) = (&found.columns[0].segments[0], &found.columns[0].segments[1]);
/// assert_eq!((north.name.as_str(), north.rows, north.mean, north.is_worse), ("north", 40, 0.75, true));
/// assert!(!south.is_worse);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// A column that the table does not have.
///
/// # Panics
/// When the errors are not one for each row of the table.
pub fn segments(table: &Table, columns: &[&str], errors: &RowErrors) -> Result<Segments, Error> {
    assert!(errors.of_rows.len() == table.rows(), "an error for each row");
    let mut parted = Vec::with_capacity(columns.len());
    for name in columns {
        let column = table.column(name)?;
        parted.push((column, groups(column)));
    }
    let all = Moments::of(errors.of_rows.iter().copied());
    let count = parted.iter().map(|(_, groups)| groups.len()).sum();
    let column = |(column, groups): (&Column, Vec<Group>)| {
        let moments: Vec<Moments> = groups
            .iter()
            .map(|group| Moments::of(group.rows.iter().map(|&row| errors.of_rows[row])))
            .collect();
        let segment = |(group, found): (Group, &Moments)| Segment {
            name: group.name,
            rows: found.count,
            mean: found.mean,
            interval: found.interval(errors.kind, OUTSIDE),
            is_worse: found
                .lower_end(errors.kind, OUTSIDE / count as f64)
                .is_some_and(|low| low > all.mean),
        };
        ColumnSegments {
            name: column.name.clone(),
            explained: explained(&moments, &all),
            segments: groups.into_iter().zip(&moments).map(segment).collect(),
        }
    };
    let mut columns: Vec<ColumnSegments> = parted.into_iter().map(column).collect();
    columns.sort_by(|one, two| two.explained.total_cmp(&one.explained));
    Ok(Segments { error: errors.kind, mean: all.mean, count, columns })
}

impl Segments {
    /// The segments that are worse than all rows beyond chance, with their columns: the one with the
    /// most error above the mean in all its rows together first.
    pub fn worst(&self) -> Vec<(&str, &Segment)> {
        let mut worst: Vec<(&str, &Segment)> = Vec::new();
        for column in &self.columns {
            let segments = column.segments.iter().filter(|segment| segment.is_worse);
            worst.extend(segments.map(|segment| (column.name.as_str(), segment)));
        }
        let excess = |segment: &Segment| (segment.mean - self.mean) * segment.rows as f64;
        worst.sort_by(|one, two| excess(two.1).total_cmp(&excess(one.1)));
        worst
    }
}

struct Group {
    name: String,
    rows: Vec<usize>,
}

/// The rows of each segment of a column; no segment is empty.
fn groups(column: &Column) -> Vec<Group> {
    let mut groups = match &column.values {
        Values::Text { codes, levels } => by_category(codes, levels),
        _ => by_number(column),
    };
    let missing: Vec<usize> = (0..column.len()).filter(|&row| column.is_missing(row)).collect();
    groups.push(Group { name: "missing".to_string(), rows: missing });
    groups.retain(|group| !group.rows.is_empty());
    groups
}

fn by_category(codes: &[u32], levels: &[String]) -> Vec<Group> {
    let mut groups: Vec<Group> =
        levels.iter().map(|name| Group { name: name.clone(), rows: Vec::new() }).collect();
    for (row, &code) in codes.iter().enumerate().filter(|(_, code)| **code != MISSING) {
        groups[code as usize].rows.push(row);
    }
    groups.retain(|group| !group.rows.is_empty());
    groups.sort_by_key(|group| std::cmp::Reverse(group.rows.len()));
    if groups.len() > MOST_VALUES {
        let others = groups.split_off(MOST_VALUES - 1);
        let name = format!("{} others", others.len());
        let rows = others.into_iter().flat_map(|group| group.rows).collect();
        groups.push(Group { name, rows });
    }
    groups
}

fn by_number(column: &Column) -> Vec<Group> {
    // Adding zero makes one of the two zeros.
    let number = |row: usize| column.number(row).map(|it| it + 0.0);
    let mut sorted: Vec<(f64, usize)> =
        (0..column.len()).filter_map(|row| number(row).map(|it| (it, row))).collect();
    sorted.sort_by(|one, two| one.0.total_cmp(&two.0));
    let mut different: HashMap<u64, usize> = HashMap::new();
    for (number, row) in &sorted {
        different.entry(number.to_bits()).or_insert(*row);
        if different.len() > MOST_VALUES {
            break;
        }
    }
    // The last row of each segment, among the sorted.
    let ends: Vec<usize> = match different.len() <= MOST_VALUES {
        true => (0..sorted.len())
            .filter(|&at| sorted.get(at + 1).is_none_or(|next| next.0 != sorted[at].0))
            .collect(),
        false => {
            let fifth = |part: usize| sorted[(part * sorted.len()).div_ceil(PARTS) - 1].0;
            let mut limits: Vec<f64> = (1..=PARTS).map(fifth).collect();
            limits.dedup();
            limits.iter().map(|limit| sorted.partition_point(|it| it.0 <= *limit) - 1).collect()
        }
    };
    let are_values = different.len() <= MOST_VALUES;
    let mut groups: Vec<Group> = Vec::new();
    let mut begin = 0_usize;
    for &end in &ends {
        let limit = column.cell(sorted[end].1);
        let below = begin.checked_sub(1).map(|at| column.cell(sorted[at].1));
        let name = match below {
            _ if are_values => limit,
            None => format!("up to {limit}"),
            Some(below) if end + 1 == sorted.len() => format!("above {below}"),
            Some(below) => format!("{below} to {limit}"),
        };
        groups.push(Group { name, rows: sorted[begin..=end].iter().map(|it| it.1).collect() });
        begin = end + 1;
    }
    groups
}

/// How some numbers lie.
struct Moments {
    count: usize,
    mean: f64,
    /// The sum of the squared distances from the mean.
    squares: f64,
}

impl Moments {
    fn of(numbers: impl Iterator<Item = f64> + Clone) -> Moments {
        let count = numbers.clone().count();
        let mean = numbers.clone().sum::<f64>() / count.max(1) as f64;
        let squares = numbers.map(|number| (number - mean).powi(2)).sum();
        Moments { count, mean, squares }
    }

    /// Where the mean of all such numbers lies, but for a chance of `outside`.
    fn interval(&self, kind: RowError, outside: f64) -> Option<(f64, f64)> {
        let (count, mean) = (self.count as f64, self.mean);
        if kind == RowError::Wrong {
            return Some(wilson(mean, self.count, outside));
        }
        let freedom = count - 1.0;
        let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
        let half =
            student.inverse_cdf(1.0 - outside / 2.0) * (self.squares / freedom / count).sqrt();
        let most = if kind == RowError::WrongLabels { 1.0 } else { f64::INFINITY };
        half.is_finite().then(|| ((mean - half).max(0.0), (mean + half).min(most)))
    }
    /// The lower end of an interval that holds the mean of all such numbers but for a chance of
    /// `outside`, however few they are.
    fn lower_end(&self, kind: RowError, outside: f64) -> Option<f64> {
        if kind != RowError::Wrong {
            return self.interval(kind, outside).map(|(low, _)| low);
        }
        let wrong = (self.mean * self.count as f64).round();
        let right = self.count as f64 - wrong;
        match wrong > 0.0 {
            true => Some(Beta::new(wrong, right + 1.0).ok()?.inverse_cdf(outside / 2.0)),
            false => Some(0.0),
        }
    }
}

fn explained(segments: &[Moments], all: &Moments) -> f64 {
    let within: f64 = segments.iter().map(|it| it.squares).sum();
    let freedom = all.count.saturating_sub(segments.len());
    if freedom == 0 || all.squares <= 0.0 {
        return 0.0;
    }
    let chance = (segments.len() as f64 - 1.0) * within / freedom as f64;
    ((all.squares - within - chance) / all.squares).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(kind: RowError, of_rows: Vec<f64>) -> RowErrors {
        RowErrors { kind, of_rows }
    }

    fn of(column: Column, kind: RowError, of_rows: Vec<f64>) -> ColumnSegments {
        let table = Table::new("made up", vec![column]).unwrap();
        let name = table.column_names()[0].clone();
        let mut found = segments(&table, &[&name], &errors(kind, of_rows)).unwrap();
        found.columns.remove(0)
    }

    fn names(found: &ColumnSegments) -> Vec<(&str, usize)> {
        found.segments.iter().map(|it| (it.name.as_str(), it.rows)).collect()
    }

    #[test]
    fn numbers_are_parted_into_fifths_and_few_values_are_their_own() {
        let numbers: Vec<f64> = (1..=100).map(f64::from).collect();
        let found = of(Column::numbers("x", numbers), RowError::Absolute, vec![1.0; 100]);
        let expected = [
            ("up to 20", 20),
            ("20 to 40", 20),
            ("40 to 60", 20),
            ("60 to 80", 20),
            ("above 80", 20),
        ];
        assert_eq!(names(&found), expected);
        // More than half are 0: they are one segment, since equal numbers belong together.
        let many = (0..100).map(|row| f64::from(if row < 55 { 0 } else { row })).collect();
        let found = of(Column::numbers("x", many), RowError::Absolute, vec![1.0; 100]);
        assert_eq!(
            names(&found),
            [("up to 0", 55), ("0 to 59", 5), ("59 to 79", 20), ("above 79", 20)]
        );
        let few = vec![3.0, 1.0, f64::NAN, 1.0, -0.0, 0.0];
        let found = of(Column::numbers("x", few), RowError::Absolute, vec![1.0; 6]);
        assert_eq!(names(&found), [("0", 2), ("1", 2), ("3", 1), ("missing", 1)]);
    }

    #[test]
    fn rare_categories_are_one_segment() {
        let cells: Vec<String> = (0..60).map(|row: usize| format!("c{:02}", row % 12)).collect();
        let found = of(Column::text("x", &cells), RowError::Wrong, vec![0.0; 60]);
        assert_eq!(found.segments.len(), 8);
        assert_eq!(names(&found)[7], ("5 others", 25));
        assert_eq!(found.segments.iter().map(|it| it.rows).sum::<usize>(), 60);
    }

    #[test]
    fn intervals_are_those_of_wilson_and_student() {
        // statsmodels: proportion_confint(3, 10, method="wilson").
        let wilson = Moments { count: 10, mean: 0.3, squares: 2.1 };
        let (low, high) = wilson.interval(RowError::Wrong, 0.05).unwrap();
        assert!((low - 0.107_791_267_406_301_04).abs() < 1e-9, "{low}");
        assert!((high - 0.603_221_852_538_854_6).abs() < 1e-9, "{high}");
        // scipy: t.interval(0.95, 4, loc=3, scale=sem([1, 2, 3, 4, 5])).
        let student = Moments::of([1.0, 2.0, 3.0, 4.0, 5.0].into_iter());
        let (low, high) = student.interval(RowError::Absolute, 0.05).unwrap();
        assert!((low - 1.036_756_838_522_438_4).abs() < 1e-9, "{low}");
        assert!((high - 4.963_243_161_477_561).abs() < 1e-9, "{high}");
        assert_eq!(Moments::of([1.0].into_iter()).interval(RowError::Absolute, 0.05), None);
        // scipy: binomtest(3, 10).proportion_ci(method="exact").low.
        let exact = wilson.lower_end(RowError::Wrong, 0.05).unwrap();
        assert!((exact - 0.066_739_511_177_734_32).abs() < 1e-9, "{exact}");
    }

    #[test]
    fn a_small_segment_is_not_called_worse_by_luck() {
        // 2 of 3 wrong against 10 of 100: the interval of three rows reaches far below.
        let cells: Vec<&str> = (0..103).map(|row| if row < 3 { "few" } else { "many" }).collect();
        let wrong = |row: usize| if row < 2 || (10..20).contains(&row) { 1.0 } else { 0.0 };
        let found = of(Column::text("x", &cells), RowError::Wrong, (0..103).map(wrong).collect());
        assert_eq!(found.segments[1].name, "few");
        assert!(found.segments[1].mean > 0.6 && !found.segments[1].is_worse);
    }

    #[test]
    fn what_has_nothing_to_do_with_the_errors_explains_nothing() {
        // A constant column has one segment; a column that is the error explains all of it.
        let same =
            of(Column::numbers("x", vec![1.0; 4]), RowError::Absolute, vec![1.0, 2.0, 1.0, 2.0]);
        assert_eq!(same.explained, 0.0);
        let all = of(
            Column::numbers("x", vec![1.0, 2.0, 1.0, 2.0]),
            RowError::Absolute,
            vec![1.0, 2.0, 1.0, 2.0],
        );
        assert!((all.explained - 1.0).abs() < 1e-12);
        // By hand: groups (1, 2) and (2, 3); S_all = 2, S_within = 1, M_within = 0.5, k = 2.
        let some = of(
            Column::numbers("x", vec![0.0, 0.0, 1.0, 1.0]),
            RowError::Absolute,
            vec![1.0, 2.0, 2.0, 3.0],
        );
        assert!((some.explained - 0.25).abs() < 1e-12, "{}", some.explained);
    }

    #[test]
    fn one_row_has_a_segment_without_an_interval() {
        let found = of(Column::numbers("x", vec![1.0]), RowError::Absolute, vec![0.5]);
        assert_eq!((found.segments[0].interval, found.segments[0].is_worse), (None, false));
        assert_eq!(found.explained, 0.0);
    }
}
