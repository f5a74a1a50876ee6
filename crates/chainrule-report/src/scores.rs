//! Scores as the page shows them.

use crate::Report;
use crate::pictures::probabilities;
use crate::words::{count, maybe, number, percent, score, whole};
use chainrule::metrics::{Averages, ClassReport, Judgement, LabelReport, RegressionReport, Scores};
use chainrule::segments::share_interval;
use serde::Serialize;

/// Classes of which each pair is a cell of a table, at most.
const MOST_CLASSES: usize = 25;
/// Pairs of classes that are listed, at most.
const MOST_PAIRS: usize = 10;

/// A score that stands out.
#[derive(Serialize)]
pub(crate) struct Headline {
    name: &'static str,
    value: String,
    note: String,
}

/// A table with a name in each line.
#[derive(Serialize)]
pub(crate) struct Listing {
    title: String,
    header: Vec<&'static str>,
    lines: Vec<Vec<String>>,
}

/// A cell of the confusion matrix.
#[derive(Serialize)]
pub(crate) struct Cell {
    rows: String,
    /// The share of the true class's rows, in percent, for the shade.
    percent: String,
    is_right: bool,
    is_empty: bool,
    title: String,
}

/// The confusion matrix, or of many classes the pairs that are confused most.
#[derive(Serialize)]
pub(crate) struct ConfusionView {
    classes: Vec<String>,
    lines: Vec<(String, Vec<Cell>, String)>,
    pairs: Vec<(String, String, String, String)>,
}

/// The three or four scores that say most.
pub(crate) fn headlines(report: &Report) -> Vec<Headline> {
    let headline = |name, value, note| Headline { name, value, note };
    let probabilities = probabilities(report);
    match &report.judgement {
        Judgement::Classes(found) => {
            let (low, high) = share_interval(found.accuracy, found.rows);
            let most = found.classes.iter().max_by_key(|it| it.rows);
            let always = most.map_or(0.0, |it| it.rows as f64 / found.rows.max(1) as f64);
            let mut all = vec![
                headline(
                    "Accuracy",
                    percent(found.accuracy),
                    format!("95 % interval {} to {}", percent(low), percent(high)),
                ),
                headline(
                    "Most frequent class",
                    percent(always),
                    "the accuracy of always predicting it".to_string(),
                ),
                headline(
                    "F1, macro",
                    score(found.averages.macro_average.f1),
                    "the mean over the classes".to_string(),
                ),
            ];
            if let Some(it) = probabilities {
                let note = "0.5 is chance, 1 perfect".to_string();
                all.push(headline("ROC area", maybe(it.roc_auc), note));
            }
            all
        }
        Judgement::Labels(found) => {
            let (low, high) = share_interval(found.subset_accuracy, found.rows);
            let mut all = vec![
                headline(
                    "All labels right",
                    percent(found.subset_accuracy),
                    format!("95 % interval {} to {}", percent(low), percent(high)),
                ),
                headline(
                    "Hamming loss",
                    percent(found.hamming_loss),
                    "the share of labels that are wrong".to_string(),
                ),
                headline(
                    "F1, macro",
                    score(found.averages.macro_average.f1),
                    "the mean over the labels".to_string(),
                ),
            ];
            if let Some(it) = probabilities {
                let note = "0.5 is chance, 1 perfect".to_string();
                all.push(headline("ROC area", maybe(it.roc_auc), note));
            }
            all
        }
        Judgement::Numbers(found) => vec![
            headline("R²", maybe(found.mean.r2), "0 is always predicting the mean".to_string()),
            headline("RMSE", number(found.mean.rmse), "root of the mean squared error".to_string()),
            headline("MAE", number(found.mean.mae), "mean absolute error".to_string()),
            headline(
                "Half of the errors",
                number(found.mean.median_absolute_error),
                "are at most this".to_string(),
            ),
        ],
    }
}

/// Every measure.
pub(crate) fn measures(report: &Report) -> Listing {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut add = |name: &str, value: String| lines.push(vec![name.to_string(), value]);
    add("rows", whole(report.rows));
    add("loss of the training", score(report.evaluation.loss));
    match &report.judgement {
        Judgement::Classes(found) => {
            add("accuracy", score(found.accuracy));
            add("balanced accuracy", score(found.balanced_accuracy));
            add("Matthews' correlation", score(found.matthews));
            add("Cohen's kappa", maybe(found.kappa));
            if let Some(threshold) = found.threshold {
                add("threshold", number(threshold));
            }
        }
        Judgement::Labels(found) => {
            add("all labels right", score(found.subset_accuracy));
            add("Hamming loss", score(found.hamming_loss));
            add("threshold", number(found.threshold));
        }
        Judgement::Numbers(found) => {
            let all = &found.mean;
            add("mean squared error", number(all.mse));
            add("root mean squared error", number(all.rmse));
            add("mean absolute error", number(all.mae));
            add("median absolute error", number(all.median_absolute_error));
            add("largest error", number(all.max_error));
            add("R²", maybe(all.r2));
            add("explained variance", score(all.explained_variance));
        }
    }
    if let Some(found) = probabilities(report) {
        add("log loss", score(found.log_loss));
        add("Brier score", score(found.brier_score));
        add("area under the ROC curve", maybe(found.roc_auc));
        add("average precision", maybe(found.average_precision));
        for (name, value) in [
            ("area under the ROC curve, weighted", found.roc_auc_weighted),
            ("area under the ROC curve, micro", found.roc_auc_micro),
            ("average precision, weighted", found.average_precision_weighted),
            ("average precision, micro", found.average_precision_micro),
        ] {
            if value.is_some() {
                add(name, maybe(value));
            }
        }
        add("expected calibration error", score(found.calibration.expected_error));
    }
    Listing { title: "All measures".to_string(), header: vec!["measure", "value"], lines }
}

