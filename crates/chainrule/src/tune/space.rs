//! All that a search may choose from, and one choice of it.

use super::{Knob, Values};
use crate::{Activation, Error, LayerActivation, Recipe};
use chainrule_math::random::Stream;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The values of every [`Knob`].
///
/// ```
/// use chainrule::Recipe;
/// use chainrule::tune::{Knob, Space};
/// let mut space = Space::usual(&Recipe::default(), 1_000);
/// space.set(Knob::Alpha, "1e-6..1e-1")?;
/// let first = space.draw(1, 0);
/// assert!((1e-6..=1e-1).contains(&first.alpha));
/// assert_eq!(first, space.draw(1, 0));
/// # Ok::<(), chainrule::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Space {
    values: [Values; Knob::ALL.len()],
    /// The hidden layers, where neither their number nor their width is to be varied.
    hidden: Option<Vec<usize>>,
}

/// What a trial tries: a value for each [`Knob`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Units of each hidden layer: as many as the depth, each of the width.
    pub hidden: Vec<usize>,
    /// The activation of all hidden layers.
    pub activation: LayerActivation,
    /// L2 penalty.
    pub alpha: f64,
    /// The size of the steps.
    pub learning_rate: f64,
    /// Rows of a step.
    pub batch_size: usize,
    /// Share of the hidden units that is dropped in each step.
    pub dropout: f64,
}

