//! stub
use crate::Lanes;
#[inline(always)]
pub(crate) fn exp<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::expf)
}
#[inline(always)]
pub(crate) fn ln<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::logf)
}
#[inline(always)]
pub(crate) fn expm1<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::expm1f)
}
#[inline(always)]
pub(crate) fn log1p<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::log1pf)
}
#[inline(always)]
pub(crate) fn tanh<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::tanhf)
}
#[inline(always)]
pub(crate) fn sin<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::sinf)
}
#[inline(always)]
pub(crate) fn cos<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::cosf)
}
#[inline(always)]
pub(crate) fn erf<L: Lanes<Element = f32>>(x: L) -> L {
    x.each_lane(libm::erff)
}
