//! Which output layer and loss a task gets.

use crate::{Activation, Error, Loss};
use chainrule_data::{Preparation, Task};

/// The last layer, and the loss it is trained by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Output {
    pub(super) units: usize,
    pub(super) activation: Activation,
    pub(super) loss: Loss,
}

/// The output layer of a task for the `chosen` loss, or else for the task's own.
pub(super) fn output_layer(
    preparation: &Preparation,
    chosen: Option<Loss>,
) -> Result<Output, Error> {
    let task = preparation.task();
    let usual = match task {
        Task::Regression => Loss::MeanSquaredError,
        Task::Binary | Task::MultiLabel => Loss::BinaryCrossEntropy,
        Task::MultiClass => Loss::CrossEntropy,
    };
    let loss = chosen.unwrap_or(usual);
    let (units, activation) = match (task, loss) {
        (Task::Regression, Loss::MeanSquaredError | Loss::Quadratic) => {
            (preparation.outputs(), Activation::Identity)
        }
        (Task::Regression, Loss::CrossEntropy | Loss::BinaryCrossEntropy) => {
            return Err(unsuited(
                loss,
                "mean_squared_error or quadratic, since the task is regression; if the target \
                 holds classes, state the task binary or multi-class",
            ));
        }
        (Task::Binary, Loss::CrossEntropy) => (2, Activation::Softmax),
        (Task::MultiClass, Loss::CrossEntropy) => (preparation.outputs(), Activation::Softmax),
        (Task::MultiLabel, Loss::CrossEntropy) => {
            return Err(unsuited(
                loss,
                "binary_cross_entropy, mean_squared_error or quadratic, since the task is \
                 multi-label and a row may have several labels or none",
            ));
        }
        (Task::Binary | Task::MultiClass | Task::MultiLabel, _) => {
            (preparation.outputs(), Activation::Sigmoid)
        }
    };
    Ok(Output { units, activation, loss })
}

fn unsuited(loss: Loss, expected: &str) -> Error {
    Error::setting("the loss", loss, expected)
}
