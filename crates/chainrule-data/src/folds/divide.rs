//! The number of each row's fold, counted from 0.

use chainrule_math::random::Stream;

/// Deals the rows out in random order, those of one class after the other: the counts of a class in
/// two folds differ by at most 1, and so do the sizes of the folds.
pub(super) fn by_classes(
    rows: usize,
    classes: Option<&[u32]>,
    folds: usize,
    stream: &mut Stream,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    stream.shuffle(&mut order);
    if let Some(classes) = classes {
        order.sort_by_key(|&row| classes[row]);
    }
    // Which folds are one row larger is left to chance too.
    let mut names: Vec<usize> = (0..folds).collect();
    stream.shuffle(&mut names);
    let mut numbers = vec![0; rows];
    order.iter().zip(names.iter().cycle()).for_each(|(&row, &fold)| numbers[row] = fold);
    numbers
}

/// Iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011, algorithm 1): of the labels that
/// rows are left of, the rarest is dealt out first, each of its rows to the fold that wants most of it,
/// of equals to the one that wants most rows. Rows without labels fill the folds up.
pub(super) fn by_labels(
    labels: &[bool],
    columns: usize,
    folds: usize,
    stream: &mut Stream,
) -> Vec<usize> {
    let rows = labels.len() / columns;
    let holds = |row: usize, label: usize| labels[row * columns + label];
    let mut order: Vec<usize> = (0..rows).collect();
    stream.shuffle(&mut order);
    let share = |amount: usize| vec![amount as f64 / folds as f64; folds];
    let mut wanted_rows = share(rows);
    let mut left: Vec<usize> =
        (0..columns).map(|label| (0..rows).filter(|&row| holds(row, label)).count()).collect();
    let mut wanted: Vec<Vec<f64>> = left.iter().map(|&amount| share(amount)).collect();
    let mut numbers: Vec<Option<usize>> = vec![None; rows];
    loop {
        let rarest = (0..columns).filter(|&label| left[label] > 0).min_by_key(|&label| left[label]);
        for &row in &order {
            let is_next = numbers[row].is_none() && rarest.is_none_or(|label| holds(row, label));
            if !is_next {
                continue;
            }
            let of_label = |fold: usize| rarest.map_or(0.0, |label| wanted[label][fold]);
            let by_want = |a: &usize, b: &usize| {
                let labels = of_label(*a).total_cmp(&of_label(*b));
                labels.then(wanted_rows[*a].total_cmp(&wanted_rows[*b])).then(b.cmp(a))
            };
            let fold = (0..folds).max_by(by_want).expect("there are folds");
            numbers[row] = Some(fold);
            wanted_rows[fold] -= 1.0;
            for label in (0..columns).filter(|&label| holds(row, label)) {
                wanted[label][fold] -= 1.0;
                left[label] -= 1;
            }
        }
        if rarest.is_none() {
            return numbers.into_iter().map(|fold| fold.expect("every row has one")).collect();
        }
    }
}

/// Gives each group to a fold, those of most rows first: to the one that leaves the shares of each
/// class most alike over the folds (without classes, their sizes), of equals to the smallest.
pub(super) fn by_groups(
    groups: &[u32],
    classes: Option<&[u32]>,
    folds: usize,
    stream: &mut Stream,
) -> Vec<usize> {
    let class_of = |row: usize| classes.map_or(0, |classes| classes[row] as usize);
    let highest = |numbers: &[u32]| numbers.iter().max().map_or(0, |&most| most as usize + 1);
    let columns = classes.map_or(1, highest);
    let mut sizes = vec![0_usize; highest(groups)];
    let mut counts = vec![vec![0_usize; columns]; sizes.len()];
    let mut totals = vec![0_usize; columns];
    for (row, &group) in groups.iter().enumerate() {
        sizes[group as usize] += 1;
        counts[group as usize][class_of(row)] += 1;
        totals[class_of(row)] += 1;
    }
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    stream.shuffle(&mut order);
    order.sort_by_key(|&group| std::cmp::Reverse(sizes[group]));
    let mut held = vec![vec![0_usize; columns]; folds];
    let mut fold_of = vec![0; sizes.len()];
    for (place, &group) in order.iter().enumerate() {
        // The last groups go to folds that have none yet.
        let empty = held.iter().filter(|held| held.iter().all(|&count| count == 0)).count();
        let must_fill = order.len() - place <= empty;
        let rise = |fold: &usize| -> f64 {
            // What the sum of the squared shares rises by: least where the shares become most alike.
            let share = |class: usize, count: usize| count as f64 / totals[class].max(1) as f64;
            (0..columns)
                .map(|class| {
                    let (old, new) = (held[*fold][class], counts[group][class]);
                    share(class, old + new).powi(2) - share(class, old).powi(2)
                })
                .sum()
        };
        let size = |fold: &usize| held[*fold].iter().sum::<usize>();
        let fold = (0..folds)
            .filter(|fold| !must_fill || size(fold) == 0)
            .min_by(|a, b| rise(a).total_cmp(&rise(b)).then(size(a).cmp(&size(b))))
            .expect("a fold is left");
        fold_of[group] = fold;
        held[fold].iter_mut().zip(&counts[group]).for_each(|(held, count)| *held += count);
    }
    groups.iter().map(|&group| fold_of[group as usize]).collect()
}

/// Cuts the rows in order of time into `folds + 1` stretches of like size, never between rows of the
/// same time; or says into how many they can be cut.
pub(super) fn by_time(times: &[f64], folds: usize) -> Result<Vec<usize>, usize> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
    let is_cut = |place: usize| times[order[place - 1]] < times[order[place]];
    let cuts: Vec<usize> = (1..times.len()).filter(|&place| is_cut(place)).collect();
    if cuts.len() < folds {
        return Err(cuts.len() + 1);
    }
    let mut numbers = vec![0; times.len()];
    let mut used = 0; // cuts that lie behind
    for stretch in 1..=folds {
        let ideal = stretch * times.len() / (folds + 1);
        // The cut nearest to the ideal one, as long as enough are left for the stretches to come.
        let open = &cuts[used..=cuts.len() - 1 - (folds - stretch)];
        let nearest = (0..open.len()).min_by_key(|&cut| open[cut].abs_diff(ideal));
        let cut = nearest.expect("a cut is left for every stretch");
        order[open[cut]..].iter().for_each(|&row| numbers[row] = stretch);
        used += cut + 1;
    }
    Ok(numbers)
}
