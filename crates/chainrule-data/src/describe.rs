//! What is in a column, in a few numbers: for people who look at a table before they trust a model.

use crate::column::{Column, Values};
use crate::distinct::{Value, distinct};
use crate::time;
use serde::{Deserialize, Serialize};

/// Bars of a histogram, at most.
const BARS: usize = 20;
/// Values that are listed by name, at most.
const LISTED: usize = 8;

/// A column in a few numbers.
///
/// ```
/// use chainrule_data::{Column, ColumnSummary};
/// let summary = ColumnSummary::of(&Column::numbers("age", vec![30.0, f64::NAN, 10.0, 20.0]));
/// assert_eq!((summary.rows, summary.missing, summary.distinct), (4, 1, 3));
/// let numbers = summary.numbers.unwrap();
/// assert_eq!((numbers.minimum, numbers.median, numbers.maximum), (10.0, 20.0, 30.0));
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// What its values are: `number`, `time` or `text`.
    pub values: String,
    /// Rows, those without a value among them.
    pub rows: usize,
    /// Rows without a value.
    pub missing: usize,
    /// Different values.
    pub distinct: usize,
    /// How the numbers lie; of times their seconds since 1970. Nothing for text, or where all are
    /// missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub numbers: Option<NumberSummary>,
    /// The most frequent values with their rows, the most frequent first, equal ones in order; at
    /// most eight.
    pub frequent: Vec<(String, usize)>,
}

/// How numbers lie.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NumberSummary {
    /// The smallest.
    pub minimum: f64,
    /// A quarter are not above it; between two numbers by a straight line, as NumPy's default.
    pub lower_quartile: f64,
    /// The middle one.
    pub median: f64,
    /// Three quarters are not above it.
    pub upper_quartile: f64,
    /// The largest.
    pub maximum: f64,
    /// Their sum by their number.
    pub mean: f64,
    /// The root of the mean squared distance from the mean.
    pub deviation: f64,
    /// How many lie in each of equal parts of the range from the smallest to the largest; a number
    /// between two parts belongs to the upper one. One part where all are equal.
    pub histogram: Vec<usize>,
}

impl ColumnSummary {
    /// Of all rows of a column.
    pub fn of(column: &Column) -> ColumnSummary {
        let rows: Vec<usize> = (0..column.len()).collect();
        let mut found = distinct(column, &rows);
        let different = found.len();
        // Sorted by value before, and the sort keeps that order.
        found.sort_by_key(|occurrence| std::cmp::Reverse(occurrence.count));
        let is_time = matches!(column.values, Values::Times(_));
        let name = |value: &Value<'_>| match value {
            Value::Number(seconds) if is_time => time::shown(*seconds),
            value => value.name(),
        };
        let frequent = found.iter().take(LISTED).map(|it| (name(&it.value), it.count)).collect();
        let numbers: Vec<f64> = rows.iter().filter_map(|&row| column.number(row)).collect();
        ColumnSummary {
            name: column.name.clone(),
            values: match &column.values {
                Values::Numbers(_) | Values::Bytes(_) => "number",
                Values::Times(_) => "time",
                Values::Text { .. } => "text",
            }
            .to_string(),
            rows: rows.len(),
            missing: column.missing(),
            distinct: different,
            numbers: NumberSummary::of(numbers),
            frequent,
        }
    }

    /// A number of this column as text: of times the date.
    ///
    /// ```
    /// use chainrule_data::{Column, ColumnSummary};
    /// let summary = ColumnSummary::of(&Column::numbers("n", vec![1.0]));
    /// assert_eq!(summary.shown(2.0), "2");
    /// ```
    pub fn shown(&self, number: f64) -> String {
        match self.values.as_str() {
            "time" => time::shown(number),
            _ => crate::column::plain(number),
        }
    }
}

