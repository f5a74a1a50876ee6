//! Rosenblatt's learning rule.

use super::exact::whole_rows;
use super::separability::{Separability, separability_of};
use super::{Proof, Verdict};
use crate::examples::Targets;
use crate::{Error, Examples};
use chainrule_graph::Number;
use chainrule_math::random::Stream;

/// Passes' worth of rows that are drawn at random where no pass in order was without a mistake, and the
/// most products that they take.
const SEARCH_PASSES: usize = 100;
const SEARCH_WORK: usize = 200_000_000;

/// The learning rule of the perceptron (Rosenblatt, 1958): a threshold unit whose output a is 1 if
/// w . x + b > 0, else 0, goes through the rows one after the other, and changes where it is wrong:
///
/// w <- w + eta (y - a) x, b <- b + eta (y - a),
///
/// beginning with zeros, until a pass makes no mistake. If a line separates the classes that happens
/// after at most (R / margin)^2 changes, R being the largest length of an input with the bias's 1
/// (Novikoff, 1962); if none does, never. Then the rule goes on for a while with rows drawn at random,
/// and the weights are kept that made the fewest mistakes in all (the pocket algorithm with ratchet;
/// Gallant, 1990).
///
/// The arithmetic is without rounding, in whole multiples of a power of two, wherever the inputs allow
/// (numbers of 32 bits of ordinary sizes do), else in f64.
///
/// ```
/// use chainrule::Examples;
/// use chainrule::neuron::{Perceptron, Verdict};
/// use ndarray::array;
/// let inputs = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let and = Examples::classes(inputs.view(), &[0, 0, 0, 1])?;
/// let learned = Perceptron::default().fit(&and)?;
/// assert!(matches!(learned.verdict, Verdict::Separated { .. }));
/// assert_eq!((learned.weights, learned.bias, learned.mistakes), (vec![2.0, 1.0], -2.0, 0));
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Perceptron {
    /// eta. Since the weights begin at zero it scales them all alike, and changes no decision.
    pub learning_rate: f64,
    /// Passes over the rows, at most.
    pub epochs: usize,
}

impl Default for Perceptron {
    fn default() -> Self {
        Perceptron { learning_rate: 1.0, epochs: 1000 }
    }
}

/// What a perceptron has learned.
#[derive(Clone, PartialEq, Debug)]
pub struct Learned {
    /// One for each input.
    pub weights: Vec<f64>,
    /// The bias, which is the threshold with its sign changed.
    pub bias: f64,
    /// Rows that these weights get wrong.
    pub mistakes: usize,
    /// The mistakes that were made, and mended, in each pass.
    pub passes: Vec<usize>,
    /// Whether a line separates the classes.
    pub verdict: Verdict,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// A pass made no mistake.
    Settled,
    /// No pass was without one, but weights that make none were found among rows drawn at random.
    Found,
    /// The weights came back, in arithmetic without rounding.
    Returned { first: usize, again: usize },
    /// All epochs are done.
    Exhausted,
    /// Whoever listened asked for it.
    Interrupted,
}

/// A run without its verdict.
pub(crate) struct Course {
    pub(crate) weights: Vec<f64>,
    pub(crate) bias: f64,
    pub(crate) mistakes: usize,
    pub(crate) passes: Vec<usize>,
    pub(crate) ending: Ending,
    /// Half of the distance between the classes across the line.
    pub(crate) margin: Option<f64>,
}

impl Perceptron {
    /// Learns from the examples, and finds out whether a line separates their classes: if no pass is
    /// without a mistake, [`separability`](super::separability()) decides, where the data are not too
    /// large.
    ///
    /// # Errors
    /// Targets that are not one class, 0 or 1, for each row; a learning rate that is not positive; no
    /// epochs.
    pub fn fit<E: Number>(&self, examples: &Examples<'_, E>) -> Result<Learned, Error> {
        let classes = classes_of(examples)?;
        let numbers: Vec<f64> = examples.inputs().iter().map(|number| number.to_f64()).collect();
        let course = self.learn(&numbers, &classes, &mut |_, _| false)?;
        let verdict = course.verdict(|| separability_of(&numbers, &classes));
        let Course { weights, bias, mistakes, passes, .. } = course;
        Ok(Learned { weights, bias, mistakes, passes, verdict })
    }

