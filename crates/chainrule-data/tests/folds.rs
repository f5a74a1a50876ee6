//! Folds keep their promises on tables of any kind.

use chainrule_data::*;
use proptest::prelude::*;
use std::collections::HashSet;

fn table(columns: Vec<Column>) -> Table {
    Table::new("made up", columns).unwrap()
}

fn divided(table: &Table, target: &str, options: &FoldOptions) -> Result<Folds, DataError> {
    let targets = [target.to_owned()];
    let judged = judge_target(table, &targets, None).unwrap();
    options.divide(table, &targets, &judged)
}

/// Every row is tested once in each repetition, and learned from in its other folds.
fn check_whole(folds: &Folds, rows: usize) {
    for repeat in folds.folds().chunks(folds.folds_per_repeat()) {
        let mut tested = vec![0; rows];
        for fold in repeat {
            let training: HashSet<usize> = fold.training.iter().copied().collect();
            let test: HashSet<usize> = fold.test.iter().copied().collect();
            assert!(training.is_disjoint(&test));
            assert_eq!(training.len() + test.len(), rows);
            assert!(fold.training.is_sorted() && fold.test.is_sorted());
            fold.test.iter().for_each(|&row| tested[row] += 1);
        }
        assert!(tested.iter().all(|&times| times == 1));
    }
}

fn spread(counts: impl Iterator<Item = usize> + Clone) -> usize {
    counts.clone().max().unwrap() - counts.min().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numbers_are_shuffled(rows in 10_usize..200, folds in 2_usize..10, repeats in 1_usize..4, seed: u64) {
        let y = (0..rows).map(|row| row as f64 + 0.5).collect();
        let table = table(vec![Column::numbers("y", y)]);
        let options = FoldOptions { folds, repeats, seed, ..FoldOptions::default() };
        let found = divided(&table, "y", &options).unwrap();
        assert_eq!((found.folds().len(), found.scheme()), (folds * repeats, FoldScheme::Shuffled));
        check_whole(&found, rows);
        assert!(spread(found.folds().iter().map(|fold| fold.test.len())) <= 1);
        assert_eq!(&divided(&table, "y", &options).unwrap(), &found);
        assert_eq!(Folds::parse_csv("f", &found.to_csv(), rows).unwrap().folds(), found.folds());
    }

    #[test]
    fn classes_are_dealt_out_evenly(sizes in prop::collection::vec(5_usize..60, 2..6), folds in 2_usize..6, seed: u64) {
        let cells: Vec<String> =
            sizes.iter().enumerate().flat_map(|(class, &size)| vec![format!("c{class}"); size]).collect();
        let rows = cells.len();
        let table = table(vec![Column::text("y", &cells)]);
        let options = FoldOptions { folds, seed, ..FoldOptions::default() };
        let found = divided(&table, "y", &options).unwrap();
        check_whole(&found, rows);
        let of_class = |fold: &Fold, class: usize| {
            fold.test.iter().filter(|&&row| cells[row] == format!("c{class}")).count()
        };
        for class in 0..sizes.len() {
            assert!(spread(found.folds().iter().map(|fold| of_class(fold, class))) <= 1);
        }
        assert!(spread(found.folds().iter().map(|fold| fold.test.len())) <= 1);
    }

    #[test]
    fn groups_stay_together(groups in prop::collection::vec(0_u32..30, 100..300), folds in 2_usize..5, seed: u64) {
        let rows = groups.len();
        let y: Vec<f64> = (0..rows).map(|row| row as f64 + 0.5).collect();
        let group: Vec<String> = groups.iter().map(|group| format!("g{group}")).collect();
        let table = table(vec![Column::numbers("y", y), Column::text("g", &group)]);
        let options =
            FoldOptions { folds, seed, group: Some("g".to_owned()), ..FoldOptions::default() };
        let found = divided(&table, "y", &options).unwrap();
        check_whole(&found, rows);
        for fold in found.folds() {
            let of = |rows: &[usize]| rows.iter().map(|&row| groups[row]).collect::<HashSet<_>>();
            assert!(of(&fold.training).is_disjoint(&of(&fold.test)));
            // The largest of some 30 groups is small beside a fold.
            let share = fold.test.len() as f64 * folds as f64 / rows as f64;
            assert!((0.7..1.3).contains(&share), "{share}");
        }
    }

    #[test]
    fn time_goes_on(times in prop::collection::vec(0_i32..80, 100..300), folds in 2_usize..8) {
        let rows = times.len();
        let y: Vec<f64> = (0..rows).map(|row| row as f64 + 0.5).collect();
        let time: Vec<f64> = times.iter().map(|&time| time.into()).collect();
        let table = table(vec![Column::numbers("y", y), Column::numbers("t", time.clone())]);
        let options = FoldOptions { folds, time: Some("t".to_owned()), ..FoldOptions::default() };
        let found = divided(&table, "y", &options).unwrap();
        assert_eq!(found.folds().len(), folds);
        let latest = |rows: &[usize]| rows.iter().map(|&row| times[row]).max().unwrap();
        let earliest = |rows: &[usize]| rows.iter().map(|&row| times[row]).min().unwrap();
        for (number, fold) in found.folds().iter().enumerate() {
            assert!(latest(&fold.training) < earliest(&fold.test));
            if let Some(next) = found.folds().get(number + 1) {
                assert_eq!(next.training.len(), fold.training.len() + fold.test.len());
            }
        }
        let last = found.folds().last().unwrap();
        assert_eq!(last.training.len() + last.test.len(), rows);
        assert_eq!(Folds::parse_csv("f", &found.to_csv(), rows).unwrap().folds(), found.folds());
    }
}

