//! The columns that are predicted from, and what each becomes.

use crate::prepare::date::Cycle;
use crate::prepare::kind::ColumnKind;
use crate::prepare::scale::NumberScaling;

/// A column that is predicted from.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    /// What kind of thing it holds.
    pub kind: ColumnKind,
    /// Why, as a part of a sentence.
    pub reason: String,
    /// What it becomes.
    pub encoding: Encoding,
    /// Whether one more input says that the value is missing: 1 where it is, else 0.
    pub indicator: bool,
}

/// What a column becomes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// One input, the scaled number.
    Number(NumberEncoding),
    /// One input for each level, or an embedding.
    Category(CategoryEncoding),
    /// The time, and its place in some cycles.
    Date(DateEncoding),
}

/// How numbers become an input.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberEncoding {
    /// How they are scaled.
    pub scaling: NumberScaling,
    /// What stands for a missing one, before it is scaled.
    pub fill: f64,
}

/// How categories become inputs: without an embedding one for each level, 1 for the row's own and 0 for
/// the others; with one, a single input that holds the number of the level.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEncoding {
    /// The texts of the training rows that are not rare, sorted.
    pub levels: Vec<String>,
    /// Whether texts that are rare or unseen count as one more level, the last.
    pub other: bool,
    /// The level that stands for a missing one: the most frequent.
    pub fill: u32,
    /// The numbers that the network learns for each level, if it does.
    pub embedding: Option<usize>,
}

impl CategoryEncoding {
    /// Levels, that of other texts included.
    pub fn sizes(&self) -> usize {
        self.levels.len() + usize::from(self.other)
    }
}

/// How dates become inputs.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateEncoding {
    /// How dates of text are written; empty where they were no text.
    pub format: String,
    /// How the time is scaled, in seconds since 1970.
    pub scaling: NumberScaling,
    /// What stands for a missing one, in seconds since 1970.
    pub fill: f64,
    /// The cycles whose sine and cosine follow the time.
    pub cycles: Vec<Cycle>,
}

impl Feature {
    /// The inputs that it becomes.
    pub fn inputs(&self) -> usize {
        self.encoding.inputs() + usize::from(self.indicator)
    }

    /// Whether it is a number whose input is a multiple of it.
    pub fn is_linear(&self) -> bool {
        matches!(&self.encoding, Encoding::Number(number) if number.scaling.linear().is_some())
    }

    /// Offset and factor of each input, which is (x - offset) factor of the column's value x. What is no
    /// such multiple, as a category's inputs or the place in a cycle, is counted as it is: (0, 1).
    pub fn scalings(&self) -> Vec<(f64, f64)> {
        let mut scalings = vec![(0.0, 1.0); self.inputs()];
        let scaling = match &self.encoding {
            Encoding::Number(number) => number.scaling.linear(),
            Encoding::Date(date) => date.scaling.linear(),
            Encoding::Category(_) => None,
        };
        if let Some(scaling) = scaling {
            scalings[0] = (scaling.offset, scaling.factor);
        }
        scalings
    }

    /// A name for each input: the column's, or `column=level`, `column year sine`, `column missing`.
    pub fn input_names(&self) -> Vec<String> {
        let name = &self.name;
        let mut names = match &self.encoding {
            Encoding::Number(_) => vec![name.clone()],
            Encoding::Category(category) if category.embedding.is_some() => vec![name.clone()],
            Encoding::Category(category) => {
                let levels = category.levels.iter().map(|level| format!("{name}={level}"));
                levels.chain(category.other.then(|| format!("{name} other"))).collect()
            }
            Encoding::Date(date) => {
                let cycles = date.cycles.iter().flat_map(|cycle| {
                    ["sine", "cosine"].map(|part| format!("{name} {} {part}", cycle.name()))
                });
                std::iter::once(name.clone()).chain(cycles).collect()
            }
        };
        names.extend(self.indicator.then(|| format!("{name} missing")));
        names
    }
}

impl Encoding {
    fn inputs(&self) -> usize {
        match self {
            Encoding::Number(_) => 1,
            Encoding::Category(category) if category.embedding.is_some() => 1,
            Encoding::Category(category) => category.sizes(),
            Encoding::Date(date) => 1 + 2 * date.cycles.len(),
        }
    }
}

/// A column that is not predicted from, and why.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The column's name.
    pub name: String,
    /// What kind of thing it holds.
    pub kind: ColumnKind,
    /// Why it was found to be of this kind, as a part of a sentence.
    pub reason: String,
}
