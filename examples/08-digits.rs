//! Digits: a network learns from the first 1437 images, and is asked about the 360 after them.

use chainrule::data::{SourceOptions, open};
use chainrule::{Activation, Examples, Model, Network, Training};
use ndarray::{Array2, s};
use std::collections::BTreeMap;

/// The first four fifths of the rows.
const TRAINING_ROWS: usize = 1437;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = open("digits", &SourceOptions::default())?.table;
    // 64 pixels from 0 to 16, scaled to [0, 1]; the digit is the last column.
    let number = |row: usize, column: usize| table.columns()[column].number(row).unwrap_or(0.0);
    let pixels =
        Array2::from_shape_fn((table.rows(), 64), |(row, pixel)| number(row, pixel) as f32 / 16.0);
    let digits: Vec<u32> = (0..table.rows()).map(|row| number(row, 64) as u32).collect();
    let (to_learn, to_ask) = digits.split_at(TRAINING_ROWS);
    let training_rows = Examples::classes(pixels.slice(s![..TRAINING_ROWS, ..]), to_learn)?;
    let test_rows = Examples::classes(pixels.slice(s![TRAINING_ROWS.., ..]), to_ask)?;

    let network = Network::new(64).dense(100, Activation::Relu).dense(10, Activation::Softmax);
    let mut model: Model = network.build(1)?;
    let before = model.evaluate(&training_rows)?;
    println!("before training: loss {:.4}, -ln(1/10) = {:.4}", before.loss, 10_f64.ln());
    Training::new(&network).epochs(30).fit(&mut model, &training_rows)?;

    let answers = model.predict_classes(test_rows.inputs())?;
    let mut confusions: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for (&digit, &answer) in to_ask.iter().zip(&answers) {
        *confusions.entry((digit, answer)).or_default() += 1;
    }
    let right: usize = confusions.iter().filter(|((a, b), _)| a == b).map(|(_, rows)| rows).sum();
    println!("after training:  {right} of {} right", to_ask.len());

    println!("\n  digit   taken for   rows");
    for ((digit, answer), rows) in &confusions {
        if digit != answer && *rows > 1 {
            println!("  {digit:<5}   {answer:<9}   {rows}");
        }
    }
    Ok(())
}
