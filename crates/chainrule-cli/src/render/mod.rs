//! What people read: results on stdout, everything else on stderr.

mod columns;
mod progress;
mod search;
mod table;

pub(crate) use columns::{columns, columns_json};
pub(crate) use progress::Progress;
pub(crate) use search::{SearchProgress, settings_in_words};
pub(crate) use table::Table;

use crate::failure::Failure;
use chainrule::Evaluation;
use chainrule::data::Task;
use std::fmt::Display;
use std::io::{ErrorKind, Write};

/// A text for one place in a line: control characters, which a terminal would obey, are spelled
/// out, and so are the marks that turn the direction of writing. Names in a model file or of a file
/// may hold any of them.
pub(crate) fn plain(text: &str) -> String {
    spelled(text, |_| false, |character| character.escape_default().to_string())
}

/// A text of several lines, otherwise as [`plain`]. Further lines are indented, so that no name with
/// a line feed can pass for a message of its own.
fn plain_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    let mut shown = String::new();
    for (number, line) in lines.iter().enumerate() {
        match line.is_empty() || line.starts_with(' ') || number == 0 {
            true => shown += line,
            false => shown += &format!("  {line}"),
        }
        if number + 1 < lines.len() {
            shown.push('\n');
        }
    }
    shown
}

fn spelled(text: &str, keep: impl Fn(char) -> bool, spell: impl Fn(char) -> String) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match (character.is_control() || turns(character)) && !keep(character) {
            true => shown += &spell(character),
            false => shown.push(character),
        }
    }
    shown
}

/// Writes to stdout as it is: data for other programs, or a [`Table`], whose cells are [`plain`]. A
/// reader that has gone away, such as `head`, has seen enough.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("cannot write to the standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// A line on stdout, or several.
pub(crate) fn say(text: impl Display) -> Result<(), Failure> {
    let lines = text.to_string();
    let lines: Vec<String> = lines.split('\n').map(plain).collect();
    print(format_args!("{}\n", lines.join("\n")))
}

/// A line on stderr. Nobody can be told that nobody listens there.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{}", plain_lines(&text.to_string()));
}

/// An error or a warning on stderr.
pub(crate) fn complain(kind: &str, text: &str) {
    note(format_args!("{kind}: {text}"));
}

/// A document on stdout.
pub(crate) fn document(value: &serde_json::Value) -> Result<(), Failure> {
    print(json_text(value))
}

/// A document as text.
pub(crate) fn json_text(value: &serde_json::Value) -> String {
    // JSON spells only some of the control characters out by itself. The line feeds are its own, and
    // all other such characters are within strings, where this spelling stands for them.
    let text = format!("{value:#}\n");
    spelled(&text, |c| c == '\n', |c| format!("\\u{:04x}", u32::from(c)))
}

/// "1 row", "2 rows".
pub(crate) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// A number in a few digits.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_string(),
        size if (1e-3..1e6).contains(&size) => {
            let whole = size.log10().floor().max(0.0) as usize;
            format!("{number:.*}", 4_usize.saturating_sub(whole))
        }
        _ => format!("{number:.3e}"),
    }
}

/// A number in at most so many significant digits, without zeros behind the point.
pub(crate) fn digits(number: f64, most: usize) -> String {
    if number == 0.0 || !number.is_finite() {
        return if number == 0.0 { "0".to_string() } else { number.to_string() };
    }
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    let scientific = format!("{number:.*e}", most - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("the form has an exponent");
    match exponent.parse::<i32>() {
        Ok(exponent) if (-5..most as i32).contains(&exponent) => {
            let decimals = (most as i32 - 1 - exponent) as usize;
            trimmed(&format!("{number:.decimals$}"))
        }
        _ => format!("{}e{exponent}", trimmed(mantissa)),
    }
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A time as people say it.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        ..10.0 => format!("{seconds:.1} s"),
        10.0..60.0 => format!("{seconds:.0} s"),
        60.0..3600.0 => {
            format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), (seconds % 60.0).floor())
        }
        _ => format!(
            "{:.0} h {:02.0} min",
            (seconds / 3600.0).floor(),
            (seconds % 3600.0 / 60.0).floor()
        ),
    }
}

/// The columns of a table of evaluations, after the name of the rows.
pub(crate) fn measures(task: Task) -> &'static [&'static str] {
    match task {
        Task::Regression => &["rows", "loss", "R2", "RMSE", "MAE"],
        Task::Binary | Task::MultiClass => &["rows", "loss", "accuracy"],
        Task::MultiLabel => &["rows", "loss", "all labels right"],
    }
}

/// The cells of an evaluation under [`measures`].
pub(crate) fn measured(evaluation: &Evaluation) -> Vec<String> {
    let mut cells = vec![evaluation.rows.to_string(), short(evaluation.loss)];
    cells.extend(evaluation.accuracy.map(percent));
    if let Some(it) = evaluation.regression {
        cells.extend([it.r2, it.rmse, it.mae].map(short));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_reaches_the_terminal_as_a_command() {
        assert_eq!(plain("a\u{1b}[2J\nb\u{9b}\u{7f}"), "a\\u{1b}[2J\\nb\\u{9b}\\u{7f}");
        assert_eq!(plain("\u{e9}\u{4e2d} \\ \u{202e}x"), "\u{e9}\u{4e2d} \\ \\u{202e}x");
        assert_eq!(plain_lines("one\nerror: two\n  three\r"), "one\n  error: two\n  three\\r");
        let mut table = Table::new(1);
        table.line(["a\nb\u{1b}", "1"]);
        assert_eq!(table.to_string(), "  a\\nb\\u{1b}  1\n");
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, 0.123_456, 12.345_678, 123_456.7, 1e-5, -3.0, 1e9];
        let shown = numbers.map(short);
        assert_eq!(shown, ["0", "0.1235", "12.346", "123457", "1.000e-5", "-3.0000", "1.000e9"]);
    }

    #[test]
    fn digits_are_significant_ones() {
        let shown = |number| digits(number, 8);
        assert_eq!(shown(12.0), "12");
        assert_eq!(shown(0.880_797_077_977_882_3), "0.88079708");
        assert_eq!(shown(-1.135_335_283_236_612_8), "-1.1353353");
        assert_eq!(shown(1.0 / 3.0 * 1e-5), "3.3333333e-6");
        assert_eq!(shown(99_999_999.6), "1e8");
        assert_eq!((shown(-0.0), shown(f64::INFINITY)), ("0".to_string(), "inf".to_string()));
        assert_eq!((shown(0.1 + 0.2), shown(1e300)), ("0.3".to_string(), "1e300".to_string()));
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let times = [0.04, 9.96, 42.4, 119.9, 7260.0].map(duration);
        assert_eq!(times, ["0.0 s", "10.0 s", "42 s", "1 min 59 s", "2 h 01 min"]);
    }
}
