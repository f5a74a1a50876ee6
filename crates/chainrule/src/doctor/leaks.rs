//! Columns that tell the target by themselves, as nothing that was known beforehand would.

use super::columns::{Column, drop_flag};
use super::{Finding, Kind, Place, Severity};
use crate::{Examples, Targets};
use chainrule_data::Preparation;
use chainrule_graph::Number;
use std::collections::HashMap;

/// In fewer rows, columns tell the target by chance, as in the tables of AND and OR.
const FEWEST_ROWS: usize = 50;

/// Rows for each value of a column that tells the class by its values: with fewer, each row has its
/// own value, as an identifier has.
const ROWS_PER_VALUE: usize = 5;

/// Rows that are not of the commonest class: with fewer, values tell the class by chance.
const FEWEST_OTHERS: usize = 10;

/// A correlation with a target beyond this leaves an error of 1.4 % of its deviation: less than
/// measured quantities have, but copies in other units are exact.
const CORRELATION: f64 = 0.9999;

/// A target as it is told.
enum Told {
    Labels(Vec<u32>),
    Numbers(Vec<f64>),
}

/// How a column tells it.
struct Evidence {
    severity: Severity,
    text: String,
}

/// The columns that tell a target. Suspects among the rows of `sample` are confirmed on `all`.
pub(super) fn findings<E: Number>(
    preparation: Option<&Preparation>,
    columns: &[Column],
    sample: &Examples<'_, E>,
    all: &Examples<'_, E>,
) -> Vec<Finding> {
    // What is left when the only column is dropped? A pixel is no column that could be left out.
    let is_image = preparation.is_some_and(|preparation| preparation.image().is_some());
    if sample.rows() < FEWEST_ROWS || columns.len() < 2 || is_image {
        return Vec::new();
    }
    let (few, many) = (targets(sample), targets(all));
    let mut told: Vec<(&Column, Evidence)> = Vec::new();
    for column in columns {
        let values = column.values(sample);
        let suspect = few.iter().position(|target| tells(column, &values, target).is_some());
        let evidence = suspect.and_then(|it| tells(column, &column.values(all), &many[it]));
        told.extend(evidence.map(|evidence| (column, evidence)));
    }
    // Two groups that differ in many measurements are told apart by each: nothing is leaked there.
    let doubtful = told.iter().filter(|(_, it)| it.severity == Severity::Note).count();
    let kept = told.into_iter().filter(|(_, it)| it.severity == Severity::Serious || doubtful == 1);
    kept.map(|(column, Evidence { severity, text })| Finding {
        kind: Kind::LeakedTarget,
        severity,
        place: Place::Column(column.name.clone()),
        evidence: text,
        advice: "unless it is known before the target is, the score is worth nothing".to_string(),
        flag: preparation.map(|_| drop_flag(&[&column.name])),
    })
    .collect()
}

/// Every target of the rows: values that are all 0 or 1 are labels.
fn targets<E: Number>(examples: &Examples<'_, E>) -> Vec<Told> {
    match examples.targets() {
        Targets::Classes(classes) => vec![Told::Labels(classes.to_vec())],
        Targets::Values(values) => {
            let column = |values: ndarray::ArrayView1<'_, E>| {
                let numbers: Vec<f64> = values.iter().map(|number| number.to_f64()).collect();
                match numbers.iter().all(|number| *number == 0.0 || *number == 1.0) {
                    true => Told::Labels(numbers.iter().map(|&number| number as u32).collect()),
                    false => Told::Numbers(numbers),
                }
            };
            values.columns().into_iter().map(column).collect()
        }
    }
}

fn tells(column: &Column, values: &[f64], target: &Told) -> Option<Evidence> {
    match target {
        Told::Labels(labels) => {
            let by_order = || (!column.is_category).then(|| in_order(values, labels)).flatten();
            by_value(values, labels).or_else(by_order)
        }
        Told::Numbers(numbers) => match column.is_category {
            true => by_group(values, numbers),
            false => by_correlation(values, numbers),
        },
    }
}

