//! The pictures of the page, from the numbers of the report.

use crate::words::{number, percent, whole};
use crate::{Error, Report, Residuals};
use chainrule::metrics::{Curve, Curves, Judgement, Probabilities};
use chainrule::segments::share_interval;
use chainrule::{Model, training_of};
use chainrule_draw::{
    CalibrationPoint, Histogram, Line, Lines, Look, Picture, Scatter, Theme, calibration,
    histogram, lines, network, scatter, weights,
};
use minijinja::Value;
use serde::Serialize;

/// Lines of a chart, at most: more cannot be told apart.
const MOST_LINES: usize = 8;
/// Targets whose residuals are drawn, at most.
const MOST_TARGETS: usize = 6;
/// Units of the first layer whose weights are drawn, of a model of images.
const MOST_UNITS: usize = 16;

/// A picture with what is written about it.
#[derive(Serialize)]
pub(crate) struct Figure {
    /// The picture as an element of the page.
    element: Value,
    title: String,
    note: String,
    /// Whether it may be wider than a phone, and is moved rather than made smaller there.
    is_wide: bool,
}

impl Figure {
    fn new(picture: &Picture, name: &str, label: &str, title: &str, note: &str) -> Figure {
        // Its texts were escaped when it was drawn.
        let element = Value::from_safe_string(picture.element(name, label));
        Figure { element, title: title.to_string(), note: note.to_string(), is_wide: false }
    }
}

fn line(name: impl Into<String>, curve: &Curve) -> Line {
    let points = curve.x.iter().copied().zip(curve.y.iter().copied()).collect();
    Line { name: name.into(), points }
}

/// What the probabilities of a report are worth, if it has some.
pub(crate) fn probabilities(report: &Report) -> Option<&Probabilities> {
    match &report.judgement {
        Judgement::Classes(found) => found.probabilities.as_ref(),
        Judgement::Labels(found) => found.probabilities.as_ref(),
        Judgement::Numbers(_) => None,
    }
}

/// The area under a class's or label's curves: ROC, and average precision.
fn areas(report: &Report, name: &str) -> (Option<f64>, Option<f64>) {
    match &report.judgement {
        Judgement::Classes(found) => {
            let class = found.classes.iter().find(|it| it.name == name);
            class.map_or((None, None), |it| (it.roc_auc, it.average_precision))
        }
        Judgement::Labels(found) => {
            let label = found.labels.iter().find(|it| it.name == name);
            label.map_or((None, None), |it| (it.roc_auc, it.average_precision))
        }
        Judgement::Numbers(_) => (None, None),
    }
}

