//! Temperatures, sets and intervals of trained models.

use chainrule::confidence::{Conformal, observe_regions, predict_regions};
use chainrule::data::{Column, Dataset, SourceOptions, Table, Task, open};
use chainrule::explain::attribute_table;
use chainrule::math::random::Stream;
use chainrule::{
    CalibrationMethod, Model, Recipe, Trained, evaluate_table, predict_table, predict_table_at,
};
use ndarray::Array2;

/// Rows whose class or number hangs on two columns and chance.
fn made(rows: usize, seed: u64, target: &str) -> Table {
    let mut stream = Stream::new(seed, "rows");
    let mut columns = [const { Vec::new() }; 2];
    let (mut kinds, mut prices) = (Vec::new(), Vec::new());
    let (mut dear, mut odd) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let (a, b) = (stream.normal(), stream.normal());
        columns[0].push(a);
        columns[1].push(b);
        let noisy = [a + stream.normal(), b + stream.normal(), 0.5 * stream.normal()];
        let best = (0..3).max_by(|&i, &j| noisy[i].total_cmp(&noisy[j])).unwrap();
        kinds.push(["x", "y", "z"][best]);
        prices.push(100.0 + 20.0 * a - 10.0 * b * b + 5.0 * stream.normal());
        dear.push(f64::from(noisy[0] > 0.0));
        odd.push(f64::from(noisy[1] > 0.7));
    }
    let [a, b] = columns;
    let mut columns = vec![Column::numbers("a", a), Column::numbers("b", b)];
    match target {
        "kind" => columns.push(Column::text("kind", &kinds)),
        "price" => columns.push(Column::numbers("price", prices)),
        "dear" => columns.push(Column::numbers("dear", dear)),
        _ => columns.extend([Column::numbers("dear", dear), Column::numbers("odd", odd)]),
    }
    Table::new("made", columns).unwrap()
}

fn targets(target: &str) -> Vec<String> {
    match target {
        "labels" => vec!["dear".to_string(), "odd".to_string()],
        one => vec![one.to_string()],
    }
}

/// Of all rows of the table, tested on the other.
fn train(table: &Table, test: Option<&Table>, target: &str, recipe: &Recipe) -> Trained {
    let data = Dataset { table: table.clone(), test: test.cloned(), target: None };
    let task = match target {
        "price" => Task::Regression,
        "kind" => Task::MultiClass,
        "dear" => Task::Binary,
        _ => Task::MultiLabel,
    };
    Recipe { targets: targets(target), task: Some(task), threads: Some(1), ..recipe.clone() }
        .train(&data)
        .unwrap()
}

/// Taught never to be sure, so that it claims too little.
fn modest() -> Recipe {
    Recipe {
        hidden: vec![16],
        epochs: Some(30),
        label_smoothing: Some(0.5),
        validation: 0.3,
        ..Recipe::default()
    }
}

#[test]
fn a_temperature_changes_probabilities_and_no_class() {
    for target in ["kind", "dear", "labels"] {
        let (table, test) = (made(500, 1, target), made(2000, 2, target));
        let trained = train(&table, Some(&test), target, &modest());
        let calibration = trained.model.confidence.calibration.expect("it claims too little");
        let temperature = calibration.temperature;
        assert!(temperature < 0.8, "{target}: {calibration:?}");
        assert!(calibration.after.log_loss < calibration.before.log_loss);
        // What helps on the validation rows helps on others.
        let [before, after] = trained.probabilities.unwrap();
        assert!(after.log_loss < before.log_loss, "{target}: {before:?} {after:?}");
        assert!(after.calibration_error < before.calibration_error, "{before:?} {after:?}");

        let mut plain = trained.model.clone();
        plain.confidence = Default::default();
        let (found, raw) =
            (predict_table(&trained.model, &test).unwrap(), predict_table(&plain, &test).unwrap());
        assert_eq!(found.predicted_classes, raw.predicted_classes);
        for row in 0..found.rows {
            assert_eq!(found.line(row, false), raw.line(row, false));
        }
        // p^(1/T), divided by its sum over the classes (of a label over both answers).
        let power = |p: f32| f64::from(p).powf(1.0 / temperature);
        let width = if target == "labels" { 1 } else { found.header(true).len() };
        for (found, raw) in found.probabilities.chunks(width).zip(raw.probabilities.chunks(width)) {
            let total: f64 = match raw {
                [p] => power(*p) + power(1.0 - *p),
                several => several.iter().map(|p| power(*p)).sum(),
            };
            for (found, raw) in found.iter().zip(raw) {
                assert!((f64::from(*found) - power(*raw) / total).abs() < 1e-5);
            }
        }
        // The network itself is as it was.
        let rows = Array2::from_shape_fn((4, 2), |(row, column)| row as f32 - column as f32);
        assert_eq!(
            trained.model.predict(rows.view()).unwrap(),
            plain.predict(rows.view()).unwrap()
        );
    }
}