#[test]
fn labels_are_as_frequent_in_every_fold() {
    // Three labels of different frequency, and rows without any.
    let label = |every: usize| -> Vec<f64> {
        (0..400).map(|row| f64::from(u8::from((row * 7919 % 400) % every == 0))).collect()
    };
    let labels = [label(2), label(7), label(19)];
    let names = ["a", "b", "c"];
    let columns = names.iter().zip(&labels);
    let columns = columns.map(|(name, label)| Column::numbers(*name, label.clone())).collect();
    let table = table(columns);
    let targets = names.map(str::to_owned);
    let judged = judge_target(&table, &targets, None).unwrap();
    let options = FoldOptions { repeats: 2, ..FoldOptions::default() };
    let found = options.divide(&table, &targets, &judged).unwrap();
    assert_eq!((found.scheme(), found.repeats()), (FoldScheme::StratifiedLabels, 2));
    check_whole(&found, 400);
    assert_ne!(found.folds()[0], found.folds()[5]);
    for label in &labels {
        let counts = found
            .folds()
            .iter()
            .map(|fold| fold.test.iter().filter(|&&row| label[row] == 1.0).count());
        assert!(spread(counts.clone()) <= 2, "{:?}", counts.collect::<Vec<_>>());
    }
    assert!(spread(found.folds().iter().map(|fold| fold.test.len())) <= 3);
    assert_eq!(Folds::parse_csv("f", &found.to_csv(), 400).unwrap().folds(), found.folds());
}

#[test]
fn groups_share_the_classes_out() {
    // Each group has one class; shuffled by size alone, some folds would lack the rare one.
    let group: Vec<String> = (0..300).map(|row| format!("g{}", row / 10)).collect();
    let class: Vec<&str> =
        (0..300).map(|row| if row / 10 % 6 == 0 { "rare" } else { "usual" }).collect();
    let table = table(vec![Column::text("g", &group), Column::text("y", &class)]);
    let options = FoldOptions { group: Some("g".to_owned()), ..FoldOptions::default() };
    for seed in 0..20 {
        let found = divided(&table, "y", &FoldOptions { seed, ..options.clone() }).unwrap();
        for fold in found.folds() {
            let rare = fold.test.iter().filter(|&&row| class[row] == "rare").count();
            assert_eq!((rare, fold.test.len()), (10, 60));
        }
    }
}

#[test]
fn what_cannot_be_divided_is_refused_with_the_reason() {
    let cells: Vec<&str> = (0..40).map(|row| if row % 13 == 0 { "few" } else { "many" }).collect();
    let mut times: Vec<f64> = (0..40).map(|row| f64::from(row / 20)).collect();
    let same = times.clone();
    times[7] = f64::NAN;
    let table = table(vec![
        Column::text("y", &cells),
        Column::numbers("t", times),
        Column::numbers("same", same),
        Column::text("word", &cells),
    ]);
    let message = |options: FoldOptions| divided(&table, "y", &options).unwrap_err().to_string();
    let usual = FoldOptions::default;
    let some = |name: &str| Some(name.to_owned());
    for (options, parts) in [
        (FoldOptions { folds: 1, ..usual() }, &["at least 2 folds", "1 fold"][..]),
        (FoldOptions { folds: 41, ..usual() }, &["made up", "41 rows", "found 40", "at most 40"]),
        (usual(), &["5 rows of each class", "found 4 of the class `few`", "at most 4 folds"]),
        (
            FoldOptions { group: some("word"), ..usual() },
            &["5 different groups", "`word`", "found 2"],
        ),
        (FoldOptions { group: some("t"), ..usual() }, &["a group for every row", "row 8", "`t`"]),
        (FoldOptions { time: some("t"), ..usual() }, &["a time for every row", "row 8", "`t`"]),
        (FoldOptions { time: some("same"), ..usual() }, &["`same`", "6 stretches", "into 2"]),
        (FoldOptions { time: some("word"), ..usual() }, &["dates or numbers", "`few`"]),
        (FoldOptions { time: some("tt"), ..usual() }, &["`tt`"]),
        (FoldOptions { group: some("gruop"), ..usual() }, &["`gruop`"]),
        (FoldOptions { time: some("same"), group: some("y"), ..usual() }, &["choose one"]),
        (FoldOptions { time: some("same"), repeats: 2, ..usual() }, &["repetition"]),
        // Two groups that are the classes: neither can be predicted from the other.
        (
            FoldOptions { group: some("word"), folds: 2, ..usual() },
            &["every class among the training rows", "fold 1", "fewer folds"],
        ),
    ] {
        let found = message(options);
        for part in parts {
            assert!(found.contains(part), "{part:?} is not in\n{found}");
        }
    }
}

