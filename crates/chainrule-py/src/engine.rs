//! A network with weights.

use crate::arrays::{RowView, Rows};
use crate::errors::{computed, raised};
use crate::files;
use crate::threads::available_threads;
use chainrule::graph::{Number, ParameterPlace};
use chainrule::math::sparse::SparseRows;
use chainrule::{Model, Network};
use ndarray::{Array2, ArrayView2};
use numpy::{Element, IntoPyArray, PyArray1, PyArrayDescr, PyArrayDyn, dtype};
use numpy::{PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A model in either precision.
#[derive(Clone)]
pub(crate) enum AnyModel {
    Single(Model<f32>),
    Double(Model<f64>),
}

/// Does the same for a model (or whatever else has two variants) in either precision.
macro_rules! in_either {
    ($type:ident, $value:expr, $name:ident => $body:expr) => {
        match $value {
            $type::Single($name) => $body,
            $type::Double($name) => $body,
        }
    };
}
pub(crate) use in_either;

/// A network with weights in one precision. Several threads may predict with it at once.
///
/// Parameters
/// ----------
/// network : str
///     The layers, as JSON.
/// double : bool
///     Whether its numbers have 64 bits instead of 32.
#[pyclass(frozen, module = "chainrule._core")]
pub(crate) struct Engine {
    // Waited for only without the interpreter's lock: a training under way holds it and asks for the
    // interpreter now and then.
    model: RwLock<AnyModel>,
    network: Network,
    is_double: bool,
    names: Vec<String>,
}

impl Engine {
    pub(crate) fn of(model: AnyModel) -> Engine {
        let network = in_either!(AnyModel, &model, model => model.network().clone());
        let names = in_either!(AnyModel, &model, model => {
            model.limit_threads(Some(available_threads()));
            model.layout().places().iter().map(|place| place.name.clone()).collect()
        });
        let is_double = matches!(model, AnyModel::Double(_));
        Engine { model: RwLock::new(model), network, is_double, names }
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    pub(crate) fn is_double(&self) -> bool {
        self.is_double
    }

    /// The model, for as long as somebody reads it.
    pub(crate) fn model(&self) -> RwLockReadGuard<'_, AnyModel> {
        // Whole values are sound wherever somebody panicked.
        self.model.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The model, for one who changes it.
    pub(crate) fn model_mut(&self) -> RwLockWriteGuard<'_, AnyModel> {
        self.model.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wrong with the number of arrays, if so.
    fn check_count(&self, found: usize) -> PyResult<()> {
        let expected = self.names.len();
        match found == expected {
            true => Ok(()),
            false => Err(PyValueError::new_err(format!(
                "expected {expected} arrays, one for each of the engine's names, found {found}"
            ))),
        }
    }

    fn read_in<'py, E: Precision>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let parameters = computed(py, || {
            let model = self.model();
            let model = E::of(&model).ok_or_else(other_precision)?;
            let places = model.layout().places().iter();
            Ok(places
                .map(|place| (place.clone(), place.read(model.parameters())))
                .collect::<Vec<_>>())
        })?;
        let array = |(place, numbers): (ParameterPlace, Vec<E>)| match is_matrix(&place) {
            true => Array2::from_shape_vec((place.rows, place.columns), numbers)
                .expect("a parameter has rows x columns numbers")
                .into_pyarray(py)
                .into_any(),
            false => numbers.into_pyarray(py).into_any(),
        };
        Ok(parameters.into_iter().map(array).collect())
    }

    fn holds_in<E: Precision>(
        &self,
        py: Python<'_>,
        arrays: &[Bound<'_, PyAny>],
    ) -> PyResult<bool> {
        let arrays = arrays.iter().map(|array| array.cast::<PyArrayDyn<E>>().ok());
        let Some(arrays) = arrays.collect::<Option<Vec<_>>>() else { return Ok(false) };
        if !arrays.iter().all(|array| array.is_c_contiguous()) {
            return Ok(false);
        }
        let shapes: Vec<Vec<usize>> = arrays.iter().map(|array| array.shape().to_vec()).collect();
        let arrays: Vec<_> = arrays.iter().map(|array| array.readonly()).collect();
        let numbers: Vec<&[E]> =
            arrays.iter().map(|array| array.as_slice()).collect::<Result<_, _>>()?;
        computed(py, || {
            let model = self.model();
            let model = E::of(&model).ok_or_else(other_precision)?;
            let mut places = model.layout().places().iter().zip(shapes.iter().zip(&numbers));
            Ok(places.all(|(place, (shape, numbers))| {
                fits(place, shape) && place.holds(model.parameters(), numbers)
            }))
        })
    }

    fn outputs<E: Precision>(
        &self,
        py: Python<'_>,
        inputs: &Bound<'_, PyAny>,
        check_finite: bool,
    ) -> PyResult<Array2<E>> {
        let rows = Rows::<E>::read(inputs)?;
        let view = rows.view()?;
        computed(py, || {
            let model = self.model();
            outputs(E::of(&model).ok_or_else(other_precision)?, view, check_finite)
        })
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new(network: &str, double: bool) -> PyResult<Engine> {
        let network: Network = serde_json::from_str(network).map_err(|error| {
            PyValueError::new_err(format!("the network is described wrongly: {error}"))
        })?;
        Ok(Engine::of(match double {
            true => AnyModel::Double(network.build(0).map_err(raised)?),
            false => AnyModel::Single(network.build(0).map_err(raised)?),
        }))
    }

    /// The names of all parameters and states, in their order.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// The type of its numbers.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyArrayDescr> {
        if self.is_double { dtype::<f64>(py) } else { dtype::<f32>(py) }
    }

    /// Copies of all parameters and states, in the order of their names.
    fn read<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        if self.is_double { self.read_in::<f64>(py) } else { self.read_in::<f32>(py) }
    }

    /// Replaces all parameters and states, in the order of their names.
    fn write(&self, py: Python<'_>, arrays: Vec<Bound<'_, PyAny>>) -> PyResult<()> {
        self.check_count(arrays.len())?;
        let arrays: Vec<Numbers> = arrays.iter().map(Numbers::read).collect::<Result<_, _>>()?;
        computed(py, || {
            in_either!(AnyModel, &mut *self.model_mut(), model => {
                let places = model.layout().places().to_vec();
                if let Some((place, array)) =
                    places.iter().zip(&arrays).find(|(place, array)| !fits(place, array.shape()))
                {
                    return Err(PyValueError::new_err(format!(
                        "{} takes {} x {} numbers, found an array of shape {:?}",
                        place.name, place.rows, place.columns, array.shape()
                    )));
                }
                for (place, array) in places.iter().zip(&arrays) {
                    place.write(model.parameters_mut(), &array.numbers());
                }
                Ok(())
            })
        })
    }

    /// Whether its parameters and states are these, bit by bit.
    fn holds(&self, py: Python<'_>, arrays: Vec<Bound<'_, PyAny>>) -> PyResult<bool> {
        self.check_count(arrays.len())?;
        match self.is_double {
            true => self.holds_in::<f64>(py, &arrays),
            false => self.holds_in::<f32>(py, &arrays),
        }
    }

    /// The outputs for rows of inputs.
    #[pyo3(signature = (inputs, check_finite = true))]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        inputs: &Bound<'py, PyAny>,
        check_finite: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self.is_double {
            true => self.outputs::<f64>(py, inputs, check_finite)?.into_pyarray(py).into_any(),
            false => self.outputs::<f32>(py, inputs, check_finite)?.into_pyarray(py).into_any(),
        })
    }

    /// The class of each row: that of the largest output, the first of equals; for one output whether it
    /// is above one half.
    #[pyo3(signature = (inputs, check_finite = true))]
    fn predict_classes<'py>(
        &self,
        py: Python<'py>,
        inputs: &Bound<'py, PyAny>,
        check_finite: bool,
    ) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let classes = match self.is_double {
            true => classes(&self.outputs::<f64>(py, inputs, check_finite)?),
            false => classes(&self.outputs::<f32>(py, inputs, check_finite)?),
        };
        Ok(classes.into_pyarray(py))
    }

    /// Writes the command line's model file; the description is JSON.
    fn save(&self, py: Python<'_>, path: PathBuf, description: &str) -> PyResult<()> {
        let description = files::read_description(description)?;
        computed(py, move || {
            let model = self.model().clone();
            in_either!(AnyModel, model, model => files::save(model, &path, description))
        })
    }

    /// Reads such a file: the engine, and a description as JSON.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<(Engine, String)> {
        computed(py, move || files::load(&path))
    }

    /// Predicts with so many threads at most, or with those that there are.
    fn set_threads(&self, py: Python<'_>, threads: Option<usize>) -> PyResult<()> {
        computed(py, || {
            let threads = threads.unwrap_or_else(available_threads);
            in_either!(AnyModel, &*self.model(), model => model.limit_threads(Some(threads)));
            Ok(())
        })
    }
}

