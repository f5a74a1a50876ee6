//! Functions that are not operations of their own, but are written out in operations.

use crate::Symbol;
use crate::ops::{Binary, losses};
use chainrule_math::Algebra;
use std::ops::RangeInclusive;

/// A number that a composed function may be given behind its values.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) usual: f64,
    pub(super) holds: fn(f64) -> bool,
    pub(super) expected: &'static str,
}

/// A function of several values.
pub(super) struct Composed {
    /// The name it is known by, and others.
    pub(super) names: &'static [&'static str],
    /// How many values it takes.
    pub(super) values: RangeInclusive<usize>,
    /// Which they are.
    pub(super) usage: &'static str,
    pub(super) setting: Option<Setting>,
    /// The function that it applies to its last values itself, so that they must not come out of it.
    pub(super) applies: Option<&'static str>,
    /// How many of the first values only decide, so that no derivative flows back to them.
    pub(super) compared: usize,
    pub(super) record: for<'g> fn(&[Symbol<'g>], f64) -> Symbol<'g>,
}

pub(super) const MANY: RangeInclusive<usize> = 2..=usize::MAX;
const PAIR: &str = "the two to be compared";
const CHOICE: &str = "a mask, what to take where it is above 0, and what to take elsewhere";
const LOGITS: &str = "the logit of one class, and those of the others";
const TARGET_OUTPUT: &str = "the target and the output";
const TARGET_LOGIT: &str = "the target and the logit";

macro_rules! composed {
    ($($names:expr, $values:expr, $usage:expr, $applies:expr, $setting:expr, $record:expr;)*) => {
        &[$(Composed {
            names: &$names,
            values: $values,
            usage: $usage,
            applies: $applies,
            compared: match $names[0].as_bytes() {
                b"greater" | b"less" => 2,
                b"select" => 1,
                _ => 0,
            },
            setting: $setting,
            record: $record,
        },)*]
    };
}

/// All of them, element by element. The losses are those of one output, their names and order of arguments (the target
/// first) those of scikit-learn's metrics.
pub(super) const COMPOSED: &[Composed] = composed! {
    ["greater"], 2..=2, PAIR, None, None, |x, _| x[0].binary(Binary::Greater, x[1]);
    ["less"], 2..=2, PAIR, None, None, |x, _| x[1].binary(Binary::Greater, x[0]);
    ["select", "where"], 3..=3, CHOICE, None, None, |x, _| x[0].choose(x[1], x[2]);
    ["softmax"], MANY, LOGITS, None, None, |z, _| (z[0] - log_sum_exp(z)).exp();
    ["log_softmax"], MANY, LOGITS, None, None, |z, _| z[0] - log_sum_exp(z);
    ["cross_entropy", "log_loss"], MANY, LOGITS, Some("softmax"), None,
        |z, _| log_sum_exp(z) - z[0];
    ["binary_cross_entropy", "bce"], 2..=2, TARGET_LOGIT, Some("sigmoid"), None,
        |x, _| losses::binary_cross_entropy(x[0], x[1]);
    ["poisson"], 2..=2, TARGET_LOGIT, Some("exp"), None, |x, _| losses::poisson(x[0], x[1]);
    ["mean_squared_error", "squared_error", "mse"], 2..=2, TARGET_OUTPUT, None, None,
        |x, _| losses::squared_error(x[0], x[1]);
    ["half_sum_of_squares", "quadratic", "sum_of_squares"], 2..=2, TARGET_OUTPUT, None, None,
        |x, _| losses::squared_error(x[0], x[1]) * Symbol::constant(0.5);
    ["mean_absolute_error", "absolute_error", "mae"], 2..=2, TARGET_OUTPUT, None, None,
        |x, _| losses::absolute_error(x[0], x[1]);
    ["huber"], 2..=2, TARGET_OUTPUT, None,
        Some(Setting {
            name: "delta",
            usual: 1.0,
            holds: |delta| delta.is_finite() && delta > 0.0,
            expected: "a number above 0",
        }),
        |x, delta| losses::huber(x[0], x[1], delta);
    ["quantile", "pinball"], 2..=2, TARGET_OUTPUT, None,
        Some(Setting {
            name: "level",
            usual: 0.5,
            holds: |level| level > 0.0 && level < 1.0,
            expected: "between 0 and 1",
        }),
        |x, level| losses::quantile(x[0], x[1], level);
};

fn log_sum_exp<'g>(z: &[Symbol<'g>]) -> Symbol<'g> {
    let join = |all: Symbol<'g>, &one: &Symbol<'g>| all.binary(Binary::LogAddExp, one);
    z[1..].iter().fold(z[0], join)
}
