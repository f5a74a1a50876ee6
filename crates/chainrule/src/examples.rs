//! Rows to learn from or to be judged by.

use crate::{Error, Network};
use chainrule_graph::Number;
use chainrule_graph::Source;
use chainrule_math::Element;
use ndarray::{ArrayView2, CowArray, Ix2};
use std::borrow::Cow;

/// Inputs and what is to be predicted from them.
///
/// ```
/// use chainrule::Examples;
/// use ndarray::array;
/// let inputs = array![[0.0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Examples::classes(inputs.view(), &[0, 1, 1, 0])?;
/// assert_eq!(xor.rows(), 4);
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Examples<'a, E: Number = f32> {
    inputs: CowArray<'a, E, Ix2>,
    targets: Targets<'a, E>,
    units: &'a [f64],
    weights: Vec<f64>,
}

/// What is to be predicted.
#[derive(Clone, Debug)]
pub enum Targets<'a, E: Number = f32> {
    /// A class for each row, counted from 0.
    Classes(Cow<'a, [u32]>),
    /// A row of numbers for each row: values to be met, or 1 for every label that applies.
    Values(CowArray<'a, E, Ix2>),
}

impl<'a, E: Number> Examples<'a, E> {
    /// Rows of inputs, each with its class.
    ///
    /// # Errors
    /// When there are not as many classes as rows, or an input is not finite.
    pub fn classes(inputs: ArrayView2<'a, E>, classes: &'a [u32]) -> Result<Self, Error> {
        Self::new(inputs, Targets::Classes(Cow::Borrowed(classes)))
    }

    /// Rows of inputs, each with its row of values.
    ///
    /// # Errors
    /// When there are not as many rows of values as of inputs, or a number is not finite.
    pub fn values(inputs: ArrayView2<'a, E>, values: ArrayView2<'a, E>) -> Result<Self, Error> {
        Self::new(inputs, Targets::Values(row_major(values)))
    }

    /// Rows of inputs with either kind of target.
    ///
    /// # Errors
    /// As for [`Examples::classes`] and [`Examples::values`].
    pub fn new(inputs: ArrayView2<'a, E>, targets: Targets<'a, E>) -> Result<Self, Error> {
        let examples = Examples::of_finite(inputs, targets)?;
        require_finite("inputs", inputs)?;
        if let Targets::Values(values) = &examples.targets {
            require_finite("targets", values.view())?;
        }
        Ok(examples)
    }

    /// The same for numbers that are known to be finite, which are not looked at again: for whoever comes
    /// back with the same rows. Numbers that are not finite spread through whatever is computed from them.
    ///
    /// # Errors
    /// When there are not as many targets as rows, or none.
    pub fn of_finite(inputs: ArrayView2<'a, E>, targets: Targets<'a, E>) -> Result<Self, Error> {
        let rows = match &targets {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.nrows(),
        };
        if rows != inputs.nrows() {
            return Err(Error::Examples {
                what: "targets",
                expected: format!("one for each of the {} rows of inputs", inputs.nrows()),
                found: format!("{rows}"),
            });
        }
        if rows == 0 {
            return Err(Error::Examples {
                what: "examples",
                expected: "at least one row".to_string(),
                found: "none".to_string(),
            });
        }
        let targets = match targets {
            Targets::Values(values) if !values.is_standard_layout() => {
                Targets::Values(CowArray::from(values.as_standard_layout().into_owned()))
            }
            targets => targets,
        };
        Ok(Examples { inputs: row_major(inputs), targets, units: &[], weights: Vec::new() })
    }

    /// Reports errors of predicted values in other units: a difference of 1 in column k counts as
    /// `units[k]`. For targets that were scaled before training; no units for those that were not.
    pub fn in_units(self, units: &'a [f64]) -> Self {
        Examples { units, ..self }
    }

    /// With a weight for each row: training makes sum w l / sum w small, l being the loss of a row;
    /// judgements count every row once. Only the ratios of the weights matter: equal ones change
    /// nothing.
    ///
    /// # Errors
    /// When there are not as many weights as rows, or one is not a number of at least 0.
    pub fn weighted(self, weights: &[f64]) -> Result<Self, Error> {
        let (rows, given) = (self.rows(), weights.len());
        let refuse = |expected: &str, found: String| {
            Err(Error::Examples { what: "weights", expected: expected.to_string(), found })
        };
        if rows != given {
            return refuse(&format!("one for each of the {rows} rows"), given.to_string());
        }
        match weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            Some(row) => refuse(
                "numbers of at least 0",
                format!("{} for row {row} (counted from 0)", weights[row]),
            ),
            None if weights.iter().all(|weight| *weight == 0.0) => {
                refuse("a row that counts", "only weights of 0".to_string())
            }
            None => Ok(Examples { weights: weights.to_vec(), ..self }),
        }
    }

    /// The weight of each row; empty where they count alike.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.inputs.nrows()
    }

    /// The inputs.
    pub fn inputs(&self) -> ArrayView2<'_, E> {
        self.inputs.view()
    }

    /// The targets.
    pub fn targets(&self) -> &Targets<'a, E> {
        &self.targets
    }

    /// A copy of some of the rows, without their weights.
    ///
    /// # Panics
    /// When there is no such row.
    pub(crate) fn choose(&self, rows: &[usize]) -> Examples<'a, E> {
        let axis = ndarray::Axis(0);
        let targets = match &self.targets {
            Targets::Classes(classes) => {
                Targets::Classes(rows.iter().map(|&row| classes[row]).collect())
            }
            Targets::Values(values) => Targets::Values(values.select(axis, rows).into()),
        };
        let inputs = self.inputs.select(axis, rows).into();
        Examples { inputs, targets, units: self.units, weights: Vec::new() }
    }

    /// What a difference of 1 counts as, for each column of values; empty where it counts as 1.
    pub(crate) fn units(&self) -> &[f64] {
        self.units
    }

    /// Checks the examples against a network, and brings the targets into the form in which its
    /// output is compared with them: a single output meets the class as a number.
    pub(crate) fn fit_to(&self, network: &Network) -> Result<Fitted<'_, E>, Error> {
        if self.inputs.ncols() != network.inputs() {
            return Err(Error::Examples {
                what: "inputs",
                expected: format!("{} columns, as the network has inputs", network.inputs()),
                found: format!("{} columns", self.inputs.ncols()),
            });
        }
        network.check_levels(self.inputs.view())?;
        let outputs = network.outputs();
        let targets = match &self.targets {
            Targets::Values(values) if values.ncols() != outputs => {
                return Err(Error::Examples {
                    what: "targets",
                    expected: format!("{outputs} columns, as the network has outputs"),
                    found: format!("{} columns", values.ncols()),
                });
            }
            Targets::Values(values) => FittedTargets::Values(Cow::Borrowed(slice(values))),
            Targets::Classes(classes) => {
                let most = classes.iter().copied().max().unwrap_or(0) as usize;
                if most >= outputs.max(2) {
                    return Err(Error::Examples {
                        what: "classes",
                        expected: format!("numbers below {}, the outputs", outputs.max(2)),
                        found: format!("class {most}; give the last layer a unit for each class"),
                    });
                }
                match outputs {
                    1 => FittedTargets::Values(
                        classes.iter().map(|&class| E::from_f64(f64::from(class))).collect(),
                    ),
                    _ => FittedTargets::Classes(classes),
                }
            }
        };
        Ok(Fitted {
            inputs: slice(&self.inputs),
            columns: self.inputs.ncols(),
            targets,
            outputs,
            weights: None,
        })
    }
}

