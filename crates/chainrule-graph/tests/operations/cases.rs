//! Every operation, in every form and on shapes that reach every way through the kernels.

use crate::naive::{self, at, build};
use chainrule_graph::ops::{self, Binary, Function};
use chainrule_graph::{Graph, Shape, Symbol, Values};
use chainrule_math::random::Stream;
use chainrule_math::{Extent, Form};

/// Which numbers an input takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Domain {
    /// Around 0.
    Any,
    /// From 0.3 to 3.
    Positive,
    /// From 0.3 to 2.3, of either sign: away from kinks and poles at 0.
    AwayFromZero,
    /// Row numbers below this one; nothing is differentiated by them.
    Index(usize),
}
use Domain::*;

type Build = Box<dyn for<'g> Fn(&[Symbol<'g>]) -> Symbol<'g>>;
type Naive = Box<dyn Fn(&[Values]) -> Values>;

/// One operation on inputs of certain shapes.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) inputs: Vec<(Shape, Domain)>,
    pub(crate) build: Build,
    /// The value by its definition; nothing for what is random.
    pub(crate) naive: Option<Naive>,
}

impl Case {
    /// Records the inputs and the operation.
    pub(crate) fn record<'g>(&self, graph: &'g Graph) -> (Vec<Symbol<'g>>, Symbol<'g>) {
        let inputs: Vec<Symbol<'g>> = self
            .inputs
            .iter()
            .enumerate()
            .map(|(number, (shape, _))| {
                let name = format!("x{number}");
                match shape.rows {
                    // Parameters and states come another way into the machine than inputs do.
                    Extent::Fixed(rows) if number > 1 => graph.state(&name, rows, shape.columns),
                    Extent::Fixed(rows) if number > 0 => {
                        graph.parameter(&name, rows, shape.columns)
                    }
                    _ => graph.input(&name, *shape),
                }
            })
            .collect();
        let output = (self.build)(&inputs);
        (inputs, output)
    }

    /// Random values for the inputs in a batch of `rows`.
    pub(crate) fn draw(&self, rows: usize, stream: &mut Stream) -> Vec<Values> {
        let inputs = self.inputs.iter();
        inputs.map(|&(shape, domain)| draw(shape, domain, rows, stream)).collect()
    }

    /// Which inputs have derivatives.
    pub(crate) fn by<'g>(&self, inputs: &[Symbol<'g>]) -> Vec<Symbol<'g>> {
        let both = inputs.iter().zip(&self.inputs);
        both.filter(|(_, (_, domain))| !matches!(domain, Index(_))).map(|(x, _)| *x).collect()
    }
}

pub(crate) fn draw(shape: Shape, domain: Domain, rows: usize, stream: &mut Stream) -> Values {
    let mut number = || match domain {
        Any => stream.normal(),
        Positive => 0.3 + 2.7 * stream.uniform(),
        AwayFromZero => (0.3 + 2.0 * stream.uniform()) * [1.0, -1.0][stream.below(2) as usize],
        Index(count) => f64::from(stream.below(count as u32)),
    };
    let (rows, columns) = (shape.rows.rows(rows), shape.columns);
    Values { rows, columns, numbers: (0..rows * columns).map(|_| number()).collect() }
}

/// Every elementwise function; powers with several exponents.
pub(crate) fn functions() -> Vec<Function> {
    let mut functions: Vec<Function> = vec![
        ops::Identity.into(),
        ops::Negate.into(),
        ops::Exp.into(),
        ops::Ln.into(),
        ops::Expm1.into(),
        ops::Log1p.into(),
        ops::Sqrt.into(),
        ops::Abs.into(),
        ops::Sin.into(),
        ops::Cos.into(),
        ops::Erf.into(),
        ops::Threshold.into(),
        ops::Heaviside.into(),
        ops::Sigmoid.into(),
        ops::Tanh.into(),
        ops::Relu.into(),
        ops::LeakyRelu { leak: 0.01 }.into(),
        ops::LeakyRelu { leak: 0.3 }.into(),
        ops::Elu { alpha: 1.0 }.into(),
        ops::Elu { alpha: 0.4 }.into(),
        ops::Selu.into(),
        ops::Gelu.into(),
        ops::GeluTanh.into(),
        ops::Mish.into(),
        ops::Silu.into(),
        ops::Softplus.into(),
    ];
    let exponents = [0.0, 1.0, 2.0, 3.0, 5.0, -1.0, -2.0, 0.5, 2.5, -1.5];
    functions.extend(exponents.map(|exponent| Function::from(ops::Power { exponent })));
    functions
}