#[test]
fn rows_without_a_value_to_predict_are_in_no_fold() {
    let mut classes = vec!["a"; 40];
    (0..40).step_by(2).for_each(|row| classes[row] = "b");
    classes[7] = "";
    classes[8] = "";
    let codes = classes.iter().map(|class| match *class {
        "a" => 0,
        "b" => 1,
        _ => MISSING,
    });
    let levels = vec!["a".to_owned(), "b".to_owned()];
    let values = Values::Text { codes: codes.collect(), levels };
    let day = |row: usize| format!("{:02}.{:02}.2024", 28 - row % 28, 1 + row / 28);
    let days: Vec<String> = (0..40).map(day).collect();
    let table = table(vec![
        Column { name: "y".to_owned(), values },
        Column::numbers("group", (0..40).map(|row| f64::from(row / 4)).collect()),
        Column::text("day", &days),
    ]);
    let targets = ["y".to_owned()];
    let judged = judge_target(&table, &targets, None).unwrap();
    let there: Vec<usize> = (0..40).filter(|row| ![7, 8].contains(row)).collect();
    let by = |group: Option<&str>, time: Option<&str>| FoldOptions {
        folds: 3,
        group: group.map(str::to_owned),
        time: time.map(str::to_owned),
        ..FoldOptions::default()
    };
    for options in [by(None, None), by(Some("group"), None), by(None, Some("day"))] {
        let found = options.divide(&table, &targets, &judged).unwrap();
        let last = found.folds().last().unwrap();
        let mut rows = [last.training.clone(), last.test.clone()].concat();
        rows.sort_unstable();
        assert_eq!(rows, there);
        // The file has no line for them, and is read as one of this table.
        let read = Folds::parse_csv("f.csv", &found.to_csv(), 40).unwrap();
        assert_eq!(read.for_table(&table, &judged).unwrap().folds(), found.folds());
    }
    // Texts that are dates order the rows: the first of January is row 28.
    let ordered = by(None, Some("day")).divide(&table, &targets, &judged).unwrap();
    assert!(ordered.folds()[0].training.contains(&27) && ordered.folds()[2].test.contains(&28));
    // A file that has lines for them too is one of the table; one that lacks another row is not.
    let lines = |rows: &[usize]| {
        let line = |row: &usize| format!("{},{}\n", row + 1, 1 + row / 2 % 2);
        format!("row,fold\n{}", rows.iter().map(line).collect::<String>())
    };
    let of = |rows: &[usize]| {
        Folds::parse_csv("f.csv", &lines(rows), 40).unwrap().for_table(&table, &judged)
    };
    let all: Vec<usize> = (0..40).collect();
    assert_eq!(of(&all).unwrap().folds(), of(&there).unwrap().folds());
    let message = of(&there[1..]).unwrap_err().to_string();
    assert!(message.contains("row 1 in none") && message.contains("add the row"), "{message}");
}

#[test]
fn files_of_folds_that_do_not_fit_are_refused() {
    for (text, parts) in [
        ("", &["first line row,fold"][..]),
        ("a,b\n1,1\n", &["first line row,fold", "`a,b`"]),
        ("row,fold\n1,1\n2,2\n3,x\n", &["f.csv", "line 4", "`3,x`"]),
        ("row,fold\n1,1\n2,2\n0,1\n", &["line 4", "from 1 on"]),
        ("row,fold\n1,1\n2,2\n3\n", &["line 4", "2 whole numbers"]),
        ("row,fold\n1,1\n2,2\n4,1\n", &["up to 3", "line 4", "use the folds of these data"]),
        ("row,fold\n1,1\n2,2\n2,1\n", &["each row once", "row 2 again in line 4"]),
        ("row,fold\n1,1\n2,3\n3,3\n", &["folds 1 to 3", "none in 2"]),
        ("row,fold\n1,1\n2,1\n3,1\n", &["at least 2 folds", "found 1 fold"]),
        ("row,repeat,fold\n1,2,1\n", &["repetitions one after the other", "line 2"]),
        ("row,fold\n1,99999999999999999999\n", &["line 2"]),
    ] {
        let found = Folds::parse_csv("f.csv", text, 3).unwrap_err().to_string();
        for part in parts {
            assert!(found.contains(part), "{part:?} is not in\n{found}");
        }
    }
    // Any order of the lines, a mark at the beginning, blanks and Windows' ends of lines.
    let folds = Folds::parse_csv("f.csv", "\u{feff}row,fold\r\n3, 1\r\n1,2\r\n\r\n2,1", 3).unwrap();
    assert_eq!(folds.folds()[0], Fold { training: vec![0], test: vec![1, 2] });
    assert_eq!(folds.scheme(), FoldScheme::Given);
}
