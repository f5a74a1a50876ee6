//! What an ARFF file says of its columns: `@attribute name type`.

use crate::error::DataError;
use crate::message;
use crate::read::arff::line::{cells, quoted};
use crate::read::arff::malformed;

/// A column of an ARFF file.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What a column holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Kind {
    /// `numeric`, `real` or `integer`.
    Numeric,
    /// `{red, green}`.
    Nominal {
        values: Vec<String>,
        /// The values as numbers, if all of them are, as in `{0,1}`.
        numbers: Option<Vec<f64>>,
    },
    /// `string`.
    String,
    /// `date`, as strptime has its format.
    Date { format: String },
}

/// The attribute of a line that begins with `@attribute`.
pub(crate) fn attribute(file: &str, line: u32, text: &str) -> Result<Attribute, DataError> {
    let wrong = |expected: &str, found: &str| Err(malformed(file, Some(line), expected, found));
    let rest = text.trim_start();
    let rest = rest[rest.find(char::is_whitespace).unwrap_or(rest.len())..].trim_start();
    let (name, rest) = match quoted(rest) {
        Some(found) => found,
        None => {
            let end = rest.find(|c: char| c.is_whitespace() || c == '{').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        }
    };
    let rest = rest.trim();
    if name.trim().is_empty() || rest.is_empty() {
        return wrong("a name and a type behind @attribute", &message::quoted(text.trim()));
    }
    if let Some(values) = rest.strip_prefix('{') {
        let kind = nominal(values);
        return match kind {
            Some(kind) => Ok(Attribute { name, kind }),
            None => wrong("values in braces, separated by commas", &message::quoted(rest)),
        };
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let kind = match rest[..end].to_ascii_lowercase().as_str() {
        "numeric" | "real" | "integer" => Kind::Numeric,
        "string" => Kind::String,
        "date" => match date_format(rest[end..].trim()) {
            Some(format) => Kind::Date { format },
            None => return wrong("a date format such as \"yyyy-MM-dd\"", &message::quoted(rest)),
        },
        _ => {
            let expected = "numeric, real, integer, string, date or values in braces as the type";
            return wrong(expected, &message::quoted(&rest[..end]));
        }
    };
    Ok(Attribute { name, kind })
}

/// The values that stand before a closing brace.
fn nominal(text: &str) -> Option<Kind> {
    // The brace may be part of a quoted value, and a comment may follow it.
    let places = text.match_indices('}').map(|(at, _)| at);
    let values = places.filter_map(|end| cells(&text[..end], 1)).next()?;
    let values: Vec<String> = values.into_iter().map(|cell| cell.text).collect();
    if values.iter().all(String::is_empty) {
        return None;
    }
    let number = |value: &String| {
        let is_code = value.len() > 1 && value.starts_with('0') && !value.contains('.');
        value.parse::<f64>().ok().filter(|number| number.is_finite() && !is_code)
    };
    let numbers = values.iter().map(number).collect();
    Some(Kind::Nominal { values, numbers })
}

/// A format of Java's SimpleDateFormat as strptime has it; the usual one when none is given.
fn date_format(java: &str) -> Option<String> {
    const FIELDS: [(&str, &str); 16] = [
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("MMMM", "%B"),
        ("MMM", "%b"),
        ("MM", "%m"),
        ("M", "%m"),
        ("dd", "%d"),
        ("d", "%d"),
        ("HH", "%H"),
        ("H", "%H"),
        ("hh", "%I"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("SSS", "%f"),
        ("EEE", "%a"),
        ("a", "%p"),
    ];
    if java.is_empty() {
        return Some("%Y-%m-%dT%H:%M:%S".to_owned());
    }
    let inside = quoted(java).map(|(inside, _)| inside);
    // What is quoted inside of the format stands for itself.
    let java = match &inside {
        Some(inside) => inside.as_str(),
        None => java,
    };
    let mut format = String::new();
    let mut rest = java;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (text, after) = rest[1..].split_once('\'')?;
            format.push_str(&text.replace('%', "%%"));
            rest = after;
            continue;
        }
        let run = rest.len() - rest.trim_start_matches(first).len();
        if first.is_ascii_alphabetic() {
            let field = FIELDS.iter().find(|(field, _)| *field == &rest[..run])?;
            format.push_str(field.1);
        } else {
            format.push_str(&rest[..run].replace('%', "%%"));
        }
        rest = &rest[run..];
    }
    Some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        attribute("t.arff", 1, text).unwrap().kind
    }

    #[test]
    fn types_are_read() {
        assert_eq!(kind("@attribute a NUMERIC"), Kind::Numeric);
        assert_eq!(
            kind("@attribute a{x}"),
            Kind::Nominal { values: vec!["x".into()], numbers: None }
        );
        let values = vec!["a}b".into(), "c".into()];
        assert_eq!(
            kind("@ATTRIBUTE 'a b' {'a}b', c} % x}"),
            Kind::Nominal { values, numbers: None }
        );
        let Kind::Nominal { numbers, .. } = kind("@attribute a {0, 1,2.5}") else { panic!() };
        assert_eq!(numbers, Some(vec![0.0, 1.0, 2.5]));
        let Kind::Nominal { numbers, .. } = kind("@attribute a {01,02}") else { panic!() };
        assert_eq!(numbers, None);
        let format = "%Y-%m-%dT%H:%M:%S".to_owned();
        assert_eq!(kind("@attribute a date \"yyyy-MM-dd'T'HH:mm:ss\""), Kind::Date { format });
        for wrong in [
            "@attribute",
            "@attribute a",
            "@attribute a relational",
            "@attribute a {}",
            "@attribute a {b",
            "@attribute a date \"QQ\"",
        ] {
            let message = attribute("t.arff", 3, wrong).unwrap_err().to_string();
            assert!(message.starts_with("t.arff, line 3: expected"), "{message}");
        }
    }
}