pub(crate) const BINARIES: [Binary; 9] = [
    Binary::Add,
    Binary::Subtract,
    Binary::Multiply,
    Binary::Divide,
    Binary::Power,
    Binary::Maximum,
    Binary::Minimum,
    Binary::Greater,
    Binary::LogAddExp,
];

fn case(
    name: impl Into<String>,
    inputs: &[(Shape, Domain)],
    build: impl for<'g> Fn(&[Symbol<'g>]) -> Symbol<'g> + 'static,
    naive: impl Fn(&[Values]) -> Values + 'static,
) -> Case {
    let shapes: Vec<String> = inputs.iter().map(|(shape, _)| shape.to_string()).collect();
    Case {
        name: format!("{} of {}", name.into(), shapes.join(" and ")),
        inputs: inputs.to_vec(),
        build: Box::new(build),
        naive: Some(Box::new(naive)),
    }
}

/// Wider than a panel of f64 (8) and of f32 (16), and of one row or column.
fn shapes() -> Vec<Shape> {
    let fixed = [(1, 1), (1, 19), (3, 1), (7, 13)];
    let mut shapes: Vec<Shape> = fixed.map(|(r, c)| Shape::matrix(r, c)).into();
    shapes.extend([Shape::batch(1), Shape::batch(5), Shape::batch(33)]);
    shapes
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    elementwise(&mut cases);
    matrices(&mut cases);
    reductions(&mut cases);
    moves(&mut cases);
    cases
}

fn elementwise(cases: &mut Vec<Case>) {
    for function in functions() {
        let domain = match function {
            Function::Ln(_) | Function::Sqrt(_) | Function::Log1p(_) => Positive,
            Function::Power(ops::Power { exponent }) if exponent.fract() != 0.0 => Positive,
            _ => AwayFromZero,
        };
        for shape in [Shape::SCALAR, Shape::matrix(3, 19), Shape::batch(5)] {
            cases.push(case(
                format!("{function:?}"),
                &[(shape, domain)],
                move |x| x[0].apply(function),
                move |x| naive::zip(x, |x| naive::function(function, x[0])),
            ));
        }
    }
    let matrix = Shape::matrix;
    let pairs = [
        (Shape::SCALAR, Shape::SCALAR),
        (matrix(7, 13), matrix(7, 13)),
        (matrix(7, 19), matrix(1, 19)),
        (matrix(1, 19), matrix(3, 19)),
        (matrix(3, 1), matrix(3, 9)),
        (matrix(3, 1), matrix(1, 9)),
        (Shape::batch(17), Shape::batch(17)),
        (Shape::batch(17), matrix(1, 17)),
        (Shape::batch(1), matrix(1, 17)),
        (matrix(1, 5), Shape::batch(1)),
        (Shape::SCALAR, Shape::batch(9)),
        (Shape::batch(9), Shape::SCALAR),
    ];
    for binary in BINARIES {
        let domains = match binary {
            Binary::Divide => (Any, AwayFromZero),
            Binary::Power => (Positive, Any),
            _ => (Any, Any),
        };
        for (a, b) in pairs {
            cases.push(case(
                format!("{binary:?}"),
                &[(a, domains.0), (b, domains.1)],
                move |x| x[0].binary(binary, x[1]),
                move |x| naive::zip(x, |x| naive::binary(binary, x[0], x[1])),
            ));
        }
    }
    for [mask, yes, no] in [
        [matrix(7, 13); 3],
        [Shape::batch(1), Shape::batch(9), matrix(1, 9)],
        [matrix(1, 9), Shape::SCALAR, Shape::batch(9)],
    ] {
        cases.push(case(
            "select",
            &[(mask, AwayFromZero), (yes, Any), (no, Any)],
            |x| x[0].choose(x[1], x[2]),
            |x| naive::zip(x, |x| if x[0] > 0.0 { x[1] } else { x[2] }),
        ));
    }
    for (from, to) in [
        (matrix(1, 13), matrix(5, 13)),
        (matrix(5, 1), matrix(5, 13)),
        (Shape::SCALAR, Shape::batch(9)),
        (Shape::batch(1), Shape::batch(17)),
        (matrix(1, 17), Shape::batch(17)),
    ] {
        // Beside the batch itself, whose size the definition needs.
        cases.push(case(
            format!("broadcast to {to}"),
            &[(from, Any), (to, Any)],
            move |x| x[0].broadcast_to(to) * x[1],
            |x| naive::zip(x, |x| x[0] * x[1]),
        ));
    }
    for shape in shapes() {
        cases.push(Case {
            naive: None,
            ..case(
                "dropout",
                &[(shape, Any)],
                |x| x[0] * x[0].dropout_mask(0.4, 3),
                |x| x[0].clone(),
            )
        });
    }
}

