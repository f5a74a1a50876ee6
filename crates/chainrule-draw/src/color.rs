//! Colours.

use std::fmt;

/// A colour of a screen (sRGB): red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// The colour whose digits are those of `#rrggbb`.
    ///
    /// ```
    /// use chainrule_draw::Color;
    /// assert_eq!(Color::hex(0x3f90da), Color(0x3f, 0x90, 0xda));
    /// assert_eq!(Color::hex(0x3f90da).to_string(), "#3f90da");
    /// ```
    pub const fn hex(digits: u32) -> Color {
        Color((digits >> 16) as u8, (digits >> 8) as u8, digits as u8)
    }

    /// The colour at `share` (0 to 1, held there) of the way to `other`.
    ///
    /// ```
    /// use chainrule_draw::Color;
    /// assert_eq!(Color(0, 100, 200).mix(Color(100, 100, 0), 0.5), Color(50, 100, 100));
    /// ```
    pub fn mix(self, other: Color, share: f64) -> Color {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let part = |from: u8, to: u8| {
            (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
        };
        Color(part(self.0, other.0), part(self.1, other.1), part(self.2, other.2))
    }

    /// The colour at `share` (0 to 1) of a way along `stops`, which lie evenly.
    ///
    /// # Panics
    /// When there are no stops.
    pub fn along(stops: &[Color], share: f64) -> Color {
        let last = stops.len() - 1;
        let place = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) } * last as f64;
        let index = (place as usize).min(last.saturating_sub(1));
        stops[index].mix(stops[(index + 1).min(last)], place - index as f64)
    }

    /// How bright the colour is, 0 to 1: the relative luminance Y of sRGB (WCAG 2.1).
    pub fn luminance(self) -> f64 {
        let linear = |part: u8| match f64::from(part) / 255.0 {
            part if part <= 0.040_45 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// How well two colours are told apart by their brightness, from 1 to 21; text needs 4.5
    /// (WCAG 2.1).
    pub fn contrast(self, other: Color) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if one > two { one / two } else { two / one }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_are_met_and_left_by_straight_lines() {
        let stops = [Color(0, 0, 0), Color(100, 0, 0), Color(100, 200, 0)];
        assert_eq!(Color::along(&stops, 0.0), stops[0]);
        assert_eq!(Color::along(&stops, 0.25), Color(50, 0, 0));
        assert_eq!(Color::along(&stops, 0.5), stops[1]);
        assert_eq!(Color::along(&stops, 0.75), Color(100, 100, 0));
        assert_eq!([1.0, 7.0].map(|share| Color::along(&stops, share)), [stops[2]; 2]);
        assert_eq!([-1.0, f64::NAN].map(|share| Color::along(&stops, share)), [stops[0]; 2]);
        assert_eq!(Color::along(&stops[..1], 0.7), stops[0]);
    }

    #[test]
    fn black_and_white_are_as_far_apart_as_can_be() {
        let (black, white) = (Color(0, 0, 0), Color(255, 255, 255));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert!((white.contrast(white) - 1.0).abs() < 1e-9);
        // The example of WCAG's technique G18.
        assert!((Color::hex(0x767676).contrast(white) - 4.54).abs() < 0.005);
    }
}
