//! Steps of a training that Python directs.

use crate::arrays::{Indices, RowView, Rows, Wanted, chosen};
use crate::engine::{AnyModel, Engine, in_either};
use crate::errors::{computed, raised};
use crate::threads::Share;
use chainrule::graph::Number;
use chainrule::train::{PassLoss, Passes};
use chainrule::{Error, Examples, Model, Network, Targets};
use numpy::{Element, IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::{PyRuntimeError, PyValueError, PyZeroDivisionError};
use pyo3::prelude::*;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long signals may wait.
const BETWEEN_SIGNALS: Duration = Duration::from_millis(20);

/// Steps under some settings, on one engine.
///
/// Parameters
/// ----------
/// engine : Engine
///     What learns.
/// settings : str
///     JSON of those settings that are not the usual ones.
/// weighted : bool
///     Whether rows have weights.
/// threads : int or None
///     Threads at most; without, those that nobody else in this process trains with.
#[pyclass(frozen, module = "chainrule._core")]
pub(crate) struct Training {
    engine: Py<Engine>,
    settings: chainrule::Training,
    weighted: bool,
    threads: Option<usize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    passes: Option<AnyPasses>,
    /// What is to be remembered once the rows are known.
    memory: Option<(u64, Vec<Vec<f64>>)>,
}

enum AnyPasses {
    Single(Passes<f32>),
    Double(Passes<f64>),
}

/// A precision that passes and models come in.
trait Precision: Number + Element {
    /// The passes and the model of this precision, if they are.
    fn of<'a>(
        passes: &'a mut AnyPasses,
        model: &'a mut AnyModel,
    ) -> Option<(&'a mut Passes<Self>, &'a mut Model<Self>)>;
}

impl Precision for f32 {
    fn of<'a>(
        passes: &'a mut AnyPasses,
        model: &'a mut AnyModel,
    ) -> Option<(&'a mut Passes<f32>, &'a mut Model<f32>)> {
        match (passes, model) {
            (AnyPasses::Single(passes), AnyModel::Single(model)) => Some((passes, model)),
            _ => None,
        }
    }
}

impl Precision for f64 {
    fn of<'a>(
        passes: &'a mut AnyPasses,
        model: &'a mut AnyModel,
    ) -> Option<(&'a mut Passes<f64>, &'a mut Model<f64>)> {
        match (passes, model) {
            (AnyPasses::Double(passes), AnyModel::Double(model)) => Some((passes, model)),
            _ => None,
        }
    }
}

impl Training {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_double(&self) -> bool {
        self.engine.get().is_double()
    }

    /// The passes, planned now if they are not yet.
    fn planned<'s>(
        &self,
        state: &'s mut State,
        network: &Network,
        is_double: bool,
        rows: usize,
    ) -> Result<&'s mut AnyPasses, Error> {
        if state.passes.is_none() {
            let weighted = self.weighted;
            let mut passes = match is_double {
                true => AnyPasses::Double(Passes::new(network, &self.settings, rows, weighted)?),
                false => AnyPasses::Single(Passes::new(network, &self.settings, rows, weighted)?),
            };
            if let Some((step, buffers)) = state.memory.take() {
                in_either!(AnyPasses, &mut passes, passes => passes.remember(step, &buffers)?);
            }
            state.passes = Some(passes);
        }
        Ok(state.passes.as_mut().expect("they are planned now"))
    }

    /// Has `work` done with the rows, targets and weights, as the engine's precision has them. Passes
    /// that are not planned yet are planned for so many rows, or for all.
    fn with<'py, E: Precision, T: Send>(
        &self,
        py: Python<'py>,
        data: &Data<'_, 'py>,
        rows_of_epoch: Option<usize>,
        work: impl FnOnce(&mut Passes<E>, &mut Model<E>, &View<'_, E>) -> PyResult<T> + Send,
    ) -> PyResult<T> {
        let (rows, wanted) = (Rows::<E>::read(data.inputs)?, Wanted::<E>::read(data.targets)?);
        let view = View {
            rows: rows.view()?,
            targets: wanted.view()?,
            weights: match data.weights {
                Some(weights) => weights.as_slice()?,
                None => &[],
            },
        };
        let engine = self.engine.get();
        let is_double = size_of::<E>() == 8;
        computed(py, || {
            let share = Share::take(self.threads);
            let planned_rows = rows_of_epoch.unwrap_or(view.rows.rows());
            let mut state = self.state();
            let passes = self
                .planned(&mut state, engine.network(), is_double, planned_rows)
                .map_err(raised)?;
            let mut model = engine.model_mut();
            let (passes, model) = E::of(passes, &mut model)
                .ok_or_else(|| PyValueError::new_err("expected rows of the engine's precision"))?;
            passes.limit_threads(share.threads);
            work(passes, model, &view)
        })
    }
}

