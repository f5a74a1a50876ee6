//! Optimisers: from gradients to steps. One file each: the formula, its settings, its source.

mod adagrad;
mod adam;
mod adamw;
mod lbfgs;
mod minimize;
mod momentum;
mod nesterov;
mod rmsprop;
mod sgd;
mod table;

pub use adagrad::Adagrad;
pub use adam::{Adam, AdamHat};
pub use adamw::AdamW;
pub use lbfgs::Lbfgs;
pub(crate) use lbfgs::LbfgsRun;
pub use minimize::{Minimum, Outcome, minimize};
pub use momentum::{Momentum, MomentumAverage, MomentumClassic};
pub use nesterov::{Nesterov, NesterovClassic};
pub use rmsprop::RmsProp;
pub use sgd::Sgd;

use crate::{Error, named};
use chainrule_graph::Number;
use chainrule_math::{InstructionSet, map};
use std::fmt;
use std::str::FromStr;

table::optimizers! {
    /// How the weights follow the gradient.
    ///
    /// Written as text it is the name, with settings in brackets; those left out have their usual
    /// values:
    ///
    /// ```
    /// use chainrule::{Optimizer, optim::Adam};
    /// let optimizer: Optimizer = "adam(learning_rate=0.01)".parse()?;
    /// assert_eq!(optimizer, Adam { learning_rate: 0.01, ..Adam::default() }.into());
    /// # Ok::<(), chainrule::Error>(())
    /// ```
    pub enum Optimizer {
        /// Plain gradient descent.
        Sgd = "sgd", 0;
        /// With momentum, as PyTorch has it.
        Momentum = "momentum", 1;
        /// With momentum as an average of the gradients.
        MomentumAverage = "momentum_average", 1;
        /// With momentum in its classic form, as scikit-learn has it.
        MomentumClassic = "momentum_classic", 1;
        /// Nesterov's momentum.
        Nesterov = "nesterov", 1;
        /// Nesterov's momentum in its classic form, as scikit-learn has it.
        NesterovClassic = "nesterov_classic", 1;
        /// Steps that shrink with the squares of all gradients so far.
        Adagrad = "adagrad", 1;
        /// Steps in units of the recent gradients.
        RmsProp = "rmsprop" | "rms_prop", 2;
        /// Adaptive moments.
        Adam = "adam", 2;
        /// Adaptive moments, their corrections gathered in the step size, as scikit-learn has them.
        AdamHat = "adam_hat", 2;
        /// Adaptive moments, with weights that decay.
        AdamW = "adamw" | "adam_w", 2;
        /// Curvature from the last gradients, and a search along a line; needs all rows.
        Lbfgs = "lbfgs" | "l_bfgs", 0;
    }
}

impl Optimizer {
    /// Reads an optimiser: [`FromStr`] as a function.
    ///
    /// # Errors
    /// An unknown name or setting, or a number out of its range.
    pub fn named(text: &str) -> Result<Optimizer, Error> {
        text.parse()
    }

    /// The same optimiser with another momentum: mu, beta, or Adam's first beta.
    ///
    /// # Errors
    /// For an optimiser that has none.
    pub fn with_momentum(self, momentum: f64) -> Result<Optimizer, Error> {
        let (choice, mut values) = self.choice();
        let is_momentum = |name: &str| matches!(name, "momentum" | "beta1");
        match choice.settings.iter().position(|setting| is_momentum(setting.name)) {
            Some(place) => {
                values[place] = momentum;
                Ok(Optimizer::of(choice, &values))
            }
            None => {
                let name = self.name();
                let expected =
                    format!("left out for {name}, which has none; choose the optimiser momentum");
                Err(Error::setting("momentum", momentum, &expected))
            }
        }
    }

    /// Whether each of its steps needs all rows: it compares the loss at several points, which
    /// batches of other rows would make meaningless.
    pub fn is_full_batch(&self) -> bool {
        matches!(self, Optimizer::Lbfgs(_))
    }

    /// Checks the settings' ranges.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (choice, values) = self.choice();
        choice.check(&values)
    }

    /// The rule of a step, the first being step 1.
    ///
    /// # Panics
    /// For L-BFGS, which needs more than a gradient: see [`LbfgsRun`].
    pub(crate) fn at(&self, step: u64) -> OptimizerStep {
        match *self {
            Optimizer::Adam(rule) => OptimizerStep::Adam(rule.at(step)),
            Optimizer::AdamHat(rule) => OptimizerStep::Adam(rule.at(step)),
            Optimizer::AdamW(rule) => OptimizerStep::AdamW(rule.at(step)),
            Optimizer::Lbfgs(_) => unreachable!("L-BFGS runs by itself"),
            steady => OptimizerStep::Steady(steady),
        }
    }
}

/// An optimiser at one step of its run: what depends on the step alone is computed once, not for each
/// block of the parameters.
#[derive(Clone, Copy)]
pub(crate) enum OptimizerStep {
    /// The same at every step.
    Steady(Optimizer),
    Adam(adam::AdamStep),
    AdamW(adamw::AdamWStep),
}

