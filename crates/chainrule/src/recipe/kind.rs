//! Which family of models a recipe trains, and what suits it.

use super::Recipe;
use crate::named::choices;
use crate::train::Schedule;
use crate::{Error, Loss, Optimizer, Score};
use chainrule_data::Task;
use std::fmt::Display;

choices! {
    /// The family of a model: a multilayer perceptron, or one layer without hidden ones, whose
    /// training has a single minimum (or a rule of its own).
    ///
    /// | kind | task | outputs | loss |
    /// |---|---|---|---|
    /// | perceptron | binary | one threshold unit | none: Rosenblatt's rule |
    /// | linear | regression | one identity for each target | mean squared error |
    /// | logistic | binary | one sigmoid | binary cross-entropy |
    /// | softmax | binary, multi-class | one for each class, softmax | cross-entropy |
    /// | multilabel | multi-label | one sigmoid for each label | binary cross-entropy |
    /// | mlp | any | by the task | by the task |
    #[derive(Default)]
    pub enum Kind: "kind" {
        /// One threshold unit, by Rosenblatt's rule: see [`Perceptron`](crate::neuron::Perceptron).
        Perceptron = "perceptron",
        /// Linear regression.
        Linear = "linear",
        /// Logistic regression.
        Logistic = "logistic",
        /// Softmax regression: multinomial logistic regression.
        Softmax = "softmax",
        /// A logistic regression for each label.
        Multilabel = "multilabel" | "multi_label",
        /// A multilayer perceptron.
        #[default]
        Mlp = "mlp",
    }
}

/// What is right in place of a setting that a kind has no use for.
const LEAVE_OUT: &str = "left out";

impl Kind {
    /// The kind of single layer that a task has.
    fn of_task(task: Task) -> Kind {
        match task {
            Task::Regression => Kind::Linear,
            Task::Binary => Kind::Logistic,
            Task::MultiClass => Kind::Softmax,
            Task::MultiLabel => Kind::Multilabel,
        }
    }

    /// Checks that the kind is one for the task.
    pub(super) fn check_task(self, task: Task) -> Result<(), Error> {
        let suits = match self {
            Kind::Mlp => true,
            Kind::Perceptron | Kind::Logistic => task == Task::Binary,
            Kind::Linear => task == Task::Regression,
            Kind::Softmax => matches!(task, Task::Binary | Task::MultiClass),
            Kind::Multilabel => task == Task::MultiLabel,
        };
        if suits {
            return Ok(());
        }
        let more = match (self, task) {
            (Kind::Linear, _) => "; if the target holds numbers, state the task regression",
            (_, Task::Regression) => "; if the target holds classes, state the task",
            (Kind::Multilabel, _) => "; if the target is one label, state the task multi-label",
            (Kind::Perceptron | Kind::Logistic, Task::MultiClass) => {
                ", since this kind tells two classes apart"
            }
            _ => "",
        };
        let expected = format!("{} or mlp for the task {task}{more}", Kind::of_task(task));
        Err(Error::setting("the kind", self, &expected))
    }

    /// Checks that the loss is one that the kind has, if one is given.
    fn check_loss(self, loss: Option<Loss>) -> Result<(), Error> {
        let Some(loss) = loss else { return Ok(()) };
        let (suits, own) = match self {
            Kind::Mlp => return Ok(()),
            // Whose resolved settings name the loss that judges it.
            Kind::Perceptron => (
                loss == Loss::MeanSquaredError,
                "left out with the kind perceptron, whose rule has none",
            ),
            Kind::Linear => (
                loss.output_activation().is_none(),
                "mean_squared_error or another whose outputs are the sums themselves, such as \
                 half_sum_of_squares or huber, with the kind linear",
            ),
            Kind::Softmax => (loss == Loss::CrossEntropy, "cross_entropy with the kind softmax"),
            Kind::Logistic | Kind::Multilabel => {
                (loss == Loss::BinaryCrossEntropy, "binary_cross_entropy with this kind")
            }
        };
        let expected = format!("{own}; the kind mlp with no hidden layers takes others");
        if suits { Ok(()) } else { Err(Error::setting("the loss", loss, &expected)) }
    }
}

