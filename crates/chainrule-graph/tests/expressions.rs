//! Whatever a person types: random expressions are read as they were meant, and their derivatives
//! agree with differences.

use chainrule_graph::{CheckOptions, Graph, Symbol, Trace, Values, check_gradient, parse};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::fmt;

#[derive(Clone, Debug)]
enum Expression {
    Number(f64),
    Variable(&'static str),
    Negate(Box<Expression>),
    Binary(char, Box<Expression>, Box<Expression>),
    Call(&'static str, Vec<Expression>),
}
use Expression::{Binary, Call, Negate, Number, Variable};

impl Expression {
    /// How strongly its outermost operator binds.
    fn strength(&self) -> u32 {
        match self {
            Binary('+' | '-', ..) => 1,
            Binary('*' | '/', ..) => 2,
            Negate(_) => 3,
            Binary(..) => 4,
            Number(_) | Variable(_) | Call(..) => 5,
        }
    }

    /// Written with no bracket that is not needed, so that reading it must know the rules.
    fn write(&self, formatter: &mut fmt::Formatter<'_>, needed: u32) -> fmt::Result {
        if self.strength() < needed {
            formatter.write_str("(")?;
            self.write(formatter, 0)?;
            return formatter.write_str(")");
        }
        match self {
            Number(number) => write!(formatter, "{number}"),
            Variable(name) => formatter.write_str(name),
            Negate(inner) => {
                formatter.write_str("-")?;
                inner.write(formatter, 3)
            }
            Binary(operator, left, right) => {
                let (on_left, on_right) = match operator {
                    '+' | '-' => (1, 2),
                    '*' | '/' => (2, 3),
                    _ => (5, 3),
                };
                left.write(formatter, on_left)?;
                write!(formatter, "{operator}")?;
                right.write(formatter, on_right)
            }
            Call(name, arguments) => {
                write!(formatter, "{name}(")?;
                for (index, argument) in arguments.iter().enumerate() {
                    formatter.write_str(if index > 0 { ", " } else { "" })?;
                    argument.write(formatter, 0)?;
                }
                formatter.write_str(")")
            }
        }
    }

    /// Its value; nothing where an intermediate value is large (differences would lose it in
    /// rounding) or near a kink (they would step over it).
    fn value(&self, point: &[(&str, f64)]) -> Option<f64> {
        let away = |distance: f64| (distance.abs() > 0.05).then_some(());
        let value = match self {
            Number(number) => *number,
            Variable(name) => point.iter().find(|(known, _)| known == name)?.1,
            Negate(inner) => -inner.value(point)?,
            Binary(operator, left, right) => {
                let (left, right) = (left.value(point)?, right.value(point)?);
                match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    '/' => left / right,
                    _ => left.powf(right),
                }
            }
            Call(name, arguments) => {
                let x = arguments[0].value(point)?;
                let softplus = (1.0 + x.exp()).ln();
                match *name {
                    "exp" => x.exp(),
                    "ln" => x.ln(),
                    "sqrt" => x.sqrt(),
                    "sin" => x.sin(),
                    "cos" => x.cos(),
                    "erf" => libm::erf(x),
                    "expm1" => x.exp() - 1.0,
                    "log1p" => (1.0 + x).ln(),
                    "sigmoid" => 1.0 / (1.0 + (-x).exp()),
                    "tanh" => x.tanh(),
                    "softplus" => softplus,
                    "mish" => x * softplus.tanh(),
                    "silu" => x / (1.0 + (-x).exp()),
                    "gelu" => 0.5 * x * (1.0 + libm::erf(x / 2f64.sqrt())),
                    "log_sum_exp" | "softmax" | "log_softmax" | "cross_entropy" => {
                        let other = arguments[1].value(point)?;
                        let sum = (x.exp() + other.exp()).ln();
                        match *name {
                            "log_sum_exp" => sum,
                            "softmax" => (x - sum).exp(),
                            "log_softmax" => x - sum,
                            _ => sum - x,
                        }
                    }
                    "binary_cross_entropy" => {
                        let p = 1.0 / (1.0 + (-arguments[1].value(point)?).exp());
                        -(x * p.ln() + (1.0 - x) * (1.0 - p).ln())
                    }
                    "mean_squared_error" => (x - arguments[1].value(point)?).powi(2),
                    "half_sum_of_squares" => (x - arguments[1].value(point)?).powi(2) / 2.0,
                    "max" | "min" => {
                        let other = arguments[1].value(point)?;
                        away(x - other)?;
                        if *name == "max" { x.max(other) } else { x.min(other) }
                    }
                    "abs" | "relu" | "elu" | "leaky_relu" => {
                        away(x)?;
                        match *name {
                            "abs" => x.abs(),
                            "relu" => x.max(0.0),
                            "elu" if x < 0.0 => x.exp_m1(),
                            "leaky_relu" if x < 0.0 => 0.25 * x,
                            _ => x,
                        }
                    }
                    _ => unreachable!("{name}"),
                }
            }
        };
        (value.abs() < 30.0).then_some(value)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(formatter, 0)
    }
}

fn join(operator: char, left: Expression, right: Expression) -> Expression {
    Binary(operator, Box::new(left), Box::new(right))
}

/// x^2 + offset: above 0.
fn above(x: Expression, offset: f64) -> Expression {
    join('+', join('^', x, Number(2.0)), Number(offset))
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        4 => prop::sample::select(vec!["x", "y", "z"]).prop_map(Variable),
        1 => prop::sample::select(vec![0.5, 1.25, 2.0, 3.0]).prop_map(Number),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        let smooth =
            vec!["sin", "cos", "erf", "sigmoid", "tanh", "softplus", "mish", "silu", "gelu"];
        let of_two = vec![
            "log_sum_exp",
            "softmax",
            "log_softmax",
            "cross_entropy",
            "binary_cross_entropy",
            "mean_squared_error",
            "half_sum_of_squares",
        ];
        let with_kink = vec!["abs", "relu", "elu"];
        let call = |name, x| Call(name, vec![x]);
        prop_oneof![
            (prop::sample::select(vec!['+', '-', '*']), pair.clone())
                .prop_map(|(operator, (a, b))| join(operator, a, b)),
            pair.clone().prop_map(|(a, b)| join('/', a, above(b, 0.7))),
            pair.clone().prop_map(|(a, b)| join('^', above(a, 0.5), b)),
            (inner.clone(), prop::sample::select(vec![2.0, 3.0, 1.0]))
                .prop_map(|(a, exponent)| join('^', a, Number(exponent))),
            inner.clone().prop_map(|a| join('^', above(a, 0.6), Negate(Box::new(Number(1.5))))),
            inner.clone().prop_map(|a| Negate(Box::new(a))),
            (prop::sample::select(smooth), inner.clone()).prop_map(move |(name, a)| call(name, a)),
            (prop::sample::select(with_kink), inner.clone())
                .prop_map(move |(name, a)| call(name, a)),
            inner.clone().prop_map(|a| Call("leaky_relu", vec![a, Number(0.25)])),
            (prop::sample::select(of_two), pair.clone())
                .prop_map(move |(name, (a, b))| Call(name, vec![a, call("sin", b)])),
            (prop::sample::select(vec!["max", "min"]), pair)
                .prop_map(|(name, (a, b))| Call(name, vec![a, b])),
            (prop::sample::select(vec!["ln", "sqrt", "log1p"]), inner.clone())
                .prop_map(move |(name, a)| call(name, above(a, 0.4))),
            (prop::sample::select(vec!["exp", "expm1"]), inner)
                .prop_map(move |(name, a)| call(name, call("sin", a))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 100_000,
        failure_persistence: None,
        // The same expressions each time: a change is judged, not the luck of the draw.
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::with_cases(1500)
    })]

