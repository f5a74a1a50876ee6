//! Which output layer and loss a task gets.

use super::Kind;
use crate::{Activation, Error, Loss};
use chainrule_data::{Preparation, Task};

/// The last layer, and the loss it is trained by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Output {
    pub(super) units: usize,
    pub(super) activation: Activation,
    pub(super) loss: Loss,
}

/// The output layer of a kind and a task for the `chosen` loss, or else for their own.
pub(super) fn output_layer(
    kind: Kind,
    preparation: &Preparation,
    chosen: Option<Loss>,
) -> Result<Output, Error> {
    let task = preparation.task();
    let chosen = match kind {
        // The mean squared error of zeros and ones is the share of mistakes.
        Kind::Perceptron => {
            let (activation, loss) = (Activation::Threshold, Loss::MeanSquaredError);
            return Ok(Output { units: 1, activation, loss });
        }
        Kind::Softmax => Some(Loss::CrossEntropy),
        _ => chosen,
    };
    let usual = match task {
        Task::Regression => Loss::MeanSquaredError,
        Task::Binary | Task::MultiLabel => Loss::BinaryCrossEntropy,
        Task::MultiClass => Loss::CrossEntropy,
    };
    let loss = chosen.unwrap_or(usual);
    let refuse = |expected: &str| Err(Error::setting("the loss", loss, expected));
    let (units, activation) = match (task, loss) {
        (Task::Regression, Loss::CrossEntropy | Loss::BinaryCrossEntropy) => {
            return refuse(
                "one of numbers, such as mean_squared_error or huber, since the task is regression; if \
                 the target holds classes, state the task binary or multi-class",
            );
        }
        (Task::Regression, Loss::Poisson) => (preparation.outputs(), Activation::Exponential),
        (Task::Regression, _) => (preparation.outputs(), Activation::Identity),
        (_, Loss::Poisson | Loss::Quantile { .. }) => {
            return refuse(
                "cross_entropy, binary_cross_entropy or a squared one, since the task has classes; if \
                 the target holds numbers, state the task regression",
            );
        }
        (Task::Binary, Loss::CrossEntropy) => (2, Activation::Softmax),
        (Task::MultiClass, Loss::CrossEntropy) => (preparation.outputs(), Activation::Softmax),
        (Task::MultiLabel, Loss::CrossEntropy) => {
            return refuse(
                "binary_cross_entropy, mean_squared_error or quadratic, since the task is \
                 multi-label and a row may have several labels or none",
            );
        }
        (Task::Binary | Task::MultiClass | Task::MultiLabel, _) => {
            (preparation.outputs(), Activation::Sigmoid)
        }
    };
    Ok(Output { units, activation, loss })
}