impl Recipe {
    /// Units of each hidden layer: those given, but none for a kind that has none.
    pub(crate) fn hidden_layers(&self) -> &[usize] {
        if self.kind == Kind::Mlp { &self.hidden } else { &[] }
    }

    /// Whether the training seeks the one minimum that there is, on all rows in 64 bits. Then no epoch
    /// but the last is of interest, unless a setting says so.
    pub(super) fn seeks_minimum(&self) -> bool {
        self.kind != Kind::Mlp && self.usual_optimizer().is_full_batch()
    }

    /// Whether the validation rows choose an epoch.
    pub(super) fn chooses_epoch(&self) -> bool {
        !self.seeks_minimum() || self.patience.is_some() || self.score != Score::Auto
    }

    /// Refuses settings that the kind has no use for.
    pub(super) fn check_kind(&self) -> Result<(), Error> {
        if self.kind == Kind::Mlp {
            return Ok(());
        }
        let usual = Recipe::default();
        let kind = self.kind;
        let refuse = |setting: &str, found: String, why: &str| {
            let expected = format!("{LEAVE_OUT} with the kind {kind}, {why}");
            Err(Error::setting(setting, found, &expected))
        };
        let no_layers = "which has no hidden layers; choose the kind mlp for them";
        if !self.hidden.is_empty() && self.hidden != usual.hidden {
            return refuse("the list of hidden layers", list(&self.hidden), no_layers);
        }
        if !self.activations.is_empty() {
            let found = list(&self.activations);
            return refuse("the activation of hidden layers", found, no_layers);
        }
        if !self.normalizations.is_empty() {
            let found = list(&self.normalizations);
            return refuse("the normalisation of hidden layers", found, no_layers);
        }
        if self.dropout.iter().any(|share| *share > 0.0) {
            return refuse("the dropout of hidden layers", list(&self.dropout), no_layers);
        }
        if !self.skips.is_empty() {
            return refuse("the skip connection", list(&self.skips), no_layers);
        }
        kind.check_loss(self.loss)?;
        if kind == Kind::Perceptron { self.check_perceptron() } else { Ok(()) }
    }

    /// Refuses what Rosenblatt's rule does not have.
    fn check_perceptron(&self) -> Result<(), Error> {
        let usual = Recipe::default();
        let optimizer = self.optimizer.filter(|it| !matches!(it, Optimizer::Sgd(_)));
        let number = |setting: &str, value: f64, usual: f64| {
            (value != usual).then(|| (setting.to_string(), value.to_string()))
        };
        fn given<T: Display>(setting: &str, value: Option<T>) -> Option<(String, String)> {
            value.map(|value| (setting.to_string(), value.to_string()))
        }
        let schedule = self.schedule.filter(|schedule| *schedule != Schedule::Constant);
        let score = (self.score != usual.score).then_some(self.score);
        let initializer = (!self.initializers.is_empty()).then(|| list(&self.initializers));
        let found = [
            given("the optimiser", optimizer.map(|it| it.name())),
            given("the schedule", schedule),
            number("the warm-up", self.warm_up, usual.warm_up),
            given("the batch size", self.batch_size),
            given("the initialiser", initializer),
            number("the input dropout", self.input_dropout, usual.input_dropout),
            given("the score", score),
            given("the patience", self.patience),
            given("the epochs without improvement", self.no_improvement),
            number("alpha", self.alpha.unwrap_or(0.0), 0.0),
            number("l1", self.l1, usual.l1),
            number("the label smoothing", self.label_smoothing.unwrap_or(0.0), 0.0),
            given("the clipping", self.clip.norm.or(self.clip.value)),
            given("the column of sample weights", self.sample_weights.as_ref()),
            given("the list of class weights", self.class_weights.as_ref()),
        ];
        match found.into_iter().flatten().next() {
            None => Ok(()),
            Some((setting, found)) => {
                let expected = format!(
                    "{LEAVE_OUT} with the kind perceptron, whose rule has none and goes from zero \
                     through the rows in order; choose the kind logistic for it"
                );
                Err(Error::setting(setting, found, &expected))
            }
        }
    }
}

/// Settings with commas between.
fn list<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}
