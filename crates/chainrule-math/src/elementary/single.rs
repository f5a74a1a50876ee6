//! The elementary functions of `f32`.

use super::formula::Constants;
pub(crate) use super::formula::{erf, exp, expm1, ln, log1p, tanh};
use crate::Lanes;

#[inline(always)]
pub(crate) fn sin<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::sinf)
}

#[inline(always)]
pub(crate) fn cos<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::cosf)
}

// "Within" is the relative error of the function due to its polynomial alone.
impl Constants for f32 {
    const LN2_HIGH: f64 = 0.693_147_182_464_599_6;
    const LN2_LOW: f64 = -1.904_654_299_957_767_8e-9;
    const SMALLEST_NORMAL: f64 = f32::MIN_POSITIVE as f64;
    const NORMALISING_EXPONENT: u32 = 24;

    const EXP_RANGE: (f64, f64) = (-104.0, 89.0);
    const EXPM1_LOW: f64 = -18.0;
    const TANH_HIGH: f64 = 10.0;
    const ERF_HIGH: f64 = 4.0;

    /// Within 2^-26.1.
    const EXP: &'static [f64] = &[
        0.5000003456,
        0.1666661427,
        0.04166127673,
        0.008336098972,
        0.001410429982,
        0.0001961174062,
    ];
    /// Within 2^-32.0.
    const EXPM1: &'static [f64] = &[
        0.5000000044,
        0.1666666637,
        0.04166636093,
        0.008333389465,
        0.001394062606,
        0.0001984581408,
    ];
    /// Within 2^-29.0.
    const EXP2: &'static [f64] = &[
        1.000000001,
        0.6931472057,
        0.2402264689,
        0.05550328774,
        0.00961848878,
        0.001339993203,
        0.0001534585482,
    ];
    /// Within 2^-27.7.
    const LN: &'static [f64] = &[
        -0.5000000121,
        0.3333320843,
        -0.2499971738,
        0.2001074639,
        -0.1668230781,
        0.140011809,
        -0.1216713086,
        0.1400465783,
        -0.129490555,
    ];
    /// Within 2^-28.4.
    const TANH: &'static [f64] =
        &[-0.3333329801, 0.1333192422, -0.05378383908, 0.02079600232, -0.005895194153];
    /// Within 2^-26.3.
    const ERF: &'static [f64] =
        &[0.1283791538, -0.3761252327, 0.1128214079, -0.02677890878, 0.005011963, -0.0006090362368];
    /// Within 2^-29.1.
    const LOG2_ERFC: &'static [f64] = &[
        -0.0002401482851,
        -1.627067426,
        -0.9189623459,
        -0.150204186,
        0.03219399296,
        -0.004422551987,
        0.000285968594,
    ];
}
