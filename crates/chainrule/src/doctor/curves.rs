//! What the losses of the epochs say: the learning rate, the epochs, overfitting.

use super::{Finding, Kind, Place, Severity};
use crate::train::Epoch;
use crate::{Evaluation, Network, Score, Training};

/// Fewer epochs do not show whether a loss falls at all ...
const FEWEST_EPOCHS: usize = 5;

/// ... and fewer do not show how it will go on.
const FEWEST_TO_GO_ON: usize = 10;

/// A loss this many times that of the first epoch has exploded, even if it came back.
const EXPLODED: f64 = 10.0;

/// A loss that ends this many times that of the first epoch has risen, and not by chance.
const RISEN: f64 = 1.2;

/// Rises of this share of the loss in every epoch, on average, of the training and of the validation
/// loss. Small tables with dropout come to 6 %, but only of the first.
const ROUGH: f64 = 0.1;

/// Below this share of the loss of the first epoch, nothing is left to go up and down.
const SMALL: f64 = 0.05;

/// A loss that falls in this share of the epochs falls steadily.
const STEADY: f64 = 0.9;

/// Epochs whose steps are at least this share of the largest have large steps: only there does the loss show
/// whether they are too large. As the rate falls to nothing, every loss becomes smooth.
const LARGE: f64 = 0.5;

/// The last part of the way that a run goes, which is the sum of its learning rates: a loss falls by the way,
/// not by the epochs. At a constant rate that is the last fifth of the epochs, along a cosine the last half.
const LAST_PART: f64 = 0.2;

/// The share of the whole fall that the last fifth of the way has: 20 % on a straight line, 1 to 5 %
/// in runs that come to their end.
const STRAIGHT: f64 = 0.12;
const UNFINISHED: f64 = 0.08;

/// A loss that ends above this share of the first epoch's has hardly moved.
const MOVED: f64 = 0.5;
const HARDLY_MOVED: f64 = 0.8;

/// A loss whose level is above this share of the second epoch's is flat since then.
const LEVEL: f64 = 0.95;

/// A loss that moves by less than this share is not moved by its steps at all, but by the order of
/// its sums.
const STILL: f64 = 1e-3;

/// A validation loss this many times the training loss: the rows were learned by heart.
const BY_HEART: f64 = 10.0;

/// ... and this many times, with a gap of so large a share of the validation loss at first.
const APART: f64 = 2.0;
const GAP: f64 = 0.25;

/// A validation loss this many times its least: it has risen since, and not by chance.
const ROSE: f64 = 1.2;

/// Errors, as a share of the rows or of the variance, below which a gap between losses harms nobody.
const SMALL_ERROR: f64 = 0.05;

/// Fewer wrong rows, or fewer rows with numbers, differ by chance.
const FEWEST_WRONG: f64 = 5.0;
const FEWEST_ROWS: usize = 20;

/// What the history of a run says. `training` has its settings, `network` what was trained.
///
/// ```
/// use chainrule::doctor::{Kind, examine_history};
/// use chainrule::{Activation, Network, Training, train::Epoch};
/// let epoch = |epoch: usize, loss| Epoch {
///     epoch,
///     loss,
///     validation: None,
///     learning_rate: 10.0,
///     gradient_norm: 1.0,
///     seconds: 0.1,
///     rows_per_second: 1e4,
/// };
/// let history: Vec<_> = [2.3, 9.0, 80.0, 71.0, 60.0, 66.0].into_iter().zip(1..)
///     .map(|(loss, number)| epoch(number, loss)).collect();
/// let network = Network::new(4).dense(3, Activation::Softmax);
/// let descent = chainrule::optim::Sgd { learning_rate: 10.0 };
/// let findings = examine_history(&network, &Training::new(&network).optimizer(descent), &history);
/// assert_eq!(findings[0].kind, Kind::LearningRateTooHigh);
/// assert_eq!(findings[0].flag.as_deref(), Some("--learning-rate 1"));
/// ```
pub fn examine_history(network: &Network, training: &Training, history: &[Epoch]) -> Vec<Finding> {
    if !has_floor(history) {
        return Vec::new();
    }
    let goes_on = || {
        let enough = history.len() >= FEWEST_TO_GO_ON;
        let found = || too_low(training, history).or_else(|| unfinished(training, history));
        enough.then(found).flatten()
    };
    // L-BFGS finds the length of its steps itself.
    let rate = match history.len() < FEWEST_EPOCHS || training.optimizer.is_full_batch() {
        true => None,
        false => too_high(training, history).or_else(goes_on),
    };
    rate.into_iter().chain(overfitting(network, training, history)).collect()
}

