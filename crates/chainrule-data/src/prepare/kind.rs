//! What kind of thing a column holds, as told from its values or as stated.

use crate::DataError;
use crate::message;
use std::fmt;
use std::str::FromStr;

/// What kind of thing a column holds, and so what becomes of it.
///
/// | kind | what it is | what it becomes |
/// |---|---|---|
/// | numeric | amounts | one input, scaled |
/// | boolean | two values such as 0 and 1, or yes and no | as a number or a category |
/// | category | texts that recur | an input for each, or an embedding |
/// | code | whole numbers that are names, such as 101, 205 | as a category |
/// | date | days or points in time | the time, and its place in the year, month, week and day |
/// | text | sentences, which differ from row to row | left out |
/// | identifier | names of rows | left out |
/// | constant | the same in all rows | left out |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Amounts.
    Numeric,
    /// Two values.
    Boolean,
    /// Texts that recur.
    Category,
    /// Whole numbers that are names.
    Code,
    /// Days or points in time.
    Date,
    /// Free text.
    Text,
    /// Names of rows.
    Identifier,
    /// The same in all rows.
    Constant,
}

impl ColumnKind {
    /// Every kind.
    pub const ALL: [ColumnKind; 8] = [
        ColumnKind::Numeric,
        ColumnKind::Boolean,
        ColumnKind::Category,
        ColumnKind::Code,
        ColumnKind::Date,
        ColumnKind::Text,
        ColumnKind::Identifier,
        ColumnKind::Constant,
    ];

    /// Its name, such as `numeric`.
    pub fn name(self) -> &'static str {
        match self {
            ColumnKind::Numeric => "numeric",
            ColumnKind::Boolean => "boolean",
            ColumnKind::Category => "category",
            ColumnKind::Code => "code",
            ColumnKind::Date => "date",
            ColumnKind::Text => "text",
            ColumnKind::Identifier => "identifier",
            ColumnKind::Constant => "constant",
        }
    }

    /// Whether columns of this kind say nothing that a network could learn from, and are left out.
    pub fn is_left_out(self) -> bool {
        matches!(self, ColumnKind::Text | ColumnKind::Identifier | ColumnKind::Constant)
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ColumnKind {
    type Err = DataError;

    fn from_str(given: &str) -> Result<Self, DataError> {
        ColumnKind::ALL.into_iter().find(|kind| kind.name() == given).ok_or_else(|| {
            let choices = ColumnKind::ALL.map(|kind| kind.name().to_owned()).to_vec();
            let nearest = message::nearest(given, &choices);
            DataError::UnknownChoice {
                what: "kind of column",
                given: given.into(),
                nearest,
                choices,
            }
        })
    }
}

/// A kind that is stated: `zip=category`, `when=date`, or `when=date(%d/%m/%Y)` where the dates are
/// written in a way that is not found out.
///
/// ```
/// use chainrule_data::{ColumnKind, StatedKind};
/// let stated: StatedKind = "when=date(%d/%m/%Y)".parse()?;
/// assert_eq!((stated.column.as_str(), stated.kind), ("when", ColumnKind::Date));
/// assert_eq!(stated.to_string(), "when=date(%d/%m/%Y)");
/// # Ok::<(), chainrule_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedKind {
    /// The column.
    pub column: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// For dates how they are written, in the letters of strftime; found out when not given.
    pub format: Option<String>,
}

impl fmt::Display for StatedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.column, self.kind)?;
        self.format.iter().try_for_each(|format| write!(f, "({format})"))
    }
}

impl FromStr for StatedKind {
    type Err = DataError;

    /// The column may hold an equals sign itself: the last one counts.
    fn from_str(given: &str) -> Result<Self, DataError> {
        let malformed = || DataError::StatedKind { given: given.to_owned() };
        // A format may hold an equals sign too.
        let (before, format) = match given.strip_suffix(')').and_then(|it| it.split_once("=date("))
        {
            Some((column, format)) => (format!("{column}=date"), Some(format.to_owned())),
            None => (given.to_owned(), None),
        };
        let (column, kind) = before.rsplit_once('=').ok_or_else(malformed)?;
        if column.is_empty() {
            return Err(malformed());
        }
        Ok(StatedKind { column: column.to_owned(), kind: kind.trim().parse()?, format })
    }
}

impl serde::Serialize for StatedKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for StatedKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_stated_by_name() {
        let stated = |text: &str| text.parse::<StatedKind>();
        let zip = StatedKind { column: "a=b".into(), kind: ColumnKind::Category, format: None };
        assert_eq!(stated("a=b=category").unwrap(), zip);
        assert_eq!(stated("a=b=category").unwrap().to_string(), "a=b=category");
        let message = |text| stated(text).unwrap_err().to_string();
        assert!(message("zip").contains("zip=category"), "{}", message("zip"));
        assert!(message("zip=categry").contains("did you mean `category`?"));
        for kind in ColumnKind::ALL {
            assert_eq!(kind.name().parse::<ColumnKind>().unwrap(), kind);
        }
    }
}
