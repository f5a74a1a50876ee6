//! Pictures in a page that is light, dark or printed.

use crate::{Color, Theme};

/// The names of a theme's colours in a style sheet, and the colours. Names whose colours are the same
/// in one theme are the same in every.
fn named(theme: &Theme) -> Vec<(String, Color)> {
    let mut named = vec![
        ("background".to_string(), theme.background),
        ("surface".to_string(), theme.surface),
        ("text".to_string(), theme.text),
        ("muted".to_string(), theme.muted),
        ("grid".to_string(), theme.grid),
        ("negative".to_string(), theme.diverging[0]),
        ("middle".to_string(), theme.diverging[1]),
        ("positive".to_string(), theme.diverging[2]),
    ];
    let categories = theme.categories.iter().enumerate();
    named.extend(categories.map(|(index, color)| (format!("category-{index}"), *color)));
    named
}

/// A style sheet with which pictures of [`Theme::LIGHT`] that are elements of a page
/// ([`Picture::element`](crate::Picture::element)) have the colours of [`Theme::DARK`] on screens of
/// readers who prefer dark pages, and stay as they are on paper.
///
/// The colours have names that the page may use too: `--background`, `--surface`, `--text`,
/// `--muted`, `--grid`, `--negative`, `--middle`, `--positive` and `--category-0` to `--category-9`.
/// Colours that were mixed, and pixels of images, stay as they are.
///
/// ```
/// let style = chainrule_draw::scheme_style();
/// assert!(style.contains("--category-0: #3f90da;"));
/// assert!(style.contains(".picture [fill=\"#3f90da\"] { fill: var(--category-0); }"));
/// ```
pub fn scheme_style() -> String {
    let values = |theme: &Theme| -> String {
        let line = |(name, color)| format!("  --{name}: {color};\n");
        named(theme).into_iter().map(line).collect()
    };
    let mut style = format!(":root {{\n  color-scheme: light dark;\n{}}}\n", values(&Theme::LIGHT));
    style += &format!(
        "@media screen and (prefers-color-scheme: dark) {{\n:root {{\n{}}}\n}}\n",
        values(&Theme::DARK)
    );
    // A rule of a style sheet is stronger than the attribute that it finds.
    for (name, color) in named(&Theme::LIGHT) {
        for attribute in ["fill", "stroke"] {
            style +=
                &format!(".picture [{attribute}=\"{color}\"] {{ {attribute}: var(--{name}); }}\n");
        }
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_the_light_theme_has_one_in_the_dark_one() {
        let (light, dark) = (named(&Theme::LIGHT), named(&Theme::DARK));
        for ((one, color), (_, of_one)) in light.iter().zip(&dark) {
            for ((other, same), (_, of_other)) in light.iter().zip(&dark) {
                assert!(color != same || of_one == of_other, "{one} and {other}");
            }
        }
        let axis = |theme: &Theme| theme.axis == theme.muted;
        assert!(axis(&Theme::LIGHT) && axis(&Theme::DARK), "an axis has the colour of muted text");
    }
}