/// What a network that has learned nothing owes to its learning rate: a loss that is flat from the
/// second epoch on. `is_broken` says that its units or gradients are ill, which also makes it flat, unless
/// it fell steeply at first: then steps too large have broken it.
pub(super) fn stuck(training: &Training, history: &[Epoch], is_broken: bool) -> Option<Finding> {
    if history.len() < FEWEST_EPOCHS || training.optimizer.is_full_batch() || !has_floor(history) {
        return None;
    }
    let losses: Vec<f64> = history.iter().map(|epoch| epoch.loss).collect();
    let (first, second) = (losses[0], losses[1]);
    let level = median(&losses[losses.len() / 2..]);
    let most = losses[1..].iter().copied().fold(f64::MIN, f64::max);
    let least = losses[1..].iter().copied().fold(f64::MAX, f64::min);
    if level < LEVEL * second {
        return None;
    }
    let is_still = most - least < STILL * level && (first - second).abs() < STILL * level;
    let dropped = first > RISEN * second;
    match (is_still, dropped || !is_broken) {
        (true, _) if !is_broken => Some(Finding {
            kind: Kind::LearningRateTooLow,
            severity: Severity::Serious,
            place: Place::Epoch(history.len()),
            evidence: format!(
                "the loss stays at {} from the first epoch to the last",
                short(level)
            ),
            advice: format!("steps of {} move nothing", training.optimizer.learning_rate()),
            flag: Some(rate_flag(training.optimizer.learning_rate() * 1000.0)),
        }),
        (false, true) => Some(Finding {
            kind: Kind::LearningRateTooHigh,
            severity: Severity::Serious,
            place: Place::Epoch(2),
            evidence: format!(
                "the loss was {} in epoch 1, {} in epoch 2, and has not fallen since (median {})",
                short(first),
                short(second),
                short(level)
            ),
            advice: format!("{}, and nothing was learned", large_steps(training)),
            flag: Some(rate_flag(training.optimizer.learning_rate() / 10.0)),
        }),
        _ => None,
    }
}

/// Whether all losses are above 0, so that their ratios mean something: that of counts (Poisson's) may be
/// any number.
fn has_floor(history: &[Epoch]) -> bool {
    let judged = history.iter().filter_map(|epoch| Some(epoch.validation?.loss));
    history.iter().map(|epoch| epoch.loss).chain(judged).all(|loss| loss >= 0.0)
}

fn too_high(training: &Training, history: &[Epoch]) -> Option<Finding> {
    let losses: Vec<f64> = history.iter().map(|epoch| epoch.loss).collect();
    let judged: Vec<f64> = history.iter().filter_map(|it| Some(it.validation?.loss)).collect();
    let first = losses[0];
    let (highest, most) = greatest(&losses);
    let steep = large(history);
    let steep_losses: Vec<f64> = steep.iter().map(|epoch| epoch.loss).collect();
    let level = median(&steep_losses[steep_losses.len() - last_fifth(steep_losses.len())..]);
    let at_end = median(&losses[losses.len() - last_fifth(losses.len())..]);
    // A run that goes on from another begins with a small loss, whose ups mean nothing: the
    // validation loss, without dropout, must agree.
    let agrees = judged.is_empty() || greatest(&judged).1 > EXPLODED * judged[0];
    let (place, evidence, severity) = if most > EXPLODED * first && agrees {
        let text = format!("the loss rose from {} in epoch 1 to {}", short(first), short(most));
        (highest + 1, text, Severity::Serious)
    } else if level > RISEN * first {
        let epoch = steep[steep.len() - 1].epoch;
        let mut text =
            format!("the loss rose from {} in epoch 1 to {}", short(first), short(level));
        // Small steps at the end may have made good what large ones spoilt.
        let is_mended = at_end <= RISEN * first;
        if is_mended {
            text += &format!(" in epoch {epoch}, and fell again with the learning rate");
        }
        (epoch, text, if is_mended { Severity::Note } else { Severity::Serious })
    } else {
        let late = &steep[steep.len() / 2..];
        let late_losses: Vec<f64> = late.iter().map(|epoch| epoch.loss).collect();
        let late_judged: Vec<f64> =
            late.iter().filter_map(|epoch| Some(epoch.validation?.loss)).collect();
        let rough = roughness(&late_losses);
        let judged_rough = if judged.is_empty() { ROUGH } else { roughness(&late_judged) };
        let is_small = median(&late_losses) < SMALL * first;
        let are_few = steep.len() < FEWEST_EPOCHS;
        if are_few || rough < ROUGH || judged_rough < ROUGH || is_small {
            return None;
        }
        let (from, to) = (late[0].epoch, late[late.len() - 1].epoch);
        let text = format!(
            "from epoch {from} to {to} the loss goes up and down: it rises by {:.0} % of itself in each \
             epoch on average",
            100.0 * rough
        );
        (from, text, Severity::Note)
    };
    Some(Finding {
        kind: Kind::LearningRateTooHigh,
        severity,
        place: Place::Epoch(place),
        evidence,
        advice: large_steps(training),
        flag: Some(rate_flag(training.optimizer.learning_rate() / 10.0)),
    })
}