    /// Learns from finite numbers row by row. `heard` is told each epoch, counted from 1, with its
    /// mistakes, and may ask to stop.
    pub(crate) fn learn(
        &self,
        numbers: &[f64],
        classes: &[bool],
        heard: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Course, Error> {
        // Weights of a model have 32 bits.
        if !(1e-20..=1e20).contains(&self.learning_rate) {
            let found = format!("{:e}", self.learning_rate);
            let expected = "from 1e-20 to 1e20; it scales the weights and changes no decision";
            return Err(Error::setting("the learning rate", found, expected));
        }
        if self.epochs == 0 {
            return Err(Error::setting("the number of epochs", 0, "at least 1"));
        }
        let width = numbers.len() / classes.len();
        // A weight is at most an input times the changes, a sum at most that times an input for each
        // input: with so many bits for an input nothing overflows 127.
        let bits = |count: usize| (usize::BITS - count.leading_zeros()) as i32;
        let passes = self.epochs.saturating_add(SEARCH_PASSES);
        let spare = bits(passes) + bits(classes.len()) + bits(width + 1);
        let course = match whole_rows(numbers, width, ((126 - spare) / 2).min(62)) {
            Some((rows, unit)) => {
                let run = Run::<i64>::new(&rows, width + 1, classes);
                run.run(self.epochs, heard).search().finish(unit)
            }
            None => {
                let rows: Vec<f64> = numbers
                    .chunks_exact(width)
                    .flat_map(|row| row.iter().copied().chain([1.0]))
                    .collect();
                let run = Run::<f64>::new(&rows, width + 1, classes);
                run.run(self.epochs, heard).search().finish(1.0)
            }
        };
        let scale = |weight: f64| weight * self.learning_rate;
        Ok(Course {
            weights: course.weights.into_iter().map(scale).collect(),
            bias: scale(course.bias),
            ..course
        })
    }
}

impl Course {
    /// The verdict, where the run alone does not give one with what is known of the separability.
    pub(crate) fn verdict(&self, separability: impl FnOnce() -> Separability) -> Verdict {
        match self.ending {
            Ending::Settled | Ending::Found => Verdict::Separated { margin: self.margin },
            Ending::Returned { first, again } => {
                Verdict::NotSeparable { proof: Proof::Cycle { first, again } }
            }
            Ending::Exhausted | Ending::Interrupted => match separability() {
                Separability::Inseparable(meeting) => {
                    Verdict::NotSeparable { proof: Proof::Meeting(meeting) }
                }
                known => Verdict::NotFound {
                    epochs: self.passes.len(),
                    exists: known == Separability::Separable,
                },
            },
        }
    }
}

/// Whether each row is of class 1.
pub(crate) fn classes_of<E: Number>(examples: &Examples<'_, E>) -> Result<Vec<bool>, Error> {
    let refuse = |found: String| {
        Err(Error::Examples {
            what: "targets",
            expected: "one class for each row, 0 or 1, which one neuron tells apart".to_string(),
            found,
        })
    };
    match examples.targets() {
        Targets::Classes(classes) => match classes.iter().find(|class| **class > 1) {
            Some(class) => refuse(format!("class {class}; use softmax regression for more")),
            None => Ok(classes.iter().map(|class| *class == 1).collect()),
        },
        Targets::Values(values) if values.ncols() != 1 => {
            refuse(format!("{} numbers; use a neuron for each", values.ncols()))
        }
        Targets::Values(values) => {
            match values.iter().find(|value| ![0.0, 1.0].contains(&value.to_f64())) {
                Some(value) => refuse(format!("{value}; use linear regression for numbers")),
                None => Ok(values.iter().map(|value| value.to_f64() == 1.0).collect()),
            }
        }
    }
}

/// Numbers that the rule can work with.
trait Arithmetic: Copy {
    /// Of weights and of sums.
    type Wide: Copy + PartialOrd + Default;
    /// Whether nothing is rounded.
    const EXACT: bool;
    fn dot(weights: &[Self::Wide], row: &[Self]) -> Self::Wide;
    fn add(weight: &mut Self::Wide, input: Self, up: bool);
    fn difference(a: Self::Wide, b: Self::Wide) -> f64;
    fn number(weight: Self::Wide) -> f64;
}

impl Arithmetic for i64 {
    type Wide = i128;
    const EXACT: bool = true;
    fn dot(weights: &[i128], row: &[i64]) -> i128 {
        weights.iter().zip(row).map(|(weight, input)| weight * i128::from(*input)).sum()
    }
    fn add(weight: &mut i128, input: i64, up: bool) {
        *weight += if up { i128::from(input) } else { -i128::from(input) };
    }
    fn difference(a: i128, b: i128) -> f64 {
        (a - b) as f64
    }
    fn number(weight: i128) -> f64 {
        weight as f64
    }
}

impl Arithmetic for f64 {
    type Wide = f64;
    const EXACT: bool = false;
    fn dot(weights: &[f64], row: &[f64]) -> f64 {
        weights.iter().zip(row).map(|(weight, input)| weight * input).sum()
    }
    fn add(weight: &mut f64, input: f64, up: bool) {
        *weight += if up { input } else { -input };
    }
    fn difference(a: f64, b: f64) -> f64 {
        a - b
    }
    fn number(weight: f64) -> f64 {
        weight
    }
}

/// A run under way, with eta = 1.
struct Run<'a, A: Arithmetic> {
    /// Each with the bias's 1 at its end.
    rows: &'a [A],
    width: usize,
    classes: &'a [bool],
    weights: Vec<A::Wide>,
    pocket: Pocket<A>,
    /// Rows in a row that these weights got right.
    right: usize,
    /// Whether these weights were compared with the pocket's.
    is_judged: bool,
    passes: Vec<usize>,
    ending: Ending,
}

