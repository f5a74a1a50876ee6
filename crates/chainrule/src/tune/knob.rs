//! What a search turns, and the values that it may have.

use crate::{Error, LayerActivation};
use chainrule_math::random::Stream;
use std::fmt;

/// Hidden layers that a search may stack.
const MOST_LAYERS: f64 = 64.0;
/// Units of a layer.
const MOST_UNITS: f64 = (1 << 20) as f64;
/// Rows of a step.
const MOST_ROWS: f64 = (1 << 24) as f64;

/// A setting that a search chooses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Knob {
    /// Hidden layers.
    Depth,
    /// Units of each hidden layer.
    Width,
    /// The activation of all hidden layers.
    Activation,
    /// L2 penalty.
    Alpha,
    /// The size of the steps.
    LearningRate,
    /// Rows of a step.
    BatchSize,
    /// Share of the hidden units that is dropped in each step.
    Dropout,
}

impl Knob {
    /// All of them.
    pub const ALL: [Knob; 7] = [
        Knob::Depth,
        Knob::Width,
        Knob::Activation,
        Knob::Alpha,
        Knob::LearningRate,
        Knob::BatchSize,
        Knob::Dropout,
    ];

    /// Its name, which is that of its flag with `_` for `-`.
    pub fn name(self) -> &'static str {
        match self {
            Knob::Depth => "depth",
            Knob::Width => "width",
            Knob::Activation => "activation",
            Knob::Alpha => "alpha",
            Knob::LearningRate => "learning_rate",
            Knob::BatchSize => "batch_size",
            Knob::Dropout => "dropout",
        }
    }

    /// Whether equal ratios, rather than equal differences, make a difference: then a range is drawn
    /// from uniformly in the logarithm, and pictures have a logarithmic axis.
    pub fn is_log(self) -> bool {
        matches!(self, Knob::Width | Knob::Alpha | Knob::LearningRate | Knob::BatchSize)
    }

    /// Whether its values are whole numbers.
    pub fn is_whole(self) -> bool {
        matches!(self, Knob::Depth | Knob::Width | Knob::BatchSize)
    }

    /// The values that it can have at all, in words and as a test.
    fn holds(self, value: f64) -> bool {
        let within = match self {
            Knob::Depth => (0.0..=MOST_LAYERS).contains(&value),
            Knob::Width => (1.0..=MOST_UNITS).contains(&value),
            Knob::BatchSize => (1.0..=MOST_ROWS).contains(&value),
            Knob::Alpha => value >= 0.0 && value.is_finite(),
            Knob::LearningRate => value > 0.0 && value.is_finite(),
            Knob::Dropout => (0.0..1.0).contains(&value),
            Knob::Activation => false,
        };
        within && (!self.is_whole() || value.fract() == 0.0)
    }

    fn words(self) -> &'static str {
        match self {
            Knob::Depth => "whole numbers from 0 to 64, as a list 1,2,3 or a range 1..4",
            Knob::Width => "whole numbers from 1 to 1048576, as a list 16,64 or a range 16..256",
            Knob::Activation => "names of activations with commas between, such as relu,tanh",
            Knob::Alpha => "numbers of at least 0, as a list 0,1e-4 or a range 1e-6..1e-1",
            Knob::LearningRate => "numbers above 0, as a list 0.001,0.01 or a range 1e-4..1e-1",
            Knob::BatchSize => {
                "whole numbers from 1 to 16777216, as a list 32,64 or a range 16..256"
            }
            Knob::Dropout => "numbers of at least 0 and below 1, as a list 0,0.2 or a range 0..0.5",
        }
    }

    /// Reads the values that a search may choose from: a list with commas, or `from..to` with both
    /// ends.
    ///
    /// ```
    /// use chainrule::tune::{Knob, Values};
    /// let values = Knob::LearningRate.read("1e-4..1e-1")?;
    /// assert_eq!(values, Values::Range { from: 1e-4, to: 1e-1 });
    /// assert!(Knob::Width.read("0.5").is_err());
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    ///
    /// # Errors
    /// What is none of its values, an empty list, a range that ends before it begins, or a range from
    /// 0 where it is drawn in the logarithm.
    pub fn read(self, text: &str) -> Result<Values, Error> {
        let refuse = |expected: &str| {
            Error::setting(format!("the {}", self.words_of_name()), format!("{text:?}"), expected)
        };
        if self == Knob::Activation {
            let names = text.split(',').map(str::parse).collect::<Result<Vec<_>, Error>>()?;
            return match has_twins(&names) {
                true => Err(refuse("a list in which each activation stands once")),
                false => Ok(Values::Activations(names)),
            };
        }
        let number = |text: &str| text.trim().parse().ok().filter(|&it| self.holds(it));
        let Some((from, to)) = text.split_once("..") else {
            let numbers: Option<Vec<f64>> = text.split(',').map(number).collect();
            let mut numbers = numbers.ok_or_else(|| refuse(self.words()))?;
            if has_twins(&numbers) {
                return Err(refuse("a list in which each number stands once"));
            }
            numbers.sort_by(f64::total_cmp);
            return Ok(Values::Numbers(numbers));
        };
        let to = to.strip_prefix('=').unwrap_or(to);
        match (number(from), number(to)) {
            (Some(from), Some(to)) if from == to => Ok(Values::Numbers(vec![from])),
            (Some(from), Some(to)) if from > to => Err(refuse(&format!(
                "a range from the smaller to the larger number, such as {to}..{from}"
            ))),
            (Some(0.0), Some(to)) if self.is_log() => Err(refuse(&format!(
                "a range that begins above 0, since it is drawn from uniformly in the logarithm, \
                 such as {}..{to}; a list may hold 0",
                to / 1e5
            ))),
            (Some(from), Some(to)) => Ok(Values::Range { from, to }),
            _ => Err(refuse(self.words())),
        }
    }

    fn words_of_name(self) -> String {
        self.name().replace('_', " ")
    }
}

