//! Choosing alpha on validation rows, and how much of what one sees is chance.

use chainrule::data::{Dataset, toys};
use chainrule::optim::Adam;
use chainrule::{Error, Recipe};

fn main() -> Result<(), Error> {
    // Moons that overlap: no boundary gets all rows right.
    let data =
        Dataset { table: toys::moons(400, 0.35, 1), test: None, target: Some("class".to_string()) };
    let shown = |share: f64| format!("{:.1} %", 100.0 * share);

    println!("  alpha      training loss   accuracy on 128 validation rows");
    println!("                             least    median   most");
    for alpha in [100.0, 10.0, 1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001] {
        let mut losses = Vec::new();
        let mut accuracies = Vec::new();
        for seed in 1..=5 {
            let recipe = Recipe {
                hidden: vec![64],
                alpha,
                optimizer: Some(Adam { learning_rate: 0.01, ..Adam::default() }.into()),
                epochs: Some(100),
                validation: 0.4,
                seed,
                split_seed: Some(1), // the same rows are set aside every time
                ..Recipe::default()
            };
            let trained = recipe.train(&data)?;
            losses.push(trained.report.chosen().loss);
            accuracies.extend(trained.validation.and_then(|it| it.accuracy));
        }
        losses.sort_by(f64::total_cmp);
        accuracies.sort_by(f64::total_cmp);
        let [least, .., most] = accuracies.as_slice() else { continue };
        println!(
            "  {alpha:<8}   {:<13.3}   {:<6}   {:<6}   {}",
            losses[2],
            shown(*least),
            shown(accuracies[2]),
            shown(*most)
        );
    }
    Ok(())
}