/// ROC and precision-recall curves, and the reliability plot.
pub(crate) fn curves(report: &Report) -> Result<Vec<Figure>, Error> {
    let Some(found) = probabilities(report) else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    let share = |from: &str, to: &str, lines: Vec<Line>, guides: Vec<Line>| Lines {
        titles: (from.to_string(), to.to_string()),
        x_range: Some((0.0, 1.0)),
        y_range: Some((0.0, 1.02)),
        is_whole: false,
        lines,
        guides,
        mark: None,
    };
    let area = |it: Option<f64>| it.map_or_else(|| "not defined".to_string(), number);
    let is_one = found.curves.len() == 1;
    // A single curve is that of the second class of two.
    let name_of = |name: &str| match is_one {
        true => format!("class {name}"),
        false => name.to_string(),
    };
    let summary = |what: &str, overall: Option<f64>| match (is_one, found.curves.first()) {
        (true, Some(only)) => format!("{what}, {}: {}", name_of(&only.name), area(overall)),
        _ => format!("{what}, mean: {}", area(overall)),
    };

    let all = |of: fn(&Curves) -> Option<&Curve>| -> Vec<Option<&Curve>> {
        found.curves.iter().map(of).collect()
    };
    let roc = worst(&found.curves, |it| it.roc.as_ref(), |name| areas(report, name).0);
    if !roc.is_empty() {
        let chance = Line { name: "by chance".to_string(), points: vec![(0.0, 0.0), (1.0, 1.0)] };
        let drawn = roc.iter().map(|(name, curve)| line(name_of(name), curve)).collect();
        let chart = share("false positive rate", "true positive rate", drawn, vec![chance]);
        let label = format!("ROC curve. {}", summary("Area", found.roc_auc));
        let note = format!(
            "{}. 1 is perfect, 0.5 is chance.{}",
            summary("Area under the curve", found.roc_auc),
            of_how_many(roc.len(), &all(|it| it.roc.as_ref()), "area")
        );
        figures.push(Figure::new(&lines(&chart, &look())?, "roc", &label, "ROC curve", &note));
    }
    let precision =
        worst(&found.curves, |it| it.precision_recall.as_ref(), |name| areas(report, name).1);
    if !precision.is_empty() {
        let mut guides = Vec::new();
        if let (true, Judgement::Classes(classes)) = (is_one, &report.judgement)
            && let Some(class) = classes.classes.iter().find(|it| it.name == precision[0].0)
        {
            let chance = class.rows as f64 / classes.rows.max(1) as f64;
            let points = vec![(0.0, chance), (1.0, chance)];
            guides.push(Line { name: "by chance".to_string(), points });
        }
        let drawn = precision.iter().map(|(name, curve)| line(name_of(name), curve)).collect();
        let chart = share("recall", "precision", drawn, guides);
        let average = found.average_precision;
        let label = format!("Precision-recall curve. {}", summary("Average precision", average));
        let note = format!(
            "{}.{}",
            summary("Average precision", average),
            of_how_many(
                precision.len(),
                &all(|it| it.precision_recall.as_ref()),
                "average precision"
            )
        );
        let picture = lines(&chart, &look())?;
        figures.push(Figure::new(
            &picture,
            "precision-recall",
            &label,
            "Precision and recall",
            &note,
        ));
    }
    let points: Vec<CalibrationPoint> = found
        .calibration
        .uniform
        .iter()
        .map(|bin| CalibrationPoint {
            predicted: bin.predicted,
            observed: bin.observed,
            interval: share_interval(bin.observed, bin.rows),
            rows: bin.rows,
        })
        .collect();
    let error = number(found.calibration.expected_error);
    let label = format!("Reliability plot. Expected calibration error {error}");
    let note = format!(
        "How often it was so, for {}, in tenths of it. Expected calibration error: {error}. Points \
         below the dashed line are too sure.",
        found.calibration.of
    );
    let picture = calibration(&points, ("predicted probability", "observed share"), &look())?;
    figures.push(Figure::new(&picture, "reliability", &label, "Reliability", &note));
    Ok(figures)
}

/// The curves to draw: all of a few; of many those with the least area.
fn worst<'a>(
    all: &'a [Curves],
    curve: impl Fn(&'a Curves) -> Option<&'a Curve>,
    area: impl Fn(&str) -> Option<f64>,
) -> Vec<(&'a str, &'a Curve)> {
    let mut found: Vec<(&str, &Curve)> =
        all.iter().filter_map(|it| curve(it).map(|curve| (it.name.as_str(), curve))).collect();
    if found.len() > MOST_LINES {
        let area = |name: &str| area(name).unwrap_or(f64::INFINITY);
        found.sort_by(|one, two| area(one.0).total_cmp(&area(two.0)));
        found.truncate(MOST_LINES);
    }
    found
}

/// Which of the curves are drawn, and how many have none, since all rows are alike in them.
fn of_how_many(drawn: usize, all: &[Option<&Curve>], measure: &str) -> String {
    let defined = all.iter().flatten().count();
    let mut text = String::new();
    if drawn < defined {
        text += &format!(" Drawn are the {drawn} of {defined} with the least {measure}.");
    }
    if defined < all.len() {
        text += &format!(" Not defined for {} of {}.", all.len() - defined, all.len());
    }
    text
}