fn has_twins<T: PartialEq>(items: &[T]) -> bool {
    items.iter().enumerate().any(|(index, item)| items[..index].contains(item))
}

impl fmt::Display for Knob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The values that a search may give to a [`Knob`].
#[derive(Clone, PartialEq, Debug)]
pub enum Values {
    /// These, in order, each once.
    Numbers(Vec<f64>),
    /// All numbers, or all whole ones, from one to another, both included.
    Range {
        /// The smallest.
        from: f64,
        /// The largest.
        to: f64,
    },
    /// These activations, each once.
    Activations(Vec<LayerActivation>),
}

impl fmt::Display for Values {
    /// As [`Knob::read`] reads it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: ToString>(items: &[T]) -> String {
            items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
        }
        match self {
            Values::Numbers(numbers) => formatter.write_str(&list(numbers)),
            Values::Range { from, to } => write!(formatter, "{from}..{to}"),
            Values::Activations(names) => formatter.write_str(&list(names)),
        }
    }
}

impl Values {
    /// A number by chance: each of a list is as likely as another; of a range the logarithm is uniform
    /// if that of the knob is. Numbers that are not whole have three digits, which is as finely as
    /// they matter.
    pub(super) fn number(&self, knob: Knob, stream: &mut Stream) -> f64 {
        match self {
            Values::Numbers(numbers) => numbers[stream.below(numbers.len() as u32) as usize],
            &Values::Range { from, to } => {
                // A whole number stands for all up to the next, so that the ends are as likely as the
                // others.
                let end = if knob.is_whole() { to + 1.0 } else { to };
                let share = stream.uniform();
                let drawn = match knob.is_log() {
                    true => from * libm::exp(share * libm::log(end / from)),
                    false => from + share * (end - from),
                };
                let drawn = if knob.is_whole() { drawn.floor() } else { in_digits(drawn) };
                drawn.clamp(from, to)
            }
            Values::Activations(_) => unreachable!("activations are no numbers"),
        }
    }

    /// The number among them that is nearest.
    pub(super) fn nearest(&self, wanted: f64) -> f64 {
        match self {
            Values::Numbers(numbers) => {
                let distance = |number: &f64| (number - wanted).abs();
                let nearest =
                    numbers.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)));
                *nearest.expect("a list has a number at least")
            }
            Values::Range { from, to } => wanted.clamp(*from, *to),
            Values::Activations(_) => unreachable!("activations are no numbers"),
        }
    }

    /// The numbers of a grid: a list as it is; of a range, for a knob with a logarithm each power of
    /// ten (of two for whole numbers) times the smallest, else each whole number or five that lie
    /// evenly; with the largest in any case.
    pub(super) fn grid(&self, knob: Knob) -> Vec<f64> {
        let &Values::Range { from, to } = self else {
            let Values::Numbers(numbers) = self else {
                unreachable!("activations are no numbers");
            };
            return numbers.clone();
        };
        let mut numbers: Vec<f64> = match (knob.is_log(), knob.is_whole()) {
            (true, whole) => {
                let ratio: f64 = if whole { 2.0 } else { 10.0 };
                let powers = (0..).map(|power| in_digits(from * ratio.powi(power)));
                // A hair more, so that rounding does not part the last power from the end.
                powers.take_while(|&number| number <= to * (1.0 + 1e-9)).collect()
            }
            (false, true) => (0..=(to - from) as usize).map(|step| from + step as f64).collect(),
            (false, false) => {
                (0..=4).map(|step| in_digits(from + (to - from) * f64::from(step) / 4.0)).collect()
            }
        };
        match numbers.last_mut() {
            Some(last) if (*last / to - 1.0).abs() < 1e-9 => *last = to,
            _ => numbers.push(to),
        }
        numbers
    }
}