/// Whether each value of the column belongs to one class only.
fn by_value(values: &[f64], labels: &[u32]) -> Option<Evidence> {
    let mut of_value: HashMap<u64, u32> = HashMap::new();
    for (value, label) in values.iter().zip(labels) {
        // Adding zero makes one of the two zeros.
        if *of_value.entry((value + 0.0).to_bits()).or_insert(*label) != *label {
            return None;
        }
    }
    let counts = count(labels);
    let (&commonest, &rows) = counts.iter().max_by_key(|(label, rows)| (**rows, **label))?;
    let others = labels.len() - rows;
    let values_of_others = of_value.values().filter(|label| **label != commonest).count();
    let enough = others >= FEWEST_OTHERS
        && others >= ROWS_PER_VALUE * values_of_others
        && labels.len() >= ROWS_PER_VALUE * of_value.len();
    enough.then(|| Evidence {
        severity: Severity::Serious,
        text: format!(
            "each of its {} values belongs to one class only, in all {} rows",
            of_value.len(),
            labels.len()
        ),
    })
}

/// Whether the classes follow each other when the rows are sorted by the column, none coming twice.
fn in_order(values: &[f64], labels: &[u32]) -> Option<Evidence> {
    let counts = count(labels);
    let most = counts.values().max()?;
    if labels.len() - most < FEWEST_OTHERS {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut changes = 0;
    for pair in order.windows(2) {
        if labels[pair[0]] != labels[pair[1]] {
            changes += 1;
            if changes >= counts.len() || values[pair[0]] == values[pair[1]] {
                return None;
            }
        }
    }
    let (severity, what) = match counts.len() {
        // Two groups can differ that much by nature.
        2 => (Severity::Note, "a single threshold separates the two classes".to_string()),
        classes => (Severity::Serious, format!("thresholds separate the {classes} classes")),
    };
    Some(Evidence {
        severity,
        text: format!("{what} without an error in all {} rows", labels.len()),
    })
}

fn count(labels: &[u32]) -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    labels.iter().for_each(|label| *counts.entry(*label).or_insert(0) += 1);
    counts
}

/// Whether a number goes with the target, in proportion or in order.
fn by_correlation(values: &[f64], numbers: &[f64]) -> Option<Evidence> {
    let ranked = || correlation(&ranks(values), &ranks(numbers));
    let (what, found) = match correlation(values, numbers) {
        found if found.abs() > CORRELATION => ("correlation", found),
        _ => ("rank correlation", ranked()),
    };
    (found.abs() > CORRELATION).then(|| Evidence {
        severity: Severity::Serious,
        text: format!("its {what} with the target is {found:.6} over {} rows", values.len()),
    })
}

/// Pearson's correlation; 0 where one of the two is constant.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let rows = a.len() as f64;
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / rows;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let pairs = || a.iter().zip(b).map(|(a, b)| (a - mean_a, b - mean_b));
    let both: f64 = pairs().map(|(a, b)| a * b).sum();
    let size = pairs().map(|(a, _)| a * a).sum::<f64>() * pairs().map(|(_, b)| b * b).sum::<f64>();
    if size > 0.0 { both / size.sqrt() } else { 0.0 }
}

/// The place of each number among all, equal ones sharing the mean of theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut first = 0;
    for group in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let rank = first as f64 + (group.len() - 1) as f64 / 2.0;
        group.iter().for_each(|&row| ranks[row] = rank);
        first += group.len();
    }
    ranks
}

/// Whether the rows of each category have nearly the same target: the share of its variance that
/// lies between categories is the square of a correlation.
fn by_group(values: &[f64], numbers: &[f64]) -> Option<Evidence> {
    let mut groups: HashMap<u64, (f64, usize)> = HashMap::new();
    for (value, number) in values.iter().zip(numbers) {
        let group = groups.entry(value.to_bits()).or_insert((0.0, 0));
        *group = (group.0 + number, group.1 + 1);
    }
    if values.len() < ROWS_PER_VALUE * groups.len() {
        return None;
    }
    let mean = |value: &f64| {
        let (sum, rows) = groups[&value.to_bits()];
        sum / rows as f64
    };
    let means: Vec<f64> = values.iter().map(mean).collect();
    let found = correlation(&means, numbers);
    (found > CORRELATION).then(|| Evidence {
        severity: Severity::Serious,
        text: format!(
            "the mean of the target in each of its {} categories has a correlation of {found:.6} \
             with it over {} rows",
            groups.len(),
            values.len()
        ),
    })
}
