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
    /// The median becomes 0, the range between the quartiles 1, so that single far-off numbers change
    /// nothing. Where the quartiles are equal, the standard deviation becomes 1.
    Robust,
    /// A number becomes the share of the rows below it, brought to mean 0 and standard deviation 1, so
    /// that only the order matters. Numbers beyond those of the rows become the ends.
    Quantile,
}

/// The numbers that a quantile scaling keeps: one for each percent of the rows.
const QUANTILES: usize = 101;

impl Scale {
    /// Every scale.
    pub const ALL: [Scale; 6] = [
        Scale::None,
        Scale::Unit,
        Scale::Symmetric,
        Scale::Standard,
        Scale::Robust,
        Scale::Quantile,
    ];

    /// Its name: `none`, `unit`, `symmetric`, `standard`, `robust` or `quantile`.
    pub fn name(self) -> &'static str {
        match self {
            Scale::None => "none",
            Scale::Unit => "unit",
            Scale::Symmetric => "symmetric",
            Scale::Standard => "standard",
            Scale::Robust => "robust",
            Scale::Quantile => "quantile",
        }
    }

    /// Whether it is fitted to a summary [`Summary::with_quantiles`].
    pub(crate) fn needs_quantiles(self) -> bool {
        matches!(self, Scale::Robust | Scale::Quantile)
    }

    /// The scaling that brings numbers with this `summary` to this scale. A constant column becomes
    /// 0 everywhere. `None` when the range of the numbers is beyond arithmetic.
    pub(crate) fn fit(self, summary: &Summary) -> Option<NumberScaling> {
        let Summary { minimum, maximum, mean, deviation, ref quantiles } = *summary;
        let range = maximum - minimum;
        let percent = |percent: usize| quantiles.get(percent).copied().unwrap_or(mean);
        let spread = percent(75) - percent(25);
        let scaling = match self {
            Scale::None => Scaling { offset: 0.0, factor: 1.0 },
            _ if range == 0.0 => Scaling { offset: minimum, factor: 0.0 },
            Scale::Unit => Scaling { offset: minimum, factor: 1.0 / range },
            Scale::Symmetric => Scaling { offset: minimum + range / 2.0, factor: 2.0 / range },
            Scale::Robust if spread > 0.0 => Scaling { offset: percent(50), factor: 1.0 / spread },
            Scale::Robust => Scaling { offset: percent(50), factor: 1.0 / deviation },
            Scale::Standard => Scaling { offset: mean, factor: 1.0 / deviation },
            Scale::Quantile => {
                return Some(NumberScaling::Quantile { quantiles: quantiles.clone() });
            }
        };
        // The factor is 0 when the range overflowed, infinite when it is below 1 / f64::MAX.
        let fits = scaling.offset.is_finite()
            && scaling.factor.is_finite()
            && (scaling.factor != 0.0 || range == 0.0);
        fits.then_some(NumberScaling::Linear(scaling))
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

/// How the numbers of a column are scaled.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum NumberScaling {
    /// By an offset and a factor.
    Linear(Scaling),
    /// By the place among others: `quantiles` are the numbers at equal steps from the least to the
    /// greatest of the training rows.
    Quantile {
        /// At least two, in order.
        quantiles: Vec<f64>,
    },
}

impl NumberScaling {
    /// The scaled number, computed in 64 bits and rounded once.
    pub fn apply(&self, x: f64) -> f32 {
        match self {
            NumberScaling::Linear(scaling) => scaling.apply(x),
            // A share between 0 and 1 has the mean 1/2 and the variance 1/12.
            NumberScaling::Quantile { quantiles } => {
                ((share_below(quantiles, x) - 0.5) * 12f64.sqrt()) as f32
            }
        }
    }

    /// Offset and factor, if that is all.
    pub fn linear(&self) -> Option<Scaling> {
        match self {
            NumberScaling::Linear(scaling) => Some(*scaling),
            NumberScaling::Quantile { .. } => None,
        }
    }

    /// What no fit can have made, if anything.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            NumberScaling::Linear(scaling) => scaling.is_finite(),
            NumberScaling::Quantile { quantiles } => {
                (2..=QUANTILES).contains(&quantiles.len())
                    && quantiles.iter().all(|quantile| quantile.is_finite())
                    && quantiles.is_sorted()
            }
        }
    }
}

/// The share of the numbers with these quantiles that lie below `x`, half of its equals among them.
fn share_below(quantiles: &[f64], x: f64) -> f64 {
    let last = quantiles.len() - 1;
    let first = quantiles.partition_point(|quantile| *quantile < x);
    let behind = quantiles.partition_point(|quantile| *quantile <= x);
    let place = match (first, behind) {
        (first, behind) if first < behind => (first + behind - 1) as f64 / 2.0,
        (0, _) => 0.0,
        (first, _) if first > last => last as f64,
        (first, _) => {
            let (low, high) = (quantiles[first - 1], quantiles[first]);
            (first - 1) as f64 + (x - low) / (high - low)
        }
    };
    place / last as f64
}

