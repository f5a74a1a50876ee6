//! Lists on the command line: `relu,tanh`, with brackets and quotes that protect their commas.

use std::fmt::Display;
use std::str::FromStr;

/// Values with commas between.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T: FromStr<Err: Display>> FromStr for List<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<List<T>, String> {
        let items = split(text)?;
        let read = |item: String| item.parse().map_err(|error: T::Err| error.to_string());
        items.into_iter().map(read).collect::<Result<_, _>>().map(List)
    }
}

/// All values of a flag that may be given several times.
pub(crate) fn flat<T: Clone>(lists: &[List<T>]) -> Vec<T> {
    lists.iter().flat_map(|list| list.0.iter().cloned()).collect()
}

/// A value of a list as it is written there: in quotes if a comma would divide it.
pub(crate) fn item(value: &str) -> String {
    // A bracket that is not closed would swallow the commas behind it.
    let is_closed = value.matches('(').count() == value.matches(')').count();
    match split(value).as_deref() {
        Ok([only]) if only == value && is_closed => value.to_string(),
        _ => format!("\"{}\"", value.replace('"', "\"\"")),
    }
}

/// Cuts at the commas that are neither within brackets nor within quotes. A quote within quotes is
/// written twice, as in CSV.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut items = vec![String::new()];
    let (mut depth, mut is_quoted) = (0_usize, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let begins = items.last().is_some_and(|item| item.trim().is_empty());
        let item = items.last_mut().expect("there is always one");
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                item.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if begins => {
                item.clear();
                is_quoted = true;
            }
            ',' if !is_quoted && depth == 0 => items.push(String::new()),
            _ => {
                match character {
                    '(' if !is_quoted => depth += 1,
                    ')' if !is_quoted => depth = depth.saturating_sub(1),
                    _ => {}
                }
                item.push(character);
            }
        }
    }
    match is_quoted {
        true => Err("expected a closing quote".to_string()),
        false => Ok(items),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        text.parse::<List<String>>().unwrap().0
    }

    #[test]
    fn brackets_and_quotes_protect_commas() {
        assert_eq!(read("a,b c,d"), ["a", "b c", "d"]);
        assert_eq!(
            read("batch(momentum=0.1, epsilon=1e-5),none"),
            ["batch(momentum=0.1, epsilon=1e-5)", "none"]
        );
        assert_eq!(read("\"a,b\",\"say \"\"hi\"\"\",c"), ["a,b", "say \"hi\"", "c"]);
        assert_eq!("1, 2".parse::<List<f64>>(), Err("invalid float literal".to_string()));
        assert!("\"a".parse::<List<String>>().unwrap_err().contains("closing quote"));
        let both = format!("{},{}", item("x(y"), item("plain"));
        assert_eq!(read(&both), ["x(y", "plain"]);
        for value in ["plain", "a,b", "\"", "elu(1,2)", "a \"b\" c"] {
            assert_eq!(read(&item(value)), [value]);
        }
    }
}
