//! Columns of every kind, with values missing, through the preparation.

use chainrule_data::*;
use proptest::prelude::*;

/// A column by its cells; a column in which all that is there is a number holds numbers.
fn column(name: &str, cells: &[Option<String>]) -> Column {
    let numbers: Option<Vec<f64>> = cells
        .iter()
        .map(|cell| cell.as_ref().map_or(Some(f64::NAN), |it| it.parse().ok()))
        .collect();
    if let Some(numbers) = numbers {
        return Column::numbers(name, numbers);
    }
    let there: Vec<&String> = cells.iter().flatten().collect();
    let Values::Text { codes, levels } = Column::text(name, &there).values else {
        unreachable!("a column of text")
    };
    let mut codes = codes.into_iter();
    let code = |cell: &Option<String>| cell.as_ref().map_or(MISSING, |_| codes.next().unwrap());
    let codes = cells.iter().map(code).collect();
    Column { name: name.into(), values: Values::Text { codes, levels } }
}

fn table(columns: &[(&str, &[&str])]) -> Table {
    let cells = |cells: &[&str]| -> Vec<Option<String>> {
        cells.iter().map(|cell| (!cell.is_empty()).then(|| cell.to_string())).collect()
    };
    let columns = columns.iter().map(|(name, values)| column(name, &cells(values)));
    Table::new("t", columns.collect()).unwrap()
}

fn fit(table: &Table, options: &PrepareOptions) -> Preparation {
    let rows: Vec<usize> = (0..table.rows()).collect();
    Preparation::fit(table, &["y".into()], &rows, options).unwrap()
}

fn line(preparation: &Preparation, table: &Table, row: usize) -> Vec<f32> {
    preparation.features(table, &[row]).unwrap()
}

fn unscaled() -> PrepareOptions {
    PrepareOptions { scale: Some(Scale::None), ..PrepareOptions::default() }
}

const Y: (&str, &[&str]) = ("y", &["0", "1", "0", "1", "0"]);

#[test]
fn a_missing_number_becomes_the_median_and_is_told_of() {
    let trained = table(&[("x", &["1", "", "9", "2", ""]), ("z", &["1", "2", "3", "4", "5"]), Y]);
    let fitted = fit(&trained, &unscaled());
    assert_eq!(fitted.feature_names(), ["x", "x missing", "z"]);
    assert_eq!(line(&fitted, &trained, 0), [1.0, 0.0, 1.0]);
    assert_eq!(line(&fitted, &trained, 1), [2.0, 1.0, 2.0]);
    let frequent = PrepareOptions { fill: Fill::MostFrequent, ..unscaled() };
    let frequent = fit(&table(&[("x", &["7", "", "9", "9", ""]), Y]), &frequent);
    assert_eq!(line(&frequent, &table(&[("x", &[""])]), 0), [9.0, 1.0]);
    // Where none was missing in training there is no input to tell of it, so the caller is told.
    let other = table(&[("x", &["", "4"]), ("z", &["", "8"])]);
    assert_eq!(line(&fitted, &other, 0), [2.0, 1.0, 3.0]);
    assert_eq!(fitted.unexpected_missing(&other, &[0, 1]).unwrap(), [("z".to_string(), 1)]);
}