/// The epochs with large steps.
fn large(history: &[Epoch]) -> Vec<&Epoch> {
    let most = history.iter().map(|epoch| epoch.learning_rate).fold(0.0, f64::max);
    let steep: Vec<&Epoch> =
        history.iter().filter(|epoch| epoch.learning_rate >= LARGE * most).collect();
    // A history may come from anywhere, and then its rates may be below 0.
    if steep.is_empty() { history.iter().collect() } else { steep }
}

fn large_steps(training: &Training) -> String {
    format!("steps of {} leap over the minimum", training.optimizer.learning_rate())
}

/// The falls of a loss, and how many epochs the last part of the way has.
struct Falls {
    recent: f64,
    whole: f64,
    epochs: usize,
}

impl Falls {
    fn of(history: &[Epoch]) -> Falls {
        let number = history.len();
        let whole_way: f64 = history.iter().map(|epoch| epoch.learning_rate).sum();
        // A hair less, so that rounding does not add an epoch.
        let early = (1.0 - LAST_PART - 1e-9) * whole_way;
        let mut way = 0.0;
        let before = history.iter().position(|epoch| {
            way += epoch.learning_rate;
            way >= early
        });
        let before = before.unwrap_or(0).min(number - 2);
        let last = history[number - 1].loss;
        Falls {
            recent: history[before].loss - last,
            whole: history[0].loss - last,
            epochs: number - 1 - before,
        }
    }

    /// The share of the last part, in words.
    fn words(&self, history: &[Epoch]) -> String {
        let share = 100.0 * self.recent / self.whole;
        let is_fifth = self.epochs == last_fifth(history.len());
        match is_fifth {
            true => format!("the last fifth of the {} epochs has {share:.0} %", history.len()),
            false => format!(
                "the last {} of the {} epochs, a fifth of the way by the learning rate, have {share:.0} %",
                self.epochs,
                history.len()
            ),
        }
    }
}

/// Whether the last validation loss is about the least.
fn still_better(history: &[Epoch]) -> bool {
    let judged: Vec<f64> = history.iter().filter_map(|it| Some(it.validation?.loss)).collect();
    let least = judged.iter().copied().fold(f64::INFINITY, f64::min);
    judged.last().is_none_or(|last| *last <= 1.01 * least)
}

fn too_low(training: &Training, history: &[Epoch]) -> Option<Finding> {
    let (first, last) = (history[0].loss, history[history.len() - 1].loss);
    let falls = Falls::of(history);
    let Falls { recent, whole, .. } = falls;
    let steep = large(history);
    let fell = steep.windows(2).filter(|pair| pair[1].loss < pair[0].loss).count();
    let steady = fell as f64 >= STEADY * (steep.len() - 1) as f64;
    let straight = whole > 0.0 && recent >= STRAIGHT * whole;
    if !(steady && straight && last > MOVED * first && still_better(history)) {
        return None;
    }
    // Twice the factor at which the same fall would have reached 0, as a power of ten.
    let factor = 10_f64.powf((2.0 * first / whole).log10().ceil().clamp(1.0, 4.0));
    let rate = training.optimizer.learning_rate();
    Some(Finding {
        kind: Kind::LearningRateTooLow,
        severity: match last > HARDLY_MOVED * first {
            true => Severity::Serious,
            false => Severity::Note,
        },
        place: Place::Epoch(history.len()),
        evidence: format!(
            "the loss falls steadily and has come from {} to {} only; {} of the fall",
            short(first),
            short(last),
            falls.words(history)
        ),
        advice: format!("steps of {rate} are far too small"),
        flag: Some(rate_flag(rate * factor)),
    })
}

