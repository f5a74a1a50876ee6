//! The colours of a picture.

use crate::Color;

/// Named colours that go together.
#[derive(Clone, PartialEq, Debug)]
pub struct Theme {
    /// Behind everything.
    pub background: Color,
    /// Of boxes that stand out from the background, and of regions about which nothing is known.
    pub surface: Color,
    /// Titles and labels.
    pub text: Color,
    /// What is said by the way: subtitles, numbers at ticks.
    pub muted: Color,
    /// Lines behind the data.
    pub grid: Color,
    /// The lines of the axes.
    pub axis: Color,
    /// Classes and lines: ten colours that are told apart by people with colour vision deficiency
    /// too (Petroff, Accessible Color Sequences for Data Visualization, 2021, arXiv:2107.02270).
    pub categories: [Color; 10],
    /// From the most negative over 0 to the most positive.
    pub diverging: [Color; 3],
    /// From small to large, ever brighter: viridis, of matplotlib (CC0).
    pub sequential: [Color; 9],
}

/// Viridis at 0, 1/8, ..., 1.
const VIRIDIS: [Color; 9] = [
    Color::hex(0x440154),
    Color::hex(0x472d7b),
    Color::hex(0x3b528b),
    Color::hex(0x2c728e),
    Color::hex(0x21918c),
    Color::hex(0x28ae80),
    Color::hex(0x5ec962),
    Color::hex(0xaddc30),
    Color::hex(0xfde725),
];

const PETROFF: [Color; 10] = [
    Color::hex(0x3f90da),
    Color::hex(0xffa90e),
    Color::hex(0xbd1f01),
    Color::hex(0x94a4a2),
    Color::hex(0x832db6),
    Color::hex(0xa96b59),
    Color::hex(0xe76300),
    Color::hex(0xb9ac70),
    Color::hex(0x717581),
    Color::hex(0x92dadd),
];

impl Theme {
    /// Dark on white, for paper and pages.
    pub const LIGHT: Theme = Theme {
        background: Color::hex(0xffffff),
        surface: Color::hex(0xf3f4f6),
        text: Color::hex(0x1f2328),
        muted: Color::hex(0x59636e),
        grid: Color::hex(0xe4e7eb),
        axis: Color::hex(0x59636e),
        categories: PETROFF,
        diverging: [Color::hex(0x2166ac), Color::hex(0xf7f7f7), Color::hex(0xb2182b)],
        sequential: VIRIDIS,
    };

    /// Light on dark.
    pub const DARK: Theme = Theme {
        background: Color::hex(0x14171c),
        surface: Color::hex(0x21262d),
        text: Color::hex(0xe6edf3),
        muted: Color::hex(0x9aa4af),
        grid: Color::hex(0x2b3138),
        axis: Color::hex(0x9aa4af),
        categories: [
            Color::hex(0x5aa5ea),
            Color::hex(0xffb73d),
            Color::hex(0xe0503a),
            Color::hex(0xa9b7b5),
            Color::hex(0xa45fd3),
            Color::hex(0xc18a79),
            Color::hex(0xf5823a),
            Color::hex(0xcabf8a),
            Color::hex(0x8b909d),
            Color::hex(0x92dadd),
        ],
        diverging: [Color::hex(0x5aa9f0), Color::hex(0x22272e), Color::hex(0xff7b5c)],
        sequential: VIRIDIS,
    };

    /// The colour of class or line `index`, from 0; after ten they begin again.
    pub fn category(&self, index: usize) -> Color {
        self.categories[index % self.categories.len()]
    }

    /// The colour of a number with a sign, -1 to 1: 0 is the middle of the diverging scale.
    ///
    /// ```
    /// use chainrule_draw::Theme;
    /// let theme = Theme::LIGHT;
    /// assert_eq!([-1.0, 0.0, 1.0].map(|share| theme.signed(share)), theme.diverging);
    /// ```
    pub fn signed(&self, share: f64) -> Color {
        Color::along(&self.diverging, (share + 1.0) / 2.0)
    }

    /// The colour of a number from 0 to 1 on the sequential scale.
    pub fn level(&self, share: f64) -> Color {
        Color::along(&self.sequential, share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_and_classes_are_seen() {
        for theme in [Theme::LIGHT, Theme::DARK] {
            for text in [theme.text, theme.muted] {
                assert!(text.contrast(theme.background) >= 4.5, "{text}");
                assert!(text.contrast(theme.surface) >= 4.5, "{text}");
            }
            for (index, color) in theme.categories.iter().enumerate() {
                // Points have outlines in the colour of the text, so that pale ones are seen too.
                assert!(color.contrast(theme.background) >= 1.5, "{color}");
                assert!(!theme.categories[..index].contains(color));
            }
        }
    }

    #[test]
    fn the_sequential_scale_brightens_throughout() {
        let brightness: Vec<f64> =
            (0..=100).map(|i| Theme::LIGHT.level(f64::from(i) / 100.0).luminance()).collect();
        assert!(brightness.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
