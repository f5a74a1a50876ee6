//! Bringing numbers to a common size.

use crate::DataError;
use crate::message;
use std::fmt;
use std::str::FromStr;

/// How numeric columns are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// As they are.
    None,
    /// The least value becomes 0, the greatest 1.
    Unit,
    /// The least value becomes -1, the greatest 1.
    Symmetric,
    /// The mean becomes 0, the standard deviation 1 (that of the rows, dividing by their number).
    Standard,
}

impl Scale {
    /// Every scale.
    pub const ALL: [Scale; 4] = [Scale::None, Scale::Unit, Scale::Symmetric, Scale::Standard];

    /// Its name: `none`, `unit`, `symmetric` or `standard`.
    pub fn name(self) -> &'static str {
        match self {
            Scale::None => "none",
            Scale::Unit => "unit",
            Scale::Symmetric => "symmetric",
            Scale::Standard => "standard",
        }
    }

    /// The scaling that brings numbers with this `summary` to this scale. A constant column becomes
    /// 0 everywhere. `None` when the range of the numbers is beyond arithmetic.
    pub(crate) fn fit(self, summary: &Summary) -> Option<Scaling> {
        let Summary { minimum, maximum, mean, deviation } = *summary;
        let range = maximum - minimum;
        let scaling = match self {
            Scale::None => Scaling { offset: 0.0, factor: 1.0 },
            _ if range == 0.0 => Scaling { offset: minimum, factor: 0.0 },
            Scale::Unit => Scaling { offset: minimum, factor: 1.0 / range },
            Scale::Symmetric => Scaling { offset: minimum + range / 2.0, factor: 2.0 / range },
            Scale::Standard => Scaling { offset: mean, factor: 1.0 / deviation },
        };
        // The factor is 0 when the range overflowed, infinite when it is below 1 / f64::MAX.
        let fits = scaling.offset.is_finite()
            && scaling.factor.is_finite()
            && (scaling.factor != 0.0 || range == 0.0);
        fits.then_some(scaling)
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Scale {
    type Err = DataError;

    fn from_str(given: &str) -> Result<Self, DataError> {
        Scale::ALL.iter().find(|scale| scale.name() == given).copied().ok_or_else(|| {
            let choices = Scale::ALL.map(|scale| scale.name().to_owned()).to_vec();
            let nearest = message::nearest(given, &choices);
            DataError::UnknownChoice { what: "scale", given: given.to_owned(), nearest, choices }
        })
    }
}

/// scaled = (x - offset) * factor.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// What becomes 0.
    pub offset: f64,
    /// What a difference of 1 becomes.
    pub factor: f64,
}

impl Scaling {
    /// The scaled number, computed in 64 bits and rounded once.
    pub fn apply(self, x: f64) -> f32 {
        ((x - self.offset) * self.factor) as f32
    }

    pub(crate) fn is_finite(self) -> bool {
        self.offset.is_finite() && self.factor.is_finite()
    }
}

/// What scales are fitted to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
    pub(crate) mean: f64,
    /// Square root of the mean squared distance from the mean.
    pub(crate) deviation: f64,
}

impl Summary {
    /// Of numbers, at least one, in the order given; gone through twice, so that a large mean does
    /// not drown a small deviation.
    pub(crate) fn of(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut minimum, mut maximum) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut sum, mut count) = (0.0, 0.0);
        for number in numbers.clone() {
            minimum = number.min(minimum);
            maximum = number.max(maximum);
            sum += number;
            count += 1.0;
        }
        let mean = sum / count;
        let squares: f64 = numbers.map(|number| (number - mean) * (number - mean)).sum();
        Summary { minimum, maximum, mean, deviation: (squares / count).sqrt() }
    }

    /// Of bytes, from how often each occurs. At least one does.
    pub(crate) fn of_counts(counts: &[u64; 256]) -> Self {
        let occurring = || (0..256).filter(|&byte| counts[byte] > 0);
        let total: u64 = counts.iter().sum();
        let weighted = |value: &dyn Fn(f64) -> f64| {
            let parts = occurring().map(|byte| counts[byte] as f64 * value(byte as f64));
            parts.sum::<f64>() / total as f64
        };
        let mean = weighted(&|byte| byte);
        Summary {
            minimum: occurring().next().unwrap_or(0) as f64,
            maximum: occurring().next_back().unwrap_or(0) as f64,
            mean,
            deviation: weighted(&|byte| (byte - mean) * (byte - mean)).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(scale: Scale, numbers: &[f64]) -> Vec<f32> {
        let scaling = scale.fit(&Summary::of(numbers.iter().copied())).unwrap();
        numbers.iter().map(|&x| scaling.apply(x)).collect()
    }

    #[test]
    fn scales_do_what_they_say() {
        let numbers = [2.0, 4.0, 8.0];
        assert_eq!(scaled(Scale::None, &numbers), [2.0, 4.0, 8.0]);
        assert_eq!(scaled(Scale::Unit, &numbers), [0.0, 0.333_333_34, 1.0]);
        assert_eq!(scaled(Scale::Symmetric, &numbers), [-1.0, -0.333_333_34, 1.0]);
        // Mean 14/3, deviation sqrt(56/9).
        let standard = scaled(Scale::Standard, &numbers);
        assert_eq!(standard, [-1.069_045, -0.267_261_24, 1.336_306_2]);
    }

    #[test]
    fn a_constant_becomes_zero() {
        for scale in [Scale::Unit, Scale::Symmetric, Scale::Standard] {
            assert_eq!(scaled(scale, &[0.1; 7]), [0.0; 7], "{scale}");
        }
    }

    #[test]
    fn a_large_mean_does_not_drown_the_deviation() {
        let standard = scaled(Scale::Standard, &[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]);
        assert_eq!(standard, [-1.224_744_9, 0.0, 1.224_744_9]);
    }

    #[test]
    fn numbers_beyond_arithmetic_are_refused() {
        let summary = Summary::of([-1e308, 1e308].into_iter());
        assert_eq!(Scale::Unit.fit(&summary), None);
        assert_eq!(Scale::Standard.fit(&Summary::of([1e200, 3e200].into_iter())), None);
        assert_eq!(Scale::Unit.fit(&Summary::of([0.0, 1e-310].into_iter())), None);
    }

    #[test]
    fn counts_of_bytes_give_the_same_summary() {
        let bytes = [3u8, 3, 255, 0, 17, 17, 17];
        let mut counts = [0; 256];
        bytes.iter().for_each(|&byte| counts[byte as usize] += 1);
        let (a, b) = (Summary::of_counts(&counts), Summary::of(bytes.iter().map(|&b| b.into())));
        assert_eq!((a.minimum, a.maximum), (b.minimum, b.maximum));
        assert!((a.mean - b.mean).abs() < 1e-12 && (a.deviation - b.deviation).abs() < 1e-12);
    }
}