fn unfinished(training: &Training, history: &[Epoch]) -> Option<Finding> {
    let last = history[history.len() - 1].loss;
    let falls = Falls::of(history);
    let Falls { recent, whole, .. } = falls;
    let falling = whole > 0.0 && recent >= UNFINISHED * whole && recent >= SMALL * last;
    let used_up = history.len() >= training.epochs;
    (falling && used_up && still_better(history)).then(|| Finding {
        kind: Kind::TooFewEpochs,
        severity: Severity::Note,
        place: Place::Epoch(history.len()),
        evidence: format!(
            "the loss was still falling: {} of the fall from {} to {}",
            falls.words(history),
            short(history[0].loss),
            short(last)
        ),
        advice: "more epochs would make it better".to_string(),
        flag: Some(format!("--epochs {}", 2 * history.len())),
    })
}

fn overfitting(network: &Network, training: &Training, history: &[Epoch]) -> Option<Finding> {
    let judged = || history.iter().filter_map(|epoch| Some((epoch, epoch.validation?)));
    let (_, at_first) = judged().next()?;
    let epoch = &history[training.score.chosen(history)?];
    let found = epoch.validation?;
    let (at_least, least) = judged()
        .map(|(epoch, found)| (epoch.epoch, found.loss))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    let by_heart = found.loss > BY_HEART * epoch.loss;
    let apart = found.loss > APART * epoch.loss && found.loss - epoch.loss > GAP * at_first.loss;
    if !(by_heart || apart) || !matters(&found) {
        return None;
    }
    let rose = found.loss > ROSE * least;
    let since = match rose {
        true => format!(", having risen from {} in epoch {at_least}", short(least)),
        false => String::new(),
    };
    Some(Finding {
        kind: Kind::Overfitting,
        severity: match by_heart || found.loss > at_first.loss {
            true => Severity::Serious,
            false => Severity::Note,
        },
        place: Place::Epoch(epoch.epoch),
        evidence: format!(
            "at the epoch whose weights were kept the loss is {} on training rows and {} on \
             validation rows{since}",
            short(epoch.loss),
            short(found.loss)
        ),
        advice: "it knows the training rows better than what they have in common".to_string(),
        flag: Some(restraint(network, training, rose, found.accuracy.is_some())),
    })
}

/// Whether there are errors enough on the validation rows for a gap to matter.
fn matters(found: &Evaluation) -> bool {
    match (found.accuracy, found.regression) {
        (Some(accuracy), _) => {
            let wrong = 1.0 - accuracy;
            wrong > SMALL_ERROR && wrong * found.rows as f64 >= FEWEST_WRONG
        }
        (None, Some(it)) => 1.0 - it.r2 > SMALL_ERROR && found.rows >= FEWEST_ROWS,
        (None, None) => found.rows >= FEWEST_ROWS,
    }
}

/// A flag that keeps a network from learning by heart.
fn restraint(network: &Network, training: &Training, rose: bool, has_classes: bool) -> String {
    // The accuracy has no eye for sure answers that are wrong.
    if rose && has_classes && training.score != Score::Loss {
        return "--score loss".to_string();
    }
    let layers = network.layers();
    let hidden = &layers[..layers.len().saturating_sub(1)];
    let dropped = hidden.iter().map(|layer| layer.dropout).fold(0.0, f64::max);
    let can_drop = !hidden.is_empty() && !training.optimizer.is_full_batch();
    match (can_drop && dropped < 0.5, training.alpha) {
        (true, _) => "--dropout 0.5".to_string(),
        (false, 0.0) => "--alpha 1".to_string(),
        (false, alpha) => format!("--alpha {}", 10.0 * alpha),
    }
}

/// The place and size of the greatest.
fn greatest(numbers: &[f64]) -> (usize, f64) {
    let numbers = numbers.iter().copied().enumerate();
    numbers.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f64::NEG_INFINITY))
}

/// Epochs of the last fifth, at least one.
fn last_fifth(epochs: usize) -> usize {
    (epochs / 5).max(1)
}

/// How much the losses rise from one to the next on average, falls counting as 0, as a share of
/// their median.
fn roughness(losses: &[f64]) -> f64 {
    let rises: f64 = losses.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).sum();
    rises / (losses.len() as f64 - 1.0).max(1.0) / median(losses).max(f64::MIN_POSITIVE)
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// A loss in a few digits.
fn short(loss: f64) -> String {
    match loss.abs() {
        size if (1e-3..1e4).contains(&size) => format!("{loss:.4}"),
        _ => format!("{loss:.2e}"),
    }
}

/// The flag of a learning rate, without the rounding errors of its making.
fn rate_flag(rate: f64) -> String {
    let rounded: f64 = format!("{rate:.2e}").parse().unwrap_or(rate);
    match rounded {
        size if (1e-5..1e6).contains(&size) => format!("--learning-rate {rounded}"),
        _ => format!("--learning-rate {rounded:e}"),
    }
}
