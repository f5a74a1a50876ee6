//! The functions of the language, for those who write expressions by program.

use super::functions::{self, Callable};
use std::ops::RangeInclusive;

/// How a function of the language is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: &'static str,
    /// How many values it takes.
    pub values: RangeInclusive<usize>,
    /// How many numbers may stand behind them.
    pub numbers: RangeInclusive<usize>,
    /// Whether it works element by element, dimensions of size 1 being repeated.
    pub elementwise: bool,
    /// What it computes, as a formula in x, or what its arguments are.
    pub meaning: String,
}

/// Every function of the language under each of its names, `derivative` apart, whose second argument
/// is a name.
///
/// ```
/// use chainrule_graph::signatures;
/// let all = signatures();
/// let sigmoid = all.iter().find(|it| it.name == "sigmoid").unwrap();
/// assert!(sigmoid.elementwise && sigmoid.values == (1..=1));
/// assert_eq!(sigmoid.meaning, "1 / (1 + e^-x)");
/// ```
pub fn signatures() -> Vec<Signature> {
    functions::names().filter_map(signature).collect()
}

fn signature(name: &'static str) -> Option<Signature> {
    let callable = functions::find(name)?;
    let (values, numbers, elementwise, meaning) = match callable {
        Callable::Plain(function) => (1..=1, 0..=0, true, function.formula().to_string()),
        Callable::WithSetting(make) => {
            let function = make(None).ok()?;
            (1..=1, 0..=1, true, function.formula().to_string())
        }
        Callable::Power => (2..=2, 0..=0, true, "x^y".to_string()),
        Callable::Many(_) => (callable.arguments(), 0..=0, true, callable.usage()),
        Callable::Composed(composed) => {
            let numbers = 0..=usize::from(composed.setting.is_some());
            (composed.values.clone(), numbers, true, callable.usage())
        }
        Callable::Matrix(matrix) => {
            (matrix.values.clone(), matrix.numbers.clone(), false, callable.usage())
        }
        Callable::Derivative => return None,
    };
    Some(Signature { name, values, numbers, elementwise, meaning })
}
