//! Small images made pixel by pixel.

use crate::{Color, Error};
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8};

/// The bytes of a PNG file of `width` x `height` pixels, the color of each by its column and row,
/// both from 0, rows from above.
pub(crate) fn image(
    width: usize,
    height: usize,
    color: impl Fn(usize, usize) -> Color,
) -> Result<Vec<u8>, Error> {
    let fault = || Error::Svg(format!("no image of {width} x {height} pixels"));
    let mut pixels = Pixmap::new(width as u32, height as u32).ok_or_else(fault)?;
    for (index, pixel) in pixels.pixels_mut().iter_mut().enumerate() {
        let Color(red, green, blue) = color(index % width, index / width);
        *pixel = PremultipliedColorU8::from_rgba(red, green, blue, 255).ok_or_else(fault)?;
    }
    pixels.encode_png().map_err(|error| Error::Svg(error.to_string()))
}