/// A precision that models come in.
trait Precision: Number + Element {
    /// The model, if it is of this precision.
    fn of(model: &AnyModel) -> Option<&Model<Self>>;
}

impl Precision for f32 {
    fn of(model: &AnyModel) -> Option<&Model<f32>> {
        if let AnyModel::Single(model) = model { Some(model) } else { None }
    }
}

impl Precision for f64 {
    fn of(model: &AnyModel) -> Option<&Model<f64>> {
        if let AnyModel::Double(model) = model { Some(model) } else { None }
    }
}

fn other_precision() -> PyErr {
    PyTypeError::new_err("the numbers are not of the engine's precision")
}

fn outputs<E: Number>(model: &Model<E>, rows: RowView<'_, E>, check: bool) -> PyResult<Array2<E>> {
    let predict = |inputs: ArrayView2<'_, E>| match check {
        true => model.predict(inputs).map_err(raised),
        false => model.predict_of_finite(inputs).map_err(raised),
    };
    let sparse = match rows {
        RowView::Dense(matrix) => return predict(matrix),
        RowView::Sparse(sparse) => sparse,
    };
    let (offsets, columns) = (sparse.offsets()?, sparse.columns()?);
    let rows = SparseRows { offsets: &offsets, columns: &columns, numbers: sparse.numbers() };
    if sparse.width() != model.network().inputs() {
        return Err(PyValueError::new_err(format!(
            "expected {} columns, as the network has inputs, found {}",
            model.network().inputs(),
            sparse.width()
        )));
    }
    if check && !rows.numbers.iter().all(|number| number.to_f64().is_finite()) {
        return Err(PyValueError::new_err("expected finite inputs"));
    }
    model.predict_sparse(rows).map_err(raised)
}

