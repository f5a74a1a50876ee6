//! The names that mean something without being given.

use super::composed::{COMPOSED, Composed};
use super::matrix::{FUNCTIONS, MatrixFunction};
use super::token::shortened;
use crate::ops::*;
use std::ops::RangeInclusive;

/// What stands before a bracket.
#[derive(Clone, Copy)]
pub(super) enum Callable {
    /// A function of one value.
    Plain(Function),
    /// A function of one value and, if it is given, a number.
    WithSetting(fn(Option<f64>) -> Result<Function, String>),
    /// A power.
    Power,
    /// An operation on two values, applied to those before and each further one.
    Many(Binary),
    /// A function that is written out in operations.
    Composed(&'static Composed),
    /// A function of whole matrices.
    Matrix(&'static MatrixFunction),
    /// The derivative of a value by what a name stands for.
    Derivative,
}

impl Callable {
    /// How many arguments it may have.
    pub(super) fn arguments(&self) -> RangeInclusive<usize> {
        match self {
            Callable::Plain(_) => 1..=1,
            Callable::WithSetting(_) => 1..=2,
            Callable::Power | Callable::Derivative => 2..=2,
            Callable::Many(_) => 2..=usize::MAX,
            Callable::Composed(Composed { values, setting, .. }) => {
                let more = usize::from(setting.is_some());
                *values.start()..=values.end().saturating_add(more)
            }
            Callable::Matrix(MatrixFunction { values, numbers, .. }) => {
                values.start() + numbers.start()..=values.end().saturating_add(*numbers.end())
            }
        }
    }

    /// The same in words.
    pub(super) fn usage(&self) -> String {
        match self {
            Callable::Plain(_) => "one argument".to_string(),
            Callable::WithSetting(_) => "one argument and perhaps a number".to_string(),
            Callable::Power => "two arguments".to_string(),
            Callable::Many(_) => "two arguments or more".to_string(),
            Callable::Matrix(MatrixFunction { usage, .. }) => usage.to_string(),
            Callable::Derivative => {
                "two arguments: a single number, and the name of what it is differentiated by"
                    .to_string()
            }
            Callable::Composed(Composed { usage, setting, values, .. }) => {
                let count = match values.end() {
                    2 => "two arguments",
                    3 => "three arguments",
                    _ => "two arguments or more",
                };
                let more = match setting {
                    Some(setting) => format!(", and perhaps a number, its {}", setting.name),
                    None => String::new(),
                };
                format!("{count}, {usage}{more}")
            }
        }
    }
}

/// The numbers that have names.
pub(super) fn number(name: &str) -> Option<f64> {
    matches!(name, "pi" | "\u{3c0}").then_some(std::f64::consts::PI)
}

/// The functions that are operations, by their names.
const OPERATIONS: [&str; 27] = [
    "exp",
    "ln",
    "log",
    "sqrt",
    "abs",
    "sin",
    "cos",
    "erf",
    "expm1",
    "log1p",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "gelu_tanh",
    "mish",
    "silu",
    "swish",
    "softplus",
    "heaviside",
    "threshold",
    "max",
    "min",
    "pow",
];

const DERIVATIVE: &str = "derivative";

/// Every function that can be typed.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let composed = COMPOSED.iter().flat_map(|it| it.names.iter().copied());
    let matrices = FUNCTIONS.iter().flat_map(|it| it.names.iter().copied());
    OPERATIONS
        .into_iter()
        .chain(["log_sum_exp"])
        .chain(composed)
        .chain(matrices)
        .chain([DERIVATIVE])
}

/// The function of this name.
pub(super) fn find(name: &str) -> Option<Callable> {
    let function: Function = match name {
        "exp" => Exp.into(),
        "ln" | "log" => Ln.into(),
        "sqrt" => Sqrt.into(),
        "abs" => Abs.into(),
        "sin" => Sin.into(),
        "cos" => Cos.into(),
        "erf" => Erf.into(),
        "expm1" => Expm1.into(),
        "log1p" => Log1p.into(),
        "sigmoid" => Sigmoid.into(),
        "tanh" => Tanh.into(),
        "relu" => Relu.into(),
        "selu" => Selu.into(),
        "gelu" => Gelu.into(),
        "gelu_tanh" => GeluTanh.into(),
        "mish" => Mish.into(),
        "silu" | "swish" => Silu.into(),
        "softplus" => Softplus.into(),
        "heaviside" => Heaviside.into(),
        "leaky_relu" => return Some(Callable::WithSetting(leaky_relu)),
        "elu" => return Some(Callable::WithSetting(elu)),
        "threshold" => Threshold.into(),
        "max" => return Some(Callable::Many(Binary::Maximum)),
        "min" => return Some(Callable::Many(Binary::Minimum)),
        "log_sum_exp" => return Some(Callable::Many(Binary::LogAddExp)),
        "pow" => return Some(Callable::Power),
        DERIVATIVE => return Some(Callable::Derivative),
        _ => {
            if let Some(matrix) = FUNCTIONS.iter().find(|it| it.names.contains(&name)) {
                return Some(Callable::Matrix(matrix));
            }
            let composed = COMPOSED.iter().find(|it| it.names.contains(&name));
            return composed.map(Callable::Composed);
        }
    };
    Some(Callable::Plain(function))
}

fn leaky_relu(leak: Option<f64>) -> Result<Function, String> {
    let leak = leak.unwrap_or(0.01);
    // The slope is taken from the sign of the output, which a negative leak would turn round.
    match leak.is_finite() && leak >= 0.0 {
        true => Ok(LeakyRelu { leak }.into()),
        false => Err(format!("the leak of `leaky_relu` must be 0 or more, found {leak}")),
    }
}

fn elu(alpha: Option<f64>) -> Result<Function, String> {
    let alpha = alpha.unwrap_or(1.0);
    match alpha.is_finite() {
        true => Ok(Elu { alpha }.into()),
        false => Err(format!("the alpha of `elu` must be a finite number, found {alpha}")),
    }
}

/// The message for a function that there is not, with the nearest one that there is.
pub(super) fn unknown(name: &str) -> String {
    let nearest = names()
        .map(|known| (strsim::damerau_levenshtein(&shortened(name).to_lowercase(), known), known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4);
    match nearest {
        Some((_, known)) => format!("there is no function `{name}`; did you mean `{known}`?"),
        None => format!(
            "there is no function `{}`; there are: {}. A product is written with `*`",
            shortened(name),
            names().collect::<Vec<_>>().join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_found_and_means_the_function_so_called() {
        for name in names() {
            let found = match find(name).unwrap_or_else(|| panic!("{name} is not found")) {
                Callable::Plain(function) => function.name(),
                Callable::WithSetting(make) => make(None).unwrap().name(),
                Callable::Power => "pow",
                Callable::Many(binary) => binary.name(),
                Callable::Composed(composed) => {
                    assert!(composed.names.contains(&name));
                    continue;
                }
                Callable::Matrix(matrix) => {
                    assert!(matrix.names.contains(&name));
                    continue;
                }
                Callable::Derivative => DERIVATIVE,
            };
            let expected = match name {
                "log" => "ln",
                "swish" => "silu",
                _ => name,
            };
            assert_eq!(found, expected);
        }
    }
}