/// The best weights so far.
struct Pocket<A: Arithmetic> {
    weights: Vec<A::Wide>,
    right: usize,
    mistakes: usize,
}

impl<'a, A: Arithmetic> Run<'a, A> {
    fn new(rows: &'a [A], width: usize, classes: &'a [bool]) -> Self {
        let weights = vec![A::Wide::default(); width];
        let mistakes = classes.iter().filter(|class| **class).count();
        let pocket = Pocket { weights: weights.clone(), right: 0, mistakes };
        let (passes, ending) = (Vec::new(), Ending::Exhausted);
        Run { rows, width, classes, weights, pocket, right: 0, is_judged: true, passes, ending }
    }

    fn mistakes(&self) -> usize {
        let rows = self.rows.chunks_exact(self.width).zip(self.classes);
        rows.filter(|(row, class)| self.fires(row) != **class).count()
    }

    fn fires(&self, row: &[A]) -> bool {
        A::dot(&self.weights, row) > A::Wide::default()
    }

    fn run(mut self, epochs: usize, heard: &mut dyn FnMut(usize, usize) -> bool) -> Self {
        // Brent's way to find a cycle: one state is remembered, for twice as long each time.
        let (mut remembered, mut since) = (self.weights.clone(), 0);
        for epoch in 1..=epochs {
            let mistakes = self.pass();
            self.passes.push(mistakes);
            let is_asked = heard(epoch, mistakes);
            if mistakes == 0 {
                self.ending = Ending::Settled;
            } else if A::EXACT && self.weights == remembered {
                self.ending = Ending::Returned { first: since, again: epoch };
            } else if is_asked {
                self.ending = Ending::Interrupted;
            }
            if self.ending != Ending::Exhausted {
                break;
            }
            if epoch.is_power_of_two() {
                remembered.copy_from_slice(&self.weights);
                since = epoch;
            }
        }
        self
    }

    /// One pass over the rows: its mistakes.
    fn pass(&mut self) -> usize {
        (0..self.classes.len()).filter(|&row| self.is_wrong(row)).count()
    }