#[test]
fn tables_are_judged_by_calibrated_probabilities() {
    let (table, test) = (made(500, 1, "kind"), made(800, 2, "kind"));
    let trained = train(&table, Some(&test), "kind", &modest());
    let judged = evaluate_table(&trained.model, &test).unwrap();
    assert_eq!(Some(judged), trained.test);
    let [_, after] = trained.probabilities.unwrap();
    assert!((judged.loss - after.log_loss).abs() < 1e-5, "{judged:?} {after:?}");
    let mut plain = trained.model.clone();
    plain.confidence = Default::default();
    let raw = evaluate_table(&plain, &test).unwrap();
    assert!(raw.loss > judged.loss && raw.accuracy == judged.accuracy);
}

#[test]
fn what_is_explained_is_the_calibrated_probability() {
    let table = made(500, 1, "kind");
    let model = train(&table, None, "kind", &modest()).model;
    let predictions = predict_table(&model, &table).unwrap();
    for found in attribute_table(&model, &table, &[0, 1, 2], &Default::default()).unwrap() {
        let class = predictions.predicted_classes[found.row] as usize;
        let expected = f64::from(predictions.probabilities[found.row * 3 + class]);
        assert!((found.prediction - expected).abs() < 1e-5, "{found:?} {expected}");
        assert!((found.sum() - (found.prediction - found.baseline)).abs() < 1e-9);
    }
}

#[test]
fn a_threshold_is_one_of_calibrated_probabilities() {
    let table = made(500, 1, "dear");
    let trained = train(&table, None, "dear", &modest());
    let found = predict_table_at(&trained.model, &table, 0.8).unwrap();
    for (pair, &class) in found.probabilities.chunks(2).zip(&found.predicted_classes) {
        assert_eq!(class == 1, f64::from(pair[1]) >= 0.8);
    }
}

#[test]
fn without_validation_rows_or_on_request_nothing_is_known() {
    let table = made(300, 1, "kind");
    let none = Recipe { calibration: CalibrationMethod::None, ..modest() };
    let trained = train(&table, None, "kind", &none);
    assert_eq!(trained.model.confidence.calibration, None);
    assert_eq!(trained.probabilities, None);
    assert!(trained.model.confidence.conformal.is_some());
    let without = Recipe { validation: 0.0, epochs: Some(5), ..modest() };
    let trained = train(&table, None, "kind", &without);
    assert!(trained.model.confidence.is_none());
    let message = predict_regions(&trained.model, &table, 0.9).unwrap_err().to_string();
    assert!(message.contains("trained with validation rows"), "{message}");
}

#[test]
fn the_model_file_holds_it() {
    let table = made(400, 1, "kind");
    let model = train(&table, None, "kind", &modest()).model;
    let bytes = model.to_bytes();
    let read = Model::<f32>::from_bytes(&bytes).unwrap();
    assert_eq!(read.confidence, model.confidence);
    assert_eq!(read.to_bytes(), bytes);
    // A file of a model without is as it ever was.
    let mut plain = model.clone();
    plain.confidence = Default::default();
    let text = String::from_utf8_lossy(&plain.to_bytes()).into_owned();
    assert!(!text.contains("confidence") && text.contains("settings"));
    assert!(Model::<f32>::from_bytes(&plain.to_bytes()).unwrap().confidence.is_none());

    let refused = |change: &dyn Fn(&mut Model)| {
        let mut model = model.clone();
        change(&mut model);
        Model::<f32>::from_bytes(&model.to_bytes()).unwrap_err()
    };
    let found = refused(&|model| {
        model.confidence.calibration.as_mut().unwrap().temperature = -2.0;
    });
    assert!(found.contains("a temperature of -2") && found.contains("damaged"), "{found}");
    let found = refused(&|model| model.confidence.conformal.as_mut().unwrap().scores[0].reverse());
    assert!(found.contains("in ascending order"), "{found}");
    let found = refused(&|model| model.preparation = None);
    assert!(found.contains("no preparation"), "{found}");
}

/// n scores and one more, in any order alike: with the rank of the formula the last keeps to the
/// threshold ceil((n + 1) coverage) times in n + 1.
#[test]
fn exchangeable_scores_are_covered_as_often_as_the_formula_says() {
    let mut stream = Stream::new(1, "scores");
    const TRIALS: usize = 20_000;
    for (rows, coverage, expected) in
        [(9, 0.8, 0.8), (12, 0.9, 12.0 / 13.0), (46, 0.9, 43.0 / 47.0)]
    {
        let mut held = 0;
        for _ in 0..TRIALS {
            let mut draw = || stream.normal().abs();
            let mut scores: Vec<f64> = (0..rows).map(|_| draw()).collect();
            let new = draw();
            scores.sort_by(f64::total_cmp);
            let conformal = Conformal { rows, scores: vec![scores] };
            held += usize::from(new <= conformal.threshold(0, coverage).unwrap());
        }
        let found = held as f64 / TRIALS as f64;
        let error = (expected * (1.0 - expected) / TRIALS as f64).sqrt();
        assert!((found - expected).abs() < 4.0 * error, "{rows}: {found} for {expected}");
    }
}

