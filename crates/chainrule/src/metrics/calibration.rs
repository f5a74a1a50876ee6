//! Whether probabilities are shares: of the rows that are given 0.8, eight in ten should have the class.

use super::check::{Rows, check_probabilities, fault};
use crate::Error;
use serde::{Deserialize, Serialize};

/// How probabilities are grouped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bins {
    /// So many of equal width from 0 to 1.
    Uniform(usize),
    /// So many with as many rows each, but for ties.
    Quantile(usize),
}

/// The rows whose probability lies in one bin.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// The rows.
    pub rows: usize,
    /// Their mean probability.
    pub predicted: f64,
    /// The share of them that has the class.
    pub observed: f64,
}

/// Predicted probabilities beside observed shares, bin by bin, empty bins left out (Niculescu-Mizil and
/// Caruana, 2005, section 4). A bin has its upper bound and not its lower one, but the first, which has
/// both.
///
/// ```
/// use chainrule::metrics::{Bins, calibration_curve};
/// let truth = [false, false, true, false, true, true];
/// let bins = calibration_curve(&[0.1, 0.2, 0.3, 0.6, 0.8, 0.9], &truth, Bins::Uniform(2))?;
/// assert_eq!((bins[0].rows, bins[0].observed), (3, 1.0 / 3.0));
/// assert!((bins[0].predicted - 0.2).abs() < 1e-15);
/// # Ok::<(), chainrule::Error>(())
/// ```
///
/// # Errors
/// No bins; a probability from 0 to 1 is needed for each truth.
pub fn calibration_curve(
    probabilities: &[f64],
    truth: &[bool],
    bins: Bins,
) -> Result<Vec<CalibrationBin>, Error> {
    let rows = Rows::new(probabilities.len(), truth.len(), None)?;
    check_probabilities(probabilities)?;
    let (Bins::Uniform(count) | Bins::Quantile(count)) = bins;
    if count == 0 {
        return Err(fault("the bins of probabilities", "at least one", count));
    }
    // Multiplied and not divided, as numpy's linspace does, so that a probability on a bound falls into
    // the same bin.
    let shares = (1..count).map(|bound| bound as f64 * (1.0 / count as f64));
    let bounds: Vec<f64> = match bins {
        Bins::Uniform(_) => shares.collect(),
        Bins::Quantile(_) => {
            let mut sorted = probabilities.to_vec();
            sorted.sort_by(f64::total_cmp);
            shares.map(|share| quantile(&sorted, share)).collect()
        }
    };
    let mut sums = vec![(0, 0.0, 0); count];
    for row in 0..rows.count() {
        let bin = bounds.partition_point(|bound| *bound < probabilities[row]);
        let (rows, probability, having) = &mut sums[bin];
        *rows += 1;
        *probability += probabilities[row];
        *having += usize::from(truth[row]);
    }
    let bin = |(rows, probability, having): (usize, f64, usize)| CalibrationBin {
        rows,
        predicted: probability / rows as f64,
        observed: having as f64 / rows as f64,
    };
    Ok(sums.into_iter().filter(|(rows, ..)| *rows > 0).map(bin).collect())
}

/// The number below which a share of sorted numbers lies, on the line between its neighbours (type 7 of
/// Hyndman and Fan, 1996), rounded as numpy does.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor(), place.fract());
    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(sorted.len() - 1)];
    match part < 0.5 {
        true => low + (high - low) * part,
        false => high - (high - low) * (1.0 - part),
    }
}

/// The mean distance of probability and observed share, each bin by its share of the rows (Naeini et al.,
/// 2015; Guo et al., 2017, equation 3):
///
/// sum over the bins of rows / all rows * |observed - predicted|.
///
/// ```
/// use chainrule::metrics::{Bins, calibration_curve, expected_calibration_error};
/// let bins = calibration_curve(&[0.75, 0.75, 0.75, 0.75], &[true; 4], Bins::Uniform(10))?;
/// assert_eq!(expected_calibration_error(&bins), 0.25);
/// # Ok::<(), chainrule::Error>(())
/// ```
pub fn expected_calibration_error(bins: &[CalibrationBin]) -> f64 {
    let all: usize = bins.iter().map(|bin| bin.rows).sum();
    let part = |bin: &CalibrationBin| bin.rows as f64 * (bin.observed - bin.predicted).abs();
    bins.iter().map(part).sum::<f64>() / all.max(1) as f64
}
