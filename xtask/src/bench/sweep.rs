//! How the time of an epoch grows with the parameters, and with the rows.

use super::measured::Spread;
use super::options::Options;
use super::svg::{Anchor, Axis, Svg, power};
use super::{build, machine, process, results};
use crate::folders::root;
use serde_json::{Value, json};

/// Rows and batch while the parameters grow: 2^10 to 2^23, about 1e3 to 1e7.
const ROWS: usize = 4096;
const BATCH: usize = 128;
const PARAMETERS: std::ops::RangeInclusive<u32> = 10..=23;
/// Widths and batch while the rows grow, from 2^10 to 2^16.
const WIDTHS: &str = "784,128,10";
const ROW_BATCH: usize = 64;
const ROW_COUNTS: std::ops::RangeInclusive<u32> = 10..=16;

/// A size, and the seconds of an epoch.
type Point = (f64, f64);

/// Measures both, writes benches/results/sweep-<..>.json and benches/sweep.svg, prints the slopes.
pub(super) fn run(options: &Options) -> Result<(), String> {
    build::example("chainrule", "workload")?;
    let machine = machine::describe()?;
    let parameters = measure(options, "parameters", PARAMETERS, |power| {
        let width = width_of(2_f64.powi(power as i32));
        // The time of the smallest is short, so they have more epochs.
        let epochs = 1 << 20_u32.saturating_sub(power).min(4);
        sizes(ROWS, &format!("{width},{width},{width},10"), BATCH, epochs, power < 18)
    })?;
    let rows = measure(options, "rows", ROW_COUNTS, |power| {
        sizes(1 << power, WIDTHS, ROW_BATCH, 1 << (16 - power).min(4), power < 15)
    })?;
    let result = json!({
        "parameters": parameters,
        "rows": rows,
        "exponent_of_parameters": slope(&parameters),
        "exponent_of_parameters_above_100000": slope(above(&parameters, 1e5)),
        "exponent_of_rows": slope(&rows),
    });
    let result = results::of_run(options, machine, result);
    results::write(&format!("sweep-{}", options.suffix()), &result)?;
    results::write_whole(&root().join("benches/sweep.svg"), &picture(&parameters, &rows))?;
    match options.json {
        true => println!("{result}"),
        false => lines(&result).iter().for_each(|line| println!("{line}")),
    }
    super::summary::write()
}

/// What is said of the last sweep at two threads, if there was one.
pub(super) fn words() -> Vec<String> {
    results::read("sweep-2t").map_or(Vec::new(), |result| {
        let mut words =
            vec!["![Seconds of an epoch over parameters and over rows](sweep.svg)".to_string()];
        words.push(lines(&result).join(" "));
        words
    })
}

fn lines(result: &Value) -> Vec<String> {
    let number = |key: &str| result[key].as_f64().unwrap_or(f64::NAN);
    vec![
        format!(
            "Seconds of an epoch grow with the parameters to the power of {:.2} from 1e3 to 1e7, of \
             {:.2} above 1e5 (square layers, {ROWS} rows, batches of {BATCH}),",
            number("exponent_of_parameters"),
            number("exponent_of_parameters_above_100000"),
        ),
        format!(
            "and with the rows to the power of {:.2} from 2^10 to 2^16 ({WIDTHS}, batches of \
             {ROW_BATCH}).",
            number("exponent_of_rows")
        ),
    ]
}

fn sizes(rows: usize, widths: &str, batch: usize, epochs: usize, is_small: bool) -> Vec<String> {
    let pairs = [
        ("--rows", rows.to_string()),
        ("--widths", widths.to_string()),
        ("--batch", batch.to_string()),
        ("--epochs", epochs.to_string()),
        ("--repeats", if is_small { "5" } else { "1" }.to_string()),
    ];
    pairs.into_iter().flat_map(|(name, value)| [name.to_string(), value]).collect()
}

/// The width w of a network w-w-w-10 with about so many parameters, 2 w (w + 1) + 10 (w + 1).
fn width_of(parameters: f64) -> usize {
    // 2 w^2 + 12 w + 10 = parameters
    ((-12.0 + (144.0 + 8.0 * (parameters - 10.0)).sqrt()) / 4.0).round() as usize
}