/// What an epoch learns from, as Python has it.
struct Data<'a, 'py> {
    inputs: &'a Bound<'py, PyAny>,
    targets: &'a Bound<'py, PyAny>,
    weights: Option<&'a PyReadonlyArray1<'py, f64>>,
}

/// The same, to be read without the interpreter.
struct View<'a, E: Number> {
    rows: RowView<'a, E>,
    targets: Targets<'a, E>,
    weights: &'a [f64],
}

impl<'a, E: Number> View<'a, E> {
    /// All rows as examples; sparse ones are copied.
    fn examples<'e>(
        &'e self,
        dense: &'e ndarray::CowArray<'a, E, ndarray::Ix2>,
    ) -> PyResult<Examples<'e, E>> {
        let targets = match &self.targets {
            Targets::Classes(classes) => Targets::Classes(classes.as_ref().into()),
            Targets::Values(values) => Targets::Values(values.view().into()),
        };
        examples(dense.view(), targets, self.weights)
    }
}

fn examples<'e, E: Number>(
    inputs: ndarray::ArrayView2<'e, E>,
    targets: Targets<'e, E>,
    weights: &[f64],
) -> PyResult<Examples<'e, E>> {
    let examples = Examples::of_finite(inputs, targets).map_err(raised)?;
    match weights {
        [] => Ok(examples),
        weights => examples.weighted(weights).map_err(weightless),
    }
}

/// scikit-learn divides by the sum of the weights, and so does NumPy's message.
fn weightless(error: Error) -> PyErr {
    match &error {
        Error::Examples { what: "weights", expected, .. }
            if expected.starts_with("a row that counts") =>
        {
            PyZeroDivisionError::new_err("Weights sum to zero, can't be normalized")
        }
        _ => raised(error),
    }
}

#[pymethods]
impl Training {
    #[new]
    #[pyo3(signature = (engine, settings, weighted, threads = None))]
    fn new(
        engine: Bound<'_, Engine>,
        settings: &str,
        weighted: bool,
        threads: Option<usize>,
    ) -> PyResult<Training> {
        let network = engine.get().network().clone();
        let settings = read_settings(&network, settings)?;
        settings.check(&network).map_err(raised)?;
        let engine = engine.unbind();
        Ok(Training { engine, settings, weighted, threads, state: Mutex::default() })
    }