impl Space {
    /// What is worth trying for a recipe and so many training rows: 1 to 3 hidden layers of 16 to 256
    /// units; three activations; penalties from 1e-6 to 1; learning rates from a tenth of the
    /// optimiser's usual one to thirty times it; batches of half the usual rows to four times as many;
    /// dropout up to 0.5.
    pub fn usual(recipe: &Recipe, training_rows: usize) -> Space {
        let rate = recipe.usual_optimizer().learning_rate();
        let rows = Recipe::usual_batch_size(training_rows) as f64;
        let numbers = |numbers: &[f64]| Values::Numbers(numbers.to_vec());
        let activations = [Activation::Relu, Activation::Tanh, Activation::Silu];
        let values = Knob::ALL.map(|knob| match knob {
            Knob::Depth => numbers(&[1.0, 2.0, 3.0]),
            Knob::Width => numbers(&[16.0, 32.0, 64.0, 128.0, 256.0]),
            Knob::Activation => Values::Activations(activations.map(Into::into).to_vec()),
            Knob::Alpha => Values::Range { from: 1e-6, to: 1.0 },
            Knob::LearningRate => Values::Range { from: rate / 10.0, to: rate * 30.0 },
            Knob::BatchSize => numbers(&[0.5, 1.0, 2.0, 4.0].map(|times| times * rows)),
            Knob::Dropout => numbers(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        });
        Space { values, hidden: None }
    }

    /// What a recipe says, and nothing else: the space of a grid before any knob is given values.
    pub fn fixed(recipe: &Recipe, training_rows: usize) -> Space {
        let mut space = Space::usual(recipe, training_rows);
        let usual = Settings::of(recipe, training_rows);
        for knob in Knob::ALL {
            let values = match knob {
                Knob::Activation => Values::Activations(vec![usual.activation.clone()]),
                Knob::Dropout => Values::Numbers(vec![usual.dropout]),
                knob => Values::Numbers(vec![usual.number(knob).unwrap_or(128.0)]),
            };
            space.values[knob as usize] = values;
        }
        Space { hidden: Some(usual.hidden), ..space }
    }

    /// The values of a knob.
    pub fn values(&self, knob: Knob) -> &Values {
        &self.values[knob as usize]
    }

    /// Gives a knob other values, as [`Knob::read`] reads them.
    ///
    /// # Errors
    /// As for [`Knob::read`].
    pub fn set(&mut self, knob: Knob, values: &str) -> Result<(), Error> {
        self.values[knob as usize] = knob.read(values)?;
        if matches!(knob, Knob::Depth | Knob::Width) {
            self.hidden = None;
        }
        Ok(())
    }

    /// The values of each knob as text, by its name, and the hidden layers if they are fixed.
    pub(super) fn texts(&self) -> BTreeMap<String, String> {
        let text = |knob: Knob| (knob.name().to_string(), self.values(knob).to_string());
        let mut texts: BTreeMap<String, String> = Knob::ALL.into_iter().map(text).collect();
        texts.extend(self.hidden.as_ref().map(|units| ("hidden".into(), format!("{units:?}"))));
        texts
    }

    /// So many layers of this width, or those that are fixed.
    fn layers(&self, depth: usize, width: usize) -> Vec<usize> {
        self.hidden.clone().unwrap_or_else(|| vec![width; depth])
    }

    /// The settings of a trial by chance. They depend on the seed and the trial's number alone, and
    /// the value of a knob on no other knob.
    pub fn draw(&self, seed: u64, trial: usize) -> Settings {
        let stream = |knob: Knob| Stream::new(seed, &format!("tune.{knob}.{trial}"));
        let number = |knob: Knob| self.values(knob).number(knob, &mut stream(knob));
        let activation = match self.values(Knob::Activation) {
            Values::Activations(names) => {
                names[stream(Knob::Activation).below(names.len() as u32) as usize].clone()
            }
            _ => unreachable!("activations are names"),
        };
        Settings {
            hidden: self.layers(number(Knob::Depth) as usize, number(Knob::Width) as usize),
            activation,
            alpha: number(Knob::Alpha),
            learning_rate: number(Knob::LearningRate),
            batch_size: number(Knob::BatchSize) as usize,
            dropout: number(Knob::Dropout),
        }
    }

    /// Every combination of the values, those of ranges at a few points: powers
    /// of ten, powers of two for widths and batches, all depths, five shares of dropout. Without
    /// hidden layers their widths, activations and dropout make no difference, and stand for one.
    pub fn grid(&self) -> Vec<Settings> {
        let numbers = |knob: Knob| self.values(knob).grid(knob);
        let Values::Activations(activations) = self.values(Knob::Activation) else {
            unreachable!("activations are names");
        };
        let mut grid: Vec<Settings> = Vec::new();
        for depth in numbers(Knob::Depth) {
            let is_flat = depth == 0.0;
            let some = |count: usize| if is_flat { 1 } else { count };
            let (widths, shares) = (numbers(Knob::Width), numbers(Knob::Dropout));
            for &width in &widths[..some(widths.len())] {
                for activation in &activations[..some(activations.len())] {
                    for &dropout in &shares[..some(shares.len())] {
                        for alpha in numbers(Knob::Alpha) {
                            for learning_rate in numbers(Knob::LearningRate) {
                                for batch_size in numbers(Knob::BatchSize) {
                                    grid.push(Settings {
                                        hidden: self.layers(depth as usize, width as usize),
                                        activation: activation.clone(),
                                        alpha,
                                        learning_rate,
                                        batch_size: batch_size as usize,
                                        dropout,
                                    });
                                }
                            }
                        }
                    }
                }
            }
        }
        grid
    }

    /// The combinations of [`Space::grid`], without writing them down.
    pub fn grid_size(&self) -> usize {
        let count = |knob: Knob| match self.values(knob) {
            Values::Activations(names) => names.len(),
            values => values.grid(knob).len(),
        };
        let product = |knobs: &[Knob]| {
            knobs.iter().map(|&knob| count(knob)).fold(1, |all: usize, it| all.saturating_mul(it))
        };
        let common = product(&[Knob::Alpha, Knob::LearningRate, Knob::BatchSize]);
        let layered = product(&[Knob::Width, Knob::Activation, Knob::Dropout]);
        let depths = self.values(Knob::Depth).grid(Knob::Depth);
        let each = depths.iter().map(|&depth| if depth == 0.0 { 1 } else { layered });
        each.fold(0, |all: usize, it| all.saturating_add(it)).saturating_mul(common)
    }

    /// The settings of the space that are nearest to the recipe's own or usual ones: the first trial
    /// of a search, with which the others are compared.
    pub fn nearest(&self, recipe: &Recipe, training_rows: usize) -> Settings {
        let usual = Settings::of(recipe, training_rows);
        let near = |knob: Knob, wanted: f64| self.values(knob).nearest(wanted);
        let depth = near(Knob::Depth, usual.hidden.len() as f64) as usize;
        let width = |layer: usize| {
            let wanted = usual.hidden.get(layer).or(usual.hidden.last()).copied().unwrap_or(128);
            near(Knob::Width, wanted as f64) as usize
        };
        let activation = match self.values(Knob::Activation) {
            Values::Activations(names) if !names.contains(&usual.activation) => names[0].clone(),
            _ => usual.activation.clone(),
        };
        Settings {
            hidden: self.hidden.clone().unwrap_or_else(|| (0..depth).map(width).collect()),
            activation,
            alpha: near(Knob::Alpha, usual.alpha),
            learning_rate: near(Knob::LearningRate, usual.learning_rate),
            batch_size: near(Knob::BatchSize, usual.batch_size as f64) as usize,
            dropout: near(Knob::Dropout, usual.dropout),
        }
    }
}

impl Settings {
    /// Those of a recipe, with what it leaves open as it is usual.
    fn of(recipe: &Recipe, training_rows: usize) -> Settings {
        let usual_rows = Recipe::usual_batch_size(training_rows).min(training_rows.max(1));
        let batch_size = recipe.batch_size.unwrap_or(usual_rows);
        Settings {
            hidden: recipe.hidden.clone(),
            activation: recipe.activations.first().cloned().unwrap_or(Activation::Relu.into()),
            alpha: recipe.usual_alpha(batch_size, training_rows),
            learning_rate: recipe.usual_optimizer().learning_rate(),
            batch_size,
            dropout: recipe.usual_dropout().first().copied().unwrap_or(0.0),
        }
    }

