//! The elements of a picture as they are drawn, written as SVG.

use crate::{Color, FONT_FAMILY, Picture, Theme};
use std::fmt::{Display, Write};

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stroke {
    /// Its colour.
    pub color: Color,
    /// Its width in pixels.
    pub width: f64,
    /// Lengths in pixels of dash and gap, for a line that is not drawn through.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    /// A line that is drawn through.
    pub fn new(color: Color, width: f64) -> Stroke {
        Stroke { color, width, dash: None }
    }

    /// With dashes.
    pub fn dashed(self, dash: f64, gap: f64) -> Stroke {
        Stroke { dash: Some((dash, gap)), ..self }
    }

    fn attributes(&self) -> String {
        let mut text = format!("stroke=\"{}\" stroke-width=\"{}\"", self.color, short(self.width));
        if let Some((dash, gap)) = self.dash {
            let _ = write!(text, " stroke-dasharray=\"{} {}\"", short(dash), short(gap));
        }
        text
    }
}

/// How a line of text is set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Text {
    color: Color,
    size: f64,
    anchor: &'static str,
    is_upright: bool,
}

impl Text {
    /// Letters of `size` pixels that begin at their place, which is on the base line.
    pub fn new(color: Color, size: f64) -> Text {
        Text { color, size, anchor: "start", is_upright: false }
    }

    /// The middle of the line is at the place.
    pub fn middle(self) -> Text {
        Text { anchor: "middle", ..self }
    }

    /// The end of the line is at the place.
    pub fn end(self) -> Text {
        Text { anchor: "end", ..self }
    }

    /// Turned, to be read from below.
    pub fn upright(self) -> Text {
        Text { is_upright: true, ..self }
    }
}

/// A picture while it is drawn. Places are in pixels from the upper left corner, x before y. What
/// is drawn later lies above.
#[derive(Clone, Debug)]
pub struct Drawing {
    body: String,
    width: f64,
    height: f64,
}

