//! The page: what the template is filled with.

use crate::pictures::{self, Figure};
use crate::report::{Described, Part, Role};
use crate::scores::{self, ConfusionView, Headline, Listing};
use crate::words::{count, number, percent, whole};
use crate::{Error, Report};
use chainrule::Model;
use chainrule::doctor::Severity;
use chainrule::explain::Importance;
use chainrule::segments::{RowError, Segment, Segments};
use chainrule_draw::{IntervalBar, Theme, interval_bar, scheme_style, sparkline};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Output, State, Value};
use serde::Serialize;

/// How a page of ours begins.
const BEGINNING: &str = "<!DOCTYPE html>\n<!-- A report of chainrule. -->\n";

/// Columns whose segments are drawn, at most.
const MOST_SEGMENTED: usize = 8;
/// Segments that are listed as worse, at most.
const MOST_WORST: usize = 12;
/// Columns whose importance is drawn, at most.
const MOST_IMPORTANT: usize = 25;
/// Columns of the data that are described, at most.
const MOST_COLUMNS: usize = 120;

#[derive(Serialize)]
struct Page<'a> {
    beginning: Value,
    style: Value,
    version: &'static str,
    report: &'a Report,
    facts: Vec<(&'static str, String)>,
    headlines: Vec<Headline>,
    serious: usize,
    findings: Vec<FindingView>,
    measures: Listing,
    each: Option<Listing>,
    confusion: Option<ConfusionView>,
    curves: Vec<Figure>,
    residuals: Vec<Figure>,
    segments: Option<SegmentsView>,
    importance: Option<ImportanceView>,
    history: Vec<Figure>,
    columns: ColumnsView,
    network: Vec<Figure>,
    trained_with: String,
    no_history: Option<&'a str>,
    no_segments: Option<&'a str>,
    no_importance: Option<&'a str>,
    no_columns: Option<&'a str>,
}

#[derive(Serialize)]
struct FindingView {
    is_serious: bool,
    what: String,
    place: String,
    evidence: String,
    remedy: String,
}

/// A line of a table with a bar in it.
#[derive(Serialize)]
struct BarLine {
    name: String,
    rows: String,
    value: String,
    interval: String,
    bar: Value,
    stands_out: bool,
}

#[derive(Serialize)]
struct SegmentsView {
    error: &'static str,
    overall: String,
    count: usize,
    worst: Vec<(String, BarLine)>,
    more_worst: usize,
    columns: Vec<(String, String, Vec<BarLine>)>,
    more: usize,
}

#[derive(Serialize)]
struct ImportanceView {
    score: String,
    baseline: String,
    repeats: usize,
    rows: String,
    lines: Vec<BarLine>,
    more: usize,
}

#[derive(Serialize)]
struct ColumnView {
    name: String,
    is_target: bool,
    kind: String,
    missing: String,
    distinct: String,
    values: String,
    picture: Value,
}

#[derive(Serialize)]
struct ColumnsView {
    lines: Vec<ColumnView>,
    more: usize,
}

impl Report {
    /// The report as a page of HTML, which is XML too: complete in itself, without scripts, and barred
    /// from fetching anything by its own policy.
    ///
    /// # Errors
    /// A model whose pictures cannot be drawn.
    pub fn page(&self, model: &Model) -> Result<String, Error> {
        let page = Page {
            beginning: Value::from_safe_string(BEGINNING.to_string()),
            style: Value::from_safe_string(format!(
                "{}{}",
                scheme_style(),
                include_str!("../assets/page.css")
            )),
            version: env!("CARGO_PKG_VERSION"),
            report: self,
            facts: facts(self, model),
            headlines: scores::headlines(self),
            serious: self.findings.iter().filter(|it| it.severity == Severity::Serious).count(),
            findings: self.findings.iter().map(finding).collect(),
            measures: scores::measures(self),
            each: scores::each(self),
            confusion: scores::confusion(self),
            curves: pictures::curves(self)?,
            residuals: pictures::residuals(self)?,
            segments: self.segments.as_ref().map(segments),
            importance: self.importance.as_ref().map(importance),
            history: pictures::history(self, model)?,
            columns: columns(self),
            network: pictures::drawn_network(model)?,
            trained_with: self.trained_with.to_string(),
            no_history: self.reason(Part::History),
            no_segments: self.reason(Part::Segments),
            no_importance: self.reason(Part::Importance),
            no_columns: self.reason(Part::Columns),
        };
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_formatter(shown);
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
        environment.set_syntax(syntax);
        let template = include_str!("../assets/page.html");
        Ok(environment.render_named_str("page.html", template, Value::from(Serde(&page)))?)
    }
}

