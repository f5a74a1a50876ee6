//! Gradients against differences.

use crate::run::Evaluator;
use crate::{Graph, GraphError, Op, Symbol, Values};
use std::fmt;

/// Steps of the differences, times max(1, |x|). Which of them serves depends on the function: a
/// long step rounds least, a short one does not reach the next kink.
const STEPS: [f64; 4] = [1e-2, 1e-3, 1e-4, 1e-5];
/// More steps, times |x|, for an x near 0 whose function is defined on one side of it only.
const SHORT_STEPS: [f64; 2] = [1e-1, 1e-2];
/// Below this part of the output a derivative is compared with that part instead of with itself.
const FLOOR: f64 = 1e-5;
/// What the slopes on the two sides must differ by, as a part of the larger, to make a kink.
const KINK: f64 = 1e-4;

/// How much a gradient check looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// Elements checked of each value, evenly spread over it.
    pub most: usize,
}

impl Default for CheckOptions {
    fn default() -> CheckOptions {
        CheckOptions { most: 100 }
    }
}

/// One derivative, found in two ways.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedElement {
    /// The input or parameter.
    pub name: String,
    /// Row of the element.
    pub row: usize,
    /// Column of the element.
    pub column: usize,
    /// The derivative that the graph computes.
    pub analytic: f64,
    /// The derivative estimated by differences.
    pub numeric: f64,
    /// |a - n| / max(|a|, |n|, 1e-5 |f|), with f the largest output met on the way.
    ///
    /// A derivative is judged by its own size, not by 1: a weight deep in a network may have one of
    /// 1e-4, and an error of it as large as itself is no small error. The last term is there
    /// because an output of f64 is exact to about 1e-16 of itself, so differences know its slope to
    /// about 1e-12 of it and nothing smaller: with it, a tolerance of 1e-6 asks of a small slope no
    /// more than that. At a kink a is compared with the nearest number between the slopes on the
    /// two sides, n being one of their means.
    pub relative_error: f64,
    /// Whether the slopes on the two sides differ, so that a is a convention.
    pub kink: bool,
}

/// What a gradient check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckReport {
    /// Every element checked, in the order of the values asked for, by rows.
    pub elements: Vec<CheckedElement>,
}

impl CheckReport {
    /// The element with the largest error; nothing if no element was checked.
    pub fn worst(&self) -> Option<&CheckedElement> {
        // An error that is not a number comes last in the total order, so it is the worst.
        self.elements.iter().max_by(|a, b| a.relative_error.total_cmp(&b.relative_error))
    }

    /// Whether no relative error exceeds the tolerance or is not a number.
    pub fn passes(&self, tolerance: f64) -> bool {
        self.elements.iter().all(|element| element.relative_error <= tolerance)
    }
}

impl fmt::Display for CheckedElement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CheckedElement { name, row, column, analytic, numeric, relative_error, kink } = self;
        let kink = if *kink { ", at a kink" } else { "" };
        write!(
            formatter,
            "{name}[{row}, {column}]: {analytic} by the graph, {numeric} by differences, relative \
             error {relative_error:.1e}{kink}"
        )
    }
}

