//! The words that error messages share: quoted values, lists, suggestions.

/// Longest piece of a user's data that a message repeats, in characters.
const LONGEST: usize = 60;

/// Names that a list shows before it says how many more there are.
const LISTED: usize = 20;

/// A text with its control characters spelled out, such as `\n` and `\u{1b}`.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown
}

/// A name or a cell in quotes, without control characters and cut to a readable length.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str("...");
    }
    format!("`{shown}`")
}

/// `a`, `b`, `c` and 781 more.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| quoted(name.as_ref())).collect();
    match names.len().checked_sub(LISTED) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// " (did you mean `x`?)", or nothing.
pub(crate) fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(String::new(), |name| format!(" (did you mean {}?)", quoted(name)))
}

/// " (did you mean `x`, `y`?)", or nothing.
pub(crate) fn suggestions(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    format!(" (did you mean {}?)", list(nearest))
}

/// "1 row", "2 rows".
pub(crate) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The name most like `wanted`, if any is like it at all.
pub(crate) fn nearest<S: AsRef<str>>(
    wanted: &str,
    names: impl IntoIterator<Item = S>,
) -> Option<String> {
    several_nearest(wanted, names, 1).pop()
}

/// Up to `most` names like `wanted`, the likest first.
pub(crate) fn several_nearest<S: AsRef<str>>(
    wanted: &str,
    names: impl IntoIterator<Item = S>,
    most: usize,
) -> Vec<String> {
    let folded = wanted.to_lowercase();
    let mut scored: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| {
            let name = name.as_ref();
            (strsim::jaro_winkler(&folded, &name.to_lowercase()), name.to_owned())
        })
        .filter(|(score, _)| *score >= 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(most).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        let names = ["sepal_length", "petal_width", "species"];
        assert_eq!(nearest("specie", names).as_deref(), Some("species"));
        assert_eq!(nearest("SPECIES", names).as_deref(), Some("species"));
        assert_eq!(nearest("zzz", names), None);
    }

    #[test]
    fn cells_are_shown_short_and_on_one_line() {
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        assert_eq!(escaped("a\n\u{1b}[1m\\'\u{e9}"), "a\\n\\u{1b}[1m\\'\u{e9}");
        assert!(quoted(&"x".repeat(1000)).len() < 80);
        let names: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        assert!(list(&names).ends_with("`19` and 10 more"));
    }
}
