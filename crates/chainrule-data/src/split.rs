//! Setting rows aside for testing and validation.

use chainrule_math::random::Stream;
use std::collections::BTreeMap;

/// Tables of fewer rows than this are learned from whole: setting rows of so few aside would leave
/// too little to learn, and what is set aside could not judge it.
pub const FEWEST_ROWS_TO_SPLIT: usize = 10;

/// Divides `rows` into those that stay and those held out, about `fraction` of them, by chance.
///
/// `labels`, when given, holds the class of every row of the table (`labels[row]`), where one that is
/// [missing](crate::MISSING) is a class like any other; each class is
/// then divided in the same proportion: the exact share of a class is rounded so that the total is
/// `fraction * rows.len()` to the nearest row. A class with two rows or more stays on both sides,
/// as long as the number held out is at least the number of such classes. A class with a single
/// row stays. Both parts keep the order of `rows`. Equal streams give equal parts.
///
/// `fraction` below 0 counts as 0 and above 1 as 1.
///
/// ```
/// use chainrule_data::stratified_split;
/// use chainrule_math::random::Stream;
/// let rows: Vec<usize> = (0..10).collect();
/// let labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
/// let (rest, held_out) =
///     stratified_split(Some(&labels), &rows, 0.2, &mut Stream::new(1, "split.test"));
/// assert_eq!((rest.len(), held_out.len()), (8, 2));
/// assert_ne!(labels[held_out[0]], labels[held_out[1]]);
/// ```
///
/// # Panics
/// When a row has no label.
pub fn stratified_split(
    labels: Option<&[u32]>,
    rows: &[usize],
    fraction: f64,
    stream: &mut Stream,
) -> (Vec<usize>, Vec<usize>) {
    let fraction = fraction.clamp(0.0, 1.0);
    // Positions in `rows`, by class.
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (position, &row) in rows.iter().enumerate() {
        groups.entry(labels.map_or(0, |labels| labels[row])).or_default().push(position);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let shares = if labels.is_some() {
        apportion(&sizes, fraction)
    } else {
        sizes.iter().map(|&size| (size as f64 * fraction).round() as usize).collect()
    };
    let mut is_held_out = vec![false; rows.len()];
    for (group, share) in groups.iter_mut().zip(shares) {
        stream.shuffle(group);
        group[..share].iter().for_each(|&position| is_held_out[position] = true);
    }
    let part = |wanted: bool| {
        let both = rows.iter().zip(&is_held_out);
        both.filter(|(_, held_out)| **held_out == wanted).map(|(&row, _)| row).collect()
    };
    (part(false), part(true))
}

/// How many of each class to hold out (largest remainders, within the limits of each class).
fn apportion(sizes: &[usize], fraction: f64) -> Vec<usize> {
    let total = (sizes.iter().sum::<usize>() as f64 * fraction).round() as usize;
    let divisible = sizes.iter().filter(|&&size| size > 1).count();
    let least = usize::from(total >= divisible);
    let limits = |class: usize| match sizes[class] {
        0 | 1 => (0, 0),
        size => (least.min(size - 1), size - 1),
    };
    let exact = |class: usize| sizes[class] as f64 * fraction;
    let mut shares: Vec<usize> = (0..sizes.len())
        .map(|class| (exact(class) as usize).clamp(limits(class).0, limits(class).1))
        .collect();
    // What is lacking goes to the classes that lack most, what is too much comes from those that
    // have most beyond their share, one row each in turn.
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    let lacking: Vec<f64> =
        order.iter().map(|&class| exact(class) - shares[class] as f64).collect();
    order.sort_by(|&a, &b| lacking[b].total_cmp(&lacking[a]));
    let mut given: usize = shares.iter().sum();
    if given > total {
        order.reverse();
    }
    loop {
        let before = given;
        for &class in &order {
            let (fewest, most) = limits(class);
            if given < total && shares[class] < most {
                shares[class] += 1;
                given += 1;
            } else if given > total && shares[class] > fewest {
                shares[class] -= 1;
                given -= 1;
            }
        }
        if given == before {
            return shares;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_complete_and_repeatable() {
        let labels: Vec<u32> = (0..100).map(|row| (row % 7) as u32).collect();
        let rows: Vec<usize> = (0..100).step_by(2).collect();
        let split = |seed| {
            stratified_split(Some(&labels), &rows, 0.3, &mut Stream::new(seed, "split.test"))
        };
        let (rest, held_out) = split(1);
        assert_eq!((rest.len(), held_out.len()), (35, 15));
        let mut all = [rest.clone(), held_out.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, rows);
        assert_eq!(split(1), (rest, held_out));
        assert_ne!(split(1), split(2));
    }

    #[test]
    fn each_class_is_divided_alike() {
        assert_eq!(apportion(&[50, 50, 50], 0.2), [10, 10, 10]);
        assert_eq!(apportion(&[178, 182, 177], 0.2), [36, 36, 35]);
        assert_eq!(apportion(&[990, 8, 2], 0.1), [98, 1, 1]);
        assert_eq!(apportion(&[2, 2, 2], 0.9), [1, 1, 1], "no class leaves the rest");
        assert_eq!(apportion(&[5, 1], 0.5), [3, 0], "a single row stays");
        assert_eq!(apportion(&[50, 50, 50], 0.01), [1, 1, 0], "too few for every class");
        assert_eq!(apportion(&[4, 4], 0.0), [0, 0]);
        assert_eq!(apportion(&[4, 4], 1.0), [3, 3]);
        assert_eq!(apportion(&[], 0.5), Vec::<usize>::new());
    }

    #[test]
    fn a_missing_label_is_a_class_like_any_other() {
        let rows: Vec<usize> = (0..12).collect();
        let label =
            |row: usize| if row.is_multiple_of(3) { crate::MISSING } else { row as u32 % 3 };
        let labels: Vec<u32> = (0..12).map(label).collect();
        let (_, held_out) =
            stratified_split(Some(&labels), &rows, 0.25, &mut Stream::new(1, "split.test"));
        let mut found: Vec<u32> = held_out.iter().map(|&row| labels[row]).collect();
        found.sort_unstable();
        assert_eq!(found, [1, 2, crate::MISSING]);
    }

    #[test]
    fn without_labels_any_row_may_be_held_out() {
        let rows: Vec<usize> = (0..11).collect();
        let mut stream = Stream::new(3, "split.validation");
        let (rest, held_out) = stratified_split(None, &rows, 0.25, &mut stream);
        assert_eq!((rest.len(), held_out.len()), (8, 3));
        let (rest, held_out) = stratified_split(None, &rows, 1.0, &mut stream);
        assert_eq!((rest.len(), held_out.len()), (0, 11));
        assert_eq!(stratified_split(None, &[], 0.5, &mut stream), (vec![], vec![]));
    }
}