/// Whether a file that begins so is a page of ours.
///
/// ```
/// assert!(chainrule_report::is_page(b"<!DOCTYPE html>\n<!-- A report of chainrule. -->\n<html>"));
/// assert!(!chainrule_report::is_page(b"<!DOCTYPE html>\n<html>"));
/// ```
pub fn is_page(start: &[u8]) -> bool {
    start.starts_with(BEGINNING.as_bytes())
}

/// Writes a value of the template: texts without what XML cannot hold and without marks that turn the
/// direction of writing, then escaped.
fn shown(
    output: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.kind() != ValueKind::String || value.is_safe() {
        return minijinja::escape_formatter(output, state, value);
    }
    let text: String = value.as_str().unwrap_or_default().chars().map(harmless).collect();
    minijinja::escape_formatter(output, state, &Value::from(text))
}

fn harmless(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}

fn facts(report: &Report, model: &Model) -> Vec<(&'static str, String)> {
    let network = model.network();
    let reason = match report.task_reason.as_str() {
        "stated" => "as stated".to_string(),
        reason => format!("since {reason}"),
    };
    let target = if report.targets.len() == 1 { "Target" } else { "Targets" };
    let inputs = report.columns.iter().filter(|it| it.role == Role::Input).count();
    let from = match inputs {
        0 => count(network.inputs(), "input"),
        columns => {
            format!("{}, {}", count(columns, "column"), count(network.inputs(), "input"))
        }
    };
    vec![
        ("Data", report.data.clone()),
        ("Rows judged", whole(report.rows)),
        ("Task", format!("{}, {reason}", report.task)),
        (target, report.targets.join(", ")),
        ("Predicted from", from),
        (
            "Network",
            format!(
                "{}, {}",
                count(network.layers().len(), "layer"),
                count(network.parameter_count(), "parameter")
            ),
        ),
    ]
}

fn finding(finding: &chainrule::doctor::Finding) -> FindingView {
    FindingView {
        is_serious: finding.severity == Severity::Serious,
        what: finding.kind.words().to_string(),
        place: finding.place.to_string(),
        evidence: finding.evidence.clone(),
        remedy: finding.remedy(),
    }
}

/// An error as its kind is written.
fn error(kind: RowError, value: f64) -> String {
    match kind {
        RowError::Wrong | RowError::WrongLabels => percent(value),
        RowError::Absolute => number(value),
    }
}

fn segment_line(segment: &Segment, found: &Segments, most: f64, label: &str) -> BarLine {
    let bar = IntervalBar {
        value: segment.mean,
        interval: segment.interval,
        scale: (0.0, most),
        mark: Some(found.mean),
        stands_out: segment.is_worse,
    };
    let written = error(found.error, segment.mean);
    let interval = match segment.interval {
        Some((low, high)) => format!("{} to {}", error(found.error, low), error(found.error, high)),
        None => "—".to_string(),
    };
    let said = format!("{} {written}, interval {interval}", found.error.mean_name());
    BarLine {
        name: segment.name.clone(),
        rows: whole(segment.rows),
        bar: Value::from_safe_string(interval_bar(&bar, &Theme::LIGHT).element(label, &said)),
        value: written,
        interval,
        stands_out: segment.is_worse,
    }
}

