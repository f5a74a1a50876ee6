//! Student's distribution and the binomial one, by the incomplete beta function.

/// Steps of the continued fraction, of which some ten suffice for the arguments that tests have.
const STEPS: usize = 10_000;

/// The probability of a value at least as far from 0 as `t` with so many degrees of freedom, on either
/// side: `I_x(f / 2, 1 / 2)` with `x = f / (f + t^2)` (Abramowitz and Stegun, 26.7.1).
pub(crate) fn two_sided(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// The value that is exceeded on either side with the given probability.
pub(crate) fn two_sided_quantile(probability: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while two_sided(high, freedom) > probability {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if two_sided(middle, freedom) > probability { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The probability that of `less + more` fair coins the rarer side comes up at most min(less, more)
/// times: the exact sign test, which is McNemar's on rows that one of two classifiers gets right.
pub(crate) fn sign_test(less: usize, more: usize) -> f64 {
    let (few, all) = (less.min(more) as f64, (less + more) as f64);
    match 2.0 * few == all {
        true => 1.0, // also for none
        false => (2.0 * incomplete_beta(0.5, all - few, few + 1.0)).min(1.0),
    }
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF, 8.17.22) in
/// Lentz's form.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast on this side of the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let logarithm =
        libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p();
    let away_from_zero = |number: f64| if number.abs() < 1e-300 { 1e-300 } else { number };
    let (mut c, mut d) = (1.0, 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..STEPS {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0_f64).abs() < 1e-15 {
            break;
        }
    }
    logarithm.exp() * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-10 * expected.abs(), "{found} {expected}");
    }

    #[test]
    fn students_distribution_is_that_of_scipy() {
        // 2 * scipy.stats.t.sf(t, f)
        near(two_sided(2.776_445_105_197_793, 4.0), 0.05);
        near(two_sided(1.0, 1.0), 0.5);
        near(two_sided(0.3, 9.0), SCIPY[0]);
        near(two_sided(12.0, 4.0), SCIPY[1]);
        near(two_sided(2.0, 99.0), SCIPY[2]);
        assert_eq!(two_sided(0.0, 4.0), 1.0);
        assert_eq!(two_sided(f64::INFINITY, 4.0), 0.0);
        near(two_sided_quantile(0.05, 4.0), 2.776_445_105_197_793);
        near(two_sided_quantile(0.01, 1.0), 63.656_741_162_871_58);
    }

    #[test]
    fn the_sign_test_is_that_of_scipy() {
        // scipy.stats.binomtest(few, all).pvalue
        near(sign_test(1, 9), 0.021_484_375);
        near(sign_test(9, 1), 0.021_484_375);
        near(sign_test(40, 60), SCIPY[3]);
        near(sign_test(0, 20), 2.0 * 0.5_f64.powi(20));
        assert_eq!(sign_test(0, 0), 1.0);
        assert_eq!(sign_test(7, 7), 1.0);
        near(sign_test(5000, 5200), SCIPY[4]);
    }

    const SCIPY: [f64; 5] = [
        0.7709907037415248,
        0.000276428548502973,
        0.04823969337263296,
        0.05688793364098089,
        0.04878796312682234,
    ];
}