    /// Goes through rows drawn at random, as the pocket algorithm does: in order the weights of rows
    /// that cannot be separated may go round without ever meeting the best.
    fn search(mut self) -> Self {
        if !matches!(self.ending, Ending::Exhausted | Ending::Returned { .. }) {
            return self;
        }
        let rows = self.classes.len();
        let mut stream = Stream::new(1, "pocket");
        for _ in 0..(SEARCH_PASSES * rows).min(SEARCH_WORK / self.width) {
            self.is_wrong(stream.below(rows as u32) as usize);
            if self.pocket.mistakes == 0 {
                self.weights.copy_from_slice(&self.pocket.weights);
                self.ending = Ending::Found;
                break;
            }
        }
        self
    }

    /// Meets a row, and changes the weights if they are wrong about it.
    fn is_wrong(&mut self, row: usize) -> bool {
        let class = self.classes[row];
        let row = &self.rows[row * self.width..][..self.width];
        if self.fires(row) == class {
            self.right += 1;
            if self.right > self.pocket.right && !self.is_judged {
                self.judge();
            }
            return false;
        }
        let weights = self.weights.iter_mut().zip(row);
        weights.for_each(|(weight, input)| A::add(weight, *input, class));
        (self.right, self.is_judged) = (0, false);
        true
    }

    /// Puts the weights into the pocket if they are better on all rows than those in it.
    fn judge(&mut self) {
        self.is_judged = true;
        // The next ones are judged after a longer run only, or every few rows would cost a whole pass.
        self.pocket.right = self.right;
        let mistakes = self.mistakes();
        if mistakes < self.pocket.mistakes {
            self.pocket.weights.copy_from_slice(&self.weights);
            (self.pocket.right, self.pocket.mistakes) = (self.right, mistakes);
        }
    }

    /// The weights that are kept: the last ones where they make no mistake, else the pocket's, in the
    /// inputs' own units.
    fn finish(mut self, unit: f64) -> Course {
        if !matches!(self.ending, Ending::Settled | Ending::Found) {
            std::mem::swap(&mut self.weights, &mut self.pocket.weights);
        }
        let numbers: Vec<f64> = self.weights.iter().map(|it| A::number(*it) * unit).collect();
        let (bias, weights) = numbers.split_last().expect("there is a bias");
        Course {
            weights: weights.to_vec(),
            // The bias's input is 1 in units too.
            bias: *bias,
            mistakes: self.mistakes(),
            margin: self.margin().map(|gap| gap * unit),
            passes: self.passes,
            ending: self.ending,
        }
    }