/// Predicted against true numbers, and how the residuals lie.
pub(crate) fn residuals(report: &Report) -> Result<Vec<Figure>, Error> {
    let mut figures = Vec::new();
    let is_one = report.residuals.len() == 1;
    for (place, found) in report.residuals.iter().take(MOST_TARGETS).enumerate() {
        let Residuals { target, summary, points } = found;
        let of = |title: &str| match is_one {
            true => title.to_string(),
            false => format!("{target}: {}", title.to_lowercase()),
        };
        let thinned = match points.len() < report.rows {
            true => {
                format!(
                    " Drawn are {} of {} rows, evenly.",
                    whole(points.len()),
                    whole(report.rows)
                )
            }
            false => String::new(),
        };
        let chart = Scatter {
            titles: (format!("true {target}"), "predicted".to_string()),
            points: points.clone(),
            line: (1.0, 0.0),
            is_square: true,
        };
        figures.push(Figure::new(
            &scatter(&chart, &look())?,
            &format!("predicted-{place}"),
            &format!("Predicted against true values of {target}"),
            &of("Predicted against true"),
            &format!("On the dashed line both are equal.{thinned}"),
        ));
        let chart = Scatter {
            titles: ("predicted".to_string(), "true less predicted".to_string()),
            points: points.iter().map(|(y, p)| (*p, y - p)).collect(),
            line: (0.0, 0.0),
            is_square: false,
        };
        figures.push(Figure::new(
            &scatter(&chart, &look())?,
            &format!("residuals-{place}"),
            &format!("Residuals of {target} over the predictions"),
            &of("Residuals"),
            &format!(
                "A shape in the cloud is something that the model has not learned; a cloud that \
                 widens is error that grows with the prediction.{thinned}"
            ),
        ));
        let chart = Histogram {
            titles: ("true less predicted".to_string(), "rows".to_string()),
            range: (summary.minimum, summary.maximum),
            counts: summary.histogram.clone(),
            mark: Some(0.0),
        };
        let label = format!(
            "Histogram of the residuals of {target}: mean {}, standard deviation {}",
            number(summary.mean),
            number(summary.deviation)
        );
        let note = format!(
            "Mean {}, standard deviation {}; half of them from {} to {}.",
            number(summary.mean),
            number(summary.deviation),
            number(summary.lower_quartile),
            number(summary.upper_quartile)
        );
        let (picture, name) = (histogram(&chart, &look())?, format!("spread-{place}"));
        figures.push(Figure::new(&picture, &name, &label, &of("How the residuals lie"), &note));
    }
    Ok(figures)
}

