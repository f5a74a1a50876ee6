//! A finished picture.

use crate::Error;
use crate::font::options;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::Tree;
use std::path::Path;

/// The most pixels of a side.
const MOST_PIXELS: u32 = 16_384;

/// An SVG document of a known size.
#[derive(Clone, PartialEq, Debug)]
pub struct Picture {
    svg: String,
    width: f64,
    height: f64,
}

impl Picture {
    /// Of a whole document, `width` x `height` pixels.
    pub(crate) fn new(svg: String, width: f64, height: f64) -> Picture {
        Picture { svg, width, height }
    }

    /// The document.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The picture as an element of an HTML page, where it is as wide as there is room but never wider
    /// than its own width. `name`, made of letters, digits and hyphens, is different for each picture
    /// of the page; `label` tells those who do not see the picture what it shows.
    ///
    /// Drawn with [`Theme::LIGHT`](crate::Theme::LIGHT), and with [`scheme_style`](crate::scheme_style)
    /// in the page, it follows the reader's colour scheme.
    ///
    /// ```
    /// use chainrule_draw::{Theme, sparkline};
    /// let element = sparkline(&[1, 2], &Theme::LIGHT).element("ages", "histogram of <age>");
    /// assert!(element.starts_with("<svg ") && element.contains("aria-label=\"histogram of &lt;age&gt;\""));
    /// ```
    ///
    /// # Panics
    /// When `name` has other characters.
    pub fn element(&self, name: &str, label: &str) -> String {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        assert!(name.chars().all(is_plain), "a name of letters, digits and hyphens, found {name}");
        let label = crate::drawing::escaped(label);
        let start = format!("<svg class=\"picture\" role=\"img\" aria-label=\"{label}\" ");
        // Quotation marks within texts are spelled out, so none of these is part of one.
        self.svg
            .trim_end()
            .replacen("<svg ", &start, 1)
            .replace(" id=\"clip", &format!(" id=\"{name}-clip"))
            .replace("=\"url(#clip", &format!("=\"url(#{name}-clip"))
    }

    /// Pixels of a row at scale 1.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Rows of pixels at scale 1.
    pub fn height(&self) -> f64 {
        self.height
    }

    /// The bytes of a PNG file with `scale` times the width and height.
    ///
    /// # Errors
    /// [`Error::Size`] when that is no pixel at all or more than 16384 on a side.
    pub fn png(&self, scale: f64) -> Result<Vec<u8>, Error> {
        let (width, height) = ((self.width * scale).round(), (self.height * scale).round());
        let is_sound = |side: f64| (1.0..=f64::from(MOST_PIXELS)).contains(&side);
        if !is_sound(width) || !is_sound(height) {
            return Err(Error::Size { width, height, most: MOST_PIXELS });
        }
        let fault = |error: &dyn std::fmt::Display| Error::Svg(error.to_string());
        let tree = Tree::from_str(&self.svg, &options()).map_err(|error| fault(&error))?;
        let mut pixels = Pixmap::new(width as u32, height as u32)
            .ok_or_else(|| fault(&"no memory for its pixels"))?;
        let scale =
            Transform::from_scale((width / self.width) as f32, (height / self.height) as f32);
        resvg::render(&tree, scale, &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| fault(&error))
    }

    /// Writes a file, whole or not at all: SVG or PNG as its name ends, the latter at scale 2, which
    /// is sharp on most screens.
    ///
    /// # Errors
    /// [`Error::Ending`] for another ending; when the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.save_scaled(path, 2.0)
    }

    /// As [`Picture::save`], a PNG with `scale` times the width and height.
    ///
    /// # Errors
    /// As [`Picture::save`] and [`Picture::png`].
    pub fn save_scaled(&self, path: impl AsRef<Path>, scale: f64) -> Result<(), Error> {
        let path = path.as_ref();
        let bytes = match Format::of(path)? {
            Format::Svg => self.svg.clone().into_bytes(),
            Format::Png => self.png(scale)?,
        };
        Ok(chainrule::write_whole(path, &bytes)?)
    }
}

/// What a picture can be written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Lines and text.
    Svg,
    /// Pixels.
    Png,
}

impl Format {
    /// By the ending of a file's name, in whatever case.
    ///
    /// # Errors
    /// [`Error::Ending`] for another ending.
    pub fn of(path: &Path) -> Result<Format, Error> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "svg" => Ok(Format::Svg),
            "png" => Ok(Format::Png),
            _ => Err(Error::Ending { path: path.into() }),
        }
    }
}
