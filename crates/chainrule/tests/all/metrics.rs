//! Every measure has the value that scikit-learn gives it: `metrics/reference.py` makes the predictions and
//! asks it, `metrics/reference.json` holds both.

use chainrule::Error;
use chainrule::metrics::{self, Averages, Bins, Confusion, Counts, OfEach, Points, Scores};
use serde_json::Value;

/// Of a value, or of its size where that is above 1.
const CLOSE: f64 = 1e-9;

/// A measure of scores beside the truth.
type Ranking = fn(&[f64], &[bool], Option<&[f64]>) -> Result<f64, Error>;

struct Case(Value);

impl Case {
    fn all(task: &str) -> Vec<Case> {
        let text = include_str!("metrics/reference.json");
        let all: Value = serde_json::from_str(text).unwrap();
        let cases = all[task].as_array().unwrap();
        assert!(cases.len() > 5, "{task}");
        cases.iter().cloned().map(Case).collect()
    }

    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    fn numbers(&self, key: &str) -> Vec<f64> {
        numbers(&self.0[key])
    }

    fn classes(&self, key: &str) -> Vec<u32> {
        self.numbers(key).into_iter().map(|class| class as u32).collect()
    }

    fn flags(&self, key: &str) -> Vec<bool> {
        self.numbers(key).into_iter().map(|flag| flag == 1.0).collect()
    }

    fn count(&self, key: &str) -> usize {
        self.0[key].as_u64().unwrap() as usize
    }

    fn weights(&self) -> Option<Vec<f64>> {
        (!self.0["weights"].is_null()).then(|| self.numbers("weights"))
    }

    fn answer(&self, key: &str) -> &Value {
        let answer = &self.0["answers"][key];
        assert!(self.0["answers"].get(key).is_some(), "{}: no {key}", self.name());
        answer
    }

    /// Compares one value, or that there is none.
    fn agree(&self, key: &str, found: Option<f64>) {
        self.compare(key, self.answer(key), found);
    }

    fn compare(&self, key: &str, expected: &Value, found: Option<f64>) {
        match (expected.as_f64(), found) {
            (None, None) => assert!(expected.is_null(), "{}, {key}", self.name()),
            (Some(expected), Some(found)) => assert!(
                (found - expected).abs() <= CLOSE * expected.abs().max(1.0),
                "{}, {key}: expected {expected}, found {found}",
                self.name()
            ),
            (expected, found) => {
                panic!("{}, {key}: expected {expected:?}, found {found:?}", self.name())
            }
        }
    }

    fn agree_all(&self, key: &str, expected: &Value, found: &[f64]) {
        let expected = expected.as_array().unwrap();
        assert_eq!(expected.len(), found.len(), "{}, {key}", self.name());
        for (expected, found) in expected.iter().zip(found) {
            self.compare(key, expected, Some(*found));
        }
    }

    fn agree_each(&self, key: &str, found: &OfEach) {
        let expected = self.answer(key).as_array().unwrap();
        assert_eq!(expected.len(), found.values.len(), "{}, {key}", self.name());
        for (expected, found) in expected.iter().zip(&found.values) {
            self.compare(key, expected, *found);
        }
    }

    fn agree_scores(&self, key: &str, expected: &Value, found: Scores) {
        self.agree_all(key, expected, &[found.precision, found.recall, found.f1]);
    }