    /// Learns from all rows once, in this order (that in which they lie, without one), with this learning
    /// rate or by the schedule. Gives the sum over the batches of the mean loss times the rows, and the
    /// same of the penalty.
    #[pyo3(signature = (inputs, targets, weights, order, learning_rate = None))]
    fn epoch<'py>(
        &self,
        py: Python<'py>,
        inputs: &Bound<'py, PyAny>,
        targets: &Bound<'py, PyAny>,
        weights: Option<PyReadonlyArray1<'py, f64>>,
        order: Option<&Bound<'py, PyAny>>,
        learning_rate: Option<f64>,
    ) -> PyResult<(f64, f64)> {
        let data = Data { inputs, targets, weights: weights.as_ref() };
        let order = order.map(|order| read_order(order)).transpose()?;
        match self.is_double() {
            true => self.epoch_in::<f64>(py, &data, order, learning_rate),
            false => self.epoch_in::<f32>(py, &data, order, learning_rate),
        }
    }

    /// Tells the schedule of an epoch's losses; whether it ends the run.
    #[pyo3(signature = (loss, validation = None))]
    fn epoch_ended(&self, py: Python<'_>, loss: f64, validation: Option<f64>) -> bool {
        py.detach(|| match &mut self.state().passes {
            Some(passes) => in_either!(AnyPasses, passes, it => it.epoch_ended(loss, validation)),
            None => false,
        })
    }

    /// The learning rate of the last step.
    #[getter]
    fn learning_rate(&self, py: Python<'_>) -> f64 {
        py.detach(|| match &self.state().passes {
            Some(passes) => in_either!(AnyPasses, passes, passes => passes.learning_rate()),
            None => self.settings.optimizer.learning_rate(),
        })
    }

    /// The names of what is learned, in the order of its numbers.
    #[getter]
    fn learned_names(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| {
            in_either!(AnyModel, &*self.engine.get().model(), model => {
                model.layout().learned_places().map(|place| place.name.clone()).collect()
            })
        })
    }

    /// The mean loss of rows as the network predicts, without penalties.
    #[pyo3(signature = (inputs, targets, weights = None))]
    fn loss<'py>(
        &self,
        py: Python<'py>,
        inputs: &Bound<'py, PyAny>,
        targets: &Bound<'py, PyAny>,
        weights: Option<PyReadonlyArray1<'py, f64>>,
    ) -> PyResult<f64> {
        let data = Data { inputs, targets, weights: weights.as_ref() };
        match self.is_double() {
            true => self.loss_in::<f64>(py, &data),
            false => self.loss_in::<f32>(py, &data),
        }
    }

    /// The loss, the penalty, and the gradient of their sum with respect to everything that is learned,
    /// where that is `packed`. Needs an engine of 64 bits.
    #[pyo3(signature = (packed, inputs, targets, weights = None))]
    fn loss_and_gradient<'py>(
        &self,
        py: Python<'py>,
        packed: PyReadonlyArray1<'py, f64>,
        inputs: &Bound<'py, PyAny>,
        targets: &Bound<'py, PyAny>,
        weights: Option<PyReadonlyArray1<'py, f64>>,
    ) -> PyResult<(f64, f64, Bound<'py, PyArray1<f64>>)> {
        let data = Data { inputs, targets, weights: weights.as_ref() };
        let packed = packed.as_slice()?;
        let (loss, penalty, gradient) =
            self.with::<f64, _>(py, &data, None, |passes, model, view| {
                let layout = model.layout().clone();
                let length: usize =
                    layout.learned_places().map(|place| place.rows * place.columns).sum();
                if packed.len() != length {
                    let found = packed.len();
                    return Err(PyValueError::new_err(format!(
                        "expected {length} numbers, one for each that is learned, found {found}"
                    )));
                }
                layout.scatter(packed, model.parameters_mut());
                let dense = view.rows.dense()?;
                let examples = view.examples(&dense)?;
                passes.loss_and_gradient(model, &examples).map_err(raised)
            })?;
        Ok((loss, penalty, gradient.into_pyarray(py)))
    }

    /// Steps taken, and what the optimiser remembers of them.
    fn states<'py>(&self, py: Python<'py>) -> (u64, Vec<Bound<'py, PyArray1<f64>>>) {
        let (step, buffers) = py.detach(|| {
            let state = self.state();
            match (&state.passes, &state.memory) {
                (Some(passes), _) => in_either!(AnyPasses, passes, passes => passes.memory()),
                (None, Some(memory)) => memory.clone(),
                (None, None) => (0, Vec::new()),
            }
        });
        (step, buffers.into_iter().map(|buffer| buffer.into_pyarray(py)).collect())
    }

    /// Goes on from such a memory.
    fn set_states(
        &self,
        py: Python<'_>,
        step: u64,
        states: Vec<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<()> {
        let buffers: Vec<Vec<f64>> = states.iter().map(|state| state.as_array().to_vec()).collect();
        computed(py, || {
            let mut state = self.state();
            match &mut state.passes {
                Some(passes) => {
                    in_either!(AnyPasses, passes, it => it.remember(step, &buffers)).map_err(raised)
                }
                // Before the first step there is nothing to remember.
                None => {
                    state.memory = (step > 0).then_some((step, buffers));
                    Ok(())
                }
            }
        })
    }
}

