//! A small picture in SVG, with colours for light and for dark pages.

use std::fmt::Write;

/// Colours by class: on light pages, and on dark ones.
const COLORS: [(&str, &str, &str); 11] = [
    ("back", "#ffffff", "#14171c"),
    ("text", "#1f2328", "#e6edf3"),
    ("muted", "#59636e", "#9aa4af"),
    ("grid", "#e4e7eb", "#2b3138"),
    ("axis", "#59636e", "#9aa4af"),
    // Told apart by people with colour vision deficiency too (Petroff, 2021, arXiv:2107.02270).
    ("c0", "#bd1f01", "#e0503a"),
    ("c1", "#3f90da", "#5aa5ea"),
    ("c2", "#ffa90e", "#ffb73d"),
    ("c3", "#832db6", "#a45fd3"),
    ("c4", "#94a4a2", "#a9b7b5"),
    ("c5", "#a96b59", "#c18a79"),
];

/// A picture while it is drawn; places are in pixels from the upper left corner.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

/// Where a text stands relative to its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty picture.
    pub(super) fn new(width: f64, height: f64) -> Svg {
        let mut svg = Svg { body: String::new(), width, height };
        svg.rectangle((0.0, 0.0), (width, height), "back");
        svg
    }

    /// A filled rectangle from its upper left corner.
    pub(super) fn rectangle(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        class: &str,
    ) {
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             class=\"f-{class}\"/>"
        ));
    }

    /// A line through points.
    pub(super) fn line(&mut self, points: &[(f64, f64)], width: f64, class: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        self.add(format_args!(
            "<polyline points=\"{points}\" stroke-width=\"{width}\" class=\"s-{class}\"/>"
        ));
    }

    /// A point.
    pub(super) fn point(&mut self, (x, y): (f64, f64), class: &str) {
        self.add(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" class=\"f-{class}\"/>"
        ));
    }

    /// A line of text.
    pub(super) fn text(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        anchor: Anchor,
        class: &str,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" \
             class=\"f-{class}\">{text}</text>"
        ));
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{element}").expect("a string takes everything");
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        let Svg { body, width, height } = self;
        let mut style =
            String::from("text{font-family:'DejaVu Sans',Verdana,sans-serif}polyline{fill:none}");
        for (class, light, _) in COLORS {
            let _ = write!(style, ".f-{class}{{fill:{light}}}.s-{class}{{stroke:{light}}}");
        }
        style += "@media (prefers-color-scheme:dark){";
        for (class, _, dark) in COLORS {
            let _ = write!(style, ".f-{class}{{fill:{dark}}}.s-{class}{{stroke:{dark}}}");
        }
        style += "}";
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\">\n<style>{style}</style>\n{body}</svg>\n"
        )
    }
}

/// A logarithmic axis: numbers from `from` to `to` lie from one place to another.
pub(super) struct Axis {
    from: f64,
    to: f64,
    places: (f64, f64),
}

impl Axis {
    /// The axis whose ends are powers of ten, with all the numbers between them.
    pub(super) fn around(numbers: impl Iterator<Item = f64>, places: (f64, f64)) -> Axis {
        let sound = numbers.filter(|number| number.is_finite() && *number > 0.0);
        let (least, most) =
            sound.fold((f64::INFINITY, 0.0_f64), |it, number| (it.0.min(number), it.1.max(number)));
        let (from, to) = match least <= most {
            true => (least.log10().floor(), most.log10().ceil()),
            false => (0.0, 1.0),
        };
        Axis { from: 10_f64.powf(from), to: 10_f64.powf(to.max(from + 1.0)), places }
    }

    /// Where a number lies.
    pub(super) fn place(&self, number: f64) -> f64 {
        let share = (number / self.from).ln() / (self.to / self.from).ln();
        self.places.0 + (self.places.1 - self.places.0) * share
    }

    /// The powers of ten on it.
    pub(super) fn powers(&self) -> Vec<f64> {
        let (from, to) = (self.from.log10().round() as i32, self.to.log10().round() as i32);
        (from..=to).map(|power| 10_f64.powi(power)).collect()
    }
}

/// A power of ten as it is written at an axis.
pub(super) fn power(number: f64) -> String {
    match number {
        0.001..100_000.0 => format!("{number}"),
        _ => format!("{number:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_factors_are_equal_distances() {
        let axis = Axis::around([0.02, 5.0].into_iter(), (300.0, 0.0));
        assert_eq!(axis.powers(), [0.01, 0.1, 1.0, 10.0]);
        assert!((axis.place(0.01) - 300.0).abs() < 1e-9);
        assert!((axis.place(1.0) - 100.0).abs() < 1e-9);
        assert_eq!([1e-5, 0.01, 1.0, 1e5].map(power), ["1e-5", "0.01", "1", "1e5"]);
    }

    #[test]
    fn text_is_escaped() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text((0.0, 0.0), 9.0, Anchor::Start, "text", "a < b & c");
        assert!(svg.finish().contains(">a &lt; b &amp; c</text>"));
    }
}
