//! Settings written as a name, some with numbers: `relu`, `elu(1.5)`, `step(every=10, factor=0.5)`.
//!
//! The macro `choices!` makes an enum of them from one table: the variants with their numbers, the
//! usual value and the range of each, and the names they are written by.

use crate::Error;
use std::fmt;

/// The values that a number may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Range {
    /// Finite.
    Any,
    /// Above 0.
    Positive,
    /// 0 or above.
    NotNegative,
    /// In [0, 1).
    Share,
    /// In [0, 1].
    Fraction,
    /// In (0, 1).
    Inside,
    /// In (0, 1].
    UpToOne,
    /// 1, 2, 3, ...
    Count,
}

impl Range {
    pub(crate) fn holds(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Range::Any => true,
                Range::Positive => value > 0.0,
                Range::NotNegative => value >= 0.0,
                Range::Share => (0.0..1.0).contains(&value),
                Range::Fraction => (0.0..=1.0).contains(&value),
                Range::Inside => value > 0.0 && value < 1.0,
                Range::UpToOne => value > 0.0 && value <= 1.0,
                Range::Count => value >= 1.0 && value.fract() == 0.0 && value <= 1e15,
            }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Range::Any => "a finite number",
            Range::Positive => "a positive number",
            Range::NotNegative => "0 or a positive number",
            Range::Share => "at least 0 and below 1",
            Range::Fraction => "at least 0 and at most 1",
            Range::Inside => "above 0 and below 1",
            Range::UpToOne => "above 0 and at most 1",
            Range::Count => "a whole number of at least 1",
        }
    }
}

/// A number that belongs to a choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// As it is written.
    pub(crate) name: &'static str,
    /// Its value when it is left out.
    pub(crate) usual: f64,
    /// The values it may have.
    pub(crate) range: Range,
}

/// One row of a table of choices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// The name it is written by, and others that are read.
    pub(crate) names: &'static [&'static str],
    /// Its numbers, in order.
    pub(crate) settings: &'static [Setting],
}

impl Choice {
    /// Checks the numbers of a choice, however they came about.
    pub(crate) fn check(&self, values: &[f64]) -> Result<(), Error> {
        for (setting, &value) in self.settings.iter().zip(values) {
            if !setting.range.holds(value) {
                let what = format!("the {} of {}", setting.name, self.names[0]);
                return Err(Error::setting(what, value, setting.range.words()));
            }
        }
        Ok(())
    }

    /// `name`, `name(number)` or `name(setting=number, ...)`.
    pub(crate) fn write(&self, formatter: &mut fmt::Formatter<'_>, values: &[f64]) -> fmt::Result {
        formatter.write_str(self.names[0])?;
        match (self.settings, values) {
            ([], _) => Ok(()),
            ([_], [value]) => write!(formatter, "({})", written(*value)),
            (settings, values) => {
                let all: Vec<String> = settings
                    .iter()
                    .zip(values)
                    .map(|(setting, value)| format!("{}={}", setting.name, written(*value)))
                    .collect();
                write!(formatter, "({})", all.join(", "))
            }
        }
    }
}

/// A number without many zeros; reading it gives the same number.
fn written(value: f64) -> String {
    match value.abs() {
        size if size > 0.0 && !(1e-4..1e7).contains(&size) => format!("{value:e}"),
        _ => value.to_string(),
    }
}

/// The name with dashes as underscores and in lower case, so that `GELU-tanh` is found too.
pub(crate) fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace('-', "_")
}

