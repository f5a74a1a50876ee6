//! Characters to tokens.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kind<'t> {
    Number(f64),
    Name(&'t str),
    Plus,
    Minus,
    Times,
    Over,
    Power,
    Open,
    Close,
    Comma,
    Equals,
    /// `;`
    Separator,
    /// Ends a statement too, unless a bracket is open.
    LineBreak,
    End,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    /// Its first byte in the text.
    pub(super) position: usize,
}

impl Token<'_> {
    pub(super) fn is_line_break(&self) -> bool {
        self.kind == Kind::LineBreak
    }

    pub(super) fn is_separator(&self) -> bool {
        matches!(self.kind, Kind::Separator | Kind::LineBreak)
    }
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol = match self.kind {
            Kind::Number(number) => return write!(formatter, "`{number}`"),
            Kind::Name(name) => return write!(formatter, "`{}`", shortened(name)),
            Kind::LineBreak => return formatter.write_str("the end of the line"),
            Kind::End => return formatter.write_str("the end"),
            Kind::Plus => '+',
            Kind::Minus => '-',
            Kind::Times => '*',
            Kind::Over => '/',
            Kind::Power => '^',
            Kind::Open => '(',
            Kind::Close => ')',
            Kind::Comma => ',',
            Kind::Equals => '=',
            Kind::Separator => ';',
        };
        write!(formatter, "`{symbol}`")
    }
}

/// As much of a name as a message can show.
pub(super) fn shortened(name: &str) -> &str {
    name.char_indices().nth(40).map_or(name, |(end, _)| &name[..end])
}

/// The tokens of a text, from a place in it onwards.
#[derive(Clone)]
pub(super) struct Tokens<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Tokens<'t> {
        Tokens { text, position: 0 }
    }

    /// The next one, and for ever `End` after the last; or where the text is no token, and why.
    pub(super) fn next(&mut self) -> Result<Token<'t>, (usize, String)> {
        let rest = &self.text[self.position..];
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        let position = self.text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            self.position = position;
            return Ok(Token { kind: Kind::End, position });
        };
        let (kind, length) = match first {
            '+' => (Kind::Plus, 1),
            // Typeset text and some keyboards have their own minus, times and divided by.
            '-' | '\u{2212}' => (Kind::Minus, first.len_utf8()),
            '*' | '\u{d7}' | '\u{b7}' | '\u{22c5}' => (Kind::Times, first.len_utf8()),
            '/' | '\u{f7}' => (Kind::Over, first.len_utf8()),
            '^' => (Kind::Power, 1),
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            ',' => (Kind::Comma, 1),
            '=' => (Kind::Equals, 1),
            ';' => (Kind::Separator, 1),
            '\n' => (Kind::LineBreak, 1),
            '.' | '0'..='9' => {
                let length = number_length(rest);
                match rest[..length].parse::<f64>() {
                    Ok(number) if number.is_finite() => (Kind::Number(number), length),
                    Ok(_) => return Err((position, "this number is too large".to_string())),
                    Err(_) => {
                        return Err((position, "expected digits beside the point".to_string()));
                    }
                }
            }
            _ if first.is_alphabetic() || first == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || c == '_';
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                (Kind::Name(&rest[..length]), length)
            }
            '[' | ']' | '{' | '}' => {
                return Err((position, format!("found `{first}`; brackets are written ( and )")));
            }
            _ => {
                let found = first.escape_debug();
                return Err((position, format!("`{found}` is no part of an expression")));
            }
        };
        self.position = position + length;
        Ok(Token { kind, position })
    }
}

/// Bytes of the number at the start: 1, 1., .5, 1e-3. An `e` without digits is not part of it.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits((length + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
