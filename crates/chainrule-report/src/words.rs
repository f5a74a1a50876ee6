//! Numbers as the page writes them.

/// A number in four digits or, if it is whole and not too long, in all of its own.
pub(crate) fn number(number: f64) -> String {
    match number.abs() {
        _ if !number.is_finite() => "—".to_string(),
        0.0 => "0".to_string(),
        size if (1e-4..1e7).contains(&size) => {
            let decimals = match number.fract() == 0.0 {
                true => 0,
                false => (3 - size.log10().floor() as i32).max(0) as usize,
            };
            let text = format!("{size:.decimals$}");
            let text = match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.'),
                false => text.as_str(),
            };
            let (before, behind) = text.split_once('.').unwrap_or((text, ""));
            let point = if behind.is_empty() { "" } else { "." };
            format!("{}{}{point}{behind}", sign(number), grouped(before))
        }
        size => {
            let text = format!("{size:.3e}");
            let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
            let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
            format!("{}{mantissa} × 10{}", sign(number), raised(power))
        }
    }
}

/// The minus of mathematics, for a number below 0.
fn sign(number: f64) -> &'static str {
    if number < 0.0 { "−" } else { "" }
}

/// A power as it is written above the line.
fn raised(power: &str) -> String {
    let of = |letter: char| match letter {
        '-' => '⁻',
        digit => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize - '0' as usize).unwrap_or(digit),
    };
    power.chars().map(of).collect()
}

/// A score, which is near 0 to 1 as a rule: in four decimals, so that they stand below each other.
pub(crate) fn score(score: f64) -> String {
    match score.abs() {
        size if (1e-4..10.0).contains(&size) || size == 0.0 => {
            format!("{}{size:.4}", sign(score))
        }
        _ => number(score),
    }
}

/// A score that may not be defined.
pub(crate) fn maybe(found: Option<f64>) -> String {
    found.map_or_else(|| "—".to_string(), score)
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    match 100.0 * share {
        _ if !share.is_finite() => "—".to_string(),
        whole if whole == 0.0 || whole == 100.0 => format!("{whole} %"),
        small if small < 0.1 => "< 0.1 %".to_string(),
        large if large > 99.9 => "> 99.9 %".to_string(),
        percent => format!("{percent:.1} %"),
    }
}

/// "1 row", "2 rows"; large numbers with spaces between thousands.
pub(crate) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", whole(number))
}

/// A whole number, with narrow spaces between thousands from five digits on.
pub(crate) fn whole(number: usize) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_string();
    }
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let scores = [0.0, 0.94, 1.0, -0.5, 12.5, f64::NAN];
        assert_eq!(scores.map(score), ["0.0000", "0.9400", "1.0000", "−0.5000", "12.5", "—"]);
        let numbers = [0.0, 0.123_456, -12.345_678, 206_855.816, 1e-5, 3.0, 1.5e9, f64::NAN];
        let shown = ["0", "0.1235", "−12.35", "206\u{202f}856", "1 × 10⁻⁵", "3", "1.5 × 10⁹", "—"];
        assert_eq!(numbers.map(number), shown);
        assert_eq!(
            [0.0, 0.0001, 0.5, 0.9999, 1.0].map(percent),
            ["0 %", "< 0.1 %", "50.0 %", "> 99.9 %", "100 %"]
        );
        assert_eq!(
            [999, 20_640, 1_234_567].map(whole),
            ["999", "20\u{202f}640", "1\u{202f}234\u{202f}567"]
        );
    }
}