/// Medians over the rounds, in each of which all sizes have their turn.
fn measure(
    options: &Options,
    key: &str,
    powers: std::ops::RangeInclusive<u32>,
    sizes: impl Fn(u32) -> Vec<String>,
) -> Result<Vec<Point>, String> {
    let mut all: Vec<(f64, Vec<f64>)> = powers.clone().map(|_| (0.0, Vec::new())).collect();
    for _ in 0..options.rounds {
        for (power, (size, seconds)) in powers.clone().zip(&mut all) {
            let mut command = process::command(&build::runner());
            for argument in sizes(power) {
                command.push(argument);
            }
            if let Some(threads) = options.threads {
                command.push("--threads").push(threads.to_string());
            }
            if let Some(set) = &options.instruction_set {
                command.push("--instruction-set").push(set);
            }
            let line = command.run(options.limit)?;
            let line: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
            let number =
                |key: &str| line[key].as_f64().ok_or_else(|| format!("the runner gave no {key}"));
            *size = number(key)?;
            seconds.push(number("seconds_per_epoch")?);
        }
    }
    let median = |(size, seconds): (f64, Vec<f64>)| Some((size, Spread::of(&seconds)?.median));
    Ok(all.into_iter().filter_map(median).collect())
}

fn above(points: &[Point], least: f64) -> &[Point] {
    let first = points.iter().position(|point| point.0 >= least).unwrap_or(points.len());
    &points[first..]
}

/// The exponent b of the power law a n^b that is nearest to the points: the slope of the line of least
/// squares through their logarithms.
fn slope(points: &[Point]) -> f64 {
    let logs: Vec<Point> = points.iter().map(|(n, seconds)| (n.ln(), seconds.ln())).collect();
    let count = logs.len() as f64;
    let mean = |of: fn(&Point) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|it| it.0), mean(|it| it.1));
    let covariance: f64 = logs.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    covariance / logs.iter().map(|(x, _)| (x - x_mean).powi(2)).sum::<f64>()
}

/// Both sweeps side by side on logarithmic axes, each with a line along which the time grows as fast
/// as the size.
fn picture(parameters: &[Point], rows: &[Point]) -> String {
    let mut svg = Svg::new(860.0, 380.0);
    let title = "Seconds for one epoch; dashed: as fast as the size";
    svg.text((16.0, 26.0), 14.0, Anchor::Start, "text", title);
    for (index, (points, name)) in [(parameters, "parameters"), (rows, "rows")].iter().enumerate() {
        let left = 64.0 + 420.0 * index as f64;
        panel(&mut svg, points, name, (left, left + 340.0), (320.0, 48.0));
    }
    svg.finish()
}

fn panel(svg: &mut Svg, points: &[Point], name: &str, across: (f64, f64), up: (f64, f64)) {
    let x = Axis::around(points.iter().map(|it| it.0), across);
    let y = Axis::around(points.iter().map(|it| it.1), up);
    for number in x.powers() {
        let place = x.place(number);
        svg.line(&[(place, up.0), (place, up.1)], 1.0, "grid");
        svg.text((place, up.0 + 18.0), 11.0, Anchor::Middle, "muted", &power(number));
    }
    for number in y.powers() {
        let place = y.place(number);
        svg.line(&[(across.0, place), (across.1, place)], 1.0, "grid");
        svg.text((across.0 - 8.0, place + 4.0), 11.0, Anchor::End, "muted", &power(number));
    }
    svg.line(&[(across.0, up.1), (across.0, up.0), (across.1, up.0)], 1.0, "axis");
    let middle = (across.0 + across.1) / 2.0;
    svg.text((middle, up.0 + 40.0), 12.0, Anchor::Middle, "text", name);
    if let Some(&(size, seconds)) = points.last() {
        // From the last point backwards, in dashes, as far as the panel goes.
        let along = |share: f64| {
            let factor = (points[0].0 / size).powf(share);
            (x.place(size * factor), y.place(seconds * factor))
        };
        for dash in 0..40 {
            let (from, to) = (along(f64::from(dash) / 40.0), along((f64::from(dash) + 0.6) / 40.0));
            if to.1 <= up.0 {
                svg.line(&[from, to], 1.5, "muted");
            }
        }
    }
    let places: Vec<(f64, f64)> = points.iter().map(|it| (x.place(it.0), y.place(it.1))).collect();
    svg.line(&places, 2.0, "c0");
    places.iter().for_each(|place| svg.point(*place, "c0"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_exponent() {
        let points: Vec<Point> =
            (1..10).map(|n| (f64::from(n), 3.0 * f64::from(n).powf(1.5))).collect();
        assert!((slope(&points) - 1.5).abs() < 1e-12);
        assert_eq!(above(&points, 7.5).len(), 2);
    }

    #[test]
    fn networks_have_about_the_parameters_that_are_asked_for() {
        for power in PARAMETERS {
            let asked = 2_f64.powi(power as i32);
            let width = width_of(asked) as f64;
            let found = 2.0 * width * (width + 1.0) + 10.0 * (width + 1.0);
            assert!((found / asked - 1.0).abs() < 0.06, "{asked}: {found}");
        }
    }
}
