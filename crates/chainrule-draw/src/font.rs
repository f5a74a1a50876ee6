//! The font that is part of the library, so that pictures need none of the system's.

use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, OnceLock};

/// A part of DejaVu Sans: Latin, Greek, super- and subscripts, arrows, operators. `assets` has its
/// licence and how it was made.
static FONT: &[u8] = include_bytes!("../assets/DejaVuSans.subset.ttf");

/// The fonts that an SVG file asks for: ours, one as wide, and then whatever there is.
pub const FONT_FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// How our SVG is read: with our font and no other.
pub(crate) fn options() -> Options<'static> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(FONT.to_vec());
        Arc::new(fonts)
    });
    Options { fontdb: Arc::clone(fonts), font_family: "DejaVu Sans".into(), ..Options::default() }
}

/// The width in pixels of a line of text in letters of `size` pixels, in the library's own font.
///
/// ```
/// use chainrule_draw::text_width;
/// // In DejaVu Sans a digit is 1303/2048 of the size wide.
/// assert!((text_width("00", 20.0) - 2.0 * 20.0 * 1303.0 / 2048.0).abs() < 0.1);
/// assert_eq!(text_width("", 20.0), 0.0);
/// ```
pub fn text_width(text: &str, size: f64) -> f64 {
    if text.trim().is_empty() {
        return 0.0;
    }
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><text \
         font-size=\"100\">{}</text></svg>",
        crate::drawing::escaped(text)
    );
    let width = |tree: Tree| f64::from(tree.root().abs_bounding_box().width());
    Tree::from_str(&svg, &options()).map_or(0.0, width) * size / 100.0
}

/// As much of a text as is at most `width` pixels wide, with dots where it was cut.
pub(crate) fn shortened(text: &str, size: f64, width: f64) -> String {
    // What is longer than any picture need not be measured.
    let characters: Vec<char> = text.chars().take(2000).collect();
    let cut = |length: usize| -> String {
        let dots = if length < characters.len() { "…" } else { "" };
        characters[..length].iter().collect::<String>() + dots
    };
    let fits = |length: usize| text_width(&cut(length), size) <= width;
    if fits(characters.len()) {
        return text.chars().take(2000).collect();
    }
    let lengths: Vec<usize> = (0..characters.len()).collect();
    cut(lengths.partition_point(|&length| fits(length)).saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_to_their_room() {
        assert_eq!(shortened("short", 12.0, 100.0), "short");
        let cut = shortened(&"word ".repeat(100), 12.0, 100.0);
        assert!(cut.starts_with("word word") && cut.ends_with('…'), "{cut}");
        let width = text_width(&cut, 12.0);
        assert!(width <= 100.0 && width > 85.0, "{width}");
    }

    #[test]
    fn the_font_has_what_formulas_need() {
        // A sign that it lacks has the width of the box for unknown ones.
        let unknown = text_width("\u{4e2d}", 100.0);
        for sign in "∂∑√∞≤≥≠→←αβδηθλμσφωΩ⁻²³₀₁·×".chars() {
            let width = text_width(&sign.to_string(), 100.0);
            assert!(width > 0.0 && (width - unknown).abs() > 0.01, "{sign}");
        }
    }
}
