//! Choosing alpha on validation rows: too much of it, too little, and how much is chance.

use chainrule::data::{Dataset, toys};
use chainrule::optim::Adam;
use chainrule::{Error, Recipe};

fn main() -> Result<(), Error> {
    // Moons that overlap: no boundary gets all rows right.
    let table = toys::moons(200, 0.35, 1);
    let data = Dataset { table, test: None, target: Some("class".to_string()) };
    println!("             after 300 epochs, median of 5 seeds     accuracy");
    println!("  alpha      training loss   validation loss         least    most");
    for alpha in [100.0, 10.0, 1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001] {
        let (mut losses, mut judged, mut accuracies) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 1..=5 {
            let recipe = Recipe {
                hidden: vec![64],
                alpha: Some(alpha),
                optimizer: Some(Adam { learning_rate: 0.01, ..Adam::default() }.into()),
                epochs: Some(300),
                validation: 0.5,
                seed,
                split_seed: Some(1), // the same rows are set aside every time
                ..Recipe::default()
            };
            let report = recipe.train(&data)?.report;
            let last = &report.history[report.history.len() - 1];
            losses.push(last.loss);
            judged.extend(last.validation.map(|it| it.loss));
            accuracies.extend(last.validation.and_then(|it| it.accuracy));
        }
        for numbers in [&mut losses, &mut judged, &mut accuracies] {
            numbers.sort_by(f64::total_cmp);
        }
        let (training, validation) = (losses[2], judged[2]);
        let (least, most) = (100.0 * accuracies[0], 100.0 * accuracies[4]);
        println!(
            "  {alpha:<8}   {training:<13.3}   {validation:<21.3}   {least:.1} %   {most:.1} %"
        );
    }
    Ok(())
}
