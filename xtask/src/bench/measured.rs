//! What was measured of one system, and what its numbers come to.

use serde_json::{Map, Value, json};

/// A system with the line that it printed in each round.
pub(super) struct Measured {
    /// Such as `torch fused`.
    pub(super) system: String,
    /// In the order of the rounds.
    pub(super) lines: Vec<Value>,
}

/// What a workload is judged by, the first of which stands for it: keys of the lines, and whether
/// more is better.
pub(super) fn judged_by(workload: &str) -> &'static [(&'static str, bool)] {
    match workload {
        "W6" => &[("p50_us", false), ("p99_us", false), ("rows_per_s", true)],
        "W7" => &[("seconds", false)],
        _ => &[("seconds_per_epoch", false)],
    }
}

/// The middle of some numbers, and the least and the most of them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Of at least one number; of an even count the mean of the two in the middle.
    pub(super) fn of(numbers: &[f64]) -> Option<Spread> {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = (sorted[middle] + sorted[(sorted.len() - 1) / 2]) / 2.0;
        Some(Spread { median, least, most })
    }
}

impl Measured {
    /// The numbers of one key.
    pub(super) fn spread(&self, key: &str) -> Option<Spread> {
        let numbers: Vec<f64> = self.lines.iter().filter_map(|line| line[key].as_f64()).collect();
        Spread::of(&numbers)
    }

    /// A value that is the same in every round.
    pub(super) fn first(&self, key: &str) -> &Value {
        self.lines.first().map_or(&Value::Null, |line| &line[key])
    }

    /// How many times as long as chainrule the system takes (for what is better when there is more:
    /// how many times as much chainrule does).
    pub(super) fn ratio(&self, own: &Measured, (key, more): (&str, bool)) -> Option<f64> {
        let (peer, own) = (self.spread(key)?.median, own.spread(key)?.median);
        Some(if more { own / peer } else { peer / own })
    }

    /// Everything about it, against chainrule in the same rounds.
    pub(super) fn summary(&self, workload: &str, own: &Measured) -> Value {
        let mut summary = Map::new();
        summary.insert("workload".to_string(), json!(workload));
        summary.insert("system".to_string(), json!(self.system));
        summary.insert("rounds".to_string(), json!(self.lines.len()));
        for &(key, more) in judged_by(workload) {
            let Some(Spread { median, least, most }) = self.spread(key) else { continue };
            summary.insert(key.to_string(), json!(median));
            summary.insert(format!("{key}_least"), json!(least));
            summary.insert(format!("{key}_most"), json!(most));
            summary.insert(format!("{key}_ratio"), json!(self.ratio(own, (key, more))));
        }
        for key in ["final_loss", "best_accuracy", "peak_memory_mb"] {
            if let Some(Spread { median, .. }) = self.spread(key) {
                summary.insert(key.to_string(), json!(median));
            }
        }
        for key in ["version", "threads", "threads_used", "kernel"] {
            if !self.first(key).is_null() {
                summary.insert(key.to_string(), self.first(key).clone());
            }
        }
        Value::Object(summary)
    }
}

/// What makes the comparison doubtful: final losses that are not within 2 % of PyTorch's (without it
/// chainrule's), best accuracies that are not within 0.01 of chainrule's.
pub(super) fn doubts(all: &[Measured]) -> Vec<String> {
    let mut doubts = Vec::new();
    let judge = all.iter().find(|it| it.system.starts_with("torch")).or(all.first());
    let Some(judge) = judge else { return doubts };
    for measured in all {
        let values = |key| {
            // A number that is not finite is written as none at all.
            let has_it = measured.lines.iter().any(|line| line.get(key).is_some());
            let found = measured.spread(key).map_or(f64::NAN, |it| it.median);
            has_it.then_some((found, judge.spread(key).map_or(f64::NAN, |it| it.median)))
        };
        if let Some((found, expected)) = values("final_loss") {
            let apart = (found / expected - 1.0).abs();
            // A loss that is not a number is never near.
            if apart.is_nan() || apart > 0.02 {
                doubts.push(format!(
                    "{}: final loss {found:.5}, {:.1} % from {expected:.5} of {}",
                    measured.system,
                    100.0 * apart,
                    judge.system
                ));
            }
        }
        if let Some((found, expected)) = values("best_accuracy")
            && ((found - expected).abs() > 0.01 || (found - expected).is_nan())
        {
            let judge = &judge.system;
            doubts.push(format!(
                "{}: best accuracy {found:.4}, but {expected:.4} of {judge}",
                measured.system
            ));
        }
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(system: &str, key: &str, numbers: &[f64]) -> Measured {
        let lines = numbers.iter().map(|number| json!({ key: number })).collect();
        Measured { system: system.to_string(), lines }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let spread = |numbers: &[f64]| Spread::of(numbers).map(|it| it.median);
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(spread(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(spread(&[]), None);
        let found = Spread::of(&[3.0, 1.0, 2.0]).unwrap();
        assert_eq!((found.least, found.most), (1.0, 3.0));
    }

    #[test]
    fn ratios_say_how_much_better_chainrule_is() {
        let own = measured("chainrule", "seconds", &[1.0, 2.0, 9.0]);
        let peer = measured("sklearn", "seconds", &[3.0, 4.0, 5.0]);
        assert_eq!(peer.ratio(&own, ("seconds", false)), Some(2.0));
        let own = measured("chainrule", "rows_per_s", &[10.0]);
        let peer = measured("sklearn", "rows_per_s", &[5.0]);
        assert_eq!(peer.ratio(&own, ("rows_per_s", true)), Some(2.0));
    }

    #[test]
    fn losses_apart_from_pytorchs_are_doubted() {
        let all = |own: f64, torch: f64, jax: f64| {
            doubts(&[
                measured("chainrule", "final_loss", &[own]),
                measured("torch fused", "final_loss", &[torch]),
                measured("jax", "final_loss", &[jax]),
            ])
        };
        assert!(all(1.0, 1.01, 1.02).is_empty());
        assert_eq!(all(1.0, 1.03, 1.02).len(), 1);
        assert_eq!(all(1.0, 1.0, f64::INFINITY).len(), 1);
        let accuracies = [
            measured("chainrule", "best_accuracy", &[0.95]),
            measured("sklearn float32", "best_accuracy", &[0.935]),
        ];
        assert_eq!(doubts(&accuracies).len(), 1);
    }
}