/// The number with three significant digits.
fn in_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().expect("a number as it is written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_written_alike() {
        for (knob, text) in [
            (Knob::Depth, "1,2,3"),
            (Knob::Width, "16..256"),
            (Knob::Alpha, "0,0.0001"),
            (Knob::Alpha, "0.000001..0.1"),
            (Knob::Dropout, "0..0.5"),
            (Knob::Activation, "relu,elu(0.5),tanh:8+relu:24"),
        ] {
            assert_eq!(knob.read(text).unwrap().to_string(), text);
        }
        assert_eq!(Knob::Width.read("64, 16").unwrap(), Values::Numbers(vec![16.0, 64.0]));
        assert_eq!(Knob::Width.read("64..64").unwrap(), Values::Numbers(vec![64.0]));
    }

    #[test]
    fn wrong_values_are_refused_with_what_was_expected() {
        for (knob, text, expected) in [
            (Knob::LearningRate, "1e-1..1e-4", "from the smaller to the larger"),
            (Knob::LearningRate, "0..1", "numbers above 0"),
            (Knob::Alpha, "0..1", "begins above 0"),
            (Knob::Alpha, "-1", "at least 0"),
            (Knob::Width, "16.5", "whole numbers"),
            (Knob::Width, "16,16", "each number stands once"),
            (Knob::Width, "", "whole numbers"),
            (Knob::Dropout, "0..1", "below 1"),
            (Knob::Depth, "1..", "whole numbers"),
            (Knob::BatchSize, "nan", "whole numbers"),
            (Knob::Activation, "relu,tahn", "did you mean \"tanh\"?"),
            (Knob::Activation, "relu,relu", "stands once"),
        ] {
            let message = knob.read(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    /// A thousand draws: none is outside, each decade has its share, and both ends of whole numbers
    /// are met as often as the others.
    #[test]
    fn draws_are_uniform_in_the_logarithm_or_in_the_number() {
        let draws = |knob: Knob, text: &str| -> Vec<f64> {
            let values = knob.read(text).unwrap();
            let stream = |trial: u64| Stream::new(trial, "test");
            (0..4000).map(|trial| values.number(knob, &mut stream(trial))).collect()
        };
        let share = |draws: &[f64], from: f64, to: f64| {
            draws.iter().filter(|it| (from..to).contains(it)).count() as f64 / draws.len() as f64
        };
        let rates = draws(Knob::LearningRate, "1e-4..1e-1");
        assert!(rates.iter().all(|rate| (1e-4..=1e-1).contains(rate)));
        for from in [1e-4, 1e-3, 1e-2] {
            let share = share(&rates, from, from * 10.0);
            assert!((share - 1.0 / 3.0).abs() < 0.03, "{from}: {share}");
        }
        let shares = draws(Knob::Dropout, "0..0.5");
        assert!((share(&shares, 0.0, 0.25) - 0.5).abs() < 0.03);
        let depths = draws(Knob::Depth, "1..3");
        for depth in [1.0, 2.0, 3.0] {
            assert!((share(&depths, depth, depth + 0.5) - 1.0 / 3.0).abs() < 0.03);
        }
        let widths = draws(Knob::Width, "16..255");
        assert!(widths.iter().all(|it| it.fract() == 0.0 && (16.0..=255.0).contains(it)));
        for from in [16.0, 32.0, 64.0, 128.0] {
            assert!((share(&widths, from, from * 2.0) - 0.25).abs() < 0.03, "{from}");
        }
        let listed = draws(Knob::BatchSize, "32,64,512");
        for size in [32.0, 64.0, 512.0] {
            assert!((share(&listed, size, size + 1.0) - 1.0 / 3.0).abs() < 0.03, "{size}");
        }
    }

    #[test]
    fn a_grid_has_powers_and_both_ends() {
        let grid = |knob: Knob, text: &str| knob.read(text).unwrap().grid(knob);
        // The strengths of regularisation that are usually compared.
        assert_eq!(grid(Knob::Alpha, "1e-6..1e-1"), [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]);
        assert_eq!(grid(Knob::LearningRate, "1e-3..5e-2"), [1e-3, 1e-2, 5e-2]);
        assert_eq!(grid(Knob::Width, "16..100"), [16.0, 32.0, 64.0, 100.0]);
        assert_eq!(grid(Knob::Depth, "0..3"), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(grid(Knob::Dropout, "0..0.4"), [0.0, 0.1, 0.2, 0.3, 0.4]);
    }
}
