//! Draws a picture of each kind into the folder that is named, or the current one.
//!
//! ```sh
//! cargo run --release -p chainrule-draw --example gallery -- pictures
//! ```

use chainrule::Recipe;
use chainrule::data::{Column, Dataset, SourceOptions, Table, open};
use chainrule_draw::{
    Choice, Course, Look, Theme, activations, all_activations, boundaries, boundary, loss, weights,
};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_string()));
    std::fs::create_dir_all(&folder)?;
    let iris = open("iris", &SourceOptions::default())?;
    let digits = open("digits", &SourceOptions::default())?;
    let flowers = Recipe { hidden: vec![16], epochs: Some(200), ..Recipe::default() };
    let of_flowers = flowers.train(&iris)?;
    let of_digits =
        Recipe { hidden: vec![36], epochs: Some(12), ..Recipe::default() }.train(&digits)?;

    // Two half-moons, and y = sin x + z for the regression.
    let moons = moons(240);
    let recipe = |alpha| Recipe {
        targets: vec!["class".into()],
        hidden: vec![32, 32],
        epochs: Some(300),
        alpha: Some(alpha),
        ..Recipe::default()
    };
    let by_alpha: Vec<_> = [0.0, 0.1, 1.0]
        .into_iter()
        .map(|alpha| Ok::<_, chainrule::Error>((alpha, recipe(alpha).train(&moons)?)))
        .collect::<Result<_, _>>()?;
    let models: Vec<_> = by_alpha
        .iter()
        .map(|(alpha, trained)| {
            let accuracy = trained.test.and_then(|it| it.accuracy).unwrap_or_default();
            (format!("alpha {alpha}: test {:.1} %", 100.0 * accuracy), &trained.model)
        })
        .collect();
    let waves = waves(200);
    let of_waves = Recipe {
        targets: vec!["height".into()],
        hidden: vec![32],
        epochs: Some(80),
        ..Recipe::default()
    }
    .train(&waves)?;

    for (name, theme) in [("light", Theme::LIGHT), ("dark", Theme::DARK)] {
        let look = Look { theme, ..Look::default() };
        let petals = Choice {
            x: Some("petal_length".into()),
            y: Some("petal_width".into()),
            ..Choice::default()
        };
        let usual = Choice::default();
        let history = &of_digits.report.history;
        let log = Course { is_log: true, ..Course::default() };
        for (kind, picture) in [
            ("boundary", boundary(&of_flowers.model, &iris.table, "iris", &petals, &look)?),
            ("boundaries", boundaries(&models, &moons.table, "Two moons", &usual, &look)?),
            ("regression", boundary(&of_waves.model, &waves.table, "Waves", &usual, &look)?),
            ("loss", loss(history, "digits", &Course::default(), &look)?),
            ("loss-log", loss(history, "digits", &log, &look)?),
            ("weights", weights(&of_digits.model, "digits", 36, &look)?),
            ("weights-table", weights(&of_flowers.model, "iris", 36, &look)?),
            ("activations", activations(&all_activations(), &look)?),
        ] {
            picture.save(folder.join(format!("{kind}.{name}.png")))?;
            picture.save(folder.join(format!("{kind}.{name}.svg")))?;
        }
    }
    Ok(())
}

/// Two half circles that reach into each other, with a wobble instead of noise.
fn moons(rows: usize) -> Dataset {
    let (mut x, mut y, mut class) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let angle = std::f64::consts::PI * (row / 2) as f64 / (rows / 2) as f64;
        let (wobble, shake) = (0.22 * (row as f64 * 7.3).sin(), 0.22 * (row as f64 * 3.7).cos());
        let upper = row % 2 == 0;
        x.push(if upper { angle.cos() } else { 1.0 - angle.cos() } + wobble);
        y.push(if upper { angle.sin() } else { 0.4 - angle.sin() } + shake);
        class.push(if upper { "upper" } else { "lower" });
    }
    let columns =
        vec![Column::numbers("x", x), Column::numbers("y", y), Column::text("class", &class)];
    dataset("moons", columns)
}

fn waves(rows: usize) -> Dataset {
    let across: Vec<f64> = (0..rows).map(|row| (row as f64 * 0.618).fract() * 6.0 - 3.0).collect();
    let depth: Vec<f64> = (0..rows).map(|row| row as f64 / rows as f64 * 2.0).collect();
    let height = across.iter().zip(&depth).map(|(x, z)| x.sin() + z).collect();
    let columns = vec![
        Column::numbers("across (m)", across),
        Column::numbers("depth (m)", depth),
        Column::numbers("height", height),
    ];
    dataset("waves", columns)
}

fn dataset(name: &str, columns: Vec<Column>) -> Dataset {
    let table = Table::new(name, columns).expect("columns of equal length");
    Dataset { table, test: None, target: None }
}