    /// The recipe with these settings instead of its own.
    pub fn recipe(&self, base: &Recipe) -> Recipe {
        Recipe {
            hidden: self.hidden.clone(),
            activations: vec![self.activation.clone()],
            alpha: Some(self.alpha),
            schedule: Some(base.usual_schedule()),
            optimizer: Some(base.usual_optimizer().with_learning_rate(self.learning_rate)),
            batch_size: Some(self.batch_size),
            dropout: vec![self.dropout],
            ..base.clone()
        }
    }

    /// The value of a knob, where it has one that is a number: a network without hidden layers has no
    /// width and no dropout. Of layers of different widths it is the widest.
    pub fn number(&self, knob: Knob) -> Option<f64> {
        let of_layers = |value: f64| (!self.hidden.is_empty()).then_some(value);
        match knob {
            Knob::Depth => Some(self.hidden.len() as f64),
            Knob::Width => self.hidden.iter().max().map(|&units| units as f64),
            Knob::Activation => None,
            Knob::Alpha => Some(self.alpha),
            Knob::LearningRate => Some(self.learning_rate),
            Knob::BatchSize => Some(self.batch_size as f64),
            Knob::Dropout => of_layers(self.dropout),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Space {
        Space::usual(&Recipe::default(), 1_000)
    }

    #[test]
    fn a_draw_depends_on_its_number_alone_and_each_knob_on_itself() {
        let space = usual();
        let forwards: Vec<Settings> = (0..20).map(|trial| space.draw(7, trial)).collect();
        let backwards: Vec<Settings> = (0..20).rev().map(|trial| space.draw(7, trial)).collect();
        assert!(forwards.iter().eq(backwards.iter().rev()));
        assert_ne!(forwards[0], space.draw(8, 0));
        assert_ne!(forwards[0], forwards[1]);
        let mut narrower = space.clone();
        narrower.set(Knob::Width, "5").unwrap();
        for (trial, before) in forwards.iter().enumerate() {
            let after = narrower.draw(7, trial);
            assert_eq!(after.hidden, vec![5; before.hidden.len()]);
            assert_eq!(Settings { hidden: before.hidden.clone(), ..after }, *before);
        }
    }

    #[test]
    fn a_grid_has_every_combination_once() {
        let mut space = Space::fixed(&Recipe::default(), 1_000);
        space.set(Knob::Alpha, "1e-6..1e-1").unwrap();
        space.set(Knob::Width, "16,32").unwrap();
        space.set(Knob::Depth, "0..2").unwrap();
        let grid = space.grid();
        // Six penalties, for no hidden layer and for two widths of each depth.
        assert_eq!((grid.len(), space.grid_size()), (6 * (1 + 2 * 2), 30));
        for (index, settings) in grid.iter().enumerate() {
            assert!(!grid[..index].contains(settings));
            assert_eq!((settings.learning_rate, settings.batch_size), (0.003, 32));
        }
        assert!(grid.iter().any(|it| it.hidden == [32, 32] && it.alpha == 1e-3));
        let fixed = Space::fixed(&Recipe::default(), 1_000);
        assert_eq!(fixed.grid(), [fixed.nearest(&Recipe::default(), 1_000)]);
        assert_eq!(fixed.grid()[0].hidden, [256, 128]);
        assert_eq!(usual().grid().len(), usual().grid_size());
    }

    #[test]
    fn the_nearest_are_the_usual_ones_within_the_space() {
        let mut space = usual();
        let near = |space: &Space| space.nearest(&Recipe::default(), 1_000);
        let found = near(&space);
        assert_eq!((found.hidden, found.batch_size, found.dropout), (vec![256, 128], 32, 0.2));
        assert_eq!((found.alpha, found.learning_rate), (0.064, 0.003));
        // Half the units of two classes are dropped, and that is among the values too.
        let task = Some(chainrule_data::Task::Binary);
        let found = space.nearest(&Recipe { task, ..Recipe::default() }, 1_000);
        assert_eq!(found.dropout, 0.5);
        space.set(Knob::Width, "8..32").unwrap();
        space.set(Knob::Depth, "3").unwrap();
        space.set(Knob::Activation, "tanh").unwrap();
        let found = near(&space);
        assert_eq!((found.hidden, found.activation.to_string()), (vec![32; 3], "tanh".to_string()));
    }

    #[test]
    fn settings_become_a_recipe_that_keeps_the_rest() {
        let base = Recipe {
            optimizer: Some("adamw(weight_decay=0.1)".parse().unwrap()),
            seed: 9,
            ..Recipe::default()
        };
        let settings = Settings { learning_rate: 0.25, ..usual().draw(1, 3) };
        let recipe = settings.recipe(&base);
        let optimizer = recipe.optimizer.unwrap().to_string();
        assert!(
            optimizer.contains("weight_decay=0.1") && optimizer.contains("0.25"),
            "{optimizer}"
        );
        assert_eq!((recipe.seed, recipe.hidden), (9, settings.hidden));
        assert_eq!((recipe.alpha, recipe.dropout), (Some(settings.alpha), vec![settings.dropout]));
    }
}