impl Training {
    fn epoch_in<E: Precision>(
        &self,
        py: Python<'_>,
        data: &Data<'_, '_>,
        order: Option<Vec<u32>>,
        learning_rate: Option<f64>,
    ) -> PyResult<(f64, f64)> {
        let batch_size = self.settings.batch_size;
        let rows_of_epoch = order.as_ref().map(Vec::len);
        let sums = self.with::<E, _>(py, data, rows_of_epoch, |passes, model, view| {
            let rows = view.rows.rows();
            let order = order.unwrap_or_else(|| (0..rows as u32).collect());
            let mut signals = Signals { since: Instant::now(), raised: None };
            let mut go_on = || signals.allow();
            let sums = match view.rows {
                RowView::Dense(matrix) => {
                    let dense = ndarray::CowArray::from(matrix);
                    let examples = view.examples(&dense)?;
                    passes
                        .pass(model, &examples, &order, learning_rate, &mut go_on)
                        .map_err(weightless)?
                }
                RowView::Sparse(sparse) => {
                    // Whole batches at a time, as many as fit.
                    let batches = (view.rows.at_once() / batch_size).max(1);
                    let mut sums = PassLoss::default();
                    for some in parts(&order, batches * batch_size) {
                        let outside = some.iter().any(|row| *row as usize >= rows);
                        if outside {
                            return Err(PyValueError::new_err(
                                "the order names a row that there is not",
                            ));
                        }
                        let dense = sparse.dense(some.iter().copied())?;
                        let weights: Vec<f64> = match view.weights {
                            [] => Vec::new(),
                            weights => some.iter().map(|row| weights[*row as usize]).collect(),
                        };
                        let targets = chosen(&view.targets, some);
                        let examples = examples(dense.view(), targets, &weights)?;
                        let places: Vec<u32> = (0..some.len() as u32).collect();
                        let part = passes
                            .pass(model, &examples, &places, learning_rate, &mut go_on)
                            .map_err(weightless)?;
                        sums.loss += part.loss;
                        sums.penalty += part.penalty;
                        sums.rows += part.rows;
                        if part.rows < some.len() {
                            break;
                        }
                    }
                    sums
                }
            };
            match signals.raised {
                Some(error) => Err(error),
                None => Ok(sums),
            }
        })?;
        Ok((sums.loss, sums.penalty))
    }

    fn loss_in<E: Precision>(&self, py: Python<'_>, data: &Data<'_, '_>) -> PyResult<f64> {
        self.with::<E, _>(py, data, None, |passes, model, view| {
            let dense = view.rows.dense()?;
            passes.loss(model, &view.examples(&dense)?).map_err(raised)
        })
    }
}

/// The order in parts of so many rows, of which the last has no single row that would be a batch alone.
fn parts(order: &[u32], size: usize) -> Vec<&[u32]> {
    let mut parts: Vec<&[u32]> = order.chunks(size).collect();
    if parts.len() > 1 && parts.last().is_some_and(|last| last.len() == 1) {
        parts.truncate(parts.len() - 2);
        let done = parts.len() * size;
        parts.push(&order[done..]);
    }
    parts
}

/// Asks the interpreter now and then whether somebody wants to stop.
struct Signals {
    since: Instant,
    raised: Option<PyErr>,
}

impl Signals {
    fn allow(&mut self) -> bool {
        if self.since.elapsed() >= BETWEEN_SIGNALS {
            self.raised = Python::attach(|py| py.check_signals()).err();
            self.since = Instant::now();
        }
        self.raised.is_none()
    }
}

/// The rows of an epoch, from whole numbers of any size.
fn read_order(order: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let wrong = || PyValueError::new_err("the order names a row that there is not");
    if let Ok(order) = order.cast::<PyArray1<u32>>() {
        return Ok(numpy::PyArrayMethods::readonly(order).as_array().to_vec());
    }
    let order = Indices::read(order)?;
    let order = order.slice()?;
    (0..order.len())
        .map(|place| order.get(place).and_then(|row| u32::try_from(row).ok()).ok_or_else(wrong))
        .collect()
}

/// The usual settings of a network, with those of the text.
fn read_settings(network: &Network, text: &str) -> PyResult<chainrule::Training> {
    let wrong =
        |problem: String| PyValueError::new_err(format!("the settings are wrong: {problem}"));
    let given: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let Value::Object(given) = given else {
        return Err(wrong("expected an object".to_string()));
    };
    let written = |training: &chainrule::Training| {
        serde_json::to_value(training).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    };
    let mut all = written(&chainrule::Training::new(network))?;
    // What is null is left out.
    let given: Vec<_> = given.into_iter().filter(|(_, value)| !value.is_null()).collect();
    for (key, value) in &given {
        all[key] = value.clone();
    }
    let training: chainrule::Training =
        serde_json::from_value(all).map_err(|error| wrong(error.to_string()))?;
    // A setting that is not written again is none.
    let all = written(&training)?;
    match given.iter().find(|(key, _)| all.get(key).is_none()) {
        Some((key, _)) => Err(wrong(format!("there is none called {key:?}"))),
        None => Ok(training),
    }
}