fn classes<E: Number>(outputs: &Array2<E>) -> Vec<i64> {
    let largest = |row: ndarray::ArrayView1<'_, E>| {
        let mut best = 0;
        for (column, number) in row.iter().enumerate() {
            if *number > row[best] {
                best = column;
            }
        }
        best as i64
    };
    match outputs.ncols() {
        1 => outputs.iter().map(|output| i64::from(output.to_f64() > 0.5)).collect(),
        _ => outputs.rows().into_iter().map(largest).collect(),
    }
}

/// Whether it is kept as a matrix rather than as a list.
fn is_matrix(place: &ParameterPlace) -> bool {
    place.name.ends_with(".weight")
}

/// Whether an array of this shape holds the parameter.
fn fits(place: &ParameterPlace, shape: &[usize]) -> bool {
    match is_matrix(place) {
        true => shape == [place.rows, place.columns],
        false => shape == [place.columns],
    }
}

/// A copy of numbers of either precision, row by row.
enum Numbers {
    Single(Vec<usize>, Vec<f32>),
    Double(Vec<usize>, Vec<f64>),
}

impl Numbers {
    fn read(object: &Bound<'_, PyAny>) -> PyResult<Numbers> {
        if let Ok(array) = object.cast::<PyArrayDyn<f32>>() {
            let array = aligned(array)?;
            return Ok(Numbers::Single(
                array.shape().to_vec(),
                array.readonly().as_array().iter().copied().collect(),
            ));
        }
        let Ok(array) = object.cast::<PyArrayDyn<f64>>() else {
            return Err(PyTypeError::new_err("expected arrays of float32 or float64"));
        };
        let array = aligned(array)?;
        Ok(Numbers::Double(
            array.shape().to_vec(),
            array.readonly().as_array().iter().copied().collect(),
        ))
    }

    fn shape(&self) -> &[usize] {
        match self {
            Numbers::Single(shape, _) | Numbers::Double(shape, _) => shape,
        }
    }

    /// In this precision.
    fn numbers<E: Number>(&self) -> Vec<E> {
        match self {
            Numbers::Single(_, numbers) => {
                numbers.iter().map(|&number| E::from_f64(f64::from(number))).collect()
            }
            Numbers::Double(_, numbers) => {
                numbers.iter().map(|&number| E::from_f64(number)).collect()
            }
        }
    }
}

/// The array, whose numbers may be read where they lie.
fn aligned<'a, 'py, E: Element>(
    array: &'a Bound<'py, PyArrayDyn<E>>,
) -> PyResult<&'a Bound<'py, PyArrayDyn<E>>> {
    match array.is_aligned() {
        true => Ok(array),
        false => Err(PyTypeError::new_err("expected arrays that are aligned")),
    }
}
