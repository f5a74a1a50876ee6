//! Floating-point numbers as whole numbers: each is one, times a power of two.

use num_bigint::BigInt;

/// The whole number m (odd, or 0) and the power e with x = m 2^e.
fn parts(x: f64) -> (i64, i32) {
    let bits = x.to_bits();
    let (fraction, field) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i32);
    let (size, power) = match field {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, field - 1075),
    };
    if size == 0 {
        return (0, 0);
    }
    let zeros = size.trailing_zeros();
    let whole = (size >> zeros) as i64;
    (if x < 0.0 { -whole } else { whole }, power + zeros as i32)
}

/// The least power of two that is needed: all of the finite `numbers` are whole multiples of it.
fn unit(numbers: impl Iterator<Item = f64>) -> i32 {
    numbers.filter(|x| *x != 0.0).map(|x| parts(x).1).min().unwrap_or(0)
}

/// The finite numbers in units of the largest power of two of which all are multiples.
pub(super) fn whole(numbers: &[f64]) -> Vec<BigInt> {
    let unit = unit(numbers.iter().copied());
    let scaled = |&x: &f64| {
        let (whole, power) = parts(x);
        BigInt::from(whole) << (power - unit).max(0) as u32
    };
    numbers.iter().map(scaled).collect()
}

/// Rows of finite numbers, each with a 1 behind it for the bias, in units of a power of two, which is
/// returned too; nothing if one of them has more than so many `bits`, 62 at most.
pub(super) fn whole_rows(numbers: &[f64], columns: usize, bits: i32) -> Option<(Vec<i64>, f64)> {
    let unit = unit(numbers.iter().copied()).min(0);
    let scaled = |x: f64| {
        let (whole, power) = parts(x);
        let shift = (power - unit).max(0);
        let length = 64 - whole.unsigned_abs().leading_zeros() as i32;
        let fits = whole == 0 || shift + length <= bits;
        fits.then(|| whole << shift.min(62))
    };
    let one = scaled(1.0)?;
    let mut rows = Vec::with_capacity(numbers.len() / columns.max(1) * (columns + 1));
    for row in numbers.chunks_exact(columns) {
        for &x in row {
            rows.push(scaled(x)?);
        }
        rows.push(one);
    }
    Some((rows, 2.0_f64.powi(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_multiples_of_a_power_of_two() {
        for x in [1.0, -0.1, 3.5e300, 5e-324, -1e-310, f64::MAX, 6.0] {
            let (whole, power) = parts(x);
            // In two steps, since 2^-1074 is the least power that is a number.
            let half = power / 2;
            assert_eq!(whole as f64 * 2.0_f64.powi(half) * 2.0_f64.powi(power - half), x, "{x}");
            assert!(whole % 2 != 0);
        }
        assert_eq!(parts(0.0), (0, 0));
        assert_eq!(whole(&[0.75, -2.0, 0.0]), [3, -8, 0].map(BigInt::from));
        assert_eq!(whole_rows(&[0.75, -2.0], 1, 4), Some((vec![3, 4, -8, 4], 0.25)));
        assert_eq!(whole_rows(&[0.75, -2.0], 1, 3), None);
        assert_eq!(whole_rows(&[4.0, 8.0], 2, 62), Some((vec![4, 8, 1], 1.0)));
        assert_eq!(whole_rows(&[1e300, 1.0], 2, 62), None);
        assert_eq!(whole_rows(&[1e-300], 1, 62), None);
    }
}