    fn agree_averages(&self, counts: &[Counts]) {
        let expected = self.answer("averages");
        let found = Averages::of(counts);
        self.agree_scores("micro", &expected["micro"], found.micro);
        self.agree_scores("macro", &expected["macro"], found.macro_average);
        self.agree_scores("weighted", &expected["weighted"], found.weighted);
        let scores: Vec<Scores> = counts.iter().map(Counts::scores).collect();
        let of = |of: fn(&Scores) -> f64| scores.iter().map(of).collect::<Vec<f64>>();
        self.agree_all("precision", &expected["each"][0], &of(|it| it.precision));
        self.agree_all("recall", &expected["each"][1], &of(|it| it.recall));
        self.agree_all("f1", &expected["each"][2], &of(|it| it.f1));
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The value, or nothing where it is not defined.
fn defined<T>(measured: Result<T, Error>) -> Option<T> {
    match measured {
        Ok(value) => Some(value),
        Err(Error::Undefined { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn probabilities_of_two_classes_are_judged_as_scikit_learn_does() {
    for case in Case::all("binary") {
        let (scores, truth) = (case.numbers("scores"), case.flags("truth"));
        let weights = case.weights();
        let weights = weights.as_deref();
        case.agree("log_loss", Some(metrics::binary_log_loss(&scores, &truth, weights).unwrap()));
        let brier_score = metrics::binary_brier_score(&scores, &truth, weights).unwrap();
        case.agree("brier_score", Some(brier_score));
        case.agree("roc_auc", defined(metrics::roc_auc(&scores, &truth, weights)));
        let average_precision = defined(metrics::average_precision(&scores, &truth, weights));
        case.agree("average_precision", average_precision);

        for (name, points) in [("all", Points::All), ("corners", Points::Corners)] {
            if let Some(curve) = defined(metrics::roc_curve(&scores, &truth, weights, points)) {
                let key = format!("roc_{name}");
                let expected = case.answer(&key);
                case.agree_all(&key, &expected[0], &curve.false_positive_rate);
                case.agree_all(&key, &expected[1], &curve.true_positive_rate);
                assert_eq!(curve.thresholds[0], f64::INFINITY);
                case.agree_all(&key, &expected[2], &curve.thresholds[1..]);
                case.agree("roc_auc", Some(curve.area()));
            } else {
                assert!(case.name().starts_with("one class"), "{}", case.name());
            }
            let curve = metrics::precision_recall_curve(&scores, &truth, weights, points);
            if let Some(curve) = defined(curve) {
                let key = format!("precision_recall_{name}");
                let expected = case.answer(&key);
                case.agree_all(&key, &expected[0], &curve.precision);
                case.agree_all(&key, &expected[1], &curve.recall);
                case.agree_all(&key, &expected[2], &curve.thresholds);
            } else {
                assert_eq!(case.name(), "one class, negative");
            }
        }
    }
}

#[test]
fn calibration_is_scikit_learns() {
    for case in Case::all("binary") {
        let (scores, truth) = (case.numbers("scores"), case.flags("truth"));
        for (key, bins) in [
            ("uniform_5", Bins::Uniform(5)),
            ("uniform_10", Bins::Uniform(10)),
            ("quantile_5", Bins::Quantile(5)),
            ("quantile_10", Bins::Quantile(10)),
        ] {
            let found = metrics::calibration_curve(&scores, &truth, bins).unwrap();
            let observed: Vec<f64> = found.iter().map(|bin| bin.observed).collect();
            let predicted: Vec<f64> = found.iter().map(|bin| bin.predicted).collect();
            case.agree_all(key, &case.answer(key)[0], &observed);
            case.agree_all(key, &case.answer(key)[1], &predicted);
            assert_eq!(found.iter().map(|bin| bin.rows).sum::<usize>(), truth.len());
        }
        let bins = metrics::calibration_curve(&scores, &truth, Bins::Uniform(10)).unwrap();
        case.agree("calibration_error", Some(metrics::expected_calibration_error(&bins)));
    }
}

#[test]
fn the_chosen_threshold_is_the_best_of_all() {
    let mut tried = 0;
    for case in Case::all("binary") {
        let Some(best) = case.0["answers"].get("best") else { continue };
        let (scores, truth) = (case.numbers("scores"), case.flags("truth"));
        let choose = |measure: &str| {
            metrics::best_threshold(&scores, &truth, measure.parse().unwrap()).inspect(|best| {
                let predicted: Vec<bool> =
                    scores.iter().map(|score| *score >= best.threshold).collect();
                let counts = Counts::new(&predicted, &truth, None).unwrap();
                assert_eq!(counts.scores(), best.scores, "{}, {measure}", case.name());
            })
        };
        for measure in ["f1", "accuracy", "balanced_accuracy", "youden"] {
            case.compare(measure, &best[measure], defined(choose(measure)).map(|it| it.value));
            tried += 1;
        }
        let precision = defined(choose("recall(0.8)")).map(|it| it.scores.precision);
        case.compare("recall(0.8)", &best["precision_at_recall"], precision);
        let recall = defined(choose("precision(0.8)")).map(|it| it.scores.recall);
        case.compare("precision(0.8)", &best["recall_at_precision"], recall);
    }
    assert!(tried >= 30);
}

#[test]
fn classes_are_judged_as_scikit_learn_does() {
    for case in Case::all("classes") {
        let (predicted, truth) = (case.classes("predicted"), case.classes("truth"));
        let (probabilities, classes) = (case.numbers("probabilities"), case.count("classes"));
        let weights = case.weights();
        let weights = weights.as_deref();
        let confusion = Confusion::new(&predicted, &truth, classes, weights).unwrap();
        for (truth, line) in confusion.lines().iter().enumerate() {
            case.agree_all("confusion", &case.answer("confusion")[truth], line);
        }
        case.agree("accuracy", Some(confusion.accuracy()));
        case.agree("balanced_accuracy", Some(confusion.balanced_accuracy()));
        case.agree("matthews", Some(confusion.matthews()));
        case.agree("kappa", defined(confusion.kappa()));
        case.agree_averages(&confusion.counts());
        let log_loss = metrics::log_loss(&probabilities, &truth, classes, weights).unwrap();
        case.agree("log_loss", Some(log_loss));
        let brier_score = metrics::brier_score(&probabilities, &truth, classes, weights).unwrap();
        case.agree("brier_score", Some(brier_score));

        let indicators = metrics::one_vs_rest(&truth, classes).unwrap();
        let each = |measure: Ranking| {
            OfEach::new(&probabilities, &indicators, classes, weights, measure).unwrap()
        };
        let (roc, precision) = (each(metrics::roc_auc), each(metrics::average_precision));
        case.agree_each("roc_auc", &roc);
        case.agree_each("average_precision", &precision);
        if classes > 2 {
            case.agree("roc_auc_macro", roc.macro_average());
            // With rows of one class alone, scikit-learn has NaN too.
            case.agree("roc_auc_weighted", roc.weighted_average());
            case.agree("average_precision_macro", precision.macro_average());
            case.agree("average_precision_weighted", precision.weighted_average());
        }
    }
}

#[test]
fn labels_are_judged_as_scikit_learn_does() {
    for case in Case::all("labels") {
        let (scores, truth) = (case.numbers("probabilities"), case.flags("truth"));
        let columns = case.count("labels");
        let predicted: Vec<bool> = scores.iter().map(|score| *score >= 0.5).collect();
        let weights = case.weights();
        let weights = weights.as_deref();
        let subset = metrics::subset_accuracy(&predicted, &truth, columns, weights).unwrap();
        case.agree("subset_accuracy", Some(subset));
        let hamming = metrics::hamming_loss(&predicted, &truth, columns, weights).unwrap();
        case.agree("hamming_loss", Some(hamming));
        let counts = metrics::label_counts(&predicted, &truth, columns, weights).unwrap();
        for (label, counts) in counts.iter().enumerate() {
            let Counts { true_negatives, false_positives, false_negatives, true_positives } =
                *counts;
            let found = [true_negatives, false_positives, false_negatives, true_positives];
            case.agree_all("counts", &case.answer("counts")[label], &found);
        }
        case.agree_averages(&counts);

        let repeated: Option<Vec<f64>> = weights.map(|weights| {
            weights.iter().flat_map(|&weight| std::iter::repeat_n(weight, columns)).collect()
        });
        let repeated = repeated.as_deref();
        let log_loss = metrics::binary_log_loss(&scores, &truth, repeated).unwrap();
        case.agree("log_loss", Some(log_loss));
        let brier_score = metrics::binary_brier_score(&scores, &truth, repeated).unwrap();
        case.agree("brier_score", Some(brier_score));
        let measures: [(&str, Ranking); 2] =
            [("roc_auc", metrics::roc_auc), ("average_precision", metrics::average_precision)];
        for (name, measure) in measures {
            let each = OfEach::new(&scores, &truth, columns, weights, measure).unwrap();
            case.agree_each(name, &each);
            case.agree(&format!("{name}_macro"), each.macro_average());
            case.agree(&format!("{name}_weighted"), each.weighted_average());
            let micro = defined(measure(&scores, &truth, repeated));
            case.agree(&format!("{name}_micro"), micro);
        }
    }
}

#[test]
fn numbers_are_judged_as_scikit_learn_does() {
    for case in Case::all("numbers") {
        let (predicted, truth) = (case.numbers("predicted"), case.numbers("truth"));
        let columns = case.count("columns");
        let weights = case.weights();
        let weights = weights.as_deref();
        type Measure = fn(&[f64], &[f64], usize, Option<&[f64]>) -> Result<Vec<f64>, Error>;
        let measures: [(&str, Measure); 5] = [
            ("mean_squared_error", metrics::mean_squared_error),
            ("root_mean_squared_error", metrics::root_mean_squared_error),
            ("mean_absolute_error", metrics::mean_absolute_error),
            ("r2", metrics::r2),
            ("explained_variance", metrics::explained_variance),
        ];
        for (name, measure) in measures {
            let found = measure(&predicted, &truth, columns, weights).unwrap();
            case.agree_all(name, case.answer(name), &found);
            let mean = found.iter().sum::<f64>() / columns as f64;
            case.compare(name, &case.0["means"][name], Some(mean));
        }
        let median = metrics::median_absolute_error(&predicted, &truth, columns).unwrap();
        case.agree_all("median_absolute_error", case.answer("median_absolute_error"), &median);
        let largest = metrics::max_error(&predicted, &truth, columns).unwrap();
        case.agree_all("max_error", case.answer("max_error"), &largest);
    }
}

#[test]
fn what_is_not_defined_says_why() {
    let message = |result: Result<f64, Error>| result.unwrap_err().to_string();
    let one_class = message(metrics::roc_auc(&[0.1, 0.2], &[true, true], None));
    assert!(one_class.contains("but all have it"), "{one_class}");
    let none = message(metrics::average_precision(&[0.1], &[false], None));
    assert!(none.contains("but none has it"), "{none}");
    // Rows without weight are no rows.
    let weighted = metrics::roc_auc(&[0.1, 0.2], &[true, false], Some(&[1.0, 0.0]));
    assert!(message(weighted).contains("not defined"));
    let single = metrics::r2(&[1.0], &[1.0], 1, None).unwrap_err().to_string();
    assert!(single.contains("two rows or more"), "{single}");
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let message = |result: Result<f64, Error>| result.unwrap_err().to_string();
    let lengths = message(metrics::roc_auc(&[0.1], &[true, false], None));
    assert!(lengths.contains("2 truths") && lengths.contains("found 1"), "{lengths}");
    assert!(message(metrics::roc_auc(&[], &[], None)).contains("at least one"));
    assert!(message(metrics::roc_auc(&[f64::NAN], &[true], None)).contains("NaN"));
    let weights = |weights: &[f64]| {
        message(metrics::binary_log_loss(&[0.5, 0.5], &[true, false], Some(weights)))
    };
    assert!(weights(&[1.0]).contains("one for each of the 2 rows"));
    assert!(weights(&[1.0, -1.0]).contains("-1"));
    assert!(weights(&[0.0, 0.0]).contains("at least one above 0"));
    assert!(message(metrics::binary_log_loss(&[1.5], &[true], None)).contains("from 0 to 1"));
    assert!(message(metrics::log_loss(&[0.5, 0.5], &[2], 2, None)).contains("below 2"));
    assert!(message(metrics::log_loss(&[0.5], &[0], 2, None)).contains("2 for each"));
    let columns = metrics::hamming_loss(&[true; 4], &[true; 4], 3, None);
    assert!(message(columns).contains("3 in each row"));
    assert!(metrics::calibration_curve(&[0.5], &[true], Bins::Uniform(0)).is_err());
}