impl NumberSummary {
    /// Of finite numbers; nothing of none.
    ///
    /// ```
    /// use chainrule_data::NumberSummary;
    /// let summary = NumberSummary::of(vec![4.0, 1.0, 2.0, 3.0]).unwrap();
    /// assert_eq!((summary.lower_quartile, summary.mean), (1.75, 2.5));
    /// assert_eq!(NumberSummary::of(Vec::new()), None);
    /// ```
    pub fn of(mut numbers: Vec<f64>) -> Option<NumberSummary> {
        if numbers.is_empty() {
            return None;
        }
        numbers.sort_by(f64::total_cmp);
        let count = numbers.len() as f64;
        let mean = numbers.iter().map(|number| number / count).sum::<f64>();
        let variance = numbers.iter().map(|number| (number - mean).powi(2) / count).sum::<f64>();
        let (minimum, maximum) = (numbers[0], numbers[numbers.len() - 1]);
        Some(NumberSummary {
            minimum,
            lower_quartile: quantile(&numbers, 0.25),
            median: quantile(&numbers, 0.5),
            upper_quartile: quantile(&numbers, 0.75),
            maximum,
            mean,
            deviation: variance.sqrt(),
            histogram: histogram(&numbers, minimum, maximum),
        })
    }
}

/// The number below which `share` of the sorted numbers lie.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let (from, to) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    // Halves, since the difference of two finite numbers need not be one.
    if part == 0.0 { from } else { from * (1.0 - part) + to * part }
}

fn histogram(numbers: &[f64], minimum: f64, maximum: f64) -> Vec<usize> {
    if minimum == maximum {
        return vec![numbers.len()];
    }
    // As many bars as the square root of the numbers asks for, no more than can be told apart.
    let bars = ((numbers.len() as f64).sqrt().ceil() as usize).clamp(2, BARS);
    let mut counts = vec![0; bars];
    let width = maximum / bars as f64 - minimum / bars as f64;
    for number in numbers {
        let place = number / width - minimum / width;
        counts[(place.max(0.0) as usize).min(bars - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_numpys() {
        // numpy.quantile([7, 15, 36, 39, 40, 41], [0.25, 0.5, 0.75]).
        let found = NumberSummary::of(vec![39.0, 7.0, 40.0, 15.0, 36.0, 41.0]).unwrap();
        assert_eq!(
            [found.lower_quartile, found.median, found.upper_quartile],
            [20.25, 37.5, 39.75]
        );
        // numpy.mean and numpy.std.
        assert!((found.mean - 29.666_666_666_666_668).abs() < 1e-12);
        assert!((found.deviation - 13.486_618_882_762_606).abs() < 1e-12, "{}", found.deviation);
    }

    #[test]
    fn a_histogram_counts_every_number_once() {
        let found = NumberSummary::of((0..100).map(f64::from).collect()).unwrap();
        assert_eq!(found.histogram, [10; 10]);
        let extremes = NumberSummary::of(vec![-f64::MAX, f64::MAX, 0.0]).unwrap();
        assert_eq!(extremes.histogram.iter().sum::<usize>(), 3);
        assert_eq!(NumberSummary::of(vec![2.0; 5]).unwrap().histogram, [5]);
    }

    #[test]
    fn frequent_values_come_first_and_missing_ones_are_counted_apart() {
        let mut column = Column::text("x", &["b", "a", "b", "c", "a", "b"]);
        if let Values::Text { codes, .. } = &mut column.values {
            codes[3] = crate::MISSING;
        }
        let found = ColumnSummary::of(&column);
        assert_eq!(found.frequent, [("b".to_string(), 3), ("a".to_string(), 2)]);
        assert_eq!((found.missing, found.distinct, found.values.as_str()), (1, 2, "text"));
        let empty = ColumnSummary::of(&Column::numbers("x", vec![f64::NAN; 3]));
        assert_eq!((empty.missing, empty.distinct, empty.numbers), (3, 0, None));
    }

    #[test]
    fn times_are_shown_as_dates() {
        let column = Column {
            name: "day".to_string(),
            values: Values::Times(vec![0.0, 86_400.0, 86_400.0]),
        };
        let found = ColumnSummary::of(&column);
        assert_eq!(found.frequent[0], ("1970-01-02".to_string(), 2));
        assert_eq!(found.shown(0.0), "1970-01-01");
    }
}
