//! Where a picture is written, and how it looks: what all pictures have in common.

use crate::failure::Failure;
use crate::numbers;
use crate::output;
use crate::render::{say, short};
use chainrule_draw::{Format, Look, Picture, Theme};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct PictureArguments {
    /// The picture's file, which ends in .svg or .png [default: named after the model or the data,
    /// .svg, in the current folder]
    #[arg(long, short, value_name = "FILE", help_heading = "The picture")]
    output: Option<PathBuf>,
    /// The colours
    #[arg(long, value_enum, default_value_t = ThemeChoice::Light, help_heading = "The picture")]
    theme: ThemeChoice,
    /// Pixels of a row, 200 to 8192 [default: by the picture]
    #[arg(long, value_name = "PIXELS", value_parser = numbers::side, help_heading = "The picture")]
    #[arg(allow_negative_numbers = true)]
    width: Option<u32>,
    /// Rows of pixels, 200 to 8192 [default: by the picture]
    #[arg(long, value_name = "PIXELS", value_parser = numbers::side, help_heading = "The picture")]
    #[arg(allow_negative_numbers = true)]
    height: Option<u32>,
    /// How many times larger a PNG is than width and height say, for sharp screens and print
    #[arg(long, value_name = "NUMBER", value_parser = numbers::positive, default_value_t = 2.0)]
    #[arg(help_heading = "The picture", allow_negative_numbers = true)]
    scale: f64,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ThemeChoice {
    Light,
    Dark,
}

impl ThemeChoice {
    pub(super) fn theme(self) -> Theme {
        match self {
            ThemeChoice::Light => Theme::LIGHT,
            ThemeChoice::Dark => Theme::DARK,
        }
    }
}

impl PictureArguments {
    pub(super) fn look(&self) -> Look {
        Look { theme: self.theme.theme(), width: self.width, height: self.height }
    }

    /// The file to write, checked before the work: `name.kind.svg` if none is given. `inputs` are
    /// the files that are read.
    pub(super) fn path(
        &self,
        name: &str,
        kind: &str,
        inputs: &[&Path],
    ) -> Result<PathBuf, Failure> {
        let path = match &self.output {
            Some(path) => path.clone(),
            None => default_path(name, kind),
        };
        let advice = "name another file with --output FILE";
        Format::of(&path)?;
        output::check(&path, inputs, advice)?;
        output::check_picture_replaced(&path, advice)?;
        Ok(path)
    }

    /// Writes the picture and says where it is.
    pub(super) fn write(&self, picture: &Picture, path: &Path) -> Result<(), Failure> {
        picture.save_scaled(path, self.scale)?;
        let (width, height) = (picture.width(), picture.height());
        let size = match Format::of(path)? {
            Format::Svg => format!("{width} x {height}"),
            Format::Png => {
                let side = |length: f64| short_side(length * self.scale);
                format!("{} x {}", side(width), side(height))
            }
        };
        say(format_args!("Picture in {} ({size} pixels)", path.display()))
    }
}

fn short_side(length: f64) -> String {
    match length < 1e9 {
        true => format!("{:.0}", length.round()),
        false => short(length),
    }
}

/// The name of the model or the data without its folder, and what the picture is of.
fn default_path(name: &str, kind: &str) -> PathBuf {
    let stem = Path::new(name).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match stem.as_ref() {
        "" => PathBuf::from(format!("{kind}.svg")),
        stem => PathBuf::from(format!("{stem}.{kind}.svg")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_named_after_their_models() {
        let name = |name: &str| default_path(name, "loss").display().to_string();
        assert_eq!(name("digits"), "digits.loss.svg");
        assert_eq!(name("some/run.2"), "run.2.loss.svg");
        assert_eq!(name(""), "loss.svg");
    }
}
