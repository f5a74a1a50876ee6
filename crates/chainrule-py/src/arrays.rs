//! Rows and targets, as Python holds them.

use chainrule::Targets;
use chainrule::graph::Number;
use ndarray::{Array2, ArrayView2, CowArray};
use numpy::{Element, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use numpy::{PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::borrow::Cow;

/// Numbers that a dense copy of sparse rows may have at a time: it is made of a few batches, never of
/// all rows.
const DENSE_NUMBERS: usize = 1 << 22;

/// Rows of inputs: a matrix, or the parts of a sparse one in compressed rows.
pub(crate) enum Rows<'py, E: Element> {
    Dense(PyReadonlyArray2<'py, E>),
    Sparse(Sparse<'py, E>),
}

/// A matrix in compressed rows: row i has `data[offsets[i]..offsets[i + 1]]` in the columns `indices[..]`.
pub(crate) struct Sparse<'py, E: Element> {
    data: PyReadonlyArray1<'py, E>,
    indices: Indices<'py>,
    offsets: Indices<'py>,
    columns: usize,
}

/// Whole numbers of either size that scipy takes.
pub(crate) enum Indices<'py> {
    Short(PyReadonlyArray1<'py, i32>),
    Long(PyReadonlyArray1<'py, i64>),
}

/// The same, to be read without the interpreter.
#[derive(Clone, Copy)]
pub(crate) enum IndexSlice<'a> {
    Short(&'a [i32]),
    Long(&'a [i64]),
}

/// The same as [`Rows`], to be read without the interpreter.
#[derive(Clone, Copy)]
pub(crate) enum RowView<'a, E> {
    Dense(ArrayView2<'a, E>),
    Sparse(SparseView<'a, E>),
}

#[derive(Clone, Copy)]
pub(crate) struct SparseView<'a, E> {
    data: &'a [E],
    indices: IndexSlice<'a>,
    offsets: IndexSlice<'a>,
    columns: usize,
}

impl<'py, E: Element + Number> Rows<'py, E> {
    pub(crate) fn read(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = object.cast::<PyArray2<E>>() {
            return Ok(Rows::Dense(array.readonly()));
        }
        if let Ok((data, indices, offsets, columns)) =
            object.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>, usize)>()
        {
            let data = data.cast::<PyArray1<E>>().map_err(|_| other_rows::<E>(object))?.readonly();
            let (indices, offsets) = (Indices::read(&indices)?, Indices::read(&offsets)?);
            return Ok(Rows::Sparse(Sparse { data, indices, offsets, columns }));
        }
        Err(other_rows::<E>(object))
    }

    /// The rows as they lie.
    ///
    /// # Errors
    /// When they do not lie row by row, or are no compressed rows.
    pub(crate) fn view(&self) -> PyResult<RowView<'_, E>> {
        match self {
            Rows::Dense(array) => Ok(RowView::Dense(matrix(array)?)),
            Rows::Sparse(sparse) => sparse.view().map(RowView::Sparse),
        }
    }
}

fn other_rows<E: Number>(object: &Bound<'_, PyAny>) -> PyErr {
    let found = object.get_type().name().map_or_else(|_| "?".to_string(), |name| name.to_string());
    PyTypeError::new_err(format!(
        "expected a matrix of {} numbers or the parts (data, indices, offsets, columns) of a sparse one, \
         found {found}",
        E::NAME
    ))
}

impl<'py> Indices<'py> {
    pub(crate) fn read(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = object.cast::<PyArray1<i32>>() {
            return Ok(Indices::Short(array.readonly()));
        }
        match object.cast::<PyArray1<i64>>() {
            Ok(array) => Ok(Indices::Long(array.readonly())),
            Err(_) => Err(PyTypeError::new_err("expected indices as int32 or int64")),
        }
    }

    pub(crate) fn slice(&self) -> PyResult<IndexSlice<'_>> {
        Ok(match self {
            Indices::Short(array) => IndexSlice::Short(array.as_slice()?),
            Indices::Long(array) => IndexSlice::Long(array.as_slice()?),
        })
    }
}

impl IndexSlice<'_> {
    pub(crate) fn len(self) -> usize {
        match self {
            IndexSlice::Short(numbers) => numbers.len(),
            IndexSlice::Long(numbers) => numbers.len(),
        }
    }

    /// The number at this place; nothing for a negative one, or past the end.
    pub(crate) fn get(self, place: usize) -> Option<usize> {
        match self {
            IndexSlice::Short(numbers) => usize::try_from(*numbers.get(place)?).ok(),
            IndexSlice::Long(numbers) => usize::try_from(*numbers.get(place)?).ok(),
        }
    }
}

impl<E: Element + Number> Sparse<'_, E> {
    fn view(&self) -> PyResult<SparseView<'_, E>> {
        let view = SparseView {
            data: self.data.as_slice()?,
            indices: self.indices.slice()?,
            offsets: self.offsets.slice()?,
            columns: self.columns,
        };
        if view.offsets.len() == 0 || view.indices.len() != view.data.len() {
            return Err(PyValueError::new_err(
                "the parts of the sparse matrix do not fit each other",
            ));
        }
        Ok(view)
    }
}

