//! How a picture is asked for: its colours and size.

use crate::{Error, Theme};

/// Colours and size of a picture.
///
/// ```
/// use chainrule_draw::{Look, Theme};
/// let look = Look { theme: Theme::DARK, width: Some(900), ..Look::default() };
/// assert_eq!(look.height, None);
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Look {
    /// The colours.
    pub theme: Theme,
    /// Pixels of a row; what suits the picture when not given.
    pub width: Option<u32>,
    /// Rows of pixels; what suits the picture when not given.
    pub height: Option<u32>,
}

impl Default for Look {
    fn default() -> Look {
        Look { theme: Theme::LIGHT, width: None, height: None }
    }
}

impl Look {
    /// The least pixels of a side: fewer leave no room for axes.
    pub const LEAST: u32 = 200;
    /// The most pixels of a side.
    pub const MOST: u32 = 8192;

    /// Width and height, those not given as `usual`.
    pub(crate) fn size(&self, usual: (f64, f64)) -> Result<(f64, f64), Error> {
        let (least, most) = (f64::from(Look::LEAST), f64::from(Look::MOST));
        let width = self.width.map_or(usual.0.clamp(least, most), f64::from);
        let height = self.height.map_or(usual.1.clamp(least, most), f64::from);
        let range = least..=most;
        match range.contains(&width) && range.contains(&height) {
            true => Ok((width, height)),
            false => Err(Error::picture(
                format!("the size {width} x {height}"),
                format!(
                    "expected {} to {} pixels for width and height; choose a size between",
                    Look::LEAST,
                    Look::MOST
                ),
            )),
        }
    }
}
