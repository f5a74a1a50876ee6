//! A threshold that is chosen on the validation rows, and goes with the model.

use chainrule::data::{Column, Dataset, Table};
use chainrule::math::random::Stream;
use chainrule::metrics::{Confusion, Judgement, Threshold, ThresholdMeasure, Truths};
use chainrule::{
    Kind, Model, Recipe, evaluate_table, evaluate_table_at, judge_table, judge_table_at,
    predict_table, predict_table_at, threshold_of,
};

/// Rows of which one in ten is rare, more often the larger x is.
fn skewed(rows: usize) -> Dataset {
    let mut stream = Stream::new(5, "rows");
    let mut draw = || -> (f64, bool) {
        let x = stream.uniform() * 4.0 - 2.0;
        (x, stream.uniform() < 1.0 / (1.0 + (3.2 - 1.5 * x).exp()))
    };
    let drawn: Vec<(f64, bool)> = (0..rows).map(|_| draw()).collect();
    let kinds: Vec<&str> =
        drawn.iter().map(|(_, is_rare)| if *is_rare { "rare" } else { "common" }).collect();
    let x = Column::numbers("x", drawn.iter().map(|(x, _)| *x).collect());
    let label = |place: usize| {
        let cells = drawn.iter().enumerate().map(|(row, (x, is_rare))| {
            f64::from(u8::from(*is_rare || (place == 1 && *x > 1.0 && row % 3 == 0)))
        });
        Column::numbers(["a", "b"][place], cells.collect())
    };
    let columns = vec![x, Column::text("kind", &kinds), label(0), label(1)];
    let table = Table::new("made up", columns).unwrap();
    Dataset { table, test: None, target: Some("kind".to_string()) }
}

fn recipe(threshold: &str) -> Recipe {
    Recipe {
        kind: Kind::Logistic,
        drop: vec!["a".to_string(), "b".to_string()],
        validation: 0.5,
        threshold: Some(threshold.parse().unwrap()),
        ..Recipe::default()
    }
}

fn setting(model: &Model) -> Threshold {
    model.settings["threshold"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_rare_class_is_found_by_a_lower_threshold() {
    let data = skewed(600);
    let trained = recipe("auto").train(&data).unwrap();
    let best = trained.threshold.unwrap();
    assert_eq!(best.measure, ThresholdMeasure::BalancedAccuracy);
    assert!(best.threshold < 0.3 && best.value > best.at_half + 0.1, "{best:?}");
    let Threshold::Best { measure, chosen } = setting(&trained.model) else { panic!() };
    assert_eq!((measure, chosen), (best.measure, Some(best.threshold)));
    assert_eq!(threshold_of(&trained.model), Some(best.threshold));
    // It moves nothing but the threshold.
    let plain = Recipe { threshold: None, ..recipe("f1") }.train(&data).unwrap();
    assert_eq!(plain.model.parameters(), trained.model.parameters());
    assert_eq!((plain.threshold, threshold_of(&plain.model)), (None, None));

    // What is predicted is by it, unless another is asked for.
    let predicted = predict_table(&trained.model, &data.table).unwrap();
    let at = |threshold| predict_table_at(&plain.model, &data.table, threshold).unwrap();
    assert_eq!(predicted, at(best.threshold));
    assert_eq!(predict_table_at(&trained.model, &data.table, 0.5).unwrap(), at(0.5));
    assert_eq!(
        evaluate_table(&trained.model, &data.table).unwrap(),
        evaluate_table_at(&plain.model, &data.table, best.threshold).unwrap()
    );
    let judged = judge_table(&trained.model, &data.table).unwrap();
    assert_eq!(judged, judge_table_at(&plain.model, &data.table, best.threshold).unwrap());
    let Judgement::Classes(report) = judged else { panic!() };
    assert_eq!(report.threshold, Some(best.threshold));
    let preparation = trained.model.preparation.as_ref().unwrap();
    let rows: Vec<usize> = (0..600).collect();
    let Truths::Classes(truth) = Truths::of(preparation, &data.table, &rows).unwrap() else {
        panic!()
    };
    let confusion = Confusion::new(&predicted.predicted_classes, &truth, 2, None).unwrap();
    assert_eq!(report.balanced_accuracy, confusion.balanced_accuracy());
    // The test rows' accuracy is by it too: finding more of the rare costs some of the common.
    assert!(trained.test.unwrap().accuracy.unwrap() < plain.test.unwrap().accuracy.unwrap());
    // So is that of a model that was read again.
    let read = Model::from_bytes(&trained.model.to_bytes()).unwrap();
    assert_eq!(predict_table(&read, &data.table).unwrap(), predicted);
}

#[test]
fn a_wanted_recall_is_reached_on_the_validation_rows() {
    let trained = recipe("recall>=0.9").train(&skewed(600)).unwrap();
    let best = trained.threshold.unwrap();
    assert!(best.scores.recall >= 0.9 && best.at_half < 0.5, "{best:?}");
    let given = recipe("0.25").train(&skewed(600)).unwrap();
    assert_eq!((given.threshold, threshold_of(&given.model)), (None, Some(0.25)));
    let few = trained.warnings.iter().find(|it| it.contains("rows of the rarer kind")).unwrap();
    assert!(few.contains("more validation rows"), "{few}");
    // A precision out of reach leaves a half, and says so.
    let trained = recipe("precision(1)").train(&skewed(600)).unwrap();
    assert_eq!((trained.threshold, threshold_of(&trained.model)), (None, None));
    let warning = trained.warnings.iter().find(|it| it.contains("stays 0.5")).unwrap();
    assert!(warning.contains("precision(1)"), "{warning}");
}

#[test]
fn labels_share_a_threshold() {
    let data = skewed(600);
    let recipe = Recipe {
        kind: Kind::Multilabel,
        targets: vec!["a".to_string(), "b".to_string()],
        drop: vec!["kind".to_string()],
        ..recipe("auto")
    };
    let trained = recipe.train(&data).unwrap();
    let best = trained.threshold.unwrap();
    assert_eq!(best.measure, ThresholdMeasure::F1);
    assert!(best.threshold < 0.5 && best.value > best.at_half, "{best:?}");
    let Judgement::Labels(report) = judge_table(&trained.model, &data.table).unwrap() else {
        panic!()
    };
    assert_eq!(report.threshold, best.threshold);
    let evaluation = evaluate_table(&trained.model, &data.table).unwrap();
    assert_eq!(evaluation.accuracy, Some(report.subset_accuracy));
    let half = judge_table_at(&trained.model, &data.table, 0.5).unwrap();
    let Judgement::Labels(half) = half else { panic!() };
    assert!(report.averages.micro.f1 > half.averages.micro.f1);
    assert_eq!(report.probabilities, half.probabilities);
}

#[test]
fn what_has_no_probability_of_two_has_no_threshold() {
    let data = skewed(200);
    let mut refused = recipe("f1");
    refused.drop.push("kind".to_string());
    refused.drop.retain(|name| name != "a");
    let message = |recipe: Recipe| recipe.train(&data).unwrap_err().to_string();
    let regression = Recipe { kind: Kind::Linear, targets: vec!["x".to_string()], ..refused };
    assert!(message(regression).contains("the threshold is f1, but must be left out"));
    let perceptron = Recipe { kind: Kind::Perceptron, ..recipe("0.3") };
    assert!(message(perceptron).contains("the threshold is 0.3"));
    let outside = Recipe { threshold: Some(Threshold::At(2.0)), ..recipe("f1") };
    assert!(message(outside).contains("above 0 and below 1"));
}
