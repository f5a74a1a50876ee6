"""Values that are written down instead of computed."""

from __future__ import annotations

import inspect
import numbers
from typing import Any

import numpy as np

from .._core import expression_functions

#: Names that mean something in expressions.
RESERVED = {name for name, *_ in expression_functions()} | {"derivative", "pi"}


class Symbol:
    """A value of an expression, made by :func:`symbol` and by arithmetic on other symbols.

    Symbols mean what numpy arrays mean: ``+ - * / **`` go element by element and repeat dimensions of
    size 1, ``@`` is the matrix product, ``.T`` the transpose. Many of numpy's own functions accept them.
    They have up to two dimensions.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule.autograd import symbol, value
    >>> x = symbol("x")
    >>> value(np.exp(x).sum() - 1, x=[0.0, 0.0])
    array(1.)
    """

    __slots__ = ("arguments", "content", "kind", "options")

    __array_priority__ = 1000
    __iter__ = None  # numpy would otherwise take elements one by one, without end
    __hash__ = object.__hash__

    def __init__(self, kind: str, arguments: tuple = (), content: Any = None, **options: Any):
        self.kind = kind
        self.arguments = arguments
        self.content = content
        self.options = options

    def __repr__(self) -> str:
        from .text import shown

        return f"Symbol({shown(self)})"

    def __add__(self, other):
        return _binary("+", self, other)

    def __radd__(self, other):
        return _binary("+", other, self)

    def __sub__(self, other):
        return _binary("-", self, other)

    def __rsub__(self, other):
        return _binary("-", other, self)

    def __mul__(self, other):
        return _binary("*", self, other)

    def __rmul__(self, other):
        return _binary("*", other, self)

    def __truediv__(self, other):
        return _binary("/", self, other)

    def __rtruediv__(self, other):
        return _binary("/", other, self)

    def __pow__(self, other):
        return _binary("^", self, other)

    def __rpow__(self, other):
        return _binary("^", other, self)

    def __matmul__(self, other):
        return _binary("matmul", self, other)

    def __rmatmul__(self, other):
        return _binary("matmul", other, self)

    def __neg__(self):
        return Symbol("negate", (self,))

    def __pos__(self):
        return self

    def __abs__(self):
        return call("abs", self)

    @property
    def T(self) -> Symbol:
        """The transpose; of fewer than two dimensions the symbol itself, as in numpy."""
        return Symbol("transpose", (self,))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Symbol:
        """The sum of all elements, or along an axis."""
        return Symbol("sum", (self,), axis=_axis(axis), keepdims=bool(keepdims))

    def mean(self, axis: int | None = None, keepdims: bool = False) -> Symbol:
        """The mean of all elements, or along an axis."""
        return Symbol("mean", (self,), axis=_axis(axis), keepdims=bool(keepdims))

    def _compared(self, other):
        raise TypeError(
            "symbols have no values yet and cannot be compared: greater(a, b) and less(a, b) are 1 or "
            "0, and where(greater(a, b), yes, no) chooses by them"
        )

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _compared

    def __bool__(self):
        raise TypeError(
            "a symbol is neither true nor false, since it has no value yet: choose with "
            "where(condition, yes, no) instead of if"
        )

    def _number(self, *_):
        raise TypeError("a symbol is no number yet: ask for it with value(expression, x=...)")

    __float__ = __int__ = __complex__ = __index__ = _number

    def __len__(self):
        raise TypeError(
            "a symbol has no length yet, since its value is given later; x.mean(axis=0) divides by it"
        )

    def _whole(self, _):
        raise TypeError("symbols know + - * / ** and @, but no % or //, which have no derivative")

    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __divmod__ = __rdivmod__ = _whole

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("shape", "ndim", "size", "dtype"):
            raise AttributeError(
                f"a symbol has no {name} yet, since its value is given later: take that of the array that "
                "will be its value"
            )
        raise AttributeError(
            f"symbols have no {name!r}, but T, sum and mean; other functions are those of "
            "chainrule.autograd and of numpy, as in exp(x) or numpy.exp(x)"
        )

    def __getitem__(self, _):
        raise TypeError(
            "symbols cannot be indexed: columns(x, start, count) and gather_rows(x, index) take parts"
        )

    def __array__(self, *_, **__):
        raise TypeError(
            "a symbol has no value yet, so it cannot become an array: use the functions of "
            "chainrule.autograd on it"
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        from .functions import UFUNCS

        made = UFUNCS.get(ufunc.__name__) if method == "__call__" else None
        if made is None or options:
            which = f"{ufunc.__name__}.{method}" if method != "__call__" else ufunc.__name__
            more = f" with {', '.join(options)}" if options else ""
            raise TypeError(
                f"numpy.{which}{more} does not take symbols; those that do are: "
                f"{', '.join(sorted(UFUNCS))}"
            )
        return made(*inputs)

    def __array_function__(self, function, _types, arguments, options):
        from .functions import ARRAY_FUNCTIONS, UFUNCS

        name = f"{function.__module__}.{function.__name__}"
        made = ARRAY_FUNCTIONS.get(name.removeprefix("numpy."))
        if made is None:
            known = ", ".join(sorted({*ARRAY_FUNCTIONS, *UFUNCS}))
            raise TypeError(f"{name} does not take symbols; those that do are: {known}")
        takes = inspect.signature(made)
        try:
            takes.bind(*arguments, **options)
        except TypeError as error:
            raise TypeError(f"{name} with symbols takes {takes}: {error}") from None
        return made(*arguments, **options)


def symbol(name: str) -> Symbol:
    """A value that is given by name when an expression is computed.

    Examples
    --------
    >>> from chainrule.autograd import symbol, value
    >>> x = symbol("x")
    >>> value(x**2 + 1, x=3)
    array(10.)
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"expected a name such as 'x' or 'w_1' for a symbol, found {name!r}")
    if name in RESERVED:
        what = "number" if name == "pi" else "function"
        raise ValueError(f"`{name}` is a {what} of expressions: give the symbol another name")
    return Symbol("input", content=name)


def as_symbol(value: Any) -> Symbol:
    """The symbol itself, or a number or array as one."""
    if isinstance(value, Symbol):
        return value
    if isinstance(value, (bool, numbers.Real)):
        try:
            return Symbol("number", content=float(value))
        except OverflowError:
            raise OverflowError(
                "expressions compute with float64 numbers, which end at 1.8e308; an operand is larger"
            ) from None
    array = as_array(value, "an operand")
    return Symbol("number", content=float(array)) if array.ndim == 0 else Symbol("array", content=array)


def as_array(value: Any, what: str) -> np.ndarray:
    """Numbers as the graph takes them: float64, up to two dimensions."""
    if isinstance(value, Symbol):
        raise TypeError(
            f"expected a number or an array of numbers as {what}, found {value!r}: put symbols together "
            "to one expression, or use grad on a function"
        )
    if np.ma.is_masked(value):
        raise TypeError(
            f"{what} is a masked array, and expressions know no masks: fill it first, or choose with "
            "where(mask, yes, no)"
        )
    try:
        found = np.asarray(value)
        if found.dtype.kind not in "fiub":
            raise TypeError
        array = np.array(found, dtype=np.float64, order="C")
    except (TypeError, ValueError):
        raise TypeError(
            f"expected a symbol, a number or an array of numbers as {what}, found {value!r}"
        ) from None
    if array.ndim > 2:
        raise ValueError(
            f"{what} has {array.ndim} dimensions, but expressions know up to 2: rows and columns; "
            "reshape it"
        )
    if array.size == 0:
        raise ValueError(f"{what} has the shape {array.shape} and so no numbers; give it at least one")
    return array


def call(name: str, *arguments: Any, numbers: tuple = ()) -> Symbol:
    """A function of the language on these values."""
    made = tuple(as_symbol(argument) for argument in arguments)
    return Symbol("call", made, name, numbers=tuple(float(number) for number in numbers))


def _binary(operator: str, left: Any, right: Any) -> Symbol:
    return Symbol(operator, (as_symbol(left), as_symbol(right)))


def _axis(axis):
    is_whole = isinstance(axis, numbers.Integral) and not isinstance(axis, bool)
    if axis is None or (is_whole and axis in (0, 1, -1, -2)):
        return axis if axis is None else int(axis)
    raise ValueError(f"expected None, 0 or 1 as the axis, found {axis!r}")
