//! Which models are compared.

use crate::fold::{Fitted, Fold};
use crate::{dummy, forest, network, svm};
use chainrule::Error;
use chainrule::data::Task;
use serde::Serialize;
use std::fmt;

/// A model to compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Contender {
    /// The network of the recipe.
    Network,
    /// Looks at no input: the most frequent class with the shares of all, or the mean.
    Dummy,
    /// Logistic or softmax regression with the penalty 1/2 ||W||^2 on the summed loss (C = 1), or ridge
    /// regression with the penalty ||W||^2 (alpha = 1), at their minimum.
    Linear,
    /// A support vector machine with the kernel exp(-gamma ||x - y||^2), gamma = 1 / (inputs times the
    /// variance of all of them), C = 1, and for numbers an epsilon of a tenth of the target's deviation.
    Svm,
    /// A random forest of 100 trees: a root of the inputs tried at each split for classes, all for
    /// numbers.
    Forest,
}

impl Contender {
    /// Every model.
    pub const ALL: [Contender; 5] = [
        Contender::Network,
        Contender::Dummy,
        Contender::Linear,
        Contender::Svm,
        Contender::Forest,
    ];

    /// Its name: `network`, `dummy`, `linear`, `svm` or `forest`.
    pub fn name(self) -> &'static str {
        match self {
            Contender::Network => "network",
            Contender::Dummy => "dummy",
            Contender::Linear => "linear",
            Contender::Svm => "svm",
            Contender::Forest => "forest",
        }
    }

    /// What it is for a task, in a few words.
    pub fn describe(self, task: Task) -> &'static str {
        match (self, task) {
            (Contender::Network, _) => "the network of chainrule train",
            (Contender::Dummy, Task::Regression) => "the mean of the training rows",
            (Contender::Dummy, Task::MultiLabel) => "labels that most training rows have",
            (Contender::Dummy, _) => "the most frequent class of the training rows",
            (Contender::Linear, Task::Regression) => "ridge regression, alpha 1",
            (Contender::Linear, Task::MultiLabel) => "a logistic regression for each label, C 1",
            (Contender::Linear, Task::Binary) => "logistic regression, C 1",
            (Contender::Linear, Task::MultiClass) => "softmax regression, C 1",
            (Contender::Svm, Task::Regression) => {
                "support vector regression, RBF kernel, C 1, epsilon 0.1, gamma scale"
            }
            (Contender::Svm, Task::MultiLabel) => {
                "a support vector machine for each label, RBF kernel, C 1, gamma scale"
            }
            (Contender::Svm, _) => "support vector machine, RBF kernel, C 1, gamma scale",
            (Contender::Forest, Task::MultiLabel) => "a random forest of 100 trees for each label",
            (Contender::Forest, Task::MultiClass) => "a random forest of 100 trees for each class",
            (Contender::Forest, _) => "random forest of 100 trees",
        }
    }

    /// Learns from the training rows of a fold.
    pub(crate) fn fit(self, fold: &Fold<'_>) -> Result<Fitted, Error> {
        match self {
            Contender::Network => network::fit(fold),
            Contender::Dummy => dummy::fit(fold),
            Contender::Linear => network::fit_linear(fold),
            Contender::Svm => svm::fit(fold),
            Contender::Forest => forest::fit(fold),
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Contender {
    type Err = String;

    fn from_str(given: &str) -> Result<Contender, String> {
        Contender::ALL.into_iter().find(|it| it.name() == given).ok_or_else(|| {
            let names = Contender::ALL.map(Contender::name).join(", ");
            format!("there is no model called {given:?}; there are: {names}")
        })
    }
}
