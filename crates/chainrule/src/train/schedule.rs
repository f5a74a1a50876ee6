//! How the learning rate changes while training goes on.

use crate::Error;
use crate::named::{self, serialize_as_text};
use std::fmt;
use std::str::FromStr;

/// The learning rate over a run, as a share of the one the optimiser was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Schedule {
    /// Always the same.
    #[default]
    Constant,
    /// Half a cosine from 1 to 0 over all planned steps: (1 + cos(pi t / T)) / 2 at step t of T,
    /// counted from 0 (Loshchilov and Hutter, 2017, equation 5, without restarts).
    Cosine,
}

impl Schedule {
    /// The names that [`FromStr`] knows.
    pub const NAMES: [&'static str; 2] = ["constant", "cosine"];

    /// The share of the learning rate at a step, counted from 0, of `steps` planned.
    pub(crate) fn share(self, step: u64, steps: u64) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            // libm's cosine has the same bits on every platform.
            Schedule::Cosine => {
                let progress = step as f64 / steps.max(1) as f64;
                0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress))
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Schedule::Constant => "constant",
            Schedule::Cosine => "cosine",
        })
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Schedule, Error> {
        match named::normal(text.trim()).as_str() {
            "constant" => Ok(Schedule::Constant),
            "cosine" => Ok(Schedule::Cosine),
            _ => Err(Error::unknown("schedule", text, &Schedule::NAMES)),
        }
    }
}

serialize_as_text!(Schedule);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_falls_from_one_over_a_half_to_zero() {
        assert_eq!(Schedule::Cosine.share(0, 100), 1.0);
        assert!((Schedule::Cosine.share(50, 100) - 0.5).abs() < 1e-15);
        assert!((Schedule::Cosine.share(25, 100) - (2.0 + 2f64.sqrt()) / 4.0).abs() < 1e-15);
        assert!(Schedule::Cosine.share(99, 100) < 1e-3);
        assert_eq!(Schedule::Constant.share(99, 100), 1.0);
        assert!("cosin".parse::<Schedule>().unwrap_err().to_string().contains("\"cosine\""));
    }
}