impl Drawing {
    /// An empty picture on the theme's background.
    pub fn new(width: f64, height: f64, theme: &Theme) -> Drawing {
        let mut drawing = Drawing { body: String::new(), width, height };
        drawing.rectangle((0.0, 0.0), (width, height), Some(theme.background), None);
        drawing
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &Stroke) {
        let ((x1, y1), (x2, y2)) = (pair(from), pair(to));
        let stroke = stroke.attributes();
        self.raw(format_args!("<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" {stroke}/>"));
    }

    /// A line through points, one after the other.
    pub fn polyline(&mut self, points: &[(f64, f64)], stroke: &Stroke) {
        let stroke = stroke.attributes();
        let points = joined(points);
        self.raw(format_args!(
            "<polyline points=\"{points}\" fill=\"none\" stroke-linejoin=\"round\" {stroke}/>"
        ));
    }

    /// A filled area with these corners.
    pub fn polygon(&mut self, points: &[(f64, f64)], fill: Color) {
        let points = joined(points);
        self.raw(format_args!("<polygon points=\"{points}\" fill=\"{fill}\"/>"));
    }

    /// A path in the language of SVG's attribute `d`, such as `M0,0 C10,0 20,5 30,5`.
    pub fn path(&mut self, path: &str, fill: Option<Color>, stroke: Option<&Stroke>) {
        let path = escaped(path);
        self.raw(format_args!("<path d=\"{path}\" {}/>", filled(fill, stroke)));
    }

    /// A rectangle from its upper left corner.
    pub fn rectangle(
        &mut self,
        corner: (f64, f64),
        size: (f64, f64),
        fill: Option<Color>,
        stroke: Option<&Stroke>,
    ) {
        self.rounded(corner, size, 0.0, fill, stroke);
    }

    /// A rectangle whose corners are rounded by `radius`.
    pub fn rounded(
        &mut self,
        corner: (f64, f64),
        size: (f64, f64),
        radius: f64,
        fill: Option<Color>,
        stroke: Option<&Stroke>,
    ) {
        let ((x, y), (width, height)) = (pair(corner), pair(size));
        let radius = match radius > 0.0 {
            true => format!(" rx=\"{}\"", short(radius)),
            false => String::new(),
        };
        self.raw(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{radius} {}/>",
            filled(fill, stroke)
        ));
    }

    /// A circle around its middle.
    pub fn circle(
        &mut self,
        middle: (f64, f64),
        radius: f64,
        fill: Option<Color>,
        stroke: Option<&Stroke>,
    ) {
        let ((x, y), radius) = (pair(middle), short(radius));
        let look = filled(fill, stroke);
        self.raw(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {look}/>"));
    }

    /// Filled circles of one size, so pale (`opacity`, 0 to 1) that many on one place are darker.
    pub fn points(&mut self, middles: &[(f64, f64)], radius: f64, fill: Color, opacity: f64) {
        let (radius, opacity) = (short(radius), short(opacity));
        self.raw(format_args!("<g fill=\"{fill}\" fill-opacity=\"{opacity}\">"));
        for &middle in middles {
            let (x, y) = pair(middle);
            self.raw(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
        }
        self.raw("</g>");
    }

    /// Straight stretches of one look, so pale (`opacity`, 0 to 1) that many on one place are darker.
    pub fn stretches(&mut self, stretches: &[[(f64, f64); 2]], stroke: &Stroke, opacity: f64) {
        let (look, opacity) = (stroke.attributes(), short(opacity));
        let mut path = String::new();
        for &[from, to] in stretches {
            let ((x1, y1), (x2, y2)) = (pair(from), pair(to));
            let _ = write!(path, "M{x1} {y1}L{x2} {y2}");
        }
        self.raw(format_args!(
            "<path d=\"{path}\" fill=\"none\" {look} stroke-opacity=\"{opacity}\"/>"
        ));
    }

    /// A line of text. It may come from anywhere: it is escaped, and control characters are shown
    /// as the sign for an unknown one.
    pub fn text(&mut self, place: (f64, f64), text: &str, style: &Text) {
        let (x, y) = pair(place);
        let (size, color) = (short(style.size), style.color);
        let anchor = match style.anchor {
            "start" => String::new(),
            anchor => format!(" text-anchor=\"{anchor}\""),
        };
        let turn = match style.is_upright {
            true => format!(" transform=\"rotate(-90 {x} {y})\""),
            false => String::new(),
        };
        let text = escaped(text);
        self.raw(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\"{anchor}{turn}>{text}</text>"
        ));
    }

    /// The bytes of a PNG file, stretched to `size`, its pixels drawn as squares or blended.
    pub fn image(&mut self, corner: (f64, f64), size: (f64, f64), png: &[u8], is_smooth: bool) {
        let ((x, y), (width, height)) = (pair(corner), pair(size));
        let rendering = if is_smooth { "optimizeQuality" } else { "optimizeSpeed" };
        // Browsers know the first only as a property of style.
        let style = if is_smooth { "" } else { " style=\"image-rendering:pixelated\"" };
        let data = base64(png);
        self.raw(format_args!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
             preserveAspectRatio=\"none\" image-rendering=\"{rendering}\"{style} \
             href=\"data:image/png;base64,{data}\"/>"
        ));
    }

    /// Begins a part of the picture that screen readers and mouse pointers are told the name of.
    /// [`Drawing::end`] ends it.
    pub fn begin(&mut self, title: &str) {
        let title = escaped(title);
        self.raw(format_args!("<g><title>{title}</title>"));
    }

    /// Begins a part of which only what lies within a rectangle is seen. [`Drawing::end`] ends it.
    pub fn begin_clipped(&mut self, corner: (f64, f64), size: (f64, f64)) {
        let ((x, y), (width, height)) = (pair(corner), pair(size));
        let number = self.body.matches("<clipPath").count() + 1;
        self.raw(format_args!(
            "<clipPath id=\"clip{number}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" \
             height=\"{height}\"/></clipPath>\n<g clip-path=\"url(#clip{number})\">"
        ));
    }

    /// Ends what the last of [`Drawing::begin`] and [`Drawing::begin_clipped`] began.
    pub fn end(&mut self) {
        self.raw(format_args!("</g>"));
    }

    /// The picture.
    pub fn finish(self) -> Picture {
        let (width, height) = pair((self.width, self.height));
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"{FONT_FAMILY}\">\n{}</svg>\n",
            self.body
        );
        Picture::new(svg, self.width, self.height)
    }