/// Examples that were checked against a network, as plain slices.
pub(crate) struct Fitted<'a, E: Number> {
    inputs: &'a [E],
    columns: usize,
    targets: FittedTargets<'a, E>,
    outputs: usize,
    weights: Option<Vec<E>>,
}

enum FittedTargets<'a, E: Number> {
    Classes(&'a [u32]),
    Values(Cow<'a, [E]>),
}

impl<'a, E: Number> Fitted<'a, E> {
    /// With a weight for each row, if there are any.
    pub(crate) fn weighted(self, weights: Option<Vec<f64>>) -> Fitted<'a, E> {
        let weights = weights.map(|weights| weights.into_iter().map(E::from_f64).collect());
        Fitted { weights, ..self }
    }
}

impl<E: Number> Fitted<'_, E> {
    /// Inputs, targets and weights as sources of a plan: the chosen rows, or the first ones from
    /// `start`. A plan that reads no weights takes the first two.
    pub(crate) fn sources<'a>(
        &'a self,
        start: usize,
        chosen: Option<&'a [u32]>,
    ) -> [Source<'a, E>; 3] {
        let (columns, outputs) = (self.columns, self.outputs);
        let inputs = Source::Rows { values: &self.inputs[start * columns..], columns, chosen };
        let targets = match &self.targets {
            FittedTargets::Classes(classes) => {
                Source::Classes { classes: &classes[start..], chosen }
            }
            FittedTargets::Values(values) => {
                Source::Rows { values: &values[start * outputs..], columns: outputs, chosen }
            }
        };
        let weights = self.weights.as_deref().map_or(&[][..], |weights| &weights[start..]);
        [inputs, targets, Source::Rows { values: weights, columns: 1, chosen }]
    }
}

/// The array with its rows one after the other, copied only if they are not so already.
pub(crate) fn row_major<E: Number>(array: ArrayView2<'_, E>) -> CowArray<'_, E, Ix2> {
    match array.is_standard_layout() {
        true => CowArray::from(array),
        false => CowArray::from(array.as_standard_layout().into_owned()),
    }
}

/// The numbers of an array in row-major order.
pub(crate) fn slice<'a, E: Number>(array: &'a CowArray<'_, E, Ix2>) -> &'a [E] {
    array.as_slice().expect("`row_major` made it contiguous")
}

/// Whether there is no NaN and no infinity.
pub(crate) fn all_finite<E: Number>(numbers: &[E]) -> bool {
    // Without stopping at the first: whole registers at a time.
    let finite = |numbers: &[E]| {
        numbers.iter().fold(true, |finite, number| finite & Element::is_finite(*number))
    };
    numbers.chunks(1 << 12).all(finite)
}

/// Refuses NaN and infinity, saying where.
pub(crate) fn require_finite<E: Number>(
    what: &'static str,
    array: ArrayView2<'_, E>,
) -> Result<(), Error> {
    if array.to_slice().is_some_and(all_finite) {
        return Ok(());
    }
    match array.indexed_iter().find(|(_, number)| !Element::is_finite(**number)) {
        None => Ok(()),
        Some(((row, column), number)) => Err(Error::Examples {
            what,
            expected: "finite numbers".to_string(),
            found: format!("{number} in row {row}, column {column} (counted from 0)"),
        }),
    }
}
