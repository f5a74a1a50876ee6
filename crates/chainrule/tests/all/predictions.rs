//! What a model predicts does not depend on how often, with how many rows or from how many threads it is
//! asked, although it keeps what it has planned.

use chainrule::math::sparse::SparseRows;
use chainrule::{Activation, Dense, Model, Network, Normalization, Predictor};
use ndarray::{Array2, Axis, concatenate, s};

fn network() -> Network {
    Network::new(40).dense(70, Activation::Relu).dense(3, Activation::Softmax)
}

fn rows(count: usize) -> Array2<f32> {
    Array2::from_shape_fn((count, 40), |(row, column)| ((row * 7 + column * 3) % 11) as f32 - 5.0)
}

#[test]
fn a_row_has_the_same_outputs_among_any_number_of_others() {
    let model: Model = network().build(3).unwrap();
    let rows = rows(600);
    let expected = model.predict(rows.view()).unwrap();
    for count in [1, 2, 16, 17, 255, 256, 257, 600] {
        // Twice: planned, and as kept.
        for _ in 0..2 {
            let parts = (0..600).step_by(count).map(|first| {
                let part = rows.slice(s![first..(first + count).min(600), ..]);
                model.predict(part).unwrap()
            });
            let parts: Vec<Array2<f32>> = parts.collect();
            let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
            assert_eq!(concatenate(Axis(0), &views).unwrap(), expected, "{count} rows at a time");
        }
    }
    let by_hand = Predictor::new(&model, 600, 2).unwrap().predict(rows.view()).unwrap();
    assert_eq!(by_hand, expected);
    assert_eq!(model.predict(rows.slice(s![..0, ..])).unwrap().dim(), (0, 3));
}

#[test]
fn what_is_kept_knows_nothing_of_the_weights() {
    let (mut model, other): (Model, Model) =
        (network().build(3).unwrap(), network().build(4).unwrap());
    let rows = rows(20);
    let before = model.predict(rows.view()).unwrap();
    let copy = model.clone();
    model.parameters_mut().copy_from_slice(other.parameters());
    assert_eq!(model.predict(rows.view()).unwrap(), other.predict(rows.view()).unwrap());
    assert_eq!(copy.predict(rows.view()).unwrap(), before);
}

#[test]
fn threads_may_share_a_model() {
    let model: Model = network().build(3).unwrap();
    let rows = rows(64);
    let expected = model.predict(rows.view()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (model, rows, expected) = (&model, &rows, &expected);
            scope.spawn(move || {
                for turn in 0..50 {
                    let row = (thread * 13 + turn) % 64;
                    let found = model.predict(rows.slice(s![row..row + 1, ..])).unwrap();
                    assert_eq!(found.row(0), expected.row(row));
                    assert_eq!(model.predict(rows.view()).unwrap(), *expected);
                }
            });
        }
    });
}

#[test]
fn wrong_inputs_are_refused_and_the_next_are_not() {
    let model: Model = network().build(3).unwrap();
    let mut rows = rows(3);
    let expected = model.predict(rows.view()).unwrap();
    let narrow = rows.slice(s![.., ..39]);
    assert!(model.predict(narrow).unwrap_err().to_string().contains("40 columns"));
    rows[[1, 2]] = f32::NAN;
    assert!(model.predict(rows.view()).is_err());
    rows[[1, 2]] = self::rows(3)[[1, 2]];
    assert_eq!(model.predict(rows.view()).unwrap(), expected);
}

#[test]
fn sparse_rows_have_the_bits_of_dense_ones() {
    let count = 600;
    let dense =
        Array2::from_shape_fn((count, 40), |(row, column)| match (row * 13 + column * 5) % 9 {
            0 if row != 4 => (row % 7) as f64 - 2.5,
            _ => 0.0,
        });
    let (mut offsets, mut columns, mut numbers) = (vec![0], Vec::new(), Vec::new());
    for row in dense.rows() {
        for (column, &number) in row.iter().enumerate().filter(|(_, number)| **number != 0.0) {
            columns.push(column as u32);
            numbers.push(number);
        }
        offsets.push(numbers.len());
    }
    let sparse = SparseRows { offsets: &offsets, columns: &columns, numbers: &numbers };
    let normalized =
        Dense { normalization: Normalization::BATCH, ..Dense::new(9, Activation::Tanh) };
    // The skip connection reads the inputs themselves, which are then made dense.
    let skipping = Dense { skip: Some(0), ..Dense::new(40, Activation::Relu) };
    for first in [Dense::new(70, Activation::Gelu), normalized, skipping] {
        let network = Network::new(40).layer(first).dense(3, Activation::Softmax);
        let model: Model<f64> = network.build(3).unwrap();
        let expected = model.predict(dense.view()).unwrap();
        assert_eq!(model.predict_sparse(sparse).unwrap(), expected);
        // A plan that begins with a product is not taken for one that begins with inputs.
        assert_eq!(model.predict(dense.view()).unwrap(), expected);
    }
    let model: Model<f64> = Network::new(39).dense(3, Activation::Identity).build(1).unwrap();
    let message = model.predict_sparse(sparse).unwrap_err().to_string();
    assert!(message.contains("within 39 columns"), "{message}");
}

#[test]
fn a_number_that_is_none_is_found_among_many_rows() {
    let model: Model = network().build(3).unwrap();
    let mut rows = rows(2_000);
    rows[[1_300, 17]] = f32::NAN;
    let message = model.predict(rows.view()).unwrap_err().to_string();
    assert!(message.contains("NaN in row 1300, column 17"), "{message}");
    let outputs = model.predict_of_finite(rows.view()).unwrap();
    assert!(outputs.row(1_300).iter().all(|number| number.is_nan()));
    assert!(outputs.row(1_301).iter().all(|number| number.is_finite()));
}