/// What scales are fitted to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) minimum: f64,
    pub(crate) maximum: f64,
    pub(crate) mean: f64,
    /// Square root of the mean squared distance from the mean.
    pub(crate) deviation: f64,
    /// The numbers at equal steps from the least to the greatest, where they were asked for.
    pub(crate) quantiles: Vec<f64>,
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
        let deviation = (squares / count).sqrt();
        Summary { minimum, maximum, mean, deviation, quantiles: Vec::new() }
    }

    /// The same with quantiles, which are interpolated between the numbers (as NumPy does by default).
    /// The numbers, at least one, are sorted.
    pub(crate) fn with_quantiles(numbers: &mut [f64]) -> Self {
        let summary = Summary::of(numbers.iter().copied());
        numbers.sort_unstable_by(f64::total_cmp);
        Summary { quantiles: quantiles(|place| numbers[place], numbers.len()), ..summary }
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
            quantiles: quantiles(
                |place| {
                    let mut behind = 0;
                    let reaches = |count: &u64| {
                        behind += count;
                        behind > place as u64
                    };
                    counts.iter().position(reaches).unwrap_or(255) as f64
                },
                total as usize,
            ),
        }
    }
}

/// Quantiles of so many sorted numbers, each found by its place.
fn quantiles(number: impl Fn(usize) -> f64, count: usize) -> Vec<f64> {
    let at = |percent: usize| {
        let place = percent as f64 / (QUANTILES - 1) as f64 * (count - 1) as f64;
        let (low, high) = (number(place.floor() as usize), number(place.ceil() as usize));
        low + (high - low) * place.fract()
    };
    (0..QUANTILES).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(scale: Scale, numbers: &[f64]) -> Vec<f32> {
        let scaling = scale.fit(&Summary::with_quantiles(&mut numbers.to_vec())).unwrap();
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
        // Median 4, quartiles 3 and 6.
        assert_eq!(scaled(Scale::Robust, &numbers), [-0.666_666_7, 0.0, 1.333_333_4]);
        let end = 3f32.sqrt();
        assert_eq!(scaled(Scale::Quantile, &numbers), [-end, 0.0, end]);
    }

    /// scikit-learn 1.9: `RobustScaler()`, and the formula of `QuantileTransformer` (the mean of
    /// numpy.interp from both sides) on the percentiles of `numpy.percentile`, as `(u - 0.5) * sqrt(12)`.
    #[test]
    fn robust_and_quantile_scales_are_those_of_scikit_learn() {
        let numbers = [1.0, 2.0, 2.0, 2.0, 3.0, 10.0, 40.0, 5.0];
        let robust = [-0.352_941_2, -0.117_647_06, -0.117_647_06, -0.117_647_06, 0.117_647_06];
        assert_eq!(scaled(Scale::Robust, &numbers)[..5], robust);
        let scaling = Scale::Quantile.fit(&Summary::with_quantiles(&mut numbers.clone())).unwrap();
        const QUANTILE_REFERENCE: [f64; 7] = [
            -1.732_050_807,
            -1.732_050_807,
            -1.484_614_977,
            -0.744_781_847,
            0.494_871_659,
            1.715_555_085,
            1.732_050_807,
        ];
        let found = [0.0, 1.0, 1.5, 2.0, 4.0, 39.0, 50.0].map(|x| scaling.apply(x));
        for (found, expected) in found.iter().zip(QUANTILE_REFERENCE) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn far_off_numbers_change_a_robust_scale_little() {
        let mut numbers: Vec<f64> = (0..100).map(f64::from).collect();
        let before = Scale::Robust.fit(&Summary::with_quantiles(&mut numbers.clone())).unwrap();
        numbers[99] = 1e12;
        assert_eq!(before, Scale::Robust.fit(&Summary::with_quantiles(&mut numbers)).unwrap());
    }

    #[test]
    fn a_constant_becomes_zero() {
        for scale in
            [Scale::Unit, Scale::Symmetric, Scale::Standard, Scale::Robust, Scale::Quantile]
        {
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
        let mut numbers: Vec<f64> = bytes.iter().map(|&byte| byte.into()).collect();
        let (a, b) = (Summary::of_counts(&counts), Summary::with_quantiles(&mut numbers));
        assert_eq!(a.quantiles, b.quantiles);
        assert_eq!((a.minimum, a.maximum), (b.minimum, b.maximum));
        assert!((a.mean - b.mean).abs() < 1e-12 && (a.deviation - b.deviation).abs() < 1e-12);
    }
}
