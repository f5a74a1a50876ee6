//! What is found: the illness, where, the evidence, and one thing to try.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An illness of a network, of its training, or of its data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// ReLU units that give 0 on every row: their slope is 0 too, so they learn nothing more.
    DeadUnits,
    /// Sigmoid or tanh units on the flat ends of their curve on nearly every row.
    SaturatedUnits,
    /// Units that give the same on every row.
    ConstantUnits,
    /// Units of a layer that give the same as another one on every row.
    EqualUnits,
    /// Gradients that shrink from layer to layer on their way back.
    VanishingGradients,
    /// Gradients that grow from layer to layer on their way back.
    ExplodingGradients,
    /// Inputs of very large, or of very different, sizes.
    UnscaledInputs,
    /// Columns that are the same in every row.
    ConstantInputs,
    /// A column that by itself tells the target.
    LeakedTarget,
    /// A loss that rises, or goes up and down.
    LearningRateTooHigh,
    /// A loss that falls steadily and has hardly moved.
    LearningRateTooLow,
    /// A loss that still falls when the epochs are over.
    TooFewEpochs,
    /// Far better on the rows that were learned from than on those that were not.
    Overfitting,
    /// No better than a constant guess, even on the rows that were learned from.
    Underfitting,
    /// Classes that occur and are never predicted.
    ClassNeverPredicted,
    /// One class that has nearly all rows, where the accuracy is the score.
    ImbalancedClasses,
}

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Kind::DeadUnits => "dead units",
            Kind::SaturatedUnits => "saturated units",
            Kind::ConstantUnits => "constant units",
            Kind::EqualUnits => "equal units",
            Kind::VanishingGradients => "vanishing gradients",
            Kind::ExplodingGradients => "exploding gradients",
            Kind::UnscaledInputs => "unscaled inputs",
            Kind::ConstantInputs => "constant inputs",
            Kind::LeakedTarget => "leaked target",
            Kind::LearningRateTooHigh => "learning rate too high",
            Kind::LearningRateTooLow => "learning rate too low",
            Kind::TooFewEpochs => "too few epochs",
            Kind::Overfitting => "overfitting",
            Kind::Underfitting => "underfitting",
            Kind::ClassNeverPredicted => "class never predicted",
            Kind::ImbalancedClasses => "imbalanced classes",
        }
    }

    /// What has to be looked at to find it.
    pub fn subject(self) -> Subject {
        match self {
            Kind::DeadUnits
            | Kind::SaturatedUnits
            | Kind::ConstantUnits
            | Kind::EqualUnits
            | Kind::VanishingGradients
            | Kind::ExplodingGradients => Subject::Network,
            Kind::UnscaledInputs
            | Kind::ConstantInputs
            | Kind::LeakedTarget
            | Kind::ClassNeverPredicted
            | Kind::ImbalancedClasses
            | Kind::Underfitting => Subject::Data,
            Kind::LearningRateTooHigh
            | Kind::LearningRateTooLow
            | Kind::TooFewEpochs
            | Kind::Overfitting => Subject::Curves,
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// Units and gradients, on some rows.
    Network,
    /// The rows themselves, and what the network makes of them.
    Data,
    /// The losses of the epochs.
    Curves,
}

impl Subject {
    /// Every subject, in the order in which findings are given.
    pub const ALL: [Subject; 3] = [Subject::Network, Subject::Data, Subject::Curves];

    /// As the title of its findings.
    pub fn title(self) -> &'static str {
        match self {
            Subject::Network => "Units and gradients",
            Subject::Data => "Data",
            Subject::Curves => "Learning curves",
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; the model can be good all the same.
    Note,
    /// The model is worse for it, or its score is not to be believed.
    Serious,
}

/// Where it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A layer, counted from 1.
    Layer(usize),
    /// A column of the table, or an input by its number, counted from 1.
    Column(String),
    /// An epoch, counted from 1.
    Epoch(usize),
    /// A class, by its name, or by its number, counted from 0.
    Class(String),
    /// The model as a whole.
    Model,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Layer(layer) => write!(formatter, "layer {layer}"),
            Place::Column(column) => write!(formatter, "column `{column}`"),
            Place::Epoch(epoch) => write!(formatter, "epoch {epoch}"),
            Place::Class(class) => write!(formatter, "class `{class}`"),
            Place::Model => formatter.write_str("the model"),
        }
    }
}

/// Something that is wrong with a model, or may be.
///
/// Shown as text it is one sentence with the evidence and one with the advice.
///
/// ```
/// use chainrule::doctor::{Finding, Kind, Place, Severity};
/// let finding = Finding {
///     kind: Kind::DeadUnits,
///     severity: Severity::Serious,
///     place: Place::Layer(1),
///     evidence: "8 of 8 ReLU units give 0 on all 120 rows".to_string(),
///     advice: "they can learn nothing more".to_string(),
///     flag: Some("--activation leaky_relu".to_string()),
/// };
/// assert_eq!(
///     finding.to_string(),
///     "dead units, layer 1: 8 of 8 ReLU units give 0 on all 120 rows. They can learn nothing more; \
///      try --activation leaky_relu"
/// );
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The illness.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// The numbers that show it, as a sentence without a full stop.
    pub evidence: String,
    /// What it means or what to do, as a sentence without a capital and a full stop.
    pub advice: String,
    /// A flag of `chainrule train` to try.
    pub flag: Option<String>,
}

impl Finding {
    /// The advice with the flag, as a sentence without a full stop.
    pub fn remedy(&self) -> String {
        let mut letters = self.advice.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        let advice = first.unwrap_or_default() + letters.as_str();
        match &self.flag {
            Some(flag) => format!("{advice}; try {flag}"),
            None => advice,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { kind, place, evidence, .. } = self;
        formatter.write_str(kind.words())?;
        match place {
            Place::Model => {}
            place => write!(formatter, ", {place}")?,
        }
        write!(formatter, ": {evidence}. {}", self.remedy())
    }
}