    /// Half of the distance between the classes across the line, in units.
    fn margin(&self) -> Option<f64> {
        let of = |class: bool| {
            let rows = self.rows.chunks_exact(self.width).zip(self.classes);
            let rows = rows.filter(move |(_, it)| **it == class);
            rows.map(|(row, _)| A::dot(&self.weights, row))
        };
        let least = of(true).reduce(|a, b| if b < a { b } else { a })?;
        let most = of(false).reduce(|a, b| if b > a { b } else { a })?;
        let weights = &self.weights[..self.width - 1];
        let length = weights.iter().map(|it| A::number(*it).powi(2)).sum::<f64>().sqrt();
        Some(A::difference(least, most) / (2.0 * length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];

    fn fit(rows: &[[f64; 2]], classes: &[u32], epochs: usize) -> Learned {
        let inputs = Array2::from_shape_fn((rows.len(), 2), |(row, column)| rows[row][column]);
        let examples = Examples::classes(inputs.view(), classes).unwrap();
        Perceptron { epochs, ..Perceptron::default() }.fit(&examples).unwrap()
    }

    #[test]
    fn the_rule_by_hand_on_or() {
        // Pass 1: (0,1) is missed: w = (0,1), b = 1. Pass 2: (0,0) fires: b = 0; (1,0) is missed:
        // w = (1,1), b = 1. Pass 3: (0,0) fires: b = 0. Pass 4: none.
        let learned = fit(&SQUARE, &[0, 1, 1, 1], 10);
        assert_eq!(learned.passes, [1, 2, 1, 0]);
        assert_eq!((learned.weights, learned.bias), (vec![1.0, 1.0], 0.0));
        // The nearest rows of either class are 1 / sqrt 2 apart across the line.
        let Verdict::Separated { margin: Some(margin) } = learned.verdict else { panic!() };
        assert!((margin - 0.5 / 2.0_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn xor_returns_to_earlier_weights_without_rounding() {
        for classes in [[0, 1, 1, 0], [1, 0, 0, 1]] {
            let learned = fit(&SQUARE, &classes, 1000);
            let Verdict::NotSeparable { proof: Proof::Cycle { first, again } } = learned.verdict
            else {
                panic!("{:?}", learned.verdict)
            };
            assert!(first < again && again < 20, "{first} {again}");
            // Three of four is the most that a line can do, and the pocket keeps it.
            assert_eq!(learned.mistakes, 1);
        }
        // Too few epochs to come back: the programme proves it.
        let learned = fit(&SQUARE, &[0, 1, 1, 0], 2);
        let Verdict::NotSeparable { proof: Proof::Meeting(meeting) } = learned.verdict else {
            panic!()
        };
        assert_eq!(meeting.point, [0.5, 0.5]);
    }

    #[test]
    fn a_tiny_margin_is_never_called_inseparable() {
        let rows = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5 + 1e-9, 0.5]];
        let learned = fit(&rows, &[0, 0, 0, 1], 50);
        let expected = Verdict::NotFound { epochs: 50, exists: true };
        assert_eq!(learned.verdict, expected);
        assert!(learned.mistakes <= 1);
        assert!(learned.verdict.to_string().contains("no line found in 50 epochs, though one"));
        // One input, a gap of a billionth, found since the inputs are centred on it.
        let gap = [[-1e-9, 0.0], [1e-9, 0.0]];
        let learned = fit(&gap, &[0, 1], 50);
        let Verdict::Separated { margin: Some(margin) } = learned.verdict else { panic!() };
        assert!((margin - 1e-9).abs() < 1e-24);
        // A billion times farther out the same gap takes more changes, and is found too.
        let far = [[1.0, 0.0], [1.0 + 1e-3, 0.0]];
        assert!(matches!(fit(&far, &[0, 1], 1 << 22).verdict, Verdict::Separated { .. }));
    }

    #[test]
    fn numbers_beyond_whole_ones_are_learned_in_floating_point() {
        let rows = [[1e-200, 1.0], [1e100, 1.0]];
        let learned = fit(&rows, &[0, 1], 100);
        assert!(matches!(learned.verdict, Verdict::Separated { .. }), "{:?}", learned.verdict);
    }

    #[test]
    fn the_learning_rate_scales_weights_alone() {
        let inputs = Array2::from_shape_fn((4, 2), |(row, column)| SQUARE[row][column]);
        let and = Examples::classes(inputs.view(), &[0, 0, 0, 1]).unwrap();
        let slow = Perceptron { learning_rate: 0.25, ..Perceptron::default() }.fit(&and).unwrap();
        let usual = Perceptron::default().fit(&and).unwrap();
        assert_eq!(slow.passes, usual.passes);
        assert_eq!((slow.weights[0], slow.bias), (usual.weights[0] / 4.0, usual.bias / 4.0));
        assert!(Perceptron { learning_rate: 0.0, epochs: 1 }.fit(&and).is_err());
        assert!(Perceptron { learning_rate: 1.0, epochs: 0 }.fit(&and).is_err());
    }

    #[test]
    fn targets_that_are_not_two_classes_are_refused() {
        let inputs = array![[0.0], [1.0]];
        let message = |examples: Examples<'_, f64>| {
            Perceptron::default().fit(&examples).unwrap_err().to_string()
        };
        let three = message(Examples::classes(inputs.view(), &[0, 2]).unwrap());
        assert!(three.contains("found class 2; use softmax regression"), "{three}");
        let (number, pair) = (array![[0.5], [1.0]], array![[0.0, 1.0], [1.0, 1.0]]);
        let numbers = message(Examples::values(inputs.view(), number.view()).unwrap());
        assert!(numbers.contains("found 0.5; use linear regression"), "{numbers}");
        let pairs = message(Examples::values(inputs.view(), pair.view()).unwrap());
        assert!(pairs.contains("found 2 numbers"), "{pairs}");
    }
}
