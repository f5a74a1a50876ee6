//! What a perceptron's run says of the data.

use super::Meeting;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Rows that a sentence names.
const NAMED: usize = 6;

/// Whether a line separates the classes (a plane for three inputs, a hyperplane for more), as far as
/// it is known. As text it is a sentence, in which rows are counted from 1.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// One does: the weights that were found make no mistake.
    Separated {
        /// Half of the distance between the classes across the line, in units of the inputs:
        /// (min w . x over class 1 - max w . x over class 0) / (2 |w|). Nothing where there is one
        /// class only.
        margin: Option<f64>,
    },
    /// None does, which is proved.
    NotSeparable {
        /// How.
        proof: Proof,
    },
    /// None was found.
    NotFound {
        /// Passes over the rows.
        epochs: usize,
        /// Whether one is known to exist all the same. Otherwise the data were too large to tell.
        exists: bool,
    },
}

/// Why no line separates the classes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Proof {
    /// The weights came back to what they had been, in arithmetic without rounding, so they go round
    /// for ever; where there is a line, mistakes come to an end (Novikoff, 1962).
    Cycle {
        /// The epoch after which they were so for the first time; 0 for the start.
        first: usize,
        /// The epoch after which they were so again.
        again: usize,
    },
    /// A point lies between rows of either class.
    Meeting(Meeting),
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Separated { margin: None } => {
                formatter.write_str("separated, since all rows are of one class")
            }
            Verdict::Separated { margin: Some(margin) } => {
                write!(formatter, "linearly separable, with a margin of {}", short(*margin))
            }
            Verdict::NotSeparable { proof: Proof::Cycle { first, again } } => write!(
                formatter,
                "not linearly separable: the weights after epoch {again} are those after epoch \
                 {first} again, without any rounding, so they would go round for ever"
            ),
            Verdict::NotSeparable { proof: Proof::Meeting(meeting) } => {
                formatter.write_str("not linearly separable: ")?;
                let side = |rows: &[(usize, f64)]| {
                    let terms = rows
                        .iter()
                        .map(|(row, share)| format!("{} row {}", short(*share), row + 1));
                    terms.collect::<Vec<_>>().join(" + ")
                };
                match meeting.class_0.len() + meeting.class_1.len() {
                    2 => write!(
                        formatter,
                        "rows {} and {} are equal but for their class",
                        meeting.class_0[0].0 + 1,
                        meeting.class_1[0].0 + 1
                    ),
                    count if count <= NAMED => write!(
                        formatter,
                        "a point lies between rows of either class: {} = {}",
                        side(&meeting.class_0),
                        side(&meeting.class_1)
                    ),
                    _ => write!(
                        formatter,
                        "a point that is a mixture of {} rows of one class is one of {} of the other",
                        meeting.class_0.len(),
                        meeting.class_1.len()
                    ),
                }
            }
            Verdict::NotFound { epochs, exists: true } => write!(
                formatter,
                "no line found in {epochs} epochs, though one exists, as a linear programme proves"
            ),
            Verdict::NotFound { epochs, exists: false } => write!(
                formatter,
                "no line found in {epochs} epochs; the data are too large to prove that there is none"
            ),
        }
    }
}

/// A number in five digits.
fn short(number: f64) -> String {
    in_digits(number, 5)
}

/// A number in so many digits, without zeros behind the point.
pub(super) fn in_digits(number: f64, digits: usize) -> String {
    let rounded: f64 = format!("{number:.*e}", digits - 1).parse().unwrap_or(number);
    match number.abs() {
        size if size != 0.0 && !(1e-4..1e7).contains(&size) => format!("{rounded:e}"),
        _ => (rounded + 0.0).to_string(),
    }
}
