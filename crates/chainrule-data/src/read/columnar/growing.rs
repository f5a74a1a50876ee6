//! From Arrow arrays to the columns of a table.

use crate::column::{Column, TextBuilder, Values};
use crate::error::{DataError, Place};
use crate::read::chunks::{ChunkKind, PieceColumn};
use crate::read::csv::cell::Markers;
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

/// What a column of a columnar file becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Numbers,
    Times,
    Texts,
}

impl Kind {
    /// What values of a type become, if they have a place in a table.
    pub(crate) fn of(data_type: &DataType) -> Option<Kind> {
        Some(match data_type {
            DataType::Null => Kind::Numbers,
            DataType::Dictionary(_, values) => match Kind::of(values)? {
                Kind::Texts if **values == DataType::Boolean => return None,
                kind => kind,
            },
            DataType::Boolean | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Kind::Texts
            }
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Kind::Times,
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => {
                Kind::Numbers
            }
            DataType::Decimal256(..) | DataType::Float16 => Kind::Numbers,
            data_type if data_type.is_integer() || data_type.is_floating() => Kind::Numbers,
            _ => return None,
        })
    }
}

/// A column that grows by arrays.
pub(crate) struct Growing {
    name: String,
    kind: Kind,
    numbers: Vec<f64>,
    texts: TextBuilder,
}

impl Growing {
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Growing { name: name.to_owned(), kind, numbers: Vec::new(), texts: TextBuilder::default() }
    }

    /// Appends the values of an array of the column's kind. `markers` are texts that stand for a
    /// missing value; an empty one always does.
    pub(crate) fn push(&mut self, array: &ArrayRef, markers: &Markers) {
        match self.kind {
            Kind::Numbers | Kind::Times => push_numbers(&mut self.numbers, array),
            Kind::Texts => for_texts(array, &mut |text| match text.map(str::trim) {
                Some(text) if !markers.contain(text) => self.texts.push(text),
                _ => self.texts.push_missing(),
            }),
        }
    }

    /// The first row with an infinite number.
    pub(crate) fn infinite_row(&self) -> Option<usize> {
        self.numbers.iter().position(|number| number.is_infinite())
    }

    /// The error for the infinite number that is there; `row` counts from 0.
    pub(crate) fn not_finite(&self, file: &str, row: usize) -> DataError {
        let infinite = self.numbers.iter().find(|number| number.is_infinite());
        DataError::NotFinite {
            place: Box::new(Place {
                file: file.to_owned(),
                row: row + 1,
                line: None,
                column: self.name.clone(),
            }),
            cell: infinite.map_or(String::new(), f64::to_string),
        }
    }

    /// Forgets the rows but not the different texts, and tells how many values were missing.
    pub(crate) fn forget_rows(&mut self) -> usize {
        let missing = self.numbers.iter().filter(|number| number.is_nan()).count();
        self.numbers.clear();
        missing + self.texts.forget_rows()
    }

    /// Forgets the different texts.
    pub(crate) fn forget_texts(&mut self) {
        self.texts = TextBuilder::default();
    }

    /// How many different texts there are.
    pub(crate) fn known(&self) -> usize {
        self.texts.known()
    }

    /// The values as a piece of the file. None where a text is not among the levels.
    pub(crate) fn piece(self, kind: &ChunkKind) -> Option<PieceColumn> {
        match self.kind {
            Kind::Texts => PieceColumn::of_texts(&self.texts, kind),
            _ => Some(PieceColumn::Numbers(self.numbers)),
        }
    }

    pub(crate) fn finish(self) -> Column {
        let values = match self.kind {
            Kind::Numbers => Values::Numbers(self.numbers),
            Kind::Times => Values::Times(self.numbers),
            Kind::Texts => self.texts.finish(),
        };
        Column { name: self.name, values }
    }
}

fn push_numbers(numbers: &mut Vec<f64>, array: &ArrayRef) {
    macro_rules! plain {
        ($type:ty) => {
            push_plain(numbers, array.as_primitive::<$type>(), |value| value as f64)
        };
    }
    // One division: what is written as 0.07 becomes the number nearest to it.
    macro_rules! scaled {
        ($type:ty, $unit:expr) => {{
            let unit: f64 = $unit;
            push_plain(numbers, array.as_primitive::<$type>(), |value| value as f64 / unit)
        }};
    }
    let power = |scale: i8| 10_f64.powi(scale.into());
    match array.data_type() {
        DataType::Int8 => plain!(Int8Type),
        DataType::Int16 => plain!(Int16Type),
        DataType::Int32 => plain!(Int32Type),
        DataType::Int64 => plain!(Int64Type),
        DataType::UInt8 => plain!(UInt8Type),
        DataType::UInt16 => plain!(UInt16Type),
        DataType::UInt32 => plain!(UInt32Type),
        DataType::UInt64 => plain!(UInt64Type),
        DataType::Float16 => {
            push_plain(numbers, array.as_primitive::<Float16Type>(), |value| value.to_f64())
        }
        DataType::Float32 => plain!(Float32Type),
        DataType::Float64 => plain!(Float64Type),
        DataType::Decimal32(_, scale) => scaled!(Decimal32Type, power(*scale)),
        DataType::Decimal64(_, scale) => scaled!(Decimal64Type, power(*scale)),
        DataType::Decimal128(_, scale) => scaled!(Decimal128Type, power(*scale)),
        DataType::Decimal256(..) => {
            let array = array.as_primitive::<Decimal256Type>();
            numbers.extend((0..array.len()).map(|row| match array.is_null(row) {
                true => f64::NAN,
                false => array.value_as_string(row).parse().unwrap_or(f64::NAN),
            }));
        }
        DataType::Date32 => push_plain(numbers, array.as_primitive::<Date32Type>(), |days| {
            f64::from(days) * 86_400.0
        }),
        DataType::Date64 => scaled!(Date64Type, 1e3),
        DataType::Timestamp(TimeUnit::Second, _) => plain!(TimestampSecondType),
        DataType::Timestamp(TimeUnit::Millisecond, _) => scaled!(TimestampMillisecondType, 1e3),
        DataType::Timestamp(TimeUnit::Microsecond, _) => scaled!(TimestampMicrosecondType, 1e6),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => scaled!(TimestampNanosecondType, 1e9),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let mut values = Vec::with_capacity(dictionary.values().len());
            push_numbers(&mut values, dictionary.values());
            for_keys(array, |key| {
                numbers.push(key.and_then(|key| values.get(key).copied()).unwrap_or(f64::NAN));
            });
        }
        _ => numbers.extend(std::iter::repeat_n(f64::NAN, array.len())),
    }
}

