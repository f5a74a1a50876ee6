//! What the network answers on rows that it learned from: too little, or never some of the classes.

use super::probe::Probe;
use super::{Finding, Kind, Place, Severity};
use crate::metrics::{self, predicted_class};
use crate::{Examples, Loss, Network, Score, Targets, Training};
use chainrule_data::Preparation;
use chainrule_graph::Number;

/// Fewer rows say nothing of how good a model is.
const FEWEST_ROWS: usize = 50;

/// Fewer rows of a class say nothing of whether it is ever predicted.
const FEWEST_OF_CLASS: usize = 5;

/// Better than a constant guess by no more than this share of the rows, or of the variance, is
/// nothing learned.
const NOTHING: f64 = 0.02;

/// With this share of the rows in one class, naming it always has a high accuracy already.
const IMBALANCED: f64 = 0.9;

/// What is wrong with the answers.
pub(super) fn findings<E: Number>(
    preparation: Option<&Preparation>,
    network: &Network,
    training: &Training,
    sample: &Examples<'_, E>,
    probe: &Probe,
) -> Vec<Finding> {
    if sample.rows() < FEWEST_ROWS {
        return Vec::new();
    }
    let classes = match sample.targets() {
        Targets::Classes(classes) => classes,
        Targets::Values(values) => {
            let truth: Vec<f64> = values.iter().map(|number| number.to_f64()).collect();
            return unexplained(network, training, &truth, probe).into_iter().collect();
        }
    };
    let counts = Counts::new(classes, network, probe);
    if let Some(finding) = counts.underfitting(network, training) {
        return vec![finding];
    }
    let imbalance = counts.imbalance(preparation, training);
    imbalance.into_iter().chain(counts.never(preparation, network, training)).collect()
}

/// Rows of each class, in truth and as predicted.
struct Counts {
    rows: usize,
    wanted: Vec<usize>,
    predicted: Vec<usize>,
    right: usize,
}

impl Counts {
    fn new(classes: &[u32], network: &Network, probe: &Probe) -> Counts {
        let number = network.outputs().max(2);
        let mut counts = Counts {
            rows: classes.len(),
            wanted: vec![0; number],
            predicted: vec![0; number],
            right: 0,
        };
        for (class, output) in classes.iter().zip(probe.outputs.chunks_exact(network.outputs())) {
            let predicted = predicted_class(output);
            counts.wanted[*class as usize] += 1;
            counts.predicted[predicted as usize] += 1;
            counts.right += usize::from(predicted == *class);
        }
        counts
    }

    fn commonest(&self) -> (usize, usize) {
        let classes = self.wanted.iter().copied().enumerate();
        classes.max_by_key(|(class, rows)| (*rows, usize::MAX - class)).unwrap_or((0, 0))
    }

    fn share(&self, rows: usize) -> f64 {
        rows as f64 / self.rows as f64
    }

    fn underfitting(&self, network: &Network, training: &Training) -> Option<Finding> {
        let (_, most) = self.commonest();
        let (right, guess) = (self.share(self.right), self.share(most));
        // Where one class is nearly all, a good model names it nearly always too.
        let has_learned = right > guess + NOTHING || guess > 1.0 - 5.0 * NOTHING;
        (!has_learned).then(|| Finding {
            kind: Kind::Underfitting,
            severity: Severity::Serious,
            place: Place::Model,
            evidence: format!(
                "it is right on {:.1} % of {} rows, and always naming the commonest class on {:.1} %",
                100.0 * right,
                self.rows,
                100.0 * guess
            ),
            advice: "it has learned next to nothing, even of rows that it may have learned from"
                .to_string(),
            flag: Some(freer(network, training)),
        })
    }