/// Reads `name`, `name(number, ...)` or `name(setting=number, ...)` by a table of choices: the
/// choice, and a value for each of its settings. `kind` says what is chosen, such as `activation`.
pub(crate) fn read(
    kind: &'static str,
    text: &str,
    choices: &[Choice],
) -> Result<(Choice, Vec<f64>), Error> {
    let unknown = |name: &str| {
        let known: Vec<&str> = choices.iter().map(|choice| choice.names[0]).collect();
        Error::unknown(kind, name, &known)
    };
    let text = text.trim();
    let (name, written) = match text.split_once('(') {
        None => (text, None),
        Some((name, rest)) => match rest.strip_suffix(')') {
            Some(written) => (name, Some(written)),
            None => {
                let expected = "written as name(setting=number, ...), with a closing bracket";
                return Err(Error::setting(format!("the {kind}"), text, expected));
            }
        },
    };
    let found = normal(name);
    let choice = choices.iter().find(|choice| choice.names.contains(&found.as_str()));
    let choice = *choice.ok_or_else(|| unknown(name.trim()))?;
    let mut values: Vec<f64> = choice.settings.iter().map(|setting| setting.usual).collect();
    let refuse = |expected: String| Err(Error::setting(format!("the {kind}"), text, &expected));
    let name = choice.names[0];
    let mut given = vec![false; values.len()];
    // `name()` says as much as `name`.
    let written = written.filter(|written| !written.trim().is_empty());
    for (place, item) in written.iter().flat_map(|written| written.split(',')).enumerate() {
        let (setting, number) = match item.split_once('=') {
            None => (place, item),
            Some((key, number)) => {
                let known = choice.settings.iter().position(|it| it.name == normal(key));
                match known {
                    Some(setting) => (setting, number),
                    None if choice.settings.is_empty() => {
                        return refuse(format!("{name} without settings, since it has none"));
                    }
                    None => {
                        let known: Vec<&str> = choice.settings.iter().map(|it| it.name).collect();
                        return Err(Error::unknown("setting", key.trim(), &known));
                    }
                }
            }
        };
        let Some(range) = choice.settings.get(setting).map(|setting| setting.range) else {
            return refuse(match choice.settings {
                [] => format!("{name} without settings, since it has none"),
                settings => {
                    let known: Vec<&str> = settings.iter().map(|it| it.name).collect();
                    format!("{name} with its settings alone: {}", known.join(", "))
                }
            });
        };
        if std::mem::replace(&mut given[setting], true) {
            let setting = choice.settings[setting].name;
            return refuse(format!("{name} with each setting once, found {setting} again"));
        }
        values[setting] = match number.trim().parse() {
            Ok(value) if range.holds(value) => value,
            _ => {
                let what = format!("the {} of {name}", choice.settings[setting].name);
                return Err(Error::setting(what, number.trim(), range.words()));
            }
        };
    }
    Ok((choice, values))
}

/// A number of a choice in its own type.
pub(crate) trait Numeric: Copy {
    fn from_value(value: f64) -> Self;
    fn value(self) -> f64;
}
impl Numeric for f64 {
    fn from_value(value: f64) -> Self {
        value
    }
    fn value(self) -> f64 {
        self
    }
}
impl Numeric for usize {
    fn from_value(value: f64) -> Self {
        value as usize
    }
    fn value(self) -> f64 {
        self as f64
    }
}