impl OptimizerStep {
    /// Changes the weights and the states by the gradients.
    pub(crate) fn apply<E: Number>(
        &self,
        set: InstructionSet,
        weights: &mut [E],
        gradients: &[E],
        [first, second]: [&mut [E]; 2],
    ) {
        use Optimizer::*;
        match *self {
            OptimizerStep::Adam(rule) => map::rule(set, rule, weights, gradients, [first, second]),
            OptimizerStep::AdamW(rule) => map::rule(set, rule, weights, gradients, [first, second]),
            OptimizerStep::Steady(optimizer) => match optimizer {
                Sgd(rule) => map::rule(set, rule, weights, gradients, []),
                Momentum(rule) => map::rule(set, rule, weights, gradients, [first]),
                MomentumAverage(rule) => map::rule(set, rule, weights, gradients, [first]),
                MomentumClassic(rule) => map::rule(set, rule, weights, gradients, [first]),
                Nesterov(rule) => map::rule(set, rule, weights, gradients, [first]),
                NesterovClassic(rule) => map::rule(set, rule, weights, gradients, [first]),
                Adagrad(rule) => map::rule(set, rule, weights, gradients, [first]),
                RmsProp(rule) => map::rule(set, rule, weights, gradients, [first, second]),
                Adam(_) | AdamHat(_) | AdamW(_) | Lbfgs(_) => {
                    unreachable!("they are not the same at every step")
                }
            },
        }
    }
}

impl fmt::Display for Optimizer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (choice, values) = self.choice();
        choice.write(formatter, &values)
    }
}

impl FromStr for Optimizer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Optimizer, Error> {
        let (choice, values) = named::read("optimiser", text, Optimizer::CHOICES)?;
        Ok(Optimizer::of(choice, &values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Optimizer {
        text.parse().unwrap()
    }

    #[test]
    fn every_optimiser_is_read_and_written_alike() {
        for name in Optimizer::NAMES {
            let usual = read(name);
            assert_eq!(usual.name(), *name);
            assert_eq!(usual, read(&usual.to_string()));
            let other = usual.with_learning_rate(0.125);
            assert_eq!(other.learning_rate(), 0.125);
            assert_eq!(other, read(&other.to_string()));
            let json = serde_json::to_value(other).unwrap();
            assert_eq!(json["name"], *name);
            assert_eq!(json["learning_rate"], 0.125);
            assert_eq!(other, serde_json::from_value(json).unwrap());
        }
    }

    #[test]
    fn settings_left_out_are_the_usual_ones() {
        assert_eq!(read("sgd"), Sgd { learning_rate: 0.1 }.into());
        let text = "AdamW(weight_decay=0.1, beta2=0.99)";
        let adamw = AdamW { weight_decay: 0.1, beta2: 0.99, ..AdamW::default() };
        assert_eq!(read(text), adamw.into());
        assert_eq!(read("l-bfgs(history=5)"), Lbfgs { history: 5, ..Lbfgs::default() }.into());
        let json = r#"{"name": "rmsprop", "momentum": 0.5}"#;
        let rmsprop = RmsProp { momentum: 0.5, ..RmsProp::default() };
        assert_eq!(serde_json::from_str::<Optimizer>(json).unwrap(), rmsprop.into());
        // A misspelt setting must not be taken for one left out.
        let json = r#"{"name": "rmsprop", "momentm": 0.5}"#;
        assert!(serde_json::from_str::<Optimizer>(json).is_err());
    }

    #[test]
    fn numbers_out_of_range_are_refused_as_text_and_as_settings() {
        for (text, settings, problem) in [
            ("sgd(0)", Sgd { learning_rate: 0.0 }.into(), "the learning_rate of sgd is 0"),
            (
                "adam(beta2=1)",
                Adam { beta2: 1.0, ..Adam::default() }.into(),
                "the beta2 of adam is 1, but must be at least 0 and below 1",
            ),
            (
                "lbfgs(history=0)",
                Optimizer::from(Lbfgs { history: 0, ..Lbfgs::default() }),
                "the history of lbfgs is 0, but must be a whole number of at least 1",
            ),
        ] {
            for error in [text.parse::<Optimizer>().unwrap_err(), settings.check().unwrap_err()] {
                assert!(error.to_string().contains(problem), "{error}");
            }
        }
        let message = "adm".parse::<Optimizer>().unwrap_err().to_string();
        assert!(message.contains("did you mean \"adam\""), "{message}");
    }

    #[test]
    fn momentum_is_whichever_setting_remembers_gradients() {
        let with = |name: &str| read(name).with_momentum(0.5);
        assert_eq!(with("adam").unwrap(), Adam { beta1: 0.5, ..Adam::default() }.into());
        assert_eq!(
            with("rmsprop").unwrap(),
            RmsProp { momentum: 0.5, ..RmsProp::default() }.into()
        );
        let message = with("adagrad").unwrap_err().to_string();
        assert!(message.contains("left out for adagrad, which has none"), "{message}");
    }
}