    fn raw(&mut self, element: impl Display) {
        let _ = writeln!(self.body, "{element}");
    }
}

fn filled(fill: Option<Color>, stroke: Option<&Stroke>) -> String {
    let fill = fill.map_or("none".to_string(), |color| color.to_string());
    match stroke {
        Some(stroke) => format!("fill=\"{fill}\" {}", stroke.attributes()),
        None => format!("fill=\"{fill}\""),
    }
}

fn joined(points: &[(f64, f64)]) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|&point| {
            let (x, y) = pair(point);
            format!("{x},{y}")
        })
        .collect();
    points.join(" ")
}

fn pair((x, y): (f64, f64)) -> (String, String) {
    (short(x), short(y))
}

/// A length to a hundredth of a pixel. One that is no number would make the document invalid.
fn short(length: f64) -> String {
    let length = if length.is_finite() { length.clamp(-1e6, 1e6) } else { 0.0 };
    ((length * 100.0).round() / 100.0 + 0.0).to_string()
}

/// Text between tags or in an attribute. XML cannot hold control characters, and marks that turn
/// the direction of writing would reorder what stands beside them: both are shown as unknown.
pub(crate) fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result += "&amp;",
            '<' => result += "&lt;",
            '>' => result += "&gt;",
            '"' => result += "&quot;",
            '\'' => result += "&#39;",
            '\n' | '\t' => result.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                result.push('\u{fffd}');
            }
            '\u{fffe}' | '\u{ffff}' => result.push('\u{fffd}'),
            other if other.is_control() => result.push('\u{fffd}'),
            other => result.push(other),
        }
    }
    result
}

/// As RFC 4648, section 4, has it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let mut bits = 0_u32;
        (0..3).for_each(|i| bits = bits << 8 | u32::from(*three.get(i).unwrap_or(&0)));
        for digit in 0..4 {
            match digit <= three.len() {
                true => text.push(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63].into()),
                false => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_an_element() {
        let mut drawing = Drawing::new(10.0, 10.0, &Theme::LIGHT);
        let style = Text::new(Theme::LIGHT.text, 12.0);
        drawing.text((1.0, 2.0), "</text><script>\"a\"&'b'\u{1b}\u{0}\n\u{202e}x", &style);
        drawing.begin("<b>");
        drawing.end();
        let picture = drawing.finish();
        let expected =
            "&lt;/text&gt;&lt;script&gt;&quot;a&quot;&amp;&#39;b&#39;\u{fffd}\u{fffd} \u{fffd}x";
        assert!(picture.svg().contains(expected), "{}", picture.svg());
        assert!(picture.svg().contains("<title>&lt;b&gt;</title>"));
        assert!(picture.png(1.0).is_ok(), "the document is well formed");
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        // RFC 4648, section 10.
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, expected) in expected.iter().enumerate() {
            assert_eq!(&base64(&b"foobar"[..length]), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    #[test]
    fn lengths_are_short_and_always_numbers() {
        assert_eq!([1.0, 0.126, -0.0, 1e300].map(short), ["1", "0.13", "0", "1000000"]);
        assert_eq!([f64::NAN, f64::INFINITY].map(short), ["0", "0"]);
    }
}
