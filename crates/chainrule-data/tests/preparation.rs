//! Preparation across the whole road: fitted, saved, loaded, applied.

use chainrule_data::*;
use chainrule_math::random::Stream;

fn flowers(rows: usize, seed: u64) -> Table {
    let mut stream = Stream::new(seed, "test.flowers");
    let mut numbers = || (0..rows).map(|_| stream.normal() * 3.0 + 1.0).collect::<Vec<f64>>();
    let (length, width) = (numbers(), numbers());
    let colours: Vec<&str> = (0..rows).map(|i| ["red", "blue", "white"][i % 3]).collect();
    let species: Vec<&str> = (0..rows).map(|i| ["b", "a"][i / 2 % 2]).collect();
    Table::new(
        "flowers",
        vec![
            Column::numbers("length", length),
            Column::text("colour", &colours),
            Column::numbers("width", width),
            Column::text("species", &species),
        ],
    )
    .unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

fn all(table: &Table) -> Vec<usize> {
    (0..table.rows()).collect()
}

#[test]
fn rows_outside_the_training_rows_change_nothing() {
    let training: Vec<usize> = (0..40).filter(|row| row % 5 != 0).collect();
    let one = flowers(40, 1);
    for target in ["species", "length"] {
        for scale in Scale::ALL {
            let options = PrepareOptions { scale: Some(scale), ..PrepareOptions::default() };
            let fit = |table: &Table| {
                Preparation::fit(table, &names(&[target]), &training, &options).unwrap()
            };
            // Every value outside the training rows becomes another one.
            let columns = one.columns().iter().map(|column| match &column.values {
                Values::Numbers(numbers) => {
                    let numbers = numbers.iter().enumerate();
                    let changed = numbers.map(|(row, &x)| if row % 5 == 0 { 1e6 } else { x });
                    Column::numbers(column.name.clone(), changed.collect())
                }
                _ => {
                    let cells: Vec<String> = (0..40)
                        .map(|row| if row % 5 == 0 { "new".into() } else { column.cell(row) })
                        .collect();
                    Column::text(column.name.clone(), &cells)
                }
            });
            let other = Table::new("flowers", columns.collect()).unwrap();
            assert_ne!(one, other);
            assert_eq!(fit(&one), fit(&other), "{target} {scale}");
        }
    }
}

#[test]
fn a_saved_preparation_is_the_same_to_the_last_bit() {
    let table = flowers(41, 2);
    for target in ["species", "width"] {
        let fitted =
            Preparation::fit(&table, &names(&[target]), &all(&table), &PrepareOptions::default())
                .unwrap();
        let json = serde_json::to_string(&fitted).unwrap();
        let loaded: Preparation = serde_json::from_str(&json).unwrap();
        loaded.validate().unwrap();
        assert_eq!(loaded, fitted);
        let rows = all(&table);
        assert_eq!(
            loaded.features(&table, &rows).unwrap(),
            fitted.features(&table, &rows).unwrap()
        );
    }
}

#[test]
fn columns_are_found_by_name() {
    let table = flowers(30, 3);
    let rows: Vec<usize> = vec![29, 0, 0, 7];
    let fitted =
        Preparation::fit(&table, &names(&["species"]), &all(&table), &PrepareOptions::default())
            .unwrap();
    assert_eq!(
        fitted.feature_names(),
        ["length", "colour=blue", "colour=red", "colour=white", "width"]
    );
    assert_eq!((fitted.inputs(), fitted.outputs(), fitted.task()), (5, 1, Task::Binary));
    assert_eq!(fitted.class_names(), ["a", "b"]);
    let mut columns = table.columns().to_vec();
    columns.reverse();
    columns.insert(1, Column::text("note", &["?"; 30]));
    let shuffled = Table::new("other", columns).unwrap();
    let features = fitted.features(&table, &rows).unwrap();
    assert_eq!(features, fitted.features(&shuffled, &rows).unwrap());
    assert_eq!(features[1..4], [0.0, 0.0, 1.0], "row 29 is white");
    assert_eq!(features[5..10], features[10..15], "row 0 twice");
    let Targets::Classes(classes) = fitted.targets(&shuffled, &[0, 2]).unwrap() else { panic!() };
    assert_eq!(classes, [1, 0]);
}

#[test]
fn scaled_columns_have_the_range_that_was_asked_for() {
    let table = flowers(50, 4);
    let rows = all(&table);
    let column = |scale| {
        let options = PrepareOptions { scale: Some(scale), ..PrepareOptions::default() };
        let fitted = Preparation::fit(&table, &names(&["species"]), &rows, &options).unwrap();
        let matrix = fitted.features(&table, &rows).unwrap();
        matrix.chunks(fitted.inputs()).map(|line| f64::from(line[0])).collect::<Vec<f64>>()
    };
    let range = |numbers: &[f64]| {
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        (least, numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    assert_eq!(range(&column(Scale::Unit)), (0.0, 1.0));
    assert_eq!(range(&column(Scale::Symmetric)), (-1.0, 1.0));
    let standard = column(Scale::Standard);
    let mean = standard.iter().sum::<f64>() / 50.0;
    let variance = standard.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 50.0;
    assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-6, "{mean} {variance}");
}

#[test]
fn the_pixels_of_an_image_share_one_scaling() {
    let pixels = [vec![0, 0, 0], vec![0, 3, 0], vec![10, 200, 60], vec![7, 7, 7]];
    let mut columns: Vec<Column> = (0..4)
        .map(|index| Column::bytes(ImageShape::pixel_name(index), pixels[index].clone()))
        .collect();
    columns.push(Column::bytes("label", vec![0, 1, 1]));
    let shape = ImageShape { height: 2, width: 2 };
    let table = Table::new("images", columns).unwrap().with_image(shape);
    let options = PrepareOptions { task: Some(Task::Regression), ..PrepareOptions::default() };
    let fit =
        |rows: &[usize]| Preparation::fit(&table, &names(&["label"]), rows, &options).unwrap();
    let fitted = fit(&[0, 1]);
    assert_eq!((fitted.scale(), fitted.image()), (Scale::Unit, Some(shape)));
    let expected = [0.0, 0.0, 0.05, 0.035, 0.0, 0.015, 1.0, 0.035, 0.0, 0.0, 0.3, 0.035];
    assert_eq!(fitted.features(&table, &[0, 1, 2]).unwrap(), expected);
    // Images of another size have pixels of the same names.
    let smaller = Table::new("small", vec![Column::bytes("pixel1", vec![0])])
        .unwrap()
        .with_image(ImageShape { height: 1, width: 1 });
    let message = fitted.features(&smaller, &[0]).unwrap_err().to_string();
    assert!(message.contains("expected images of 2 x 2 pixels"), "{message}");
}

#[test]
fn regression_targets_are_scaled_and_come_back() {
    let table = flowers(60, 5);
    let rows = all(&table);
    let targets = names(&["length", "width"]);
    let fitted = Preparation::fit(&table, &targets, &rows, &PrepareOptions::default()).unwrap();
    assert_eq!((fitted.task(), fitted.outputs()), (Task::Regression, 2));
    let Targets::Values { values, columns } = fitted.targets(&table, &rows).unwrap() else {
        panic!("regression has values");
    };
    assert_eq!((columns, values.len()), (2, 120));
    let mean: f32 = values.iter().step_by(2).sum::<f32>() / 60.0;
    assert!(mean.abs() < 1e-6);
    let original = fitted.target_values(&table, &rows).unwrap();
    for (back, original) in fitted.unscale(&values).iter().zip(&original) {
        assert!((back - original).abs() < 1e-5, "{back} {original}");
    }
    let options = PrepareOptions { scale_target: false, ..PrepareOptions::default() };
    let plain = Preparation::fit(&table, &targets, &rows, &options).unwrap();
    let Targets::Values { values, .. } = plain.targets(&table, &rows).unwrap() else { panic!() };
    assert_eq!(f64::from(values[0]), f64::from(original[0] as f32));
}

#[test]
fn several_labels_are_zero_and_one() {
    let table = Table::new(
        "labels",
        vec![
            Column::numbers("x", vec![1.0, 2.0, 3.0]),
            Column::numbers("sad", vec![0.0, 1.0, 1.0]),
            Column::bytes("calm", vec![1, 0, 1]),
        ],
    )
    .unwrap();
    let targets = names(&["calm", "sad"]);
    let fitted =
        Preparation::fit(&table, &targets, &[0, 1, 2], &PrepareOptions::default()).unwrap();
    assert_eq!((fitted.task(), fitted.outputs()), (Task::MultiLabel, 2));
    let expected = Targets::Values { values: vec![1.0, 0.0, 1.0, 1.0], columns: 2 };
    assert_eq!(fitted.targets(&table, &[0, 2]).unwrap(), expected);
}

#[test]
fn columns_can_be_left_out_and_unseen_categories_be_zeros() {
    let table = flowers(30, 6);
    let training: Vec<usize> = (0..30).filter(|row| row % 3 != 0).collect();
    let options = PrepareOptions {
        drop: names(&["length"]),
        unseen: Unseen::Zeros,
        ..PrepareOptions::default()
    };
    let fitted = Preparation::fit(&table, &names(&["species"]), &training, &options).unwrap();
    assert_eq!(fitted.feature_names(), ["colour=blue", "colour=white", "width"]);
    assert_eq!(fitted.features(&table, &[0]).unwrap()[..2], [0.0, 0.0]);
    let unseen = fitted.unseen_categories(&table, &all(&table)).unwrap();
    assert_eq!(unseen, [("colour".to_owned(), "red".to_owned(), 10)]);
    let options = PrepareOptions { drop: names(&["lenght"]), ..options };
    let error = Preparation::fit(&table, &names(&["species"]), &training, &options).unwrap_err();
    assert!(error.to_string().contains("did you mean `length`?"), "{error}");
}

#[test]
fn many_rows_in_any_order_are_filled_in() {
    // More rows than a block and more columns than a group.
    let (rows, width) = (1000, 37);
    let column = |c: usize| {
        let bytes = (0..rows).map(|row| (row * 7 + c * 13) as u8).collect();
        Column::bytes(format!("c{c}"), bytes)
    };
    let mut columns: Vec<Column> = (0..width).map(column).collect();
    columns.push(Column::numbers("y", (0..rows).map(|row| row as f64 / 3.0).collect()));
    let table = Table::new("wide", columns).unwrap();
    let mut order = all(&table);
    Stream::new(1, "test.order").shuffle(&mut order);
    let options = PrepareOptions { scale: Some(Scale::None), ..PrepareOptions::default() };
    let fitted = Preparation::fit(&table, &names(&["y"]), &order, &options).unwrap();
    let matrix = fitted.features(&table, &order).unwrap();
    for (line, &row) in matrix.chunks(width).zip(&order) {
        for (c, &value) in line.iter().enumerate() {
            assert_eq!(value, f32::from((row * 7 + c * 13) as u8));
        }
    }
}

#[test]
fn a_column_read_as_numbers_matches_categories_that_are_numbers() {
    let csv = |text: &str| parse_csv("t.csv", text.as_bytes(), &CsvOptions::default()).unwrap();
    let training = csv("children,y\n1,0\n2,1\nmany,0\nnone,1\n2,0\n");
    let fitted =
        Preparation::fit(&training, &names(&["y"]), &all(&training), &PrepareOptions::default())
            .unwrap();
    assert_eq!(fitted.feature_names().len(), 4);
    // This file happens to have numbers only.
    let numbers = csv("children\n2\n1\n");
    assert_eq!(
        fitted.features(&numbers, &[0, 1]).unwrap(),
        [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    );
}

#[test]
fn numbers_in_place_of_texts_are_refused() {
    let csv = |text: &str| parse_csv("t.csv", text.as_bytes(), &CsvOptions::default()).unwrap();
    let training = csv("sex,y\nmale,0\nfemale,1\nmale,0\nfemale,1\n");
    let fitted =
        Preparation::fit(&training, &names(&["y"]), &all(&training), &PrepareOptions::default())
            .unwrap();
    let message = fitted.features(&csv("sex\n\"\"\n1\n0\n"), &[0, 2]).unwrap_err().to_string();
    for part in ["data row 2", "column `sex`", "`female`, `male`", "the number `1`"] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    // Nothing is known of what is missing in every row.
    let missing = Table::new("m", vec![Column::numbers("sex", vec![f64::NAN; 2])]).unwrap();
    assert_eq!(fitted.features(&missing, &[0, 1]).unwrap().len(), 2 * fitted.inputs());
}

#[test]
fn reading_for_a_preparation_ignores_what_it_does_not_need() {
    let table = flowers(30, 7);
    let fitted =
        Preparation::fit(&table, &names(&["species"]), &all(&table), &PrepareOptions::default())
            .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.csv");
    std::fs::write(&path, "note,colour,length,width,species\n,red,1,2,\nx,blue,3,4,\n").unwrap();
    let path = path.to_str().unwrap();
    let options = SourceOptions::default().for_preparation(&fitted, false);
    let read = open(path, &options).unwrap().table;
    assert_eq!(fitted.features(&read, &[0, 1]).unwrap().len(), 10);
    let options = SourceOptions::default().for_preparation(&fitted, true);
    assert_eq!(open(path, &options).unwrap().table.column("species").unwrap().missing(), 2);
}

/// Of larger images only the pixels with known names are read; they are still larger images.
#[test]
fn images_of_another_size_are_refused_although_only_some_pixels_are_read() {
    let digits = open("digits", &SourceOptions::default()).unwrap().table;
    let fitted =
        Preparation::fit(&digits, &names(&["label"]), &all(&digits), &PrepareOptions::default())
            .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large-images-idx3-ubyte");
    let header = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 10];
    std::fs::write(&path, [&header[..], &[7; 2 * 90]].concat()).unwrap();
    let options = SourceOptions::default().for_preparation(&fitted, false);
    let read = open(path.to_str().unwrap(), &options).unwrap().table;
    assert_eq!((read.columns().len(), read.image()), (64, None));
    let message = fitted.features(&read, &[0, 1]).unwrap_err().to_string();
    assert!(message.contains("large-images-idx3-ubyte: expected images of 8 x 8"), "{message}");
    assert!(message.contains("found 9 x 10"), "{message}");
}

#[test]
fn a_hostile_preparation_is_refused() {
    let table = flowers(30, 8);
    let fitted =
        Preparation::fit(&table, &names(&["species"]), &all(&table), &PrepareOptions::default())
            .unwrap();
    let json = serde_json::to_string(&fitted).unwrap();
    let image = |height: usize, width: usize| {
        format!("\"image\":{{\"height\":{height},\"width\":{width}}}")
    };
    for (from, to) in [
        ("\"name\":\"width\"", "\"name\":\"length\"".to_owned()),
        ("\"name\":\"width\"", "\"name\":\"species\"".to_owned()),
        ("[\"a\",\"b\"]", "[\"a\",\"a\"]".to_owned()),
        ("[\"a\",\"b\"]", "[]".to_owned()),
        ("[\"a\",\"b\"]", "[\"a\",\"b\",\"c\"]".to_owned()),
        ("\"binary\"", "\"regression\"".to_owned()),
        ("[\"species\"]", "[]".to_owned()),
        ("[\"species\"]", "[\"species\",\"other\"]".to_owned()),
        ("[\"blue\",\"red\",\"white\"]", "[]".to_owned()),
        ("[\"blue\",\"red\",\"white\"]", "[\"red\",\"red\"]".to_owned()),
        ("\"image\":null", image(2, 2)),
        ("\"image\":null", image(0, 0)),
        ("\"image\":null", image(usize::MAX, usize::MAX)),
    ] {
        let hostile = json.replace(from, &to);
        assert_ne!(hostile, json, "{from}");
        let loaded: Preparation = serde_json::from_str(&hostile).unwrap();
        let message = loaded.validate().unwrap_err().to_string();
        assert!(message.contains("stored preparation is damaged"), "{message}");
        assert!(message.contains("train the model again"), "{message}");
    }
    assert!(
        serde_json::from_str::<Preparation>(
            &json.replace("\"offset\":", "\"offset\":1e999,\"x\":")
        )
        .is_err()
    );
    assert!(serde_json::from_str::<Preparation>("{}").is_err());
}
