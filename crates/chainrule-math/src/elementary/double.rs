//! stub
use crate::Lanes;
#[inline(always)]
pub(crate) fn exp<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::exp)
}
#[inline(always)]
pub(crate) fn ln<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::log)
}
#[inline(always)]
pub(crate) fn expm1<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::expm1)
}
#[inline(always)]
pub(crate) fn log1p<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::log1p)
}
#[inline(always)]
pub(crate) fn tanh<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::tanh)
}
#[inline(always)]
pub(crate) fn sin<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::sin)
}
#[inline(always)]
pub(crate) fn cos<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::cos)
}
#[inline(always)]
pub(crate) fn erf<L: Lanes<Element = f64>>(x: L) -> L {
    x.each_lane(libm::erf)
}