/// Many splits: every table is drawn anew, and the network learns, chooses its epoch and is calibrated
/// before the new rows are looked at.
#[test]
fn sets_and_intervals_hold_what_they_promise() {
    let recipe = Recipe { hidden: vec![8], epochs: Some(30), validation: 0.3, ..Recipe::default() };
    for target in ["kind", "dear", "labels", "price"] {
        let test = made(2000, 1, target);
        let (mut coverage, mut size) = (0.0, 0.0);
        const SPLITS: usize = 30;
        for split in 0..SPLITS {
            let recipe = Recipe { seed: split as u64, ..recipe.clone() };
            let table = made(300, 100 + split as u64, target);
            let model = train(&table, Some(&test), target, &recipe).model;
            let found = observe_regions(&model, &test, 0.9).unwrap();
            coverage += found.coverage.iter().sum::<f64>() / found.coverage.len() as f64;
            size += found.size.iter().sum::<f64>() / found.size.len() as f64;
        }
        let (coverage, size) = (coverage / SPLITS as f64, size / SPLITS as f64);
        println!("{target}: coverage {coverage:.3}, size {size:.3}");
        // 82 of 91 places: 0.901; the mean of 30 splits is off by 0.006 or so.
        assert!((0.88..=0.92).contains(&coverage), "{target}: {coverage}");
    }
}

#[test]
fn regions_are_shown_as_text() {
    let table = made(400, 1, "kind");
    let model = train(&table, None, "kind", &modest()).model;
    let regions = predict_regions(&model, &table, 0.9).unwrap();
    assert_eq!(regions.header(), ["kind_set"]);
    let predictions = predict_table(&model, &table).unwrap();
    let several = (0..400).find(|&row| regions.set(row, 0).len() == 2).unwrap();
    assert_eq!(regions.line(several)[0], regions.set(several, 0).join("|"));
    for row in 0..400 {
        let set = regions.set(row, 0);
        let own = &predictions.probabilities[row * 3..][..3];
        // No class outside is likelier than one within.
        let least = own.iter().zip(&regions.classes).filter(|(_, it)| set.contains(&it.as_str()));
        let least = least.map(|(p, _)| *p).fold(1.0, f32::min);
        let most = own.iter().zip(&regions.classes).filter(|(_, it)| !set.contains(&it.as_str()));
        assert!(set.is_empty() || most.map(|(p, _)| *p).fold(0.0, f32::max) <= least);
    }
    // More coverage holds more.
    let more = predict_regions(&model, &table, 0.95).unwrap();
    assert!(more.sets.iter().zip(&regions.sets).all(|(more, some)| more | !some));

    let table = made(400, 1, "price");
    let model =
        train(&table, None, "price", &Recipe { label_smoothing: Some(0.0), ..modest() }).model;
    let regions = predict_regions(&model, &table, 0.9).unwrap();
    assert_eq!(regions.header(), ["price_lower", "price_upper"]);
    let value = predict_table(&model, &table).unwrap().values[0];
    let radius = model.confidence.conformal.as_ref().unwrap().threshold(0, 0.9).unwrap();
    assert_eq!(regions.intervals[0], [value - radius, value + radius]);

    let table = made(400, 1, "labels");
    let model = train(&table, None, "labels", &modest()).model;
    let regions = predict_regions(&model, &table, 0.9).unwrap();
    assert_eq!(regions.header(), ["dear_set", "odd_set"]);
    assert!(["", "0", "1", "0|1"].contains(&regions.line(0)[1].as_str()));
}

#[test]
fn a_coverage_needs_its_rows() {
    let iris = open("iris", &SourceOptions::default()).unwrap();
    let recipe = Recipe { epochs: Some(10), threads: Some(1), ..Recipe::default() };
    let model = recipe.train(&iris).unwrap().model;
    assert_eq!(model.confidence.conformal.as_ref().unwrap().rows, 12);
    let message =
        |coverage| predict_regions(&model, &iris.table, coverage).unwrap_err().to_string();
    let found = message(0.95);
    assert!(found.contains("the coverage is 0.95, but must be at most 0.9231"), "{found}");
    assert!(found.contains("12 validation rows; train it with a larger share"), "{found}");
    assert!(message(1.0).contains("above 0 and below 1") && message(f64::NAN).contains("NaN"));
    assert!(predict_regions(&model, &iris.table, 0.92).is_ok());
}