fn push_plain<T: ArrowPrimitiveType>(
    numbers: &mut Vec<f64>,
    array: &PrimitiveArray<T>,
    number: impl Fn(T::Native) -> f64,
) {
    match array.null_count() {
        0 => numbers.extend(array.values().iter().map(|&value| number(value))),
        _ => numbers.extend(array.iter().map(|value| value.map_or(f64::NAN, &number))),
    }
}

/// Each text of an array, none where it is missing.
fn for_texts(array: &ArrayRef, take: &mut dyn FnMut(Option<&str>)) {
    match array.data_type() {
        DataType::Boolean => {
            let name = |value: bool| if value { "true" } else { "false" };
            array.as_boolean().iter().for_each(|value| take(value.map(name)));
        }
        DataType::Utf8 => array.as_string::<i32>().iter().for_each(take),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(take),
        DataType::Utf8View => array.as_string_view().iter().for_each(take),
        DataType::Dictionary(..) => {
            let mut values: Vec<Option<String>> = Vec::new();
            for_texts(array.as_any_dictionary().values(), &mut |text| {
                values.push(text.map(str::to_owned));
            });
            for_keys(array, |key| take(key.and_then(|key| values.get(key)?.as_deref())));
        }
        _ => (0..array.len()).for_each(|_| take(None)),
    }
}

/// Each key of a dictionary, none where the value is missing.
fn for_keys(array: &ArrayRef, mut take: impl FnMut(Option<usize>)) {
    let dictionary = array.as_any_dictionary();
    if dictionary.values().is_empty() {
        return (0..array.len()).for_each(|_| take(None));
    }
    for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
        take((!dictionary.keys().is_null(row)).then_some(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::*;
    use std::sync::Arc;

    fn column(array: impl Array + 'static) -> Column {
        let array: ArrayRef = Arc::new(array);
        let mut growing = Growing::new("x", Kind::of(array.data_type()).unwrap());
        growing.push(&array, &Markers::new(Some(&["?".to_owned()])));
        growing.finish()
    }

    fn cells(array: impl Array + 'static) -> Vec<String> {
        let column = column(array);
        (0..column.len()).map(|row| column.cell(row)).collect()
    }

    #[test]
    fn numbers_of_every_type() {
        assert_eq!(cells(Int8Array::from(vec![Some(-1), None])), ["-1", ""]);
        assert_eq!(cells(UInt64Array::from(vec![7, 8])), ["7", "8"]);
        assert_eq!(
            cells(Float32Array::from(vec![Some(0.5), None, Some(f32::NAN)])),
            ["0.5", "", ""]
        );
        let decimals = Decimal128Array::from(vec![Some(7), None, Some(-12345)]);
        let decimals = decimals.with_precision_and_scale(10, 2).unwrap();
        assert_eq!(cells(decimals), ["0.07", "", "-123.45"]);
        let keys = Int32Array::from(vec![Some(1), None, Some(0)]);
        let values = Arc::new(Float64Array::from(vec![1.5, 2.5]));
        assert_eq!(cells(DictionaryArray::new(keys, values)), ["2.5", "", "1.5"]);
        assert_eq!(cells(NullArray::new(2)), ["", ""]);
    }

    #[test]
    fn times_are_seconds() {
        assert_eq!(cells(Date32Array::from(vec![Some(1), None])), ["1970-01-02", ""]);
        let stamps = TimestampMillisecondArray::from(vec![Some(86_400_500)]);
        assert_eq!(cells(stamps), ["1970-01-02T00:00:00.5"]);
        let stamps = TimestampNanosecondArray::from(vec![-1_000_000_000]).with_timezone("UTC");
        assert_eq!(column(stamps).values, Values::Times(vec![-1.0]));
    }

    #[test]
    fn texts_of_every_type() {
        assert_eq!(
            cells(BooleanArray::from(vec![Some(true), None, Some(false)])),
            ["true", "", "false"]
        );
        assert_eq!(cells(StringArray::from(vec![Some("b"), Some(""), Some("?")])), ["b", "", ""]);
        assert_eq!(cells(StringViewArray::from(vec![Some(" a "), None])), ["a", ""]);
        let keys = Int8Array::from(vec![Some(1), None, Some(1), Some(0)]);
        let values = Arc::new(LargeStringArray::from(vec![None, Some("x")]));
        assert_eq!(cells(DictionaryArray::new(keys, values)), ["x", "", "x", ""]);
    }

    #[test]
    fn other_types_have_no_place() {
        let list = DataType::new_list(DataType::Int8, true);
        for data_type in [DataType::Binary, DataType::Time32(TimeUnit::Second), list] {
            assert_eq!(Kind::of(&data_type), None, "{data_type}");
        }
    }
}