impl<'a, E: Number> RowView<'a, E> {
    pub(crate) fn rows(self) -> usize {
        match self {
            RowView::Dense(matrix) => matrix.nrows(),
            RowView::Sparse(sparse) => sparse.offsets.len() - 1,
        }
    }

    /// So many rows at most that a dense copy of them is of a size to be had.
    pub(crate) fn at_once(self) -> usize {
        match self {
            RowView::Dense(_) => usize::MAX,
            RowView::Sparse(sparse) => (DENSE_NUMBERS / sparse.columns.max(1)).max(1),
        }
    }

    /// All rows as a matrix, copied if they are sparse.
    pub(crate) fn dense(self) -> PyResult<CowArray<'a, E, ndarray::Ix2>> {
        match self {
            RowView::Dense(matrix) => Ok(CowArray::from(matrix)),
            RowView::Sparse(sparse) => Ok(CowArray::from(
                sparse.dense((0..sparse.offsets.len() - 1).map(|row| row as u32))?,
            )),
        }
    }
}

impl<'a, E: Number> SparseView<'a, E> {
    /// Columns of the matrix.
    pub(crate) fn width(self) -> usize {
        self.columns
    }

    /// The numbers that are not zero.
    pub(crate) fn numbers(self) -> &'a [E] {
        self.data
    }

    /// Where each row begins, and where the last one ends.
    pub(crate) fn offsets(self) -> PyResult<Vec<usize>> {
        (0..self.offsets.len()).map(|row| self.offsets.get(row).ok_or_else(broken)).collect()
    }

    /// The column of each number.
    pub(crate) fn columns(self) -> PyResult<Vec<u32>> {
        let column = |place| self.indices.get(place).and_then(|column| u32::try_from(column).ok());
        (0..self.indices.len()).map(|place| column(place).ok_or_else(broken)).collect()
    }

    /// Some of the rows as a matrix. Numbers that stand for the same place are added, as scipy does.
    pub(crate) fn dense(self, rows: impl ExactSizeIterator<Item = u32>) -> PyResult<Array2<E>> {
        let mut dense = Array2::from_elem((rows.len(), self.columns), E::ZERO);
        for (row, mut target) in rows.zip(dense.rows_mut()) {
            let row = row as usize;
            let start = self.offsets.get(row).ok_or_else(broken)?;
            let end = self.offsets.get(row + 1).ok_or_else(broken)?;
            let data = self.data.get(start..end).ok_or_else(broken)?;
            for (place, &number) in (start..end).zip(data) {
                let column = self.indices.get(place).ok_or_else(broken)?;
                let cell = target.get_mut(column).ok_or_else(broken)?;
                *cell += number;
            }
        }
        Ok(dense)
    }
}

fn broken() -> PyErr {
    PyValueError::new_err("the sparse matrix points outside of itself")
}

/// What is to be predicted: classes as numbers, or a row of values for each row.
pub(crate) enum Wanted<'py, E: Element> {
    Classes(PyReadonlyArray1<'py, u32>),
    Values(PyReadonlyArray2<'py, E>),
}

impl<'py, E: Element + Number> Wanted<'py, E> {
    pub(crate) fn read(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = object.cast::<PyArray1<u32>>() {
            return Ok(Wanted::Classes(array.readonly()));
        }
        match object.cast::<PyArray2<E>>() {
            Ok(array) => Ok(Wanted::Values(array.readonly())),
            Err(_) => Err(PyTypeError::new_err(format!(
                "expected targets as uint32 classes or as a matrix of {} numbers",
                E::NAME
            ))),
        }
    }

    pub(crate) fn view(&self) -> PyResult<Targets<'_, E>> {
        Ok(match self {
            Wanted::Classes(classes) => Targets::Classes(Cow::Borrowed(classes.as_slice()?)),
            Wanted::Values(values) => Targets::Values(CowArray::from(matrix(values)?)),
        })
    }
}

/// Some of the targets.
pub(crate) fn chosen<'e, E: Number>(targets: &Targets<'_, E>, rows: &[u32]) -> Targets<'e, E> {
    match targets {
        Targets::Classes(classes) => {
            Targets::Classes(rows.iter().map(|&row| classes[row as usize]).collect())
        }
        Targets::Values(values) => {
            let rows: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
            Targets::Values(CowArray::from(values.select(ndarray::Axis(0), &rows)))
        }
    }
}

/// A matrix that lies row by row.
fn matrix<'a, E: Element>(array: &'a PyReadonlyArray2<'_, E>) -> PyResult<ArrayView2<'a, E>> {
    if !array.is_c_contiguous() {
        return Err(PyTypeError::new_err("expected a matrix that lies row by row (order C)"));
    }
    // Which also refuses an array that is not aligned.
    let numbers = array.as_slice()?;
    let shape = array.shape();
    ArrayView2::from_shape((shape[0], shape[1]), numbers)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}
