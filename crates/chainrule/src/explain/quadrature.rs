//! A rule for the integral of a smooth function, with an estimate of its error.

/// Points of the rule.
pub(super) const POINTS: usize = 7;

/// Where the function is needed, in [-1, 1]: Kronrod's seven points, every second of which is one of
/// Gauss's three.
const PLACES: [f64; POINTS] = [
    -0.960_491_268_708_020_3,
    -0.774_596_669_241_483_4,
    -0.434_243_749_346_802_55,
    0.0,
    0.434_243_749_346_802_55,
    0.774_596_669_241_483_4,
    0.960_491_268_708_020_3,
];
const WEIGHTS: [f64; POINTS] = [
    0.104_656_226_026_467_27,
    0.268_488_089_868_333_44,
    0.401_397_414_775_962_2,
    0.450_916_538_658_474_14,
    0.401_397_414_775_962_2,
    0.268_488_089_868_333_44,
    0.104_656_226_026_467_27,
];
const WEIGHTS_OF_THREE: [f64; POINTS] = [0.0, 5.0 / 9.0, 0.0, 8.0 / 9.0, 0.0, 5.0 / 9.0, 0.0];

/// The points of an interval.
pub(super) fn points(from: f64, to: f64) -> [f64; POINTS] {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    PLACES.map(|place| middle + half * place)
}

/// The integral over an interval of so much width, from the values at its points: by the seven points,
/// exact for polynomials up to degree 11 (Kronrod, 1965), and how far that by three of them is off.
pub(super) fn integral(width: f64, value: impl Fn(usize) -> f64) -> (f64, f64) {
    let half = 0.5 * width;
    let (mut seven, mut three) = (0.0, 0.0);
    for point in 0..POINTS {
        let value = value(point);
        seven += WEIGHTS[point] * value;
        three += WEIGHTS_OF_THREE[point] * value;
    }
    (half * seven, half * (seven - three).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_up_to_degree_11_are_integrated_exactly() {
        let (from, to) = (0.5_f64, 2.0_f64);
        let points = points(from, to);
        for degree in 0..=12 {
            let (found, difference) = integral(to - from, |point| points[point].powi(degree));
            let exact = (to.powi(degree + 1) - from.powi(degree + 1)) / f64::from(degree + 1);
            let error = (found / exact - 1.0).abs();
            assert_eq!(error < 1e-14, degree <= 11, "degree {degree}: {error}");
            assert_eq!(difference / exact < 1e-14, degree <= 5, "degree {degree}: {difference}");
        }
    }
}
