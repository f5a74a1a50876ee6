//! Pictures of data, networks and training, as SVG and PNG.
//!
//! A [`Drawing`] collects lines, text and images in the colours of a [`Theme`], and becomes a
//! [`Picture`], which is an SVG document. It becomes a PNG without a display and without fonts of
//! the system: its font is part of this library. Equal input gives equal bytes.
//!
//! ```
//! use chainrule_draw::{Drawing, Stroke, Text, Theme};
//! let mut drawing = Drawing::new(200.0, 100.0, &Theme::LIGHT);
//! drawing.line((20.0, 80.0), (180.0, 80.0), &Stroke::new(Theme::LIGHT.axis, 1.0));
//! drawing.text((100.0, 50.0), "∂L/∂w < 0", &Text::new(Theme::LIGHT.text, 14.0).middle());
//! let picture = drawing.finish();
//! assert!(picture.svg().contains("∂L/∂w &lt; 0"));
//! assert!(picture.png(2.0)?.starts_with(b"\x89PNG"));
//! # Ok::<(), chainrule_draw::Error>(())
//! ```

#![forbid(unsafe_code)]

mod activations;
mod backend;
mod boundary;
mod charts;
mod color;
mod computation;
mod contour;
mod drawing;
mod error;
mod font;
mod frame;
mod layers;
mod legend;
mod look;
mod loss;
mod network;
mod picture;
mod pixels;
mod regions;
mod scheme;
mod theme;
mod tuning;
mod weights;

pub use activations::{activations, all_activations, value_and_slope};
pub use boundary::{boundaries, boundary};
pub use charts::{
    CalibrationPoint, Histogram, IntervalBar, Line, Lines, Scatter, calibration, histogram,
    interval_bar, lines, scatter, sparkline,
};
pub use color::Color;
pub use computation::{computation, matrix_computation};
pub use drawing::{Drawing, Stroke, Text};
pub use error::Error;
pub use font::{FONT_FAMILY, text_width};
pub use look::Look;
pub use loss::{Course, loss};
pub use network::network;
pub use picture::{Format, Picture};
pub use regions::Choice;
pub use scheme::scheme_style;
pub use theme::Theme;
pub use tuning::tuning;
pub use weights::weights;