    fn imbalance(&self, preparation: Option<&Preparation>, training: &Training) -> Option<Finding> {
        let (class, most) = self.commonest();
        let share = self.share(most);
        let by_accuracy = matches!(training.score, Score::Auto | Score::Last | Score::Accuracy);
        let is_weighted = !training.class_weights.is_empty();
        ((IMBALANCED..1.0).contains(&share) && by_accuracy && !is_weighted).then(|| Finding {
            kind: Kind::ImbalancedClasses,
            severity: Severity::Note,
            place: Place::Class(name(preparation, class)),
            evidence: format!("{:.1} % of {} rows are of it", 100.0 * share, self.rows),
            advice: format!(
                "always naming it has that accuracy, so the accuracy ({:.1} %) says little",
                100.0 * self.share(self.right)
            ),
            flag: Some("--class-weights balanced".to_string()),
        })
    }

    fn never(
        &self,
        preparation: Option<&Preparation>,
        network: &Network,
        training: &Training,
    ) -> Option<Finding> {
        let classes = self.wanted.iter().zip(&self.predicted).enumerate();
        let never: Vec<usize> = classes
            .filter(|(_, (wanted, predicted))| **wanted >= FEWEST_OF_CLASS && **predicted == 0)
            .map(|(class, _)| class)
            .collect();
        let first = *never.first()?;
        // A class of about its fair share of the rows is not missed for being rare.
        let fair = self.rows as f64 / (2 * self.wanted.len()) as f64;
        let is_rare = never.iter().all(|&class| (self.wanted[class] as f64) < fair);
        let list = never
            .iter()
            .map(|&class| format!("`{}` ({} rows)", name(preparation, class), self.wanted[class]));
        let list: Vec<String> = list.collect();
        Some(Finding {
            kind: Kind::ClassNeverPredicted,
            severity: if is_rare { Severity::Note } else { Severity::Serious },
            place: match never.len() {
                1 => Place::Class(name(preparation, first)),
                _ => Place::Model,
            },
            evidence: match list.as_slice() {
                [_] => format!(
                    "none of {} rows is taken for it, {} of which are of it",
                    self.rows, self.wanted[first]
                ),
                list => format!("none of {} rows is taken for {}", self.rows, list.join(", ")),
            },
            advice: "what is never predicted is not known".to_string(),
            flag: Some(match is_rare && training.class_weights.is_empty() {
                true => "--class-weights balanced".to_string(),
                false => freer(network, training),
            }),
        })
    }
}

/// A regression that explains nothing of the variance.
fn unexplained(
    network: &Network,
    training: &Training,
    truth: &[f64],
    probe: &Probe,
) -> Option<Finding> {
    // Other losses look for something else than the mean, which need not explain any variance.
    let is_square =
        matches!(training.loss, Loss::MeanSquaredError | Loss::Quadratic | Loss::HalfSumOfSquares);
    let r2 = metrics::regression(&probe.outputs, truth, network.outputs()).r2;
    (is_square && r2 <= NOTHING).then(|| Finding {
        kind: Kind::Underfitting,
        severity: Severity::Serious,
        place: Place::Model,
        evidence: format!("it explains {r2:.3} of the variance of {} rows (R2)", probe.rows),
        advice: "always answering the mean explains 0: it has learned next to nothing".to_string(),
        flag: Some(freer(network, training)),
    })
}

/// A flag that lets a network learn more.
pub(super) fn freer(network: &Network, training: &Training) -> String {
    let hidden = &network.layers()[..network.layers().len().saturating_sub(1)];
    let dropped = hidden.iter().map(|layer| layer.dropout).fold(0.0, f64::max);
    // A penalty of a row's size; lectures and libraries stay well below.
    if training.alpha >= 1.0 {
        return format!("--alpha {}", training.alpha / 100.0);
    }
    if dropped > 0.5 {
        return "--dropout 0.1".to_string();
    }
    match hidden.iter().all(|layer| layer.units < 16) {
        // A single neuron by its kind has no hidden layers to give units to.
        true if hidden.is_empty() => "--kind mlp --hidden 256,128".to_string(),
        true => "--hidden 256,128".to_string(),
        false => format!("--epochs {}", 2 * training.epochs),
    }
}

fn name(preparation: Option<&Preparation>, class: usize) -> String {
    let named = preparation.and_then(|preparation| preparation.class_names().get(class));
    named.cloned().unwrap_or_else(|| class.to_string())
}
