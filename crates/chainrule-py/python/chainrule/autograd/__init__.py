"""Expressions on numpy arrays: computed, differentiated and laid open by chainrule's graph.

Arithmetic on symbols writes an expression down, with the meaning that numpy gives it; the graph that
trains networks computes it.

Examples
--------
>>> import numpy as np
>>> from chainrule import autograd
>>> from chainrule.autograd import grad, symbol, tanh
>>> def f(w, x):
...     return tanh(x @ w).sum()
>>> grad(f)(np.array([0.5, -0.5]), np.array([[1.0, 2.0], [3.0, 4.0]])).round(4)
array([3.1458, 4.7187])

Expressions may also be typed, and every step of one can be looked at:

>>> autograd.gradient("x^2*y/z", ["x", "y", "z"], x=3, y=4, z=2)
[array(12.), array(4.5), array(-9.)]
>>> x, y, z = symbol("x"), symbol("y"), symbol("z")
>>> print(autograd.trace(x**2 * y / z, x=3, y=4, z=2))
Forward
  x             = 3
  y             = 4
  z             = 2
  v1  = x^2     = 9
  v2  = v1 * y  = 36
  f   = v2 / z  = 18
<BLANKLINE>
Backward, from df/df = 1
  step         incoming gradient  local gradient        product
  f = v2 / z   df/df = 1          df/dv2 = 1 / z = 0.5  df/dv2 = 1 * 0.5 = 0.5
                                  df/dz = -f / z = -9   df/dz = 1 * (-9) = -9
  v2 = v1 * y  df/dv2 = 0.5       dv2/dv1 = y = 4       df/dv1 = 0.5 * 4 = 2
                                  dv2/dy = v1 = 9       df/dy = 0.5 * 9 = 4.5
  v1 = x^2     df/dv1 = 2         dv1/dx = 2 x = 6      df/dx = 2 * 6 = 12
<BLANKLINE>
Result
  f      = 18
  df/dx  = 12
  df/dy  = 4.5
  df/dz  = -9
"""

from . import functions as _functions
from .check import GradientCheck, check_gradient
from .differentiate import grad, gradient, value, value_and_grad
from .functions import *  # noqa: F403
from .losses import loss_text
from .symbol import Symbol, symbol
from .trace import Trace, trace

__all__ = [
    "GradientCheck",
    "Symbol",
    "Trace",
    "check_gradient",
    "grad",
    "gradient",
    "loss_text",
    "symbol",
    "trace",
    "value",
    "value_and_grad",
    *_functions.__all__,
]
