//! The rows of a fold as every model meets them.

use chainrule::data::{Dataset, Preparation, Table, Targets, Task};
use chainrule::metrics::Truths;
use chainrule::{Error, Kind, Loss, Predictions, Recipe};
use ndarray::Array2;

/// A fold: what to learn from, what to predict, and how.
pub(crate) struct Fold<'a> {
    pub(crate) data: &'a Dataset,
    /// The settings of the network.
    pub(crate) recipe: &'a Recipe,
    pub(crate) training: &'a [usize],
    pub(crate) test: &'a [usize],
    /// Fitted to the training rows.
    pub(crate) preparation: Preparation,
    pub(crate) seed: u64,
}

type Predict = dyn Fn(&Array2<f32>) -> Result<Outputs, Error>;

/// A model that has learned.
pub(crate) struct Fitted {
    /// Predicts the rows of a matrix of inputs.
    pub(crate) predict: Box<Predict>,
    /// How long it took to learn from prepared rows.
    pub(crate) seconds: f64,
    /// How its inputs are prepared, unless as the fold's.
    pub(crate) preparation: Option<Preparation>,
    /// What should be known, for people to read.
    pub(crate) notes: Vec<String>,
}

/// What a model says of some rows.
pub(crate) enum Outputs {
    /// The class of each row.
    Classes {
        predicted: Vec<u32>,
        /// Rows x classes; empty for a model that has none.
        probabilities: Vec<f32>,
        /// Without probabilities, how much speaks for the second of two classes; empty if unknown.
        scores: Vec<f64>,
    },
    /// Rows x labels: probabilities, or 0 and 1.
    Labels(Vec<f32>),
    /// Rows x targets, scaled as the preparation scales them.
    Values(Vec<f32>),
}

/// What is to be learned.
pub(crate) enum Learned {
    /// The class of each row.
    Classes(Vec<u32>),
    /// One list of numbers for each label or target.
    Columns(Vec<Vec<f64>>),
}

impl<'a> Fold<'a> {
    /// Fits the preparation to the training rows.
    pub(crate) fn new(
        data: &'a Dataset,
        recipe: &'a Recipe,
        task: Task,
        training: &'a [usize],
        test: &'a [usize],
    ) -> Result<Fold<'a>, Error> {
        // The recipe decides how tables are prepared, for the network as for the others.
        let prepared = linear(recipe, task).prepare_rows(data, training, test)?;
        let preparation = prepared.model.preparation.expect("a model of a table has one");
        Ok(Fold { data, recipe, training, test, preparation, seed: recipe.seed })
    }

    fn table(&self) -> &Table {
        &self.data.table
    }

    /// The inputs of some rows.
    pub(crate) fn inputs(
        &self,
        preparation: &Preparation,
        rows: &[usize],
    ) -> Result<Array2<f32>, Error> {
        let numbers = preparation.features(self.table(), rows)?;
        let inputs = Array2::from_shape_vec((rows.len(), preparation.inputs()), numbers);
        Ok(inputs.expect("a row of inputs for each row"))
    }

    /// What some of the training rows say of the targets.
    pub(crate) fn learned(&self, rows: &[usize]) -> Result<Learned, Error> {
        Ok(match self.preparation.targets(self.table(), rows)? {
            Targets::Classes(classes) => Learned::Classes(classes),
            Targets::Values { values, columns } => {
                let column = |column: usize| {
                    let numbers = values.iter().skip(column).step_by(columns);
                    numbers.map(|&number| f64::from(number)).collect()
                };
                Learned::Columns((0..columns).map(column).collect())
            }
        })
    }

    /// What the test rows truly are.
    pub(crate) fn truths(&self) -> Result<Truths, Error> {
        Truths::of(&self.preparation, self.table(), self.test)
    }

    /// What a model says of the test rows, in the table's own terms; `preparation` is the model's.
    pub(crate) fn predictions(&self, outputs: &Outputs, preparation: &Preparation) -> Predictions {
        let mut predictions = Predictions {
            task: preparation.task(),
            targets: preparation.target_names().to_vec(),
            classes: preparation.class_names().to_vec(),
            rows: self.test.len(),
            predicted_classes: Vec::new(),
            units: Vec::new(),
            values: Vec::new(),
            probabilities: Vec::new(),
            threshold: 0.5,
            warnings: Vec::new(),
        };
        match outputs {
            Outputs::Classes { predicted, probabilities, .. } => {
                predictions.predicted_classes = predicted.clone();
                predictions.probabilities = probabilities.clone();
            }
            Outputs::Labels(labels) => predictions.probabilities = labels.clone(),
            Outputs::Values(values) => predictions.values = preparation.unscale(values),
        }
        predictions
    }
}

/// The linear model of a task, prepared as the recipe says and with scikit-learn's usual penalty.
pub(crate) fn linear(recipe: &Recipe, task: Task) -> Recipe {
    let usual = Recipe::default();
    let kind = match task {
        Task::Regression => Kind::Linear,
        Task::Binary => Kind::Logistic,
        Task::MultiClass => Kind::Softmax,
        Task::MultiLabel => Kind::Multilabel,
    };
    Recipe {
        targets: recipe.targets.clone(),
        drop: recipe.drop.clone(),
        sample_weights: recipe.sample_weights.clone(),
        class_weights: recipe.class_weights.clone(),
        task: Some(task),
        scale: recipe.scale,
        seed: recipe.seed,
        threads: recipe.threads,
        instruction_set: recipe.instruction_set,
        kind,
        // alpha / 2 ||W||^2 beside the summed loss: C = 1, and beside half the squares ridge's alpha 1.
        alpha: Some(1.0),
        loss: (kind == Kind::Linear).then_some(Loss::HalfSumOfSquares),
        validation: 0.0,
        ..usual
    }
}