/// An enum whose variants are written as a name, some with numbers. A row is
/// `Variant { number: type = usual value, range; } = "name" | "other name",`.
macro_rules! choices {
    (
        $(#[$meta:meta])*
        pub enum $type:ident: $kind:literal {
            $(
                $(#[$doc:meta])*
                $variant:ident $({
                    $( $(#[$field_doc:meta])* $field:ident: $number:ty = $usual:expr, $range:ident; )+
                })? = $name:literal $(| $alias:literal)*,
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub enum $type {
            $( $(#[$doc])* $variant $({ $( $(#[$field_doc])* $field: $number, )+ })?, )+
        }

        impl $type {
            /// The names that [`std::str::FromStr`] knows.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            const CHOICES: &'static [$crate::named::Choice] = &[$(
                $crate::named::Choice {
                    names: &[$name $(, $alias)*],
                    settings: &[$($(
                        $crate::named::Setting {
                            name: stringify!($field),
                            usual: $usual,
                            range: $crate::named::Range::$range,
                        },
                    )+)?],
                },
            )+];

            /// The row of the table, and the numbers.
            fn choice(&self) -> ($crate::named::Choice, Vec<f64>) {
                let (name, values) = match *self {
                    $( $type::$variant $({ $($field),+ })? => (
                        $name,
                        vec![$($($crate::named::Numeric::value($field)),+)?],
                    ), )+
                };
                let mut choices = $type::CHOICES.iter();
                let choice = choices.find(|choice| choice.names[0] == name);
                (*choice.expect("every variant is in the table"), values)
            }

            /// Checks that the numbers are in their ranges.
            #[allow(dead_code)] // not every type has numbers
            pub(crate) fn check_numbers(&self) -> Result<(), $crate::Error> {
                let (choice, values) = self.choice();
                choice.check(&values)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let (choice, values) = self.choice();
                choice.write(formatter, &values)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::Error;

            fn from_str(text: &str) -> Result<$type, $crate::Error> {
                let (choice, values) = $crate::named::read($kind, text, $type::CHOICES)?;
                #[allow(unused_mut, unused_variables)] // not every variant has numbers
                let mut values = values.into_iter();
                Ok(match choice.names[0] {
                    $( $name => $type::$variant $({
                        $($field: $crate::named::Numeric::from_value(
                            values.next().expect("a value for each setting"),
                        ),)+
                    })?, )+
                    _ => unreachable!("the name is one of the table"),
                })
            }
        }

        $crate::named::serialize_as_text!($type);
    };
}
pub(crate) use choices;

/// Serialises a setting as the text that `Display` writes and `FromStr` reads.
macro_rules! serialize_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serialize_as_text;

#[cfg(test)]
#[allow(unreachable_pub, dead_code)] // what the macro makes is public elsewhere
mod tests {
    choices! {
        /// For the tests.
        pub enum Example: "example" {
            /// No number.
            Plain = "plain" | "simple",
            /// One.
            One { size: f64 = 0.5, Inside; } = "one",
            /// Two.
            Two { every: usize = 10.0, Count; factor: f64 = 0.1, Positive; } = "two_numbers",
        }
    }

    fn message(text: &str) -> String {
        text.parse::<Example>().unwrap_err().to_string()
    }

    #[test]
    fn names_are_read_with_and_without_numbers() {
        let read = |text: &str| text.parse::<Example>().unwrap();
        assert_eq!(read(" Simple "), Example::Plain);
        assert_eq!(read("one"), Example::One { size: 0.5 });
        assert_eq!(read("one(0.25)"), read("one( size = 0.25 )"));
        assert_eq!(read("two-numbers(3)"), Example::Two { every: 3, factor: 0.1 });
        assert_eq!(read("two_numbers(factor=2)"), Example::Two { every: 10, factor: 2.0 });
        for text in ["plain", "one(0.25)", "two_numbers(every=3, factor=0.5)"] {
            assert_eq!(read(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(
            message("plan")
                .contains("there is no example called \"plan\" (did you mean \"plain\"?)")
        );
        assert_eq!(message("one(1)"), "the size of one is 1, but must be above 0 and below 1");
        assert_eq!(message("one(x)"), "the size of one is x, but must be above 0 and below 1");
        assert!(message("plain(1)").contains("plain without settings"));
        assert!(message("one(0.5").contains("closing bracket"));
        assert!(message("one(0.5, 2)").contains("one with its settings alone: size"));
        assert!(message("two_numbers(evry=2)").contains("did you mean \"every\""));
        assert!(message("two_numbers(1, every=2)").contains("found every again"));
        assert_eq!("one()".parse::<Example>().unwrap(), Example::One { size: 0.5 });
        assert!(message("two_numbers(1.5)").contains("a whole number of at least 1"));
        let wrong = Example::One { size: 2.0 }.check_numbers().unwrap_err().to_string();
        assert_eq!(wrong, "the size of one is 2, but must be above 0 and below 1");
    }
}