fn matrices(cases: &mut Vec<Case>) {
    let matrix = Shape::matrix;
    for [rows, terms, columns] in [[1, 1, 1], [3, 5, 2], [7, 19, 9], [20, 33, 17], [1, 9, 40]] {
        let plain = move |x: &[Values]| {
            naive::product(
                [x[0].rows, terms, columns],
                |r, t| at(&x[0], r, t),
                |t, c| x[1].numbers[t * columns + c],
            )
        };
        for left in [matrix(rows, terms), Shape::batch(terms)] {
            let right = matrix(terms, columns);
            cases.push(case(
                "product",
                &[(left, Any), (right, Any)],
                |x| x[0].product(x[1]),
                plain,
            ));
            let right = matrix(columns, terms);
            cases.push(case(
                "product, right transposed",
                &[(left, Any), (right, Any)],
                |x| x[0].product_as(Form::TransposedRight, x[1]),
                move |x| {
                    naive::product(
                        [x[0].rows, terms, columns],
                        |r, t| at(&x[0], r, t),
                        |t, c| x[1].numbers[c * terms + t],
                    )
                },
            ));
        }
        let transposed_left = move |x: &[Values]| {
            naive::product(
                [x[0].columns, x[0].rows, x[1].columns],
                |r, t| x[0].numbers[t * x[0].columns + r],
                |t, c| x[1].numbers[t * x[1].columns + c],
            )
        };
        for (left, right) in [
            (matrix(terms, rows), matrix(terms, columns)),
            (Shape::batch(terms), Shape::batch(columns)),
        ] {
            cases.push(case(
                "product, left transposed",
                &[(left, Any), (right, Any)],
                |x| x[0].product_as(Form::TransposedLeft, x[1]),
                transposed_left,
            ));
        }
    }
    for shape in [Shape::SCALAR, matrix(1, 19), matrix(3, 1), matrix(7, 13), matrix(40, 20)] {
        cases.push(case(
            "transpose",
            &[(shape, Any)],
            |x| x[0].transpose(),
            |x| build(x[0].columns, x[0].rows, |row, column| at(&x[0], column, row)),
        ));
    }
}

fn reductions(cases: &mut Vec<Case>) {
    let columns_of = |x: &Values, column: usize| -> Vec<f64> {
        (0..x.rows).map(|row| at(x, row, column)).collect()
    };
    let sum = |numbers: &[f64]| numbers.iter().sum::<f64>();
    let mean = move |numbers: &[f64]| sum(numbers) / numbers.len() as f64;
    type OfRow = fn(&[f64]) -> f64;
    for shape in shapes() {
        let input = [(shape, Any)];
        let number = |number: f64| build(1, 1, |_, _| number);
        let by_row = |of_row: OfRow| {
            move |x: &[Values]| build(x[0].rows, 1, |row, _| of_row(naive::row(&x[0], row)))
        };
        let by_element = |of_row: OfRow, formula: fn(f64, f64) -> f64| {
            move |x: &[Values]| {
                build(x[0].rows, x[0].columns, |row, column| {
                    formula(at(&x[0], row, column), of_row(naive::row(&x[0], row)))
                })
            }
        };
        let plain_sum: OfRow = |numbers| numbers.iter().sum();
        let plain_mean: OfRow = |numbers| numbers.iter().sum::<f64>() / numbers.len() as f64;
        cases.extend([
            case("sum", &input, |x| x[0].sum(), move |x| number(sum(&x[0].numbers))),
            case("mean", &input, |x| x[0].mean(), move |x| number(mean(&x[0].numbers))),
            case(
                "sum over rows",
                &input,
                |x| x[0].sum_rows(),
                move |x| build(1, x[0].columns, |_, column| sum(&columns_of(&x[0], column))),
            ),
            case(
                "mean over rows",
                &input,
                |x| x[0].mean_rows(),
                move |x| build(1, x[0].columns, |_, column| mean(&columns_of(&x[0], column))),
            ),
            case("sum over columns", &input, |x| x[0].sum_columns(), by_row(plain_sum)),
            case("mean over columns", &input, |x| x[0].mean_columns(), by_row(plain_mean)),
            case("log-sum-exp", &input, |x| x[0].log_sum_exp(), by_row(naive::log_sum_exp)),
            case(
                "softmax",
                &input,
                |x| x[0].softmax(),
                by_element(naive::log_sum_exp, |x, sum| (x - sum).exp()),
            ),
            case(
                "log-softmax",
                &input,
                |x| x[0].log_softmax(),
                by_element(naive::log_sum_exp, |x, sum| x - sum),
            ),
        ]);
    }
}

