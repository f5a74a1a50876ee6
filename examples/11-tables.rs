//! What missing values cost: irises of which more and more cells are empty.

use chainrule::data::{Column, Dataset, FoldOptions, SourceOptions, Table, open};
use chainrule::{Error, Recipe};
use chainrule_compare::{Comparison, Contender, Measure};

fn main() -> Result<(), Error> {
    let whole = open("iris", &SourceOptions::default())?;
    let recipe = Recipe { hidden: vec![32], epochs: Some(100), ..Recipe::default() };
    println!("empty cells   inputs   network   linear   dummy");
    for hundredths in [0, 10, 30, 60] {
        let data = with_gaps(&whole, hundredths)?;
        let inputs = recipe.prepare(&data)?.model.network().inputs();
        // Five folds, the same for every model and every share: they depend on the species alone.
        let comparison = Comparison {
            recipe: recipe.clone(),
            models: vec![Contender::Network, Contender::Linear, Contender::Dummy],
            folds: FoldOptions::default(),
            given: None,
            side_by_side: None,
        };
        let found = comparison.run(&data, &|_| {})?;
        let score = |model: Contender| {
            let scores = found.models.iter().find(|it| it.model == model);
            scores.and_then(|it| it.mean(Measure::Accuracy)).unwrap_or(f64::NAN)
        };
        let [network, linear, dummy] =
            [Contender::Network, Contender::Linear, Contender::Dummy].map(score);
        println!(
            "{:>11}   {inputs:>6}   {network:>7.4}   {linear:.4}   {dummy:.4}",
            format!("{hundredths} %")
        );
    }
    Ok(())
}

/// The table with so many of a hundred numbers taken away, scattered over rows and columns.
fn with_gaps(data: &Dataset, hundredths: usize) -> Result<Dataset, Error> {
    let mut columns: Vec<Column> = data.table.columns().to_vec();
    for (place, column) in columns.iter_mut().enumerate().take(4) {
        let number = |row: usize| match (row * 37 + place * 29) % 100 < hundredths {
            true => f64::NAN,
            false => column.number(row).unwrap_or(f64::NAN),
        };
        *column = Column::numbers(column.name.clone(), (0..column.len()).map(number).collect());
    }
    let table = Table::new("iris with gaps", columns)?;
    Ok(Dataset { table, test: None, target: data.target.clone() })
}
