//! Settings written as a name, some with a number: `relu`, `leaky_relu(0.01)`.

use crate::Error;

/// Splits `name(number)` or `name`.
pub(crate) fn split(text: &str) -> Option<(&str, Option<f64>)> {
    let text = text.trim();
    match text.split_once('(') {
        None => Some((text, None)),
        Some((name, rest)) => {
            let number = rest.strip_suffix(')')?.trim().parse().ok()?;
            Some((name.trim(), Some(number)))
        }
    }
}

/// The name with dashes as underscores and in lower case, so that `GELU-tanh` is found too.
pub(crate) fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// A number given where none belongs.
pub(crate) fn refuse_number(
    setting: &'static str,
    text: &str,
    number: Option<f64>,
) -> Result<(), Error> {
    match number {
        None => Ok(()),
        Some(_) => Err(Error::setting(setting, text, "written without a number")),
    }
}

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
