//! Optimisers: from gradients to steps. One file each: the formula, its settings, its source.

mod adam;
mod momentum;
mod nesterov;
mod sgd;

pub use adam::Adam;
pub use momentum::{Momentum, MomentumForm};
pub use nesterov::Nesterov;
pub use sgd::Sgd;

use crate::Error;
use chainrule_graph::Number;
use chainrule_math::machine::UpdateRule;
use chainrule_math::{InstructionSet, map};
use serde::{Deserialize, Serialize};

/// How the weights follow the gradient.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Optimizer {
    /// Plain gradient descent.
    Sgd(Sgd),
    /// With momentum, in one of three conventions.
    Momentum(Momentum),
    /// Nesterov's momentum.
    Nesterov(Nesterov),
    /// Adaptive moments.
    Adam(Adam),
}

impl Optimizer {
    /// The names that [`Optimizer::named`] knows.
    pub const NAMES: [&'static str; 6] =
        ["sgd", "momentum", "momentum_average", "momentum_classic", "nesterov", "adam"];

    /// The optimiser called `name`, with its usual settings.
    ///
    /// # Errors
    /// An unknown name.
    pub fn named(name: &str) -> Result<Optimizer, Error> {
        let momentum = |form| Optimizer::Momentum(Momentum { form, ..Momentum::default() });
        Ok(match crate::named::normal(name).as_str() {
            "sgd" => Optimizer::Sgd(Sgd::default()),
            "momentum" => momentum(MomentumForm::Accumulated),
            "momentum_average" => momentum(MomentumForm::Average),
            "momentum_classic" => momentum(MomentumForm::Classic),
            "nesterov" => Optimizer::Nesterov(Nesterov::default()),
            "adam" => Optimizer::Adam(Adam::default()),
            _ => return Err(Error::unknown("optimiser", name, &Optimizer::NAMES)),
        })
    }

    /// The name that [`Optimizer::named`] reads.
    pub fn name(&self) -> &'static str {
        match self {
            Optimizer::Sgd(_) => "sgd",
            Optimizer::Momentum(momentum) => match momentum.form {
                MomentumForm::Accumulated => "momentum",
                MomentumForm::Average => "momentum_average",
                MomentumForm::Classic => "momentum_classic",
            },
            Optimizer::Nesterov(_) => "nesterov",
            Optimizer::Adam(_) => "adam",
        }
    }

    /// The step size.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Optimizer::Sgd(it) => it.learning_rate,
            Optimizer::Momentum(it) => it.learning_rate,
            Optimizer::Nesterov(it) => it.learning_rate,
            Optimizer::Adam(it) => it.learning_rate,
        }
    }

    /// The same optimiser with another step size.
    pub fn with_learning_rate(mut self, learning_rate: f64) -> Optimizer {
        match &mut self {
            Optimizer::Sgd(it) => it.learning_rate = learning_rate,
            Optimizer::Momentum(it) => it.learning_rate = learning_rate,
            Optimizer::Nesterov(it) => it.learning_rate = learning_rate,
            Optimizer::Adam(it) => it.learning_rate = learning_rate,
        }
        self
    }

    /// The same optimiser with another momentum: mu, beta, or Adam's first beta.
    ///
    /// # Errors
    /// For plain gradient descent, which has none.
    pub fn with_momentum(mut self, momentum: f64) -> Result<Optimizer, Error> {
        match &mut self {
            Optimizer::Sgd(_) => {
                let expected = "left out for sgd, which has none; choose --optimizer momentum";
                return Err(Error::setting("momentum", momentum, expected));
            }
            Optimizer::Momentum(it) => it.momentum = momentum,
            Optimizer::Nesterov(it) => it.momentum = momentum,
            Optimizer::Adam(it) => it.beta1 = momentum,
        }
        Ok(self)
    }

    /// Buffers as long as the parameters that it remembers from step to step.
    pub fn states(&self) -> usize {
        match self {
            Optimizer::Sgd(_) => 0,
            Optimizer::Momentum(_) | Optimizer::Nesterov(_) => 1,
            Optimizer::Adam(_) => 2,
        }
    }

    /// Checks the settings' ranges.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let positive = |setting, value: f64| match value.is_finite() && value > 0.0 {
            true => Ok(()),
            false => Err(Error::setting(setting, value, "a positive number")),
        };
        let share = |setting, value: f64| match (0.0..1.0).contains(&value) {
            true => Ok(()),
            false => Err(Error::setting(setting, value, "at least 0 and below 1")),
        };
        positive("the learning rate", self.learning_rate())?;
        match self {
            Optimizer::Sgd(_) => Ok(()),
            Optimizer::Momentum(it) => share("momentum", it.momentum),
            Optimizer::Nesterov(it) => share("momentum", it.momentum),
            Optimizer::Adam(it) => {
                share("momentum (Adam's beta1)", it.beta1)?;
                share("Adam's beta2", it.beta2)?;
                positive("Adam's epsilon", it.epsilon)
            }
        }
    }
}

macro_rules! from_settings {
    ($($name:ident),*) => {$(
        impl From<$name> for Optimizer {
            fn from(settings: $name) -> Optimizer {
                Optimizer::$name(settings)
            }
        }
    )*};
}
from_settings!(Sgd, Momentum, Nesterov, Adam);

/// An optimiser at one step of its run, the first being step 1.
pub(crate) struct AtStep {
    pub(crate) optimizer: Optimizer,
    pub(crate) step: u64,
}

impl<E: Number> UpdateRule<E> for AtStep {
    fn apply(
        &self,
        set: InstructionSet,
        weights: &mut [E],
        gradients: &[E],
        [first, second]: [&mut [E]; 2],
    ) {
        match self.optimizer {
            Optimizer::Sgd(rule) => map::rule(set, rule, weights, gradients, []),
            Optimizer::Momentum(rule) => map::rule(set, rule, weights, gradients, [first]),
            Optimizer::Nesterov(rule) => map::rule(set, rule, weights, gradients, [first]),
            Optimizer::Adam(rule) => {
                map::rule(set, rule.at(self.step), weights, gradients, [first, second]);
            }
        }
    }
}
