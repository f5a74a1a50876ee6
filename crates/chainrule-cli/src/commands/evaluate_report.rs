//! What `chainrule evaluate` prints beyond a line of scores.

use crate::failure::Failure;
use crate::render::{Table, percent, say, short};
use chainrule::metrics::{
    Averages, ClassReport, Judgement, LabelReport, NumberMeasures, Probabilities, RegressionReport,
    Scores,
};

/// Classes whose confusion is a table that fits a screen.
const MOST_CONFUSED: usize = 20;

/// The tables of a judgement, an empty line before each.
pub(super) fn print(judgement: &Judgement) -> Result<(), Failure> {
    let tables = match judgement {
        Judgement::Classes(report) => classes(report),
        Judgement::Labels(report) => labels(report),
        Judgement::Numbers(report) => vec![numbers(report)],
    };
    tables.iter().try_for_each(|table| crate::render::print(format_args!("\n{table}")))?;
    match judgement {
        Judgement::Classes(report) if report.classes.len() > MOST_CONFUSED => {
            say(format_args!("\nThe confusion of {} classes is in --json.", report.classes.len()))
        }
        _ => Ok(()),
    }
}

/// A measure, or a dash where it is not defined.
fn or_dash(value: Option<f64>) -> String {
    value.map_or("-".to_string(), short)
}

fn cells(name: &str, rows: usize, scores: &Scores) -> Vec<String> {
    let [precision, recall, f1] = [scores.precision, scores.recall, scores.f1].map(short);
    vec![name.to_string(), rows.to_string(), precision, recall, f1]
}

/// Lines of averages under those of each class or label. Where each row has one class, the micro average is
/// the accuracy and is left out.
fn averages(table: &mut Table, rows: usize, averages: &Averages, with_micro: bool) {
    let Averages { micro, macro_average, weighted } = averages;
    if with_micro {
        table.line(cells("(micro average)", rows, micro));
    }
    table.line(cells("(macro average)", rows, macro_average));
    table.line(cells("(weighted average)", rows, weighted));
}

fn classes(report: &ClassReport) -> Vec<Table> {
    let is_binary = report.classes.len() == 2;
    let ranks = !is_binary && report.probabilities.is_some();
    let mut each = Table::new(1);
    let ranked = ["ROC AUC", "average precision"];
    let header = ["class", "rows", "precision", "recall", "F1"].into_iter();
    each.line(header.chain(ranked.into_iter().filter(|_| ranks)));
    for class in &report.classes {
        let mut line = cells(&class.name, class.rows, &class.scores);
        if ranks {
            line.extend([class.roc_auc, class.average_precision].map(or_dash));
        }
        each.line(line);
    }
    averages(&mut each, report.rows, &report.averages, false);
    let mut tables = vec![each];
    if report.classes.len() <= MOST_CONFUSED {
        let mut confusion = Table::new(1);
        let names = report.classes.iter().map(|class| class.name.as_str());
        confusion.line(std::iter::once("true, predicted as").chain(names));
        for (class, line) in report.classes.iter().zip(&report.confusion) {
            let counts = line.iter().map(usize::to_string);
            confusion.line(std::iter::once(class.name.clone()).chain(counts));
        }
        tables.push(confusion);
    }
    let mut overall = Table::new(1);
    overall.line(["balanced accuracy".to_string(), percent(report.balanced_accuracy)]);
    overall.line(["Matthews correlation".to_string(), short(report.matthews)]);
    overall.line(["Cohen's kappa".to_string(), or_dash(report.kappa)]);
    if let Some(found) = &report.probabilities {
        probabilities(&mut overall, found, if is_binary { "" } else { ", macro average" });
    }
    if let Some(threshold) = report.threshold.filter(|threshold| *threshold != 0.5) {
        overall.line(["threshold".to_string(), short(threshold)]);
    }
    tables.push(overall);
    tables
}

fn probabilities(table: &mut Table, found: &Probabilities, average: &str) {
    let mut line = |name: &str, value: Option<f64>| {
        table.line([name.to_string(), or_dash(value)]);
    };
    line(&format!("ROC AUC{average}"), found.roc_auc);
    let extra = [
        ("ROC AUC, weighted average", found.roc_auc_weighted),
        ("ROC AUC, micro average", found.roc_auc_micro),
    ];
    extra.into_iter().filter(|(_, it)| it.is_some()).for_each(|(name, it)| line(name, it));
    line(&format!("average precision{average}"), found.average_precision);
    let extra = [
        ("average precision, weighted average", found.average_precision_weighted),
        ("average precision, micro average", found.average_precision_micro),
    ];
    extra.into_iter().filter(|(_, it)| it.is_some()).for_each(|(name, it)| line(name, it));
    line("log loss", Some(found.log_loss));
    line("Brier score", Some(found.brier_score));
    line("expected calibration error", Some(found.calibration.expected_error));
}

fn labels(report: &LabelReport) -> Vec<Table> {
    let mut each = Table::new(1);
    let header = ["label", "rows", "precision", "recall", "F1", "ROC AUC", "average precision"];
    each.line(header);
    for label in &report.labels {
        let mut line = cells(&label.name, label.rows, &label.scores);
        line.extend([label.roc_auc, label.average_precision].map(or_dash));
        each.line(line);
    }
    averages(&mut each, report.rows, &report.averages, true);
    let mut overall = Table::new(1);
    overall.line(["all labels right".to_string(), percent(report.subset_accuracy)]);
    overall.line(["Hamming loss".to_string(), short(report.hamming_loss)]);
    if let Some(found) = &report.probabilities {
        probabilities(&mut overall, found, ", macro average");
    }
    if report.threshold != 0.5 {
        overall.line(["threshold".to_string(), short(report.threshold)]);
    }
    vec![each, overall]
}

fn numbers(report: &RegressionReport) -> Table {
    let mut table = Table::new(1);
    let header = ["target", "R2", "explained variance", "MSE", "RMSE", "MAE", "median error"];
    table.line(header.into_iter().chain(["largest error"]));
    let cells = |name: &str, it: &NumberMeasures| {
        let shares = [it.r2, Some(it.explained_variance)].map(or_dash);
        let errors = [it.mse, it.rmse, it.mae, it.median_absolute_error, it.max_error].map(short);
        let line = std::iter::once(name.to_string()).chain(shares).chain(errors);
        line.collect::<Vec<String>>()
    };
    for target in &report.targets {
        table.line(cells(&target.name, &target.measures));
    }
    if report.targets.len() > 1 {
        table.line(cells("(average)", &report.mean));
    }
    table
}