/// The losses of the epochs, and the score of the validation rows.
pub(crate) fn history(report: &Report, model: &Model) -> Result<Vec<Figure>, Error> {
    let history = &report.history;
    let training = training_of(model);
    let Some(chosen) = training.score.chosen(history).map(|place| &history[place]) else {
        return Ok(Vec::new());
    };
    let judged = history.iter().any(|it| it.validation.is_some());
    let mark = judged.then(|| (chosen.epoch as f64, format!("epoch {}, chosen", chosen.epoch)));
    let points = |value: &dyn Fn(&chainrule::train::Epoch) -> Option<f64>| -> Vec<(f64, f64)> {
        history.iter().filter_map(|it| value(it).map(|value| (it.epoch as f64, value))).collect()
    };
    let named = |name: &str, points| Line { name: name.to_string(), points };
    let ends = |points: &[(f64, f64)]| match points {
        [(only, _)] => Some((only - 1.0, only + 1.0)),
        _ => None,
    };
    let mut drawn = vec![named("training rows", points(&|it| Some(it.loss)))];
    if judged {
        drawn.push(named("validation rows", points(&|it| it.validation.map(|it| it.loss))));
    }
    let chart = |title: String, drawn: Vec<Line>, y_range| Lines {
        x_range: ends(&drawn[0].points),
        titles: ("epoch".to_string(), title),
        y_range,
        is_whole: true,
        lines: drawn,
        guides: Vec::new(),
        mark: mark.clone(),
    };
    let label =
        format!("The loss over {} epochs; epoch {} was chosen", history.len(), chosen.epoch);
    let note = match chosen.validation {
        Some(validation) => format!(
            "The model has the weights of epoch {} of {}: training loss {}, validation loss {}.",
            chosen.epoch,
            history.len(),
            number(chosen.loss),
            number(validation.loss)
        ),
        None => format!(
            "No rows were set aside for validation: the model has the weights of the last of {} \
             epochs, training loss {}.",
            history.len(),
            number(chosen.loss)
        ),
    };
    let name = training.loss.to_string();
    let picture = lines(&chart(name, drawn, None), &look())?;
    let mut figures = vec![Figure::new(&picture, "loss", &label, "Loss", &note)];
    let accuracy = points(&|it| it.validation.and_then(|it| it.accuracy));
    let r2 = points(&|it| it.validation.and_then(|it| it.regression).map(|it| it.r2));
    let (title, found) = if accuracy.is_empty() { ("R²", r2) } else { ("accuracy", accuracy) };
    if !found.is_empty() {
        let shown = match title {
            "R²" => chosen.validation.and_then(|it| it.regression).map(|it| number(it.r2)),
            _ => chosen.validation.and_then(|it| it.accuracy).map(percent),
        };
        let note = format!(
            "On the validation rows; {} in the epoch chosen.",
            shown.unwrap_or_else(|| "not known".to_string())
        );
        let drawn = vec![named("validation rows", found)];
        let picture = lines(&chart(title.to_string(), drawn, None), &look())?;
        let label = format!("The {title} of the validation rows over the epochs");
        let heading = if title == "R²" { "R²" } else { "Accuracy" };
        figures.push(Figure::new(&picture, "score", &label, heading, &note));
    }
    Ok(figures)
}

/// The network, and for images what its first units look for.
pub(crate) fn drawn_network(model: &Model) -> Result<Vec<Figure>, Error> {
    let described = model.network();
    let preparation = model.preparation.as_ref();
    let outputs: Vec<String> = match preparation {
        Some(it) if it.class_names().len() == described.outputs() => it.class_names().to_vec(),
        Some(it) if it.class_names().len() == 2 => {
            vec![format!("probability of {}", it.class_names()[1])]
        }
        Some(it) => it.target_names().to_vec(),
        None => Vec::new(),
    };
    let mut layers = vec![described.inputs().to_string()];
    layers.extend(described.layers().iter().map(|layer| layer.units.to_string()));
    let label = format!("The network: layers of {} units", layers.join(", "));
    let mut figure = Figure::new(
        &network(model, &outputs, &look())?,
        "network",
        &label,
        "Layers and weights",
        "Blue weights are negative, red ones positive, pale ones small beside the largest drawn \
         between the same layers. Of many units those with the longest weights are drawn.",
    );
    figure.is_wide = true;
    let mut figures = vec![figure];
    if preparation.is_some_and(|it| it.image().is_some()) {
        // Its pixels have the colours of one scheme, so there is one for each.
        let picture = |theme, name: &str| -> Result<String, Error> {
            let look = Look { theme, ..Look::default() };
            let drawn = weights(model, "", MOST_UNITS, &look)?;
            Ok(drawn.element(name, "The weights of the first layer's units as images"))
        };
        let both = format!(
            "<div class=\"only-light\">{}</div><div class=\"only-dark\">{}</div>",
            picture(Theme::LIGHT, "weights-light")?,
            picture(Theme::DARK, "weights-dark")?
        );
        figures.push(Figure {
            element: Value::from_safe_string(both),
            title: "Weights of the first layer".to_string(),
            note: "For each unit an image of its weights; those with the longest weights."
                .to_string(),
            is_wide: true,
        });
    }
    Ok(figures)
}

fn look() -> Look {
    Look { theme: Theme::LIGHT, ..Look::default() }
}
