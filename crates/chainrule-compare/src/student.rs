//! Student's distribution and the binomial one, by the incomplete beta function.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::beta::beta_reg;

/// The probability of a value at least as far from 0 as `t` with so many degrees of freedom, on either
/// side: `I_x(f / 2, 1 / 2)` with `x = f / (f + t^2)` (Abramowitz and Stegun, 26.7.1).
pub(crate) fn two_sided(t: f64, freedom: f64) -> f64 {
    beta_reg(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// The value that is exceeded on either side with the given probability.
pub(crate) fn two_sided_quantile(probability: f64, freedom: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom are above 0");
    student.inverse_cdf(1.0 - probability / 2.0)
}

/// The probability that of `less + more` fair coins the rarer side comes up at most min(less, more)
/// times: the exact sign test, which is McNemar's on rows that one of two classifiers gets right.
pub(crate) fn sign_test(less: usize, more: usize) -> f64 {
    let (few, all) = (less.min(more) as f64, (less + more) as f64);
    match 2.0 * few == all {
        true => 1.0, // also for none
        false => (2.0 * beta_reg(all - few, few + 1.0, 0.5)).min(1.0),
    }
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