/// Compares the derivative of `output` (1 x 1) by the inputs and parameters `by` with central
/// differences at `values`, in f64.
///
/// The derivative by x is estimated from (f(x + h) - f(x - h)) / 2h at h, h/2 and h/4, extrapolated
/// to h = 0 twice (Richardson, 1911), for several h. Of these estimates the one counts that agrees
/// best with what it was extrapolated from, rounding included, whatever the graph says. So where a
/// kink is near, a step too short to reach it is taken; a kink at x itself is recognised by its two
/// slopes and reported.
///
/// ```
/// use chainrule_graph::{CheckOptions, Graph, Values, check_gradient, parse};
/// let graph = Graph::new();
/// let parsed = parse(&graph, "x^2*y/z")?;
/// let by: Vec<_> = parsed.variables.iter().map(|&(_, symbol)| symbol).collect();
/// let point = [("x", 3.0), ("y", 4.0), ("z", 2.0)].map(|(name, x)| (name, Values::scalar(x)));
/// let report = check_gradient(&graph, parsed.result, &by, &point, &CheckOptions::default())?;
/// assert!(report.passes(1e-9));
/// assert_eq!(report.elements[2].analytic, -9.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the output has no gradient, one of `by` is not an input or parameter, or the values do not
/// fit.
pub fn check_gradient(
    graph: &Graph,
    output: Symbol<'_>,
    by: &[Symbol<'_>],
    values: &[(&str, Values)],
    options: &CheckOptions,
) -> Result<CheckReport, GraphError> {
    // Their lifetimes are those of this borrow, which `gradient` wants to be the same.
    let own = |symbol: Symbol<'_>| graph.symbol(graph.node_of(symbol));
    let by: Vec<Symbol<'_>> = by.iter().map(|&symbol| own(symbol)).collect();
    let names: Vec<String> = by.iter().map(|&it| leaf_name(graph, it)).collect::<Result<_, _>>()?;
    let gradients = graph.gradient(own(output), &by)?;
    let mut analytic = Evaluator::new(graph, &gradients, values)?;
    analytic.run();
    let mut function = Evaluator::new(graph, &[output], values)?;
    let mut report = CheckReport::default();
    for (index, name) in names.into_iter().enumerate() {
        let gradient = analytic.output(index);
        let count = gradient.numbers.len();
        let checked = count.min(options.most);
        for element in (0..checked).map(|number| number * count / checked) {
            let (row, column) = (element / gradient.columns, element % gradient.columns);
            let start = function.number(&name, row, column).map(|x| *x);
            let differences = match start {
                Some(x) => {
                    let mut at = |moved: f64| {
                        *function.number(&name, row, column).expect("it was read above") = moved;
                        function.run();
                        function.scalar(0)
                    };
                    let differences = Differences::estimate(x, &mut at);
                    *function.number(&name, row, column).expect("it was read above") = x;
                    differences
                }
                None => Differences::NONE, // the output does not read it
            };
            let name = name.clone();
            report.elements.push(differences.compare(name, row, column, gradient.numbers[element]));
        }
    }
    Ok(report)
}

/// The name of an input or parameter.
fn leaf_name(graph: &Graph, symbol: Symbol<'_>) -> Result<String, GraphError> {
    let nodes = graph.nodes();
    let is_given = |op: Op| op.is_given();
    match &nodes[symbol.id().index()] {
        node if is_given(node.op) => Ok(node.name.clone().unwrap_or_default()),
        _ => {
            let given = nodes.iter().filter(|node| is_given(node.op));
            let known: Vec<&str> = given.filter_map(|node| node.name.as_deref()).collect();
            let (name, known) = (graph.label(symbol.id()), known.join(", "));
            Err(GraphError::UnknownName { name, known })
        }
    }
}

/// What the differences at one element say.
struct Differences {
    slope: f64,
    /// How far the estimates that it comes from lie apart, rounding included.
    uncertainty: f64,
    /// The slopes to the left and to the right.
    sides: [f64; 2],
    /// Whether the two differ as much at the shortest step as at the longest: where the function is
    /// smooth, a quarter of the step leaves a quarter of the difference or less.
    lasting: bool,
    /// The largest output met.
    largest: f64,
}

impl Differences {
    /// Those of an output that stays as it is.
    const NONE: Differences =
        Differences { slope: 0.0, uncertainty: 0.0, sides: [0.0; 2], lasting: false, largest: 0.0 };

    fn estimate(x: f64, function: &mut impl FnMut(f64) -> f64) -> Differences {
        let middle = function(x);
        let scale = x.abs().max(1.0);
        let mut steps = STEPS.map(|step| step * scale).to_vec();
        if x != 0.0 && x.abs() < STEPS[0] / SHORT_STEPS[0] {
            steps.extend(SHORT_STEPS.map(|step| step * x.abs()));
        }
        let unknown = f64::NAN;
        let mut best = Differences {
            slope: unknown,
            uncertainty: f64::INFINITY,
            sides: [unknown; 2],
            lasting: false,
            largest: middle.abs(),
        };
        for step in steps {
            let estimate = Differences::with_step(x, step, middle, function);
            let largest = best.largest.max(estimate.largest);
            if estimate.uncertainty < best.uncertainty {
                best = estimate;
            }
            best.largest = largest;
        }
        best
    }

    fn with_step(
        x: f64,
        step: f64,
        middle: f64,
        function: &mut impl FnMut(f64) -> f64,
    ) -> Differences {
        let mut largest = middle.abs();
        let mut sides = [[0.0; 2]; 3];
        let mut central = [0.0; 3];
        let mut length = step;
        for (sides, central) in sides.iter_mut().zip(&mut central) {
            // The step that is really taken, after rounding.
            let (left, right) = (x - length, x + length);
            let (below, above) = (function(left), function(right));
            *sides = [(middle - below) / (x - left), (above - middle) / (right - x)];
            *central = (above - below) / (right - left);
            largest = largest.max(below.abs()).max(above.abs());
            length /= 2.0;
        }
        // The error of a central difference is a series in h^2, that of a side one in h.
        let once = [0, 1].map(|k| (4.0 * central[k + 1] - central[k]) / 3.0);
        let slope = (16.0 * once[1] - once[0]) / 15.0;
        // The error that rounding the output makes in the shortest difference: without it, a step
        // so short that the output does not change at all would look most consistent.
        let rounding = f64::EPSILON * largest / (length * 2.0);
        let uncertainty = (once[1] - once[0]).abs() + rounding;
        let uncertainty =
            if slope.is_finite() && uncertainty.is_finite() { uncertainty } else { f64::INFINITY };
        let side = |k: usize| {
            let [far, middle, near] = [0, 1, 2].map(|level| sides[level][k]);
            let (far, near) = (2.0 * middle - far, 2.0 * near - middle);
            (4.0 * near - far) / 3.0
        };
        let [far, _, near] = sides.map(|[left, right]: [f64; 2]| (right - left).abs());
        let lasting = near > 0.4 * far;
        Differences { slope, uncertainty, sides: [side(0), side(1)], lasting, largest }
    }

    fn compare(&self, name: String, row: usize, column: usize, analytic: f64) -> CheckedElement {
        let [low, high] = [self.sides[0].min(self.sides[1]), self.sides[0].max(self.sides[1])];
        let floor = FLOOR * self.largest;
        let jump = high - low;
        // Beyond what rounding makes of one slope.
        let kink = self.lasting
            && jump > KINK * low.abs().max(high.abs()).max(floor)
            && jump > 100.0 * self.uncertainty;
        let nearest = if kink { analytic.clamp(low, high) } else { self.slope };
        let difference = (analytic - nearest).abs();
        let size = analytic.abs().max(nearest.abs()).max(floor);
        CheckedElement {
            name,
            row,
            column,
            analytic,
            numeric: self.slope,
            // Equal zeros of a function that is 0 all around have nothing to be measured by.
            relative_error: if difference == 0.0 { 0.0 } else { difference / size },
            kink,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;
    use crate::ops::{Abs, Ln, Relu};
    use crate::parse;

    fn check(text: &str, point: &[(&str, f64)]) -> CheckReport {
        let graph = Graph::new();
        let parsed = parse(&graph, text).unwrap();
        let by: Vec<Symbol<'_>> = parsed.variables.iter().map(|&(_, symbol)| symbol).collect();
        let values: Vec<(&str, Values)> =
            point.iter().map(|&(name, x)| (name, Values::scalar(x))).collect();
        let options = CheckOptions::default();
        check_gradient(&graph, parsed.result, &by, &values, &options).unwrap()
    }

    #[test]
    fn finds_a_wrong_derivative() {
        // The slope of this function is taken from the sign of the output, which a negative leak
        // turns round: documented, and a derivative that is really wrong.
        let graph = Graph::new();
        let x = graph.scalar("x");
        let y = x.apply(crate::ops::LeakyRelu { leak: -0.5 });
        let values = [("x", Values::scalar(-2.0))];
        let report = check_gradient(&graph, y, &[x], &values, &CheckOptions::default()).unwrap();
        assert!(!report.passes(0.5));
        let worst = report.worst().unwrap();
        assert!((worst.numeric + 0.5).abs() < 1e-12 && worst.analytic == 1.0, "{worst}");
    }

    #[test]
    fn judges_a_small_derivative_by_its_own_size() {
        let element = |analytic| {
            let found = Differences {
                slope: 2e-4,
                largest: 1.0,
                sides: [2e-4; 2],
                lasting: true,
                uncertainty: 0.0,
            };
            found.compare("w".to_string(), 0, 0, analytic).relative_error
        };
        assert!(element(2.01e-4) > 1e-3);
        assert!(element(2.0000001e-4) < 1e-6);
        assert_eq!(element(2e-4), 0.0);
    }

    #[test]
    fn is_exact_on_smooth_expressions() {
        for (text, point) in [
            ("x^2*y/z", vec![("x", 3.0), ("y", 4.0), ("z", 2.0)]),
            ("exp(sin(10*x))", vec![("x", 0.3)]),
            ("ln(x)", vec![("x", 1e-7)]),
            ("sqrt(x)", vec![("x", 1e8)]),
            ("1e-9*tanh(x)", vec![("x", 0.5)]),
            ("1e6 + 1e-3*x", vec![("x", 0.5)]),
        ] {
            let report = check(text, &point);
            let tolerance = if text.starts_with("1e6") { 1e-5 } else { 1e-8 };
            assert!(report.passes(tolerance), "{text}: {}", report.worst().unwrap());
            assert!(report.elements.iter().all(|element| !element.kink), "{text}");
        }
    }

    #[test]
    fn steps_over_no_kink_nearby() {
        for near in [0.005, 5e-4, 3e-5, -2e-3] {
            let report = check("relu(x) + 3*abs(x) + max(x, 2*x)", &[("x", near)]);
            assert!(report.passes(1e-6), "{}", report.worst().unwrap());
            assert!(!report.elements[0].kink);
        }
    }

    #[test]
    fn takes_nothing_smooth_for_a_kink_however_flat() {
        for text in ["cos(x^2)", "1 + x^4", "1 + x^3", "exp(x^2)", "cos(x)^8"] {
            for x in [0.0, 1e-9, 1e-4] {
                let report = check(text, &[("x", x)]);
                assert!(!report.elements[0].kink && report.passes(1e-6), "{text} at {x}");
            }
        }
    }

    #[test]
    fn reports_a_kink_and_accepts_a_slope_between_the_sides() {
        for text in ["relu(x)", "abs(x)", "max(x, 3*x)", "leaky_relu(x) + x^2", "sin(x) + relu(-x)"]
        {
            let report = check(text, &[("x", 0.0)]);
            assert!(report.elements[0].kink, "{text}");
            assert!(report.passes(1e-6), "{text}: {}", report.worst().unwrap());
        }
        // 5 lies outside of [0, 1].
        let found = Differences {
            slope: 0.5,
            largest: 1.0,
            sides: [0.0, 1.0],
            lasting: true,
            uncertainty: 0.0,
        };
        assert!(found.compare("x".to_string(), 0, 0, 5.0).relative_error > 0.5);
    }

    #[test]
    fn a_derivative_that_is_not_a_number_fails() {
        let report = check("x + sqrt(y)", &[("x", 1.0), ("y", -1.0)]);
        assert!(!report.passes(1e300));
        assert!(report.worst().unwrap().relative_error.is_nan());
    }

    #[test]
    fn checks_elements_spread_over_each_value() {
        let graph = Graph::new();
        let x = graph.input("x", Shape::batch(7));
        let w = graph.parameter("w", 7, 9);
        let unused = graph.parameter("unused", 1, 3);
        let output = x.product(w).apply(Relu).mean();
        let numbers = |count: usize| (0..count).map(|k| (k as f64 * 1.7).sin()).collect();
        let values = [
            ("x", Values { rows: 5, columns: 7, numbers: numbers(35) }),
            ("w", Values { rows: 7, columns: 9, numbers: numbers(63) }),
            ("unused", Values { rows: 1, columns: 3, numbers: numbers(3) }),
        ];
        let options = CheckOptions { most: 10 };
        let report = check_gradient(&graph, output, &[w, x, unused], &values, &options).unwrap();
        assert_eq!(report.elements.len(), 23);
        assert_eq!((report.elements[0].row, report.elements[0].column), (0, 0));
        assert_eq!((report.elements[9].row, report.elements[9].column), (6, 2)); // 9 * 63 / 10
        assert!(report.elements[20..].iter().all(|it| it.analytic == 0.0 && it.numeric == 0.0));
        assert!(report.passes(1e-8), "{}", report.worst().unwrap());
    }

    #[test]
    fn refuses_a_derivative_by_something_computed() {
        let graph = Graph::new();
        let x = graph.scalar("x");
        let y = x.apply(Abs);
        let values = [("x", Values::scalar(2.0))];
        let options = CheckOptions::default();
        let error = check_gradient(&graph, y.apply(Ln), &[y], &values, &options).unwrap_err();
        assert!(error.to_string().contains("abs #1"), "{error}");
    }
}