/// The scores of each class, label or target.
pub(crate) fn each(report: &Report) -> Option<Listing> {
    match &report.judgement {
        Judgement::Classes(found) => Some(each_class(found)),
        Judgement::Labels(found) => Some(each_label(found)),
        Judgement::Numbers(found) => each_target(found),
    }
}

fn scores(name: String, rows: [String; 2], scores: &Scores) -> Vec<String> {
    let [rows, predicted] = rows;
    let Scores { precision, recall, f1 } = *scores;
    vec![name, rows, predicted, score(precision), score(recall), score(f1)]
}

fn averages(averages: &Averages, blank: usize) -> Vec<Vec<String>> {
    let of = |(name, found): (&str, &Scores)| {
        let mut line = scores(name.to_string(), [String::new(), String::new()], found);
        line.extend(vec![String::new(); blank]);
        line
    };
    let Averages { micro, macro_average, weighted } = averages;
    let all = [("micro average", micro), ("macro average", macro_average)];
    all.into_iter().chain([("weighted average", weighted)]).map(of).collect()
}

fn each_class(found: &ClassReport) -> Listing {
    let line = |class: &chainrule::metrics::ClassLine| {
        let rows = [whole(class.rows), whole(class.predicted)];
        let mut line = scores(class.name.clone(), rows, &class.scores);
        line.extend([maybe(class.roc_auc), maybe(class.average_precision)]);
        line
    };
    let mut lines: Vec<Vec<String>> = found.classes.iter().map(line).collect();
    lines.extend(averages(&found.averages, 2));
    Listing {
        title: "Each class".to_string(),
        header: vec![
            "class",
            "rows",
            "predicted",
            "precision",
            "recall",
            "F1",
            "ROC area",
            "average precision",
        ],
        lines,
    }
}

fn each_label(found: &LabelReport) -> Listing {
    let line = |label: &chainrule::metrics::LabelLine| {
        let rows = [whole(label.rows), whole(label.predicted)];
        let mut line = scores(label.name.clone(), rows, &label.scores);
        let areas = [maybe(label.roc_auc), maybe(label.average_precision)];
        line.push(percent(label.accuracy));
        line.extend(areas);
        line
    };
    let mut lines: Vec<Vec<String>> = found.labels.iter().map(line).collect();
    lines.extend(averages(&found.averages, 3));
    Listing {
        title: "Each label".to_string(),
        header: vec![
            "label",
            "rows",
            "predicted",
            "precision",
            "recall",
            "F1",
            "right",
            "ROC area",
            "average precision",
        ],
        lines,
    }
}

fn each_target(found: &RegressionReport) -> Option<Listing> {
    let line = |target: &chainrule::metrics::NumberLine| {
        let of = &target.measures;
        let numbers = [of.rmse, of.mae, of.median_absolute_error, of.max_error].map(number);
        let mut line = vec![target.name.clone(), maybe(of.r2)];
        line.extend(numbers);
        line
    };
    (found.targets.len() > 1).then(|| Listing {
        title: "Each target".to_string(),
        header: vec!["target", "R²", "RMSE", "MAE", "median error", "largest error"],
        lines: found.targets.iter().map(line).collect(),
    })
}

/// Which classes are taken for which.
pub(crate) fn confusion(report: &Report) -> Option<ConfusionView> {
    let Judgement::Classes(found) = &report.judgement else { return None };
    let name = |class: usize| found.classes[class].name.as_str();
    let count_of = |truth: usize, predicted: usize| found.confusion[truth][predicted];
    let of = |truth: usize| found.confusion[truth].iter().sum::<usize>();
    let share = |truth: usize, predicted: usize| {
        count_of(truth, predicted) as f64 / of(truth).max(1) as f64
    };
    let classes = found.classes.len();
    let mut pairs: Vec<(usize, usize)> = (0..classes)
        .flat_map(|truth| (0..classes).map(move |predicted| (truth, predicted)))
        .filter(|&(truth, predicted)| truth != predicted && count_of(truth, predicted) > 0)
        .collect();
    // Of two classes the matrix itself shows the only two pairs.
    if classes <= 2 {
        pairs.clear();
    }
    pairs.sort_by_key(|&(truth, predicted)| std::cmp::Reverse(count_of(truth, predicted)));
    let pair = |&(truth, predicted): &(usize, usize)| {
        let rows = whole(count_of(truth, predicted));
        let share = percent(share(truth, predicted));
        (name(truth).to_string(), name(predicted).to_string(), rows, share)
    };
    let cell = |truth: usize, predicted: usize| Cell {
        rows: whole(count_of(truth, predicted)),
        percent: format!("{:.0}", 100.0 * share(truth, predicted)),
        is_right: truth == predicted,
        is_empty: count_of(truth, predicted) == 0,
        title: format!(
            "{} of {} of class {}: predicted {}",
            whole(count_of(truth, predicted)),
            count(of(truth), "row"),
            name(truth),
            name(predicted)
        ),
    };
    let line = |truth: usize| {
        let cells = (0..classes).map(|predicted| cell(truth, predicted)).collect();
        (name(truth).to_string(), cells, whole(of(truth)))
    };
    let is_small = classes <= MOST_CLASSES;
    Some(ConfusionView {
        classes: (0..classes).map(|class| name(class).to_string()).collect(),
        lines: if is_small { (0..classes).map(line).collect() } else { Vec::new() },
        pairs: pairs.iter().take(MOST_PAIRS).map(pair).collect(),
    })
}