#[test]
fn a_missing_category_becomes_the_most_frequent_and_is_told_of() {
    let trained = table(&[("x", &["b", "", "a", "b", "c"]), Y]);
    let fitted = fit(&trained, &unscaled());
    assert_eq!(fitted.feature_names(), ["x=a", "x=b", "x=c", "x missing"]);
    assert_eq!(line(&fitted, &trained, 1), [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(line(&fitted, &trained, 4), [0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn rare_and_unseen_categories_count_as_one() {
    let options = PrepareOptions { rare: Some(2), ..unscaled() };
    let fitted = fit(&table(&[("x", &["a", "a", "b", "b", "c"]), Y]), &options);
    assert_eq!(fitted.feature_names(), ["x=a", "x=b", "x other"]);
    let other = table(&[("x", &["c", "never seen", "a"])]);
    let lines: Vec<_> = (0..3).map(|row| line(&fitted, &other, row)).collect();
    assert_eq!(lines, [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    let unseen = fitted.unseen_categories(&other, &[0, 1, 2]).unwrap();
    assert_eq!(unseen.len(), 2, "{unseen:?}");
    // All in too few rows: nothing to learn from.
    let all = PrepareOptions { rare: Some(3), ..unscaled() };
    let both = table(&[("x", &["a", "a", "b", "b", "c"]), ("z", &["1", "2", "3", "4", "5"]), Y]);
    let left_out = fit(&both, &all).left_out().to_vec();
    assert_eq!((left_out[0].name.as_str(), left_out[0].kind), ("x", ColumnKind::Text));
}

#[test]
fn many_categories_become_the_numbers_of_an_embedding() {
    let options = PrepareOptions { embed_above: Some(2), ..unscaled() };
    let trained = table(&[("z", &["1", "2", "3", "4", "5"]), ("x", &["b", "", "a", "b", "c"]), Y]);
    let fitted = fit(&trained, &options);
    assert_eq!(fitted.feature_names(), ["z", "x", "x missing"]);
    // Three levels, and one for those that are not known.
    assert_eq!(
        fitted.embeddings(),
        [(1, 3, 3)].map(|(input, levels, width)| (input, levels + 1, width))
    );
    assert_eq!(line(&fitted, &trained, 1)[1..], [1.0, 1.0]);
    assert_eq!(line(&fitted, &trained, 4)[1..], [2.0, 0.0]);
    let other = table(&[("z", &["1"]), ("x", &["new"])]);
    assert_eq!(line(&fitted, &other, 0)[1..], [3.0, 0.0]);
}

#[test]
fn dates_become_time_and_places_in_cycles() {
    let trained = table(&[("x", &["2024-01-01", "2024-07-01", "", "2024-01-03", "2025-01-05"]), Y]);
    let fitted = fit(&trained, &unscaled());
    let names = ["x", "x year sine", "x year cosine", "x month sine", "x month cosine"];
    assert_eq!(fitted.feature_names()[..5], names);
    assert_eq!(fitted.feature_names()[5..], ["x week sine", "x week cosine", "x missing"]);
    // New Year and a Monday.
    let first = line(&fitted, &trained, 0);
    assert_eq!(first, [1_704_067_200.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    // Half way between the two in the middle: 2024-04-02.
    assert_eq!(line(&fitted, &trained, 2)[0], 1_704_240_000.0f32.midpoint(1_719_792_000.0));
    let slash = table(&[("x", &["01/31/2024"])]);
    let message = fitted.features(&slash, &[0]).unwrap_err().to_string();
    assert!(message.contains("expected a date written %Y-%m-%d"), "{message}");
    let times = Column { name: "x".into(), values: Values::Times(vec![1_704_067_200.0]) };
    assert_eq!(line(&fitted, &Table::new("t", vec![times]).unwrap(), 0), first);
}

#[test]
fn columns_that_say_nothing_are_left_out_and_said_so() {
    let id: Vec<String> = (0..40).map(|row| (row + 1).to_string()).collect();
    let name: Vec<String> = (0..40).map(|row| format!("person of number {row}")).collect();
    let cells = |values: &[String]| values.iter().cloned().map(Some).collect::<Vec<_>>();
    let columns = vec![
        column("PassengerId", &cells(&id)),
        column("Name", &cells(&name)),
        Column::numbers("same", vec![3.0; 40]),
        Column::numbers("x", (0..40).map(|row| f64::from(row % 7)).collect()),
        Column::numbers("y", (0..40).map(|row| f64::from(row % 2)).collect()),
    ];
    let table = Table::new("t", columns).unwrap();
    let fitted = fit(&table, &unscaled());
    assert_eq!(fitted.feature_names(), ["x"]);
    let left_out: Vec<ColumnKind> = fitted.left_out().iter().map(|it| it.kind).collect();
    assert_eq!(left_out, [ColumnKind::Identifier, ColumnKind::Text, ColumnKind::Constant]);
    let kinds = vec!["PassengerId=numeric".parse().unwrap(), "x=category".parse().unwrap()];
    let stated = fit(&table, &PrepareOptions { kinds, ..unscaled() });
    assert_eq!(stated.columns()[0].reason, "stated");
    assert_eq!(stated.inputs(), 1 + 7);
    let unknown = PrepareOptions { kinds: vec!["z=date".parse().unwrap()], ..unscaled() };
    let rows: Vec<usize> = (0..40).collect();
    assert!(Preparation::fit(&table, &["y".into()], &rows, &unknown).is_err());
}

#[test]
fn numbers_that_were_read_as_text_are_numbers_still() {
    let fitted = fit(&table(&[("x", &["1", "2", "3", "4", "5"]), Y]), &unscaled());
    let text = |cells: &[&str]| Table::new("t", vec![Column::text("x", cells)]).unwrap();
    assert_eq!(line(&fitted, &text(&["007"]), 0), [7.0]);
    let message = fitted.features(&text(&["7", "many"]), &[0, 1]).unwrap_err().to_string();
    assert!(message.contains("row 2, column `x`") && message.contains("`many`"), "{message}");
}

#[test]
fn a_row_without_its_target_is_not_learned_from() {
    let table = table(&[("x", &["1", "2", "3"]), ("y", &["0", "", "1"])]);
    let options = PrepareOptions::default();
    let error = Preparation::fit(&table, &["y".into()], &[0, 1, 2], &options).unwrap_err();
    assert!(error.to_string().contains("row 2, column `y`: expected a value"), "{error}");
    let fitted = Preparation::fit(&table, &["y".into()], &[0, 2], &options).unwrap();
    assert_eq!(fitted.rows_with_targets(&table).unwrap(), [0, 2]);
    assert!(fitted.targets(&table, &[1]).is_err());
}

/// Cells of any kind of column, also of ones that are mixed or empty.
fn cells(rows: usize) -> impl Strategy<Value = Vec<Option<String>>> {
    let number = (-50i32..50).prop_map(|it| it.to_string()).boxed();
    let fraction = (-1e6..1e6f64).prop_map(|it| it.to_string()).boxed();
    let word = "[a-e]".boxed();
    let sentence = "[a-z]{1,6} [a-z]{1,6} [a-z]{1,6}".boxed();
    let date =
        (1i32..28, 1i32..12).prop_map(|(day, month)| format!("2024-{month:02}-{day:02}")).boxed();
    let flag = (0i32..2).prop_map(|it| it.to_string()).boxed();
    let any = prop_oneof![number.clone(), word.clone(), date.clone()].boxed();
    prop::sample::select(vec![number, fraction, word, sentence, date, flag, any]).prop_flat_map(
        move |cell| prop::collection::vec(prop::option::weighted(0.85, cell), rows..=rows),
    )
}

const ROWS: usize = 30;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever stands in other rows, what is learned from the training rows is the same, and so is what
    /// becomes of them.
    #[test]
    fn a_preparation_depends_on_its_training_rows_alone(
        one in prop::collection::vec(cells(ROWS), 1..4),
        // The other rows take on what other rows of the same columns have, or nothing.
        shuffled in prop::collection::vec(prop::option::of(0..ROWS), ROWS..=ROWS),
        scale in prop::sample::select(Scale::ALL.to_vec()),
        embed_above in 0usize..20,
        rare in 0usize..4,
    ) {
        let training: Vec<usize> = (0..ROWS).filter(|row| row % 3 != 0).collect();
        let tables = [false, true].map(|changed| {
            let columns = one.iter().enumerate().map(|(number, cells)| {
                let cell = |row: usize| match (changed && row.is_multiple_of(3), shuffled[row]) {
                    (true, Some(other)) => cells[other].clone(),
                    (true, None) => None,
                    (false, _) => cells[row].clone(),
                };
                let cells: Vec<Option<String>> = (0..ROWS).map(cell).collect();
                (format!("x{number}"), cells)
            });
            let columns: Vec<(String, Vec<Option<String>>)> = columns.collect();
            // The reader decides from all rows whether a column holds numbers: here it is as at first.
            let is_text = |number: usize| one[number].iter().flatten().any(|it| it.parse::<f64>().is_err());
            let mut read: Vec<Column> = columns.iter().enumerate().map(|(number, (name, cells))| {
                let marker = is_text(number).then(|| Some("text".to_string()));
                let with: Vec<Option<String>> = cells.iter().cloned().chain(marker).collect();
                match column(name, &with).values {
                    Values::Text { mut codes, levels } => {
                        codes.truncate(ROWS);
                        Column { name: name.clone(), values: Values::Text { codes, levels } }
                    }
                    values => Column { name: name.clone(), values },
                }
            }).collect();
            read.push(Column::numbers("y", (0..ROWS).map(|row| f64::from(u8::from(row % 2 == 0))).collect()));
            Table::new("t", read).unwrap()
        });
        let options = PrepareOptions {
            scale: Some(scale),
            embed_above: Some(embed_above),
            rare: Some(rare),
            unseen: Unseen::Zeros,
            ..PrepareOptions::default()
        };
        let fitted = tables.each_ref().map(|table| {
            Preparation::fit(table, &["y".into()], &training, &options).map_err(|error| error.to_string())
        });
        prop_assert_eq!(&fitted[0], &fitted[1]);
        if let [Ok(one), Ok(_)] = &fitted {
            one.validate().unwrap();
            let json = serde_json::to_string(one).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Preparation>(&json).unwrap(), one);
            let lines = tables.each_ref().map(|table| one.features(table, &training).unwrap());
            prop_assert_eq!(&lines[0], &lines[1]);
            prop_assert!(lines[0].iter().all(|number| number.is_finite()));
            prop_assert_eq!(one.feature_names().len(), one.inputs());
        }
    }
}
