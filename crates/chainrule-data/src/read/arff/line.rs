//! The parts of a line of an ARFF file: quoted or not, separated by commas.

/// A value, or a value with its place before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// The place in a sparse row, if there is one.
    pub(crate) place: Option<usize>,
    /// The value.
    pub(crate) text: String,
    /// It was in quotation marks: a question mark is one then.
    pub(crate) is_quoted: bool,
}

impl Cell {
    /// As it was written, more or less.
    pub(crate) fn whole(&self) -> String {
        self.place.map_or(self.text.clone(), |place| format!("{place} {}", self.text))
    }
}

/// The values of a row that should have `width`: separated by commas, or, where it has none, by blanks.
/// With a width of 0 they have their places before them, as in a sparse row. None where a quotation
/// mark stays open.
pub(crate) fn cells(row: &str, width: usize) -> Option<Vec<Cell>> {
    let mut cells = Vec::with_capacity(width.min(row.len()));
    let by_blanks = width > 1 && !row.contains(',');
    let mut rest = row.trim_start();
    loop {
        let mut place = None;
        if width == 0 {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let is_place = rest[digits..].starts_with([' ', '\t']);
            if is_place && let Ok(number) = rest[..digits].parse() {
                place = Some(number);
                rest = rest[digits..].trim_start();
            }
        }
        let (text, after, is_quoted) = match quoted(rest) {
            Some((text, after)) => (text, after, true),
            None if rest.starts_with(['\'', '"']) => return None,
            None => {
                let is_end = |c: char| if by_blanks { c.is_whitespace() } else { c == ',' };
                let end = rest.find(is_end).unwrap_or(rest.len());
                (rest[..end].trim_end().to_owned(), &rest[end..], false)
            }
        };
        let after = after.trim_start();
        let (after, is_separated) = match after.strip_prefix(',') {
            Some(after) => (after.trim_start(), true),
            None => (after, false),
        };
        cells.push(Cell { place, text, is_quoted });
        if after.is_empty() && !is_separated {
            return Some(cells);
        }
        rest = after;
    }
}

/// The text in quotation marks at the beginning of `text`, and what comes behind it. A backslash
/// takes the next character as it is.
pub(crate) fn quoted(text: &str) -> Option<(String, &str)> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '\'' | '"'))?;
    let mut inside = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => inside.extend(characters.next().map(|(_, next)| match next {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            })),
            _ if character == mark => return Some((inside, &text[at + 1..])),
            _ => inside.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(row: &str, width: usize) -> Vec<String> {
        cells(row, width).unwrap().iter().map(Cell::whole).collect()
    }

    #[test]
    fn rows_are_cut_at_commas_outside_quotation_marks() {
        assert_eq!(texts("1, 'a, b' ,\"it's\"", 3), ["1", "a, b", "it's"]);
        assert_eq!(texts("a b,'c\\'d',", 3), ["a b", "c'd", ""]);
        assert_eq!(texts("1 'a b'\t3", 3), ["1", "a b", "3"]);
        assert_eq!(texts("only", 1), ["only"]);
        assert_eq!(texts("0 x, 12 'y z'", 0), ["0 x", "12 y z"]);
        assert_eq!(cells("a,'b", 2), None);
        assert_eq!(cells("12 x", 0).unwrap()[0].place, Some(12));
        assert_eq!(cells("x 12", 0).unwrap()[0].place, None);
    }
}