    #[test]
    fn what_is_typed_has_its_value_and_its_derivatives(
        expression in expression(),
        x in -2.0..2.0,
        y in -2.0..2.0,
        z in -2.0..2.0,
    ) {
        let point = [("x", x), ("y", y), ("z", z)];
        let expected = expression.value(&point);
        prop_assume!(expected.is_some());
        let expected = expected.unwrap();
        let text = expression.to_string();
        let graph = Graph::new();
        let parsed = parse(&graph, &text).unwrap();
        let by: Vec<Symbol<'_>> = parsed.variables.iter().map(|&(_, symbol)| symbol).collect();
        let used: Vec<(&str, f64)> = point
            .into_iter()
            .filter(|(name, _)| parsed.variables.iter().any(|(known, _)| known == name))
            .collect();
        let value = graph.evaluate(&[parsed.result], &used).unwrap()[0];
        prop_assert!((value - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{text}: {value}");
        let values: Vec<(&str, Values)> =
            used.iter().map(|&(name, number)| (name, Values::scalar(number))).collect();
        let options = CheckOptions::default();
        let report = check_gradient(&graph, parsed.result, &by, &values, &options).unwrap();
        if let Some(worst) = report.worst() {
            prop_assert!(report.passes(1e-6), "{text}: {worst}");
            prop_assert!(report.elements.iter().all(|element| !element.kink), "{text}: {worst}");
        }
        for derivative in graph.gradient(parsed.result, &by).unwrap() {
            // A derivative that is a number does not read the inputs.
            let derivative = derivative + graph.constant(0.0);
            let report = check_gradient(&graph, derivative, &by, &values, &options).unwrap();
            for element in &report.elements {
                let error = (element.analytic - element.numeric).abs();
                let bound = 1e-6 * element.analytic.abs().max(1.0);
                prop_assert!(error <= bound, "second derivative of {text}: {element}");
            }
        }
        let graph = Graph::new();
        let parsed = parse(&graph, &text).unwrap();
        let by: Vec<Symbol<'_>> = parsed.variables.iter().map(|&(_, symbol)| symbol).collect();
        let trace = Trace::new(&graph, parsed.result, &used).unwrap();
        prop_assert_eq!(trace.outcome().value, value);
        let gradient = graph.gradient(parsed.result, &by).unwrap();
        let gradient = graph.evaluate(&gradient, &used).unwrap();
        for (step, expected) in trace.given().zip(gradient) {
            prop_assert_eq!(step.gradient.unwrap_or(0.0), expected, "{}", text);
        }
        for step in trace.steps.iter().filter(|step| !step.paths.is_empty()) {
            let products = step.paths.iter().map(|path| path.product);
            let sum = products.reduce(|sum, product| sum + product);
            prop_assert_eq!(sum, step.gradient, "{}", text);
            for path in &step.paths {
                prop_assert_eq!(path.product, path.incoming * path.local, "{}", text);
                prop_assert_eq!(Some(path.incoming), trace.steps[path.through].gradient);
            }
        }
    }
}
