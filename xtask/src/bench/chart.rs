//! The picture of all workloads: bars on a logarithmic scale.

use super::measured::judged_by;
use super::svg::{Anchor, Axis, Svg, power};
use super::table::time;
use serde_json::Value;

/// The systems in their order, which is that of their colours.
const SYSTEMS: [&str; 6] = ["chainrule", "torch", "jax", "sklearn", "candle", "burn"];

const BAR: f64 = 22.0;
const GAP: f64 = 26.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 66.0;
const HEIGHT: f64 = 300.0;

/// Seconds of a system's best way, and how many times chainrule's they are.
fn best(result: &Value, family: &str) -> Option<(f64, f64)> {
    let (key, _) = judged_by(result["workload"]["workload"].as_str()?)[0];
    let scale = if key.ends_with("_us") { 1e-6 } else { 1.0 };
    let systems = result["systems"].as_array()?.iter();
    let own = systems.filter(|system| {
        system["system"].as_str().is_some_and(|name| name.split(' ').next() == Some(family))
    });
    let numbers = own.filter_map(|system| {
        Some((system[key].as_f64()? * scale, system[&format!("{key}_ratio")].as_f64()?))
    });
    numbers.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// Bars for each result: seconds of an epoch, of a prediction for one row (W6) or of the whole search
/// (W7), below them how many times chainrule's.
pub(super) fn bars(results: &[Value]) -> String {
    let groups: Vec<Vec<(usize, f64, f64)>> = results
        .iter()
        .map(|result| {
            let all = SYSTEMS.iter().enumerate();
            let found = all.filter_map(|(index, family)| {
                best(result, family).map(|(seconds, ratio)| (index, seconds, ratio))
            });
            found.collect()
        })
        .collect();
    let bars: usize = groups.iter().map(Vec::len).sum();
    let width = (LEFT + bars as f64 * BAR + groups.len() as f64 * GAP + 20.0).max(680.0);
    let bottom = TOP + HEIGHT;
    let seconds = groups.iter().flatten().map(|bar| bar.1);
    let axis = Axis::around(seconds, (bottom, TOP));
    let mut svg = Svg::new(width, bottom + 58.0);
    let title = "Seconds for one epoch (W6: for one row; W7: for the whole search); logarithmic";
    svg.text((16.0, 26.0), 14.0, Anchor::Start, "text", title);
    legend(&mut svg, &groups);
    for number in axis.powers() {
        let y = axis.place(number);
        svg.line(&[(LEFT, y), (width - 16.0, y)], 1.0, "grid");
        svg.text((LEFT - 8.0, y + 4.0), 11.0, Anchor::End, "muted", &power(number));
    }
    let mut x = LEFT + GAP / 2.0;
    for (result, group) in results.iter().zip(&groups) {
        let middle = x + group.len() as f64 * BAR / 2.0;
        for &(system, seconds, ratio) in group {
            let y = axis.place(seconds);
            svg.rectangle((x + 1.0, y), (BAR - 2.0, bottom - y), &format!("c{system}"));
            if system > 0 {
                let place = (x + BAR / 2.0, y - 4.0);
                let text = if ratio < 9.95 { format!("{ratio:.1}") } else { format!("{ratio:.0}") };
                svg.text(place, 9.5, Anchor::Middle, "text", &text);
            }
            x += BAR;
        }
        let name = result["workload"]["workload"].as_str().unwrap_or_default();
        svg.text((middle, bottom + 18.0), 13.0, Anchor::Middle, "text", name);
        if let Some((0, seconds, _)) = group.first() {
            let place = (middle, bottom + 34.0);
            svg.text(place, 10.0, Anchor::Middle, "muted", &time(*seconds));
        }
        x += GAP;
    }
    svg.line(&[(LEFT, bottom), (width - 16.0, bottom)], 1.0, "axis");
    let note =
        "above a bar: how many times as long as chainrule it takes; below a name: chainrule's time";
    svg.text((LEFT, bottom + 52.0), 10.0, Anchor::Start, "muted", note);
    svg.finish()
}

/// The systems that have bars, with their colours.
fn legend(svg: &mut Svg, groups: &[Vec<(usize, f64, f64)>]) {
    let mut x = LEFT;
    for (index, name) in SYSTEMS.iter().enumerate() {
        if groups.iter().flatten().any(|bar| bar.0 == index) {
            svg.rectangle((x, 40.0), (12.0, 12.0), &format!("c{index}"));
            svg.text((x + 18.0, 50.5), 12.0, Anchor::Start, "text", name);
            x += 40.0 + 8.0 * name.len() as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_family_has_a_bar_of_its_best_way() {
        let system = |name: &str, seconds: f64| json!({ "system": name, "seconds_per_epoch": seconds, "seconds_per_epoch_ratio": seconds });
        let systems =
            [system("chainrule", 1.0), system("torch fused", 3.0), system("torch compile", 2.0)];
        let result = json!({ "workload": { "workload": "W4" }, "systems": systems });
        assert_eq!(best(&result, "torch"), Some((2.0, 2.0)));
        assert_eq!(best(&result, "jax"), None);
        let svg = bars(&[result]);
        // The background, two bars and two marks of the legend.
        assert_eq!(svg.matches("<rect").count(), 5);
        assert!(svg.contains(">W4<") && svg.contains(">2.0<"));
    }
}