fn segments(found: &Segments) -> SegmentsView {
    let shown = &found.columns[..found.columns.len().min(MOST_SEGMENTED)];
    let all_worst = found.worst();
    let worst = &all_worst[..all_worst.len().min(MOST_WORST)];
    // One scale for all bars: the intervals of small segments may leave it.
    let drawn = shown.iter().flat_map(|column| &column.segments);
    let drawn = drawn.chain(worst.iter().map(|(_, segment)| *segment));
    let most = drawn.map(|it| it.mean).fold(found.mean, f64::max) * 1.25;
    let most = if most > 0.0 { most } else { 1.0 };
    let line = |segment: &Segment, label: String| segment_line(segment, found, most, &label);
    SegmentsView {
        error: found.error.mean_name(),
        overall: error(found.error, found.mean),
        count: found.count,
        worst: worst
            .iter()
            .enumerate()
            .map(|(place, (column, segment))| {
                (column.to_string(), line(segment, format!("worst-{place}")))
            })
            .collect(),
        more_worst: all_worst.len() - worst.len(),
        columns: shown
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let segments = column.segments.iter().enumerate();
                let lines = segments
                    .map(|(index, segment)| line(segment, format!("segment-{place}-{index}")))
                    .collect();
                (column.name.clone(), percent(column.explained), lines)
            })
            .collect(),
        more: found.columns.len() - shown.len(),
    }
}

fn importance(found: &Importance) -> ImportanceView {
    let ranked = found.ranked();
    let shown = &ranked[..ranked.len().min(MOST_IMPORTANT)];
    let most = shown.iter().map(|it| it.mean + it.deviation).fold(0.0, f64::max);
    let least = shown.iter().map(|it| it.mean - it.deviation).fold(0.0, f64::min);
    let scale = if most > least { (least, most) } else { (0.0, 1.0) };
    let line = |(place, column): (usize, &&chainrule::explain::ColumnImportance)| {
        let interval = (column.mean - column.deviation, column.mean + column.deviation);
        let bar = IntervalBar {
            value: column.mean,
            interval: Some(interval),
            scale,
            mark: None,
            stands_out: false,
        };
        let (value, spread) = (number(column.mean), format!("±\u{a0}{}", number(column.deviation)));
        let label = format!("importance {value} {spread}");
        let picture =
            interval_bar(&bar, &Theme::LIGHT).element(&format!("important-{place}"), &label);
        BarLine {
            name: column.column.clone(),
            rows: String::new(),
            value,
            interval: spread,
            bar: Value::from_safe_string(picture),
            stands_out: false,
        }
    };
    ImportanceView {
        score: found.score.to_string(),
        baseline: number(found.baseline),
        repeats: found.repeats,
        rows: whole(found.rows),
        lines: shown.iter().enumerate().map(line).collect(),
        more: ranked.len() - shown.len(),
    }
}

fn columns(report: &Report) -> ColumnsView {
    let shown = report.columns.len().min(MOST_COLUMNS);
    let view = |(place, column): (usize, &Described)| column_view(place, column);
    ColumnsView {
        lines: report.columns[..shown].iter().enumerate().map(view).collect(),
        more: report.columns.len() - shown,
    }
}

fn column_view(place: usize, column: &Described) -> ColumnView {
    let Described { role, kind, summary } = column;
    let frequent = |most: usize| -> String {
        let shown = summary.frequent.iter().take(most);
        let part = |rows: usize| percent(rows as f64 / summary.rows.max(1) as f64);
        let shown: Vec<String> =
            shown.map(|(name, rows)| format!("{name} ({})", part(*rows))).collect();
        match summary.distinct.saturating_sub(shown.len()) {
            0 => shown.join(", "),
            more => format!("{}, and {more} more", shown.join(", ")),
        }
    };
    // Few numbers are like categories: their shares say more than their range.
    let (values, counts) = match &summary.numbers {
        Some(numbers) if summary.distinct > summary.frequent.len() => {
            let shown = |number_of: f64| match summary.values.as_str() {
                "time" => summary.shown(number_of),
                _ => number(number_of),
            };
            let range = format!(
                "{} to {}, median {}",
                shown(numbers.minimum),
                shown(numbers.maximum),
                shown(numbers.median)
            );
            (range, numbers.histogram.clone())
        }
        _ => (frequent(4), summary.frequent.iter().map(|it| it.1).collect()),
    };
    let label = format!("How the values lie: {values}");
    let picture = sparkline(&counts, &Theme::LIGHT).element(&format!("column-{place}"), &label);
    let missing = match summary.missing {
        0 => "none".to_string(),
        missing => {
            format!("{} ({})", whole(missing), percent(missing as f64 / summary.rows.max(1) as f64))
        }
    };
    ColumnView {
        name: summary.name.clone(),
        is_target: *role == Role::Target,
        kind: kind.clone(),
        missing,
        distinct: whole(summary.distinct),
        values,
        picture: Value::from_safe_string(picture),
    }
}