fn moves(cases: &mut Vec<Case>) {
    let matrix = Shape::matrix;
    for (shape, start, columns) in [
        (matrix(3, 5), 0, 5),
        (matrix(3, 5), 4, 1),
        (matrix(1, 40), 7, 18),
        (Shape::batch(9), 2, 7),
        (Shape::batch(33), 16, 17),
    ] {
        cases.push(case(
            format!("slice {start}..{}", start + columns),
            &[(shape, Any)],
            move |x| x[0].slice_columns(start, columns),
            move |x| {
                build(x[0].rows, columns, |row, column| at_exactly(&x[0], row, start + column))
            },
        ));
        let part = Shape { columns, ..shape };
        cases.push(case(
            format!("pad from {start} to {}", shape.columns),
            &[(part, Any)],
            move |x| x[0].pad_columns(start, shape.columns),
            move |x| {
                build(x[0].rows, shape.columns, |row, column| {
                    match (start..start + columns).contains(&column) {
                        true => at_exactly(&x[0], row, column - start),
                        false => 0.0,
                    }
                })
            },
        ));
    }
    for (a, b) in [
        (matrix(3, 1), matrix(3, 1)),
        (matrix(1, 9), matrix(1, 19)),
        (Shape::batch(5), Shape::batch(30)),
        (Shape::batch(16), Shape::batch(1)),
    ] {
        cases.push(case(
            "concatenate",
            &[(a, Any), (b, Any)],
            |x| x[0].concatenate(x[1]),
            |x| {
                build(x[0].rows, x[0].columns + x[1].columns, |row, column| {
                    match column.checked_sub(x[0].columns) {
                        None => at_exactly(&x[0], row, column),
                        Some(column) => at_exactly(&x[1], row, column),
                    }
                })
            },
        ));
    }
    for (table_rows, columns, rows) in [
        (1, 1, Extent::Fixed(3)),
        (6, 19, Extent::Fixed(1)),
        (6, 5, Extent::Batch),
        (40, 17, Extent::Batch),
    ] {
        let index = (Shape { rows, columns: 1 }, Index(table_rows));
        cases.push(case(
            "gather rows",
            &[(matrix(table_rows, columns), Any), index],
            |x| x[0].gather_rows(x[1]),
            move |x| {
                build(x[1].rows, columns, |row, column| {
                    at_exactly(&x[0], x[1].numbers[row] as usize, column)
                })
            },
        ));
        cases.push(case(
            format!("scatter-add to {table_rows} rows"),
            &[(Shape { rows, columns }, Any), index],
            move |x| x[0].scatter_add_rows(x[1], table_rows),
            move |x| {
                build(table_rows, columns, |to, column| {
                    let from = (0..x[0].rows).filter(|&row| x[1].numbers[row] as usize == to);
                    from.map(|row| at_exactly(&x[0], row, column)).sum()
                })
            },
        ));
    }
}

fn at_exactly(x: &Values, row: usize, column: usize) -> f64 {
    x.numbers[row * x.columns + column]
}
